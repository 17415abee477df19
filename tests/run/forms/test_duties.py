"""An office's lists of duties reach `params/duties.yml`: each row is added, there already, or set aside and told."""

import re
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from typer.testing import CliRunner

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, PolicyError, UsageError
from analysis.policy.load import load_yaml
from analysis.run.commands.main import app
from analysis.run.forms.duties import import_duties
from analysis.run.forms.init import begin_district

PROJECT = Path(__file__).resolve().parents[3]
UNITS = "单位名称,单位类别\n" + "".join(f"区{n}局,部门\n" for n in "甲乙丙") + "青石镇,镇街\n"
PROCESSES = "岗位规范工作流程"
HEAD = ["序号", "工作流程名称", "责任单位", "配合单位"]
BOUNDARY = ["序号", "边界事项", "牵头单位", "配合单位", "条款", "别名"]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun")
    (folder / "单位.csv").write_text(UNITS, "utf-8")
    begin_district(folder / "区", folder / "单位.csv", name="青石区", start="2026-01")
    path = folder / "区/params/duties.yml"
    process = f"lists:\n  - {{id: process, name: {PROCESSES}, document: 待定}}\n"
    path.write_text(path.read_text("utf-8").replace("lists:\n", process), "utf-8")
    return folder / "区"


@pytest.fixture
def root(tmp_path, begun):
    return shutil.copytree(begun, tmp_path / "区")


def write_list(path, **sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def matters_of(root):
    return {matter.name: matter for matter in load_policy(root).duties.matters}


def read(root, start="2026-03", **sheets):
    return import_duties(root, write_list(root / "清单.xlsx", **sheets), start)


def test_each_sheet_is_a_list_below_titles_and_above_notes(root):
    done = read(
        root,
        工作流程=[["2026年工作流程"], HEAD, [1, "征收管理", "区甲局", ""], ["注：以本局文件为准"]],
        职责边界清单=[
            BOUNDARY,
            [1, "河道污染", "区乙局", "区甲局、各镇街", "边界1", "河道黑臭；黑臭水体"],
            ["合计", 1],
        ],
    )
    assert (done.n_rows, dict(done.added), done.set_aside) == (2, {PROCESSES: 1, "职责边界清单": 1}, ())
    process, river = matters_of(root).values()
    assert (process.id, process.lead, process.list, process.clause, process.from_) == (
        "M001", "U01", "process", "第1项", "2026-03",
    )  # fmt: skip
    assert (river.lead, river.co_operating, river.towns, river.clause) == ("U02", ("U01",), True, "边界1")
    assert river.aliases == ("河道黑臭", "黑臭水体")


def test_a_unit_merged_over_its_rows_leads_each_of_them(root):
    path = write_list(
        root / "清单.xlsx", 工作流程=[HEAD, [1, "甲事", "区甲局"], [2, "乙事", None], [3, "丙事", "区乙局"]]
    )
    book = load_workbook(path)
    book.active.merge_cells("C2:C3")
    book.save(path)
    import_duties(root, path, "2026-03")
    assert [matter.lead for matter in matters_of(root).values()] == ["U01", "U01", "U02"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([1, "甲事", "区丁局", "", "1", ""], "found unit '区丁局'"),
        ([1, "甲事", "区甲局、区乙局", "", "1", ""], "found unit"),
        ([1, "甲事", "区甲局", "区戊局", "1", ""], "found unit '区戊局'"),
        ([1, "", "区甲局", "", "1", ""], "边界事项|事项名称 is blank"),
        ([1, "甲事", "", "", "1", ""], "牵头单位 is blank"),
        ([None, "甲事", "区甲局", "", "", ""], "清单条款 is blank"),
        ([1, "甲" * 121, "区甲局", "", "1", ""], "name: .*at most 120"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_with_sheet_row_and_what_to_do(root, row, reason):
    done = read(root, 职责边界清单=[BOUNDARY, [7, "好事", "区甲局", "", "7", ""], row])
    (aside,) = done.set_aside
    assert (aside.sheet, aside.row) == ("职责边界清单", 3) and re.search(reason, aside.reason)
    assert list(matters_of(root)) == ["好事"]


def test_struck_hidden_and_broken_rows_are_set_aside(root):
    path = write_list(
        root / "清单.xlsx",
        职责边界清单=[BOUNDARY, *([n, f"{n}号事", "区甲局", "", f"{n}", ""] for n in (1, 2, 3)), [4, "=1/0", "区甲局"]],
    )
    book = load_workbook(path)
    book.active["B2"].font = Font(strike=True)
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    done = import_duties(root, path, "2026-03")
    assert [row.row for row in done.set_aside] == [2, 3, 5] and list(matters_of(root)) == ["3号事"]


def test_a_list_is_named_by_column_sheet_or_file_else_the_row_is_set_aside(root):
    done = read(root, 甲=[["所属清单", *BOUNDARY], ["权责清单", 1, "甲事", "区甲局"], ["", 2, "乙事", "区甲局"]])
    assert matters_of(root)["甲事"].list == "power"
    assert "found list 甲 / 清单" in done.set_aside[0].reason


def test_processes_of_one_name_in_several_units_are_told_apart(root):
    rows = [HEAD, [1, "公文处理", "区甲局"], [2, "公文处理", "区乙局"], [3, "出纳", "区乙局"], [4, "出纳", "区乙局"]]
    done = read(root, 工作流程=rows)
    assert list(matters_of(root)) == ["公文处理（区甲局）", "公文处理（区乙局）"]
    assert {row.row for row in done.set_aside} == {4, 5}  # the same process by two clauses


def test_rows_that_name_two_leads_for_a_boundary_matter_are_all_set_aside(root):
    done = read(root, 职责边界清单=[BOUNDARY, [1, "甲事", "区甲局"], [2, "甲 事", "区乙局"], [3, "丙事", "区丙局"]])
    assert [row.row for row in done.set_aside] == [2, 3] and list(matters_of(root)) == ["丙事"]


def test_a_name_that_is_another_matters_alias_is_set_aside(root):
    done = read(root, 职责边界清单=[BOUNDARY, [1, "甲事", "区甲局", "", "", "俗名"], [2, "俗名", "区乙局"]])
    assert "甲事 has this name" in done.set_aside[0].reason


def test_a_list_read_again_adds_nothing_and_changes_no_byte(root):
    sheet = [BOUNDARY, [1, "甲事", "区甲局", "区乙局 区丙局"], [2, "乙事", "区甲局"]]
    read(root, 职责边界清单=sheet)
    before = (root / "params/duties.yml").read_bytes()
    done = read(root, start="2026-05", 职责边界清单=[*sheet, [2, "乙事", "区甲局"]])
    assert (done.n_known, sum(done.added.values()), done.set_aside) == (3, 0, ())
    assert (root / "params/duties.yml").read_bytes() == before


def test_what_stands_there_is_never_changed_and_a_changed_duty_is_told(root):
    read(root, 职责边界清单=[BOUNDARY, [1, "甲事", "区甲局"]])
    before = (root / "params/duties.yml").read_text("utf-8")
    done = read(root, start="2026-05", 职责边界清单=[BOUNDARY, [1, "甲事", "区乙局"], [2, "乙事", "区乙局"]])
    assert "甲事 has this name or id already" in done.set_aside[0].reason
    assert (root / "params/duties.yml").read_text("utf-8").startswith(before)


def test_a_duty_whose_old_entry_ended_keeps_its_id(root):
    read(root, 职责边界清单=[BOUNDARY, [1, "甲事", "区甲局"]])
    path = root / "params/duties.yml"
    path.write_text(path.read_text("utf-8").replace("from: 2026-03", "from: 2026-03, to: 2026-04"), "utf-8")
    read(root, start="2026-05", 职责边界清单=[BOUNDARY, [1, "甲事", "区乙局"]])
    assert [(m.id, m.lead, m.from_) for m in load_policy(root).duties.matters] == [
        ("M001", "U01", "2026-03"), ("M001", "U02", "2026-05"),
    ]  # fmt: skip


def test_comments_and_entries_of_the_samples_file_stay(tmp_path):
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    before = (tmp_path / "params/duties.yml").read_text("utf-8")
    done = read(
        tmp_path, start="2026-11", 职责边界清单=[BOUNDARY, [1, "新事项", "区财政局"], [2, "占道经营", "区财政局"]]
    )
    after = (tmp_path / "params/duties.yml").read_text("utf-8")
    assert after.startswith(before) and after.count("\n") == before.count("\n") + 1
    assert matters_of(tmp_path)["新事项"].id == "M065" and "占道经营 has" in done.set_aside[0].reason


def test_a_file_whose_last_key_is_another_is_left_as_it_was(root):
    path = root / "params/duties.yml"
    head, _, tail = path.read_text("utf-8").partition("lists:")
    path.write_text(
        head
        + "matters:\n  - {id: A1, name: 旧, lead: U01, list: power, clause: 一, from: 2026-01}\nlists:"
        + tail.replace("matters: []\n", ""),
        "utf-8",
    )
    before = path.read_bytes()
    with pytest.raises(PolicyError):
        read(root, 职责边界清单=[BOUNDARY, [1, "甲事", "区甲局"]])
    assert path.read_bytes() == before


def test_a_workbook_without_the_columns_is_refused_by_their_names(root):
    with pytest.raises(DataError, match=r"清单\.xlsx: no sheet .* 事项名称.* / 牵头单位"):
        read(root, 甲=[["姓名", "电话"], ["张三", 1]])
    with pytest.raises(UsageError, match="no such file"):
        import_duties(root, root / "没有.xlsx", "2026-03")


def test_a_list_that_params_does_not_name_is_refused_at_load(root):
    path = root / "params/duties.yml"
    path.write_text(
        path.read_text("utf-8")
        .replace(
            "matters: []", "matters:\n  - {id: A1, name: 甲, lead: U01, list: boundary, clause: 一, from: 2026-01}"
        )
        .replace("  - {id: boundary", "  #"),
        "utf-8",
    )
    with pytest.raises(PolicyError, match="A1: found list boundary"):
        load_policy(root)


def test_the_command_counts_rows_and_ends_with_1_where_some_were_set_aside(root):
    path = write_list(
        root / "清单.xlsx", 职责边界清单=[BOUNDARY, [1, "甲事", "区甲局"], [2, "乙事", "区丁局"]], 说明=[["说明"]]
    )
    done = CliRunner().invoke(app, ["duties", str(path), "--from", "2026-03", "--root", str(root)])
    assert done.exit_code == 1, done.output
    assert "清单.xlsx 职责边界清单" in done.output and "2" in done.output and "说明" in done.output
    assert load_yaml(root / "params/duties.yml", dict)["matters"][0]["name"] == "甲事"
