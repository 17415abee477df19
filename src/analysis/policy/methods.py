"""The named methods that turn raw values into points: values, formula and invariants of each (S24, S29, S38).

To add a method, write a class here, name it in METHODS, and give it its words under `methods` in
`src/analysis/report/words.yml`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from analysis.policy.base import Name
from analysis.policy.line_methods import Between, Improvement
from analysis.policy.messages import say
from analysis.policy.method import Direction, Method, Range, Raw


def mean_of_group(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return for each of N measurements the mean of its group's values (…, N); NaN where the group has none."""
    means = np.full(np.shape(values), np.nan)
    for name in np.unique(group):
        inside = values[..., group == name]
        known = ~np.isnan(inside)
        count = known.sum(axis=-1, keepdims=True)
        means[..., group == name] = np.where(known, inside, 0).sum(axis=-1, keepdims=True) / np.where(
            count, count, np.nan
        )
    return means


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


class Rate(Method):
    """A rate against a target: a number, the `mean` of the unit's group, or the unit's `own`."""

    pools: ClassVar = True
    is_share: ClassVar = True

    @property
    def wanted(self) -> float | str:
        """The target as `params/` state it."""
        raise NotImplementedError

    @property
    def needs_standard(self) -> bool:
        """Whether the target is the unit's own."""
        return self.wanted == "own"

    def standard(self, raw: Raw) -> np.ndarray | float:
        """Return the targets that are no number, as shares; a mean that is known already stays what it is."""
        if self.wanted != "mean":
            return raw.standard
        return np.where(np.isnan(raw.standard), mean_of_group(raw.rate(), raw.group), raw.standard)

    def _target(self, raw: Raw, whole: float = 1) -> np.ndarray | float:
        return whole * self.standard(raw) if isinstance(self.wanted, str) else self.wanted


class Ratio(Rate):
    """A ratio to a target: 100 · min(1, numerator / denominator / target) (S29)."""

    name: Literal["ratio"]
    target: Annotated[float, Field(gt=0)] | Literal["mean", "own"] = 1.0

    @property
    def wanted(self) -> float | str:
        """The target, a number as a share."""
        return self.target

    @property
    def target_pct(self) -> float | str:
        """The target, a number in %."""
        return self.target if isinstance(self.target, str) else 100 * self.target

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        target = np.where(self._target(raw) == 0, np.nan, self._target(raw))
        return 100 * np.minimum(1, raw.rate() / target)


class Shortfall(Rate):
    """Shortfall from a standard in %: max(floor, full − slope · max(0, target − p)), as a share of `full`."""

    name: Literal["shortfall"]
    target_pct: Annotated[float, Field(gt=0, le=100)] | Literal["mean", "own"]
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
    def wanted(self) -> float | str:
        """The standard, a number in %."""
        return self.target_pct

    @property
    def admissible(self) -> Range:
        """Per cent."""
        return Range(0, 100)

    def _points(self, raw: Raw, _direction: Direction) -> np.ndarray:
        missing = np.maximum(0, self._target(raw, 100) - raw.rate(100))
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


def _places(value: np.ndarray, direction: Direction) -> np.ndarray:
    """Return the place of each value (…, N), the best place on ties; NaN where there is none."""
    better = -np.asarray(value, dtype=float) if direction == "higher" else np.asarray(value, dtype=float)
    places = 1.0 + (better[..., None, :] < better[..., :, None]).sum(axis=-1)
    return np.where(np.isnan(better), np.nan, places)


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
        places = _places(raw.value, direction)
        count = np.maximum(1, (~np.isnan(places)).sum(axis=-1, keepdims=True) - 1)
        return self.best - (self.best - self.worst) * (places - 1) / count


class ByRank(Method):
    """A table of points by place among the units with a value: each entry holds from its place on, equals share."""

    directions: ClassVar = ("higher", "lower")

    name: Literal["by_rank"]
    places: dict[int, Annotated[float, Field(ge=0, le=100)]]

    @model_validator(mode="after")
    def _points_fall_from_the_first_place_on(self):
        table = sorted(self.places.items())
        if not table or table[0][0] != 1 or any(better < worse for (_, better), (_, worse) in pairwise(table)):
            raise ValueError(say("`places` begin with 1, and no later place has more points than one before it (S38)"))
        return self

    @property
    def admissible(self) -> Range:
        """Any value: places alone count."""
        return Range(None, None)

    def _points(self, raw: Raw, direction: Direction) -> np.ndarray:
        first, points = np.array(sorted(self.places.items()), dtype=float).T
        places = _places(raw.value, direction)
        found = points[np.searchsorted(first, np.nan_to_num(places, nan=1.0), side="right") - 1]
        return np.where(np.isnan(places), np.nan, found)


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


def _by_name(values: object) -> object:
    if isinstance(values, Method) or not isinstance(values, dict):
        return values
    if str(values.get("name")) not in METHODS:  # whatever stands there: a list cannot be looked up
        told = say("method {get!r} is unknown; allowed: {methods}")
        raise ValueError(told.format(get=values.get("name"), methods=", ".join(METHODS)))
    return METHODS[values["name"]].model_validate(values)


NamedMethod = Annotated[SerializeAsAny[Method], BeforeValidator(_by_name)]


class BestOf(Method):
    """The best of several methods' points; one that has nothing to score leaves the others to count."""

    name: Literal["best_of"]
    methods: Annotated[tuple[NamedMethod, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _all_read_one_number(self):
        if any(method.reads != "number" or method.is_share for method in self.methods) or not self.directions:
            raise ValueError(say("`methods` must read plain numbers, and one direction must fit them all (S38)"))
        return self

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Those that fit all its methods."""
        return tuple(way for way in ("higher", "lower") if all(way in method.directions for method in self.methods))

    @property
    def pools(self) -> bool:
        """Whether all its methods do."""
        return all(method.pools for method in self.methods)

    @property
    def needs_standard(self) -> bool:
        """Whether any of its methods does."""
        return any(method.needs_standard for method in self.methods)

    @property
    def admissible(self) -> Range:
        """What all its methods admit."""
        lows, highs = zip(*(method.admissible for method in self.methods), strict=True)
        return Range(
            max((low for low in lows if low is not None), default=None),
            min((high for high in highs if high is not None), default=None),
        )

    def score(self, raw: Raw, direction: Direction = "higher") -> np.ndarray:
        """Return the highest of its methods' points (…, N)."""
        return np.fmax.reduce([method.score(raw, direction) for method in self.methods])


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
    "by_rank": ByRank,
    "between": Between,
    "improvement": Improvement,
    "best_of": BestOf,
}
