"""Long series of published figures: linked over changes of the rules, with slope, changes and season (S25)."""

from statistics import NormalDist

import numpy as np
import pandas as pd

from analysis.insight.change_points import can_find_changes, find_changes
from analysis.insight.seasonality import find_season
from analysis.insight.slope import autocorrelation, fit_slope
from analysis.policy.base import Model
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.policy.trends import TrendRules

SERIES_LEVELS = ("total", "group", "district")
# What is read of `trends`.
SERIES_COLUMNS = ("period", "basis", "level", "level_id", "unit_id", "after", "change", "like_for_like_change")
# Median absolute deviation → standard deviation, for a normal distribution.
_MAD_SCALE = 1.4826


def link_series(trends: pd.DataFrame) -> pd.DataFrame:
    """Return monthly figures of units, groups and the district under the rules of the last month.

    What a change of rules (or of the units behind a mean) did in a month, `change` less `like_for_like_change`, is
    added to all earlier months, so that a step in the series is never one of the rules.

    Args:
        trends: rows of the table `trends` of consecutive months.

    Returns:
        Months (rows, sorted) × (level, level_id, unit_id) of those in the last month; NaN where a unit had no score.
    """
    rows = trends[(trends["basis"] == "mom") & trends["level"].isin(SERIES_LEVELS)]
    keys = ["level", "level_id", "unit_id"]
    step = (rows["change"] - rows["like_for_like_change"]).fillna(0.0)
    wide = rows.assign(step=step).pivot(index="period", columns=keys, values=["after", "step"]).sort_index()
    after, steps = wide["after"], wide["step"].fillna(0.0)
    later = steps.iloc[::-1].cumsum().iloc[::-1] - steps
    linked = after + later
    return linked.loc[:, after.iloc[-1].notna()].sort_index(axis=1)


def estimate_noise(trends: pd.DataFrame, period: str, rules: TrendRules) -> dict[str, dict[str, float]]:
    """Return how far a total may change by month-to-month variation alone, for `build_trends`.

    A unit's like-for-like monthly changes before the month tell its variation (median absolute deviation, so one big
    change does not hide the next). Months count as independent around the unit's level: a month against another
    varies like the monthly change, a year to date of n months less by the root of n. Units with too few months have no
    entry.

    Args:
        trends: rows of the table `trends` of earlier months.
        period: the month.
        rules: how many months, and the confidence.

    Returns:
        Basis → unit id → half-width of the interval in points.
    """
    months = month_range(shift(period, -rules.noise.months), shift(period, -1))
    rows = trends[(trends["basis"] == "mom") & (trends["level"] == "total") & trends["period"].isin(months)]
    changes = rows.pivot(index="period", columns="unit_id", values="like_for_like_change").sort_index()
    changes = changes.loc[:, changes.notna().sum() >= rules.noise.least_months]
    spread = _MAD_SCALE * (changes - changes.median()).abs().median()
    # Where more than half of the changes are equal, the median sees no variation at all.
    spread = spread.where(spread > 0, changes.std())
    width = NormalDist().inv_cdf(0.5 + rules.confidence / 2) * spread
    pooled = {"mom": 1, "yoy": 1, "ytd": int(period[5:]), "annual": 12}
    return {basis: (width / np.sqrt(count)).to_dict() for basis, count in pooled.items()}


class _Row(Model):
    """A row of `long_trends` but for its key."""

    first_period: str
    n_months: int
    slope_points_per_year: float = np.nan
    slope_low: float = np.nan
    slope_high: float = np.nan
    direction: str = "short"
    has_changes_checked: bool = False
    changes: str = ""
    season_p: float = np.nan
    is_seasonal: bool = False
    season_high_month: int | None = None
    season_low_month: int | None = None
    season_swing_points: float = np.nan


def build_long_trends(trends: pd.DataFrame, period: str, rules: TrendRules) -> pd.DataFrame:
    """Return the table `long_trends`: a row per unit, group and the district (S25).

    `direction` is `rising` or `falling` where the slope's interval leaves out 0 also when all series of the level are
    looked at together (Šidák); `unclear` otherwise; `short` with too few months. `slope_low` and `slope_high` are the
    single interval. Seasons are looked for in the means only, because a unit's few years cannot tell them from chance.

    Args:
        trends: rows of the table `trends` of the months up to and with `period`, the more the better.
        period: the month.
        rules: `params/trends.yml`.
    """
    linked = link_series(trends[trends["period"] <= period])
    sizes = linked.columns.get_level_values("level").value_counts().to_dict()
    rho = _pooled_autocorrelation(linked["total"], rules)
    rows = []
    for (level, level_id, unit_id), series in linked.items():
        joint = rules.confidence ** (1 / sizes[level])
        facts = _describe(series, level, joint, rho, rules)
        rows.append({"level": level, "level_id": level_id, "unit_id": unit_id, **facts.model_dump()})
    table = pd.DataFrame(rows).astype({"season_high_month": "Int64", "season_low_month": "Int64"})
    return TABLES["long_trends"].check(table.assign(period=period))


def _pooled_autocorrelation(linked: pd.DataFrame, rules: TrendRules) -> float:
    """Return the median over units, so that the few that shifted do not make the others look drifting."""
    found = []
    for unit in linked.columns:
        known = linked[unit].dropna()
        if len(known) >= rules.change_points.least_months:
            months, scores = _months(known), known.to_numpy(dtype=float)
            found.append(autocorrelation(scores - np.polyval(np.polyfit(months, scores, 1), months)))
    return float(np.median(found)) if found else 0.0


def _months(series: pd.Series) -> np.ndarray:
    return np.array([int(period[:4]) * 12 + int(period[5:]) for period in series.index], dtype=float)


def _describe(series: pd.Series, level: str, joint: float, rho: float, rules: TrendRules) -> _Row:
    known = series.dropna()
    row = _Row(first_period=known.index[0], n_months=len(known))
    if len(known) < rules.slope.least_months:
        return row
    months, scores = _months(known), known.to_numpy(dtype=float)
    slope, wide = (fit_slope(months / 12, scores, confidence) for confidence in (rules.confidence, joint))
    direction = "rising" if wide.low > 0 else "falling" if wide.high < 0 else "unclear"
    facts: dict = {
        "slope_points_per_year": slope.value,
        "slope_low": slope.low,
        "slope_high": slope.high,
        "direction": direction,
    }
    facts |= _changes(known, rho, rules)
    if level != "total":
        facts |= _season(series, slope.value / 12, rules)
    return row.model_copy(update=facts)


def _changes(known: pd.Series, rho: float, rules: TrendRules) -> dict:
    if len(known) < rules.change_points.least_months or not can_find_changes():
        return {}
    places = find_changes(known.to_numpy(dtype=float), rho, rules.change_points)
    return {"has_changes_checked": True, "changes": " ".join(known.index[place] for place in places)}


def _season(series: pd.Series, slope: float, rules: TrendRules) -> dict:
    season = find_season(int(series.index[-1][5:]), series.to_numpy(dtype=float), slope, rules.seasonality)
    if season is None:
        return {}
    high, low = int(season.effects.argmax()), int(season.effects.argmin())
    return {
        "season_p": season.p_value,
        "is_seasonal": season.p_value <= 1 - rules.confidence,
        "season_high_month": high + 1,
        "season_low_month": low + 1,
        "season_swing_points": float(season.effects[high] - season.effects[low]),
    }
