"""Sheets that the office itself fills in, a row an entry: they are read as the YAML file is whose place they take."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from analysis.intake.readers import RawCell, RawSheet, cell_address, read_file
from analysis.intake.readers.formats import shows_percent
from analysis.policy.base import Model
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import validate
from analysis.policy.messages import say

_DAYS = {"date", "received", "decided"}
_MOST_ROWS_ABOVE = 20


class Entry(Protocol):
    """What can stand in both: `what` says which thing it is about, `by` what it says of it."""

    what: str
    by: str


@dataclass(frozen=True)
class EntrySheet:
    """One sheet of entries.

    Attributes:
        key: the key of the YAML file under which the same entries stand.
        name: the name that the sheet has in an empty form.
        model: what an entry is.
        headings: heading → key of an entry.
        telling: the headings by which the sheet is recognised.
        words: heading → word to choose → what an entry says for it.
    """

    key: str
    name: str
    model: type[Model]
    headings: Mapping[str, str]
    telling: frozenset[str]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def add_entries(
    written: Mapping[str, Iterable[Entry]], paths: Iterable[Path], sheets: Sequence[EntrySheet]
) -> dict[str, list[Entry]]:
    """Return the entries of a YAML file and behind them those of workbooks; the same entry counts once.

    Args:
        written: key → the entries of the YAML file.
        paths: the workbooks.
        sheets: what they may hold.

    Raises:
        DataError: a workbook cannot be read, a row is wrong, or two entries say different things of one; one line for
            each fault with file, sheet, cell, what was found and what is allowed.
    """
    entries, faults = {key: list(each) for key, each in written.items()}, []
    for path in paths:
        for kind, sheet, header, row in _list_rows(path, sheets):
            try:
                _enter(entries[kind.key], _read_row(kind, sheet, header, row))
            except PolicyError as error:
                faults.append(str(error))
    if faults:
        raise DataError("\n".join(faults))
    return entries


def _enter(entries: list[Entry], entry: Entry) -> None:
    same = next((each for each in entries if each.what == entry.what), None)
    if same is None:
        entries.append(entry)
    elif same != entry:
        told = say("{what}: two entries say different things ({one}; {other}); keep one")
        raise PolicyError(told.format(what=entry.what, one=same.by, other=entry.by))


def _list_rows(path: Path, sheets: Sequence[EntrySheet]) -> Iterator[tuple[EntrySheet, RawSheet, int, int]]:
    """Yield the rows that are filled in, each with its kind of sheet and the row of the header above it."""
    for sheet in read_file(path):
        above = range(1, min(len(sheet.rows), _MOST_ROWS_ABOVE) + 1)
        found = ((kind, row) for row in above for kind in sheets if kind.telling <= _texts(sheet, row))
        kind, header = next(found, (None, 0))
        if kind:
            columns = {column for column, _ in _columns(kind, sheet, header)}
            for row in range(header + 1, len(sheet.rows) + 1):
                if any(cell.text.strip() for cell in sheet.row(row) if cell.column in columns):
                    yield kind, sheet, header, row
        elif max(map(len, sheet.rows), default=0) > 1:  # a list of names to choose from has one column
            told = say("{file}: the sheet {sheet} has no row with the headings {headings}; take the form anew")
            headings = " / ".join("、".join(each.headings) for each in sheets)
            raise DataError(told.format(file=path.name, sheet=sheet.name, headings=headings))


def _texts(sheet: RawSheet, row: int) -> set[str]:
    return {cell.text.strip() for cell in sheet.row(row)}


def _columns(kind: EntrySheet, sheet: RawSheet, header: int) -> list[tuple[int, str]]:
    """Return the columns that say something of an entry, each with its heading."""
    cells = [(cell.column, cell.text.strip()) for cell in sheet.row(header)]
    return [(column, heading) for column, heading in cells if heading in kind.headings]


def _read_row(kind: EntrySheet, sheet: RawSheet, header: int, row: int) -> Entry:
    """Return a row as an entry; a fault names its cell and heading, which may be empty."""
    columns = _columns(kind, sheet, header)
    filled = {cell.column: cell for cell in sheet.row(row) if cell.text.strip()}
    content = {
        kind.headings[heading]: _value(kind, heading, filled[column]) for column, heading in columns if column in filled
    }
    place = f"{sheet.file} {sheet.name} {row}"
    try:
        return validate(place, content, kind.model)
    except PolicyError as error:
        cells = {kind.headings[heading]: f"{cell_address(row, column)} {heading}" for column, heading in columns}
        named = rf"(?m)^{re.escape(place)}(?:: |：)(\w+)"
        told = re.sub(
            named, lambda m: m[0] if m[1] not in cells else f"{place[: -len(str(row))]}{cells[m[1]]}", str(error)
        )
        raise PolicyError(told) from None


def _value(kind: EntrySheet, heading: str, cell: RawCell) -> object:
    key, text = kind.headings[heading], cell.text.strip()
    if heading in kind.words:
        return kind.words[heading].get(text, text)
    if key == "delivery":
        return text.split()[0]
    if key == "period":
        return _month(cell)
    if key in _DAYS and isinstance(cell.value, datetime):
        return cell.value.date()
    if key == "value":
        return _new_value(cell)
    return cell.text if key == "expect" else text


def _month(cell: RawCell) -> str:
    """Return a month as YYYY-MM: a spreadsheet makes a day of what is typed or chosen so."""
    if isinstance(cell.value, datetime):
        return f"{cell.value:%Y-%m}"
    words = re.fullmatch(r"(\d{4})年(\d{1,2})月", cell.text.strip())
    return f"{words[1]}-{int(words[2]):02d}" if words else cell.text.strip()


def _new_value(cell: RawCell) -> int | float | date | str:
    if cell.kind == "number" and shows_percent(cell.number_format):
        return f"{100 * cell.value:.10g}%"  # as it is shown: a number alone would lose its sign
    if cell.kind == "date" and isinstance(cell.value, datetime):
        return cell.value.date()
    if cell.kind in ("number", "date"):
        return int(cell.value) if isinstance(cell.value, float) and cell.value.is_integer() else cell.value
    return cell.text.strip()
