"""What became of what the month before asked for, as far as tables tell it (R6, R12, S20, S22)."""

from datetime import date
from itertools import product

import duckdb
import pandas as pd
import pytest

from analysis.insight.hotline_repeats import OVERDUE
from analysis.report.last_requests import mark_overdue, tell_last_requests
from analysis.report.tasks import Task

DUN_STATES = ("unassigned", "rectifying", "returned")
DAY = date(2026, 10, 16)
ITEMS = ["item_id", "light", "state", "is_dunned"]
TICKETS = ["ticket_id", "period", "is_closed", "counted_in", "due_period"]


def ledger(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=ITEMS)


def tickets(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=TICKETS)


def tell(tasks, before=(), now=(), late=(), since=(), seen=()) -> str:
    visits = pd.DataFrame({"unit_id": list(seen)}, dtype=str)
    past = {"ledger": ledger(*before), "tickets": tickets(*late), "inspections": visits.iloc[:0]}
    return tell_last_requests(
        tasks, DUN_STATES, past, {"ledger": ledger(*now), "tickets": tickets(*since), "inspections": visits}
    )


def test_items_that_units_were_to_end_are_done_open_or_stand_in_no_ledger_any_more():
    before = [
        ("a", "red", "returned", True),
        ("b", "red", "rectifying", True),
        ("c", "yellow", "rectifying", False),
        ("d", "yellow", "unassigned", False),
        ("e", "green", "rectifying", False),  # not asked about
        ("f", "yellow", "to_accept", False),  # the office's
    ]
    now = [("a", "red", "returned", True), ("b", "closed", "closed", False), ("c", "closed", "closed", False)]
    now += [("e", "closed", "closed", False), ("f", "closed", "closed", False)]
    tasks = [Task("dunned", DAY, "D02", 2), Task("due_soon", DAY, "D03", 2)]
    assert tell(tasks, before, now) == (
        "上月通报所提要求的办理情况：要求销号或答复的4项整改事项，已销号2项、未销号1项、未登记1项；书面答复的办理情况未登记。"
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [("closed", "已验收销号1项"), ("returned", "验收退回1项"), ("to_accept", "尚未验收1项"), ("", "未登记1项")],
)
def test_what_waited_for_acceptance_was_accepted_sent_back_or_waits_still(state, told):
    light = "closed" if state == "closed" else "yellow"
    now = [("f", light, state, False)] * bool(state)
    said = tell([Task("accept", DAY)], [("f", "yellow", "to_accept", False)], now)
    assert said == f"上月通报所提要求的办理情况：待验收的1项，{told}。"


def test_overdue_tickets_are_followed_by_their_numbers_and_no_other_ticket_counts():
    late = [
        ("1", "2026-09", False, "2026-09", "2026-09"),
        ("2", "2026-09", False, "", "2026-08"),
        ("3", "2026-09", False, "", "2026-10"),  # not due yet
        ("4", "2026-09", True, "2026-09", "2026-09"),
    ]
    since = [("1", "2026-10", True, "2026-09", "2026-09"), ("2", "2026-10", False, "2026-08", "2026-08")]
    said = tell([Task("tickets", DAY, "D02", 2)], late=late, since=since)
    assert said == "上月通报所提要求的办理情况：逾期未办结的2件工单，已办结1件、仍未办结1件。"


def test_what_is_overdue_is_so_in_a_database_and_here():
    values = product(("", "2026-09"), ("2026-08", "2026-09", "2026-10"), (True, False))
    rows = [(str(at), "2026-09", is_closed, counted, due) for at, (counted, due, is_closed) in enumerate(values)]
    frame = tickets(*rows)
    with duckdb.connect() as con:
        con.register("tickets", frame)
        known = con.execute(f"select {OVERDUE} from tickets order by ticket_id::int").fetchall()
    assert mark_overdue(frame).tolist() == [each for (each,) in known] and {*mark_overdue(frame)} == {True, False}


def test_drawn_units_were_visited_or_not():
    tasks = [Task("inspection", DAY, unit) for unit in ("D02", "D03", "T01")]
    assert tell(tasks, seen=["D03", "D03", "D09"]) == (
        "上月通报所提要求的办理情况：摇号抽中待检查的3个单位，已检查1个、尚未检查2个。"
    )


def test_of_what_no_table_tells_it_is_said_that_it_is_not_registered():
    asked = [Task("measures", DAY, "D02"), Task("watch", DAY, "D03"), Task("meeting", DAY)]
    assert tell(asked) == "上月通报所提要求的办理情况未登记。"
    found = tell(
        [*asked, Task("accept", DAY)], [("f", "yellow", "to_accept", False)], [("f", "closed", "closed", False)]
    )
    assert found.endswith("；其余要求的办理情况未登记。")
    assert tell([]) == ""
