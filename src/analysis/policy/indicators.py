"""Typed models of `params/indicators.yml`: indicators, their families and parents, where their data come from (R15)."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name
from analysis.policy.messages import say
from analysis.policy.method import Direction, Raw
from analysis.policy.methods import NamedMethod
from analysis.policy.period import SCOPES

Scope = Literal[tuple(SCOPES)]


class DataSource(Model):
    """Where an indicator's raw values are delivered: a kind of sheet and, where needed, its fields.

    Attributes:
        sheet: the kind of sheet.
        numerator: of a sheet of counts, the field that holds it.
        denominator: of a sheet of counts, the field that holds it.
        value: of a sheet of counts, the field of a value that is no quotient of two.
        standard: of a sheet of counts, the field of the unit's own baseline or target.
        mark: which of a task's marks.
        measure: which rate of tickets or of the ledger.
    """

    sheet: Identifier
    numerator: Identifier | None = None
    denominator: Identifier | None = None
    value: Identifier | None = None
    standard: Identifier | None = None
    mark: Literal["lead", "co-operating", "coordination"] | None = None
    measure: Identifier | None = None


class Indicator(Dated):
    """One of the 23 indicators (R15) for a span of months; a changed rule is a new entry with the same id.

    Attributes:
        parent: the level between indicator and channel that it belongs to; none: it stands in the channel itself.
        weight: within its parent, or within its channel.
        minimum_cases: the fewest cases on which a rate of cases scores (S30).
        fill_months: how many months before a month may fill its cases up.
        fill_cases: the cases up to which they do, where that is not `minimum_cases`: a rate that weighs much rests on
            more.
        full_cases: the cases, of all these months, on which it has its whole weight; on fewer less, so that no single
            case moves a total by more than a point.
        window_months: scope → the months up to its last whose visits it averages in place of its own months' (S13).
        standards: unit → its own baseline or target, where no column says it.
        missing: where there is no mark: `share` its weight among the others (S11), or take the `mean` of the group's.
    """

    id: Identifier
    name: Name
    aliases: tuple[Name, ...] = ()
    family: Identifier
    channel: Identifier
    parent: Identifier | None = None
    weight: float = Field(gt=0)
    unit: Name
    small_values: bool = False
    method: NamedMethod
    direction: Direction
    over_year: Literal["mean", "pool", "latest"]
    data: DataSource
    minimum_cases: int | None = Field(default=None, gt=0)
    fill_months: int | None = Field(default=None, gt=0)
    fill_cases: int | None = Field(default=None, gt=0)
    full_cases: int | None = Field(default=None, gt=0)
    window_months: dict[Scope, Annotated[int, Field(gt=0)]] = {}
    standards: dict[Identifier, float] = {}
    missing: Literal["share", "mean"] = "share"
    origin: Literal["source", "supplement"]
    phrase: str = ""
    rule: str
    groups: tuple[Identifier, ...] = ()

    def score(self, raw: Raw) -> np.ndarray:
        """Return the points 0–100 of raw values (…, N), NaN where there is nothing to score (S29)."""
        return self.method.score(raw, self.direction)

    def in_shares(self, value: float) -> float:
        """Return a value in the indicator's unit as methods take it: a rate in % as a share of 1."""
        return value / 100 if self.unit == "%" and self.method.is_share else value

    def credibility(self, cases: np.ndarray) -> np.ndarray:
        """Return the share of its weight (…) that a rate has on so many cases (S30).

        Nothing below `minimum_cases`, then in even steps the whole at `full_cases`; without these always the whole.
        """
        if self.minimum_cases is None or self.full_cases is None:
            return np.ones(np.shape(cases))
        below = self.minimum_cases - 1
        return np.clip((cases - below) / (self.full_cases - below), 0.0, 1.0)

    def cases_behind(self, credibility: float) -> float:
        """Return on how many cases a rate has this share of its weight, one between nothing and the whole (S30)."""
        return self.minimum_cases - 1 + credibility * (self.full_cases - self.minimum_cases + 1)

    @property
    def months_back(self) -> int:
        """How many months before a scope's last month its score may rest on, beside the scope's own (S13, S30)."""
        return max(self.fill_months or 0, *(months - 1 for months in self.window_months.values()), 0)

    def counts_like(self, other: "Indicator | None") -> bool:
        """Tell whether the cases of `other` may stand beside this one's: same source, method and direction (S30)."""
        return other is not None and all(
            getattr(self, name) == getattr(other, name) for name in ("data", "method", "direction")
        )

    @field_validator("direction")
    @classmethod
    def _direction_fits_the_method(cls, direction: Direction, found: ValidationInfo) -> Direction:
        method = found.data.get("method")
        if method is not None and direction not in method.directions:
            told = say("method {name} allows: {directions} (S38)")
            raise ValueError(told.format(name=method.name, directions=", ".join(method.directions)))
        return direction

    @model_validator(mode="after")
    def _source_has_its_phrase(self):
        if self.origin == "source" and not self.phrase:
            raise ValueError(say("an indicator with `origin: source` quotes its `phrase`"))
        return self

    @model_validator(mode="after")
    def _pooling_needs_counts(self):
        if self.over_year == "pool" and not self.method.pools:
            raise ValueError(
                say("method {name} has no numerator and denominator to `pool`").format(name=self.method.name)
            )
        if self.over_year == "pool" and not (self.data.denominator or self.data.measure):
            raise ValueError(say("`pool` needs counts, and `data` names no denominator and no measure: take `mean`"))
        return self

    @model_validator(mode="after")
    def _standards_fit_the_method(self):
        if self.method.needs_standard != bool(self.standards or self.data.standard):
            told = say(
                "a method against a unit's own baseline or target, and no other, takes `standards` or `data.standard`"
            )
            raise ValueError(told)
        return self

    @model_validator(mode="after")
    def _minimum_needs_cases(self):
        if (self.minimum_cases is None) != (self.fill_months is None):
            raise ValueError(say("`minimum_cases` and `fill_months` go together (S30)"))
        if self.fill_cases is not None and self.fill_cases < (self.minimum_cases or np.inf):
            raise ValueError(say("`fill_cases` is no fewer than `minimum_cases` (S30)"))
        if self.full_cases is not None and self.full_cases < (self.fill_cases or self.minimum_cases or np.inf):
            raise ValueError(say("`full_cases` is no fewer than `minimum_cases` and `fill_cases` (S30)"))
        has_cases = self.method.is_share and self.over_year == "pool" and (self.data.measure or self.data.denominator)
        if self.minimum_cases is not None and not has_cases:
            raise ValueError(say("`minimum_cases` needs a rate whose cases are counted and pooled over the year (S30)"))
        if self.window_months and self.over_year != "mean":
            raise ValueError(say("`window_months` needs `over_year: mean` (S13)"))
        return self


def share_in_channels(weights: np.ndarray, indicators: Sequence[Indicator], parents: Iterable["Parent"]) -> np.ndarray:
    """Return weights (U, I) of indicators as % of their channels, shared within their parents first (S2)."""
    found = np.array(weights, dtype=float)
    parent_of, channel_of = (np.array([getattr(i, key) or "" for i in indicators]) for key in ("parent", "channel"))
    wholes = [(parent.weight, parent_of == parent.id) for parent in parents]
    for whole, columns in [*wholes, *((100, channel_of == channel) for channel in np.unique(channel_of))]:
        sums = found[:, columns].sum(axis=1, keepdims=True)
        found[:, columns] = found[:, columns] / np.where(sums > 0, sums, 1) * whole
    return found


class FamilyName(Model):
    """A family's name on pages."""

    id: Identifier
    name: Name


class Parent(Model):
    """A level between indicator and channel, such as a pillar; its weight is that within the channel."""

    id: Identifier
    name: Name
    channel: Identifier
    weight: float = Field(default=1, gt=0)


class Indicators(Model):
    """`params/indicators.yml`: families, perhaps a level between indicators and channels, and the dated indicators."""

    families: tuple[FamilyName, ...]
    parents: tuple[Parent, ...] = ()
    indicators: tuple[Indicator, ...]
