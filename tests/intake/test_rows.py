"""Below a header: what is data, and what only looks like it."""

import pytest

from analysis.intake.readers import MergedRange
from analysis.intake.sheets import clean_sheet

from .conftest import sheet_of

HEADER = ["序号", "单位", "“三定”规定落实"]


def fates(labels, *rows, **more):
    clean = clean_sheet(sheet_of(HEADER, *rows, **more), labels)
    return [clean.fates.get((row, column)) for row in range(2, len(rows) + 2) for column in (2, 3)], clean


@pytest.mark.parametrize(
    "row",
    [
        ["合计", None, 270],
        [None, "合 计", 270],
        ["", "小计（党委群团）", 90],
        [None, "党委群团小计", 90],
        [None, "全区平均:", 91.5],
        [None, "满分", 100],
        ["注:1.满分100分。", None, None],
        ["填报人:张三", None, "审核人:李四"],
        [None, "一、党委群团", None],
        [None, "镇街", None],
        [7, None, None],
        [None, " ", "\u3000"],
    ],
)
def test_row_that_is_no_data(labels, row):
    found, clean = fates(labels, ["1", "区委办公室", 90], row)
    assert found[:2] == ["clean", "clean"]
    assert {fate for fate in found[2:] if fate} <= {"not_data"}
    assert clean.problems == ()
    assert len(clean.scores) == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ([1, "区委办公厅", 90], "unknown-unit"),
        ([1, "区委办公厅", None], "unknown-unit"),
        ([1, None, 90], "missing-cell"),
        ([1, 12345, 90], "unknown-unit"),
        ([1, "区粮食局", 90], "inactive-unit"),
        ([1, "合计单位", 90], "unknown-unit"),
    ],
)
def test_row_that_may_be_data_is_set_aside_and_told(labels, row, code):
    found, clean = fates(labels, row)
    assert [problem.code for problem in clean.problems] == [code]
    assert {fate for fate in found if fate} == {"set_aside"}
    assert clean.scores == ()


def test_known_unit_is_data_whatever_stands_beside_it(labels):
    _, clean = fates(labels, ["注:新单位", "枫桥街道", 90])
    assert [(cell.unit_id, cell.value) for cell in clean.scores] == [("T01", 90)]


def test_message_of_an_unknown_unit_says_where_what_and_what_to_do(labels):
    _, clean = fates(labels, [1, "区发展改革局", 90])
    message = clean.problems[0].message
    assert message.startswith("《表.xlsx》工作表“Sheet1”B2单元格:")
    assert "“区发展改革局”" in message
    assert "是否为“区发展和改革局”" in message
    assert "请改用规范名称" in message


def test_message_of_a_merged_unit_names_its_successor(labels):
    _, clean = fates(labels, [1, "区粮食和物资储备局", 90])
    assert "最后一个月是2024-06" in clean.problems[0].message
    assert "已并入区发展和改革局" in clean.problems[0].message


def test_value_merged_over_two_units_is_nobodys(labels):
    rows = ["1", "区委办公室", 90], ["2", "枫桥街道", None]
    found, clean = fates(labels, *rows, merged=(MergedRange(2, 3, 3, 3),))
    assert [problem.code for problem in clean.problems] == ["merged-value", "merged-value"]
    assert found == ["clean", "set_aside", "clean", "set_aside"]


def test_hidden_row_is_read_and_told(labels):
    found, clean = fates(labels, ["1", "区委办公室", 90], hidden_rows=frozenset({2}))
    assert [(p.code, p.cell, p.is_blocking) for p in clean.problems] == [("hidden-cell", "B2", False)]
    assert found == ["clean", "clean"]


def test_hidden_row_that_is_no_data_is_not_told(labels):
    _, clean = fates(labels, ["1", "区委办公室", 90], [None, "合计", 90], hidden_rows=frozenset({3}))
    assert clean.problems == ()


def test_column_without_a_name_is_set_aside(labels):
    clean = clean_sheet(sheet_of([*HEADER, None], [1, "区委办公室", 90, 77]), labels)
    assert [(p.code, p.cell, p.is_blocking) for p in clean.problems] == [("blank-label", "D2", False)]
    assert clean.fates[2, 4] == "set_aside"


def test_text_row_longer_than_its_header_blocks(labels):
    clean = clean_sheet(sheet_of(HEADER, ["1", "区委办公室", "90", "5"], encoding="utf-8"), labels)
    assert [(p.code, p.is_blocking) for p in clean.problems] == [("extra-cell", True)]


def test_data_above_the_header_is_not_taken_for_a_title(labels):
    clean = clean_sheet(sheet_of([1, "枫桥街道", 95], HEADER, [1, "区委办公室", 90]), labels)
    assert [(p.code, p.cell) for p in clean.problems] == [("row-outside-table", "B1")]
    assert clean.fates[1, 3] == "set_aside"


@pytest.mark.parametrize(
    ("title", "is_wrong"),
    [
        ("2026年10月日常监管评分表", False),
        ("日常监管评分表（２０２６年１０月）", False),
        ("2026年9月日常监管评分表", True),
        ("2025年10月日常监管评分表", True),
        ("报送日期:2026年11月3日", False),
        ("2026年1-10月累计(2026年10月)", False),
        ("日常监管评分表", False),
    ],
)
def test_title_of_another_month_blocks(labels, title, is_wrong):
    clean = clean_sheet(sheet_of([title], HEADER, [1, "区委办公室", 90]), labels)
    assert [p.code for p in clean.problems] == (["wrong-month"] if is_wrong else [])
