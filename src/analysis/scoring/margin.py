"""How far a unit is from the line: the smallest change of its points, or of its weights, that takes it across."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.policy.models import Grading
from analysis.scoring.tiers import tier_if_moved

# Halvings that bring a weight margin below a billionth of a point.
_HALVINGS = 60


@dataclass(frozen=True)
class Margins:
    """Smallest changes (U,) of a unit's published total, all other units as they are; NaN where none is enough.

    Attributes:
        up: points up to a better tier.
        down: points down to a worse tier, as a positive number.
        interview: points up (positive) out of the bottom places and 不达标, or down (negative) into them (R21).
    """

    up: np.ndarray
    down: np.ndarray
    interview: np.ndarray


def point_margins(published: np.ndarray, tie_keys: np.ndarray, group: np.ndarray, grading: Grading) -> Margins:
    """Return exact margins in published steps, found by asking the tier rule itself (S4–S7).

    A better score never has a worse tier, so the first step that changes the answer is found by halving.

    Args:
        published: (U,) totals, NaN where there is none.
        tie_keys: (U, K), see `assign_tiers`.
        group: (U,) group of each unit.
        grading: the rules in force.
    """
    failing = [grading.tiers.index(name) for name in grading.interview_tiers]
    per_point = 10**grading.rounding.decimals
    here = np.rint(np.nan_to_num(published) * per_point).astype(int)
    has_total = ~np.isnan(published)
    from_the_worst = np.sort(published)

    def tier(steps: np.ndarray) -> np.ndarray:
        return tier_if_moved(published, steps / per_point, tie_keys, group, grading)

    def interviewed(steps: np.ndarray) -> np.ndarray:
        below = np.searchsorted(from_the_worst, steps / per_point) - (published < steps / per_point)
        return (below < grading.bottom_places) | np.isin(tier(steps), failing)

    now, is_listed = tier(here), interviewed(here)
    highest, lowest = np.full_like(here, 100 * per_point), np.zeros_like(here)
    up = _first_step(here, highest, lambda steps: tier(steps) < now)
    down = _first_step(here, lowest, lambda steps: tier(steps) > now)
    other = _first_step(here, np.where(is_listed, highest, lowest), lambda steps: interviewed(steps) != is_listed)
    found = [np.where(has_total, (steps - here) / per_point, np.nan) for steps in (up, down, other)]
    return Margins(found[0], -found[1], found[2])


def _first_step(start: np.ndarray, end: np.ndarray, is_across: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the step nearest to `start` on the way to `end` that is across; NaN where even `end` is not."""
    reachable = is_across(end)
    near, far = start.copy(), end.copy()
    while (np.abs(far - near) > 1).any():
        middle = (near + far) // 2
        across = is_across(middle)
        near, far = np.where(across, near, middle), np.where(across, middle, far)
    return np.where(reachable, far, np.nan)


def weight_margins(
    channel_scores: np.ndarray, channel_weights: np.ndarray, targets: np.ndarray, bound: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest shift of a unit's own channel weights (R18) that brings its total to a target.

    The largest change of any channel's weight is made smallest; weights stay within 0–100 and sum to 100 (S16). For a
    given bound on the shifts the best ones are known in closed form: weight goes from the channels farthest below the
    target to those farthest above it. All other units stay as they are.

    Args:
        channel_scores: (U, C), NaN where the unit has no data: such a channel's weight goes to the others (S11).
        channel_weights: (U, C) of the policy.
        targets: (…, U) totals to reach, before adjustments; from above where the unit's total is higher.
        bound: the largest shift allowed, in points.

    Returns:
        The shift's size (…, U), NaN where the bound is not enough, and the shifts (…, U, C) themselves.
    """
    totals = np.nansum(np.where(np.isnan(channel_scores), 0.0, channel_weights * channel_scores), axis=1)
    found = np.where(np.isnan(channel_scores), 0.0, channel_weights).sum(axis=1)
    sign = np.where(totals >= targets * found, -1.0, 1.0)
    gains = np.nan_to_num(sign[..., None] * (channel_scores - targets[..., None]))

    def reached(size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shifts = _best_shifts(gains, channel_weights, size)
        return ((channel_weights + shifts) * gains).sum(axis=-1) >= 0, shifts

    low, high = np.zeros(targets.shape), np.full(targets.shape, float(bound))
    possible = reached(high)[0] & ~np.isnan(targets) & (found > 0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_enough, _ = reached(middle)
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    return np.where(possible, high, np.nan), np.where(possible[..., None], reached(high)[1], np.nan)


def _best_shifts(gains: np.ndarray, weights: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the shifts (…, U, C) within ± size that sum to 0 and add most gain: all room down, filled best first."""
    lowest = np.maximum(-size[..., None], -weights)
    # Weights sum to 100, so what the others can give brings none of them above it.
    room = size[..., None] - lowest
    order = np.argsort(-gains, axis=-1, kind="stable")
    ordered = np.take_along_axis(room, order, axis=-1)
    before = np.cumsum(ordered, axis=-1) - ordered
    filled = np.clip(-lowest.sum(axis=-1, keepdims=True) - before, 0, ordered)
    shifts = np.empty_like(lowest)
    np.put_along_axis(shifts, order, filled, axis=-1)
    return lowest + shifts
