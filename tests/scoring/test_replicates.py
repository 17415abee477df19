"""Scoring thousands of replicates at once is scoring each by itself: kernel, ranks, tiers, bottom places (S4–S7)."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.policy.book import load_policy
from analysis.scoring.kernel import combine, fill_missing, score_totals
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import (
    assign_tiers,
    competition_ranks,
    grade_places,
    largest_remainder,
    mark_bottom,
    tier_if_moved,
)

GRADING = load_policy(Path(__file__).resolve().parents[2]).at("2026-10").grading


BY_LINES = {
    "quotas": {},
    "remainder_order": (),
    "tie_at_line": {},
    "lines": dict(zip(GRADING.tiers, (84.5, 83.0, 82.0, 0.0), strict=True)),
}
GRADINGS = [
    GRADING,
    GRADING.model_copy(update={"tier_scope": "group"}),
    GRADING.model_copy(update=BY_LINES),
    GRADING.model_copy(update=BY_LINES | {"line_is": "above"}),
    GRADING.model_copy(update={"lines": BY_LINES["lines"]}),
    GRADING.model_copy(update={"at_least_one": GRADING.tiers, "tier_scope": "group"}),
]


def tiers_by_hand(scores, keys):
    """One unit group after the other, as the rule is written (S6)."""
    order = [GRADING.tiers.index(tier) for tier in GRADING.remainder_order]
    lines = np.cumsum(largest_remainder(len(scores), tuple(GRADING.quotas.values()), order)).tolist()

    def tier_at(place):
        return next(tier for tier, line in enumerate(lines) if place <= line)

    tiers, place = [None] * len(scores), 0
    for score in sorted(set(scores), reverse=True):
        group = [unit for unit, other in enumerate(scores) if other == score]
        parts = [group]
        if tier_at(place + 1) != tier_at(place + len(group)):
            whole = [k for k in range(keys.shape[1]) if not any(np.isnan(keys[unit, k]) for unit in group)]
            by_key = {}
            for unit in group:
                by_key.setdefault(tuple(-keys[unit, k] for k in whole), []).append(unit)
            parts = [by_key[key] for key in sorted(by_key)]
        for part in parts:
            first, last = tier_at(place + 1), tier_at(place + len(part))
            goes_down = first != last and GRADING.tie_at_line[GRADING.tiers[first]] == "down"
            for unit in part:
                tiers[unit] = first + 1 if goes_down else first
            place += len(part)
    return tiers


districts = st.integers(1, 25).flatmap(
    lambda units: st.tuples(
        st.lists(st.lists(st.integers(80, 86), min_size=units, max_size=units), min_size=1, max_size=4),
        st.lists(
            st.tuples(*[st.sampled_from([1.0, 2.0, np.nan])] * 3),
            min_size=units,
            max_size=units,
        ),
    )
)


@given(districts)
@settings(max_examples=200)
def test_tiers_of_replicates_follow_the_rule_one_by_one(district):
    scores, keys = np.array(district[0], dtype=float), np.array(district[1])
    together, reasons = assign_tiers(scores, keys, GRADING)
    for row, scores_of_one in enumerate(scores):
        assert together[row].tolist() == tiers_by_hand(scores_of_one.tolist(), keys)
        alone, why = assign_tiers(scores_of_one, keys, GRADING)
        assert (together[row] == alone).all()
        assert (reasons[row] == why).all()


@given(districts)
def test_ranks_and_bottom_places_of_replicates_count_who_is_above_and_below(district):
    scores = np.array(district[0], dtype=float)
    above = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    below = (scores[:, None, :] < scores[:, :, None]).sum(axis=2)
    assert (competition_ranks(scores) == 1 + above).all()
    assert (mark_bottom(scores, 5) == (below < 5)).all()
    assert not mark_bottom(scores, 0).any()


@given(districts)
def test_every_way_of_grading_sees_a_replicate_as_it_sees_it_alone_and_never_gives_a_better_score_less(district):
    scores, keys = np.array(district[0], dtype=float), np.array(district[1])
    for grading in GRADINGS:
        tiers, reasons = assign_tiers(scores, keys, grading)
        for row, scores_of_one in enumerate(scores):
            alone, why = assign_tiers(scores_of_one, keys, grading)
            assert (tiers[row] == alone).all() and (reasons[row] == why).all()
            order = np.lexsort([alone, -scores_of_one])
            assert (np.diff(alone[order]) >= 0)[np.diff(scores_of_one[order]) < 0].all()


@given(districts, st.randoms(use_true_random=False))
def test_the_tier_of_a_moved_unit_is_that_of_grading_everyone_again(district, random):
    published, keys = np.array(district[0][0], dtype=float), np.array(district[1])
    moved = np.array([random.randint(79, 87) for _ in published], dtype=float)
    group = np.array(["ab"[place % 2] for place in range(len(published))])
    for grading in GRADINGS:
        got = tier_if_moved(published, moved, keys, group, grading)
        for unit, total in enumerate(moved):
            totals = published.copy()
            totals[unit] = total
            assert got[unit] == grade_places(totals, keys, group, grading)[0][unit]


def test_a_unit_without_a_total_has_no_tier_and_takes_no_place():
    tiers, _ = grade_places(np.array([[np.nan, 90, 80]]), np.full((3, 1), np.nan), np.array(["a"] * 3), GRADING)
    assert tiers.tolist() == [[-1, 1, 2]]
    nobody, _ = grade_places(np.full(3, np.nan), np.full((3, 1), np.nan), np.array(["a"] * 3), GRADING)
    assert nobody.tolist() == [-1, -1, -1]


def test_totals_of_replicates_have_the_bits_of_each_alone():
    rng = np.random.default_rng(5)
    points = np.where(rng.random((300, 20, 23)) < 0.1, np.nan, rng.uniform(0, 100, (300, 20, 23)))
    weights, channels, channel_of = rng.uniform(1, 2, (20, 23)), rng.uniform(10, 30, (20, 4)), rng.integers(0, 4, 23)
    together = score_totals(points, weights, channels, channel_of)[1]
    alone = [score_totals(one, weights, channels, channel_of)[1] for one in points]
    assert np.array_equal(together, alone, equal_nan=True)
    assert np.array_equal(publish(together, GRADING.rounding), publish(np.array(alone), GRADING.rounding))


def test_points_filled_beforehand_have_the_bits_of_missing_ones():
    rng = np.random.default_rng(6)
    points = np.where(rng.random((20, 23)) < 0.3, np.nan, rng.uniform(0, 100, (20, 23)))
    points[0] = np.nan
    weights, channels, channel_of = rng.uniform(1, 2, (20, 23)), rng.uniform(10, 30, (20, 4)), rng.integers(0, 4, 23)
    filled = score_totals(*fill_missing(points, weights), channels, channel_of)
    for one, other in zip(filled, score_totals(points, weights, channels, channel_of), strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    assert np.isnan(filled[1][0])


def test_who_has_no_total_is_never_at_the_bottom_and_few_units_are_all_there():
    scores = np.array([[np.nan, 90, 80, 80, np.nan, 70], [60, np.nan, np.nan, np.nan, np.nan, np.nan]])
    assert mark_bottom(scores, 2).tolist() == [[False, False, True, True, False, True], [True] + [False] * 5]
    assert (mark_bottom(scores, 5) == ~np.isnan(scores)).all()
    assert not mark_bottom(scores, 0).any()


@pytest.mark.parametrize(("mean", "expected"), [("arithmetic", 50), ("geometric", 40), ("harmonic", 32)])
def test_means_of_one_level(mean, expected):
    scores, found = combine(np.array([80.0, 20.0, np.nan]), np.array([1.0, 1.0, 5.0]), np.zeros(3, dtype=int), 1, mean)
    assert scores == pytest.approx([expected])
    assert found == pytest.approx([2])
