"""Delivered sheets as a mutation edits them: values, merged areas and what is hidden, written back as a file."""

import csv
import random
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from analysis.intake.labels import UNIT, Labels
from analysis.intake.readers import cell_address, read_file
from analysis.intake.readers.model import value_text
from analysis.intake.recognise import Block, Grid, find_layout
from analysis.intake.rows import is_data


@dataclass
class Book:
    """One sheet of one file, open for changes; rows and columns count from 1 as in an address."""

    path: Path
    name: str
    rows: list[list]
    block: Block
    data_rows: list[int]
    labels: Labels
    merged: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def kind(self) -> str:
        return self.block.kind

    def column(self, meaning: str) -> int:
        return self.block.column_of(meaning).number

    @property
    def unit_column(self) -> int:
        return self.column(UNIT)

    def get(self, row: int, column: int):
        values = self.rows[row - 1]
        return values[column - 1] if column <= len(values) else None

    def set(self, row: int, column: int, value) -> None:
        values = self.rows[row - 1]
        values += [None] * (column - len(values))
        values[column - 1] = value

    def columns_of(self, *types: str) -> list[int]:
        """Columns whose field has one of the types; in a score sheet `points` are those with a full mark."""
        if self.kind == "scores":
            by_id = self.labels.policy.indicator_by_id
            wanted = {"points": ("points", "quoted"), "count": ("per_case",), "choice": ("state",)}
            methods = {m for t in types for m in wanted.get(t, ())}
            return [
                c.number for c in self.block.columns if c.meaning in by_id and by_id[c.meaning].method.name in methods
            ]
        fields = self.labels.policy.sheets.kinds[self.kind].fields
        return [c.number for c in self.block.columns if c.meaning in fields and fields[c.meaning].type in types]

    def pick(self, rng: random.Random, *types: str) -> tuple[int, int]:
        """A place of data whose column has one of the types and whose cell holds a value."""
        places = [
            (row, column)
            for row in self.data_rows
            for column in self.columns_of(*types)
            if self.get(row, column) not in (None, "") and not self.is_mark(self.get(row, column))
        ]
        return rng.choice(places)

    def is_mark(self, value) -> bool:
        return isinstance(value, str) and value.strip() in ("/", "—", "-", "不适用")

    def insert_rows(self, at: int, rows: list[list]) -> None:
        """Insert rows before row `at`; merged areas and hidden rows below move with theirs."""
        for i, values in enumerate(rows):
            self.rows.insert(at - 1 + i, list(values))
        self.hidden_rows = {r + len(rows) if r >= at else r for r in self.hidden_rows}
        self.merged = [_moved(area, at, len(rows)) for area in self.merged]
        self.data_rows = [r + len(rows) if r >= at else r for r in self.data_rows]

    def unmerge(self) -> None:
        """Write out what merged header cells show, and merge nothing."""
        for area in self.merged:
            first, last = (_corner(end) for end in area.split(":"))
            value = self.get(*first)
            for row in range(first[0], last[0] + 1):
                for column in range(first[1], last[1] + 1):
                    if row in range(self.block.header[0], self.block.header[1] + 1):
                        self.set(row, column, value)
        self.merged = []

    def save(self, path: Path | None = None) -> Path:
        path = path or self.path
        if path.suffix == ".csv":
            with path.open("w", encoding=self.encoding, newline="") as stream:
                # As spreadsheets write them: every row as wide as the table.
                rows = [row + [None] * (len(self.block.columns) - len(row)) for row in self.rows]
                texts = [["" if v is None else value_text(v) for v in row] for row in rows]
                csv.writer(stream, delimiter=self.delimiter).writerows(texts)
        else:
            save_books(path, [self])
        return path

    def address(self, row: int, column: int) -> str:
        return cell_address(row, column)


def save_books(path: Path, books: list[Book]) -> None:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for number, book in enumerate(books, start=1):
        sheet = workbook.create_sheet(book.name if len(books) == 1 else f"表{number}")
        for row in book.rows:
            sheet.append([v if v != "" else None for v in row])
        for area in book.merged:
            sheet.merge_cells(area)
        for row in book.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for column in book.hidden_columns:
            sheet.column_dimensions[cell_address(1, column)[:-1]].hidden = True
    workbook.save(path)


def open_book(path: Path, labels: Labels) -> Book:
    (sheet,) = read_file(path)
    grid = Grid(sheet)
    (block,) = find_layout(grid, labels).blocks
    return Book(
        path,
        sheet.name,
        [list(row) for row in sheet.rows],
        block,
        [row for row in block.body if is_data(grid, row, block, labels)],
        labels,
        merged=[
            f"{cell_address(a.first_row, a.first_column)}:{cell_address(a.last_row, a.last_column)}"
            for a in sheet.merged
        ],
        encoding=sheet.encoding or "utf-8",
    )


def open_any(folder: Path, rng: random.Random, labels: Labels, *kinds: str, endings=(".xlsx", ".csv")) -> Book:
    """A sheet chosen at random: of the given kinds, with rows of data; tickets have mutations of their own."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in endings]
    paths = [path for path in paths if not any(word in path.name for word in ("工单", "转办"))]
    rng.shuffle(paths)
    books = (open_book(path, labels) for path in paths)
    return next(book for book in books if (not kinds or book.kind in kinds) and book.data_rows)


def _corner(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(address[len(letters) :]), column


def _moved(area: str, at: int, count: int) -> str:
    corners = [_corner(end) for end in area.split(":")]
    return ":".join(cell_address(row + count if row >= at else row, column) for row, column in corners)


def as_number(value) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return float(str(value).strip())
    except ValueError:
        return None


def as_date(value) -> datetime | None:
    return value if isinstance(value, datetime) else None
