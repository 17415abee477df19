"""Quantiles of the handling time in working days, by the method `higher` (S4): exact, from counts a day."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from analysis.insight.grains import by_grain

_HISTOGRAM = by_grain(
    "handling_working_days as days, count(*) as n",
    condition="is_closed and starts_with(closed, period)",
    also_by="handling_working_days,",
)


def handling_quantiles(
    con: duckdb.DuckDBPyConnection, periods: Sequence[str], quantiles_pct: tuple[float, float]
) -> pd.DataFrame:
    """Return two quantiles (by default median and 90th percentile) of the working days of the month's closed tickets.

    Method `higher`: of n values in order, the one at place ceil(q·(n − 1)) from 0. Of 1, 2, 3, 4 the median is 3.

    Returns:
        Columns period, grain, item, n_handled, median_handling_days, p90_handling_days.
    """
    rows = con.execute(_HISTOGRAM, {"periods": list(periods)}).df()
    rows = rows.sort_values(["period", "grain", "item", "days"])
    groups = rows.groupby(["period", "grain", "item"])
    rows = rows.assign(reached=groups["n"].cumsum(), total=groups["n"].transform("sum"))
    result = groups["n"].sum().rename("n_handled").to_frame()
    for column, share in zip(("median_handling_days", "p90_handling_days"), quantiles_pct, strict=True):
        place = np.ceil(share / 100 * (rows["total"] - 1) - 1e-9)
        result[column] = rows[rows["reached"] > place].groupby(["period", "grain", "item"])["days"].min()
    return result.reset_index()
