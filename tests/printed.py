"""The text of a PDF as Chromium prints it: what a reader can search and copy, letter by letter."""

import re
import zlib
from collections.abc import Iterator

MISSING = "\ufffd"  # a glyph of which the file does not say what letter it is
_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n?(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)


def text_of_pdf(pdf: bytes) -> str:
    """All text of a PDF in the order in which it is drawn, a space between strings that stand apart."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = {name: _letters(objects, int(font)) for body in objects.values() for name, font in _fonts(body)}
    pages = [_unpack(body) for body in objects.values() if b"FlateDecode" in body]
    return " ".join(text for page in pages if b" Tf\n" in page for text in _texts(page, fonts))


def _fonts(body: bytes) -> list[tuple[bytes, bytes]]:
    found = re.search(rb"/Font <<(.*?)>>", body, re.DOTALL)
    return re.findall(rb"/(F\d+) (\d+) 0 R", found[1]) if found else []


def _unpack(body: bytes) -> bytes:
    found = _STREAM.search(body)
    return zlib.decompress(found[1]) if found else b""


def _letters(objects: dict[int, bytes], font: int) -> tuple[int, dict[int, str]]:
    """How many bytes a glyph takes in a font, and which letters its glyphs are."""
    told = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    table = _unpack(objects[int(told[1])]) if told else b""
    size = 1 if b"<00> <FF>" in table or b"Type3" in objects[font] else 2
    letters = {}
    for part in re.findall(rb"beginbfchar\n(.*?)endbfchar", table, re.DOTALL):
        for code, letter in re.findall(rb"<(\w+)> <(\w+)>", part):
            letters[int(code, 16)] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    for part in re.findall(rb"beginbfrange\n(.*?)endbfrange", table, re.DOTALL):
        for first, last, letter in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", part):
            for code in range(int(first, 16), int(last, 16) + 1):
                letters[code] = chr(int(letter, 16) + code - int(first, 16))
    return size, letters


def _texts(page: bytes, fonts: dict[bytes, tuple[int, dict[int, str]]]) -> Iterator[str]:
    for block in re.findall(rb"BT\n(.*?)ET\n", page, re.DOTALL):
        size, letters, text = 1, {}, ""
        for font, shown in re.findall(rb"/(F\d+) [\d.]+ Tf|<(\w+)> Tj", block):
            if font:
                size, letters = fonts[font]
            step = 2 * size
            text += "".join(letters.get(int(shown[at : at + step], 16), MISSING) for at in range(0, len(shown), step))
        yield text
