"""The store of published months: whole revisions or nothing, verified before every read.

A revision's folder appears by a rename only when it is complete and its hashes were read back, so the highest
revision is the one in force. `current` names it for people and other tools; where a run was killed between the two
steps, the next run of the month puts it right.
"""

import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from analysis.policy.durable import make_folder, rename_whole, write_whole
from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import is_period, month_range, parse_period, shift
from analysis.policy.tables import TABLES
from analysis.run.failures import told_plainly
from analysis.run.store import rights
from analysis.run.store.chain import Chain, Entry, enter_restored, entry_of, read_chain, settle
from analysis.run.store.manifest import (
    MANIFEST,
    MEND,
    Manifest,
    hash_bytes,
    hash_histories,
    hash_tree,
    read_manifest,
    read_verified,
    write_manifest,
)

_REVISION = re.compile(r"r\d{4}")
CALLER_KEY = "data/caller.key"
STAGING = "staging"
POINTER = "current"
WITHDRAWN = "withdrawn"
# How a text column is written, however it is held while a month is at work.
_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True)
class Store:
    """The processed months of one district.

    Attributes:
        root: the district's folder, which holds `data/processed/` and `reports/`.
    """

    root: Path

    @property
    def processed(self) -> Path:
        """`data/processed`, which holds the chain and a folder for each month."""
        return self.root / "data" / "processed"

    def folder(self, period: str) -> Path:
        """Return `data/processed/<period>`, after checking that `period` is a month."""
        return self.processed / parse_period(period)

    def revisions(self, period: str) -> list[str]:
        """Return the names of the month's revisions, the oldest first."""
        folder = self.folder(period)
        names = (entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else ()
        return sorted(name for name in names if _REVISION.fullmatch(name))

    def months(self) -> list[str]:
        """Return the months that have a folder, the oldest first; a revision that was moved away is none of them."""
        folder = self.processed
        return sorted(path.name for path in folder.glob("*-*") if is_period(path.name)) if folder.is_dir() else []

    def manifests(self, period: str) -> list[Manifest]:
        """Return the manifests of all revisions of a month, the oldest first."""
        return [read_manifest(self.folder(period) / name) for name in self.revisions(period)]

    def current(self, period: str) -> Path | None:
        """Return the folder of the revision in force, or None where the month was never built, or is withdrawn."""
        names = self.revisions(period)
        return self.folder(period) / names[-1] if names and names[-1] not in self.withdrawn(period) else None

    def withdrawn(self, period: str) -> list[str]:
        """Return the names of the month's revisions that the chain says are withdrawn (see `mark_withdrawn`)."""
        file = self.folder(period) / WITHDRAWN
        return file.read_text("utf-8").split() if file.is_file() else []

    def withdrawal(self, period: str) -> Entry | None:
        """Return the entry by which the month's last publication was withdrawn, None where that was not."""
        withdrawn = self.withdrawn(period)
        last = max((each.revision for each in self.manifests(period) if each.stage == "published"), default="")
        return self.chain.withdrawn.get((period, last)) if withdrawn else None

    def mark_withdrawn(self, chain: Chain) -> None:
        """Write beside the revisions of each month which of them the chain says are withdrawn, to be read at once."""
        for period in self.months():
            file = self.folder(period) / WITHDRAWN
            content = "".join(f"{name}\n" for month, name in chain.withdrawn if month == period).encode()
            if content and not (file.is_file() and file.read_bytes() == content):
                write_whole(file, content)
            elif not content:
                file.unlink(missing_ok=True)
            if content:
                self._mend_pointer(period)

    def revision(self, period: str, name: str | None = None) -> Path:
        """Return the folder of a revision, of the one in force where no name is given.

        Raises:
            DataError: the month was never built.
            UsageError: it has no such revision.
        """
        names, folder = self.revisions(period), self.current(period)
        if name and names and name not in names:
            told = say("{period} has no revision {name!r}; it has {names}")
            raise UsageError(told.format(period=period, name=name, names=", ".join(names)))
        if not (folder or (name and names)):
            why = say("{name} was withdrawn").format(name=names[-1]) if names else say("nothing is published")
            raise DataError(say("{period}: {why}; run: analysis run {period}").format(period=period, why=why))
        return self.folder(period) / name if name else folder

    def manifest(self, period: str) -> Manifest | None:
        """Return the manifest in force, or None where the month was never built."""
        folder = self.current(period)
        return read_manifest(folder) if folder else None

    def last_published(self, period: str, before: str = "") -> Manifest | None:
        """Return the manifest of the last revision with pages that was not withdrawn, None where there is none.

        Args:
            period: the month.
            before: a revision; only those before it are looked at.
        """
        withdrawn = self.withdrawn(period)
        names = [name for name in self.revisions(period) if name not in withdrawn and (not before or name < before)]
        manifests = (read_manifest(self.folder(period) / name) for name in reversed(names))
        return next((each for each in manifests if each.stage == "published"), None)

    def next_revision(self, period: str) -> str:
        """Return the name that the next revision of the month will have; none is given twice, even if one was lost."""
        last = max((int(name[1:]) for name in self.revisions(period)), default=0)
        return f"r{max(last, self.chain.last_number(period)) + 1:04d}"

    @property
    def chain(self) -> Chain:
        """The chain of publications (S45)."""
        return read_chain(self.processed)

    @property
    def revision_folders(self) -> dict[tuple[str, str], Path]:
        """Month and revision → folder, of every revision that stands, the oldest month first."""
        return {(month, name): self.folder(month) / name for month in self.months() for name in self.revisions(month)}

    @contextmanager
    def settled_chain(self) -> Iterator[Chain]:
        """Hold the district's lock and give its chain, after an entry for what stands without one.

        Raises:
            DataError: a published revision is gone or changed, or one stands that no run published.
        """
        with FileLock(self.processed / ".lock"):
            chain = settle(self.chain, self.revision_folders)
            self.mark_withdrawn(chain)
            yield chain

    def hash_history(self, period: str, first: str) -> str:
        """Return one SHA-256 over the tables in force of the months from `first` up to the one before `period`.

        A year to date, a change or a watch list is built upon earlier months: where one of them changed, so does this.
        """
        *_, last = hash_histories((month, self.manifest(month)) for month in month_range(first, shift(period, -1)))
        return last

    def path(self, table: str, period: str, revision: str | None = None) -> Path:
        """Return the verified file of a table, of the revision in force by default, for readers that take a path.

        Raises:
            DataError: the month or the table was never built, or a file changed.
        """
        folder = self.revision(period, revision)
        read_verified(folder, f"{table}.parquet", read_manifest(folder))
        return folder / f"{table}.parquet"

    def content(self, table: str, period: str, revision: str | None = None) -> bytes:
        """Return the verified content of a table's file, for `read_table`.

        Raises:
            DataError: the month or the table was never built, or a file changed since.
        """
        folder = self.revision(period, revision)
        return read_verified(folder, f"{table}.parquet", read_manifest(folder))

    def load(self, table: str, period: str, revision: str | None = None) -> pd.DataFrame:
        """Return a processed table of a month (see `docs/data_dictionary.yml`).

        Raises:
            DataError: as `content`.
        """
        return read_table(self.content(table, period, revision))

    def results(self, period: str, revision: str | None = None) -> pd.DataFrame:
        """Return what units may object to: `unit_scores`, for the year the result of `year_standing` (S21, S35).

        A revision that is older than that table has the year's rows of `unit_scores`.

        Raises:
            DataError: as `content`.
        """
        units = self.load("unit_scores", period, revision)
        if "year_standing.parquet" not in read_manifest(self.revision(period, revision)).outputs:
            return units
        return with_year(units, self.load("year_standing", period, revision))

    def lacking(self, table: str, period: str, revision: str | None = None) -> list[str]:
        """Return the columns of the dictionary that a published table lacks, as it is of an older version."""
        file = self.revision(period, revision) / f"{table}.parquet"
        found = pq.read_schema(file).names if file.is_file() else TABLES[table].columns
        return [name for name in TABLES[table].columns if name not in found and "{" not in name]

    @contextmanager
    def lock(self, period: str) -> Iterator[None]:
        """Hold the month's lock; the system frees it when the process ends, so a killed run needs no unlocking.

        Raises:
            DataError: another run of the same month is under way.
        """
        make_folder(self.folder(period), rights.FOLDER)
        try:
            with FileLock(self.folder(period) / ".lock", timeout=0):
                with self.settled_chain():  # what is amiss is told before the work, not after it
                    self._mend_pointer(period)
                try:
                    yield
                finally:  # what a failed run leaves would only help to fill the disk
                    shutil.rmtree(self.folder(period) / STAGING, ignore_errors=True)
        except Timeout:
            raise DataError(
                say("{period}: another run of this month is under way; wait until it ends").format(period=period)
            ) from None

    def stage(self, period: str) -> Path:
        """Return an empty folder beside the revisions in which the next one is built (call under the lock)."""
        folder = self.folder(period) / STAGING
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(rights.FOLDER, parents=True)
        return folder

    def publish(self, staging: Path, manifest: Manifest) -> Path:
        """Make a staged folder the revision in force (call under the month's lock).

        Its rules are kept with it; then hash, read back, flush, rename, enter in the chain, point.

        Args:
            staging: the complete folder.
            manifest: all but `revision`, `outputs`, `head` and `caller_key`, which are set here.

        Returns:
            The revision's folder.

        Raises:
            DataError: what was published before is no longer as the chain says, or the rules changed just now.
        """
        self._keep_rules(staging, manifest)
        outputs = hash_tree(staging, staging, skip=(MANIFEST,))
        key = self.root / CALLER_KEY
        made = {"outputs": outputs, "caller_key": hash_bytes(key.read_bytes()) if key.is_file() else ""}
        with self.settled_chain() as chain:
            made |= {"revision": self.next_revision(manifest.period), "head": chain.head}
            write_manifest(manifest.model_copy(update=made), staging)
            check_revision(staging)
            rights.close_to_others(staging)
            target = self.folder(manifest.period) / made["revision"]
            rename_whole(staging, target)
            chain.add(entry_of(target, "published"))
            self.point(manifest.period)
        return target

    def lend(self, twin: Path, revisions: Iterable[tuple[str, str]], chain: Chain) -> None:
        """Make revisions readable in another root, with the chain that knows them; nothing in them is written.

        Args:
            twin: the other root.
            revisions: month and revision of each.
            chain: the chain as it stood when they were all there was.
        """
        for period, name in revisions:
            place, target = self.folder(period).resolve() / name, Store(twin).folder(period) / name
            make_folder(target.parent, rights.FOLDER)
            if target.exists():
                continue
            try:
                target.symlink_to(place, target_is_directory=True)
            except OSError:  # Windows lets few accounts make links
                shutil.copytree(place, target)
        if chain.entries:
            write_whole(twin / "data" / "processed" / chain.path.name, chain.content)
            Store(twin).mark_withdrawn(chain)

    def restore(self) -> list[Entry]:
        """Take what stands into use after a back-up was put in place; return what that enters in the chain.

        Raises:
            DataError: a revision that stands is not whole.
        """
        folders = self.revision_folders
        for folder in folders.values():
            check_revision(folder)
        with FileLock(self.processed / ".lock"):
            entries = enter_restored(self.chain, folders)
        for period in {period for period, _ in folders}:
            self._mend_pointer(period)
        return entries

    def _keep_rules(self, staging: Path, manifest: Manifest) -> None:
        """Copy the rules of a revision into it, so that it can be made again whatever becomes of `params/` (S45)."""
        for name, digest in manifest.params.items():
            content = (self.root / name).read_bytes()
            if hash_bytes(content) != digest:
                told = say("{name}: changed while {period} was published; run again")
                raise DataError(told.format(name=name, period=manifest.period))
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).write_bytes(content)

    def _mend_pointer(self, period: str) -> None:
        """Put right what a run left that was killed between rename and pointer; a withdrawn month has none."""
        current, pointer = self.current(period), self.folder(period) / POINTER
        if current is None:
            pointer.unlink(missing_ok=True)
        elif not (pointer.is_file() and pointer.read_bytes() == f"{current.name}\n".encode()):
            self.point(period)

    def point(self, period: str) -> None:
        """Write `current`, the name of the revision in force."""
        write_whole(self.folder(period) / POINTER, f"{self.revisions(period)[-1]}\n".encode())


def save_table(name: str, frame: pd.DataFrame, folder: Path) -> None:
    """Write a table that its room has checked, whole or not at all, as Parquet; equal content gives equal bytes."""
    file = folder / f"{name}.parquet"
    texts = {column: frame[column].to_numpy() for column, of in frame.dtypes.items() if of == "str"}
    frame = frame.assign(**{column: _as_written(values) for column, values in texts.items()})
    with told_plainly():  # here too: in a notebook the command line is not there to tell
        frame.to_parquet(file.with_suffix(".new"), index=False, compression="zstd")
        file.with_suffix(".new").replace(file)


def _as_written(texts: np.ndarray) -> pd.arrays.ArrowStringArray:
    return pd.arrays.ArrowStringArray(pa.array(texts, pa.large_string(), from_pandas=True), dtype=_TEXT)


def with_year(units: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Return `unit_scores` with the year's result in the place of its rows of scope `ytd` (S35).

    Args:
        units: `unit_scores` of a month.
        standing: its `year_standing`.
    """
    return pd.concat([units[units["scope"] != "ytd"], standing.assign(scope="ytd")], ignore_index=True)


def read_table(*contents: bytes, columns: Sequence[str] | None = None, scope: str = "") -> pd.DataFrame:
    """Return a table, or those columns and rows of it, from the bytes of its Parquet file or of many months' files.

    They are joined first: becoming a frame is what costs. A column that an older file lacks is missing in its rows.
    """
    parts = [pq.ParquetFile(pa.BufferReader(content)).read(columns) for content in contents]
    whole = pa.concat_tables(parts, promote_options="permissive")
    return (whole.filter(pc.field("scope") == scope) if scope else whole).to_pandas()


def check_revision(folder: Path) -> Manifest:
    """Read a revision back and compare every file with the manifest.

    Raises:
        DataError: a file is missing, changed or not in the manifest; names it.
    """
    manifest = read_manifest(folder)
    found = hash_tree(folder, folder, skip=(MANIFEST,))
    for name in sorted(manifest.outputs.keys() | found.keys()):
        if manifest.outputs.get(name) != found.get(name):
            raise DataError(tell_damage(folder, name, manifest, found))
    return manifest


def tell_damage(folder: Path, name: str, manifest: Manifest, found: Collection[str]) -> str:
    """Return what is wrong with a file of a revision, and what to do."""
    if name not in found:
        told = say("{path}: missing; {mend}")
    elif name in manifest.outputs:
        told = say("{path}: changed; {mend}")
    else:
        told = say("{path}: not in the manifest; {mend}")
    return told.format(path=folder / name, mend=say(MEND))
