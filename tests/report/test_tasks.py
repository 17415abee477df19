"""Who has to do what by when, on small tables whose answers can be read off (R6, R12, R21, S21, S22)."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.report.tasks import (
    TABLES_OF_TASKS,
    Task,
    asked_words,
    count_answers,
    list_tasks,
    mark_asked,
    merge_tasks,
    task_rows,
)
from analysis.report.words import WORDS, day_name

from ..rows import table_of

EDITION = Edition(
    "r0001", "draft", date(2026, 10, 31), date(2026, 10, 31), date(2026, 11, 6), "inputs", "code", "0.1.0"
)
POLICY = load_policy(Path(__file__).resolve().parents[2]).at("2026-10")
ANSWER = POLICY.calendar.add_working_days(EDITION.as_of, POLICY.consequences.answer_working_days)


def tables(**told: list[dict]) -> dict[str, pd.DataFrame]:
    units = {"unit_id": "D01", "total": 90.0, "tier": "good", "is_bottom_five": False, "is_provisional": False}
    rows = told | {"unit_scores": [units, *told.get("unit_scores", [])]}
    return {name: pd.DataFrame(rows[name]) for name in rows}


def tasks(**told: list[dict]) -> list[tuple[str, str, str, int]]:
    found = list_tasks(POLICY, EDITION, tables(**told))
    return [(task.kind, task.owner, task.until.isoformat(), task.count) for task in found]


def item(unit: str, **told) -> dict:
    usual = {"item_id": "ZG1", "is_dunned": False, "answer_until": "", "overdue_working_days": 0, "due": "2026-11-04"}
    return usual | {"unit_id": unit, "light": "yellow", "state": "rectifying"} | told


def test_a_month_without_anything_asks_for_nothing():
    assert tasks() == []
    whole = {name: TABLES[name].empty() for name in TABLES_OF_TASKS}
    assert list_tasks(POLICY, EDITION, whole) == []


def test_listed_units_bring_measures_the_last_one_first_and_gaps_are_filled():
    listed = [
        {"unit_id": "D02", "total": 80.0, "tier": "fail", "is_bottom_five": True, "is_provisional": False},
        {"unit_id": "D03", "total": 70.0, "tier": "pass", "is_bottom_five": True, "is_provisional": True},
    ]
    until = POLICY.calendar.add_working_days(EDITION.as_of, POLICY.consequences.measures_working_days).isoformat()
    assert tasks(unit_scores=listed) == [
        ("measures", "D03", until, 1),
        ("measures", "D02", until, 1),
        ("supply", "D03", "2026-11-06", 1),
    ]


def year_so_far(**chances: float) -> dict[str, list[dict]]:
    """Units that the year would list, each with its chance, and one that it would not."""
    usual = {"total": 85.0, "rank": 80, "is_counted": True, "is_interview": True}
    standing = [usual | {"unit_id": unit} for unit in chances]
    sure = [{"unit_id": u, "scope": "ytd", "p_interview": p} for u, p in chances.items()]
    others = [usual | {"unit_id": "D99", "is_interview": False}]
    figures = {"margin_interview_points": 1.0, "p_bottom_five": 0.1}
    return {"year_standing": standing + others, "certainty": [figures | each for each in sure]}


def test_who_is_listed_by_the_year_so_far_is_asked_whatever_the_month_asks_the_likeliest_first():
    """The month's list and the year's are not the same; it is the year that has consequences (S36)."""
    until = POLICY.calendar.add_working_days(EDITION.as_of, POLICY.consequences.measures_working_days).isoformat()
    listed = [{"unit_id": "D02", "total": 80.0, "tier": "fail", "is_bottom_five": True, "is_provisional": False}]
    found = tasks(unit_scores=listed, **year_so_far(D02=0.9, D03=0.5, D04=0.97))
    assert found == [("measures", "D02", until, 1), *(("year_ahead", unit, until, 1) for unit in ("D04", "D02", "D03"))]
    assert tasks(**year_so_far(D03=float("nan"))) == []  # months too few to say how likely
    told = tables(**year_so_far(D03=0.5))
    assert list_tasks(replace(POLICY, period="2026-12"), EDITION, told) == []  # its year is over


def test_so_many_listed_units_that_no_sentence_names_them_all_are_named_in_their_task():
    until, ids = date(2026, 11, 18), [f"D{n:02d}" for n in range(1, 12)]
    names = {unit: f"{unit}局" for unit in ids}
    for n, told in ((10, "年度累计暂列约谈范围的10个单位"), (11, "、".join(names.values()))):
        ((_, who, _),) = task_rows(POLICY, [Task("year_ahead", until, unit) for unit in ids[:n]], names)
        assert who == told


def test_what_the_month_before_asked_for_and_no_table_tells_of_is_marked():
    until, then = date(2026, 11, 18), date(2026, 10, 23)
    now = [Task("verify", until, unit, subject="回访无效") for unit in ("D02", "D03")]
    now += [Task("outcomes", until, count=8, subject="2025年度约谈"), Task("tickets", until, "D02", 2)]
    now += [Task("meeting", until, subject="停车"), Task("year_ahead", until, "D04")]
    before = [replace(task, until=then) for task in (now[0], *now[2:4])]  # tickets are in a table
    before += [Task("meeting", then, subject="充电"), Task("year_ahead", then, "D04")]
    marked = mark_asked(now, before)
    assert [task.asked_by for task in marked] == [then, None, then, None, None, then]
    names = {"D02": "甲局", "D03": "乙局", "D04": "丙局"}
    rows = {row[0] for row in task_rows(POLICY, marked, names)}
    assert "查明2025年度约谈办理情况并登记结果（8个单位）（上月已要求，时限2026年10月23日，未见结果登记）" in rows
    assert any(row.endswith("（其中甲局上月已要求，时限2026年10月23日，未见结果登记）") for row in rows)
    assert sum("上月已要求" in row for row in rows) == 3
    assert mark_asked(now, []) == now
    many = [Task("verify", until, f"D{n:02}", asked_by=then if n < 5 else None) for n in range(1, 6)]
    assert (
        asked_words(many, {f"D{n:02}": f"{n}局" for n in range(1, 6)})
        == "（其中4个单位上月已要求，时限2026年10月23日）"
    )


def test_posts_that_changed_are_a_task_of_the_office_until_their_document_is_found():
    """34 posts fell to 24: the staffing page asked about them, and no task had an owner and a day."""
    rows = [("2026-09", "D02", 34, 40), ("2026-10", "D02", 24, 24), ("2026-09", "D03", 9, 8), ("2026-10", "D03", 9, 7)]
    rows += [("2026-10", "D04", 5, 5), ("2026-08", "D03", 7, 7)]
    monthly = pd.DataFrame(rows, columns=["period", "unit_id", "posts", "in_post"])
    (task,) = list_tasks(POLICY, EDITION, {"monthly_loads": monthly})
    assert (task.kind, task.owner, task.until) == ("posts", "", ANSWER)
    assert task.words() == f"核对核定编制变动有无批准文件：{POLICY.names['D02']}"
    assert list_tasks(POLICY, EDITION, {"monthly_loads": monthly[monthly["unit_id"] != "D02"]}) == []


def test_what_is_accepted_late_anyway_is_accepted_like_an_answer():
    rows = [item("D05", state="to_accept", light="red", due="2026-10-20")]
    assert tasks(ledger=rows) == [("accept", "", ANSWER.isoformat(), 1)]


@pytest.mark.parametrize(
    ("told", "is_asked"),
    [
        ({}, True),
        ({"kind": "blacklist"}, False),
        ({"basis": "month"}, False),
        ({"is_current": False}, False),
        ({"until": "2026-10-31"}, True),
    ],
)
def test_an_interview_is_asked_for_until_its_day(told, is_asked):
    row = {"unit_id": "D02", "kind": "interview", "basis": "annual", "is_current": True, "until": "2026-11-20"} | told
    found = tasks(consequences=[row | {"year": 2025}])
    assert found == ([("interview", "D02", row["until"], 1)] if is_asked else [])


def test_an_interview_whose_day_is_over_leaves_the_office_to_find_out_what_became_of_it():
    row = {"kind": "interview", "basis": "annual", "is_current": True, "until": "2026-10-30", "year": 2025}
    rows = [row | {"unit_id": "D02"}, row | {"unit_id": "D02", "kind": "notice"}, row | {"unit_id": "D03"}]
    assert tasks(consequences=rows) == [("outcomes", "", ANSWER.isoformat(), 2)]
    whole = {
        "consequences": table_of("consequences", [{"period": "2026-10", "reason": "fail"} | each for each in rows])
    }
    (task,) = list_tasks(POLICY, EDITION, whole)
    assert task.words() == "查明2025年度约谈、通报批评、整改办理情况并登记结果（2个单位）"
    # What is still to be done is not asked after, what has no last day is.
    early = [row | {"unit_id": "D02"}, row | {"unit_id": "D02", "kind": "notice", "until": "2026-12-31"}]
    early += [row | {"unit_id": "D02", "kind": "blacklist", "until": ""}]
    early = table_of("consequences", [{"period": "2026-10", "reason": "fail"} | each for each in early])
    (task,) = [each for each in list_tasks(POLICY, EDITION, {"consequences": early}) if each.kind == "outcomes"]
    assert task.words() == "查明2025年度约谈、问责办理情况并登记结果（1个单位）"
    assert tasks(consequences=[row | {"unit_id": "D02", "is_current": False}]) == []


def test_the_ledger_asks_for_answers_for_what_falls_due_and_for_what_waits_to_be_accepted():
    rows = [
        item("D02", light="red", is_dunned=True, answer_until="2026-11-06", overdue_working_days=3),
        item("D03", light="red", is_dunned=True, answer_until="2026-11-06", overdue_working_days=9),
        item("D02", light="red", is_dunned=True, answer_until="2026-11-06", overdue_working_days=1),
        item("D04", due="2026-11-05"),
        item("D04", due="2026-11-03"),
        item("D05", state="to_accept", due="2026-11-04"),
        item("D05", state="to_accept", due="2026-11-06"),
        item("D05", state="to_accept", light="red", due="2026-10-20"),
        item("D06", state="to_accept", light="green"),
        item("D07", light="green"),
        item("D08", state="to_accept", light="closed"),
    ]
    assert tasks(ledger=rows) == [
        ("dunned", "D03", "2026-11-06", 1),  # the longest overdue first
        ("dunned", "D02", "2026-11-06", 2),
        ("due_soon", "D04", "2026-11-03", 1),
        ("due_soon", "D04", "2026-11-05", 1),
        ("accept_soon", "", "2026-11-04", 2),  # by the first of their days, so that none is late
        ("accept", "", ANSWER.isoformat(), 2),  # all others that wait
    ]


def test_watch_list_draws_and_matters_have_owner_and_date():
    found = tasks(
        watch_list=[{"unit_id": unit, "reason": "repeats", "is_met": unit == "D02"} for unit in ("D02", "D02", "D03")],
        draw=[{"unit_id": u, "status": s} for u, s in (("D04", "drawn"), ("D05", "skipped"), ("D09", "drawn"))],
        inspections=[{"unit_id": "D09"}],
        rising_matters=[{"matter": "停水", "is_rising": True}, {"matter": "噪声", "is_rising": False}],
        matter_handlers=[
            {"matter": "停水", "unit_id": "D07", "n_tickets": 2},
            {"matter": "停水", "unit_id": "D06", "n_tickets": 5},
        ],
        duties_by_matter=[
            {"matter": "充电", "is_for_meeting": True, "overlap_index": 20.0},
            {"matter": "停车", "is_for_meeting": True, "overlap_index": 48.0},
            {"matter": "路灯", "is_for_meeting": False, "overlap_index": 60.0},
        ],
    )
    assert found == [
        (kind, owner, ANSWER.isoformat(), count)
        for kind, owner, count in (
            ("watch", "D02", 1),
            ("inspection", "D04", 1),
            ("rising", "D06", 1),
            ("meeting", "", 2),
        )
    ]


def test_who_is_asked_for_the_same_already_is_not_asked_again():
    low = {"unit_id": "D02", "total": 80.0, "tier": "fail", "is_bottom_five": True, "is_provisional": False}
    listed = [
        {"unit_id": unit, "reason": reason, "is_met": True}
        for unit, reason in (("D02", "bottom_five"), ("D03", "bottom_five"), ("D02", "repeats"))
    ]
    owners = [owner for kind, owner, *_ in tasks(unit_scores=[low], watch_list=listed[:2]) if kind == "watch"]
    assert owners == ["D03"]  # measures of D02 are asked for by its score
    found = tasks(unit_scores=[low], watch_list=listed)
    assert [owner for kind, owner, *_ in found if kind == "watch"] == ["D02", "D03"]
    rows = [
        {"unit_id": unit, "measure": measure, "is_question": True}
        for unit, measure in (("D02", "never_closed"), ("D03", "never_closed"), ("D02", "extended"))
    ]
    dunned = item("D02", light="red", is_dunned=True, answer_until="2026-11-06", overdue_working_days=9)
    found = list_tasks(POLICY, EDITION, tables(ledger=[dunned], integrity=rows))
    assert [(task.owner, task.subject) for task in found if task.kind == "verify"] == [
        ("D02", "工单延期"),
        ("D03", "整改长期未销号"),
    ]


def test_a_question_that_is_answered_with_dunning_is_counted_with_it_and_the_rest_apart():
    asked = [("D02", "never_closed"), ("D03", "never_closed"), ("D02", "extended")]
    rows = [{"unit_id": unit, "measure": measure, "is_question": True} for unit, measure in asked]
    days = ("2026-11-06", "2026-11-09")  # of two letters the first one answers
    dunned = [item("D02", light="red", is_dunned=True, answer_until=day, overdue_working_days=9) for day in days]
    found = list_tasks(POLICY, EDITION, tables(ledger=dunned, integrity=rows))
    assert count_answers(found) == 1
    told = [what for what, _, _ in task_rows(POLICY, found, {"D02": "甲局", "D03": "乙局"})]
    assert told == [
        "对超期的1项整改事项书面答复并明确销号时间；甲局并说明长期未销号的原因",
        "对超期的1项整改事项书面答复并明确销号时间",
        "核实明显异于其他单位的其余2项数据情形并书面说明（只作核实，不计分）",
    ]


def test_every_other_finding_has_owner_and_date_too():
    found = tasks(
        hotline_by_unit=[{"unit_id": u, "n_overdue": n} for u, n in (("D02", 1), ("D03", 0), ("D04", 4))],
        integrity=[
            {"unit_id": u, "measure": m, "is_question": q}
            for u, m, q in (("D05", "extended", True), ("D06", "extended", False), ("D07", "never_closed", True))
        ],
        indicator_changes=[{"indicator_id": i, "has_worsened": i < "common-03"} for i in ("common-02", "common-05")],
        draw_checks=[{"unit_id": "D08"}, {"unit_id": "D09"}],
        reconciliation=[{"office": "甲办", "n_set_aside": 2}, {"office": "乙办", "n_set_aside": 0}],
    )
    assert found == [
        (kind, owner, ANSWER.isoformat(), count)
        for kind, owner, count in (
            ("tickets", "D04", 4),
            ("tickets", "D02", 1),
            ("verify", "D05", 1),
            ("verify", "D07", 1),
            ("worsened", "", 1),
            ("explain_draw", "", 2),
            ("set_aside", "", 2),
        )
    ]


def test_units_are_asked_about_the_same_thing_in_one_row_and_each_thing_is_named():
    asked = [("D05", "extended"), ("D06", "extended"), ("D06", "never_closed")]
    rows = [{"unit_id": unit, "measure": measure, "is_question": True} for unit, measure in asked]
    found = list_tasks(POLICY, EDITION, tables(integrity=rows))
    extended, never_closed = (WORDS.integrity[measure].name for measure in ("extended", "never_closed"))
    assert task_rows(POLICY, found, {"D05": "甲局", "D06": "乙局"}) == [
        (
            "核实明显异于其他单位的3项数据情形并书面说明（只作核实，不计分）",
            f"甲局（{extended}）、乙局（{extended}、{never_closed}）",
            day_name(ANSWER),
        )
    ]


def test_units_with_the_same_task_share_a_row_and_counts_add_up():
    rows = [
        item(u, light="red", is_dunned=True, answer_until="2026-11-06", overdue_working_days=n)
        for u, n in (("D02", 3), ("D03", 2), ("D02", 1))
    ]
    unclear = [{"matter": "停车", "is_for_meeting": True, "overlap_index": 48.0}]
    found = list_tasks(POLICY, EDITION, tables(ledger=rows, duties_by_matter=unclear))
    ((dunned, parts), _) = merge_tasks(found)
    assert (dunned.count, [(part.owner, part.count) for part in parts]) == (3, [("D02", 2), ("D03", 1)])
    names = {"D02": "甲局", "D03": "乙局"}
    assert task_rows(POLICY, found, names) == [
        ("对超期的3项整改事项书面答复并明确销号时间", "甲局（2项）、乙局（1项）", "2026年11月6日"),
        ("召集职责边界会商：停车", POLICY.district.office, day_name(ANSWER)),
    ]


def test_whom_the_office_interviews_is_not_who_interviews():
    row = {"unit_id": "D02", "kind": "interview", "basis": "annual", "is_current": True, "until": "2026-11-20"}
    found = list_tasks(POLICY, EDITION, tables(consequences=[row | {"year": 2025}]))
    (told,) = task_rows(POLICY, found, {"D02": "甲局"})
    assert told[1] == f"{POLICY.district.office}（约谈对象：甲局）"


def test_of_one_owner_the_count_stands_in_the_task_alone():
    rows = [item("D02", light="red", is_dunned=True, answer_until="2026-11-06")] * 2
    (row,) = task_rows(POLICY, list_tasks(POLICY, EDITION, tables(ledger=rows)), {"D02": "甲局"})
    assert row[:2] == ("对超期的2项整改事项书面答复并明确销号时间", "甲局")


def test_tasks_stand_by_date():
    found = [Task("meeting", date(2026, 11, day), subject=str(day)) for day in (9, 5, 7)]
    assert [task.until.day for task, _ in merge_tasks(found)] == [5, 7, 9]


def test_no_task_is_due_before_the_publication_tells_of_it():
    late = replace(EDITION, published=date(2026, 11, 4))
    rows = [item("D02", due="2026-11-03"), item("D02", due="2026-11-04"), item("D03", due="2026-11-02")]
    found = list_tasks(POLICY, late, tables(ledger=rows))
    answer = POLICY.calendar.add_working_days(late.published, POLICY.ledger.dun_working_days)
    assert [(task.kind, task.owner, task.until) for task in found] == [
        ("fell_due", "D02", answer),
        ("fell_due", "D03", answer),
        ("due_soon", "D02", date(2026, 11, 4)),
    ]


def test_every_task_says_how_many_or_about_what():
    assert all("{" not in told.format(count=1, subject="甲") for told in WORDS.tasks.values())


def test_what_may_be_about_others_is_not_said_to_have_been_asked_for():
    now = [Task("set_aside", date(2026, 11, 18), subject="某办")]
    assert mark_asked(now, now) == now


def test_what_is_dunned_and_who_is_to_be_seen_is_known_by_name():
    rows = [
        item("D05", item_id=each, light="red", is_dunned=True, answer_until="2026-11-11") for each in ("ZG1", "ZG2")
    ]
    plan = [{"unit_id": each, "due": "2026-09", "way": "joint"} for each in ("D07", "D08")]
    told = {"ledger": pd.DataFrame(rows), "coverage_plan": pd.DataFrame(plan)}
    things = {task.kind: task.things for task in list_tasks(POLICY, EDITION, told)}
    assert things == {"dunned": {"ZG1", "ZG2"}, "visits": {"D07", "D08"}}


@pytest.mark.parametrize(
    ("before", "is_again"), [({"A", "B", "C"}, True), ({"A", "B"}, True), ({"A", "C"}, False), (set(), False)]
)
@pytest.mark.parametrize("kind", ["dunned", "visits"])
def test_visits_and_answers_were_asked_for_before_where_all_that_they_are_about_was(kind, before, is_again):
    now, then = (Task(kind, date(2026, 11, 18), things=frozenset(things)) for things in ({"A", "B"}, before))
    assert [bool(task.asked_by) for task in mark_asked([now], [then])] == [is_again]
