"""What a reader returns: sheets whose cells keep their address, and the refusal of a file by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property
from typing import Literal, NamedTuple

from analysis.policy.errors import DataError
from analysis.policy.messages import say

Value = str | int | float | bool | datetime | time | None
Kind = Literal["text", "number", "date", "bool", "error", "formula_uncached", "blank"]


@dataclass(frozen=True)
class Limits:
    """What one file may ask of the machine; a file that asks for more is refused by name.

    The defaults hold some thirty times the largest sheet of a district (300 units, 23 indicators, 35,000
    tickets of 14 columns) and keep the refusal of a hostile file under 10 s and 1 GB.

    Attributes:
        seconds: of the processor, where the system counts them, so that a busy machine is no fault of the file.
        patience_seconds: by the clock, for what never comes, such as a share that does not answer.
    """

    seconds: float = 9.0
    patience_seconds: float = 300.0
    memory_bytes: int = 900 * 2**20
    file_bytes: int = 300 * 2**20
    unpacked_bytes: int = 400 * 2**20
    entries: int = 5_000
    sheets: int = 256
    rows: int = 200_000
    columns: int = 2_000
    cells: int = 1_500_000
    text_cells: int = 20_000_000


DEFAULT = Limits()


class UnreadableFile(DataError):
    """A delivered file that is refused whole, with a stable `reason`.

    Reasons: `missing`, `special`, `empty`, `open-in-excel`, `too-large`, `too-many-sheets`, `too-many-cells`,
    `too-many-rows`, `too-much-memory`, `endless-line`, `encrypted`, `truncated`, `bomb`, `doctype`,
    `far-cell`, `unsafe-path`, `not-a-workbook`, `web-page`, `archive`, `binary-workbook`, `unfinished`, `malformed`,
    `encoding`, `private-use`, `not-text`, `unclosed-quote`, `swallowed-rows`, `timeout`, `crashed`.

    `row` is the row at fault where it is known, else 0.
    """

    def __init__(self, file: str, reason: str, detail: str, row: int = 0):
        place = say("{file}: row {row}").format(file=file, row=row) if row else file
        super().__init__(say("{where}: {what}").format(where=place, what=detail))
        self.file = file
        self.reason = reason
        self.detail = detail
        self.row = row

    def __reduce__(self):
        return type(self), (self.file, self.reason, self.detail, self.row)


class MergedRange(NamedTuple):
    """A merged area; rows and columns are counted from 1 and both ends belong to it."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __contains__(self, place: object) -> bool:
        row, column = place
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column


class RawCell(NamedTuple):
    """One cell as it was delivered.

    `text` is what the lineage records: the text itself, the shortest number that reads back the same, a date
    in ISO form, the error's name or the formula. `value` is None for blank, error and uncached formula. Somebody
    answers by name for a cell that `is_settled`: it was corrected, or is right as it stands.
    """

    row: int
    column: int
    value: Value
    text: str
    kind: Kind
    is_hidden: bool = False
    number_format: str = "General"
    is_settled: bool = False
    is_struck: bool = False

    @property
    def address(self) -> str:
        """The address as Excel writes it, such as `B7`."""
        return cell_address(self.row, self.column)


@dataclass(frozen=True)
class RawSheet:
    """One sheet: a grid of values, and beside it only what a value cannot say by itself.

    Attributes:
        file: The file's name without its folder.
        name: The sheet's name; for CSV the file's name without its ending.
        rows: `rows[0][0]` is cell A1. Rows are as long as delivered (in CSV also when blank at the end).
        kinds: (row, column) → `error` or `formula_uncached` with the text that stands for it.
        number_formats: (row, column) → format of a number or date cell where it is not `General`.
        struck: (row, column) of cells whose content is struck through.
        hidden_rows: Numbers of hidden rows, filtered ones included.
        hidden_columns: Numbers of hidden columns within the grid.
        merged: Merged areas; their value stands in the top-left cell.
        date_system: 1900 or 1904: the year from which this workbook counts its days; 0 where none is known.
        is_hidden: The whole sheet is hidden; so is then every cell.
        has_drawing: Pictures, charts or shapes lie on it.
        unseen: What the format's reader cannot see: of `errors`, `formulas`, `hidden`, `number_formats`.
            Where `errors` stands here, a blank cell may be an error value: it is not proven blank.
        encoding: Of a text file, such as `gb18030`; else empty.
        settled: (row, column) of cells that were corrected or declared right.
    """

    file: str
    name: str
    rows: tuple[tuple[Value, ...], ...]
    kinds: Mapping[tuple[int, int], tuple[Kind, str]] = field(default_factory=dict)
    number_formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    struck: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[MergedRange, ...] = ()
    date_system: int = 1900
    is_hidden: bool = False
    has_drawing: bool = False
    unseen: frozenset[str] = frozenset()
    encoding: str = ""
    settled: frozenset[tuple[int, int]] = frozenset()

    @property
    def n_rows(self) -> int:
        """Number of rows down to the last one that holds anything."""
        return len(self.rows)

    @cached_property
    def n_columns(self) -> int:
        """Length of the longest row."""
        return max(map(len, self.rows), default=0)

    def value(self, row: int, column: int) -> Value:
        """Return the value at `row` and `column` (from 1); outside the grid there is none."""
        values = self.rows[row - 1] if 0 < row <= len(self.rows) else ()
        return values[column - 1] if 0 < column <= len(values) else None

    def cell(self, row: int, column: int) -> RawCell:
        """Return the cell at `row` and `column` (from 1); outside the grid it is blank."""
        value = self.value(row, column)
        is_hidden = self.is_hidden or row in self.hidden_rows or column in self.hidden_columns
        place = (row, column)
        kind, text = self.kinds.get(place) or (_kind(value), value_text(value))
        form, is_settled = self.number_formats.get(place, "General"), place in self.settled
        is_struck = place in self.struck and not is_settled
        return RawCell(row, column, value, text, kind, is_hidden, form, is_settled, is_struck)

    def row(self, row: int) -> list[RawCell]:
        """Return the cells of one row, as many as were delivered."""
        return [self.cell(row, column + 1) for column in range(len(self.rows[row - 1]))]

    def iter_rows(self) -> Iterator[list[RawCell]]:
        """Yield every row's cells from row 1 down; a blank row is an empty list or blank cells."""
        return (self.row(row + 1) for row in range(len(self.rows)))

    def cells(self) -> Iterator[RawCell]:
        """Yield the cells that are not blank, row by row."""
        return (cell for cells in self.iter_rows() for cell in cells if cell.kind != "blank")

    def filled(self, row: int, column: int) -> RawCell:
        """Return the cell whose value shows at a place: in a merged area its top-left cell."""
        area = self.merged_at(row, column)
        return self.cell(area.first_row, area.first_column) if area else self.cell(row, column)

    def merged_at(self, row: int, column: int) -> MergedRange | None:
        """Return the merged area that covers a place, if there is one."""
        return next((area for area in self.merged if (row, column) in area), None)


def _kind(value: Value) -> Kind:
    if value is None or value == "":
        return "blank"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else "date"


def value_text(value: Value) -> str:
    """Return the exact text of a value for the lineage; midnight is left out of a date."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, time) else repr(value)


def column_letters(column: int) -> str:
    """Return the letters of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column from its letters, counted from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def cell_address(row: int, column: int) -> str:
    """Return an address such as `B7` from row and column, both counted from 1."""
    return f"{column_letters(column)}{row}"
