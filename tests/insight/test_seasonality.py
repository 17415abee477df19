import numpy as np
import pytest
from scipy import stats

from analysis.insight.seasonality import find_season
from analysis.policy.trends import SeasonalityRules

RULES = SeasonalityRules(least_years=3, most_years=4)


def noise(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count)


def test_a_season_is_found_with_its_months():
    """46 months from January: July is high every year, so is the season seen from October."""
    months = np.arange(46) % 12
    season = find_season(10, 85 + 0.3 * noise(46) + 3 * (months == 6) - 3 * (months == 1), 0.0, RULES)
    assert season.p_value <= 0.05
    assert season.effects.argmax() + 1 == 7
    assert season.effects.argmin() + 1 == 2


def test_noise_has_a_season_as_rarely_as_stated():
    found = [find_season(12, noise(36, seed), 0.0, RULES).p_value <= 0.05 for seed in range(200)]
    assert np.mean(found) <= 0.10


def test_slow_drift_is_not_taken_for_a_season_more_often():
    found = []
    for seed in range(200):
        series, shocks = np.zeros(48), noise(48, seed)
        for month in range(1, 48):
            series[month] = 0.7 * series[month - 1] + shocks[month]
        found.append(find_season(12, series[-36:], 0.0, RULES).p_value <= 0.05)
    assert np.mean(found) <= 0.12


def test_a_trend_is_taken_out_first():
    rising = 80 + 0.5 * np.arange(36) + noise(36, 3)
    with_trend, without = find_season(12, rising, 0.0, RULES), find_season(12, rising, 0.5, RULES)
    assert np.abs(without.effects).max() < np.abs(with_trend.effects).max()


@pytest.mark.parametrize("scores", [np.zeros(35), np.r_[np.zeros(20), np.nan, np.zeros(15)]], ids=["short", "gap"])
def test_without_three_whole_years_there_is_no_answer(scores):
    assert find_season(12, scores, 0.0, RULES) is None


PATTERN = np.array([3.0, -1, 4, 1, -5, 9, -2, 6, 5, -3, 8, -7])


@pytest.mark.parametrize(("years", "rotations"), [(3, 12**2), (4, 12**3), (5, 12**3)])
def test_of_all_rotations_only_the_one_seen_is_as_regular_as_a_season_without_noise(years, rotations):
    season = find_season(12, 80 + np.tile(PATTERN, years), 0.0, RULES)
    assert season.p_value == pytest.approx(1 / rotations)
    assert season.effects == pytest.approx(PATTERN - PATTERN.mean())


def test_a_month_that_is_level_with_another_shares_its_rank():
    flat = np.zeros(12)
    flat[3] = 1.0  # eleven months level, one above them
    season = find_season(12, np.tile(flat, 3), 0.0, RULES)
    assert season.p_value == pytest.approx(1 / 144)
    assert find_season(12, np.zeros(36), 0.0, RULES).p_value == 1


def test_months_of_one_score_share_the_mean_of_their_ranks():
    years = np.random.default_rng(4).integers(0, 4, (3, 12)).astype(float)
    ranks = stats.rankdata(years, axis=1)
    turned = [ranks[0] + np.roll(ranks[1], a) + np.roll(ranks[2], b) for a in range(12) for b in range(12)]
    spread = np.var(turned, axis=1)
    expected = (spread >= spread[0] - 1e-9).mean()
    assert find_season(12, years.ravel(), 0.0, RULES).p_value == pytest.approx(expected)


def test_the_slope_that_is_taken_out_is_that_of_a_month():
    season = find_season(12, 0.5 * np.arange(36) + np.tile(PATTERN, 3), 0.5, RULES)
    assert season.effects == pytest.approx(PATTERN - PATTERN.mean())


def test_months_before_the_whole_years_are_not_looked_at():
    longer = np.r_[70.0, np.nan, np.nan, 90.0, 80 + np.tile(PATTERN, 3)]
    season = find_season(12, longer, 0.0, RULES)
    assert season.effects == pytest.approx(PATTERN - PATTERN.mean())
