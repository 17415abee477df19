"""How far a unit's month misses its level: estimated from the months themselves (S32).

Certainty and trends rest on this one estimate: the table `certainty` holds it, and trends read it there.

A month's total misses the unit's level by all that chance does: cases, call-backs, marks given by people. The months
behind tell by how much, each around its year's level, so that a unit that changed from one year to the next is no
noisier for it. A dozen months of one unit say little about its spread, so it is drawn towards that of all
units, as far as the units do not differ (empirical Bayes on variances: Smyth 2004). Tails are those that the months
show: a t distribution is fitted to what each month misses by, in units of the spread of the unit's other months.
Neighbouring months may be alike: their correlation is estimated over all units and enlarges what few months show too
small.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats
from scipy.linalg import block_diag

# A t distribution of fewer degrees has no variance, or hardly one; of more it is a normal one.
_TAILS = (2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 50.0, 200.0)
_FIXED_POINTS = 12
_MOST_CORRELATION = 0.95


@dataclass(frozen=True)
class MonthNoise:
    """What the totals of months miss U units' levels by.

    Attributes:
        n_months: (U,) months that tell something of each unit: at least two of a year.
        spread: (U,) of a month's total in points, before the tail; NaN where no months tell it.
        degrees: (U,) of freedom of `spread` squared, the other units' part included.
        tail: degrees of freedom of the t distribution that months follow.
        scale: what multiplies `spread` and a draw of that distribution.
        correlation: of a month with the next.
    """

    n_months: np.ndarray
    spread: np.ndarray
    degrees: np.ndarray
    tail: float
    scale: float
    correlation: float

    def deviation_of_mean(self, months: np.ndarray) -> np.ndarray:
        """Return the standard deviation (U,) of the mean of so many consecutive months (U,), in points."""
        of_one = self.spread * self.scale * np.sqrt(self.tail / (self.tail - 2))
        return of_one * np.sqrt(_sum_of_likeness(months, self.correlation)) / months

    def draw(self, rng: np.random.Generator, months: np.ndarray, draws: int) -> np.ndarray:
        """Return draws (B, U) of what the mean of so many months (U,) misses the level by, for a deviation of 1.

        Tails even out over months; how badly a unit's spread is known does not.

        Args:
            rng: random numbers.
            months: (U,) consecutive months of each unit, at least 1.
            draws: their number B.
        """
        total = np.zeros((draws, len(months)))
        for month in range(int(months.max(initial=0))):
            total += rng.standard_t(self.tail, total.shape) * (month < months)
        known_by = np.sqrt(self.degrees / rng.chisquare(self.degrees, total.shape))
        return known_by * total / np.sqrt(months * self.tail / (self.tail - 2))


def month_errors(points: np.ndarray, weights: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return what each month's total misses the unit's level of the year by (M, U), NaN where nothing is known.

    Each indicator is taken around the unit's own mean of it in the year, so that an indicator that is missing in some
    months moves no level; the weights are today's, so that no change of weights passes for noise. What a month did to
    all units alike changes no place and is taken off.

    Args:
        points: (M, U, I) of each month, NaN where missing.
        weights: (U, I) of each indicator in the total, any scale; 0 leaves it out.
        years: (M,) that the months belong to, such as "2025".
    """
    errors = [_errors_of_a_year(points[years == year], weights) for year in np.unique(years)]
    return take_off_common(np.concatenate(errors))


def _errors_of_a_year(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    known = ~np.isnan(points)
    count = known.sum(axis=0)
    # A mean of n months takes 1/n of their variance with it; one month alone shows none.
    own = np.divide(count, count - 1, out=np.zeros(count.shape), where=count > 1) ** 0.5
    mean = np.divide(np.where(known, points, 0.0).sum(axis=0), np.maximum(count, 1))
    share = np.where(known & (count > 1), weights, 0.0)
    found = share.sum(axis=2)
    missed = (share * own * np.where(known, points - mean, 0.0)).sum(axis=2)
    return np.divide(missed, found, out=np.full(found.shape, np.nan), where=found > 0)


def take_off_common(errors: np.ndarray) -> np.ndarray:
    """Return errors (M, U) without each month's mean over the units; a unit alone keeps what it has."""
    units = (~np.isnan(errors)).sum(axis=1, keepdims=True)
    common = np.divide(np.nansum(errors, axis=1, keepdims=True), units, out=np.zeros(units.shape), where=units > 1)
    own = np.sqrt(np.divide(units, units - 1, out=np.ones(units.shape), where=units > 1))
    return (errors - common) * own


def estimate_noise(errors: np.ndarray, years: np.ndarray) -> MonthNoise:
    """Return the noise of U units' months.

    Args:
        errors: (M, U) of consecutive months around each unit's own mean of the year, scaled as if the mean were the
            level (see `month_errors`); NaN where a unit has no month.
        years: (M,) that the months belong to.
    """
    by_year = np.stack([(~np.isnan(errors[years == year])).sum(axis=0) for year in np.unique(years)], axis=1)
    count = by_year.sum(axis=1)
    correlation = _correlation(errors, by_year)
    enlarged, degrees = _undo_likeness(by_year, correlation)
    errors = errors * enlarged
    variance = np.nansum(errors**2, axis=0) / np.maximum(count, 1)
    prior, prior_degrees = _prior(variance[count > 0], degrees[count > 0])
    together = prior_degrees + degrees
    weighted = prior_degrees * prior + degrees * variance
    squared = np.divide(weighted, together, out=np.full(len(count), np.nan), where=together > 0)
    tail, scale = _tail(errors, weighted, together)
    return MonthNoise(count, np.sqrt(squared), np.maximum(together, 1.0), tail, scale, correlation)


def _likeness(months: int, correlation: float) -> np.ndarray:
    """Return the correlations (M, M) of consecutive months."""
    apart = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    return np.power(correlation, apart)


def _sum_of_likeness(months: np.ndarray, correlation: float) -> np.ndarray:
    found = {int(n): _likeness(int(n), correlation).sum() for n in np.unique(months)}
    return np.array([found[int(n)] for n in months], dtype=float)


def _centred(by_year: np.ndarray, correlation: float) -> np.ndarray:
    """Return the covariance (M, M) of the errors of consecutive months, so many of each year (Y,), of variance 1."""
    years = by_year[by_year > 0]
    # Around the year's mean, and enlarged as `month_errors` enlarges.
    centre = block_diag(*((np.eye(months) - 1 / months) * np.sqrt(months / (months - 1)) for months in years))
    return centre @ _likeness(sum(years), correlation) @ centre


def _correlation(errors: np.ndarray, by_year: np.ndarray) -> float:
    """Return the correlation of neighbouring months over all units, never below 0.

    Months around their own mean look less alike than they are; that expectation is exact for the months that most
    units have, and is inverted.
    """
    found, units = np.unique(by_year, axis=0, return_counts=True)
    usual = found[units.argmax()]
    months = usual.sum()
    both = ~np.isnan(errors[1:]) & ~np.isnan(errors[:-1])
    squares = np.nansum(errors**2)
    if months < 3 or not both.any() or squares == 0:
        return 0.0
    # The share of pairs among the months enters both sides, so gaps between months change nothing.
    pairs = both.sum() / (~np.isnan(errors)).sum()
    seen = np.where(both, errors[1:] * errors[:-1], 0.0).sum() / squares / pairs * (months - 1) / months

    def beyond(correlation: float) -> float:
        centred = _centred(usual, correlation)
        return np.trace(centred, 1) / np.trace(centred) - seen

    if beyond(0.0) >= 0:
        return 0.0
    return optimize.brentq(beyond, 0.0, _MOST_CORRELATION) if beyond(_MOST_CORRELATION) > 0 else _MOST_CORRELATION


def _undo_likeness(by_year: np.ndarray, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what likeness of months hides of U units' spreads, as a factor, and the degrees that it leaves them.

    Args:
        by_year: (U, Y) months known of each unit in each year.
        correlation: of neighbouring months.
    """
    factor, degrees = np.ones(len(by_year)), np.zeros(len(by_year))
    for months in np.unique(by_year[by_year.any(axis=1)], axis=0):
        centred, same = _centred(months, correlation), (by_year == months).all(axis=1)
        kept = np.trace(centred)
        factor[same] = np.sqrt(months.sum() / kept)
        degrees[same] = kept**2 / (centred**2).sum()
    return factor, degrees


def _prior(variance: np.ndarray, degrees: np.ndarray) -> tuple[float, float]:
    """Return the variance towards which units' variances are drawn, and what it is worth in degrees of freedom.

    The logarithms of the units' variances spread by chance as their degrees say; what they spread more is the units'
    own. What U units teach is worth U − 1 degrees at most.
    """
    if len(variance) < 2 or not variance.any():
        return 0.0, 0.0
    # A spread of nothing has no logarithm; far below the middle one it counts as one of nothing.
    logs = np.log(np.maximum(variance, 1e-5 * np.median(variance[variance > 0])))
    logs = logs - special.digamma(degrees / 2) + np.log(degrees / 2)
    own = logs.var(ddof=1) - special.polygamma(1, degrees / 2).mean()
    found = len(variance) - 1.0
    if own > special.polygamma(1, found / 2):
        found = 2 * optimize.brentq(lambda half: special.polygamma(1, half) - own, 1e-3, found / 2)
    return float(np.exp(logs.mean() + special.digamma(found / 2) - np.log(found / 2))), found


def _tail(errors: np.ndarray, weighted: np.ndarray, degrees: np.ndarray) -> tuple[float, float]:
    """Return degrees of freedom and scale of a t distribution of months, each against the unit's other months."""
    others = np.maximum(weighted - np.where(np.isnan(errors), 0.0, errors) ** 2, 0.0)
    left = np.broadcast_to(degrees - 1, errors.shape)
    usable = ~np.isnan(errors) & (others > 0) & (left > 0)
    if not usable.any():
        return _TAILS[-1], 1.0
    return _fit_t(errors[usable] / np.sqrt(others[usable] / left[usable]))


def _fit_t(values: np.ndarray) -> tuple[float, float]:
    """Return the degrees of freedom, of those in `_TAILS`, and the scale of the likeliest t distribution around 0."""
    found = []
    for tail in _TAILS:
        square = np.mean(values**2)
        for _ in range(_FIXED_POINTS):
            square = np.mean(values**2 * (tail + 1) / (tail + values**2 / square))
        found.append((stats.t.logpdf(values, tail, scale=np.sqrt(square)).sum(), tail, float(np.sqrt(square))))
    return max(found)[1:]
