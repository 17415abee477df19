"""Columns of a paper are as wide as their numbers and days, and fill the line."""

import pytest

from analysis.report.page.pieces import number, table, text
from analysis.report.papers.widths import least_widths, measure, share_width, table_widths


@pytest.mark.parametrize(
    ("wanted", "total", "widths"),
    [
        ([10, 10], 40, [20, 20]),
        ([10, 100, 50], 100, [10, 60, 30]),
        ([80, 80], 100, [50, 50]),
    ],
)
def test_narrow_columns_get_what_they_want_and_wide_ones_share_the_rest(wanted, total, widths):
    assert share_width(wanted, total) == pytest.approx(widths)


@pytest.mark.parametrize(
    ("wanted", "total", "least"),
    [
        ([10, 300, 30, 30], 100, [5, 10, 28, 28]),
        ([200, 200, 20], 100, [30, 40, 20]),
        ([20, 20, 20, 200], 60, [15, 15, 15, 10]),
        ([20, 30], 10, [15, 25]),
    ],
)
def test_no_column_is_narrower_than_it_must_be_where_there_is_room(wanted, total, least):
    widths = share_width(wanted, total, least)
    assert sum(widths) == pytest.approx(total)
    if sum(least) <= total:
        assert all(width >= need - 1e-9 for width, need in zip(widths, least, strict=True))


@pytest.mark.parametrize(
    ("cell", "widest"),
    [
        ("2026-01-14", "2026-01-14"),
        ("104%–112%", "104%–112%"),
        ("约谈2026-01-28、通报批评2026-03-03", "2026-01-28"),
        ("2026年11月18日前", "2026年11月18日"),
        ("与ZG202512009同类", "ZG202512009"),
        ("22→18", "22→18"),
    ],
)
def test_a_column_is_as_wide_as_its_widest_number_or_day(cell, widest):
    columns = [text("说明", lambda r: "很长的说明" * 40), number("数", lambda r: cell), number("数", lambda r: cell)]
    shown = table(columns, [1], "表", css="")
    assert least_widths(shown)[1] >= measure(widest)
    assert min(table_widths(shown, 84)[1:]) >= measure(widest)


@pytest.mark.parametrize(
    ("cell", "n_figures", "n_letters"),
    [
        ("2026年11月18日", 8, 3),
        ("与ZG202512009同类", 11, 0),
        ("1–1085", 5, 1),
        ("104%–112%", 6, 3),
    ],
)
def test_figures_of_a_stand_in_font_find_room_in_a_line_beside_wide_columns(cell, n_figures, n_letters):
    """DejaVu draws a figure 0.64 of a letter wide, a dash or a minus like a Chinese letter."""
    drawn = 1.27 * n_figures + 2 * n_letters
    columns = [text("说明", lambda r: "很长的说明" * 40), *(number("数", lambda r: cell) for _ in range(4))]
    shown = table(columns, [1], "表", css="")
    padding = 1.3
    assert min(width - padding for width in table_widths(shown, 98, padding)[1:]) >= drawn


def test_shares_of_a_table_are_kept_whatever_stands_in_it():
    shown = table([text("指标", lambda r: "指标" * 30), text("填写", lambda r: "")], [1], "表", css="")
    shown.shares = (20, 80)
    assert table_widths(shown, 50) == pytest.approx([10, 40])
