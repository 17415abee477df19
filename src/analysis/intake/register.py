"""What is corrected or accepted in a month, from `corrections.yml` and from a sheet that the office fills in (S11).

`analysis start` writes the sheet empty; it lies among a month's deliveries under a name that begins with `REGISTER`.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from analysis.intake.entry_sheets import EntrySheet, add_entries
from analysis.policy.base import Model
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import load_yaml
from analysis.policy.messages import say

FILE_NAME = "corrections.yml"
Address = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}[1-9][0-9]{0,6}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Raw = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else as_written(value))]
REGISTER = "更正和认可登记表"


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


_SIGNATURE = {"理由": "reason", "负责人": "who", "文号": "document", "日期": "date"}
SHEETS = (
    EntrySheet(
        key="corrections",
        name="更正",
        model=Correction,
        headings={"文件": "file", "工作表": "sheet", "单元格": "cell", "现有内容": "expect", "更正为": "value"}
        | _SIGNATURE,
        telling=frozenset({"单元格", "更正为"}),
    ),
    EntrySheet(
        key="accept",
        name="认可",
        model=Acceptance,
        headings={"单位": "unit", "指标": "indicator", "文件": "file", "工作表": "sheet", "单元格": "cell"}
        | {"报送表": "delivery", "认可为": "as", "取代文件": "by"}
        | _SIGNATURE,
        telling=frozenset({"指标", "认可为"}),
        words={"认可为": {"缺报": "gap", "内容无误": "value", "没有数据": "no_data", "由其他文件取代": "replaced_by"}},
    ),
)


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
    return Corrections(**add_entries(dict(written), list_registers(folder), SHEETS))


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
