"""Sensitivity of ranks to weights, indicators and ways of scoring (OECD/JRC handbook)."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from SALib.sample import sobol as sobol_sample

from analysis.policy.book import load_policy
from analysis.scoring.kernel import score_totals
from analysis.scoring.normalise import normalise
from analysis.scoring.rounding import publish
from analysis.scoring.sensitivity import (
    _is_in_range,
    _move_channels,
    _shift_of_ranks,
    alternatives,
    joint_ranks,
    leave_one_out,
    sensitivity_scope,
    sobol_indices,
    weight_indices,
)
from analysis.scoring.structure import _shape, consistency, correlate_indicators, effective_weights, find_redundant
from analysis.scoring.tiers import competition_ranks

from . import districts

ROOT = Path(__file__).resolve().parents[2]
POLICY = load_policy(ROOT).at("2025-12")
SETTINGS = load_policy(ROOT).at("2025-12").noise.sensitivity


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(3)
    return districts.simulate(districts.resize(POLICY, 30), "spread", districts.NOISES["medium"], rng)[0]


def with_points(inputs, points):
    totals = replace(inputs, points=points).exact_totals()[1]
    return replace(inputs, points=points, published=publish(totals, inputs.grading.rounding))


def test_indices_of_a_known_sum_are_its_shares_of_variance():
    settings = SETTINGS.model_copy(update={"first_samples": 1024, "most_samples": 4096})
    found, status = sobol_indices(lambda x: x @ np.array([3.0, 1.0, 0.0]), 3, 1.0, settings, seed=1)
    assert status == "ok"
    assert found["first_order"] == pytest.approx([0.9, 0.1, 0], abs=0.02)
    assert found["total_effect"] == pytest.approx([0.9, 0.1, 0], abs=0.02)


@pytest.mark.parametrize(("factors", "reach"), [(4, 5.0), (23, 0.5), (7, 0.3)])
def test_doubled_moves_are_those_of_one_large_sample_of_the_library(factors, reach):
    asked = []

    def evaluate(moves):
        asked.append(moves)
        return np.random.default_rng(len(asked)).normal(size=len(moves))

    settings = SETTINGS.model_copy(update={"first_samples": 8, "most_samples": 32, "max_half_width": 1e-9})
    assert sobol_indices(evaluate, factors, reach, settings, seed=7)[1] == "refused"
    problem = {"num_vars": factors, "names": list(range(factors)), "bounds": [[-reach, reach]] * factors}
    at_once = sobol_sample.sample(problem, 32, calc_second_order=False, seed=7)
    assert [len(moves) for moves in asked] == [8 * (factors + 2), 8 * (factors + 2), 16 * (factors + 2)]
    assert np.array_equal(np.concatenate(asked), at_once)


def test_indices_that_leave_their_range_are_refused():
    rng = np.random.default_rng(0)
    settings = SETTINGS.model_copy(update={"first_samples": 8, "most_samples": 16})
    found, status = sobol_indices(lambda x: rng.normal(size=len(x)), 4, 1.0, settings, seed=1)
    assert status == "refused"
    assert np.isnan(found["first_order"]).all()


def test_a_figure_that_never_changes_has_no_indices(inputs):
    _, status = sobol_indices(lambda x: np.zeros(len(x)), 4, 1.0, SETTINGS, seed=1)
    assert status == "constant"
    alone = districts.simulate(districts.resize(POLICY, 1), "spread", districts.NOISES["low"], np.random.default_rng(1))
    assert (weight_indices(alone[0], SETTINGS, 1, "channel_weights")["status"] == "constant").all()


def test_indices_of_indicators_are_those_of_scoring_every_move_as_a_whole(inputs):
    points = inputs.points.copy()
    points[np.random.default_rng(8).random(points.shape) < 0.2] = np.nan
    inputs = with_points(inputs, points)
    weights, adjustments = inputs.weights, np.minimum(inputs.bonus, inputs.grading.bonus_cap) - inputs.deductions

    def shift(moves):
        indicators = weights.indicators * (1 + moves[:, None, :])
        totals = score_totals(points, indicators, weights.channels, weights.channel_of)[1]
        published = publish(np.clip(totals + adjustments, 0, 100), inputs.grading.rounding)
        return np.abs(competition_ranks(published) - competition_ranks(inputs.published)).mean(axis=1)

    found = weight_indices(inputs, SETTINGS, 1, "indicator_weights")
    expected, status = sobol_indices(shift, len(found), SETTINGS.weight_share_pct / 100, SETTINGS, seed=1)
    assert status == "ok"
    for name, values in expected.items():
        assert np.array_equal(found[name], values)


def test_the_channel_in_which_units_differ_decides_ranks(inputs):
    points = np.full(inputs.points.shape, 90.0)
    rng = np.random.default_rng(5)
    for channel in ("daily", "key_work"):
        inside = [place for place, one in enumerate(inputs.indicators) if one.channel == channel]
        points[:, inside] = 90 + rng.normal(0, 3, (30, 1))
    found = weight_indices(with_points(inputs, points), SETTINGS, 1, "channel_weights").set_index("factor")
    assert (found["status"] == "ok").all()
    assert found.loc[["daily", "key_work"], "total_effect"].min() > 0.1
    assert found.loc[["info_system", "random"], "total_effect"].max() < 0.1


def test_moved_channel_weights_never_fall_below_nothing(inputs):
    channels = np.tile([2.0, 40, 38, 20], (30, 1))
    inputs = with_points(
        replace(inputs, weights=replace(inputs.weights, channels=channels)), np.nan_to_num(inputs.points, nan=80)
    )
    moves = np.array([[-5.0, 0, 0, 0], [5, -5, 2, 1]])
    scores, _ = inputs.exact_totals()
    expected = []
    for weights in ([0, 40, 38, 20], [7, 35, 40, 21]):
        published = publish((scores * weights).sum(axis=1) / sum(weights), inputs.grading.rounding)
        expected.append(np.abs(competition_ranks(published) - competition_ranks(inputs.published)).mean())
    assert _shift_of_ranks(inputs, moves, _move_channels).tolist() == expected


RIGHT = {"first_order": 0.4, "first_order_half_width": 0.05, "total_effect": 0.5, "total_effect_half_width": 0.05}


@pytest.mark.parametrize(
    ("told", "is_right"),
    [
        ({}, True),
        ({"first_order": -0.009}, True),
        ({"first_order": -0.02}, False),
        ({"total_effect": 1.009}, True),
        ({"total_effect": 1.02}, False),
        ({"first_order_half_width": 0.1}, True),
        ({"first_order_half_width": 0.11}, False),
        ({"total_effect_half_width": 0.11}, False),
        ({"first_order": 0.6}, True),  # above the total by no more than both intervals
        ({"first_order": 0.61}, False),
    ],
)
def test_indices_are_right_within_0_and_1_with_narrow_intervals_and_no_more_than_the_total(told, is_right):
    indices = {name: np.array([value, RIGHT[name]]) for name, value in (RIGHT | told).items()}
    assert _is_in_range(indices, 0.1) == is_right


def test_leaving_an_indicator_out_is_scoring_without_it(inputs):
    found = leave_one_out(inputs).set_index("factor")
    points = inputs.points.copy()
    points[:, inputs.weights.indicator_ids.index("common-06")] = np.nan
    without = with_points(inputs, points).published
    shift = np.abs(competition_ranks(without) - competition_ranks(inputs.published))
    assert found.loc["common-06", "mean_rank_shift"] == shift.mean()
    assert found.loc["common-06", "max_rank_shift"] == shift.max()
    assert len(found) == 23


def test_an_indicator_in_which_all_are_equal_changes_little_when_left_out(inputs):
    points = np.full(inputs.points.shape, 90.0)
    points[:, 0] -= np.arange(30)
    found = leave_one_out(with_points(inputs, points)).set_index("factor")
    assert found["max_rank_shift"].drop(inputs.weights.indicator_ids[0]).max() == 0


def test_other_ways_of_scoring_are_told_beside_the_rules_own(inputs):
    found = alternatives(inputs).set_index("factor")
    assert found.loc["points/arithmetic", "max_rank_shift"] == 0
    assert found.loc["points/arithmetic", "rank_correlation"] == pytest.approx(1)
    assert found["rank_correlation"].between(-1, 1).all()
    assert found.loc["points/arithmetic", "n_tier_changes"] == 0
    assert len(found) == 10


def test_bonus_and_deductions_count_as_in_the_rules_whatever_the_way_of_scoring(inputs):
    bonus, deductions = np.linspace(0, 9, 30), np.linspace(0, 20, 30)[::-1]
    totals = inputs.exact_totals()[1] + np.minimum(bonus, 5) - deductions
    published = publish(np.clip(totals, 0, 100), inputs.grading.rounding)
    adjusted = replace(inputs, bonus=bonus, deductions=deductions, published=published)
    assert np.ptp(published) > 0
    assert alternatives(adjusted).set_index("factor").loc["points/arithmetic", "max_rank_shift"] == 0


def test_a_single_0_does_not_pull_a_geometric_mean_below_a_unit_that_is_poor_in_all(inputs):
    points = np.full(inputs.points.shape, 2.0)
    points[0], points[0, 0] = 100.0, 0.0
    found = alternatives(with_points(inputs, points)).set_index("factor")
    assert (found.filter(like="points/", axis=0)["max_rank_shift"] == 0).all()


def test_two_units_that_change_places_are_ranked_the_other_way_round(inputs):
    pair = districts.simulate(districts.resize(POLICY, 2), "equal", districts.NOISES["low"], np.random.default_rng(1))
    points = np.full(pair[0].points.shape, 90.0)
    points[0, 0], points[1, 1] = 100, 95
    with np.errstate(all="raise"):
        found = leave_one_out(with_points(pair[0], points))
    assert found["rank_correlation"].iloc[0] == pytest.approx(-1)
    assert found["rank_correlation"].iloc[2:].to_numpy() == pytest.approx(1)
    points[1, 1] = 90
    without = leave_one_out(with_points(pair[0], points))["rank_correlation"]
    assert np.isnan(without.iloc[0]) and without.iloc[1:].to_numpy() == pytest.approx(1)


def test_normalisations_keep_the_order_and_put_equals_in_the_middle():
    points = np.array([[90.0, 5, np.nan], [80, 5, 1], [70, 5, 2]])
    for way in ("points", "min_max", "z_score", "rank"):
        scaled = normalise(points, way)
        assert (np.diff(scaled[:, 0]) < 0).all()
        assert np.isnan(scaled[0, 2])
    assert normalise(points, "min_max")[:, 0] == pytest.approx([100, 50, 0])
    assert normalise(points, "rank")[:, 0] == pytest.approx([100, 50, 0])
    for way in ("min_max", "z_score", "rank"):
        assert normalise(points, way)[:, 1] == pytest.approx([50, 50, 50])
    assert normalise(points, "min_max", needs_positive=True)[:, 0] == pytest.approx([100, 50.5, 1])


def test_each_way_brings_hand_worked_marks_to_its_scale():
    points = np.array([[90.0, 90.0, 90], [80, 90.5, 90], [70, np.nan, 70]])
    spread = np.sqrt(200 / 3)
    z = normalise(points, "z_score")
    assert z[:, 0] == pytest.approx([50 + 100 / spread, 50, 50 - 100 / spread])
    assert z[:2, 1] == pytest.approx([40, 60])  # half a point apart, each one deviation from the mean
    assert normalise(points, "min_max")[:2, 1] == pytest.approx([0, 100])
    assert normalise(points, "rank")[:, 2] == pytest.approx([75, 75, 0])


@pytest.mark.parametrize("way", ["min_max", "z_score", "rank"])
def test_what_one_unit_alone_has_is_in_the_middle_and_what_nobody_has_is_missing(way):
    scaled = normalise(np.array([[90.0, np.nan], [np.nan, np.nan]]), way)
    assert scaled[0, 0] == 50
    assert np.isnan([scaled[1, 0], *scaled[:, 1]]).all()


def test_effective_weights_are_shares_of_the_spread_and_sum_to_100(inputs):
    found = effective_weights(inputs)
    assert found["weight_pct"].sum() == pytest.approx(100)
    assert found["effective_pct"].sum() == pytest.approx(100)
    points = np.full(inputs.points.shape, 90.0)
    points[:, 0] += np.arange(30) / 10
    only = effective_weights(with_points(inputs, points))
    assert only["effective_pct"].iloc[0] == pytest.approx(100)
    assert only["correlation"].iloc[1:].isna().all()


def few(inputs, count: int, points: np.ndarray):
    """The first units alone, with these points."""
    weights = replace(
        inputs.weights, indicators=inputs.weights.indicators[:count], channels=inputs.weights.channels[:count]
    )
    return with_points(
        replace(inputs, weights=weights, unit_ids=inputs.unit_ids[:count], credibility=inputs.credibility[:count]),
        points,
    )


def test_effective_weights_do_not_depend_on_the_level_of_points(inputs):
    points = np.clip(inputs.points, 50, 90)
    points[np.random.default_rng(3).random(points.shape) < 0.2] = np.nan
    low, high = (effective_weights(with_points(inputs, points + level))["effective_pct"] for level in (0, 5))
    assert low.sum() == pytest.approx(100)
    assert low.to_numpy() == pytest.approx(high.to_numpy(), abs=0.1)  # totals are published


def test_the_spread_of_totals_needs_two_units_that_differ(inputs):
    points = np.full((2, 23), 90.0)
    points[0, 0] = 92
    two = effective_weights(few(inputs, 2, points))
    assert two["effective_pct"].iloc[0] == pytest.approx(100)
    assert two["spread_points"].tolist() == [1.0, *[0.0] * 22]
    assert effective_weights(few(inputs, 1, points[:1]))["effective_pct"].isna().all()


@pytest.mark.parametrize(("count", "is_enough"), [(9, False), (10, True)])
def test_a_correlation_needs_ten_units(inputs, count, is_enough):
    points = np.tile(90 + np.arange(count)[:, None] / 100, (1, 23))
    points[:, 1] = 180 - points[:, 0]
    found = few(inputs, count, points)
    pairs = correlate_indicators(found)
    assert len(pairs) == 23 * 22 / 2
    assert (pairs["n_units"] == count).all()
    assert pairs["correlation"].iloc[:2].to_numpy() == pytest.approx(
        [-1, 1] if is_enough else [np.nan] * 2, nan_ok=True
    )
    assert np.isnan(consistency(found)) != is_enough


def test_a_pair_at_the_threshold_is_redundant():
    told = {"indicator_id": ["a", "b", "a"], "other_id": ["b", "c", "c"], "correlation": [0.92, 0.919, 0.93]}
    found = find_redundant(pd.DataFrame(told), 0.92)
    assert found["other_id"].to_dict() == {0: "c", 1: "b"}  # the closest first


def test_the_consistency_of_two_channels_worked_by_hand():
    """0 to 9 has a variance of 8.25, twice as much 33, the sum of both 74.25."""
    one = np.arange(10.0)
    told = np.array([one, 2 * one]).T
    assert consistency(SimpleNamespace(exact_totals=lambda: (told, None))) == pytest.approx(2 * (1 - 41.25 / 74.25))
    assert np.isnan(consistency(SimpleNamespace(exact_totals=lambda: (told[:, :1], None))))


def test_two_indicators_that_say_the_same_are_redundant(inputs):
    points = inputs.points.copy()
    points[:, 1] = points[:, 0] / 2
    pairs = find_redundant(correlate_indicators(with_points(inputs, points)), SETTINGS.redundant_correlation)
    assert pairs.iloc[0][["indicator_id", "other_id"]].tolist() == inputs.weights.indicator_ids[:2]
    assert pairs.iloc[0]["correlation"] == pytest.approx(1)


def test_channels_that_agree_are_consistent(inputs):
    points = np.tile(90 + np.arange(30)[:, None] / 100, (1, 23))
    assert consistency(with_points(inputs, points)) == pytest.approx(1)
    assert np.isnan(consistency(with_points(inputs, np.full((30, 23), 90.0))))


@pytest.mark.slow
def test_the_table_holds_every_analysis(inputs):
    table = sensitivity_scope(inputs, SETTINGS, seed=1)
    counts = table["analysis"].value_counts().to_dict()
    assert counts == {"channel_weights": 4, "indicator_weights": 23, "leave_one_out": 23, "alternative": 10}


def test_who_is_best_in_everything_stays_first_however_it_is_scored(inputs):
    points = np.linspace(95, 60, 30)[:, None] - np.linspace(0, 5, len(inputs.indicators))
    found = joint_ranks(with_points(inputs, points), SETTINGS, seed=1)
    places = found.loc[found.sort_values("rank").index, ["rank", "rank_low", "rank_median", "rank_high"]]
    adjusted = (inputs.bonus != inputs.deductions).any()
    assert not adjusted
    assert (places.nunique(axis=1) == 1).all()


def test_places_span_what_leaving_one_indicator_out_does(inputs):
    """Two units: one is better by 1 in all indicators but one, in which it is worse by 60; without that it is first."""
    points = np.full((30, len(inputs.indicators)), np.nan)
    points[0], points[1] = 81.0, 80.0
    points[0, 0] = 20.0
    found = joint_ranks(with_points(inputs, points), SETTINGS, seed=1).set_index("unit_id")
    assert len(found) == 2  # who has no total has no place
    assert found.loc[inputs.unit_ids[0], ["rank_low", "rank_high"]].tolist() == [1, 2]


def test_places_are_those_of_scoring_every_draw_by_itself(inputs):
    settings = SETTINGS.model_copy(update={"joint_samples": 20, "joint_means": ("arithmetic",)})
    points = inputs.points.copy()
    points[np.random.default_rng(8).random(points.shape) < 0.2] = np.nan
    inputs = replace(with_points(inputs, points), bonus=np.linspace(0, 50, 30), deductions=np.linspace(70, 0, 30))
    rng, weights, places = np.random.default_rng(5), inputs.weights, []
    factors = len(inputs.indicators)
    for way in ("points", "min_max", "z_score", "rank"):
        moves, left_out = rng.uniform(-1, 1, (20, factors)), rng.integers(factors + 1, size=20)
        shifts = rng.uniform(-1, 1, (20, 1, 4))
        for draw in range(20):
            scaled = normalise(points, way).copy()
            if left_out[draw] < factors:
                scaled[:, left_out[draw]] = np.nan
            shares = weights.indicators * (1 + settings.weight_share_pct / 100 * moves[draw])
            channels = np.maximum(weights.channels + settings.weight_points * shifts[draw], 0)
            totals = score_totals(scaled, shares, channels, weights.channel_of)[1]
            adjusted = np.clip(totals + np.minimum(inputs.bonus, inputs.grading.bonus_cap) - inputs.deductions, 0, 100)
            places.append(competition_ranks(publish(adjusted, inputs.grading.rounding)))
    found = joint_ranks(inputs, settings, seed=5).set_index("unit_id").loc[inputs.unit_ids]
    ordered = np.sort(places, axis=0)
    assert found["rank_low"].tolist() == ordered[3].tolist()  # the fourth of 80 is the first that 5 % reach
    assert found["rank_median"].tolist() == ordered[39].tolist()
    assert found["rank_high"].tolist() == ordered[75].tolist()


def test_an_outlier_shows_in_skewness_and_kurtosis(inputs):
    """29 units at 90 and one at 30: skewness −28 / √29, kurtosis 28² / 29 + 1 − 3."""
    points = np.full(inputs.points.shape, np.nan)
    points[:, 0], points[0, 0] = 90.0, 30.0
    points[:, 1] = np.linspace(90, 90.3, 30)
    shape = effective_weights(with_points(inputs, points)).iloc[[0, 1, 2]]
    assert shape["skewness"].iloc[0] == pytest.approx(-28 / np.sqrt(29))
    assert shape["kurtosis"].iloc[0] == pytest.approx(28**2 / 29 - 2)
    assert shape["skewness"].iloc[1] == pytest.approx(0, abs=1e-9)
    assert shape[["skewness", "kurtosis"]].iloc[2].isna().all()


def test_the_shape_of_ten_values_is_known_and_that_of_nine_is_not():
    """Nine zeros and a one: mean 0.1, standard deviation 0.3, third moment 0.072, fourth 0.0657."""
    values = np.array([0.0] * 9 + [1.0])
    assert _shape(values) == pytest.approx((0.072 / 0.3**3, 0.0657 / 0.3**4 - 3))
    assert np.isnan(_shape(values[:9])).all() and np.isnan(_shape(np.full(10, 0.5))).all()
