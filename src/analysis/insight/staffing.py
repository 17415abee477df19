"""Where posts are needed: each unit's load over twelve months beside its score (R1, S40).

A load is the hours that a unit's work takes over the hours of its staff in post; without standard hours it is the
workload per head over the group's median of the month. A year of months goes once round the calendar, so a peak that
comes every year is no lasting need. What is left of the months' spread, once what each calendar month and each of two
years bring is taken out, says how well the mean is known; neighbouring months that resemble each other count as fewer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr, stdtrit

from analysis.insight.chance import false_discovery_rates
from analysis.insight.slope import correlate_neighbours, inflate_variance
from analysis.policy.book import Policy
from analysis.policy.period import month_end, month_range, shift
from analysis.policy.tables import TABLES
from analysis.policy.workload import IN_POST, POSTS

COUNT_COLUMNS = ("period", "unit_id", "field", "amount")
SCORE_COLUMNS = ("period", "scope", "unit_id", "total", "workload_per_head")
_YEAR = 12
_YEARS = 2
MONTHS = _YEARS * _YEAR
_DEGREES = _YEAR - 1
_MOST_CORRELATION = 0.9


@dataclass(frozen=True)
class Load:
    """Facts of M consecutive months and U units, NaN where nothing was delivered.

    Attributes:
        periods: (M,) months, the one at work last.
        unit_ids: (U,) units.
        posts: (M, U) authorised posts.
        in_post: (M, U) staff in post.
        hours: (M, U) hours that the work takes; NaN without standards.
        hours_of_post: (M,) hours that a post has; NaN without standards.
        per_head: (M, U) workload per head (S24).
        ratio: (M, U) workload per head over the group's median.
        totals: (M, U) published totals.
        gap: (M, U) totals less the group's median.
    """

    periods: list[str]
    unit_ids: list[str]
    posts: np.ndarray
    in_post: np.ndarray
    hours: np.ndarray
    hours_of_post: np.ndarray
    per_head: np.ndarray
    ratio: np.ndarray
    totals: np.ndarray
    gap: np.ndarray

    @property
    def has_standards(self) -> bool:
        """Whether there are standard hours."""
        return not np.isnan(self.hours_of_post).all()

    @property
    def needed(self) -> np.ndarray:
        """Posts that each month's work needs, (M, U)."""
        return self.hours / self.hours_of_post[:, None]

    @property
    def load(self) -> np.ndarray:
        """Load of each month, (M, U)."""
        in_post = np.where(self.in_post > 0, self.in_post, np.nan)
        return self.needed / in_post if self.has_standards else self.ratio


@dataclass(frozen=True)
class Estimate:
    """Means of the last twelve months and how well they are known; (U,) each, NaN with a month missing."""

    mean: np.ndarray
    error: np.ndarray

    def interval(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the interval."""
        reach = stdtrit(_DEGREES, 0.5 + confidence / 2) * self.error
        return self.mean - reach, self.mean + reach

    def chance_of_less(self, limit: float) -> np.ndarray:
        """Return the probability of a mean no higher than this where the true one is `limit`."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return stdtr(_DEGREES, (self.mean - limit) / self.error)


def measure_load(counts: pd.DataFrame, scores: pd.DataFrame, policy: Policy) -> Load:
    """Return the facts of two years of months up to the policy's; a unit's predecessors count with it (S9).

    The standards are those of the last month, so that a change of them is no change of the load.

    Args:
        counts: rows of `unit_counts`.
        scores: rows of `unit_scores`.
        policy: the rules in force.
    """
    periods = month_range(shift(policy.period, 1 - MONTHS), policy.period)
    sums = _sum_counts(counts, policy)
    scores = scores[scores["scope"] == "month"].set_index(["period", "unit_id"])
    nothing = np.full((MONTHS, len(policy.unit_ids)), np.nan)

    def lay_out(column: pd.Series) -> np.ndarray:
        return column.unstack("unit_id").reindex(index=periods, columns=policy.unit_ids).to_numpy(dtype=float)

    def amounts(field: str) -> np.ndarray:
        return lay_out(sums.loc[field]) if field in sums.index else nothing

    per_head, totals = lay_out(scores["workload_per_head"]), lay_out(scores["total"])
    medians, usual = _group_medians(per_head, policy), _group_medians(totals, policy)
    hours, hours_of_post = nothing, np.full(MONTHS, np.nan)
    if standards := policy.standards:
        hours = sum(amounts(kind) * each for kind, each in standards.hours.items())
        days = np.array([_working_days(period, policy) for period in periods])
        hours_of_post = days * standards.hours_a_day * standards.presence
    return Load(
        periods=periods,
        unit_ids=policy.unit_ids,
        posts=amounts(POSTS),
        in_post=amounts(IN_POST),
        hours=hours,
        hours_of_post=hours_of_post,
        per_head=per_head,
        ratio=per_head / np.where(medians > 0, medians, np.nan),
        totals=totals,
        gap=totals - usual,
    )


def _sum_counts(counts: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return the amounts by field, month and unit that answers now; work that a unit has none of is 0."""
    is_work = ~counts["field"].isin([POSTS, IN_POST])
    known = counts.assign(
        unit_id=counts["unit_id"].map(policy.heir_of),
        amount=counts["amount"].where(counts["amount"].notna() | ~is_work, 0.0),
    )
    return known.groupby(["field", "period", "unit_id"])["amount"].sum(min_count=1)


def _working_days(period: str, policy: Policy) -> float:
    if period < policy.district.start:
        return np.nan
    return len(list(policy.calendar.working_days(month_end(period).replace(day=1), month_end(period))))


def _group_medians(values: np.ndarray, policy: Policy) -> np.ndarray:
    """Return the median of each unit's group in each month, (M, U); the higher of two middle ones (S4)."""
    groups = pd.Series(policy.group_of)[policy.unit_ids].to_numpy()
    wide = pd.DataFrame(values.T)
    return wide.groupby(groups).transform(lambda column: column.quantile(interpolation="higher")).to_numpy().T


def estimate_year(values: np.ndarray, weights: np.ndarray | None = None) -> Estimate:
    """Return the mean of the last twelve months with its standard error (S40).

    With two whole years the spread is what is left once calendar months and years are taken out, so that a season does
    not count as doubt; with one it is the spread of its months. Months count as fewer where neighbours resemble each
    other, by the median correlation over all units (S33).

    Args:
        values: (24, U) monthly values.
        weights: (24, U) weight of each month in the mean; equal by default.
    """
    last = values[-_YEAR:]
    weights = np.ones(last.shape) if weights is None else weights[-_YEAR:]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (last * weights).sum(axis=0) / weights.sum(axis=0)
    left = _without_season(values)
    two_years, one_year = (left**2).sum(axis=(0, 1)) / _DEGREES, last.var(axis=0, ddof=1)
    has_two = ~np.isnan(two_years)
    correlation = _pooled_correlation(np.where(has_two, left[-1], last))
    variance = np.where(has_two, two_years, one_year) / _YEAR
    return Estimate(mean, np.sqrt(variance * inflate_variance(correlation, _YEAR)))


def _without_season(values: np.ndarray) -> np.ndarray:
    """Return two years (2, 12, U) without what each calendar month and each year bring."""
    years = values.reshape(_YEARS, _YEAR, -1)
    means = [years.mean(axis=axes, keepdims=True) for axes in (0, 1, (0, 1))]
    return years - means[0] - means[1] + means[2]


def _pooled_correlation(values: np.ndarray) -> float:
    found = [correlate_neighbours(each, n_fitted=1) for each in values.T if not np.isnan(each).any()]
    known = [each for each in found if not np.isnan(each)]
    return float(np.clip(np.median(known), 0, _MOST_CORRELATION)) if known else 0.0


def build_staffing(load: Load, policy: Policy) -> pd.DataFrame:
    """Return the table `staffing` of a month: a row a unit, over the twelve months up to it (S40).

    Args:
        load: the facts, of `measure_load`.
        policy: the rules in force.
    """
    in_year, hours_of_posts = slice(-_YEAR, None), np.broadcast_to(load.hours_of_post[:, None], load.hours.shape)
    of_load = estimate_year(load.load, load.in_post * hours_of_posts if load.has_standards else None)
    of_need, of_score = estimate_year(load.needed, hours_of_posts), estimate_year(load.gap)
    columns = {
        "period": policy.period,
        "unit_id": load.unit_ids,
        "group": [policy.group_of[unit_id] for unit_id in load.unit_ids],
        "n_months": (~np.isnan(load.load[in_year])).sum(axis=0),
        "posts": _latest(load.posts),
        "in_post": _latest(load.in_post),
        "workload_per_head": load.per_head[in_year].mean(axis=0),
        "workload_ratio": load.ratio[in_year].mean(axis=0),
        "hours_needed": load.hours[in_year].mean(axis=0),
        "hours_of_post": load.hours_of_post[in_year].mean(),
        **_tell("posts_needed", of_need, policy, least=0),
        **_tell("load", of_load, policy, least=0),
        "load_state": _name_loads(of_load, policy),
        **_compare_years(load.load, policy),
        **_find_peaks(load, policy),
        "score": load.totals[in_year].mean(axis=0),
        **_tell("score_gap", of_score, policy),
        "score_state": _name_signs(of_score, ("poor", "unclear", "good"), policy),
    }
    return TABLES["staffing"].check(pd.DataFrame(columns))


def _tell(name: str, estimate: Estimate, policy: Policy, least: float = -np.inf) -> dict[str, np.ndarray]:
    """Return an estimate's columns: the mean and the ends of its interval."""
    low, high = estimate.interval(policy.trends.confidence)
    return {name: estimate.mean, f"{name}_low": np.maximum(low, least), f"{name}_high": high}


def _latest(values: np.ndarray) -> np.ndarray:
    """Return each unit's last known value, (U,)."""
    return pd.DataFrame(values).ffill().iloc[-1].to_numpy()


def _survive(p: np.ndarray, policy: Policy) -> np.ndarray:
    """Tell which tests hold among all that were made (S33)."""
    rates = false_discovery_rates(p)
    return 100 * rates <= policy.trends.false_discovery_pct


def _name_loads(load: Estimate, policy: Policy) -> np.ndarray:
    rules = policy.workload.load
    p = np.concatenate([1 - load.chance_of_less(rules.busy_above), load.chance_of_less(rules.idle_below)])
    is_busy, is_idle = _survive(p, policy).reshape(2, -1)
    return np.select([np.isnan(load.mean), is_busy, is_idle], ["unknown", "busy", "idle"], "usual")


def _name_signs(estimate: Estimate, names: Sequence[str], policy: Policy) -> np.ndarray:
    """Return below, neither or above zero, in the words of `names`; `unknown` with a month missing."""
    below = estimate.chance_of_less(0)
    found = _survive(2 * np.minimum(below, 1 - below), policy)
    sign = np.where(found, np.sign(estimate.mean), 0)
    return np.select([np.isnan(estimate.mean), sign < 0, sign > 0], ["unknown", names[0], names[2]], names[1])


def _compare_years(values: np.ndarray, policy: Policy) -> dict[str, np.ndarray]:
    """Return how the load changed from one year to the next: month by month, so that a season is no change."""
    change = estimate_year(np.concatenate([np.full((_YEAR, values.shape[1]), np.nan), values[_YEAR:] - values[:_YEAR]]))
    trend = _name_signs(change, ("falling", "steady", "rising"), policy)
    return _tell("load_change", change, policy) | {"load_trend": trend}


def _find_peaks(load: Load, policy: Policy) -> dict[str, object]:
    """Return whether the same calendar months of both years differ beyond chance, and which are then the peaks.

    A unit's load is compared with the median of all units in the month: what all share, such as a month of few working
    days, is no peak of one. Two-way analysis of variance, years × calendar months.
    """
    values = load.load
    relative = values / pd.DataFrame(values).median(axis=1).to_numpy()[:, None]
    months = relative.reshape(_YEARS, _YEAR, -1).mean(axis=0)
    between, left = months.var(axis=0, ddof=1) * _YEARS, (_without_season(relative) ** 2).sum(axis=(0, 1)) / _DEGREES
    with np.errstate(invalid="ignore", divide="ignore"):
        p = fdtrc(_DEGREES, _DEGREES, between / left)
    is_seasonal = _survive(p, policy)
    names = np.array([int(period[5:]) for period in load.periods[:_YEAR]])
    is_peak = (months > policy.workload.load.busy_above) & is_seasonal
    peaks = [" ".join(map(str, sorted(names[own]))) for own in is_peak.T]
    return {"is_seasonal": is_seasonal, "season_p": p, "peak_months": peaks}


def build_monthly_loads(load: Load) -> pd.DataFrame:
    """Return the table `monthly_loads`: a row a month and unit whose load is known."""
    months, units = np.nonzero(~np.isnan(load.load))
    columns = {"posts": load.posts, "in_post": load.in_post, "hours_needed": load.hours, "posts_needed": load.needed}
    columns |= {"workload_per_head": load.per_head, "load": load.load, "score": load.totals}
    rows = {name: values[months, units] for name, values in columns.items()}
    keys = {"period": np.array(load.periods)[months], "unit_id": np.array(load.unit_ids)[units]}
    return TABLES["monthly_loads"].check(pd.DataFrame(keys | rows))
