"""The named methods that turn a raw value into points, with their values (rules: Formulas; S24, S29)."""

from typing import Annotated, Literal

from pydantic import Field

from analysis.policy.base import Model, Name


class PointsMethod(Model):
    """Points out of a full mark: 100 · value / full."""

    name: Literal["points"]
    full: float = Field(default=100, gt=0)


class RatioMethod(Model):
    """A ratio to a target: 100 · min(1, numerator / denominator / target) (S29)."""

    name: Literal["ratio"]
    target: float = Field(default=1, gt=0)


class ShortfallMethod(Model):
    """Shortfall from a standard in %: max(floor, full − slope · max(0, target − p)), as a share of `full`."""

    name: Literal["shortfall"]
    target_pct: float = Field(gt=0, le=100)
    full: float = Field(gt=0)
    floor: float = Field(ge=0)
    slope: float = Field(gt=0)


class PerCaseMethod(Model):
    """A deduction for each case: max(0, full − points_per_case · cases), as a share of `full`."""

    name: Literal["per_case"]
    full: float = Field(default=100, gt=0)
    points_per_case: float = Field(gt=0)


class RankMethod(Model):
    """By rank among the units with a value: the best gets `best`, the last place `worst`, even steps between."""

    name: Literal["rank"]
    best: float = Field(default=100, ge=0, le=100)
    worst: float = Field(ge=0, le=100)


class RelativeMethod(Model):
    """By ratio to the best: 100 · value / max(value)."""

    name: Literal["relative"]


class QuotedMethod(Model):
    """Another office's mark converted: its scale `low`…`high` becomes 0…100."""

    name: Literal["quoted"]
    low: float = 0
    high: float = Field(gt=0)


class StateMethod(Model):
    """A named state with its points (S10: a year takes the latest)."""

    name: Literal["state"]
    points: dict[Name, Annotated[float, Field(ge=0, le=100)]]


class WorkloadMethod(Model):
    """Workload points: 100 · min(r, cap) / cap, r = workload per head / the group's median (S24, S4)."""

    name: Literal["workload"]
    cap: float = Field(gt=0)
    median: Literal["higher", "lower", "midpoint"] = "higher"


Method = Annotated[
    PointsMethod
    | RatioMethod
    | ShortfallMethod
    | PerCaseMethod
    | RankMethod
    | RelativeMethod
    | QuotedMethod
    | StateMethod
    | WorkloadMethod,
    Field(discriminator="name"),
]
