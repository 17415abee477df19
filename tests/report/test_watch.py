"""The watch list in words: every reason, who is new, and the rules in force."""

import numpy as np
import pandas as pd
import pytest

from analysis.report.watch import watch_finding, watch_kpi, watch_reason, watch_rule, watch_table

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
    "is_threshold_excluded": False,
}


@pytest.fixture(scope="module")
def names(whole_book):
    return whole_book.names


@pytest.fixture(scope="module")
def grading(whole_book):
    return whole_book.at(PERIOD).grading


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "按时办结率90.00%，低于92%（到期50件，95%置信区间78.6%—95.7%，含阈值，宜结合实际判断）"),
        ({"is_threshold_excluded": True}, "不含阈值"),
        ({"reason": "bottom_five", "n_cases": 2, "low_pct": np.nan}, "连续2个月列当月后五名"),
        (
            {"reason": "repeats", "n_cases": 9, "value": 15.0, "threshold": 8.0},
            "重复反映9件，重复率15.00%，居前10%（界线8.00%）",
        ),
        ({"reason": "attitude_complaints", "n_cases": 4, "threshold": 2.0}, "态度投诉4件，居前10%（界线2件）"),
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


def test_the_rule_has_the_thresholds_of_the_policy(whole_book, grading):
    rules = whole_book.at(PERIOD).watch
    assert watch_rule(rules, grading) == (
        "满意率低于85%、按时办结率低于92%，重复反映居前10%且不少于5件、态度投诉居前10%且不少于3件，"
        "或连续两个月居后五名的单位列入名录，连续三个月未触发的移出（R9、S15）。"
    )
    other = rules.model_copy(update={"bottom_five_months": 4, "clean_months": 6, "satisfaction_below_pct": 70.0})
    told = watch_rule(other, grading.model_copy(update={"bottom_places": 3}))
    assert "满意率低于70%" in told and "连续四个月居后三名" in told and "连续六个月未触发" in told
    assert "居后" not in watch_rule(rules, grading.model_copy(update={"bottom_places": 0}))


@pytest.mark.parametrize(("n_before", "words", "is_good"), [(0, "环比增加1个", False), (1, "环比持平", None)])
def test_watched_units_against_the_month_before(n_before, words, is_good):
    watch = pd.DataFrame([WATCHED, WATCHED | {"reason": "satisfaction"}])
    kpi = watch_kpi(watch, watch.head(n_before), watch.iloc[:0])
    assert (kpi.value, kpi.change, kpi.is_good, kpi.note) == ("1", words, is_good, "去年同期0个")


def test_the_table_shows_clean_months_of_those_wanted(names, grading, whole_book):
    page = watch_table(pd.DataFrame([WATCHED | {"n_clean_months": 2}]), names, whole_book.at(PERIOD).watch, grading)
    assert ">2/3<" in page and names["D57"] in page
