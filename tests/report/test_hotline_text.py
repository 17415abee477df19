"""Sentences, tables and figures on hotline, duties and the watch list say what the tables say."""

import numpy as np
import pandas as pd
import pytest

from analysis.policy.period import month_range
from analysis.report.duties_text import agenda, duties_finding
from analysis.report.hotline_figures import flow_figure, funnel_figure, rising_figure
from analysis.report.hotline_pieces import agenda_table, duties_table, matter_table, unit_table, watch_table
from analysis.report.hotline_text import (
    answer_hotline,
    funnel_finding,
    repeats_finding,
    rising_finding,
    watch_finding,
    watch_reason,
)
from analysis.report.page.theme import figure_svg, use_theme

PERIOD = "2026-10"
MEASURED = {
    "n_received": 60,
    "n_due": 50,
    "n_on_time": 47,
    "n_closed": 49,
    "on_time_pct": 94.0,
    "closure_pct": 98.0,
    "n_open": 3,
    "n_overdue": 1,
    "n_carried_over": 1,
    "n_valid_call_backs": 40,
    "n_satisfied": 36,
    "satisfaction_pct": 90.0,
    "n_attitude_complaints": 0,
    "n_repeats": 0,
    "repeat_pct": 0.0,
    "n_shared": 0,
    "n_handled": 49,
    "median_handling_days": 3,
    "p90_handling_days": 5,
    "is_small": False,
    "n_transfers_in": 1,
    "n_transfers_out": 0,
    "n_transfers": 1,
    "on_time_low_pct": 84.0,
    "on_time_high_pct": 98.0,
}
MATTER = {
    "matter_id": "M042",
    "list": "boundary",
    "clause": "边界22",
    "lead_unit_id": "D63",
    "n_tickets": 100,
    "n_handlers": 3,
    "n_passed_on": 40,
    "n_looped": 12,
    "n_returned": 4,
    "n_repeats": 5,
    "days_lost": 36,
    "spread": 0.4,
    "passed_on": 0.4,
    "looped": 0.12,
    "came_back": 0.05,
    "outside_list": 0.2,
    "overlap_index": 33.3,
    "is_known": True,
    "is_for_meeting": True,
    "proposed_unit_id": "D56",
    "proposed_share_pct": 70.0,
    "proposed_low_pct": 60.0,
    "proposed_high_pct": 78.0,
    "strength": "strong",
    "is_proposal_as_listed": False,
}
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
def names(hotline_book):
    return hotline_book.book.names


@pytest.fixture
def units():
    rows = [{"period": PERIOD, "unit_id": f"D{n:02d}"} | MEASURED for n in range(1, 30)]
    rows[4] |= {"n_on_time": 30, "on_time_pct": 60.0, "n_repeats": 9, "repeat_pct": 15.0}
    rows[5] |= {"n_due": 3, "n_on_time": 0, "on_time_pct": 0.0, "is_small": True}
    return pd.DataFrame(rows)


@pytest.fixture
def duties():
    unknown = MATTER | {
        "matter_id": "",
        "list": "",
        "clause": "",
        "lead_unit_id": "",
        "is_known": False,
        "strength": "none",
        "proposed_unit_id": "",
        "overlap_index": 50.0,
    }
    by_matter = pd.DataFrame([{"matter": "电动自行车充电"} | MATTER, {"matter": "共享单车停放"} | unknown])
    columns = ["matter", "unit_id", "role", "n_tickets", "is_named_outside"]
    handlers = pd.DataFrame(
        [
            ["电动自行车充电", "D56", "co_operating", 70, False],
            ["电动自行车充电", "D31", "outside", 20, True],
            ["共享单车停放", "D57", "outside", 60, True],
            ["共享单车停放", "towns", "outside", 40, True],
        ],
        columns=columns,
    )
    loop = {
        "matter": "电动自行车充电",
        "loop": "D56>D59>D63",
        "n_units": 3,
        "n_tickets": 12,
        "share_pct": 12.0,
        "is_named": True,
    }
    return by_matter, handlers, pd.DataFrame([loop])


@pytest.fixture
def flows():
    rows = [("D56", "D59", 12), ("D59", "D63", 10), ("D63", "D56", 11), ("towns", "D56", 3)]
    frame = pd.DataFrame(rows, columns=["from_unit_id", "to_unit_id", "n_tickets"])
    return frame.assign(matter="电动自行车充电")


@pytest.fixture
def by_matter_history():
    months = month_range("2024-10", PERIOD)
    return pd.DataFrame([{"period": m, "matter": "物业服务", "n_received": 10 + n} for n, m in enumerate(months)])


@pytest.fixture
def rising():
    row = {
        "period": PERIOD,
        "matter_id": "M011",
        "matter": "物业服务",
        "n_received": 34,
        "n_past_months": 9,
        "expected": 12.0,
    }
    return pd.DataFrame([row | {"ratio": 34 / 12, "z": 5.2, "is_judged": True, "is_rising": True}])


def test_the_answer_compares_rates_in_percentage_points():
    rows = [{"period": p, "channel": "all"} | MEASURED for p in (PERIOD, "2026-09")]
    rows[1] |= {"on_time_pct": 95.5, "satisfaction_pct": 89.75}
    told = answer_hotline(pd.DataFrame(rows), PERIOD)
    assert told == (
        "2026年10月受理各渠道工单60件，到期50件，按时办结率94.00%（环比下降1.50个百分点），"
        "群众满意率90.00%（环比上升0.25个百分点），月末未办结3件，其中逾期1件。"
    )


def test_the_funnel_names_what_chance_does_not_explain_and_no_small_unit(units, names, hotline_book):
    told = funnel_finding(units, names, hotline_book.watch.funnel)
    assert f"{names['D05']}明显低于全区水平" in told and names["D06"] not in told
    even = units[units["unit_id"] != "D05"]
    assert "偶然波动之内" in funnel_finding(even, names, hotline_book.watch.funnel)


def test_rising_matters_are_told_or_that_there_are_none(rising):
    assert "物业服务（34件，为往年同期水平的2.8倍）" in rising_finding(rising)
    assert "没有事项明显上升" in rising_finding(rising.assign(is_rising=False))
    assert "不判断" in rising_finding(rising.assign(is_rising=False, is_judged=False))


def test_repeats_name_the_unit_with_the_highest_rate(units, names):
    assert f"{names['D05']}（9件，15.0%）" in repeats_finding(units, names, 30)
    assert "没有同一诉求人在30天内" in repeats_finding(units.assign(n_repeats=0), names, 30)


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
def test_every_reason_to_be_watched_is_told(hotline_book, change, told):
    (row,) = pd.DataFrame([WATCHED | change]).itertuples()
    assert told in watch_reason(row, hotline_book.at(PERIOD).watch)


def test_the_watch_list_tells_who_is_new(names):
    watch = pd.DataFrame([WATCHED, WATCHED | {"unit_id": "D56", "since": PERIOD}])
    told = watch_finding(watch, names, PERIOD)
    assert "有2个" in told and f"本月新列入{names['D56']}" in told
    assert watch_finding(watch.iloc[:0], names, PERIOD) == "本月没有单位列入监管异常名录。"


def test_the_duties_are_told_with_loop_and_gap(duties, names):
    by_matter, _, loops = duties
    told = duties_finding(by_matter, loops, names, 12)
    assert "12件工单在区住房和城乡建设局→区应急管理局→区消防救援大队→区住房和城乡建设局之间循环转办" in told
    assert "共享单车停放没有任何清单条款覆盖" in told


def test_the_agenda_asks_what_the_meeting_must_settle(duties, names):
    first, second = agenda(*duties, names)
    assert first.matter == "共享单车停放" and first.proposal == "证据不足，暂不提出牵头建议"
    assert "镇街40件" in first.questions[0]
    asked = " ".join(second.questions)
    for part in (
        "首接负责",
        "区水务局（20件）没有清单条款",
        "规定区消防救援大队牵头（边界22），实际多由区住房和城乡建设局办结",
        "没有办结过一件",
    ):
        assert part in asked
    assert "建议由区住房和城乡建设局牵头" in second.proposal and "与清单不一致" in second.proposal


def test_tables_escape_what_an_office_wrote(units, duties, names, hotline_book):
    by_matter, handlers, loops = duties
    hostile = by_matter.assign(matter=["<script>", "共享单车停放"])
    rules = hotline_book.at(PERIOD).watch
    pages = [
        unit_table(units, names),
        matter_table(pd.DataFrame([{"matter": "<script>", "matter_id": ""} | MEASURED])),
        duties_table(hostile, names),
        agenda_table(agenda(hostile, handlers, loops, names)),
        watch_table(pd.DataFrame([WATCHED]), names, rules),
    ]
    assert all("<script>" not in page and page.startswith("<table") for page in pages)
    assert "件数少，不排序" in pages[0] and "&lt;script&gt;" in pages[1]


@pytest.mark.filterwarnings("error::UserWarning")
def test_figures_are_drawn_the_same_every_time(units, flows, by_matter_history, rising, names, hotline_book):
    use_theme()
    funnel = hotline_book.watch.funnel
    draw = (
        lambda: funnel_figure(units, names, funnel),
        lambda: funnel_figure(units.iloc[:0], names, funnel, "satisfaction"),
        lambda: flow_figure(flows, "电动自行车充电", names),
        lambda: rising_figure(by_matter_history, rising, PERIOD),
        lambda: rising_figure(by_matter_history, rising.assign(is_rising=False, is_judged=False), PERIOD),
    )
    for make in draw:
        assert figure_svg(make()) == figure_svg(make())
    assert "区应急管理局" in figure_svg(draw[2]()) and names["D05"] in figure_svg(draw[0]())
