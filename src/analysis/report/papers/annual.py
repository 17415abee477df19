"""年度通报: the notice of a year, from the tables of its December; paper and page say the same (S35, S40, S42, S44)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from analysis.policy.papers import Reader
from analysis.report.bulletin import who_leads_who_falls_behind
from analysis.report.certainty import describe_certainty, describe_line
from analysis.report.coverage import coverage_table, is_by_lot, plan_table, plan_year, tell_coverage
from analysis.report.grading import bottom_name, tell_provisional
from analysis.report.lowest import tell_lowest
from analysis.report.measures import annual_finding, consequence_table, share_words, states_table
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_terms import use_rows
from analysis.report.packs.year_losses import deduction_words, lists_alone
from analysis.report.page.pieces import Column, Table, number, text
from analysis.report.papers.frame import PAGES, STEPS, notice_paper
from analysis.report.papers.notice import tell_objections, tell_tasks
from analysis.report.papers.offices import offices_notice
from analysis.report.papers.paper import Paper, Part, by_day, cite, fit, leave_out, number_items, part, split_caption
from analysis.report.papers.tables import load_annex, measures_annex, moves_annex, plan_annex
from analysis.report.scores import standing_finding
from analysis.report.staffing import staffing_table, tell_quadrants, tell_staffing
from analysis.report.staffing_moves import moves_table, tell_first, tell_moves
from analysis.report.tasks import Task, merge_tasks, overdue_visits, owner_words, task_rows
from analysis.report.trends import tell_tiers, tell_year_to_date
from analysis.report.verify import certainty_of_year, doubt_words, unsure_units, verify_until
from analysis.report.words import DASH, day_name, listing
from analysis.report.year import LISTED, tell_ruled, year_finding, year_rows, year_table
from analysis.report.year_round import tell_over_year, tell_year_round

_TASKS = ("interview", "notice")
_NAMED = 8  # units in a sentence
NOTICE = Reader(form="notice")
_LOAD, _COVERAGE = "编制与工作量", "监督覆盖"


def annual_notice(content: PackContent, reader: Reader) -> Paper:
    """Return the notice of a year for a reader (R21, R22, S35).

    Args:
        content: the year's December.
        reader: to whom it goes.
    """
    what = f"{content.policy.period[:4]}年度机关职能运行监管结果"
    if reader.audience == "offices":
        scope = year_name(content)
        told = [unfinal_words(content), *(f"{which}{words}" for which, words in use_rows(content, scope))]
        return offices_notice("annual", at_year(content), reader, what, scope, told)
    annexes = _on_paper(content)
    parts = [_citing(each, annexes.get(each.heading, [])) for each in annual_parts(content, reader)]
    load = next((each.blocks for each in parts if each.heading == _LOAD), ())
    moved = tell_tiers(content.table("trends"), "annual", content.names)
    # Posts and visits are in annexes too.
    seen = next((each.blocks[1:] for each in parts if each.heading == _COVERAGE), ())
    spare = [*load[:1:-1], moved, _line(content, counted_units(content)), *seen, *load[1:2], _how_sure(content)]
    tables = [shown for found in annexes.values() for shown in found]
    return fit(notice_paper("annual", content, reader, what, parts, tables), PAGES, spare)


def _citing(said: Part, annexes: list[Table]) -> Part:
    """Return a part whose first paragraph, which stays, cites the annexes that belong to it."""
    titles = [split_caption(shown)[0] for shown in annexes]
    where = f"{'、'.join(titles)}见{'、'.join(map(cite, titles))}。" * bool(titles)
    return part(said.heading, "".join(said.blocks[:1]) + where, *said.blocks[1:])


def _on_paper(content: PackContent) -> dict[str, list[Table]]:
    """Return the tables of all units as a paper has room for them, by the part of the notice that cites them."""
    policy, names, table = content.policy, content.names, content.table
    of_year = replace(content, tables=content.tables | {"consequences": _of_year(content)})
    narrow = ("距约谈线（分）", f"{bottom_name(policy.grading)}概率", "区间")
    plan = plan_annex(table("coverage_plan"), policy, content.edition.published)
    moves = moves_annex(table("staffing_moves"), table("staffing"), names)
    found = {
        "各单位情况": [leave_out(_standing(content), *narrow)],
        "结果运用": [measures_annex(of_year, unsure_units(content), with_past=True)],
        _COVERAGE: [plan],
        _LOAD: [load_annex(table("staffing"), policy), moves],
    }
    return {heading: [each for each in tables if each and each.cells] for heading, tables in found.items()}


def year_name(content: PackContent) -> str:
    """Return `2025年度`."""
    return f"{content.policy.period[:4]}年度"


def unfinal_words(content: PackContent) -> str:
    """Return that nothing follows from a year that is not final yet, nothing of one that is (S27)."""
    return "" if content.edition.state == "final" else "年度结果未定稿，不据此约谈、通报或列入黑名单。"


def counted_units(content: PackContent) -> pd.DataFrame:
    """Return the units whose year counts (S35), as rows of `unit_scores`."""
    standing = content.table("year_standing")
    return standing[standing["is_counted"]].assign(tier_reason="", scope="month")


def at_year(content: PackContent) -> PackContent:
    """Return the content with the year's results and what follows from them in the place of the month's."""
    of_year = {"unit_scores": counted_units(content), "consequences": _of_year(content)}
    return replace(content, tables=content.tables | of_year)


def annual_parts(content: PackContent, reader: Reader | None = None) -> list[Part]:
    """Return what the notice to leadership says, a part a subject; one of which nothing is known has no blocks.

    Args:
        content: the year's December.
        reader: of a paper, to whom it goes; without one it is the page, a notice that tells its tests.
    """
    told, is_page = counted_units(content), reader is None
    over = _over(content, reader) if reader else ""
    of_year = [] if is_page else [_year(content, told, over, *tell_provisional(told, content.names))]
    round_ = [part("全年运行情况", *tell_year_round(content))] * is_page
    of_units = [_units(content, told, is_page=is_page), *round_, *_problems(content, told, on_paper=not is_page)]
    of_results = _results(content, on_paper=not is_page)
    steps = _steps(content, reader or NOTICE, is_told=bool(over))
    return [*of_year, *of_units, of_results, *_coverage(content, is_page=is_page), steps]


def _over(content: PackContent, reader: Reader) -> str:
    """Return of a final year that nobody may object any more: what stands, not what is done next."""
    return tell_objections(content, reader) if content.edition.state == "final" else ""


def _listed(content: PackContent) -> list[str]:
    """Return whom the year lists, the lowest total first: the order of all lists of the notice."""
    counted = counted_units(content)
    return counted[counted["is_interview"]].sort_values(["total", "unit_id"])["unit_id"].tolist()


def _above(content: PackContent, units: Iterable[str]) -> str:
    """Return `列入约谈范围的8个单位` for all whom the first part or screen names and no other; else nothing."""
    listed = _listed(content)
    return f"列入约谈范围的{len(listed)}个单位" * (1 < len(listed) <= LISTED and {*units} == {*listed})


def annual_lead(content: PackContent) -> dict[str, list[str]]:
    """Return the first screen of the page: how it was, who leads, who is listed, how sure that is, what must be done.

    Args:
        content: the year's December.
    """
    units = counted_units(content)
    (how, *listed), asked = _year(content, units).blocks, _asked(content)
    return {
        "总体情况": [how],
        "得分先后": [who_leads_who_falls_behind(units, content.names)] if len(units) else [],
        "约谈范围": listed,
        "把握": [_certainty(content)],
        "要办": [f"{what}{_by_whom(content, who, until)}。" for what, who, until in asked],
    }


def _by_whom(content: PackContent, who: str, until: str) -> str:
    """Return in brackets until when something is done, and that it is the office's where it is."""
    office = content.policy.district.office
    told = [office] * who.startswith(office) + [f"{until}前"] * bool(until)
    return f"（{'，'.join(told)}）" * bool(told)


def _year(content: PackContent, counted: pd.DataFrame, over: str = "", *more: str) -> Part:
    policy, names, table = content.policy, content.names, content.table
    return part(
        "基本情况",
        tell_year_to_date(table("trends"), policy) + standing_finding(counted, policy.grading, names, "本年度") + over,
        year_finding(year_rows(table("year_standing"), table("certainty")), policy, content.edition, names),
        *more,
    )


def _units(content: PackContent, counted: pd.DataFrame, *, is_page: bool) -> Part:
    """Return who leads, who moved and how sure that is; a page's first screen has told the half of it."""
    moved, line = tell_tiers(content.table("trends"), "annual", content.names), _line(content, counted)
    if is_page:
        rows = year_rows(content.table("year_standing"), content.table("certainty"))
        ruled = tell_ruled(rows, content.adjustments, content.policy, content.names)
        return part("各单位情况", moved, *(f"{clause}。" for clause in ruled), line)
    listed = _listed(content)  # the part before names them
    leads = who_leads_who_falls_behind(counted, content.names, listed[:LISTED]) if len(counted) else ""
    return part("各单位情况", leads, moved, _how_sure(content), line)


def _problems(content: PackContent, counted: pd.DataFrame, *, on_paper: bool) -> list[Part]:
    """Return the part on what the listed units lost more by than their groups.

    None where nobody did, or where a revision lacks the scores that tell it.
    """
    listed = _listed(content)
    told = tell_lowest(counted, listed, content.table("indicator_scores", "ytd"), content.policy)
    deducted = [unit for unit in listed if lists_alone(content, unit)]
    is_one = len(deducted) == 1
    who = content.names[deducted[0]] if is_one else f"下列{len(deducted)}个单位，任一单位"
    told_of = [deduction_words(content, unit, is_short=on_paper) for unit in deducted]
    if on_paper and not is_one:  # the page says why
        told_of = [f"（{each.partition('，')[0].replace('扣分', '扣', 1)}）" for each in told_of]
    whose = ("、" if on_paper else "；").join(map("".join, zip(map(content.names.get, deducted), told_of, strict=True)))
    why = "，事由见反馈单" * (on_paper and not is_one)
    alone = f"{who}如未被扣分（其他单位不变），即不列入约谈范围：{whose}{why}。" * bool(deducted)
    return [part("存在的问题", f"{told}。" * bool(told) + alone)] * bool(told or alone)


def _certainty(content: PackContent) -> str:
    sure = certainty_of_year(content)
    return describe_certainty(sure, content.names, content.policy.noise.confidence_pct) if len(sure) else ""


def _how_sure(content: PackContent) -> str:
    """Return on paper, which has little room, how many tiers are sure; whose, the page says (S32)."""
    told, mark, _ = _certainty(content).partition("。")
    return told + mark


def _line(content: PackContent, counted: pd.DataFrame) -> str:
    policy, sure = content.policy, certainty_of_year(content)
    told = (sure, counted, policy.grading, content.names, policy.noise.confidence_pct)
    return describe_line(*told) if len(sure) else ""


def _results(content: PackContent, *, on_paper: bool) -> Part:
    """Return what follows from the year: first whose result is verified, then who is interviewed (R21, R22).

    On paper an annex tells the years before too.
    """
    policy, names, states = content.policy, content.names, content.table("annual_states")
    return part(
        "结果运用",
        _verified(content, on_paper=on_paper),
        annual_finding(content.table("consequences"), states, policy.consequences, names, unsure_units(content)),
        "" if on_paper else states_table(states, policy.consequences, policy.grading, names),
    )


def _verified(content: PackContent, *, on_paper: bool) -> str:
    """Return whose result the office verifies before the interview, and until when: who may be listed by chance."""
    found, until = unsure_units(content), verify_until(content)
    if not found:
        return ""
    listed = _listed(content)
    others = listing([content.names[unit] for unit in listed if unit not in found], _NAMED)
    who = "列入约谈范围的单位中，" + listing([content.names[unit] for unit in found], _NAMED)
    if on_paper and _above(content, listed) and 2 * len(found) > len(listed) and {*found} <= {*listed}:
        who = _above(content, listed) + f"中，除{others}外的{len(found)}个单位" * bool(others)
    doubt, office = doubt_words(content, found), content.policy.district.office
    rows = _of_year(content)
    is_new = rows["is_current"] & (rows["year"] == int(content.policy.period[:4]))
    is_listed = rows["unit_id"].isin(found) & is_new & (rows["kind"] == "blacklist")
    what = f"经核实属履职问题的，再作约谈、通报批评{'、列入黑名单' * bool(is_listed.any())}。"
    if on_paper:  # by whom and until when, its last part says
        return f"{who}的结果{doubt}，先核实，{what.removeprefix('经核实').replace('的，', '的', 1)}"
    return f"{who}的结果{doubt}，先由{office}核实" + (f"，于{by_day(until)}完成" if until else "") + f"，{what}"


def _coverage(content: PackContent, *, is_page: bool) -> list[Part]:
    """Return the parts on coverage and on the load of posts (S40–S42), none where the revision has no such tables."""
    policy, table, told = content.policy, content.table, []
    if {"coverage", "coverage_plan"} <= content.tables.keys():
        told.append(
            part(_COVERAGE, *tell_coverage(table("coverage"), table("coverage_plan"), policy, with_days=is_page))
        )
    if {"staffing", "staffing_moves"} <= content.tables.keys():
        staffing, moves = table("staffing"), table("staffing_moves")
        is_known = (staffing["load_state"] != "unknown").any()
        load = tell_staffing(staffing, policy, is_page=is_page)
        load += [tell_over_year(table("monthly_loads"), policy)] * is_page
        load += [tell_quadrants(staffing, policy)] if is_known else []
        # On paper, which spares the rest first, who has too few and who too many stay together.
        n_kept = 0 if is_page else staffing.loc[staffing["load_state"].isin(["busy", "idle"]), "load_state"].nunique()
        load = ["".join(load[:n_kept]), *load[n_kept:]]
        shifted = tell_moves(moves, staffing, content.names, policy.workload.moves) if len(moves) else ""
        first = "" if is_page else tell_first(moves, staffing)  # on paper the rest is spared before it
        told.append(part(_LOAD, load[0], first, *load[1:], shifted))
    return told


def _steps(content: PackContent, reader: Reader, *, is_told: bool) -> Part:
    asked, objections = tell_tasks(_asked(content)), "" if is_told else tell_objections(content, reader)
    return part(STEPS[reader.is_report], *number_items(asked), objections)


def _asked(content: PackContent) -> list[tuple[str, str, str]]:
    """Return the rows of 下一步 in the order in which they are done: what, who, until when."""
    policy, office = content.policy, content.policy.district.office
    of_total = counted_units(content).set_index("unit_id")["total"]
    tasks = [task for task in content.all_tasks if task.kind in _TASKS]
    tasks.sort(key=lambda task: (of_total.get(task.owner, 0.0), task.owner))  # the order of all lists of the notice
    who, until = unsure_units(content), verify_until(content)
    first = f"约谈前对结果{doubt_words(content, who)}的{len(who)}个单位核实" if who else ""
    asked = [(first, office, day_name(until) if until else "")] * bool(who)
    asked += _named_once(content, _conditional(task_rows(policy, tasks, content.names), tasks, who), tasks)
    if seen := _planned(content):
        asked.append((seen, office, day_name(date(int(policy.period[:4]) + 1, 12, 31))))
    return asked


def _conditional(
    rows: Sequence[tuple[str, str, str]], tasks: Sequence[Task], unsure: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Return rows of 下一步 that say of how many of their units the result is verified first."""
    told = [
        share_words([part.owner for part in parts], unsure, "核实后办理", "个单位") for _, parts in merge_tasks(tasks)
    ]
    return [(what + f"，{first}" * bool(first), *rest) for (what, *rest), first in zip(rows, told, strict=True)]


def _named_once(
    content: PackContent, rows: Sequence[tuple[str, str, str]], tasks: Sequence[Task]
) -> list[tuple[str, str, str]]:
    """Return rows of 下一步 in which those whom paper and page have named before have no names."""
    merged = [parts for _, parts in merge_tasks(tasks)]
    above = [_above(content, [part.owner for part in parts]) for parts in merged]
    names = [owner_words(parts, content.names) for parts in merged]
    return [
        (what, who.replace(whole, short) if short else who, until)
        for (what, who, until), short, whole in zip(rows, above, names, strict=True)
    ]


def _planned(content: PackContent) -> str:
    """Return how many units are to be seen next year, and how many of them only stand in the lot; empty for none."""
    plan, policy = content.table("coverage_plan"), content.policy
    is_lot = plan["way"].map(lambda way: is_by_lot(way, policy)).astype(bool)
    seen, lots = plan[~is_lot], plan[is_lot]
    late, waiting = (len(overdue_visits(rows, content.edition.published)) for rows in (seen, lots))
    first = f"（其中{late}个已逾期，先行安排）" * bool(late)
    told = [f"按补查安排所列月份对{len(seen)}个单位完成上门监督{first}"] * bool(len(seen))
    # A lot may pass a unit by: whom nobody saw in time is named for a visit if it does.
    besides = f"（其中{waiting}个已逾期，未抽中的另行安排上门监督）" * bool(waiting)
    told += [f"将{len(lots)}个单位列入摇号备选{besides}"] * bool(len(lots))
    return f"{plan_year(policy)}年内" * bool(told) + "，".join(told)


def _of_year(content: PackContent) -> pd.DataFrame:
    rows = content.table("consequences")
    return rows[rows["basis"] == "annual"]


def annual_annexes(content: PackContent) -> list[Table]:
    """Return the notice's tables of all units; those in which no row stands are left out."""
    policy, names, table = content.policy, content.names, content.table
    tables = [
        _standing(content),
        consequence_table(_of_year(content), policy.grading, names, unsure_units(content), is_annex=False),
        plan_table(table("coverage_plan"), policy, content.edition.published),
        coverage_table(table("coverage"), policy),
        staffing_table(table("staffing"), policy),
        moves_table(table("staffing_moves"), table("staffing"), names),
    ]
    return [each for each in tables if each and each.cells]


def _standing(content: PackContent) -> Table:
    rows = year_rows(content.table("year_standing"), content.table("certainty"))
    return year_table(rows, content.policy, content.edition, content.names, _beside_the_tier(content))


def _beside_the_tier(content: PackContent) -> list[Column]:
    """Return the columns of last year's tier and of the span of the place, where the year has them."""
    names, states, sure = content.names, content.table("annual_states"), certainty_of_year(content)
    before = states[(states["year"] == int(content.policy.period[:4]) - 1) & (states["tier"] != "")]
    tiers = dict(zip(before["unit_id"], before["tier"], strict=True))
    spans = {r.unit_id: f"{r.rank_low}–{r.rank_high}" for r in sure.itertuples() if pd.notna(r.rank_low)}
    return [
        *([text("上年等次", lambda r: names.get(tiers.get(r.unit_id), DASH))] if tiers else []),
        *([number("区间", lambda r: spans.get(r.unit_id, DASH))] if spans else []),
    ]
