"""Letters to the offices that have not sent all: what is missing of theirs, until when, and nothing of others."""

import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from analysis.run.commands import main as cli
from analysis.run.forms.start import write_forms
from analysis.run.remind import write_reminders

from ..conftest import copy_root

OFFICE = "区大数据局"


@pytest.fixture
def root(tmp_path) -> Path:
    return copy_root(tmp_path, ["2023-01"])


def take_away(root: Path, word: str) -> None:
    next(path for path in (root / "data" / "raw" / "2023-01").iterdir() if word in path.name).unlink()


def test_only_who_has_not_sent_gets_a_letter_that_says_what_and_until_when(root):
    take_away(root, "履职考评系统")
    (letter,) = write_reminders(root, "2023-01")
    page = letter.read_text("utf-8")
    assert letter == root / "forms" / "2023-01" / "催报函" / f"{OFFICE}_催报函.html"
    for words in (
        f"<p>{OFFICE}：</p>",
        "履职考评系统导出",
        "应于2023年2月1日前报送",
        "请于2023年2月2日前补报",
        "合成数据",
    ):
        assert words in page
    assert "操作员" not in page and "analysis accept" not in page
    assert "区委督查室" not in page


def test_the_deadline_can_be_said(root):
    take_away(root, "履职考评系统")
    (letter,) = write_reminders(root, "2023-01", date(2023, 2, 8))
    assert "请于2023年2月8日前补报" in letter.read_text("utf-8")


def test_who_has_sent_since_has_no_letter_any_more(root):
    file = next(path for path in (root / "data" / "raw" / "2023-01").iterdir() if "履职考评系统" in path.name)
    content = file.read_bytes()
    file.unlink()
    assert len(write_reminders(root, "2023-01")) == 1
    file.write_bytes(content)
    assert write_reminders(root, "2023-01") == []
    assert list((root / "forms" / "2023-01" / "催报函").iterdir()) == []


def test_where_nothing_came_each_office_is_reminded_of_what_it_has_to_send(root):
    shutil.rmtree(root / "data" / "raw" / "2023-01")
    letters = {path.name.partition("_")[0]: path.read_text("utf-8") for path in write_reminders(root, "2023-01")}
    assert "工单.csv" in letters["区12345热线办"] and "转办记录.csv" not in letters["区12345热线办"]
    assert "区委考评办" not in letters  # what it sends is not required
    assert "重点工作任务评分表.xlsx" in letters["区委督查室"]


def test_a_calendar_that_ends_leaves_the_days_out(root):
    take_away(root, "履职考评系统")
    path = root / "params" / "calendar.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["years"] = [year for year in content["years"] if year["year"] > 2023]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    shutil.rmtree(root / "data" / "raw" / "2023-01")
    letters = write_reminders(root, "2023-01")
    assert all("请尽快补报" in path.read_text("utf-8") for path in letters)


@pytest.mark.parametrize("is_missing", [True, False])
def test_the_command_names_the_letters_or_says_that_nothing_is_missing(root, capsys, monkeypatch, is_missing):
    if is_missing:
        take_away(root, "履职考评系统")
    monkeypatch.setattr(sys, "argv", ["analysis", "remind", "2023-01", "--root", str(root)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr().out
    assert not end.value.code
    assert (f"{OFFICE}_催报函.html" in said, "nothing required is missing" in said) == (is_missing, not is_missing)


def test_the_list_of_senders_says_until_when_each_is_due(root):
    sheet = load_workbook(write_forms(root, "2023-01")[-1]).active
    heads = [cell.value for cell in sheet[3]]
    column = heads.index("报送期限") + 1
    assert {sheet.cell(row, column).value.date() for row in range(4, 8)} == {date(2023, 2, 1)}
