"""Ranks, tiers, ties and bottom places, all from published scores (R19, R21, S3–S8, S17)."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from analysis.policy.base import TIERS
from analysis.policy.errors import DataError
from analysis.policy.models import Grading


def competition_ranks(scores: np.ndarray) -> np.ndarray:
    """Return the place of each published score, the best place on ties (1, 2, 2, 4); NaN where there is none."""
    ranks = 1.0 + (scores[None, :] > scores[:, None]).sum(axis=1)
    return np.where(np.isnan(scores), np.nan, ranks)


def largest_remainder(count: int, shares_pct: Sequence[float], order: Sequence[int]) -> list[int]:
    """Return whole numbers that add up to `count`, as near to the shares as can be (S5).

    Equal remainders are served in `order`. 85 units at 20/50/20/10 % give 17, 43, 17, 8.

    Args:
        count: number of units.
        shares_pct: shares in %, summing to 100.
        order: indices into `shares_pct`, first served first.
    """
    exact = [count * Fraction(str(share)) / 100 for share in shares_pct]
    whole = [int(value) for value in exact]
    by_remainder = sorted(order, key=lambda index: -(exact[index] - whole[index]))
    for index in by_remainder[: count - sum(whole)]:
        whole[index] += 1
    return whole


def assign_tiers(scores: np.ndarray, tie_keys: np.ndarray, grading: Grading) -> tuple[np.ndarray, np.ndarray]:
    """Return the tier of each unit by its published score, and why where a tie at a line decided (S5, S6).

    Lines are cumulative places (85 → 17, 60, 77) and never move. Units with one score that lie on both sides of a
    line are ordered by the tie keys; a key that one of them lacks is skipped; those still equal share one tier.

    Args:
        scores: (N,) published scores, no NaN.
        tie_keys: (N, K) in the order of `grading.tie_keys`, a higher value first; NaN where a unit lacks the key.
        grading: quotas, order of remainders, what happens at each line.

    Returns:
        Tiers (N,) as indices into TIERS, and reasons (N,) of "", "tie_key", "tie_down", "tie_up".
    """
    order = [TIERS.index(tier) for tier in grading.remainder_order]
    lines = np.cumsum(largest_remainder(len(scores), grading.quotas.in_order, order))
    tiers = np.zeros(len(scores), dtype=int)
    reasons = np.full(len(scores), "", dtype=object)
    place = 0
    for score in -np.unique(-scores):
        group = np.flatnonzero(scores == score)
        for part, reason in _split_at_lines(group, place, tie_keys, lines):
            first, last = _tier_at(place + 1, lines), _tier_at(place + len(part), lines)
            tiers[part] = first if first == last else _tier_of_tie(first, grading)
            reasons[part] = reason if first == last else ("tie_up" if tiers[part[0]] == first else "tie_down")
            place += len(part)
    return tiers, reasons


def _split_at_lines(group: np.ndarray, place: int, tie_keys: np.ndarray, lines: np.ndarray) -> list:
    if len(group) == 1 or _tier_at(place + 1, lines) == _tier_at(place + len(group), lines):
        return [(group, "")]
    keys = tie_keys[group]
    keys = keys[:, ~np.isnan(keys).any(axis=0)]
    distinct = np.unique(-keys, axis=0)
    parts = [group[(-keys == row).all(axis=1)] for row in distinct]
    return [(part, "tie_key" if len(parts) > 1 else "") for part in parts]


def _tier_at(place: int, lines: np.ndarray) -> int:
    return int(np.searchsorted(lines, place))


def _tier_of_tie(first: int, grading: Grading) -> int:
    # The group's first place lies above its first line; there the quota is a cap (down) or not (up).
    step = 0 if grading.tie_at_line[TIERS[first]] == "up" else 1
    return first + step


def mark_bottom(scores: np.ndarray, places: int) -> np.ndarray:
    """Mark everyone at or under the `places`-th lowest published score (R21, S7); NaN is never marked."""
    present = np.sort(scores[~np.isnan(scores)])
    if places == 0 or len(present) == 0:
        return np.zeros(len(scores), dtype=bool)
    return scores <= present[min(places, len(present)) - 1]


def apply_judgements(scores_by_unit: pd.DataFrame, judgements: pd.DataFrame, grading: Grading) -> pd.DataFrame:
    """Return `scores_by_unit` with tiers moved by qualitative judgement (S3) .

    Args:
        scores_by_unit: columns unit_id, tier_by_score, tier, tier_reason.
        judgements: rows of `adjustments` of kind judgement in this scope.
        grading: how many tiers a judgement may move.

    Raises:
        DataError: the judgement starts from another tier than the unit's, or moves too far; names the document.
    """
    result = scores_by_unit.copy()
    for row in judgements.itertuples():
        where = result.index[result["unit_id"] == row.unit_id]
        found = result.loc[where, "tier_by_score"].iloc[0] if len(where) else ""
        if row.from_tier != found:
            raise DataError(
                f"{row.document}: the judgement on {row.unit_id} starts from {row.from_tier!r}, but its tier by score "
                f"is {found!r}; correct the row in the adjustments sheet (S3)"
            )
        if not row.to_tier or abs(TIERS.index(row.to_tier) - TIERS.index(found)) > grading.judgement_steps:
            raise DataError(
                f"{row.document}: the judgement on {row.unit_id} moves from {found!r} to {row.to_tier!r}; at most "
                f"{grading.judgement_steps} tier is allowed (S3)"
            )
        result.loc[where, ["tier", "tier_reason"]] = [row.to_tier, "judgement"]
    return result


def apply_vetoes(scores_by_unit: pd.DataFrame, vetoed: Sequence[str], grading: Grading) -> pd.DataFrame:
    """Return `scores_by_unit` with vetoed units (一票否优) capped; the place is not refilled (S6, S17)."""
    result = scores_by_unit.copy()
    better = result["tier"].isin(TIERS[: TIERS.index(grading.veto_cap)])
    hit = result["unit_id"].isin(list(vetoed)) & better
    result.loc[hit, ["tier", "tier_reason"]] = [grading.veto_cap, "veto"]
    return result
