"""Coverage in words: who is to be seen next, and who should have been seen by now (S42)."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analysis.report.coverage import due_words, planned_way, tell_due_visits
from analysis.report.edition import Edition
from analysis.report.tasks import list_tasks, task_rows
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
            "监督全覆盖：到2027年底须上门补查的单位5个，其中已逾期2个（区委办公室、区纪委监委机关）、2026年底前到期2个、2027年到期1个，名单",
        ),
        (["2026-10"], "的单位1个，其中已逾期1个（区委办公室），名单"),
        (["2027-03"], "的单位1个，其中2027年到期1个，名单"),
    ],
)
def test_the_bulletin_says_how_many_units_are_to_be_seen_and_how_many_of_them_late(policy, dues, told):
    assert told in tell_due_visits(planned(*dues), policy, PUBLISHED)
    assert tell_due_visits(planned(), policy, PUBLISHED) == ""


def test_a_year_that_is_published_in_the_next_one_counts_the_visits_of_its_own_last_months_as_late(policy):
    december = replace(policy, period="2026-12")
    told = tell_due_visits(planned("2026-12", "2027-01"), december, date(2027, 1, 6))
    assert "其中已逾期1个（区委办公室）、2027年到期1个，" in told
    late = tell_due_visits(planned("2026-12", "2027-01", "2027-12"), december, date(2027, 3, 4))  # an edition of March
    assert "其中已逾期2个（区委办公室、区纪委监委机关）、2027年到期1个，" in late


def test_the_office_is_asked_for_the_visits_that_are_late_and_for_no_others(policy):
    edition = Edition("r0001", "draft", date(2026, 10, 31), PUBLISHED, date(2026, 11, 11), "inputs", "code", "0.1.0")
    units = pd.DataFrame({"unit_id": ["D01"], "total": 90.0, "tier": "good", "is_bottom_five": False})
    tables = {"unit_scores": units.assign(is_provisional=False)}
    late = list_tasks(policy, edition, tables | {"coverage_plan": planned("2026-09", "2026-10", "2026-11")})
    answer = policy.calendar.add_working_days(PUBLISHED, policy.consequences.answer_working_days)
    told = ("排定逾期未上门监督的2个单位的补查日期和方式", policy.district.office, day_name(answer))
    assert task_rows(policy, late, {}) == [told]
    assert list_tasks(policy, edition, tables | {"coverage_plan": planned("2026-11")}) == []
