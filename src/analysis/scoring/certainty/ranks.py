"""Confidence intervals of ranks from pairwise differences (Mogstad, Romano, Shaikh and Wilhelm 2024).

A unit's rank interval counts whom it is surely behind and whom it is surely ahead of: everyone else may lie on either
side. "Surely" means that a test of the difference of two scores rejects while the chance of even one false rejection
stays within 1 - confidence: among a unit's own comparisons (single-unit interval) or among all (simultaneous). The
tests step down: what is rejected no longer asks for caution about the rest (Romano and Wolf 2005). The plain bootstrap
of ranks has no such guarantee where scores are close.

A family's critical value depends on the largest differences of its few largest draws. In a draw these are differences
from the units that lie farthest out, so units are looked at from the farthest inwards, and only until no difference
that is left can be large enough. What comes out is what looking at all of them gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# How many units of each draw are looked at first; then twice as many, and so on.
_FIRST_LOOK = 8
# Below this share of the largest variance that a difference may have, a pair is looked at in all draws.
_ALIKE = 0.5
# What a unit's critical value may be below the one before and is still found at the first try.
_STEP = 0.9
# Units whose covariances with others are summed at once.
_BLOCK = 32
# Rounding may not make a bound smaller than what it bounds.
_SLACK = 1 - 1e-9


@dataclass(frozen=True)
class RankIntervals:
    """Places (U,) that a unit's true rank lies within; equal true scores share all their places.

    Attributes:
        low: the best place, for one unit at a time.
        high: the worst place, for one unit at a time.
        low_all: the best place, for all units at once.
        high_all: the worst place, for all units at once.
    """

    low: np.ndarray
    high: np.ndarray
    low_all: np.ndarray
    high_all: np.ndarray


def rank_intervals(estimates: np.ndarray, deviations: np.ndarray, confidence: float) -> RankIntervals:
    """Return rank intervals of U scores, the highest first.

    Args:
        estimates: (U,) scores.
        deviations: (B, U) draws of estimate less truth.
        confidence: such as 0.95.

    Returns:
        Places, 1 is the best. A pair without any noise is told apart exactly.
    """
    draws, units = deviations.shape
    count = draws - int(np.quantile(np.arange(draws), confidence, method="higher"))
    errors = _standard_errors(deviations)
    gaps = estimates - estimates[:, None]
    z = np.divide(gaps, errors, out=np.where(gaps == 0, 0.0, np.copysign(np.inf, gaps)), where=np.isfinite(errors))
    differences = _Differences(deviations, errors)
    single, found, start = np.empty(units), [], 4.0
    # Units that spread alike have critical values near each other.
    for unit in np.argsort(deviations.var(axis=0), kind="stable"):
        single[unit], large = _critical_value(differences, unit, z[unit], count, start)
        start = _STEP * single[unit]
        found.append(large)
    # All tests together have no smaller critical value than those of one unit.
    together = np.full(units, _step_down(*map(np.concatenate, zip(*found, strict=True)), count))
    (low, high), (low_all, high_all) = (
        (1 + (z > critical[:, None]).sum(axis=1), units - (-z > critical[:, None]).sum(axis=1))
        for critical in (single, together)
    )
    return RankIntervals(low, high, low_all, high_all)


def _standard_errors(deviations: np.ndarray) -> np.ndarray:
    """Return the standard error (U, U) of each difference of two scores, infinite where it has no noise."""
    centred = deviations - deviations.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    products = np.empty((centred.shape[1],) * 2)
    for first in range(0, len(products), _BLOCK):
        # Summed here: the bits of a linear algebra library's product depend on the machine.
        block = np.einsum("bi,bj->ij", centred[:, first : first + _BLOCK], centred[:, first:])
        products[first : first + _BLOCK, first:], products[first:, first : first + _BLOCK] = block, block.T
    errors = np.sqrt(np.maximum(variance[:, None] + variance - 2 * products / len(centred), 0.0))
    # Two sums of the same draws differ by rounding: that is no noise.
    errors[errors < 1e-9] = np.inf
    np.fill_diagonal(errors, np.inf)
    return errors


class _Differences:
    """The studentised differences of U units in B draws, of which the large ones are found without making all.

    Of two units' deviations a and b and any positive p and q, (a - b)² ≤ (p + q) (a²/p + b²/q). With their variances
    for p and q, a²/p says how far out a unit is in a draw.
    """

    def __init__(self, deviations: np.ndarray, errors: np.ndarray):
        draws, units = deviations.shape
        squares = (deviations - deviations.mean(axis=1, keepdims=True)) ** 2
        variance = squares.mean(axis=0)
        far = np.divide(squares, variance, out=np.zeros(squares.shape), where=variance > 0)
        # What is read unit by unit, and look by look, lies together in memory.
        self._errors, self._of_unit, self._far = errors, deviations.T.copy(), far.T.copy()
        order = np.argsort(-far, axis=1)
        ends = [0, *(_FIRST_LOOK << n for n in range(units.bit_length()) if _FIRST_LOOK << n < units), units]
        self._looks = [
            (
                far[np.arange(draws), order[:, begin]],
                order[:, begin:end].copy(),
                np.take_along_axis(deviations, order[:, begin:end], axis=1),
            )
            for begin, end in pairwise(ends)
        ]
        share = np.minimum(errors**2 / (variance[:, None] + variance), 1.0)
        self._is_alike = share < _ALIKE
        self._least = np.where(self._is_alike, 1.0, share).min(axis=1)

    def larger_than(self, bound: float, unit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the differences from one unit whose size exceeds a bound.

        Returns:
            Of each the draw, the other unit, and the difference, positive where the other one lies higher.
        """
        found = []
        for rows, others, values in self._candidates(bound, unit):
            differences = (values - self._of_unit[unit, rows, None]) / self._errors[unit, others]
            row, place = np.nonzero(np.abs(differences) > bound)
            found.append((rows[row], others[row, place], differences[row, place]))
        return tuple(map(np.concatenate, zip(*found, strict=True)))

    def _candidates(self, bound: float, unit: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield draws (R,), other units and their values (R, N): each difference above the bound is among them."""
        far, needed = self._far[unit], _SLACK * bound**2 * self._least[unit]
        rows, alike = np.arange(len(far)), np.flatnonzero(self._is_alike[unit])
        yield rows, np.broadcast_to(alike, (len(far), len(alike))), self._of_unit[alike].T
        for farthest, others, values in self._looks:
            rows = rows[far[rows] + farthest[rows] > needed]
            yield rows, others[rows], values[rows]


def _critical_value(
    differences: _Differences, unit: int, z: np.ndarray, count: int, start: float
) -> tuple[float, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return the critical value of one unit's tests, and its differences that are as large, as `_step_down` takes them.

    Differences above a bound give it where it is above the bound; else the bound is lowered.
    """
    bound = start
    while True:
        draw, other, found = differences.larger_than(bound, unit)
        size, against = np.abs(found), np.where(found > 0, z[other], -z[other])
        critical = _step_down(draw, size, against, count)
        if critical > bound or bound == 0:
            is_large = size >= critical
            return critical, (draw[is_large], size[is_large], against[is_large])
        bound = _STEP * bound if bound > 1 else 0.0


def _step_down(draw: np.ndarray, size: np.ndarray, against: np.ndarray, count: int) -> float:
    """Return the critical value to which a family of tests steps down: differences of rejected tests count no more.

    Args:
        draw: of each difference.
        size: of each difference.
        against: z of the test that each counts against, which is rejected where that is above the critical value.
        count: how many draws have a largest difference of at least the critical value.
    """
    critical, before = np.inf, None
    while critical != before:
        is_open = against <= critical
        highest = np.zeros(draw.max(initial=0) + 1)
        np.maximum.at(highest, draw[is_open], size[is_open])
        highest = highest[highest > 0]
        critical, before = np.partition(highest, -count)[-count] if len(highest) >= count else 0.0, critical
    return critical
