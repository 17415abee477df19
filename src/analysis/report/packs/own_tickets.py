"""A unit's own tickets one by one: what is open, late, unsatisfied, complained of or repeated (R9, S18, S20, S46).

Counts that the district withholds would be bounded from below by a list of a unit's tickets, so a list follows its
count, and a ticket's matter is named only where the district's figures of that matter are told.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd
from markupsafe import Markup

from analysis.report.packs.content import PackContent
from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, near_day

_SHOWN = 15
_OVERDUE = "超期未结"
# Mark of a ticket → whether it bears it, and the counts that a list of such tickets would bound (see `hidden_counts`).
_MARKS: dict[str, tuple[Callable, frozenset[str]]] = {
    _OVERDUE: (lambda row: row.is_overdue, frozenset({"n_due", "n_on_time"})),
    "超期办结": (lambda row: row.is_due and row.is_closed and not row.is_on_time, frozenset({"n_due", "n_on_time"})),
    "态度投诉": (lambda row: row.is_due and row.is_attitude_complaint, frozenset({"n_due"})),
    "不满意": (
        lambda row: row.is_due and row.is_call_back_valid and not row.is_satisfied,
        frozenset({"n_due", "n_valid_call_backs", "n_satisfied"}),
    ),
    "重复诉求": (lambda row: row.is_repeat, frozenset()),
}


def _told_marks(content: PackContent) -> dict[str, Callable]:
    """Return the marks whose tickets may be listed; none where the number of tickets is withheld: ids count up."""
    hidden = set(content.hidden_counts)
    return {mark: bears for mark, (bears, of) in _MARKS.items() if not (of | {"n_received"}) & hidden}


def overdue_tickets(content: PackContent, unit_id: str) -> list:
    """Return a unit's tickets that are open past their due date, none where the district's counts are withheld."""
    bears = _told_marks(content).get(_OVERDUE)
    return [row for row in content.own_tickets.get(unit_id, []) if bears and bears(row)]


def coming_tickets(content: PackContent, unit_id: str) -> list:
    """Return a unit's open tickets that fall due later.

    Those of a month in which so few fall due in the district that its count may be withheld then are left out.
    """
    if {"n_received", "n_due"} & set(content.hidden_counts):
        return []
    coming, small = _coming(content.tickets), content.rules.small_count
    many = coming["due_period"].value_counts()
    own = content.own_tickets.get(unit_id, [])
    return [row for row in own if row.Index in coming.index and many[row.due_period] >= small]


def _coming(tickets: pd.DataFrame) -> pd.DataFrame:
    return tickets[~(tickets["is_closed"] | tickets["is_overdue"]).astype(bool)]


def ticket_words(content: PackContent, row) -> str:
    """Return a ticket's number, and its matter where that may be told."""
    matter = _matter(content, row)
    return f"{row.ticket_id}（{matter}）" if matter != DASH else row.ticket_id


def marked_tickets(content: PackContent, unit_id: str) -> list[tuple]:
    """Return a unit's tickets that bear a mark, each with its marks, the gravest first."""
    marks, order = _told_marks(content), list(_MARKS)
    own = content.own_tickets.get(unit_id, [])
    told = [(row, [mark for mark, bears in marks.items() if bears(row)]) for row in own]
    return sorted((each for each in told if each[1]), key=lambda each: (order.index(each[1][0]), each[0].ticket_id))


def tickets_table(content: PackContent, unit_id: str) -> Markup:
    """Return a unit's tickets that bear a mark; of many the first ones, and how many there are. Empty without any."""
    rows = marked_tickets(content, unit_id)
    if not rows:
        return Markup("")
    day = partial(near_day, beside=content.edition.published)
    shown, matters = rows[:_SHOWN], {row.ticket_id: _matter(content, row) for row, _ in rows[:_SHOWN]}
    is_told = set(matters.values()) != {DASH}
    columns = [
        text("工单", lambda each: each[0].ticket_id),
        text("类别", lambda each: "、".join(each[1])),
        *([text("事项", lambda each: matters[each[0].ticket_id])] if is_told else []),
        number("受理", lambda each: day(each[0].received)),
        number("时限", lambda each: day(each[0].due_final)),
        number("办结", lambda each: day(each[0].closed) if each[0].is_closed else "未办结"),
    ]
    more = f"，列前{_SHOWN}件" if len(rows) > _SHOWN else ""
    note = "；“—”为该事项全区件数较少、不予列示" if is_told and DASH in matters.values() else ""
    return table(columns, shown, f"须关注的工单，共{len(rows)}件{more}{note}", css="pairs")


def _matter(content: PackContent, row) -> str:
    """Return a ticket's matter, a dash where the district's figures of it are withheld, or may be when it is due."""
    if not row.matter_id or not _is_told(content, row.received[:7], row.matter_id, "n_received"):
        return DASH
    if row.counted_in:
        wanted = ("n_due", "on_time_pct", "n_valid_call_backs", "satisfaction_pct")
        is_told = all(_is_told(content, row.counted_in, row.matter_id, figure) for figure in wanted)
    else:
        rows = _coming(content.tickets)
        same = (rows["matter_id"] == row.matter_id) & (rows["due_period"] == row.due_period)
        is_told = int(same.sum()) >= content.rules.small_count
    return row.matter if is_told else DASH


def _is_told(content: PackContent, period: str, matter_id: str, figure: str) -> bool:
    known = content.told_of_matters
    return (period, matter_id) in known.index and pd.notna(known.at[(period, matter_id), figure])
