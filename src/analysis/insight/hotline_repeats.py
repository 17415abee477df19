"""Repeats (R9): the same caller key and matter again within the policy's days."""

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import pandas as pd

from analysis.insight.grains import by_grain

# One window ordered by the hash of caller and matter, neighbours compared: a window partitioned by the two would need
# a partition a caller and spills to disk (measured). Same day: the order of ticket ids decides which of two is the
# later one. A ticket takes a hash of its period, unit, matter and channel through the window in place of the texts:
# half the time. `try_cast` reads a day once per text of a Parquet block, a cast once per ticket.
_REPEATS = by_grain(
    "sum(n)::bigint as n_repeats",
    source="""(
    select period, unit_id, matter, channel, n
    from (select distinct period, unit_id, matter, channel from tickets where period in (select unnest($periods)))
    join (
        select cell, count(*) as n
        from (
            select cell, pair = lag(pair) over w and day - lag(day) over w <= $days as is_repeat
            from (
                select hash(period, unit_id, matter, channel) as cell, hash(caller_key, matter) as pair,
                    hash(ticket_id) as ticket, try_cast(received as date) as day
                from tickets
                where is_first_delivery and caller_key <> '' and received >= $first and period <= $last
            )
            window w as (order by pair, day, ticket)
        )
        where is_repeat group by cell
    ) on cell = hash(period, unit_id, matter, channel)
)""",
)


def count_repeats(con: duckdb.DuckDBPyConnection, periods: Sequence[str], days: int) -> pd.DataFrame:
    """Return the repeats among the tickets received in `periods`.

    Args:
        con: a database with the view `tickets`, which reaches `days` further back than the first month.
        periods: the months to count in.
        days: how many days after a ticket the next one of the same caller and matter is a repeat.

    Returns:
        Columns period, grain, item, n_repeats (see `by_grain`).
    """
    first = date.fromisoformat(f"{min(periods)}-01") - timedelta(days=days)
    values = {"days": days, "first": first.isoformat(), "last": max(periods), "periods": list(periods)}
    return con.execute(_REPEATS, values).df()
