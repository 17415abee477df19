"""Confidence intervals of ranks from pairwise differences (Mogstad, Romano, Shaikh and Wilhelm 2024).

A unit's rank interval counts whom it is surely behind and whom it is surely ahead of: everyone else may lie on either
side. "Surely" means that a test of the difference of two scores rejects while the chance of even one false rejection
stays within 1 - confidence: among a unit's own comparisons (single-unit interval) or among all (simultaneous). The
tests step down: what is rejected no longer asks for caution about the rest (Romano and Wolf 2005). The plain bootstrap
of ranks has no such guarantee where scores are close.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
    units = len(estimates)
    centred = deviations - deviations.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    errors = np.sqrt(np.maximum(variance[:, None] + variance - 2 * (centred.T @ centred) / len(centred), 0.0))
    # Two sums of the same draws differ by rounding: that is no noise.
    errors[errors < 1e-9] = 0.0
    gaps = estimates - estimates[:, None]
    z = np.divide(gaps, errors, out=np.where(gaps == 0, 0.0, np.copysign(np.inf, gaps)), where=errors > 0)
    draws = np.ascontiguousarray(deviations.T)
    first = [_highest(unit, np.ones((2, units), dtype=bool), draws, errors) for unit in range(units)]
    single = [_reject(z[[unit]], [unit], first[unit], draws, errors, confidence)[0] for unit in range(units)]
    together = _reject(z, range(units), np.max(first, axis=0), draws, errors, confidence)
    counts = [np.array(found).sum(axis=-1).reshape(units, 2) for found in (single, together)]
    (low, high), (low_all, high_all) = ((1 + count[:, 0], units - count[:, 1]) for count in counts)
    return RankIntervals(low, high, low_all, high_all)


def _reject(
    z: np.ndarray, members: Sequence[int], highest: np.ndarray, draws: np.ndarray, errors: np.ndarray, confidence: float
) -> np.ndarray:
    """Return (J, 2, U): who is surely better, and surely worse, than each of the J members; one family of tests.

    Args:
        z: (J, U) studentised differences.
        members: the J units.
        highest: (B,) over all tests of the family.
        draws: (U, B).
        errors: (U, U) of differences.
        confidence: such as 0.95.
    """
    signed = np.stack([z, -z], axis=1)
    rejected = np.zeros(signed.shape, dtype=bool)
    while True:
        critical = np.quantile(highest, confidence, method="higher")
        found = signed > critical
        if not (found & ~rejected).any():
            return rejected
        rejected |= found
        highest = np.max(
            [_highest(unit, ~done, draws, errors) for unit, done in zip(members, rejected, strict=True)], 0
        )


def _highest(unit: int, open_tests: np.ndarray, draws: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return in each replicate the highest studentised difference (B,) over the unit's tests not yet rejected."""
    is_better_open, is_worse_open = open_tests & (errors[unit] > 0)
    t = (draws - draws[unit]) / np.where(errors[unit] > 0, errors[unit], np.inf)[:, None]
    better = t[is_better_open].max(axis=0, initial=0.0)
    worse = t[is_worse_open].min(axis=0, initial=0.0)
    return np.maximum(better, -worse)
