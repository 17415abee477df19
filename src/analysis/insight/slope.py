"""The slope of a monthly series with an interval that allows for autocorrelation (Theil–Sen)."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

# Beyond this the months say nothing about each other's independence, and the correction would explode.
_MOST_AUTOCORRELATION = 0.9
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Slope:
    """Slope per step, the interval's ends, and the probability that no slope brings as much (Mann–Kendall)."""

    value: float
    low: float
    high: float
    p_value: float


def fit_slope(months: np.ndarray, scores: np.ndarray, confidence: float, least_rho: float = 0.0) -> Slope:
    """Return the median slope of all pairs of months (Theil–Sen) with Sen's interval.

    One odd month does not move it. The interval is widened by the residuals' autocorrelation, as for a first-order
    autoregression with its small-sample bias removed; a negative one does not narrow it.

    Args:
        months: (N,) number of each month, increasing, in any unit.
        scores: (N,) score of each, no NaN.
        confidence: of the interval, such as 0.95.
        least_rho: autocorrelation of neighbouring months at least, such as that of many series together: a single one
            often shows less than it has.
    """
    first, second = np.triu_indices(len(months), 1)
    slopes = np.sort((scores[second] - scores[first]) / (months[second] - months[first]))
    value = float(np.median(slopes))
    count = len(months)
    inflation = inflate_variance(max(least_rho, autocorrelation(scores - value * months)), count)
    spread = np.sqrt(inflation * count * (count - 1) * (2 * count + 5) / 18)
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * spread
    last = len(slopes) - 1
    low = max(0, int(np.floor((len(slopes) - reach) / 2)))
    high = min(last, int(np.ceil((len(slopes) + reach) / 2)))
    score = abs(float(np.sign(slopes).sum())) / spread
    return Slope(value, float(slopes[low]), float(slopes[high]), 2 * NormalDist().cdf(-score))


def autocorrelation(residuals: np.ndarray) -> float:
    """Return the correlation of neighbouring residuals of a fitted line, bias removed, between 0 and 0.9."""
    found = correlate_neighbours(residuals, n_fitted=2)
    return 0.0 if np.isnan(found) else float(np.clip(found, 0, _MOST_AUTOCORRELATION))


def correlate_neighbours(residuals: np.ndarray, n_fitted: int) -> float:
    """Return the correlation of neighbouring residuals, bias removed and without bounds; NaN where none differ.

    A fitted level pulls the raw value down by about (1 + 4ρ)/n, a level and slope by (2 + 4ρ)/n (Kendall 1954).

    Args:
        residuals: (n,) of consecutive months, more than four.
        n_fitted: 1 for residuals around a level, 2 around a line.
    """
    count, centred = len(residuals), residuals - residuals.mean()
    power = float(centred @ centred)
    if power <= count * _ROUNDING**2:  # what is left of a straight line is the rounding of its figures (S4)
        return np.nan
    return (float(centred[1:] @ centred[:-1]) / power * count + n_fitted) / (count - 4)


def inflate_variance(rho: float, count: int) -> float:
    """Return by how much the variance of a mean of `count` months grows where neighbours correlate by `rho`."""
    lags = np.arange(1, count)
    return float(1 + 2 * ((1 - lags / count) * rho**lags).sum())
