"""The year in words and as a table: who would be interviewed, who is left out, how sure that is (S35, S36)."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.report.year import (
    listed_by_deductions,
    near_the_line,
    tell_blacklist,
    tell_deducted,
    tell_listed,
    tell_relisted,
    tell_ruled,
    tell_spared,
    year_finding,
    year_rows,
    year_table,
)

POLICY = load_policy(Path(__file__).resolve().parents[2]).at("2026-10")
DECEMBER = replace(POLICY, period="2026-12")
EDITION = Edition(
    "r0001", "draft", date(2026, 10, 31), date(2026, 11, 4), date(2026, 11, 11), "inputs", "code", "0.1.0"
)
UNITS = POLICY.unit_ids[:3]
NAMES = POLICY.names
NAN = float("nan")
NO_DECISIONS = TABLES["adjustments"].empty()


def test_a_bulletin_shows_who_is_listed_and_the_lowest_places_above_until_the_year_is_whole():
    ranks = pd.DataFrame({"rank": range(1, 21), "is_counted": True, "is_interview": [False] * 17 + [True] * 3})
    assert near_the_line(ranks, replace(POLICY, period="2026-10"), 2)["rank"].tolist() == [16, 17, 18, 19, 20]
    assert len(near_the_line(ranks, replace(POLICY, period="2026-12"), 2)) == 20


def standing(**told) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": UNITS, "group": "economy", "n_months": 10, "is_counted": True})
    rows = rows.assign(total=[90.0, 80.5, 70.25], rank=pd.array([1, 2, 3], "Int64"), tier=["excellent", "good", "fail"])
    rows = rows.assign(group_rank=rows["rank"], is_interview=[False, False, True])
    rows = rows.assign(is_provisional=False, is_tied=False).assign(**told)
    return rows if "tier_by_score" in rows else rows.assign(tier_by_score=rows["tier"])


def certainty(gaps=(-19.75, -10.25, 10.3), chances=(0.0, 0.02, 0.97)) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": UNITS, "margin_interview_points": gaps, "p_bottom_five": chances})
    rows = rows.assign(p_interview=rows["p_bottom_five"])
    return pd.concat([rows.assign(scope="ytd"), rows.assign(scope="month", p_bottom_five=0.5)])


def tell(rows, policy=POLICY, edition=EDITION) -> tuple[str, str]:
    return year_finding(rows, policy, edition, NAMES), str(year_table(rows, policy, edition, NAMES))


def test_the_order_tells_how_likely_the_interview_is_on_which_a_blacklist_turns():
    sure = certainty().assign(p_interview=0.5)
    _, page = tell(year_rows(standing(), sure))
    assert ">约谈范围概率<" in page and page.count(">50%<") == len(UNITS)
    assert "约谈范围概率" not in tell(year_rows(standing(), sure.assign(p_interview=float("nan"))))[1]
    # Where all have the same months, their number tells nothing.
    assert "有数据月数" not in page and "有数据月数" in tell(year_rows(standing(n_months=[10, 9, 10]), sure))[1]


def test_a_month_says_who_would_be_interviewed_if_the_year_ended_now_and_how_sure_that_is():
    said, page = tell(year_rows(standing(), certainty()))
    assert "2026年1至10月累计，年度尚未结束，位次和等次均为暂定" in said and "S35、S36）" in said
    assert (
        f"若年度就此结束，列入后五名或不达标（约谈范围）的有1个单位（括号内为累计得分和剔除偶然起伏后，实际水平在列入范围内的可能性）："
        f"{NAMES[UNITS[2]]}（70.25分，97%）。"
        f"其中居后五名的可能性达到95%的有1个：{NAMES[UNITS[2]]}。" in said
    )
    assert ">97%<" in page and ">不足1%<" in page and ">2%<" in page
    assert "等次（暂定）" in page and ">还差10.30<" in page and ">高出10.25<" in page
    assert page.index(NAMES[UNITS[0]]) < page.index(NAMES[UNITS[1]]) < page.index(NAMES[UNITS[2]])


def test_nobody_sure_is_said_and_a_chance_of_all_draws_is_no_certainty():
    said, _ = tell(year_rows(standing(), certainty(chances=(0.0, 0.02, 0.94))))
    assert said.endswith("没有单位居后五名的可能性达到95%。")
    assert ">99%以上<" in tell(year_rows(standing(), certainty(chances=(0.0, 0.02, 1.0))))[1]


def test_a_provisional_unit_is_marked_in_the_table_of_the_year_and_no_other():
    """On paper too, where no banner stands (S11)."""
    rows = year_rows(standing(is_provisional=[False, True, False]), certainty())
    shown = year_table(rows, POLICY, EDITION, NAMES)
    assert [row[-1] for row in shown.cells] == ["", "暂定（S11）", ""] and shown.heads[-1] == "说明"
    assert "说明" not in year_table(year_rows(standing(), certainty()), POLICY, EDITION, NAMES).heads


def test_ties_are_marked_in_the_table_of_the_year_as_in_that_of_a_month():
    rows = year_rows(standing(is_tied=[True, True, False], is_provisional=[False, True, False]), certainty())
    shown = year_table(rows, POLICY, EDITION, NAMES)
    assert [row[shown.heads.index("说明")] for row in shown.cells] == ["并列", "并列；暂定（S11）", ""]


def warned(**told) -> pd.DataFrame:
    usual = {"unit_id": UNITS[2], "is_current": True, "basis": "annual", "kind": "warning", "streak_years": 2}
    return pd.DataFrame([usual | {"year": 2025} | told])


@pytest.mark.parametrize(
    ("told", "is_near"),
    [
        ({}, True),
        ({"streak_years": 1}, False),
        ({"year": 2026}, False),
        ({"is_current": False}, False),
    ],
)
def test_who_would_be_blacklisted_if_the_year_ended_now_is_named(told, is_near):
    rows = year_rows(standing(), certainty())
    clauses = tell_blacklist(rows, warned(**told), POLICY, NAMES)
    assert clauses == [f"{NAMES[UNITS[2]]}如列入，将连续三年列入，进入机构编制黑名单并予问责"] * is_near
    (unknown,) = tell_blacklist(rows.assign(p_interview=NAN), warned(), POLICY, NAMES)
    assert unknown == f"若年度就此结束，{NAMES[UNITS[2]]}将连续三年列入后五名或不达标，进入机构编制黑名单并予问责"


def test_who_is_one_listed_year_short_and_not_listed_so_far_is_told_with_how_likely_that_is():
    rows = year_rows(standing(), certainty(chances=(0.07, 0.02, 0.97)))
    near = warned(unit_id=UNITS[0])
    (told,) = tell_spared(rows, near, POLICY, NAMES)
    assert told == f"{NAMES[UNITS[0]]}（累计第1位，列入的可能性7%）再次列入也将进入黑名单，目前不列入"
    for alone, policy in ((rows.assign(p_interview=NAN), POLICY), (rows, DECEMBER)):
        assert tell_spared(alone, near, policy, NAMES) == []
    assert tell_spared(rows, warned(), POLICY, NAMES) == []  # listed: the other clause tells of it


@pytest.mark.parametrize(
    ("told", "is_told"),
    [
        ({}, True),
        ({"unit_id": UNITS[0]}, False),
        ({"is_current": False}, False),
        ({"kind": "warning", "streak_years": 1}, False),
    ],
)
def test_a_blacklisted_unit_that_the_year_lists_again_is_told(told, is_told):
    rows = year_rows(standing(), certainty())
    clauses = tell_blacklist(rows, warned(**{"kind": "blacklist"} | told), POLICY, NAMES)
    assert clauses == [f"{NAMES[UNITS[2]]}已列入机构编制黑名单，本年累计仍列入"] * is_told
    (unknown,) = tell_blacklist(rows.assign(p_interview=NAN), warned(kind="blacklist"), POLICY, NAMES)
    assert unknown == f"{NAMES[UNITS[2]]}已列入机构编制黑名单，本年累计仍列入后五名或不达标"


def test_everybody_whom_the_year_so_far_lists_is_named_with_how_likely_that_is_the_likeliest_first():
    rows = year_rows(standing(is_interview=[False, True, True]), certainty(chances=(0.0, 0.52, 0.97)))
    means = "（括号内为剔除偶然起伏后，实际水平在列入范围内的可能性）"
    head = f"若年度就此结束，列入后五名或不达标（约谈范围）的有2个单位{means}"
    told = tell_listed(rows, POLICY, NAMES)
    assert told == [f"{head}：{NAMES[UNITS[2]]}（97%）、{NAMES[UNITS[1]]}（52%）"]
    assert tell_listed(rows.assign(is_interview=False), POLICY, NAMES) == []
    assert tell_listed(rows, DECEMBER, NAMES) == []  # then the year is whole, nothing of it is still ahead
    # Of few months nobody can tell who is likely.
    assert tell_listed(rows.assign(p_interview=NAN), POLICY, NAMES) == []


def test_of_many_whom_the_year_lists_the_likeliest_are_named_and_the_others_counted():
    ids = POLICY.unit_ids[:12]
    rows = pd.DataFrame({"unit_id": ids, "is_interview": True, "rank": range(1, 13), "p_interview": 0.6})
    rows = rows.assign(is_counted=True)
    (told,) = tell_listed(rows, POLICY, NAMES)
    assert "的有12个单位" in told and told.endswith("等12个") and NAMES[ids[11]] in told and NAMES[ids[1]] not in told


def test_whose_tier_a_veto_holds_below_its_score_is_told_as_it_may_lead_the_month():
    rows = year_rows(standing(), certainty())
    assert tell_ruled(rows, NO_DECISIONS, POLICY, NAMES) == []
    best, second = POLICY.grading.tiers[:2]
    rows = rows.assign(tier=second, tier_by_score=[best, second, second], rank=[1, 2, 3], is_counted=True)
    first = NAMES[rows["unit_id"].iloc[0]]
    told = f"{first}（累计第1位，按得分为{NAMES[best]}，现为{NAMES[second]}）"
    assert tell_ruled(rows, NO_DECISIONS, POLICY, NAMES) == [f"本年度等次经定性调整或一票否优低于得分的有{told}"]
    assert (
        tell_ruled(rows.assign(tier=best, tier_by_score=second), NO_DECISIONS, POLICY, NAMES) == []
    )  # raised, by a judgement
    assert tell_ruled(rows.assign(is_counted=False), NO_DECISIONS, POLICY, NAMES) == []


def test_what_holds_a_tier_of_the_year_is_told_with_month_reason_and_document():
    rows = year_rows(standing(), certainty())
    best, second = POLICY.grading.tiers[:2]
    rows = rows.assign(tier=second, tier_by_score=[best, second, second], rank=[1, 2, 3], is_counted=True)
    own = {"unit_id": rows["unit_id"].iloc[0], "kind": "veto", "scope": "month", "reason": "较大责任事件"}
    own |= {"document": "澄考办〔2026〕21号", "adjustment_id": "1", "period": "2026-09"}
    others = [{"period": "2025-12"}, {"unit_id": "D99"}, {"kind": "bonus"}, {"kind": "judgement"}]  # of a month alone
    (told,) = tell_ruled(rows, pd.DataFrame([own, *(own | each for each in others)]), POLICY, NAMES)
    assert told.endswith(
        f"现为{NAMES[second]}；2026年9月一票否优：较大责任事件，澄考办〔2026〕21号，按考评规则2026年9月和2026年度的等次最高均为良好）"
    )
    (told,) = tell_ruled(rows, pd.DataFrame([own]), DECEMBER, NAMES)
    assert "（第1位，按得分为" in told and "累计" not in told  # a whole year


@pytest.mark.parametrize(
    ("before", "period", "told"),
    [
        ([False, True, False], "2026-09", "新列入约谈范围的有{2}；不再列入的有{1}"),
        ([False, False, False], "2026-09", "新列入约谈范围的有{2}"),
        ([True, False, True], "2026-09", "不再列入的有{0}"),
        ([False, False, True], "2026-09", ""),
        ([True, False, False], "2025-12", ""),  # another year's
    ],
)
def test_whom_the_year_so_far_lists_anew_and_no_more_is_told_and_why_a_month_may_bring_that(before, period, told):
    """Three of eight changed within a month, and nobody said so."""
    names = [NAMES[unit] for unit in UNITS]
    earlier = standing(is_interview=before).assign(period=period)
    words = tell_relisted(standing(), earlier, POLICY, NAMES)
    assert words.partition("：")[0] == ("与上月的累计相比，" + told.format(*names)) * bool(told)
    assert ("权责清单认领公布" in words and "全年按最新一次计" in words) == bool(told)
    assert tell_relisted(standing(), earlier, DECEMBER, NAMES) == ""
    assert tell_relisted(standing(), earlier.head(0), POLICY, NAMES) == ""


def test_with_too_few_months_there_is_the_gap_alone():
    said, page = tell(year_rows(standing(), certainty(chances=(NAN, NAN, NAN))))
    assert said.endswith("月份尚少，后五名把握尚不能估计，只列分差。")
    assert "概率97" not in said and page.count("尚不能估计") == 3 and ">还差10.30<" in page


@pytest.mark.parametrize(
    ("state", "word", "head"), [("draft", "征求意见，未定稿", "等次（暂定）"), ("final", "定稿", ">等次<")]
)
def test_a_december_tells_the_years_result_and_whether_it_is_final(state, word, head):
    said, page = tell(year_rows(standing(), certainty()), DECEMBER, replace(EDITION, state=state))
    assert f"2026年度结果（{word}）：列入" in said and "年度尚未结束" not in said
    assert (head in page) and ("（暂定）" in page) == (state == "draft")


def test_a_short_year_is_shown_apart_and_no_gap_of_another_order_stands_beside_it():
    told = {"is_counted": [True, True, False], "is_interview": [False, True, False], "n_months": [12, 12, 4]}
    rows = year_rows(
        standing(rank=pd.array([1, 2, pd.NA], "Int64"), tier=["excellent", "fail", ""], **told), certainty()
    )
    said, page = tell(rows, DECEMBER)
    assert f"数据不满9个月、不计位次和等次的有{NAMES[UNITS[2]]}（4个月），按未参评处理（S35、S9）" in said
    assert "距约谈线" not in page and "70.25" in page and "把握" not in said


def test_a_unit_without_a_total_is_listed_and_is_no_short_year():
    rows = year_rows(standing(total=[90.0, 80.5, NAN], is_counted=[True, True, False], is_interview=False), certainty())
    said, page = tell(rows, DECEMBER)
    assert "数据不满" not in said and NAMES[UNITS[2]] in page and "距约谈线" in page


def test_a_year_under_a_veto_says_what_the_score_alone_would_bring():
    _, plain = tell(year_rows(standing(), certainty()))
    _, page = tell(year_rows(standing(tier_by_score=["excellent", "excellent", "fail"]), certainty()))
    assert "按得分为优秀，经定性调整或一票否优" in page and page.count("按得分为") == 1
    assert "说明" in page and "说明" not in plain


def test_whom_the_year_would_list_for_its_deductions_alone_is_told_with_them():
    rows = year_rows(standing(), certainty())
    best, second = POLICY.grading.tiers[:2]
    rows = rows.assign(is_interview=True, tier=best, tier_by_score=best, margin_interview_points=[0.3, 0.3, -1.0])
    ids = rows["unit_id"].tolist()
    totals = pd.DataFrame({"unit_id": ids, "deductions": [0.5, 0.2, 5.0], "total": 80.0, "base": 80.5, "bonus": 0.0})
    assert listed_by_deductions(rows, totals) == {ids[0]: 0.5}  # one lacks more than was taken, one is far from it
    told = f"其中{NAMES[ids[0]]}（扣0.50分）如未被扣分（其他单位不变），即不列入"
    assert tell_deducted(rows, totals, NAMES) == [told]
    both = "、".join(f"{NAMES[unit]}（扣0.50分）" for unit in ids[:2])
    told = f"其中{both}任一单位如未被扣分（其他单位不变），即不列入"
    assert tell_deducted(rows, totals.assign(deductions=0.5), NAMES) == [told]
    clipped = totals.assign(total=0.0, base=0.2)  # more was deducted than there was: without it 0.2 points are there
    assert listed_by_deductions(rows, clipped) == {}
    assert tell_deducted(rows.assign(is_interview=False), totals, NAMES) == []
    assert tell_deducted(rows.assign(tier_by_score=second), totals, NAMES) == []  # a judgement lists it: no points do
    assert tell_deducted(rows.assign(margin_interview_points=float("nan")), totals, NAMES) == []
