"""How sure a rate is: Wilson's interval, and the limits of Spiegelhalter's funnel plot."""

from math import lgamma, log
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
    low, high = 100 * np.clip(middle - half, 0, 1), 100 * np.clip(middle + half, 0, 1)
    # Rounding must not push a bound past a rate of exactly 0 or 1.
    return np.where(rate == 0, 0.0, low), np.where(rate == 1, 100.0, high)


def funnel_limits(rate: float, trials: ArrayLike, coverage_pct: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits in % within which chance alone keeps `coverage_pct` of units whose true rate is `rate`.

    Spiegelhalter (2005): exact binomial limits, interpolated between whole cases so that they are smooth.

    Args:
        rate: the district's rate, 0–1.
        trials: cases of each unit, 1 or more.
        coverage_pct: the two-sided share, such as 95 or 99.8.
    """
    tail = (1 - coverage_pct / 100) / 2
    trials = np.asarray(trials, dtype=int)
    by_size = {n: (_quantile(rate, n, tail), _quantile(rate, n, 1 - tail)) for n in np.unique(trials).tolist()}
    low, high = np.array([by_size[n] for n in trials.tolist()], dtype=float).reshape(-1, 2).T
    return 100 * np.clip(low, 0, 1), 100 * np.clip(high, 0, 1)


def _quantile(rate: float, n: int, share: float) -> float:
    if rate <= 0 or rate >= 1:
        return rate
    k = np.arange(n + 1)
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    pmf = np.exp(lgamma(n + 1) - factorials - factorials[::-1] + k * log(rate) + (n - k) * log(1 - rate))
    cdf = np.cumsum(pmf)
    first = int(np.argmax(cdf > share)) if cdf[-1] > share else n
    if first == n and share > 0.5:
        return 1.0  # as long as all of n may well succeed by chance, a full success is within the limit
    step = (cdf[first] - share) / pmf[first]
    return (first - step) / n
