"""How wide the columns of a table on paper are: no number and no day is cut in two."""

import re
from collections.abc import Sequence
from math import ceil

from analysis.report.page.pieces import Table

_DENSE, _LONG = 4, 24  # a table with more columns, or that many lines of cells, is set smaller
# Of a line of paper, in halves of a letter, for the two sizes of tables, what a cell's padding takes of it, and how
# high a line of cells is beside one of the text.
_LETTERS, _PADDING, _LINE = {False: 84, True: 98}, {False: 1.1, True: 1.3}, {False: 0.54, True: 0.46}
_BLANK = 24  # halves of a letter of a column to be written into
_HEAD, _SHORT_HEAD = 8, 4  # halves of a letter in a line of a head, where there is room and where there is none
_FIGURE = 1.28  # halves of a letter of the widest figure of a font that stands in for Times New Roman
_NAME = 12  # halves of a letter of a cell in words that are not cut where it can be helped
# What an editor must not cut: a day or month in words, and whatever stands in letters and figures.
_UNCUT = re.compile(r"\d{4}年\d{1,2}月(?:\d{1,2}日)?|[0-9A-Za-z.,%+−–→/:*-]+")


def measure(text: str) -> int:
    """Return how wide a text is, in halves of a Chinese letter."""
    return sum(2 if ord(letter) > 0x2E7F or letter in "—…“”→%" else 1 for letter in text)


def measure_uncut(text: str) -> float:
    """Return how wide a number or a day may be drawn: where the font of papers lacks, others have wider figures."""
    return sum(_FIGURE if letter.isascii() and letter != "%" else 2 for letter in text)


def table_widths(shown: Table, total: float, padding: float = 0) -> list[float]:
    """Return the widths of a table's columns, in halves of a letter, with the padding of each.

    Args:
        shown: the table; one with shares of its own has columns as wide as these.
        total: how wide the table is.
        padding: of a cell, both sides together.
    """
    if shown.shares:
        return [total * share / sum(shown.shares) for share in shown.shares]
    least = [width + padding for width in least_widths(shown)]
    for head in (_HEAD, _SHORT_HEAD):
        wanted = [max(want + padding, need) for want, need in zip(wanted_widths(shown, head), least, strict=True)]
        if sum(wanted) <= total:
            break
    return share_width(wanted, total, least)


def is_dense(shown: Table) -> bool:
    """Tell whether a table is set in the smaller of the two sizes."""
    return len(shown.heads) > _DENSE or _count_rows(shown, dense=False) > _LONG


def table_lines(shown: Table) -> float:
    """Return how many lines of a page a table takes, its title, its note and a head of two lines among them."""
    dense = is_dense(shown)
    return ceil(measure(shown.caption) / _LETTERS[False]) + _LINE[dense] * (2 + _count_rows(shown, dense=dense))


def _count_rows(shown: Table, *, dense: bool) -> int:
    padding = _PADDING[dense]
    widths = [width - padding for width in table_widths(shown, _LETTERS[dense], padding)]
    return sum(max(ceil(measure(c) / width) for c, width in zip(row, widths, strict=True)) for row in shown.cells)


def wanted_widths(shown: Table, head: int = _HEAD) -> list[int]:
    """Return how wide the columns would like to be: a head may wrap, cells need not."""
    columns = zip(shown.heads, *shown.cells, strict=True)
    return [
        max(2 + (max(map(measure, cells), default=0) or _BLANK), 2 + min(measure(name), head))
        for name, *cells in columns
    ]


def least_widths(shown: Table) -> list[float]:
    """Return how wide the columns must be, so that no number and no day is cut."""
    columns = list(zip(*shown.cells, strict=True)) or [()] * len(shown.heads)
    return [
        2
        + max(
            _SHORT_HEAD,
            min(_NAME, max(map(measure, cells), default=0)),
            max((measure_uncut(found) for cell in cells for found in _UNCUT.findall(cell)), default=0),
        )
        for cells in columns
    ]


def share_width(wanted: Sequence[float], total: float, least: Sequence[float] = ()) -> list[float]:
    """Return the widths of columns that fill `total`: narrow ones get what they want, wide ones share the rest.

    Args:
        wanted: how wide each would like to be.
        total: how wide all are together.
        least: how wide each must be; more than `total` together is shared as it is.
    """
    least = least or [0.0] * len(wanted)
    if sum(least) >= total:
        return [total * width / sum(least) for width in least]
    left, wide, widths = float(total), sorted(range(len(wanted)), key=wanted.__getitem__), [*map(float, wanted)]
    while wide and wanted[wide[0]] <= left / len(wide):
        left -= wanted[wide.pop(0)]
    if not wide:
        return [width * total / (total - left) for width in widths]
    if left <= sum(least[at] for at in wide):  # what is narrow has to give way too
        return _stretch(least, wanted, total)
    while tight := [at for at in wide if wanted[at] * left / sum(wanted[at] for at in wide) < least[at]]:
        for at in tight:
            widths[at] = least[at]
            wide.remove(at)
            left -= least[at]
    share = left / sum(wanted[at] for at in wide)
    return [width * share if at in wide else width for at, width in enumerate(widths)]


def _stretch(least: Sequence[float], wanted: Sequence[float], total: float) -> list[float]:
    """Return the least widths, and of what is left each column its share of what it lacks."""
    lacking = [max(0.0, want - need) for want, need in zip(wanted, least, strict=True)]
    part = (total - sum(least)) / sum(lacking)
    return [need + part * lack for need, lack in zip(least, lacking, strict=True)]
