"""Text on its way into a spreadsheet stays text, whatever it begins with and whatever characters it holds."""

import re

_SIGNS = tuple("=+-@＝＋－＠")
_LINES = ("\t", "\r", "\n")
# What XML 1.0, and so a workbook, cannot hold.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST = 32767


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet could take the text for a formula, now or when the cell is edited."""
    return text.startswith(_LINES) or text.lstrip().startswith(_SIGNS)


def set_text(cell, text: str) -> None:
    """Write a text into a cell of a workbook as text; what looks like a formula gets the quote prefix."""
    cell.value = _UNWRITABLE.sub("\ufffd", text)[:_LONGEST]
    cell.data_type = "s"
    if looks_like_formula(text):
        cell.quotePrefix = True


def plain_field(text: str) -> str:
    """Return a text as a field of CSV: on one line, with an apostrophe before what looks like a formula.

    CSV has no types, and spreadsheets begin a new row at a carriage return, quoted or not.
    """
    plain = _CONTROL.sub(" ", text)
    return f"'{plain}" if looks_like_formula(text) or looks_like_formula(plain) else plain
