"""Indicator scores of a scope from its measurements (S10, S28, S29): one row per unit × indicator."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.models import Indicator
from analysis.scoring.methods import points_of

_RAW = ("value", "numerator", "denominator")
# What a missing score is called where a unit's measurements of an indicator differ: the gravest word wins.
_STATUS_ORDER = ("ok", "accepted", "not_submitted", "not_drawn", "not_applicable")


def score_measurements(measurements: pd.DataFrame, policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Return `measurements` with `points`, each by the method in force in its month (R7, S29).

    Args:
        measurements: the table `measurements` of one or more months.
        policies: month → the rules of that month, for every month in `measurements`.

    Returns:
        The rows given, with `points` 0–100 (NaN where there is none); a zero denominator turns `ok` into
        `not_applicable`.
    """
    scored = measurements.sort_values(["period", "indicator_id", "measurement_id"], ignore_index=True)
    is_ok = (scored["status"] == "ok").to_numpy()
    raw = [np.where(is_ok, scored[column].to_numpy(dtype=float), np.nan) for column in _RAW]
    group = _groups(scored, policies)
    points = np.full(len(scored), np.nan)
    for (period, indicator_id), rows in scored.groupby(["period", "indicator_id"], sort=False).indices.items():
        indicator = policies[period].indicator_by_id[indicator_id]
        points[rows] = points_of(indicator.method, *(column[rows] for column in raw), group[rows], indicator.direction)
    scored["points"] = points
    return scored.assign(status=scored["status"].mask(is_ok & np.isnan(points), "not_applicable"))


def _groups(measurements: pd.DataFrame, policies: Mapping[str, Policy]) -> np.ndarray:
    by_unit = {(period, unit_id): group for period, p in policies.items() for unit_id, group in p.group_of.items()}
    # A frame's column of text is read one by one far slower than its list.
    pairs = zip(measurements["period"].tolist(), measurements["unit_id"].tolist(), strict=True)
    return np.array([by_unit[pair] for pair in pairs], dtype=str)


def score_indicators(scored: pd.DataFrame, policy: Policy, indicators: Mapping[str, Indicator]) -> pd.DataFrame:
    """Return the score of each unit's indicators over the months in `scored`.

    Ratio indicators pool numerators and denominators, points are averaged over all measurements, states take the
    latest (S10); a task or visit reported in several months counts once, with its latest marks (S28).

    Args:
        scored: measurements with `points` (see `score_measurements`) of the scope's units.
        policy: the rules of the scope's last month (methods and groups for pooled ratios).
        indicators: id → indicator, every one that was in force in the scope.

    Returns:
        Columns unit_id, indicator_id, channel, family, n_measurements, value, numerator, denominator, score, status.
    """
    once = _latest_marks(scored)
    is_ok = once["status"] == "ok"
    over_year = once["indicator_id"].map({id_: i.over_year for id_, i in indicators.items()})
    keys = ["unit_id", "indicator_id"]
    averaged = once[is_ok & (over_year != "latest")].groupby(keys, sort=True)
    latest = once[is_ok & (over_year == "latest")].sort_values("period").groupby(keys, sort=True)
    scores = _statuses(once)
    scores["n_measurements"] = is_ok.groupby([once["unit_id"], once["indicator_id"]]).sum()
    means = averaged[["value", "points"]].mean()
    sums = averaged[["numerator", "denominator"]].sum(min_count=1)
    lasts = latest[["value", "numerator", "denominator", "points"]].last()
    found = pd.concat([means.join(sums), lasts]).rename(columns={"points": "score"})
    scores = scores.join(found).reset_index()
    for column in ("channel", "family"):
        scores[column] = scores["indicator_id"].map({id_: getattr(i, column) for id_, i in indicators.items()})
    pooled = [_pool(rows, indicators[id_], policy) for id_, rows in scores.groupby("indicator_id", sort=True)]
    return pd.concat(pooled).sort_values(keys, ignore_index=True)


def _latest_marks(scored: pd.DataFrame) -> pd.DataFrame:
    # A measurement without an item stands for itself; one with an item is the item's mark in that month.
    ordered = scored.sort_values(["period", "measurement_id"], kind="stable")
    item = ordered["item_id"].where(ordered["item_id"] != "", ordered["measurement_id"])
    return ordered[~ordered.assign(item_id=item).duplicated(["unit_id", "indicator_id", "item_id"], keep="last")]


def _statuses(once: pd.DataFrame) -> pd.DataFrame:
    rank = once["status"].map({status: place for place, status in enumerate(_STATUS_ORDER)})
    best = rank.groupby([once["unit_id"], once["indicator_id"]]).min()
    return best.map(dict(enumerate(_STATUS_ORDER))).rename("status").to_frame()


def _pool(rows: pd.DataFrame, indicator: Indicator, policy: Policy) -> pd.DataFrame:
    if indicator.over_year != "pool":
        return rows
    group = rows["unit_id"].map(policy.group_of).to_numpy(dtype=str)
    arrays = (rows[column].to_numpy(dtype=float) for column in _RAW)
    return rows.assign(score=points_of(indicator.method, *arrays, group, indicator.direction))
