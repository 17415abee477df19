"""A sheet is recognised by its header, wherever it stands and however it is laid out."""

import pytest

from analysis.intake.readers import MergedRange
from analysis.intake.recognise import Grid, find_layout
from analysis.intake.sheets import clean_sheet

from .conftest import sheet_of

UNIT, FIRST, SECOND = "被评单位", "“三定”规定落实", "权责清单认领公布"
EXPORT = [
    "单位",
    "在编人数",
    "应填报人日",
    "实填报人日",
    "应审阅件数",
    "已审阅件数",
    "工作量",
    "职责事项数",
    "已履行职责数",
]


def layout_of(labels, *rows, **more):
    return find_layout(Grid(sheet_of(*rows, **more)), labels)


def meanings(block):
    return {column.number: column.meaning for column in block.columns if column.meaning}


def test_header_below_title_rows_is_found(labels):
    layout = layout_of(labels, ["2026年10月评分表"], [], ["单位:分"], ["序号", UNIT, FIRST], [1, "区委办公室", 90])
    (block,) = layout.blocks
    assert layout.title_rows == (1, 2, 3)
    assert (block.kind, block.header, block.body) == ("scores", (4, 4), (5,))
    assert meanings(block) == {1: "(ignored)", 2: "unit", 3: "common-01"}


def test_two_level_header_with_a_unit_column_merged_down(labels):
    merged = (MergedRange(1, 1, 2, 1), MergedRange(1, 2, 1, 3))
    rows = [UNIT, "共性指标", None], [None, FIRST, SECOND], ["区委办公室", 90, "全部公布"]
    (block,) = layout_of(labels, *rows, merged=merged).blocks
    assert meanings(block) == {1: "unit", 2: "common-01", 3: "common-02"}
    assert block.body == (3,)


def test_two_level_header_without_merged_cells_as_in_csv(labels):
    rows = [UNIT, "共性指标", "", "关联指标"], ["", FIRST, SECOND, "规范属地管理"], ["区委办公室", 90, "全部公布", 18]
    (block,) = layout_of(labels, *rows).blocks
    assert block.header == (1, 2)
    assert meanings(block) == {1: "unit", 2: "common-01", 3: "common-02", 4: "related-03"}


def test_first_row_of_data_is_never_taken_into_the_header(labels):
    layout = layout_of(labels, [UNIT, FIRST], ["区委办公室", 90], ["枫桥街道", 80])
    assert layout.blocks[0].body == (2, 3)


def test_repeated_header_is_no_second_table(labels):
    (block,) = layout_of(labels, [UNIT, FIRST], ["区委办公室", 90], [UNIT, FIRST], ["枫桥街道", 80]).blocks
    assert block.repeats == {3}
    assert block.body == (2, 3, 4)


def test_another_header_begins_another_table(labels):
    first, second = layout_of(labels, [UNIT, FIRST], ["区委办公室", 90], [], EXPORT, ["枫桥街道", *range(8)]).blocks
    assert (first.kind, first.body) == ("scores", (2, 3))
    assert (second.kind, second.body) == ("info_system", (5,))


def test_tables_side_by_side_are_two(labels):
    left, right = layout_of(
        labels, ["序号", UNIT, FIRST, "序号", UNIT, FIRST], [1, "区委办公室", 90, 2, "枫桥街道", 80]
    ).blocks
    assert [column.number for column in left.columns] == [1, 2, 3]
    assert [column.number for column in right.columns] == [4, 5, 6]


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("“三定”规定落实", "common-01"),
        (" 三定 规定\n落实 ", "common-01"),
        ("“三定”规定落实（满分100分）", "common-01"),
        ("“三定”规定落实(100)", "common-01"),
        ("“三定”规定落实(满分20分)", None),  # another scale than the rules': not to be read as if it were theirs
        ("“三定”规定落实(%)", None),
        ("机构编制纪律(件)", "common-11"),
        ("规范属地管理(满分20分)", "related-03"),
        ("在岗填报", None),  # comes from the information system, not from a score sheet
        ("common-01", "common-01"),
    ],
)
def test_column_name_means_an_indicator_only_where_it_cannot_mean_something_else(labels, label, meaning):
    (block,) = layout_of(labels, [UNIT, "机构编制纪律", label], ["区委办公室", 1, 90]).blocks
    assert block.columns[2].meaning == meaning


def test_unknown_header_names_what_was_seen_and_what_exists(labels):
    clean = clean_sheet(sheet_of(["职工工资表"], ["姓名", "职务", "工资"], ["甲", "科员", 5000]), labels)
    (problem,) = clean.problems
    assert problem.code == "unknown-header"
    assert problem.is_blocking
    assert problem.cell == "A2"
    assert "职务" in problem.message
    assert "日常监管评分表" in problem.message
    assert set(clean.fates.values()) == {"set_aside"}


@pytest.mark.parametrize("rows", [[], [["填表说明"], [], ["一、本表按月填报。"]], [["注:本月无数据", "科员"]]])
def test_sheet_without_a_table_is_no_data(labels, rows):
    clean = clean_sheet(sheet_of(*rows), labels)
    assert clean.problems == ()
    assert set(clean.fates.values()) <= {"not_data"}
