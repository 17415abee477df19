"""The rectification ledger pressed: lights, overdue days, close-off rate, repeats, who is dunned (R2, R6, R9, S22)."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from analysis.action.similar import COMPARED, find_repeats, repeated_since
from analysis.policy.book import PolicyBook
from analysis.policy.calendar import Calendar
from analysis.policy.consequences import LedgerRules
from analysis.policy.period import month_end, reach_end
from analysis.policy.tables import TABLES


def build_ledger(
    book: PolicyBook,
    rules: LedgerRules,
    items: pd.DataFrame,
    earlier: pd.DataFrame,
    period: str,
    as_of: date,
    sent: date | None = None,
) -> pd.DataFrame:
    """Return the table `ledger`: a row per item of the month, as it stands at the as-of date (S21, S22).

    An item closed after the as-of date is still open. Of items that are due in the month up to the as-of date, those
    closed by their deadline count as closed in time.

    Args:
        book: the rules of all months; a merged unit's earlier items are its successor's.
        rules: lights, dunning and repeats in force.
        items: the month's table `ledger_items`.
        earlier: `ledger_items` of the months before, from `first_month_compared` on as far back as there are.
        period: the month.
        as_of: the day from which lights and overdue days count.
        sent: the day on which dunning letters go out, from which their answers count (S21); the as-of date by default.
    """
    if items.empty:
        return TABLES["ledger"].empty()
    answer = book.calendar.add_working_days(sent or as_of, rules.dun_working_days).isoformat()
    calendar = book.calendar.until(reach_end(period))
    rows = [_stand(row, rules, calendar, period, as_of) for row in items.to_dict("records")]
    for row in rows:
        row["answer_until"] = answer if row["is_dunned"] else ""
    known = pd.concat([earlier[list(COMPARED)], items[list(COMPARED)]]).drop_duplicates("item_id", keep="last")
    known = known.assign(unit_id=[book.heir(unit_id, period) for unit_id in known["unit_id"]])
    repeats = find_repeats(known, set(items["item_id"]), rules)
    ledger = pd.DataFrame(rows).assign(repeat_of=[repeats.get(item_id, "") for item_id in items["item_id"]])
    return TABLES["ledger"].check(ledger.assign(is_repeated=ledger["repeat_of"] != ""))


def first_month_compared(items: pd.DataFrame, rules: LedgerRules) -> str:
    """Return the first month whose ledger may hold what an item repeats; empty without items.

    An item stands in no ledger before the month in which it was found.

    Args:
        items: the month's table `ledger_items`.
        rules: how far back a problem counts as repeated.
    """
    return repeated_since(items["found"].min(), rules.repeat_months)[:7] if len(items) else ""


def _stand(item: Mapping, rules: LedgerRules, calendar: Calendar, period: str, as_of: date) -> dict:
    due = date.fromisoformat(item["due"])
    is_closed = item["closed"] != "" and item["closed"] <= as_of.isoformat()
    # An item closed after the as-of date was not closed then; the state before it is not known, rectifying is usual.
    state = "rectifying" if item["state"] == "closed" and not is_closed else item["state"]
    end = date.fromisoformat(item["closed"]) if is_closed else as_of
    overdue = calendar.working_days_between(due, end)
    left = calendar.working_days_between(as_of, due) - calendar.working_days_between(due, as_of)
    light = "closed" if is_closed else light_of(as_of, due, left, rules)
    is_due = item["due"][:7] == period and due <= as_of
    is_dunned = light in rules.dun_lights and state in rules.dun_states
    kept = {name: item[name] for name in ("period", "item_id", "unit_id", "source", "problem", "found", "due")}
    return kept | {
        "is_joint": item["source"] in rules.joint_sources,
        "state": state,
        "closed": item["closed"] if is_closed else "",
        "light": light,
        "working_days_left": pd.NA if is_closed else left,
        "overdue_working_days": overdue,
        "is_due": is_due,
        "is_closed_in_time": is_closed and item["closed"] <= item["due"],
        "is_dunned": is_dunned,
    }


def light_of(as_of: date, due: date, working_days_left: int, rules: LedgerRules) -> str:
    """Return an open item's light: red after its deadline, yellow shortly before it, else green (S22)."""
    if as_of > due:
        return "red"
    return "yellow" if working_days_left <= rules.yellow_working_days else "green"


def count_red(items: pd.DataFrame) -> pd.Series:
    """Return month → how many of its items were red at its end (S22), for the months that have items.

    Args:
        items: tables `ledger_items` of any number of months.
    """
    ends = items["period"].map(lambda period: month_end(period).isoformat())
    is_open = (items["closed"] == "") | (items["closed"] > ends)
    return (is_open & (items["due"] < ends)).groupby(items["period"]).sum()


def list_late(items: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the items that fell due in their month and were not closed in time (S22), a row a month in which they did.

    Args:
        items: tables `ledger_items` of any number of months.
        as_of: the day from which it counts.

    Returns:
        Rows of `items`, with the day on which the last month has them closed.
    """
    rows = items.sort_values("period", kind="stable")
    since = rows.drop_duplicates("item_id", keep="last").set_index("item_id")["closed"]
    is_due = (rows["due"].str[:7] == rows["period"]) & (rows["due"] <= as_of.isoformat())
    late = rows[is_due & ~((rows["closed"] != "") & (rows["closed"] <= rows["due"]))]
    return late.assign(closed=late["item_id"].map(since))


def close_off_by_unit(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's standing in the ledger (S22: close-off rate = closed in time / due).

    Returns:
        A row per unit with items, by id: unit_id, n_items, n_open, n_green, n_yellow, n_red, n_due, n_closed_in_time,
        close_off_rate (0–1, NaN where nothing was due), max_overdue_working_days (of open items), n_repeated,
        n_dunned, n_joint.
    """
    lights = {f"n_{light}": ledger["light"].eq(light) for light in ("green", "yellow", "red")}
    is_open = ledger["light"] != "closed"
    flags = ledger.assign(
        **lights,
        n_open=is_open,
        n_closed_in_time=ledger["is_due"] & ledger["is_closed_in_time"],
        open_overdue=ledger["overdue_working_days"].where(is_open, 0),
    )
    by_unit = flags.groupby("unit_id").agg(
        n_items=("item_id", "count"),
        n_open=("n_open", "sum"),
        **{name: (name, "sum") for name in lights},
        n_due=("is_due", "sum"),
        n_closed_in_time=("n_closed_in_time", "sum"),
        max_overdue_working_days=("open_overdue", "max"),
        n_repeated=("is_repeated", "sum"),
        n_dunned=("is_dunned", "sum"),
        n_joint=("is_joint", "sum"),
    )
    return by_unit.assign(close_off_rate=by_unit["n_closed_in_time"] / by_unit["n_due"]).reset_index()
