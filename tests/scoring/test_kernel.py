"""The scoring kernel: weights, redistribution, published totals of real hospitals (R17, S11, S13)."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.scoring.kernel import add_adjustments, aggregate, score_totals

NAN = np.nan
CHANNEL_OF = np.array([0, 0, 1, 2])


def total(points, weights=(50, 50, 100, 100), channels=(20, 30, 50)):
    return aggregate(np.array([points], dtype=float), np.array([weights]), np.array([channels]), CHANNEL_OF)


def test_total_is_the_weighted_mean_of_channel_means():
    got = total([80, 100, 60, 90])
    assert got.channel_scores[0] == pytest.approx([90, 60, 90])
    assert got.totals[0] == pytest.approx(0.2 * 90 + 0.3 * 60 + 0.5 * 90)


def test_a_missing_indicator_gives_its_weight_within_the_channel():
    got = total([80, NAN, 60, 90])
    assert got.channel_scores[0, 0] == 80
    assert got.indicator_weights[0] == pytest.approx([20, 0, 30, 50])


def test_an_empty_channel_gives_its_weight_to_the_others_in_proportion():
    got = total([80, 100, NAN, 90])
    assert np.isnan(got.channel_scores[0, 1])
    assert got.channel_weights[0] == pytest.approx([100 * 20 / 70, 0, 100 * 50 / 70])
    assert got.totals[0] == pytest.approx((20 * 90 + 50 * 90) / 70)


def test_a_unit_without_any_data_has_no_total():
    with np.errstate(all="raise"):  # nothing is divided by nothing
        got = total([NAN] * 4)
    assert np.isnan(got.totals[0])
    assert (got.channel_weights == 0).all()


def test_weights_may_have_any_scale():
    parts = total([80, NAN, 60, NAN], weights=(0.05, 0.05, 0.1, 0.1), channels=(0.02, 0.03, 0.05))
    whole = total([80, NAN, 60, NAN])
    assert parts.totals[0] == pytest.approx(whole.totals[0]) == pytest.approx(68)
    assert parts.indicator_weights[0] == pytest.approx([40, 0, 60, 0])
    assert parts.channel_weights[0] == pytest.approx([40, 60, 0])


@given(st.lists(st.one_of(st.floats(0, 100), st.just(NAN)), min_size=4, max_size=4))
def test_weights_in_force_sum_to_100_and_rebuild_the_total(points):
    got = total(points)
    if np.isnan(points).all():
        return
    assert got.indicator_weights.sum() == pytest.approx(100)
    assert got.totals[0] == pytest.approx((got.indicator_weights[0] * np.nan_to_num(points)).sum() / 100)
    assert np.nanmin(points) - 1e-9 <= got.totals[0] <= np.nanmax(points) + 1e-9


def test_leading_axes_are_replicates():
    rng = np.random.default_rng(2)
    points = np.where(rng.random((5, 3, 4)) < 0.2, NAN, rng.uniform(0, 100, (5, 3, 4)))
    weights, channels = rng.uniform(1, 9, (5, 3, 4)), rng.uniform(1, 9, (5, 3, 3))
    together = aggregate(points, weights, channels, CHANNEL_OF).totals
    one_by_one = [aggregate(points[i], weights[i], channels[i], CHANNEL_OF).totals for i in range(5)]
    assert np.array_equal(together, np.array(one_by_one), equal_nan=True)


def test_a_mean_of_full_marks_is_full_marks():
    points, weights = np.full((1, 4), 100.0), np.array([[1.9, 0.3, 2.5, 1.0]])
    given = points, weights, np.array([[1.9, 2.2]]), np.array([0, 0, 0, 1])
    assert all(scores.max() > 100 for scores in score_totals(*given))  # what floats make of it
    full = aggregate(*given)
    assert full.channel_scores.tolist() == [[100.0, 100.0]]
    assert full.totals.tolist() == [100.0]


def test_bonus_is_capped_and_totals_stay_within_0_and_100():
    got = add_adjustments(np.array([90.0, 98, 3, 50]), np.array([9, 4, 0, 0]), np.array([0, 0, 5, 2.5]), bonus_cap=5)
    assert got == pytest.approx([95, 100, 0, 47.5])


def test_totals_of_all_published_hospitals_follow(shared_cases):
    domains = [
        "Unweighted Normalized Clinical Outcomes Domain Score",
        "Unweighted Person and Community Engagement Domain Score",
        "Unweighted Normalized Safety Domain Score",
        "Unweighted Normalized Efficiency and Cost Reduction Domain Score",
    ]
    rows = list(csv.DictReader((shared_cases / "hvbp_tps_fy2021.csv").open(encoding="utf-8")))
    points = np.array([[NAN if row[d] == "Not Available" else float(row[d]) for d in domains] for row in rows])
    published = np.array([float(row["Total Performance Score"]) for row in rows])
    got = aggregate(points, np.full_like(points, 100), np.full_like(points, 25), np.arange(4)).totals
    assert len(rows) == 2676
    assert np.abs(got - published).max() < 1e-9
