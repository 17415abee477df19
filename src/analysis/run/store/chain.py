"""The chain of publications: each entry names the one before, so that none changes or vanishes unseen (S45).

`data/processed/chain.jsonl` only grows, a line an entry. The SHA-256 of a line is the head after it; pages show the
head before their own publication, so that whoever keeps a page can tell whether the chain still holds what it held.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from analysis.policy.base import Model
from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import load_yaml
from analysis.policy.messages import mark, say
from analysis.policy.models import District
from analysis.run.failures import explain_os_error
from analysis.run.store.manifest import MANIFEST, MEND, hash_bytes, read_manifest

CHAIN = "chain.jsonl"
_PUT_BACK = mark("put the file back from the back-up")
_REPLACE = mark("put it back from the back-up; where there is none, say so with analysis restore")


class Entry(Model):
    """One line of the chain.

    Attributes:
        event: `published`; `found`: stood without an entry when the next one was made, because it is older than the
            chain or its run was killed; `lost`: gone when a back-up was taken into use; `restored`: that itself;
            `shown`: what stands in `reports/` beside the pages of revisions was written; `withdrawn`: the revision
            stands and is in force no more.
        period, revision, state: which publication; empty for `restored` and `shown`.
        manifest: SHA-256 of the revision's `manifest.json`, of `reports.json` for `shown`.
        before: SHA-256 of the line before, empty in the first.
        reason, day: why and when it was withdrawn; only the lines of `withdrawn` have them.
        district: id of the district that the chain belongs to; only the first line has it, where the district has one.
    """

    event: Literal["published", "found", "lost", "restored", "shown", "withdrawn"]
    period: str = ""
    revision: str = ""
    state: str = ""
    manifest: str = ""
    before: str = ""
    reason: str = ""
    day: str = ""
    district: str = ""

    @property
    def of(self) -> tuple[str, str]:
        """Month and revision."""
        return self.period, self.revision


@dataclass(frozen=True)
class Chain:
    """The entries of a district's chain, and the head after each."""

    path: Path
    entries: tuple[Entry, ...]
    heads: tuple[str, ...]

    @property
    def head(self) -> str:
        """The SHA-256 of the last line, empty before the first."""
        return self.heads[-1] if self.heads else ""

    @property
    def district(self) -> str:
        """Id of the district that the chain belongs to, empty where its first line names none."""
        return self.entries[0].district if self.entries else ""

    @cached_property
    def standing(self) -> dict[tuple[str, str], Entry]:
        """Month and revision → entry, of all that were published and are not known to be lost."""
        found = {}
        for entry in self.entries:
            if entry.event == "lost":
                found.pop(entry.of, None)
            elif entry.period:
                found[entry.of] = entry
        return found

    @cached_property
    def withdrawn(self) -> dict[tuple[str, str], Entry]:
        """Month and revision → the entry by which it was withdrawn."""
        return {entry.of: entry for entry in self.entries if entry.event == "withdrawn"}

    @property
    def printed(self) -> str:
        """The head after the last revision: what pages print; that `reports/` was written makes no other."""
        last = [head for head, entry in zip(self.heads, self.entries, strict=True) if entry.event != "shown"]
        return last[-1] if last else ""

    @property
    def record(self) -> str:
        """The hash of the last record of what stands in `reports/`, empty where there is none."""
        return next((entry.manifest for entry in reversed(self.entries) if entry.event == "shown"), "")

    def last_number(self, period: str) -> int:
        """Return the highest number that a revision of the month ever had, 0 where there was none."""
        return max((int(entry.revision[1:]) for entry in self.entries if entry.period == period), default=0)

    @property
    def content(self) -> bytes:
        """The lines, as they stand in the file."""
        return b"".join(_to_line(entry) for entry in self.entries)

    def before(self, head: str | None) -> "Chain":
        """Return the chain as it was when `head` was its head; empty where it was never that."""
        last = self.heads.index(head) + 1 if head in self.heads else 0
        return Chain(self.path, self.entries[:last], self.heads[:last])

    def add(self, entry: Entry) -> "Chain":
        """Write one more entry, flushed to the disk, and return the chain with it (call under the district's lock)."""
        district = "" if self.entries else entry.district
        entry = entry.model_copy(update={"before": self.head, "district": district})
        line = _to_line(entry)
        write_whole(self.path, self.content + line)
        return Chain(self.path, (*self.entries, entry), (*self.heads, hash_bytes(line)))


def read_chain(processed: Path) -> Chain:
    """Return the chain of a district, empty where it has none yet.

    Args:
        processed: `data/processed`.

    Raises:
        DataError: a line is damaged or does not follow from the one before; names it.
    """
    path = processed / CHAIN
    entries, heads = [], []
    for number, line in enumerate(_read(path).splitlines(keepends=True), start=1):
        try:
            entry = Entry.model_validate_json(line)
        except ValidationError:
            told = say("{path}: line {number}: damaged; {put_back}")
            raise DataError(told.format(path=path, number=number, put_back=say(_PUT_BACK))) from None
        if entry.before != (heads[-1] if heads else ""):
            told = say(
                "{path}: line {number}: does not follow from the line before, which was changed, added or removed; "
                "{put_back}"
            )
            raise DataError(told.format(path=path, number=number, put_back=say(_PUT_BACK)))
        entries.append(entry)
        heads.append(hash_bytes(line))
    return Chain(path, tuple(entries), tuple(heads))


def settle(chain: Chain, folders: Mapping[tuple[str, str], Path]) -> Chain:
    """Return the chain with an entry for each revision that stands without one (call under the district's lock).

    A district that published before there was a chain begins it with what stands; later only a revision that names the
    chain's head is entered, whose run was killed just before it wrote its own entry.

    Args:
        chain: the chain as it was read.
        folders: month and revision → folder of every revision that stands, the oldest month first.

    Raises:
        DataError: a published revision is gone or changed, or one stands that no run published; names it.
    """
    if faults := list_faults(chain, folders):
        raise DataError("\n".join(faults))
    for of in [of for of in folders if of not in chain.standing]:
        chain = chain.add(entry_of(folders[of], "found"))
    return chain


def enter_restored(chain: Chain, folders: Mapping[tuple[str, str], Path]) -> list[Entry]:
    """Enter that a back-up was taken into use: what is gone is lost, what stands unknown or otherwise is found.

    Returns:
        The new entries (call under the district's lock; arguments as for `settle`).
    """
    stand = {of: entry_of(folder, "found") for of, folder in folders.items()}
    lost = [entry.model_copy(update={"event": "lost"}) for of, entry in chain.standing.items() if of not in stand]
    known = {of: entry.manifest for of, entry in chain.standing.items()}
    found = [entry for of, entry in stand.items() if known.get(of) != entry.manifest]
    entries = [Entry(event="restored"), *lost, *found]
    for entry in entries:
        chain = chain.add(entry)
    return entries


def list_faults(chain: Chain, folders: Mapping[tuple[str, str], Path], periods: Collection[str] = ()) -> list[str]:
    """Return where revisions and chain disagree, a line each with what to do.

    Args:
        chain: as for `settle`.
        folders: as for `settle`.
        periods: the months that are looked at; none means all.
    """
    gone = [of for of in chain.standing if of not in folders and (not periods or of[0] in periods)]
    lost = say("{path}: published and gone; {mend}")
    told = [lost.format(path=chain.path.parent.joinpath(*of), mend=say(_REPLACE)) for of in gone]
    for of, folder in folders.items():
        if periods and of[0] not in periods:
            continue
        entry = chain.standing.get(of)
        if entry is None:
            told += _refuse_stranger(chain, folder)
        elif not (folder / MANIFEST).is_file() or hash_bytes((folder / MANIFEST).read_bytes()) != entry.manifest:
            told.append(
                say("{folder}: not the one that was published ({name} says which); {mend}").format(
                    folder=folder / MANIFEST, name=chain.path.name, mend=say(MEND)
                )
            )
    return told


def entry_of(folder: Path, event: str) -> Entry:
    """Return the entry of a revision that stands in `folder`.

    Raises:
        DataError: it is not the revision that it says it is.
    """
    manifest = read_manifest(folder)
    if (manifest.period, manifest.revision) != (folder.parent.name, folder.name):
        message = say("{folder}: is a copy of {period} {revision}; move it away")
        raise DataError(message.format(folder=folder, period=manifest.period, revision=manifest.revision))
    content = hash_bytes((folder / MANIFEST).read_bytes())
    told = {"period": manifest.period, "revision": manifest.revision, "state": manifest.state}
    return Entry(event=event, manifest=content, district=read_district(folder / "params"), **told)


def read_district(params: Path) -> str:
    """Return the id of the district whose rules these are, empty where they name none or cannot be read."""
    try:
        return load_yaml(params / "district.yml", District).id
    except PolicyError:  # told by whoever needs the rules
        return ""


def _refuse_stranger(chain: Chain, folder: Path) -> list[str]:
    head = read_manifest(folder).head
    if head == chain.head or (head is None and not chain.entries):
        return []
    if not chain.entries:
        told = say("{path}: missing, though {folder} names its head {head}; {put_back}, or: analysis restore")
        return [told.format(path=chain.path, folder=folder, head=head[:12], put_back=say(_PUT_BACK))]
    told = say(
        "{folder}: no run published it ({name} does not name it); move it away, or, where it comes from a back-up: "
        "analysis restore"
    )
    return [told.format(folder=folder, name=chain.path.name)]


def _to_line(entry: Entry) -> bytes:
    without = set() if entry.event == "withdrawn" else {"reason", "day"}  # lines of before stay as they are
    without |= set() if entry.district else {"district"}
    return json.dumps(entry.model_dump(exclude=without), sort_keys=True).encode() + b"\n"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise explain_os_error(error) from None
