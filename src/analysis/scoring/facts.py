"""What decides a unit's total and tier beside its points: adjustments and workload per head (S3, S6, S17)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.scoring.rounding import quantise


@dataclass(frozen=True)
class UnitFacts:
    """What stands beside the points of a scope's U units and decides totals and tiers with them.

    Attributes:
        bonus: (U,) points, not yet capped (S17).
        deductions: (U,) points.
        workload_per_head: (U,) uncapped, NaN where a unit has none (S6).
        judgements: the scope's rows of `adjustments` of kind judgement (S3).
        vetoed: ids of the units that cannot be 优秀 (S17).
    """

    bonus: np.ndarray
    deductions: np.ndarray
    workload_per_head: np.ndarray
    judgements: pd.DataFrame
    vetoed: tuple[str, ...]


def unit_facts(policy: Policy, scores: pd.DataFrame, adjustments: pd.DataFrame, scope: str) -> UnitFacts:
    """Return what stands beside the points of the units assessed in a scope's last month.

    Args:
        policy: the rules of that month.
        scores: their indicator scores, for the workload per head.
        adjustments: the rows of the scope's months.
        scope: `month` or `ytd`.
    """
    points = adjustments.pivot_table(index="unit_id", columns="kind", values="points", aggfunc="sum")
    points = points.reindex(index=policy.unit_ids, columns=["bonus", "deduction"]).fillna(0.0)
    in_scope = adjustments[(adjustments["scope"] == scope) & (adjustments["period"] == policy.period)]
    return UnitFacts(
        points["bonus"].to_numpy(),
        points["deduction"].to_numpy(),
        workload_per_head(policy, scores),
        in_scope[in_scope["kind"] == "judgement"],
        tuple(adjustments.loc[adjustments["kind"] == "veto", "unit_id"]),
    )


def workload_ids(policy: Policy) -> list[str]:
    """Return the ids of the indicators that measure workload per head (S24)."""
    return [indicator.id for indicator in policy.indicators if indicator.method.name == "workload"]


def workload_per_head(policy: Policy, scores: pd.DataFrame) -> np.ndarray:
    """Return the uncapped workload per head (U,) from indicator scores, NaN where a unit has none (S6)."""
    rows = scores[scores["indicator_id"].isin(workload_ids(policy)) & (scores["status"] == "ok")].set_index("unit_id")
    per_head = (rows["numerator"] / rows["denominator"]).reindex(policy.unit_ids).to_numpy(dtype=float)
    return quantise(per_head, policy.grading.rounding) * policy.grading.rounding.quantum
