"""通报: the notice of a month, on paper, from the sentences and tables of the pages (S44)."""

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter

from analysis.policy.papers import Reader
from analysis.report.actions import (
    ledger_finding,
    measures_table,
    overdue_table,
)
from analysis.report.adjustments import adjustment_finding
from analysis.report.bulletin import how_the_district_did, how_to_object, who_leads_who_falls_behind
from analysis.report.certainty import describe_certainty, describe_line
from analysis.report.duties import duties_finding
from analysis.report.hotline import answer_hotline, repeats_finding, rising_finding
from analysis.report.indicators import tell_worsened
from analysis.report.lowest import lowest_table
from analysis.report.packs.content import PackContent
from analysis.report.packs.offices import office_tables, provisional_words
from analysis.report.page.pieces import Table, table, text
from analysis.report.papers.paper import (
    Paper,
    Part,
    draft_words,
    fit,
    leave_out,
    number_blank,
    number_items,
    number_parts,
    part,
)
from analysis.report.scores import standing_finding, standing_rows, standing_table
from analysis.report.tasks import task_rows
from analysis.report.trends import tell_tiers
from analysis.report.watch import watch_finding, watch_table
from analysis.report.words import listing, month_name
from analysis.report.year import year_finding, year_rows

PAGES = 4  # apart from annexes
_TOLD = 5  # tasks in sentences; the others stand in a table, which may become an annex
_STANDING = "各单位得分、位次与等次（得分为百分制；区间为位次区间；环比、同比单位为分）"


def month_notice(content: PackContent, reader: Reader) -> Paper:
    """Return the notice of a month for a reader; what copied offices get holds only their content (S23)."""
    what = f"{month_name(content.policy.period)}机关职能运行监管情况"
    if reader.audience == "offices":
        return offices_notice("notice", content, what, "本月", provisional_words(content))
    parts = [_district(content), _units(content), _problems(content), _steps(content)]
    notice = notice_paper("notice", content, reader, what, parts, _annexes(content))
    told = (_repeated, _worsened, _adjusted, _year_so_far, _line)
    spare = [tell(content) for tell in told]
    return fit(notice, PAGES, spare)


def notice_paper(
    kind: str, content: PackContent, reader: Reader, what: str, parts: list[Part], annexes: list[Table]
) -> Paper:
    """Return a notice to a reader on something (`what`), with what the office adds left blank."""
    office = content.policy.district.office
    return Paper(
        kind=kind,
        audience=reader.audience,
        title=(f"{office}关于", f"{what}的通报"),
        number=number_blank(content),
        to=reader.to or "（主送机关）",
        opening=f"现将{what}通报如下：",
        parts=number_parts(parts),
        annexes=tuple(table for table in annexes if table.cells),
        signer=office,
        day=content.edition.published,
        copies=reader.copies,
        draft=draft_words(content),
    )


def offices_notice(kind: str, content: PackContent, what: str, scope: str, told: str) -> Paper:
    """Return a notice to the copied offices: their lists, and what of them is provisional (`told`) (S23)."""
    parts = [part(name, table) for name, table in office_tables(content, scope)]
    notice = notice_paper(kind, content, Reader(audience="offices"), what, [*parts, part("说明", told)], [])
    return fit(replace(notice, to=listing(content.policy.district.copied_offices) or notice.to), PAGES)


def _district(content: PackContent) -> Part:
    policy, names, table = content.policy, content.names, content.table
    return part(
        "基本情况",
        how_the_district_did(table("trends"), content.units, policy.period)
        + standing_finding(content.units, policy.grading, names)
        + describe_certainty(table("certainty", "month"), names, policy.noise.confidence_pct),
        answer_hotline(table("hotline_by_channel"), policy.period),
        ledger_finding(table("ledger")),
    )


def _units(content: PackContent) -> Part:
    return part(
        "各单位情况",
        who_leads_who_falls_behind(content.units, content.names),
        tell_tiers(content.table("trends"), "mom", content.names),
        _line(content),
        _adjusted(content),
        _year_so_far(content),
    )


def _line(content: PackContent) -> str:
    policy, sure = content.policy, content.table("certainty", "month")
    return describe_line(sure, content.units, policy.grading, content.names, policy.noise.confidence_pct)


def _year_so_far(content: PackContent) -> str:
    rows = year_rows(content.table("year_standing"), content.table("certainty"))
    return year_finding(rows, content.policy, content.edition, content.names)


def _adjusted(content: PackContent) -> str:
    return adjustment_finding(content.table("adjustments"), content.units, content.policy.grading, content.names)


def _worsened(content: PackContent) -> str:
    return tell_worsened(content.table("indicator_changes"), content.names, content.policy.trends)


def _repeated(content: PackContent) -> str:
    days = content.policy.ticket_rules.repeat_days
    return repeats_finding(content.table("hotline_by_unit"), content.names, days)


def _problems(content: PackContent) -> Part:
    policy, names, table = content.policy, content.names, content.table
    marks, parts = table("indicator_scores", "month"), table("change_parts")
    watched = watch_table(table("watch_list"), names, policy.watch, policy.grading, is_annex=False)
    return part(
        "存在的问题",
        lowest_table(content.units, marks, table("trends"), parts, table("certainty", "month"), policy),
        _worsened(content),
        rising_finding(table("rising_matters"), policy.tickets.rising),
        _repeated(content),
        duties_finding(table("duties_by_matter"), table("matter_loops"), names, policy),
        watch_finding(table("watch_list"), names, policy.period),
        watched,
    )


def _steps(content: PackContent) -> Part:
    policy, edition = content.policy, content.edition
    objections = how_to_object(policy, edition, content.table("objection_periods"), content.names)
    rows = task_rows(policy, content.all_tasks, content.names)
    heads = [text(head, itemgetter(at)) for at, head in enumerate(("事项", "责任单位", "时限"))]
    others = [table(heads, rows[_TOLD:], "其他工作事项", css="")] if rows[_TOLD:] else []
    return part("下一步要求", *number_items(tell_tasks(rows[:_TOLD])), *others, objections)


def tell_tasks(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return who does what by when, a sentence each, from rows of 下一步."""
    return [f"{what}。责任单位：{who}；时限：{until}。" for what, who, until in rows]


def _annexes(content: PackContent) -> list[Table]:
    policy, names, table = content.policy, content.names, content.table
    scores, certainty = table("channel_scores", "month"), table("certainty", "month")
    rows = standing_rows(content.units, scores, table("trends"), certainty, content.history, policy.grading, names)
    narrow = [names[f"{channel}.short"] for channel in names.channels]  # a line of paper has no room for channels
    return [
        leave_out(standing_table(rows, names), "类别", "组内", "走势", *narrow, caption=_STANDING),
        leave_out(overdue_table(table("ledger"), names), "答复时限"),
        measures_table(
            table("consequences"),
            table("annual_states"),
            policy.consequences,
            policy.grading,
            names,
            content.edition.published,
        ),
    ]
