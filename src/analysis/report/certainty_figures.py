"""Figures on certainty: the interval of each unit's place, and a heat map of channels by unit."""

import unicodedata
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.models import Grading
from analysis.report.certainty_text import VERDICT_NAMES
from analysis.report.page.palette import BELOW_TO_ABOVE, INK, MUTED, PAPER, RULE, TIER_COLOURS
from analysis.report.page.theme import PAGE_WIDTH_INCHES
from analysis.report.words import DASH
from analysis.scoring.tiers import tier_lines

_ROW_INCHES = 0.165
# The share of a heat map's cells that its colours tell apart; those beyond have the last colour.
_COLOURED = 0.95
_COLOUR_BAR = {
    "label": "与该渠道中位数之差（分）",
    "location": "top",
    "shrink": 0.5,
    "aspect": 40,
    "extend": "both",
}
# Shapes carry the verdict where colour does not reach.
_MARKERS = {"stable": "o", "borderline": "D", "indistinct": "s"}


def rank_interval_figure(
    certainty: pd.DataFrame, names: Mapping[str, str], grading: Grading, title: str, subtitle: str
) -> Figure:
    """Return each unit's place as a dot in its tier's colour, on the interval of its place.

    The thick bar is the single-unit interval, the thin one holds for all units at once; dotted lines are the tiers'.

    Args:
        certainty: table `certainty` of one scope.
        names: id → Chinese name.
        grading: the rules in force, for the lines of the tiers.
        title: the finding.
        subtitle: what is drawn, and in which unit.
    """
    rows = certainty[certainty["verdict"] != ""].sort_values(["rank", "unit_id"], ignore_index=True)
    height = max(2.2, 1.2 + _ROW_INCHES * len(rows))
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, height))
    places = np.arange(len(rows))
    colours = rows["tier_by_score"].map(TIER_COLOURS)
    low, high, low_all, high_all, rank = (
        rows[column].to_numpy(dtype=float)
        for column in ("rank_low", "rank_high", "rank_low_all", "rank_high_all", "rank")
    )
    axes.hlines(places, low_all, high_all, color=RULE, linewidth=1)
    axes.hlines(places, low, high, color=colours, linewidth=3.5, alpha=0.45)
    for verdict, marker in _MARKERS.items():
        here = (rows["verdict"] == verdict).to_numpy()
        axes.scatter(rank[here], places[here], c=colours[here], marker=marker, s=18, zorder=3)
    if grading.tier_scope == "all":
        for line in tier_lines(len(rows), grading)[:-1]:
            axes.axvline(line + 0.5, color=MUTED, linewidth=0.8, linestyle=":")
    _name_rows(axes, places, [names[unit_id] for unit_id in rows["unit_id"]])
    axes.set(xlim=(0.5, len(rows) + 0.5), ylim=(len(rows) - 0.5, -0.5), xlabel="位次（1为最好）")
    axes.set_title(f"{title}\n", color=INK)
    axes.text(0, 1.0, subtitle, transform=axes.transAxes, fontsize=9, color=MUTED, va="bottom")
    _legend(axes, names)
    return figure


def _name_rows(axes: Axes, places: np.ndarray, row_names: Sequence[str]) -> None:
    """Name the rows as ticks would, with texts: a tick with its lines, laid out, takes ten times as long.

    Room is kept for the names that may be the widest: no character is wider than a Chinese one.
    """
    axes.set_yticks([])
    least = max((sum(unicodedata.east_asian_width(sign) in "WF" for sign in name) for name in row_names), default=0)
    look = {"fontsize": 7.5, "color": MUTED, "ha": "right", "va": "center", "transform": axes.get_yaxis_transform()}
    for place, name in zip(places, row_names, strict=True):
        axes.text(-0.006, place, name, in_layout=len(name) >= least, **look)


def _legend(axes, names: Mapping[str, str]) -> None:
    tiers = [Line2D([], [], color=TIER_COLOURS[tier], linewidth=4, label=names[tier]) for tier in TIERS]
    verdicts = [
        Line2D([], [], color=MUTED, marker=marker, linestyle="", markersize=5, label=VERDICT_NAMES[verdict])
        for verdict, marker in _MARKERS.items()
    ]
    axes.legend(
        handles=[*tiers, *verdicts],
        ncols=7,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.35 / axes.figure.get_figheight() - 0.02),
    )


def channel_heatmap(
    units: pd.DataFrame, channels: pd.DataFrame, names: Mapping[str, str], title: str, subtitle: str
) -> Figure:
    """Return channels by unit, in rank order, coloured by how far a score lies above or below the channel's median.

    A unit without data in a channel has a dash; colours end where 95 % of the cells do.

    Args:
        units: `unit_scores` of one scope.
        channels: `channel_scores` of the same scope.
        names: id → Chinese name; `<channel>.short` for the heads.
        title: the finding.
        subtitle: what is drawn, and in which unit.
    """
    order = units.sort_values(["rank", "unit_id"])["unit_id"]
    wide = channels.pivot(index="unit_id", columns="channel", values="score").reindex(
        index=order, columns=list(CHANNELS)
    )
    gaps = wide - wide.median()
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, max(2.6, 1.5 + _ROW_INCHES * len(wide))))
    # As seaborn's heat map, which draws the whole figure once to see whether its labels overlap.
    colours = sns.blend_palette(BELOW_TO_ABOVE, as_cmap=True)
    cells = axes.pcolormesh(gaps, cmap=colours, **_limits(gaps), linewidth=0.4, edgecolor=PAPER)
    bar = figure.colorbar(cells, ax=axes, **_COLOUR_BAR, pad=0.4 / figure.get_figheight())
    bar.outline.set_visible(False)
    for (row, column), value in np.ndenumerate(wide.to_numpy(dtype=float)):
        text, colour = (DASH, MUTED) if np.isnan(value) else (f"{value:.1f}", INK)
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7, color=colour, in_layout=False)
    axes.set_xticks(np.arange(len(CHANNELS)) + 0.5, [names[f"{channel}.short"] for channel in CHANNELS])
    _name_rows(axes, np.arange(len(order)) + 0.5, [names[unit_id] for unit_id in order])
    axes.grid(visible=False)
    axes.invert_yaxis()
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    figure.suptitle(f"{title}\n{subtitle}", x=0.01, ha="left", color=INK, fontsize=11)
    return figure


def _limits(gaps: pd.DataFrame) -> dict[str, float]:
    """Return the ends of the colours: one far-off unit must not make all others look alike."""
    found = np.abs(gaps.to_numpy()[gaps.notna().to_numpy()])
    reach = float(np.ceil(np.quantile(found, _COLOURED, method="higher"))) if len(found) else 1.0
    return {"vmin": -max(reach, 1.0), "vmax": max(reach, 1.0)}
