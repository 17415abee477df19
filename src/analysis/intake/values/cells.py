"""The result of reading a cell, and the text in it: spaces, invisible characters, names."""

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
]

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6A: "%", 0x2212: "-"}
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
    if text.isprintable() and _FILLERS.isdisjoint(text):
        return text.strip()
    visible = (" " if letter.isspace() else letter for letter in text if not _is_invisible(letter))
    return "".join(visible).strip()


def _is_invisible(letter: str) -> bool:
    return letter in _FILLERS or (unicodedata.category(letter) in {"Cf", "Cc"} and not letter.isspace())


def narrow_text(text: str) -> str:
    """Return clean text with wide digits, letters and signs narrowed, and nothing else changed."""
    return clean_text(text.translate(_WIDE))


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
