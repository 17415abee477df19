"""The notice to the copied offices, of a month or of a year: the lists of their page, in its words (S23)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from analysis.policy.papers import Reader
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_terms import NO_REPLY, THIS_MONTH, terms
from analysis.report.packs.offices import MEASURES, office_tables, summary_parts, years_title
from analysis.report.papers.frame import PAGES, notice_paper
from analysis.report.papers.paper import Paper, by_day, fit, leave_out, part
from analysis.report.papers.tables import recent_years, without_told
from analysis.report.words import WORDS, listing


def offices_notice(
    kind: str, content: PackContent, reader: Reader, what: str, scope: str, told: Sequence[str]
) -> Paper:
    """Return a notice to the copied offices: the lists of their page, in its words (S23); what is final opens it.

    The bottom places stand in its first sentences, with their ranks; of a month its tiers too. It ends with what is
    asked of them: nothing. Of a month what is `told` is of years first, then of the month.
    """
    lists, is_month = {name: leave_out(shown) for name, shown in office_tables(content, scope)}, scope == THIS_MONTH
    (years, annex), measures = recent_years(content), lists[MEASURES]
    first = summary_parts(content, scope, with_places=True)
    measures = without_told(measures, "".join(first))
    # What a month's tiers are not for comes before who is last.
    opening = [*first[:1], *told, *first[1:]] if is_month else [*first, *told]
    listed = part(MEASURES, *[measures, *_how_long(content)] * bool(measures.cells))
    tiers = lists["等次"]
    parts = [
        part("总体情况", *opening, tiers if is_month else ""),
        *([listed, part("本月预警", _warned(content))] if is_month else [listed, part("等次", tiers)]),
        part(years_title(content), years),
        part("", NO_REPLY),
    ]
    notice = notice_paper(kind, content, reader, what, parts, [annex] if annex else [])
    notice = replace(notice, to=listing(content.policy.district.copied_offices) or notice.to)
    return fit(notice, PAGES, kept=[measures] if measures.cells else ())


def _how_long(content: PackContent) -> list[str]:
    """Return, a paragraph each, what follows when, how long a blacklist lasts, what verifying changes (R22, S27)."""
    told = dict(terms(content))
    return [f"{name}：{told[name]}" for name in ("措施", "黑名单", "核实") if name in told]


def _warned(content: PackContent) -> str:
    """Return whom the month warns and what these send by when (S27), empty where a year is told or nobody is."""
    rows = content.table("consequences")
    rows = rows[rows["is_current"] & (rows["basis"] == "month")]
    warned, days = set(rows["unit_id"]), sorted({*rows["until"]} - {""})
    who = listing([content.names[unit] for unit in content.policy.unit_ids if unit in warned])
    by, office = "、".join(by_day(date.fromisoformat(day)) for day in days), content.policy.district.office
    until = f"；由被预警单位于{by}{WORDS.asked_measures.format(to=f'向{office}')}" if days else ""
    annual = content.table("consequences")
    annual = annual[annual["is_current"] & (annual["basis"] == "annual") & (annual["kind"] == "interview")]
    both = [unit for unit in content.policy.unit_ids if unit in warned & {*annual["unit_id"]}]
    named, year = listing([content.names[unit] for unit in both]), annual["year"].max()
    called = f"；其中{named}已在{year}年度约谈范围内" * bool(both)
    told = f"下列{len(warned)}个单位由月度结果预警（暂定，本身不作约谈依据{called}）：{who}{until}。"
    return told if warned else ""
