"""The scores of a month and of its year to date: indicators, channels, units (R16–R19, S2–S17)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.book import Policy
from analysis.policy.models import Grading
from analysis.policy.period import year_to_date
from analysis.policy.tables import TABLES
from analysis.scoring.facts import UnitFacts, unit_facts
from analysis.scoring.indicators import score_indicators, score_measurements
from analysis.scoring.kernel import Aggregate, add_adjustments, aggregate
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import (
    apply_judgements,
    apply_vetoes,
    competition_ranks,
    grade_places,
    mark_bottom,
)
from analysis.scoring.weights import ScopeWeights, mean_weights


def score_month(
    policies: Mapping[str, Policy], measurements: pd.DataFrame, adjustments: pd.DataFrame, period: str
) -> dict[str, pd.DataFrame]:
    """Return the four score tables of a month, each with the scopes `month` and `ytd`.

    Args:
        policies: month → rules, for the period and the months before it in the same year since the first.
        measurements: table `measurements` of those months.
        adjustments: table `adjustments` of those months.
        period: the month to score.

    Returns:
        `indicator_scores`, `indicator_summary`, `channel_scores`, `unit_scores`, each checked against its schema.

    Raises:
        DataError: a qualitative judgement does not fit the unit's tier (S3).
    """
    scored = score_measurements(measurements, policies)
    months = [month for month in year_to_date(period) if month in policies]
    scopes = [
        score_scope(policies, scored, adjustments, [period], "month"),
        score_scope(policies, scored, adjustments, months, "ytd"),
    ]
    return {
        name: TABLES[name].check(pd.concat([scope[name] for scope in scopes], ignore_index=True)) for name in scopes[0]
    }


def score_scope(
    policies: Mapping[str, Policy],
    scored: pd.DataFrame,
    adjustments: pd.DataFrame,
    months: list[str],
    scope: str,
) -> dict[str, pd.DataFrame]:
    """Return the four score tables of one scope, not yet checked.

    Args:
        policies: month → rules.
        scored: measurements with `points` (see `score_measurements`).
        adjustments: table `adjustments`.
        months: the scope's months; its units are those assessed in the last.
        scope: `month` or `ytd`.
    """
    period = months[-1]
    policy = policies[period]
    in_scope = {month: policies[month] for month in months}
    unit_ids = policy.unit_ids
    inside = scored["period"].isin(months) & scored["unit_id"].isin(unit_ids)
    scores = scope_indicators(policies, scored[inside], months)
    weights = mean_weights(in_scope, unit_ids)
    points = score_grid(scores, unit_ids, weights.indicator_ids)
    totals = aggregate(points, weights.indicators, weights.channels, weights.channel_of)
    stamp = {"period": period, "scope": scope}
    provisional = scored[inside & scored["status"].isin(["accepted", "not_submitted"])]["unit_id"]
    facts = unit_facts(policy, scores, adjustments[adjustments["period"].isin(months)], scope)
    units = score_units(policy, totals, facts)
    units["is_provisional"] = units["unit_id"].isin(provisional)
    weighted = _with_weights(scores, weights, totals, unit_ids)
    return {
        "indicator_scores": weighted.assign(**stamp),
        "indicator_summary": summarise_indicators(weighted).assign(**stamp),
        "channel_scores": _channel_rows(totals, weights, unit_ids).assign(**stamp),
        "unit_scores": units.assign(**stamp),
    }


def scope_indicators(policies: Mapping[str, Policy], scored: pd.DataFrame, months: list[str]) -> pd.DataFrame:
    """Return the indicator scores of a scope's months (see `score_indicators`) from measurements inside it."""
    indicators = {i.id: i for month in months for i in policies[month].indicators}
    return score_indicators(scored, policies[months[-1]], indicators)


def score_grid(
    scores: pd.DataFrame, unit_ids: list[str], indicator_ids: list[str], column: str = "score"
) -> np.ndarray:
    """Return a column of indicator scores as an array (U, I), NaN where a unit has no row."""
    wide = scores.pivot(index="unit_id", columns="indicator_id", values=column)
    return wide.reindex(index=unit_ids, columns=indicator_ids).to_numpy(dtype=float)


def _with_weights(scores: pd.DataFrame, weights: ScopeWeights, totals: Aggregate, unit_ids: list[str]) -> pd.DataFrame:
    rows = pd.Index(unit_ids).get_indexer(scores["unit_id"])
    columns = pd.Index(weights.indicator_ids).get_indexer(scores["indicator_id"])
    share = weights.channels[:, weights.channel_of] / 100
    return scores.assign(
        policy_weight=(weights.indicators * share)[rows, columns],
        weight=totals.indicator_weights[rows, columns],
    )


def summarise_indicators(scores: pd.DataFrame, worst: int = 3) -> pd.DataFrame:
    """Return for each indicator its mean score and the points of the total that it costs the average unit with a score.

    Args:
        scores: rows of `indicator_scores` of one scope.
        worst: how many of the units that lost most are named, apart by spaces.
    """
    lost = scores.assign(lost=(scores["weight"] * (100 - scores["score"]) / 100).fillna(0.0))
    lost = lost.sort_values(["lost", "unit_id"], ascending=[False, True])
    rows = lost.groupby(["indicator_id", "family", "channel"], sort=True)
    named = lost[lost["lost"] > 0].groupby("indicator_id")["unit_id"].apply(lambda ids: " ".join(ids.head(worst)))
    summary = rows.agg(
        n_units=("score", "count"), mean_score=("score", "mean"), lost_points=("lost", "sum")
    ).reset_index()
    return summary.assign(
        lost_points=summary["lost_points"] / max(1, scores.loc[scores["score"].notna(), "unit_id"].nunique()),
        worst_units=[named.get(indicator_id, "") for indicator_id in summary["indicator_id"]],
    )


def _channel_rows(totals: Aggregate, weights: ScopeWeights, unit_ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit_id": np.repeat(unit_ids, len(CHANNELS)),
            "channel": np.tile(CHANNELS, len(unit_ids)),
            "score": totals.channel_scores.ravel(),
            "policy_weight": weights.channels.ravel(),
            "weight": totals.channel_weights.ravel(),
        }
    )


def score_units(policy: Policy, totals: Aggregate, facts: UnitFacts) -> pd.DataFrame:
    """Return totals, ranks and tiers of a scope, one row per unit assessed in its last month.

    Args:
        policy: the rules of the scope's last month.
        totals: channel scores and totals of its units.
        facts: their adjustments and workload.

    Raises:
        DataError: a qualitative judgement does not fit the unit's tier (S3).
    """
    grading = policy.grading
    adjusted = add_adjustments(totals.totals, facts.bonus, facts.deductions, grading.bonus_cap)
    units = pd.DataFrame(
        {
            "unit_id": policy.unit_ids,
            "group": [policy.group_of[unit_id] for unit_id in policy.unit_ids],
            "base": totals.totals,
            "bonus": np.minimum(facts.bonus, grading.bonus_cap),
            "deductions": facts.deductions,
            "total": publish(adjusted, grading.rounding),
            "workload_per_head": facts.workload_per_head,
            "key_work_score": publish(totals.channel_scores[:, CHANNELS.index("key_work")], grading.rounding),
        }
    )
    graded = apply_judgements(grade(units, grading), facts.judgements, grading)
    return apply_vetoes(graded, facts.vetoed, grading)


def grade(units: pd.DataFrame, grading: Grading) -> pd.DataFrame:
    """Return `units` with ranks, tiers by score, ties and bottom places; judgement and veto come after.

    Units without a total are neither ranked nor counted for the quotas.

    Args:
        units: one row per unit: unit_id, group, total (published), workload_per_head, key_work_score, deductions.
        grading: the rules in force.

    Returns:
        The rows with rank, group_rank, tier_by_score, tier, tier_reason, is_tied, is_bottom_five.
    """
    total = units["total"].to_numpy(dtype=float)
    group = units["group"].to_numpy(dtype=str)
    group_rank = np.full(len(units), np.nan)
    for name in np.unique(group):
        group_rank[group == name] = competition_ranks(total[group == name])
    places, reasons = grade_places(total, tie_keys(units, grading), group, grading)
    tiers = np.array((*TIERS, ""), dtype=object)[places]
    return units.assign(
        rank=pd.array(competition_ranks(total), dtype="Int64"),
        group_rank=pd.array(group_rank, dtype="Int64"),
        tier_by_score=tiers,
        tier=tiers,
        tier_reason=reasons,
        is_tied=units["total"].duplicated(keep=False).to_numpy() & ~np.isnan(total),
        is_bottom_five=mark_bottom(total, grading.bottom_places),
    )


def tie_keys(units: pd.DataFrame, grading: Grading) -> np.ndarray:
    """Return the keys (N, K) that order units with one score at a line, a higher value first (S6)."""
    return units.assign(deductions=-units["deductions"])[list(grading.tie_keys)].to_numpy(dtype=float)
