"""The files of a month: which are data, which are tickets, and what cannot be read."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.intake.corrections import FILE_NAME
from analysis.intake.problems import UNREADABLE, Problem, report
from analysis.intake.readers import RawSheet, UnreadableFile, read_files
from analysis.intake.tickets import find_layout, ticket_kind
from analysis.policy.book import Policy
from analysis.policy.errors import DataError
from analysis.policy.hotline import HotlinePolicy

_WORKBOOK = (b"PK", b"\xd0\xcf\x11\xe0")
_LOCKS = ("~$", ".~")  # what a spreadsheet program lays beside an open file


@dataclass(frozen=True)
class Deliveries:
    """What lies in a month's folder: sheets, files of tickets that are not read here, and problems of files."""

    sheets: tuple[RawSheet, ...]
    ticket_files: tuple[Path, ...]
    problems: tuple[Problem, ...]

    def ticket_items(self, policy: Policy, hotline: HotlinePolicy) -> list[Path | RawSheet]:
        """Return the files and sheets of tickets and transfers."""
        found = [s for s in self.sheets if find_layout(s.rows, policy.sheets, hotline.tickets)]
        return [*self.ticket_files, *found]


def read_deliveries(folder: Path, policy: Policy, hotline: HotlinePolicy, corrected: Iterable[str]) -> Deliveries:
    """Read a month's folder.

    Args:
        folder: The month's raw files.
        policy: The rules of the month.
        hotline: The rules of tickets.
        corrected: Names of files with corrections; they are read even where they hold tickets.

    Raises:
        DataError: there is no folder or no file of data in it.
    """
    problems: list[Problem] = []
    data, tickets = [], []
    for path in _list(folder, policy.period):
        if not _is_writable(path.name):
            problems.append(_refusal(os.fsencode(path.name).decode("gb18030", "replace"), "file-name"))
        elif path.is_dir():
            problems.append(_refusal(path.name, "folder"))
        elif path.suffix.lower() in policy.sheets.attachment_endings:
            problems.append(report("attachment", file=path.name))
        elif path.name not in corrected and _is_ticket_file(path, policy, hotline):
            tickets.append(path)
        else:
            data.append(path)
    sheets: list[RawSheet] = []
    for _, result in read_files(data):
        if isinstance(result, UnreadableFile):
            problems.append(_refusal(result.file, result.reason))
        else:
            sheets.extend(result)
    return Deliveries(tuple(sheets), tuple(tickets), tuple(dict.fromkeys(problems)))


def _list(folder: Path, period: str) -> list[Path]:
    if not folder.is_dir():
        raise DataError(
            f"{folder}: no raw files for {period}: put the month's deliveries there (a month is never zero)"
        )
    paths = [p for p in sorted(folder.iterdir()) if p.name != FILE_NAME]
    paths = [p for p in paths if not p.name.startswith(".") or p.name.startswith(_LOCKS)]
    if not any(p.is_file() for p in paths):
        raise DataError(
            f"{folder}: no raw files for {period}: put the month's deliveries there (a month is never zero)"
        )
    return paths


def _is_writable(name: str) -> bool:
    """Return whether a file's name can stand in a table: an archive from another system may bring one that cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _is_ticket_file(path: Path, policy: Policy, hotline: HotlinePolicy) -> bool:
    if path.name.startswith(_LOCKS):
        return False
    with path.open("rb") as stream:
        head = stream.read(4)
    return not head.startswith(_WORKBOOK) and ticket_kind(path, policy.sheets, hotline.tickets) is not None


def _refusal(file: str, reason: str) -> Problem:
    if reason == "open-in-excel":
        return report("open-in-excel", file=file)
    why, todo = UNREADABLE[reason]
    return report("unreadable-file", file=file, why=why, todo=todo)
