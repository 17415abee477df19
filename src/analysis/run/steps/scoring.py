"""The steps `score`, `certainty` and `sensitivity` of a month: marks, ranks, tiers, and how sure they are."""

from collections.abc import Iterable

import pandas as pd

from analysis.policy.period import SCOPES, year_to_date
from analysis.run.month import Month
from analysis.scoring.certainty.inputs import ScopeInputs, scope_inputs
from analysis.scoring.certainty.table import certainty_month
from analysis.scoring.grid import score_measurements
from analysis.scoring.score_tables import score_month
from analysis.scoring.sensitivity import sensitivity_scope
from analysis.scoring.units import score_scope

Tables = dict[str, pd.DataFrame]


def months_of_year(month: Month) -> list[str]:
    """Return the months of a month's year to date, none before the district's start."""
    return [period for period in year_to_date(month.period) if period >= month.book.district.start]


def make_score(month: Month) -> Tables:
    """Return the tables of a month's scores."""
    periods = months_of_year(month)
    policies = {period: month.book.at(period) for period in periods}
    measurements = month.tables_of("measurements", periods)
    return score_month(policies, measurements, month.tables_of("adjustments", periods), month.period)


def _year_inputs(month: Month, scopes: Iterable[str]) -> list[ScopeInputs]:
    policies = {period: month.book.at(period) for period in months_of_year(month)}
    measurements, adjustments = (month.tables_of(name, list(policies)) for name in ("measurements", "adjustments"))
    scored = score_measurements(measurements, policies)
    found = [score_scope(policies, scored, adjustments, month.period, scope) for scope in scopes]
    return [scope_inputs(policies, scored, scope) for scope in found]


def year_inputs(month: Month) -> ScopeInputs:
    """Return the year to date as arrays, for a researcher's look at how its indicators hang together."""
    return _year_inputs(month, ["ytd"])[0]


def make_certainty(month: Month) -> Tables:
    """Return the table `certainty` of a month."""
    return {"certainty": certainty_month(_year_inputs(month, SCOPES), month.policy.noise)}


def make_sensitivity(month: Month) -> Tables:
    """Return the table `sensitivity` of a month: what its methods and weights do to the year to date."""
    model = month.policy.noise
    return {"sensitivity": sensitivity_scope(year_inputs(month), model.sensitivity, model.seed)}
