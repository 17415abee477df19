"""The watch list 监管异常名录 (R9, S15): who is on it, for which reason, since when, and when it is off again.

Each criterion is tested over the last months together, for units with enough cases in its own denominator (S12). A unit
is listed where chance alone is too rare among all tests of the month (S33); where it is rare by itself only, the test
calls for attention 关注: no list, no draw, no consequence.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.insight.chance import (
    Overdispersion,
    between_months,
    between_units,
    chance_of_fewer,
    chance_of_more,
    false_discovery_rates,
)
from analysis.insight.proportions import wilson_interval
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.policy.watch import AboveOwnRate, BelowLine, TopShare, WatchRules

BOTTOM_FIVE = "bottom_five"
# criterion → events and cases in `hotline_by_unit`, rules
_CRITERIA = {
    "satisfaction": ("n_satisfied", "n_valid_call_backs", "R9 S15 S18"),
    "on_time": ("n_on_time", "n_due", "R9 S15 S20"),
    "repeats": ("n_repeats", "n_received", "R9 S15 S33"),
    "attitude_complaints": ("n_attitude_complaints", "n_due", "R9 S15 S33"),
}
_RULES = {reason: rule for reason, (_, _, rule) in _CRITERIA.items()} | {BOTTOM_FIVE: "S15 S27"}
_LISTED, _ATTENTION, _NONE = "listed", "attention", "none"


def watch_units(
    by_unit: pd.DataFrame,
    unit_scores: pd.DataFrame,
    certainty: pd.DataFrame,
    earlier: pd.DataFrame,
    rules: WatchRules,
    period: str,
) -> dict[str, pd.DataFrame]:
    """Return the tables `watch_list` and `watch_tests` of a month.

    A listed unit leaves after `clean_months` clean months running, unless a reason still holds. A month is clean where
    the unit's cases and score of that month alone add no reason, not even attention; without cases for a reason that
    the unit is listed for, it is neither clean nor not. A unit that is not assessed any more leaves (S9).

    Args:
        by_unit: the tables `hotline_by_unit` of this month and of those before that count with it, in one frame.
        unit_scores: the tables `unit_scores` of this month and of those before, in one frame.
        certainty: the tables `certainty` of the same months.
        earlier: the table `watch_list` of the month before; empty in the first month.
        rules: the criteria in force.
        period: the month.

    Returns:
        `watch_list`: a row a listed unit and reason. `since`, the first month of this stay; `is_met`, whether the
        reason holds this month; value and threshold with the interval (Wilson) of a rate and the p-value;
        `n_clean_months` of the unit. `watch_tests`: a row a unit and criterion that was tested by `exact_fdr`.
    """
    units = by_unit.loc[by_unit["period"] == period, "unit_id"]
    first = shift(period, 1 - rules.window_months)
    window = by_unit[by_unit["unit_id"].isin(units) & by_unit["period"].between(first, period)]
    month = window[window["period"] == period]
    spread = {reason: _month_spread(window, *columns[:2]) for reason, columns in _CRITERIA.items()}
    judged = _judge(window, rules, spread).assign(first_period=window["period"].min(), period=period)
    bottom = _bottom_months(unit_scores, certainty, rules, period)
    met = pd.concat([judged[judged["outcome"] == _LISTED], _in_bottom(bottom, rules)])
    before = earlier[(earlier["period"] == shift(period, -1)) & earlier["unit_id"].isin(units)]
    clean: dict[str, int] = {}
    if len(before):
        added = _with_own_reason(month, met, rules, spread) | set(bottom.columns[_is_likely(bottom.iloc[-1:], rules)])
        clean = _clean_months(before, added, _units_with_cases(month, unit_scores, period))
    tests = judged.loc[judged["p_value"].notna(), list(TABLES["watch_tests"].columns)]
    return {
        "watch_list": TABLES["watch_list"].check(_stay(met, before, clean, rules, period)),
        "watch_tests": TABLES["watch_tests"].check(tests),
    }


def _month_spread(window: pd.DataFrame, events: str, cases: str) -> Overdispersion:
    """Return how the units' rates vary from month to month beyond the binomial."""
    wide = window.pivot(index="unit_id", columns="period", values=[events, cases]).fillna(0)
    return between_months(wide[events].to_numpy(dtype=float), wide[cases].to_numpy(dtype=float))


def _judge(cases: pd.DataFrame, rules: WatchRules, spread: Mapping[str, Overdispersion]) -> pd.DataFrame:
    """Return a row a unit and criterion with enough cases: its rate, its p-value and what follows from it.

    `outcome` is `listed`, `attention` or `none`.
    """
    n_months = cases["period"].nunique()
    counts = cases.groupby("unit_id")[sorted({name for both in _CRITERIA.values() for name in both[:2]})].sum()
    found = []
    for reason, (events, denominator, _) in _CRITERIA.items():
        enough = counts[counts[denominator] >= rules.minimum_cases]
        rows = pd.DataFrame({"unit_id": enough.index, "reason": reason})
        rows = rows.assign(n_events=enough[events].to_numpy(), n_cases=enough[denominator].to_numpy())
        low, high = wilson_interval(rows["n_events"], rows["n_cases"], rules.confidence_pct)
        rows = rows.assign(value=100 * rows["n_events"] / rows["n_cases"], low_pct=low, high_pct=high)
        found.append(_test(rows, getattr(rules, reason), spread[reason], n_months))
    judged = pd.concat(found, ignore_index=True)
    q = false_discovery_rates(judged["p_value"].to_numpy())
    is_beyond = judged["p_value"].isna() | (100 * q <= rules.false_discovery_pct) & judged["is_rare"]
    is_notable = judged["p_value"].isna() | (100 * judged["p_value"] < rules.attention_pct)
    outcome = np.select([judged["is_met"] & is_beyond, judged["is_met"] & is_notable], [_LISTED, _ATTENTION], _NONE)
    return judged.assign(q_value=q, outcome=outcome)


def _test(
    rows: pd.DataFrame, rule: BelowLine | AboveOwnRate | TopShare, spread: Overdispersion, n_months: int
) -> pd.DataFrame:
    """Return `rows` with threshold, p-value, whether the criterion is met as it stands, and whether chance is rare."""
    events, cases = (rows[name].to_numpy(dtype=float) for name in ("n_events", "n_cases"))
    p, is_rare = np.full(len(rows), np.nan), True
    if isinstance(rule, BelowLine):
        line = rule.below_pct
        # 1e-9: a rate of exactly 92 % is not under 92 %, however its division rounds (S4).
        is_met = rows["value"] < line - 1e-9
        if rule.method == "exact_fdr":
            p = chance_of_fewer(events, cases, line / 100, spread.at(cases / n_months))
    elif isinstance(rule, AboveOwnRate):
        rate = events.sum() / max(1, cases.sum())
        p = chance_of_more(events, cases * rate, between_units(events, cases).at(cases))
        line, is_met, is_rare = 100 * rate, events >= rule.minimum, 100 * p <= rule.tail_pct
    else:
        line = _top_line(rows["value"], rule)
        is_met = (rows["value"] >= line) & (events >= rule.minimum)
    return rows.assign(threshold=line, p_value=p, is_met=is_met, is_rare=is_rare)


def _top_line(values: pd.Series, top: TopShare) -> float:
    if values.empty:
        return np.nan
    return float(np.quantile(values, 1 - top.top_share_pct / 100, method=top.quantile_method))


def _with_own_reason(
    month: pd.DataFrame, met: pd.DataFrame, rules: WatchRules, spread: Mapping[str, Overdispersion]
) -> set[str]:
    """Return the units whose cases of the month alone call for attention, or add to a reason that holds."""
    own = _judge(month, rules, spread)
    units = set(own.loc[own["outcome"] != _NONE, "unit_id"])
    for reason, (events, cases, _) in _CRITERIA.items():
        line = met[met["reason"] == reason].set_index("unit_id")["threshold"]
        rate = (100 * month[events] / month[cases].replace(0, np.nan)).set_axis(month["unit_id"]).reindex(line.index)
        is_worse = rate < line - 1e-9 if isinstance(getattr(rules, reason), BelowLine) else rate > line + 1e-9
        units |= set(line.index[is_worse])
    return units


def _bottom_months(unit_scores: pd.DataFrame, certainty: pd.DataFrame, rules: WatchRules, period: str) -> pd.DataFrame:
    """Return how probable each unit's place in the bottom five is, months × units; NaN where it is not there (S27)."""
    months = month_range(shift(period, 1 - rules.bottom_five.months), period)
    keys = ["period", "unit_id"]
    there = unit_scores.loc[(unit_scores["scope"] == "month") & unit_scores["is_bottom_five"].astype(bool), keys]
    sure = certainty.loc[certainty["scope"] == "month", [*keys, "p_bottom_five"]]
    # What has no estimate is not sure.
    known = there.merge(sure, on=keys, how="left").fillna({"p_bottom_five": 0.0})
    return known.pivot(index="period", columns="unit_id", values="p_bottom_five").astype(float).reindex(months)


def _is_likely(bottom: pd.DataFrame, rules: WatchRules) -> np.ndarray:
    """Tell for each unit whether it is in the bottom five in all these months, and likely enough in all together."""
    return (100 * bottom.prod(skipna=False) >= rules.bottom_five.probability_pct - 1e-9).to_numpy(dtype=bool)


def _in_bottom(bottom: pd.DataFrame, rules: WatchRules) -> pd.DataFrame:
    """Return the units in the monthly bottom five for enough months running (S15, S27)."""
    listed = bottom.loc[:, _is_likely(bottom, rules)]
    rows = pd.DataFrame({"unit_id": listed.columns.to_numpy(dtype=object), "value": 100 * listed.prod().to_numpy()})
    rows = rows.assign(reason=BOTTOM_FIVE, threshold=rules.bottom_five.probability_pct, n_cases=len(bottom))
    return rows.assign(first_period=bottom.index.min(), low_pct=np.nan, high_pct=np.nan, p_value=np.nan)


def _units_with_cases(month: pd.DataFrame, unit_scores: pd.DataFrame, period: str) -> dict[str, set[str]]:
    """Return reason → units that had cases for it this month, or a score."""
    seen = {reason: set(month.loc[month[cases] > 0, "unit_id"]) for reason, (_, cases, _) in _CRITERIA.items()}
    scored = (unit_scores["period"] == period) & (unit_scores["scope"] == "month") & unit_scores["total"].notna()
    return seen | {BOTTOM_FIVE: set(unit_scores.loc[scored, "unit_id"])}


def _clean_months(before: pd.DataFrame, added: set[str], seen: Mapping[str, set[str]]) -> dict[str, int]:
    """Return for each unit listed before how many clean months running it has, this one included."""
    clean = {}
    for unit, rows in before.groupby("unit_id"):
        has_cases = all(unit in seen[reason] for reason in rows["reason"])
        clean[unit] = 0 if unit in added else int(rows["n_clean_months"].max()) + has_cases
    return clean


def _stay(
    met: pd.DataFrame, before: pd.DataFrame, clean: Mapping[str, int], rules: WatchRules, period: str
) -> pd.DataFrame:
    """Return this month's rows: reasons met now, and those of units that are not off yet."""
    met = met.assign(is_met=True, last_met=period)
    left = before.merge(met[["unit_id", "reason"]], on=["unit_id", "reason"], how="left", indicator=True)
    left = left[left["_merge"] == "left_only"].drop(columns="_merge").assign(is_met=False)
    rows = pd.concat([part for part in (met, left) if len(part)] or [TABLES["watch_list"].empty()])
    since = before.groupby("unit_id")["since"].min().to_dict()
    rows = rows.assign(
        period=period,
        rule=rows["reason"].map(_RULES).astype(str),
        n_clean_months=[clean.get(unit, 0) for unit in rows["unit_id"]],
        since=[since.get(unit, period) for unit in rows["unit_id"]],
    )
    stays = (rows["n_clean_months"] < rules.clean_months) | rows["unit_id"].isin(met["unit_id"])
    return rows.loc[stays, list(TABLES["watch_list"].columns)]
