"""The register of corrections and acceptances: a sheet that counts as `corrections.yml` does, and never against it."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from openpyxl import Workbook, load_workbook

from analysis.intake.callers import write_caller_secret
from analysis.intake.month import tell_registers
from analysis.intake.register import FILE_NAME, REGISTER, SHEETS, load_corrections
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.run.forms.start import write_forms
from analysis.run.month import new_month
from analysis.run.steps.intake import take_in

from ..conftest import copy_root

SIGNED = {"理由": "录入时数字颠倒", "负责人": "张三", "文号": "澄编办〔2026〕3号", "日期": date(2026, 11, 2)}
CORRECTION = {"文件": "评分表.xlsx", "单元格": "E17", "现有内容": 58.5, "更正为": 85.5, **SIGNED}
GAP = {"单位": "区科协", "指标": "领导审阅", "认可为": "缺报", **SIGNED}
WRITTEN = """corrections:
  - {file: 评分表.xlsx, cell: E17, expect: "58.5", value: 85.5,
     reason: 录入时数字颠倒, who: 张三, document: 澄编办〔2026〕3号, date: 2026-11-02}
"""


@pytest.fixture(scope="module")
def form(tmp_path_factory) -> Path:
    """The empty register as `analysis start` writes it."""
    return next(p for p in write_forms(copy_root(tmp_path_factory.mktemp("root"), []), "2026-10") if REGISTER in p.name)


@pytest.fixture
def fill(form, tmp_path):
    """Fill rows into the register of a month and return the month's folder."""

    def write(corrections=(), accept=(), first=4) -> Path:
        book = load_workbook(form)
        for sheet, rows in (("更正", corrections), ("认可", accept)):
            heads = {cell.value: cell.column for cell in book[sheet][3]}
            for number, row in enumerate(rows, start=first):
                for heading, value in row.items():
                    book[sheet].cell(number, heads[heading]).value = value
        book.save(tmp_path / form.name)
        return tmp_path

    return write


def test_an_empty_register_says_nothing(fill):
    found = load_corrections(fill())
    assert (found.corrections, found.accept) == ((), ())


def test_rows_are_read_as_entries_of_the_file_are(fill):
    folder = fill([CORRECTION], [GAP])
    (entry,), (gap,) = (getattr(load_corrections(folder), key) for key in ("corrections", "accept"))
    for path in folder.iterdir():
        path.unlink()
    (folder / FILE_NAME).write_text(WRITTEN, "utf-8")
    assert load_corrections(folder).corrections == (entry,)
    assert (gap.unit, gap.indicator, gap.as_, gap.date) == ("区科协", "领导审阅", "gap", date(2026, 11, 2))


@pytest.mark.parametrize(
    ("told", "entry"),
    [("缺报", "gap"), ("由其他文件取代", "replaced_by"), ("没有数据", "no_data"), ("内容无误", "value")],
)
def test_what_is_accepted_is_chosen_in_words(fill, told, entry):
    row = {"文件": "a.xlsx", "认可为": told, **({"取代文件": "b.xlsx"} if entry == "replaced_by" else {}), **SIGNED}
    row |= {"单元格": "B2"} if entry == "gap" else {}
    assert load_corrections(fill(accept=[row])).accept[0].as_ == entry


def test_a_delivery_is_chosen_by_id_and_name(fill):
    row = {"报送表": "info-system 履职考评系统导出.csv", "认可为": "缺报", **SIGNED}
    assert load_corrections(fill(accept=[row])).accept[0].delivery == "info-system"


def test_every_wrong_row_is_told_at_once_by_its_cell_and_heading(fill):
    rows = [{k: v for k, v in CORRECTION.items() if k != "负责人"}, CORRECTION | {"单元格": "第17行"}]
    with pytest.raises(DataError) as error:
        load_corrections(fill(rows, [GAP | {"认可为": "大概"}], first=9))
    lines = str(error.value).splitlines()
    assert [("更正 G9 负责人" in lines[0]), ("更正 C10 单元格" in lines[1]), ("认可 G9 认可为" in lines[2])] == [
        True
    ] * 3
    assert "第17行" in lines[1] and "大概" in lines[2]


def test_the_same_entry_in_both_counts_once_and_both_are_told(fill):
    folder = fill([CORRECTION])
    assert tell_registers(folder) == []
    (folder / FILE_NAME).write_text(WRITTEN, "utf-8")
    assert len(load_corrections(folder).corrections) == 1
    (note,) = tell_registers(folder)
    assert (note.code, note.is_blocking) == ("two-registers", False)


@pytest.mark.parametrize("heading", ["更正为", "文号", "现有内容"])
def test_two_entries_that_disagree_are_refused(fill, heading):
    folder = fill([CORRECTION | {heading: "99"}])
    (folder / FILE_NAME).write_text(WRITTEN, "utf-8")
    with pytest.raises(DataError, match=r"评分表\.xlsx E17: two entries say different things"):
        load_corrections(folder)


def test_a_sheet_whose_headings_are_gone_is_not_passed_over(tmp_path):
    book = Workbook()
    book.active.append(["文件", "格", "现在", "改为"])
    book.active.append(["评分表.xlsx", "E17", 58.5, 85.5])
    book.save(tmp_path / f"{REGISTER}10月.xlsx")
    with pytest.raises(DataError, match="has no row with the headings"):
        load_corrections(tmp_path)


def test_the_form_lets_choose_units_indicators_and_kinds(form):
    book = load_workbook(form)
    rules = [rule.formula1 for rule in book["认可"].data_validations.dataValidation]
    assert any("缺报" in rule for rule in rules)
    assert sum("名单!" in rule for rule in rules) == 3
    assert book["单位名单"]["A2"].value and book["报送表名单"]["A2"].value.split()[0] == "daily-a"
    assert [cell.value for cell in book["更正"][3]] == list(SHEETS[0].headings)


def test_a_month_is_taken_in_with_the_register_as_with_the_file(form, tmp_path):
    tables = {}
    for way in ("register", "file"):
        root = copy_root(tmp_path / way, ["2023-01"])
        write_caller_secret(root, bytes(32))
        folder = root / "data" / "raw" / "2023-01"
        file = next(path for path in sorted(folder.iterdir()) if "日常监管评分表(职责" in path.name)
        cell = next(c for row in load_workbook(file).active.iter_rows(min_row=6) for c in row if is_mark(c.value))
        row = CORRECTION | {"文件": file.name, "单元格": cell.coordinate, "现有内容": cell.value, "更正为": 61.5}
        if way == "register":
            book = load_workbook(form)
            heads = {cell.value: cell.column for cell in book["更正"][3]}
            for heading, value in row.items():
                book["更正"].cell(4, heads[heading]).value = value
            book.save(folder / form.name)
        else:
            entry = {SHEETS[0].headings[heading]: value for heading, value in row.items()}
            text = yaml.safe_dump({"corrections": [entry | {"expect": str(cell.value)}]}, allow_unicode=True)
            (folder / FILE_NAME).write_text(text, "utf-8")
        tables[way] = take_in(new_month(root, load_policy(root), "2023-01"), is_look=True).tables
    assert tables["register"].keys() == tables["file"].keys()
    for name, frame in tables["file"].items():
        pd.testing.assert_frame_equal(tables["register"][name], frame)
    assert "corrected" in set(tables["register"]["problems"]["action"])


def is_mark(value) -> bool:
    return isinstance(value, float) and value > 62


def test_a_share_keeps_the_sign_that_excel_hides_in_the_format(form, tmp_path):
    book = load_workbook(form)
    heads = {cell.value: cell.column for cell in book["更正"][3]}
    for heading, value in (CORRECTION | {"更正为": 0.955}).items():
        book["更正"].cell(4, heads[heading]).value = value
    book["更正"].cell(4, heads["更正为"]).number_format = "0.0%"
    book.save(tmp_path / form.name)
    (entry,) = load_corrections(tmp_path).corrections
    assert entry.value == "95.5%"
