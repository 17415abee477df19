"""Ids of rules leave pages that have no list of them; all other text stays."""

import pytest

from analysis.report.page.rule_marks import without_rule_marks


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("月度不作依据（S27）。", "月度不作依据。"),
        ("约谈（R21、S27），", "约谈，"),
        ("计分（R15 S28）", "计分"),
        ("（同R9）", ""),
        ("（S22，按工作日计）", "（按工作日计）"),
        ("（R22、S9：未参评年度不计）", "（未参评年度不计）"),
        ("（月度结果为暂定，S27）", "（月度结果为暂定）"),
        ("（其他单位不变；S4–S7、R18、R21）", "（其他单位不变）"),
        ("（虚构）（S1）", "（虚构）"),
        ("（按编号排列，R19；“*”为暂定，S11）", "（按编号排列；“*”为暂定）"),
        ("R22航线（R99）、（D12）、S27路、（第S27号）", "R22航线（R99）、（D12）、S27路、（第S27号）"),
        ("(S27)", "(S27)"),
    ],
)
def test_only_ids_of_rules_in_brackets_go(told, left):
    assert without_rule_marks(told) == left
