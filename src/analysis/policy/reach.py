"""Which rules of a month differ between two versions of `params/`, as far as the month can know (S45)."""

from datetime import date
from typing import Any

from analysis.policy.book import FILES, PolicyBook
from analysis.policy.dated import as_known_in
from analysis.policy.models import Contacts
from analysis.policy.period import reach_end, shift


def list_changed_rules(
    then: PolicyBook, now: PolicyBook, period: str, published: date | None = None, known: str = ""
) -> list[str]:
    """Return the files of `params/` whose rules for a month are not the same in both books.

    Comments, entries that begin later, ends that come later and holidays out of the month's reach make no difference:
    a month does not read them (`PolicyBook.as_known_in`, `Calendar.until`).

    Args:
        then: the rules at one time.
        now: those at another.
        period: the month.
        published: when it was published, from which its deadlines count; by default in the month after it.
        known: the last month of whose units it knows; by default the month itself.
    """
    last = reach_end(max(period, shift(f"{published:%Y-%m}", -1)) if published else period)
    books = (then, now)
    one, other = ({name: _in_reach(book, name, period, known or period, last) for name in FILES} for book in books)
    return [f"{name}.yml" for name in FILES if one[name] != other[name]]


def _in_reach(book: PolicyBook, name: str, period: str, known: str, last: date) -> Any:
    if name == "sheets":  # which indicators a sheet has follows from those in force
        in_force = {each.id for each in book.indicators.indicators if each.holds_in(period)}
        return as_known_in(book.sheets.at(period, in_force).model_copy(update={"no_finding": ()}), period)
    if name == "district":  # whom the public turns to, as the words of visits above, stands on pages alone
        return as_known_in(book.district.model_copy(update={"contacts": Contacts()}), period)
    if name == "calendar":
        days = [day for year in book.calendar.years for day in (*year.holidays, *year.extra_working_days)]
        return book.calendar.until(last).span, {day for day in days if day <= last}
    return as_known_in(getattr(book, name), known if name == "units" else period)
