"""What each channel came to, and how channels and indicators weigh (R17, R18, S2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.book import PolicyBook
from analysis.policy.dated import in_force
from analysis.policy.names import Names
from analysis.report.page.charts import PAGE_WIDTH_INCHES, ROW_INCHES, name_rows, plt, shorten, sns
from analysis.report.page.palette import BELOW_TO_ABOVE, INK, MUTED, PAPER
from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, fixed, numeral, score

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The share of a heat map's cells that its colours tell apart; those beyond have the last colour.
_COLOURED = 0.95
_COLOUR_BAR = {
    "label": "与该渠道中位数之差（分）",
    "location": "top",
    "shrink": 0.5,
    "aspect": 40,
    "extend": "both",
}


def weight_rule(book: PolicyBook, period: str) -> str:
    """Return how indicators and channels weigh, as the rules in force have it (S2, R17, R18, S11, S13).

    Args:
        book: the rules of all months.
        period: the month.
    """
    policy = book.at(period)
    weights = {channel: set() for channel in policy.channel_ids}
    for indicator in policy.indicators:
        weights[indicator.channel].add(indicator.weight)
    within = "各指标同权" if all(len(found) < 2 for found in weights.values()) else "按各指标的权重"
    base = in_force(book.weights.base, period, "weights.yml: base").weights
    shares = "/".join(f"{base.get(channel, 0):g}" for channel in weights)
    return (
        f"渠道内{within}（S2），{numeral(len(weights), of_things=True)}个渠道按{shares}加权（R17），"
        "职责调整的单位按其文号调整（R18）。没有数据的指标或渠道，权重按比例分给其余（S11、S13）。"
    )


def channel_table(channels: pd.DataFrame, names: Names) -> Markup:
    """Return each channel: units with data, mean, lowest, highest.

    Args:
        channels: `channel_scores` of one scope.
        names: id → Chinese name.
    """
    columns = [
        text("考核渠道", "Index", names),
        number("有数据的单位", "n_units"),
        number("平均", "mean", score),
        number("最低", "min", score),
        number("最高", "max", score),
    ]
    found = channels.groupby("channel")["score"].agg(n_units="count", mean="mean", min="min", max="max")
    return table(columns, found.reindex(list(names.channels)), "各考核渠道得分（分）", css="")


def tell_channel_gaps(channels: pd.DataFrame, names: Names) -> str:
    """Return in which channel units differ most and least, and where few of them have data.

    Args:
        channels: `channel_scores` of one scope.
        names: id → Chinese name.
    """
    found = channels.groupby("channel")["score"].agg(["count", "min", "max"]).reindex(list(names.channels))
    found["gap"] = found["max"] - found["min"]
    compared = found[found["count"] > 1]
    if compared.empty:
        return "没有一个渠道有两个以上单位的得分，渠道之间无可比较。"
    ordered = compared.sort_values("gap", ascending=False, kind="stable")
    told = [f"{names[row.Index]}（{score(row.min)}至{score(row.max)}分）" for row in ordered.iloc[[0, -1]].itertuples()]
    few = [
        f"{names[channel]}只有{count}个" if count else f"{names[channel]}没有"
        for channel, count in found["count"].fillna(0).astype(int).items()
        if count < channels["unit_id"].nunique()
    ]
    gaps = f"单位之间得分差距最大的渠道是{told[0]}"
    gaps += f"，最小的是{told[1]}" if len(compared) > 1 else ""
    return f"{gaps}；有数据的单位，{'，'.join(few)}。" if few else f"{gaps}。"


def channel_heatmap(units: pd.DataFrame, channels: pd.DataFrame, names: Names) -> Figure:
    """Return channels by unit, in rank order, coloured by how far a score lies above or below the channel's median.

    A unit without data in a channel has a dash; colours end where 95 % of the cells do.

    Args:
        units: `unit_scores` of one scope.
        channels: `channel_scores` of the same scope.
        names: id → Chinese name; `<channel>.short` for the heads.
    """
    order = units.sort_values(["rank", "unit_id"])["unit_id"]
    wide = channels.pivot(index="unit_id", columns="channel", values="score").reindex(
        index=order, columns=list(names.channels)
    )
    gaps = wide - wide.median()
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, max(2.6, 1.5 + ROW_INCHES * len(wide))))
    # As seaborn's heat map, which draws the whole figure once to see whether its labels overlap.
    colours = sns.blend_palette(BELOW_TO_ABOVE, as_cmap=True)
    cells = axes.pcolormesh(gaps, cmap=colours, **_limits(gaps), linewidth=0.4, edgecolor=PAPER)
    bar = figure.colorbar(cells, ax=axes, **_COLOUR_BAR, pad=0.4 / figure.get_figheight())
    bar.outline.set_visible(False)
    for (row, column), value in np.ndenumerate(wide.to_numpy(dtype=float)):
        text, colour = (DASH, MUTED) if np.isnan(value) else (f"{fixed(value, 1)}", INK)
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7, color=colour, in_layout=False)
    # The heads share some three quarters of the page's width, in type of 10 points.
    room = 0.75 * PAGE_WIDTH_INCHES * 72 / 10 / max(1, len(names.channels))
    heads = [shorten(names[f"{channel}.short"], room) for channel in names.channels]
    axes.set_xticks(np.arange(len(names.channels)) + 0.5, heads)
    name_rows(axes, np.arange(len(order)) + 0.5, [names[unit_id] for unit_id in order])
    axes.grid(visible=False)
    axes.invert_yaxis()
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    return figure


def _limits(gaps: pd.DataFrame) -> dict[str, float]:
    """Return the ends of the colours: one far-off unit must not make all others look alike."""
    found = np.abs(gaps.to_numpy()[gaps.notna().to_numpy()])
    reach = float(np.ceil(np.quantile(found, _COLOURED, method="higher"))) if len(found) else 1.0
    return {"vmin": -max(reach, 1.0), "vmax": max(reach, 1.0)}
