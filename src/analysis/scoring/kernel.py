"""The one scoring kernel: points and weights to channels and totals, with redistribution (R17, S2, S11, S13).

It serves scoring, certainty and what-if alike: any leading axes are replicates.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Aggregate:
    """Scores of U units over C channels and I indicators.

    Attributes:
        channel_scores: (…, U, C) in points 0–100; NaN where the unit has no data in the channel.
        channel_weights: (…, U, C) in force after redistribution across channels, summing to 100.
        indicator_weights: (…, U, I) of each indicator in the total, after redistribution, summing to 100.
        totals: (…, U) in points 0–100, not rounded; NaN where the unit has no data at all.
    """

    channel_scores: np.ndarray
    channel_weights: np.ndarray
    indicator_weights: np.ndarray
    totals: np.ndarray


def aggregate(
    points: np.ndarray, indicator_weights: np.ndarray, channel_weights: np.ndarray, channel_of: np.ndarray
) -> Aggregate:
    """Return channel scores and totals; a missing point's weight goes to the others in proportion.

    First within the channel, then across channels (S11); a channel without any data in the scope, such as random
    supervision of a unit that was not drawn (S13), gives its weight to the other channels.

    Args:
        points: (…, U, I) indicator points 0–100, NaN where missing.
        indicator_weights: (…, U, I) weights within the channel, any scale (S2).
        channel_weights: (…, U, C) weights of the channels, any scale (R17, R18).
        channel_of: (I,) index of each indicator's channel.

    Returns:
        Channel scores, weights in force and totals.
    """
    present = ~np.isnan(points)
    weights = np.where(present, indicator_weights, 0.0)
    filled = np.where(present, points, 0.0)
    shape = np.broadcast_shapes(points.shape, np.shape(indicator_weights))
    channels = np.shape(channel_weights)[-1]
    sums = np.zeros((*shape[:-1], channels))
    scores = np.full((*shape[:-1], channels), np.nan)
    shares = np.zeros(shape)
    for channel in range(channels):
        inside = channel_of == channel
        sums[..., channel] = weights[..., inside].sum(axis=-1)
        divisor = np.where(sums[..., channel] > 0, sums[..., channel], np.nan)
        scores[..., channel] = (weights[..., inside] * filled[..., inside]).sum(axis=-1) / divisor
        shares[..., inside] = np.nan_to_num(weights[..., inside] / divisor[..., None])
    in_force = np.where(sums > 0, channel_weights, 0.0)
    total_weight = in_force.sum(axis=-1, keepdims=True)
    in_force = 100 * in_force / np.where(total_weight > 0, total_weight, np.nan)
    totals = (in_force * np.nan_to_num(scores)).sum(axis=-1) / 100
    return Aggregate(
        channel_scores=scores,
        channel_weights=np.nan_to_num(in_force),
        indicator_weights=shares * np.nan_to_num(in_force)[..., channel_of],
        totals=totals,
    )


def add_adjustments(totals: np.ndarray, bonus: np.ndarray, deductions: np.ndarray, bonus_cap: float) -> np.ndarray:
    """Return totals with the bonus (at most `bonus_cap`) and deductions, kept within 0–100 (S17)."""
    return np.clip(totals + np.minimum(bonus, bonus_cap) - deductions, 0, 100)
