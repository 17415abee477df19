"""Find the header of any sheet by the names of its columns: titles above, two levels, repeats, several blocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from analysis.intake.labels import IGNORED, UNIT, Labels, loose, normal
from analysis.intake.readers import MergedRange, RawCell, RawSheet

_DEEPEST_HEADER = 3  # rows: a group, a sub-group, the leaf
_LEAST_FIELDS = 2


@dataclass(frozen=True)
class Column:
    """A column under a header: `meaning` is a field, an indicator, `IGNORED`, or None where nobody knows it."""

    number: int
    label: str
    meaning: str | None


@dataclass(frozen=True)
class Block:
    """A table within a sheet: a kind, its header's rows and columns, and the rows below it.

    Attributes:
        kind: A kind of `params/sheets.yml`.
        columns: The columns from the left; a block beside another one holds only its own.
        header: First and last row of the header.
        body: The rows below, to the next header of another table; repeated headers included.
        repeats: The rows of repeated headers within the body.
    """

    kind: str
    columns: tuple[Column, ...]
    header: tuple[int, int]
    body: tuple[int, ...]
    repeats: frozenset[int]

    @cached_property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns that hold fields or indicators."""
        return tuple(column for column in self.columns if column.meaning not in (None, IGNORED))

    def columns_to(self, last: int) -> tuple[Column, ...]:
        """Return the columns up to the sheet's column `last`: beyond a row's end nothing needs to be looked at."""
        return self.columns[: max(0, last - self.columns[0].number + 1)]

    def column_of(self, meaning: str) -> Column | None:
        """Return the column with a meaning, if the header has it."""
        return next((column for column in self.columns if column.meaning == meaning), None)

    @property
    def meanings(self) -> frozenset[str]:
        """The fields and indicators that the header has."""
        return frozenset(column.meaning for column in self.read_columns)


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: rows above the first header, and the blocks; none where no header is known."""

    title_rows: tuple[int, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class _Header:
    kind: str
    row: int
    depth: int
    columns: tuple[Column, ...]

    @property
    def shape(self) -> tuple:
        return self.kind, tuple((c.number, c.meaning) for c in self.columns if c.meaning)


class Grid:
    """A sheet with its merged areas filled in: what a reader of the sheet sees at a place."""

    def __init__(self, sheet: RawSheet):
        self.sheet = sheet
        self._cells: dict[tuple[int, int], RawCell] = {}  # a row is looked at more than once
        self._areas: Mapping[tuple[int, int], MergedRange] = {
            (row, column): area
            for area in sheet.merged
            for row in range(area.first_row, min(area.last_row, sheet.n_rows) + 1)
            for column in range(area.first_column, min(area.last_column, sheet.n_columns) + 1)
        }
        self._widths = [len(values) for values in sheet.rows]
        for row, column in self._areas:
            self._widths[row - 1] = max(self._widths[row - 1], column)

    def cell(self, row: int, column: int) -> RawCell:
        """Return the cell whose value shows at a place."""
        if (row, column) not in self._cells:
            self._cells[row, column] = self.sheet.cell(*self._origin(row, column))
        return self._cells[row, column]

    def _origin(self, row: int, column: int) -> tuple[int, int]:
        area = self._areas.get((row, column))
        return (area.first_row, area.first_column) if area else (row, column)

    def is_shared(self, row: int, column: int, columns: Iterable[Column]) -> bool:
        """Tell whether the value that shows here belongs to several rows, or to several of `columns`."""
        area = self._areas.get((row, column))
        if area is None:
            return False
        covered = [c for c in columns if c.meaning and area.first_column <= c.number <= area.last_column]
        return area.last_row > area.first_row or len(covered) > 1

    def form(self, row: int, column: int) -> str:
        """Return the text that shows at a place in the form in which names are compared."""
        value = self.sheet.value(*self._origin(row, column))
        return normal(value) if isinstance(value, str) else ""

    def width(self, row: int) -> int:
        """Return the last column of a row in which anything shows; 0 where the row is empty."""
        return self._widths[row - 1]

    def forms(self, row: int) -> list[str]:
        """Return the forms of a row, as far as anything shows."""
        return [self.form(row, column) for column in range(1, self.width(row) + 1)]


def find_layout(grid: Grid, labels: Labels) -> Layout:
    """Return the blocks of a sheet, recognised by the names of their columns alone.

    A header may stand under any number of title rows, have up to three levels, and be repeated; another header
    begins another block, below or (where names repeat from left to right) beside the first.
    """
    headers = _find_headers(grid, labels)
    n_rows = grid.sheet.n_rows
    starts = [header for i, header in enumerate(headers) if i == 0 or header.shape != headers[i - 1].shape]
    blocks: list[Block] = []
    for i, header in enumerate(starts):
        end = starts[i + 1].row if i + 1 < len(starts) else n_rows + 1
        first = header.row + header.depth
        repeats = {r for h in headers if header.row < h.row < end for r in range(h.row, h.row + h.depth)}
        for columns in _side_by_side(header, labels):
            span = (header.row, first - 1)
            blocks.append(Block(header.kind, columns, span, tuple(range(first, end)), frozenset(repeats)))
    return Layout(tuple(range(1, starts[0].row if starts else n_rows + 1)), tuple(blocks))


def _find_headers(grid: Grid, labels: Labels) -> list[_Header]:
    known = {label for names in (*labels.fields.values(), *labels.indicators.values()) for label in names}
    headers, row = [], 1
    while row <= grid.sheet.n_rows:
        header = _header_at(grid, row, labels) if _has_label(grid, row, known) else None
        if header:
            headers.append(header)
        row += header.depth if header else 1
    return headers


def _has_label(grid: Grid, row: int, known: set[str]) -> bool:
    forms = [form for form in grid.forms(row) if form]
    return any(form in known or form.partition("(")[0] in known or loose(form) in known for form in forms)


def _header_at(grid: Grid, row: int, labels: Labels) -> _Header | None:
    """Return the header that begins in a row: the kind and depth that explain most columns."""
    best, most = None, 0.0
    stack: list[list[str]] = []
    for depth in range(1, _DEEPEST_HEADER + 1):
        if row + depth - 1 > grid.sheet.n_rows or (depth > 1 and _holds_data(grid, row + depth - 1, labels)):
            break
        forms = grid.forms(row + depth - 1)
        stack.append(forms + [""] * (grid.sheet.n_columns - len(forms)))
        for kind in labels.fields:
            columns = _columns(stack, kind, labels)
            found = {c.meaning for c in columns if c.meaning not in (None, IGNORED)}
            # A deeper header must explain more; of two kinds the one whose required columns are there.
            weight = len(found) - 0.4 * (depth - 1) + 0.5 * _completeness(found, kind, labels)
            if weight > most and _is_enough(found, kind, labels):
                best, most = _Header(kind, row, depth, columns), weight
    return best


def _holds_data(grid: Grid, row: int, labels: Labels) -> bool:
    cells = [grid.cell(row, column) for column in range(1, grid.width(row) + 1)]
    return any(c.kind not in ("text", "blank") or (c.kind == "text" and labels.unit(c.text)) for c in cells)


def _columns(stack: list[list[str]], kind: str, labels: Labels) -> tuple[Column, ...]:
    columns = []
    for number, forms in enumerate(zip(*stack, strict=True), start=1):
        written = [form for form in reversed(forms) if form]
        meaning = next((m for m in (labels.column(kind, form) for form in written) if m), None)
        columns.append(Column(number, written[0] if written else "", meaning))
    return tuple(columns)


def _completeness(found: set[str], kind: str, labels: Labels) -> float:
    required = labels.required[kind]
    return len(required & found) / len(required) if required else 0.0


def _is_enough(found: set[str], kind: str, labels: Labels) -> bool:
    if kind in labels.indicators:
        return UNIT in found and len(found) >= _LEAST_FIELDS
    least = 1.0 if kind in labels.adapters else 0.5
    return len(found) >= _LEAST_FIELDS and _completeness(found, kind, labels) >= least


def _side_by_side(header: _Header, labels: Labels) -> list[tuple[Column, ...]]:
    """Return the header's columns, cut where a score sheet's unit column stands again (two tables side by side)."""
    if header.kind not in labels.indicators:
        return [header.columns]
    units = [i for i, column in enumerate(header.columns) if column.meaning == UNIT]
    # What stands before the first unit column (a number, a group) stands before the others too.
    starts = [0, *(i - units[0] for i in units[1:])]
    ends = [*starts[1:], len(header.columns)]
    return [header.columns[start:end] for start, end in zip(starts, ends, strict=True)]
