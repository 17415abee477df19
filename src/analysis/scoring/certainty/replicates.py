"""Replicates of a scope's totals through the scoring kernel, and each source's share in their spread."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from analysis.policy.noise import SOURCES, NoiseModel
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.certainty.noise import point_deviations, rounding_deviations, weight_shifts
from analysis.scoring.kernel import add_adjustments, fill_missing, score_totals

# Replicates that fit the processor's cache, and those that a share of variance needs.
_CHUNK = 250
_FOR_SHARES = 500


@dataclass(frozen=True)
class Draws:
    """What each source of noise changes in B replicates.

    Attributes:
        deviations: source → place of each indicator that it moves → (B, U) of its points.
        rounding: (B, U) of totals.
        shifts: (B, C) of channel weights.
    """

    deviations: dict[str, dict[int, np.ndarray]]
    rounding: np.ndarray
    shifts: np.ndarray

    def only(self, source: str, count: int) -> "Draws":
        """Return the first draws of one source; they are those of a model of so many replicates with it alone."""
        deviations = {place: drawn[:count] for place, drawn in self.deviations.get(source, {}).items()}
        rounding, shifts = self.rounding[:count], self.shifts[:count]
        return Draws(
            {source: deviations},
            rounding if source == "rounding" else np.zeros_like(rounding),
            shifts if source == "weights" else np.zeros_like(shifts),
        )


@dataclass(frozen=True)
class Replicates:
    """B replicates of U totals.

    Attributes:
        exact: (U,) totals with adjustments, not rounded.
        totals: (B, U) replicates of them, not rounded.
        draws: what they differ by.
    """

    exact: np.ndarray
    totals: np.ndarray
    draws: Draws


def draw_noise(inputs: ScopeInputs, model: NoiseModel) -> Draws:
    """Return the draws of the sources that are switched on."""
    return Draws(point_deviations(inputs, model), rounding_deviations(inputs, model), weight_shifts(inputs, model))


def replicate(inputs: ScopeInputs, model: NoiseModel) -> Replicates:
    """Return replicates of a scope's totals under the sources that are switched on."""
    draws = draw_noise(inputs, model)
    exact = add_adjustments(inputs.exact_totals()[1], inputs.bonus, inputs.deductions, inputs.grading.bonus_cap)
    return Replicates(exact, _totals(inputs, draws), draws)


def _totals(inputs: ScopeInputs, draws: Draws) -> np.ndarray:
    sources = draws.deviations.values()
    places = {place for source in sources for place in source}
    deviations = {place: reduce(np.add, [source[place] for source in sources if place in source]) for place in places}
    totals = draws.rounding.copy()
    for start in range(0, len(totals), _CHUNK):
        part = slice(start, start + _CHUNK)
        moved = {place: drawn[part] for place, drawn in deviations.items()}
        totals[part] += _totals_of_part(inputs, moved, draws.shifts[part])
    return totals


def _totals_of_part(inputs: ScopeInputs, deviations: dict[int, np.ndarray], shifts: np.ndarray) -> np.ndarray:
    """Return totals with adjustments, not rounded (B, U), or (U,) where neither points nor weights move."""
    points, weights = fill_missing(inputs.points, inputs.weights.indicators)
    channels = inputs.weights.channels
    if deviations:
        moved = np.repeat(points.T[:, None], len(shifts), axis=1)
        for place, drawn in deviations.items():
            moved[place] += drawn
        points = np.moveaxis(moved, 0, -1)
    if shifts.any():
        channels = np.moveaxis(np.maximum(channels.T[:, None] + shifts.T[:, :, None], 0.0), 0, -1)
    _, totals = score_totals(points, weights, channels, inputs.weights.channel_of)
    return add_adjustments(totals, inputs.bonus, inputs.deductions, inputs.grading.bonus_cap)


def noise_shares(inputs: ScopeInputs, model: NoiseModel, draws: Draws) -> np.ndarray:
    """Return each source's share (U, S) in % of the spread that can change a unit's place, in the order of SOURCES.

    Weights move all units; what they move all alike changes no place and is taken off. NaN where a unit has no total or
    no noise.

    Args:
        inputs: the scored scope.
        model: the noise reckoned with.
        draws: its draws, see `draw_noise`.
    """
    few = model.model_copy(update={"replicates": min(model.replicates, _FOR_SHARES)})
    variances = np.stack([_variance(inputs, few, draws, source) for source in SOURCES], axis=1)
    total = variances.sum(axis=1, keepdims=True)
    return np.divide(100 * variances, total, out=np.full_like(variances, np.nan), where=total > 0)


def _variance(inputs: ScopeInputs, model: NoiseModel, draws: Draws, source: str) -> np.ndarray:
    ranked = ~np.isnan(inputs.published)
    if not getattr(model, source).is_on:
        return np.where(ranked, 0.0, np.nan)
    # Months beside counts are only what counts do not explain; their share is that of months alone.
    alone = draw_noise(inputs, model.only(source)) if source == "months" else draws.only(source, model.replicates)
    totals = _totals(inputs, alone)
    is_common = source == "weights" and ranked.sum() > 1
    common = totals[:, ranked].mean(axis=1, keepdims=True) if is_common else 0.0
    return np.where(ranked, np.var(totals - common, axis=0), np.nan)
