"""What chance alone does: tails of counts and rates, their overdispersion, and false discoveries among many (S33).

Overdispersion φ is the variance of counts compared with the binomial's. Two kinds are estimated from the spread of
standardised deviations z, and at each size the larger holds:
- φ, the same at every size: each event brings further ones, as one caller's tickets do;
- the intraclass correlation (ICC): the cases of one unit or month resemble each other, φ = 1 + (n − 1) · ICC.

Both come from z winsorised at 10 % on each side (Spiegelhalter 2005), so that the few that truly differ do not hide
themselves, divided by what is left of a normal distribution's variance then (0.679).
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, betainc, gammainc

_TAIL = 0.1
_LEFT_OF_VARIANCE = 0.6787
_BISECTIONS = 20
# With fewer there are no tails to winsorise, and one that truly differs would pass for the spread of all.
_FEWEST = 10


@dataclass(frozen=True)
class Overdispersion:
    """How much wider than the binomial counts spread.

    Attributes:
        phi: variance compared with the binomial's, at any size; 1 or more.
        icc: intraclass correlation, 0–1.
    """

    phi: float = 1.0
    icc: float = 0.0

    def at(self, size: ArrayLike) -> np.ndarray:
        """Return φ of counts out of `size` cases."""
        return np.maximum(self.phi, 1 + (np.maximum(np.asarray(size, dtype=float), 1) - 1) * self.icc)


def fit_overdispersion(z: np.ndarray, size: np.ndarray) -> Overdispersion:
    """Return the overdispersion of counts from their standardised deviations; none where few are known.

    Args:
        z: (N,) deviations of counts from what they are compared with, in binomial standard errors.
        size: (N,) cases of each.
    """
    if len(z) < _FEWEST:
        return Overdispersion()
    phi = _spread(z)
    if phi <= 1:
        return Overdispersion()
    return Overdispersion(phi, _solve(lambda icc: _spread(z / np.sqrt(1 + (size - 1) * icc))))


def _spread(z: np.ndarray) -> float:
    low, high = np.quantile(z, [_TAIL, 1 - _TAIL], method="linear")
    return float(np.mean(np.clip(z, low, high) ** 2)) / _LEFT_OF_VARIANCE


def _solve(spread: Callable[[float], float]) -> float:
    """Return the ICC, 0–1, at which deviations that allow for it spread by 1."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if spread(middle) > 1 else (low, middle)
    return high


def between_units(events: np.ndarray, cases: np.ndarray, expected: np.ndarray | None = None) -> Overdispersion:
    """Return the overdispersion of units' counts around what is expected; units that expect less than one are left out.

    Args:
        events: (N,) counts.
        cases: (N,) cases that they are out of, 1 or more.
        expected: (N,) counts expected; by default by the rate of all.
    """
    expected = cases * (events.sum() / max(1, cases.sum())) if expected is None else expected
    is_told = (expected >= 1) & (cases - expected >= 1)
    z = (events - expected)[is_told] / np.sqrt((expected * (1 - expected / cases))[is_told])
    return fit_overdispersion(z, cases[is_told])


def between_months(events: np.ndarray, cases: np.ndarray) -> Overdispersion:
    """Return the overdispersion of units' monthly counts around each unit's own rate, pooled over units.

    Args:
        events: (N, M) counts of each unit in each month.
        cases: (N, M) cases of each; months without cases tell nothing.
    """
    months = (cases > 0).sum(axis=1, keepdims=True)
    events, cases, months = (values[months[:, 0] > 1] for values in (events, cases, months))
    rate = events.sum(axis=1, keepdims=True) / cases.sum(axis=1, keepdims=True)
    expected = cases * rate
    is_told = (expected >= 1) & (cases - expected >= 1)
    # The unit's own rate takes a degree of freedom from its months.
    variance = expected * (1 - rate) * (1 - 1 / months)
    return fit_overdispersion((events - expected)[is_told] / np.sqrt(variance[is_told]), cases[is_told])


def compare_spans(
    rates: np.ndarray, cases: np.ndarray, is_after: np.ndarray, confidence_pct: float
) -> tuple[float, float, float]:
    """Return the later months' pooled rate, its change from the earlier ones', and what chance explains of a change.

    Args:
        rates: (months,) 0–1.
        cases: (months,) over how many each goes.
        is_after: (months,) which months are the later ones.
        confidence_pct: how sure one is of a change that is larger than what chance explains.
    """
    sizes = np.array([cases[~is_after].sum(), cases[is_after].sum()])
    shares = np.array([(rates * cases)[each].sum() for each in (~is_after, is_after)]) / sizes
    variance = shares * (1 - shares)
    own = variance[is_after.astype(int)]
    # Months spread more than chance alone would have it: what each month shares counts once, not once a case.
    is_known = own > 0
    z = (rates - shares[is_after.astype(int)])[is_known] / np.sqrt(own[is_known] / cases[is_known])
    wider = fit_overdispersion(z, cases[is_known]).at(cases)
    errors = [(own * wider * cases)[each].sum() / cases[each].sum() ** 2 for each in (~is_after, is_after)]
    explained = NormalDist().inv_cdf(0.5 + confidence_pct / 200) * np.sqrt(sum(errors))
    return float(shares[1]), float(shares[1] - shares[0]), float(explained)


def chance_of_fewer(events: ArrayLike, cases: ArrayLike, rate: float, phi: ArrayLike = 1.0) -> np.ndarray:
    """Return the probability of at most `events` of `cases` where the true rate is `rate`: binomial, exact for φ = 1.

    Overdispersed cases count as fewer, cases / φ, with the tail continued between whole numbers (incomplete beta).
    """
    k, n, phi = np.broadcast_arrays(np.asarray(events, float), np.asarray(cases, float), np.asarray(phi, float))
    with np.errstate(invalid="ignore"):
        return np.where(phi == 1, bdtr(k, np.rint(n).astype(int), rate), betainc((n - k) / phi, k / phi + 1, 1 - rate))


def chance_of_more(events: ArrayLike, expected: ArrayLike, phi: ArrayLike = 1.0) -> np.ndarray:
    """Return the probability of at least `events` where `expected` are: negative binomial of variance φ · expected.

    For φ = 1 it is the Poisson distribution.
    """
    k, mean, phi = np.broadcast_arrays(*(np.asarray(value, float) for value in (events, expected, phi)))
    excess, at_least_one = np.maximum(phi - 1, 1e-9), np.maximum(k, 1)
    spread = betainc(at_least_one, np.maximum(mean, 1e-9) / excess, excess / np.maximum(phi, 1))
    tail = np.where(phi > 1, spread, gammainc(at_least_one, mean))
    return np.where(k <= 0, 1.0, tail)


def false_discovery_rates(p: np.ndarray) -> np.ndarray:
    """Return the smallest share of false discoveries at which each test is one (Benjamini–Hochberg), NaN where p is.

    Args:
        p: (N,) p-values of all tests made, NaN where none was.
    """
    from scipy.stats import false_discovery_control  # takes half a second to import

    q, is_tested = np.full(len(p), np.nan), ~np.isnan(p)
    if is_tested.any():
        q[is_tested] = false_discovery_control(p[is_tested])
    return q
