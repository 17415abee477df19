"""A month's intake as a whole: what it refuses, what it leaves out of account (nothing), what it tells."""

import shutil
from datetime import date

import pandas as pd
import pytest

from analysis.intake.describe import describe_intake, missing_deliveries
from analysis.intake.month import clean_month
from analysis.intake.send_back import write_problem_workbooks
from analysis.policy.book import load_policy
from analysis.policy.dictionary import load_dictionary
from analysis.policy.errors import DataError
from analysis.sample.write import write_sample

from .conftest import ROOT, write_workbook

SCORES = [["单位", "“三定”规定落实"], ["区委办公室", 90], ["枫桥街道", 80]]


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The sample's latest month without its tickets, which are another room's tests."""
    root = tmp_path_factory.mktemp("sample")
    write_sample(root, first="2026-10", last="2026-10")
    for path in (root / "data" / "raw" / "2026-10").iterdir():
        if "工单" in path.name or "转办" in path.name:
            path.unlink()
    return root


def clean_sample(root):
    book = load_policy(ROOT)
    folder = root / "data" / "raw" / "2026-10"
    return clean_month(folder, book.at("2026-10"), as_of=date(2026, 10, 31), secret=b"s" * 32)


@pytest.fixture(scope="session")
def cleaned(sample):
    return clean_sample(sample)


def test_month_without_raw_files_is_an_error(district):
    with pytest.raises(DataError, match="never zero"):
        district.clean()
    district.folder.mkdir(parents=True)
    (district.folder / "corrections.yml").write_text("{}")
    (district.folder / ".DS_Store").write_bytes(b"x")
    with pytest.raises(DataError, match="never zero"):
        district.clean()


def test_every_unit_and_indicator_has_a_measurement(cleaned):
    policy = load_policy(ROOT).at("2026-10")
    found = cleaned.tables["measurements"]
    pairs = set(zip(found["unit_id"], found["indicator_id"], strict=True))
    assert pairs == {
        (u.id, i.id) for u in policy.units for i in policy.indicators if not i.groups or u.group in i.groups
    }


def test_sample_is_clean_and_reconciled(cleaned):
    assert set(cleaned.problems["code"]) == {"missing-delivery"}  # the tickets that were taken away
    counts = cleaned.tables["reconciliation"]
    assert (counts["n_set_aside"] == 0).all()
    assert (counts["n_read"] == counts["n_clean"] + counts["n_not_data"]).all()
    assert (counts["office"] != "").all()


@pytest.mark.parametrize(("kept", "is_ended"), [(40, True), (40, False), (83, True)])
def test_a_list_of_posts_that_was_cut_off_after_a_row_is_told(sample, tmp_path, kept, is_ended):
    """Nobody waits for posts and work, so no unit that the list leaves out would be missed."""
    shutil.copytree(sample, tmp_path / "root")
    (path,) = (tmp_path / "root" / "data" / "raw" / "2026-10").glob("*编制与工作量统计表*.csv")
    lines = path.read_bytes().splitlines(keepends=True)
    left = 86 - kept  # a head, 85 units, a total and a note
    path.write_bytes(b"".join(lines[:kept]).rstrip(b"" if is_ended else b"\r\n"))
    problems = clean_sample(tmp_path / "root").problems
    problems = problems[problems["file"] == path.name]
    assert set(problems["code"]) == {"units-left-out", *([] if is_ended else ["cut-off"])}
    left_out = problems.set_index("code").loc["units-left-out", "message"]
    assert f"({left}个单位)" in left_out
    assert ("等(" in left_out) == (left > 5)
    assert not problems["is_blocking"].any()


def test_every_value_is_traced_to_the_cell_that_holds_it(cleaned, sample):
    from openpyxl import load_workbook

    lineage = cleaned.tables["lineage"]
    books = {}
    for row in lineage[(lineage["role"] == "value") & lineage["file"].str.endswith(".xlsx")].itertuples():
        if row.file not in books:
            books[row.file] = load_workbook(sample / "data" / "raw" / "2026-10" / row.file)
        held = books[row.file][row.sheet][row.cell].value
        assert row.raw == ("" if held is None else str(held))
    assert len(books) == 3


def test_result_depends_neither_on_file_names_nor_on_the_order_of_rows(cleaned, sample, tmp_path):
    from openpyxl import load_workbook

    source, target = sample / "data" / "raw" / "2026-10", tmp_path / "data" / "raw" / "2026-10"
    target.mkdir(parents=True)
    for number, path in enumerate(sorted(source.iterdir(), reverse=True)):
        new = target / f"{number}{path.suffix}"
        shutil.copy(path, new)
        if "抽查" in path.name or "台账" in path.name:
            workbook = load_workbook(new)
            sheet = workbook.active
            rows = [row for row in sheet.iter_rows(min_row=4) if row[0].value is not None and row[2].value is not None]
            values = [[cell.value for cell in row] for row in rows]
            for row, moved in zip(rows, reversed(values), strict=True):
                for cell, value in zip(row, moved, strict=True):
                    cell.value = value
            workbook.save(new)
    again = clean_sample(tmp_path)
    for name in ("measurements", "adjustments", "key_work", "inspections", "ledger_items"):
        pd.testing.assert_frame_equal(again.tables[name], cleaned.tables[name])


def test_unreadable_file_blocks_and_says_what_to_do(district):
    district.write("评分.xlsx", SCORES)
    path = district.write("台账.xlsx", SCORES)
    path.write_bytes(path.read_bytes()[:700])
    clean = district.clean()
    (problem,) = clean.problems[clean.problems["file"] == "台账.xlsx"].to_dict("records")
    assert (problem["code"], problem["is_blocking"]) == ("unreadable-file", True)
    assert "重新导出" in problem["message"]


def test_open_workbook_is_named_as_such(district):
    district.write("评分.xlsx", SCORES)
    (district.folder / "~$评分.xlsx").write_bytes(b"user")
    clean = district.clean()
    assert "open-in-excel" in set(clean.problems.loc[clean.problems["file"] == "评分.xlsx", "code"])


def test_attachment_and_subfolder_are_told(district):
    district.write("评分.xlsx", SCORES)
    (district.folder / "扫描件.pdf").write_bytes(b"%PDF")
    (district.folder / "补报").mkdir()
    problems = district.clean().problems.set_index("file")
    assert not problems.loc["扫描件.pdf", "is_blocking"]
    assert problems.loc["补报", "is_blocking"]


def test_unit_absent_from_its_sheet_is_not_submitted(district):
    district.write("评分.xlsx", SCORES)
    problems = district.clean().problems
    absent = problems[(problems["code"] == "not-submitted") & (problems["indicator_id"] == "common-01")]
    assert set(absent["unit_id"]) == {"D21", "D45"}
    assert absent["is_blocking"].all()
    assert (
        "区发展和改革局的“‘三定’规定落实”" in absent["message"].iloc[0] or "区发展和改革局" in absent["message"].iloc[0]
    )


def test_missing_delivery_is_one_problem_with_its_office(district):
    district.write("评分.xlsx", SCORES)
    problems = district.clean().problems
    missing = problems[problems["code"] == "missing-delivery"].set_index("office")["message"]
    assert set(missing.index) == {"区委编办机关科", "区大数据局", "区委督查室", "区政府督查室", "区12345热线办"}
    assert "机构编制纪律" in missing["区委编办机关科"]


def test_one_workbook_with_several_sheets(district):
    district.folder.mkdir(parents=True)
    ledger = [["问题编号", "责任单位", "问题来源", "发现日期", "整改时限", "状态"]]
    ledger += [["W1", "区委办公室", "督查", "2026-09-01", "2026-10-15", "整改中"]]
    write_workbook(district.folder / "汇总.xlsx", {"评分": SCORES, "空": [], "台账": ledger, "说明": [["按月填报"]]})
    counts = district.clean().tables["reconciliation"].set_index("sheet")
    assert counts["kind"].to_dict() == {"评分": "scores", "空": "", "台账": "ledger", "说明": ""}
    assert counts["n_clean"].to_dict() == {"评分": 4, "空": 0, "台账": 1, "说明": 0}


def test_item_due_after_the_as_of_date_is_not_due_yet(district):
    ledger = [["问题编号", "责任单位", "问题来源", "发现日期", "整改时限", "状态"]]
    ledger += [[f"W{day}", "区委办公室", "督查", "2026-09-01", f"2026-10-{day}", "整改中"] for day in (10, 20, 30)]
    district.write("台账.xlsx", ledger)
    measured = district.clean(as_of=date(2026, 10, 20)).tables["measurements"].set_index("measurement_id")
    assert measured.loc["2026-10/D01/common-12", "denominator"] == 2


def test_veto_bonus_and_judgement_are_registered(district):
    rows = [["单位名称", "类型", "分值", "原等次", "调整后等次", "事由", "文号", "日期"]]
    rows += [["区委办公室", "加分", 2, None, None, "获省表彰", "〔2026〕1号", "2026-10-12"]]
    rows += [["区委办公室", "加分", 1.5, None, None, "获市表彰", "〔2026〕1号", "2026-10-13"]]
    rows += [["枫桥街道", "定性调整", None, "良好", None, "下调", "〔2026〕2号", "2026-10-13"]]
    rows += [["枫桥街道", "一票否优", None, None, None, "事故,联系人王小明13912345678", "〔2026〕3号", "2026-10-13"]]
    district.write("加减分.xlsx", rows)
    clean = district.clean()
    found = clean.tables["adjustments"].set_index("adjustment_id")
    assert found["points"].dropna().to_dict() == {
        "2026-10/D01/bonus/〔2026〕1号/1": 2,
        "2026-10/D01/bonus/〔2026〕1号/2": 1.5,
    }
    assert list(clean.problems.loc[clean.problems["file"] == "加减分.xlsx", "cell"]) == ["E4"]
    assert "13912345678" not in found.loc["2026-10/T01/veto/〔2026〕3号/1", "reason"]


def test_free_text_is_redacted_wherever_it_goes(district):
    phone = "13912345678"
    rows = [["问题编号", "责任单位", "问题来源", "问题描述", "发现日期", "整改时限", "状态"]]
    rows += [["W1", "枫桥街道", "督查", f"来电人王小明,电话{phone}", "2026-09-01", "2026-10-15", "整改中"]]
    rows += [["W2", f"枫桥街道{phone}", "督查", "", "2026-09-01", "2026-10-15", "整改中"]]
    district.write("台账.xlsx", rows)
    clean = district.clean()
    assert "unknown-unit" in set(clean.problems["code"])
    for name, frame in clean.tables.items():
        assert not frame.astype(str).apply(lambda column: column.str.contains(phone)).any().any(), name


def test_each_column_of_the_dictionary_holds_fixed_words_or_went_through_redaction(district):
    """What people write in any delivery is planted with a name and a number, and every table is looked through."""
    said = "联系人缑志强13912345678"
    district.write("评分.xlsx", [*SCORES, [f"某单位{said}", said]])
    ledger = ["问题编号", "责任单位", "问题来源", "问题描述", "发现日期", "整改时限", "状态"]
    district.write("台账.xlsx", [ledger, ["W1", "枫桥街道", f"督查{said}", said, "2026-09-01", "2026-10-15", "整改中"]])
    adjusted = ["单位名称", "类型", "分值", "原等次", "调整后等次", "事由", "文号", "日期"]
    district.write("加减分.xlsx", [adjusted, ["区委办公室", "加分", 2, None, None, said, f"1号{said}", "2026-10-12"]])
    visit = ["抽查编号", "被查单位", "抽查日期", "抽查人员", "抽查指标", "得分", "发现问题"]
    district.write("抽查.xlsx", [visit, ["C1", "枫桥街道", "2026-10-12", "甲;乙", "流程管理手册执行", 90, said]])
    task = ["任务编号", "任务名称", "任务类别", "承担单位", "角色", "工作态度", "工作措施", "时间节点", "工作成效"]
    district.write("重点.xlsx", [task, ["Z1", said, "创新创优", "区委办公室", "牵头", 90, 90, 90, 90]])
    ticket = ["工单编号", "来源渠道", "事项", "承办单位", "来电人标识", "受理日期", "诉求内容"]
    district.write("工单.csv", [ticket, ["G1", said, f"井盖，{said}", "枫桥街道", said, "2026-10-12", said]])
    tables = district.clean().tables
    seen = set()
    for name, entry in load_dictionary().tables.items():
        for column, words in entry.fields.items() if name in tables else ():
            texts = "\n".join(map(str, tables[name][column])) if column in tables[name] else ""
            assert not any(part in texts for part in ("缑", "13912345678")), f"{name}.{column}"
            if "〔手机〕" in texts:
                assert words.text == "redacted" or column == "adjustment_id", (
                    f"{name}.{column}: say so in dictionary.yml"
                )
                seen.add(f"{name}.{column}")
    assert seen >= {"adjustments.reason", "adjustments.document", "inspections.finding", "key_work.title"}
    assert seen >= {"ledger_items.problem", "ledger_items.source", "tickets.matter", "problems.message"}


def test_what_is_redacted_in_one_table_is_said_of_every_table_that_takes_it():
    columns = {
        (column, entry.text)
        for part in (load_dictionary().tables, load_dictionary().open_data)
        for table in part.values()
        for column, entry in table.fields.items()
    }
    assert {column for column, text in columns if text} <= {
        *("reason", "problem", "source", "matter", "document", "title", "finding", "message")
    }
    assert {column for column, _ in columns if (column, "") in columns and (column, "redacted") in columns} <= {
        "reason"
    }


def test_refusal_lists_what_blocks(district):
    district.write("评分.xlsx", SCORES)
    clean = district.clean()
    assert clean.is_blocked
    with pytest.raises(DataError, match="2026-10: 数据问题未处理"):
        clean.refuse_if_blocked()


def test_description_says_who_is_missing_what_is_wrong_and_how_it_adds_up(district):
    district.write("评分.xlsx", [*SCORES, ["区某局", 70]])
    lines = describe_intake(district.clean())
    text = "\n".join(lines)
    assert "区大数据局未报送“履职考评系统导出”" in text
    assert "A4单元格:单位名称“区某局”不在被评单位名单中" in text
    assert "《评分.xlsx》“Sheet1”:读取8单元格 = 采用4 + 存疑未采用2 + 表头等非数据2" in text
    assert lines[-1].startswith("结论:有")


def test_missing_deliveries_are_listed_with_their_office(district):
    district.write("评分.xlsx", SCORES)
    missing = missing_deliveries(district.clean())
    assert set(missing["office"]) == {d.office for d in district.policy.sheets.deliveries if d.is_required}
    assert "D45" in set(missing["unit_id"])


def test_foreign_and_hostile_files_are_read_or_refused_and_accounted_for(district, shared_cases):
    district.write("评分.xlsx", SCORES)
    names = sorted(path.name for path in (shared_cases / "messy").iterdir() if path.suffix != ".json")
    for name in names:
        shutil.copy(shared_cases / "messy" / name, district.folder / name)
    clean = district.clean()
    counts = clean.tables["reconciliation"]
    assert (counts["n_read"] == counts["n_clean"] + counts["n_set_aside"] + counts["n_not_data"]).all()
    refused = set(clean.problems.loc[clean.problems["code"] == "unreadable-file", "file"])
    assert refused | set(counts["file"]) >= set(names)
    assert refused & set(counts["file"]) == set()
    # Whatever they hold, the district's own sheet says the same.
    measured = clean.tables["measurements"].set_index("measurement_id")
    assert measured.loc["2026-10/D01/common-01", "value"] == 90


def test_workbooks_to_send_back_are_the_same_bytes_and_hold_no_formula(district, tmp_path):
    from openpyxl import load_workbook

    district.write("评分.xlsx", [*SCORES, ["'=HYPERLINK(1)", 70], ["=1+1", 70]])
    clean = district.clean()
    first = write_problem_workbooks(clean, tmp_path / "a", date(2026, 11, 4))
    second = write_problem_workbooks(clean, tmp_path / "b", date(2026, 11, 4))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert "区委编办监督检查科_数据问题.xlsx" in {path.name for path in first}
    for path in first:
        cells = [cell for row in load_workbook(path).active.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s"}


def test_a_new_kind_with_counts_is_params_alone_and_reports_the_units_it_lacks(district):
    """A kind of sheet that no code knows by name: two units are not in it, both are reported and nothing else is."""
    params = district.root / "params"
    shutil.copytree(params, district.root / "own")
    params.unlink()
    (district.root / "own").rename(params)
    sheets, indicators = params / "sheets.yml", params / "indicators.yml"
    kind = """
  windows:
    title: 窗口服务统计
    reader: counts
    fields:
      unit: {names: [窗口单位], type: unit, is_required: true}
      taken: {names: [进件数], type: count, is_required: true}
      done: {names: [办结数], type: count, is_required: true}
deliveries:
  - {id: windows, office: 区行政审批局, file: 窗口服务统计.csv, kind: windows}
"""
    sheets.write_text(sheets.read_text("utf-8").replace("\ndeliveries:\n", kind), "utf-8")
    text = indicators.read_text("utf-8").replace(
        "{sheet: info_system, numerator: days_filled, denominator: days_required}",
        "{sheet: windows, numerator: done, denominator: taken}",
    )
    indicators.write_text(text, "utf-8")
    district.write("窗口.csv", [["窗口单位", "进件数", "办结数"], ["区委办公室", 10, 9], ["枫桥街道", 8, 8]])
    clean = district.clean()
    (indicator,) = [i for i in district.policy.indicators if i.data.sheet == "windows"]
    found = clean.tables["measurements"]
    found = found[found["indicator_id"] == indicator.id].set_index("unit_id")
    assert found.loc[["D01", "T01"], "value"].tolist() == [0.9, 1.0]
    assert found.loc[["D21", "D45"], "status"].tolist() == ["not_submitted"] * 2
    missing = clean.problems[clean.problems["file"] == "窗口.csv"]
    assert set(missing["code"]) == {"not-submitted"}
    assert set(missing["unit_id"]) == {"D21", "D45"}
    assert missing["is_blocking"].all()
