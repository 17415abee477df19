"""What number formats show (dates, times, percent), and what a serial number stands for."""

import re
from datetime import datetime, time, timedelta

from analysis.intake.readers.model import Value

_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_NOT_A_PLACEHOLDER = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


def shows_percent(number_format: str) -> bool:
    """Return whether a number format multiplies by 100 and shows a percent sign."""
    return "%" in _NOT_A_PLACEHOLDER.sub("", number_format)


def shows_duration(number_format: str) -> bool:
    """Return whether a number format shows a length of time, such as `[h]:mm`."""
    return "[" in _NOT_A_PLACEHOLDER.sub("", number_format)


def shows_month_only(number_format: str) -> bool:
    """Return whether a date's format hides its day: Excel made that day up when a month was typed."""
    placeholders = _placeholders(number_format)
    return "y" in placeholders and "m" in placeholders and "d" not in placeholders


def _placeholders(number_format: str) -> str:
    return _NOT_A_PLACEHOLDER.sub("", number_format.split(";")[0]).lower()


def date_parts(number_format: str) -> tuple[bool, bool]:
    """Return whether a number format shows a date, and whether it shows a time of day.

    Quoted text, escaped characters, colours and locales in brackets say nothing; a duration (`[h]:mm`) is
    neither: it stays the number that it is.
    """
    first_section = _placeholders(number_format)
    if number_format == "General" or "[" in first_section or "general" in first_section:
        return False, False
    has_clock = "h" in first_section or "s" in first_section
    has_date = "y" in first_section or "d" in first_section or ("m" in first_section and not has_clock)
    return has_date, has_clock


def serial_moment(serial: float, date_system: int, has_date: bool, has_clock: bool) -> Value:
    """Return the moment that a serial number stands for; one that is no day stays a number.

    The 1900 system counts a 29 February 1900 that never was (serial 60): that one stays a number.
    """
    if not 0 <= serial < _LAST_SERIAL or (date_system == 1900 and 60 <= serial < 61):
        return serial
    day, fraction = divmod(serial, 1)
    clock = timedelta(milliseconds=round(fraction * 86_400_000))
    if has_clock and not has_date and day == 0 and clock < timedelta(days=1):
        return (datetime.min + clock).time()
    if date_system == 1900:
        if day == 0:
            return serial
        return datetime(1899, 12, 31 if day < 60 else 30) + timedelta(days=day) + clock
    return datetime(1904, 1, 1) + timedelta(days=day) + clock if day < _LAST_SERIAL - 1462 else serial


def iso_moment(text: str) -> datetime | time | None:
    """Return the moment that a text in ISO form names, or None."""
    for kind in (datetime, time):
        try:
            return kind.fromisoformat(text.removesuffix("Z"))
        except ValueError:
            continue
    return None
