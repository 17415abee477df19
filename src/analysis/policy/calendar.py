"""Working days, from a calendar that is data (S19)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from analysis.policy.base import Model
from analysis.policy.errors import PolicyError
from analysis.policy.messages import say


class CalendarYear(Model):
    """The days of one year that differ from Monday-to-Friday, and where they were announced."""

    year: int = Field(ge=1990, le=2099)
    status: Literal["official", "provisional"]
    document: str
    holidays: tuple[date, ...]
    extra_working_days: tuple[date, ...] = ()


class Calendar(Model):
    """`params/calendar.yml`: one entry a year."""

    years: tuple[CalendarYear, ...]

    def is_working_day(self, day: date) -> bool:
        """Tell whether `day` is worked.

        Raises:
            PolicyError: the calendar does not cover the day's year.
        """
        for entry in self.years:
            if entry.year == day.year:
                return day in entry.extra_working_days or (day.weekday() < 5 and day not in entry.holidays)
        raise PolicyError(
            say("params/calendar.yml: no entry for the year {year}; add its holidays (S19)").format(year=day.year)
        )

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day` (the day itself does not count)."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days lie after `first` up to and including `last`; 0 if none."""
        days = (first + timedelta(days=step) for step in range(1, (last - first).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def working_days(self, first: date, last: date) -> Iterable[date]:
        """Yield the working days from `first` to `last`, both included (for a table in DuckDB)."""
        for step in range((last - first).days + 1):
            day = first + timedelta(days=step)
            if self.is_working_day(day):
                yield day

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day that it covers."""
        years = [entry.year for entry in self.years]
        return date(min(years), 1, 1), date(max(years), 12, 31)

    def until(self, last: date) -> "CalendarUntil":
        """Return the calendar as it is known up to a day."""
        years = tuple(entry for entry in self.years if entry.year <= last.year)
        return CalendarUntil(years=years, last=last)


class CalendarUntil(Calendar):
    """A calendar known up to the day `last`: whatever is announced for later days, they count as plain weeks (S39)."""

    last: date

    def is_working_day(self, day: date) -> bool:
        """Tell whether `day` is worked, after `last` whether it lies within Monday to Friday."""
        return day.weekday() < 5 if day > self.last else super().is_working_day(day)

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day that it covers: where it covers `last`, to the end of the next year."""
        first, end = super().span
        return first, end if end < self.last else date(self.last.year + 1, 12, 31)
