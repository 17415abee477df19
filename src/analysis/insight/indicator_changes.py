"""Which indicators are worse than their own past (S33): the district's mean of a month against the months before it.

Where an indicator loses most is mostly settled by how it is built, month for month; this tells what is new. The mean
score is compared with that of the months before under the same rule (R7), in units of its own month-to-month spread:
one-sided t test, Benjamini–Hochberg over all indicators. Months depend on each other: the median over indicators of
the correlation of neighbouring months widens the error and lowers the degrees of freedom. Indicators whose months share
visits (S13) hardly move from month to month by construction and are not compared.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analysis.insight.chance import false_discovery_rates
from analysis.insight.slope import correlate_neighbours
from analysis.policy.book import Policy
from analysis.policy.tables import TABLES

_MOST_CORRELATION = 0.95
_TOLD = ["indicator_id", "n_months", "mean_score", "usual_score", "change_points", "spread_points", "p_value"]


def compare_indicators(summaries: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the table `indicator_changes` of a month: a row an indicator that has a mean score and a past.

    Args:
        summaries: the tables `indicator_summary` of the month and of those before that are looked at, in one frame.
        policy: the rules in force; its period is the month.
    """
    rules = policy.trends.worsening
    means = summaries[summaries["scope"] == "month"].pivot(index="period", columns="indicator_id", values="mean_score")
    pasts = {}
    for indicator in policy.indicators:
        if indicator.id in means and not indicator.window_months:
            series = means.loc[indicator.from_ : policy.period, indicator.id].dropna()
            if len(series) > rules.least_months and series.index[-1] == policy.period:
                pasts[indicator.id] = series.to_numpy(dtype=float)
    correlation = _correlate(series[:-1] for series in pasts.values())
    rows = [(id_, *_compare(series[:-1], series[-1], correlation)) for id_, series in pasts.items()]
    found = pd.DataFrame(rows, columns=_TOLD)
    q = false_discovery_rates(found["p_value"].to_numpy(dtype=float))
    has_worsened = (100 * q <= policy.trends.false_discovery_pct) & (found["change_points"] <= -rules.least_points)
    return TABLES["indicator_changes"].check(found.assign(period=policy.period, q_value=q, has_worsened=has_worsened))


def _correlate(pasts: Iterable[np.ndarray]) -> float:
    """Return the correlation of neighbouring months: the median over the series that vary, each around its level."""
    found = [rho for past in pasts if not np.isnan(rho := correlate_neighbours(past, n_fitted=1))]
    return float(np.clip(np.median(found), 0, _MOST_CORRELATION)) if found else 0.0


def _compare(past: np.ndarray, now: float, correlation: float) -> tuple[int, float, float, float, float, float]:
    """Return what `_TOLD` names of a series after its id."""
    count, change, spread = len(past), now - past.mean(), past.std(ddof=1)
    months = np.arange(count + 1)
    correlated = correlation ** np.abs(months[:, None] - months)
    weights = np.append(np.full(count, -1 / count), 1.0)
    around_mean = (np.eye(count) - 1 / count) @ correlated[:count, :count]
    freedom = np.trace(around_mean)
    # The spread of correlated months around their own mean is too small by `freedom` / (count - 1).
    error = spread * np.sqrt(weights @ correlated @ weights * (count - 1) / freedom)
    degrees = freedom**2 / np.trace(around_mean @ around_mean)
    # Months that never differed: any change is beyond what they ever did.
    p = stdtr(degrees, change / error) if error > 0 else float(change >= 0)
    return count, now, past.mean(), change, spread, p
