"""三、同比环比: the movers, why they moved, the tiers of two periods, and slopes over years."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from analysis.policy.base import TIERS
from analysis.report.page.palette import ACCENT, MUTED, PAPER, RULE, SERIES
from analysis.report.page.theme import PAGE_WIDTH_INCHES
from analysis.report.trend_text import BASES, CAUSES, compared_units, largest_movers
from analysis.report.words import month_name, signed

UP, DOWN = ACCENT, SERIES[1]


def movers_figure(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = 10) -> Figure:
    """Return the largest movers as a slope chart: the total before and after, each line named at its end.

    Args:
        trends: table `trends` of a month.
        basis: `mom`, `yoy`, `ytd` or `annual`.
        names: id → Chinese name.
        count: how many units are drawn.
    """
    rows = largest_movers(trends, basis, count)
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, max(2.4, 0.9 + 0.42 * len(rows))))
    heights = _apart(rows["after"].to_numpy(dtype=float), 0.052)
    left = _apart(rows["before"].to_numpy(dtype=float), 0.052)
    for row, high, low in zip(rows.itertuples(), heights, left, strict=True):
        colour = UP if row.change > 0 else DOWN
        axes.plot([0, 1], [row.before, row.after], color=colour, marker="o", markersize=5, linewidth=1.6)
        named = f"{names[row.unit_id]} {row.after:.2f}（{signed(row.change)}）"
        axes.text(1.06, high, named, ha="left", va="center", fontsize=9.5)
        axes.text(-0.06, low, f"{row.before:.2f}", ha="right", va="center", fontsize=9.5)
    _lead(axes, 1, 1.045, rows["after"], heights)
    _lead(axes, 0, -0.045, rows["before"], left)
    axes.set_xlim(-0.35, 2.1)
    axes.set_xticks([0, 1], [_period_label(rows, "before_period"), _period_label(rows, "after_period")])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _period_label(rows: pd.DataFrame, column: str) -> str:
    if rows.empty:
        return ""
    period, basis = rows[column].iloc[0], rows["basis"].iloc[0]
    names = {"ytd": f"{period[:4]}年1至{int(period[5:])}月", "annual": f"{period[:4]}年"}
    return names.get(basis, month_name(period))


def _lead(axes: Axes, end: float, label: float, values: Sequence[float], heights: Sequence[float]) -> None:
    """Draw thin lines from the lines' ends to their labels: an annotation's arrow each costs more than the chart."""
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


def causes_figure(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = 10) -> Figure:
    """Return why the largest movers moved: bars to the right help, to the left cost; together they are the change."""
    rows = largest_movers(trends, basis, count).iloc[::-1]
    shown = [part for part in CAUSES if (rows[part] != 0).any()]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 1.3 + 0.4 * len(rows)))
    ends = {1: np.zeros(len(rows)), -1: np.zeros(len(rows))}
    for part, colour in zip(CAUSES, SERIES, strict=True):
        if part in shown:
            values = rows[part].to_numpy(dtype=float)
            for sign, end in ends.items():
                piece = np.where(values * sign > 0, values, 0.0)
                label = CAUSES[part] if sign > 0 else None
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
    axes.set_xlabel(f"对总分{BASES[basis]}变化的影响（分）")
    axes.use_sticky_edges = False
    axes.margins(x=0.09, y=0.02)
    axes.grid(visible=False, axis="y")
    if len(rows):
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(shown) + 1)
    return figure


def tiers_figure(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> Figure:
    """Return how many units went from which tier to which: on the diagonal those that stayed."""
    rows = compared_units(trends, basis)
    counts = pd.crosstab(rows["tier_before"], rows["tier_after"]).reindex(index=TIERS, columns=TIERS, fill_value=0)
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES * 0.62, 3.6))
    largest = max(1, int(counts.to_numpy().max()))
    for place, tier in enumerate(TIERS):
        for column, other in enumerate(TIERS):
            count = int(counts.loc[tier, other])
            shade = 0.08 + 0.72 * count / largest if count else 0.0
            stayed = place == column
            axes.add_patch(plt.Rectangle((column - 0.5, place - 0.5), 1, 1, color=ACCENT, alpha=shade, linewidth=0))
            if stayed:
                axes.add_patch(plt.Rectangle((column - 0.48, place - 0.48), 0.96, 0.96, fill=False, color=MUTED))
            axes.text(column, place, str(count) if count else "·", ha="center", va="center", fontsize=12)
            axes.texts[-1].set_color(PAPER if shade > 0.45 else MUTED if not count else "black")
    labels = [names[tier] for tier in TIERS]
    axes.set_xticks(range(len(TIERS)), labels)
    axes.set_yticks(range(len(TIERS)), labels)
    axes.set_xlim(-0.5, len(TIERS) - 0.5)
    axes.set_ylim(len(TIERS) - 0.5, -0.5)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("本期等次")
    axes.set_ylabel("上期等次")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def slopes_figure(long_trends: pd.DataFrame, names: Mapping[str, str], most: int = 20) -> Figure:
    """Return the slopes of units with a clear direction, with their intervals; of all where none has one."""
    units = long_trends[(long_trends["level"] == "total") & long_trends["slope_points_per_year"].notna()]
    clear = units[units["direction"].isin(["rising", "falling"])]
    rows = clear if len(clear) else units
    rows = rows.assign(size=rows["slope_points_per_year"].abs()).nlargest(most, "size", keep="first")
    rows = rows.sort_values(["slope_points_per_year", "unit_id"])
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 0.9 + 0.32 * len(rows)))
    values = rows["slope_points_per_year"].to_numpy(dtype=float)
    reach = np.abs(np.stack([values - rows["slope_low"], rows["slope_high"] - values]).astype(float))
    for sign, colour, marker in ((1, UP, "o"), (-1, DOWN, "s")):
        mine = np.flatnonzero(np.where(values >= 0, 1, -1) == sign)
        axes.errorbar(
            values[mine], mine, xerr=reach[:, mine], fmt=marker, color=colour, markersize=5, linewidth=0, elinewidth=1.4
        )
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(rows)), [names[unit] for unit in rows["unit_id"]])
    axes.set_xlabel("每年变化（分），横线为区间")
    axes.grid(visible=False, axis="y")
    return figure
