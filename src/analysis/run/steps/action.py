"""The steps `watch` and `actions` of a month: what follows from its results, and the ledger (R6, R21, R22, S22)."""

from dataclasses import replace

import pandas as pd

from analysis.action import coverage
from analysis.action.annual import AnnualResult
from analysis.action.consequences import build_consequences
from analysis.action.differences import list_differences
from analysis.action.ledger import build_ledger, first_month_compared
from analysis.action.objection_periods import Draft, open_periods, renew_periods
from analysis.action.similar import COMPARED
from analysis.action.watch_list import watch_units
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.run.draws import drawn_duties
from analysis.run.month import Month, answer_until, describe
from analysis.run.store.finality import annual_results
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import Manifest


def make_watch(month: Month) -> dict[str, pd.DataFrame]:
    """Return the tables `watch_list` and `watch_tests` of a month."""
    return watch_units(*watch_sources(month), month.policy.watch, month.period)


def watch_sources(month: Month) -> list[pd.DataFrame]:
    """Return what a month's watch list is made from, as `watch_units` takes it."""
    rules = month.policy.watch
    before = month.earlier(max(rules.window_months, rules.bottom_five.months) - 1)
    names = ("hotline_by_unit", "unit_scores", "certainty")
    last = month.earlier(1)
    earlier = month.table("watch_list", last[0]) if last else TABLES["watch_list"].empty()
    return [*(month.tables_of(name, [*before, month.period]) for name in names), earlier]


def make_actions(month: Month) -> dict[str, pd.DataFrame]:
    """Return the tables `consequences`, `annual_states`, `ledger` and `objection_periods` of a month.

    Consequences are told anew each month from the annual results that are final by the as-of date, so that a year
    that becomes final late shows in every later month.
    """
    year = int(month.period[:4])
    results = annual_results(month.store, range(int(month.book.district.start[:4]), year))
    if month.shelf:  # no district has the revisions that a session makes itself
        results = {year: replace(result, evidence="") for year, result in results.items()}
    units, as_of = month.table("unit_scores"), month.as_of
    evidence = f"data/processed/{month.period}/{month.revision}/unit_scores.parquet" if month.revision else ""
    if month.finality is not None:
        as_of = month.finality.final_on
        own = evidence.replace("unit_scores", "year_standing")
        results[year] = AnnualResult(month.table("year_standing"), as_of, own)
    sent = month.publication_day  # dunning letters and warnings go out with the month's notice
    tables = build_consequences(month.book, results, units, month.period, as_of, evidence, sent)
    items, rules = month.table("ledger_items"), month.policy.ledger
    ledger = build_ledger(month.book, rules, items, _earlier_items(month, items), month.period, month.as_of, sent)
    return tables | {"ledger": ledger, "objection_periods": make_objection_periods(month)}


def _earlier_items(month: Month, items: pd.DataFrame) -> pd.DataFrame:
    """Return the items of earlier months that the month's may repeat: an item open for years reaches far back (R9)."""
    first = max(first_month_compared(items, month.policy.ledger) or month.period, month.book.district.start)
    return month.tables_of("ledger_items", month_range(first, shift(month.period, -1)), COMPARED)


def make_objection_periods(month: Month) -> pd.DataFrame:
    """Return the table `objection_periods` of a month: nobody objects to a year that is final (S21)."""
    published, unit_ids = month.publication_day, month.policy.unit_ids
    if month.finality is not None:
        return TABLES["objection_periods"].empty()
    draft = Draft(month.period, month.revision, published, answer_until(month.policy, published))
    last = month.last_published
    if last is None:
        return open_periods(draft, unit_ids)
    now = describe(month, "published", "")
    if KeptRules(month.store).stands(last, now, month.book):  # only the day is another: what was said was wrong
        before = periods_of(month, last)
        return renew_periods(before, draft, unit_ids, before.loc[before["revision"] == last.revision, "unit_id"])
    moved = list_differences(month.published_results(), month.results(), month.policy.grading)
    return renew_periods(periods_of(month, last), draft, unit_ids, set(moved["unit_id"]))


def periods_of(month: Month, published: Manifest) -> pd.DataFrame:
    """Return `objection_periods` of a revision with pages; of one that is older than the table, from its date."""
    if "objection_periods.parquet" in published.outputs:
        return month.store.load("objection_periods", month.period, published.revision)
    day = published.publication_day
    draft = Draft(month.period, published.revision, day, answer_until(month.policy, day))
    return open_periods(draft, month.policy.unit_ids)


def make_coverage(month: Month) -> dict[str, pd.DataFrame]:
    """Return the tables `coverage` and `coverage_plan` of a month."""
    months = [*month.earlier(month.policy.workload.coverage.months), month.period]
    whole = month_range(month.book.district.start, month.period)
    spans = {"channel_scores": months, "key_work": months, "inspections": whole, "ledger_items": whole}
    tables = {name: month.tables_of(name, spans[name], columns) for name, columns in coverage.COLUMNS.items()}
    found = coverage.list_coverage(tables, month.policy)
    seen = drawn_duties(month.root, month.policy)
    return {"coverage": found, "coverage_plan": coverage.plan_visits(found, month.policy, seen)}
