"""Working days come from data (S19)."""

from datetime import date
from pathlib import Path

import pytest

from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError

CALENDAR = load_policy(Path(__file__).resolve().parents[2]).calendar


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [(date(2026, 10, 1), False), (date(2026, 10, 10), True), (date(2026, 10, 11), False), (date(2026, 10, 12), True)],
)
def test_knows_holidays_and_worked_weekends(day, is_worked):
    assert CALENDAR.is_working_day(day) is is_worked


def test_counts_working_days_over_the_national_holiday():
    assert CALENDAR.add_working_days(date(2026, 9, 30), 5) == date(2026, 10, 13)
    assert CALENDAR.working_days_between(date(2026, 9, 30), date(2026, 10, 13)) == 5


def test_a_year_that_is_not_entered_is_an_error_that_says_so():
    with pytest.raises(PolicyError, match=r"params/calendar\.yml.*2031"):
        CALENDAR.is_working_day(date(2031, 5, 5))
