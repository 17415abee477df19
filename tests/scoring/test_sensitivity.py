"""Sensitivity of ranks to weights, indicators and ways of scoring (OECD/JRC handbook)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from SALib.sample import sobol as sobol_sample

from analysis.policy.book import load_policy
from analysis.scoring.kernel import score_totals
from analysis.scoring.normalise import normalise
from analysis.scoring.rounding import publish
from analysis.scoring.sensitivity import (
    alternatives,
    leave_one_out,
    sensitivity_scope,
    sobol_indices,
    weight_indices,
)
from analysis.scoring.structure import consistency, correlate_indicators, effective_weights, find_redundant
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
    assert len(found) == 10


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


def test_effective_weights_are_shares_of_the_spread_and_sum_to_100(inputs):
    found = effective_weights(inputs)
    assert found["weight_pct"].sum() == pytest.approx(100)
    assert found["effective_pct"].sum() == pytest.approx(100)
    points = np.full(inputs.points.shape, 90.0)
    points[:, 0] += np.arange(30) / 10
    only = effective_weights(with_points(inputs, points))
    assert only["effective_pct"].iloc[0] == pytest.approx(100)
    assert only["correlation"].iloc[1:].isna().all()


def test_two_indicators_that_say_the_same_are_redundant(inputs):
    points = inputs.points.copy()
    points[:, 1] = points[:, 0] / 2
    pairs = find_redundant(correlate_indicators(with_points(inputs, points)), SETTINGS.redundant_correlation)
    assert pairs.iloc[0][["indicator_id", "other_id"]].tolist() == inputs.weights.indicator_ids[:2]
    assert pairs.iloc[0]["correlation"] == pytest.approx(1)


def test_channels_that_agree_are_consistent(inputs):
    points = np.tile(90 + np.arange(30)[:, None] / 10, (1, 23))
    assert consistency(with_points(inputs, points)) == pytest.approx(1)
    assert np.isnan(consistency(with_points(inputs, np.full((30, 23), 90.0))))


@pytest.mark.slow
def test_the_table_holds_every_analysis(inputs):
    table = sensitivity_scope(inputs, SETTINGS, seed=1)
    counts = table["analysis"].value_counts().to_dict()
    assert counts == {"channel_weights": 4, "indicator_weights": 23, "leave_one_out": 23, "alternative": 10}
