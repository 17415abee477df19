"""Which rules of a month differ between two versions of `params/`, as far as the month can know (S45)."""

from datetime import date
from typing import Any

from analysis.policy.base import Model
from analysis.policy.book import FILES, PolicyBook
from analysis.policy.calendar import Calendar
from analysis.policy.period import month_end, shift

# Deadlines that a month sets, such as those of objections and interviews, lie at most so many months after it.
MONTHS_AHEAD = 3


def list_changed_rules(then: PolicyBook, now: PolicyBook, period: str) -> list[str]:
    """Return the files of `params/` whose rules for a month are not the same in both books.

    Comments, entries that begin later, ends that come later and holidays out of the month's reach make no difference.
    """
    one, other = ({name: _in_reach(_part(book, name, period), period) for name in FILES} for book in (then, now))
    return [f"{name}.yml" for name in FILES if one[name] != other[name]]


def _part(book: PolicyBook, name: str, period: str) -> Model:
    if name == "sheets":  # which indicators a sheet has follows from those in force
        return book.sheets.at(period, {each.id for each in book.indicators.indicators if each.holds_in(period)})
    return getattr(book, name)


def _in_reach(part: Model, period: str) -> Any:
    if isinstance(part, Calendar):
        return _days_in_reach(part, month_end(shift(period, MONTHS_AHEAD)))
    return _cut(part.model_dump(mode="json", by_alias=True, exclude_defaults=True), period)


def _days_in_reach(calendar: Calendar, last: date) -> tuple[set[date], set[date]]:
    return tuple(
        {day for year in calendar.years for day in getattr(year, kind) if day <= last}
        for kind in ("holidays", "extra_working_days")
    )


def _cut(value: Any, period: str) -> Any:
    """Return what a month knows of a list of rules: nothing that begins after it, and no end that it does not see."""
    if isinstance(value, list):
        return [_cut(each, period) for each in value if not (isinstance(each, dict) and each.get("from", "") > period)]
    if not isinstance(value, dict):
        return value
    is_open = value.get("to") is not None and value["to"] >= period
    unseen = ("to", "merged_into") if "from" in value and is_open else ()
    return {key: _cut(each, period) for key, each in value.items() if key not in unseen}
