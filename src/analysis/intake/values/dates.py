"""Days and moments."""

import re
from dataclasses import replace
from datetime import date, datetime, time

from analysis.intake.readers.formats import serial_moment, shows_month_only
from analysis.intake.readers.model import RawCell
from analysis.intake.values.cells import Parsed, narrow_text, problem, unreadable

_CLOCK = r"(?:[ T]?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?)?"
_DAY = re.compile(r"([0-9]{4})(?:年([0-9]{1,2})月([0-9]{1,2})[日号]|([-./])([0-9]{1,2})\4([0-9]{1,2}))" + _CLOCK)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})(?:年([0-9]{1,2})月|[-./]([0-9]{1,2}))")
_NO_YEAR_FIRST = re.compile(r"[0-9]{1,2}[-./年][0-9]{1,2}[-./月][0-9]{1,4}日?|[0-9]{1,2}月[0-9]{1,2}[日号]")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_FIRST_YEAR, _LAST_YEAR = 1990, 2099


def parse_date(cell: RawCell, *, date_system: int = 1900, month_ok: bool = False) -> Parsed:
    """Read a day; a time of day is left out. See `parse_moment`."""
    parsed = parse_moment(cell, date_system=date_system, month_ok=month_ok)
    return parsed if parsed.code else replace(parsed, value=parsed.value.date())


def parse_moment(cell: RawCell, *, date_system: int = 1900, month_ok: bool = False) -> Parsed:
    """Read a day and time in a column of dates.

    Args:
        cell: The raw cell.
        date_system: The workbook's (`RawSheet.date_system`), for serial numbers in number cells;
            0 (not known) makes them ambiguous.
        month_ok: A month alone is taken as its first day, with the note `month-only`.

    Returns:
        A datetime; or `ambiguous-date` (`05/04/2026`, two-digit or missing year, a month alone, a serial
        number as text), `invalid-date` (31 April), `constraint-error` (outside 1990-2099), `type-error`.
    """
    if lacking := unreadable(cell):
        return lacking
    if cell.kind == "number":
        return _numbered_moment(cell, date_system)
    if cell.kind == "date" and isinstance(cell.value, datetime):
        if shows_month_only(cell.number_format):
            return _month(cell.value.year, cell.value.month, cell.text, month_ok)
        return _within_years(cell.value, cell.text)
    return _moment_in_text(cell.text, month_ok) if cell.kind == "text" else problem("type-error", cell.text)


def _numbered_moment(cell: RawCell, date_system: int) -> Parsed:
    """Take a number cell for a compact date (20260409) or for a serial of a plausible year."""
    if _COMPACT.fullmatch(cell.text):
        return _moment_in_text(cell.text, month_ok=False)
    if date_system not in {1900, 1904}:
        return problem("ambiguous-date", cell.text)
    moment = serial_moment(cell.value, date_system, has_date=True, has_clock=True)
    if isinstance(moment, datetime) and _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return Parsed(moment)
    return problem("ambiguous-date", cell.text)


def _moment_in_text(raw: str, month_ok: bool) -> Parsed:
    text = narrow_text(raw)
    text = re.sub(r" *([年月日号]) *", r"\1", text)
    if match := _DAY.fullmatch(text):
        year, *both, hour, minute, second = match.groups()
        month, day = both[:2] if both[0] else both[3:]
        return _moment(year, month, day, clock=(hour, minute, second), raw=raw)
    if match := _COMPACT.fullmatch(text):
        return _moment(*match.groups(), clock=(None, None, None), raw=raw)
    if match := _MONTH.fullmatch(text):
        return _month(int(match[1]), int(match[2] or match[3]), raw, month_ok)
    if _NO_YEAR_FIRST.fullmatch(text) or _SERIAL.fullmatch(text):
        return problem("ambiguous-date", raw)
    return problem("type-error", raw)


def _moment(year: str, month: str, day: str, clock: tuple, raw: str) -> Parsed:
    hour, minute, second = (int(part or 0) for part in clock)
    try:
        moment = datetime.combine(date(int(year), int(month), int(day)), time(hour, minute, second))
    except ValueError:
        return problem("invalid-date", raw)
    return _within_years(moment, raw)


def _month(year: int, month: int, raw: str, month_ok: bool) -> Parsed:
    if not 1 <= month <= 12:
        return problem("invalid-date", raw)
    if not month_ok:
        return problem("ambiguous-date", raw)
    return replace(_within_years(datetime(year, month, 1), raw), note="month-only")


def _within_years(moment: datetime, raw: str) -> Parsed:
    if _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return Parsed(moment)
    return problem("constraint-error", raw)
