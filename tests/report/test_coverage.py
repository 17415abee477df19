"""Coverage in words: who is to be seen next, and who should have been seen by now (S42)."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis.report.coverage import (
    coverage_table,
    due_words,
    plan_table,
    planned_way,
    tell_due_visits,
    tell_last_plan,
)
from analysis.report.edition import Edition
from analysis.report.tasks import Task, list_tasks, task_rows
from analysis.report.words import day_name

PUBLISHED = date(2026, 11, 4)


@pytest.fixture
def policy(whole_book):
    return whole_book.at("2026-10")


def test_whom_a_lot_may_draw_is_not_named_for_a_visit_beforehand(policy):
    lot, joint = (
        next(way.id for way in policy.workload.coverage.visits if (way.sheet == "inspections") is by_lot)
        for by_lot in (True, False)
    )
    assert planned_way(lot, policy) == "随机监管摇号备选" and planned_way(joint, policy) == "联合督查"
    assert due_words("2025-12", date(2026, 1, 14)) == "2025年12月（已逾期）"
    assert due_words("2026-01", date(2026, 1, 14)) == "2026年1月"


def planned(*dues: str) -> pd.DataFrame:
    return pd.DataFrame({"due": dues, "unit_id": [f"D{n:02}" for n in range(1, len(dues) + 1)]}, dtype=str)


@pytest.mark.parametrize(
    ("dues", "told"),
    [
        (
            ["2025-01", "2026-10", "2026-11", "2026-12", "2027-12"],
            "监督全覆盖：到2027年底须上门补查的单位5个，其中已逾期2个（区委办公室、区纪委监委机关；最早的应于2025年1月底前上门）、2026年底前到期2个、2027年到期1个，名单",
        ),
        (["2026-10"], "的单位1个，其中已逾期1个（区委办公室；最早的应于2026年10月底前上门），名单"),
        (["2027-03"], "的单位1个，其中2027年到期1个，名单"),
    ],
)
def test_the_bulletin_says_how_many_units_are_to_be_seen_and_how_many_of_them_late(policy, dues, told):
    assert told in tell_due_visits(planned(*dues), policy, PUBLISHED)
    assert tell_due_visits(planned(), policy, PUBLISHED) == ""


def test_late_visits_say_until_when_they_are_arranged_and_the_plan_that_they_come_first(policy):
    """A plan called next year's held units that were late for two years."""
    task = [Task("visits", date(2026, 11, 18)), Task("watch", date(2026, 11, 18), "D01")]
    told = tell_due_visits(planned("2025-01"), policy, PUBLISHED, task)
    assert f"底前上门；由{policy.district.office}于2026年11月18日前排定日期和方式），名单" in told
    for due, words in (("2025-01", "（建议；已逾期的先行安排）"), ("2026-12", "（建议）")):
        plan = planned(due).assign(last_on="", last_way="", way="joint")
        assert plan_table(plan, policy, PUBLISHED).caption == f"到2027年底的摇号和联合督查补查安排{words}"


def test_a_year_that_is_published_in_the_next_one_counts_the_visits_of_its_own_last_months_as_late(policy):
    december = replace(policy, period="2026-12")
    told = tell_due_visits(planned("2026-12", "2027-01"), december, date(2027, 1, 6))
    assert "其中已逾期1个（区委办公室；最早的应于2026年12月底前上门）、2027年到期1个，" in told
    late = tell_due_visits(planned("2026-12", "2027-01", "2027-12"), december, date(2027, 3, 4))  # an edition of March
    assert "其中已逾期2个（区委办公室、区纪委监委机关；最早的应于2026年12月底前上门）、2027年到期1个，" in late


def test_what_became_of_the_last_years_plan_is_told(policy):
    """A plan of thirteen units was made anew each month, and nobody read what had become of the one before."""
    plan = planned("2026-03", "2026-10", "2026-10", "2026-11", "2026-12").assign(period="2025-12")
    looks = pd.DataFrame(
        [("D01", "joint", "2026-02-03", True), ("D01", "patrol", "2024-05-05", True),
         ("D02", "joint", "2025-12-31", True), ("D03", "daily", "2026-10", False), ("D03", "joint", "", True),
         ("D04", "patrol", "2026-01-01", True)],
        columns=["unit_id", "way", "last_on", "is_visit"],
    )  # fmt: skip
    past = pd.concat([plan, planned("2026-01").assign(period="2026-09"), planned("2025-01").assign(period="2024-12")])
    late = f"{policy.names['D02']}、{policy.names['D03']}"
    assert tell_last_plan(past, looks, policy, PUBLISHED) == (
        f"2025年末补查安排的落实情况：列入5个单位，已上门2个、逾期未上门2个（{late}）、未到期1个。"
    )
    assert tell_last_plan(past[past["period"] != "2025-12"], looks, policy, PUBLISHED) == ""
    merged = plan.assign(unit_id=["D21", "D68", "D01", "ended", "D04"])
    assert "列入3个单位" in tell_last_plan(merged, looks, policy, PUBLISHED)


def test_a_way_whose_body_is_called_like_it_is_not_said_to_be_its_own(policy):
    names = {"joint": "联合督查", "whole_course": "区委督查室"}
    ways = [each.id for each in policy.workload.coverage.ways]
    rows = [("D01", way, "2026-10-01", names.get(way, ""), False) for way in ways]
    looks = pd.DataFrame(rows, columns=["unit_id", "way", "last_on", "by", "is_overdue"])
    looks.loc[~looks["way"].isin(names), "last_on"] = ""
    assert coverage_table(looks, policy).caption.endswith("（全程监管均由区委督查室）")


def test_the_office_is_asked_for_the_visits_that_are_late_and_for_no_others(policy):
    edition = Edition("r0001", "draft", date(2026, 10, 31), PUBLISHED, date(2026, 11, 11), "inputs", "code", "0.1.0")
    units = pd.DataFrame({"unit_id": ["D01"], "total": 90.0, "tier": "good", "is_bottom_five": False})
    tables = {"unit_scores": units.assign(is_provisional=False)}
    late = list_tasks(policy, edition, tables | {"coverage_plan": planned("2026-09", "2026-10", "2026-11")})
    answer = policy.calendar.add_working_days(PUBLISHED, policy.consequences.answer_working_days)
    told = ("排定逾期未上门监督的2个单位的补查日期和方式", policy.district.office, day_name(answer))
    assert task_rows(policy, late, {}) == [told]
    assert list_tasks(policy, edition, tables | {"coverage_plan": planned("2026-11")}) == []
