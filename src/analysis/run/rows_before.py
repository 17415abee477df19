"""What a month's pages and papers tell of months before it: visits that count, and items that were closed late."""

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd

from analysis.action.ledger import list_late
from analysis.insight.hotline_repeats import list_noted, months_before
from analysis.policy.book import Policy
from analysis.policy.period import month_range, shift, year_to_date
from analysis.policy.tables import TABLES
from analysis.run.month import Month
from analysis.run.published import load_months
from analysis.run.store.manifest import Manifest
from analysis.run.store.revisions import Store


def rows_before(month: Month) -> dict[str, pd.DataFrame]:
    """Return what the content of a month at work tells of months before: marks, visits, items (see `PackContent`)."""

    def tables_of(name: str, months: Sequence[str]) -> pd.DataFrame:
        return month.tables_of(name, month.holding(name, months))

    return _rows_before(month.policy, month.as_of, tables_of)


def published_rows_before(store: Store, manifest: Manifest, policy: Policy) -> dict[str, pd.DataFrame]:
    """Return the same of a published revision; the months before are those in force."""

    def tables_of(name: str, months: Sequence[str]) -> pd.DataFrame:
        return load_months(store, name, months, own=manifest)

    return _rows_before(policy, date.fromisoformat(manifest.as_of), tables_of)


def noted_tickets(month: Month) -> pd.DataFrame:
    """Return `tickets` of the content of a month at work: those that units have to heed (see `PackContent`)."""
    periods = [*month.earlier(months_before(month.policy.ticket_rules.repeat_days)), month.period]
    return list_noted([month.path("tickets", period) for period in periods], month.period, month.policy)


def published_tickets(store: Store, manifest: Manifest, policy: Policy) -> pd.DataFrame:
    """Return the same of a published revision; months of an older version are left out."""
    wanted = _months_before(policy, months_before(policy.ticket_rules.repeat_days))
    held = [each for each in (*map(store.manifest, wanted), manifest) if each and "tickets.parquet" in each.outputs]
    held = [each for each in held if not store.lacking("tickets", each.period, each.revision)]
    if not held:
        return TABLES["tickets"].empty().assign(is_repeat=False, is_overdue=False)
    return list_noted([store.path("tickets", each.period, each.revision) for each in held], manifest.period, policy)


def adjusted_months(period: str, start: str) -> list[str]:
    """Return the months of the year so far and of last year: what they added counts in year and change (S17).

    Args:
        period: the month.
        start: the district's first month.
    """
    return month_range(max(year_to_date(shift(period, -12))[0], start), period)


def _rows_before(
    policy: Policy, as_of: date, tables_of: Callable[[str, Sequence[str]], pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    windows = {each.id: each.window_months["month"] for each in policy.indicators if "month" in each.window_months}
    visited = _months_before(policy, max(windows.values(), default=1) - 1)
    pooled = max((each.fill_months or 0 for each in policy.indicators), default=0)  # a rate takes cases of these (S30)
    so_far = max(len(year_to_date(policy.period)) - 1, 1)  # the month before, which the change is beside, among them
    year_ago = [each for each in [shift(policy.period, -12)] if each >= policy.district.start]
    marks = tables_of("indicator_scores", [*year_ago, *_months_before(policy, so_far)])
    is_marked = marks["scope"] == marks["period"].isin(year_ago).map({True: "ytd", False: "month"})
    return {
        "adjustments": tables_of("adjustments", adjusted_months(policy.period, policy.district.start)),
        "marks_before": marks[is_marked],
        "visits": _counted(tables_of("measurements", visited), windows, policy.period),
        # What each visit found stands in the month of the visit.
        "inspections": tables_of("inspections", [*visited, policy.period]),
        "late_items": list_late(tables_of("ledger_items", [*_months_before(policy, pooled), policy.period]), as_of),
    }


def _months_before(policy: Policy, count: int) -> list[str]:
    return month_range(max(shift(policy.period, -count), policy.district.start), shift(policy.period, -1))


def _counted(rows: pd.DataFrame, windows: dict[str, int], period: str) -> pd.DataFrame:
    """Return of the measurements of earlier months those of visits that the month's scores still count (S13)."""
    first = {each: shift(period, 1 - window) for each, window in windows.items()}
    rows = rows[rows["indicator_id"].isin(list(windows)) & rows["value"].notna()]
    return rows[rows["period"].astype(str) >= rows["indicator_id"].astype(str).map(first)]
