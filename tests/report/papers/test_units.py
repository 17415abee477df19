"""Papers to units: what they are asked for by when, each item once, in sentences that read."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.policy.tables import TABLES
from analysis.report.packs.content import PackContent
from analysis.report.packs.feedback import feedback_body
from analysis.report.packs.losses import in_order
from analysis.report.packs.objection import OTHER, deductions
from analysis.report.packs.to_do import to_do_table
from analysis.report.papers.units import month_papers, year_papers
from analysis.report.tasks import Task

from ..packs.months import mark, total_of
from ..packs.test_own_page import ticket, with_tickets
from ..packs.years import standing_of
from .test_notice import watched


def by_kind(papers):
    return {paper.kind: paper for paper in papers}


def said(paper):
    return "\n".join(str(block) for part in paper.parts for block in part.blocks)


def tables_of(paper):
    return [block for part in paper.parts for block in part.blocks if hasattr(block, "cells")]


@pytest.fixture
def unit(content):
    return content.policy.unit_ids[0]  # the lowest total


def with_ledger(content, unit, **changes):
    """The unit has its dunned item, and another one that differs in some columns."""
    ledger = content.tables["ledger"]
    own = ledger[ledger["unit_id"] == unit]
    other = own.assign(item_id="X-2", problem="另一问题", is_dunned=False, answer_until="", **changes)
    return replace(content, tables=content.tables | {"ledger": pd.concat([ledger, other], ignore_index=True)})


def test_dunned_items_stand_in_the_reminder_alone(content, unit):
    papers = by_kind(month_papers(content, unit))
    problem = mark(unit, "problem")
    assert problem in said(papers["reminder"]) and problem not in said(papers["rectification"])
    assert "台账中已超期的1项事项，按催办函于2026年11月6日（含当日）前书面答复并明确销号时间。" in said(
        papers["rectification"]
    )
    assert "请按上述时限整改" not in said(papers["rectification"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due": "2026-11-09", "working_days_left": 4}, "按期办结临期的1项"),
        ({"due": "2026-10-31", "working_days_left": 0}, "办结已到期的1项整改事项，未办结的书面答复"),
    ],
)
def test_items_that_fall_due_or_fell_due_are_asked_for_and_listed(content, unit, changes, words):
    asked = with_ledger(content, unit, light="yellow", overdue_working_days=0, **changes)
    paper = by_kind(month_papers(asked, unit))["rectification"]
    (items,) = tables_of(paper)
    assert words in said(paper) and [row[:2] for row in items.cells] == [("另一问题", "X-2")]


def test_a_rectification_that_rests_on_a_draft_says_how_to_object_as_long_as_one_may(content, unit):
    with_task = by_kind(month_papers(content, unit))["rectification"]
    told = f"以《考评结果异议申请表》向{content.policy.district.objection.contact}提出。"
    assert told in said(with_task)
    over = content.tables["objection_periods"].assign(until="2026-01-01")
    closed = replace(content, tables=content.tables | {"objection_periods": over})
    assert told not in said(by_kind(month_papers(closed, unit))["rectification"])


def test_what_waits_for_the_office_is_not_asked_of_the_unit(content, unit):
    changes = {"light": "yellow", "due": "2026-11-09", "working_days_left": 4, "state": "to_accept"}
    assert tables_of(by_kind(month_papers(with_ledger(content, unit, **changes), unit))["rectification"]) == []


def test_the_form_to_object_has_a_line_for_who_drew_it_up(content, unit):
    facts, *_ = tables_of(by_kind(month_papers(content, unit))["objection"])
    assert ("经办人（联系人）及电话", "") in facts.cells


def test_a_reminder_is_a_letter_without_headings(content, unit):
    paper = by_kind(month_papers(content, unit))["reminder"]
    (part,) = paper.parts
    items, *sentences = part.blocks
    assert paper.title[1] == "关于催办超期整改事项的函"
    assert part.heading == "" and sentences[-1] == "请按期函复。" and items.caption.startswith("超期事项清单")
    assert paper.opening == "截至2026年10月31日，你单位下列1项整改事项已超过办理时限："


def of_year(content, unit, *rows, **tables):
    """The unit's papers of the year, with rows of consequences beside its interview and its notice."""
    first = content.tables["consequences"]
    own = first[first["unit_id"] == unit].astype({"kind": str, "reason": str})
    own = own.assign(reason="bottom_five_and_fail")
    told = pd.concat([own, own.assign(kind="notice", until="2026-03-03"), *(own.assign(**row) for row in rows)])
    scores = content.tables["indicator_scores"].assign(scope="ytd")
    tables = content.tables | {"consequences": told.reset_index(drop=True), "indicator_scores": scores} | tables
    year = replace(content, policy=replace(content.policy, period="2025-12"), tables=tables)
    return by_kind(year_papers(year, unit))


def test_the_reason_of_a_year_is_a_sentence_with_score_place_and_tier(content, unit):
    papers = of_year(content, unit)
    why = f"你单位2025年度考评得分{total_of(0):.2f}分，居第1位，列后五名，等次为不达标。依据：文件。"
    assert said(papers["interview"]).startswith(why) and said(papers["rectification"]).startswith(why)
    standing = TABLES["year_standing"].empty().reindex(range(1)).assign(unit_id=unit, is_tied=True)
    assert "居第1位（与其他单位并列），列后五名" in said(of_year(content, unit, year_standing=standing)["interview"])


def test_a_paper_of_a_year_says_which_result_and_since_when_it_is_final(content, unit):
    final = replace(content, edition=replace(content.edition, state="final"))
    noticed = "应予通报批评（另行印发）并限期整改"  # a letter to one unit is no notice to all
    for kind, what, about in (("interview", "予以约谈", "有关"), ("rectification", noticed, "整改")):
        opening = of_year(final, unit)[kind].opening
        assert (
            opening == "根据2026年11月4日定稿的2025年度机关职能运行监管考评结果，"
            f"按规定对你单位{what}，现就{about}事项通知如下："
        )
        assert "定稿" not in of_year(content, unit)[kind].opening


def test_runs_of_years_are_told_with_what_they_bring(content, unit):
    streak = {"reason": "streak", "until": "", "streak_years": 3, "years": "2023 2024 2025"}
    black = said(of_year(content, unit, streak | {"kind": "blacklist"})["interview"])
    assert (
        "2023、2024、2025年连续三年列入后五名或不达标，按规定列入机构编制黑名单，并予问责；黑名单没有固定期限，其后有一个年度不再列入即移出。"
        in black
    )
    streak |= {"streak_years": 2, "years": "2024 2025"}
    warned = said(of_year(content, unit, streak | {"kind": "warning"})["interview"])
    assert (
        "2024、2025年连续两年列入后五名或不达标，予以黑名单预警；下一参评年度再次列入的，将进入机构编制黑名单，并予问责。"
        in warned
    )


def test_the_rectification_of_a_year_brings_the_lost_points_of_the_year(content, unit):
    papers = of_year(content, unit)
    (lost,) = papers["rectification"].annexes
    scores, relative = content.tables["indicator_scores"].query("unit_id == @unit"), content.policy.relative_indicators
    busy = scores[scores["indicator_id"].isin(relative)]
    scores = scores[~scores["indicator_id"].isin(relative)]
    points = (scores["weight"] * (100 - scores["score"]) / 100).round(2)
    at = lost.heads.index("失分")
    assert [float(row[at]) for row in lost.cells] == sorted(points[points >= 0.01].tolist(), reverse=True)
    assert len(busy) == 1 and f"另有{content.names[busy['indicator_id'].iloc[0]]}失" in lost.caption
    assert (
        "不要求整改" in lost.caption
        and "逐项提出整改措施，明确责任人和完成时限，其余的简要说明，于2026年3月3日（含当日）前整改到位"
        in said(papers["rectification"])
    )
    assert f"除相对指标外，失分较多的指标：{lost.cells[0][0]}（失{lost.cells[0][at]}分）" in said(papers["interview"])


def test_bonus_and_deductions_of_the_year_stand_beside_the_lost_points(content, unit):
    """Losses, deductions and bonus add up to what is missing from 100; only those that there are stand there."""
    for told, words in (
        ((1.0, 0.5), "；另有扣分1.00分；另有加分0.50分"),
        ((0.0, 0.5), "；另有加分0.50分"),
        ((0.0, 0.0), ""),
    ):
        units = content.tables["unit_scores"]
        year = units.assign(scope="ytd", deductions=told[0], bonus=told[1])
        tables = content.tables | {"unit_scores": pd.concat([units, year], ignore_index=True)}
        (lost,) = of_year(replace(content, tables=tables), unit)["rectification"].annexes
        assert ("另有扣分" in lost.caption or "另有加分" in lost.caption) == bool(words) and words in lost.caption


@pytest.mark.parametrize(("deductions", "is_told"), [(0.8, True), (0.9, False)])
def test_a_deduction_of_the_year_says_why_by_which_document_and_when(content, unit, deductions, is_told):
    """Nothing of reasons where those at hand do not add up to it."""
    row = content.tables["adjustments"].query("unit_id == @unit").iloc[0].to_dict()
    given = [{"period": "2025-03", "reason": "填报失实"}, {"period": "2025-08", "points": 0.3, "document": "甲号"}]
    others = [{"period": "2025-04", "kind": "bonus"}, {"unit_id": content.policy.unit_ids[1]}, {"period": "2024-08"}]
    rows = pd.DataFrame([row | each for each in (*given, *others)])
    year = content.tables["unit_scores"].assign(scope="ytd", period="2025-12", deductions=deductions, bonus=0.0)
    tables = content.tables | {"unit_scores": pd.concat([content.tables["unit_scores"], year], ignore_index=True)}
    (lost,) = of_year(replace(content, tables=tables, adjustments=rows), unit)["rectification"].annexes
    why = f"，事由：2025年3月0.50分，填报失实，{row['document']}；2025年8月0.30分，{row['reason']}，甲号"
    assert f"；另有扣分{deductions:.2f}分{why * is_told}；同类中位按0.5分归并）" in lost.caption


def test_a_year_without_scores_of_indicators_has_papers_without_lost_points(content, unit):
    tables = content.tables | {"indicator_scores": TABLES["indicator_scores"].empty()}
    papers = by_kind(
        year_papers(replace(content, policy=replace(content.policy, period="2025-12"), tables=tables), unit)
    )
    assert papers["interview"].annexes == () and "失分较多" not in said(papers["interview"])


def test_the_form_to_object_leaves_room_to_write_and_gives_a_source_for_every_row(content, unit):
    form = by_kind(month_papers(content, unit))["objection"]
    facts, claims, why = tables_of(form)
    widths = dict(zip(why.heads, why.shares, strict=True))
    assert widths["理由和依据材料"] >= 50 and widths["应为何值"] >= 15
    assert len(why.cells) >= 3 and not any(map("".join, why.cells))
    assert [row[0] for row in claims.cells if row[3] in ("", "—")] == []
    assert all(row[0].startswith("□") for row in claims.cells) and claims.cells[-1][0] == f"□{OTHER}"
    assert "本单位对下列打“√”的事项有异议：" in said(form) and "反馈单所列" not in said(form).replace("当月反馈单", "")
    on_page = str(feedback_body(content, unit))
    assert facts.cells[-1] == ("主要负责人（签字）", "")
    for head, told in facts.cells[:-2]:  # one form: the page's says the same under the same name
        assert f'<th scope="row">{head}</th><td>{told}</td>' in on_page
    assert f"<caption>{form.title[-1]}</caption>" in on_page
    assert "本表请于2026年11月11日（含当日）前报" in said(form)


def test_the_form_to_object_has_what_cost_nothing_with_where_its_data_are(content, unit):
    rows = content.tables["indicator_scores"]
    own = (rows["unit_id"] == unit) & (rows["indicator_id"] == "common-08")
    made = content.tables | {"indicator_scores": rows.assign(score=rows["score"].mask(own, 100.0))}
    _, claims, _ = tables_of(by_kind(month_papers(replace(content, tables=made), unit))["objection"])
    (told,) = [row for row in claims.cells if row[0] == f"□{content.names['common-08']}"]
    assert told[1:3] == ("100.00", "0.00") and mark(unit, "file") in told[3]


def test_the_form_to_object_says_of_data_what_the_page_says_months_before_among_them(content, unit):
    """Late items, days and marks of visits, in the page's own words and order."""
    policy = content.policy
    rate = next(each for each in policy.indicators if each.data.measure == "close_off")
    seen = next(each for each in policy.indicators if "month" in each.window_months)
    scores = content.tables["indicator_scores"]
    rows = [
        scores[scores["unit_id"] == unit].iloc[[0]].assign(indicator_id=each.id, score=50.0, first_period="2026-09")
        for each in (rate, seen)
    ]
    late = {"unit_id": unit, "item_id": "ZG1", "period": "2026-09", "due": "2026-09-05", "closed": "2026-09-30"}
    visit = {"unit_id": unit, "indicator_id": seen.id, "period": "2026-03"}
    others = scores[~((scores["unit_id"] == unit) & scores["indicator_id"].isin([rate.id, seen.id]))]
    made = replace(
        content,
        tables=content.tables | {"indicator_scores": pd.concat([others, *rows])},
        late_items=pd.DataFrame([late]),
        visits=pd.DataFrame([visit | {"item_id": "CC1", "value": 50.0}]),
        inspections=pd.DataFrame([visit | {"visit_id": "CC1", "points": 50.0, "date": "2026-03-05", "finding": ""}]),
    )
    _, claims, _ = tables_of(by_kind(month_papers(made, unit))["objection"])
    told = {row[0].removeprefix("□"): row[3] for row in claims.cells}
    assert told[rate.name] == "未按期销号的整改事项（时限、销号日）：ZG1（9月5日、9月30日）"
    assert told[seen.name] == "此前各月抽查：3月5日得50.00分，依据见当月反馈单"
    for made_, is_told in ((made, True), (replace(made, visits=made.visits.iloc[:0]), False)):
        (lost,) = by_kind(month_papers(made_, unit))["rectification"].annexes
        assert "未附事由" not in lost.caption  # the column of reasons has none, and is not there
        assert (f"；按此前抽查计分的有{seen.name}（3月5日）" in lost.caption) is is_told
    why = replace(made, inspections=made.inspections.assign(finding="台账不全"))
    (lost,) = by_kind(month_papers(why, unit))["rectification"].annexes
    assert lost.caption.count("；未附事由的，可请评分单位说明，数据位置见反馈单") == 1
    assert [*told] == [
        *(content.names[row.indicator_id] for row in in_order(made, unit)),
        *(name for name, _, _ in deductions(made, unit)),
        OTHER,
    ]
    (taken,) = deductions(made, unit)
    assert told[taken[0]] == taken[2] == made.own("adjustments", unit)[0].document


def listed_by_the_month(content, unit, **told):
    rows = content.tables["unit_scores"]
    own = rows.assign(is_tied=rows["is_tied"] | (rows["unit_id"] == unit)) if told.get("is_tied") else rows
    return replace(content, tables=content.tables | {"unit_scores": own})


def test_a_rectification_of_a_month_says_why_by_which_list_day_and_document(content, unit):
    paper = by_kind(month_papers(content, unit))["rectification"]
    assert [part.heading for part in paper.parts][:2] == ["一、预警和整改事由", "二、核实和整改事项"]
    assert paper.opening.startswith("根据2026年11月4日发布的2026年10月机关职能运行监管考评结果第1版（征求意见稿），")
    why, policy = "".join(map(str, paper.parts[0].blocks)), content.policy
    listed = f"你单位2026年10月考评得分{total_of(0):.2f}分，居第"
    assert listed in why and "列后五名，等次为不达标（月度结果暂定），按规定予以预警。" in why
    assert f"依据：{policy.consequences.document}。" in why
    tied = by_kind(month_papers(listed_by_the_month(content, unit, is_tied=True), unit))["rectification"]
    assert "（与其他单位并列）" in "".join(map(str, tied.parts[0].blocks))


@pytest.mark.parametrize(("kind", "is_asked"), [("measures", True), ("year_ahead", True), ("supply", False)])
def test_a_letter_asks_a_listed_unit_to_find_out_why_a_state_fell_as_its_page_does(content, unit, kind, is_asked):
    """A head who worked from the letter missed the one item that would have kept the unit off the list."""
    state = next(each for each in content.policy.indicators if each.method.states)
    best, worse = sorted(state.method.states.values(), reverse=True)[:2]
    names = {points: name for name, points in state.method.states.items()}
    rows, last = content.tables["indicator_scores"], "2026-09"
    own = rows[(rows["unit_id"] == unit) & (rows["scope"] == "month")].iloc[[0]].assign(indicator_id=state.id)
    others = rows[(rows["unit_id"] != unit) | (rows["indicator_id"] != state.id)]
    before = own.assign(period=last, first_period=last, score=best, value=best)
    found = {}
    for points in (worse, best):
        scores = pd.concat([others, own.assign(score=points, value=points)])
        made = replace(content, tables=content.tables | {"indicator_scores": scores}, marks_before=before)
        told = {"total": 80.0, "rank": 72, "tier": "fail", "is_bottom_five": True, "is_tied": False, "p_interview": 0.5}
        made.__dict__["year_so_far"] = {unit: SimpleNamespace(**told, is_interview=False, is_counted=False)}
        made.__dict__["tasks"] = {unit: [Task(kind, date(2026, 11, 11), unit)]}
        found[points] = said(by_kind(month_papers(made, unit))["rectification"])
    told = f"核实{state.name}为何由“{names[best]}”变为“{names[worse]}”：有误的提出异议，属实的尽快改正。"
    assert (f"{told}时限：2026年11月11日。" in found[worse]) is is_asked and told not in found[best]


def test_a_rectification_of_a_month_says_what_the_year_would_bring(content, unit):
    """The month only warns; what it warns of may be the blacklist."""
    assert "黑名单" not in "".join(map(str, by_kind(month_papers(content, unit))["rectification"].parts[0].blocks))
    row = content.tables["consequences"].iloc[[0]].assign(unit_id=unit, kind="warning", basis="annual", reason="streak")
    row = row.assign(year=2025, years="2024 2025", streak_years=2, is_current=True, until="")
    near = pd.concat([content.tables["consequences"], row], ignore_index=True)
    papers = by_kind(month_papers(replace(content, tables=content.tables | {"consequences": near}), unit))
    (*_, told, based) = papers["rectification"].parts[0].blocks
    assert told == "（二）你单位2024、2025年度连续两年列入后五名或不达标，连续三年的列入机构编制黑名单并问责。"
    assert based == f"依据：{content.policy.consequences.document}。"


def test_each_thing_that_a_month_asks_for_has_its_reason(content, unit):
    """The ledger's items, the watch list, a gap in the data: each with its list and its document, nothing else."""
    policy, ledger = content.policy, {"light": "yellow", "overdue_working_days": 0}
    due = with_ledger(content, unit, due="2026-11-09", working_days_left=4, **ledger)
    later = due.tables["ledger"].query("item_id == 'X-2'").assign(item_id="X-3", due="2026-11-10")
    units, scores = content.tables["unit_scores"], content.tables["indicator_scores"]
    is_own = units["unit_id"] == unit
    gap = scores["unit_id"].eq(unit) & scores["indicator_id"].eq(policy.indicators[0].id) & scores["scope"].eq("month")
    tables = due.tables | {"ledger": pd.concat([due.tables["ledger"], later], ignore_index=True)}
    tables |= {"watch_list": watched(unit), "unit_scores": units.assign(is_provisional=is_own)}
    tables |= {"indicator_scores": scores.assign(status=scores["status"].mask(gap, "accepted"))}
    why = "".join(
        map(str, by_kind(month_papers(replace(content, tables=tables), unit))["rectification"].parts[0].blocks)
    )
    assert "整改台账中你单位截至2026年10月31日尚未销号的事项，至2026年11月4日有临期的2项（见" in why
    documents = dict.fromkeys(each.document for each in (policy.consequences, policy.watch, policy.ledger))
    assert why.endswith(f"（见到期和临期事项清单）。依据：{'、'.join(documents)}。") and why.count("依据") == 1
    # How likely chance is, the unit's page tells: a paper does no sums.
    assert "你单位2026年8月起列入监管异常名录：近五个月按时办结率85.00%，低于92%（到期40件）。" in why
    assert f"你单位的{policy.indicators[0].name}经确认缺报，未计入得分，本月得分和等次暂定。" in why
    plain = "".join(map(str, by_kind(month_papers(content, unit))["rectification"].parts[0].blocks))
    assert not [word for word in ("台账", "缺报") if word in plain]


@pytest.mark.parametrize(
    ("kinds", "annexed"),
    [
        (["watch"], ["须关注的工单"]),
        (["fell_due"], []),
        (["measures"], ["失分明细"]),
        (["measures", "watch"], ["失分明细", "须关注的工单"]),
        (["watch", "tickets"], ["须关注的工单"]),
    ],
)
def test_a_paper_annexes_what_its_reasons_rest_on_and_asks_in_the_words_of_the_page(
    content, unit, monkeypatch, kinds, annexed
):
    """Lost points of the month explain no place on a list of the hotline, and no item of the ledger."""
    monkeypatch.setattr(PackContent, "hidden_counts", set())
    listed = replace(content, tables=content.tables | {"watch_list": watched(unit)})
    tasks = [Task(kind, date(2026, 11, 18), unit, 1) for kind in kinds]
    made = with_tickets(listed, [ticket(unit, 7, is_on_time=False)], {unit: tasks})
    paper = by_kind(month_papers(made, unit))["rectification"]
    assert len(paper.annexes) == len(annexed)
    assert all(name in table.caption for name, table in zip(annexed, paper.annexes, strict=True))
    assert ("见附件。" in said(paper)) == bool(annexed) and f"{'、'.join(annexed)}见附件。" * bool(annexed) in said(
        paper
    )
    asked = "查明列入监管异常名录的原因，报送提高按时办结率的措施"
    assert (asked in said(paper)) == ("watch" in kinds) == (asked in to_do_table(made, unit))
    assert ("办结逾期未办结的1件工单" in said(paper)) == ("tickets" in kinds) == ("有逾期未办结工单1件" in said(paper))


def test_overdue_tickets_alone_need_no_paper_and_withheld_ones_are_counted_in_none(content, unit, monkeypatch):
    tasks = [Task(kind, date(2026, 11, 18), unit, 1) for kind in ("watch", "tickets")]
    listed = replace(content, tables=content.tables | {"watch_list": watched(unit)})
    monkeypatch.setattr(PackContent, "hidden_counts", {"n_due"})
    papers = by_kind(month_papers(with_tickets(listed, [], {unit: tasks}), unit))
    assert "逾期" not in said(papers["rectification"])
    assert "rectification" not in by_kind(month_papers(with_tickets(listed, [], {unit: tasks[1:]}), unit))


def test_a_paper_with_a_last_day_after_that_for_objections_says_how_they_relate(content, unit):
    last = date.fromisoformat(content.table("objection_periods").set_index("unit_id").loc[unit, "until"])
    for days, is_told in ((0, False), (1, True)):
        tasks = {unit: [Task("measures", last, unit), Task("measures", last + timedelta(days), unit)]}
        paper = said(by_kind(month_papers(with_tickets(content, [], tasks), unit))["rectification"])
        assert "异议办理期间，各项办理时限不变" in paper and ("异议期不顺延" in paper) is is_told


def test_a_unit_on_the_watch_list_may_object_to_that(content, unit):
    listed = replace(content, tables=content.tables | {"watch_list": watched(unit)})
    for made, is_told in ((listed, True), (content, False)):
        _, claims, _ = tables_of(by_kind(month_papers(made, unit))["objection"])
        assert any(row[0] == "□列入监管异常名录" for row in claims.cells) is is_told
        assert ("<span>□列入监管异常名录</span>" in feedback_body(made, unit)) is is_told


def test_every_paper_that_asks_a_unit_for_something_names_somebody_to_ask_or_leaves_room_for_it(content, unit):
    papers = by_kind(month_papers(content, unit)) | {f"year-{k}": p for k, p in of_year(content, unit).items()}
    for kind, paper in papers.items():  # in brackets below the date (GB/T 9704); the form has a line for it
        assert "联系人" in (said(paper) if kind == "objection" else paper.contact), kind
        assert "联系人" not in said(paper) or kind == "objection"


def test_days_of_items_say_to_which_day_they_count(content, unit):
    (items,) = tables_of(by_kind(month_papers(content, unit))["reminder"])
    assert items.caption == "超期事项清单（截至2026年10月31日，按工作日计）"


def unsure_by(content, unit, chance, scope):
    """`certainty` of one scope in which the unit is listed with some probability."""
    row = {"unit_id": unit, "scope": scope, "total": 80.0, "p_interview": chance, "verdict": "borderline"}
    return TABLES["certainty"].empty().reindex(range(1)).assign(**row)


def in_a_counted_year(content, unit):
    return (
        TABLES["year_standing"]
        .empty()
        .reindex(range(1))
        .assign(unit_id=unit, total=80.0, is_counted=True, is_tied=False)
    )


@pytest.mark.parametrize(("chance", "is_held"), [(0.5, True), (0.99, False)])
def test_papers_of_a_year_whose_result_is_to_be_verified_say_so_and_leave_room_for_the_outcome(
    content, unit, chance, is_held
):
    """A notice that is unconditional goes out, whatever the report says of verifying first."""
    tables = {"certainty": unsure_by(content, unit, chance, "ytd"), "year_standing": in_a_counted_year(content, unit)}
    office = content.policy.district.office
    held = f"（结果不能排除只是偶然起伏所致，{office}核实后方可发出；发出前删去本行和下面两行）"
    blank = f"经{office}2026年　　月　　日核实：（核实结论）\n"
    papers = of_year(content, unit, **tables)  # the interview is before the day for answers, which then names no day
    assert {*papers} == {"interview", "rectification"}
    for paper in papers.values():
        assert paper.hold == held * is_held and (blank in said(paper)) == is_held
        assert paper.day_told == (
            "2026年　　月　　日" if is_held else "2026年11月4日"
        )  # nobody knows when that will be
    soon = replace(content, edition=replace(content.edition, answer_until=date(2026, 1, 21)))
    assert ("2026年1月21日（含当日）前核实后方可发出" in of_year(soon, unit, **tables)["interview"].hold) == is_held


@pytest.mark.parametrize(("chance", "is_told"), [(0.5, True), (0.99, False)])
def test_a_warning_of_a_month_says_whether_chance_may_have_brought_it(content, unit, chance, is_told):
    listed = replace(content, tables=content.tables | {"certainty": unsure_by(content, unit, chance, "month")})
    paper = by_kind(month_papers(listed, unit))["rectification"]
    assert ("按规定予以预警；该结果不能排除只是偶然起伏所致，请先核实失分原因。" in said(paper)) == is_told
    assert "按规定予以预警" in said(paper) and paper.hold == ""


def test_a_reminder_says_by_which_document_and_how_to_object_and_its_days_are_in_words(content, unit):
    paper = by_kind(month_papers(content, unit))["reminder"]
    (items,) = tables_of(paper)
    assert f"依据：{content.policy.ledger.document}。" in said(paper) and "请在书面答复中一并说明" in said(paper)
    days = [row[items.heads.index("时限")] for row in items.cells]
    assert days and all("年" in day and "-" not in day for day in days)
    late = [row[items.heads.index("超期工作日")] for row in items.cells]
    assert late == [str(row.overdue_working_days) for row in content.own("ledger", unit) if row.is_dunned]


def test_a_reminder_asks_for_all_that_the_page_asks_for(content, unit):
    row = {"measure": "never_closed", "unit_id": unit, "is_question": True, "n_events": 12, "n_cases": 12}
    asked = TABLES["integrity"].empty().reindex(range(1)).assign(**row)
    for table, told in ((asked, "；并说明长期未销号的原因（说明本身不另计分）"), (asked.iloc[:0], "")):
        made = replace(content, tables=content.tables | {"integrity": table})
        reminder = said(by_kind(month_papers(made, unit))["reminder"])
        assert f"请于2026年11月6日（含当日）前对超期的1项整改事项书面答复并明确销号时间{told}，报" in reminder


def test_what_the_month_before_asked_of_the_unit_says_so_in_paper_and_on_its_page(content, unit):
    asked, again = date(2026, 10, 23), "（上月已要求，时限2026年10月23日，未见结果登记）"
    items = frozenset(row.item_id for row in content.own("ledger", unit) if row.is_dunned)
    before = [Task("watch", asked, unit), Task("dunned", asked, unit, things=items)]
    listed = replace(content, tables=content.tables | {"watch_list": watched(unit)})
    for tasks, told in ((before, again), ([replace(task, owner="other") for task in before], "")):
        made = replace(listed, tasks_before=tasks)
        papers, page = by_kind(month_papers(made, unit)), str(to_do_table(made, unit))
        assert f"报送提高按时办结率的措施{told}。时限：" in said(papers["rectification"])
        assert f"书面答复并明确销号时间{told}，报" in said(papers["reminder"])
        row = {"measure": "never_closed", "unit_id": unit, "is_question": True, "n_events": 12, "n_cases": 12}
        why = made.tables | {"integrity": TABLES["integrity"].empty().reindex(range(1)).assign(**row)}
        last = f"（说明本身不另计分{told.replace('（', '；').removesuffix('）')}），报"
        assert last in said(by_kind(month_papers(replace(made, tables=why), unit))["reminder"])
        assert page.count(again) == (2 if told else 0)


def test_who_is_called_by_a_final_year_reads_that_the_time_to_object_is_over(content, unit):
    final = replace(content, edition=replace(content.edition, state="final"))
    for content_, is_told in ((final, True), (content, False)):
        for paper in of_year(content_, unit).values():
            assert ("异议期已结束，仍有不同意见的，请在书面材料中一并说明" in said(paper)) == is_told


@pytest.mark.parametrize(("chance", "is_sure"), [(0.97, True), (0.5, False)])
def test_whom_the_year_alone_lists_is_told_of_the_year_and_warned_of_nothing(content, unit, chance, is_sure):
    """The month lists it not: its lost points of the month explain nothing, and no title says that it is warned."""
    of_month = content.tables["unit_scores"].assign(is_bottom_five=False, tier="good", tier_by_score="good")
    standing = standing_of(content.policy, 2026)
    sure = unsure_by(content, unit, chance, "ytd")
    scores = content.tables["indicator_scores"]
    year = scores[scores["unit_id"] == unit].assign(scope="ytd", score=55.0)
    tables = {"unit_scores": of_month, "certainty": sure, "indicator_scores": pd.concat([scores, year])}
    rows = standing["unit_id"] == unit
    standing.loc[rows, ["total", "rank", "tier", "tier_by_score", "is_interview"]] = [85.23, 84, "fail", "fail", True]
    made = replace(content, tables=content.tables | tables | {"year_standing": standing})
    paper = by_kind(month_papers(made, unit))["rectification"]
    assert paper.title[-1] == "整改通知书" and "预警" not in said(paper).replace("黑名单预警", "")
    assert "你单位2026年1至10月累计（暂定）考评得分85.23分，" in said(paper) and "第84" in said(paper)
    assert "；暂列约谈范围只作提醒，是否约谈以年度定稿结果为准。" in said(paper)
    assert ("该结果不能排除只是偶然起伏所致" in said(paper)) is not is_sure
    assert f"依据：{content.policy.consequences.document}。" in said(paper)
    # How far it is and how likely, the page tells: a paper does no sums.
    assert "若年度就此结束，你单位列入约谈范围（后五名或不达标）" in said(paper)
    assert not [word for word in ("可不列入", "可能性", "再提高") if word in said(paper)]
    assert "分析年度累计暂列约谈范围的原因，报送年底前的改进措施。时限：2026年11月11日。" in said(paper)
    (lost,) = paper.annexes
    assert lost.caption.startswith("2026年度累计失分明细（") and {row[2] for row in lost.cells} == {"55.00"}
    warned = by_kind(month_papers(content, unit))["rectification"]
    assert warned.title[-1] == "预警和整改通知书"
    assert [each.caption[:14] for each in warned.annexes] == ["2026年10月失分明细（失"]
