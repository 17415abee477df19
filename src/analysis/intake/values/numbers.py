"""Numbers, counts, points and rates."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from analysis.intake.readers.formats import shows_duration, shows_percent
from analysis.intake.readers.model import RawCell
from analysis.intake.values.cells import Parsed, hides_a_sign, narrow_text, problem, unreadable

Unit = Literal["percent", "share", "points", "other"]

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


def in_unit(parsed: Parsed, unit: Unit, *, is_settled: bool = False) -> Parsed:
    """Take a number as it is meant in its unit (S38).

    Args:
        parsed: What `parse_number` gave.
        unit: What a plain number counts: per cents (`95`), a share of the whole (`0.95`), points, or something else.
        is_settled: Somebody answers for the number as it stands: nothing is ambiguous any more.

    Returns:
        The number in the unit; or `ambiguous-number` where it may have been meant in another: `0.5` among per cents,
        `95` among shares, `0.5` or `95%` among points, any per cent elsewhere.
    """
    if parsed.code:
        return parsed
    value = parsed.value
    if parsed.has_percent:
        is_doubtful = unit not in ("percent", "share")
    else:
        doubts = {"percent": 0 < value <= 1, "share": value > 1, "points": 0 < value < 1}
        is_doubtful = doubts.get(unit, False) and not is_settled
    if is_doubtful:
        return problem("ambiguous-number", _shown(parsed))
    if parsed.has_percent and unit == "share":
        return Parsed(float(Decimal(repr(value)) / 100), has_percent=True)
    return replace(parsed, value=float(value))


def as_share(parsed: Parsed) -> Parsed:
    """Return per cents as a share of the whole."""
    return parsed if parsed.code else replace(parsed, value=float(Decimal(repr(parsed.value)) / 100))


def _shown(parsed: Parsed) -> str:
    return f"{parsed.value!r}{'%' if parsed.has_percent else ''}"
