"""通报: the notice of a month, on paper, from the sentences and tables of the pages (S44)."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import chain
from operator import itemgetter

import pandas as pd

from analysis.policy.papers import Reader
from analysis.report.actions import ledger_finding, red_finding
from analysis.report.adjustments import adjustment_finding
from analysis.report.bulletin import how_the_district_did, how_to_object, still_open, who_leads_who_falls_behind
from analysis.report.certainty import describe_certainty, describe_line
from analysis.report.duties import duties_finding
from analysis.report.grading import tell_provisional
from analysis.report.hotline import answer_hotline, name_risen, repeats_finding, rising_finding
from analysis.report.indicators import tell_worsened
from analysis.report.integrity import tell_alike
from analysis.report.lowest import lowest_table, tell_lowest
from analysis.report.measures import tell_overdue_measures
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_terms import THIS_MONTH, provisional_words, use_rows
from analysis.report.page.pieces import Table, table, text
from analysis.report.papers.frame import PAGES, STEPS, notice_paper
from analysis.report.papers.offices import offices_notice
from analysis.report.papers.paper import (
    Paper,
    Part,
    cite,
    fit,
    has_room,
    headed,
    leave_out,
    part,
    split_caption,
)
from analysis.report.papers.tables import measures_annex, overdue_annex
from analysis.report.scores import standing_finding, standing_rows, standing_table, tell_ties
from analysis.report.tasks import PRESSING, task_rows
from analysis.report.trends import tell_noise, tell_tiers
from analysis.report.verify import unsure_units
from analysis.report.watch import watch_finding, watch_reason, watch_table
from analysis.report.words import WORDS, day_name, month_name
from analysis.report.year import tell_blacklist, tell_listed, tell_ruled, year_finding, year_rows
from analysis.scoring.tiers import mark_interview

_NAMED = 5  # units in a sentence; a table tells the others
_TASK_SHARES = (48, 38, 14)
_GRAVEST = ("outcomes",)  # measures of a year that nobody knows to have been taken
_SPAN = "区间"
# Problems that give way to the tasks that press, step by step: which indicators cost the listed units most, which an
# annex has too; then what rose, who is watched and what is nobody's duty stand in short, at last among the tasks alone.
_LOWEST, _FOUND, _SHORT = "lowest", "found", "short"
_PROBLEMS = ({_LOWEST, _FOUND}, {_FOUND}, {_SHORT}, set())


def month_notice(content: PackContent, reader: Reader) -> Paper:
    """Return the notice of a month for a reader; what copied offices get holds only their content (S23)."""
    what = f"{month_name(content.policy.period)}机关职能运行监管情况"
    if reader.audience == "offices":
        told = [f"{which}：{words}" for which, words in use_rows(content)]
        return offices_notice("notice", content, reader, what, THIS_MONTH, told)
    by_weight, n_pressing = _by_weight(content)
    for told in _PROBLEMS:
        notice, n_told = _month_notice(content, reader, what, by_weight, told)
        if n_told >= n_pressing:
            break
    return notice


def _month_notice(
    content: PackContent,
    reader: Reader,
    what: str,
    by_weight: list[tuple[str, str, str]],
    problems: Collection[str],
) -> tuple[Paper, int]:
    """Return the notice with as many tasks as there is room for beside what was found, and how many these are.

    Args:
        content: the month's.
        reader: to whom it goes.
        what: on what.
        by_weight: see `_by_weight`.
        problems: which of them stand in the notice (see `_PROBLEMS`).
    """
    annexes = _annexes(content)
    found = _problems(content, annexes, problems)
    parts = [_district(content, STEPS[reader.is_report]), _units(content, annexes), found]
    spare = [tell(content) for tell in (_repeated, _worsened, _moved, _adjusted, _year_so_far, _noise)]
    rows = task_rows(content.policy, content.all_tasks, content.names)
    # As many tasks as there is room for stand in the notice itself: all, or first those that weigh most.
    for n_told in range(len(rows), -1, -1):
        steps, told = _steps(content, reader, by_weight if n_told < len(rows) else rows, n_told)
        paper = notice_paper("notice", content, reader, what, [*parts, steps], annexes)
        notice = fit(paper, PAGES, spare, told[:1])  # the other tasks are the first to become an annex
        if has_room(notice, PAGES) and (not told or told[0] in notice.parts[-1].blocks):
            break
    return notice, n_told


def _by_weight(content: PackContent) -> tuple[list[tuple[str, str, str]], int]:
    """Return the rows of 下一步, the gravest first, then those that the first screen names, and how many press."""
    heeded = [kind for kind in WORDS.heeded if kind not in _GRAVEST]
    first = (_GRAVEST, PRESSING, heeded)
    groups = [[task for kind in kinds for task in content.all_tasks if task.kind == kind] for kinds in first]
    groups.append([task for task in content.all_tasks if not any(task.kind in kinds for kinds in first)])
    grave, pressing, *others = (task_rows(content.policy, tasks, content.names) for tasks in groups)
    return [*grave, *pressing, *chain.from_iterable(others)], len(grave) + len(pressing)


def _district(content: PackContent, steps: str) -> Part:
    """Return how the month was; a doubt about data stands beside the tie that they may have made."""
    policy, names, table = content.policy, content.names, content.table
    ties = tell_ties(content.units, policy.grading, names)
    return part(
        "基本情况",
        how_the_district_did(table("trends"), content.units, policy.period)
        + standing_finding(content.units, policy.grading, names).removesuffix(ties),
        ties + tell_alike(table("integrity"), names, f"{steps}中的核实事项"),
        describe_certainty(table("certainty", "month"), names, policy.noise.confidence_pct),
        "".join(tell_provisional(content.units, names))
        + f"本月结果为{WORDS.edition_states[content.edition.state]}，{provisional_words(content)}",
        answer_hotline(table("hotline_by_channel"), policy.period),
        ledger_finding(table("ledger")),
    )


def _told_in(annex: Table, form: str) -> str:
    """Return where a table is, empty where the notice has none."""
    title = split_caption(annex)[0]
    return form.format(title=title, annex=cite(title)) if annex.cells else ""


def _units(content: PackContent, annexes: Sequence[Table]) -> Part:
    standing, _, lowest, measures = annexes  # of what is overdue a problem tells
    where = [_told_in(standing, "各单位结果见{annex}")]
    where += [_told_in(annex, "{title}见{annex}") for annex in (measures, lowest)]
    return part(
        "各单位情况",
        "，".join(filter(None, where)) + "。" + who_leads_who_falls_behind(content.units, content.names),
        _moved(content),
        _noise(content),
        _line(content) + _ruled(content),
        _adjusted(content),
        _year_so_far(content),
    )


def _moved(content: PackContent) -> str:
    return tell_tiers(content.table("trends"), "mom", content.names)


def _noise(content: PackContent) -> str:
    return tell_noise(content.table("trends"), "mom", content.policy.trends, with_tests=False)


def _line(content: PackContent) -> str:
    policy, sure = content.policy, content.table("certainty", "month")
    told = describe_line(sure, content.units, policy.grading, content.names, policy.noise.confidence_pct, THIS_MONTH)
    return told.partition("。")[0] + "。"  # who lacks least to leave, an annex tells


def _year_so_far(content: PackContent) -> str:
    rows = year_rows(content.table("year_standing"), content.table("certainty"))
    return year_finding(rows, content.policy, content.edition, content.names)


def _ruled(content: PackContent) -> str:
    """Return whose tier of the year is below that of its score: no problem of the month, but how it stands."""
    rows = year_rows(content.table("year_standing"), content.table("certainty"))
    return "".join(f"{each}。" for each in tell_ruled(rows, content.adjustments, content.policy, content.names))


def _adjusted(content: PackContent) -> str:
    return adjustment_finding(content.table("adjustments"), content.units, content.policy.grading, content.names)


def _worsened(content: PackContent) -> str:
    told = tell_worsened(content.table("indicator_changes"), content.names, content.policy.trends, with_tests=False)
    return headed("指标下降", told)


def _repeated(content: PackContent) -> str:
    return headed("重复诉求", repeats_finding(content.table("hotline_by_unit"), content.policy))


def _problems(content: PackContent, annexes: Sequence[Table], which: Collection[str]) -> Part:
    policy, names, table = content.policy, content.names, content.table
    as_of, overdue = day_name(content.edition.as_of), red_finding(table("ledger"), names)
    watch = watch_table(table("watch_list"), names, policy.watch, policy.grading, is_annex=False)
    found = [_tell_watch(content), watch if table("watch_list")["unit_id"].nunique() > _NAMED else ""]
    found += [_risen(content), _borders(content)]
    return part(
        "存在的问题",
        headed("年度结果运用", _tell_of_years(content)),
        headed("超期整改", f"截至{as_of}，{overdue}{_told_in(annexes[1], '，逐项见{annex}')}。" if overdue else ""),
        headed("失分集中的指标", _tell_lowest(content, annexes[2]) if _LOWEST in which else ""),
        *(found if _FOUND in which else [_in_short(content)] if _SHORT in which else []),
        _worsened(content),
        _repeated(content),
    )


def _risen(content: PackContent) -> str:
    told = rising_finding(content.table("rising_matters"), content.policy.tickets.rising, with_tests=False)
    return headed("诉求增多", told)


def _borders(content: PackContent) -> str:
    matters, loops = content.table("duties_by_matter"), content.table("matter_loops")
    return headed("职责边界", duties_finding(matters, loops, content.names, content.policy, is_short=True))


def _in_short(content: PackContent) -> str:
    """Return in two lines which matter rose and how many units and matters else need an eye."""
    n_watched = content.table("watch_list")["unit_id"].nunique()
    n_unclear = int(content.table("duties_by_matter")["is_for_meeting"].sum())
    told = [name_risen(content.table("rising_matters"))]
    told += [f"监管异常名录{n_watched}个单位"] * bool(n_watched) + [f"{n_unclear}项职责边界待会商"] * bool(n_unclear)
    return headed("其他", f"{'；'.join(filter(None, told))}。" * any(told))


def _lowest(content: PackContent) -> Table:
    policy, table = content.policy, content.table
    marks, parts, sure = table("indicator_scores", "month"), table("change_parts"), table("certainty", "month")
    return lowest_table(content.units, marks, table("trends"), parts, sure, policy)


def _tell_lowest(content: PackContent, annex: Table) -> str:
    """Return by which indicator each listed unit loses most beside its group, and where more is; else nothing."""
    policy, units = content.policy, content.units
    listed = units[mark_interview(units, policy.grading)].sort_values(["total", "unit_id"])["unit_id"].tolist()
    told = tell_lowest(units, listed, content.table("indicator_scores", "month"), policy)
    return f"{told}{_told_in(annex, '；主要指标见{annex}')}。" * bool(told)


def _tell_of_years(content: PackContent) -> str:
    """Return of which years measures are past their days, and what this year would add to the blacklist (R21, R22)."""
    policy, names, told = content.policy, content.names, content.table("consequences")
    rows = year_rows(content.table("year_standing"), content.table("certainty"))
    ahead = [*tell_listed(rows, policy, names), *tell_blacklist(rows, told, policy, names)]
    unsure = unsure_units(content.annual) if content.annual else []
    return tell_overdue_measures(told, content.edition.published, unsure) + "".join(f"{each}。" for each in ahead)


def _tell_watch(content: PackContent) -> str:
    """Return who is on the watch list and, of few, why and since when."""
    watch, names, policy = content.table("watch_list"), content.names, content.policy
    told = watch_finding(watch, names, policy.period)
    rows = watch.sort_values(["since", "unit_id", "reason"])
    if watch["unit_id"].nunique() > _NAMED:
        return headed("监管异常名录", told)
    reasons = [watch_reason(r, policy.watch, policy.grading, with_cases=False) for r in rows.itertuples()]
    why = [
        f"{names[r.unit_id]}{reason}，{month_name(r.since)}列入"
        for r, reason in zip(rows.itertuples(), reasons, strict=True)
    ]
    return headed("监管异常名录", told + "；".join(why) + "。" * bool(why))


def tell_objections(content: PackContent, reader: Reader) -> str:
    """Return how to object; to those above only until when the units, which know it, may do so (S21)."""
    policy, edition, periods = content.policy, content.edition, content.table("objection_periods")
    days = sorted(set(still_open(periods, edition)["until"]))
    if not (reader.is_report and days) or edition.state == "final":
        return how_to_object(policy, edition, periods, content.names)
    told = "、".join(day_name(date.fromisoformat(day)) for day in days)
    each = "（以各单位反馈单为准）" * (len(days) > 1)
    return f"异议期至{told}{each}，反馈单已告知各单位。"


def _steps(
    content: PackContent, reader: Reader, rows: Sequence[tuple[str, str, str]], n_told: int
) -> tuple[Part, list[Table]]:
    """Return who does what by when and how to object: so many tasks in a table, the others in another (an annex)."""
    edition = content.edition
    heads = [text(head, itemgetter(at)) for at, head in enumerate(("事项", "责任单位", "时限"))]
    year = f"{edition.published.year}年"
    rows = [(what, who, until.removeprefix(year)) for what, who, until in rows]
    titles = ("主要工作事项", "其他工作事项") if n_told else ("", "工作事项")
    cut = zip(titles if n_told < len(rows) else ("", ""), (rows[:n_told], rows[n_told:]), strict=True)
    told = [table(heads, found, title, css="") for title, found in cut if found]
    for each in told:
        each.shares = _TASK_SHARES
    return part(STEPS[reader.is_report], *told, tell_objections(content, reader)), told


def tell_tasks(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return who does what by when, a sentence each, from rows of 下一步; the same owners as before are named once."""
    before = [""] + [who for _, who, _ in rows]
    return [
        f"{what}。责任单位：{'同上' if who == above else who}" + f"；时限：{until}" * bool(until) + "。"
        for (what, who, until), above in zip(rows, before, strict=False)
    ]


def _annexes(content: PackContent) -> list[Table]:
    names, table = content.names, content.table
    scores, certainty = table("channel_scores", "month"), table("certainty", "month")
    grading, unsure = content.policy.grading, unsure_units(content.annual) if content.annual else ()
    rows = standing_rows(content.units, scores, table("trends"), certainty, content.history, grading, names)
    narrow = [names[f"{channel}.short"] for channel in names.channels]  # a line of paper has no room for channels
    wide = _wide_spans(certainty)
    without = ["类别", "组内", "走势", *narrow, *[_SPAN] * bool(wide)]
    standing = leave_out(standing_table(rows, names, without=without, more=[wide] * bool(wide)))
    return [standing, overdue_annex(content), leave_out(_lowest(content)), measures_annex(content, unsure)]


def _wide_spans(certainty: pd.DataFrame) -> str:
    """Return that most spans of places say little, which then have no column; empty where they say something."""
    known = certainty[certainty["rank_low"].notna()]
    wide = (known["rank_high"] - known["rank_low"] + 1) > len(known) / 2
    if wide.sum() <= len(known) / 2:
        return ""
    who = f"{len(known)}个单位" + (f"中{wide.sum()}个的位次区间" if wide.sum() < len(known) else "的位次区间都")
    return f"{who}跨过半数位次，不逐一列出"
