"""The standing of a year: who counts in it, and where a unit with too few months stands (S35, S36)."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.scoring.units import grade
from analysis.scoring.year import year_standing

GRADING = load_policy(Path(__file__).resolve().parents[2]).at("2026-12").grading
IDS = [f"U{number:02d}" for number in range(12)]


def units(totals, period="2026-12") -> pd.DataFrame:
    """`unit_scores` of scope ytd, graded as a month's scoring grades them."""
    nothing = {"workload_per_head": float("nan"), "key_work_score": float("nan"), "deductions": 0.0}
    rows = pd.DataFrame({"period": period, "unit_id": IDS, "group": "economy", "total": totals}).assign(**nothing)
    return grade(rows, GRADING).assign(scope="ytd", is_provisional=False)


def months(n_months: dict[str, int], count: int = 12) -> pd.DataFrame:
    """`unit_scores` of scope month: each unit's last months have a total."""
    rows = [
        (f"2026-{month:02d}", unit_id, 90.0 if month > count - n_months.get(unit_id, count) else float("nan"))
        for unit_id in IDS
        for month in range(1, count + 1)
    ]
    return pd.DataFrame(rows, columns=["period", "unit_id", "total"])


def standing(totals, n_months=None, is_complete=True, vetoed=(), **told) -> pd.DataFrame:
    found = units(totals).assign(**told)
    return year_standing(found, months(n_months or {}), vetoed, GRADING, is_complete=is_complete).set_index("unit_id")


TOTALS = [90.0 - number for number in range(12)]


def test_a_unit_with_too_few_months_keeps_its_total_and_has_no_place():
    rows = standing(TOTALS, {"U11": 8})
    assert (rows.loc["U11", "total"], rows.loc["U11", "n_months"], rows.loc["U11", "tier"]) == (79.0, 8, "")
    assert (
        pd.isna(rows.loc["U11", "rank"]) and not rows.loc["U11", ["is_counted", "is_bottom_five", "is_interview"]].any()
    )
    assert rows["n_months"].drop("U11").eq(12).all()


def test_the_places_and_quotas_of_the_others_are_as_if_it_were_not_there():
    rows = standing(TOTALS, {"U00": 8})
    assert rows.loc["U01", "rank"] == 1
    assert rows.index[rows["is_bottom_five"]].tolist() == ["U07", "U08", "U09", "U10", "U11"]
    # 11 units at 20/50/20/10 %: 2, 6, 2, 1; with all 12 the last place of 优秀 would be another's
    assert rows.loc[["U01", "U02", "U03"], "tier"].tolist() == ["excellent", "excellent", "good"]
    assert (rows["tier"] == "fail").sum() == 1


@pytest.mark.parametrize(("count", "is_counted"), [(8, False), (9, True)])
def test_nine_months_are_enough(count, is_counted):
    assert standing(TOTALS, {"U03": count}).loc["U03", "is_counted"] == is_counted


def test_in_a_year_in_progress_all_units_count():
    rows = standing(TOTALS, {"U11": 1}, is_complete=False)
    assert rows["is_counted"].all() and rows.loc["U11", "is_interview"] and rows.loc["U11", "n_months"] == 1


def test_a_year_of_a_district_that_began_late_lists_nobody():
    rows = standing(TOTALS, dict.fromkeys(IDS, 2))
    assert not rows[["is_counted", "is_interview"]].any(axis=None) and (rows["tier"] == "").all()


def test_a_unit_without_a_total_does_not_count_and_moves_nobody():
    totals = [*TOTALS[:11], float("nan")]
    rows = standing(totals)
    assert not rows.loc["U11", "is_counted"]
    assert rows["tier"].tolist() == units(totals)["tier"].tolist()


def test_a_veto_caps_whoever_rises_into_the_best_tier_because_another_has_too_few_months():
    best = standing(TOTALS, {"U00": 3})
    risen = best.index[(best["tier"] == "excellent") & (units(TOTALS).set_index("unit_id")["tier"] == "good")]
    assert len(risen) == 1
    capped = standing(TOTALS, {"U00": 3}, vetoed=list(risen)).loc[risen[0]]
    assert (capped["tier"], capped["tier_by_score"]) == (GRADING.veto_cap, "excellent")


@pytest.mark.parametrize("reason", ["judgement", "veto"])
def test_a_tier_that_was_decided_stands_when_others_leave_the_order(reason):
    found = units(TOTALS)
    found.loc[found["unit_id"] == "U05", ["tier", "tier_reason"]] = ["pass", reason]
    rows = year_standing(found, months({"U11": 3}), [], GRADING, is_complete=True).set_index("unit_id")
    assert rows.loc["U05", "tier"] == "pass" and rows.loc["U05", "tier_by_score"] == "good"
