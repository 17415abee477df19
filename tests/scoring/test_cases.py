"""Enough cases: a month's few cases are filled up from the months before; too few score nothing (S30)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.scoring.cases import earlier_months, fill_up
from analysis.scoring.score_tables import score_month

from ..rows import table_of
from .test_score_tables import adjustments, measurement, score, small

MINIMUM = 10
RATE = "common-12"
# Hits and misses of a month and of those before it, the nearest first.
MONTHS = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=13)


def filled(months, minimum=MINIMUM):
    hits = np.array([[hit] for hit, _ in months], dtype=float)
    cases = np.array([[hit + miss] for hit, miss in months], dtype=float)
    return (found[:, 0] for found in fill_up(hits, cases, minimum))


def rate(months, minimum=MINIMUM):
    hits, cases = (found.sum() for found in filled(months, minimum))
    return hits / cases if cases >= minimum else None


def test_nine_of_nine_and_twenty_of_forty_make_nine_and_a_half_of_ten():
    hits, cases = filled([(9, 0), (20, 20)])
    assert (hits.sum(), cases.sum()) == (9.5, 10)


@given(MONTHS)
def test_months_before_weigh_what_is_still_needed_and_no_more(months):
    cases = np.array([hit + miss for hit, miss in months])
    _, taken = filled(months)
    assert taken[0] == cases[0]
    assert (taken <= cases).all()
    assert taken.sum() == max(cases[0], min(MINIMUM, cases.sum()))


@given(MONTHS)
def test_the_nearest_month_is_used_up_before_the_next_one(months):
    cases = np.array([hit + miss for hit, miss in months])
    _, taken = filled(months)
    for place in np.flatnonzero(taken[1:]) + 1:
        assert (taken[1:place] == cases[1:place]).all()


@given(MONTHS, st.integers(0, 12))
def test_a_miss_that_becomes_a_hit_never_lowers_the_rate(months, place):
    place %= len(months)
    hit, miss = months[place]
    if miss and (before := rate(months)) is not None:
        better = [*months[:place], (hit + 1, miss - 1), *months[place + 1 :]]
        assert rate(better) >= before - 1e-12


@given(MONTHS, st.integers(0, 12), st.booleans(), st.integers(1, 30))
def test_one_case_more_moves_the_rate_by_no_more_than_its_share_of_the_minimum(months, place, is_hit, minimum):
    place %= len(months)
    hit, miss = months[place]
    before = rate(months, minimum)
    after = rate([*months[:place], (hit + is_hit, miss + (not is_hit)), *months[place + 1 :]], minimum)
    if before is not None:
        assert abs(after - before) <= 1 / minimum + 1e-12


@given(MONTHS)
def test_only_hits_are_full_marks_to_the_last_digit(months):
    assert rate([(hit + miss, 0) for hit, miss in months]) in (None, 1.0)


def cells(tables, unit_id="D01", indicator_id=RATE):
    rows = tables["indicator_scores"].query("unit_id == @unit_id and indicator_id == @indicator_id")
    return rows.set_index("scope")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["2026-02", [9, 9]], ["2026-01", [20, 40]]], (95, 10, "2026-01", 2)),
        ([["2026-02", [9, 9]], ["2026-01", "not_applicable"], ["2025-12", [1, 2]]], (95, 10, "2025-12", 2)),
        ([["2026-02", [9, 12]], ["2026-01", [20, 40]]], (75, 12, "2026-02", 1)),
        ([["2026-02", "not_applicable"], ["2026-01", [20, 40]]], (50, 10, "2026-01", 1)),
        ([["2026-02", [0, 0]], ["2026-01", [20, 40]]], (50, 10, "2026-01", 1)),
        ([["2026-02", [10, 10]], ["2026-01", [0, 40]]], (100, 10, "2026-02", 1)),
    ],
)
def test_a_month_rests_on_its_own_cases_then_on_the_nearest(rows, expected):
    given = [[period, "D01", RATE, content] for period, content in rows]
    found = score([*given, ["2026-02", "D01", "common-01", 90]], ["2025-12", "2026-01", "2026-02"])
    row = cells(found).loc["month"]
    assert (row["score"], row["n_cases"], row["first_period"], row["n_measurements"]) == expected
    assert row["status"] == "ok"
    assert row["value"] == pytest.approx(row["numerator"] / row["denominator"])


def test_months_fill_up_beyond_the_minimum_where_a_rate_weighs_much():
    given = [["2026-02", "D01", "common-09", [12, 12]], ["2026-01", "D01", "common-09", [20, 40]]]
    found = cells(score([*given, ["2026-02", "D01", "common-01", 90]], ["2026-01", "2026-02"]), "D01", "common-09")
    assert (found.loc["month", "score"], found.loc["month", "n_cases"]) == (pytest.approx(100 * 18 / 24), 24)
    alone = cells(score([given[0], ["2026-02", "D01", "common-01", 90]], ["2026-02"]), "D01", "common-09")
    assert (alone.loc["month", "score"], alone.loc["month", "n_cases"]) == (100, 12)


def test_a_rate_that_no_month_may_fill_up_rests_on_its_own():
    found = score([["2026-02", "D01", RATE, [12, 12]], ["2026-02", "D01", "common-01", 90]], ["2026-02"])
    row = cells(found).loc["month"]
    assert (row["score"], row["n_cases"], row["first_period"], row["n_measurements"]) == (100, 12, "2026-02", 1)


@pytest.mark.parametrize(
    ("cases", "status", "n_cases", "value"),
    [
        ([[4, 5], [4, 4]], "too_few_cases", 9, 8 / 9),
        ([[1, 1]], "too_few_cases", 1, 1),
        (["not_applicable"], "not_applicable", 0, np.nan),
    ],
)
def test_too_few_cases_are_not_applicable_and_say_how_many_since_when(cases, status, n_cases, value):
    rows = [[f"2026-{2 - back:02d}", "D01", RATE, content] for back, content in enumerate(cases)]
    rows += [["2026-02", "D01", "common-01", 90], ["2026-02", "D01", "common-03", 90]]
    tables = score(rows, ["2025-12", "2026-01", "2026-02"])
    row = cells(tables).loc["month"]
    assert pd.isna(row["score"])
    assert (row["status"], row["n_cases"], row["first_period"], row["weight"]) == (status, n_cases, "2025-12", 0)
    assert row["value"] == pytest.approx(value, nan_ok=True)
    assert row["n_measurements"] == 0
    assert tables["unit_scores"].query("unit_id == 'D01' and scope == 'month'")["total"].iloc[0] == 90


def test_a_year_has_its_own_cases_alone_and_needs_the_minimum_too():
    rows = [["2025-12", "D01", RATE, [40, 40]], ["2026-01", "D01", RATE, [3, 6]], ["2026-01", "D01", "common-01", 90]]
    found = cells(score(rows, ["2025-12", "2026-01"]))
    assert found.loc["month", "score"] == pytest.approx(70)
    assert (found.loc["ytd", "status"], found.loc["ytd", "n_cases"]) == ("too_few_cases", 6)
    ytd = cells(score([*rows, ["2026-02", "D01", RATE, [3, 6]]], ["2025-12", "2026-01", "2026-02"])).loc["ytd"]
    assert (ytd["score"], ytd["n_cases"], ytd["first_period"]) == (50, 12, "2026-01")
    begun = [["2026-01", "D01", "common-01", 90], ["2026-02", "D01", RATE, [6, 12]]]
    assert cells(score(begun, ["2025-12", "2026-01", "2026-02"])).loc["ytd", "first_period"] == "2026-02"


@pytest.mark.parametrize("indicator_id", [RATE, "common-07"])
def test_an_accepted_gap_is_not_filled_up(indicator_id):
    rows = [["2026-01", "D01", indicator_id, [40, 40]], ["2026-02", "D01", indicator_id, "accepted"]]
    row = cells(score(rows, ["2026-01", "2026-02"]), indicator_id=indicator_id).loc["month"]
    assert pd.isna(row["score"])
    assert row["status"] == "accepted"


def test_what_an_office_says_is_not_applicable_is_not_filled_up():
    rows = [["2026-01", "D01", "common-07", [40, 40]]]
    row = cells(score(rows, ["2026-01", "2026-02"]), indicator_id="common-07").loc["month"]
    assert row["status"] == "not_applicable"


def test_filling_up_reaches_no_further_than_the_policy_says():
    indicator = small("2026-02").indicator_by_id[RATE]
    policies = {month: small(month) for month in ("2025-11", "2025-12", "2026-01", "2026-02")}
    assert earlier_months(indicator, policies, "2026-02") == ["2026-01", "2025-12", "2025-11"]
    near = indicator.model_copy(update={"fill_months": 1})
    assert earlier_months(near, policies, "2026-02") == ["2026-01"]
    assert earlier_months(indicator.model_copy(update={"fill_months": None}), policies, "2026-02") == []


@pytest.mark.parametrize(
    ("change", "months"),
    [
        ({"weight": 3.0}, ["2026-01", "2025-12"]),
        ({"direction": "lower"}, ["2026-01"]),
        ({"method": "target"}, ["2026-01"]),
        ({"id": "other"}, ["2026-01"]),
    ],
)
def test_filling_up_ends_where_the_rule_was_another(change, months):
    policies = {month: small(month) for month in ("2025-12", "2026-01", "2026-02")}
    indicator = policies["2026-02"].indicator_by_id[RATE]
    if "method" in change:
        change = {"method": indicator.method.model_copy(update={"target": 0.9})}
    former = indicator.model_copy(update=change)
    others = tuple(i for i in policies["2025-12"].indicators if i.id != RATE)
    policies["2025-12"] = replace(policies["2025-12"], indicators=(*others, former))
    assert earlier_months(indicator, policies, "2026-02") == months


def test_a_merged_units_cases_count_for_its_successor():
    months, units = ("2024-06", "2024-07"), ("D21", "D68")  # D68 is part of D21 from July on
    policies = {month: small(month, units) for month in months}
    given = [("2024-06", "D21", [2, 2]), ("2024-06", "D68", [10, 20]), ("2024-07", "D21", [4, 4])]
    rows = [measurement(period, unit_id, RATE, counts) for period, unit_id, counts in given]
    measured = table_of("measurements", rows)
    row = cells(score_month(policies, measured, adjustments([], "2024-07"), "2024-07"), "D21").loc["month"]
    assert (row["n_cases"], row["first_period"]) == (10, "2024-06")
    assert row["numerator"] == pytest.approx(4 + 12 * 6 / 22)
