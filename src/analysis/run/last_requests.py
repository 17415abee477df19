"""What the month before asked for, read from its last bulletin's revision, and what became of it since."""

from typing import TYPE_CHECKING

from analysis.policy.period import shift
from analysis.report.last_requests import TABLES_OF_OUTCOMES, tell_last_requests
from analysis.report.tasks import TABLES_OF_TASKS, Task
from analysis.run.month import Month
from analysis.run.published import open_revision
from analysis.run.store.revisions import Store

if TYPE_CHECKING:
    from analysis.report.packs.content import PackContent


def last_requests(month: Month) -> str:
    """Return what became of the requests of the month before (see `tell_last_requests`).

    They are those of its last bulletin, whatever tables of it were made since. Empty where it asked for nothing: it has
    no bulletin, is withdrawn, or an older version made its tables.
    """
    then = _last_bulletin(month.store, month.period, month.book.district.start)
    if then is None or not {*TABLES_OF_OUTCOMES} <= {*then.tables}:
        return ""
    past, now = ({name: get(name) for name in TABLES_OF_OUTCOMES} for get in (then.table, month.table))
    return tell_last_requests(then.all_tasks, then.policy.ledger.dun_states, past, now)


def last_tasks(store: Store, period: str, start: str) -> tuple[Task, ...]:
    """Return what the last bulletin of the month before asked for; nothing where it has none (see `last_requests`).

    Args:
        store: the district's months.
        period: the month.
        start: the district's first month.
    """
    then = _last_bulletin(store, period, start)
    return () if then is None else tuple(then.all_tasks)


def _last_bulletin(store: Store, period: str, start: str) -> "PackContent | None":
    before = shift(period, -1)
    manifest = store.last_published(before) if before >= start else None
    if manifest is None or store.withdrawal(before):
        return None
    names = {*TABLES_OF_TASKS, *TABLES_OF_OUTCOMES}
    held = [name for name in sorted(names) if f"{name}.parquet" in manifest.outputs]
    whole = [name for name in held if not store.lacking(name, before, manifest.revision)]
    return open_revision(store, manifest, whole) if "unit_scores" in whole else None
