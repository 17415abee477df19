"""Whether a series has a season: the same calendar months high or low year after year."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.policy.trends import SeasonalityRules


@dataclass(frozen=True)
class Season:
    """A test of seasonality over whole years.

    Attributes:
        p_value: share of rotations with a season at least as regular as the one seen.
        effects: (12,) mean deviation of each calendar month in points, January first.
    """

    p_value: float
    effects: np.ndarray


def find_season(last_month: int, scores: np.ndarray, slope: float, rules: SeasonalityRules) -> Season | None:
    """Return the season of a series without its trend, None where there are too few whole years.

    Friedman's statistic (months ranked within each year) is compared with that of all ways to rotate the years against
    each other. A rotation keeps each year's own ups and downs, so slow drift is not taken for a season; all rotations
    are counted, so there is no chance in it.

    Args:
        last_month: calendar month 1–12 of the last score.
        scores: (N,) consecutive monthly scores; NaN makes its year unusable.
        slope: trend per month, taken out first.
        rules: how many years.
    """
    level = scores - slope * np.arange(len(scores))
    years = min(rules.most_years, len(level) // 12)
    if years < rules.least_years or np.isnan(level[-12 * years :]).any():
        return None
    blocks = level[-12 * years :].reshape(years, 12)
    blocks = blocks - blocks.mean(axis=1, keepdims=True)
    ranks = (blocks[:, :, None] > blocks[:, None, :]).sum(axis=2) + (blocks[:, :, None] == blocks[:, None, :]).sum(
        axis=2
    ) / 2
    rotated = np.stack([np.roll(ranks, turn, axis=1) for turn in range(12)], axis=1)
    turns = np.array([(0, *rest) for rest in product(range(12), repeat=years - 1)])
    sums = sum(rotated[year, turns[:, year]] for year in range(years))
    spread = sums.var(axis=1)
    effects = np.roll(blocks.mean(axis=0), last_month)
    return Season(float((spread >= spread[0] - 1e-12).mean()), effects)
