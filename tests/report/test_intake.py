"""What the intake found, in a sentence and tables: every item is accounted for."""

import pandas as pd
import pytest

from analysis.report.intake import answer, problem_table, quality_table, reconciliation_table, status_table

FILES = pd.DataFrame(
    [["a.xlsx", "表1", "甲办", "cell", 10, 7, 1, 2], ["b.csv", "", "", "row", 5, 5, 0, 0]],
    columns=["file", "sheet", "office", "grain", "n_read", "n_clean", "n_set_aside", "n_not_data"],
)
PROBLEMS = pd.DataFrame(
    [["a.xlsx", "表1", "B3", "不明", "set_aside", "甲办"], ["a.xlsx", "", "", "已改", "corrected", "甲办"]],
    columns=["file", "sheet", "cell", "message", "action", "office"],
)


def test_the_answer_counts_what_was_read_and_says_whether_it_adds_up():
    assert answer(FILES, PROBLEMS) == (
        "共读取15项，采用12项，存疑未采用1项，表头等非数据2项，核对一致。问题处理：存疑未采用1处、更正1处。"
    )
    assert "核对不一致" in answer(FILES.assign(n_clean=[7, 4]), PROBLEMS)
    assert answer(FILES, PROBLEMS.iloc[:0]).endswith("问题处理：无。")


@pytest.mark.parametrize(
    ("page", "cells"),
    [
        (reconciliation_table(FILES), ("单元格", ">10<", ">7<", ">2<", ">行<")),
        (problem_table(PROBLEMS), ("a.xlsx·表1·B3", ">存疑未采用<", "a.xlsx<", ">更正<")),
        (quality_table(FILES, PROBLEMS), ("未识别", "甲办", ">10<", ">5<")),
    ],
)
def test_tables_show_place_action_and_counts(page, cells):
    assert [cell for cell in cells if cell not in page] == []


def test_statuses_are_counted_by_indicator():
    rows = [("daily", "common-01", "ok"), ("daily", "common-01", "ok"), ("daily", "common-01", "accepted")]
    table = pd.DataFrame(rows, columns=["channel", "indicator_id", "status"]).assign(measurement_id="x")
    page = status_table(table, {"daily": "日常", "common-01": "落实"})
    assert "落实" in page and "日常" in page and ">2<" in page and ">1<" in page and page.count(">0<") == 3
