"""Read delimited text (CSV, TSV): every cell is text, its address is the one that Excel would show.

Encoding is decided, not guessed: a byte order mark; else strict UTF-8; else UTF-16 where its zero bytes prove
it; else strict GB18030. That last one swallows other encodings: what yields private-use characters, or mostly
characters outside the everyday set (Big5 read as GB18030), is refused.
"""

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

from analysis.intake.readers.model import Limits, RawSheet, UnreadableFile

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t"
_SAMPLE_ROWS = 200
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")
_EVERYDAY_SHARE = 0.8


def read_delimited(path: Path, limits: Limits) -> list[RawSheet]:
    """Return the one sheet of a text file; rows keep their own lengths, blank rows stay.

    Raises:
        UnreadableFile: `encoding`, `not-text`, `unclosed-quote`, `malformed` or `too-large`.
    """
    text, encoding = decode(path.read_bytes(), path.name)
    delimiter = find_delimiter(text)
    rows = _parse(text, delimiter, path.name, limits)
    while rows and not any(rows[-1]):
        rows.pop()
    return [RawSheet(file=path.name, name=path.stem, rows=tuple(rows), date_system=0, encoding=encoding)]


def decode(data: bytes, file: str) -> tuple[str, str]:
    """Return the text of a file and the encoding in which it was read.

    Raises:
        UnreadableFile: `encoding` where no supported encoding fits for certain, `not-text` for binary data.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "") or _unmarked(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            file, "encoding", f"is not {encoding} at byte {error.start}; save it as CSV UTF-8"
        ) from None
    if control := _CONTROL.search(text):
        raise UnreadableFile(
            file, "not-text", f"holds the control character {control[0]!r} at character {control.start()}"
        )
    if encoding == "gb18030" and _is_doubtful(text):
        raise UnreadableFile(
            file, "encoding", "is neither UTF-8 nor everyday GB18030 (perhaps Big5); save it as CSV UTF-8"
        )
    return text, encoding


def _unmarked(data: bytes) -> str:
    """Return the encoding of data without a byte order mark: UTF-16 shows in zeros on one side only."""
    zeros = data.count(0)
    if zeros and len(data) % 2 == 0:
        if data[1::2].count(0) == zeros:
            return "utf-16-le"
        if data[::2].count(0) == zeros:
            return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _is_doubtful(text: str) -> bool:
    """Say whether text read as GB18030 was probably written in another encoding."""
    if _PRIVATE.search(text):
        return True
    letters = Counter(_HAN.findall(text))
    everyday = sum(count for letter, count in letters.items() if _is_everyday(letter))
    return everyday < _EVERYDAY_SHARE * letters.total()


def _is_everyday(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def find_delimiter(text: str) -> str:
    """Return the delimiter that gives most rows one common width above 1; comma where none does."""
    sample = text[: 1 << 18].splitlines()[:_SAMPLE_ROWS]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return 0, 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (count, width) if width > 1 else (0, max(widths, default=0))


def _parse(text: str, delimiter: str, file: str, limits: Limits) -> list[tuple[str, ...]]:
    """Return the rows; a quote that is never closed would hide the rest of the file, so it is refused."""
    try:
        return _rows(text, delimiter, True, file, limits)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise UnreadableFile(file, "unclosed-quote", "a quote is opened and never closed") from None
    try:
        rows = _rows(text, delimiter, False, file, limits)
    except csv.Error as error:
        raise UnreadableFile(file, "malformed", f"is no table of delimited text ({error})") from None
    if rows and rows[-1] and "\n" in rows[-1][-1]:
        raise UnreadableFile(file, "unclosed-quote", "a quote is opened and never closed")
    return rows


def _rows(text: str, delimiter: str, strict: bool, file: str, limits: Limits) -> list[tuple[str, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows, cells = [], 0
    for row in reader:
        cells += len(row)
        if cells > limits.text_cells:
            raise UnreadableFile(file, "too-large", f"more than {limits.text_cells} cells; split the file")
        rows.append(tuple(row))
    return rows
