"""How sure a rate is: Wilson's interval."""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike


def wilson_interval(successes: ArrayLike, trials: ArrayLike, confidence_pct: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper bound in % of each rate `successes / trials`; NaN where nothing was tried.

    On-time 22345/24932 = 89.62 % lies at 95 % confidence between 89.24 % and 90.00 %.
    """
    z = NormalDist().inv_cdf(0.5 + confidence_pct / 200)
    n = np.asarray(trials, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.asarray(successes, dtype=float) / n
        middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # Rounding must not push a bound past a rate of exactly 0 or 1.
    return np.where(rate == 0, 0.0, 100 * (middle - half)), np.where(rate == 1, 100.0, 100 * (middle + half))
