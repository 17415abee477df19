"""Ids of tickets, tasks, visits, items and documents: one form for what is written in several ways."""

import re

from analysis.intake.readers.model import RawCell
from analysis.intake.values.cells import Parsed, narrow_text, problem, unreadable

_DASHES = re.compile("[\u2010-\u2015\u2212\u2500]")
_SPACE = re.compile(r"\s+")
# 2.02610E+11: a spreadsheet has shortened the number, and many ids may have become this one.
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{1,3}")
_ZEROS = re.compile(r'(?P<before>(?:"[^"]*"|\\.|[A-Za-z_-])*)(?P<zeros>0+)(?:\.(?P<decimals>0+))?')
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_EXACT_DIGITS = 15


def id_form(text: str) -> str:
    """Return the form in which ids are compared: narrow, in capitals, without spaces and unseen characters."""
    return _DASHES.sub("-", _SPACE.sub("", narrow_text(text))).upper()


def parse_id(cell: RawCell) -> Parsed:
    """Read an id.

    Returns:
        Its `id_form`; of a number cell what its format shows, such as `ZG202600023` for 23 in `"ZG2026"00000`;
        or `number-as-id` where that cannot be told (1.1 may have been 1.10, 2.0E+11 was longer), `type-error` for a
        date, or the codes of a cell without a value.
    """
    if lacking := unreadable(cell):
        return lacking
    if cell.kind == "number":
        shown = shown_number(cell)
        return Parsed(id_form(shown)) if shown else problem("number-as-id", cell.text)
    if cell.kind != "text":
        return problem("type-error", cell.text)
    form = id_form(cell.text)
    return problem("number-as-id", cell.text) if _SHORTENED.fullmatch(form) else Parsed(form)


def shown_number(cell: RawCell) -> str:
    """Return what a spreadsheet shows of a number that serves as an id; empty where that may not be all of it."""
    value, form = cell.value, cell.number_format
    is_whole = value == int(value) and value >= 0
    if not 0 <= value < 10**_EXACT_DIGITS:
        return ""
    if form in ("General", "@"):
        return str(int(value)) if is_whole else ""
    match = _ZEROS.fullmatch(form)
    if match is None or not (is_whole or match["decimals"]):
        return ""
    decimals = len(match["decimals"] or "")
    if round(value, decimals) != value:
        return ""
    before = _LITERAL.sub(lambda literal: literal[1] or literal[2] or "", match["before"])
    whole, _, rest = f"{value:.{decimals}f}".partition(".")
    return before + whole.zfill(len(match["zeros"])) + (f".{rest}" if rest else "")


def id_text(cell: RawCell) -> str:
    """Return a cell as a text file would hold it: a number as its format shows it, shortened if it is too long.

    So the columns of a workbook and of a text file mean the same: `parse_id` refuses a shortened number.
    """
    if cell.kind == "number" and (cell.number_format != "General" or abs(cell.value) >= 10**_EXACT_DIGITS):
        return shown_number(cell) or (f"{cell.value:E}" if abs(cell.value) >= 10**_EXACT_DIGITS else cell.text)
    return cell.text
