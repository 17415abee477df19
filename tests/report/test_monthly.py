"""Changes of a monthly figure: arrows on both bases, a colour only beyond what months bring by themselves (S25)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.period import month_range
from analysis.report.monthly import count_kpi, monthly_changes, usual_change
from analysis.report.page.pieces import kpis
from analysis.report.words import rose_or_fell

PERIOD = "2026-10"
POLICY = load_policy(Path(__file__).resolve().parents[2]).at(PERIOD)
MONTHS = month_range("2024-10", PERIOD)


def rates(last: float, last_year: float = 94.0) -> pd.Series:
    """Months that swing by 0.40 from one to the next and by 0.10 from year to year, then the last one."""
    swing = np.where(np.arange(len(MONTHS)) % 2, 95.0, 95.4) + np.where(np.arange(len(MONTHS)) < 12, 0.0, 0.1)
    found = pd.Series(swing, index=MONTHS)
    found["2025-10"], found[PERIOD] = last_year, last
    return found


def test_a_small_rise_has_no_colour_while_a_large_fall_since_last_year_has_an_arrow_and_one():
    # As published once: satisfaction +0.04 was good, −1.50 since last year was nothing.
    values = rates(95.14, 96.64)
    month, year = monthly_changes(values, PERIOD, 6, rose_or_fell)
    assert (month.words, month.direction, month.is_good(True)) == ("环比上升0.04分", "up", None)
    assert (year.words, year.direction, year.is_good(True)) == ("同比下降1.50分", "down", False)
    assert year.is_good(False) is True


@pytest.mark.parametrize(("n_months", "is_known"), [(7, False), (8, True)])
def test_what_is_usual_is_known_from_enough_changes_before_the_month_alone(n_months, is_known):
    values = rates(0.0)[-n_months:]  # the month itself, far off, is not among them
    assert (usual_change(values, PERIOD, "mom", 6) == pytest.approx(0.4)) == is_known
    assert np.isnan(usual_change(values, PERIOD, "yoy", 6))


def test_a_month_that_is_not_there_is_no_change():
    assert monthly_changes(pd.Series({PERIOD: 90.0}), PERIOD, 6, rose_or_fell) == ()
    (only,) = monthly_changes(pd.Series({"2025-10": 90.0, PERIOD: 90.0}), PERIOD, 6, rose_or_fell)
    assert (only.words, only.direction, only.is_good(True)) == ("同比持平", "same", None)


@pytest.mark.parametrize(
    ("now", "words", "is_good"), [(9, "环比增加4项", False), (6, "环比增加1项", None), (1, "环比减少4项", True)]
)
def test_a_count_that_had_better_be_small(now, words, is_good):
    counts = pd.Series([5, 6] * 12 + [now], index=MONTHS)
    counts["2026-09"] = 5
    kpi = count_kpi("红灯整改事项", counts, POLICY, "项")
    assert (kpi.value, kpi.unit, kpi.changes[0].words, kpi.note) == (str(now), "项", words, "上年同期5项")
    assert kpi.changes[0].is_good(kpi.is_rise_good) is is_good
    assert count_kpi("红灯整改事项", counts[-1:], POLICY, "项").note == "上年同期无数据"


def test_both_changes_stand_on_the_page_with_their_arrows():
    page = kpis([count_kpi("红灯整改事项", pd.Series([5, 6] * 12 + [9], index=MONTHS), POLICY, "项")])
    assert '<span class="change up bad">▲ 环比增加3项</span>' in page
    assert '<span class="change up bad">▲ 同比增加4项</span>' in page
