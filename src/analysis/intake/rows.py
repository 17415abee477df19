"""Rows below a header: which hold data, and which are blank, repeated headers, totals, notes or headings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.intake.fields import Reading, read_field
from analysis.intake.labels import IGNORED, UNIT, Labels
from analysis.intake.problems import Problem, quote, report
from analysis.intake.readers import RawCell, RawSheet
from analysis.intake.recognise import Block, Grid
from analysis.intake.values import is_blank

Fate = Literal["clean", "set_aside", "not_data"]
_SENTENCE = frozenset("。;;,,::")
_LONGEST_NAME = 20
# What a value that somebody answers for may be, as long as it can be read.
_SETTLED_BY_NAME = frozenset({"constraint-error", "inconsistent-row"})


@dataclass(frozen=True)
class Record:
    """One row of a sheet with a row a record: what was delivered, and what could be read.

    Attributes:
        cells: field → raw cell, for every field that the header has.
        readings: field → what its cell says.
    """

    file: str
    sheet: str
    row: int
    cells: Mapping[str, RawCell]
    readings: Mapping[str, Reading] = field(repr=False)

    def value(self, name: str):
        """Return a field's value, or None where it is blank, not applicable, missing or set aside."""
        reading = self.readings.get(name)
        return reading.value if reading else None

    def state(self, name: str) -> str:
        """Return the state of a field: value, blank, not_applicable or bad; blank without the column."""
        reading = self.readings.get(name)
        return reading.state if reading else "blank"

    @property
    def is_whole(self) -> bool:
        """Whether no field of the record was set aside."""
        return all(reading.state != "bad" for reading in self.readings.values())

    def report(self, code: str, name: str = "", **words: object) -> Problem:
        """Return a problem of this record at a field's cell, or at its first cell."""
        cell = self.cells.get(name) or next(iter(self.cells.values()))
        words.setdefault("unit_id", self.value(UNIT) or "")
        problem = report(code, file=self.file, sheet=self.sheet, row=self.row, column=cell.column, **words)
        is_answered = cell.is_settled and code in _SETTLED_BY_NAME and self.state(name) == "value"
        return replace(problem, severity="shown") if is_answered else problem

    @property
    def place(self) -> str:
        """The record's place in words, to be named in the problem of another."""
        return f"《{self.file}》“{self.sheet}”第{self.row}行"


def is_data(grid: Grid, row: int, block: Block, labels: Labels) -> bool:
    """Tell whether a row below a header holds data; a row with a known unit always does.

    Not data: blank rows (a row number alone is blank), repeated headers, rows that add others up, notes and
    signatures, names of groups.
    """
    shown = {column: grid.cell(row, column.number) for column in block.columns_to(grid.width(row))}
    filled = [cell for cell in shown.values() if not is_blank(cell)]
    if row in block.repeats or all(is_blank(cell) for c, cell in shown.items() if c.meaning != IGNORED):
        return False
    unit_column = block.column_of(UNIT)
    if unit_column is not None:
        unit = grid.cell(row, unit_column.number)
        if unit.kind == "text" and (labels.unit(unit.text) or unit.text in labels.former_units):
            return True
    last = unit_column.number if unit_column else block.columns[0].number
    heads = [cell for cell in filled if cell.column <= last and cell.kind == "text"]
    if any(labels.is_total(cell.text) for cell in heads) or labels.is_note(filled[0].text):
        return False
    return not (len({cell.address for cell in filled}) == 1 and _is_remark(filled[0], row, block, grid, labels))


def _is_remark(cell: RawCell, row: int, block: Block, grid: Grid, labels: Labels) -> bool:
    """Tell whether the only text of a row is a heading or a remark rather than an unknown unit's name."""
    if cell.kind != "text":
        return False
    unit_column = block.column_of(UNIT)
    area = grid.sheet.merged_at(row, cell.column)
    is_wide = area is not None and area.last_column > area.first_column
    is_sentence = len(cell.text) > _LONGEST_NAME or any(sign in cell.text for sign in _SENTENCE)
    is_elsewhere = unit_column is not None and cell.column != unit_column.number
    return labels.is_heading(cell.text) or is_wide or is_sentence or is_elsewhere


def read_records(grid: Grid, block: Block, labels: Labels) -> tuple[list[Record], list[Problem], dict[int, Fate]]:
    """Return the records of a block, the problems of their cells, and what became of each row of its body."""
    records, problems, fates = [], [], {}
    for row in block.body:
        if not is_data(grid, row, block, labels):
            fates[row] = "not_data"
            continue
        record = _read_record(grid, row, block, labels)
        found = [*_cell_problems(record, block, labels), *_stray_problems(grid, record, block)]
        records.append(record)
        problems.extend(found)
        fates[row] = "clean"
    problems += _shown_in_two_ways(records, block, labels)
    return records, problems, fates


def _shown_in_two_ways(records: list[Record], block: Block, labels: Labels) -> Iterator[Problem]:
    """Yield the ids that are one number in the file and look like several: 1.1 and 1.10."""
    fields = labels.policy.sheets.kinds[block.kind].fields
    for name in (name for name in block.meanings if fields[name].type == "id"):
        shown: dict[object, set[str]] = {}
        numbered = [r for r in records if r.cells[name].kind == "number" and r.state(name) == "value"]
        for record in numbered:
            shown.setdefault(record.cells[name].value, set()).add(record.value(name))
        for record in numbered:
            if len(shown[record.cells[name].value]) > 1:
                yield record.report(
                    "number-as-id", name, label=fields[name].names[0], raw=quote(record.cells[name], is_id=True)
                )


def _read_record(grid: Grid, row: int, block: Block, labels: Labels) -> Record:
    kind = labels.policy.sheets.kinds[block.kind]
    sheet = grid.sheet
    cells, readings = {}, {}
    for column in block.read_columns:
        if column.meaning in cells:
            continue
        cell = grid.cell(row, column.number)
        description = kind.fields[column.meaning]
        is_amount = description.type in ("number", "count", "points")
        cells[column.meaning] = cell
        if is_amount and grid.is_shared(row, column.number, block.columns):
            readings[column.meaning] = Reading("bad", code="merged-value", words={"label": description.names[0]})
        else:
            readings[column.meaning] = read_field(cell, description, description.names[0], labels, sheet.date_system)
    return Record(sheet.file, sheet.name, row, cells, readings)


def _cell_problems(record: Record, block: Block, labels: Labels) -> Iterator[Problem]:
    kind = labels.policy.sheets.kinds[block.kind]
    fields = kind.fields
    for name, reading in record.readings.items():
        has_to_hold = fields[name].is_required and not (kind.reader == "counts" and fields[name].type != "unit")
        if reading.state == "not_applicable" and has_to_hold:
            yield record.report("not-applicable-here", name, label=fields[name].names[0], raw=quote(record.cells[name]))
        elif reading.state == "bad":
            yield record.report(reading.code, name, **reading.words)
        elif reading.state == "blank" and fields[name].is_required:
            yield record.report("missing-cell", name, label=fields[name].names[0])


def _stray_problems(grid: Grid, record: Record, block: Block) -> Iterator[Problem]:
    """Yield what stands in a row outside the header's columns; in a text file all columns may have shifted."""
    named = {column.number for column in block.columns if column.label}
    stray = [c for c in grid.sheet.row(record.row) if c.column not in named and not is_blank(c)]
    if stray:
        code = "extra-cell" if is_longer_than_header(grid.sheet, stray[-1], block) else "stray-cell"
        place = {"file": record.file, "sheet": record.sheet, "row": record.row, "column": stray[0].column}
        yield report(code, **place, raw=quote(stray[0]))


def is_longer_than_header(sheet: RawSheet, cell: RawCell, block: Block) -> bool:
    """Tell whether a cell of a text file lies beyond its header: an unquoted separator may have shifted a row."""
    return bool(sheet.encoding) and cell.column > len(sheet.rows[block.header[1] - 1])
