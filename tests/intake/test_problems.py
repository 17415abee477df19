"""The vocabulary of problems is complete, documented, and every sentence says where, what and what to do."""

import re
import string

import pytest

from analysis.intake.problems import CODES, UNREADABLE, Problem, problems_table, quote, report
from analysis.intake.readers import UnreadableFile
from analysis.intake.tickets.problems import FILE_CODES, ROW_CODES

from .conftest import ROOT

WORDS = {
    field for code in CODES.values() for text in code[1:] for _, field, _, _ in string.Formatter().parse(text) if field
}


def test_every_code_is_documented_with_its_effect():
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", (ROOT / "docs" / "intake.md").read_text("utf-8"), re.M)
    known = [*CODES.items(), *ROW_CODES.items(), *FILE_CODES.items()]
    assert rows == [(code, told.severity, told.found) for code, told in known]


def test_every_reason_of_a_reader_has_its_words():
    reasons = set(re.findall(r"`([a-z-]+)`", UnreadableFile.__doc__.partition("Reasons:")[2].partition("\n\n")[0]))
    assert len(reasons) > 20
    assert reasons <= set(UNREADABLE)


@pytest.mark.parametrize("code", CODES)
def test_sentence_says_where_what_and_what_to_do(code):
    words = dict.fromkeys(WORDS, "某")
    problem = report(code, file="表.xlsx", sheet="一月", row=7, column=4, **words)
    assert problem.message.startswith("《表.xlsx》工作表“一月”D7单元格:")
    assert problem.message.endswith("。")
    assert problem.message.count("。") >= 2
    assert "{" not in problem.message
    assert problem.cell == "D7"


def test_sheet_that_is_called_like_its_file_is_not_named_twice():
    assert report("hidden-sheet", file="导出.csv", sheet="导出").message.startswith("《导出.csv》:")


def test_quoted_value_is_short_on_one_line_and_redacted():
    assert quote("a\n b") == "“a b”"
    assert len(quote("长" * 99)) == 43
    assert "13912345678" not in quote("联系13912345678")


def test_same_problem_is_told_once():
    problem = report("hidden-sheet", file="a.xlsx", sheet="S")
    assert len(problems_table([problem, problem])) == 1
    assert problems_table([]).empty


def test_only_what_is_shown_leaves_its_row_in_place():
    by_severity = {severity: Problem("x", "", severity).sets_aside for severity in ("blocking", "set_aside", "shown")}
    assert by_severity == {"blocking": True, "set_aside": True, "shown": False}
