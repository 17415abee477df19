"""上月要求: what became of what the month before asked for, as far as tables tell it (R6, S20, S22)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from analysis.report.tasks import Task

# Tables of the month before and of this one that tell what became of a request.
TABLES_OF_OUTCOMES = ("ledger", "tickets", "inspections")
_ANSWERED = ("dunned", "fell_due")  # these ask for a written answer too, which stands in no table
_OF_ITEMS = (*_ANSWERED, "due_soon")
_ACCEPTED = ("accept", "accept_soon")
_KNOWN = (*_OF_ITEMS, *_ACCEPTED, "tickets", "inspection")


def tell_last_requests(
    tasks: Sequence[Task],
    dun_states: Collection[str],
    before: Mapping[str, pd.DataFrame],
    now: Mapping[str, pd.DataFrame],
) -> str:
    """Return what of the requests of the month before is done, open, or told by no table; empty without any.

    Args:
        tasks: what the month before asked for (see `list_tasks`).
        dun_states: states of open items that were their units' to end, by the rules of that month.
        before: its tables, those of `TABLES_OF_OUTCOMES`.
        now: the same of this month.
    """
    kinds = {task.kind for task in tasks}
    if not kinds:
        return ""
    told = [*_of_items(kinds, dun_states, before["ledger"], now["ledger"])]
    told += [*_of_tickets(kinds, before["tickets"], now["tickets"]), *_of_visits(tasks, now["inspections"])]
    if not told:
        return "上月通报所提要求的办理情况未登记。"
    silent = ["其余要求"] * bool(kinds - {*_KNOWN}) + ["书面答复"] * bool(kinds & {*_ANSWERED})
    told += [f"{'和'.join(silent)}的办理情况未登记"] * bool(silent)
    return f"上月通报所提要求的办理情况：{'；'.join(told)}。"


def _of_items(
    kinds: Collection[str], dun_states: Collection[str], before: pd.DataFrame, now: pd.DataFrame
) -> Iterator[str]:
    """Yield what became of the items that units were to end, and of those that the office was to accept (S22)."""
    pressing = before[before["light"].isin(["yellow", "red"]) | before["is_dunned"].astype(bool)]
    states = now["state"].where(now["light"] != "closed", "closed").set_axis(now["item_id"])
    own = pressing["state"].isin(dun_states) | pressing["is_dunned"].astype(bool)
    if {*kinds} & {*_OF_ITEMS}:
        found = states.reindex(pressing.loc[own, "item_id"])
        done = found.eq("closed")
        yield _count("要求销号或答复的", "项整改事项", found, {"已销号": done, "未销号": found.notna() & ~done})
    if {*kinds} & {*_ACCEPTED}:
        waiting = (before["state"] == "to_accept") & (before["light"] != "closed")
        found = states.reindex(before.loc[waiting, "item_id"])
        done, back = found.eq("closed"), found.eq("returned")
        left = found.notna() & ~done & ~back
        yield _count("待验收的", "项", found, {"已验收销号": done, "验收退回": back, "尚未验收": left})


def _of_tickets(kinds: Collection[str], before: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    """Yield what became of the tickets that were overdue and open (S20)."""
    if "tickets" not in kinds:
        return
    late = before.loc[mark_overdue(before), "ticket_id"]
    found = now["is_closed"].set_axis(now["ticket_id"]).reindex(late)
    done = found.eq(True)
    yield _count("逾期未办结的", "件工单", found, {"已办结": done, "仍未办结": found.notna() & ~done})


def mark_overdue(tickets: pd.DataFrame) -> pd.Series:
    """Mark the tickets of a month that are open past their due date, as `OVERDUE` does in a database (S20)."""
    is_past = (tickets["counted_in"] != "") | (tickets["due_period"] < tickets["period"])
    return is_past & ~tickets["is_closed"].astype(bool)


def _of_visits(tasks: Sequence[Task], visits: pd.DataFrame) -> Iterator[str]:
    """Yield how many of the drawn units that were still to be visited were (R12)."""
    drawn = {task.owner for task in tasks if task.kind == "inspection"}
    if drawn:
        seen = pd.Series(sorted(drawn)).isin(visits["unit_id"])
        yield _count("摇号抽中待检查的", "个单位", seen, {"已检查": seen, "尚未检查": ~seen})


def _count(what: str, of: str, found: pd.Series, parts: Mapping[str, pd.Series]) -> str:
    """Return what became of so many things; of what this month's tables have no row of, that it is not registered."""
    unit = of[0]
    counts = {word: int(flags.sum()) for word, flags in parts.items()} | {"未登记": int(found.isna().sum())}
    told = "、".join(f"{word}{count}{unit}" for word, count in counts.items() if count)
    return f"{what}{len(found)}{of}，{told}"
