"""Methods of points on a line from a start to a benchmark, on whichever side of the start it lies (S29, S38)."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from analysis.policy.messages import say
from analysis.policy.method import Direction, Method, Range, Raw


class Line(Method):
    """Points on a line: `least` at its start, `full` at the benchmark and beyond, none short of the start."""

    directions: ClassVar = ("higher", "lower")
    pools: ClassVar = True

    benchmark: float
    least: float = Field(default=0, ge=0)
    full: float = Field(default=100, gt=0)
    rounding: Literal["none", "down", "half_up"] = "none"

    @model_validator(mode="after")
    def _least_lies_below_full(self):
        if self.least >= self.full:
            told = say("`least` {least:g} must lie below `full` {full:g}")
            raise ValueError(told.format(least=self.least, full=self.full))
        return self

    @property
    def admissible(self) -> Range:
        """Any value: the line ends at its start and at the benchmark."""
        return Range(None, None)

    def _start(self, raw: Raw) -> np.ndarray | float:
        raise NotImplementedError

    def _points(self, raw: Raw, direction: Direction) -> np.ndarray:
        sign, start = 1 if direction == "higher" else -1, self._start(raw)
        gained, needed = sign * (raw.rate() - start), sign * (self.benchmark - start)
        line = self.least + (self.full - self.least) * gained / np.where(needed > 0, needed, np.nan)
        if self.rounding != "none":  # what floats blur below 1e-9 tips no step (S4)
            line = np.minimum(np.floor(np.round(line, 9) + (0.5 if self.rounding == "half_up" else 0)), self.full)
        # Who keeps the benchmark has full marks, also where the start lay beyond it.
        points = np.select([gained >= needed, gained < 0], [self.full, 0.0], line)
        return np.where(np.isnan(gained - needed), np.nan, 100 * points / self.full)


class Between(Line):
    """Points on a line from a threshold to a benchmark, on whichever side of it the benchmark lies."""

    name: Literal["between"]
    threshold: float

    @model_validator(mode="after")
    def _ends_differ(self):
        if self.threshold == self.benchmark:
            raise ValueError(say("`threshold` and `benchmark` are both {end:g}").format(end=self.benchmark))
        return self

    @property
    def directions(self) -> tuple[Direction, ...]:
        """From the threshold to the benchmark."""
        return ("higher",) if self.threshold < self.benchmark else ("lower",)

    def _start(self, _raw: Raw) -> float:
        return self.threshold


class Improvement(Line):
    """Points on a line from the unit's own baseline to a benchmark."""

    name: Literal["improvement"]

    @property
    def needs_standard(self) -> bool:
        """Always: the baseline."""
        return True

    def _start(self, raw: Raw) -> np.ndarray | float:
        return raw.standard
