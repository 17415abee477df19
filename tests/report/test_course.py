"""The district's mean over thirteen months: what its title says, and that its labels are read."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis.policy.period import month_range
from analysis.report.course import course_figure, course_title
from analysis.report.page.theme import use_theme


def test_the_course_s_title_says_where_the_month_stands_among_those_with_data():
    means = pd.Series({"2026-08": 90.0, "2026-09": 92.0, "2026-10": 91.0, "2025-09": 99.0})
    assert course_title(means, "2026-10") == "本月平均得分在有得分的3个月中由高到低居第2位"
    whole = pd.Series(range(13), index=month_range("2025-10", "2026-10"), dtype=float)
    assert course_title(whole, "2026-10") == "本月平均得分在近十三个月中由高到低居第1位"
    assert course_title(means.loc[["2026-10"]], "2026-10") == "本月是第一个有得分的月份"


@pytest.mark.parametrize("width", [9.0, 3.4])
@pytest.mark.parametrize(("last_year", "sides"), [(90.9, ("bottom", "top")), (91.1, ("top", "bottom"))])
def test_two_lines_that_end_close_to_each_other_are_named_apart(width, last_year, sides):
    means = pd.Series({"2026-09": 92.0, "2026-10": 91.0, "2025-10": last_year, "2025-09": 90.0})
    figure = course_figure(means, "2026-10", width)
    now, before = figure.axes[0].texts
    assert (now.get_text(), before.get_text()) == ("本期 91.00", f"上年同期 {last_year:.2f}")
    assert (now.get_va(), before.get_va()) == sides
    plt.close(figure)


COURSES = {
    "level": [91.0] * 13,
    "rising": [80.0 + n for n in range(13)],
    "falling": [92.0 - n for n in range(13)],
    "up at the end": [85.0] * 12 + [95.0],
    "down at the end": [95.0] * 12 + [85.0],
}


@pytest.mark.parametrize("width", [9.0, 3.4])
@pytest.mark.parametrize("before", ["level", "rising"])
@pytest.mark.parametrize("now", COURSES)
def test_no_label_of_the_course_lies_on_a_line_or_beyond_the_edge(now, before, width):
    months = month_range("2024-10", "2026-10")
    means = pd.Series([*COURSES[before][:12], *COURSES[now]], index=months)
    means["2025-10"] = COURSES[before][-1]
    use_theme()
    figure = course_figure(means, "2026-10", width)
    figure.canvas.draw()
    (axes,) = figure.axes
    lines = [line.get_path().transformed(line.get_transform()) for line in axes.lines]
    boxes = [text.get_window_extent() for text in axes.texts]
    plt.close(figure)
    assert len(lines) == len(boxes) == 2
    assert not [box for box in boxes for line in lines if line.intersects_bbox(box, filled=False)]
    assert not boxes[0].overlaps(boxes[1])
