"""Periods: a month is the text `YYYY-MM` everywhere, checked once where it enters."""

import calendar
import re
from datetime import date

from analysis.policy.errors import UsageError
from analysis.policy.messages import say

# A scope → the months of the calendar year that it covers at its end (S10). A quarter would be `"quarter": 3`.
SCOPES = {"month": 1, "ytd": 12}
# Deadlines that a month sets, such as those of objections and interviews, lie at most so many months after it.
_MONTHS_AHEAD = 3
_PERIOD = re.compile(r"(?a:(19|20)\d{2}-(0[1-9]|1[0-2]))")


def is_period(text: str) -> bool:
    """Whether `text` is a month `YYYY-MM` (1900–2099)."""
    return _PERIOD.fullmatch(text) is not None


def parse_period(text: str) -> str:
    """Return `text` if it is a month `YYYY-MM` (1900–2099), so that it is safe as a folder name.

    Raises:
        UsageError: anything else, such as `2025-13`, `2025/12` or `../../x`.
    """
    if not isinstance(text, str) or not _PERIOD.fullmatch(text):
        raise UsageError(say("{text!r} is not a month: write it as YYYY-MM, for example 2025-12").format(text=text))
    return text


def parse_periods(text: str) -> list[str]:
    """Return the months named by `2025-12` or by a range `2023-01..2025-12`, both ends included."""
    first, dots, last = text.partition("..")
    if not (_PERIOD.fullmatch(first) and (_PERIOD.fullmatch(last) or not dots)):
        parse_period(text)
    months = month_range(first, last if dots else first)
    if not months:
        raise UsageError(say("{text!r} ends before it starts: write the earlier month first").format(text=text))
    return months


def shift(period: str, months: int) -> str:
    """Return the month that lies `months` after `period` (before it, if negative)."""
    index = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def month_range(first: str, last: str) -> list[str]:
    """Return all months from `first` to `last`, both included; empty if `last` is earlier."""
    start = int(first[:4]) * 12 + int(first[5:])
    stop = int(last[:4]) * 12 + int(last[5:])
    return [shift(first, step) for step in range(stop - start + 1)]


def year_to_date(period: str) -> list[str]:
    """Return the months of the period's year from January to the period itself."""
    return month_range(f"{period[:4]}-01", period)


def scope_months(period: str, scope: str) -> list[str]:
    """Return the months of a scope that ends with `period`: the month, the months of its year (quarter …) so far."""
    return year_to_date(period)[(int(period[5:]) - 1) // SCOPES[scope] * SCOPES[scope] :]


def month_end(period: str) -> date:
    """Return the last day of the month: the default as-of date (S21)."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, calendar.monthrange(year, month)[1])


def reach_end(period: str) -> date:
    """Return the last day of which a month needs to know whether it is worked (S45)."""
    return month_end(shift(period, _MONTHS_AHEAD))
