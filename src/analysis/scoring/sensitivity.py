"""Which weight and which indicator decides ranks, and would another way of scoring rank otherwise?

The checks of the OECD/JRC Handbook on Constructing Composite Indicators (2008) on a scored scope: Sobol indices of the
weights, leaving one indicator out, other normalisations and means; see `structure` for correlations and effective
weights.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from SALib.analyze import sobol as sobol_analysis
from scipy.stats import qmc

from analysis.policy.noise import Sensitivity
from analysis.policy.tables import TABLES
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.kernel import add_adjustments, combine_all, fill_missing, score_totals
from analysis.scoring.normalise import MEAN_NAMES, NORMALISATIONS, normalise, pair_with_means
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import competition_ranks, grade_places

_SOBOL = ("first_order", "first_order_half_width", "total_effect", "total_effect_half_width")
# An index may leave 0–1 by rounding alone.
_SLACK = 0.01
# The places of a unit that are shown when everything varies at once.
_SHOWN = (0.05, 0.5, 0.95)
# Moves whose weights fit the processor's cache.
_CHUNK = 500


def sensitivity_scope(inputs: ScopeInputs, settings: Sensitivity, seed: int) -> pd.DataFrame:
    """Return the table `sensitivity` of one scope: one row per analysis and factor.

    Args:
        inputs: the scored scope.
        settings: what is varied, and when indices are refused (`params/noise.yml`).
        seed: of the sample.

    Returns:
        The checked table; Sobol indices are NaN where `status` is not ok.
    """
    rows = [
        weight_indices(inputs, settings, seed, "channel_weights"),
        weight_indices(inputs, settings, seed, "indicator_weights"),
        leave_one_out(inputs).assign(analysis="leave_one_out"),
        alternatives(inputs).assign(analysis="alternative"),
    ]
    found = pd.concat(rows).assign(period=inputs.period, scope=inputs.scope)
    found["status"] = found["status"].fillna("ok")
    found["n_tier_changes"] = found["n_tier_changes"].astype("Int64")
    return TABLES["sensitivity"].check(found)


def weight_indices(inputs: ScopeInputs, settings: Sensitivity, seed: int, analysis: str) -> pd.DataFrame:
    """Return Sobol indices of the mean shift of ranks when weights move, first order and total, with intervals.

    Args:
        inputs: the scored scope.
        settings: ranges, sample sizes and what is refused.
        seed: of the sample.
        analysis: `channel_weights` (± points) or `indicator_weights` (± share within the channel).

    Returns:
        Columns analysis, factor, the four of _SOBOL, status.
    """
    if analysis == "channel_weights":
        reach = settings.weight_points
        factors, move = inputs.weights.channel_ids, _move_channels
    else:
        reach = settings.weight_share_pct / 100
        factors, move = inputs.weights.indicator_ids, _move_indicators
    found, status = sobol_indices(
        lambda moves: _shift_of_ranks(inputs, moves, move), len(factors), reach, settings, seed
    )
    return pd.DataFrame({"analysis": analysis, "factor": factors, **found, "status": status})


def sobol_indices(
    evaluate: Callable[[np.ndarray], np.ndarray], factors: int, reach: float, settings: Sensitivity, seed: int
) -> tuple[dict[str, np.ndarray], str]:
    """Return Sobol indices of a figure that depends on factors within ± reach, from a sample large enough.

    The sample is doubled until every index lies within 0–1 and every interval is narrow; if the largest sample is too
    small for that, the indices are refused rather than shown. A figure that never changes has none.

    Args:
        evaluate: (N, F) moves of the factors → (N,) figures.
        factors: their number F.
        reach: largest move either way.
        settings: sample sizes and the widest interval.
        seed: of the sample.

    Returns:
        The four columns of _SOBOL, each (F,), NaN unless ok; and `ok`, `refused` or `constant`.
    """
    problem = {"num_vars": factors, "names": [str(n) for n in range(factors)], "bounds": [[-reach, reach]] * factors}
    nothing = {name: np.full(factors, np.nan) for name in _SOBOL}
    sequence, figures = qmc.Sobol(2 * factors, seed=seed), np.empty(0)
    samples = settings.first_samples
    while samples <= settings.most_samples:
        # A sample twice as large begins with the smaller one, whose figures are known.
        more = sequence.random(samples - sequence.num_generated)
        figures = np.concatenate([figures, evaluate(_saltelli_moves(more, reach))])
        if np.ptp(figures) == 0:
            return nothing, "constant"
        found = sobol_analysis.analyze(problem, figures, calc_second_order=False, seed=seed)
        indices = dict(zip(_SOBOL, (found["S1"], found["S1_conf"], found["ST"], found["ST_conf"]), strict=True))
        if _is_in_range(indices, settings.max_half_width):
            return indices, "ok"
        samples *= 2
    return nothing, "refused"


def _saltelli_moves(sequence: np.ndarray, reach: float) -> np.ndarray:
    """Return the moves (N · (F + 2), F) by which Saltelli's indices are found, within ± reach.

    Args:
        sequence: (N, 2 F) points A and B of the unit cube; each gives A, A with one factor of B in turn, and B.
        reach: largest move either way.
    """
    factors = sequence.shape[1] // 2
    one, other = sequence[:, :factors], sequence[:, factors:]
    found = np.repeat(one[:, None], factors + 2, axis=1)
    each = np.arange(factors)
    found[:, 1 + each, each] = other
    found[:, -1] = other
    return found.reshape(-1, factors) * (2 * reach) - reach


def _is_in_range(indices: Mapping[str, np.ndarray], max_half_width: float) -> bool:
    first, first_width, total, total_width = (np.asarray(indices[name], dtype=float) for name in _SOBOL)
    narrow = max(first_width.max(), total_width.max()) <= max_half_width
    inside = all(((index >= -_SLACK) & (index <= 1 + _SLACK)).all() for index in (first, total))
    return bool(narrow and inside and (first <= total + first_width + total_width).all())


def _shift_of_ranks(inputs: ScopeInputs, moves: np.ndarray, move: Callable) -> np.ndarray:
    """Return the mean change of a place (N,) when weights move.

    Args:
        inputs: the scored scope.
        moves: (N, F) of the weights.
        move: the scope and some moves → channel scores (…, U, C) and channel weights (…, U, C).
    """
    ranked = ~np.isnan(inputs.published)
    own_ranks = competition_ranks(inputs.published[ranked])
    parts = []
    for start in range(0, len(moves), _CHUNK):
        published = _published(inputs, combine_all(*move(inputs, moves[start : start + _CHUNK])))
        parts.append(np.abs(competition_ranks(published[:, ranked]) - own_ranks).mean(axis=1))
    return np.concatenate(parts)


def _move_channels(inputs: ScopeInputs, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move each channel's weight by points."""
    channel_scores, _ = inputs.exact_totals()
    weights = np.maximum(inputs.weights.channels.T[:, None] + moves.T[:, :, None], 0)
    return channel_scores, np.moveaxis(weights, 0, -1)


def _move_indicators(inputs: ScopeInputs, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move each indicator's weight within its channel by a share.

    Most of a sample's moves differ from the one before in one indicator: the other channels keep their scores.
    """
    weights = inputs.weights
    units, channels = weights.channels.shape
    points, indicators = fill_missing(inputs.points, inputs.credible_weights)
    channel_scores = np.empty((channels, len(moves), units))
    for channel in range(channels):
        inside = weights.channel_of == channel
        own = moves[:, inside]
        is_new = np.append(True, (own[1:] != own[:-1]).any(axis=1))
        moved = indicators.T[inside, None] * (1 + own[is_new].T[:, :, None])
        scores = combine_all(points[:, inside], np.moveaxis(moved, 0, -1))
        channel_scores[channel] = scores[np.cumsum(is_new) - 1]
    return np.moveaxis(channel_scores, 0, -1), weights.channels


def _published(inputs: ScopeInputs, totals: np.ndarray) -> np.ndarray:
    adjusted = add_adjustments(totals, inputs.bonus, inputs.deductions, inputs.grading.bonus_cap)
    return publish(adjusted, inputs.grading.rounding)


def leave_one_out(inputs: ScopeInputs) -> pd.DataFrame:
    """Return how ranks and tiers differ without each indicator, its weight redistributed (S11).

    Returns:
        Columns factor (indicator id), rank_correlation, mean_rank_shift, max_rank_shift, n_tier_changes.
    """
    count = len(inputs.indicators)
    points = np.repeat(inputs.points[None], count, axis=0)
    points[np.arange(count), :, np.arange(count)] = np.nan
    totals = replace(inputs, points=points).exact_totals()[1]
    return pd.DataFrame({"factor": inputs.weights.indicator_ids, **_compare(inputs, _published(inputs, totals))})


def alternatives(inputs: ScopeInputs) -> pd.DataFrame:
    """Return how ranks and tiers differ under other normalisations and means, adjustments left as they are.

    Returns:
        Columns as `leave_one_out`; factor is `normalisation/mean`, such as `rank/geometric`.
    """
    weights = inputs.weights
    names, totals = [], []
    for way in NORMALISATIONS:
        for mean in MEAN_NAMES[way]:
            points = normalise(inputs.points, way, needs_positive=mean != "arithmetic")
            found = score_totals(points, inputs.credible_weights, weights.channels, weights.channel_of, mean)[1]
            names.append(f"{way}/{mean}")
            # On another scale the adjustments would weigh otherwise; on the points' own they count as in the rules.
            totals.append(found + (np.minimum(inputs.bonus, inputs.grading.bonus_cap) - inputs.deductions))
    return pd.DataFrame({"factor": names, **_compare(inputs, publish(np.array(totals), inputs.grading.rounding))})


def joint_ranks(inputs: ScopeInputs, settings: Sensitivity, seed: int) -> pd.DataFrame:
    """Return the table `sensitivity_ranks`: each unit's places when everything is varied at once.

    Normalisation and mean run through all that the settings allow; in each of `joint_samples` draws of every pair the
    channels' and the indicators' weights move within their ranges and one indicator, or none, is left out (S11).
    Adjustments are left as they are. Quantiles are places that occur (`inverted_cdf`).

    Args:
        inputs: the scored scope.
        settings: what is varied.
        seed: of the draws.
    """
    rng, weights = np.random.default_rng(seed), inputs.weights
    (channels, factors), samples = (weights.channels.shape[1], len(weights.indicator_ids)), settings.joint_samples
    ranked = ~np.isnan(inputs.published)
    places = []
    for way, mean in pair_with_means(settings.joint_means):
        points = normalise(inputs.points, way, needs_positive=mean != "arithmetic")
        moves = rng.uniform(-1, 1, (samples, factors)) * settings.weight_share_pct / 100
        stays = rng.integers(factors + 1, size=samples)[:, None] != np.arange(factors)
        indicators = inputs.credible_weights * ((1 + moves) * stays)[:, None]
        shifts = rng.uniform(-1, 1, (samples, 1, channels)) * settings.weight_points
        moved = np.maximum(weights.channels + shifts, 0)
        totals = score_totals(points, indicators, moved, weights.channel_of, mean)[1]
        places.append(competition_ranks(_published(inputs, totals)[:, ranked]))
    low, median, high = np.nanquantile(np.concatenate(places), _SHOWN, axis=0, method="inverted_cdf")
    told = {"rank_low": low, "rank_median": median, "rank_high": high}
    told |= {"unit_id": np.array(inputs.unit_ids)[ranked], "rank": competition_ranks(inputs.published[ranked])}
    return TABLES["sensitivity_ranks"].check(pd.DataFrame(told).assign(period=inputs.period, scope=inputs.scope))


def _compare(inputs: ScopeInputs, totals: np.ndarray) -> dict[str, np.ndarray]:
    """Return columns (K,) that compare K sets of totals (K, U) with the scope's; who loses the total is left out."""
    own_tiers, _ = grade_places(inputs.published, inputs.keys, inputs.group, inputs.grading)
    columns = {"rank_correlation": [], "mean_rank_shift": [], "max_rank_shift": [], "n_tier_changes": []}
    for row in totals:
        both = ~np.isnan(inputs.published) & ~np.isnan(row)
        before, after = competition_ranks(inputs.published[both]), competition_ranks(row[both])
        shift = np.abs(after - before)
        tiers, _ = grade_places(np.where(both, row, np.nan), inputs.keys, inputs.group, inputs.grading)
        columns["rank_correlation"].append(_correlation(before, after))
        columns["mean_rank_shift"].append(shift.mean() if len(shift) else np.nan)
        columns["max_rank_shift"].append(shift.max(initial=0))
        columns["n_tier_changes"].append(int((tiers != own_tiers)[both].sum()))
    return {name: np.array(values) for name, values in columns.items()}


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])
