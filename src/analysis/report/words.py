"""Numbers and dates as an official notice writes them."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

DASH = "—"
# As docs/glossary.md has it.
SCOPES = {"month": "当月", "ytd": "本年累计"}


def score(value: float | None) -> str:
    """Return a score with two decimals, a dash where there is none."""
    return DASH if pd.isna(value) else f"{value:.2f}"


def signed(value: float | None, decimals: int = 2) -> str:
    """Return a change with its sign (`+0.35`, `−1.20`), a dash where there is none."""
    if pd.isna(value):
        return DASH
    text = f"{abs(value):.{decimals}f}"
    return text if float(text) == 0 else ("+" if value > 0 else "−") + text


def percent(rate: float | None, decimals: int = 2) -> str:
    """Return a rate 0–1 in per cent (`96.46%`), a dash where there is none."""
    return DASH if pd.isna(rate) else f"{100 * rate:.{decimals}f}%"


def rose_or_fell(value: float, unit: str = "分") -> str:
    """Return a change in words: 上升0.35分, 下降1.20分, 持平."""
    size = f"{abs(value):.2f}"
    if float(size) == 0:
        return "持平"
    return ("上升" if value > 0 else "下降") + size + unit


def month_name(period: str) -> str:
    """Return `2026年10月` for `2026-10`."""
    return f"{int(period[:4])}年{int(period[5:])}月"


def day_name(day: date) -> str:
    """Return `2026年11月6日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def listing(items: Sequence[str], at_most: int | None = None) -> str:
    """Return `甲、乙、丙`, or `甲、乙等5个` where there are more than `at_most`."""
    if at_most is not None and len(items) > at_most:
        return f"{'、'.join(items[:at_most])}等{len(items)}个"
    return "、".join(items)


def numeral(count: int, *, of_things: bool = False) -> str:
    """Return a whole number as a notice writes small ones: `三`, `十二`; 2 `of_things` is `两`; digits from 100 on.

    Args:
        count: the number, not negative.
        of_things: whether a measure word follows, as in `两个月`.
    """
    if count == 2 and of_things:
        return "两"
    digits = "零一二三四五六七八九"
    if count < 10:
        return digits[count]
    tens, ones = divmod(count, 10)
    return f"{digits[tens] * (tens > 1)}十{digits[ones] * (ones > 0)}" if count < 100 else str(count)
