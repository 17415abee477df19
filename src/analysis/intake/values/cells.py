"""The result of reading a cell, and the text in it: spaces, invisible characters, names."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from analysis.intake.readers.model import RawCell

# Frictionless's names where one fits.
Code = Literal[
    "blank-cell",  # nothing is written here
    "error-value",  # an Excel error such as #N/A
    "formula-uncached",  # a formula whose value was never computed
    "type-error",  # not a value of this type
    "constraint-error",  # of this type, but outside what is allowed
    "ambiguous-number",
    "ambiguous-date",
    "invalid-date",  # written as a date, but no such day
    "unseen-sign",  # a sign that nobody sees may show another value than the one stored
    "number-as-id",  # an id stored as a number that no longer says what the id is
]

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6A: "%", 0x2212: "-"}
# What a spreadsheet needs to leave a text alone: ="0012", or an apostrophe before it.
_AS_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"')
_APOSTROPHES = "'\u2018\u2019\uff07"
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u180e\ufe0e\ufe0f")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, or the code of the problem that keeps it from being one.

    Attributes:
        value: The typed value; None where there is a code.
        code: One of `Code`, or None.
        note: What was found, for the problem's sentence; for a month read as a date `month-only`.
        has_percent: A percent sign stood in the text or in the number format; the value is then in percent
            (0.85 formatted as 85 % is 85).
    """

    value: float | int | date | datetime | None
    code: Code | None = None
    note: str = ""
    has_percent: bool = False


def clean_text(text: str) -> str:
    """Return text without invisible characters, each kind of space as one plain space, none at the ends."""
    # Nearly every text: letters that can be seen and plain spaces, told apart ten times as fast.
    if not (text.isprintable() and _FILLERS.isdisjoint(text)):
        text = "".join(" " if letter.isspace() else letter for letter in text if not _is_invisible(letter))
    text = text.strip()
    wrapped = _AS_FORMULA.fullmatch(text) if text.startswith("=") else None
    return wrapped[1].replace('""', '"').strip() if wrapped else text


def _is_invisible(letter: str) -> bool:
    return letter in _FILLERS or (unicodedata.category(letter) in {"Cf", "Cc"} and not letter.isspace())


def narrow_text(text: str) -> str:
    """Return the text of a number, date or id: clean, wide signs narrowed, no apostrophe that only marks text."""
    text = clean_text(text.translate(_WIDE))
    return text[1:].lstrip() if text.startswith(tuple(_APOSTROPHES)) else text


def hides_a_sign(text: str) -> bool:
    """Return whether a number or date may look like another one: marks of direction, unseen signs between its signs."""
    if text.isprintable():
        return False
    visible = [place for place, letter in enumerate(text) if not (letter.isspace() or _is_invisible(letter))]
    inside = text[visible[0] : visible[-1] + 1] if visible else ""
    return not _TURNS.isdisjoint(text) or any(_is_invisible(letter) for letter in inside)


def is_blank(cell: RawCell) -> bool:
    """Return whether a cell holds nothing that a reader could see; errors and formulas are not blank."""
    return cell.kind == "blank" or (cell.kind == "text" and not clean_text(cell.text))


def problem(code: Code, note: str) -> Parsed:
    """Return the result of a cell that is set aside."""
    return Parsed(None, code, note)


def unreadable(cell: RawCell) -> Parsed | None:
    """Return the problem of a cell that holds no value at all, if it is one."""
    if is_blank(cell):
        return problem("blank-cell", "")
    if cell.kind == "error":
        return problem("error-value", cell.text)
    return problem("formula-uncached", cell.text) if cell.kind == "formula_uncached" else None
