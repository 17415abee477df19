"""Read delimited text (CSV, TSV): every cell is text, its address is the one that Excel would show.

Encoding is decided, not guessed: a byte order mark; else UTF-16 where its zero bytes prove it; else strict UTF-8;
else strict GB18030. That last one swallows other encodings: what yields private-use characters, or mostly
characters outside the everyday set (Big5 read as GB18030), is refused. A file is looked at in pieces and read line by
line, so that its size costs no memory.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from analysis.intake.readers.model import DEFAULT, Limits, RawSheet, UnreadableFile
from analysis.policy.messages import say

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t|\uff0c\uff1b"  # the last two as Chinese keyboards write them
_SAMPLE_ROWS = 200
_SAMPLE_LETTERS = 1 << 18
_PIECE = 1 << 20  # bytes looked at in one go, and the longest line in characters
_MOSTLY = 4  # zero bytes of UTF-16 on the side of the high bytes, for each one on the other (一 is U+4E00)
_LEAST_ASCII = 10  # one in so many letters of a table in UTF-16 is a digit, delimiter or line break
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = bytes(code for code in range(128) if _CONTROL.match(chr(code)))  # in all but UTF-16 they stand alone
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_HAN_OR_PRIVATE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\ue000-\uf8ff\U000f0000-\U0010ffff]")
_EVERYDAY_SHARE = 0.8


@dataclass(frozen=True)
class TextFile:
    """A file of delimited text whose every byte was looked at: how it is written, and its usual number of cells."""

    path: Path
    encoding: str
    delimiter: str
    width: int
    limits: Limits

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows, as long as they are delivered; blank rows are empty.

        Some systems write quotation marks inside of cells as they are. Where strict reading stumbles over one, the
        rest of the file is read leniently.

        Raises:
            UnreadableFile: `unclosed-quote` or `swallowed-rows` with the row where the mark opens, `malformed`, or
                `too-many-cells`.
        """
        n_read = 0
        try:
            for row in self._parse():
                n_read += 1
                yield row
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise self._unclosed(n_read + 1) from None
            yield from self._rest(n_read)

    def _rest(self, n_read: int) -> Iterator[tuple[str, ...]]:
        try:
            for row in islice(self._parse(lenient_after=n_read), n_read, None):
                n_read += 1
                yield row
        except csv.Error as error:
            if "field limit" in str(error):
                raise self._unclosed(n_read + 1) from None
            message = say("is no table of delimited text ({error})").format(error=error)
            raise UnreadableFile(self.path.name, "malformed", message, n_read + 1) from None

    def _unclosed(self, row: int) -> UnreadableFile:
        return UnreadableFile(self.path.name, "unclosed-quote", say("a quotation mark is opened and never closed"), row)

    def _parse(self, *, lenient_after: int | None = None) -> Iterator[tuple[str, ...]]:
        n_cells = n_lines = 0
        with self.path.open(encoding=self.encoding, newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=lenient_after is None)
            for number, row in enumerate(reader, start=1):
                n_cells += len(row)
                if n_cells > self.limits.text_cells:
                    raise UnreadableFile(
                        self.path.name,
                        "too-many-cells",
                        say("more than {text_cells} cells; split the file").format(text_cells=self.limits.text_cells),
                    )
                is_loose = lenient_after is not None and number > lenient_after
                if reader.line_num > n_lines + 1 and (is_loose or self._holds_rows(row)):
                    detail = say("a quotation mark opens here and swallows the rows up to the next one")
                    raise UnreadableFile(self.path.name, "swallowed-rows", detail, number)
                n_lines = reader.line_num
                yield tuple(row)

    def _holds_rows(self, row: list[str]) -> bool:
        """Tell whether quotation marks hold whole rows: as many delimiters as the rows that the line breaks would end.

        Where the mark closes in another column than it opens in, the row that is left has another length.
        """
        for cell in row:
            lines = cell.splitlines()
            n_inside = cell.count(self.delimiter)
            if self.width > 1 and len(lines) > 1 and n_inside >= (len(lines) - 1) * (self.width - 1):
                return True
            if any(line.count(self.delimiter) == self.width - 1 > 0 for line in lines[1:-1]):
                return True
        return len(row) != self.width > 1

    def ends_with_a_line(self) -> bool:
        """Tell whether the last line has an end as the others have: a file that was cut off has not."""
        with self.path.open("rb") as stream:
            head = stream.read(_PIECE)
            stream.seek(max(0, self.path.stat().st_size - 4))
            tail = stream.read().strip(b"\0")
        return tail.endswith(b"\n") or (tail.endswith(b"\r") and b"\n" not in head) or not head

    def sheet(self, n_rows: int | None = None) -> RawSheet:
        """Return the file as a sheet; blank rows stay, save those at its end.

        Args:
            n_rows: read no more than so many rows.
        """
        rows = list(islice(self.rows(), n_rows))
        while rows and not any(rows[-1]):
            rows.pop()
        name = self.path.stem
        return RawSheet(file=self.path.name, name=name, rows=tuple(rows), date_system=0, encoding=self.encoding)


def open_text(path: Path, limits: Limits = DEFAULT) -> TextFile:
    """Return a text file, once all of it could be decoded.

    Raises:
        UnreadableFile: `encoding` where no supported encoding fits for certain, `not-text` where it holds control
            characters, `private-use`, `endless-line`; with the row.
    """
    with path.open("rb") as stream:
        head = stream.read(_PIECE)
    candidates = [next((name for mark, name in _MARKS if head.startswith(mark)), "")]
    refusals = []
    for encoding in candidates if candidates[0] else _unmarked(head):
        try:
            _look_through(path, encoding)
        except UnreadableFile as refusal:
            refusals.append(refusal)
            continue
        with path.open(encoding=encoding, newline="") as stream:
            sample = stream.read(_SAMPLE_LETTERS).splitlines()[:_SAMPLE_ROWS]
        delimiter = max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))
        return TextFile(path, encoding, delimiter, _evenness(sample, delimiter)[1], limits)
    # The encoding that came furthest is the one that was meant.
    raise max(refusals, key=lambda refusal: refusal.row)


def _unmarked(head: bytes) -> list[str]:
    """Return the encodings to try for data without a byte order mark: UTF-16 shows in zeros on one side."""
    low, high = head[::2].count(0), head[1::2].count(0)
    if max(low, high) * _LEAST_ASCII > len(head) // 2 and max(low, high) > _MOSTLY * min(low, high):
        return ["utf-16-le" if high > low else "utf-16-be", "utf-8"]
    return ["utf-8", "gb18030"]


def _look_through(path: Path, encoding: str) -> None:
    """Decode all of a file, piece by piece, and keep none of it.

    Raises:
        UnreadableFile: says what does not belong into a text of this encoding, and in which row.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    row, n_open, letters = 1, 0, Counter()
    with path.open("rb") as stream:
        while True:
            piece = stream.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                row += error.object.count(b"\n", 0, error.start)
                detail = say("holds bytes that are no {encoding}; save it as CSV UTF-8").format(encoding=encoding)
                raise UnreadableFile(path.name, "encoding", detail, row) from None
            here = Counter(_HAN_OR_PRIVATE.findall(text) if encoding == "gb18030" else ())
            letters += here
            if encoding.startswith("utf-16") or len(piece.translate(None, _CONTROL_BYTES)) < len(piece):
                _refuse(_CONTROL.search(text), "not-text", path.name, row)
            if any(map(_PRIVATE.match, here)):
                _refuse(_PRIVATE.search(text), "private-use", path.name, row)
            end = max(text.rfind("\n"), text.rfind("\r"))
            n_open = n_open + len(text) if end < 0 else len(text) - end - 1
            if n_open > _PIECE:
                raise UnreadableFile(path.name, "endless-line", say("has a line without end; export it again"), row)
            row += text.count("\n")
            if not piece:
                break
    everyday = sum(count for letter, count in letters.items() if _is_everyday(letter))
    if everyday < _EVERYDAY_SHARE * letters.total():
        raise UnreadableFile(
            path.name, "encoding", say("is neither UTF-8 nor everyday GB18030 (perhaps Big5); save it as CSV UTF-8")
        )


def _refuse(found: re.Match | None, reason: str, file: str, row: int) -> None:
    """Raise the refusal of a text for a character found in it; `row` is where the text begins."""
    if found:
        detail = say("holds the character {found!r}; remove it").format(found=found[0])
        raise UnreadableFile(file, reason, detail, row + found.string.count("\n", 0, found.start()))


def _is_everyday(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Return how many rows have the commonest width, and that width; a delimiter that never cuts gives 0 rows."""
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return 0, 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (count, width) if width > 1 else (0, max(widths, default=0))
