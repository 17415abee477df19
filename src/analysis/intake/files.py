"""The files of a month: which are data, which are tickets, which say nothing, and what cannot be read."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from analysis.intake.labels import Labels
from analysis.intake.problems import UNREADABLE, Problem, report
from analysis.intake.readers import RawSheet, TextFile, UnreadableFile, file_type, open_text, read_files
from analysis.intake.register import FILE_NAME, REGISTER
from analysis.intake.tickets.header import ticket_layout
from analysis.policy.errors import DataError
from analysis.policy.left_behind import LOCKS, is_left_behind
from analysis.policy.messages import say
from analysis.policy.sheets import Sheets
from analysis.policy.visible import escape_unseen

_ENDS_A_LINE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")  # controls, ends of lines and paragraphs


@dataclass(frozen=True)
class Deliveries:
    """What lies in a month's folder.

    Attributes:
        sheets: The sheets of workbooks and text files.
        ticket_files: Files of tickets and transfers, which are not read here.
        problems: What is wrong with files.
        unread: Names of files that were refused or are attachments: they may be what seems not submitted.
        earlier: File → where the same bytes were delivered in an earlier month.
    """

    sheets: tuple[RawSheet, ...]
    ticket_files: tuple[Path | TextFile, ...]
    problems: tuple[Problem, ...]
    unread: tuple[str, ...] = ()
    earlier: Mapping[str, str] = field(default_factory=dict)


def read_deliveries(
    folder: Path, labels: Labels, corrected: Iterable[str], without: Iterable[str] = (), past: Sequence[Path] = ()
) -> Deliveries:
    """Read a month's folder.

    Args:
        folder: The month's raw files.
        labels: The month's words.
        corrected: Names of files with corrections; they are read even where they hold tickets.
        without: Names of files that somebody named as replaced or as holding no data.
        past: The folders of earlier months, the latest first, in which the same file may lie.

    Raises:
        DataError: there is no folder or no file of data in it.
    """
    policy, problems = labels.policy, []
    paths = [path for path in _list(folder, policy.period) if path.name not in set(without)]
    found = _Found(labels, frozenset(corrected))
    for path in _without_repeats(paths, policy.sheets, problems):
        found.take(path)
    for _, result in read_files(found.data):
        if isinstance(result, UnreadableFile):
            found.refuse(result)
        else:
            found.sheets.extend(result)
    problems += [*found.problems, *_open_elsewhere(folder, paths)]
    read = {sheet.file for sheet in found.sheets} | {_path(item).name for item in found.tickets}
    earlier = _delivered_before([path for path in paths if path.name in read], past)
    return Deliveries(
        tuple(found.sheets), tuple(found.tickets), tuple(dict.fromkeys(problems)), tuple(found.unread), earlier
    )


class _Found:
    """Sorts files as they come: tickets, other data, attachments, and what is refused."""

    def __init__(self, labels: Labels, corrected: frozenset[str]):
        self.labels, self.corrected = labels, corrected
        self.data: list[Path] = []
        self.tickets: list[Path | TextFile] = []
        self.sheets: list[RawSheet] = []
        self.problems: list[Problem] = []
        self.unread: list[str] = []

    def refuse(self, refusal: UnreadableFile) -> None:
        """Note a file that cannot be read, and why."""
        why, todo = UNREADABLE[refusal.reason]
        self.problems.append(report("unreadable-file", file=refusal.file, row=refusal.row, why=why, todo=todo))
        self.unread.append(refusal.file)

    def take(self, path: Path) -> None:
        """Put one file where it belongs."""
        if not _is_writable(path.name):
            name = os.fsencode(path.name).decode("gb18030", "replace") if _is_broken(path.name) else path.name
            told = say("has a name that is not UTF-8 or holds a control character")
            self.refuse(UnreadableFile(escape_unseen(name), "file-name", told))
        elif path.is_dir():
            self.refuse(UnreadableFile(path.name, "folder", say("is a folder")))
        elif is_attachment(path.name, self.labels.policy.sheets):
            self.problems.append(report("attachment", file=path.name))
            self.unread.append(path.name)
        else:
            try:
                self._open(path)
            except UnreadableFile as refusal:
                self.refuse(refusal)

    def _open(self, path: Path) -> None:
        kind = file_type(path)
        if kind == "workbook":
            self.data.append(path)
            return
        item = open_text(path) if kind == "text" else path
        if isinstance(item, TextFile) and not item.ends_with_a_line():
            self.problems.append(report("cut-off", file=path.name))
        if path.name not in self.corrected and ticket_layout(item, self.labels):
            self.tickets.append(item)
        elif isinstance(item, TextFile):
            self.sheets.append(item.sheet())
        else:
            raise UnreadableFile(
                path.name, "unknown-parquet", say("is Parquet and holds neither tickets nor transfers")
            )


def is_attachment(name: str, sheets: Sheets) -> bool:
    """Tell whether `params/sheets.yml` lists a file's name as an attachment, which holds no data."""
    return any(fnmatch(name.casefold(), pattern.casefold()) for pattern in sheets.attachments)


def _path(item: Path | TextFile) -> Path:
    return item.path if isinstance(item, TextFile) else item


def _list(folder: Path, period: str) -> list[Path]:
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    aside = {path.name for path in paths if path.name == FILE_NAME or path.name.startswith((REGISTER, "."))}
    paths = [path for path in paths if not (path.name in aside or is_left_behind(path.name))]
    if not any(p.is_file() for p in paths):
        told = say("{folder}: no raw files for {period}: put the month's deliveries there (a month is never zero)")
        raise DataError(told.format(folder=folder, period=period))
    return paths


def _open_elsewhere(folder: Path, paths: Iterable[Path]) -> Iterator[Problem]:
    """Yield the files that a spreadsheet program may still have open: what it has not saved is not seen."""
    for path in paths:
        if any(os.path.lexists(folder / lock.format(path.name)) for lock in LOCKS):
            yield report("open-in-excel", file=path.name)


def _without_repeats(paths: Iterable[Path], sheets: Sheets, problems: list[Problem]) -> Iterator[Path]:
    """Yield the files, one of those with the same bytes; the others are told."""
    first: dict[str, Path] = {}
    for path in paths:
        is_data = _is_writable(path.name) and path.is_file() and not is_attachment(path.name, sheets)
        same = first.setdefault(_hash(path), path) if is_data else path
        if same is path:
            yield path
        else:
            problems.append(report("repeated-file", file=path.name, other=f"《{same.name}》"))


def _delivered_before(paths: Iterable[Path], past: Sequence[Path]) -> dict[str, str]:
    """Return name → where the latest earlier delivery with a file's bytes lies, of the files that have one."""
    found: dict[str, str] = {}
    by_size: dict[int, list[Path]] = {}
    for path in paths:
        by_size.setdefault(path.stat().st_size, []).append(path)
    for folder in filter(Path.is_dir, past):
        for earlier in sorted(os.scandir(folder), key=lambda entry: entry.name):
            for path in by_size.get(earlier.stat().st_size, ()) if earlier.is_file() else ():
                if _hash(Path(earlier)) == _hash(path):
                    found.setdefault(path.name, f"{folder.name}的《{earlier.name}》")
    return found


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return str(path)  # cannot be read, which is told elsewhere


def _is_writable(name: str) -> bool:
    """Return whether a file's name can stand in a table and on one line: an archive may bring one that cannot."""
    return not _is_broken(name) and not _ENDS_A_LINE.search(name)


def _is_broken(name: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in name)
