"""Rising matters: this month's tickets against the matter's own seasonal past."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.policy.period import shift
from analysis.policy.tables import TABLES
from analysis.policy.tickets import Rising


def find_rising_matters(by_matter: pd.DataFrame, period: str, rising: Rising) -> pd.DataFrame:
    """Return the table `rising_matters` of a month.

    Expected is the matter's share of all tickets in the seasonal past (the same month of up to `years` years before,
    with its neighbours) times all tickets of this month, so that a hotline that grows as a whole makes nothing rise.
    The spread of the past around that share gives the dispersion φ (at least 1) of a quasi-Poisson variance; z = (n −
    expected) / √(φ · expected · (1 + N / N_past)). Half a ticket is added to the past, so that a matter never seen
    before can be judged. A matter rises where z, the ratio and the number all reach params/tickets.yml; with too few
    past months nothing is said.

    Args:
        by_matter: the tables `hotline_by_matter` of this and earlier months in one frame.
        period: the month.
        rising: the thresholds.

    Returns:
        A row a matter with tickets in the month, the highest z first among equals of the key.
    """
    counts = by_matter.pivot_table(index="matter", columns="period", values="n_received", aggfunc="sum", fill_value=0)
    months = [month for month in _seasonal_months(period, rising) if month in counts.columns]
    now = by_matter[(by_matter["period"] == period) & (by_matter["n_received"] > 0)]
    frame = now[["period", "matter_id", "matter", "n_received"]].assign(n_past_months=len(months))
    frame = frame.assign(is_judged=len(months) >= rising.minimum_months)
    if len(months) < rising.minimum_months:
        return TABLES["rising_matters"].check(frame.assign(expected=np.nan, ratio=np.nan, z=np.nan, is_rising=False))
    past = counts.loc[frame["matter"], months].to_numpy(dtype=float)
    totals = counts[months].sum().to_numpy(dtype=float)
    total_now, total_past = float(frame["n_received"].sum()), totals.sum()
    n = frame["n_received"].to_numpy(dtype=float)
    share = (past.sum(axis=1) + 0.5) / total_past
    spread = ((past - np.outer(share, totals)) ** 2 / np.outer(share, totals)).sum(axis=1) / (len(months) - 1)
    expected = share * total_now
    z = (n - expected) / np.sqrt(np.maximum(spread, 1) * expected * (1 + total_now / total_past))
    is_rising = (z >= rising.threshold_z) & (n >= rising.minimum_ratio * expected) & (n >= rising.minimum_count)
    return TABLES["rising_matters"].check(frame.assign(expected=expected, ratio=n / expected, z=z, is_rising=is_rising))


def _seasonal_months(period: str, rising: Rising) -> Sequence[str]:
    around = range(-rising.neighbours, rising.neighbours + 1)
    return [shift(period, -12 * year + step) for year in range(rising.years, 0, -1) for step in around]
