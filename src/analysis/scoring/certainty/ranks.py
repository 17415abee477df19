"""Confidence intervals of ranks from pairwise differences (Mogstad, Romano, Shaikh and Wilhelm 2024).

A unit's rank interval counts whom it is surely behind and whom it is surely ahead of: everyone else may lie on either
side. "Surely" means that a test of the difference of two scores rejects while the chance of even one false rejection
stays within 1 - confidence: among a unit's own comparisons (single-unit interval) or among all (simultaneous). The
tests step down: what is rejected no longer asks for caution about the rest (Romano and Wolf 2005). The plain bootstrap
of ranks has no such guarantee where scores are close.
"""

from collections.abc import Callable
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
    # Summed here: the bits of a linear algebra library's product depend on the machine.
    products = np.einsum("bi,bj->ij", centred, centred)
    errors = np.sqrt(np.maximum(variance[:, None] + variance - 2 * products / len(centred), 0.0))
    # Two sums of the same draws differ by rounding: that is no noise.
    errors[errors < 1e-9] = 0.0
    gaps = estimates - estimates[:, None]
    z = np.divide(gaps, errors, out=np.where(gaps == 0, 0.0, np.copysign(np.inf, gaps)), where=errors > 0)
    draws = np.ascontiguousarray(deviations.T)
    single, highest = np.empty((units, 2, units), dtype=bool), np.empty(draws.shape)
    for unit in range(units):
        own = _differences(unit, draws, errors)
        highest[unit] = np.abs(own).max(axis=0)
        single[unit] = _reject(z[[unit]], highest[[unit]], lambda _, own=own: own, confidence)
    together = _reject(z, highest, lambda unit: _differences(unit, draws, errors), confidence)
    (low, high), (low_all, high_all) = (
        (1 + better, units - worse) for better, worse in (found.sum(axis=-1).T for found in (single, together))
    )
    return RankIntervals(low, high, low_all, high_all)


def _differences(unit: int, draws: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return each replicate's studentised differences (U, B) of all units from one; 0 where there is no noise."""
    found = draws - draws[unit]
    found /= np.where(errors[unit] > 0, errors[unit], np.inf)[:, None]
    return found


def _reject(
    z: np.ndarray, highest: np.ndarray, differences: Callable[[int], np.ndarray], confidence: float
) -> np.ndarray:
    """Return (J, 2, U): who is surely better, and surely worse, than each of J members; one family of tests.

    Args:
        z: (J, U) studentised differences.
        highest: (J, B) of each replicate over all tests of a member.
        differences: a member's place → its replicates' studentised differences (U, B).
        confidence: such as 0.95.
    """
    signed = np.stack([z, -z], axis=1)
    rejected, highest = np.zeros(signed.shape, dtype=bool), highest.copy()
    while True:
        critical = np.quantile(highest.max(axis=0), confidence, method="higher")
        found = (signed > critical) & ~rejected
        if not found.any():
            return rejected
        rejected |= found
        for member in np.flatnonzero(found.any(axis=(1, 2))):
            highest[member] = _highest(differences(member), ~rejected[member])


def _highest(differences: np.ndarray, open_tests: np.ndarray) -> np.ndarray:
    """Return in each replicate the highest of a unit's studentised differences (B,) over its open tests (2, U)."""
    is_better_open, is_worse_open = open_tests
    better = differences[is_better_open].max(axis=0, initial=0.0)
    worse = differences[is_worse_open].min(axis=0, initial=0.0)
    return np.maximum(better, -worse)
