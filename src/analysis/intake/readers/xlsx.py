"""Read an .xlsx workbook in one pass that sees values, formulas, errors, formats and what is hidden.

Why not the libraries: openpyxl needs two passes to tell a formula from its cached value, refuses workbooks
whose styles are slightly wrong, and reads the date formats of Chinese Excel (27-36, 50-58) as plain numbers;
calamine returns errors and uncached formulas as blank and shows neither formats nor what is hidden. The tests
compare this reader with openpyxl cell by cell.
"""

import re

from analysis.intake.readers.archive import Archive
from analysis.intake.readers.conversion import Conversion
from analysis.intake.readers.model import (
    Limits,
    MergedRange,
    RawSheet,
    Value,
    cell_address,
    column_number,
)
from analysis.intake.readers.package import SheetPart, Workbook, read_package
from analysis.intake.readers.plain import iter_rows, split_rows
from analysis.policy.messages import say

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_MOST_MERGED = 100_000


def read_xlsx(archive: Archive, limits: Limits) -> list[RawSheet]:
    """Return the worksheets of a workbook in its own order, hidden ones included.

    Raises:
        UnreadableFile: Named by a reason.
    """
    workbook = read_package(archive)
    if len(workbook.sheets) > limits.sheets:
        raise archive.refuse(
            "too-many-sheets",
            say("{n_sheets} sheets; {sheets} are allowed").format(n_sheets=len(workbook.sheets), sheets=limits.sheets),
        )
    sheets, left = [], limits.cells
    for part in workbook.sheets:
        parser = _SheetParser(archive, workbook, part, limits, left)
        parser.read()
        left -= parser.n_cells
        sheets.append(parser.sheet())
    return sheets


class _SheetParser:
    """Collects one sheet while expat runs over it: the state of the cell at hand, and what was found."""

    def __init__(self, archive: Archive, workbook: Workbook, part: SheetPart, limits: Limits, cells: int):
        self.archive, self.workbook, self.part = archive, workbook, part
        self.limits, self.cells = limits, cells
        self.conversion = Conversion(archive, workbook, part.name)
        self.rows: dict[int, dict[int, Value]] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_ranges: list[tuple[int, int]] = []
        self.merged: list[MergedRange] = []
        self.columns: dict[str, int] = {}
        self.n_cells = self.row = self.column = 0
        self.prefix: str | None = None
        self.cell: dict[str, str] | None = None
        self.data: str | None = None
        self.value: str | None = None
        self.formula: str | None = None
        self.inline: str | None = None
        self.in_guide = False

    def read(self) -> None:
        """Read the sheet, its rows the fast way where they are plain."""
        document = self.archive.read_at_once(self.part.part)
        around, rows = split_rows(document) or (document, "")
        self.archive.parse(self.part.part, self.start, self.end, self.text, content=around)
        for row in iter_rows(rows):
            self._start_outside("row", row.head)
            self._add_plain_cells(row.cells)

    def _add_plain_cells(self, cells: list[tuple[str, str, str, str, str]]) -> None:
        for letters, style, kind, number, text in cells:
            self.column = self.columns.get(letters) or self._learn(letters)
            self.value = text if kind == "inlineStr" else number
            self._add_cell(kind or "n", int(style or 0))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Handle an element's start."""
        if self.prefix is None:
            self._name_tags(tag)
        if tag == self.tag_c:
            self.cell = attributes
            self.value = self.formula = self.inline = None
            self._place(attributes.get("r"))
        elif self.cell is None:
            self._start_outside(tag.removeprefix(self.prefix), attributes)
        elif tag in self.tags_data:
            self.data = ""
        elif tag == self.tag_guide:
            self.in_guide = True

    def _name_tags(self, root: str) -> None:
        """Learn from the first element whether this file writes its elements with a prefix."""
        self.prefix = root[: root.find(":") + 1]
        self.tag_c, self.tag_v, self.tag_f, self.tag_t, self.tag_guide = (
            self.prefix + name for name in ("c", "v", "f", "t", "rPh")
        )
        self.tags_data = {self.tag_v, self.tag_f, self.tag_t}

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
                raise self.archive.refuse(
                    "malformed",
                    say("sheet {name!r} has a cell {reference!r}").format(name=self.part.name, reference=reference),
                )
            column = self._learn(letters)
        self.row, self.column = int(reference[len(letters) :] or 0), column

    def _learn(self, letters: str) -> int:
        self.columns[letters] = column_number(letters)
        return self.columns[letters]

    def text(self, data: str) -> None:
        """Handle character data."""
        if self.data is not None:
            self.data += data

    def end(self, tag: str) -> None:
        """Handle an element's end."""
        if self.cell is None:
            return
        if tag == self.tag_c:
            if self.cell.get("t") == "inlineStr":
                self.value = self.inline
            if self.value is not None or self.formula is not None:
                self._add_cell(self.cell.get("t", "n"), int(self.cell.get("s", 0)))
            self.cell = None
        elif tag == self.tag_v:
            self.value = self.data
        elif tag == self.tag_f:
            self.formula = self.data
        elif tag == self.tag_t:  # an inline string may come in several runs, with phonetic guides between
            self.inline = (self.inline or "") + ("" if self.in_guide else self.data or "")
        elif tag == self.tag_guide:
            self.in_guide = False
        self.data = None

    def _add_cell(self, kind: str, style: int) -> None:
        row, column = self.row, self.column
        if not (0 < row <= self.limits.rows and column <= self.limits.columns):
            raise self.archive.refuse(
                "far-cell",
                say(
                    "sheet {name!r} has a cell at {cell_address}, beyond row "
                    "{rows} or column {columns}; delete what lies outside the table"
                ).format(
                    name=self.part.name,
                    cell_address=cell_address(row, column),
                    rows=self.limits.rows,
                    columns=self.limits.columns,
                ),
            )
        self.n_cells += 1
        if self.n_cells > self.cells:
            raise self.archive.refuse(
                "too-many-cells", say("more than {cells} cells; send it as CSV").format(cells=self.limits.cells)
            )
        values = self.rows.setdefault(row, {})
        if column in values:
            raise self.archive.refuse(
                "malformed",
                say("sheet {name!r} holds {cell_address} twice").format(
                    name=self.part.name, cell_address=cell_address(row, column)
                ),
            )
        values[column] = self.conversion.convert(kind, style, self.value, self.formula, (row, column))

    def _add_merged(self, reference: str) -> None:
        ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
        if not all(ends) or len(self.merged) >= _MOST_MERGED:
            raise self.archive.refuse(
                "malformed", say("sheet {name!r} merges {reference!r}").format(name=self.part.name, reference=reference)
            )
        corners = [(int(end[2]), column_number(end[1])) for end in (ends[0], ends[-1])]
        self.merged.append(MergedRange(*corners[0], *corners[1]))

    def sheet(self) -> RawSheet:
        """Return what was collected."""
        rows = tuple(_dense(self.rows.get(row, {})) for row in range(1, max(self.rows, default=0) + 1))
        width = max(map(len, rows), default=0)
        if sum(_covered(area, len(rows), width) for area in self.merged) > self.limits.cells:
            raise self.archive.refuse(
                "malformed", say("sheet {name!r} merges areas that overlap").format(name=self.part.name)
            )
        hidden = {c for first, last in self.hidden_ranges for c in range(first, min(last, width) + 1)}
        return RawSheet(
            file=self.archive.file,
            name=self.part.name,
            rows=rows,
            kinds=self.conversion.kinds,
            number_formats=self.conversion.number_formats,
            struck=frozenset(self.conversion.struck),
            has_drawing=self.part.has_drawing,
            hidden_rows=frozenset(row for row in self.hidden_rows if row <= len(rows)),
            hidden_columns=frozenset(hidden),
            merged=tuple(sorted(self.merged)),
            date_system=self.workbook.date_system,
            is_hidden=self.part.is_hidden,
        )


def _covered(area: MergedRange, n_rows: int, n_columns: int) -> int:
    height = min(area.last_row, n_rows) - area.first_row + 1
    return max(0, height) * max(0, min(area.last_column, n_columns) - area.first_column + 1)


def _dense(values: dict[int, Value]) -> tuple[Value, ...]:
    return tuple(map(values.get, range(1, max(values, default=0) + 1)))
