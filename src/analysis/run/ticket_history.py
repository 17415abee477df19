"""The tickets that a month's public pages tell of, and those of the months before (S46)."""

import pandas as pd

from analysis.report.site.open_tickets import TICKET_TABLES, hotline_tables
from analysis.run.month import Month
from analysis.run.store.revisions import Store

# A year, and the one before beside it: so far back a month's page looks.
_MONTHS = 24


def ticket_history(store: Store, period: str, before: str = "") -> list[dict[str, pd.DataFrame]]:
    """Return the tables behind the open tickets of a month's revisions, the oldest first.

    Those without pages are among them: pages of later months tell the district's figures of theirs.

    Args:
        store: the district's months.
        period: the month.
        before: a revision; only those before it are returned.
    """
    files = {f"{name}.parquet" for name in TICKET_TABLES}
    return [
        {name: store.load(name, period, each.revision) for name in TICKET_TABLES}
        for each in store.manifests(period)
        if files <= set(each.outputs) and (not before or each.revision < before)
    ]


def told_tickets(month: Month) -> dict[str, pd.DataFrame]:
    """Return the open tables of tickets of the months before, each without what is withheld in its own month."""
    periods = month.holding(TICKET_TABLES[0], [each for each in month.earlier(_MONTHS - 1) if month.has(each)])
    told = []
    for period in periods:
        history = ticket_history(month.store, period)
        in_force = {name: month.table(name, period) for name in TICKET_TABLES}
        is_new = not history or any(not in_force[name].equals(history[-1][name]) for name in in_force)
        told.append(hotline_tables([*history, *[in_force] * is_new], month.book.at(period).packs))
    return {name: pd.concat([each[name] for each in told]) for name in TICKET_TABLES} if told else {}
