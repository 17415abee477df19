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


def test_days_after_the_last_known_one_are_plain_weeks_to_the_end_of_the_next_year():
    known = CALENDAR.until(date(2026, 4, 30))
    assert known.span == (date(2022, 1, 1), date(2027, 12, 31))
    assert [known.is_working_day(day) for day in (date(2026, 4, 6), date(2026, 10, 1))] == [False, True]
    assert CALENDAR.is_working_day(date(2026, 10, 1)) is False
    assert known.working_days_between(date(2026, 9, 30), date(2026, 10, 9)) == 7


def test_a_calendar_that_ends_before_the_last_known_day_still_ends_there():
    known = CALENDAR.until(date(2028, 2, 29))
    assert known.span[1] == date(2027, 12, 31)
    with pytest.raises(PolicyError, match="2028"):
        known.is_working_day(date(2028, 2, 29))
    assert known.is_working_day(date(2028, 3, 1))
