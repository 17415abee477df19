"""The fast way through a sheet whose rows are plain: no formula, no error, nothing that XML could mean otherwise.

Excel and openpyxl write rows in one form. Where all of the rows have it, regular expressions take them apart
several times faster than an XML parser; the document around the rows still goes through the parser, and any
other sheet goes through it whole. Both ways hand the same cells to the same conversion.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_VALUE = r"<v>[-+0-9.eE]{1,40}</v>"
_TEXT = r'<is><t(?: xml:space="preserve")?>[^<&\x00-\x08\x0b-\x1f\ufffe\uffff]*</t></is>'
_CELL = (
    r'<c r="[A-Z]{1,3}(?P=row)"(?: s="[0-9]{1,5}")?'
    rf'(?:(?: t="[nsb]")?(?: ?/>|>(?:{_VALUE})?</c>)| t="inlineStr">{_TEXT}</c>)'
)
_HEAD = r'<row r="(?P<row>[1-9][0-9]{0,6})"(?: [A-Za-z0-9:]+="[^"<>&]*")*'
_ALL_ROWS = re.compile(rf"(?:{_HEAD}(?: ?/>|>(?:{_CELL})*+</row>))*+")
_ATTRIBUTE = re.compile(r' ([A-Za-z0-9:]+)="([^"]*)"')
_FILLED = re.compile(
    r'<c r="([A-Z]+)[0-9]+"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?>'
    r'(?:<v>([^<]*)|<is><t(?: xml:space="preserve")?>([^<]*))'
)
_DECLARATION = re.compile(
    r'\ufeff?(?:<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?(?: standalone="yes")?\s?\?>)?\s*<[a-z]'
)
_OPEN, _CLOSE = "<sheetData>", "</sheetData>"


class PlainRow(NamedTuple):
    """A row: the attributes of its head, and of each filled cell column letters, style, type, value, text."""

    head: dict[str, str]
    cells: list[tuple[str, str, str, str, str]]


def split_rows(document: bytes) -> tuple[bytes, str] | None:
    """Return the document without its rows, and the rows, if these are plain; else None."""
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        return None
    start, stop = text.find(_OPEN), text.rfind(_CLOSE)
    if start < 0 or stop < start or not _DECLARATION.match(text):
        return None
    rows = text[start + len(_OPEN) : stop]
    around = text[: start + len(_OPEN)] + text[stop:]
    if "<!" in around or around.count("sheetData") != 2 or not _ALL_ROWS.fullmatch(rows):
        return None
    return around.encode(), rows


def iter_rows(rows: str) -> Iterator[PlainRow]:
    """Yield plain rows in the order of the file."""
    for row in rows.split("<row")[1:]:
        head, _, cells = row.partition(">")
        yield PlainRow(dict(_ATTRIBUTE.findall(head)), _FILLED.findall(cells))
