"""The watch list 监管异常名录 (R9, S15): who is on it, for which reason, since when, and when it is off again."""

import numpy as np
import pandas as pd

from analysis.insight.proportions import wilson_interval
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.policy.watch import TopShare, WatchRules

_RULES = {
    "satisfaction": "R9 S15 S18",
    "on_time": "R9 S15 S20",
    "repeats": "R9 S4 S15",
    "attitude_complaints": "R9 S4 S15",
    "bottom_five": "S15 S27",
}
_COLUMNS = ["unit_id", "reason", "value", "threshold", "n_cases", "low_pct", "high_pct", "is_threshold_excluded"]


def watch_units(
    by_unit: pd.DataFrame, unit_scores: pd.DataFrame, earlier: pd.DataFrame, rules: WatchRules, period: str
) -> pd.DataFrame:
    """Return the watch list of a month.

    A unit is listed for any reason of S15 that is met. Units with too few tickets (S12, `is_small`) are neither ranked
    nor listed for tickets. A listed unit leaves after `clean_months` months running without any reason. "Top tenth" is
    at or above the quantile, by its stated method, of all ranked units.

    Args:
        by_unit: the table `hotline_by_unit` of the month.
        unit_scores: the tables `unit_scores` of this month and those before, in one frame.
        earlier: the table `watch_list` of the month before; empty in the first month.
        rules: the thresholds in force.
        period: the month.

    Returns:
        A row a listed unit and reason: `since`, the first month of this stay; `is_met`, whether the reason holds this
        month; value and threshold with the interval (Wilson) of a rate and whether it excludes the threshold;
        `n_clean_months` of the unit.
    """
    now = by_unit[by_unit["period"] == period]
    met = pd.concat(
        [
            _below(now, "satisfaction", ("n_satisfied", "n_valid_call_backs"), rules.satisfaction_below_pct, rules),
            _below(now, "on_time", ("n_on_time", "n_due"), rules.on_time_below_pct, rules),
            _in_top(now, "repeats", "repeat_pct", "n_repeats", rules.repeats, rules),
            _in_top(
                now,
                "attitude_complaints",
                "n_attitude_complaints",
                "n_attitude_complaints",
                rules.attitude_complaints,
                rules,
            ),
            _in_bottom(unit_scores, rules, period),
        ]
    )
    return TABLES["watch_list"].check(_stay(met, earlier[earlier["period"] == shift(period, -1)], rules, period))


def _below(now: pd.DataFrame, reason: str, counts: tuple[str, str], line: float, rules: WatchRules) -> pd.DataFrame:
    """Return the units whose rate lies under a line, with its interval."""
    numerator, denominator = counts
    ranked = now[~now["is_small"] & (now[denominator] > 0)]
    low, high = wilson_interval(ranked[numerator], ranked[denominator], rules.confidence_pct)
    rate = 100 * ranked[numerator] / ranked[denominator]
    found = pd.DataFrame(
        {
            "unit_id": ranked["unit_id"],
            "reason": reason,
            "value": rate,
            "threshold": line,
            "n_cases": ranked[denominator],
            "low_pct": low,
            "high_pct": high,
            "is_threshold_excluded": high < line,
        }
    )
    return found[_is_less(found["value"], line)]


def _is_less(value: pd.Series, line: float) -> pd.Series:
    # 1e-9: a rate of exactly 92 % is not under 92 %, however its division rounds (S4).
    return value < line - 1e-9


def _in_top(now: pd.DataFrame, reason: str, value: str, cases: str, top: TopShare, rules: WatchRules) -> pd.DataFrame:
    """Return the ranked units in the top share of `value` that have enough cases."""
    ranked = now[~now["is_small"] & now[value].notna()]
    if ranked.empty:
        return pd.DataFrame(columns=_COLUMNS)
    values = ranked[value].astype(float)
    line = float(np.quantile(values, 1 - top.top_share_pct / 100, method=rules.quantile_method))
    listed = ranked[(values >= line) & (ranked[cases] >= top.minimum)]
    is_rate = value.endswith("_pct")
    low, high = wilson_interval(listed["n_repeats"], listed["n_received"], rules.confidence_pct)
    return pd.DataFrame(
        {
            "unit_id": listed["unit_id"],
            "reason": reason,
            "value": listed[value].astype(float),
            "threshold": line,
            "n_cases": listed[cases],
            "low_pct": low if is_rate else np.nan,
            "high_pct": high if is_rate else np.nan,
            "is_threshold_excluded": low > line if is_rate else False,
        }
    )


def _in_bottom(unit_scores: pd.DataFrame, rules: WatchRules, period: str) -> pd.DataFrame:
    """Return the units in the monthly bottom five for enough months running (S15, S27)."""
    monthly = unit_scores[(unit_scores["scope"] == "month") & unit_scores["is_bottom_five"].astype(bool)]
    months = month_range(shift(period, 1 - rules.bottom_five_months), period)
    listed = monthly[monthly["period"].isin(months)].groupby("unit_id")["period"].nunique()
    units = sorted(listed.index[listed == len(months)])
    frame = pd.DataFrame({"unit_id": units, "reason": "bottom_five"}, columns=_COLUMNS)
    needed = rules.bottom_five_months
    return frame.assign(value=float(needed), threshold=float(needed), n_cases=needed, is_threshold_excluded=False)


def _stay(met: pd.DataFrame, before: pd.DataFrame, rules: WatchRules, period: str) -> pd.DataFrame:
    """Return this month's rows: reasons met now, and those of units that are not off yet."""
    met = met.assign(is_met=True, last_met=period)
    left = before.merge(met[["unit_id", "reason"]], on=["unit_id", "reason"], how="left", indicator=True)
    left = left[left["_merge"] == "left_only"].drop(columns="_merge").assign(is_met=False)
    rows = pd.concat([part for part in (met, left) if len(part)] or [TABLES["watch_list"].empty()])
    clean = _clean_months(before, set(met["unit_id"]))
    rows = rows.assign(n_clean_months=_mapped(rows["unit_id"], clean, 0).astype("int64"))
    since = before.groupby("unit_id")["since"].min().to_dict()
    rows = rows.assign(
        period=period,
        rule=rows["reason"].map(_RULES).astype(str),
        since=_mapped(rows["unit_id"], since, period).astype(str),
        n_cases=rows["n_cases"].astype("int64"),
        is_threshold_excluded=rows["is_threshold_excluded"].astype(bool),
    )
    return rows[rows["n_clean_months"] < rules.clean_months]


def _clean_months(before: pd.DataFrame, met_now: set[str]) -> dict[str, int]:
    """Return for each unit listed before how many months running it has been without a reason, this one included."""
    past = before.groupby("unit_id", sort=True)["n_clean_months"].max()
    return {unit: 0 if unit in met_now else int(count) + 1 for unit, count in past.items()}


def _mapped(units: pd.Series, values: dict, default: object) -> pd.Series:
    return units.map(lambda unit: values.get(unit, default))
