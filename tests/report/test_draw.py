"""What is told of a month's public draw."""

import pandas as pd
import pytest

from analysis.action.draw.rows import COLUMNS
from analysis.policy.tables import TABLES
from analysis.report.draw import count_places, tell_draw, tell_marks, wrongly_marked

NAMES = {"T01": "甲镇", "T02": "乙镇", "T03": "丙镇"}


NO_CHECKS = TABLES["draw_checks"].empty()


def draw(*rows) -> pd.DataFrame:
    return TABLES["draw"].check(pd.DataFrame(rows, columns=COLUMNS))


def test_the_draw_tells_who_was_drawn_who_was_replaced_and_how_to_check():
    told = tell_draw(
        draw(
            ["2026-10", "draw", 0, "towns", "T01", 1, "p1;p2", "replaced", "停业"],
            ["2026-10", "draw", 0, "towns", "T02", 0, "", "skipped", "already_drawn"],
            ["2026-10", "draw", 1, "towns", "T03", 1, "p1;p2", "drawn", ""],
        ),
        NO_CHECKS,
        NAMES,
    )
    assert "抽中1个单位，其中补抽1个：丙镇" in told[0]
    assert "甲镇" in told[1] and "已补抽替换" in told[1]
    assert "乙镇" not in told[1] and "p1" not in told[1]


def test_the_bulletin_tells_of_a_draw_without_the_table_of_its_places():
    rows = draw(["2026-10", "draw", 0, "towns", "T03", 1, "p1;p2", "drawn", ""])
    (told,) = tell_draw(rows, NO_CHECKS, NAMES, is_annex=False)
    assert "抽中1个单位" in told and len(tell_draw(rows, NO_CHECKS, NAMES)) == 2


def test_units_that_the_office_named_are_told_apart_from_those_by_lot_and_have_no_order():
    rows = draw(
        ["2026-10", "draw", 0, "must", "T01", 1, "p1;p2", "drawn", ""],
        ["2026-10", "draw", 0, "towns", "T02", 2, "p1;p2", "drawn", ""],
        ["2026-10", "draw", 0, "all", "T03", 3, "p1;p2", "drawn", ""],
    )
    told = tell_draw(rows, NO_CHECKS, NAMES)
    assert "本月随机监管摇号抽中2个单位：乙镇、丙镇；指定必查1个单位：甲镇；抽取过程" in told[0]
    assert [row[1] for row in told[1].cells] == ["—", "1", "2"]
    assert count_places(rows) == (
        "3个单位接受检查：1个指定必查、不摇号（有问题线索或属重点监管的可以指定），2个由公开号码摇号抽出"
    )
    assert count_places(rows[rows["stratum"] != "must"]) == "2个单位接受检查，都由公开号码摇号抽出"
    assert count_places(rows[:0]) == ""


def test_a_month_without_a_draw_says_so_and_shows_no_table():
    told = tell_draw(TABLES["draw"].empty(), NO_CHECKS, NAMES)
    assert told == ["<p>截至本期通报，本月没有已完成的随机监管摇号。</p>"]


def test_a_draw_that_has_other_units_as_listed_than_the_watch_list_says_which():
    columns = list(NO_CHECKS.columns)
    rows = [["2026-10", "2026-10-1", "T01", False, True], ["2026-10", "2026-10-1", "T03", True, False]]
    checks = TABLES["draw_checks"].check(pd.DataFrame(rows, columns=columns))
    (told,) = tell_draw(TABLES["draw"].empty(), checks, NAMES)
    assert "与2026年9月名录不一致：不在名录而按名录单位抽取的有甲镇；在名录而未按名录单位抽取的有丙镇" in told


@pytest.mark.parametrize(
    ("listed", "drawn", "told"),
    [
        ([False], ["T01"], "公告误把甲镇列为监管异常名录单位，实际不在抽取前一个月的名录，其中甲镇按名录单位抽中。"),
        ([False, False], ["T01"], "公告误把甲镇、乙镇列为监管异常名录单位，实际不在抽取前一个月的名录，其中甲镇按"),
        ([False], [], "实际不在抽取前一个月的名录，均未按名录单位抽中。抽取仍按公告计算，原因由编办书面说明。"),
        ([True], ["T01"], "公告漏列1个名录单位，这些单位没有按名录单位抽取。"),
        ([False, True], [], "均未按名录单位抽中；漏列1个名录单位，"),
    ],
)
def test_the_public_reads_which_units_were_marked_wrongly_and_only_how_many_were_left_out(listed, drawn, told):
    rows = [["2026-10", "2026-10-1", f"T0{n}", on, not on] for n, on in enumerate(listed, 1)]
    checks = TABLES["draw_checks"].check(pd.DataFrame(rows, columns=list(NO_CHECKS.columns)))
    (public,) = tell_marks(checks, NAMES, drawn)
    assert told in public and "0个" not in public
    left_out = {f"T0{n}" for n, on in enumerate(listed, 1) if on}
    assert not [unit_id for unit_id in left_out if NAMES[unit_id] in public]  # the list itself is not public
    assert set(wrongly_marked(checks)) == {f"T0{n}" for n in range(1, len(listed) + 1)} - left_out
    assert tell_marks(NO_CHECKS, NAMES, drawn) == []
