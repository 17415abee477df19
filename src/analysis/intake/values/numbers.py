"""Numbers, counts, points and rates."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from analysis.intake.readers.formats import shows_duration, shows_percent
from analysis.intake.readers.model import RawCell
from analysis.intake.values.cells import Parsed, hides_a_sign, narrow_text, problem, unreadable

RateUnit = Literal["percent", "fraction"]

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_LIKE_A_NUMBER = re.compile(r"[+-]?[0-9][0-9., '’]*")
_EXACT_DIGITS = 15


def parse_number(cell: RawCell, *, unit_words: tuple[str, ...] = ()) -> Parsed:
    """Read a number.

    Args:
        cell: The raw cell.
        unit_words: Words that may follow the number, such as `分` or `件`.

    Returns:
        The number (float, or int where the cell holds one), in percent where `has_percent`; or `type-error`,
        `ambiguous-number` (decimal comma, wrong groups, spaces inside), `constraint-error` (more digits before
        the point than a number keeps), `unseen-sign`, or the codes of a cell without a value.
    """
    if lacking := unreadable(cell):
        return lacking
    if cell.kind == "number":
        if shows_duration(cell.number_format):
            return problem("type-error", f"{cell.text} ({cell.number_format})")
        if shows_percent(cell.number_format):
            return Parsed(float(Decimal(cell.text) * 100), has_percent=True)
        return Parsed(cell.value)
    if cell.kind != "text":
        return problem("type-error", cell.text)
    return _number_in_text(cell.text, unit_words)


def _number_in_text(raw: str, unit_words: tuple[str, ...]) -> Parsed:
    if hides_a_sign(raw):
        return problem("unseen-sign", raw)
    text = narrow_text(raw)
    has_percent = text.endswith("%")
    text = text.removesuffix("%").rstrip()
    if not has_percent:
        word = next((word for word in unit_words if text.endswith(word)), "")
        text = text.removesuffix(word).rstrip()
    digits = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    if not _PLAIN.fullmatch(digits):
        code = "ambiguous-number" if _LIKE_A_NUMBER.fullmatch(text) else "type-error"
        return problem(code, raw)
    if len(digits.lstrip("+-0").partition(".")[0]) > _EXACT_DIGITS:
        return problem("constraint-error", raw)
    return Parsed(float(digits) if "." in digits else int(digits), has_percent=has_percent)


def parse_count(cell: RawCell, *, unit_words: tuple[str, ...] = ()) -> Parsed:
    """Read a whole number that is not negative; `constraint-error` for any other number."""
    parsed = parse_number(cell, unit_words=unit_words)
    if parsed.code:
        return parsed
    if parsed.has_percent:
        return problem("type-error", cell.text)
    if parsed.value < 0 or parsed.value != int(parsed.value):
        return problem("constraint-error", cell.text)
    return Parsed(int(parsed.value))


def as_points(parsed: Parsed, *, low: float = 0.0, full: float = 100.0) -> Parsed:
    """Take a number as points from `low` to `full`.

    A percent sign does not say points, and a number above 0 up to 1 on a scale of 100 may be a share that
    was meant as points: both are `ambiguous-number`. Outside the scale it is a `constraint-error`.
    """
    if parsed.code:
        return parsed
    value = parsed.value
    if parsed.has_percent or (full >= 100 and 0 < value <= 1):
        return problem("ambiguous-number", _shown(parsed))
    if not low <= value <= full:
        return problem("constraint-error", f"{_shown(parsed)} ({low:g}-{full:g})")
    return replace(parsed, value=float(value))


def as_rate(parsed: Parsed, unit: RateUnit | None = None, *, most: float = 1.0) -> Parsed:
    """Take a number as a rate, 1 for the whole.

    Args:
        parsed: What `parse_number` gave.
        unit: What the column declares a plain number to be; None where it declares nothing.
        most: The highest rate allowed.

    Returns:
        The rate; or `ambiguous-number` where neither sign nor unit settles it: any plain number but 0 without
        a unit, up to 1 in a column of percents, above `most` in a column of fractions.
    """
    if parsed.code:
        return parsed
    value = parsed.value
    is_percent = parsed.has_percent or unit == "percent"
    is_doubtful = value != 0 and not parsed.has_percent and (unit is None or (is_percent and 0 < value <= 1))
    if is_doubtful or (unit == "fraction" and not is_percent and value > most):
        return problem("ambiguous-number", _shown(parsed))
    rate = float(Decimal(repr(value)) / 100) if is_percent else float(value)
    if not 0 <= rate <= most:
        return problem("constraint-error", _shown(parsed))
    return Parsed(rate, has_percent=parsed.has_percent)


def _shown(parsed: Parsed) -> str:
    return f"{parsed.value!r}{'%' if parsed.has_percent else ''}"
