"""Clean one delivered sheet: recognise it, read its cells or rows, and account for every one of them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.intake.labels import UNIT, Labels, normal
from analysis.intake.months import another_month, month_in_words
from analysis.intake.problems import Problem, quote, report
from analysis.intake.readers import RawCell, RawSheet
from analysis.intake.recognise import Block, Column, Grid, Layout, find_layout
from analysis.intake.rows import Fate, Record, is_data, read_records
from analysis.intake.scores import ScoreCell, read_scores
from analysis.intake.values import clean_text, is_blank
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.names import shown_name

Place = int | tuple[int, int]
_MOST_SEEN = 8
_PASTED = re.compile(r"[,;|\s\uff0c\uff1b、]+")  # what stands between the cells of a row that was pasted into one


@dataclass(frozen=True)
class CleanSheet:
    """A delivered sheet with all that was read from it.

    Attributes:
        kinds: The kinds of its blocks; empty where it holds no table.
        meanings: The fields and indicators of its headers.
        grain: What is counted: cells of score sheets, rows of the others.
        fates: row, or (row, column) → what became of it.
        records: kind → its records.
        scores: The cells of its score sheets.
        has_drawing: Whether pictures or shapes lie on it.
    """

    file: str
    name: str
    kinds: tuple[str, ...] = ()
    meanings: frozenset[str] = frozenset()
    grain: Literal["cell", "row"] = "row"
    fates: dict[Place, Fate] = field(default_factory=dict, repr=False)
    records: dict[str, tuple[Record, ...]] = field(default_factory=dict, repr=False)
    scores: tuple[ScoreCell, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()
    has_drawing: bool = False

    @property
    def has_records(self) -> bool:
        """Whether anything below a header was taken for data, sound or not."""
        return bool(self.kinds) and ("clean" in self.fates.values() or "set_aside" in self.fates.values())


def clean_sheet(sheet: RawSheet, labels: Labels) -> CleanSheet:
    """Return what a sheet holds; nothing in it is left without a fate.

    Raises:
        DataError: a cell was left without a fate, which would be a fault of this program.
    """
    grid = Grid(sheet)
    layout = find_layout(grid, labels)
    if not layout.blocks:
        return _without_table(sheet, labels)
    kinds = tuple(dict.fromkeys(block.kind for block in layout.blocks))
    cleaned = CleanSheet(
        sheet.file,
        sheet.name,
        kinds,
        frozenset().union(*(block.meanings for block in layout.blocks)),
        "cell" if any(kind in labels.indicators for kind in kinds) else "row",
        problems=tuple(_sheet_problems(grid, layout, labels)),
        has_drawing=sheet.has_drawing,
    )
    fates = _rows_to_places(dict.fromkeys(_rows_outside(layout), "not_data"), sheet, cleaned.grain)
    cleaned = replace(cleaned, fates=fates)
    for block in layout.blocks:
        cleaned = _add_block(cleaned, grid, block, labels)
    other_months = find_titles_of_other_months(sheet.file, sheet.name, _titles(grid, layout), labels)
    problems = (*cleaned.problems, *other_months, *_outside_problems(grid, layout, labels))
    cleaned = replace(cleaned, problems=problems, fates=settle(cleaned.fates, problems))
    _check_complete(cleaned, sheet)
    return cleaned


def _titles(grid: Grid, layout: Layout) -> Iterator[RawCell]:
    yield from (cell for row in layout.title_rows for cell in grid.sheet.row(row))
    for block in layout.blocks:
        known = {column.number for column in block.read_columns}
        rows = range(block.header[0], block.header[1] + 1)
        yield from (cell for row in rows for cell in grid.sheet.row(row) if cell.column in known)


def _rows_outside(layout: Layout) -> list[int]:
    headers = [row for block in layout.blocks for row in range(block.header[0], block.header[1] + 1)]
    return [*layout.title_rows, *headers]


def _rows_to_places(fates: dict[int, Fate], sheet: RawSheet, grain: str) -> dict[Place, Fate]:
    if grain == "row":
        return dict(fates)
    return {(row, cell.column): fate for row, fate in fates.items() for cell in sheet.row(row) if cell.kind != "blank"}


def _add_block(cleaned: CleanSheet, grid: Grid, block: Block, labels: Labels) -> CleanSheet:
    if block.kind in labels.indicators:
        part = read_scores(grid, block, labels)
        scores, problems = (*cleaned.scores, *part.cells), (*cleaned.problems, *part.problems)
        return replace(cleaned, scores=scores, problems=problems, fates={**cleaned.fates, **part.fates})
    records, problems, fates = read_records(grid, block, labels)
    if _missing_fields(block, labels):
        fates = {row: "set_aside" if fate == "clean" else fate for row, fate in fates.items()}
    return replace(
        cleaned,
        records={**cleaned.records, block.kind: (*cleaned.records.get(block.kind, ()), *records)},
        problems=(*cleaned.problems, *problems),
        fates={**cleaned.fates, **_rows_to_places(fates, grid.sheet, cleaned.grain)},
    )


def settle(fates: dict[Place, Fate], problems: Iterable[Problem]) -> dict[Place, Fate]:
    """Return `fates` with every clean place that a problem takes out set aside, and rows of data above the header."""
    taken = {place for p in problems if p.sets_aside for place in (p.row, (p.row, p.column))}
    outside = {p.row for p in problems if p.code == "row-outside-table"}

    def is_out(place: Place, fate: Fate) -> bool:
        row = place if isinstance(place, int) else place[0]
        return row in outside or (fate == "clean" and place in taken)

    return {place: "set_aside" if is_out(place, fate) else fate for place, fate in fates.items()}


def _sheet_problems(grid: Grid, layout: Layout, labels: Labels) -> Iterator[Problem]:
    sheet = grid.sheet
    where = {"file": sheet.file, "sheet": sheet.name}
    if sheet.is_hidden:
        yield report("hidden-sheet", **where)
    if sheet.unseen:
        yield report("format-unseen", **where)
    for block in layout.blocks:
        yield from _header_problems(grid, block, where, labels)
        yield from _hidden_problems(grid, block, where, labels)
        yield from _length_problems(grid, block, where, labels)


def _header_problems(grid: Grid, block: Block, where: dict, labels: Labels) -> Iterator[Problem]:
    for label in _missing_fields(block, labels):
        yield report("missing-label", **where, row=block.header[1], label=label)
    seen: set[str] = set()
    for column in block.columns:
        place = {**where, "row": block.header[1], "column": column.number}
        if column.meaning in seen and column.meaning in block.meanings:
            yield report("duplicate-label", **place, label=_shown(grid, block, column))
        elif column.meaning is None and column.label:
            hint = _likely(block, column, labels)
            yield report("extra-label", **place, label=_shown(grid, block, column), hint=hint)
        seen.add(column.meaning or "")


def _shown(grid: Grid, block: Block, column: Column) -> str:
    """Return a column's label as it stands in the header's lowest row that has one, Latin words apart."""
    texts = (grid.cell(row, column.number).value for row in range(block.header[1], block.header[0] - 1, -1))
    labels = (shown_name(clean_text(text)) for text in texts if isinstance(text, str))
    return next(filter(None, labels), column.label)


def _likely(block: Block, column: Column, labels: Labels) -> str:
    likely = labels.suggest_column(block.kind, column.label)
    return f",是否为“{likely}”" if likely else ""


def _missing_fields(block: Block, labels: Labels) -> list[str]:
    """Return the names of the required columns that a header lacks."""
    fields = labels.policy.sheets.kinds[block.kind].fields
    return [field.names[0] for name, field in fields.items() if field.is_required and name not in block.meanings]


def _hidden_problems(grid: Grid, block: Block, where: dict, labels: Labels) -> Iterator[Problem]:
    sheet = grid.sheet
    first = block.column_of(UNIT) or block.columns[0]
    for row in sorted(sheet.hidden_rows.intersection(block.body)):
        if is_data(grid, row, block, labels):
            yield report("hidden-cell", **where, row=row, column=first.number, what="该行")
    for column in block.columns:
        if column.number in sheet.hidden_columns and column.meaning in block.meanings:
            what = f"“{_shown(grid, block, column)}”列"
            yield report("hidden-cell", **where, row=block.header[1], column=column.number, what=what)


def _length_problems(grid: Grid, block: Block, where: dict, labels: Labels) -> Iterator[Problem]:
    """Yield the rows of a text file that are shorter than its header, or longer by blanks: columns may have shifted."""
    rows = grid.sheet.rows
    expected = len(rows[block.header[1] - 1])
    for row in block.body if grid.sheet.encoding else ():
        found = len(rows[row - 1])
        has_more = found > expected and any(not is_blank(cell) for cell in grid.sheet.row(row)[expected:])
        if found != expected and not has_more and is_data(grid, row, block, labels):
            place = {"row": row, "column": block.columns[0].number}
            yield report("short-row", **where, **place, found=found, expected=expected)


def find_titles_of_other_months(file: str, sheet: str, cells: Iterable[RawCell], labels: Labels) -> Iterator[Problem]:
    """Yield the titles and heads that name another month, and the sheet's own name if it does."""
    period = labels.policy.period
    where = {"file": file, "sheet": sheet, "month": month_in_words(period)}
    if sheet != file.rpartition(".")[0] and (found := another_month(sheet, period)):
        yield report("wrong-month", **where, found=found, where="工作表名")
    for cell in cells:
        if cell.kind == "text" and not labels.is_note(cell.text) and (found := another_month(cell.text, period)):
            yield report("wrong-month", **where, row=cell.row, column=cell.column, found=found, where="标题")


def _outside_problems(grid: Grid, layout: Layout, labels: Labels) -> Iterator[Problem]:
    """Yield the rows above the first header that look like data."""
    where = {"file": grid.sheet.file, "sheet": grid.sheet.name}
    for row in layout.title_rows:
        cells = [cell for cell in grid.sheet.row(row) if not is_blank(cell)]
        units = [cell for cell in cells if cell.kind == "text" and labels.unit(cell.text)]
        has_number = any(cell.kind in ("number", "error", "formula_uncached") for cell in cells)
        if units and has_number and not labels.is_note(cells[0].text):
            yield report("row-outside-table", **where, row=row, column=units[0].column)


def _without_table(sheet: RawSheet, labels: Labels) -> CleanSheet:
    """Return a sheet without a known header: no data if it is empty or holds only remarks, else a problem."""
    filled = {
        row: cells
        for row, raw in enumerate(sheet.iter_rows(), start=1)
        if (cells := [cell for cell in raw if not is_blank(cell)])
    }
    tables = {row: cells for row, cells in filled.items() if _looks_like_data(cells, labels)}
    where = {"file": sheet.file, "sheet": sheet.name}
    if not tables or sheet.is_hidden:
        problems = (report("hidden-sheet", **where),) if tables else ()
        fates = dict.fromkeys(range(1, sheet.n_rows + 1), "not_data")
        return CleanSheet(sheet.file, sheet.name, fates=fates, problems=problems, has_drawing=sheet.has_drawing)
    row, cells = max(tables.items(), key=lambda item: (sum(c.kind == "text" for c in item[1]), -item[0]))
    seen = "、".join(quote(cell) for cell in cells[:_MOST_SEEN])
    kinds = "、".join(kind.title for kind in labels.policy.sheets.kinds.values())
    problem = report("unknown-header", **where, row=row, column=cells[0].column, seen=seen, kinds=kinds)
    fates = {row: "set_aside" if row in filled else "not_data" for row in range(1, sheet.n_rows + 1)}
    return CleanSheet(sheet.file, sheet.name, fates=fates, problems=(problem,))


def _looks_like_data(cells: list[RawCell], labels: Labels) -> bool:
    """Tell whether a row without a header may be data: several cells, a number, or a whole row pasted into one cell."""
    if labels.is_note(cells[0].text):
        return False
    if len(cells) > 1 or cells[0].kind != "text":
        return True
    parts = [part for part in _PASTED.split(cells[0].text) if part]
    heads = {label for names in labels.fields.values() for label in names}
    n_known = sum(normal(part) in heads or labels.unit(part) is not None for part in parts)
    return len(parts) > 2 and (n_known > 1 or labels.unit(parts[0]) is not None)


def _check_complete(cleaned: CleanSheet, sheet: RawSheet) -> None:
    if cleaned.grain == "row":
        delivered = set(range(1, sheet.n_rows + 1))
    else:
        delivered = {(cell.row, cell.column) for cell in sheet.cells()}
    if lost := sorted(delivered - set(cleaned.fates)):
        told = say("{file}: sheet {name!r}: {lost} was read and not accounted for")
        raise DataError(told.format(file=sheet.file, name=sheet.name, lost=lost[0]))
