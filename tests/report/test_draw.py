"""What is told of a month's public draw."""

import pandas as pd

from analysis.action.draw.rows import COLUMNS
from analysis.policy.tables import TABLES
from analysis.report.draw import tell_draw

NAMES = {"T01": "甲镇", "T02": "乙镇", "T03": "丙镇"}


def draw(*rows) -> pd.DataFrame:
    return TABLES["draw"].check(pd.DataFrame(rows, columns=COLUMNS))


def test_the_draw_tells_who_was_drawn_who_was_replaced_and_how_to_check():
    told = tell_draw(
        draw(
            ["2026-10", "draw", 0, "towns", "T01", 1, "p1;p2", "replaced", "停业"],
            ["2026-10", "draw", 0, "towns", "T02", 0, "", "skipped", "already_drawn"],
            ["2026-10", "draw", 1, "towns", "T03", 1, "p1;p2", "drawn", ""],
        ),
        NAMES,
    )
    assert "抽中1个单位，其中补抽1个：丙镇" in told[0]
    assert "甲镇" in told[1] and "已补抽替换" in told[1]
    assert "乙镇" not in told[1] and "p1" not in told[1]


def test_a_month_without_a_draw_says_so_and_shows_no_table():
    assert tell_draw(TABLES["draw"].empty(), NAMES) == ["截至本期通报，本月没有已完成的随机监管摇号。"]
