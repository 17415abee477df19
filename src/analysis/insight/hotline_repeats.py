"""Repeats (R9): the same caller key and matter again within the policy's days; and the tickets to heed."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from analysis.insight.grains import by_grain
from analysis.intake.tickets.engine import open_engine
from analysis.intake.tickets.source import open_table
from analysis.policy.book import Policy

# One window ordered by the hash of caller and matter, neighbours compared: a window partitioned by the two would need
# a partition a caller and spills to disk (measured). Of one day's tickets that with the smallest id is the first; only
# they are put in that order, as sorting all by id takes half as long again. `try_cast` reads a day once per text of a
# Parquet block, a cast once per ticket.
_FOUND = """(
    with in_order as materialized (
        select {carried}, ticket_id, pair, day,
            case when pair = lag(pair) over w then day - lag(day) over w end as since,
            case when pair = lead(pair) over w then lead(day) over w - day end as till
        from (
            select {computed}, ticket_id, hash(caller_key, matter) as pair, try_cast(received as date) as day
            from tickets
            where is_first_delivery and caller_key <> '' and received >= $first and period <= $last
        )
        window w as (order by pair, day)
    )
    select {carried}, ticket_id from in_order where since between 1 and $days and till is distinct from 0
    union all
    select {carried}, ticket_id from (
        select *, ticket_id > min(ticket_id) over of_day or max(since) over of_day between 1 and $days as is_repeat
        from in_order where since = 0 or till = 0
        window of_day as (partition by pair, day)
    ) where is_repeat
)"""
# Through the window goes a hash of period, unit, matter and channel in place of the texts: half the time.
_CELL = "hash(period, unit_id, matter, channel)"
_REPEATS = by_grain(
    "sum(n)::bigint as n_repeats",
    source=f"""(
    select period, unit_id, matter, channel, n
    from (select distinct period, unit_id, matter, channel from tickets where period in (select unnest($periods)))
    join (select cell, count(*) as n from {_FOUND.format(carried="cell", computed=f"{_CELL} as cell")} group by cell)
    on cell = {_CELL}
)""",
)
# Whether a ticket is open past its due date (S20): it counts among the due ones, or did in a month before.
OVERDUE = "not is_closed and (counted_in <> '' or due_period < period)"
# What a unit is told of a ticket: neither who called nor where it stands in the delivery.
_COLUMNS = (
    "ticket_id, matter_id, matter, unit_id, received, due_final, due_period, closed, is_closed, counted_in, is_due, "
    "is_on_time, is_shared, is_call_back_valid, is_satisfied, is_attitude_complaint"
)
_OF_MONTH = f"select ticket_id from {_FOUND.format(carried='period', computed='period')} where period = $last"
_NOTED = f"""select * from (
    select {_COLUMNS},
        {OVERDUE} as is_overdue,
        ticket_id in ({_OF_MONTH}) as is_repeat
    from tickets where period = $last
)
where not is_closed or is_repeat
    or (is_due and (not is_on_time or is_attitude_complaint or (is_call_back_valid and not is_satisfied)))
order by due_final, ticket_id"""


def count_repeats(con: duckdb.DuckDBPyConnection, periods: Sequence[str], days: int) -> pd.DataFrame:
    """Return the repeats among the tickets received in `periods`.

    Args:
        con: a database with the view `tickets`, which reaches `days` further back than the first month.
        periods: the months to count in.
        days: how many days after a ticket the next one of the same caller and matter is a repeat.

    Returns:
        Columns period, grain, item, n_repeats (see `by_grain`).
    """
    return con.execute(_REPEATS, _values(periods, days)).df()


def months_before(days: int) -> int:
    """Return how many months before a month the tickets may be whose repeats come in it."""
    return days // 28 + 1


def list_noted(tickets: Sequence[Path], period: str, policy: Policy) -> pd.DataFrame:
    """Return the tickets of a month that the unit has to heed: open, late, unsatisfied, complained of or repeated.

    Args:
        tickets: files of the table `tickets`: those of the month, and of the months before as for `count_repeats`.
        period: the month.
        policy: the rules in force.

    Returns:
        A row a ticket, in the order of its due day, without caller and place in the delivery; `is_overdue` and
        `is_repeat` as `n_overdue` and `n_repeats` count them.
    """
    values = _values([period], policy.ticket_rules.repeat_days)
    del values["periods"]
    with open_engine(policy.tickets.engine) as con:
        open_table(con, "tickets", tickets)
        return con.execute(_NOTED, values).df()


def _values(periods: Sequence[str], days: int) -> dict[str, object]:
    first = date.fromisoformat(f"{min(periods)}-01") - timedelta(days=days)
    return {"days": days, "first": first.isoformat(), "last": max(periods), "periods": list(periods)}
