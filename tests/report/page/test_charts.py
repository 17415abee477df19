"""Labels on charts: how much room they take, which step aside, which are cut off."""

import re

import numpy as np
import pandas as pd
import pytest

from analysis.policy.models import Group
from analysis.policy.names import Names
from analysis.report.packs.drawings import strip_svg
from analysis.report.page.charts import place_apart, plt, shorten, text_width
from analysis.report.scores import standing_figure


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("区财政局", "区财政局"),
        ("区" * 22, "区" * 22),
        ("区" * 23, "区" * 21 + "…"),
        ("St. Mary's Medical Center", "St. Mary's Medical Center"),
        ("Combined Regional Teaching Hospitals of North Alabama", "Combined Regional Teaching Hospitals o…"),
    ],
)
def test_a_name_is_as_long_as_there_is_room_for(name, shown):
    assert shorten(name) == shown
    assert text_width(shorten(name), 1) <= 22


def test_labels_that_would_overlap_take_the_first_free_row():
    assert place_apart([0, 100, 200], [50, 50, 50]) == [0, 0, 0]
    assert place_apart([0, 10, 20, 90], [50, 50, 50, 50]) == [0, 1, 2, 0]
    assert place_apart([], []) == []


def test_lines_of_five_tiers_close_together_are_drawn_on_a_units_page():
    lines = {f"等次{n}": 80.0 + n / 100 for n in range(5)}
    drawn = str(strip_svg(80.02, [79.9, 80.1], lines, 0.5))
    heights = re.findall(r'y="(\d+(?:\.\d+)?)"[^>]*>等次\d线', drawn)
    assert len(heights) == len(set(heights)) == 5


@pytest.mark.filterwarnings("ignore:Glyph")
def test_labels_of_lines_close_together_stand_apart_on_the_chart_of_all_units():
    tiers = {"top": "Distinguished performance", "middle": "Sound performance", "low": "Weak performance"}
    names = Names({**tiers, "g": "All", "a": "A", "b": "B", "c": "C"}, (), tuple(tiers))
    units = pd.DataFrame({"unit_id": list("abc"), "total": [80.2, 80.1, 80.0], "group": "g"})
    units = units.assign(tier=list(tiers), tier_by_score=list(tiers))
    figure = standing_figure(units, [Group(id="g", name="All")], names)
    figure.canvas.draw()  # the page's own fonts are not needed to see where labels stand
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    plt.close(figure)
    assert len(boxes) == 4  # two lines, and the units at both ends
    assert not any(one.overlaps(other) for n, one in enumerate(boxes) for other in boxes[n + 1 :])
    assert np.isfinite([box.y0 for box in boxes]).all()
