import numpy as np
import pytest

from analysis.insight.change_points import can_find_changes, find_changes
from analysis.policy.trends import ChangePointRules

pytestmark = pytest.mark.skipif(not can_find_changes(), reason="ruptures has no build for this Python")
RULES = ChangePointRules(least_months=36, least_segment_months=6, penalty=3.5)


def noise(seed: int = 1, count: int = 46) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count)


def test_a_shift_of_level_is_found_in_its_month():
    assert find_changes(85 + noise() + 6 * (np.arange(46) >= 20), 0.0, RULES) == [20]


def test_a_turn_of_slope_is_found_near_its_month():
    months = np.arange(46)
    found = find_changes(80 + noise() + np.maximum(0, months - 22) * 2.0, 0.0, RULES)
    assert len(found) == 1
    assert abs(found[0] - 22) <= 3


def test_a_steady_rise_is_no_change():
    found = [find_changes(80 + np.arange(46) * 0.1 + noise(seed), 0.0, RULES) for seed in range(30)]
    assert sum(map(bool, found)) <= 1


def test_slow_drift_is_not_cut_into_pieces():
    """A wandering series looks like shifts; said to be autocorrelated, it has none, and a real shift still shows."""
    shocks, drift = np.random.default_rng(5).normal(size=60), np.zeros(60)
    for month in range(1, 60):
        drift[month] = 0.6 * drift[month - 1] + shocks[month]
    assert find_changes(drift[-46:], 0.6, RULES) == []
    assert find_changes(drift[-46:] + 12 * (np.arange(46) >= 20), 0.6, RULES) == [20]


def test_a_constant_or_short_series_has_no_change():
    assert find_changes(np.full(46, 90.0), 0.0, RULES) == []
    assert find_changes(np.arange(8.0), 0.0, RULES) == []


def test_costs_are_the_squared_distances_from_the_segments_own_line():
    from analysis.insight.change_points import _lines

    scores, months = noise(4) + 85, np.arange(46.0)
    cost = _lines().fit(scores.reshape(-1, 1))
    line = np.polyfit(months[5:31], scores[5:31], 1)
    assert cost.error(5, 31) == pytest.approx(((scores[5:31] - np.polyval(line, months[5:31])) ** 2).sum())
