"""Months in titles and names: every usual writing is known, days and ranges that hold the month say nothing."""

import pytest

from analysis.intake.months import another_month, months_in

SEPTEMBER = [
    "2026年9月", "2026年09月份", "二〇二六年九月", "二零二六年九月", "二○二六年九月份", "２０２６年０９月",
    "9月份", "（9月）", "九月", "2026.9", "2026.09", "2026-9", "2026-09", "2026/09", "2026_09", "202609", "26年9月",
    "2026 年 9 月", "评分表_202609定稿",
]  # fmt: skip
OTHERS = [
    "2025年10月", "2026年1-9月", "2026年1月至9月", "1—9月累计", "202601-202609", "2026.01-2026.09",
    "2026年9月1日至9月30日", "2026-09-01至2026-09-30", "9月1日-30日", "截至9月底", "元月", "十一月",
]  # fmt: skip
SAYS_NOTHING = [
    "2026-09-05", "2026年9月5日", "2026.9.5", "20260905", "20260905093000", "9月5日报送", "二〇二六年九月三十日",
    "2026年度", "日常监管评分表", "澄编发〔2026〕9号", "第9页", "近三月", "一个月", "1.9", "13月", "",
]  # fmt: skip
HOLDS = [
    "2026年10月", "二〇二六年十月", "10月", "十月份", "202610", "2026.10", "2026年1-10月", "1月至10月",
    "2026年9月-10月", "2026年9月25日至10月25日", "2026.01-2026.12", "2026年11月3日报送2026年10月数据",
]  # fmt: skip


@pytest.mark.parametrize("text", [*SEPTEMBER, *OTHERS])
def test_another_month_is_seen_in_any_writing(text):
    assert another_month(text, "2026-10")


@pytest.mark.parametrize("text", SEPTEMBER)
def test_the_month_itself_passes_in_any_writing(text):
    assert months_in(text)
    assert another_month(text, "2026-09") == ""


@pytest.mark.parametrize("text", [*SAYS_NOTHING, *HOLDS])
def test_days_and_ranges_that_hold_the_month_pass(text):
    assert another_month(text, "2026-10") == ""


@pytest.mark.parametrize(("text", "period", "is_other"), [
    ("11月至1月", "2026-12", False), ("11月至1月", "2026-01", False), ("11月至1月", "2026-02", True),
    ("2025年11月-2026年1月", "2025-12", False), ("2025年11月-2026年1月", "2024-12", True),
])  # fmt: skip
def test_a_range_over_the_turn_of_the_year(text, period, is_other):
    assert bool(another_month(text, period)) == is_other
