"""The notice of a year: every number is its own fact's, each audience sees no more than it may, and links lead on."""

import html
import io
import re
from dataclasses import replace
from datetime import date

import openpyxl
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from analysis.policy.papers import Reader
from analysis.policy.tables import TABLES
from analysis.report.packs.annual import annual_pages, later_pages
from analysis.report.packs.office_terms import terms, use_rows
from analysis.report.packs.offices import office_lists, office_tables, summary
from analysis.report.packs.public import public_body
from analysis.report.packs.results import annual_words
from analysis.report.packs.workbook import office_workbook
from analysis.report.packs.write import write_folders
from analysis.report.packs.year_losses import deduction_words
from analysis.report.page.html import render_page
from analysis.report.papers.annual import annual_notice, annual_parts
from analysis.report.papers.units import year_papers
from analysis.report.verify import called_units, unsure_units
from analysis.report.words import day_name
from analysis.report.year import NEEDED_TABLES, annual_link, final_year

from ...facts import altered, moved, sentences_of, signed, text_of, unproved
from .years import BUSY, EDITION, FINAL_ON, IDLE, UNSEEN, cut_book, make_year, standing_of

ANSWER = EDITION.answer_until
OVER = f"本年度结果已于{day_name(EDITION.published)}定稿，异议期已结束。"
ORDER = ("excellent", "good", "pass", "fail")


@pytest.fixture(scope="module")
def year(whole_book):
    return make_year(whole_book)


@pytest.fixture(scope="module")
def pages(year):
    return {audience: render_page(body) for audience, body in annual_pages(year).items()}


def result_facts(year):
    """What sentences say of places and tiers, reckoned from the tables once more."""
    names, standing, trends, sure = year.names, *map(year.tables.get, ("year_standing", "trends", "certainty"))
    (district,) = trends[trends["level"] == "district"].itertuples()
    mean, tiers = standing["total"].mean(), standing["tier"].value_counts()
    yield f"2025年度全区平均得分{mean:.2f}分，比上年{moved(district.change)}"
    yield f"按可比口径{moved(district.like_for_like_change)}"
    yield f"本年度参评单位{len(standing)}个，按名额比例（优秀20%、良好50%、达标20%、不达标10%）评定"
    yield "、".join(f"{names[tier]}{tiers[tier]}个" for tier in ORDER)
    listed = standing[standing["is_bottom_five"] | (standing["tier"] == "fail")].merge(sure, on="unit_id")
    yield f"2025年度结果（定稿）：列入后五名或不达标（约谈范围）的有{len(listed)}个单位"
    for row in standing[(standing["rank"] <= 3) | standing["unit_id"].isin(listed["unit_id"])].itertuples():
        yield f"{names[row.unit_id]}（{row.total:.2f}分）"
    units = trends[trends["level"] == "total"]
    steps = units["tier_before"].map(ORDER.index) - units["tier_after"].map(ORDER.index)
    yield f"年度等次上升的单位{(steps > 0).sum()}个、下降的{(steps < 0).sum()}个"
    yield f"年度得分上升的单位{(units['change'] > 0).sum()}个、下降的{(units['change'] < 0).sum()}个"
    for row in units.sort_values("change").iloc[[0, 1, 2, -3, -2, -1]].itertuples():
        places = (
            f"位次{'升' if row.rank_change > 0 else '降'}{abs(row.rank_change):.0f}"
            if pd.notna(row.rank_change) and row.rank_change
            else "位次不变"
        )
        yield f"{names[row.unit_id]}（{signed(row.change)}分，{places}）"
    for tier in ("excellent", "fail"):
        was, now = units["tier_before"] == tier, units["tier_after"] == tier
        for ids in (units[now & ~was]["unit_id"], units[was & ~now]["unit_id"]):
            if len(ids) > 8:  # else all are named, and nothing is counted
                yield f"{names[sorted(ids)[7]]}等{len(ids)}个"
    counts = sure["verdict"].value_counts()
    yield f"{len(sure)}个单位中{counts.get('stable')}个的等次可以确认（稳定，把握95%以上）"
    yield f"{counts['borderline']}个介于相邻两个等次之间（临界），{counts['indistinct']}个尚不能定等（无法区分）"
    unsure = listed[listed["p_interview"] < 0.95]
    yield f"列入后五名或不达标的{len(listed)}个单位中，{len(unsure)}个不能排除只是偶然起伏所致"
    for row in unsure.itertuples():
        yield f"{names[row.unit_id]}（至少再得{row.margin_interview_points:.2f}分方可移出）"


def action_facts(year):
    """What follows for whom by when; working days are those of the calendar."""
    told = year.tables["consequences"].query("is_current and basis == 'annual'")
    for kind, word in (("interview", "约谈"), ("notice", "整改到位")):
        (until,) = set(told[told["kind"] == kind]["until"])
        month, day = int(until[5:7]), int(until[8:])
        yield f"依据2025年度定稿结果{word}"
        yield f"；时限：2026年{month}月{day}日。"
        yield f"（{f'{year.policy.district.office}，' * (kind == 'interview')}2026年{month}月{day}日前）。"
    called = told[told["kind"] == "interview"]
    sure = year.tables["certainty"].set_index("unit_id")["p_interview"]
    called = called.sort_values(["total", "unit_id"])
    names = [year.names[unit] for unit in called["unit_id"] if not sure[unit] >= 0.95]
    assert ANSWER.isoformat() < called["until"].min()  # results are verified before the first interview
    who = "、".join(names[:8]) + (f"等{len(names)}个" if len(names) > 8 else "")
    yield f"列入约谈范围的单位中，{who}的结果不能排除只是偶然起伏所致，先由{year.policy.district.office}核实"
    yield f"于2026年{ANSWER.month}月{ANSWER.day}日（含当日）前完成，经核实属履职问题的，再作约谈、通报批评"
    yield f"依据2025年度定稿结果，应约谈并通报批评{len(called)}个单位，其中{len(names)}个须先核实"
    for word in ("约谈", "整改到位"):
        yield f"依据2025年度定稿结果{word}，其中{len(names)}个单位核实后办理"
    yield f"其中{len(names)}个须先核实；"
    for owner in (
        f"：{year.policy.district.office}（约谈对象：列入约谈范围的{{}}个单位）",
        "：列入约谈范围的{}个单位",
    ):
        yield owner.format(len(called))
    lots = year.tables["coverage_plan"]["way"].eq("random").sum()
    seen = len(year.tables["coverage_plan"]) - lots
    yield f"2026年内按补查安排所列月份对{seen}个单位完成上门监督（其中{seen}个已逾期，先行安排）"
    yield f"将{lots}个单位列入摇号备选（其中{lots}个已逾期，未抽中的另行安排上门监督）"
    yield f"约谈前对结果不能排除只是偶然起伏所致的{len(names)}个单位核实"
    yield f"时限：2026年{ANSWER.month}月{ANSWER.day}日"
    yield f"（{year.policy.district.office}，2026年{ANSWER.month}月{ANSWER.day}日前）。"
    yield "时限：2026年12月31日"
    yield f"（{year.policy.district.office}，2026年12月31日前）。"
    yield f"本年度结果已于2026年{FINAL_ON.month}月{FINAL_ON.day}日定稿"


def load_facts(year):
    names, policy = year.names, year.policy
    yield f"满{policy.workload.coverage.months}个月未上门监督"
    yield f"的单位{len(UNSEEN)}个："
    for unit_id in UNSEEN:
        yield f"{names[unit_id]}（最近一次2023-07-12）"
    ways = year.tables["coverage_plan"]["way"].value_counts()
    yield f"到2026年末须补查的单位{ways.sum()}个：联合督查{ways['joint']}个、随机监管摇号备选{ways['random']}个"
    yield f"摇号每个单位每年至多{policy.draw.maximum_per_year}次"
    rows = year.tables["staffing"].set_index("unit_id")
    for unit_id in (BUSY, IDLE):
        row = rows.loc[unit_id]
        spans = (100 * row["load"], 100 * row["load_low"], 100 * row["load_high"])
        posts = (row["posts"], row["in_post"], row["posts_needed"], row["posts_needed_low"], row["posts_needed_high"])
        yield "的单位1个"
        yield "{}（负荷{:.0f}%，区间{:.0f}%至{:.0f}%；".format(names[unit_id], *spans)
        yield "核定编制{:.0f}名、实有{:.0f}人、所需约{:.0f}名，区间{:.0f}至{:.0f}名）".format(*posts)
    rules = policy.workload.load
    lines = f"高于{100 * rules.busy_above:.0f}%或低于{100 * rules.idle_below:.0f}%"
    yield f"其余{len(rows) - 2}个单位的负荷尚不能确认{lines}（共检验{len(rows)}个"
    yield "列出的2个中仅凭偶然的预计不超过0.1个"
    first = year.tables["staffing_moves"].iloc[0]
    yield f"至多调整{policy.workload.moves.max_moves}名编制"
    yield f"{names[IDLE]}调出编制{first['n_posts']}名至{names[BUSY]}"
    yield f"调入单位中{names[BUSY]}超编{rows.loc[BUSY, 'in_post'] - rows.loc[BUSY, 'posts']:.0f}名"
    yield f"调出单位中{names[IDLE]}超编{rows.loc[IDLE, 'in_post'] - rows.loc[IDLE, 'posts']:.0f}名，先消化超编"
    yield f"可由{100 * first['spread_before']:.1f}%降至{100 * first['spread_after']:.1f}%"


def kpi_facts(year):
    standing, states = year.tables["year_standing"], year.tables["annual_states"]
    before = states[states["year"] == 2024]
    mean, last = standing["total"].mean(), before["total"].mean()
    yield f"年度平均得分 {mean:.2f} 分"
    yield f"比上年{moved(mean - last)}"
    yield f"上年{last:.2f}"
    for rows in (standing, before):
        yield "/".join(str((rows["tier"] == tier).sum()) for tier in ORDER)
    yield f"约谈、通报批评 {(states['year'].eq(2025) & states['state'].eq('listed')).sum()} 个"
    yield f"上年{before['state'].eq('listed').sum()}个"
    yield "机构编制黑名单 1 个"
    yield "上年0个"
    yield f"满24个月未上门监督 {len(UNSEEN)} 个"
    yield "2025年度通报"
    yield "定稿（第2版） · 数据截至2025年12月31日 · 2026年1月14日定稿"


def facts_of(year) -> list[str]:
    return [fact for tell in (result_facts, action_facts, load_facts, kpi_facts) for fact in tell(year)]


def without_annexes(page: str) -> str:
    """The notice's sentences, without those of its annexes, whose rows are compared by themselves."""
    return sentences_of(page).partition("附件1")[0]


def test_every_number_of_a_sentence_is_its_own_fact(pages, year):
    assert unproved(without_annexes(pages["leadership"]), facts_of(year)) == []


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("year_standing", "total", ""),
        ("certainty", "margin_interview_points", "p_interview < 0.95"),
        ("certainty", "verdict", ""),
        ("staffing_moves", "spread_after", ""),
        ("coverage_plan", "way", ""),
        ("trends", "tier_before", ""),
    ],
)
def test_a_fact_that_is_another_is_noticed(pages, year, table, column, where):
    other = replace(year, tables=year.tables | {table: altered(year.tables[table], column, where)})
    assert unproved(without_annexes(pages["leadership"]), facts_of(other)) != []


def rows_of(page: str, caption: str) -> list[list[str]]:
    found = next(t for t in re.findall(r"<table\b.*?</table>", page, re.DOTALL) if caption in t)
    cells = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found.split("<tr>")[2:]]
    return [[html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in row] for row in cells]


def test_the_annex_has_each_units_place_tier_and_last_years(pages, year):
    standing, names = year.tables["year_standing"].sort_values("rank"), year.names
    sure, states = year.tables["certainty"].set_index("unit_id"), year.tables["annual_states"]
    before = states[states["year"] == 2024].set_index("unit_id")["tier"]
    assert rows_of(pages["leadership"], "2025年度结果：位次") == [
        [names[r.unit_id], str(r.rank), f"{r.total:.2f}", names[r.tier], names[before[r.unit_id]],
         f"{sure['rank_low'][r.unit_id]:.0f}–{sure['rank_high'][r.unit_id]:.0f}", str(r.group_rank),
         "列入" if r.is_interview else "—"]
        for r in standing.itertuples()
    ]  # fmt: skip


def test_the_table_of_years_has_the_runs_and_the_blacklist(pages, year):
    states = year.tables["annual_states"].set_index(["unit_id", "year"])
    shown = rows_of(pages["leadership"], "近年年度结果")
    ids = {name: unit_id for unit_id, name in year.names.items()}
    assert len(shown) > 8 and shown[0][0] == year.names[year.policy.unit_ids[-1]] and shown[0][4:] == ["3", "列入"]
    for name, *cells in shown:
        words = ["列入" if states["state"][ids[name], y] == "listed" else "未列入" for y in (2023, 2024, 2025)]
        assert [cell.partition("（")[0] for cell in cells[:3]] == words
        assert cells[3] == str(states["streak_years"][ids[name], 2025])


def test_paper_and_page_say_the_same(pages, year):
    page = re.sub(r"\s+", "", text_of(pages["leadership"]))
    for shown in annual_notice(year, Reader()).parts:
        for block in shown.blocks:
            if block == "特此报告。":
                continue
            said = re.sub(r"\s+", "", re.sub(r"（[RS]\d[^）]*）", "", str(block)))
            assert OVER in page
            said = said.replace(OVER, "")  # where it stands the next test tells
            is_of_paper = said.startswith("编制调整前先")  # which the page tells unit by unit
            assert hasattr(block, "cells") or said in page or "见附件" in said or is_of_paper


def test_a_paper_of_a_final_year_says_first_that_objections_are_over_and_asks_nothing_then(year):
    """It had stood behind the tasks as if it were one; a draft's days to object stay with them."""
    first, *_, last = annual_notice(year, Reader()).parts
    assert first.blocks[0].endswith(OVER) and OVER not in "".join(map(str, last.blocks))


def test_what_comes_before_a_move_of_posts_stands_beside_the_annex_that_moves_them(year):
    staffing = year.tables["staffing"]
    free = staffing.assign(posts=staffing["in_post"] + staffing["unit_id"].isin([BUSY, IDLE]) * 4)
    beyond = staffing.assign(posts=staffing["in_post"] - (staffing["unit_id"] == IDLE) * 4)
    for posts, words in (
        (free, "编制调整前先补满空编、收回空编。"),
        (beyond, "编制调整前先消化超编。"),
        (staffing.assign(posts=staffing["in_post"]), ""),
    ):
        told = annual_notice(replace(year, tables=year.tables | {"staffing": posts}), Reader(to="区委"))
        (load,) = [each for each in told.parts if each.heading.endswith("编制与工作量")]
        assert [each for each in load.blocks if str(each).startswith("编制调整前")] == [words] * bool(words)
    none = year.tables | {"staffing": free, "staffing_moves": year.tables["staffing_moves"].head(0)}
    assert "编制调整前" not in str(annual_notice(replace(year, tables=none), Reader()).parts)


def test_copied_offices_read_neither_scores_nor_loads(pages, year):
    text = text_of(pages["offices"])
    assert not [t for t in year.tables["year_standing"]["total"] if f"{t:.2f}" in text]
    assert "负荷" not in text and "上门监督" not in text
    assert "机构编制黑名单" in text and "2025年度后五名" in text and "R22" in text


def test_the_public_reads_of_no_unit(pages, year):
    text = text_of(pages["public"])
    office = year.policy.district.office
    assert not [year.names[unit] for unit in year.policy.unit_ids if year.names[unit] in text.replace(office, "")]
    assert "参评单位85个" in text and "不公布任何单个单位（部门和镇街）的" in text and not re.search(r"[RS]\d", text)


@pytest.mark.parametrize("audience", ["leadership", "offices", "public"])
def test_a_year_says_of_which_day_it_is_and_where_each_reader_finds_what_came_after(year, audience):
    day, path = f"本页为{day_name(year.edition.published)}定稿时的情况", f"{audience}.html"
    here, apart = (annual_pages(year, later_pages("2026-10", {audience: to})) for to in (path, ""))
    name = {"leadership": "月度考评通报", "offices": "抄送材料", "public": "公开版"}[audience]
    assert re.search(rf'{day}，其后的(办理)?情况见<a href="{path}">2026年10月{name}</a>。', here[audience])
    assert re.search(rf"{day}，其后的(办理)?情况见2026年10月{name}。", apart[audience])
    others = {"leadership", "offices", "public"} - {audience}
    assert not [each for each in others if "其后的" in here[each]]  # no reader is sent to another's pages
    assert "其后的" not in "".join(annual_pages(year).values())


def test_departments_are_named_where_policy_publishes_them_and_towns_never(year):
    rules = year.rules.model_copy(update={"public_units": "departments"})
    text = annual_pages(replace(year, rules=rules))["public"]
    towns = [unit.id for unit in year.policy.units if unit.is_town]
    assert "区直部门等次" in text and year.names[BUSY] in text
    assert not [unit for unit in towns if year.names[unit] in text]
    assert "不公布单个镇街的得分" in text and "任何单个单位" not in text  # what a page says of itself is true of it


def test_a_report_of_a_year_asks_nobody_and_a_page_and_a_notice_ask(year):
    """A draft: units may still object, which those above are told and others are asked for."""
    draft = replace(year, edition=replace(year.edition, state="draft"))
    periods = pd.DataFrame({"unit_id": year.policy.unit_ids, "until": "2026-01-21", "published": "2026-01-14"})
    draft = replace(draft, tables=draft.tables | {"objection_periods": periods})
    ends = {}
    for form in ("report", "notice"):
        last = annual_notice(draft, Reader(form=form)).parts[-1]
        ends[form] = last.heading, "".join(block for block in last.blocks if isinstance(block, str))
    assert ends["report"][0].endswith("下一步工作安排") and "反馈单已告知各单位" in ends["report"][1]
    assert ends["notice"][0].endswith("下一步要求") and "有异议的，请于2026年1月21日" in ends["notice"][1]
    assert "请于" not in ends["report"][1] and "请于2026年1月21日" in annual_pages(draft)["leadership"]


def test_results_are_verified_before_anybody_is_interviewed_in_every_part(year):
    notice = annual_notice(year, Reader(to="区委"))
    for heading in ("结果运用", "下一步工作安排"):
        (said,) = ["".join(map(str, each.blocks)) for each in notice.parts if each.heading.endswith(heading)]
        assert 0 <= said.index("核实") < said.index("依据2025年度定稿结果"), said


def test_the_number_of_interviews_is_split_wherever_it_stands(year):
    """Who reads `应约谈8个` alone acts on seven results that nobody has verified."""
    sure = year.tables["certainty"]
    certain = replace(year, tables=year.tables | {"certainty": sure.assign(p_interview=1.0)})
    for content, is_split in ((year, True), (certain, False)):
        report, offices = (
            annual_notice(content, Reader(to="区委", audience=each)) for each in ("leadership", "offices")
        )
        (used,) = [each for each in report.parts if each.heading.endswith("结果运用")]
        assert ("应约谈并通报批评8个单位，其中7个须先核实" in "".join(map(str, used.blocks))) == is_split
        steps = "".join(map(str, report.parts[-1].blocks))
        assert steps.count("其中7个单位核实后办理") == 2 * is_split
        (annex,) = [each for each in report.annexes if each.caption.startswith("近年年度结果和运用情况")]
        assert str(annex.cells).count("（须先核实）") == 7 * is_split
        first = "".join(map(str, offices.parts[0].blocks))
        assert ("约谈、通报批评的8个单位，其中7个须先由澄川区委编办于2026年1月21日前核实" in first) == is_split
        assert ("须先核实" in str([table.cells for table in tables_of(offices)])) == is_split
        page = text_of(render_page(annual_pages(content)["leadership"]))
        assert ("其中7个须先核实；上年" in page) == is_split and page.count("（须先核实）") == 14 * is_split


def test_the_paper_names_whom_the_year_lists_once_and_then_counts_them(year):
    listed = year.tables["year_standing"].query("is_interview").sort_values(["total", "unit_id"])["unit_id"]
    names = "、".join(year.names[unit] for unit in listed)
    paper = annual_notice(year, Reader(to="区委"))
    said = ["".join(map(str, each.blocks)) for each in paper.parts]
    assert "列入后五名或不达标（约谈范围）的有8个单位：" in said[0] and not [each for each in said if names in each]
    assert "约谈对象：列入约谈范围的8个单位" in said[-1] and "责任单位：列入约谈范围的8个单位；" in said[-1]
    assert "居后的是" not in said[1]  # with their scores they stand in the first part
    (used,) = [each for each in said if "先核实" in each]
    sure = [unit for unit in called_units(year) if unit not in unsure_units(year)]
    assert f"列入约谈范围的8个单位中，除{'、'.join(year.names[unit] for unit in sure)}外的7个单位的结果不能排除" in used
    told = year.tables["consequences"]
    fewer = told[~((told["unit_id"] == listed.iloc[0]) & told["kind"].isin(["interview", "notice"]))]
    other = annual_notice(replace(year, tables=year.tables | {"consequences": fewer}), Reader(to="区委"))
    assert "列入约谈范围的8个单位；" not in "".join(map(str, other.parts[-1].blocks))  # not the same set


def test_the_paper_tells_why_a_result_is_provisional_and_who_has_too_many_posts(year):
    standing = year.tables["year_standing"]
    doubted = standing.assign(is_provisional=standing["unit_id"] == BUSY)
    for rows, is_told in ((doubted, True), (standing, False)):
        paper = annual_notice(replace(year, tables=year.tables | {"year_standing": rows}), Reader(to="区委"))
        said = "".join(map(str, paper.parts[0].blocks))
        assert (f"{year.names[BUSY]}有经确认缺报的数据，得分和等次为暂定" in said) is is_told
        (load,) = [each for each in paper.parts if each.heading.endswith("编制与工作量")]
        assert "工作量长期超出在岗人员的单位" in load.blocks[0] and "在岗人员长期多于工作量所需的单位" in load.blocks[0]


def tables_of(paper):
    return [block for each in paper.parts for block in each.blocks if hasattr(block, "cells")] + [*paper.annexes]


def test_a_report_of_a_year_has_one_table_of_years_and_measures(year):
    """Two annexes with the same three years side by side; whoever only an earlier year lists follows in the one."""
    report = annual_notice(year, Reader(to="区委"))
    with_years = [each for each in report.annexes if {"2023年度", "2024年度", "2025年度"} <= {*each.heads}]
    (annex,) = with_years
    states = year.tables["annual_states"].query("state == 'listed' or is_blacklisted")
    assert {row[0] for row in annex.cells} == {year.names[unit] for unit in states["unit_id"]}
    held = year.tables["consequences"].query("is_current and basis == 'annual'")["unit_id"].nunique()
    measures = annex.heads.index("现行措施")
    assert [row[measures] == "—" for row in annex.cells] == [False] * held + [True] * (len(annex.cells) - held)


def test_the_step_of_coverage_says_which_year_and_what_is_done_by_then(year):
    """Of what is overdue it says so; what is not leaves nothing to be put first."""
    plan = year.tables["coverage_plan"]
    on_time = replace(year, tables=year.tables | {"coverage_plan": plan.assign(due="2026-03")})
    by_lot = "（其中1个已逾期，未抽中的另行安排上门监督）"
    for content, late, passed_by in ((year, "（其中2个已逾期，先行安排）", by_lot), (on_time, "", "")):
        steps = "".join(map(str, annual_parts(content)[-1].blocks))
        assert f"2026年内按补查安排所列月份对2个单位完成上门监督{late}，将1个单位列入摇号备选{passed_by}。" in steps
    none = replace(year, tables=year.tables | {"coverage_plan": plan.head(0)})
    assert "年内" not in "".join(map(str, annual_parts(none)[-1].blocks))


def test_a_paper_tells_no_tests_and_the_page_does(year):
    papers, page = (
        str([each.blocks for each in parts]) for parts in (annual_parts(year, Reader()), annual_parts(year))
    )
    assert "的负荷尚不能确认" in papers and "共检验" not in papers and "共检验" in page


def test_a_year_of_an_older_version_says_nothing_of_coverage_and_loads(year):
    old = replace(year, tables={name: year.tables[name] for name in NEEDED_TABLES})
    assert [each.heading for each in annual_parts(old)] == ["各单位情况", "全年运行情况", "结果运用", "下一步要求"]
    assert [each.heading for each in annual_parts(old, Reader())] == [
        "基本情况",
        "各单位情况",
        "结果运用",
        "下一步工作安排",
    ]
    assert "上门监督" not in annual_pages(old)["leadership"]


def test_a_year_says_by_what_its_listed_units_lost_more_than_their_groups(year):
    """Of years before their scores were kept it says nothing (see the test above)."""
    policy, standing = year.policy, year.tables["year_standing"]
    listed = standing[standing["is_interview"]].sort_values(["total", "unit_id"])["unit_id"].tolist()
    own, busy = policy.indicators[0].id, next(iter(policy.relative_indicators))
    rows = pd.DataFrame([{"unit_id": u, "indicator_id": i} for u in policy.unit_ids for i in (own, busy)])
    low = rows["unit_id"].isin(listed[1:]) | rows["indicator_id"].eq(busy) & rows["unit_id"].isin(listed[:1])
    rows = rows.assign(period="2025-12", scope="ytd", weight=10.0, score=90.0 - 20 * low)
    scores = TABLES["indicator_scores"].empty().reindex(range(len(rows))).assign(**rows)
    told = replace(year, tables=year.tables | {"indicator_scores": scores})
    who = [f"{year.names[unit]}3.00分" for unit in listed[1:]]
    sentence = (
        f"列入后五名或不达标的{len(listed)}个单位中，除{year.names[busy]}（相对指标）外，失分高出同类单位最多的指标及失分："
        f"{year.names[own]}，{'、'.join(who[:5])}等{len(who)}个；{year.names[listed[0]]}的失分没有明显高出同类单位的。"
    )
    for reader in (None, Reader()):
        (problems,) = [each for each in annual_parts(told, reader) if each.heading == "存在的问题"]
        assert problems.blocks == (sentence,)
    assert sentence in text_of(render_page(annual_pages(told)["leadership"]))
    assert "失分高出" not in "".join(str(annual_pages(told)[audience]) for audience in ("offices", "public"))
    assert sentence.rstrip("。") in "".join(
        map(str, (b for each in annual_notice(told, Reader()).parts for b in each.blocks))
    )


def test_a_unit_whose_year_is_short_stands_apart_and_nothing_is_said_of_how_sure_places_are(whole_book):
    policy = whole_book.at("2025-12")
    short = standing_of(policy, 2025)
    is_short = short["unit_id"] == policy.unit_ids[0]
    short.loc[is_short, ["is_counted", "is_interview", "is_bottom_five", "tier", "tier_by_score"]] = [
        False, False, False, "", ""]  # fmt: skip
    short.loc[is_short, ["n_months", "rank", "group_rank"]] = [4, pd.NA, pd.NA]
    made = make_year(whole_book, year_standing=TABLES["year_standing"].check(short))
    text = text_of(render_page(annual_pages(made)["leadership"]))
    assert f"数据不满9个月、不计位次和等次的有{made.names[policy.unit_ids[0]]}（4个月）" in text
    assert "受偶然因素影响" not in text and "区间" not in rows_of(annual_pages(made)["leadership"], "2025年度结果")[0]
    assert annual_words(replace(made, annual=made), policy.unit_ids[0])["short"] == "未参评"


def test_the_first_year_of_a_district_has_nothing_before_it(year):
    states = year.tables["annual_states"]
    first = year.tables["trends"].assign(change=float("nan"), before=float("nan"))
    tables = {"annual_states": states[states["year"] == 2025], "trends": first}
    body = annual_pages(replace(year, tables=year.tables | tables))["leadership"]
    assert "上年无数据" in body and "上年没有可比数据" in body and "上年等次" not in body


@pytest.mark.parametrize(
    ("count", "start"), [(1, "2023-01"), (5, "2023-01"), (5, "2025-08"), (1, "2025-08"), (85, "2025-08")]
)
def test_small_districts_and_those_begun_during_the_year_have_their_notice(whole_book, count, start):
    made = make_year(cut_book(whole_book, count, start))
    standing, names = made.tables["year_standing"].sort_values("rank"), made.names
    pages = {audience: text_of(render_page(body)) for audience, body in annual_pages(made).items()}
    assert not [page for page in pages.values() if re.search(r"\bnan\b|None|<NA>|NaT", page)]
    assert re.search(f"本年度参评单位 ?{count}个", pages["leadership"]) and f"参评单位{count}个" in pages["public"]
    shown = rows_of(annual_pages(made)["leadership"], "2025年度结果：位次")
    assert [(row[0], row[1]) for row in shown] == [(names[r.unit_id], str(r.rank)) for r in standing.itertuples()]
    assert ("上年无数据" in pages["leadership"]) == (start == "2025-08")
    assert ("列入机构编制黑名单的有" in pages["leadership"]) == (start == "2023-01")
    assert all(annual_words(replace(made, annual=made), unit)["told"] for unit in made.policy.unit_ids)


def test_a_veto_and_what_the_score_alone_would_bring_stand_beside_the_tier(whole_book):
    standing = standing_of(whole_book.at("2025-12"), 2025)
    best = standing["rank"].idxmin()
    standing.loc[best, "tier"] = "good"
    made = make_year(whole_book, year_standing=standing)
    (row,) = [r for r in rows_of(annual_pages(made)["leadership"], "2025年度结果：位次") if r[1] == "1"]
    assert row[3] == made.names["good"] and row[-1] == "按得分为优秀，经定性调整或一票否优"
    own = {"unit_id": standing.loc[best, "unit_id"], "kind": "veto", "scope": "month", "period": "2025-09"}
    own |= {"adjustment_id": "1", "reason": "取消当月评优资格", "document": "某文"}
    said = annual_pages(replace(made, adjustments=pd.DataFrame([own])))["leadership"]
    assert "2025年9月一票否优：取消当月评优资格，某文，按考评规则2025年9月和2025年度的等次最高均为良好）。" in said
    assert annual_words(replace(made, annual=made), standing.loc[best, "unit_id"])["short"].endswith("等次良好")


def test_a_unit_that_was_merged_has_no_place_in_the_year_and_its_listed_years_stay_told(whole_book):
    (gone,) = set(whole_book.at("2023-12").unit_ids) - set(whole_book.at("2025-12").unit_ids)
    made = make_year(whole_book)
    states = made.tables["annual_states"].assign()
    states.loc[(states["unit_id"] == gone) & (states["year"] == 2023), ["state", "reason"]] = "listed", "fail"
    page = annual_pages(replace(made, tables=made.tables | {"annual_states": states}))["leadership"]
    name = made.names[gone]
    assert name not in [row[0] for row in rows_of(page, "2025年度结果：位次")]
    (row,) = [row for row in rows_of(page, "近年年度结果") if row[0] == name]
    assert row[1] == "列入（不达标）" and row[3] == "—"


def test_a_later_month_tells_copied_offices_whose_results_were_to_be_verified_and_whom_to_ask(content, year):
    """The month's own tables know nothing of how sure the year's places are: December's do."""
    later = replace(content, tables=content.tables | {"consequences": year.tables["consequences"]}, annual=year)
    office = content.policy.district.office
    first = f"约谈、通报批评的8个单位，其中7个在定稿时须先核实（时限{day_name(ANSWER)}）；约谈时限"
    ask = f"均已过，核实、约谈、通报批评、整改、问责的情况尚未登记，由{office}于2026年11月18日前查明登记。"
    said = summary(later)
    assert first in said and ask in said
    assert "核实结果，经核实属履职问题的，再作约谈、通报批评。核实不改变" in dict(terms(later))["核实"]
    shown = dict(office_tables(later))["约谈与名单"]
    column = shown.heads.index("措施")
    unsure = {year.names[unit] for unit in unsure_units(year)}
    assert len(unsure) == 7
    assert {row[0] for row in shown.cells if "约谈、通报批评（定稿时须先核实）" in row[column]} == unsure
    assert {row[0] for row in shown.cells if "核实" in row[column]} == unsure
    # What is over stands once above the rows, the verification of some among it; the workbook has it row by row.
    over = "核实、约谈、整改时限已过，办理情况未登记"
    assert f"；状态：{over}；" in shown.caption and "状态" not in shown.heads
    columns, rows = office_lists(later)["约谈与名单"]
    (name, state) = (next(each for each in columns if each.head == head) for head in ("单位", "状态"))
    assert {name.read(row) for row in rows if state.read(row) == over} == unsure and len(rows) > len(unsure)
    book = openpyxl.load_workbook(io.BytesIO(office_workbook(later, "")))
    near = f"受偶然因素影响，2025年度{len(year.tables['certainty'])}个单位中"
    assert [sheet.title for sheet in book if near in sheet["A1"].value] == ["近三个年度列入情况"]
    cited = f"均以{office}答复为准，未经查询不作为已处理情况引用。"  # a sheet is sent on without the others
    assert [sheet.title for sheet in book if cited in sheet["A1"].value] == ["约谈与名单"]
    assert [state.read(row) for row in rows if "问责" in state.read(row)] == [
        "约谈、整改时限已过，办理情况（含问责）未登记"
    ]
    told = later.table("consequences")
    moved = told["until"].mask(told["unit_id"] == called_units(year)[-1], "2027-01-29")  # no state that all share
    apart = replace(later, tables=later.tables | {"consequences": told.assign(until=moved)})
    shown = dict(office_tables(apart))["约谈与名单"]
    places = [shown.heads.index(head) for head in ("单位", "状态")]
    waits = {row[places[0]] for row in shown.cells if row[places[1]] == over}
    assert waits == unsure - {year.names[called_units(year)[-1]]}
    for blind in (replace(later, annual=None), replace(later, annual=replace(year, policy=content.policy))):
        told = summary(blind)
        assert "其中7个" not in told and f"均已过，约谈、通报批评、整改、问责的情况尚未登记，由{office}于" in told
        assert "核实" not in dict(office_tables(blind))["约谈与名单"].caption
        assert not [row for row in dict(office_tables(blind))["约谈与名单"].cells if "核实" in row[column]]


def test_who_is_warned_of_the_blacklist_is_so_in_the_table_of_years_too(year):
    told = year.tables["consequences"].query("is_current and basis == 'annual'")
    warned = {*told.loc[told["kind"] == "warning", "unit_id"].map(year.names)}
    shown = dict(office_tables(year))["近三个年度列入情况"]
    column = shown.heads.index("黑名单")
    assert warned and {row[0] for row in shown.cells if row[column] == "预警"} == warned
    black = year.tables["annual_states"].query("year == 2025 and is_blacklisted")["unit_id"].map(year.names)
    assert {row[0] for row in shown.cells if row[column] == "列入"} == {*black} != set()


def test_a_unit_reads_its_own_result_and_what_it_led_to(year):
    last, names = year.policy.unit_ids[-1], year.names
    standing = year.tables["year_standing"].set_index("unit_id")
    told = annual_words(replace(year, annual=year), last)
    assert told["name"] == "2025年度结果（2026年1月14日定稿）"
    assert told["told"] == (
        f"得分{standing['total'][last]:.2f}分，在85个单位中位次第85，等次不达标；"
        "约谈范围：列入（后五名且不达标），连续三年列入，列入机构编制黑名单。"
    )
    best = standing["rank"].idxmin()
    assert annual_words(replace(year, annual=year), best)["told"].endswith(
        f"等次{names['excellent']}；约谈范围：未列入。"
    )


def test_each_audience_has_the_notice_beside_what_leads_to_it(content, year, tmp_path):
    write_folders(replace(content, annual=year), tmp_path)
    file = "annual-2025.html"
    assert (tmp_path / file).read_bytes() == (tmp_path / "leadership" / file).read_bytes()
    for audience in ("leadership", "offices", "public"):
        assert f'href="{file}"' in (tmp_path / audience / "index.html").read_text("utf-8")
        assert (tmp_path / audience / file).is_file()
    assert not (tmp_path / "feedback" / file).exists()
    own = (tmp_path / "feedback" / f"{IDLE}_{content.names[IDLE]}.html").read_text("utf-8")
    assert 'href="#annual"' in own and 'id="annual"' in own
    totals = year.tables["year_standing"].set_index("unit_id")["total"]
    assert f"得分{totals[IDLE]:.2f}分" in own and f"{totals[BUSY]:.2f}" not in own


def test_without_a_final_year_nothing_leads_to_a_notice(content, tmp_path):
    write_folders(content, tmp_path)
    pages = [path.read_text("utf-8") for path in tmp_path.rglob("*.html")]
    assert not [page for page in pages if "annual" in page or "年度通报" in page]


def test_a_bulletin_leads_to_the_last_final_year(year):
    states = year.tables["annual_states"]
    assert final_year(states) == 2025
    assert '<a href="annual-2025.html">2025年度通报（定稿）</a>' in annual_link(2025)
    assert final_year(states.assign(state=states["state"].where(states["year"] < 2025, "draft"))) == 2024
    assert (final_year(states.head(0)), annual_link(None)) == (None, "")


@pytest.mark.browser
@pytest.mark.parametrize("audience", ["leadership", "offices", "public"])
@pytest.mark.parametrize("width", [1440, 360])
def test_the_page_has_no_fault_and_never_moves_sideways(browser, pages, tmp_path, audience, width):
    (tmp_path / "page.html").write_text(pages[audience], encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    faults = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []
    heads = page.locator("main h2").all_inner_texts()
    assert page.locator(".contents a").all_inner_texts() == (heads if len(heads) > 2 else [])
    assert page.locator("a.skip").count() == 1
    page.close()


@pytest.mark.browser
def test_on_paper_the_notice_takes_four_sheets_before_its_annexes(browser, pages, tmp_path):
    body = re.split(r"<h2 [^>]*class=.page-break", pages["leadership"])[0]
    whole, cut = (tmp_path / name for name in ("whole.html", "cut.html"))
    whole.write_text(pages["leadership"], encoding="utf-8")
    cut.write_text(body + "</main></body></html>", encoding="utf-8")
    sheets = {}
    for file in (whole, cut):
        page = browser.new_page()
        page.goto(file.as_uri())
        pdf = page.pdf(prefer_css_page_size=True, print_background=True)
        sheets[file.stem] = len(re.findall(rb"/Type\s*/Page\b", pdf))
        page.close()
    assert sheets["cut"] <= 4 and sheets["whole"] > sheets["cut"] + 5


def test_the_years_first_screen_says_how_it_was_who_is_listed_how_sure_that_is_and_what_is_to_be_done(year):
    page = annual_pages(year)["leadership"]
    first = page[page.index('<div class="lead">') : page.index("<h2>一、")]
    heads = re.findall(r"<strong>(.*?)：</strong>", first)
    assert heads == ["总体情况", "得分先后", "约谈范围", "把握", "要办"]
    rest = page[page.index("<h2>一、") :]
    for said in ("得分居前的是", "个的等次可以确认", "年度全区平均得分"):  # once on a page
        assert said in first and said not in rest.split("附件1")[0]
    unsure = annual_pages(replace(year, tables=year.tables | {"certainty": year.tables["certainty"].head(0)}))
    assert "<strong>把握：" not in unsure["leadership"]
    assert '<div class="lead">' not in annual_pages(year)["offices"]


def kinds_of(year):
    """How many tiers lie between two, and how many cannot be told at all; a sentence names only those that are."""
    counts = year.tables["certainty"]["verdict"].value_counts()
    kinds = {"borderline": "介于相邻两个等次之间", "indistinct": "尚不能定等"}
    return "，".join(f"{counts[kind]}个{words}" for kind, words in kinds.items() if counts.get(kind))


def test_copied_offices_read_how_sure_a_years_tiers_are_and_that_what_a_month_warns_of_waits_too(content, year):
    later = replace(content, tables=content.tables | {"consequences": year.tables["consequences"]}, annual=year)
    shown = dict(office_tables(later))["本月预警"]
    held = {row[0]: row[shown.heads.index("年度定稿应采取的措施")] for row in shown.cells}
    waits = {name for name, words in held.items() if "（定稿时须先核实）" in words}
    assert waits == {year.names[unit] for unit in unsure_units(year)} & set(held) and waits
    stable = (year.tables["certainty"]["verdict"] == "stable").sum()
    told = dict(use_rows(later))["年度定稿结果"]
    count = len(year.tables["certainty"])
    assert f"2025年度{count}个单位中{count - stable}个的等次不能确认（{kinds_of(year)}），不宜单独用于区分高低" in told
    sure = [year.names[unit] for unit in called_units(year) if unit not in unsure_units(year)]
    assert len(sure) == 1 and f"其列入约谈范围不能排除系偶然起伏所致；{sure[0]}的列入可以确认。" in told
    # What became of measures nobody here knows, of those who are surely listed either.
    called, waits = called_units(year), len(unsure_units(year))
    asked = f"列入约谈范围的{len(called)}个单位是否已约谈、通报批评、整改（其中{waits}个是否已核实）"
    asked += "，列入黑名单的1个单位是否已问责，均以"
    assert asked in told and f"应约谈{len(called)}个单位、应通报批评{len(called)}个单位" in summary(later)
    certain = year.tables["certainty"]
    for chance, verified in ((1.0, "整改，列入"), (0.5, "整改、核实，列入")):  # of nobody, and of all
        alike = replace(year, tables=year.tables | {"certainty": certain.assign(p_interview=chance)})
        told = dict(use_rows(replace(later, annual=alike)))["年度定稿结果"]
        assert f"通报批评、{verified}" in told and ("须先核实" in told) == (chance < 1)
    rows = year.tables["consequences"]
    white = replace(year, tables=year.tables | {"consequences": rows[rows["kind"] != "blacklist"]})
    assert "问责" not in dict(use_rows(replace(later, annual=white)))["年度定稿结果"]
    assert "的等次不能确认" not in dict(use_rows(replace(later, annual=None)))["年度定稿结果"]


def test_the_public_reads_by_when_a_final_year_leads_to_what_and_how_many_are_blacklisted(year):
    """A count names nobody."""
    page, states = text_of(render_page(annual_pages(year)["public"])), year.tables["annual_states"]
    black = states[states["is_blacklisted"].astype(bool)]["year"].value_counts()
    assert black.get(2025, 0) and "核实时限" in page and "、约谈时限" in page
    assert "、整改时限2026年3月3日）。约谈指" in page
    assert "不能排除只是偶然起伏，先行核实，经核实属履职问题的再约谈、通报批评（核实时限" in page  # what it may change
    what = "连续三年为后五名或不达标的单位列入并问责，其后有一个年度不再列入即移出"
    assert f"列入机构编制黑名单的单位{black[2025]}个，上年{black.get(2024, 0)}个（{what}）。" in page
    called = called_units(year)
    assert f"按年度结果应约谈、通报批评的单位{len(called)}个，" in page and "应通报批评的" not in page  # one number
    rows = year.tables["consequences"]
    fewer = rows[(rows["kind"] != "notice") | (rows["unit_id"] != called[0])]
    apart = text_of(render_page(annual_pages(replace(year, tables=year.tables | {"consequences": fewer}))["public"]))
    assert f"应约谈的单位{len(called)}个，" in apart and f"；应通报批评的单位{len(called) - 1}个。" in apart
    meant = f"约谈指{year.policy.district.office}约见单位主要负责人，由其说明失分原因、整改措施"
    assert page.index("应约谈、通报批评的单位") < page.index(meant) and "见《考评办法说明》。" in page
    assert all(meant not in text_of(render_page(annual_pages(year)[each])) for each in ("leadership", "offices"))
    told = year.tables["consequences"]
    none = replace(year, tables=year.tables | {"consequences": told[told["kind"] != "notice"]})
    assert not [word for word in ("通报批评", "整改时限") if word in annual_pages(none)["public"]]
    assert "按年度结果应约谈的单位" in annual_pages(none)["public"]
    nobody = states.assign(is_blacklisted=False)
    assert "黑名单" not in annual_pages(replace(year, tables=year.tables | {"annual_states": nobody}))["public"]


def test_the_public_reads_how_many_of_a_final_years_tiers_are_near_the_next_and_of_none_whose(year):
    sure = year.tables["certainty"]
    stable = (sure["verdict"] == "stable").sum()
    page = text_of(render_page(annual_pages(year)["public"]))
    told = (
        f"2025年度{len(sure)}个单位中{len(sure) - stable}个的等次不能确认（{kinds_of(year)}），不宜单独用于区分高低。"
    )
    assert stable and told in page and "可以确认的是" not in page
    blind = replace(year, tables=year.tables | {"certainty": sure.head(0)})
    assert "的等次不能确认" not in annual_pages(blind)["public"]


def test_a_final_years_public_page_leads_to_the_month_that_tells_what_came_after(content, year, tmp_path):
    write_folders(replace(content, annual=year), tmp_path / "later")
    said = '2026年1月14日定稿时的情况，其后的情况见<a href="index.html">2026年10月公开版</a>。'
    assert said in (tmp_path / "later" / "public" / "annual-2025.html").read_text("utf-8")
    write_folders(replace(year, annual=year), tmp_path / "own")  # its own December tells nothing more
    assert "其后的情况" not in (tmp_path / "own" / "public" / "annual-2025.html").read_text("utf-8")


def test_the_public_reads_of_each_month_that_outcomes_of_a_final_year_are_not_registered(content, year):
    """Its yearly page says what was to follow by when; a year later nobody could read that nothing is known of it."""
    later = replace(content, tables=content.tables | {"consequences": year.tables["consequences"]}, annual=year)
    n_black = (
        year.tables["consequences"].query("is_current and kind == 'blacklist' and year == 2025")["unit_id"].nunique()
    )
    black = f"（含列入黑名单的{n_black}个单位的问责）"
    told = (
        f"2025年度核实、约谈、整改时限已过，{len(called_units(year))}个单位的办理情况{black}均未登记，由澄川区委编办于"
    )
    assert f"{told}2026年11月18日前查明登记。" in public_body(later)
    nothing = content.tables | {"consequences": year.tables["consequences"].head(0)}
    assert "未登记" not in public_body(replace(content, tables=nothing))


def test_whom_deductions_alone_list_is_told_to_leaders_and_to_the_unit(year):
    """Two units of the sample's 2025 were called in for 0.50 points that no paper named."""
    unit, other = called_units(year)[:2]
    gap = year.tables["certainty"].set_index("unit_id")["margin_interview_points"]
    rows = year.tables["unit_scores"].assign(scope="ytd", deductions=0.0)
    rows["deductions"] = rows["deductions"].mask(rows["unit_id"] == unit, gap[unit])
    rows["deductions"] = rows["deductions"].mask(rows["unit_id"] == other, gap[other] - 0.01)
    made = replace(year, tables=year.tables | {"unit_scores": rows})
    (problems,) = [each for each in annual_parts(made) if each.heading == "存在的问题"]
    name, told = year.names[unit], f"扣分{gap[unit]:.2f}分"
    assert problems.blocks == (f"{name}如未被扣分（其他单位不变），即不列入约谈范围：{name}{told}。",)
    assert deduction_words(made, unit) == told
    assert deduction_words(made, other) == f"扣分{gap[other] - 0.01:.2f}分" and deduction_words(year, unit) == ""
    standing = made.tables["year_standing"]
    held = standing.assign(tier_by_score=standing["tier_by_score"].mask(standing["unit_id"] == unit, "pass"))
    judged = replace(made, tables=made.tables | {"year_standing": held})  # by a judgement, which no points lift (S3)
    assert not [each for each in annual_parts(judged) if each.heading == "存在的问题"]
    papers = {paper.kind: paper for paper in year_papers(made, unit)}
    said = "".join(map(str, papers["interview"].parts[0].blocks))
    assert f"另有{told}。" in said and "如未被扣分" not in said  # what might have been is for leaders to weigh


def test_of_each_year_the_day_is_told_by_which_its_own_outcomes_are_registered(content, year):
    """Asked for the month before are those of another year alone."""
    told = year.tables["consequences"]
    both = pd.concat([told, told.assign(year=2024)], ignore_index=True)
    later = replace(content, tables=content.tables | {"consequences": both}, annual=year)
    (task,) = [each for each in later.all_tasks if each.kind == "outcomes" and each.subject.startswith("2024")]
    asked = replace(later, tasks_before=(replace(task, until=date(2026, 10, 23)),))
    first, second = re.findall(r"20\d\d年度定稿结果：.*?登记(?:（原定[^）]*）)?。", summary(asked))
    assert first.startswith("2025") and "原定" not in first
    assert second.startswith("2024") and second.endswith("（原定2026年10月23日前完成，逾期未登记）。")
    public = text_of(render_page(public_body(asked)))  # reads the same of the year alone that was asked for before
    assert "均未登记，由澄川区委编办于2026年11月18日前查明登记（原定2026年10月23日前完成，逾期未登记）。2025" in public
    assert public.count("，逾期未登记）") == 1
