"""What stands behind a unit's points: cells of the sheets, tickets and items, each told so that it can be found."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any

from markupsafe import Markup

from analysis.policy.indicators import Indicator
from analysis.policy.visible import escape_unseen
from analysis.report.packs.content import TICKETS, PackContent
from analysis.report.packs.own_tickets import missed_tickets, number_words
from analysis.report.words import DASH, WORDS, listing, month_name, near_days, score

_CELLS_SHOWN = 5
# What keeps a share of tickets from being whole.
_MISSED = {
    "on_time": "本月未按时办结的工单",
    "shared_on_time": "本月未按时办结的跨部门工单",
    "satisfaction": "本月不满意的工单",
}


def evidence(
    content: PackContent, unit_id: str, indicator: Indicator, files: Mapping[str, str] | None = None
) -> Markup:
    """Return the raw cells behind a unit's indicator; of a share of cases those that are missing from the whole.

    A list of all ticket rows would count single callers; cells of items that were closed in time explain no lost point.

    Args:
        content: the month.
        unit_id: the unit.
        indicator: what was measured.
        files: file and sheet → the number that stands in its place; none: by their names.
    """
    if indicator.data.sheet == TICKETS:
        return _of_tickets(content, unit_id, indicator)
    late = _late_lines(content, unit_id, indicator)
    if late:
        return Markup("<br>").join(late)
    cells = _lowest_first(content.sources.get((unit_id, indicator.id), []), indicator)
    lines = list(_cell_lines(content, indicator, cells[:_CELLS_SHOWN], files or {}))
    more = [f"等{len(cells)}处{'，所列为最低的' * has_marks(indicator)}"] if len(cells) > _CELLS_SHOWN else []
    past = [f"{day}得{score(row.value)}分" for day, row in earlier_visits(content, unit_id, indicator)]
    earlier = [f"此前各月抽查：{'、'.join(past)}，依据见当月反馈单"] if past else []
    earlier += [
        f"{month_name(first)}起并入的各月，依据见当月反馈单" for first in _filled_from(content, unit_id, indicator)
    ]
    return Markup("<br>").join([*lines, *more, *earlier] or [DASH])


def earlier_visits(content: PackContent, unit_id: str, indicator: Indicator) -> list[tuple[str, Any]]:
    """Return the visits of earlier months that count, each with its day, with its month where that is not at hand."""
    known = content.findings.get((unit_id, indicator.id), [])
    # An office may number its visits anew every month.
    dates = {(visit.period, visit.visit_id): visit.date for visit in known}
    visits = content.earlier_visits.get((unit_id, indicator.id), [])
    told = [key for row in visits if (key := (row.period, row.item_id)) in dates]
    near = near_days([dates[key] for key in told], content.edition.published)
    days = dict(zip(told, near, strict=True))
    return [(days.get((row.period, row.item_id)) or month_name(row.period), row) for row in visits]


def _of_tickets(content: PackContent, unit_id: str, indicator: Indicator) -> Markup:
    """Return where a share of tickets comes from, and which of the month's kept it from being whole (S46)."""
    what, missed = _MISSED.get(indicator.data.measure, ""), None
    told = [Markup("工单系统数据")]
    if what:
        missed = missed_tickets(content, unit_id, indicator.data.measure)
    if missed:
        told.append(Markup("{}：{}（时限、办结日见反馈单“须关注的工单”）").format(what, number_words(missed)))
    elif missed is not None:
        told.append(Markup("本月没有{}").format(what.removeprefix("本月")))
        first = _filled_from(content, unit_id, indicator)
        told += [Markup("{}起并入的各月，见当月反馈单").format(month_name(each)) for each in first]
    return Markup("；").join([*told, Markup("按件明细由{}另行提供").format(listing(senders_of(content, indicator)))])


def _late_lines(content: PackContent, unit_id: str, indicator: Indicator) -> list[str]:
    """Return the items that were not closed in time, those that the rate holds from earlier months too (S30)."""
    if indicator.data.measure != "close_off":
        return []
    firsts = [row.first_period for row in content.own("indicator_scores", unit_id) if row.indicator_id == indicator.id]
    late = content.late_items
    own = late[late["unit_id"].map(content.policy.heir_of).fillna(late["unit_id"]) == unit_id]
    own = own[own["period"] >= min(firsts, default=content.policy.period)].sort_values(["due", "item_id"])
    if own.empty:
        return []
    told = [
        f"{row.item_id}（{'、'.join([*days, '未销号'][:2])}）"
        for row in own.itertuples()
        for days in [near_days([each for each in (row.due, row.closed) if each], content.edition.published)]
    ]
    more = [f"等{len(told)}项"] if len(told) > _CELLS_SHOWN else []
    return [f"未按期销号的整改事项（时限、销号日）：{told[0]}", *told[1:_CELLS_SHOWN], *more]


def _filled_from(content: PackContent, unit_id: str, indicator: Indicator) -> list[str]:
    """Return the first of the earlier months whose cases fill a rate up (S30), none where none does."""
    rows = content.own("indicator_scores", unit_id) if indicator.minimum_cases else []
    first = [row.first_period for row in rows if row.indicator_id == indicator.id and row.status == "ok"]
    return [period for period in first if period < content.policy.period]


def shown_cells(content: PackContent, unit_id: str, indicator: Indicator) -> list:
    """Return the cells that the page shows of an indicator's, none of those that are told otherwise."""
    if indicator.data.sheet == TICKETS or _late_lines(content, unit_id, indicator):
        return []
    return _lowest_first(content.sources.get((unit_id, indicator.id), []), indicator)[:_CELLS_SHOWN]


def has_marks(indicator: Indicator) -> bool:
    """Tell whether an indicator is judged by marks, of which the lowest tell most."""
    return indicator.method.name == "points"


def _lowest_first(cells: list, indicator: Indicator) -> list:
    """Return the cells behind an indicator as they stand; of marks that are too many to be shown the lowest first."""
    if len(cells) <= _CELLS_SHOWN or not has_marks(indicator):
        return cells
    return sorted(cells, key=lambda cell: inf if (mark := read_mark(cell)) is None else mark)


def read_mark(cell) -> float | None:
    """Return the mark that stands in a cell, None where none does."""
    with suppress(ValueError):
        return float(cell.raw)
    return None


def sheet_name(cell) -> str:
    """Return file and sheet of a cell; a text file has one sheet, which bears its name."""
    return escape_unseen(cell.file if cell.sheet == cell.file.rpartition(".")[0] else f"{cell.file}·{cell.sheet}")


def _cell_lines(content: PackContent, indicator: Indicator, cells: Sequence, files: Mapping[str, str]) -> Iterator[str]:
    shown = item = ""
    titles = {task.task_id: task.title for row in cells[:1] for task in content.own("key_work", row.unit_id)}
    for row in cells:
        sheet = sheet_name(row)
        place, shown = (files.get(sheet) or f"{sheet}·") if sheet != shown else "", sheet
        role, _, corrected = row.role.partition(" ")
        title = f"（{titles[row.item_id]}）" if row.item_id != item and titles.get(row.item_id) else ""
        item = row.item_id
        name = field_name(content, indicator, role)
        told = " ".join(filter(None, (row.item_id + title, name, "更正为" if corrected else "")))
        yield f"{place}{row.cell}：{told} {row.raw}"


def field_name(content: PackContent, indicator: Indicator, role: str) -> str:
    """Return the name of the column that a role was read from, as the office knows it."""
    field = getattr(indicator.data, role, None) if role in ("numerator", "denominator", "standard") else None
    kind = content.policy.sheets.kinds.get(indicator.data.sheet)
    if field and kind and field in kind.fields:
        return kind.fields[field].names[0]
    return "" if role == "value" else WORDS.roles.get(role, role)


def senders_of(content: PackContent, indicator: Indicator) -> list[str]:
    """Return the offices whose sheets bring an indicator's marks or counts, none for what tickets and the ledger do."""
    sent = [each for each in content.policy.sheets.deliveries if each.kind == indicator.data.sheet]
    return list(dict.fromkeys(each.office for each in sent if not each.indicators or indicator.id in each.indicators))
