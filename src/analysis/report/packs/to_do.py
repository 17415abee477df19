"""一、本月须办: what a unit has to do, by when and about what, the nearest first; the right to object is none of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from math import isnan, nan

from markupsafe import Markup

from analysis.report.bulletin import still_open
from analysis.report.measures import reason_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.losses import advice_words, held_before
from analysis.report.packs.own_load import posts_change
from analysis.report.packs.own_tickets import (
    UNNAMED,
    coming_tickets,
    is_unnamed,
    overdue_tickets,
    ticket_words,
    tickets_table,
)
from analysis.report.packs.questions import alike_rows, question_words
from analysis.report.page.pieces import link, table, text
from analysis.report.tasks import Task, asked_words, why_open
from analysis.report.words import OVER, SMALLEST, WORDS, listing, near_day, score, weekend_mark

_NAMED = 3
# Where on the page a task has its rows.
_PLACES = {
    "measures": "losses",
    "supply": "losses",
    "dunned": "items",
    "fell_due": "items",
    "tickets": "tickets",
    "rising": "tickets",
    "verify": "questions",
    "watch": "watch",
    "interview": "measures",
    "notice": "measures",
}


@dataclass(frozen=True)
class ToDo:
    """One line of what a unit has to do.

    Attributes:
        until: the last day, by which lines are ordered.
        told: what is to be done.
        place: where on the page its rows stand, empty where nowhere.
        is_at_once: whether it is late already: then it stands first and `until` is the very last day.
        late_days: so many working days it is late on the as-of date (S21), the longest of several.
    """

    until: date
    told: str
    place: str = ""
    is_at_once: bool = False
    late_days: int = 0


def to_do_table(content: PackContent, unit_id: str) -> Markup:
    """Return what the unit has to do, strictly by date; empty where there is nothing."""
    rows = sorted(_to_dos(content, unit_id), key=lambda row: (not row.is_at_once, row.until))
    if not rows:
        return Markup("")
    day = content.edition.published

    def when(row: ToDo) -> str:
        told = near_day(row.until, day) + weekend_mark(row.until)
        return _at_once_words(content, row, told) if row.is_at_once else told + f"（{OVER}）" * (row.until < day)

    columns = [text("事项", lambda row: link(f"#{row.place}", row.told) if row.place else row.told), text("时限", when)]
    office, days = content.policy.district.office, content.policy.consequences.answer_working_days
    based = f"；超期工单的最迟日期为发布后第{days}个工作日" * any(row.is_at_once for row in rows)
    return table(columns, rows, f"须办事项，由近及远；书面材料报{office}{based}", css="dated")


def _at_once_words(content: PackContent, row: ToDo, last: str) -> str:
    """Return that what is late is to be done at once, how late it is, and by which day the office asks after it."""
    late = f"（至{_as_of(content)}已超期{row.late_days}个工作日）" * bool(row.late_days)
    return f"立即办结{late}，最迟{last}"


def last_days(content: PackContent, unit_id: str) -> list[date]:
    """Return the last day for the unit's objections, none where it is over."""
    periods = still_open(content.table("objection_periods"), content.edition)
    return [date.fromisoformat(until) for until in periods.loc[periods["unit_id"] == unit_id, "until"]]


def object_words(content: PackContent, unit_id: str) -> str:
    """Return until when the unit may object, which it need not; empty where that is over."""
    return "".join(
        f"有异议的，请于{near_day(day, content.edition.published)}（含当日）前提出"
        for day in last_days(content, unit_id)
    )


def _to_dos(content: PackContent, unit_id: str) -> Iterator[ToDo]:
    late = overdue_tickets(content, unit_id)
    for task in content.tasks.get(unit_id, []):
        if task.kind == "due_soon":
            continue  # each of the unit's items has its own line
        if task.kind != "tickets":
            yield ToDo(task.until, _task_words(content, task), _place(content, task))
        elif late:
            days = max(_late_days(content, row) for row in late)
            yield ToDo(task.until, _late_words(content, late), "tickets", is_at_once=True, late_days=days)
        elif "n_due" not in content.hidden_counts:  # they would bound the district's due ones from below (S46)
            yield ToDo(task.until, task.words(), "tickets", is_at_once=True)
    for until, rows in _coming(content, unit_id):
        names = [ticket_words(content, row) for row in rows]
        what = WORDS.own_tasks["tickets_passed" if until < content.edition.published else "tickets_due"]
        place = "" if len(names) <= _NAMED else "open"
        yield ToDo(until, _named(what.format(day=_as_of(content)), names, "件"), place)
    yield from _items(content, unit_id)
    yield from _posts(content, unit_id)
    yield from _states(content, unit_id)


def _posts(content: PackContent, unit_id: str) -> Iterator[ToDo]:
    """Yield, of approved posts that changed, that they are confirmed by the day by which the office looks for why.

    Whose data may be another's answers that together with the question on these, and confirms no single one (S34).
    """
    moved = posts_change(content, unit_id)
    told = WORDS.own_tasks["posts_alike" if alike_rows(content, unit_id) else "posts"].format(moved=moved)
    days = [task.until for task in content.tasks.get("", []) if task.kind == "posts"] * bool(moved)
    yield from (ToDo(until, told, "load") for until in days)


def _states(content: PackContent, unit_id: str) -> Iterator[ToDo]:
    told = fallen_states(content, unit_id)
    yield from (ToDo(until, each, "losses") for each in told for until in last_days(content, unit_id))


def fallen_states(content: PackContent, unit_id: str) -> list[str]:
    """Return of each state that is worse than last month's that the unit finds out why; it may still object (S10).

    Not of whose points may be another's: they are verified first (S34).
    """
    found = []
    for row in content.losses.get(unit_id, []) * (not alike_rows(content, unit_id)):
        then, of = content.before.get((unit_id, row.indicator_id)), content.policy.indicator_by_id[row.indicator_id]
        if not of.method.states or then is None or then.score - row.score < SMALLEST:
            continue
        before = held_before(content, row, of)  # nothing by another rule, nor where two states have the same points
        now = [state for state, points in of.method.states.items() if points == row.value]
        told = WORDS.own_tasks["state_fell"].format(indicator=of.name, then=before, now="".join(now[:1]))
        found += [told] * bool(before and len(now) == 1)
    return found


def best_step(content: PackContent, unit_id: str) -> list[str]:
    """Return which loss of the month could be mended most, and how: at a state's best, else at the group's median.

    None where nothing is surely mended so, and where the points may be another's: they are verified first (S34). Marks
    of visits are none: nothing but another visit moves them (S13).
    """
    if alike_rows(content, unit_id):
        return []
    of, spared = content.policy.indicator_by_id, content.policy.relative_indicators

    def gain(row) -> float:
        best = max(of[row.indicator_id].method.states.values(), default=nan)
        return content.gain_at_median(unit_id, row)[0] if isnan(best) else row.weight * (best - row.score) / 100

    rows = [row for row in content.losses.get(unit_id, []) if row.indicator_id not in spared]
    rows = [row for row in rows if not of[row.indicator_id].window_months and gain(row) >= SMALLEST]
    return [
        f"今后可少失分最多的是{content.names[row.indicator_id]}（本月失{score(row.lost_points)}分）："
        f"{advice_words(content, unit_id, row)}。"
        for row in sorted(rows, key=gain, reverse=True)[:1]
    ]


def unnamed_words(content: PackContent, unit_id: str) -> str:
    """Return why some of the tickets named have no matter, or where that stands; empty where all of them have one."""
    lists = [overdue_tickets(content, unit_id), *(rows for _, rows in _coming(content, unit_id))]
    named = [row for rows in lists if len(rows) <= _NAMED for row in rows]
    told = (
        "工单未标事项的，原因见“须关注的工单”。" if UNNAMED in tickets_table(content, unit_id) else f"工单{UNNAMED}。"
    )
    return told if any(is_unnamed(content, row) for row in named) else ""


def has_more_open(content: PackContent, unit_id: str) -> bool:
    """Tell whether the open tickets of some day are counted alone, so that their numbers have to stand elsewhere."""
    return any(len(rows) > _NAMED for _, rows in _coming(content, unit_id))


def _coming(content: PackContent, unit_id: str) -> list[tuple[date, list]]:
    return _by_day(coming_tickets(content, unit_id), "due_final")


def _place(content: PackContent, task: Task) -> str:
    place = _PLACES.get(task.kind, "")
    return "" if place == "questions" and not question_words(content, task.owner) else place


def _task_words(content: PackContent, task: Task) -> str:
    told, again = WORDS.own_tasks.get(task.kind), asked_words([task], is_whole=True)
    if task.kind == "measures":
        grading, names = content.policy.grading, content.names
        why = [row for row in content.own("consequences", task.owner) if row.is_current and row.basis == "month"]
        return "".join(f"{reason_words(row, grading, names)}：" for row in why[:1]) + told
    if task.kind == "watch":
        return watch_task_words(content, task) + again
    if task.kind in ("dunned", "fell_due"):
        own = content.own("ledger", task.owner)
        ids = [row.item_id for row in own if row.is_dunned] if task.kind == "dunned" else _fell_due(content, task.owner)
        words = task.words() + f"：{'、'.join(ids)}" * (0 < len(ids) <= _NAMED)
        return words + again + why_open(task)
    return (told or task.words()) + again


def watch_task_words(content: PackContent, task: Task) -> str:
    """Return what the watch list asks of a unit: to find the reason, and measures against what it is listed for.

    The same to the unit on its page and in its paper.
    """
    reasons = {row.reason for row in content.own("watch_list", task.owner) if row.is_met}
    if any(each.kind == "measures" for each in content.tasks[task.owner]):
        reasons -= {"bottom_five"}  # measures are asked for once
    asked = listing([word for reason, word in WORDS.own_watch.items() if reason in reasons])
    return WORDS.own_tasks["watch"].format(subject=asked) if asked else task.words()


def _fell_due(content: PackContent, unit_id: str) -> list[str]:
    return [row.item_id for row in _pressing(content, unit_id) if row.due < content.edition.published.isoformat()]


def _pressing(content: PackContent, unit_id: str) -> list:
    """Return the unit's open items that it has to bring to an end itself, those that are dunned apart."""
    states = content.policy.ledger.dun_states
    own = content.own("ledger", unit_id)
    return [row for row in own if row.light != "closed" and row.state in states and not row.is_dunned]


def _items(content: PackContent, unit_id: str) -> Iterator[ToDo]:
    """Yield the items of the ledger that are open: those still to be brought to an end, and those to be accepted."""
    still = [row for row in _pressing(content, unit_id) if row.due >= content.edition.published.isoformat()]
    for until, rows in _by_day(still, "due"):
        yield ToDo(until, _named(WORDS.own_tasks["due_soon"], [_item_words(row) for row in rows], "项"), "items")
    waiting = [row for row in content.own("ledger", unit_id) if row.light != "closed" and row.state == "to_accept"]
    for until, rows in _by_day(waiting, "due"):
        yield ToDo(until, _named(WORDS.own_tasks["to_accept"], [_item_words(row) for row in rows], "项"), "items")


def _item_words(row) -> str:
    return f"{row.item_id}（{row.problem}）"


def _late_days(content: PackContent, row) -> int:
    due = date.fromisoformat(row.due_final)
    return content.policy.calendar.working_days_between(due, content.edition.as_of)


def _late_words(content: PackContent, rows: list) -> str:
    """Return which tickets are overdue and since when."""
    published = content.edition.published
    told = [f"{ticket_words(content, row)}，应于{near_day(row.due_final, published)}办结" for row in rows]
    earliest = f"，最早的{told[0]}" if len(rows) > _NAMED else ""
    return _named(WORDS.own_tasks["tickets"], told, "件", "；") + earliest


def _as_of(content: PackContent) -> str:
    return near_day(content.edition.as_of, content.edition.published)


def _named(what: str, names: list[str], of: str, apart: str = "、") -> str:
    """Return what is to be done with what, by name where these are few, else how many they are."""
    return f"{what}：{apart.join(names)}" if len(names) <= _NAMED else f"{what}{len(names)}{of}"


def _by_day(rows: Iterable, column: str) -> list[tuple[date, list]]:
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return [(date.fromisoformat(day), found[day]) for day in sorted(found)]
