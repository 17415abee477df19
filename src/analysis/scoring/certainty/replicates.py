"""Replicates of a scope's totals through the scoring kernel, and each source's share in their spread."""

from dataclasses import dataclass

import numpy as np

from analysis.policy.noise import SOURCES, NoiseModel
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.certainty.noise import point_deviations, rounding_deviations, weight_shifts
from analysis.scoring.kernel import add_adjustments, score_totals

# Replicates that fit the processor's cache, and those that a share of variance needs.
_CHUNK = 250
_FOR_SHARES = 500


@dataclass(frozen=True)
class Replicates:
    """B replicates of U totals.

    Attributes:
        exact: (U,) totals with adjustments, not rounded.
        totals: (B, U) replicates of them, not rounded.
        channel_scores: (B, U, C) replicates.
    """

    exact: np.ndarray
    totals: np.ndarray
    channel_scores: np.ndarray


def replicate(inputs: ScopeInputs, model: NoiseModel) -> Replicates:
    """Return replicates of a scope's totals under the sources that are switched on."""
    deviations = point_deviations(inputs, model)
    shifts = weight_shifts(inputs, model)
    parts = [
        _totals(inputs, deviations[:, start : start + _CHUNK], shifts[start : start + _CHUNK])
        for start in range(0, model.replicates, _CHUNK)
    ]
    channel_scores, totals = (np.concatenate(part) for part in zip(*parts, strict=True))
    exact = add_adjustments(inputs.exact_totals()[1], inputs.bonus, inputs.deductions, inputs.grading.bonus_cap)
    return Replicates(exact, totals + rounding_deviations(inputs, model), channel_scores)


def _totals(inputs: ScopeInputs, deviations: np.ndarray, shifts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights = inputs.weights
    channel_scores, totals = score_totals(
        np.moveaxis(inputs.points.T[:, None] + deviations, 0, -1),
        weights.indicators,
        np.maximum(weights.channels + shifts[:, None, :], 0.0),
        weights.channel_of,
    )
    return channel_scores, add_adjustments(totals, inputs.bonus, inputs.deductions, inputs.grading.bonus_cap)


def noise_shares(inputs: ScopeInputs, model: NoiseModel) -> np.ndarray:
    """Return each source's share (U, S) in % of the spread that can change a unit's place, in the order of SOURCES.

    Weights move all units; what they move all alike changes no place and is taken off. NaN where a unit has no total or
    no noise.
    """
    few = model.model_copy(update={"replicates": min(model.replicates, _FOR_SHARES)})
    variances = np.stack([_variance(inputs, few.only(source), source == "weights") for source in SOURCES], axis=1)
    total = variances.sum(axis=1, keepdims=True)
    return np.divide(100 * variances, total, out=np.full_like(variances, np.nan), where=total > 0)


def _variance(inputs: ScopeInputs, model: NoiseModel, is_common: bool) -> np.ndarray:
    ranked = ~np.isnan(inputs.published)
    if not any(getattr(model, source).is_on for source in SOURCES):
        return np.where(ranked, 0.0, np.nan)
    totals = replicate(inputs, model).totals
    common = totals[:, ranked].mean(axis=1, keepdims=True) if is_common and ranked.sum() > 1 else 0.0
    return np.where(ranked, np.var(totals - common, axis=0), np.nan)
