"""Ranks, tiers, ties and bottom places, all from published scores (R19, R21, S3–S8, S17)."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.models import Grading

# Tie keys of which fewer is better; of the others more is (S6).
FEWER_FIRST = ("deductions",)


def competition_ranks(scores: np.ndarray) -> np.ndarray:
    """Return the place of each published score (…, N), the best place on ties (1, 2, 2, 4); NaN where there is none."""
    order, ordered = _from_the_best(scores)
    return np.where(np.isnan(scores), np.nan, _to_units(order, _first_places(ordered)))


def _places(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the best and the worst place (…, N) that each score's group of equals takes; missing scores come last."""
    order, ordered = _from_the_best(scores)
    # Seen from the other end, the worst place of equals is their first.
    last = scores.shape[-1] + 1 - _first_places(ordered[..., ::-1])[..., ::-1]
    return _to_units(order, _first_places(ordered)), _to_units(order, last)


def _from_the_best(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the units (…, N) from the best score to the worst, missing ones last, and their scores."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    return order, np.take_along_axis(scores, order, axis=-1)


def _first_places(ordered: np.ndarray) -> np.ndarray:
    starts = np.ones(ordered.shape, dtype=bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    return np.maximum.accumulate(np.where(starts, np.arange(1, ordered.shape[-1] + 1), 1), axis=-1)


def _to_units(order: np.ndarray, places: np.ndarray) -> np.ndarray:
    by_unit = np.empty_like(order)
    np.put_along_axis(by_unit, order, places, axis=-1)
    return by_unit


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


def tier_lines(count: int, grading: Grading) -> np.ndarray:
    """Return the last place of each tier among `count` units (R19, S5, S6): 85 → 17, 60, 77, 85.

    A tier that has at least one place takes it from the fullest. Without quotas every place is one of the best tier.
    """
    if not grading.quotas:
        return np.full(len(grading.tiers), count)
    order = [grading.tiers.index(tier) for tier in grading.remainder_order]
    places = largest_remainder(count, tuple(grading.quotas.values()), order)
    for tier in map(grading.tiers.index, grading.at_least_one):
        if not places[tier] and max(places) > 1:
            places[places.index(max(places))] -= 1
            places[tier] = 1
    return np.cumsum(places)


def reached_lines(scores: np.ndarray, grading: Grading) -> np.ndarray:
    """Return the best tier (…) whose line each published score reaches, as an index; the best without lines."""
    falling = -np.array(list(grading.lines.values())[:-1])
    return np.searchsorted(falling, -scores, side="left" if grading.line_is == "at_or_above" else "right")


def assign_tiers(scores: np.ndarray, tie_keys: np.ndarray, grading: Grading) -> tuple[np.ndarray, np.ndarray]:
    """Return the tier of each unit by its published score, and why where a tie at a line decided (S5, S6).

    Lines are cumulative places (85 → 17, 60, 77) and never move. Units with one score that lie on both sides of a
    line are ordered by the tie keys; a key that one of them lacks is skipped; those still equal share one tier.

    Args:
        scores: (…, N) published scores, no NaN; leading axes are replicates.
        tie_keys: (…, N, K) in the order of `grading.tie_keys`, a higher value first; NaN where a unit lacks the key.
        grading: quotas, order of remainders, what happens at each line.

    Returns:
        Tiers (…, N) as indices into `grading.tiers`, and reasons (…, N) of "", "tie_key", "tie_down", "tie_up", and
        "line" where the place was good enough and the score was not.
    """
    lines = tier_lines(scores.shape[-1], grading)
    first, last = _places(scores)
    tiers, worst = np.searchsorted(lines, first), np.searchsorted(lines, last)
    reasons = np.full(scores.shape, "", dtype=object)
    # Only equal scores on both sides of a line need a look at the tie keys.
    at = np.nonzero(tiers != worst)
    if len(at[0]):
        keys = np.broadcast_to(tie_keys, (*scores.shape, tie_keys.shape[-1]))[at]
        codes = np.ravel_multi_index((*at[:-1], first[at]), (*scores.shape[:-1], scores.shape[-1] + 1))
        _, group = np.unique(codes, return_inverse=True)
        tiers[at], reasons[at] = _settle_ties(group, first[at], keys, lines, grading)
    by_score = reached_lines(scores, grading)
    if grading.quotas:
        reasons = np.where(by_score > tiers, "line", reasons)
    return np.maximum(tiers, by_score), reasons


def _settle_ties(
    group: np.ndarray, place: np.ndarray, keys: np.ndarray, lines: np.ndarray, grading: Grading
) -> tuple[np.ndarray, np.ndarray]:
    """Return tiers and reasons of units with equal scores at a line, by their tie keys (S6).

    Args:
        group: (M,) which units have equal scores, as numbers from 0.
        place: (M,) the first place of the unit's group.
        keys: (M, K) tie keys, a higher value first; NaN where a unit lacks the key.
        lines: the last place of each tier.
        grading: what happens at each line.
    """
    lacks = np.zeros(keys.shape, dtype=bool)  # by group, of which there are no more than units
    np.logical_or.at(lacks, group, np.isnan(keys))
    ordered = np.where(lacks[group], 0.0, -keys)
    _, tied, size = np.unique(np.column_stack([group, ordered]), axis=0, return_inverse=True, return_counts=True)
    ahead = (np.cumsum(size) - size)[tied] - (np.cumsum(np.bincount(group)) - np.bincount(group))[group]
    best = np.searchsorted(lines, place + ahead)
    is_apart = best == np.searchsorted(lines, place + ahead + size[tied] - 1)
    # The first place of a tie lies above its first line; there the quota is a cap (down) or not (up).
    is_up = np.array([grading.tie_at_line.get(tier) == "up" for tier in grading.tiers])[best]
    reasons = np.select([is_apart, is_up], ["tie_key", "tie_up"], "tie_down")
    return np.where(is_apart | is_up, best, best + 1), reasons


def mark_bottom(scores: np.ndarray, places: int) -> np.ndarray:
    """Mark everyone at or under the `places`-th lowest published score (…, N) (R21, S7); NaN is never marked."""
    lowest = np.sort(scores, axis=-1)[..., :places]
    # Missing scores are sorted last: where the line is one of them, nobody lies above it.
    line = lowest.max(axis=-1, keepdims=True, initial=-np.inf)
    return ~(np.isnan(scores) | (scores > line))


def mark_interview(units: pd.DataFrame, grading: Grading) -> pd.Series:
    """Mark the units that a result lists for an interview: bottom places and the tiers that `grading` names (R21, S7).

    Args:
        units: columns is_bottom_five, tier.
        grading: the rules in force.
    """
    return units["is_bottom_five"] | units["tier"].isin(grading.interview_tiers)


def grade_places(
    total: np.ndarray, tie_keys: np.ndarray, group: np.ndarray, grading: Grading
) -> tuple[np.ndarray, np.ndarray]:
    """Return tiers and reasons as `assign_tiers` does, over all units or within groups (S8).

    Units without a total are not counted for the quotas; a unit has a total in every replicate or in none.

    Args:
        total: (…, N) published totals, NaN where there is none.
        tie_keys: (…, N, K), see `assign_tiers`.
        group: (N,) group of each unit.
        grading: the rules in force.

    Returns:
        Tiers (…, N) as indices into `grading.tiers`, -1 without a total; reasons (…, N).
    """
    ranked = ~np.isnan(total.reshape(-1, total.shape[-1])[0])
    tiers, reasons = np.full(total.shape, -1), np.full(total.shape, "", dtype=object)
    names = group if grading.tier_scope == "group" else np.zeros(len(group))
    for name in np.unique(names):
        members = np.flatnonzero(ranked & (names == name))
        tiers[..., members], reasons[..., members] = assign_tiers(
            total[..., members], tie_keys[..., members, :], grading
        )
    return tiers, reasons


def tier_if_moved(
    published: np.ndarray, totals: np.ndarray, tie_keys: np.ndarray, group: np.ndarray, grading: Grading
) -> np.ndarray:
    """Return the tier (N,) that each unit would have if it alone had the total given; -1 without a published total.

    Args:
        published: (N,) totals, NaN where there is none.
        totals: (N,) the total given to each unit, all others as published.
        tie_keys: (N, K), see `assign_tiers`.
        group: (N,) group of each unit.
        grading: the rules in force.
    """
    ranked = np.flatnonzero(~np.isnan(published))
    names = group if grading.tier_scope == "group" else np.zeros(len(group))
    tiers = np.full(len(published), -1)
    for name in np.unique(names[ranked]):
        members = ranked[names[ranked] == name]
        lines = tier_lines(len(members), grading)
        own, moved = published[members], totals[members]
        begin, end = (np.searchsorted(np.sort(own), moved, side) for side in ("left", "right"))
        places = 1 + len(members) - end - (own > moved)
        tiers[members] = np.searchsorted(lines, places)
        at = np.flatnonzero(tiers[members] != np.searchsorted(lines, places + end - begin - (own == moved)))
        if len(at):
            # Each of these units and those that it would be level with, itself where it stands now left out.
            row, level = np.nonzero((own == moved[at, None]) & (np.arange(len(own)) != at[:, None]))
            row, unit = np.append(np.arange(len(at)), row), np.append(at, level)
            settled, _ = _settle_ties(row, places[at][row], tie_keys[members[unit]], lines, grading)
            tiers[members[at]] = settled[: len(at)]
        tiers[members] = np.maximum(tiers[members], reached_lines(moved, grading))
    return tiers


def apply_judgements(scores_by_unit: pd.DataFrame, judgements: pd.DataFrame, grading: Grading) -> pd.DataFrame:
    """Return `scores_by_unit` with tiers moved by qualitative judgement (S3).

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
                say(
                    "{document}: the judgement on {unit_id} starts from {from_tier!r}, but its tier by score "
                    "is {found!r}; correct the row in the adjustments sheet (S3)"
                ).format(document=row.document, unit_id=row.unit_id, from_tier=row.from_tier, found=found)
            )
        places = [grading.tiers.index(tier) for tier in (found, row.to_tier) if tier in grading.tiers]
        if len(places) < 2 or abs(places[1] - places[0]) > grading.judgement_steps:
            raise DataError(
                say(
                    "{document}: the judgement on {unit_id} moves from {found!r} to {to_tier!r}; at most "
                    "{judgement_steps} tier is allowed (S3)"
                ).format(
                    document=row.document,
                    unit_id=row.unit_id,
                    found=found,
                    to_tier=row.to_tier,
                    judgement_steps=grading.judgement_steps,
                )
            )
        result.loc[where, ["tier", "tier_reason"]] = [row.to_tier, "judgement"]
    return result


def apply_vetoes(scores_by_unit: pd.DataFrame, vetoed: Sequence[str], grading: Grading) -> pd.DataFrame:
    """Return `scores_by_unit` with vetoed units (一票否优) capped; the place is not refilled (S6, S17)."""
    if not len(vetoed):
        return scores_by_unit
    result = scores_by_unit.copy()
    better = result["tier"].isin(grading.tiers[: grading.tiers.index(grading.veto_cap)])
    hit = result["unit_id"].isin(list(vetoed)) & better
    result.loc[hit, ["tier", "tier_reason"]] = [grading.veto_cap, "veto"]
    return result
