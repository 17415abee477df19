"""Who differs between two results: one account for revisions, final years, what-ifs and the bulletin (S21)."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.action.differences import list_differences
from analysis.policy.book import load_policy
from analysis.report import bulletin
from analysis.report.differences import describe_differences
from analysis.run.store.revisions import with_year

GRADING = load_policy(Path(__file__).resolve().parents[2]).at("2026-10").grading
NAMES = {"D01": "区财政局", "D02": "区民政局", "good": "良好", "pass": "达标", "fail": "不达标"}
RESULT = pd.DataFrame(
    {
        "period": "2026-10",
        "scope": "month",
        "unit_id": ["D01", "D02"],
        "total": [81.5, 70.25],
        "rank": pd.array([1, 2], dtype="Int64"),
        "tier": ["good", "pass"],
        "is_bottom_five": [False, False],
    }
)
OTHERS = {"total": 60.0, "rank": 7, "tier": "fail", "is_bottom_five": True}


def with_figure(figure: str) -> pd.DataFrame:
    """The result with one figure of D02 alone changed."""
    other = RESULT.copy()
    other.loc[1, figure] = OTHERS[figure]
    return other


def test_a_result_does_not_differ_from_itself():
    assert list_differences(RESULT, RESULT, GRADING).empty
    missing = RESULT.assign(total=float("nan"), rank=pd.array([pd.NA, pd.NA], dtype="Int64"), tier="")
    assert list_differences(missing, missing, GRADING).empty


@pytest.mark.parametrize("figure", list(OTHERS))
def test_a_unit_that_differs_in_one_figure_alone_is_listed(figure):
    found = list_differences(RESULT, with_figure(figure), GRADING)
    assert found["unit_id"].tolist() == ["D02"]
    assert found[f"{figure}_before"].tolist() == [RESULT.loc[1, figure]]
    assert found[f"{figure}_after"].tolist() == [OTHERS[figure]]


@pytest.mark.parametrize("figure", list(OTHERS))
def test_the_bulletin_and_the_command_line_name_whom_the_account_names(figure):
    other = with_figure(figure)
    page = str(bulletin.compare_revisions(RESULT, other, GRADING, NAMES))
    lines = "".join(describe_differences(list_differences(RESULT, other, GRADING), NAMES))
    for told in (page, lines):
        assert "区民政局" in told
        assert "区财政局" not in told


def test_the_bulletin_says_that_a_unit_came_among_the_bottom_places_or_left_them():
    listed = with_figure("is_bottom_five")
    assert "列入" in bulletin.compare_revisions(RESULT, listed, GRADING, NAMES)
    assert "退出" in bulletin.compare_revisions(listed, RESULT, GRADING, NAMES)


@pytest.mark.parametrize(("figure", "interviewed"), [("is_bottom_five", True), ("tier", True), ("total", False)])
def test_bottom_places_or_the_last_tier_call_for_an_interview(figure, interviewed):
    row = list_differences(RESULT, with_figure(figure), GRADING).iloc[0]
    assert (row["is_interview_before"], row["is_interview_after"]) == (False, interviewed)


def test_the_tiers_that_call_for_an_interview_are_those_that_the_rules_name():
    stricter = GRADING.model_copy(update={"interview_tiers": ("pass", "fail")})
    row = list_differences(RESULT, with_figure("total"), GRADING, stricter).iloc[0]
    assert (row["is_interview_before"], row["is_interview_after"]) == (False, True)


def test_a_unit_of_one_result_only_differs_and_the_rows_follow_the_new_places():
    found = list_differences(RESULT.iloc[:0], RESULT.iloc[::-1], GRADING)
    assert found["unit_id"].tolist() == ["D01", "D02"]
    assert found[[f"{figure}_before" for figure in OTHERS]].isna().all(axis=None)
    gone = list_differences(RESULT, RESULT.iloc[:1], GRADING)
    assert (gone["unit_id"].tolist(), gone["rank_after"].isna().tolist()) == (["D02"], [True])


def test_scopes_are_compared_each_for_itself():
    both = pd.concat([RESULT, RESULT.assign(scope="ytd")])
    other = pd.concat([RESULT, with_figure("total").assign(scope="ytd")])
    assert list_differences(both, other, GRADING)[["scope", "unit_id"]].to_numpy().tolist() == [["ytd", "D02"]]


def test_a_unit_that_moves_in_the_year_alone_differs():
    standing = RESULT[RESULT["scope"] == "month"].drop(columns="scope")
    other = standing.assign(tier=["fail" if number == 0 else tier for number, tier in enumerate(standing["tier"])])
    before, after = with_year(RESULT, standing), with_year(RESULT, other)
    moved = list_differences(before, after, GRADING)
    assert moved[["scope", "unit_id"]].to_numpy().tolist() == [["ytd", standing["unit_id"].iloc[0]]]
