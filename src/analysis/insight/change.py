"""What moved a score between two scopes: performance, weights, indicator set, coverage, adjustments (S25).

The figures are evaluated by the scoring kernel in all mixtures of before and after, so that no order of the causes is
preferred. An indicator that is measured in one period only keeps its points in every mixture: its coming or going is
coverage (or, where the rule brought it, indicator set), never performance.
"""

from dataclasses import dataclass

import numpy as np

from analysis.insight.scope import Column, Scope, families_of, score_families
from analysis.insight.shapley import MIXTURES
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.scoring.kernel import aggregate, give_to_siblings
from analysis.scoring.weights import find_siblings

# Weights and scores that differ by less are equal: what the tables hold is exact to some 1e-13.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Comparison:
    """Two scopes on one grid of the U units assessed in both, I columns, C channels; axis 0 is before, after.

    Attributes:
        unit_ids: the U units, sorted.
        columns: the I columns of either scope, sorted.
        channel_ids: the C channels of either scope.
        channel_of: (I,) index of each column's channel.
        points: (2, U, I) points; a period without data shows the other's, NaN where neither has any.
        is_measured: (2, U, I) whether there is data; a period in which the column was not in force shows the other's.
        in_force: (2, U, I) whether the column is meant for the unit.
        credibility: (2, U, I) share of its weight that a column has on its cases (S30).
        indicator_weights: (2, U, I) within the channel; an added or dropped column weighs against the shared ones as
            it does in the period that has it.
        channel_weights: (2, U, C).
        adjustments: (2, U) bonus (capped) less deductions.
    """

    unit_ids: np.ndarray
    columns: list[Column]
    channel_ids: list[str]
    channel_of: np.ndarray
    points: np.ndarray
    is_measured: np.ndarray
    in_force: np.ndarray
    credibility: np.ndarray
    indicator_weights: np.ndarray
    channel_weights: np.ndarray
    adjustments: np.ndarray


@dataclass(frozen=True)
class Figures:
    """Figures of U units in M mixtures: `totals` (M, U), `channels` (M, U, C), `families` (M, U, F), not rounded.

    `contributions` (M, U, I + 1) are points that each column brings to the total, told against the unit's own level:
    weight · (points − the unit's mean of before and after) / 100. So weight that moves to a column helps only where
    the unit is better than its own mean. The last column is what the adjustments bring, with the cut at 0 and 100.
    Each row adds up to the total less that mean.
    """

    totals: np.ndarray
    channels: np.ndarray
    families: np.ndarray
    contributions: np.ndarray


def compare(before: Scope, after: Scope) -> Comparison:
    """Return both scopes on one grid, with what a period lacks filled in from the other (see `Comparison`)."""
    unit_ids = np.intersect1d(before.units.index, after.units.index)
    columns = sorted(set(before.columns) | set(after.columns))
    channel_ids = list(dict.fromkeys(before.weights.channel_ids + after.weights.channel_ids))
    channel_of = np.array([channel_ids.index(column.channel) for column in columns], dtype=int)
    scopes = (before, after)
    points = np.stack([_place(scope, scope.points, unit_ids, columns) for scope in scopes])
    weights = np.stack([_place(scope, scope.weights.indicators, unit_ids, columns) for scope in scopes])
    in_force, measured = weights > 0, ~np.isnan(points)
    credibility = np.stack([_place(scope, scope.credibility, unit_ids, columns) for scope in scopes])
    rows = [(scope, scope.units.index.get_indexer(unit_ids)) for scope in scopes]
    return Comparison(
        unit_ids=unit_ids,
        columns=columns,
        channel_ids=channel_ids,
        channel_of=channel_of,
        points=np.where(measured, points, points[::-1]),
        is_measured=np.where(in_force, measured, measured[::-1]),
        in_force=in_force,
        credibility=np.where(in_force & measured, credibility, credibility[::-1]),
        indicator_weights=_fill_weights(weights, in_force, channel_of),
        channel_weights=np.stack([_channel_weights(scope, channel_ids)[places] for scope, places in rows]),
        adjustments=np.stack(
            [(scope.units["bonus"] - scope.units["deductions"]).to_numpy()[places] for scope, places in rows]
        ),
    )


def _place(scope: Scope, values: np.ndarray, unit_ids: np.ndarray, columns: list[Column]) -> np.ndarray:
    places = {column: place for place, column in enumerate(columns)}
    grid = np.full((len(unit_ids), len(columns)), np.nan)
    rows = scope.units.index.get_indexer(unit_ids)
    grid[:, [places[column] for column in scope.columns]] = values[rows]
    return grid


def _channel_weights(scope: Scope, channel_ids: list[str]) -> np.ndarray:
    """Return the channels' weights (U, C); a channel that the scope does not have weighs 0."""
    weights = np.zeros((len(scope.units), len(channel_ids)))
    weights[:, [channel_ids.index(id_) for id_ in scope.weights.channel_ids]] = scope.weights.channels
    return weights


def _fill_weights(weights: np.ndarray, in_force: np.ndarray, channel_of: np.ndarray) -> np.ndarray:
    shared = in_force.all(axis=0)
    filled = weights.copy()
    for channel in np.unique(channel_of):
        inside = channel_of == channel
        sums = np.where(shared[:, inside], filled[:, :, inside], 0.0).sum(axis=-1)
        has_both = (sums > 0).all(axis=0)
        scale = np.divide(sums, sums[::-1], out=np.ones_like(sums), where=has_both)[..., None]
        other = filled[::-1, :, inside] * scale
        filled[:, :, inside] = np.where(in_force[:, :, inside], filled[:, :, inside], other)
    return filled


def evaluate(pair: Comparison) -> Figures:
    """Return the figures in every mixture of MIXTURES; the first is all before, the last all after."""
    performance, weights, indicator_set, coverage, adjustments = MIXTURES.T
    present = pair.in_force[indicator_set] & pair.is_measured[coverage]
    points = np.where(present, pair.points[performance], np.nan)
    in_force = np.where(pair.in_force[indicator_set], pair.indicator_weights[weights], 0.0)
    return _figures(pair, points, _credible(pair, in_force, points, pair.credibility[coverage]), weights, adjustments)


def evaluate_like_for_like(pair: Comparison) -> Figures:
    """Return before and after (2 mixtures) under after's weights and the indicators in force in both (S25).

    Data, coverage and adjustments are each period's own; only what the rules changed is taken out.
    """
    shared = pair.in_force.all(axis=0)
    points = np.where(shared & pair.is_measured, pair.points, np.nan)
    now = np.array([1, 1])
    in_force = np.where(shared, pair.indicator_weights[now], 0.0)
    return _figures(pair, points, _credible(pair, in_force, points, pair.credibility), now, np.array([0, 1]))


def _credible(pair: Comparison, weights: np.ndarray, points: np.ndarray, credibility: np.ndarray) -> np.ndarray:
    siblings = find_siblings([column.parent for column in pair.columns])
    return give_to_siblings(weights, points, siblings.values()) * credibility


def _figures(
    pair: Comparison, points: np.ndarray, credible: np.ndarray, weights: np.ndarray, adjustments: np.ndarray
) -> Figures:
    result = aggregate(points, credible, pair.channel_weights[weights], pair.channel_of)
    shares, filled = result.indicator_weights, np.nan_to_num(points)
    base = result.totals
    totals = np.clip(base + pair.adjustments[adjustments], 0, 100)
    level = (base[0] + base[-1]) / 2
    brought = shares * (filled - level[:, None]) / 100
    brought = np.where(np.isnan(base)[..., None], np.nan, brought)
    return Figures(
        totals=totals,
        channels=result.channel_scores,
        families=score_families(shares, points, pair.columns),
        contributions=np.concatenate([brought, (totals - base)[..., None]], axis=-1),
    )


@dataclass(frozen=True)
class RuleChanges:
    """Whether weights or indicator set differ between the two periods: `total` (U,), `channels` (U, C), `families`."""

    total: np.ndarray
    channels: np.ndarray
    families: np.ndarray


def find_rule_changes(pair: Comparison) -> RuleChanges:
    """Return where the plain difference of a figure is no comparison of like with like (S25)."""
    weights = np.where(pair.in_force, pair.indicator_weights, 0.0)
    in_total = weights * pair.channel_weights[:, :, pair.channel_of]
    inside = [pair.channel_of == channel for channel in range(len(pair.channel_ids))]
    of_family = [np.array([column.family == family for column in pair.columns]) for family in families_of(pair.columns)]
    channels = np.stack([_differs(weights[:, :, mask]) for mask in inside], axis=-1)
    families = np.stack([_differs(in_total[:, :, mask]) for mask in of_family], axis=-1)
    moved = (np.abs(np.diff(pair.channel_weights, axis=0)[0]) > TOLERANCE).any(axis=-1)
    return RuleChanges(total=moved | channels.any(axis=-1), channels=channels, families=families)


def _differs(weights: np.ndarray) -> np.ndarray:
    sums = weights.sum(axis=-1, keepdims=True)
    shares = np.divide(100 * weights, sums, out=np.zeros_like(weights), where=sums > 0)
    return (np.abs(shares[1] - shares[0]) > TOLERANCE).any(axis=-1)


def check_reproduces(pair: Comparison, figures: Figures, before: Scope, after: Scope) -> None:
    """Check that the mixtures' ends are the published scopes.

    Raises:
        DataError: the score tables of a month disagree with each other; names month and unit.
    """
    for scope, place in ((before, 0), (after, -1)):
        found = figures.totals[place]
        units = scope.units.loc[pair.unit_ids]
        wanted = np.clip(units["base"] + units["bonus"] - units["deductions"], 0, 100).to_numpy(dtype=float)
        wrong = ~np.isclose(found, wanted, rtol=0, atol=1e-6, equal_nan=True)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise DataError(
                say(
                    "score tables of {period}: {unit} adds up to {found:.4f} from its "
                    "indicators, but its total is {wanted:.4f}; run `analysis run {period}` again"
                ).format(period=scope.period, unit=pair.unit_ids[first], found=found[first], wanted=wanted[first])
            )
