"""Score sheets: a row a unit, a column an indicator; every cell is accounted for by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from analysis.intake.fields import Reading, read_mark, read_score, read_unit
from analysis.intake.labels import IGNORED, UNIT, Labels
from analysis.intake.problems import Problem, quote, report
from analysis.intake.readers import RawCell
from analysis.intake.recognise import Block, Column, Grid
from analysis.intake.rows import Fate, is_data, is_longer_than_header
from analysis.intake.values import is_blank

Fates = dict[tuple[int, int], Fate]


@dataclass(frozen=True)
class ScoreCell:
    """What one cell of a score sheet gives a unit under an indicator.

    `state` is `value`, `not_applicable`, or `not_submitted` where there is no value that could be read.
    """

    file: str
    sheet: str
    unit_id: str
    indicator_id: str
    state: str
    value: float | None
    cell: RawCell = field(repr=False)

    @property
    def place(self) -> str:
        """The cell's place in words, to be named in the problem of another."""
        return f"《{self.file}》“{self.sheet}”{self.cell.address}单元格"


@dataclass(frozen=True)
class ScoreBlock:
    """The cells of a block, the problems of its cells, and what became of each cell of its body."""

    cells: tuple[ScoreCell, ...]
    problems: tuple[Problem, ...]
    fates: Fates


def read_scores(grid: Grid, block: Block, labels: Labels) -> ScoreBlock:
    """Return what a block of a score sheet gives each unit.

    A blank cell means what `params/sheets.yml` says (S11). A value that belongs to several rows, to a unit that
    nobody knows or to a column without a name is set aside.
    """
    cells: list[ScoreCell] = []
    problems: list[Problem] = []
    fates: Fates = {}
    for row in block.body:
        if not is_data(grid, row, block, labels):
            fates |= dict.fromkeys(_filled(grid, row, block), "not_data")
            continue
        part = _read_row(grid, row, block, labels)
        cells.extend(part.cells)
        problems.extend(part.problems)
        fates |= part.fates
    return ScoreBlock(tuple(cells), tuple(problems), fates)


def _filled(grid: Grid, row: int, block: Block) -> list[tuple[int, int]]:
    numbers = [column.number for column in block.columns_to(grid.width(row))]
    return [(row, number) for number in numbers if grid.sheet.cell(row, number).kind != "blank"]


def _read_row(grid: Grid, row: int, block: Block, labels: Labels) -> ScoreBlock:
    place = {"file": grid.sheet.file, "sheet": grid.sheet.name, "row": row}
    unit_column = block.column_of(UNIT)
    unit_cell = grid.cell(row, unit_column.number)
    unit = read_unit(unit_cell, labels) if not is_blank(unit_cell) else Reading("blank")
    problems: list[Problem] = []
    if unit.state != "value":
        code, words = (unit.code, unit.words) if unit.state == "bad" else ("missing-cell", {"label": "单位"})
        problem = report(code, **place, column=unit_column.number, **words)
        return ScoreBlock((), (problem,), dict.fromkeys(_filled(grid, row, block), "set_aside"))
    cells: list[ScoreCell] = []
    fates: Fates = {}
    for column in dict.fromkeys((*block.columns_to(grid.width(row)), *block.read_columns)):
        at = (row, column.number)
        if column.meaning in labels.policy.indicator_by_id:
            score, fates_of_cell, found = _read_cell(grid, at, column, unit.value, block, labels)
            cells.extend(score)
            fates |= fates_of_cell
            problems.extend(found)
        elif grid.sheet.cell(*at).kind != "blank":
            fates[at] = _fate_beside(column, grid, at)
            problems.extend(_stray(grid, at, column, block))
    return ScoreBlock(tuple(cells), tuple(problems), fates)


def _fate_beside(column: Column, grid: Grid, at: tuple[int, int]) -> Fate:
    if column.meaning == UNIT:
        return "clean"
    return "not_data" if column.meaning == IGNORED or is_blank(grid.sheet.cell(*at)) else "set_aside"


def _stray(grid: Grid, at: tuple[int, int], column: Column, block: Block) -> Iterator[Problem]:
    cell = grid.sheet.cell(*at)
    if column.label or column.meaning or is_blank(cell):
        return
    code = "extra-cell" if is_longer_than_header(grid.sheet, cell, block) else "blank-label"
    place = {"file": grid.sheet.file, "sheet": grid.sheet.name, "row": at[0], "column": at[1]}
    yield report(code, **place, raw=quote(cell))


def _read_cell(
    grid: Grid, at: tuple[int, int], column: Column, unit_id: str, block: Block, labels: Labels
) -> tuple[list[ScoreCell], Fates, list[Problem]]:
    indicator = labels.policy.indicator_by_id[column.meaning]
    cell = grid.sheet.cell(*at)
    place = {"file": grid.sheet.file, "sheet": grid.sheet.name, "row": at[0], "column": at[1], "unit_id": unit_id}
    if indicator.groups and labels.policy.group_of[unit_id] not in indicator.groups:
        if read_mark(cell, labels):
            return [], {at: "not_data"}, []
        problem = report("not-meant", **place, label=indicator.name, raw=quote(cell))
        return [], {at: "set_aside"}, [problem]
    score = ScoreCell(grid.sheet.file, grid.sheet.name, unit_id, indicator.id, "not_submitted", None, cell)
    reading = read_score(cell, indicator, labels)
    if grid.is_shared(*at, block.columns):
        reading = Reading("bad", code="merged-value", words={"label": indicator.name})
    if reading.state == "blank":
        blank_means = labels.policy.sheets.marks.blank
        is_excused = is_blank(cell) and blank_means == "not_applicable"
        words = {"unit": labels.unit_names[unit_id], "label": indicator.name}
        reading = Reading("not_applicable") if is_excused else Reading("bad", code="not-submitted", words=words)
    if reading.state == "bad":
        problem = report(reading.code, **place, touches=[(unit_id, indicator.id)], **reading.words)
        return [score], {at: "set_aside"}, [problem]
    return [replace(score, state=reading.state, value=reading.value)], {at: "clean"}, []
