"""Margins to the line: each is the smallest change that crosses it (S4–S7, R18, R21)."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.policy.book import load_policy
from analysis.scoring.margin import point_margins, weight_margins
from analysis.scoring.tiers import grade_places, mark_bottom

GRADING = load_policy(Path(__file__).resolve().parents[2]).at("2026-10").grading
NAN = np.nan


BY_LINES = GRADING.model_copy(
    update={
        "quotas": {},
        "remainder_order": (),
        "tie_at_line": {},
        "lines": dict(zip(GRADING.tiers, (80.2, 80.1, 80.05, 0.0), strict=True)),
    }
)
GRADINGS = {
    "quotas": GRADING,
    "lines": BY_LINES,
    "above lines": BY_LINES.model_copy(update={"line_is": "above"}),
    "both": GRADING.model_copy(update={"lines": BY_LINES.lines}),
}


def judged(published, keys, unit, total, grading=GRADING):
    totals = published.copy()
    totals[unit] = total
    group = np.array(["a"] * len(totals))
    tier = grade_places(totals, keys, group, grading)[0][unit]
    return tier, bool(mark_bottom(totals, grading.bottom_places)[unit] or tier == grading.tiers.index("fail"))


@pytest.mark.parametrize("grading", GRADINGS.values(), ids=GRADINGS)
@given(st.lists(st.integers(8000, 8030), min_size=1, max_size=14), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_margin_crosses_the_line_and_one_step_less_does_not(grading, hundredths, random):
    published = np.array(hundredths) / 100
    keys = np.array([[random.choice([1.0, 2.0, NAN])] for _ in published])
    margins = point_margins(published, keys, np.array(["a"] * len(published)), grading)
    for unit, total in enumerate(published):
        tier, listed = judged(published, keys, unit, total, grading)
        up, down, interview = margins.up[unit], margins.down[unit], margins.interview[unit]
        if np.isnan(up):
            assert judged(published, keys, unit, 100.0, grading)[0] == tier
        else:
            assert judged(published, keys, unit, np.round(total + up, 2), grading)[0] < tier
            assert judged(published, keys, unit, np.round(total + up - 0.01, 2), grading)[0] == tier
        if np.isnan(down):
            assert judged(published, keys, unit, 0.0, grading)[0] == tier
        else:
            assert judged(published, keys, unit, np.round(total - down, 2), grading)[0] > tier
            assert judged(published, keys, unit, np.round(total - down + 0.01, 2), grading)[0] == tier
        if not np.isnan(interview):
            assert judged(published, keys, unit, np.round(total + interview, 2), grading)[1] != listed
            nearer = np.round(total + interview - np.sign(interview) * 0.01, 2)
            assert judged(published, keys, unit, nearer, grading)[1] == listed


def test_ten_units_worked_by_hand():
    published = np.array([95, 94, 93, 92, 91, 90, 89, 88, 87, 80], dtype=float)
    margins = point_margins(published, np.full((10, 1), NAN), np.array(["a"] * 10), GRADING)
    # Two are excellent: the third must pass the second; a tie at 优秀 goes down, so it needs a hundredth more.
    assert margins.up[2] == 1.01
    # The second falls once the third stands level with it.
    assert margins.down[1] == 1.0
    # 不达标 is the last place; the ninth shares 达标 with it when level, so it falls below only past it.
    assert margins.down[8] == 7.01
    assert np.isnan(margins.up[0])
    assert np.isnan(margins.down[9])
    # Bottom five: the fifth from below leaves when it passes the next one.
    assert margins.interview[5] == 1.01
    assert margins.interview[4] == -1.0


def test_above_full_marks_and_below_nothing_there_is_no_margin():
    published = np.array([100, 100, 93, 92, 91, 90, 89, 88, 0, 0], dtype=float)
    margins = point_margins(published, np.full((10, 1), NAN), np.array(["a"] * 10), GRADING)
    # Level with the two at 100 a third is tied at the line of 优秀, and goes down with them.
    assert np.isnan(margins.up[2])
    # Level with the two at 0, the eighth is tied at the line of 不达标, which is no cap: it stays.
    assert np.isnan(margins.down[7])


def test_a_unit_without_a_total_has_no_margin_and_one_alone_has_none_to_cross():
    margins = point_margins(np.array([NAN, 80.0]), np.full((2, 1), NAN), np.array(["a", "a"]), GRADING)
    assert np.isnan([margins.up, margins.down, margins.interview]).all()


WEIGHTS = np.array([[20.0, 30, 30, 20]])


def test_weight_moves_from_the_weakest_channels_to_the_strongest():
    scores = np.array([[90.0, 80, 70, 60]])  # total 75: 18 + 24 + 21 + 12
    size, shifts = weight_margins(scores, WEIGHTS, np.array([76.0]), 10)
    # A shift of s on all four gains (90 + 80 − 70 − 60) · s / 100 = 0.4 s.
    assert size == pytest.approx([2.5])
    assert shifts[0] == pytest.approx([2.5, 2.5, -2.5, -2.5])


def test_a_channel_without_data_takes_weight_from_nobody():
    scores = np.array([[90.0, 80, 70, NAN]])
    size, shifts = weight_margins(scores, WEIGHTS, np.array([80.0]), 10)
    moved = (WEIGHTS + shifts)[0, :3]
    assert (moved * scores[0, :3]).sum() / moved.sum() == pytest.approx(80.0)
    assert shifts.sum() == pytest.approx(0)
    assert size[0] < 10


@pytest.mark.parametrize("target", [78.5, 78.74, 78.76])
def test_a_channel_without_data_counts_for_nothing_whichever_way_the_target_lies(target):
    scores = np.array([[90.0, 80, 70, NAN]])  # 6300 / 80 = 78.75
    size, shifts = weight_margins(scores, WEIGHTS, np.array([target]), 10)
    moved = (WEIGHTS + shifts)[0, :3]
    assert size[0] > 0
    assert (moved * scores[0, :3]).sum() / moved.sum() == pytest.approx(target, abs=1e-6)


def test_a_bound_that_is_just_enough_is_enough():
    size, _ = weight_margins(np.array([[90.0, 80, 70, 60]]), WEIGHTS, np.array([76.0]), 2.5)
    assert size == pytest.approx([2.5])


def test_a_channel_may_take_all_weight_and_no_more():
    scores, weights = np.array([[90.0, 50]]), np.array([[95.0, 5]])
    size, shifts = weight_margins(scores, weights, np.array([90.0]), 10)
    assert (size[0], shifts[0]) == (pytest.approx(5), pytest.approx([5, -5]))
    assert np.isnan(weight_margins(scores, weights, np.array([90.5]), 10)[0]).all()


def test_a_unit_without_any_data_has_no_weight_margin():
    size, shifts = weight_margins(np.full((1, 4), NAN), WEIGHTS, np.array([80.0]), 10)
    assert np.isnan(size).all() and np.isnan(shifts).all()


def test_a_unit_with_data_where_little_weighs_reaches_what_it_scores():
    size, _ = weight_margins(np.array([[NAN, 80.0]]), np.array([[99.5, 0.5]]), np.array([80.0]), 10)
    assert size == pytest.approx([0])


def test_a_target_that_is_reached_needs_no_shift():
    size, shifts = weight_margins(np.array([[90.0, 80, 70, 60]]), WEIGHTS, np.array([75.0]), 10)
    assert (size[0], shifts[0]) == (pytest.approx(0), pytest.approx([0, 0, 0, 0]))


def test_beyond_the_bound_there_is_no_weight_margin():
    size, shifts = weight_margins(np.array([[90.0, 80, 70, 60]]), WEIGHTS, np.array([89.0]), 10)
    assert np.isnan(size).all()
    assert np.isnan(shifts).all()


@given(
    st.lists(st.floats(40, 100), min_size=4, max_size=4),
    st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(lambda parts: sum(parts) > 0),
    st.floats(-3, 3),
)
def test_no_random_shift_of_that_size_does_better(scores, parts, gap):
    scores, weights = np.array([scores]), 100 * np.array([parts]) / sum(parts)
    total = (scores * weights).sum() / 100
    size, shifts = weight_margins(scores, weights, np.array([total + gap]), 10)
    if np.isnan(size[0]):
        return
    assert np.abs(shifts).max() <= size[0] + 1e-9
    assert (weights + shifts).min() >= -1e-9
    assert shifts.sum() == pytest.approx(0, abs=1e-9)
    reached = ((weights + shifts) * scores).sum() / 100
    assert reached == pytest.approx(total + gap, abs=1e-6) or size[0] < 1e-6
    rng = np.random.default_rng(0)
    tries = rng.uniform(-1, 1, (2000, 4)) * size[0] * 0.99
    tries -= tries.mean(axis=1, keepdims=True)
    allowed = (np.abs(tries).max(axis=1) <= size[0] * 0.99) & ((weights + tries).min(axis=1) >= 0)
    others = ((weights + tries[allowed]) * scores).sum(axis=1) / 100
    assert (others <= reached + 1e-7).all() if gap > 0 else (others >= reached - 1e-7).all()
