"""What is said of bonuses and deductions, and whose tier stands on them (R5, S3, S17)."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.names import Names
from analysis.report.adjustments import adjustment_finding, adjustment_table, list_deciding
from analysis.report.page.pieces import text

GRADING = load_policy(Path(__file__).resolve().parents[2]).at("2026-10").grading
TIERS = {"excellent": "优秀", "good": "良好", "pass": "达标", "fail": "不达标"}
IDS = list("ABCDEFGHIJ")
NAMES = Names({name: f"{name}局" for name in IDS} | TIERS, tiers=list(TIERS))
# Ten units: two 优秀, five 良好, two 达标, one 不达标.
TOTALS = [95.5, 95.0, 94.0, 93.0, 92.0, 91.0, 90.0, 85.0, 84.0, 80.0]


def units(name: str = "", bonus: float = 0.0, deductions: float = 0.0) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": IDS, "total": TOTALS, "bonus": 0.0, "deductions": 0.0})
    rows["tier_by_score"] = ["excellent"] * 2 + ["good"] * 5 + ["pass"] * 2 + ["fail"]
    is_meant = rows["unit_id"] == name
    rows.loc[is_meant, ["bonus", "deductions"]] = bonus, deductions
    return rows.assign(base=(rows["total"] - rows["bonus"] + rows["deductions"]).clip(0, 100))


def given(*kinds: str) -> pd.DataFrame:
    rows = [
        {"unit_id": "A", "kind": kind, "points": 0.5, "reason": "表彰", "document": "文", "date": ""} for kind in kinds
    ]
    return pd.DataFrame(rows, columns=["unit_id", "kind", "points", "reason", "document", "date"])


def test_a_month_without_any_says_so():
    assert adjustment_finding(given(), units(), GRADING, NAMES) == "本月没有加分、扣分和定性调整。"
    assert adjustment_table(given()) == ""


@pytest.mark.parametrize(
    ("told", "decided"),
    [
        (("B", 0.9), ""),  # 94.10 would be second all the same
        (("B", 1.0), ""),  # 94.00 would tie with C
        (("B", 1.1), "；B局加分1.10分后为优秀，不计则为93.90分，按其他单位不变为良好"),
        (("C", 0.0, 1.5), "；C局扣分1.50分后为良好，不计则为95.50分，按其他单位不变为优秀"),
        (("C", 0.0, 0.9), ""),
        (("J", 1.0, 5.5), "；J局加分1.00分、扣分5.50分后为不达标，不计则为84.50分，按其他单位不变为达标"),
        (("G", 11.0), "；G局加分11.00分后为良好，不计则为79.00分，按其他单位不变为不达标"),
    ],
)
def test_a_tier_that_stands_on_points_beside_the_indicators_is_named(told, decided):
    rows = units(*told)
    if told == ("C", 0.0, 1.5):
        rows.loc[0, "total"] = 95.6  # no tie with A
    found = adjustment_finding(given("bonus", "bonus", "deduction"), rows, GRADING, NAMES)
    assert found == f"本月加分2项、扣分1项，涉及A局{decided}。"


def test_a_veto_says_that_it_holds_for_the_year_too_whatever_its_reason_says():
    told = adjustment_finding(given("veto"), units(), GRADING, NAMES)
    assert told == "本月一票否优1项，涉及A局；一票否优限制当月和所在年度的等次，最高为良好。"


def test_of_tiers_that_groups_have_of_their_own_nothing_is_said():
    by_group = GRADING.model_copy(update={"tier_scope": "group"})
    assert "不计则" not in adjustment_finding(given("bonus"), units("B", 1.1), by_group, NAMES)


def test_the_table_names_unit_points_reason_and_document():
    page = str(adjustment_table(given("bonus"), text("单位", "unit_id", NAMES)))
    assert all(f">{cell}<" in page for cell in ("A局", "加分", "0.50", "表彰", "文", "—"))


@pytest.mark.parametrize(
    ("scope", "kept"), [("month", ["now-month", "veto-now"]), ("ytd", ["veto-was", "now-year", "veto-now"])]
)
def test_a_veto_holds_for_its_month_and_year_and_a_judgement_for_the_result_that_it_names(scope, kept):
    told = [
        ("veto-last-year", "2025-12", "veto", "month"),
        ("veto-was", "2026-03", "veto", "month"),
        ("was-year", "2026-03", "judgement", "ytd"),  # of the year as it stood then
        ("now-month", "2026-10", "judgement", "month"),
        ("now-year", "2026-10", "judgement", "ytd"),
        ("points", "2026-10", "bonus", "month"),
        ("veto-now", "2026-10", "veto", "month"),
    ]
    rows = pd.DataFrame(told, columns=["adjustment_id", "period", "kind", "scope"])
    assert list_deciding(rows, "2026-10", scope)["adjustment_id"].tolist() == kept
