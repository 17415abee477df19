"""The steps `score`, `certainty` and `sensitivity` of a month: marks, ranks, tiers, and how sure they are."""

from collections.abc import Iterable

import pandas as pd

from analysis.action.list_claims import check_lists
from analysis.policy.book import Policy
from analysis.policy.period import SCOPES, year_to_date
from analysis.policy.tables import TABLES
from analysis.run.month import Month
from analysis.scoring.certainty.claims import check_claims
from analysis.scoring.certainty.inputs import HISTORY_COLUMNS, ScopeInputs, scope_inputs
from analysis.scoring.certainty.table import certainty_month
from analysis.scoring.grid import score_measurements
from analysis.scoring.score_tables import score_month
from analysis.scoring.sensitivity import joint_ranks, sensitivity_scope
from analysis.scoring.year import year_standing

Tables = dict[str, pd.DataFrame]


def score_sources(month: Month) -> tuple[dict[str, Policy], pd.DataFrame, pd.DataFrame]:
    """Return what scores a month: the rules and measurements of its months, the adjustments of its year to date."""
    policies = month.policies
    year = [period for period in year_to_date(month.period) if period in policies]
    return policies, month.tables_of("measurements", list(policies)), month.tables_of("adjustments", year)


def make_score(month: Month) -> Tables:
    """Return the tables of a month's scores."""
    return score_month(*score_sources(month), month.period)


def _year_inputs(month: Month, scopes: Iterable[str]) -> list[ScopeInputs]:
    policies = month.policies
    measured = month.tables_of("measurements", list(policies))
    of_items = measured.loc[measured["item_id"] != "", "indicator_id"]  # marks of tasks and visits are all that is read
    scored = score_measurements(measured[measured["indicator_id"].isin(of_items)], policies)
    tables = {name: month.table(name) for name in ("indicator_scores", "unit_scores")}
    behind = [*month.earlier(month.policy.noise.months.window - 1), month.period]
    history = month.tables_of("indicator_scores", behind, HISTORY_COLUMNS, "month")
    return [scope_inputs(policies, scored, tables, month.period, scope, history) for scope in scopes]


def year_inputs(month: Month) -> ScopeInputs:
    """Return the year to date as arrays, for a researcher's look at how its indicators hang together."""
    return _year_inputs(month, ["ytd"])[0]


def make_certainty(month: Month) -> Tables:
    """Return the table `certainty` of a month."""
    return {"certainty": certainty_month(_year_inputs(month, SCOPES), month.policy.noise)}


def make_year(month: Month) -> Tables:
    """Return the table `year_standing`: the order of the year so far, in a December the year's result (S35, S36)."""
    units = month.table("unit_scores")
    before = [period for period in month.earlier(11) if period[:4] == month.period[:4]]
    behind, given = month.tables_of("unit_scores", before), month.tables_of("adjustments", [*before, month.period])
    months = pd.concat([behind[behind["scope"] == "month"], units[units["scope"] == "month"]], ignore_index=True)
    is_complete = month.period.endswith("-12")
    year = units[units["scope"] == "ytd"].reset_index(drop=True)
    vetoed = given.loc[given["kind"] == "veto", "unit_id"].tolist()
    return {"year_standing": year_standing(year, months, vetoed, month.policy.grading, is_complete=is_complete)}


def make_claims(month: Month) -> Tables:
    """Return the table `claims`: in a December what its year's months claimed and what came of it, else nothing."""
    if not month.period.endswith("-12"):
        return {"claims": TABLES["claims"].empty()}
    behind = month.earlier(11)
    certainty = month.tables_of("certainty", [*behind, month.period])
    bottom, confidence = month.policy.grading.bottom_places, month.policy.noise.confidence_pct
    lists = check_lists(month.tables_of("watch_tests", behind), month.tables_of("trends", behind), month.policy)
    found = [check_claims(certainty, month.period, bottom, confidence), lists.assign(period=month.period)]
    return {"claims": TABLES["claims"].check(pd.concat(found, ignore_index=True))}


def make_sensitivity(month: Month) -> Tables:
    """Return the tables of what a month's methods and weights do to the year to date, one by one and all at once."""
    model, inputs = month.policy.noise, year_inputs(month)
    return {
        "sensitivity": sensitivity_scope(inputs, model.sensitivity, model.seed),
        "sensitivity_ranks": joint_ranks(inputs, model.sensitivity, model.seed),
    }
