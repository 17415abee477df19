"""The packs of a month at work, from its tables (R20, S23, S26)."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.report.packs.content import FIRST_LIMITS, YEAR, PackContent
from analysis.report.packs.public import DRAWS
from analysis.report.packs.write import PUBLIC, write_folders
from analysis.report.tasks import TABLES_OF_TASKS
from analysis.report.year import ANNUAL_TABLES, two_years
from analysis.run.draws import copy_draws
from analysis.run.last_requests import last_tasks
from analysis.run.month import Month
from analysis.run.published import load_months, notice_year, open_final_year
from analysis.run.rows_before import noted_tickets, rows_before
from analysis.run.ticket_history import ticket_history, told_tickets

TABLES_SHOWN = (
    "measurements",
    "lineage",
    "adjustments",
    "indicator_scores",
    "indicator_summary",
    "channel_scores",
    "certainty",
    "year_standing",
    "trends",
    "change_parts",
    "hotline_by_unit",
    "hotline_by_channel",
    "hotline_by_matter",
    "annual_states",
    "objection_periods",
    "staffing",
    "monthly_loads",
    "unit_counts",
    "key_work",
    "matter_loops",
    *TABLES_OF_TASKS,
)
_MONTHS = 12


def write_packs(month: Month, folder: Path) -> list[Path]:
    """Write every audience's folder below `folder`, the pages of the revision; call it after the bulletin is there.

    Args:
        month: the month, working in the folder where its tables are (they are made where they are missing).
        folder: where `bulletin.html` stands.

    Returns:
        The files written, the copied draws apart.
    """
    draws = copy_draws(month, folder / PUBLIC / DRAWS)
    return write_folders(replace(pack_content(month), draws=draws), folder)


def pack_content(month: Month) -> PackContent:
    """Return what the packs are made from; for notebooks on one unit too."""
    months = [*month.earlier(_MONTHS), month.period]
    history = month.tables_of("unit_scores", months)
    content = PackContent(
        policy=month.policy,
        names=month.policy.names,
        edition=month.edition,
        consequences=month.policy.consequences,
        rules=month.policy.packs,
        tables={name: month.table(name) for name in TABLES_SHOWN},
        history=history[history["scope"] == "month"],
        tickets=noted_tickets(month),
        **_extended(month),
        first_limits=_first_limits(month),
        earlier_tickets=tuple(ticket_history(month.store, month.period)),
        told_tickets=told_tickets(month),
        tasks_before=last_tasks(month.store, month.period, month.book.district.start),
        weights_moved=month.book.weights_moved(months),
        **rows_before(month),
    )
    return replace(content, annual=open_annual(month, content))


def open_annual(month: Month, content: PackContent) -> PackContent | None:
    """Return the last year that is final by the month's as-of date; December's own where it is the one (S27)."""
    year = notice_year(month)
    if month.finality and year == month.finality.year:
        tickets, past = "hotline_by_channel", two_years(month.period)[:-1]
        own = {name: month.table(name) for name in ANNUAL_TABLES}
        own[tickets] = pd.concat([load_months(month.store, tickets, past), own[tickets]])
        return replace(content, tables=own)
    return open_final_year(month.store, year) if year else None


def _extended(month: Month) -> dict[str, pd.Series]:
    """Return how many of each unit's due tickets had their time extended, and how many needed it (S19)."""
    columns = ("unit_id", "is_due", "extended_to", "is_on_time", "due", "closed")
    rows = month.tables_of("tickets", [month.period], columns)
    rows = rows[rows["is_due"].astype(bool) & (rows["extended_to"] != "")]
    return {
        "extended": rows.groupby("unit_id").size(),
        "kept_late": rows[_is_kept_late(rows)].groupby("unit_id").size(),
    }


def _is_kept_late(rows: pd.DataFrame) -> pd.Series:
    """Tell of tickets that are due which are in time by their later day alone (S19)."""
    return rows["is_on_time"].eq(True) & (rows["extended_to"] != "") & (rows["closed"] > rows["due"])


def _first_limits(month: Month) -> pd.DataFrame:
    """Return `first_limits` of the content: nothing before a district has two years of months."""
    months = [*month.earlier(2 * YEAR - 1), month.period]
    if len(months) < 2 * YEAR:
        return pd.DataFrame(columns=FIRST_LIMITS)
    columns = ("period", "unit_id", "is_due", "extended_to", "is_on_time", "due", "closed")
    rows = month.tables_of("tickets", months, columns)
    rows = rows[rows["is_due"].astype(bool)]
    flags = {"n_on_time": rows["is_on_time"].eq(True), "n_kept_late": _is_kept_late(rows)}
    counts = rows.assign(n_due=1, **{name: flag.astype(int) for name, flag in flags.items()})
    return counts.groupby(["period", "unit_id"], observed=True)[list(FIRST_LIMITS[2:])].sum().reset_index()
