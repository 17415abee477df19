"""The figures of changes hold the figures of their tables, and draw where there is little or nothing."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.report.page.theme import figure_svg, use_theme
from analysis.report.trend_figures import causes_figure, movers_figure, slopes_figure, tiers_figure

from .test_trend_text import NAMES, long_row, trends_of, unit_row


@pytest.fixture(autouse=True)
def _theme():
    use_theme()
    yield
    plt.close("all")


TRENDS = trends_of(
    unit_row("A", 2.5, performance=3.0, coverage=-0.5, tier_after="excellent"),
    unit_row("B", -4.0, weights=-1.0, performance=-3.0, tier_after="fail"),
    unit_row("C", 2.5, after=87.5),
)
TIER_NAMES = NAMES | {"pass": "达标"}


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_mover_is_named_at_its_line_and_labels_do_not_lie_on_each_other():
    figure = movers_figure(TRENDS, "mom", NAMES)
    assert "甲局 87.50（+2.50）" in texts(figure)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if "局" in text.get_text()]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def test_bars_of_causes_add_up_to_the_change():
    axes = causes_figure(TRENDS, "mom", NAMES).axes[0]
    widths = {}
    for bar in axes.patches:
        place = round(bar.get_y() + bar.get_height() / 2)
        widths[place] = widths.get(place, 0.0) + bar.get_width()
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert {name: pytest.approx(widths[place]) for place, name in enumerate(names)} == {
        "甲局": 2.5,
        "乙局": -4.0,
        "丙镇": 2.5,
    }


def test_tiers_are_counted():
    assert sorted(texts(tiers_figure(TRENDS, "mom", TIER_NAMES))) == sorted(["1", "1", "1", *["·"] * 13])


def test_slopes_are_drawn_with_their_intervals():
    rows = pd.DataFrame([long_row("A", "rising", 2.0), long_row("B", "unclear", 0.1), long_row("C", "falling", -1.0)])
    labels = [label.get_text() for label in slopes_figure(rows, NAMES).axes[0].get_yticklabels()]
    assert labels == ["丙镇", "甲局"]
    assert "甲局" in figure_svg(slopes_figure(rows.iloc[:2].assign(direction="unclear"), NAMES))


@pytest.mark.parametrize("draw", [movers_figure, causes_figure, tiers_figure])
def test_nothing_to_draw_is_an_empty_chart_and_no_error(draw):
    alone = trends_of(unit_row("A", np.nan, basis="yoy", before_period="", tier_before=""))
    assert figure_svg(draw(alone, "yoy", TIER_NAMES)).startswith("<svg")
