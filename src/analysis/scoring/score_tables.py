"""The score tables of a month, with a row per scope: indicators, channels, units (R16–R19, S2–S17)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import SCOPES, shift, year_to_date
from analysis.policy.tables import TABLES
from analysis.scoring.grid import months_of, score_measurements
from analysis.scoring.units import ScoredScope, score_scope


def score_month(
    policies: Mapping[str, Policy], measurements: pd.DataFrame, adjustments: pd.DataFrame, period: str
) -> dict[str, pd.DataFrame]:
    """Return the four score tables of a month, each with every scope in `SCOPES`.

    Args:
        policies: month → rules, for each of `PolicyBook.months_that_score`.
        measurements: table `measurements` of those months.
        adjustments: table `adjustments` of the months of its year to date.
        period: the month to score.

    Returns:
        `indicator_scores`, `indicator_summary`, `channel_scores`, `unit_scores`, each checked against its schema.

    Raises:
        DataError: a qualitative judgement does not fit the unit's tier (S3).
    """
    scored = score_measurements(_within_reach(measurements, policies, period), policies)
    scopes = [
        _scope_tables(score_scope(policies, scored, adjustments, period, scope), policies, scored) for scope in SCOPES
    ]
    return {name: TABLES[name].check(pd.concat([scope[name] for scope in scopes])) for name in scopes[0]}


def _within_reach(measurements: pd.DataFrame, policies: Mapping[str, Policy], period: str) -> pd.DataFrame:
    """Return the measurements of the year to date, and the earlier ones to which their indicator reaches back."""
    year, indicators = year_to_date(period)[0], (i for policy in policies.values() for i in policy.indicators)
    first = {i.id: min(year, shift(period, -i.months_back)) for i in sorted(indicators, key=lambda i: i.months_back)}
    since = measurements["indicator_id"].map(first).to_numpy(dtype=object)
    return measurements[measurements["period"].to_numpy(dtype=object) >= since]


def _scope_tables(found: ScoredScope, policies: Mapping[str, Policy], scored: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the four score tables of one scope, not yet checked."""
    grid, totals, weights = found.grid, found.totals, found.grid.weights
    months = months_of(policies, grid.period, grid.scope)
    by_id = {indicator.id: indicator for month in months for indicator in policies[month].indicators}
    share = weights.channels[:, weights.channel_of] / 100
    indicators = grid.rows(policy_weight=weights.indicators * share, weight=totals.indicator_weights)
    indicators = indicators.rename(columns={"points": "score"})
    indicators["family"] = [by_id[id_].family for id_ in indicators["indicator_id"]]
    is_share = np.array([by_id[id_].method.is_share for id_ in indicators["indicator_id"]])
    indicators["n_cases"] = indicators["denominator"].where(is_share)
    channels = {
        "unit_id": np.repeat(grid.unit_ids, len(weights.channel_ids)),
        "channel": np.tile(weights.channel_ids, len(grid.unit_ids)),
        "score": totals.channel_scores.ravel(),
        "policy_weight": weights.channels.ravel(),
        "weight": totals.channel_weights.ravel(),
    }
    lacking = scored["period"].isin(months) & scored["status"].isin(["accepted", "not_submitted"])
    tables = {
        "indicator_scores": indicators,
        "indicator_summary": summarise_indicators(indicators, months[0]),
        "channel_scores": pd.DataFrame(channels),
        "unit_scores": found.units.assign(is_provisional=found.units["unit_id"].isin(scored.loc[lacking, "unit_id"])),
    }
    return {name: table.assign(period=grid.period, scope=grid.scope) for name, table in tables.items()}


def score_parents(scores: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the score of each parent, the level between indicators and channels, where the rules have one.

    Args:
        scores: rows of `indicator_scores`.
        policy: the rules, which name each indicator's parent.

    Returns:
        One row per period, scope, unit and parent with a score, in the policy's order; columns channel, score and
        weight (per cent of the total).
    """
    of = {indicator.id: indicator.parent for indicator in policy.indicators}
    order = pd.CategoricalDtype([parent.id for parent in policy.parents], ordered=True)
    counted = scores[scores["score"].notna() & (scores["weight"] > 0)]
    counted = counted.assign(
        parent=counted["indicator_id"].map(of).astype(order), score=counted["weight"] * counted["score"]
    )
    keys = ["period", "scope", "unit_id", "parent", "channel"]
    sums = counted.dropna(subset="parent").groupby(keys, observed=True)[["score", "weight"]].sum().reset_index()
    return sums.assign(score=sums["score"] / sums["weight"])


def lost_points(scores: pd.DataFrame) -> pd.Series:
    """Return what each indicator costs of its unit's total, in points; 0 where it has no score.

    Args:
        scores: columns weight (per cent) and score (0–100).
    """
    return (scores["weight"] * (100 - scores["score"]) / 100).fillna(0.0)


def summarise_indicators(scores: pd.DataFrame, start: str, worst: int = 3) -> pd.DataFrame:
    """Return for each indicator its mean score and the points of the total that it costs the average unit with a score.

    Args:
        scores: rows of `indicator_scores` of one scope.
        start: the scope's first month; cases of months before fill up (S30).
        worst: how many of the units that lost most are named, apart by spaces.
    """
    lost = scores.assign(
        lost=lost_points(scores),
        is_filled=(scores["status"] == "ok") & scores["n_cases"].notna() & (scores["first_period"] < start),
        is_too_few=scores["status"] == "too_few_cases",
    )
    lost = lost.sort_values(["lost", "unit_id"], ascending=[False, True])
    rows = lost.groupby(["indicator_id", "family", "channel"])
    named = lost[lost["lost"] > 0].groupby("indicator_id")["unit_id"].apply(lambda ids: " ".join(ids.head(worst)))
    summary = rows.agg(
        n_units=("score", "count"),
        mean_score=("score", "mean"),
        lost_points=("lost", "sum"),
        n_filled=("is_filled", "sum"),
        n_too_few=("is_too_few", "sum"),
    ).reset_index()
    return summary.assign(
        lost_points=summary["lost_points"] / max(1, scores.loc[scores["score"].notna(), "unit_id"].nunique()),
        worst_units=[named.get(indicator_id, "") for indicator_id in summary["indicator_id"]],
    )
