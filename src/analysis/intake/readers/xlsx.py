"""Read an .xlsx workbook in one pass that sees values, formulas, errors, formats and what is hidden.

Why not the libraries: openpyxl needs two passes to tell a formula from its cached value, refuses workbooks
whose styles are slightly wrong, and reads the date formats of Chinese Excel (27-36, 50-58) as plain numbers;
calamine returns errors and uncached formulas as blank and shows neither formats nor what is hidden. The tests
compare this reader with openpyxl cell by cell.
"""

import math
import re
from datetime import datetime, time, timedelta
from pathlib import Path

from analysis.intake.readers.archive import Archive
from analysis.intake.readers.model import (
    Limits,
    MergedRange,
    RawSheet,
    Value,
    cell_address,
    column_number,
)
from analysis.intake.readers.package import SheetPart, Workbook, date_parts, read_package, unescape

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_MOST_MERGED = 100_000


def read_xlsx(path: Path, limits: Limits) -> list[RawSheet]:
    """Return the worksheets of a workbook in its own order, hidden ones included.

    Raises:
        UnreadableFile: Named by a reason.
    """
    archive = Archive(path, limits)
    workbook = read_package(archive)
    if len(workbook.sheets) > limits.sheets:
        raise archive.refuse("too-large", f"{len(workbook.sheets)} sheets; {limits.sheets} are allowed")
    sheets, left = [], limits.cells
    for part in workbook.sheets:
        parser = _SheetParser(archive, workbook, part, limits, left)
        archive.parse(part.part, parser.start, parser.end, parser.text)
        left -= parser.n_cells
        sheets.append(parser.sheet())
    return sheets


class _SheetParser:
    """Collects one sheet while expat runs over it: the state of the cell at hand, and what was found."""

    def __init__(self, archive: Archive, workbook: Workbook, part: SheetPart, limits: Limits, cells: int):
        self.archive, self.workbook, self.part, self.limits, self.cells = archive, workbook, part, limits, cells
        self.shown = [date_parts(number_format) for number_format in workbook.formats]
        self.rows: dict[int, dict[int, Value]] = {}
        self.kinds: dict[tuple[int, int], tuple[str, str]] = {}
        self.number_formats: dict[tuple[int, int], str] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_ranges: list[tuple[int, int]] = []
        self.merged: list[MergedRange] = []
        self.columns: dict[str, int] = {}
        self.n_cells = self.row = self.column = 0
        self.prefix: str | None = None
        self.cell: dict[str, str] | None = None
        self.value: str | None = None
        self.formula: str | None = None
        self.pieces: list[str] | None = None
        self.in_guide = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Handle an element's start."""
        name = self._local(tag)
        if name == "c":
            self.cell, self.value, self.formula = attributes, None, None
            self._place(attributes.get("r"))
        elif self.cell is not None:
            if name == "v" or name == "f" or (name == "t" and not self.in_guide):
                self.pieces = []
            elif name == "rPh":
                self.in_guide = True
        else:
            self._start_outside(name, attributes)

    def _local(self, tag: str) -> str:
        if self.prefix is None:
            self.prefix = tag[: tag.find(":") + 1]
        return tag[len(self.prefix) :] if self.prefix and tag.startswith(self.prefix) else tag

    def _start_outside(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row = int(attributes.get("r") or self.row + 1)
            self.column = 0
            if attributes.get("hidden") in {"1", "true"} or attributes.get("ht") == "0":
                self.hidden_rows.add(self.row)
        elif name == "col":
            if attributes.get("hidden") in {"1", "true"} or attributes.get("width") == "0":
                self.hidden_ranges.append((int(attributes["min"]), int(attributes["max"])))
        elif name == "mergeCell":
            self._add_merged(attributes.get("ref", ""))

    def _place(self, reference: str | None) -> None:
        if not reference:
            self.column += 1
            return
        letters = reference.rstrip("0123456789")
        column = self.columns.get(letters)
        if column is None:
            if not _REFERENCE.fullmatch(reference):
                raise self.archive.refuse("malformed", f"sheet {self.part.name!r} has a cell {reference!r}")
            column = self.columns[letters] = column_number(letters)
        self.row, self.column = int(reference[len(letters) :] or 0), column

    def text(self, data: str) -> None:
        """Handle character data."""
        if self.pieces is not None:
            self.pieces.append(data)

    def end(self, tag: str) -> None:
        """Handle an element's end."""
        if self.cell is None:
            return
        name = self._local(tag)
        if name == "c":
            if self.value is not None or self.formula is not None:
                self._add_cell(self.cell)
            self.cell = None
        elif name == "rPh":
            self.in_guide = False
        elif self.pieces is not None:
            content = "".join(self.pieces)
            self.pieces = None
            if name == "f":
                self.formula = content
            else:  # an inline string may come in several runs
                self.value = content if name == "v" or self.value is None else self.value + content

    def _add_cell(self, cell: dict[str, str]) -> None:
        row, column = self.row, self.column
        if not (0 < row <= self.limits.rows and column <= self.limits.columns):
            raise self.archive.refuse(
                "far-cell",
                f"sheet {self.part.name!r} has a cell at {cell_address(row, column)}, beyond row "
                f"{self.limits.rows} or column {self.limits.columns}; delete what lies outside the table",
            )
        self.n_cells += 1
        if self.n_cells > self.cells:
            raise self.archive.refuse("too-large", f"more than {self.limits.cells} cells; send it as CSV")
        values = self.rows.setdefault(row, {})
        if column in values:
            raise self.archive.refuse("malformed", f"sheet {self.part.name!r} holds {cell_address(row, column)} twice")
        values[column] = self._convert(cell, (row, column))

    def _convert(self, cell: dict[str, str], place: tuple[int, int]) -> Value:
        kind, text = cell.get("t", "n"), self.value
        if self.formula is not None and (text is None or (text == "" and kind != "str")):
            self.kinds[place] = ("formula_uncached", f"={self.formula}")
            return None
        if kind in {"n", "s", "b"}:
            text = text.strip()
        if kind == "s":
            return self._shared(text)
        if kind in {"str", "inlineStr"}:
            return unescape(text)
        if kind == "n" and _NUMBER.fullmatch(text):
            return self._number(text, int(cell.get("s") or 0), place)
        if kind == "b" and text in {"0", "1", "true", "false"}:
            return text in {"1", "true"}
        if kind == "d":
            return _iso_moment(text) or text
        if text:
            self.kinds[place] = ("error", text)
        return None

    def _shared(self, text: str) -> str:
        if not text.isdecimal() or int(text) >= len(self.workbook.strings):
            raise self.archive.refuse("malformed", f"sheet {self.part.name!r} refers to a missing text {text!r}")
        return self.workbook.strings[int(text)]

    def _number(self, text: str, style: int, place: tuple[int, int]) -> Value:
        value = int(text) if text.lstrip("-").isdecimal() and len(text) < 18 else float(text)
        if not math.isfinite(value):
            self.kinds[place] = ("error", text)
            return None
        if style and style < len(self.shown):
            number_format = self.workbook.formats[style]
            if number_format != "General":
                self.number_formats[place] = number_format
            if any(self.shown[style]):
                return serial_moment(value, self.workbook.date_system, *self.shown[style])
        return value

    def _add_merged(self, reference: str) -> None:
        ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
        if not all(ends) or len(self.merged) >= _MOST_MERGED:
            raise self.archive.refuse("malformed", f"sheet {self.part.name!r} merges {reference!r}")
        corners = [(int(end[2]), column_number(end[1])) for end in (ends[0], ends[-1])]
        self.merged.append(MergedRange(*corners[0], *corners[1]))

    def sheet(self) -> RawSheet:
        """Return what was collected."""
        rows = tuple(_dense(self.rows.get(row, {})) for row in range(1, max(self.rows, default=0) + 1))
        width = max(map(len, rows), default=0)
        hidden = {c for first, last in self.hidden_ranges for c in range(first, min(last, width) + 1)}
        return RawSheet(
            file=self.archive.file,
            name=self.part.name,
            rows=rows,
            kinds=self.kinds,
            number_formats=self.number_formats,
            hidden_rows=frozenset(row for row in self.hidden_rows if row <= len(rows)),
            hidden_columns=frozenset(hidden),
            merged=tuple(sorted(self.merged)),
            date_system=self.workbook.date_system,
            is_hidden=self.part.is_hidden,
        )


def _dense(values: dict[int, Value]) -> tuple[Value, ...]:
    return tuple(map(values.get, range(1, max(values, default=0) + 1)))


def serial_moment(serial: float, date_system: int, has_date: bool, has_clock: bool) -> Value:
    """Return the moment that a serial number stands for; one that is no day stays a number.

    The 1900 system counts a 29 February 1900 that never was (serial 60): that one stays a number.
    """
    if not 0 <= serial < _LAST_SERIAL or (date_system == 1900 and 60 <= serial < 61):
        return serial
    day, fraction = divmod(serial, 1)
    clock = timedelta(milliseconds=round(fraction * 86_400_000))
    if has_clock and not has_date and day == 0 and clock < timedelta(days=1):
        return (datetime.min + clock).time()
    if date_system == 1900:
        if day == 0:
            return serial
        return datetime(1899, 12, 31 if day < 60 else 30) + timedelta(days=day) + clock
    return datetime(1904, 1, 1) + timedelta(days=day) + clock if day < _LAST_SERIAL - 1462 else serial


def _iso_moment(text: str) -> datetime | time | None:
    for kind in (datetime, time):
        try:
            return kind.fromisoformat(text.removesuffix("Z"))
        except ValueError:
            continue
    return None
