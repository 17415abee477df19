"""Long series of published figures: linked over changes of the rules, with slope, changes and season (S25)."""

import numpy as np
import pandas as pd

from analysis.insight.chance import false_discovery_rates
from analysis.insight.change_points import can_find_changes, chance_of_change, find_changes
from analysis.insight.seasonality import find_season
from analysis.insight.slope import autocorrelation, fit_slope
from analysis.policy.base import Model
from analysis.policy.tables import TABLES
from analysis.policy.trends import TrendRules

SERIES_LEVELS = ("total", "group", "district")
# What is read of `trends`.
SERIES_COLUMNS = ("period", "basis", "level", "level_id", "unit_id", "after", "change", "like_for_like_change")


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


class _Row(Model):
    """A row of `long_trends` but for its key."""

    first_period: str
    n_months: int
    slope_points_per_year: float = np.nan
    slope_low: float = np.nan
    slope_high: float = np.nan
    slope_p: float = np.nan
    direction: str = "short"
    has_changes_checked: bool = False
    changes: str = ""
    change_p: float = np.nan
    season_p: float = np.nan
    is_seasonal: bool = False
    season_high_month: int | None = None
    season_low_month: int | None = None
    season_swing_points: float = np.nan


def build_long_trends(trends: pd.DataFrame, period: str, rules: TrendRules) -> pd.DataFrame:
    """Return the table `long_trends`: a row per unit, group and the district (S25, S33).

    `direction` is `rising` or `falling`, and `changes` are named, where chance is too rare among all series of the
    level (Benjamini–Hochberg); otherwise a direction is `unclear`, with too few months `short`. `slope_low` and
    `slope_high` are the single interval. Seasons are looked for in the means only, because a unit's few years cannot
    tell them from chance.

    Args:
        trends: rows of the table `trends` of the months up to and with `period`, the more the better.
        period: the month.
        rules: `params/trends.yml`.
    """
    linked = link_series(trends[trends["period"] <= period])
    rho = _pooled_autocorrelation(linked["total"], rules)
    keys = ["level", "level_id", "unit_id"]
    rows = [
        dict(zip(keys, key, strict=True)) | _describe(series, key[0], rho, rules).model_dump()
        for key, series in linked.items()
    ]
    table = pd.DataFrame(rows).astype({"season_high_month": "Int64", "season_low_month": "Int64"})
    is_sloped, is_changed = (_is_beyond(table, column, rules) for column in ("slope_p", "change_p"))
    table = table.assign(
        direction=table["direction"].where(is_sloped | (table["direction"] == "short"), "unclear"),
        changes=table["changes"].where(is_changed, ""),
    )
    return TABLES["long_trends"].check(table.assign(period=period))


def _is_beyond(table: pd.DataFrame, column: str, rules: TrendRules) -> pd.Series:
    """Tell which p-values survive among all series of their level."""
    rates = table.groupby("level")[column].transform(lambda p: false_discovery_rates(p.to_numpy(dtype=float)))
    return 100 * rates <= rules.false_discovery_pct


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


def _describe(series: pd.Series, level: str, rho: float, rules: TrendRules) -> _Row:
    known = series.dropna()
    row = _Row(first_period=known.index[0], n_months=len(known))
    if len(known) < rules.slope.least_months:
        return row
    months, scores = _months(known), known.to_numpy(dtype=float)
    slope = fit_slope(months / 12, scores, rules.confidence, rho)
    facts: dict = {
        "slope_points_per_year": slope.value,
        "slope_low": slope.low,
        "slope_high": slope.high,
        "slope_p": slope.p_value,
        "direction": "rising" if slope.value > 0 else "falling" if slope.value < 0 else "unclear",
    }
    facts |= _changes(known, rho, rules)
    if level != "total":
        facts |= _season(series, slope.value / 12, rules)
    return row.model_copy(update=facts)


def _changes(known: pd.Series, rho: float, rules: TrendRules) -> dict:
    if len(known) < rules.change_points.least_months or not can_find_changes():
        return {}
    scores = known.to_numpy(dtype=float)
    places = find_changes(scores, rho, rules.change_points)
    return {
        "has_changes_checked": True,
        "changes": " ".join(known.index[place] for place in places),
        "change_p": chance_of_change(scores, rho, rules.change_points),
    }


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
