import numpy as np
import pytest

from analysis.insight import change_points
from analysis.insight.change_points import can_find_changes, chance_of_change, find_changes
from analysis.policy.trends import ChangePointRules

pytestmark = pytest.mark.skipif(not can_find_changes(), reason="ruptures has no build for this Python")
RULES = ChangePointRules(least_months=36, least_segment_months=6, penalty=3.5)


def noise(seed: int = 1, count: int = 46) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count)


@pytest.mark.parametrize("place", [20, 21])
def test_a_shift_of_level_is_found_in_its_month(place):
    assert find_changes(85 + noise() + 6 * (np.arange(46) >= place), 0.0, RULES) == [place]


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
    assert find_changes(noise(1, 5), 0.0, RULES) == []


def test_a_straight_line_whose_figures_are_rounded_has_no_change():
    line = 80 + 0.1 * np.arange(46)
    assert find_changes(line, 0.0, RULES) == []
    assert chance_of_change(line, 0.0, RULES) == 1


def test_costs_are_the_squared_distances_from_the_segments_own_line():
    from analysis.insight.change_points import _lines

    scores, months = noise(4) + 85, np.arange(46.0)
    cost = _lines().fit(scores.reshape(-1, 1))
    line = np.polyfit(months[5:31], scores[5:31], 1)
    assert cost.error(5, 31) == pytest.approx(((scores[5:31] - np.polyval(line, months[5:31])) ** 2).sum())


@pytest.mark.parametrize("rho", [0.0, 0.4])
@pytest.mark.parametrize("place", [20, 21])
def test_a_cut_must_gain_more_than_the_penalty_times_the_noise(rho, place):
    scores, months = noise(7) + 4 * (np.arange(46) >= place), np.arange(46.0)

    def cost(start: int, end: int) -> float:
        line = np.polyfit(months[start:end], scores[start:end], 1)
        return ((scores[start:end] - np.polyval(line, months[start:end])) ** 2).sum()

    gain = cost(0, 46) - min(cost(0, cut) + cost(cut, 46) for cut in range(6, 41))
    most = gain / (np.diff(scores).var() / 2 * (1 + rho) / (1 - rho) ** 2 * np.log(46))
    for penalty, is_found in ((0.999 * most, True), (1.001 * most, False)):
        found = find_changes(scores, rho, RULES.model_copy(update={"penalty": penalty}))
        assert bool(found) == is_found


def test_a_series_of_two_shortest_segments_can_be_cut_in_its_middle():
    scores = noise(2, 12) / 10 + 9 * (np.arange(12) >= 6)
    rules = RULES.model_copy(update={"penalty": 0.5})
    assert find_changes(scores, 0.0, rules) == [6]
    assert find_changes(scores[1:], 0.0, rules) == []
    assert chance_of_change(scores, 0.0, rules) < 0.05 < chance_of_change(scores[1:], 0.0, rules) == 1
    shorter = rules.model_copy(update={"least_segment_months": 3})
    assert find_changes(scores[3:9], 0.0, shorter) == [3]


def test_a_straight_segment_costs_nothing():
    from analysis.insight.change_points import _lines

    assert _lines().fit((85 + 0.3 * np.arange(46)).reshape(-1, 1)).error(5, 31) == pytest.approx(0, abs=1e-8)


def test_a_shift_is_rare_by_chance_and_noise_is_not():
    shifted = 85 + noise() + 6 * (np.arange(46) >= 20)
    assert chance_of_change(shifted, 0.0, RULES) == 1 / 10_000  # of 9,999 by chance none gains as much
    assert chance_of_change(shifted, 0.7, RULES) > 0.001  # a wandering series looks like it
    assert chance_of_change(np.full(46, 90.0), 0.0, RULES) == 1
    assert chance_of_change(np.arange(8.0), 0.0, RULES) == 1


def test_the_probability_is_evenly_spread_where_nothing_changed():
    found = np.array([chance_of_change(noise(seed), 0.0, RULES) for seed in range(400)])
    assert np.mean(found < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(found < 0.5) == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("place", [0, 5, 6, 40, 41])
def test_the_gain_is_that_of_the_best_cut_by_the_segments_own_lines(place):
    from analysis.insight.change_points import _best_gain, _lines

    scores = noise(7) + 85 + 9 * (np.arange(46) >= place)
    cost = _lines().fit(scores.reshape(-1, 1))
    best = min(cost.error(0, cut) + cost.error(cut, 46) for cut in range(6, 41))
    expected = (cost.error(0, 46) - best) / np.var(np.diff(scores))
    assert _best_gain(scores[None, :], 6)[0] == pytest.approx(expected)


def test_chance_is_simulated_on_series_whose_neighbours_correlate(monkeypatch):
    monkeypatch.setattr(change_points, "_SIMULATED", 3)
    shocks, gains = np.random.default_rng([20230101, 12]).normal(size=(3, 12)), []
    for own in shocks:
        series = [own[0]]
        for shock in own[1:]:
            series.append(0.6 * series[-1] + 0.8 * shock)
        gains.append(change_points._best_gain(np.array([series]), 6)[0])
    assert change_points._gains_by_chance.__wrapped__(12, 0.6, 6) == pytest.approx(sorted(gains))
    # Of three by chance and the one at hand, as many gain as much.
    asked = []
    monkeypatch.setattr(change_points, "_gains_by_chance", lambda *of: asked.append(of) or np.array([1.0, 2.0, 3.0]))
    scores = np.array([series])
    for own, share in ((0.5, 4), (1.0, 4), (1.5, 3), (3.0, 2), (3.5, 1)):
        monkeypatch.setattr(change_points, "_best_gain", lambda *_, own=own: np.array([own]))
        assert chance_of_change(scores[0], 0.123, RULES) == share / 4
    assert set(asked) == {(12, 0.12, 6)}
