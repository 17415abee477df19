"""What the offices send: kinds of sheets with the names of their columns, and who sends which (`params/sheets.yml`)."""

import re
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from analysis.policy.base import Dated, Identifier, Model, Name, Period
from analysis.policy.messages import say

# How the sheets of a kind are read; each is a function of `analysis.intake`.
Reader = Literal["scores", "counts", "key_work", "inspections", "ledger", "adjustments", "tickets", "transfers"]
FieldType = Literal["unit", "text", "id", "number", "count", "points", "date", "yes_no", "choice", "people"]


class SheetField(Model):
    """A column that a kind of sheet may have; the first of `names` is the one that `analysis start` writes."""

    names: Annotated[tuple[Name, ...], Field(min_length=1)]
    type: FieldType
    is_required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: dict[Identifier, tuple[Name, ...]] = {}


class SheetKind(Model):
    """A kind of sheet, recognised by its header.

    Attributes:
        title: Its name in messages.
        reader: How it is read: `scores` has a column an indicator, `counts` a column a numerator or denominator.
        absent: What a unit is that a delivered sheet does not list. Where that is `not_submitted`, the sheet has to
            list every unit that its indicators assess (S11).
        in_place_of: The kind whose indicators it marks too, as a third-party assessment may take a visit's place (S43).
        fields: Its columns.
    """

    title: Name
    reader: Reader
    in_place_of: Identifier | None = None
    absent: Literal["not_submitted", "not_applicable", "not_drawn"] = "not_submitted"
    fields: dict[Identifier, SheetField]

    @property
    def has_indicator_columns(self) -> bool:
        """Whether a column is an indicator, so that each cell counts by itself; else a row is a record."""
        return self.reader == "scores"


def _refuse_path(name: str) -> str:
    """Forms and their sheets are written under this name: no path, nothing that Windows or Excel refuses in one."""
    if not re.fullmatch(r"""[^\\/:*?"'<>|\[\]]+\.(xlsx|csv)""", name):
        raise ValueError(say("a plain file name is needed, without a folder, that ends in .xlsx or .csv"))
    return name


FileName = Annotated[Name, AfterValidator(_refuse_path)]


class Delivery(Dated):
    """A sheet that an office sends every month, by default always; `indicators` are the columns of a score sheet."""

    from_: Period = Field(default="1900-01", alias="from")
    id: Identifier
    office: Name
    file: FileName
    kind: Identifier
    indicators: tuple[Identifier, ...] = ()
    is_required: bool = True

    @property
    def subject(self) -> str:
        """The delivery: entries of one id follow one another."""
        return self.id


class Marks(Model):
    """What stands for a missing value in a cell (S11)."""

    blank: Literal["not_applicable", "not_submitted"]
    not_applicable: tuple[Name, ...]
    not_submitted: tuple[Name, ...] = ()


class Sheets(Model):
    """`params/sheets.yml`."""

    marks: Marks
    ignored_columns: tuple[Name, ...]
    total_labels: tuple[Name, ...]
    note_labels: tuple[Name, ...]
    label_suffixes: tuple[Name, ...] = ()
    attachments: tuple[Name, ...] = ()
    no_finding: tuple[Name, ...] = ()
    max_set_aside_share: float = Field(ge=0, le=1)
    telling_values: int = Field(default=10, ge=2)
    due_working_days: int = Field(default=1, gt=0)
    answer_working_days: int = Field(default=2, gt=0)
    kinds: dict[Identifier, SheetKind]
    deliveries: tuple[Delivery, ...]

    def marks_of(self, kind: str) -> str:
        """Return the kind that indicators name for what a kind marks: itself, or the one in whose place it is."""
        return self.kinds[kind].in_place_of or kind

    def at(self, period: str, indicator_ids: Collection[str]) -> "Sheets":
        """Return what is sent in a month: deliveries in force, score sheets with the indicators in force alone.

        Args:
            period: the month.
            indicator_ids: the indicators in force; a score sheet without any of them is not sent.
        """
        held = [delivery for delivery in self.deliveries if delivery.holds_in(period)]
        columns = [tuple(id_ for id_ in delivery.indicators if id_ in indicator_ids) for delivery in held]
        sent = tuple(
            delivery.model_copy(update={"indicators": left})
            for delivery, left in zip(held, columns, strict=True)
            if left or not delivery.indicators
        )
        return self.model_copy(update={"deliveries": sent})
