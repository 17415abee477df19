"""The named methods that turn raw values into points: values, formula and invariants of each (S24, S29, S38).

To add a method, write a class here, name it in METHODS, and give it its words under `methods` in
`src/analysis/report/words.yml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from analysis.policy.base import Model, Name
from analysis.policy.messages import say

Direction = Literal["higher", "lower"]


class Range(NamedTuple):
    """The raw values that a method admits, both ends included; None where there is no bound."""

    low: float | None
    high: float | None

    def admits(self, value: float) -> bool:
        """Return whether a raw value lies within the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Raw:
    """N measurements of one indicator in one month; any leading axes are replicates, and NaN is a missing value.

    Attributes:
        value: (…, N) in the indicator's unit, a rate as a share of 1.
        numerator: (…, N) counts, NaN where the value is given as it stands.
        denominator: (…, N) counts.
        group: (N,) group of each measurement's unit.
    """

    value: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    group: np.ndarray

    def ratio(self) -> np.ndarray:
        """Return numerator / denominator (…, N); a zero denominator is not applicable (S29)."""
        denominator = np.asarray(self.denominator, dtype=float)
        return np.asarray(self.numerator, dtype=float) / np.where(denominator == 0, np.nan, denominator)

    def rate(self, whole: float = 1) -> np.ndarray:
        """Return the ratio (…, N) as a part of `whole`, or the value, a share of 1, where there are no counts."""
        ratio = self.ratio()
        return whole * np.where(np.isnan(ratio), self.value, ratio)


class Method(Model):
    """What every method has; a method sets what differs.

    Attributes:
        directions: which values may be the better ones; an indicator's `direction` must be one of them (S38).
        pools: whether it scores a numerator and a denominator, which a year adds up (S10).
        is_share: whether the numerator counts a part of the denominator's cases.
        reads: what a cell of a score sheet holds: a number, cases, marks given by somebody, or a named state.
    """

    directions: ClassVar[tuple[Direction, ...]] = ("higher",)
    pools: ClassVar[bool] = False
    is_share: ClassVar[bool] = False
    reads: ClassVar[Literal["number", "count", "points", "state"]] = "number"

    name: str

    @property
    def admissible(self) -> Range:
        """The raw values that the method scores, in the indicator's unit."""
        return Range(0, None)

    @property
    def full_mark(self) -> float:
        """The highest mark that a sheet or a visit may give."""
        return 100.0 if self.admissible.high is None else self.admissible.high

    @property
    def states(self) -> Mapping[str, float]:
        """Named state → points, where a cell holds a state."""
        return {}

    def score(self, raw: Raw, direction: Direction = "higher") -> np.ndarray:
        """Return points 0–100 (…, N), NaN where there is nothing to score."""
        return np.clip(self._points(raw, direction), 0, 100)

    def _points(self, raw: Raw, direction: Direction) -> np.ndarray:
        raise NotImplementedError


class Points(Method):
    """Points out of a full mark: 100 · value / full."""

    reads: ClassVar = "points"

    name: Literal["points"]
    full: float = Field(default=100, gt=0)

    @property
    def admissible(self) -> Range:
        """Marks up to the full mark."""
        return Range(0, self.full)

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        return 100 * np.asarray(raw.value, dtype=float) / self.full


class Ratio(Method):
    """A ratio to a target: 100 · min(1, numerator / denominator / target) (S29)."""

    pools: ClassVar = True
    is_share: ClassVar = True

    name: Literal["ratio"]
    target: float = Field(default=1, gt=0)

    @property
    def target_pct(self) -> float:
        """The target in %."""
        return 100 * self.target

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        return 100 * np.minimum(1, raw.rate() / self.target)


class Shortfall(Method):
    """Shortfall from a standard in %: max(floor, full − slope · max(0, target − p)), as a share of `full`."""

    pools: ClassVar = True
    is_share: ClassVar = True

    name: Literal["shortfall"]
    target_pct: float = Field(gt=0, le=100)
    full: float = Field(gt=0)
    floor: float = Field(ge=0)
    slope: float = Field(gt=0)

    @model_validator(mode="after")
    def _floor_lies_below_full(self):
        if self.floor > self.full:
            told = say("`floor` {floor:g} lies above `full` {full:g}; allowed: 0 to {full:g}")
            raise ValueError(told.format(floor=self.floor, full=self.full))
        return self

    @property
    def admissible(self) -> Range:
        """Per cent."""
        return Range(0, 100)

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        missing = np.maximum(0, self.target_pct - raw.rate(100))
        return 100 * np.maximum(self.floor, self.full - self.slope * missing) / self.full


class PerCase(Method):
    """A deduction for each case: max(0, full − points_per_case · cases), as a share of `full`."""

    directions: ClassVar = ("lower",)
    reads: ClassVar = "count"

    name: Literal["per_case"]
    full: float = Field(default=100, gt=0)
    points_per_case: float = Field(gt=0)

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        cases = np.asarray(raw.value, dtype=float)
        return 100 * np.maximum(0, self.full - self.points_per_case * cases) / self.full


class Rank(Method):
    """By rank among the units with a value: the best gets `best`, the last place `worst`, even steps between."""

    directions: ClassVar = ("higher", "lower")

    name: Literal["rank"]
    best: float = Field(default=100, ge=0, le=100)
    worst: float = Field(ge=0, le=100)

    @model_validator(mode="after")
    def _worst_lies_below_best(self):
        if self.worst > self.best:
            told = say("`worst` {worst:g} lies above `best` {best:g}; allowed: 0 to {best:g}")
            raise ValueError(told.format(worst=self.worst, best=self.best))
        return self

    def _points(self, raw: Raw, direction: Direction) -> np.ndarray:
        value = np.asarray(raw.value, dtype=float)
        better = -value if direction == "higher" else value
        ranks = 1 + (better[..., None, :] < better[..., :, None]).sum(axis=-1)
        count = np.maximum(1, (~np.isnan(better)).sum(axis=-1, keepdims=True) - 1)
        points = self.best - (self.best - self.worst) * (ranks - 1) / count
        return np.where(np.isnan(better), np.nan, points)


class Relative(Method):
    """By ratio to the best: 100 · value / best, or best / value where lower is better."""

    directions: ClassVar = ("higher", "lower")

    name: Literal["relative"]

    def _points(self, raw: Raw, direction: Direction) -> np.ndarray:
        value = np.asarray(raw.value, dtype=float)
        present = np.where(np.isnan(value), -np.inf if direction == "higher" else np.inf, value)
        best = (present.max if direction == "higher" else present.min)(axis=-1, keepdims=True)
        above, below = (value, best) if direction == "higher" else (best, value)
        # The best is 100 by definition, also where it is 0.
        ratio = np.divide(above, below, out=np.zeros_like(value), where=(below != 0) & ~np.isnan(value))
        return np.where(np.isnan(value), np.nan, np.where(value == best, 100, 100 * ratio))


class Quoted(Method):
    """Another office's mark converted: its scale `low`…`high` becomes 0…100."""

    reads: ClassVar = "points"

    name: Literal["quoted"]
    low: float = Field(default=0, ge=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _low_lies_below_high(self):
        if self.low >= self.high:
            raise ValueError(say("`low` {low:g} must lie below `high` {high:g}").format(low=self.low, high=self.high))
        return self

    @property
    def admissible(self) -> Range:
        """The other office's scale."""
        return Range(self.low, self.high)

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        return 100 * (np.asarray(raw.value, dtype=float) - self.low) / (self.high - self.low)


class State(Method):
    """A named state with its points; the value of a measurement is the state's points (S10)."""

    reads: ClassVar = "state"

    name: Literal["state"]
    points: dict[Name, Annotated[float, Field(ge=0, le=100)]] = Field(min_length=1)

    @property
    def admissible(self) -> Range:
        """The points of a state."""
        return Range(0, 100)

    @property
    def states(self) -> Mapping[str, float]:
        """The states and their points, as `params/` names them."""
        return self.points

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        return np.asarray(raw.value, dtype=float)


class Workload(Method):
    """Workload points: 100 · min(r, cap) / cap, r = workload per head / the group's median (S24, S4)."""

    pools: ClassVar = True

    name: Literal["workload"]
    cap: float = Field(gt=0)
    median: Literal["higher", "lower", "midpoint"] = "higher"

    @property
    def median_points(self) -> float:
        """The points of a unit with just its group's median: less than 100 by definition, as the cap has it."""
        return 100 * min(1, self.cap) / self.cap

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        per_head = raw.rate()
        relative = np.full_like(per_head, np.nan)
        for name in np.unique(raw.group):
            members = raw.group == name
            if not np.isnan(per_head[..., members]).all():
                median = np.nanquantile(per_head[..., members], 0.5, axis=-1, keepdims=True, method=self.median)
                relative[..., members] = per_head[..., members] / np.where(median == 0, np.nan, median)
        return 100 * np.minimum(relative, self.cap) / self.cap


METHODS: dict[str, type[Method]] = {
    "points": Points,
    "ratio": Ratio,
    "shortfall": Shortfall,
    "per_case": PerCase,
    "rank": Rank,
    "relative": Relative,
    "quoted": Quoted,
    "state": State,
    "workload": Workload,
}


def _by_name(values: object) -> object:
    if isinstance(values, Method) or not isinstance(values, dict):
        return values
    if str(values.get("name")) not in METHODS:  # whatever stands there: a list cannot be looked up
        told = say("method {get!r} is unknown; allowed: {methods}")
        raise ValueError(told.format(get=values.get("name"), methods=", ".join(METHODS)))
    return METHODS[values["name"]].model_validate(values)


NamedMethod = Annotated[SerializeAsAny[Method], BeforeValidator(_by_name)]
