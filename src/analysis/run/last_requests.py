"""What the month before asked for, read from its last bulletin's revision, and what became of it since."""

from analysis.policy.period import shift
from analysis.report.last_requests import TABLES_OF_OUTCOMES, tell_last_requests
from analysis.report.tasks import TABLES_OF_TASKS
from analysis.run.month import Month
from analysis.run.published import open_revision


def last_requests(month: Month) -> str:
    """Return what became of the requests of the month before (see `tell_last_requests`).

    They are those of its last bulletin, whatever tables of it were made since. Empty where it asked for nothing: it has
    no bulletin, is withdrawn, or an older version made its tables.
    """
    before, store = shift(month.period, -1), month.store
    manifest = store.last_published(before) if before >= month.book.district.start else None
    if manifest is None or store.withdrawal(before):
        return ""
    names = {*TABLES_OF_TASKS, *TABLES_OF_OUTCOMES}
    held = [name for name in sorted(names) if f"{name}.parquet" in manifest.outputs]
    whole = [name for name in held if not store.lacking(name, before, manifest.revision)]
    if not {"unit_scores", *TABLES_OF_OUTCOMES} <= {*whole}:
        return ""
    then = open_revision(store, manifest, whole)
    past, now = ({name: get(name) for name in TABLES_OF_OUTCOMES} for get in (then.table, month.table))
    return tell_last_requests(then.all_tasks, then.policy.ledger.dun_states, past, now)
