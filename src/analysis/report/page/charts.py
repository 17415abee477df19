"""What charts are drawn with: their sizes, and libraries that are imported when the first chart is drawn.

The process that drives notebooks and writes the units' pages draws no chart, and importing these libraries takes longer
than all else that it imports.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.report.page.palette import MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Charts are drawn as wide as the page's column, so that their type keeps its size there.
PAGE_WIDTH_INCHES = 9.0
# A phone of 360 px without the page's margins.
PHONE_WIDTH_INCHES = 3.4
# The height of a row in a chart of all units.
ROW_INCHES = 0.165
# A name that lies on grid and lines (zorder 0) and under the dots.
OVER_LINES = {"zorder": 0.7, "bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 0}}


@dataclass(frozen=True)
class Chart:
    """A chart with what it finds.

    Attributes:
        name: that of its caption (`captions` in words.yml).
        title: the finding, as a sentence.
        draw: returns it drawn as wide as its `width` says, in inches.
        data: the table behind it; empty where one stands beside it on the page.
    """

    name: str
    title: str
    draw: Callable[..., Figure]
    data: str = ""


class _Library:
    """A module that is imported at the first use of one of its names."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


plt = _Library("matplotlib.pyplot")
sns = _Library("seaborn")


def empty_figure(words: str, width: float = PAGE_WIDTH_INCHES) -> Figure:
    """Return a line of words in the place of a chart that has nothing to draw, with no more room than it needs."""
    figure, axes = plt.subplots(figsize=(width, 0.6))
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", color=MUTED, transform=axes.transAxes)
    return figure


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is, in the units of its size: a Chinese character is square, a Latin one half."""
    return size * sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.55 for sign in text)


def shorten(name: str, characters: float = 22) -> str:
    """Return a name that is no wider than so many Chinese characters, its end cut off where it is longer."""
    if text_width(name, 1) <= characters:
        return name
    kept = next(end for end in range(len(name), 0, -1) if text_width(name[:end], 1) <= characters - 1)
    return f"{name[:kept].rstrip()}…"


def place_apart(places: Sequence[float], widths: Sequence[float]) -> list[int]:
    """Return the row of each label, the first that is free, so that no two of a row overlap.

    Args:
        places: the middles of the labels.
        widths: how much room each takes, in the same units.
    """
    rows: list[int] = []
    for place, width in zip(places, widths, strict=True):
        taken = {row for row, at, w in zip(rows, places, widths, strict=False) if abs(place - at) < (width + w) / 2}
        rows.append(next(row for row in range(len(places)) if row not in taken))
    return rows


def name_rows(axes: Axes, places: np.ndarray, row_names: Sequence[str]) -> None:
    """Name the rows of a long chart as ticks would, with texts: a tick with its lines takes ten times as long.

    Room is kept for the names that may be the widest: no character is wider than a Chinese one.
    """
    axes.set_yticks([])
    least = max((sum(unicodedata.east_asian_width(sign) in "WF" for sign in name) for name in row_names), default=0)
    look = {"fontsize": 7.5, "color": MUTED, "ha": "right", "va": "center", "transform": axes.get_yaxis_transform()}
    for place, name in zip(places, map(shorten, row_names), strict=True):
        axes.text(-0.006, place, name, in_layout=len(name) >= least, **look)
