"""How far a unit's total moves by month-to-month variation alone, and which changes go beyond that (S25, S33)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import polygamma, stdtr, stdtrit

from analysis.insight.chance import false_discovery_rates
from analysis.policy.period import month_range, shift
from analysis.policy.trends import TrendRules

# Median absolute deviation → standard deviation, for a normal distribution; worth a third of its months (simulated).
_MAD_SCALE = 1.4826
_DEGREES_PER_MONTH = 1 / 3
# Prior degrees of freedom where units' spreads differ no more than chance makes them.
_MOST_DEGREES = 100.0
_LONGEST_LAG = 12
_MOST_CORRELATION = 0.95
_BISECTIONS = 30


@dataclass(frozen=True)
class Noise:
    """The month-to-month variation of units' totals.

    Attributes:
        spread: unit id → standard deviation of a monthly change, in points.
        degrees: unit id → degrees of freedom of that estimate.
        rho: correlation of neighbouring months around the unit's level, as of a first-order autoregression.
        inflation: basis → variance of its change compared with that of a monthly change.
        false_discovery_pct: of the changes that are said to go beyond noise, at most so many in % do not.
    """

    spread: Mapping[str, float]
    degrees: Mapping[str, float]
    rho: float
    inflation: Mapping[str, float]
    false_discovery_pct: float

    def widths(self, basis: str, changes: pd.Series) -> pd.Series:
        """Return how far each change may go by noise alone, all units of the basis together (Benjamini–Hochberg).

        Args:
            basis: `mom`, `yoy`, `ytd` or `annual`.
            changes: like-for-like changes of totals by unit id; those missing are not tested.

        Returns:
            Half-widths in points; NaN for units of unknown noise and without a change.
        """
        error = changes.index.map(self.spread).to_numpy(dtype=float) * np.sqrt(self.inflation.get(basis, np.nan))
        degrees = changes.index.map(self.degrees).to_numpy(dtype=float)
        size = np.abs(changes.to_numpy(dtype=float))
        with np.errstate(invalid="ignore", divide="ignore"):
            # No spread and no change is no departure.
            p = np.where(size == 0, 1.0, 2 * stdtr(degrees, -size / error))
        p = np.where(np.isnan(error) | np.isnan(size), np.nan, p)
        n_tested, n_named = np.sum(~np.isnan(p)), np.sum(100 * false_discovery_rates(p) <= self.false_discovery_pct)
        tail = max(1, n_named) * self.false_discovery_pct / 100 / max(1, n_tested)
        return pd.Series(np.where(np.isnan(p), np.nan, -stdtrit(degrees, tail / 2) * error), changes.index)


def estimate_noise(trends: pd.DataFrame, period: str, rules: TrendRules) -> Noise:
    """Return the noise of units' totals, from their like-for-like monthly changes of the months before.

    A unit's spread is the median absolute deviation, so that one big change does not hide the next, drawn towards that
    of all units as far as the units' spreads differ no more than chance makes them. Months depend on each other: ρ is
    that of the autoregression whose changes over 2 to 12 months are as large, compared with monthly ones, as those of
    all units together. Units with too few months have no entry.

    Args:
        trends: rows of the table `trends` of earlier months.
        period: the month.
        rules: how many months, and the share of false discoveries.
    """
    months = month_range(shift(period, -rules.noise.months), shift(period, -1))
    rows = trends[(trends["basis"] == "mom") & (trends["level"] == "total") & trends["period"].isin(months)]
    changes = rows.pivot(index="period", columns="unit_id", values="like_for_like_change").sort_index()
    changes = changes.loc[:, changes.notna().sum() >= rules.noise.least_months]
    variance, degrees = _variances(changes)
    rho = _correlation(changes, variance)
    return Noise(
        spread=np.sqrt(variance).to_dict(),
        degrees=degrees.to_dict(),
        rho=rho,
        inflation={basis: _inflation(rho, *means) for basis, means in _compared_months(period).items()},
        false_discovery_pct=rules.false_discovery_pct,
    )


def _variances(changes: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the variance of each unit's monthly changes, and its degrees of freedom, both with those of all units."""
    own = (_MAD_SCALE * (changes - changes.median()).abs().median()) ** 2
    # Where more than half of the changes are equal, the median sees no variation at all.
    own = own.where(own > 0, changes.var())
    degrees = changes.notna().sum() * _DEGREES_PER_MONTH
    moving, moving_degrees = own[own > 0], degrees[own > 0]
    if moving.empty:
        return own, degrees
    # The median of a variance's distribution lies below its mean (Wilson–Hilferty).
    typical = float((moving / (1 - 2 / (9 * moving_degrees)) ** 3).median())
    excess = np.log(moving).var() - float(polygamma(1, moving_degrees / 2).mean())
    prior = min(_MOST_DEGREES, 2 / excess + 1) if excess > 0 else _MOST_DEGREES
    return (prior * typical + degrees * own) / (prior + degrees), prior + degrees


def _correlation(changes: pd.DataFrame, variance: pd.Series) -> float:
    """Return ρ, pooled over units, from how much larger changes over several months are than monthly ones."""
    moving = variance.index[variance > 0]
    scaled = (changes[moving] / np.sqrt(variance[moving])).to_numpy(dtype=float)
    lags = np.arange(2, min(_LONGEST_LAG, len(scaled) // 2) + 1)
    monthly = np.nanmedian(np.abs(scaled)) if np.isfinite(scaled).any() else 0.0
    if monthly == 0 or not len(lags):
        return 0.0
    over = [np.abs(sliding_window_view(scaled, lag, axis=0).sum(axis=-1)) for lag in lags]
    growth = np.mean([(np.nanmedian(each) / monthly) ** 2 for each in over])
    low, high = 0.0, _MOST_CORRELATION
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean((1 - middle**lags) / (1 - middle)) < growth else (low, middle)
    return high


def _compared_months(period: str) -> dict[str, tuple[int, int]]:
    """Return basis → how many months each side is the mean of, and how many months lie between the two."""
    return {"mom": (1, 1), "yoy": (1, 12), "ytd": (int(period[5:]), 12), "annual": (12, 12)}


def _inflation(rho: float, count: int, apart: int) -> float:
    """Return the variance of the difference of two means of months, compared with that of a monthly change."""
    place = np.concatenate([np.arange(count), apart + np.arange(count)])
    weight = np.repeat([-1 / count, 1 / count], count)
    likeness = rho ** np.abs(place[:, None] - place)
    return float(weight @ likeness @ weight) / (2 * (1 - rho))
