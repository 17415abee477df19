"""A unit's own tickets one by one: what is open, late, unsatisfied, complained of or repeated (R9, S18, S20, S46).

Counts that the district withholds would be bounded from below by a list of a unit's tickets, so a list follows its
count, and a ticket's matter is named only where the district's figures of that matter are told.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile

import pandas as pd

from analysis.policy.duties import ARROW
from analysis.report.packs.content import PackContent
from analysis.report.page.pieces import Table, number, table, text
from analysis.report.words import DASH, near_day

_SHOWN = 15
_TAIL = 3  # so many digits of a ticket's number stand at least
# Which of the two it is must not show: it would count the tickets that no matter names (S46).
UNNAMED = "未标事项的，是未归入事项目录，或为防止与公开数据相互推算，可凭编号在工单系统查看"
_OVERDUE, _LATE = "超期未结", "超期办结"
# Mark of a ticket → whether it bears it, and the counts that a list of such tickets would bound (see `hidden_counts`).
_MARKS: dict[str, tuple[Callable, frozenset[str]]] = {
    _OVERDUE: (lambda row: row.is_overdue, frozenset({"n_due", "n_on_time"})),
    _LATE: (lambda row: row.is_due and row.is_closed and not row.is_on_time, frozenset({"n_due", "n_on_time"})),
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
    told = [matter] * (matter != DASH) + ["跨部门"] * bool(row.is_shared)
    return f"{row.ticket_id}（{'，'.join(told)}）" if told else row.ticket_id


def marked_tickets(content: PackContent, unit_id: str) -> list[tuple]:
    """Return a unit's tickets that bear a mark, each with its marks, the gravest first."""
    marks, order = _told_marks(content), list(_MARKS)
    own = content.own_tickets.get(unit_id, [])
    told = [(row, [mark for mark, bears in marks.items() if bears(row)]) for row in own]
    return sorted((each for each in told if each[1]), key=lambda each: (order.index(each[1][0]), each[0].ticket_id))


def missed_tickets(content: PackContent, unit_id: str, measure: str) -> list[str] | None:
    """Return which of a unit's tickets of the month kept a share of tickets from being whole, by their numbers.

    Args:
        content: the month.
        unit_id: the unit.
        measure: `on_time`, `shared_on_time` or `satisfaction`.

    Returns:
        None where tickets are not at hand, or where their list would bound a withheld count.
    """
    wanted = {"satisfaction": {"不满意"}}.get(measure, {_OVERDUE, _LATE})
    if content.tickets.empty or not wanted <= set(_told_marks(content)):
        return None
    return [
        row.ticket_id
        for row, marks in marked_tickets(content, unit_id)
        if row.is_due and wanted & set(marks) and (row.is_shared or measure != "shared_on_time")
    ]


def tickets_table(content: PackContent, unit_id: str) -> Table:
    """Return a unit's tickets that bear a mark, those alike in one line; of many lines the first."""
    rows = marked_tickets(content, unit_id)
    day = partial(near_day, beside=content.edition.published)
    matters = {row.ticket_id: _matter(content, row) for row, _ in rows}
    alike: dict[tuple, list] = {}
    for row, marks in rows:
        days = (row.received, row.due_final, row.closed if row.is_closed else "")
        alike.setdefault(("、".join(marks), matters[row.ticket_id], *days), []).append(row.ticket_id)
    shown = list(alike.items())[:_SHOWN]
    is_told = any(matter != DASH for (_, matter, *_), _ in shown)
    columns = [
        text("工单", lambda line: number_words(line[1])),
        text("类别", lambda line: line[0][0]),
        *([text("事项", lambda line: line[0][1])] if is_told else []),
        number("受理", lambda line: day(line[0][2])),
        number("时限", lambda line: day(line[0][3])),
        number("办结", lambda line: day(line[0][4]) if line[0][4] else "未办结"),
    ]
    n_shown = sum(len(numbers) for _, numbers in shown)
    more = f"，列前{n_shown}件" if n_shown < len(rows) else ""
    note = f"；{UNNAMED}" if any(matter == DASH for (_, matter, *_), _ in shown) else ""
    return table(columns, shown, f"须关注的工单，共{len(rows)}件{more}{note}", css="pairs")


def loop_words(content: PackContent, unit_id: str) -> list[str]:
    """Return of which matters tickets go round among units, this one with them, and when that is discussed (R8).

    Without the others' names, and without counts: single matters' are withheld from the public (S46).
    """
    loops, office = content.table("matter_loops"), content.policy.district.office
    meetings = [task for task in content.all_tasks if task.kind == "meeting"]
    matters = content.table("duties_by_matter")
    discussed = set(matters.loc[matters["is_for_meeting"].astype(bool), "matter"])
    told = []
    for row in loops[loops["is_named"].astype(bool)].sort_values("matter").itertuples():
        if unit_id in row.loop.split(ARROW):
            around = f"“{row.matter}”有工单在包括本单位的{row.n_units}个单位之间依次转办、又转回原单位"
            days = [near_day(task.until, content.edition.published) for task in meetings if row.matter in discussed]
            asked = [f"；{office}于{day}前会商职责边界，请备好承办和转办的依据" for day in days]
            told.append(f"{around}{''.join(asked)}。")
    return list(dict.fromkeys(told))


def open_table(content: PackContent, unit_id: str) -> Table:
    """Return a unit's open tickets that fall due later, a row a day, by their numbers alone."""
    days: dict[str, list[str]] = {}
    for row in coming_tickets(content, unit_id):
        days.setdefault(row.due_final, []).append(row.ticket_id)
    columns = [
        text("时限", lambda day: near_day(day, content.edition.published)),
        number("件数", lambda day: str(len(days[day]))),
        text("工单", lambda day: number_words(sorted(days[day]))),
    ]
    as_of = near_day(content.edition.as_of, content.edition.published)
    return table(columns, sorted(days), f"至{as_of}未到期、未办结的工单，共{sum(map(len, days.values()))}件", css="")


def number_words(numbers: Sequence[str]) -> str:
    """Return tickets' numbers: the first one whole, of the others what differs, runs by their ends (GD49、51至53)."""
    alike = sum(1 for _ in takewhile(lambda letters: len({*letters}) == 1, zip(*numbers, strict=False)))
    cut = min(alike, min(map(len, numbers)) - _TAIL)
    tails = [number[cut:] for number in numbers]
    if len(numbers) == 1 or cut <= 0 or len({*map(len, tails)}) > 1 or not all(map(str.isdecimal, tails)):
        return "、".join(numbers)
    runs: list[list[str]] = []
    for tail in tails:
        if runs and int(tail) == int(runs[-1][-1]) + 1:
            runs[-1].append(tail)
        else:
            runs.append([tail])
    told = [f"{run[0]}至{run[-1]}" if len(run) > 2 else "、".join(run) for run in runs]
    return numbers[0][:cut] + "、".join(told)


def is_unnamed(content: PackContent, row) -> bool:
    """Tell whether a ticket's matter is left out."""
    return _matter(content, row) == DASH


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
