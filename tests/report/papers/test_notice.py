"""The notice of a month: a report or a notice, what is provisional, what stands in no problem, years that are past."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from analysis.policy.papers import Reader
from analysis.policy.tables import TABLES
from analysis.report.page.pieces import table, text
from analysis.report.papers.notice import month_notice
from analysis.report.papers.paper import headed, number_cited
from analysis.report.papers.tables import without_told
from analysis.report.tasks import Task
from analysis.report.trends import tell_noise
from analysis.report.verify import unsure_units
from analysis.report.words import numeral

from ...rows import table_of
from ..packs.years import make_year
from .test_papers import heavy_month, simple, unsure


def warn(content, *units):
    """The month warns these units, who send their measures by a day."""
    row = content.tables["consequences"].iloc[0].to_dict()
    row |= {"basis": "month", "kind": "warning", "is_current": True, "until": "2026-11-11"}
    rows = pd.DataFrame([row | {"unit_id": unit} for unit in units])
    return replace(content, tables=content.tables | {"consequences": rows})


def test_copied_offices_read_who_sends_measures_to_whom_by_when(content):
    unit = content.policy.unit_ids[0]
    notice = month_notice(warn(content, unit), Reader(audience="offices"))
    text_ = "".join(block for each in notice.parts for block in each.blocks if isinstance(block, str))
    office = content.policy.district.office
    assert (
        f"{content.names[unit]}；由被预警单位于2026年11月11日（含当日）前核实失分原因，属履职问题的向{office}报送整改措施。"
        in text_
    )


def watched(unit):
    """`watch_list` of a month that lists one unit for tickets closed late."""
    row = {"period": "2026-10", "unit_id": unit, "reason": "on_time", "value": 85.0, "threshold": 92.0, "n_cases": 40,
           "p_value": 0.0004, "is_met": True, "first_period": "2026-06", "last_met": "2026-10", "since": "2026-08",
           "n_clean_months": 0}  # fmt: skip
    return TABLES["watch_list"].empty().reindex(range(1)).assign(**row)


def said(paper) -> str:
    return "\n".join(block for each in paper.parts for block in each.blocks if isinstance(block, str))


def test_a_report_goes_up_and_asks_nobody_and_a_notice_asks(content):
    report, notice = (month_notice(content, Reader(to="区委", form=form)) for form in (None, "notice"))
    assert report.title[1].endswith("情况的报告") and "报告如下" in report.opening and "签发人" in report.number
    assert notice.title[1].endswith("情况的通报") and "通报如下" in notice.opening and "签发人" not in notice.number
    assert report.parts[-1].heading.endswith("、下一步工作安排") and notice.parts[-1].heading.endswith("、下一步要求")
    assert "异议期至2026年11月11日，反馈单已告知各单位。" in said(report) and "请于" not in said(report)
    assert "有异议的，请于2026年11月11日（含当日）前" in said(notice) and "特此报告" not in said(notice)
    assert month_notice(content, Reader(audience="offices")).title[1].endswith("通报")


def test_the_notice_says_itself_that_a_draft_is_provisional_and_that_changes_are_usual(content):
    """The line below the title, which says so too, is deleted before the paper goes out."""
    notice = said(month_notice(content, Reader()))
    assert "本月结果为征求意见稿，月度等次和后五名为暂定结果；约谈、通报批评和黑名单以年度定稿结果为准" in notice
    final = replace(content, edition=replace(content.edition, state="final"))
    assert "本月结果为定稿" in said(month_notice(final, Reader()))
    assert tell_noise(content.tables["trends"], "mom", content.policy.trends, with_tests=False) in notice
    heavy = heavy_month(content, n_days=120)
    assert "处理前应核实" in said(month_notice(heavy, Reader()))


def test_how_busy_a_unit_is_is_no_problem_of_it(content):
    (relative,) = content.policy.relative_indicators
    scores = content.tables["indicator_scores"]
    worst = scores.assign(score=scores["score"].where(scores["indicator_id"] != relative, 1.0))
    notice = said(month_notice(replace(content, tables=content.tables | {"indicator_scores": worst}), Reader()))
    assert "失分和下降的主要指标见附件" in notice
    assert content.names[relative] not in notice
    # Where it is what some lose most by, the others are told to be those beside it: the annex shows it first.
    lost = scores["unit_id"].isin(content.policy.unit_ids[:5]) & (scores["score"].notna())
    uneven = scores.assign(
        score=scores["score"].mask(lost, 40.0).mask(lost & (scores["indicator_id"] == relative), 1.0)
    )
    notice = said(month_notice(replace(content, tables=content.tables | {"indicator_scores": uneven}), Reader()))
    assert f"中，除{content.names[relative]}（相对指标）外，失分高出同类单位最多的指标及失分：" in notice


def test_the_notice_tells_of_years_whose_measures_are_past_their_days(content):
    told = content.tables["consequences"].astype({"until": str}).assign(until="2026-01-23", kind="interview")
    notice = month_notice(replace(content, tables=content.tables | {"consequences": told}), Reader())
    count = told["unit_id"].nunique()
    assert f"2025年度约谈时限已过，{count}个单位的办理情况均未登记。" in said(notice)
    late = content.tables["consequences"].astype({"until": str}).assign(until="2026-12-31", kind="interview")
    notice = month_notice(replace(content, tables=content.tables | {"consequences": late}), Reader())
    assert "时限已过" not in said(notice)


def test_spans_of_places_that_say_little_have_no_column_on_paper(content):
    ids = content.policy.unit_ids
    sure = unsure(ids).assign(verdict="indistinct", rank_low=1.0, rank_high=float(len(ids)))
    for high, is_shown in ((float(len(ids)), False), (2.0, True)):
        tables = content.tables | {"certainty": sure.assign(rank_high=high)}
        standing = month_notice(replace(content, tables=tables), Reader()).annexes[0]
        assert ("区间" in standing.heads) == is_shown
        assert ("的位次区间都跨过半数位次" in standing.caption) != is_shown


def test_what_stands_below_a_title_explains_no_column_that_is_not_there(content):
    """A first month has neither spans nor last year; a caption of its own would go on explaining them."""
    ids = content.policy.unit_ids
    sure = unsure(ids).assign(verdict="indistinct", rank_low=1.0, rank_high=2.0)
    later = replace(content, tables=content.tables | {"certainty": sure})
    for each in (content, later):
        standing = month_notice(each, Reader()).annexes[0]
        for head in ("区间", "同比", "环比", "走势"):
            assert (head in standing.caption) <= (head in standing.heads), (head, standing.caption)
        assert "得分" in standing.heads and "百分制" in standing.caption and "圆点" not in standing.caption


def test_no_sentence_of_a_paper_tells_of_how_many_tests_a_list_is(content):
    told = said(month_notice(content, Reader()))
    assert "超出正常波动" in told and "共检验" not in told
    assert "共检验" in tell_noise(content.tables["trends"], "mom", content.policy.trends)


def test_overdue_days_say_to_which_day_they_count(content):
    """A paper is read weeks later, when the days are others."""
    notice = month_notice(content, Reader())
    assert "截至2026年10月31日，超期的" in said(notice)
    (items,) = [annex for annex in notice.annexes if "超期" in annex.caption]
    assert items.caption == "超期整改事项（截至2026年10月31日，按工作日计）"
    rows = content.tables["ledger"]
    soon = rows[rows["light"] == "red"].iloc[[0]].assign(light="yellow", item_id="ZG0", is_dunned=False)
    both = replace(content, tables=content.tables | {"ledger": pd.concat([rows, soon])})
    (items,) = [annex for annex in month_notice(both, Reader()).annexes if "超期" in annex.caption]
    assert len(items.cells) == (rows["light"] == "red").sum() > 0  # what falls due soon is a task


def test_a_tie_of_units_whose_points_are_the_same_is_told_with_the_doubt(content):
    one, other = content.policy.unit_ids[:2]
    usual = {
        "period": "2026-10",
        "group": "g",
        "measure": "same_values",
        "first_period": "2026-10",
        "is_question": True,
    }
    usual |= {"n_events": 10, "n_cases": 10, "share_pct": 100.0, "p_value": 1e-9, "q_value": 1e-9}
    rows = [usual | {"unit_id": a, "other_unit_id": b} for a, b in ((one, other), (other, one))]
    alike = replace(content, tables=content.tables | {"integrity": table_of("integrity", rows)})
    told = f"{content.names[one]}、{content.names[other]}都有得分的10项指标中各项得分完全相同，情况异常，"
    for form, steps in (("report", "下一步工作安排"), ("notice", "下一步要求")):
        paper = month_notice(alike, Reader(form=form))
        doubt = f"{told}已列入{steps}中的核实事项。"
        assert doubt in "".join(map(str, paper.parts[0].blocks)) and said(paper).count(doubt) == 1
        assert "请予核实" not in said(paper)
    assert "完全相同" not in said(month_notice(content, Reader()))


def test_what_is_overdue_stands_first_among_the_tasks_and_measures_after_it(content):
    """Items 414 working days overdue, and measures of a year that nobody took, had stood in an annex."""
    made, until, unit = replace(content), date(2026, 11, 11), content.policy.unit_ids[0]
    kinds = ("measures", "year_ahead", "dunned", "outcomes", *["tickets"] * 150)  # so many that not all have room
    made.__dict__["all_tasks"] = [Task(kind, until + timedelta(n), unit) for n, kind in enumerate(kinds)]
    made.__dict__["all_tasks"][:3] = [replace(task, until=until) for task in made.all_tasks[:3]]
    steps = month_notice(made, Reader()).parts[-1]
    table, *_ = [block for block in steps.blocks if hasattr(block, "cells")]
    words = ("办理情况并登记结果", "整改事项书面答复", "核实失分原因")  # the first has the latest day
    assert [at for word in words for at, row in enumerate(table.cells) if word in row[0]] == [0, 1, 2]


def test_a_reason_that_holds_no_more_is_told_as_such_on_paper_too(content):
    """Over how many cases a rate goes the pages tell; of which month it was is no detail."""
    past = watched(content.policy.unit_ids[0]).assign(is_met=False, last_met="2026-08", n_clean_months=2)
    told = said(month_notice(replace(content, tables=content.tables | {"watch_list": past}), Reader()))
    assert "按时办结率85.00%，低于92%（2026年8月触发，已连续2个月无触发），2026年8月列入" in told


def test_the_months_annex_says_whose_measures_wait_for_verification(content, whole_book):
    year = make_year(whole_book)
    known = {name: year.tables[name] for name in ("consequences", "annual_states")}
    unsure = unsure_units(year)
    assert unsure
    for annual, count in ((year, len(unsure)), (None, 0)):
        notice = month_notice(replace(content, tables=content.tables | known, annual=annual), Reader())
        (annex,) = [each for each in notice.annexes if "年度结果运用情况" in each.caption]
        measures = [row[annex.heads.index("现行措施")] for row in annex.cells]
        assert sum("须先核实" in each for each in measures) == count


def test_problems_are_numbered_without_gaps_below_a_heading_each(content):
    """They were one run of paragraphs; what gives way to the tasks, or is not there, leaves no gap in the numbers."""
    dunned = warn(content, content.policy.unit_ids[0])
    for made in (content, heavy_month(content), heavy_month(content, n_days=120), dunned):
        problems = month_notice(made, Reader()).parts[2]
        assert problems.heading == "三、存在的问题"
        told = [block for block in problems.blocks if isinstance(block, str) and "见附件" not in block[:14]]
        heads = [re.match("（(.+?)）([^，。]{4,8})。", block) for block in told]
        assert len(told) > 2 and [head and head[1] for head in heads] == [numeral(at) for at in range(1, len(told) + 1)]
        assert len({head[2] for head in heads}) == len(heads) and "（〇）" not in str(problems)


def test_a_single_problem_has_no_number():
    (one,) = number_cited(simple(headed("职责边界", "一事。"), headed("重复诉求", ""))).parts[0].blocks
    assert one == "职责边界。一事。"


def test_a_veto_stands_with_how_the_units_did(content, monkeypatch):
    """It is no problem of the month; the chapter of problems had it among what a year would bring."""
    monkeypatch.setattr("analysis.report.papers.notice.tell_ruled", lambda *_: ["甲局因一票否优"])
    parts = month_notice(content, Reader()).parts
    assert [each.heading[2:] for each in parts if "甲局因一票否优。" in str(each.blocks)] == ["各单位情况"]


def test_copied_offices_read_what_a_months_tiers_are_not_for_before_who_is_last(content):
    told = said(month_notice(content, Reader(audience="offices")))
    assert 0 <= told.index("只作提醒，不作奖惩依据") < told.index("后五名（暂定）：")


def test_last_days_that_the_first_sentences_tell_stand_in_no_note_again():
    caption = (
        "应采取的措施；起始：1月14日；约谈时限：1月28日；状态：约谈时限已过，办理情况未登记；依据文件：某号（虚构）"
    )
    shown = table([text("单位", str)], ["甲局"], caption)
    over = "约谈时限1月28日已过，约谈的情况尚未登记"
    assert without_told(shown, over).caption == "应采取的措施；起始：1月14日；依据文件：某号（虚构）"
    assert without_told(shown, "约谈时限1月29日").caption == caption
