"""The units of a scope: what stands beside their points, their totals, ranks and tiers (S3–S8, S17)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.models import Grading
from analysis.scoring.grid import Grid, build_grid, months_of
from analysis.scoring.kernel import Aggregate, add_adjustments
from analysis.scoring.rounding import publish, quantise
from analysis.scoring.tiers import (
    FEWER_FIRST,
    apply_judgements,
    apply_vetoes,
    competition_ranks,
    grade_places,
    mark_bottom,
)


@dataclass(frozen=True)
class UnitFacts:
    """What decides totals and tiers of U units besides their points.

    Attributes:
        bonus: (U,) points, not yet capped (S17).
        deductions: (U,) points.
        judgements: the scope's rows of `adjustments` of kind judgement (S3).
        vetoed: ids of the units that cannot be 优秀 (S17).
    """

    bonus: np.ndarray
    deductions: np.ndarray
    judgements: pd.DataFrame
    vetoed: tuple[str, ...]


@dataclass(frozen=True)
class ScoredScope:
    """A scope with its results.

    Attributes:
        grid: what its units scored on each indicator.
        facts: what counts besides.
        totals: channel scores, totals and weights in force.
        units: `unit_scores`, one row per unit of the grid, without period, scope and `is_provisional`.
    """

    grid: Grid
    facts: UnitFacts
    totals: Aggregate
    units: pd.DataFrame


def score_scope(
    policies: Mapping[str, Policy], scored: pd.DataFrame, adjustments: pd.DataFrame, period: str, scope: str
) -> ScoredScope:
    """Return the results of a scope; its units are those assessed in its last month.

    Args:
        policies: month → rules, for each of `PolicyBook.months_that_score`.
        scored: measurements with `points` (see `score_measurements`).
        adjustments: table `adjustments` of the months of the scope.
        period: the scope's last month.
        scope: its name in `SCOPES`.

    Raises:
        DataError: a qualitative judgement does not fit the unit's tier (S3).
    """
    policy, grid = policies[period], build_grid(policies, scored, period, scope)
    inside = adjustments[adjustments["period"].isin(months_of(policies, period, scope))]
    bonus, deductions = (_points(inside, kind, policy.unit_ids) for kind in ("bonus", "deduction"))
    own = inside[(inside["scope"] == scope) & (inside["period"] == period)]
    vetoed = tuple(inside.loc[inside["kind"] == "veto", "unit_id"])
    facts = UnitFacts(bonus, deductions, own[own["kind"] == "judgement"], vetoed)
    return score_units(policy, grid, facts)


def _points(adjustments: pd.DataFrame, kind: str, unit_ids: list[str]) -> np.ndarray:
    points = adjustments[adjustments["kind"] == kind].groupby("unit_id")["points"].sum()
    return points.reindex(unit_ids).fillna(0.0).to_numpy()


def score_units(policy: Policy, grid: Grid, facts: UnitFacts) -> ScoredScope:
    """Return the results of a grid: totals, ranks and tiers.

    Args:
        policy: the rules of the scope's last month.
        grid: its grid.
        facts: what counts besides.

    Raises:
        DataError: a qualitative judgement does not fit the unit's tier (S3).
    """
    grading, totals = policy.grading, grid.aggregate()
    adjusted = add_adjustments(totals.totals, facts.bonus, facts.deductions, grading.bonus_cap)
    units = pd.DataFrame(
        {
            "unit_id": policy.unit_ids,
            "group": [policy.group_of[unit_id] for unit_id in policy.unit_ids],
            "base": totals.totals,
            "bonus": np.minimum(facts.bonus, grading.bonus_cap),
            "deductions": facts.deductions,
            "total": publish(adjusted, grading.rounding),
            "workload_per_head": _workload_per_head(policy, grid),
            "key_work_score": _key_work_score(grid, totals, grading),
        }
    )
    graded = apply_judgements(grade(units, grading), facts.judgements, grading)
    return ScoredScope(grid, facts, totals, apply_vetoes(graded, facts.vetoed, grading))


def _workload_per_head(policy: Policy, grid: Grid) -> np.ndarray:
    """Return the uncapped workload per head (U,) of the indicator that measures it (S24), NaN without one (S6)."""
    rounding, indicator_id = policy.grading.rounding, policy.grading.workload_indicator
    if indicator_id not in grid.weights.indicator_ids:
        return np.full(len(grid.unit_ids), np.nan)
    place = grid.weights.indicator_ids.index(indicator_id)
    return quantise(grid.numerator[:, place] / grid.denominator[:, place], rounding) * rounding.quantum


def _key_work_score(grid: Grid, totals: Aggregate, grading: Grading) -> np.ndarray:
    """Return the published score (U,) of the channel of key work, NaN without one (S6)."""
    if grading.key_work_channel not in grid.weights.channel_ids:
        return np.full(len(grid.unit_ids), np.nan)
    place = grid.weights.channel_ids.index(grading.key_work_channel)
    return publish(totals.channel_scores[:, place], grading.rounding)


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
    tiers = np.array((*grading.tiers, ""), dtype=object)[places]
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
    return units.assign(**{key: -units[key] for key in FEWER_FIRST})[list(grading.tie_keys)].to_numpy(dtype=float)
