"""Rising matters: this month's tickets against the matter's own seasonal past, beyond what chance brings (S33)."""

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr

from analysis.insight.chance import chance_of_more, false_discovery_rates, fit_overdispersion
from analysis.policy.period import shift
from analysis.policy.tables import TABLES
from analysis.policy.tickets import Rising

# What is read of `hotline_by_matter`.
MATTER_COLUMNS = ("period", "matter_id", "matter", "n_received")
_ROUNDS = 3
# A matter of fewer expected tickets tells nothing by itself of how the hotline grows: such matters are taken together.
_DENSE = 5


def find_rising_matters(by_matter: pd.DataFrame, period: str, rising: Rising) -> pd.DataFrame:
    """Return the table `rising_matters` of a month.

    The seasonal past is the same month of up to `years` years before, with its neighbours. A matter rises where chance
    is too rare among all matters of the month (Benjamini–Hochberg), and the ratio and the number reach
    params/tickets.yml; with too few past months nothing is said.

    Args:
        by_matter: the tables `hotline_by_matter` of this and earlier months in one frame.
        period: the month.
        rising: the thresholds.

    Returns:
        A row a matter with tickets in the month.
    """
    counts = by_matter.pivot_table(index="matter", columns="period", values="n_received", aggfunc="sum", fill_value=0)
    months = [month for month in seasonal_months(period, rising) if month in counts.columns]
    now = by_matter[(by_matter["period"] == period) & (by_matter["n_received"] > 0)]
    frame = now[["period", "matter_id", "matter", "n_received"]].assign(n_past_months=len(months))
    frame = frame.assign(is_judged=len(months) >= rising.minimum_months)
    if len(months) < rising.minimum_months:
        unknown = dict.fromkeys(("expected", "ratio", "p_value", "q_value"), np.nan)
        return TABLES["rising_matters"].check(frame.assign(**unknown, is_rising=False))
    n = frame["n_received"].to_numpy(dtype=float)
    expected, p = judge_counts(counts.loc[frame["matter"], months].to_numpy(dtype=float), n)
    q = false_discovery_rates(p)
    is_rising = (100 * q <= rising.false_discovery_pct) & (n >= rising.minimum_ratio * expected)
    is_rising &= n >= rising.minimum_count
    told = {"expected": expected, "ratio": n / expected, "p_value": p, "q_value": q, "is_rising": is_rising}
    return TABLES["rising_matters"].check(frame.assign(**told))


def judge_counts(past: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what each matter's own past lets expect, and the probability that chance brings as many or more.

    A matter's level is its mean over the past months, each divided by that month's growth: the weighted median over
    matters of tickets compared with the level, so that a hotline that grows as a whole makes nothing rise, and one
    matter that multiplies takes nothing from another. Half a ticket is added to the past, so that a matter never seen
    before can be judged. The tail is the negative binomial's. Its φ is the mean of the matter's own, from its past
    months, and of what all matters together let expect at its size; because it is estimated, the tail is read as one
    of Student's t with twice the months' degrees of freedom, instead of as a normal one.

    Args:
        past: (J, M) tickets of each matter in each past month.
        now: (J,) tickets of the month.
    """
    n_months, tickets = past.shape[1], past.sum(axis=1) + 0.5
    growth = np.ones(n_months)
    for _ in range(_ROUNDS):
        growth = np.array([_growth(month, tickets / growth.sum()) for month in past.T])
    level = tickets / growth.sum()
    growth_now = _growth(now, level)
    mean, expected = np.outer(level, growth), level * growth_now
    # The level takes a degree of freedom from the months.
    z = (past - mean) / np.sqrt(mean * (1 - 1 / n_months))
    is_told = mean >= 1
    typical = fit_overdispersion(z[is_told], mean[is_told]).at(expected)
    phi = np.maximum(1, (typical + (z**2).mean(axis=1)) / 2)
    tail = chance_of_more(now, expected, phi * (1 + growth_now / growth.sum()))
    return expected, stdtr(2 * (n_months - 1), ndtri(tail))


def _growth(counts: np.ndarray, level: np.ndarray) -> float:
    """Return the weighted median over matters of a month's counts compared with their level."""
    is_dense = level >= _DENSE
    levels = np.append(level[is_dense], level[~is_dense].sum())
    ratios = np.append(counts[is_dense] / level[is_dense], counts[~is_dense].sum() / max(levels[-1], 1e-9))
    order = np.argsort(ratios)
    weights = levels[order]
    middles = (np.cumsum(weights) - weights / 2) / weights.sum()
    return max(1e-9, float(np.interp(0.5, middles, ratios[order])))


def seasonal_months(period: str, rising: Rising) -> list[str]:
    """Return the months with which a month is compared: the same ones of years before, and their neighbours."""
    around = range(-rising.neighbours, rising.neighbours + 1)
    return [shift(period, -12 * year + step) for year in range(rising.years, 0, -1) for step in around]
