"""Typed models of what `params/` says about units, indicators, weights and grading (R3, R7, R15–R19)."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from analysis.policy.base import (
    CHANNELS,
    TIERS,
    Channel,
    Dated,
    Family,
    Identifier,
    Model,
    Name,
    Period,
    Tier,
)
from analysis.policy.methods import Direction, NamedMethod, Raw


class Objection(Model):
    """How and until when a unit may object to a draft (S21)."""

    working_days: int = Field(gt=0)
    contact: Name
    how: str


class District(Model):
    """Who supervises: the district, its office and its first month (`params/district.yml`)."""

    name: Name
    office: Name
    start: Period
    is_synthetic: bool
    objection: Objection
    copied_offices: tuple[Name, ...]


class Group(Model):
    """A group of comparable units; ranks within groups stand beside the district's (S8)."""

    id: Identifier
    name: Name


class Unit(Dated):
    """An assessed unit (R3). Its id never changes; a rename adds an alias, a merger sets `merged_into` (S9)."""

    id: Identifier
    name: Name
    aliases: tuple[Name, ...] = ()
    group: Identifier
    is_town: bool = False
    is_window: bool = False
    merged_into: Identifier | None = None

    @model_validator(mode="after")
    def _merger_has_an_end(self):
        if self.merged_into is not None and self.to is None:
            raise ValueError("a unit with `merged_into` needs `to`, its last month")
        return self


class DataSource(Model):
    """Where an indicator's raw values are delivered: a kind of sheet and, where needed, its fields."""

    sheet: Identifier
    numerator: Identifier | None = None
    denominator: Identifier | None = None
    mark: Literal["lead", "co-operating", "coordination"] | None = None
    measure: Identifier | None = None


class Indicator(Dated):
    """One of the 23 indicators (R15) for a span of months; a changed rule is a new entry with the same id."""

    id: Identifier
    name: Name
    aliases: tuple[Name, ...] = ()
    family: Family
    channel: Channel
    weight: float = Field(gt=0)
    unit: Name
    small_values: bool = False
    method: NamedMethod
    direction: Direction
    over_year: Literal["mean", "pool", "latest"]
    data: DataSource
    origin: Literal["source", "supplement"]
    phrase: str = ""
    rule: str
    groups: tuple[Identifier, ...] = ()

    def score(self, raw: Raw) -> np.ndarray:
        """Return the points 0–100 of raw values (…, N), NaN where there is nothing to score (S29)."""
        return self.method.score(raw, self.direction)

    @field_validator("direction")
    @classmethod
    def _direction_fits_the_method(cls, direction: Direction, found: ValidationInfo) -> Direction:
        method = found.data.get("method")
        if method is not None and direction not in method.directions:
            raise ValueError(f"method {method.name} allows: {', '.join(method.directions)} (S38)")
        return direction

    @model_validator(mode="after")
    def _source_has_its_phrase(self):
        if self.origin == "source" and not self.phrase:
            raise ValueError("an indicator with `origin: source` quotes its `phrase`")
        return self

    @model_validator(mode="after")
    def _pooling_needs_counts(self):
        if self.over_year == "pool" and not self.method.pools:
            raise ValueError(f"method {self.method.name} has no numerator and denominator to `pool`")
        return self


class ChannelName(Model):
    """A channel (R17) and the name that pages show."""

    id: Channel
    name: Name
    short: Name


class ChannelWeights(Dated):
    """Channel weights, summing to 100; with `unit` or `group` they adjust the base (R17, R18, S16)."""

    document: Name
    reason: str = ""
    unit: Identifier | None = None
    group: Identifier | None = None
    weights: dict[Channel, Annotated[float, Field(ge=0, le=100)]]

    @property
    def subject(self) -> str:
        """The unit or group whose weights are adjusted; empty for the base."""
        return self.unit or self.group or ""

    @model_validator(mode="after")
    def _complete_and_sum_to_100(self):
        missing = [channel for channel in CHANNELS if channel not in self.weights]
        if missing:
            raise ValueError(f"weights lack {', '.join(missing)}")
        total = sum(self.weights.values())
        if abs(total - 100) > 1e-9:
            raise ValueError(f"weights sum to {total:g}, they must sum to 100 (S16)")
        return self


class Weights(Model):
    """`params/weights.yml`: the channels, the base weights and their dated adjustments."""

    channels: tuple[ChannelName, ...]
    base: tuple[ChannelWeights, ...]
    adjustments: tuple[ChannelWeights, ...] = ()


class Quotas(Model):
    """The share of each tier in % of all assessed units (R19)."""

    excellent: float = Field(ge=0, le=100)
    good: float = Field(ge=0, le=100)
    pass_: float = Field(alias="pass", ge=0, le=100)
    fail: float = Field(ge=0, le=100)

    @model_validator(mode="after")
    def _sum_to_100(self):
        if abs(sum(self.in_order) - 100) > 1e-9:
            raise ValueError(f"quotas sum to {sum(self.in_order):g}, they must sum to 100 (R19)")
        return self

    @property
    def in_order(self) -> tuple[float, float, float, float]:
        """The shares from the best tier to the last."""
        return (self.excellent, self.good, self.pass_, self.fail)


class Rounding(Model):
    """How a score is published: quantised first, then rounded once, half up (S4)."""

    decimals: int = Field(ge=0, le=4)
    quantum: float = Field(gt=0, lt=1e-4)
    method: Literal["half_up"]


class Grading(Dated):
    """Tiers, ties, bottom places, bonus and caps in force over a span of months (R19, R21, S3–S8, S17)."""

    quotas: Quotas
    remainder_order: tuple[Tier, ...]
    tier_scope: Literal["all", "group"]
    tie_keys: tuple[Literal["workload_per_head", "key_work_score", "deductions"], ...]
    tie_at_line: dict[Literal["excellent", "good", "pass"], Literal["down", "up"]]
    bottom_places: int = Field(ge=0)
    small_district_below: int = Field(ge=0)
    judgement_steps: int = Field(ge=0, le=3)
    bonus_cap: float = Field(ge=0)
    veto_cap: Tier
    adjustments_over_year: Literal["sum"]
    rounding: Rounding

    @model_validator(mode="after")
    def _orders_are_complete(self):
        if sorted(self.remainder_order) != sorted(TIERS):
            raise ValueError(f"`remainder_order` must name each of {', '.join(TIERS)} once")
        if sorted(self.tie_at_line) != ["excellent", "good", "pass"]:
            raise ValueError("`tie_at_line` must say what happens at the lines of excellent, good and pass")
        return self


class TierName(Model):
    """A tier's name on pages."""

    id: str
    name: str


class Tiers(Model):
    """`params/tiers.yml`: the tiers' names and the grading rules by date."""

    names: tuple[TierName, ...]
    grading: tuple[Grading, ...]


class Units(Model):
    """`params/units.yml`: groups and units."""

    groups: tuple[Group, ...]
    units: tuple[Unit, ...]


class FamilyName(Model):
    """A family's name on pages."""

    id: str
    name: str


class Indicators(Model):
    """`params/indicators.yml`: families and the dated indicators."""

    families: tuple[FamilyName, ...]
    indicators: tuple[Indicator, ...]
