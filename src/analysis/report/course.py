"""The district's mean score over thirteen months, beside the same months of the year before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.period import shift
from analysis.report.page.charts import PAGE_WIDTH_INCHES, Chart, plt
from analysis.report.page.palette import ACCENT, MUTED
from analysis.report.page.pieces import number, table, text
from analysis.report.words import month_name, score

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def monthly_means(totals: pd.DataFrame) -> pd.Series:
    """Return the district's mean published total by month.

    Args:
        totals: `unit_scores` of scope `month`, any number of months.
    """
    return totals[totals["scope"] == "month"].groupby("period")["total"].mean().sort_index()


def course_chart(means: pd.Series, period: str) -> Chart:
    """Return the district's mean over thirteen months, with its finding."""
    return Chart("course", course_title(means, period), partial(course_figure, means, period), _course(means, period))


def _course(means: pd.Series, period: str) -> Markup:
    columns = [
        text("月份", month_name),
        number("平均得分", lambda month: score(means.get(month))),
        number("上年同期", lambda month: score(means.get(shift(month, -12)))),
    ]
    months = [shift(period, -back) for back in range(12, -1, -1)]
    return table(columns, months, "全区平均得分（单位：分）", css="")


def course_title(means: pd.Series, period: str) -> str:
    """Return where the mean of the month stands among those of thirteen months.

    Args:
        means: mean total by month (see `monthly_means`), at least the last month.
        period: the last month shown.
    """
    shown = means.reindex([shift(period, -back) for back in range(13)]).dropna()
    place = int((shown.round(2) > round(shown[period], 2)).sum()) + 1
    if len(shown) == 1:
        return "本月是第一个有得分的月份"
    months = "近十三个月" if len(shown) == 13 else f"有得分的{len(shown)}个月"
    return f"本月平均得分在{months}中由高到低居第{place}位"


def course_figure(means: pd.Series, period: str, width: float = PAGE_WIDTH_INCHES) -> Figure:
    """Return the district's mean over thirteen months, with the same months of the year before behind it.

    Args:
        means: mean total by month (see `monthly_means`), at least the last month.
        period: the last month shown.
        width: of the chart, in inches.
    """
    months = [shift(period, -back) for back in range(12, -1, -1)]
    figure, axes = plt.subplots(figsize=(width, 3.2))
    before = means.reindex([shift(month, -12) for month in months]).to_numpy()
    now = means.reindex(months).to_numpy()
    axes.plot(range(13), before, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(range(13), now, color=ACCENT, marker="o", markersize=4)
    named = range(0, 13, 1 if width == PAGE_WIDTH_INCHES else 4)
    axes.set_xticks(named, [_tick(months[place], place) for place in named])
    axes.set_ylabel("平均得分（分）")
    axes.set_xlim(-0.4, 12 + 15 / width)  # room for the names behind the lines
    is_above = not now[-1] < before[-1]
    _label(axes, now[-1], f"本期 {score(now[-1])}", ACCENT, is_above)
    if not np.isnan(before[-1]):
        _label(axes, before[-1], f"上年同期 {score(before[-1])}", MUTED, not is_above)
    return figure


def _tick(month: str, place: int) -> str:
    label = f"{int(month[5:])}月"
    return f"{label}\n{month[:4]}年" if place == 0 or month.endswith("-01") else label


def _label(axes, value: float, text: str, colour: str, is_above: bool) -> None:
    """Name a line at its end: of two that end close to each other one stands above, the other below."""
    look = {"color": colour, "ha": "left", "va": "bottom" if is_above else "top", "fontsize": 9.5}
    axes.annotate(text, (12, value), xytext=(8, 1 if is_above else -1), textcoords="offset points", **look)
