"""The one scoring kernel: points and weights to channels and totals, with redistribution (R17, S2, S11, S13).

It serves scoring, certainty, sensitivity and what-if alike: any leading axes are replicates. Sums are taken column by
column in one order, so that a replicate has the same bits alone and among thousands, on every machine.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

# How a weighted mean is formed: what is averaged, and the way back.
MEANS: dict[str, tuple[Callable, Callable]] = {
    "arithmetic": (lambda points: points, lambda mean: mean),
    "geometric": (np.log, np.exp),
    "harmonic": (np.reciprocal, np.reciprocal),
}


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


def fill_missing(points: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points with 1 for NaN, and weights with 0 there: what `combine` makes of them, with the same bits.

    Who has thousands of replicates with the same points missing fills them once.
    """
    missing = np.isnan(points)
    return np.where(missing, 1.0, points), np.where(missing, 0.0, weights)


def give_to_siblings(weights: np.ndarray, points: np.ndarray, siblings: Iterable[np.ndarray]) -> np.ndarray:
    """Return weights in which a missing point's goes to the others of its parent first (S11).

    Args:
        weights: (…, I) of indicators within their channels.
        points: (…, I), NaN where missing.
        siblings: for each parent the places of its indicators; those of none keep their weight.
    """
    siblings = list(siblings)
    if not siblings:
        return weights
    found = np.array(np.broadcast_to(weights, np.broadcast_shapes(np.shape(weights), np.shape(points))), dtype=float)
    present = np.where(np.isnan(points), 0.0, found)
    for places in siblings:
        whole, left = (grid[..., places].sum(axis=-1, keepdims=True) for grid in (found, present))
        found[..., places] *= np.where(left > 0, whole / np.where(left > 0, left, 1), 1)
    return found


def combine(
    points: np.ndarray, weights: np.ndarray, parent_of: np.ndarray, parents: int, mean: str = "arithmetic"
) -> tuple[np.ndarray, np.ndarray]:
    """Return one level up: the weighted mean of each parent's children; a missing child's weight goes to the others.

    Args:
        points: (…, J) of the children, NaN where missing; one child is read after the other, so that thousands of
            replicates go fastest where a child's lie together (J the first axis in memory).
        weights: (…, J), any scale.
        parent_of: (J,) index of each child's parent.
        parents: number of parents P.
        mean: a name in MEANS; geometric and harmonic means need points above 0.

    Returns:
        Scores (…, P), NaN where no child with a weight has points; and the weight found under each parent (…, P).
    """
    forward, back = MEANS[mean]
    shape = np.broadcast_shapes(np.shape(points), np.shape(weights))[:-1]
    sums, found = np.zeros((parents, *shape)), np.zeros((parents, *shape))
    for child, parent in enumerate(parent_of):
        column, weight = points[..., child], weights[..., child]
        if np.isnan(column).any():
            column, weight = fill_missing(column, weight)
        sums[parent] += weight * forward(column)
        found[parent] += weight
    scores = back(sums / np.where(found > 0, found, np.nan))
    return np.moveaxis(scores, 0, -1), np.moveaxis(found, 0, -1)


def combine_all(points: np.ndarray, weights: np.ndarray, mean: str = "arithmetic") -> np.ndarray:
    """Return the weighted mean (…,) of all children (…, J) as those of one parent, see `combine`."""
    return combine(points, weights, np.zeros(np.shape(points)[-1], dtype=int), 1, mean)[0].squeeze(-1)


def score_totals(
    points: np.ndarray,
    indicator_weights: np.ndarray,
    channel_weights: np.ndarray,
    channel_of: np.ndarray,
    mean: str = "arithmetic",
) -> tuple[np.ndarray, np.ndarray]:
    """Return channel scores (…, U, C) and totals (…, U): `aggregate` without the weights in force."""
    channel_scores, _ = combine(points, indicator_weights, channel_of, np.shape(channel_weights)[-1], mean)
    return channel_scores, combine_all(channel_scores, channel_weights, mean)


def aggregate(
    points: np.ndarray,
    indicator_weights: np.ndarray,
    channel_weights: np.ndarray,
    channel_of: np.ndarray,
    mean: str = "arithmetic",
) -> Aggregate:
    """Return channel scores and totals; a missing point's weight goes to the others in proportion.

    First within the channel, then across channels (S11); a channel without any data in the scope, such as random
    supervision of a unit that was not drawn (S13), gives its weight to the other channels.

    Args:
        points: (…, U, I) indicator points 0–100, NaN where missing.
        indicator_weights: (…, U, I) weights within the channel, any scale (S2).
        channel_weights: (…, U, C) weights of the channels, any scale (R17, R18).
        channel_of: (I,) index of each indicator's channel.
        mean: a name in MEANS; the rules use the arithmetic one.

    Returns:
        Channel scores, weights in force and totals.
    """
    # A weighted mean of full marks may come out a bit above them in floats: 100.00000000000001.
    found = score_totals(points, indicator_weights, channel_weights, channel_of, mean)
    channel_scores, totals = (np.minimum(scores, 100.0) for scores in found)
    in_force = _shares(np.where(np.isnan(channel_scores), 0.0, channel_weights))
    weights = np.where(np.isnan(points), 0.0, indicator_weights)
    for channel in range(np.shape(channel_weights)[-1]):
        inside = channel_of == channel
        weights[..., inside] = _shares(weights[..., inside]) * in_force[..., channel, None]
    return Aggregate(channel_scores, 100 * in_force, 100 * weights, totals)


def _shares(weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total > 0, total, 1)


def add_adjustments(totals: np.ndarray, bonus: np.ndarray, deductions: np.ndarray, bonus_cap: float) -> np.ndarray:
    """Return totals with the bonus (at most `bonus_cap`) and deductions, kept within 0–100 (S17)."""
    return np.clip(totals + np.minimum(bonus, bonus_cap) - deductions, 0, 100)
