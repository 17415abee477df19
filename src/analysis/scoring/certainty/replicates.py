"""Replicates of a scope's totals, and each source's share in their spread."""

from dataclasses import dataclass

import numpy as np

from analysis.policy.noise import SOURCES, NoiseModel
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.certainty.sources import Sources, draw_sources, measure_sources, weight_shifts
from analysis.scoring.kernel import add_adjustments, combine_all


@dataclass(frozen=True)
class Replicates:
    """B replicates of U totals.

    Attributes:
        exact: (U,) totals with adjustments, not rounded.
        totals: (B, U) replicates of them, not rounded.
        sources: how far each source moves them.
        by_weights: (U,) variance that the judgement about weights brings to a unit's place.
    """

    exact: np.ndarray
    totals: np.ndarray
    sources: Sources
    by_weights: np.ndarray

    def reach(self, confidence: float) -> np.ndarray:
        """Return the points (U,) within which that share of the replicates misses each total."""
        return np.quantile(np.abs(self.totals - self.exact), confidence, axis=0, method="higher")


def replicate(inputs: ScopeInputs, model: NoiseModel) -> Replicates:
    """Return replicates of a scope's totals under the sources that are switched on."""
    channel_scores, totals = inputs.exact_totals()
    exact = add_adjustments(totals, inputs.bonus, inputs.deductions, inputs.grading.bonus_cap)
    weights = inputs.weights.channels.T[:, None] + weight_shifts(inputs, model).T[:, :, None]
    moved = combine_all(channel_scores, np.moveaxis(np.maximum(weights, 0.0), 0, -1)) - totals
    sources = measure_sources(inputs, model)
    ranked = ~np.isnan(totals)
    # What moves all units alike changes no place.
    common = moved[:, ranked].mean(axis=1, keepdims=True) if ranked.sum() > 1 else 0.0
    own = moved - common
    return Replicates(exact, exact + moved + draw_sources(inputs, model, sources), sources, own.var(axis=0))


def noise_shares(inputs: ScopeInputs, model: NoiseModel, found: Replicates) -> np.ndarray:
    """Return each source's share (U, S) in % of the spread that can change a unit's place, in the order of SOURCES.

    NaN where a unit has no total or no noise.

    Args:
        inputs: the scored scope.
        model: the noise reckoned with.
        found: its replicates.
    """
    step = 1 / 10**inputs.grading.rounding.decimals
    rounding = np.full(len(found.exact), step**2 / 12 if model.rounding.is_on else 0.0)
    variances = np.column_stack([found.sources.variances(), rounding, found.by_weights])
    total = np.where(np.isnan(inputs.published), np.nan, variances.sum(axis=1))[:, None]
    return np.divide(100 * variances, total, out=np.full((len(total), len(SOURCES)), np.nan), where=total > 0)
