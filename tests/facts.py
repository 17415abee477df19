"""What tests of a page's numbers share: its text, the tables behind it, and the numbers that no fact explains.

A fact is a piece of a sentence or row as it must read, reckoned from the tables by the test itself. Facts are taken out
of the text, the longest first; a number that is left over has no fact behind it. That such a test can fail is shown by
a cell that is altered: then what the page says is no fact of the tables any more.
"""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd

NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_DRAWN = re.compile(r"<svg\b.*?</svg>|<p class=.foot.>.*?</p>", re.DOTALL)


def text_of(page: str) -> str:
    """The page's text; charts draw their axes themselves and are left out, as are hashes in the foot."""
    main = _DRAWN.sub(" ", page[page.index("<main") : page.index("</main>")])
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", main)))


def sentences_of(page: str) -> str:
    """The page's text without its tables, whose rows are compared by themselves."""
    return text_of(_TABLE.sub(" ", page))


def unproved(text: str, facts: Iterable[str]) -> list[str]:
    """The numbers behind which no fact stands, each with what is around it."""
    for fact in sorted(filter(None, dict.fromkeys(facts)), key=len, reverse=True):
        text = text.replace(fact, " # ")
    return [text[max(0, m.start() - 20) : m.end() + 10] for m in NUMBER.finditer(text)]


def two(value: float) -> str:
    """Two decimals, half up as a unit reckons by hand, written once more."""
    return str(Decimal(repr(round(float(value), 9))).quantize(Decimal("0.01"), ROUND_HALF_UP))


def moved(change: float, unit: str = "分") -> str:
    """A change in words, as `report/words.py` has it, written once more."""
    size = two(abs(change))
    return "持平" if float(size) == 0 else f"{'上升' if change > 0 else '下降'}{size}{unit}"


def signed(change: float) -> str:
    """A change with its sign; nothing has none."""
    size = two(abs(change))
    return size if float(size) == 0 else f"{'+' if change > 0 else '−'}{size}"


def day_name(day: str) -> str:
    """A day of a table as sentences have it."""
    return f"{int(day[:4])}年{int(day[5:7])}月{int(day[8:])}日"


def weekday_after(day: str, count: int) -> str:
    """The so-many-th weekday after a day, where no holiday lies between."""
    return str(np.busday_offset(day, count, roll="backward"))


def altered(rows: pd.DataFrame, column: str, where: str = "") -> pd.DataFrame:
    """Rows with another value in one cell of those that a query finds: the largest number, else the first."""
    found = (rows.query(where) if where else rows)[column]
    place = found.astype(float).idxmax() if pd.api.types.is_numeric_dtype(found.dtype) else found.index[0]
    other, rows = _another(found[place], rows[column]), rows.astype({column: object})
    rows.loc[place, column] = other
    return rows.infer_objects()


def _another(old: object, values: pd.Series) -> object:
    if isinstance(old, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", old):
        return (date.fromisoformat(old) + timedelta(days=1)).isoformat()
    if isinstance(old, str):
        return next(value for value in values if value != old)
    if isinstance(old, (bool, np.bool_)):
        return not old
    return old + (0.1 if old % 1 else 1)


class Tables:
    """The published tables of a root's month, read once; an altered one stands in place of its own."""

    def __init__(self, root: Path, period: str, instead: Mapping[str, pd.DataFrame] = {}):
        self.root, self.period, self._instead, self._read = root, period, dict(instead), {}

    def __call__(self, name: str, period: str = "", scope: str = "") -> pd.DataFrame:
        """A table of the month, or of another one, of one scope where it is named."""
        period = period or self.period
        if period == self.period and name in self._instead:
            table = self._instead[name]
        elif (table := self._read.get((name, period))) is None:
            file = self.root / f"data/processed/{period}/r0001/{name}.parquet"
            table = self._read[name, period] = pd.read_parquet(file)
        return table[table["scope"] == scope] if scope else table

    def altered(self, name: str, column: str, where: str = "") -> "Tables":
        """The same tables but for a cell (see `altered`)."""
        other = Tables(self.root, self.period, self._instead | {name: altered(self(name), column, where)})
        other._read = self._read
        return other
