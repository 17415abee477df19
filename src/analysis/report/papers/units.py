"""A unit's papers: interview, rectification, reminder, objection form, each with nothing but its own (S23, S44)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from operator import itemgetter

import pandas as pd

from analysis.report.actions import reason_words
from analysis.report.bulletin import still_open
from analysis.report.edition import edition_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.feedback import how_a_unit_objects, items_table
from analysis.report.packs.losses import evidence, lost_points_table
from analysis.report.page.pieces import Table, number, table, text
from analysis.report.papers.paper import (
    Paper,
    Part,
    draft_words,
    leave_out,
    number_blank,
    number_items,
    number_parts,
    part,
)
from analysis.report.tasks import Task
from analysis.report.words import DASH, day_name, month_name, score

# What a rectification notice asks for; what is dunned has a reminder, what is drawn is told by the draw.
_RECTIFIED = ("measures", "supply", "due_soon", "watch")
_SPARED = ("权重%", "上月", "同类中位", "数据依据")
_BLANK_ROWS = 2


def month_papers(content: PackContent, unit_id: str) -> Iterator[Paper]:
    """Yield what a month asks a unit for: rectification, an answer to what is overdue, and its form to object."""
    tasks = content.tasks.get(unit_id, [])
    if asked := [task for task in tasks if task.kind in _RECTIFIED]:
        yield _rectification(content, unit_id, asked)
    if dunned := [task for task in tasks if task.kind == "dunned"]:
        yield _reminder(content, unit_id, dunned)
    periods = still_open(content.table("objection_periods"), content.edition)
    if (periods["unit_id"] == unit_id).any():
        yield _objection(content, unit_id)


def year_papers(content: PackContent, unit_id: str) -> Iterator[Paper]:
    """Yield what a final year asks of a unit: the interview, and rectification (R21, S27)."""
    year = int(content.policy.period[:4])
    for row in content.own("consequences", unit_id):
        # Others have no deadline: a successor that is told of its predecessor's place is asked for nothing (S35).
        if row.is_current and row.basis == "annual" and row.year == year and row.until:
            yield from _of_consequence(content, unit_id, row)


def _of_consequence(content: PackContent, unit_id: str, row) -> Iterator[Paper]:
    year, document = f"{row.year}年度", row.document or DASH
    reason = reason_words(row, content.policy.grading, content.names)
    why = f"你单位{reason}（{_result(content, row)}）。依据：{document}。"
    office, until = content.policy.district.office, day_name(date.fromisoformat(row.until))
    if row.kind == "interview":
        parts = [
            part("约谈事由", why),
            part("约谈时间和地点", f"时间：不迟于{until}，具体为　　月　　日　　时；地点：　　　　　　　　。"),
            part("有关要求", "请主要负责人参加，并带书面材料，说明失分原因、整改措施、责任人和完成时限。"),
        ]
        yield _paper(content, unit_id, "interview", "约谈通知书", f"现就{year}考评结果约谈事项通知如下：", parts)
    if row.kind == "notice":
        parts = [
            part("整改事由", why),
            part("有关要求", f"请于{until}前整改到位，并将整改情况书面报{office}。"),
        ]
        yield _paper(content, unit_id, "rectification", "整改通知书", f"现就{year}考评结果整改事项通知如下：", parts)


def _result(content: PackContent, row) -> str:
    tier = content.names.get(row.tier, DASH)
    place = DASH if pd.isna(row.rank) else f"第{row.rank}"
    return f"得分{score(row.total)}分，位次{place}，等次{tier}"


def _rectification(content: PackContent, unit_id: str, tasks: list[Task]) -> Paper:
    what = f"{month_name(content.policy.period)}机关职能运行监管"
    office = content.policy.district.office
    items = items_table(content, unit_id, ("red", "yellow"))
    lost = leave_out(lost_points_table(content, unit_id), *_SPARED)
    parts = [
        part("整改事项", *number_items(f"{task.words()}。时限：{day_name(task.until)}。" for task in tasks)),
        part("台账中超期和临期的事项", items if items.cells else ""),
        part("有关要求", f"请按上述时限整改，并将整改情况书面报{office}。"),
    ]
    annexes = (lost,) if lost.cells else ()
    return _paper(
        content, unit_id, "rectification", "整改通知书", f"根据{what}情况，请你单位整改下列事项：", parts, annexes
    )


def _reminder(content: PackContent, unit_id: str, tasks: list[Task]) -> Paper:
    items = items_table(content, unit_id, ("red",))
    asked = [f"请{task.words()}。答复时限：{day_name(task.until)}。" for task in tasks]
    parts = [part("超期事项", items), part("有关要求", *asked)]
    opening = f"截至{day_name(content.edition.as_of)}，你单位下列整改事项已超过办理时限："
    return _paper(content, unit_id, "reminder", "催办函", opening, parts)


def _objection(content: PackContent, unit_id: str) -> Paper:
    """Return the form to object, filled in as far as the office knows; the unit signs it and sends it."""
    (row,), names = content.own("unit_scores", unit_id), content.names
    policy = content.policy
    facts = [
        ("申请单位", names[unit_id]),
        ("考评月份和版次", f"{month_name(policy.period)}，{edition_words(content.edition)}"),
        ("得分", score(row.total)),
        ("等次", names.get(row.tier, DASH)),
        ("全区位次", DASH if pd.isna(row.rank) else str(row.rank)),
        ("联系人和电话", ""),
    ]
    result = table([text("项目", lambda r: r[0]), text("内容", lambda r: r[1])], facts, "", css="")
    parts = [
        part("考评结果", result),
        part("异议事项", _claims(content, unit_id)),
        part("提出办法", how_a_unit_objects(content, unit_id)),
    ]
    form = _paper(content, unit_id, "objection", "考评结果异议申请表", "", parts)
    return replace(form, to=policy.district.office, signer=names[unit_id], number="", day=None)


def _claims(content: PackContent, unit_id: str) -> Table:
    """Return the lost points with a blank for what the unit claims; those with no objection are struck out."""
    of, names = content.policy.indicator_by_id, content.names
    rows = [
        (names[r.indicator_id], score(r.score), score(r.lost_points), of[r.indicator_id])
        for r in content.losses.get(unit_id, [])
    ]
    rows += [("", "", "", None)] * _BLANK_ROWS
    columns = [
        text("指标", itemgetter(0)),
        number("得分", itemgetter(1)),
        number("失分", itemgetter(2)),
        text("原始数据位置", lambda r: evidence(content, unit_id, r[3]) if r[3] else ""),
        text("应为何值、理由和依据材料", lambda r: ""),
    ]
    return table(columns, rows, "（只填有异议的指标，其余划去；可附页）", css="")


def _paper(
    content: PackContent,
    unit_id: str,
    kind: str,
    title: str,
    opening: str,
    parts: list[Part],
    annexes: tuple[Table, ...] = (),
) -> Paper:
    office = content.policy.district.office
    return Paper(
        kind=kind,
        audience="unit",
        title=(office, title) if kind != "objection" else (title,),
        number=number_blank(content),
        to=content.names[unit_id],
        opening=opening,
        parts=number_parts(parts),
        annexes=annexes,
        signer=office,
        day=content.edition.published,
        draft=draft_words(content),
    )
