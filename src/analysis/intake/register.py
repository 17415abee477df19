"""What is corrected or accepted in a month, from `corrections.yml` and from a sheet that the office fills in (S11).

`analysis start` writes the sheet empty; it lies among a month's deliveries under a name that begins with `REGISTER`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from analysis.intake.problems import Problem, report
from analysis.intake.readers import RawCell, RawSheet, read_file
from analysis.intake.readers.formats import shows_percent
from analysis.policy.base import Model
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import load_yaml, validate
from analysis.policy.messages import say

FILE_NAME = "corrections.yml"
Address = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}[1-9][0-9]{0,6}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Raw = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else as_written(value))]
REGISTER = "更正和认可登记表"
_SIGNATURE = {"理由": "reason", "负责人": "who", "文号": "document", "日期": "date"}
# Key of `corrections.yml` → the sheet's name; heading → key of an entry.
SHEETS = {"corrections": "更正", "accept": "认可"}
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "corrections": {"文件": "file", "工作表": "sheet", "单元格": "cell", "现有内容": "expect", "更正为": "value"}
    | _SIGNATURE,
    "accept": {"单位": "unit", "指标": "indicator", "文件": "file", "工作表": "sheet", "单元格": "cell"}
    | {"报送表": "delivery", "认可为": "as", "取代文件": "by"}
    | _SIGNATURE,
}
ACCEPTED_AS = {"缺报": "gap", "内容无误": "value", "没有数据": "no_data", "由其他文件取代": "replaced_by"}
_TELLING = {"corrections": {"单元格", "更正为"}, "accept": {"指标", "认可为"}}
_MOST_ROWS_ABOVE = 20


def as_written(value: object) -> str:
    """Return a value as the text that stands for it in a cell."""
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

    @property
    def what(self) -> str:
        """What it names, for an error."""
        return " ".join(filter(None, (self.file, self.sheet, self.cell)))


class Acceptance(Signed):
    """What no longer blocks: a cell, a unit's indicator, a whole missing delivery, or a file (S11).

    What is accepted `as: gap`, the default, is excluded and makes its unit provisional; `as: value` says that what
    stands there is right. A file holds nothing (`as: no_data`), is right as it is (`as: value`), or is left out because
    another file, `by`, takes its place (`as: replaced_by`). Units and indicators go by any of their names.
    """

    as_: Literal["value", "gap", "no_data", "replaced_by"] | None = Field(default=None, alias="as")
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
        is_file = bool(self.file and not self.cell)
        if sum(named) != 1 or loose or (is_file and not self.as_):
            raise ValueError(say("name either `file` and `cell` (or `as`), or `unit` and `indicator`, or `delivery`"))
        allowed = ("value", "no_data", "replaced_by") if is_file else ("gap",) if self.delivery else ("value", "gap")
        if self.as_ and self.as_ not in allowed:
            raise ValueError(say("what is named here is accepted `as`: {allowed}").format(allowed=", ".join(allowed)))
        if (self.as_ == "replaced_by") != bool(self.by_file):
            raise ValueError(say("`as: replaced_by` and `by`, the file that counts, go together"))
        return self

    @property
    def settles_a_cell(self) -> bool:
        """Whether it says that a cell's value is right as it stands."""
        return self.as_ == "value" and bool(self.cell or self.unit)

    @property
    def what(self) -> str:
        """What it names, for an error."""
        named = (self.file, self.sheet, self.cell, self.unit, self.indicator, self.delivery)
        return " ".join(filter(None, named))


class Corrections(Model):
    """The content of a month's `corrections.yml`."""

    corrections: tuple[Correction, ...] = ()
    accept: tuple[Acceptance, ...] = ()


def load_corrections(folder: Path) -> Corrections:
    """Return the month's corrections, those of `corrections.yml` and of the register; none where neither is there.

    Raises:
        DataError: one of them is wrong, or they disagree; names the key or row, what was found and what is allowed.
    """
    written = _load_written(folder)
    found: dict[str, list] = {"corrections": list(written.corrections), "accept": list(written.accept)}
    faults = []
    for path in list_registers(folder):
        for sheet, key, row, content in read_register(path):
            try:
                _enter(found[key], _entry(f"{path.name} {sheet} {row}", key, content))
            except PolicyError as error:
                faults.append(str(error))
    if faults:
        raise DataError("\n".join(faults))
    return Corrections(**found)


def tell_registers(folder: Path) -> list[Problem]:
    """Return a note where a month has a register and a `corrections.yml` as well: both are taken."""
    return [report("two-registers", file=path.name) for path in list_registers(folder) if (folder / FILE_NAME).exists()]


def _entry(place: str, key: str, content: Mapping[str, object]) -> Correction | Acceptance:
    """Return a row of the register; a fault names its heading."""
    try:
        return validate(place, content, Correction if key == "corrections" else Acceptance)
    except PolicyError as error:
        headings = {field: heading for heading, field in HEADINGS[key].items()}
        lines = [
            re.sub(rf"^({re.escape(place)})(: |：)(\w+)", lambda m: f"{m[1]} {headings.get(m[3], m[3])}", line)
            for line in str(error).splitlines()
        ]
        raise PolicyError("\n".join(lines)) from None


def _enter(entries: list, entry: Correction | Acceptance) -> None:
    """Add an entry, unless the same stands there already."""
    same = next((each for each in entries if each.what == entry.what), None)
    if same is None:
        entries.append(entry)
    elif same != entry:
        told = say("{what}: two entries say different things ({one}; {other}); keep one")
        raise PolicyError(told.format(what=entry.what, one=same.by, other=entry.by))


def _load_written(folder: Path) -> Corrections:
    path = folder / FILE_NAME
    if not path.exists():
        return Corrections()
    try:
        return load_yaml(path, Corrections)
    except PolicyError as error:
        raise DataError(str(error).replace(f"params/{FILE_NAME}", f"{folder.name}/{FILE_NAME}")) from None


def is_register(name: str) -> bool:
    """Tell whether a file of this name among a month's deliveries is a register and no delivery."""
    return name.startswith(REGISTER)


def list_registers(folder: Path) -> list[Path]:
    """Return a month's registers, none where there is no such folder."""
    return sorted(path for path in folder.iterdir() if is_register(path.name)) if folder.is_dir() else []


def read_register(path: Path) -> Iterator[tuple[str, str, int, dict[str, object]]]:
    """Yield what stands in the rows of a register, as sheet, key of `corrections.yml`, row as counted, entry.

    Raises:
        DataError: the file cannot be read, or a sheet with rows has the headings of neither.
    """
    for sheet in read_file(path):
        found = next(
            ((key, row) for row in _first_rows(sheet) for key in SHEETS if _TELLING[key] <= _texts(sheet, row)), None
        )
        if found:
            key, header = found
            yield from ((sheet.name, key, row, entry) for row, entry in _read_rows(sheet, header, HEADINGS[key]))
        elif max(map(len, sheet.rows), default=0) > 1:  # a list of names to choose from has one column
            told = say("{file}: the sheet {sheet} has no row with the headings {headings}; take the form anew")
            headings = " / ".join("、".join(each) for each in HEADINGS.values())
            raise DataError(told.format(file=path.name, sheet=sheet.name, headings=headings))


def _first_rows(sheet: RawSheet) -> range:
    return range(1, min(len(sheet.rows), _MOST_ROWS_ABOVE) + 1)


def _texts(sheet: RawSheet, row: int) -> set[str]:
    return {cell.text.strip() for cell in sheet.row(row)}


def _read_rows(sheet: RawSheet, header: int, headings: Mapping[str, str]) -> Iterator[tuple[int, dict[str, object]]]:
    fields = {cell.column: headings.get(cell.text.strip()) for cell in sheet.row(header)}
    for row in range(header + 1, len(sheet.rows) + 1):
        cells = [cell for cell in sheet.row(row) if fields.get(cell.column) and cell.text.strip()]
        if cells:
            yield row, {fields[cell.column]: _value(fields[cell.column], cell) for cell in cells}


def _value(field: str, cell: RawCell) -> object:
    text = cell.text.strip()
    if field == "as":
        return ACCEPTED_AS.get(text, text)
    if field == "delivery":
        return text.split()[0]
    if field == "date" and isinstance(cell.value, datetime):
        return cell.value.date()
    if field == "value" and cell.kind == "number" and shows_percent(cell.number_format):
        return f"{100 * cell.value:.10g}%"  # as it is shown: a number alone would lose its sign
    if field == "value" and cell.kind in ("number", "date"):
        return cell.value.date() if isinstance(cell.value, datetime) else _number(cell.value)
    return cell.text if field == "expect" else text


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
