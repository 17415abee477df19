"""What units object to in a year's results, and what became of it (S21).

It stands in `data/raw/objections`, in `<year>.yml` and in sheets that the office fills in: `analysis start` writes them
empty, and they keep their names, which begin with `REGISTER` and the year. The folder lies beside the months and not
in one of them, so that an objection that comes in after publication does not change the inputs of a published month. An
upheld one changes a raw value only through that month's corrections.
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import model_validator

from analysis.intake.entry_sheets import EntrySheet, add_entries
from analysis.intake.objection_files import FOLDER, list_objection_files, objections_path
from analysis.intake.register import FILE_NAME, Address, Correction, Corrections, Words
from analysis.policy.base import Identifier, Model, Period
from analysis.policy.book import Policy, PolicyBook
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import load_yaml
from analysis.policy.messages import say
from analysis.policy.names import index_units, normalise_name


class Objection(Model):
    """One unit's objection to one value, and the decision about it.

    Attributes:
        unit: id, name or alias of the unit that objects.
        period: the month whose value it objects to.
        indicator: id or name of the indicator.
        file, sheet, cell: the raw cell behind the value; needed where it is upheld.
        value: what the cell should say, where it is upheld.
        decided: the day of the decision.
    """

    id: Identifier
    unit: Words
    period: Period
    indicator: Words
    file: Words | None = None
    sheet: Words | None = None
    cell: Address | None = None
    claim: Words
    received: date
    outcome: Literal["open", "upheld", "rejected"]
    decided: date | None = None
    value: int | float | date | str | None = None
    reason: Words | None = None
    document: Words | None = None

    @model_validator(mode="after")
    def _is_complete(self):
        if bool(self.file) != bool(self.cell):
            raise ValueError(say("`file` and `cell` go together"))
        if self.outcome != "open" and not (self.decided and self.reason and self.document):
            told = say("an objection that is {outcome} needs `decided`, `reason` and `document`")
            raise ValueError(told.format(outcome=self.outcome))
        if self.outcome == "upheld" and (self.cell is None or self.value is None):
            raise ValueError(say("an objection that is upheld names `file`, `cell` and the new `value`"))
        if self.decided and self.decided < self.received:
            told = say("decided on {decided}, before it was received on {received}")
            raise ValueError(told.format(decided=self.decided, received=self.received))
        return self

    @property
    def what(self) -> str:
        """What it is known by."""
        return self.id

    @property
    def by(self) -> str:
        """What it says, for an error."""
        words = (self.unit, self.period, self.indicator, self.claim, self.outcome, self.value)
        return " ".join(str(word) for word in words if word is not None)


SHEET = EntrySheet(
    key="objections",
    name="异议",
    model=Objection,
    headings={"编号": "id", "单位": "unit", "月份": "period", "指标": "indicator", "异议内容": "claim"}
    | {"提出日期": "received", "处理结果": "outcome", "处理日期": "decided", "理由": "reason", "文号": "document"}
    | {"文件": "file", "工作表": "sheet", "单元格": "cell", "更正为": "value"},
    telling=frozenset({"编号", "异议内容", "处理结果"}),
    words={"处理结果": {"未处理": "open", "成立": "upheld", "不成立": "rejected"}},
)


class Objections(Model):
    """The content of a year's file of objections."""

    objections: tuple[Objection, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self):
        ids = [entry.id for entry in self.objections]
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twice:
            raise ValueError(say("the id {twice} stands twice; every objection has its own").format(twice=twice[0]))
        return self

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The ids of objections that are not settled."""
        return tuple(entry.id for entry in self.objections if entry.outcome == "open")


def load_objections(root: Path, year: int) -> Objections:
    """Return a year's objections, those of the YAML file and of the sheets; none where there is neither.

    Raises:
        DataError: a file is wrong, or they disagree; names the key or cell, what was found and what is allowed.
    """
    path, files = objections_path(root, year), list_objection_files(root, year)
    try:
        written = load_yaml(path, Objections) if path in files else Objections()
    except PolicyError as error:
        raise DataError(str(error).replace(f"params/{path.name}", f"{FOLDER}/{path.name}")) from None
    return Objections(**add_entries(dict(written), [file for file in files if file != path], [SHEET]))


def check_objections(
    objections: Objections,
    book: PolicyBook,
    year: int,
    lineage: Callable[[str], pd.DataFrame],
    corrections: Callable[[str], Corrections],
) -> None:
    """Check that every objection is about something that exists, and that upheld ones were carried out.

    Args:
        objections: the year's objections.
        book: the rules of all months.
        year: the year.
        lineage: month → table `lineage`.
        corrections: month → content of its `corrections.yml`.

    Raises:
        DataError: names the objection, what is unknown or missing and what to do.
    """
    for entry in objections.objections:
        where = say("{file}: objection {id}").format(file=f"{FOLDER} ({year})", id=entry.id)
        if not max(f"{year}-01", book.district.start) <= entry.period <= f"{year}-12":
            told = say("{where}: {period} is no assessed month of {year}; correct `period`")
            raise DataError(told.format(where=where, period=entry.period, year=year))
        policy = book.at(entry.period)
        measured = f"{entry.period}/{_unit(entry, policy, where)}/{_indicator(entry, policy, where)}"
        if entry.cell:
            _check_cell(entry, lineage(entry.period), measured, where)
        if entry.outcome == "upheld":
            _check_correction(entry, corrections(entry.period), where)


def _unit(entry: Objection, policy: Policy, where: str) -> str:
    found = index_units(policy.units).get(normalise_name(entry.unit))
    if found is None:
        told = say("{where}: {unit!r} is no unit assessed in {period} (params/units.yml)")
        raise DataError(told.format(where=where, unit=entry.unit, period=entry.period))
    return found


def _indicator(entry: Objection, policy: Policy, where: str) -> str:
    known = {normalise_name(name): i.id for i in policy.indicators for name in (i.id, i.name, *i.aliases)}
    found = known.get(normalise_name(entry.indicator))
    if found is None:
        told = say("{where}: {indicator!r} is no indicator of {period} (params/indicators.yml)")
        raise DataError(told.format(where=where, indicator=entry.indicator, period=entry.period))
    return found


def _check_cell(entry: Objection, lineage: pd.DataFrame, measured: str, where: str) -> None:
    ids = lineage["measurement_id"]
    behind = lineage[(ids == measured) | ids.str.startswith(f"{measured}/")]
    same = (behind["file"] == entry.file) & (behind["cell"] == entry.cell)
    if entry.sheet:
        same &= behind["sheet"] == entry.sheet
    if not same.any():
        cells = ", ".join(sorted({f"{row.file} {row.sheet} {row.cell}" for row in behind.head(5).itertuples()}))
        raise DataError(
            say("{where}: {file} {sheet} {cell} is no cell behind {measured}; its cells are: {cells}").format(
                where=where,
                file=entry.file,
                sheet=entry.sheet or "",
                cell=entry.cell,
                measured=measured,
                cells=cells or say("none"),
            )
        )


def _check_correction(entry: Objection, corrections: Corrections, where: str) -> None:
    if not any(_is_carried_out(entry, corrections.corrections)):
        raise DataError(
            say(
                "{where}: upheld, but data/raw/{period}/{file_name} does not set {file} {cell} to "
                "{value!r}; add the correction"
            ).format(
                where=where,
                period=entry.period,
                file_name=FILE_NAME,
                file=entry.file,
                cell=entry.cell,
                value=entry.value,
            )
        )


def _is_carried_out(entry: Objection, corrections: Iterable[Correction]) -> Iterable[bool]:
    for each in corrections:
        is_same_sheet = not entry.sheet or not each.sheet or entry.sheet == each.sheet
        yield is_same_sheet and (each.file, each.cell, each.value) == (entry.file, entry.cell, entry.value)
