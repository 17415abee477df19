"""`corrections.yml`: raw files never change; what is corrected or accepted is named, with who, why and document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from analysis.intake.problems import OF_WHOLE_FILES, Problem, quote, report
from analysis.intake.problems import accept as accept_problem
from analysis.intake.readers import RawCell, RawSheet, column_number
from analysis.policy.base import Model
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import load_yaml

FILE_NAME = "corrections.yml"
Address = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}[1-9][0-9]{0,6}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Raw = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else _as_written(value))]


def _as_written(value: object) -> str:
    return "" if value is None else str(value)


class Signed(Model):
    """Who decided, why, by which document and when."""

    reason: Words
    who: Words
    document: Words
    date: date

    @property
    def by(self) -> str:
        """The decision in words."""
        return f"{self.reason}({self.document},{self.who},{self.date})"


class Correction(Signed):
    """One cell's new value; `expect` is what must be found there now."""

    file: Words
    sheet: Words | None = None
    cell: Address
    expect: Raw
    value: int | float | date | str | None


class Acceptance(Signed):
    """What no longer blocks: a cell, a unit's indicator, a whole missing delivery, or a file (S11).

    A file holds nothing (`as: no_data`), is right as it is (`as: value`), or is left out because another file, `by`,
    takes its place (`as: replaced_by`).
    """

    as_: Literal["value", "no_data", "replaced_by"] | None = Field(default=None, alias="as")
    by_file: Words | None = Field(default=None, alias="by")
    file: Words | None = None
    sheet: Words | None = None
    cell: Address | None = None
    unit: Words | None = None
    indicator: Words | None = None
    delivery: Words | None = None

    @model_validator(mode="after")
    def _names_one_thing(self):
        named = [bool(self.file), bool(self.unit and self.indicator), bool(self.delivery)]
        loose = (bool(self.cell) and not self.file) or (bool(self.unit) != bool(self.indicator))
        if sum(named) != 1 or loose or (self.file and not self.cell and not self.as_):
            raise ValueError("name either `file` and `cell` (or `as`), or `unit` and `indicator`, or `delivery`")
        if (self.as_ == "replaced_by") != bool(self.by_file):
            raise ValueError("`as: replaced_by` and `by`, the file that counts, go together")
        return self

    @property
    def what(self) -> str:
        """What it names, for an error."""
        named = (self.file, self.sheet, self.cell, self.unit, self.indicator, self.delivery)
        return " ".join(filter(None, named))


class Corrections(Model):
    """The content of a month's `corrections.yml`."""

    corrections: tuple[Correction, ...] = ()
    accept: tuple[Acceptance, ...] = ()


@dataclass(frozen=True)
class Corrected:
    """Sheets with corrected cells, what to tell of each, and what stood there as delivered.

    `delivered` maps (file, sheet, address) to the raw text and the new value's text.
    """

    sheets: tuple[RawSheet, ...]
    problems: tuple[Problem, ...] = ()
    delivered: Mapping[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)


def load_corrections(folder: Path) -> Corrections:
    """Return the month's corrections; none where the file is not there.

    Raises:
        DataError: the file is wrong; names the key, what was found and what is allowed.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Corrections()
    try:
        return load_yaml(path, Corrections)
    except PolicyError as error:
        raise DataError(str(error).replace(f"params/{FILE_NAME}", f"{folder.name}/{FILE_NAME}")) from None


def replaced_files(folder: Path, entries: Iterable[Acceptance]) -> list[Problem]:
    """Return a note for each delivered file that somebody named as replaced by another; it is not read.

    Raises:
        DataError: one of the two files is not there.
    """
    notes = []
    for entry in (entry for entry in entries if entry.as_ == "replaced_by"):
        for name in (entry.file, entry.by_file):
            if not (folder / name).is_file():
                raise DataError(f"{FILE_NAME}: accept: {entry.what}: no file {name} was delivered; correct the entry")
        note = report("replaced-file", file=entry.file, other=entry.by_file, by=entry.by)
        notes.append(replace(note, action="accepted"))
    return notes


def correct_sheets(sheets: Sequence[RawSheet], corrections: Iterable[Correction]) -> Corrected:
    """Return the sheets with the new values in place.

    Raises:
        DataError: a correction names no sheet or cell that was delivered, or another value stands there; names
            file, cell, what was expected and what was found.
    """
    by_place = {(sheet.file, sheet.name): sheet for sheet in sheets}
    problems, delivered = [], {}
    for entry in corrections:
        place = _find_sheet(entry, sheets)
        row, column = _place_of(entry.cell)
        sheet = by_place[place]
        cell = sheet.cell(row, column)
        if (*place, entry.cell) in delivered:
            raise DataError(f"{FILE_NAME}: {entry.file} {entry.cell} is corrected twice; keep one entry")
        if not _is_same(cell, entry.expect):
            raise DataError(
                f"{FILE_NAME}: {entry.file} {entry.cell}: expected {entry.expect!r}, found {cell.text!r}; "
                "the delivery has changed: check the correction and remove or renew it"
            )
        by_place[place] = _with_value(sheet, row, column, entry.value)
        new = _as_written(entry.value)
        delivered[(*place, entry.cell)] = (cell.text, new)
        words = {"raw": quote(cell), "value": quote(new), "document": entry.document, "reason": entry.reason}
        where = {"file": place[0], "sheet": place[1], "row": row, "column": column}
        problems.append(report("corrected", **where, **words, who=entry.who, date=entry.date))
    return Corrected(tuple(by_place[s.file, s.name] for s in sheets), tuple(problems), delivered)


def _find_sheet(entry: Correction, sheets: Iterable[RawSheet]) -> tuple[str, str]:
    found = [s for s in sheets if s.file == entry.file and entry.sheet in (None, s.name)]
    if len(found) == 1:
        return found[0].file, found[0].name
    if found:
        names = ", ".join(sheet.name for sheet in found)
        raise DataError(f"{FILE_NAME}: {entry.file} {entry.cell}: the file has several sheets ({names}); name one")
    raise DataError(f"{FILE_NAME}: {entry.file} {entry.sheet or ''}: no such file or sheet was delivered or read")


def _place_of(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]), column_number(letters)


def _is_same(cell: RawCell, expect: str) -> bool:
    if cell.text == expect or cell.text.strip() == expect.strip():
        return True
    try:
        return cell.kind == "number" and float(cell.text) == float(expect)
    except ValueError:
        return False


def _with_value(sheet: RawSheet, row: int, column: int, value: int | float | date | str | None) -> RawSheet:
    """Return a sheet with one cell replaced; an error or formula that stood there is gone with it."""
    rows = [list(cells) for cells in sheet.rows]
    rows += [[] for _ in range(row - len(rows))]
    rows[row - 1] += [None] * (column - len(rows[row - 1]))
    rows[row - 1][column - 1] = value.isoformat() if isinstance(value, date) else value
    kinds = {place: kind for place, kind in sheet.kinds.items() if place != (row, column)}
    formats = {place: shown for place, shown in sheet.number_formats.items() if place != (row, column)}
    settled = sheet.settled | {(row, column)}
    return replace(sheet, rows=tuple(map(tuple, rows)), kinds=kinds, number_formats=formats, settled=settled)


def accept_problems(problems: Sequence[Problem], entries: Iterable[Acceptance]) -> list[Problem]:
    """Return the problems with those that are accepted by name no longer blocking.

    Raises:
        DataError: an entry names nothing that blocks.
    """
    accepted = list(problems)
    for entry in entries:
        matching = [i for i, problem in enumerate(accepted) if problem.is_blocking and _names(entry, problem)]
        if not matching and entry.as_ != "replaced_by":
            raise DataError(f"{FILE_NAME}: accept: {entry.what}: nothing that blocks is there; remove the entry")
        for i in matching:
            accepted[i] = accept_problem(accepted[i], entry.by)
    return accepted


def _names(entry: Acceptance, problem: Problem) -> bool:
    if entry.cell:
        is_there = problem.file == entry.file and entry.sheet in (None, problem.sheet)
        return is_there and problem.cell == entry.cell
    if entry.delivery:
        return problem.delivery == entry.delivery
    if entry.file:
        return problem.file == entry.file and problem.code in OF_WHOLE_FILES
    return problem.touches == ((entry.unit, entry.indicator),)
