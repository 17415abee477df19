"""What is said of bonuses and deductions, and whose tier stands on them (R5, S3, S17)."""

import pandas as pd
import pytest

from analysis.policy.names import Names
from analysis.report.adjustments import adjustment_finding, adjustment_table
from analysis.report.page.pieces import text

TIERS = {"excellent": "优秀", "good": "良好", "fail": "不达标"}
NAMES = Names({"A": "甲局", "B": "乙局", "C": "丙镇", "D": "丁局"} | TIERS, tiers=list(TIERS))


def units(**told) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": list("ABCD"), "total": [95.5, 95.0, 90.0, 80.0], "bonus": 0.0, "deductions": 0.0})
    return rows.assign(tier_by_score=["excellent", "excellent", "good", "fail"], **told)


def given(*kinds: str) -> pd.DataFrame:
    rows = [
        {"unit_id": "A", "kind": kind, "points": 0.5, "reason": "表彰", "document": "文", "date": ""} for kind in kinds
    ]
    return pd.DataFrame(rows, columns=["unit_id", "kind", "points", "reason", "document", "date"])


def test_a_month_without_any_says_so():
    assert adjustment_finding(given(), units(), NAMES) == "本月没有加分、扣分和定性调整。"
    assert adjustment_table(given()) == ""


@pytest.mark.parametrize(
    ("told", "decided"),
    [
        ({"bonus": [0.5, 0.0, 0.0, 0.0]}, ""),  # 95.00 is the lowest 优秀 already
        ({"bonus": [0.6, 0.0, 0.0, 0.0]}, "；甲局加分0.60分后为优秀，不计则为94.90分，按其他单位不变为良好"),
        ({"deductions": [0.0, 0.0, 5.0, 0.0]}, "；丙镇扣分5.00分后为良好，不计则为95.00分，按其他单位不变为优秀"),
        ({"deductions": [0.0, 0.0, 4.99, 0.0]}, ""),
        ({"bonus": [0.0, 0.0, 11.0, 0.0]}, "；丙镇加分11.00分后为良好，不计则为79.00分"),
        (
            {"bonus": [0.0, 0.0, 0.0, 1.0], "deductions": [0.0, 0.0, 0.0, 12.0]},
            "；丁局加分1.00分、扣分12.00分后为不达标，不计则为91.00分，按其他单位不变为良好",
        ),
    ],
)
def test_a_tier_that_stands_on_points_beside_the_indicators_is_named(told, decided):
    frame = given("bonus", "bonus", "deduction")
    assert adjustment_finding(frame, units(**told), NAMES) == f"本月加分2项、扣分1项，涉及甲局{decided}。"


def test_the_table_names_unit_points_reason_and_document():
    page = str(adjustment_table(given("bonus"), text("单位", "unit_id", NAMES)))
    assert all(f">{cell}<" in page for cell in ("甲局", "加分", "0.50", "表彰", "文", "—"))
