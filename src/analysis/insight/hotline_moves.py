"""Transfers of the month: who passes tickets on, who receives them, who sends them back (R8, S19)."""

from collections.abc import Sequence

import duckdb
import pandas as pd

_OF_MONTH = "from transfers where starts_with(date, period) and period in (select unnest($periods))"
_BY_UNIT = f"""select period, unit_id, sum(n_in)::bigint as n_transfers_in, sum(n_out)::bigint as n_transfers_out,
    sum(n_back)::bigint as n_returns, sum(n_late)::bigint as n_late_returns
from (
    select period, to_unit_id as unit_id, 1 as n_in, 0 as n_out, 0 as n_back, 0 as n_late {_OF_MONTH}
    union all
    select period, from_unit_id, 0, 1, is_returned::int, is_late_return::int {_OF_MONTH}
) group by all"""
_BY_MATTER = """select t.period, t.matter, count(*) as n_transfers
from transfers m join tickets t on t.ticket_id = m.ticket_id and t.period = m.period
where starts_with(m.date, m.period) and m.period in (select unnest($periods)) group by all"""


def count_moves_by_unit(con: duckdb.DuckDBPyConnection, periods: Sequence[str]) -> pd.DataFrame:
    """Return columns period, unit_id, n_transfers_in, n_transfers_out, and the sender's n_returns, n_late_returns."""
    return con.execute(_BY_UNIT, {"periods": list(periods)}).df()


def count_moves_by_matter(con: duckdb.DuckDBPyConnection, periods: Sequence[str]) -> pd.DataFrame:
    """Return columns period, matter, n_transfers."""
    return con.execute(_BY_MATTER, {"periods": list(periods)}).df()
