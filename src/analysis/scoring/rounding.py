"""Publication of a score: quantised, then rounded once, half up, in whole numbers (S4)."""

import numpy as np

from analysis.policy.models import Rounding


def quantise(values: np.ndarray, rounding: Rounding) -> np.ndarray:
    """Return `values` as whole multiples of the quantum, so that the order of summation cannot show (S4).

    Args:
        values: scores of any shape; NaN stays NaN.
        rounding: the quantum (1e-9).

    Returns:
        Float array of whole numbers, same shape.
    """
    return np.rint(np.asarray(values, dtype=float) * round(1 / rounding.quantum))


def publish(values: np.ndarray, rounding: Rounding) -> np.ndarray:
    """Return `values` as published: half up to `rounding.decimals` decimals (S4).

    `publish([2.675, 91.805])` is `[2.68, 91.81]`, where binary rounding would give 2.67 and 91.8.

    Args:
        values: scores ≥ 0 of any shape; NaN stays NaN.
        rounding: decimals and quantum.

    Returns:
        Float array, each the number nearest to its decimal text, so that equal print is equal value.
    """
    per_unit = 10**rounding.decimals
    step = round(1 / rounding.quantum) // per_unit
    # Of whole numbers below 2**53 the quotient's floor is exact, and much faster than a division by whole steps.
    return np.floor((quantise(values, rounding) + step // 2) / step) / per_unit
