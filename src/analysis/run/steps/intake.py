"""The step `clean` of a month: from deliveries to tables."""

from pathlib import Path

import pandas as pd

from analysis.intake.callers import caller_secret
from analysis.intake.month import CleanMonth, clean_month
from analysis.intake.register import Corrections
from analysis.policy.errors import DataError
from analysis.policy.period import is_period, month_end, shift
from analysis.run.month import Month


def earlier_tickets(month: Month, *, only_built: bool = False) -> list[Path]:
    """Return the verified ticket tables of the months in which a ticket due now may have been delivered (S20).

    Args:
        month: the month at work.
        only_built: leave out months that were never built, for a look at deliveries without any history.
    """
    periods = month.earlier(month.policy.ticket_rules.lookback_months)
    return [month.path("tickets", p) for p in periods if not only_built or month.has(p)]


def take_in(month: Month, *, is_look: bool = False, corrections: Corrections | None = None) -> CleanMonth:
    """Return what a month's deliveries came to.

    Args:
        month: the month at work.
        is_look: for a look at deliveries (`check`): writes nothing, and leaves out months that were never built.
        corrections: what counts in the place of the month's `corrections.yml`.
    """
    store = month.store
    # An entry of pages around the months, such as those of `status`, stands for no month that was published.
    is_published = any(entry.event != "shown" for entry in store.chain.entries)
    is_new = not (is_published or any(map(store.current, store.months())))
    secret = caller_secret(store.root, is_new=is_new, is_kept=not is_look)
    return clean_month(
        month.raw_folder,
        month.policy,
        as_of=month.as_of,
        secret=secret,
        earlier_tickets=earlier_tickets(month, only_built=is_look),
        earlier_folders=_earlier_folders(month),
        earlier_contents=_contents_of_last_month(month, secret),
        corrections=corrections,
    )


def _contents_of_last_month(month: Month, secret: bytes) -> dict[str, str]:
    """Return the hashes of what the sheets of the month before hold; where it was never built, its files are read."""
    last = shift(month.period, -1)
    folder = month.raw_folder.with_name(last)
    if last < month.book.district.start or not folder.is_dir():
        return {}
    table = month.table("reconciliation", last) if month.has(last) else None
    if table is None or "contents" not in table:  # never built, or by a version that did not note them
        try:
            table = clean_month(folder, month.book.at(last), as_of=month_end(last), secret=secret).tables[
                "reconciliation"
            ]
        except DataError:  # an empty folder, or corrections that do not fit: told when that month is cleaned
            return {}
    places = table.loc[table["contents"] != "", ["contents", "file"]].itertuples(index=False, name=None)
    return {contents: f"{last}的《{file}》" for contents, file in places}


def _earlier_folders(month: Month) -> list[Path]:
    raw = month.raw_folder.parent
    names = sorted(path.name for path in raw.iterdir() if is_period(path.name) and path.name < month.period)
    return [raw / name for name in reversed(names)]


def make_clean(month: Month) -> dict[str, pd.DataFrame]:
    """Return the tables of a month's deliveries; an office that delivered nothing usable stops the month."""
    clean = take_in(month)
    clean.refuse_if_blocked()
    return clean.tables
