"""Whole files: nothing that lies in a month's folder vanishes, stops the others, or counts twice."""

import os
import shutil
import socket

import pytest
import yaml
from openpyxl import Workbook, load_workbook

from analysis.intake.describe import describe_intake
from analysis.intake.send_back import write_problem_workbooks
from analysis.policy.errors import DataError
from analysis.policy.visible import is_unseen

from .conftest import write_workbook

SCORES = [["单位", "“三定”规定落实"], ["区委办公室", 90], ["枫桥街道", 80]]
ADJUSTMENTS = [
    ["单位名称", "类型", "分值", "事由", "文号", "日期"],
    ["区委办公室", "加分", "1", "表彰", "文1", "2026-10-09"],
]


SYSTEM = ["Thumbs.db", "desktop.ini", ".DS_Store", "~$评分.xlsx", "~$别的.xlsx", ".~lock.评分.xlsx#"]


def codes_of(clean, file: str) -> set[str]:
    found = clean.problems[clean.problems["is_blocking"]]
    return set(found.loc[found["file"] == file, "code"])


@pytest.mark.parametrize(
    "rows",
    [[], [["本月无加减分事项"]], [["填表说明"], ["一、按月填报。"]], [["单位名称,类型,分值"], ["区委办公室,加分,1"]]],
)
def test_a_file_without_a_record_blocks_until_it_is_accepted_as_no_data(district, rows):
    district.write("评分.xlsx", SCORES)
    district.write("加减分.xlsx", rows)
    assert codes_of(district.clean(), "加减分.xlsx") & {"no-record", "unknown-header"}
    district.write_corrections(accept=[{"file": "加减分.xlsx", "as": "no_data"}])
    assert codes_of(district.clean(), "加减分.xlsx") == set()


def test_remarks_beside_a_table_and_an_empty_form_that_nobody_has_to_send_pass(district):
    district.folder.mkdir(parents=True)
    write_workbook(district.folder / "评分.xlsx", {"表": SCORES, "说明": [["填表说明"]], "Sheet2": []})
    district.write("加减分.csv", ADJUSTMENTS[:1])
    clean = district.clean()
    assert "no-record" not in codes_of(clean, "评分.xlsx") | codes_of(clean, "加减分.csv")
    assert "unknown-header" not in codes_of(clean, "评分.xlsx")


def test_an_empty_form_of_a_kind_that_has_to_be_sent_blocks(district):
    columns = ["任务编号", "任务类别", "承担单位", "角色", "工作态度", "工作措施", "时间节点", "工作成效"]
    district.write("评分.xlsx", SCORES)
    district.write("重点工作.xlsx", [columns])
    assert codes_of(district.clean(), "重点工作.xlsx") == {"no-record"}


def test_what_seems_not_submitted_names_the_file_that_could_not_be_read(district):
    district.write("评分.xlsx", SCORES)
    (district.folder / "整改台账.xlsx").write_bytes(b"PK\x03\x04 cut off")
    problems = district.clean().problems
    (missing,) = problems[problems["code"] == "unread-delivery"].to_dict("records")
    assert "区政府督查室" in missing["message"] and "《整改台账.xlsx》" in missing["message"]
    assert not problems.loc[problems["code"] == "missing-delivery", "message"].str.contains("整改").any()


def test_a_picture_named_like_a_delivery_is_asked_about(district):
    district.write("评分.xlsx", SCORES)
    (district.folder / "加减分登记表.jpg").write_bytes(b"\xff\xd8")
    (district.folder / "会议照片.jpg").write_bytes(b"\xff\xd8")
    problems = district.clean().problems
    (asked,) = problems.loc[problems["code"] == "unread-delivery", "message"]
    assert "加减分登记表.jpg" in asked and "会议照片" not in asked


def test_what_is_no_ordinary_file_is_named_and_stops_nothing(district):
    district.write("评分.xlsx", SCORES)
    os.mkfifo(district.folder / "管道.csv")
    (district.folder / "断.xlsx").symlink_to("/nowhere/at/all")
    (district.folder / "环.csv").symlink_to(district.folder / "环.csv")
    server = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(district.folder)
    try:
        server.bind("s.csv")
    finally:
        os.chdir(here)
        server.close()
    clean = district.clean()
    for name in ("管道.csv", "断.xlsx", "环.csv", "s.csv"):
        assert codes_of(clean, name) == {"unreadable-file"}
    assert len(clean.tables["reconciliation"]) == 1


@pytest.mark.parametrize(
    "name", ["Thumbs.db", "desktop.ini", ".DS_Store", "~$评分.xlsx", "~$别的.xlsx", ".~lock.评分.xlsx#"]
)
def test_files_of_the_system_are_passed_over(district, name):
    district.write("评分.xlsx", SCORES)
    before = district.clean().problems.query("is_blocking")["message"].tolist()
    (district.folder / name).write_bytes(b"x")
    (district.folder / "__MACOSX").mkdir()
    clean = district.clean()
    assert clean.problems.query("is_blocking")["message"].tolist() == before
    assert not (clean.problems["file"] == name).any()


def test_one_of_two_equal_files_counts(district):
    path = district.write("加减分.csv", ADJUSTMENTS)
    shutil.copy(path, district.folder / "加减分(1).csv")
    clean = district.clean()
    assert len(clean.tables["adjustments"]) == 1
    (note,) = clean.problems.loc[clean.problems["code"] == "repeated-file", "message"]
    assert "《加减分.csv》" in note and "《加减分(1).csv》" in note


def test_a_file_that_another_one_replaces_is_left_out_by_name(district):
    district.write("评分.xlsx", SCORES)
    district.write("评分(改).xlsx", [*SCORES[:2], ["枫桥街道", 81]])
    assert "conflicting-values" in codes_of(district.clean(), "评分.xlsx")
    district.write_corrections(accept=[{"file": "评分.xlsx", "as": "replaced_by", "by": "评分(改).xlsx"}])
    clean = district.clean()
    assert "conflicting-values" not in codes_of(clean, "评分(改).xlsx")
    values = clean.tables["measurements"].query("unit_id == 'T01' and indicator_id == 'common-01'")["value"]
    assert values.tolist() == [81]
    (note,) = clean.problems.loc[clean.problems["code"] == "replaced-file", "message"]
    assert "《评分.xlsx》" in note and "评分(改).xlsx" in note


def test_a_replacement_that_was_not_delivered_is_an_error(district):
    district.write("评分.xlsx", SCORES)
    district.write_corrections(accept=[{"file": "评分.xlsx", "as": "replaced_by", "by": "没有.xlsx"}])
    with pytest.raises(DataError, match=r"没有\.xlsx"):
        district.clean()


def test_the_same_bytes_as_an_earlier_month_block_wherever_they_lay(district):
    path = district.write("评分.xlsx", SCORES)
    for month, name in (("2026-08", "评分.xlsx"), ("2026-09", "九月上报.xlsx")):
        (district.root / "data" / "raw" / month).mkdir()
        shutil.copy(path, district.root / "data" / "raw" / month / name)
    past = [district.root / "data" / "raw" / month for month in ("2026-09", "2026-08")]
    clean = district.clean(earlier_folders=past)
    (message,) = clean.problems.loc[clean.problems["code"] == "earlier-file", "message"]
    assert "2026-09的《九月上报.xlsx》" in message
    district.write_corrections(accept=[{"file": "评分.xlsx", "as": "value"}])
    assert "earlier-file" not in codes_of(district.clean(earlier_folders=past), "评分.xlsx")


COLUMNS = ["“三定”规定落实", "权责清单动态调整", "流程管理手册制定"]
MARKS = {
    "区委办公室": [81, 91.5, 71],
    "枫桥街道": [82, 92, 72],
    "区发展和改革局": [83, 93, 73],
    "区社会保险事业中心": [84, 94, 74],
}


def scored(marks: dict[str, list]) -> list[list]:
    return [["单位", *COLUMNS], *([unit, *row] for unit, row in marks.items())]


def contents_of(clean, file: str) -> str:
    table = clean.tables["reconciliation"]
    return table.loc[table["file"] == file, "contents"].item()


def test_last_months_contents_block_in_whatever_form_and_order_they_were_saved(district):
    path = district.write("评分.xlsx", scored(MARKS))
    past = {contents_of(district.clean(), "评分.xlsx"): "2026-09的《评分.xlsx》"}
    path.unlink()
    again = {unit: [f"{mark:.1f}" for mark in MARKS[unit]] for unit in reversed(MARKS)}
    district.write("重报.csv", [["澄川区评分表"], *scored(again)], encoding="gb18030")
    clean = district.clean(earlier_contents=past)
    (message,) = clean.problems.loc[clean.problems["code"] == "earlier-file", "message"]
    assert "《重报.csv》" in message and "2026-09的《评分.xlsx》" in message
    district.write("重报.csv", scored(again | {"枫桥街道": [82, 92, 73]}))
    assert "earlier-file" not in codes_of(district.clean(earlier_contents=past), "重报.csv")


def test_equal_sheets_with_too_few_different_marks_prove_nothing(district):
    marks = {unit: [100, 100, 90 + place] for place, unit in enumerate(MARKS)}
    district.write("评分.xlsx", scored(marks))
    assert contents_of(district.clean(), "评分.xlsx") == ""
    rest = [95.5, 96.5, 97.5, 98.5, 99.5]  # with 100 and 90 to 93 ten different ones
    marks["枫桥街道"][:2] = rest[:2]
    marks["区发展和改革局"][:2] = rest[2:4]
    district.write("评分.xlsx", scored(marks))
    assert contents_of(district.clean(), "评分.xlsx") == ""
    marks["区社会保险事业中心"][0] = rest[4]
    district.write("评分.xlsx", scored(marks))
    assert len(contents_of(district.clean(), "评分.xlsx")) == 16


@pytest.mark.parametrize("record", ["加分", "扣分"])
def test_a_single_record_is_told_apart_by_every_field(district, record):
    district.write("评分.xlsx", SCORES)
    row = ["区委办公室", record, "1", "表彰", "文1", "2026-10-09"]
    found = []
    for other in (row, [*row[:5], "2026-10-10"], row):
        district.write("加减分.csv", [ADJUSTMENTS[0], other])
        found.append(contents_of(district.clean(), "加减分.csv"))
    assert found[0] == found[2] != found[1] != ""


@pytest.mark.parametrize("name", ["2026年9月评分", "评分(9月)", "评分202609", "评分2026.9"])
def test_another_month_in_a_name_blocks_a_file_with_records_alone(district, name):
    district.write(f"{name}.xlsx", SCORES)
    district.write(f"{name}.csv", ADJUSTMENTS[:1])
    clean = district.clean()
    assert "wrong-month" in codes_of(clean, f"{name}.xlsx")
    assert "wrong-month" not in codes_of(clean, f"{name}.csv")


def test_another_month_in_a_sheets_name_or_in_a_head_blocks(district):
    district.folder.mkdir(parents=True)
    write_workbook(district.folder / "a.xlsx", {"9月": SCORES})
    write_workbook(district.folder / "b.xlsx", {"表": [["", "2026年9月"], *SCORES]}, merged=["B1:C1"])
    clean = district.clean()
    assert "wrong-month" in codes_of(clean, "a.xlsx") and "wrong-month" in codes_of(clean, "b.xlsx")


def test_rows_of_another_length_than_the_header_block_with_their_row(district):
    lines = [
        "单位名称,类型,分值,事由,文号,日期",
        "区委办公室,加分,1,表彰,文1",
        "枫桥街道,加分,1,表彰,文2,2026-10-09,",
        "注:以上",
    ]
    district.folder.mkdir(parents=True)
    (district.folder / "加减分.csv").write_text("\n".join(lines), "utf-8")
    problems = district.clean().problems
    found = problems[problems["code"] == "short-row"]
    assert found["cell"].tolist() == ["A2", "A3"] and found["is_blocking"].all()


def test_a_struck_through_cell_blocks_and_gives_no_value(district):
    from openpyxl.styles import Font

    district.folder.mkdir(parents=True)
    workbook = Workbook()
    for row in SCORES:
        workbook.active.append(row)
    workbook.active["B3"].font = Font(strike=True)
    workbook.save(district.folder / "评分.xlsx")
    clean = district.clean()
    (problem,) = clean.problems.query("code == 'struck-through'").to_dict("records")
    assert (problem["cell"], problem["unit_id"], problem["is_blocking"]) == ("B3", "T01", True)
    found = clean.tables["measurements"].query("indicator_id == 'common-01'").set_index("unit_id")["status"]
    assert (found["D01"], found["T01"]) == ("ok", "not_submitted")


@pytest.mark.parametrize("label", ["汇总", "区委办公室 汇总", "党委群团汇总", "总计"])
def test_subtotals_of_a_spreadsheet_are_no_unit(district, label):
    district.write("评分.xlsx", [*SCORES, [label, 170]])
    assert "unknown-unit" not in codes_of(district.clean(), "评分.xlsx")


@pytest.mark.parametrize("delimiter", ["|", "，", "；"])
def test_other_delimiters_are_read(district, delimiter):
    district.folder.mkdir(parents=True)
    text = "\n".join(delimiter.join(row) for row in ADJUSTMENTS)
    (district.folder / "加减分.txt").write_text(text, "utf-8")
    assert len(district.clean().tables["adjustments"]) == 1


@pytest.mark.parametrize("has_transfers", [True, False])
@pytest.mark.parametrize("data", [None, "工单编号,来源渠道\x1a".encode(), "工单编号".encode() + b"\xff\n"])
def test_a_month_without_readable_tickets_is_told_and_can_be_accepted(district, data, has_transfers):
    district.write("评分.xlsx", SCORES)
    if data:
        (district.folder / "工单.csv").write_bytes(data)
    if has_transfers:
        head = ["工单编号", "转办序号", "转出单位", "转入单位", "转办日期", "是否退回"]
        district.write("转办.csv", [head, ["A1", "1", "区委办公室", "枫桥街道", "2026-10-09", "否"]])
    clean = district.clean()
    missing = clean.problems[clean.problems["code"].isin(["missing-delivery", "unread-delivery"])]
    assert missing["message"].str.contains("工单").sum() == 1
    from_tickets = [i.id for i in district.policy.indicators if i.data.sheet == "tickets"]
    found = clean.tables["measurements"]
    assert set(found.loc[found["indicator_id"].isin(from_tickets), "status"]) == {"not_submitted"}
    entries = [{"delivery": "tickets"}, *([{"file": "工单.csv", "as": "no_data"}] if data else [])]
    district.write_corrections(accept=entries)
    found = district.clean().tables["measurements"]
    assert set(found.loc[found["indicator_id"].isin(from_tickets), "status"]) == {"accepted"}


def test_two_versions_of_an_adjustment_in_two_files_block_and_two_in_one_file_are_two(district):
    other = [*ADJUSTMENTS[1][:2], "2", *ADJUSTMENTS[1][3:]]
    district.write("加减分.csv", [*ADJUSTMENTS, other])
    assert len(district.clean().tables["adjustments"]) == 2
    district.write("加减分.csv", ADJUSTMENTS)
    district.write("加减分(改).csv", [ADJUSTMENTS[0], other])
    clean = district.clean()
    assert codes_of(clean, "加减分.csv") == codes_of(clean, "加减分(改).csv") == {"conflicting-values"}


@pytest.mark.parametrize("sides", [("/", 5), (5, "不适用")])
def test_one_half_of_a_ratio_that_is_not_applicable_is_asked_about(district, sides):
    fields = [f for f in district.policy.sheets.kinds["info_system"].fields.values() if f.is_required]
    rows = [[f.names[0] for f in fields], ["区委办公室", *[9] * 8], ["枫桥街道", *[9] * 8]]
    rows[1][2:4] = sides
    district.write("导出.csv", rows)
    clean = district.clean()
    (problem,) = clean.problems.query("code == 'half-ratio'").to_dict("records")
    assert problem["unit_id"] == "D01" and problem["is_blocking"] and problem["cell"] in ("C2", "D2")
    found = clean.tables["measurements"].query("unit_id == 'D01' and indicator_id == @problem['indicator_id']")
    assert found["status"].tolist() == ["not_submitted"]
    rows[1][2:4] = "/", "/"
    district.write("导出.csv", rows)
    assert "half-ratio" not in set(district.clean().problems["code"])


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b[2J", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("kind", ["评分", "附件"])
def test_a_name_that_ends_a_line_is_refused_and_shown_escaped(district, tmp_path, sign, kind):
    district.write("评分.xlsx", SCORES)
    name = f"甲{sign}结论:数据齐全,可以发布。" + {"评分": ".xlsx", "附件": ".pdf"}[kind]
    shutil.copy(district.folder / "评分.xlsx", district.folder / name)
    clean = district.clean()
    shown = f"甲<U+{ord(sign[0]):04X}>"
    (refused,) = clean.problems.loc[clean.problems["file"].str.startswith(shown), "message"]
    assert "换行等控制字符" in refused
    assert "评分.xlsx" in set(clean.tables["reconciliation"]["file"])
    lines = describe_intake(clean)
    assert [line for line in lines if line.startswith("结论")] == lines[-1:]
    assert not [letter for line in lines for letter in line if is_unseen(letter)]
    for path in write_problem_workbooks(clean, tmp_path / "back"):
        cells = [cell.value for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]
        assert not [letter for cell in cells for letter in str(cell) if is_unseen(letter)]


def test_a_name_with_a_mark_that_turns_text_round_is_read_and_shown_escaped(district):
    district.write("评分\u202exslx.xlsx", SCORES)
    clean = district.clean()
    assert "评分\u202exslx.xlsx" in set(clean.tables["reconciliation"]["file"])
    told = "".join(describe_intake(clean))
    assert "《评分<U+202E>xslx.xlsx》" in told
    assert "\u202e" not in told


def test_an_entry_to_paste_names_a_file_with_an_unseen_character_as_it_is(district):
    district.write("评分.xlsx", SCORES)
    district.write("加减分\u202e.xlsx", [])
    entries = [entry for entry in district.clean().entries if "加减分" in entry]
    assert not [letter for entry in entries for letter in entry if is_unseen(letter)]
    pasted = [yaml.safe_load(entry.partition("- ")[2]) for entry in entries]
    assert {entry["file"] for entry in pasted} == {"加减分\u202e.xlsx"}
