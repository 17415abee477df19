"""Figures of 五、整改与结果运用: lights by unit, how long items are overdue."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from analysis.action.ledger import close_off_by_unit
from analysis.report.action_words import LIGHTS
from analysis.report.page.palette import INK, MUTED
from analysis.report.page.theme import PAGE_WIDTH_INCHES

# 不达标 owns the only red of a page: the red light is a dark brown, and every bar says its light in words.
LIGHT_COLOURS = {"red": "#7a4a00", "yellow": "#e3a72f", "green": "#6aaed6"}
SHOWN = 12


def lights_figure(ledger: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Return the open items of the units with most of them under pressure: a bar a unit, red, yellow, green.

    Args:
        ledger: the month's table `ledger`.
        names: id → Chinese name.
    """
    by_unit = close_off_by_unit(ledger)
    order = ["n_red", "n_yellow", "n_open", "unit_id"]
    shown = by_unit[by_unit["n_open"] > 0].sort_values(order, ascending=[False, False, False, True]).head(SHOWN)[::-1]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 1.2 + 0.36 * max(1, len(shown))))
    start = pd.Series(0, index=shown.index)
    labels = shown["unit_id"].map(names)
    for light, colour in LIGHT_COLOURS.items():
        width = shown[f"n_{light}"]
        axes.barh(labels, width, left=start, color=colour, height=0.62, label=LIGHTS[light])
        for place, (count, left) in enumerate(zip(width, start, strict=True)):
            if count:
                ink = "white" if light == "red" else INK
                axes.text(left + count / 2, place, str(count), ha="center", va="center", color=ink, fontsize=9.5)
        start = start + width
    axes.set_xlabel("在办事项（项）", color=MUTED)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(visible=False, axis="y")
    if len(shown):
        axes.legend(loc="lower right", ncols=3)
    return figure
