"""Who moved most and why: the slope chart, the causes that add up, and their table (S25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.report.page.charts import PAGE_WIDTH_INCHES, Chart, empty_figure, plt
from analysis.report.page.palette import ACCENT, MUTED, PAPER, RULE, SERIES
from analysis.report.page.pieces import number, table, text, tier_badge
from analysis.report.trends import compared_units, longest_basis, no_basis
from analysis.report.words import WORDS, month_name, percent, score, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NONE_COMPARED = "没有可比的得分"
_DRAWN = 10


def largest_movers(trends: pd.DataFrame, basis: str, count: int) -> pd.DataFrame:
    """Return the `count` units whose total changed most, the largest rise first, the largest fall last."""
    rows = compared_units(trends, basis)
    rows = rows[rows["change"] != 0]
    largest = rows.assign(size=rows["change"].abs()).sort_values(["size", "unit_id"], ascending=[False, True])
    return largest.head(count).drop(columns="size").sort_values(["change", "unit_id"], ascending=[False, True])


def movers_chart(trends: pd.DataFrame, names: Mapping[str, str], basis: str = "") -> Chart | None:
    """Return the largest movers on a basis, or since last year, else last month, with its finding; None without any."""
    basis = basis or longest_basis(trends)
    if compared_units(trends, basis).empty:
        return None
    rows = largest_movers(trends, basis, _DRAWN)
    columns = [
        text("单位", "unit_id", names),
        number(WORDS.bases_before[basis], "before", score),
        number("本期", "after", score),
        number("变化", "change", signed),
    ]
    data = table(columns, rows, f"{WORDS.bases[basis]}变化最大的单位（单位：分）", css="")
    return Chart("movers", movers_title(trends, basis, names), partial(movers_figure, trends, basis, names), data)


def movers_title(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> str:
    """Return who rose and who fell most."""
    rows = largest_movers(trends, basis, _DRAWN)
    ends = {"升": rows[rows["change"] > 0].head(1), "降": rows[rows["change"] < 0].tail(1)}
    told = [
        f"{word}幅最大的是{names[row.unit_id]}（{signed(row.change)}分）"
        for word, found in ends.items()
        for row in found.itertuples()
    ]
    return WORDS.bases[basis] + "，".join(told) if told else no_basis(basis).rstrip("。")


def movers_figure(
    trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = _DRAWN, width: float = PAGE_WIDTH_INCHES
) -> Figure:
    """Return the largest movers as a slope chart: the total before and after, each line named at its end.

    Args:
        trends: table `trends` of a month.
        basis: `mom`, `yoy`, `ytd` or `annual`.
        names: id → Chinese name.
        count: how many units are drawn.
        width: of the chart, in inches.
    """
    rows = largest_movers(trends, basis, count)
    if rows.empty:
        return empty_figure(_NONE_COMPARED, width)
    size, room = (9.5, (-0.35, 2.1)) if width == PAGE_WIDTH_INCHES else (8, (-0.6, 3.4))
    figure, axes = plt.subplots(figsize=(width, max(2.4, 0.9 + 0.42 * len(rows))))
    heights = _apart(rows["after"].to_numpy(dtype=float), 0.052)
    left = _apart(rows["before"].to_numpy(dtype=float), 0.052)
    for row, high, low in zip(rows.itertuples(), heights, left, strict=True):
        colour = ACCENT if row.change > 0 else SERIES[1]
        axes.plot([0, 1], [row.before, row.after], color=colour, marker="o", markersize=5, linewidth=1.6)
        named = f"{names[row.unit_id]} {score(row.after)}（{signed(row.change)}）"
        axes.text(1.06, high, named, ha="left", va="center", fontsize=size)
        axes.text(-0.06, low, score(row.before), ha="right", va="center", fontsize=size)
    _lead(axes, 1, 1.045, rows["after"], heights)
    _lead(axes, 0, -0.045, rows["before"], left)
    axes.set_xlim(*room)
    axes.set_xticks([0, 1], [_period_label(rows, "before_period"), _period_label(rows, "after_period")])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _period_label(rows: pd.DataFrame, column: str) -> str:
    period, basis = rows[column].iloc[0], rows["basis"].iloc[0]
    names = {"ytd": f"{period[:4]}年1至{int(period[5:])}月", "annual": f"{period[:4]}年"}
    return names.get(basis, month_name(period))


def _lead(axes: Axes, end: float, label: float, values: Sequence[float], heights: Sequence[float]) -> None:
    """Draw thin lines from the lines' ends to their labels: an annotation's arrow each costs more than the chart."""
    from matplotlib.collections import LineCollection  # with the first chart, like all that draws

    leads = [[(end, value), (label, height)] for value, height in zip(values, heights, strict=True)]
    axes.add_collection(LineCollection(leads, colors=RULE, linewidths=0.7, zorder=1, clip_on=False), autolim=False)


def _apart(values: np.ndarray, share: float) -> np.ndarray:
    """Return heights near `values` that keep a distance of `share` of their range, so that labels do not overlap."""
    heights = values.copy()
    if len(values) < 2:
        return heights
    gap = share * max(np.ptp(values), 1.0) * max(1.0, len(values) * share)
    order = np.argsort(values, kind="stable")
    for lower, upper in pairwise(order):
        heights[upper] = max(heights[upper], heights[lower] + gap)
    return heights - (heights.mean() - values.mean())


def movers_table(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = _DRAWN) -> Markup:
    """Return the largest movers with the parts of their change, which add up."""
    columns = [
        text("单位", "unit_id", names),
        number(WORDS.bases_before[basis], "before", score),
        number("本期", "after", score),
        number("变化", "change", signed),
        *(number(cause, part, signed) for part, cause in list(WORDS.causes.items())[:-1]),
        number("可比变化", "like_for_like_change", signed),
        number("位次变化", lambda r: signed(r.rank_change, 0)),
        text("等次", lambda r: tier_badge(r.tier_after, names)),
    ]
    caption = (
        f"{WORDS.bases[basis]}变化最大的单位及原因（单位：分；各项原因相加等于变化；"
        "可比变化剔除指标和权重调整，含考核覆盖和加减分；位次变化为正表示前移）"
    )
    return table(columns, largest_movers(trends, basis, count), caption)


def causes_chart(trends: pd.DataFrame, names: Mapping[str, str], basis: str = "") -> Chart | None:
    """Return why the largest movers moved, with its finding (see `movers_chart`)."""
    basis = basis or longest_basis(trends)
    if compared_units(trends, basis).empty:
        return None
    draw, data = partial(causes_figure, trends, basis, names), movers_table(trends, basis, names)
    return Chart("causes", causes_title(trends, basis), draw, data)


def causes_title(trends: pd.DataFrame, basis: str) -> str:
    """Return what the changes of the largest movers are made of, as the largest cause's share of all parts."""
    rows = largest_movers(trends, basis, _DRAWN)
    sizes = rows[list(WORDS.causes)].abs().sum()
    if not sizes.sum():
        return no_basis(basis).rstrip("。")
    share, cause = percent(sizes.max() / sizes.sum(), 0), WORDS.causes[sizes.idxmax()]
    if rows["is_within_noise"].all():  # what chance may have brought is nobody's merit
        return f"变化最大的{len(rows)}个单位均在正常波动以内"
    return f"变化最大的{len(rows)}个单位，变化的{share}来自{cause}"


def causes_figure(
    trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = _DRAWN, width: float = PAGE_WIDTH_INCHES
) -> Figure:
    """Return why the largest movers moved: bars to the right help, to the left cost; together they are the change."""
    rows = largest_movers(trends, basis, count).iloc[::-1]
    if rows.empty:
        return empty_figure(_NONE_COMPARED, width)
    shown = [part for part in WORDS.causes if (rows[part] != 0).any()]
    is_small = width < PAGE_WIDTH_INCHES
    figure, axes = plt.subplots(figsize=(width, 1.3 + 0.4 * len(rows)))
    ends = {1: np.zeros(len(rows)), -1: np.zeros(len(rows))}
    for part, colour in zip(WORDS.causes, SERIES, strict=True):
        if part in shown:
            values = rows[part].to_numpy(dtype=float)
            for sign, end in ends.items():
                piece = np.where(values * sign > 0, values, 0.0)
                label = WORDS.causes[part] if sign > 0 else None
                axes.barh(range(len(rows)), piece, left=end, color=colour, height=0.62, label=label, edgecolor=PAPER)
                ends[sign] = end + piece
    changes = rows["change"].to_numpy(dtype=float)
    axes.scatter(changes, range(len(rows)), marker="D", s=26, color="black", zorder=3, label="合计变化")
    for place, (change, end) in enumerate(zip(changes, ends[1], strict=True)):
        axes.annotate(
            f"{signed(change)}", (end, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9.5
        )
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(rows)), [names[unit] for unit in rows["unit_id"]])
    axes.set_xlabel(f"对总分{WORDS.bases[basis]}变化的影响（分）")
    axes.use_sticky_edges = False
    axes.margins(x=0.3 if is_small else 0.09, y=0.02)
    axes.grid(visible=False, axis="y")
    if len(rows):
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2 if is_small else len(shown) + 1)
    return figure
