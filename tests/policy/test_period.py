"""Periods are checked where they enter."""

from datetime import date

import pytest

from analysis.policy.errors import UsageError
from analysis.policy.period import month_end, parse_period, parse_periods, shift, year_to_date


@pytest.mark.parametrize(
    "text", ["../../x", "2025-13", "2025-00", "2025/12", "2025-1", "٢٠٢٥-12", "2025-12\n", "", "9999-12"]
)
def test_refuses_what_is_no_month(text):
    with pytest.raises(UsageError):
        parse_period(text)


def test_a_range_holds_both_ends():
    assert parse_periods("2024-11..2025-02") == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert parse_periods("2025-12") == ["2025-12"]


def test_a_range_that_ends_before_it_starts_is_refused():
    with pytest.raises(UsageError, match="ends before"):
        parse_periods("2025-02..2025-01")


@pytest.mark.parametrize("text", ["../../x", "2025-01../x", "2025-01..", "..2025-01", "2025-01..2025-02..2025-03"])
def test_what_is_no_range_is_shown_as_it_was_written(text):
    with pytest.raises(UsageError, match=text.replace(".", r"\.")):
        parse_periods(text)


def test_months_shift_over_years():
    assert [shift("2025-01", -1), shift("2025-12", 1), shift("2025-03", -12)] == ["2024-12", "2026-01", "2024-03"]


def test_year_to_date_starts_in_january():
    assert year_to_date("2025-03") == ["2025-01", "2025-02", "2025-03"]


def test_a_leap_february_ends_on_the_29th():
    assert month_end("2024-02") == date(2024, 2, 29)
