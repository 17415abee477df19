"""Figures on the hotline: the funnel of units, the flow between units (the nine dragons), the rising matters."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.insight.hotline_funnel import RATES, find_outside
from analysis.insight.proportions import funnel_limits
from analysis.policy.period import month_range, shift
from analysis.policy.watch import Funnel
from analysis.report.hotline_words import RATE_NAMES, name_unit
from analysis.report.page.palette import ACCENT, INK, MUTED, RULE
from analysis.report.page.theme import PAGE_WIDTH_INCHES

AMBER = "#e69f00"
_SEASON_MONTHS = 25
_COLUMNS = 3


def funnel_figure(by_unit: pd.DataFrame, names: Mapping[str, str], funnel: Funnel, measure: str = "on_time") -> Figure:
    """Return Spiegelhalter's funnel plot: a dot a unit, its cases across, its rate up, and what chance alone explains.

    Args:
        by_unit: the table `hotline_by_unit` of one month.
        names: id → Chinese name.
        funnel: the two limits.
        measure: `on_time` or `satisfaction`.
    """
    numerator, denominator = RATES[measure]
    drawn = by_unit[by_unit[denominator] > 0]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 4.4))
    if drawn.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "本月没有可计算的工单", ha="center", color=MUTED)
        return figure
    district = drawn[numerator].sum() / drawn[denominator].sum()
    _draw_limits(axes, district, int(drawn[denominator].max()), funnel)
    outside = set(find_outside(by_unit, funnel, measure)["unit_id"])
    cases, rates = drawn[denominator], 100 * drawn[numerator] / drawn[denominator]
    is_out = drawn["unit_id"].isin(outside)
    axes.plot(cases[~is_out], rates[~is_out], "o", color=ACCENT, markersize=5, alpha=0.65)
    axes.plot(cases[is_out], rates[is_out], "D", color=AMBER, markersize=7)
    for unit, x, y in zip(drawn["unit_id"][is_out], cases[is_out], rates[is_out], strict=True):
        axes.annotate(names[unit], (x, y), xytext=(6, -3), textcoords="offset points", fontsize=9.5, color=INK)
    axes.set_ylim(max(-2.0, min(rates.min(), 100 * district) - 6), 102)
    axes.set_xlabel(f"{'到期工单' if denominator == 'n_due' else '有效回访'}（件）")
    axes.set_ylabel(f"{RATE_NAMES[measure]}（%）")
    return figure


def _draw_limits(axes: Axes, district: float, most: int, funnel: Funnel) -> None:
    """Draw the district's rate and both limits around it, labelled at their right ends."""
    sizes = np.arange(1, int(most * 1.08) + 2)
    for share, style, rise in ((funnel.action_pct, "-", -5), (funnel.warning_pct, "--", 5)):
        low, high = funnel_limits(district, sizes, share)
        for line in (low, high):
            axes.plot(sizes, line, style, color=MUTED, linewidth=1)
        label = {"xytext": (3, rise), "textcoords": "offset points", "fontsize": 8.5, "va": "center", "color": MUTED}
        axes.annotate(f"{share:g}%界", (sizes[-1], low[-1]), **label)
    axes.axhline(100 * district, color=ACCENT, linewidth=1)


def flow_figure(flows: pd.DataFrame, matter: str, names: Mapping[str, str]) -> Figure:
    """Return who passes a matter's tickets to whom: units on a circle, an arrow's width its tickets (`九龙治水`).

    Args:
        flows: the table `matter_flows`.
        matter: the matter to draw.
        names: id → Chinese name.
    """
    rows = flows[flows["matter"] == matter].sort_values(["from_unit_id", "to_unit_id"])
    units = sorted({*rows["from_unit_id"], *rows["to_unit_id"]})
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES * 0.72, 5.2))
    axes.set_axis_off()
    axes.set_xlim(-1.75, 1.75)
    axes.set_ylim(-1.35, 1.35)
    axes.set_aspect("equal")
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(units)) / max(1, len(units))
    places = {unit: (float(np.cos(a)), float(np.sin(a))) for unit, a in zip(units, angles, strict=True)}
    most = max(1, int(rows["n_tickets"].max())) if len(rows) else 1
    for row in rows.itertuples():
        _draw_arrow(axes, places[row.from_unit_id], places[row.to_unit_id], row.n_tickets, most)
    for unit, (x, y) in places.items():
        axes.plot(x, y, "o", color=ACCENT, markersize=11, zorder=3)
        side = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
        axes.text(
            1.14 * x,
            1.14 * y + (0.02 if y >= 0 else -0.02),
            name_unit(unit, names),
            ha=side,
            va="center",
            color=INK,
            zorder=4,
        )
    return figure


def _draw_arrow(axes: Axes, start: tuple, end: tuple, n_tickets: int, most: int) -> None:
    """Draw one arrow, bent so that the two directions between a pair do not cover each other."""
    style = {
        "arrowstyle": "-|>,head_length=7,head_width=3.5",
        "connectionstyle": "arc3,rad=0.18",
        "shrinkA": 8,
        "shrinkB": 9,
    }
    width = 0.8 + 5 * n_tickets / most
    axes.annotate(
        "",
        end,
        start,
        arrowprops=style
        | {"color": AMBER if n_tickets == most else "#6aaed6", "linewidth": width, "mutation_scale": 1},
        zorder=2,
    )
    (x0, y0), (x1, y1) = start, end
    # The middle of the bent line lies off the straight one by half of its bend.
    x, y = (x0 + x1) / 2 + 0.09 * (y1 - y0), (y0 + y1) / 2 - 0.09 * (x1 - x0)
    axes.text(
        x,
        y,
        str(n_tickets),
        fontsize=9,
        ha="center",
        va="center",
        color=INK,
        zorder=5,
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": RULE, "lw": 0.6},
    )


def rising_figure(by_matter: pd.DataFrame, rising: pd.DataFrame, period: str, at_most: int = 6) -> Figure:
    """Return a small chart a rising matter: two years of tickets, this month marked, and what its season lets expect.

    Args:
        by_matter: the tables `hotline_by_matter` of this and earlier months in one frame.
        rising: the table `rising_matters` of the month.
        period: the month.
        at_most: how many matters are drawn; where none rises, the highest z are drawn.
    """
    risen = rising[rising["is_rising"]] if rising["is_rising"].any() else rising
    shown = risen.sort_values(["z", "matter"], ascending=[False, True]).head(at_most)
    months = month_range(shift(period, 1 - _SEASON_MONTHS), period)
    n_columns = min(_COLUMNS, max(1, len(shown)))
    n_rows = max(1, -(-len(shown) // n_columns))
    size = (PAGE_WIDTH_INCHES * max(2, n_columns) / _COLUMNS, 2.5 * n_rows)
    figure, grid = plt.subplots(n_rows, n_columns, figsize=size, squeeze=False, sharex=True)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    known = set(by_matter["period"])
    for axes, row in zip(grid.flat, shown.itertuples(), strict=False):
        counts = by_matter[by_matter["matter"] == row.matter].set_index("period")["n_received"]
        _draw_course(axes, counts.reindex([m for m in months if m in known], fill_value=0), row)
        axes.set_xticks([0, 12, 24], [months[0][2:], months[12][2:], months[24][2:]])
    return figure


def _draw_course(axes: Axes, counts: pd.Series, row) -> None:
    """Draw one matter's months up to the last place of two years, this month marked, the expected number dashed."""
    last = _SEASON_MONTHS - 1
    axes.plot(range(last + 1 - len(counts), last + 1), counts.to_numpy(), color=ACCENT, linewidth=1.4)
    axes.plot(last, row.n_received, "o", color=AMBER, markersize=6)
    place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "right", "fontsize": 9.5}
    axes.annotate(f"{row.n_received}", (last, row.n_received), **place)
    if row.is_judged:
        axes.axhline(row.expected, color=MUTED, linewidth=1, linestyle="--")
    axes.set_title(row.matter, fontsize=10.5)
    axes.set_ylim(0, max(1, counts.max()) * 1.25)
