"""The watch list in words: every reason, who is new, and the rules in force."""

import numpy as np
import pandas as pd
import pytest

from analysis.policy.watch import TopShare
from analysis.report.watch import attention_finding, watch_finding, watch_kpi, watch_reason, watch_rule, watch_table

PERIOD = "2026-10"
WATCHED = {
    "unit_id": "D57",
    "reason": "on_time",
    "rule": "R9 S15 S20",
    "since": "2026-09",
    "is_met": True,
    "last_met": PERIOD,
    "n_clean_months": 0,
    "value": 90.0,
    "threshold": 92.0,
    "n_cases": 50,
    "low_pct": 78.6,
    "high_pct": 95.7,
    "p_value": 0.00004,
    "first_period": "2026-08",
}
TOP = {"method": "top_share", "top_share_pct": 10, "minimum": 5, "quantile_method": "higher"}


@pytest.fixture(scope="module")
def names(whole_book):
    return whole_book.names


@pytest.fixture(scope="module")
def grading(whole_book):
    return whole_book.at(PERIOD).grading


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "近三个月按时办结率90.00%，低于92%（到期50件，95%置信区间78.6%—95.7%，偶然概率低于0.1%）"),
        ({"p_value": 0.0012}, "偶然概率0.1%"),
        ({"first_period": PERIOD}, "当月按时办结率"),
        (
            {"reason": "bottom_five", "n_cases": 2, "value": 93.4, "low_pct": np.nan, "p_value": np.nan},
            "连续2个月列当月后五名，均居其中的可能性93%",
        ),
        (
            {"reason": "repeats", "n_cases": 60, "value": 15.0, "threshold": 8.0},
            "近三个月重复反映占比15.00%，高于全区的8.00%（受理60件",
        ),
        (
            {"reason": "attitude_complaints", "n_cases": 400, "value": 2.0, "threshold": 0.5},
            "近三个月态度投诉占比2.00%，高于全区的0.50%（到期400件",
        ),
        ({"is_met": False, "last_met": "2026-08", "n_clean_months": 2}, "（2026年8月触发，已连续2个月无触发）"),
    ],
)
def test_every_reason_to_be_watched_is_told(whole_book, grading, change, told):
    (row,) = pd.DataFrame([WATCHED | change]).itertuples()
    assert told in watch_reason(row, whole_book.at(PERIOD).watch, grading)


def test_the_watch_list_tells_who_is_new(names):
    watch = pd.DataFrame([WATCHED, WATCHED | {"unit_id": "D56", "since": PERIOD}])
    told = watch_finding(watch, names, PERIOD)
    assert "有2个" in told and f"本月新列入{names['D56']}" in told
    assert watch_finding(watch.iloc[:0], names, PERIOD) == "本月没有单位列入监管异常名录。"


def test_the_watch_list_tells_who_left(names):
    watch = pd.DataFrame([WATCHED])
    before = pd.DataFrame([WATCHED, WATCHED | {"unit_id": "D56"}, WATCHED | {"unit_id": "D40"}])
    assert f"；本月移出{names['D40']}、{names['D56']}" in watch_finding(watch, names, PERIOD, before)
    assert watch_finding(watch.iloc[:0], names, PERIOD, before.iloc[:1]).endswith(
        f"；本月移出{names[WATCHED['unit_id']]}。"
    )
    assert "移出" not in watch_finding(watch, names, PERIOD, pd.DataFrame([WATCHED]))


def test_a_unit_in_the_top_share_is_told_with_its_line(whole_book, grading):
    rules = whole_book.at(PERIOD).watch.model_copy(update={"repeats": TopShare.model_validate(TOP)})
    (row,) = pd.DataFrame(
        [WATCHED | {"reason": "repeats", "value": 15.0, "threshold": 8.0, "p_value": np.nan}]
    ).itertuples()
    told = watch_reason(row, rules, grading)
    assert "重复反映占比15.00%，居前10%，界线8.00%（受理50件" in told and "偶然" not in told
    assert "重复反映居前10%且不少于5件" in watch_rule(rules, grading)


def test_the_rule_has_the_values_of_the_policy(whole_book, grading):
    rules = whole_book.at(PERIOD).watch
    assert watch_rule(rules, grading) == (
        "近三个月合计满意率低于85%、按时办结率低于92%、重复反映占比高于全区且不少于5件、态度投诉占比高于全区且不少于3件，"
        "或连续两个月居后五名（各月均居其中的可能性不低于90%）的单位列入名录，连续三个月未触发的移出；各项按自身件数计，"
        "不足20件的不检验（R9、S12、S15）。按检验列入的情形须排除偶然：全部检验的错误发现率不超过5%（S33）；"
        "偶然概率低于5%而未达到的只作关注，不列入名录，不影响抽查和结果运用。"
    )
    other = rules.model_copy(
        update={
            "bottom_five": rules.bottom_five.model_copy(update={"months": 4}),
            "clean_months": 6,
            "satisfaction": rules.satisfaction.model_copy(update={"below_pct": 70.0}),
        }
    )
    told = watch_rule(other, grading.model_copy(update={"bottom_places": 3}))
    assert "满意率低于70%" in told and "连续四个月居后三名" in told and "连续六个月未触发" in told
    assert "居后" not in watch_rule(rules, grading.model_copy(update={"bottom_places": 0}))


def test_tests_attention_and_what_chance_brings_are_told_apart_from_the_list(whole_book, names):
    rules, row = (
        whole_book.at(PERIOD).watch,
        {"reason": "satisfaction", "value": 80.0, "p_value": 0.5, "outcome": "none"},
    )
    tests = pd.DataFrame([row | {"unit_id": f"D{n:02d}"} for n in range(1, 61)])
    assert attention_finding(tests, names, rules) == "名录情形均经检验（共检验60项）。"
    tests.loc[:1, ["p_value", "outcome"]] = [[0.00001, "listed"]] * 2
    tests.loc[2, ["p_value", "outcome"]] = [0.03, "attention"]
    assert attention_finding(tests, names, rules) == (
        "名录情形均经检验（共检验60项，列出的2项中仅凭偶然的预计不超过0.1项）。"
        f"另有关注1项，不列入名录：{names['D03']}（群众满意率80.00%）；即使各单位都没有问题，仅凭偶然也会有至多3项。"
    )
    assert attention_finding(tests.iloc[:0], names, rules) == "本月没有件数足够的单位可供检验。"


@pytest.mark.parametrize(("n_before", "words"), [(0, "环比增加1个"), (1, "环比持平")])
def test_watched_units_against_the_month_before(n_before, words, whole_book):
    watch = pd.DataFrame([WATCHED, WATCHED | {"reason": "satisfaction"}]).assign(period=PERIOD)
    watch = pd.concat([watch, watch.head(n_before).assign(period="2026-09")])
    kpi = watch_kpi(watch, ["2025-10", "2026-09", PERIOD], whole_book.at(PERIOD))
    assert (kpi.value, kpi.changes[0].words, kpi.note) == ("1", words, "上年同期0个")


def test_a_first_month_has_no_watch_list_to_compare_with(whole_book):
    kpi = watch_kpi(pd.DataFrame([WATCHED]).assign(period=PERIOD), [PERIOD], whole_book.at(PERIOD))
    assert (kpi.value, kpi.changes, kpi.note) == ("1", (), "上年同期无数据")


def test_the_table_shows_clean_months_of_those_wanted(names, grading, whole_book):
    page = watch_table(pd.DataFrame([WATCHED | {"n_clean_months": 2}]), names, whole_book.at(PERIOD).watch, grading)
    assert ">2/3<" in page and names["D57"] in page


def test_outside_the_annex_a_reason_is_told_without_its_interval(names, grading, whole_book):
    rows, rules = pd.DataFrame([WATCHED]), whole_book.at(PERIOD).watch
    with_it, without = (watch_table(rows, names, rules, grading, is_annex=is_annex) for is_annex in (True, False))
    assert "置信区间78.6%—95.7%" in with_it and "置信区间" not in without
    assert "偶然概率低于0.1%" in with_it and "偶然概率低于0.1%" in without
