"""What every method of points has, and what it reads: raw values and the range that it admits (S29, S38)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from analysis.policy.base import Model

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
        standard: (…, N) what a unit is measured against where no number in the method says it: its own baseline or
            target, or its group's mean; NaN where there is none.
    """

    value: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    group: np.ndarray
    standard: np.ndarray | float = np.nan

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
    def needs_standard(self) -> bool:
        """Whether each unit is measured against a baseline or target of its own."""
        return False

    def standard(self, raw: Raw) -> np.ndarray | float:
        """Return what each measurement is measured against (…, N) where no number in the method says it."""
        return raw.standard

    @property
    def states(self) -> Mapping[str, float]:
        """Named state → points, where a cell holds a state."""
        return {}

    def score(self, raw: Raw, direction: Direction = "higher") -> np.ndarray:
        """Return points 0–100 (…, N), NaN where there is nothing to score."""
        return np.clip(self._points(raw, direction), 0, 100)

    def _points(self, raw: Raw, direction: Direction) -> np.ndarray:
        raise NotImplementedError
