"""异议申请表: the form to object, which the office fills in as far as it knows and the unit signs (S21, S44)."""

from datetime import date
from operator import itemgetter

from analysis.policy.indicators import Indicator
from analysis.report.packs.content import TICKETS, PackContent
from analysis.report.packs.evidence import evidence
from analysis.report.packs.objection import BOX, FORM, OTHER, WATCHED, deductions, form_facts, objectionable
from analysis.report.page.pieces import Table, number, table, text
from analysis.report.papers.paper import Paper, basis_words, by_day, draft_words, number_parts, part
from analysis.report.words import DASH, listing, score

_BLANK_ROWS = 3
_CLAIM_SHARES, _WHY_SHARES = (22, 10, 9, 59), (22, 18, 60)


def objection_form(content: PackContent, unit_id: str) -> Paper:
    """Return the form to object, filled in as far as the office knows; the unit signs it and sends it."""
    district = content.policy.district
    facts = [*form_facts(content, unit_id), ("经办人（联系人）及电话", ""), ("主要负责人（签字）", "")]
    # What was found takes little of a line from what the unit writes, which has a table of its own.
    parts = [
        part("考评结果", _pairs(facts)),
        part("异议事项", "本单位对下列打“√”的事项有异议：", _claims(content, unit_id)),
        part("异议内容", _why(), f"填报说明：{_how_to_send(content, unit_id)}"),
    ]
    return Paper(
        kind="objection",
        audience="unit",
        title=(FORM,),
        number="",
        to=district.office,
        opening="",
        parts=number_parts(parts),
        annexes=(),
        signer=content.names[unit_id],
        day=None,
        draft=draft_words(content, "样表，由申请单位填写、盖章后报送"),
        basis=basis_words(content),
    )


def _pairs(rows: list[tuple[str, str]]) -> Table:
    shown = table([text("项目", itemgetter(0)), text("内容", itemgetter(1))], rows, "", css="")
    shown.shares = (30, 70)
    return shown


def _how_to_send(content: PackContent, unit_id: str) -> str:
    """Return until when and to whom the form goes (S21)."""
    periods, objection = content.table("objection_periods"), content.policy.district.objection
    until = date.fromisoformat(periods.loc[periods["unit_id"] == unit_id, "until"].max())
    return f"本表请于{by_day(until)}报{objection.contact}。{objection.how}"


def _claims(content: PackContent, unit_id: str) -> Table:
    """Return what the unit may object to, each with a box to tick and where its data are.

    The indicators that count stand first, then the deductions of the month and the watch list.
    """
    of, names = content.policy.indicator_by_id, content.names
    rows = [
        (
            names[r.indicator_id],
            score(r.score),
            score(getattr(r, "lost_points", 0.0)),
            _source(content, unit_id, of[r.indicator_id], is_lost=hasattr(r, "lost_points")),
        )
        for r in objectionable(content, unit_id)
    ]
    rows += [(name, DASH, score(points), document) for name, points, document in deductions(content, unit_id)]
    rows += [(WATCHED, DASH, DASH, "见反馈单“结果运用”")] * bool(content.own("watch_list", unit_id))
    rows += [(OTHER, DASH, DASH, "见异议内容")]
    columns = [
        text("事项", lambda row: BOX + row[0]),
        number("得分", itemgetter(1)),
        number("失分", itemgetter(2)),
        text("原始数据位置", itemgetter(3)),
    ]
    shown = table(columns, rows, "", css="")
    shown.shares = _CLAIM_SHARES
    return shown


def _why() -> Table:
    """Return blank rows in which the unit writes what it claims, and why."""
    columns = [text(head, itemgetter(at)) for at, head in enumerate(("异议事项", "应为何值", "理由和依据材料"))]
    shown = table(columns, [("", "", "")] * _BLANK_ROWS, "（一个事项一行；可附页）", css="")
    shown.shares = _WHY_SHARES
    return shown


def _source(content: PackContent, unit_id: str, indicator: Indicator, *, is_lost: bool) -> str:
    """Return where an indicator's data are; of those without cells of their own who sent them.

    Tickets are named where the unit's page names them: beside a loss.
    """
    cells = evidence(content, unit_id, indicator) if is_lost or indicator.data.sheet != TICKETS else DASH
    sent = [each.office for each in content.policy.sheets.deliveries if each.kind == indicator.data.sheet]
    return f"由{listing(list(dict.fromkeys(sent)))}报送" if cells == DASH and sent else cells
