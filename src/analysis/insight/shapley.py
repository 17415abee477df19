"""Splitting a change among its causes, order-free, and publishing the parts so that they add up (S4, S25)."""

from itertools import product
from math import factorial

import numpy as np

FACTORS = ("performance", "weights", "indicator_set", "coverage", "adjustments")
# All 32 mixtures of before (0) and after (1), the first all before, the last all after.
MIXTURES = np.array(list(product((0, 1), repeat=len(FACTORS))))

# Parts smaller than this many published steps are float noise, not causes (S4).
_NOISE_DIGITS = 6


def shapley(values: np.ndarray) -> np.ndarray:
    """Return each factor's part in the change from the first to the last mixture: its mean over all orders.

    The parts add up to the change; a factor that changes nothing gets exactly 0; two factors that act alike get the
    same.

    Args:
        values: (32, …) the figure in each mixture of MIXTURES.

    Returns:
        (5, …) parts in the order of FACTORS.
    """
    count = len(FACTORS)
    steps = 2 ** np.arange(count)[::-1]
    parts = []
    for factor in range(count):
        without = np.flatnonzero(MIXTURES[:, factor] == 0)
        sizes = MIXTURES[without].sum(axis=1)
        share = np.array([factorial(size) * factorial(count - size - 1) / factorial(count) for size in sizes])
        parts.append(np.tensordot(share, values[without + steps[factor]] - values[without], axes=1))
    return np.stack(parts)


def split_change(values: np.ndarray) -> np.ndarray:
    """Return the parts of a change, also where some mixture has no value.

    A unit that has nothing measured in common in the two periods cannot be mixed: its change is all `coverage`. Where
    one end is missing there is no change to split.

    Args:
        values: (32, …) the figure in each mixture; NaN where it has no data.

    Returns:
        (5, …) parts in the order of FACTORS; NaN where there is no change.
    """
    parts = shapley(np.nan_to_num(values))
    change = values[-1] - values[0]
    whole = np.zeros_like(parts)
    whole[FACTORS.index("coverage")] = change
    return np.where(np.isnan(values).any(axis=0), np.where(np.isnan(change), np.nan, whole), parts)


def allot(parts: np.ndarray, total: np.ndarray, decimals: int) -> np.ndarray:
    """Return `parts` with `decimals` decimals, adding up exactly to the published `total`.

    Each part is rounded down; the steps that are still missing go to the largest remainders, to the first part on a
    tie. A part of 0 stays 0 as long as the parts add up to `total` within less than one step.

    Args:
        parts: (K, …) exact parts.
        total: (…) published sum, a multiple of the last decimal.
        decimals: decimals that are published.

    Returns:
        (K, …) published parts; NaN where `total` or a part is NaN.
    """
    per_unit = 10**decimals
    steps = np.round(parts * per_unit, _NOISE_DIGITS)
    whole = np.floor(steps)
    missing = np.rint(total * per_unit) - whole.sum(axis=0)
    order = np.argsort(whole - steps, axis=0, kind="stable")
    place = np.argsort(order, axis=0, kind="stable")
    return np.where(np.isnan(missing), np.nan, whole + (place < missing)) / per_unit
