"""Repeats (R9): the same caller key and matter again within the policy's days."""

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import pandas as pd

# One window ordered by the hash of caller and matter, neighbours compared: a window partitioned by the two would need
# a partition a caller and spills to disk (measured). Same day: the order of ticket ids decides which of two is the
# later one.
_REPEATS = """select period, grouping(unit_id) + 2 * grouping(matter) + 4 * grouping(channel) as code,
    coalesce(unit_id, matter, channel, '') as item, count(*) as n_repeats
from (
    select period, unit_id, matter, channel, pair = lag(pair) over w and day - lag(day) over w <= $days as is_repeat
    from (
        select period, unit_id, matter, channel, hash(caller_key, matter) as pair, hash(ticket_id) as ticket,
            date_diff('day', date '1970-01-01', received::date)::int as day
        from tickets
        where is_first_delivery and caller_key <> '' and received >= $first and period <= $last
    )
    window w as (order by pair, day, ticket)
)
where is_repeat and period in (select unnest($periods))
group by grouping sets ((period, unit_id), (period, matter), (period, channel), (period))"""
_GRAINS = {6: "unit_id", 5: "matter", 3: "channel", 7: ""}


def count_repeats(con: duckdb.DuckDBPyConnection, periods: Sequence[str], days: int) -> pd.DataFrame:
    """Return the repeats among the tickets received in `periods`.

    Args:
        con: a database with the view `tickets`, which reaches `days` further back than the first month.
        periods: the months to count in.
        days: how many days after a ticket the next one of the same caller and matter is a repeat.

    Returns:
        Columns period, grain (`unit_id`, `matter`, `channel`, or empty for the district), item, n_repeats.
    """
    first = date.fromisoformat(f"{min(periods)}-01") - timedelta(days=days)
    values = {"days": days, "first": first.isoformat(), "last": max(periods), "periods": list(periods)}
    found = con.execute(_REPEATS, values).df()
    return found.assign(grain=found["code"].map(_GRAINS).astype(str)).drop(columns="code")
