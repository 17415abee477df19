"""A mistaken draft is withdrawn (作废): the chain says so, with day and reason; nothing is deleted (S45)."""

from datetime import date
from pathlib import Path

from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import parse_period
from analysis.run.pages import show_pages
from analysis.run.store.chain import entry_of
from analysis.run.store.finality import final_revision
from analysis.run.store.revisions import Store

_MOST_LETTERS = 200


def withdraw_month(root: Path, period: str, reason: str, day: date) -> str:
    """Withdraw the draft in force of a month, and return the number of the revision.

    The month is then in force no more: its pages say that they are withdrawn, no earlier ones come back, and the next
    run makes it anew under a new number. Later months that were built upon it are out of date.

    Args:
        root: the district's folder.
        period: the month.
        reason: why, in one line.
        day: when it was decided.

    Raises:
        DataError: no draft with pages is in force, or the month or its year is final; or it is withdrawn, and its pages
            cannot be replaced.
        UsageError: the reason is empty or too long.
    """
    store = Store(Path(root))
    if not (reason := " ".join(reason.split())) or len(reason) > _MOST_LETTERS:
        raise UsageError(say("--reason: say in 1 to {most} characters why it is withdrawn").format(most=_MOST_LETTERS))
    with store.lock(parse_period(period)):
        name = _refuse_what_stands(store, period)
        with store.settled_chain() as chain:
            entry = entry_of(store.folder(period) / name, "withdrawn")
            store.mark_withdrawn(chain.add(entry.model_copy(update={"reason": reason, "day": day.isoformat()})))
    try:
        show_pages(store.root, period)
    except DataError as error:
        told = say("{period} {name} is withdrawn, but {error}; then: analysis site")
        raise DataError(told.format(period=period, name=name, error=error)) from None
    return name


def _refuse_what_stands(store: Store, period: str) -> str:
    folder, manifest = store.revision(period), store.manifest(period)
    told = {"period": period, "name": folder.name, "year": period[:4]}
    if manifest.state == "final" or final_revision(store, int(period[:4])):
        raise DataError(say("{period} {name}: the year {year} is final, and stands").format(**told))
    if manifest.stage != "published":
        raise DataError(say("{period} {name}: tables alone, never published: nothing to withdraw").format(**told))
    return folder.name
