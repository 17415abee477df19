"""What stands in `reports/` beside the pages of revisions: indexes, method page, open data, PDFs; each with its hash.

The record `data/processed/reports.json` is written with them, and the chain names it (S45).
"""

import json
from collections.abc import Iterable

from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.run.store.chain import Entry
from analysis.run.store.manifest import hash_bytes
from analysis.run.store.revisions import Store

RECORD = "reports.json"
STATUS = "status.html"
_MADE_APART = (".pdf", STATUS)


def read_record(store: Store) -> dict[str, str] | None:
    """Return path below `reports/` → SHA-256; None where nothing was ever recorded.

    Raises:
        DataError: the record is not the one that the chain names.
    """
    path = store.processed / RECORD
    named = store.chain.record
    if not (named or path.is_file()):
        return None
    content = path.read_bytes() if path.is_file() else b""
    if hash_bytes(content) != named:
        told = say("{path}: not the one that {name} names; make reports/ anew: analysis site")
        raise DataError(told.format(path=path, name=store.chain.path.name))
    return json.loads(content)


def is_recorded(store: Store) -> bool:
    """Whether there is a record that can be added to: not before the first, nor where it was changed or cut off."""
    try:
        return read_record(store) is not None
    except DataError:  # it is written anew
        return False


def note_files(store: Store, paths: Iterable[str], *, is_all: bool = False) -> None:
    """Record files just written below `reports/`.

    Args:
        store: the district's months.
        paths: the files, relative to `reports/`.
        is_all: whether there are no others, PDFs and the page of the status apart; otherwise those noted before stay
            noted while they stand.

    Raises:
        DataError: what was published is no longer as the chain says.
    """
    reports = store.root / "reports"
    with store.settled_chain() as chain:
        known = (read_record(store) or {}) if is_recorded(store) else {}
        kept = {path: digest for path, digest in known.items() if path.endswith(_MADE_APART) or not is_all}
        kept = {path: digest for path, digest in kept.items() if (reports / path).is_file()}
        record = kept | {path: hash_bytes((reports / path).read_bytes()) for path in paths}
        content = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
        write_whole(store.processed / RECORD, content)
        if hash_bytes(content) != chain.record:
            chain.add(Entry(event="shown", manifest=hash_bytes(content)))
