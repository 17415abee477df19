"""Sentences, tables and figures on the hotline say what the tables say."""

import numpy as np
import pandas as pd
import pytest

from analysis.policy.period import month_range
from analysis.report import hotline
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


@pytest.fixture(scope="module")
def names(whole_book):
    return whole_book.names


@pytest.fixture
def units():
    rows = [{"period": PERIOD, "unit_id": f"D{n:02d}"} | MEASURED for n in range(1, 30)]
    rows[4] |= {"n_on_time": 30, "on_time_pct": 60.0, "n_repeats": 9, "repeat_pct": 15.0}
    rows[5] |= {"n_due": 3, "n_on_time": 0, "on_time_pct": 0.0, "is_small": True}
    return pd.DataFrame(rows)


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
    return pd.DataFrame([row | {"ratio": 34 / 12, "p_value": 1e-5, "is_judged": True, "is_rising": True}])


def test_the_answer_compares_rates_in_percentage_points():
    rows = [{"period": p, "channel": "all"} | MEASURED for p in (PERIOD, "2026-09")]
    rows[1] |= {"on_time_pct": 95.5, "satisfaction_pct": 89.75}
    told = hotline.answer_hotline(pd.DataFrame(rows), PERIOD)
    assert told == (
        "2026年10月受理各渠道工单60件，到期50件，按时办结率94.00%（环比下降1.50个百分点），"
        "群众满意率90.00%（环比上升0.25个百分点），月末未办结3件，其中逾期1件。"
    )


def test_the_funnel_names_what_chance_does_not_explain_and_no_small_unit(units, names, whole_book):
    told = hotline.funnel_finding(units, names, whole_book.watch.funnel)
    assert f"{names['D05']}明显低于全区水平" in told and names["D06"] not in told
    even = units[units["unit_id"] != "D05"]
    told = hotline.funnel_finding(even, names, whole_book.watch.funnel)
    assert f"均在偶然波动之内（共比较{(~even['is_small']).sum()}个单位，仅凭偶然预计0.1个在界外）" in told


def test_rising_matters_are_told_with_how_many_were_tested_or_that_there_are_none(rising, whole_book):
    rules = whole_book.tickets.rising
    assert hotline.rising_finding(rising, rules) == (
        "与往年同季水平相比明显上升的事项有1项：物业服务（34件，为往年同季水平12.0件的2.8倍）"
        "（共检验1项，列出的1项中仅凭偶然的预计不超过0.1项）。"
    )
    none = hotline.rising_finding(rising.assign(is_rising=False), rules)
    assert none == "与往年同季水平相比，没有事项明显上升（共检验1项）。"
    assert "不判断" in hotline.rising_finding(rising.assign(is_rising=False, is_judged=False), rules)


def test_the_first_screen_names_the_two_surest_risen_matters_and_counts_the_others(rising):
    row = rising[rising["is_rising"]].iloc[[0]]
    found = (("甲", 0.3, 7), ("乙", 0.1, 8), ("丙", 0.2, 9))
    many = pd.concat(
        [row.assign(matter=name, p_value=p, n_received=n, expected=n / 2, ratio=2.0) for name, p, n in found]
    )
    told = "“乙”8件、为往年同季水平4.0件的2.0倍，“丙”9件、为往年同季水平4.5件的2.0倍，另有1项也明显上升"
    assert hotline.name_risen(many) == told
    assert hotline.name_risen(row) == "“物业服务”34件、为往年同季水平12.0件的2.8倍"
    assert hotline.name_risen(rising.assign(is_rising=False)) == ""


def test_repeats_name_the_units_beyond_what_chance_explains_alone(units, names, whole_book):
    """Two tickets of 14, or of 28, were called a high rate beside 3.9 % of the district."""
    policy = whole_book.at(PERIOD)
    assert f"明显高于全区的有{names['D05']}（9件，15.0%）。" in hotline.repeats_finding(units, policy)
    by_luck = units.assign(n_repeats=[2, 2, 1, 1, 4, 2] + [1] * (len(units) - 6))
    assert hotline.repeats_finding(by_luck, policy).endswith("，没有单位明显高于全区。")
    assert "没有同一诉求人在30天内" in hotline.repeats_finding(units.assign(n_repeats=0), policy)


def test_the_rule_has_the_small_number_of_the_policy(whole_book):
    rules = whole_book.at(PERIOD).ticket_rules
    assert "工单不足20件的单位只列示" in hotline.small_number_rule(rules)
    assert "工单不足8件的单位" in hotline.small_number_rule(rules.model_copy(update={"small_number": 8}))


@pytest.mark.parametrize(
    ("before", "words", "direction"),
    [(89.0, "环比上升1.00个百分点", "up"), (91.5, "环比下降1.50个百分点", "down"), (90.0, "环比持平", "same")],
)
def test_satisfaction_against_the_month_before_and_last_year(before, words, direction, whole_book):
    rows = [(PERIOD, "all", 90.0), ("2026-09", "all", before), ("2025-10", "all", 88.0), (PERIOD, "hotline", 1.0)]
    frame = pd.DataFrame(rows, columns=["period", "channel", "satisfaction_pct"]).assign(n_valid_call_backs=40)
    kpi = hotline.satisfaction_kpi(frame, whole_book.at(PERIOD))
    month, year = kpi.changes
    assert (kpi.value, month.words, month.direction, kpi.note) == (
        "90.00",
        words,
        direction,
        "上年同期88.00%；有效回访40件，升降都未超出偶然起伏",
    )
    assert (year.words, year.direction) == ("同比上升2.00个百分点", "up")


@pytest.mark.parametrize(("cases", "is_good"), [(640, None), (64_000, False)])
def test_a_change_of_satisfaction_that_call_backs_explain_has_no_colour(cases, is_good, whole_book):
    """As published once: 95.46 after 96.78 of some 640 call-backs each wore a warning's colour."""
    months = month_range("2025-10", PERIOD)
    rates = np.where(np.arange(len(months)) % 2, 96.78, 96.70)
    frame = pd.DataFrame({"period": months, "channel": "all", "satisfaction_pct": rates, "n_valid_call_backs": cases})
    frame.loc[frame["period"] == PERIOD, "satisfaction_pct"] = 95.46
    kpi = hotline.satisfaction_kpi(frame, whole_book.at(PERIOD))
    assert [change.is_good(kpi.is_rise_good) for change in kpi.changes] == [is_good, is_good]
    assert ("未超出偶然起伏" in kpi.note) is (is_good is None)
    whole = hotline.satisfaction_kpi(frame.assign(satisfaction_pct=100.0), whole_book.at(PERIOD))
    assert [change.words for change in whole.changes] == ["环比持平", "同比持平"]


def test_a_change_of_a_rate_is_that_of_the_printed_figures(whole_book):
    """Printed are 95.46 and 94.32, of which a reader reckons 1.14; the rates themselves lie 1.15 apart."""
    rows = [(PERIOD, 95.4649), ("2026-09", 94.3151), ("2025-10", 94.3249)]
    frame = pd.DataFrame(rows, columns=["period", "satisfaction_pct"]).assign(channel="all", on_time_pct=97.0)
    frame = frame.assign(n_received=1, n_due=1, n_open=0, n_overdue=0, n_valid_call_backs=1)
    kpi = hotline.satisfaction_kpi(frame, whole_book.at(PERIOD))
    assert [change.words for change in kpi.changes] == ["环比上升1.14个百分点", "同比上升1.14个百分点"]
    assert "群众满意率95.46%（环比上升1.14个百分点，同比上升1.14个百分点）" in hotline.answer_hotline(frame, PERIOD)


def test_tables_escape_what_an_office_wrote(units, names):
    matters = hotline.matter_table(pd.DataFrame([{"matter": "<script>", "matter_id": ""} | MEASURED]))
    assert "<script>" not in matters and "&lt;script&gt;" in matters
    assert "件数少，不排序" in hotline.unit_table(units, names)


@pytest.mark.filterwarnings("error::UserWarning")
def test_figures_are_drawn_the_same_every_time(units, by_matter_history, rising, names, whole_book):
    use_theme()
    funnel = whole_book.watch.funnel
    draw = (
        lambda: hotline.funnel_figure(units, names, funnel),
        lambda: hotline.funnel_figure(units.iloc[:0], names, funnel, "satisfaction"),
        lambda: hotline.rising_figure(by_matter_history, rising, PERIOD),
        lambda: hotline.rising_figure(by_matter_history, rising.assign(is_rising=False, is_judged=False), PERIOD),
    )
    for make in draw:
        assert figure_svg(make()) == figure_svg(make())
    assert names["D05"] in figure_svg(draw[0]())


def test_a_month_without_tickets_is_told_as_such(units, names, whole_book):
    none = units.assign(n_due=0, n_received=0, n_repeats=0)
    assert "不比较" in hotline.funnel_finding(none, names, whole_book.watch.funnel)
    assert "不判断" in hotline.repeats_finding(none, whole_book.at(PERIOD))
    assert "没有可用的工单数据" in hotline.answer_hotline(pd.DataFrame({"channel": [], "period": []}), PERIOD)


def test_a_matter_of_many_letters_leaves_a_small_chart_its_room(by_matter_history, rising):
    name = "很长的事项" * 30
    figure = hotline.rising_figure(by_matter_history, rising.assign(matter=name), PERIOD)
    assert max(len(axes.get_title()) for axes in figure.axes) < 20


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([9, 5, 6, 7, 8], "，已连续3个月增加"),
        ([5, 6, 7, 8, 9], "，已连续4个月增加"),
        ([9, 5, 5, 7, 8], ""),  # two months are no run
        ([5, 6, 7, 8, 8], ""),
        ([5, 6, 7, None, 9], ""),  # a month without any
    ],
)
def test_the_title_says_for_how_many_months_a_matter_has_risen_on(counts, told):
    months = [f"2026-{at:02}" for at in range(6, 11)]
    rows = [{"period": m, "matter": "停水", "n_received": n} for m, n in zip(months, counts, strict=True) if n]
    rows += [{"period": month, "matter": "噪声", "n_received": 1} for month in months]
    risen = {"period": "2026-10", "matter": "停水", "n_received": 9, "expected": 3.0, "ratio": 3.0, "p_value": 0.001}
    title = hotline.rising_title(pd.DataFrame([risen | {"is_rising": True}]), pd.DataFrame(rows))
    assert title == f"停水本月9件，为往年同季水平3.0件的3.0倍{told}"


def test_a_month_that_is_not_there_ends_a_run_of_rises():
    rows = [
        {"period": m, "matter": "停水", "n_received": n} for m, n in (("2026-07", 5), ("2026-09", 6), ("2026-10", 9))
    ]
    risen = {"period": "2026-10", "matter": "停水", "n_received": 9, "expected": 3.0, "ratio": 3.0, "p_value": 0.001}
    title = hotline.rising_title(pd.DataFrame([risen | {"is_rising": True}]), pd.DataFrame(rows))
    assert "连续" not in title
