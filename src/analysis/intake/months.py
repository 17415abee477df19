"""Which month a title, a name or a header names, in any usual writing: 2026年9月, 二〇二六年九月, 9月份, 202609."""

import re
from itertools import zip_longest
from typing import NamedTuple

from analysis.intake.labels import normal

_DIGITS = {**{sign: str(n) for n, sign in enumerate("〇一二三四五六七八九")}, "○": "0", "零": "0", "元": "1", "正": "1"}
_HAN_YEAR = re.compile(r"[〇○零一二三四五六七八九]{4}(?=年)")
_HAN_NUMBER = re.compile(
    r"(?<![近前后])(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[元正一二三四五六七八九])(?=[月日号])"
)
_TO = r"(?:至|到|-+|—+|–|~+)"
_YEAR = r"(?:(?P<{0}>20[0-9]{{2}}|[0-9]{{2}})年)?"
_DAY = re.compile(
    r"(?<![0-9])(?:(?:(?P<y1>20[0-9]{2}|[0-9]{2})年)?(?P<m1>[0-9]{1,2})月[0-9]{1,2}(?:[日号]|(?![0-9月]))"
    r"|(?P<y2>20[0-9]{2})(?P<s>[-./])(?P<m2>[0-9]{1,2})(?P=s)[0-9]{1,2}(?![0-9])"
    r"|(?P<y3>20[0-9]{2})(?P<m3>0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{6})?(?![0-9]))"
)
_REST_OF_DAYS = re.compile(rf"{_TO}[0-9]{{1,2}}[日号]")
_RANGE = re.compile(
    rf"(?<![0-9]){_YEAR.format('y1')}(?P<m1>[0-9]{{1,2}})月?份?{_TO}{_YEAR.format('y2')}(?P<m2>[0-9]{{1,2}})月"
    rf"|(?<![0-9])(?P<y3>20[0-9]{{2}})[-./_]?(?P<m3>[0-9]{{1,2}}){_TO}(?P<y4>20[0-9]{{2}})[-./_]?(?P<m4>[0-9]{{1,2}})(?![0-9])"
)
_MONTH = re.compile(
    rf"(?<![0-9]){_YEAR.format('y1')}(?P<m1>[0-9]{{1,2}})月"
    r"|(?<![0-9])(?P<y2>20[0-9]{2})[-./_年](?P<m2>0?[1-9]|1[0-2])(?![0-9]|[-./][0-9])"
    r"|(?<![0-9])(?P<y3>20[0-9]{2})(?P<m3>0[1-9]|1[0-2])(?![0-9])"
)


class Span(NamedTuple):
    """Months from first to last, as they are written; a year of 0 is not written."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, period: str) -> bool:
        """Tell whether the month `period` lies within, as far as the years are written."""
        month = int(period[:4]), int(period[5:])
        year = self.first[0] or self.last[0]
        first, last = ((own or year or month[0], number) for own, number in self)
        if first > last and not self.first[0]:
            first = first[0] - 1, first[1]
        return first <= month <= last or (not year and self.first[1] > self.last[1] and month[1] >= self.first[1])

    def __str__(self) -> str:
        return "至".join(f"{f'{y}年' if y else ''}{m}月" for y, m in dict.fromkeys(self))


def months_in(text: str) -> list[Span]:
    """Return the months that a text names; days say nothing, such as that of an export, but a range of days does."""
    text = _HAN_YEAR.sub(lambda match: "".join(_DIGITS[sign] for sign in match[0]), normal(text))
    text = _HAN_NUMBER.sub(lambda match: str(_number(match[0])), text)
    spans: list[Span] = []
    days = list(_DAY.finditer(text))
    for one, other in zip_longest(days, days[1:]):
        if other and re.fullmatch(_TO, text[one.end() : other.start()]):
            spans.append(_span(_parts(one), _parts(other)))
        elif _REST_OF_DAYS.match(text, one.end()):
            spans.append(_span(_parts(one), _parts(one)))
    text = _DAY.sub("¦", text)
    for match in _RANGE.finditer(text):
        y1, m1, y2, m2, y3, m3, y4, m4 = (int(part or 0) for part in match.groups())
        spans.append(_span((y1 or y3, m1 or m3), (y2 or y4, m2 or m4)))
    text = _RANGE.sub("¦", text)
    spans += [_span(_parts(match), _parts(match)) for match in _MONTH.finditer(text)]
    return [span for span in spans if 1 <= span.first[1] <= 12 and 1 <= span.last[1] <= 12]


def another_month(text: str, period: str) -> str:
    """Return the months that a text names if none of them is, or holds, `period`; else an empty text."""
    spans = months_in(text)
    is_other = spans and not any(span.holds(period) for span in spans)
    return "、".join(map(str, dict.fromkeys(spans))) if is_other else ""


def month_in_words(period: str) -> str:
    """Return a month as a title names it: 2026年10月."""
    return f"{int(period[:4])}年{int(period[5:])}月"


def _number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (int(_DIGITS[tens]) if tens else 1) * 10 * bool(ten) + int(_DIGITS.get(ones, 0))


def _parts(match: re.Match) -> tuple[int, int]:
    found = match.groupdict()
    year, month = (next((int(v) for k, v in found.items() if k[0] == sign and v), 0) for sign in "ym")
    return year, month


def _span(first: tuple[int, int], last: tuple[int, int]) -> Span:
    (y1, m1), (y2, m2) = first, last
    y1, y2 = (year + 2000 if 0 < year < 100 else year for year in (y1, y2))
    return Span((y1, m1), (y2 or y1, m2))
