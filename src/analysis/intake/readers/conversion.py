"""From what stands in a cell of an .xlsx sheet to its value, kind and number format."""

import math
import re

from analysis.intake.readers.archive import Archive
from analysis.intake.readers.formats import date_parts, iso_moment, serial_moment
from analysis.intake.readers.model import Kind, Value
from analysis.intake.readers.package import Workbook, unescape
from analysis.policy.messages import say

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXACT_INTEGERS = 2**53


class Conversion:
    """Converts the cells of one sheet and keeps, by place, kinds and number formats, and what is struck through."""

    def __init__(self, archive: Archive, workbook: Workbook, sheet: str):
        self._archive, self._workbook, self._sheet = archive, workbook, sheet
        self._shown = [date_parts(number_format) for number_format in workbook.formats]
        self.kinds: dict[tuple[int, int], tuple[Kind, str]] = {}
        self.number_formats: dict[tuple[int, int], str] = {}
        self.struck: set[tuple[int, int]] = set()

    def convert(self, kind: str, style: int, text: str | None, formula: str | None, place: tuple[int, int]) -> Value:
        """Return a cell's value; note its kind and its number format where the value does not tell them.

        Args:
            kind: The cell's type as the file writes it, `n` where it writes none.
            style: Index of its style.
            text: What stands as its value; None where nothing does.
            formula: Its formula without the equals sign; None where there is none.
            place: (row, column).
        """
        if style in self._workbook.struck:
            self.struck.add(place)
        if kind == "n" and text and _NUMBER.fullmatch(text := text.strip()):
            # Some writers store 0 under every formula and leave the calculation to whoever opens the workbook.
            if formula is None or not self._workbook.is_uncalculated or float(text) != 0:
                return self._number(text, style, place)
            text = None
        if formula is not None and (text is None or (text == "" and kind != "str")):
            self.kinds[place] = ("formula_uncached", f"={formula}")
            return None
        if kind == "s":
            return self._shared(text.strip())
        if kind in {"str", "inlineStr"}:
            return unescape(text)
        if kind == "b" and text in {"0", "1", "true", "false"}:
            return text in {"1", "true"}
        if kind == "d":
            return iso_moment(text) or text
        if text:
            self.kinds[place] = ("error", text)
        return None

    def _shared(self, text: str) -> str:
        if not text.isdecimal() or int(text) >= len(self._workbook.strings):
            raise self._archive.refuse(
                "malformed",
                say("sheet {sheet!r} refers to a missing text {text!r}").format(sheet=self._sheet, text=text),
            )
        return self._workbook.strings[int(text)]

    def _number(self, text: str, style: int, place: tuple[int, int]) -> Value:
        value = float(text)
        if value.is_integer() and abs(value) < _EXACT_INTEGERS:
            value = int(value)
        elif not math.isfinite(value):
            self.kinds[place] = ("error", text)
            return None
        if style and style < len(self._shown):
            number_format = self._workbook.formats[style]
            if number_format != "General":
                self.number_formats[place] = number_format
            if any(self._shown[style]):
                return serial_moment(value, self._workbook.date_system, *self._shown[style])
        return value
