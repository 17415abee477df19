"""Tiers by score lines, in words and as a table."""

from pathlib import Path

import pandas as pd

from analysis.policy.book import load_policy
from analysis.report.scores import tier_rule, tier_table

BOOK = load_policy(Path(__file__).resolve().parents[2])
GRADING = BOOK.at("2026-10").grading
NAMES = BOOK.names | {"excellent": "甲等", "good": "乙等", "pass": "丙等", "fail": "丁等"}
LINES = {"excellent": 90.0, "good": 80.5, "pass": 60.0, "fail": 0.0}
UNITS = pd.DataFrame({"total": [90.0, 70.0], "tier": ["excellent", "pass"], "tier_by_score": ["excellent", "pass"]})


def test_the_rule_of_tiers_by_scores_names_the_lines_and_no_quota():
    grading = GRADING.model_copy(update={"quotas": {}, "remainder_order": (), "tie_at_line": {}, "lines": LINES})
    told = "达到分数线方可评为相应等次：甲等 90分、乙等 80.5分、丙等 60分以上（含），其余为丁等。"
    assert tier_rule(grading, NAMES) == told
    page = str(tier_table(UNITS, grading, NAMES))
    assert "名额" not in page and "80.5" in page


def test_where_quotas_stand_too_both_are_told():
    changes = {"lines": LINES, "line_is": "above", "at_least_one": ("excellent",)}
    both = GRADING.model_copy(update=changes)
    told = tier_rule(both, NAMES)
    assert "以上（不含）" in told and "甲等至少1个；分数线是累计名次" in told
    page = str(tier_table(UNITS, both, NAMES))
    assert "名额" in page and "80.5" in page
