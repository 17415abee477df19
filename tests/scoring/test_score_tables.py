"""Scores of a month and of the year to date (R17, S2, S10–S17, S28, S29)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.scoring import score_tables
from analysis.scoring.score_tables import score_month, summarise_indicators

from ..rows import table_of
from . import frames

ROOT = Path(__file__).resolve().parents[2]
BOOK = load_policy(ROOT)
UNITS = ("D01", "D02", "D03", "D45")
SCENARIOS = yaml.safe_load((ROOT / "tests/scenarios/scopes.yml").read_text(encoding="utf-8"))


def small(period, unit_ids=UNITS, book=BOOK):
    policy = book.at(period)
    units = tuple(unit for unit in policy.units if unit.id in unit_ids)
    weights = policy.channel_weights_by_unit.loc[[unit.id for unit in units]]
    return replace(policy, units=units, channel_weights_by_unit=weights)


def measurement(period, unit_id, indicator_id, content, item=""):
    indicator = small(period).indicator_by_id[indicator_id]
    row = {"value": None, "numerator": None, "denominator": None, "status": "ok"}
    if isinstance(content, list):
        row |= dict(zip(("numerator", "denominator"), content, strict=True))
    elif isinstance(content, str):
        row["status"] = content
    else:
        row["value"] = content
    return {
        "measurement_id": "/".join(filter(None, (period, unit_id, indicator_id, item))),
        "period": period,
        "unit_id": unit_id,
        "indicator_id": indicator_id,
        "channel": indicator.channel,
        "item_id": item,
        **row,
    }


def complete(rows, months):
    given = [measurement(*row) for row in rows]
    told = {(row["period"], row["unit_id"], row["indicator_id"]) for row in given}
    rest = [
        measurement(month, unit_id, indicator.id, "not_applicable")
        for month in months
        for unit_id in small(month).unit_ids
        for indicator in small(month).indicators
        if (month, unit_id, indicator.id) not in told
    ]
    return table_of("measurements", [*given, *rest])


def adjustments(rows, period):
    usual = {"period": period, "scope": "month"}
    full = [usual | {"adjustment_id": f"A{number}"} | row for number, row in enumerate(rows, start=1)]
    return table_of("adjustments", full)


def score(rows, months, adjusted=()):
    policies = {month: small(month) for month in months}
    return score_month(policies, complete(rows, months), adjustments(adjusted, months[-1]), months[-1])


def look_up(tables, scope, unit_id, what):
    if what in ("total", "is_provisional"):
        table, column = tables["unit_scores"], what
    elif what in ("daily", "key_work", "info_system", "random"):
        table, column = tables["channel_scores"].query("channel == @what"), "score"
    else:
        table, column = tables["indicator_scores"].query("indicator_id == @what"), "score"
    row = table[(table["scope"] == scope) & (table["unit_id"] == unit_id)]
    assert len(row) == 1
    return row[column].iloc[0]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s['rule']} {s['name']}")
def test_scenario(scenario):
    months = scenario.get("months") or sorted({row[0] for row in scenario["rows"]})
    tables = score(scenario["rows"], months, scenario.get("adjustments", ()))
    for scope, unit_id, what, expected in scenario["expect"]:
        got = look_up(tables, scope, unit_id, what)
        if expected is None:
            assert pd.isna(got)
        elif what == "total":
            assert got == expected
        else:
            assert got == pytest.approx(expected)


ROWS = [
    ["2026-01", "D01", "common-01", 90],
    ["2026-01", "D02", "common-01", 70],
    ["2026-01", "D01", "common-08", [300, 30]],
    ["2026-01", "D02", "common-08", [100, 30]],
    ["2026-01", "D01", "individual-01", 81.37, "KW-1"],
    ["2026-01", "D01", "individual-01", 77.11, "KW-2"],
    ["2026-02", "D01", "individual-01", 93.19, "KW-3"],
    ["2026-02", "D02", "common-06", [17, 23]],
]


def test_results_do_not_depend_on_the_order_of_rows():
    months = ["2026-01", "2026-02"]
    policies = {month: small(month) for month in months}
    rows = complete(ROWS, months)
    one = score_month(policies, rows, adjustments([], months[-1]), months[-1])
    for seed in range(5):
        other = score_month(policies, rows.sample(frac=1, random_state=seed), adjustments([], months[-1]), months[-1])
        for name in one:
            pd.testing.assert_frame_equal(one[name], other[name], check_exact=True)


def test_weights_in_force_sum_to_100_for_every_unit_with_a_score():
    tables = score(ROWS, ["2026-01", "2026-02"])
    scored = tables["unit_scores"].dropna(subset="total")
    for name in ("indicator_scores", "channel_scores"):
        sums = tables[name].groupby(["scope", "unit_id"])["weight"].sum()
        assert sums.loc[list(zip(scored["scope"], scored["unit_id"], strict=True))].to_numpy() == pytest.approx(100)


def test_weights_before_redistribution_sum_to_100_whatever_is_missing():
    tables = score(ROWS, ["2026-01", "2026-02"])
    for name in ("indicator_scores", "channel_scores"):
        assert tables[name].groupby(["scope", "unit_id"])["policy_weight"].sum().to_numpy() == pytest.approx(100)


def test_workload_per_head_is_a_quotient_of_counts_pooled_over_the_year():
    rows = [["2026-01", "D01", "common-08", [300, 30]], ["2026-02", "D01", "common-08", [100, 10]]]
    units = score([*rows, ["2026-02", "D02", "common-08", [1, 3]]], ["2026-01", "2026-02"])["unit_scores"]
    found = units.set_index(["scope", "unit_id"])["workload_per_head"]
    assert (found["month", "D01"], found["ytd", "D01"], found["month", "D02"]) == (10, 10, 0.333333333)
    assert pd.isna(found["month", "D03"])


def test_points_lost_by_indicator_add_up_to_what_the_units_miss():
    tables = score(ROWS[:6], ["2026-01"])
    units = tables["unit_scores"].query("scope == 'month'")
    lost = tables["indicator_summary"].query("scope == 'month'")["lost_points"].sum()
    assert lost == pytest.approx((100 - units["base"]).mean())


def test_a_unit_without_data_has_no_rank_and_no_tier():
    row = score(ROWS[:6], ["2026-01"])["unit_scores"].query("unit_id == 'D03' and scope == 'month'").iloc[0]
    assert pd.isna(row["total"]) and pd.isna(row["rank"])
    assert (row["tier"], row["is_bottom_five"], row["is_tied"]) == ("", False, False)


def test_a_veto_in_the_year_caps_the_year_to_date():
    months = ["2026-01", "2026-02"]
    points = dict(zip(UNITS, (95, 80, 70, 60), strict=True))
    rows = [
        [month, unit_id, indicator_id, points[unit_id]]
        for month in months
        for unit_id in UNITS
        for indicator_id in ("common-01", "common-03")
    ]
    policies = {month: small(month) for month in months}
    veto = adjustments([{"unit_id": "D01", "kind": "veto"}], "2026-01")
    units = score_month(policies, complete(rows, months), veto, "2026-02")["unit_scores"].query("unit_id == 'D01'")
    assert dict(zip(units["scope"], units["tier"], strict=True)) == {"month": "excellent", "ytd": "good"}


def test_a_judgement_that_does_not_fit_stops_the_scoring():
    wrong = [{"unit_id": "D01", "kind": "judgement", "from_tier": "fail", "to_tier": "pass"}]
    with pytest.raises(DataError, match="starts from"):
        score(ROWS[:6], ["2026-01"], wrong)


def test_the_summary_names_the_units_that_lost_most_and_of_equals_the_first_ids():
    points = {"D02": 80, "D45": 70, "D01": 80, "D03": 95}
    tables = score([["2026-01", unit_id, "individual-01", value] for unit_id, value in points.items()], ["2026-01"])
    row = tables["indicator_summary"].query("scope == 'month' and indicator_id == 'individual-01'").iloc[0]
    assert row["worst_units"] == "D45 D01 D02"
    rows = tables["indicator_scores"].query("scope == 'month'")
    two = summarise_indicators(rows, "2026-01", worst=2).set_index("indicator_id")
    assert two.loc["individual-01", "worst_units"] == "D45 D01"
    assert (row["n_units"], row["mean_score"], row["lost_points"]) == (4, 81.25, pytest.approx(75 / 4))
    assert two.index.is_monotonic_increasing


def test_the_summary_of_two_indicators_worked_by_hand():
    """C has too few cases; B's cases are filled up from the month before, D's are not counted (no share)."""
    rows = pd.DataFrame(
        [
            ("A", "i1", 20.0, 50.0, "ok", 12.0, "2026-01"),
            ("B", "i1", 40.0, 90.0, "ok", 12.0, "2025-12"),
            ("C", "i1", 0.0, np.nan, "too_few_cases", 3.0, "2025-10"),
            ("D", "i1", 20.0, 100.0, "ok", np.nan, "2025-12"),
            ("A", "i2", 80.0, 100.0, "ok", np.nan, "2026-01"),
            ("B", "i2", 60.0, 95.0, "ok", np.nan, "2026-01"),
        ],
        columns=["unit_id", "indicator_id", "weight", "score", "status", "n_cases", "first_period"],
    ).assign(family="common", channel="daily")
    found = summarise_indicators(rows, "2026-01")
    wanted = pd.DataFrame(
        [("i1", 3, 80.0, 14 / 3, 1, 1, "A B"), ("i2", 2, 97.5, 3 / 3, 0, 0, "B")],  # three units have a score
        columns=["indicator_id", "n_units", "mean_score", "lost_points", "n_filled", "n_too_few", "worst_units"],
    ).assign(family="common", channel="daily")
    pd.testing.assert_frame_equal(found, wanted[found.columns])


def test_what_the_only_unit_with_a_score_loses_is_not_shared():
    tables = score([["2026-01", "D01", "individual-01", 60]], ["2026-01"])
    row = tables["indicator_summary"].query("scope == 'month' and indicator_id == 'individual-01'").iloc[0]
    assert (row["n_units"], row["lost_points"]) == (1, 40)


def test_what_nobody_loses_by_names_nobody():
    tables = score([["2026-01", "D01", "common-01", 100], ["2026-01", "D02", "common-01", 100]], ["2026-01"])
    row = tables["indicator_summary"].query("scope == 'month' and indicator_id == 'common-01'").iloc[0]
    assert (row["worst_units"], row["lost_points"]) == ("", 0)
    empty = tables["indicator_summary"].query("scope == 'month' and indicator_id == 'common-06'").iloc[0]
    assert (empty["n_units"], empty["lost_points"]) == (0, 0)


MARKS = [
    [month, unit_id, "individual-01", points]
    for month in ("2026-01", "2026-02")
    for unit_id, points in zip(UNITS, (95, 80, 70, 60), strict=True)
]


@pytest.mark.parametrize(
    ("told", "tiers"),
    [
        ({"period": "2026-02", "scope": "month"}, {"month": "excellent", "ytd": "good"}),
        ({"period": "2026-02", "scope": "ytd"}, {"month": "good", "ytd": "excellent"}),
        ({"period": "2026-01", "scope": "month"}, {"month": "good", "ytd": "good"}),
    ],
    ids=["of the month", "of the year", "of an earlier month"],
)
def test_a_judgement_moves_the_tier_of_its_own_month_and_scope(told, tiers):
    months = ["2026-01", "2026-02"]
    judged = {"unit_id": "D02", "kind": "judgement", "from_tier": "good", "to_tier": "excellent"} | told
    policies = {month: small(month) for month in months}
    tables = score_month(policies, complete(MARKS, months), adjustments([judged], "2026-02"), "2026-02")
    found = tables["unit_scores"].query("unit_id == 'D02'")
    assert dict(zip(found["scope"], found["tier"], strict=True)) == tiers


def test_bonus_and_deductions_of_the_months_add_up_in_the_year():
    months = ["2026-01", "2026-02"]
    given = [
        {"unit_id": "D02", "kind": "bonus", "points": 2.0, "period": "2026-01"},
        {"unit_id": "D02", "kind": "bonus", "points": 1.5, "period": "2026-02"},
        {"unit_id": "D03", "kind": "deduction", "points": 0.5, "period": "2026-01"},
    ]
    policies = {month: small(month) for month in months}
    tables = score_month(policies, complete(MARKS, months), adjustments(given, "2026-02"), "2026-02")
    units = tables["unit_scores"].set_index(["scope", "unit_id"])
    assert units.loc[[("month", "D02"), ("ytd", "D02")], "total"].tolist() == [81.5, 83.5]
    assert units.loc[[("month", "D03"), ("ytd", "D03")], "total"].tolist() == [70, 69.5]
    assert units.loc[("ytd", "D01"), ["bonus", "deductions", "total"]].tolist() == [0, 0, 95]


GONE = st.sets(st.sampled_from(frames.POLICIES[frames.PERIOD].unit_ids), min_size=1, max_size=13)


@settings(max_examples=5)
@given(GONE, st.integers(0, 3))
def test_a_unit_without_a_channel_leaves_the_others_as_if_it_were_not_there(gone, seed):
    rows = frames.measurements(seed)
    is_gone = rows["unit_id"].isin(gone) & (rows["indicator_id"] != "common-01")  # one indicator is no channel (S31)
    rows.loc[is_gone, ["value", "numerator", "denominator", "status"]] = [np.nan, np.nan, np.nan, "not_applicable"]
    whole = score_month(frames.POLICIES, rows, frames.adjustments(), frames.PERIOD)["unit_scores"]
    out, rest = whole[whole["unit_id"].isin(gone)], whole[~whole["unit_id"].isin(gone)].reset_index(drop=True)
    assert out[["total", "rank", "group_rank"]].isna().all(axis=None)
    assert (out["tier"] == "").all() and not out[["is_bottom_five", "is_tied"]].any(axis=None)
    fewer = {month: small(month, set(policy.unit_ids) - gone, frames.BOOK) for month, policy in frames.POLICIES.items()}
    alone = score_month(fewer, rows[~rows["unit_id"].isin(gone)], frames.adjustments(), frames.PERIOD)["unit_scores"]
    pd.testing.assert_frame_equal(rest, alone)


def test_an_indicator_whose_channel_does_not_count_keeps_its_value_and_says_why():
    row = score([["2026-01", "D01", "common-01", 90]], ["2026-01"])["indicator_scores"].query(
        "unit_id == 'D01' and scope == 'month' and indicator_id == 'common-01'"
    )
    assert row[["status", "value", "first_period"]].values.tolist() == [["too_few_indicators", 90.0, "2026-01"]]


def test_measurements_beyond_their_indicators_reach_are_left_out_and_change_nothing(monkeypatch):
    period, earlier = "2026-01", frames.measurements()
    policies = frames.POLICIES | {period: frames.BOOK.at(period)}
    now = earlier[earlier["period"] == "2025-12"].replace("2025-12", period, regex=True)
    rows, none = pd.concat([earlier, now], ignore_index=True), table_of("adjustments", [])
    found = score_month(policies, rows, none, period)
    left = score_tables._within_reach(rows, policies, period)
    assert set(left.loc[left["period"] < period, "indicator_id"]) == {
        indicator.id for indicator in policies[period].indicators if indicator.months_back
    }
    monkeypatch.setattr(score_tables, "_within_reach", lambda rows, *_: rows)
    for name, whole in score_month(policies, rows, none, period).items():
        pd.testing.assert_frame_equal(found[name], whole, check_exact=True)
