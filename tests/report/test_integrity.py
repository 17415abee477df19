"""Integrity in words: a question with its counts, what chance alone brings, and no verdict (S33, S34)."""

from pathlib import Path

import pytest

from analysis.policy.tables import TABLES
from analysis.report.integrity import (
    integrity_rule,
    integrity_table,
    question_table,
    refer_alike,
    tell_alike,
    tell_integrity,
)

from ..rows import table_of

USUAL = {
    "period": "2026-10", "unit_id": "D56", "group": "law", "measure": "extended", "first_period": "2025-11",
    "n_events": 149, "n_cases": 465, "share_pct": 32.043, "group_share_pct": 8.351, "n_expected": 38.83,
    "p_value": 1e-10, "q_value": 1e-8, "is_question": True, "other_unit_id": "",
}  # fmt: skip
QUIET = {"unit_id": "D57", "n_events": 3, "share_pct": 4.2, "p_value": 0.9, "q_value": 1.0, "is_question": False}


@pytest.fixture(scope="module")
def names(whole_book):
    return whole_book.names


def told(*rows: dict):
    return table_of("integrity", [USUAL | row for row in rows])


def test_how_many_are_asked_is_told_with_how_many_were_tested_and_what_chance_brings():
    sentence = tell_integrity(told({}, QUIET), 5)
    assert sentence.startswith("明显异于其他单位、请予核实的有1项（共检验2项，列出的1项中")
    assert "仅凭偶然的预计不超过0.1项" in sentence
    assert sentence.endswith("以下只是提问，可能另有正当原因；不更改任何数据，不计分，也不影响等次和结果运用。")


def test_what_is_answered_with_dunning_is_told_so_that_both_lists_count_alike():
    both = told({}, {"unit_id": "D58"})
    assert "其中1项在超期整改事项的书面答复中一并说明，其余1项另行书面说明。以下只是提问" in tell_integrity(both, 5, 1)
    assert "其中2项在超期整改事项的书面答复中一并说明。以下" in tell_integrity(both, 5, 2)
    assert "书面答复" not in tell_integrity(both, 5)


def test_nothing_out_of_the_ordinary_and_nothing_tested_are_said_plainly(names):
    quiet = told(QUIET, QUIET | {"unit_id": "D58", "p_value": None, "q_value": None})
    assert tell_integrity(quiet, 5) == "没有发现明显异于其他单位的情形（共检验1项）。"
    assert question_table(quiet, names) == ""
    assert tell_integrity(TABLES["integrity"].empty(), 5) == "本月没有件数足够的单位可供核对。"


def test_the_months_that_the_counts_are_of_are_told(names):
    page = question_table(told({"first_period": "2025-11", "period": "2026-10"}), names)
    assert "（2025年11月至2026年10月合计；" in page
    assert "（2026年10月；" in question_table(told({"first_period": "2026-10", "period": "2026-10"}), names)


def test_a_question_names_unit_counts_shares_and_what_is_expected(names):
    page = question_table(told({}, QUIET, {"measure": "never_closed", "p_value": 1e-3}), names)
    for text in (
        names["D56"],
        "工单延期",
        "149/465件",
        "32.0%",
        "8.4%",
        "38.8件",
        ">延期是否均有必要、手续是否齐全？<",
    ):
        assert text in page
    assert page.index("工单延期") < page.index("整改长期未销号")  # the rarest by chance comes first
    assert names["D57"] not in page


def test_every_units_shares_stand_beside_its_groups(names):
    page = integrity_table(told({}, QUIET), names)
    assert "32.0%（8.4%）" in page and "4.2%（8.4%）" in page
    assert page.count("—") >= 10  # five measures of two units without cases


def test_the_rule_says_what_the_params_say_and_what_deliveries_cannot_show(whole_book):
    rules = whole_book.trends.integrity.model_copy(update={"months": 6, "open_months": 4, "minimum_cases": 7})
    sentence = integrity_rule(rules)
    assert sentence.startswith("近6个月合计")
    assert "超过整改时限4个月" in sentence and "不足7件" in sentence and "没有办理延期的日期" in sentence


ALIKE = {
    "unit_id": "D28", "measure": "same_values", "other_unit_id": "D29", "first_period": "2026-10", "n_events": 10,
    "n_cases": 10, "share_pct": 100.0, "group_share_pct": 2.0, "n_expected": 0.2, "p_value": 1e-12,
}  # fmt: skip


def test_two_units_with_the_same_points_are_told_once_and_asked_both(names):
    both = told(ALIKE, ALIKE | {"unit_id": "D29", "other_unit_id": "D28"})
    sentence = tell_alike(both, names)
    assert sentence.startswith(f"{names['D28']}、{names['D29']}都有得分的10项指标中各项得分完全相同：")
    assert sentence.count(names["D28"]) == 1
    page = question_table(both, names)
    assert f"得分相同（与{names['D29']}）" in page and f"得分相同（与{names['D28']}）" in page
    assert "报送数据是否误填、误复制（本单位和报送、评分的科室各自核对）？" in page and "“得分相同”只比本月" in page


def test_beside_their_tiers_units_with_the_same_points_are_referred_to_in_short(names):
    """The page told the same pair in full four times."""
    both = told(ALIKE, ALIKE | {"unit_id": "D29", "other_unit_id": "D28"}, {"unit_id": "D05"})
    sentence = refer_alike(both, names)
    assert sentence.startswith(f"{names['D28']}、{names['D29']}的得分有与其他单位相同的") and "附三" in sentence
    assert refer_alike(both.iloc[:0], names) == ""
    notebook = (Path(__file__).resolve().parents[2] / "notebooks" / "bulletin.ipynb").read_text("utf-8")
    assert notebook.count("tell_alike(") == 1


def test_points_of_which_not_all_are_the_same_are_counted_and_others_told_of_nothing(names):
    one = told(ALIKE | {"n_events": 7}, {})
    assert "都有得分的10项指标中有7项得分完全相同：" in tell_alike(one, names)
    assert tell_alike(told(ALIKE | {"is_question": False}, {}), names) == ""
    assert "得分相同" not in question_table(told({}), names)
