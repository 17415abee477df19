"""Days and moments."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

from analysis.intake.readers.formats import serial_moment, shows_month_only
from analysis.intake.readers.model import RawCell
from analysis.intake.values.cells import Parsed, hides_a_sign, narrow_text, problem, unreadable

_CLOCK = (
    r"(?:[ T]*(?:星期|周)[一二三四五六日天])?"
    r"(?:[ T]*(?P<half>上午|下午|[AaPp][Mm])? *(?P<hour>[0-9]{1,2})(?:[:时点](?P<minute>[0-9]{1,2})"
    r"(?:[:分](?P<second>[0-9]{1,2})(?:\.[0-9]+|秒)?|分)?| *[时点])"
    r" *(?P<late>[AaPp][Mm])? *(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_DAY = re.compile(
    r"(?P<year>[0-9]{4})(?:年(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})[日号]"
    r"|(?P<sign>[-./])(?P<month2>[0-9]{1,2})(?P=sign)(?P<day2>[0-9]{1,2}))" + _CLOCK
)
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})"
    r"|[ T]+(?P<hour2>[0-9]{1,2}):(?P<minute2>[0-9]{2})(?::(?P<second2>[0-9]{2}))?)?"
)
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_IN_NUMERALS = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_MONTH = re.compile(r"([0-9]{4})(?:年([0-9]{1,2})月|[-./]([0-9]{1,2}))")
_NO_YEAR_FIRST = re.compile(r"[0-9]{1,2}[-./年][0-9]{1,2}[-./月][0-9]{1,4}日?|[0-9]{1,2}月[0-9]{1,2}[日号]")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_FIRST_YEAR, _LAST_YEAR = 1990, 2099
_HOME = timezone(timedelta(hours=8))  # China has one time: what another zone wrote is a moment of this one


def parse_date(cell: RawCell, *, date_system: int = 1900, month_ok: bool = False) -> Parsed:
    """Read a day; a time of day is left out. See `parse_moment`."""
    parsed = parse_moment(cell, date_system=date_system, month_ok=month_ok)
    return parsed if parsed.code else replace(parsed, value=parsed.value.date())


def parse_moment(cell: RawCell, *, date_system: int = 1900, month_ok: bool = False) -> Parsed:
    """Read a day and time in a column of dates.

    Args:
        cell: The raw cell.
        date_system: The workbook's (`RawSheet.date_system`), for serial numbers; 0 (not known) makes them
            ambiguous in number cells. In a text file they are Excel's own, which counts from 1900.
        month_ok: A month alone is taken as its first day, with the note `month-only`.

    Returns:
        A datetime, in China's time where the text names a zone; or `ambiguous-date` (`05/04/2026`, two-digit or
        missing year, a month alone), `invalid-date` (31 April), `constraint-error` (outside 1990-2099),
        `unseen-sign`, `type-error`.
    """
    if lacking := unreadable(cell):
        return lacking
    if cell.kind == "number":
        return _numbered_moment(cell, date_system)
    if cell.kind == "date" and isinstance(cell.value, datetime):
        if shows_month_only(cell.number_format):
            return _month(cell.value.year, cell.value.month, cell.text, month_ok)
        return _within_years(cell.value, cell.text)
    if cell.kind != "text":
        return problem("type-error", cell.text)
    return _moment_in_text(cell.text, date_system=date_system, month_ok=month_ok)


def _numbered_moment(cell: RawCell, date_system: int) -> Parsed:
    """Take a number cell for a compact date (20260409) or for a serial of a plausible year."""
    if _COMPACT.fullmatch(cell.text):
        return _moment_in_text(cell.text)
    return _serial(cell.value, cell.text, date_system)


def _serial(value: float, raw: str, date_system: int) -> Parsed:
    if date_system not in {1900, 1904}:
        return problem("ambiguous-date", raw)
    moment = serial_moment(value, date_system, has_date=True, has_clock=True)
    if isinstance(moment, datetime) and _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return Parsed(moment)
    return problem("ambiguous-date", raw)


def _moment_in_text(raw: str, *, date_system: int = 1900, month_ok: bool = False) -> Parsed:
    """Read a day and time in a text that is not blank; see `parse_moment`."""
    if hides_a_sign(raw):
        return problem("unseen-sign", raw)
    text = re.sub(r" *([年月日号]) *", r"\1", narrow_text(raw))
    text = _IN_NUMERALS.sub(_in_digits, text)
    if match := _DAY.fullmatch(text) or _COMPACT.fullmatch(text):
        return _moment(match.groupdict(), raw)
    if match := _MONTH.fullmatch(text):
        return _month(int(match[1]), int(match[2] or match[3]), raw, month_ok)
    if _SERIAL.fullmatch(text):
        return _serial(float(text), raw, date_system or 1900)
    if _NO_YEAR_FIRST.fullmatch(text):
        return problem("ambiguous-date", raw)
    return problem("type-error", raw)


def _in_digits(match: re.Match) -> str:
    """Return a date in Chinese numerals (二〇二六年九月二十二日) in digits."""
    year, *others = (part.translate(_NUMERALS) for part in match.groups())
    month, day = (re.sub("^十", "1十", part).replace("十", "0" if part.endswith("十") else "") for part in others)
    return f"{year}年{month}月{day}日"


def _moment(found: dict[str, str | None], raw: str) -> Parsed:
    def part(name: str) -> int:
        return int(found.get(name) or found.get(f"{name}2") or 0)

    hour, half = part("hour"), (found.get("half") or found.get("late") or "").casefold()
    if half:
        hour = hour % 12 + (12 if half in ("下午", "pm") else 0) if hour <= 12 else -1
    try:
        moment = datetime.combine(
            date(part("year"), part("month"), part("day")), time(hour, part("minute"), part("second"))
        )
        if zone := found.get("zone"):
            there = datetime.fromisoformat(f"2000-01-01T00:00{zone if len(zone) != 3 else zone + ':00'}").tzinfo
            moment = moment.replace(tzinfo=there).astimezone(_HOME).replace(tzinfo=None)
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
