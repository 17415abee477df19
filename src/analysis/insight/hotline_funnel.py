"""Which units' rates chance does not explain (Spiegelhalter's funnel): small and large units compared fairly."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import bdtr, bdtrik

from analysis.insight.chance import Overdispersion, between_units
from analysis.policy.watch import Funnel

_BINOMIAL = Overdispersion()
# rate → numerator and denominator in `hotline_by_unit`
RATES = {
    "on_time": ("n_on_time", "n_due"),
    "satisfaction": ("n_satisfied", "n_valid_call_backs"),
    "repeats": ("n_repeats", "n_received"),
}


def find_outside(by_unit: pd.DataFrame, funnel: Funnel, measure: str) -> pd.DataFrame:
    """Return the units whose rate lies outside of the funnel's action limits around the district's rate.

    Small units (S12) are in the district's rate and never named.

    Args:
        by_unit: the table `hotline_by_unit` of one month.
        funnel: the limits.
        measure: a key of `RATES`.

    Returns:
        A row a unit: the columns given and rate_pct, low_pct, high_pct, district_pct; the lowest rate first.
    """
    numerator, denominator = RATES[measure]
    drawn = by_unit[by_unit[denominator] > 0]
    district, spread = district_rate(drawn, measure)
    low, high = funnel_limits(district, drawn[denominator], funnel.action_pct, spread)
    rate = 100 * drawn[numerator] / drawn[denominator]
    rows = drawn.assign(rate_pct=rate, low_pct=low, high_pct=high, district_pct=100 * district)
    is_out = (rate < low - 1e-9) | (rate > high + 1e-9)
    return rows[~rows["is_small"] & is_out].sort_values(["rate_pct", "unit_id"])


def district_rate(by_unit: pd.DataFrame, measure: str) -> tuple[float, Overdispersion]:
    """Return the rate of all units together, 0–1, and how much wider than the binomial theirs spread around it."""
    events, cases = (by_unit[name].to_numpy(dtype=float) for name in RATES[measure])
    return events.sum() / max(1, cases.sum()), between_units(events, cases)


def funnel_limits(
    rate: float, trials: ArrayLike, coverage_pct: float, spread: Overdispersion = _BINOMIAL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits in % within which chance alone keeps `coverage_pct` of units whose true rate is `rate`.

    Spiegelhalter (2005): exact binomial limits, interpolated between whole cases so that they are smooth, √φ times as
    far from the rate where units' counts are overdispersed.

    Args:
        rate: the district's rate, 0–1.
        trials: cases of each unit, 1 or more.
        coverage_pct: the two-sided share, such as 95 or 99.8.
        spread: the overdispersion; none by default.
    """
    tail, n = (1 - coverage_pct / 100) / 2, np.asarray(trials, dtype=int)
    if not 0 < rate < 1:
        return np.full(n.shape, 100 * rate), np.full(n.shape, 100 * rate)
    wider = np.sqrt(spread.at(n))
    limits = (rate + wider * (_smooth_quantile(rate, n, share) - rate) for share in (tail, 1 - tail))
    low, high = (100 * np.clip(limit, 0, 1) for limit in limits)
    return low, high


def _smooth_quantile(rate: float, n: np.ndarray, share: float) -> np.ndarray:
    # scipy.stats' `binom.ppf` does the same, and takes half a second to import.
    k = np.ceil(bdtrik(share, n, rate))
    below = np.where(k > 0, bdtr(np.maximum(k - 1, 0), n, rate), 0)
    step = (bdtr(k, n, rate) - share) / (bdtr(k, n, rate) - below)
    # As long as all of n may well succeed by chance, a full success is within the limit.
    return np.where((k == n) & (share > 0.5), 1, (k - step) / n)
