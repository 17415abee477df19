"""How far a change of a unit's total may go by noise alone: the noise that certainty found, for trends (S32, S33)."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.insight.chance import false_discovery_rates

# What is read of `certainty`.
_MONTHS = ("months_points", "months_degrees", "months_tail", "months_correlation")
NOISE_COLUMNS = ("scope", "unit_id", "visits_points", *_MONTHS)


class Sides(NamedTuple):
    """The scope whose totals are compared, how many months each is the mean of, and how many lie between the two."""

    scope: str
    count: int
    apart: int


def compared_sides(basis: str, period: str) -> Sides:
    """Return what a basis compares in a month."""
    sides = {"mom": ("month", 1, 1), "yoy": ("month", 1, 12), "ytd": ("ytd", int(period[5:]), 12)}
    return Sides(*(sides | {"annual": ("ytd", 12, 12)})[basis])


def change_widths(noise: pd.DataFrame, sides: Sides, changes: pd.Series, false_discovery_pct: float) -> pd.Series:
    """Return how far each change may go by noise alone, all units of the basis together (Benjamini–Hochberg).

    Two things bring a change about by chance: all months together, as Student's t of what the spread is known by, and
    one odd month alone, as the tail of months. What either brings is no news. Both sides count as if they rested on
    visits of their own, an upper bound where windows of visits overlap.

    Args:
        noise: rows of `certainty` of the month before: what is judged shall not widen its own width.
        sides: what is compared.
        changes: like-for-like changes of totals by unit id; those missing are not tested.
        false_discovery_pct: of the changes that go beyond, at most so many in % are noise.

    Returns:
        Half-widths in points; NaN for units of unknown noise and without a change.
    """
    of_month, of_scope = (
        noise[noise["scope"] == scope].set_index("unit_id").reindex(changes.index, columns=NOISE_COLUMNS)
        for scope in ("month", sides.scope)
    )
    month, degrees, tail, correlation = of_month[list(_MONTHS)].to_numpy(dtype=float).T
    ratio = _variance_ratio(np.nan_to_num(correlation).max(initial=0.0), sides)
    together = np.sqrt(ratio * month**2 + 2 * of_scope["visits_points"].to_numpy(dtype=float) ** 2)
    # Months that resemble each other even out like fewer of them.
    evening = min(sides.count, 2 / ratio)
    alone = month / np.sqrt(tail / (tail - 2)) / evening
    size = np.abs(changes.to_numpy(dtype=float))
    with np.errstate(invalid="ignore", divide="ignore"):
        # No spread and no change is no departure.
        chances = 2 * stdtr(degrees, -size / together), 4 * evening * stdtr(tail, -size / alone)
        p = np.where(np.isnan(together) | np.isnan(size), np.nan, np.where(size == 0, 1.0, np.fmax(*chances)))
    n_tested = np.sum(~np.isnan(p))
    n_named = np.sum(100 * false_discovery_rates(np.minimum(p, 1)) <= false_discovery_pct)
    level = max(1, n_named) * false_discovery_pct / 100 / max(1, n_tested)
    widths = np.maximum(-stdtrit(degrees, level / 2) * together, -stdtrit(tail, level / (4 * evening)) * alone)
    return pd.Series(np.where(np.isnan(p), np.nan, widths), changes.index)


def _variance_ratio(correlation: float, sides: Sides) -> float:
    """Return the variance of the difference of two means of months, compared with that of one month."""
    place = np.concatenate([np.arange(sides.count), sides.apart + np.arange(sides.count)])
    weight = np.repeat([-1 / sides.count, 1 / sides.count], sides.count)
    return float(weight @ correlation ** np.abs(place[:, None] - place) @ weight)
