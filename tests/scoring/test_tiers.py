"""Ranks, quotas, ties, judgement and veto (R19, S3–S8, S17)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.policy.models import Grading, Tiers
from analysis.scoring.tiers import (
    apply_judgements,
    apply_vetoes,
    assign_tiers,
    competition_ranks,
    grade_places,
    largest_remainder,
    mark_bottom,
    tier_if_moved,
)
from analysis.scoring.units import grade

ROOT = Path(__file__).resolve().parents[2]
GRADING = load_policy(ROOT).at("2026-10").grading
SCENARIOS = yaml.safe_load((ROOT / "tests/scenarios/tiers.yml").read_text(encoding="utf-8"))
ORDER = [GRADING.tiers.index(tier) for tier in GRADING.remainder_order]


def frame(units):
    return pd.DataFrame(
        {
            "unit_id": [f"U{number:03d}" for number in range(len(units))],
            "group": [unit.get("group", "a") for unit in units],
            "total": [np.nan if unit["score"] is None else unit["score"] for unit in units],
            "workload_per_head": [unit.get("workload", np.nan) for unit in units],
            "key_work_score": [unit.get("key_work", np.nan) for unit in units],
            "deductions": [float(unit.get("deductions", 0)) for unit in units],
        }
    ).astype({"total": float, "workload_per_head": float, "key_work_score": float})


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s['rule']} {s['name']}")
def test_scenario(scenario):
    graded = grade(frame(scenario["given"]["units"]), GRADING)
    expect = scenario["expect"]
    if "tiers" in expect:
        assert graded["tier"].tolist() == expect["tiers"]
    if "bottom" in expect:
        assert np.flatnonzero(graded["is_bottom_five"]).tolist() == expect["bottom"]


def test_85_units_make_17_43_17_8():
    assert largest_remainder(85, tuple(GRADING.quotas.values()), ORDER) == [17, 43, 17, 8]


@given(st.integers(0, 400), st.lists(st.integers(1, 50), min_size=4, max_size=4))
def test_quotas_always_add_up_and_stay_within_one_of_the_share(count, parts):
    shares = [100 * part / sum(parts) for part in parts]
    got = largest_remainder(count, shares, ORDER)
    assert sum(got) == count
    assert all(abs(whole - count * share / 100) < 1 + 1e-9 for whole, share in zip(got, shares, strict=True))


def test_equal_remainders_are_served_in_the_stated_order():
    assert largest_remainder(1, (25, 25, 25, 25), ORDER) == [0, 1, 0, 0]
    assert largest_remainder(2, (25, 25, 25, 25), ORDER) == [0, 1, 1, 0]
    assert largest_remainder(3, (25, 25, 25, 25), ORDER) == [1, 1, 1, 0]


def test_competition_ranks_take_the_best_place_on_ties():
    assert competition_ranks(np.array([90.0, 95, 90, 80])).tolist() == [2, 1, 2, 4]
    assert competition_ranks(np.array([[95.0, 95, 80], [80, 95, 95]])).tolist() == [[1, 1, 3], [3, 1, 1]]
    np.testing.assert_array_equal(competition_ranks(np.array([np.nan, 80, 90])), [np.nan, 2, 1])


units_strategy = st.lists(
    st.fixed_dictionaries(
        {"score": st.integers(80, 86)},
        optional={"workload": st.integers(1, 3), "key_work": st.integers(88, 90), "deductions": st.integers(0, 2)},
    ),
    min_size=1,
    max_size=40,
)


@given(units_strategy, st.randoms(use_true_random=False))
def test_tiers_do_not_depend_on_the_order_of_rows(units, random):
    table = frame(units)
    order = random.sample(range(len(units)), len(units))
    one = grade(table, GRADING).sort_values("unit_id", ignore_index=True)
    other = grade(table.iloc[order].reset_index(drop=True), GRADING).sort_values("unit_id", ignore_index=True)
    pd.testing.assert_frame_equal(one, other)


@given(units_strategy)
def test_a_better_score_never_has_a_worse_tier_and_excellent_never_exceeds_its_quota(units):
    graded = grade(frame(units), GRADING)
    place = graded["tier"].map(GRADING.tiers.index)
    for better in range(len(graded)):
        worse = graded["total"] < graded["total"].iloc[better]
        assert (place[worse] >= place.iloc[better]).all()
    quota = largest_remainder(len(graded), tuple(GRADING.quotas.values()), ORDER)
    assert (graded["tier"] == "excellent").sum() <= quota[0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 9))
def test_the_bottom_is_everyone_with_fewer_than_five_below(scores, places):
    values = np.array(scores, dtype=float)
    marked = mark_bottom(values, places)
    below = (values[None, :] < values[:, None]).sum(axis=1)
    assert (marked == (below < places)).all()


def test_each_replicate_has_ties_of_its_own():
    """Two of ten are excellent: the first replicate has a tie there that keys settle, the second one at the last."""
    totals = np.array([[95.0, 91, 91, 90, 89, 88, 87, 86, 85, 80], [95, 94, 93, 92, 91, 90, 89, 88, 80, 80]])
    keys = np.array([[1.0], [1], [2], [1], [1], [1], [1], [1], [1], [2]])
    together = assign_tiers(totals, keys, GRADING)
    alone = [assign_tiers(row, keys, GRADING) for row in totals]
    assert [part.tolist() for part in together] == [[one[part].tolist() for one in alone] for part in (0, 1)]
    assert together[0].tolist() == [[0, 1, 0, 1, 1, 1, 1, 2, 2, 3], [0, 0, 1, 1, 1, 1, 1, 2, 3, 2]]
    assert np.flatnonzero(together[1] == "tie_key").tolist() == [1, 2, 18, 19]


def test_who_has_no_total_has_no_tier():
    tiers, reasons = grade_places(np.array([np.nan, 80.0]), np.empty((2, 0)), np.zeros(2), GRADING)
    assert (tiers[0], reasons.tolist()) == (-1, ["", ""])


def test_each_replicate_has_a_bottom_of_its_own():
    assert mark_bottom(np.array([[1.0, 2, 3], [3, 2, 1]]), 1).tolist() == [[True, False, False], [False, False, True]]


def test_quotas_apply_within_groups_where_the_scope_says_so():
    by_group = GRADING.model_copy(update={"tier_scope": "group"})
    units = [{"score": 90 - n, "group": "ab"[n // 10]} for n in range(20)]
    graded = grade(frame(units), by_group)
    assert graded.groupby("group")["tier"].value_counts().unstack()["excellent"].tolist() == [2, 2]
    assert graded["group_rank"].tolist() == [*range(1, 11)] * 2


LINES = {"excellent": 90.0, "good": 80.0, "pass": 60.0, "fail": 0.0}


def by_lines(**more):
    values = GRADING.model_dump(by_alias=True) | {"quotas": {}, "remainder_order": (), "tie_at_line": {}}
    return Grading.model_validate(values | {"lines": LINES} | more)


@pytest.mark.parametrize(
    ("line_is", "expected"),
    [
        ("at_or_above", ["excellent", "excellent", "good", "good", "pass", "fail", ""]),
        ("above", ["excellent", "good", "good", "pass", "pass", "fail", ""]),
    ],
)
def test_scores_reach_the_lines_whatever_their_places(line_is, expected):
    units = [{"score": score} for score in (90.01, 90, 89.99, 80, 60.01, 0, None)]
    graded = grade(frame(units), by_lines(line_is=line_is))
    assert graded["tier"].tolist() == expected
    assert set(graded["tier_reason"]) == {""}


def test_where_quotas_and_lines_stand_a_unit_needs_the_place_and_the_score():
    both = Grading.model_validate(GRADING.model_dump(by_alias=True) | {"lines": LINES})
    graded = grade(frame([{"score": score} for score in (95, 89, 88, 87, 86, 85, 84, 59, 58, 57)]), both)
    assert graded["tier"].tolist() == ["excellent", *["good"] * 6, *["fail"] * 3]
    assert graded["tier_reason"].tolist() == ["", "line", *[""] * 5, "line", "line", ""]


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (3, 1), (4, 1), (20, 2)])
def test_a_tier_may_have_at_least_one_place(count, expected):
    grading = GRADING.model_copy(update={"quotas": dict(zip(GRADING.tiers, (10, 60, 20, 10), strict=True))})
    few = grade(frame([{"score": 90 - n} for n in range(count)]), grading)
    kept = grade(
        frame([{"score": 90 - n} for n in range(count)]), grading.model_copy(update={"at_least_one": ("excellent",)})
    )
    assert count != 3 or kept["tier"].tolist() == ["excellent", "good", "pass"]  # the fullest gave one place
    assert (kept["tier"] == "excellent").sum() == (0 if count == 1 else expected)
    assert (few["tier"] == "excellent").sum() == (0 if count < 5 else expected)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"quotas": {}}, "go with `quotas`"),
        (
            {"quotas": {}, "remainder_order": (), "tie_at_line": {}, "interview_tiers": ()},
            "`quotas` or `lines` are needed",
        ),
        ({"lines": {"excellent": 90, "fail": 0}}, "they name the same tiers"),
        ({"at_least_one": ("best",)}, "`at_least_one` names best"),
        ({"lines": LINES | {"good": 101}}, "less than or equal to 100"),
        ({"line_is": "near"}, "'at_or_above' or 'above'"),
    ],
)
def test_lines_that_do_not_fit_are_refused(values, told):
    with pytest.raises(ValidationError, match=told):
        Grading.model_validate(GRADING.model_dump(by_alias=True) | values)


@pytest.mark.parametrize("lines", [LINES | {"good": 90.0}, LINES | {"fail": 1.0}, LINES | {"good": 95.0}])
def test_lines_fall_from_the_best_tier_to_nothing(lines):
    names = [{"id": tier, "name": tier} for tier in GRADING.tiers]
    grading = [by_lines().model_dump(by_alias=True) | {"lines": lines}]
    with pytest.raises(ValidationError, match=r"grading.1.lines: they fall"):
        Tiers.model_validate({"names": names, "grading": grading})


def judged(**row):
    base = {"unit_id": "U000", "from_tier": "good", "to_tier": "excellent", "document": "澄编办〔2026〕1号"}
    units = pd.DataFrame(
        {
            "unit_id": ["U000", "U001"],
            "tier_by_score": ["good", "pass"],
            "tier": ["good", "pass"],
            "tier_reason": ["", ""],
        }
    )
    return apply_judgements(units, pd.DataFrame([{**base, **row}]), GRADING)


TIED = [{"score": score} for score in (95, 91, 91, 90, 89, 88, 86, 86, 85, 80)]


@pytest.mark.parametrize(
    ("keys", "reasons"),
    [
        ({}, ["", "tie_down", "tie_down", "", "", "", "tie_up", "tie_up", "", ""]),
        ({1: {"workload": 7}, 2: {"workload": 6}}, ["", "tie_key", "tie_key", "", "", "", "tie_up", "tie_up", "", ""]),
        (
            {6: {"key_work": 1}, 7: {"key_work": 2}},
            ["", "tie_down", "tie_down", "", "", "", "tie_key", "tie_key", "", ""],
        ),
    ],
)
def test_a_tie_at_a_line_says_how_it_was_settled(keys, reasons):
    graded = grade(frame([unit | keys.get(place, {}) for place, unit in enumerate(TIED)]), GRADING)
    assert graded["tier_reason"].tolist() == reasons
    assert graded.loc[graded["tier_reason"] == "tie_down", "tier"].eq("good").all()
    assert graded.loc[graded["tier_reason"] == "tie_up", "tier"].eq("good").all()


def test_a_judgement_moves_one_tier_and_keeps_the_tier_by_score():
    got = judged().iloc[0]
    assert (got["tier_by_score"], got["tier"], got["tier_reason"]) == ("good", "excellent", "judgement")


def test_a_judgement_may_move_one_tier_down():
    got = judged(unit_id="U001", from_tier="pass", to_tier="fail")
    assert got["tier"].tolist() == ["good", "fail"]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"from_tier": "pass"}, "on U000 starts from 'pass', but its tier by score is 'good'"),
        ({"to_tier": "fail"}, "on U000 moves from 'good' to 'fail'; at most 1 tier"),
        ({"unit_id": "U001", "from_tier": "pass", "to_tier": "excellent"}, "at most 1 tier"),
        ({"to_tier": ""}, "at most 1 tier"),
        ({"unit_id": "U009"}, "starts from"),
    ],
)
def test_a_judgement_that_does_not_fit_is_refused_with_its_document(row, word):
    with pytest.raises(DataError, match=word) as error:
        judged(**row)
    assert "澄编办〔2026〕1号" in str(error.value)


def test_a_veto_caps_at_good_and_its_place_is_not_refilled():
    graded = grade(frame([{"score": 90 - n} for n in range(10)]), GRADING)
    vetoed = apply_vetoes(graded, ["U000", "U009"], GRADING)
    assert vetoed["tier"].tolist() == ["good", "excellent", *["good"] * 5, "pass", "pass", "fail"]
    assert vetoed["tier_by_score"].iloc[0] == "excellent"
    assert vetoed["tier_reason"].tolist()[0] == "veto"
    assert vetoed["tier_reason"].tolist()[9] == ""


def test_a_unit_without_a_published_total_has_no_tier_to_move_to():
    published, keys = np.array([np.nan, 90, 80, 70, 60]), np.empty((5, 0))
    found = tier_if_moved(published, np.array([99.0, 90, 95, 70, 60]), keys, np.zeros(5), GRADING)
    assert found.tolist() == [-1, 0, 0, 1, 2]  # of four units one is excellent and two are good


def test_a_unit_that_moves_is_held_against_its_group_where_quotas_are_those_of_groups():
    published, moved = np.array([90.0, 80, 70, 60] * 2), np.array([75.0, 95, 85, 60] * 2)
    published[4:] -= 50
    moved[4:] -= 50
    keys, groups = np.empty((8, 0)), np.repeat(["a", "b"], 4)
    by_group = GRADING.model_copy(update={"tier_scope": "group"})
    assert tier_if_moved(published, moved, keys, groups, by_group).tolist() == [1, 0, 1, 2] * 2
    # Of eight together one is excellent, four are good, two pass: 75 is second, 85 too, 25 and 35 are sixth.
    assert tier_if_moved(published, moved, keys, groups, GRADING).tolist() == [1, 0, 1, 1, 2, 1, 2, 3]
