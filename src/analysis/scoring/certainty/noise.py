"""Deviations of indicator points by source of noise (`params/noise.yml`): what a score would miss itself by.

A deviation is what a replicate of a measurement differs by from the value that it was drawn around. Every source and
indicator draws from a stream of its own, so that switching one off, or changing one unit's value, leaves the others'
draws as they are (common random numbers).
"""

import numpy as np
import pandas as pd

from analysis.policy.methods import Raw
from analysis.policy.noise import SOURCES, NoiseModel
from analysis.policy.period import SCOPES
from analysis.scoring.certainty.inputs import ScopeInputs

# Jeffreys' half success and half failure: 20 of 20 satisfied does not make dissatisfaction impossible.
_PRIOR = 0.5


def stream(inputs: ScopeInputs, model: NoiseModel, source: str, place: int = 0) -> np.random.Generator:
    """Return the random numbers of one source and indicator, the same on every run of a month and scope."""
    year, month = map(int, inputs.period.split("-"))
    key = (model.seed, year, month, list(SCOPES).index(inputs.scope), SOURCES.index(source), place)
    return np.random.default_rng(np.random.SeedSequence(key))


def point_deviations(inputs: ScopeInputs, model: NoiseModel) -> dict[str, dict[int, np.ndarray]]:
    """Return counts, inspections, months → place of each indicator that it moves → deviations (B, U) of its points."""
    counts, visits, months = {}, {}, {}
    if model.counts.is_on:
        counts = _count_deviations(inputs, model)
    if model.inspections.is_on:
        visits = _visit_deviations(inputs, model)
    if model.months.is_on:
        months = _month_deviations(inputs, model, counts)
    return {"counts": counts, "inspections": visits, "months": months}


def _count_deviations(inputs: ScopeInputs, model: NoiseModel) -> dict[int, np.ndarray]:
    """Parametric bootstrap of a rate's numerator, drawn around (x + ½) / (n + 1)."""
    found = {}
    for place in inputs.places_of(model.counts.sheets, shares_only=True):
        trials = np.rint(np.nan_to_num(inputs.denominator[:, place]))
        hits = np.nan_to_num(inputs.numerator[:, place])
        is_rate = (trials > 0) & (hits <= trials) & ~np.isnan(inputs.points[:, place])
        trials = np.where(is_rate, trials, np.nan)
        rate = (hits + _PRIOR) / (trials + 2 * _PRIOR)
        drawn = stream(inputs, model, "counts", place).binomial(
            np.nan_to_num(trials).astype(int), np.nan_to_num(rate), (model.replicates, len(rate))
        )
        indicator = inputs.indicators[place]
        nothing = np.full_like(rate, np.nan)
        replicate, centre = (indicator.score(Raw(nothing, x, trials, inputs.group)) for x in (drawn, rate * trials))
        found[place] = np.nan_to_num(replicate - centre)
    return found


def _visit_deviations(inputs: ScopeInputs, model: NoiseModel) -> dict[int, np.ndarray]:
    """Normal errors of a mean of visits; one unit's few visits say little about their spread, so it is pooled."""
    places = inputs.places_of(model.inspections.sheets)
    visits = inputs.measurements[inputs.measurements["indicator"].isin(places)]
    spread = pooled_spread(visits, model.inspections.min_degrees)
    found = {}
    for place in places:
        n_visits = inputs.n_measurements[:, place]
        error = np.divide(spread.get(place, 0.0), np.sqrt(n_visits), out=np.zeros(len(n_visits)), where=n_visits > 0)
        shape = (model.replicates, len(error))
        found[place] = stream(inputs, model, "inspections", place).standard_normal(shape) * error
    return found


def pooled_spread(visits: pd.DataFrame, min_degrees: int) -> dict[int, float]:
    """Return the standard deviation of a visit's points by indicator.

    From repeated visits to one unit where they have `min_degrees` degrees of freedom; else from those of all the
    indicators together; else from the differences between units, which hold true differences too: an upper bound.

    Args:
        visits: columns unit, indicator, points.
        min_degrees: degrees of freedom that a spread needs.
    """
    within = visits.groupby(["indicator", "unit"])["points"].agg(["count", "var"]).dropna()
    squares = (within["var"] * (within["count"] - 1)).groupby("indicator").sum()
    degrees = (within["count"] - 1).groupby("indicator").sum()
    between = visits.groupby("indicator")["points"].std().fillna(0.0)
    together = squares.sum() / degrees.sum() if degrees.sum() >= min_degrees else None
    found = {}
    for indicator, bound in between.items():
        if degrees.get(indicator, 0) >= min_degrees:
            found[indicator] = float(np.sqrt(squares[indicator] / degrees[indicator]))
        else:
            found[indicator] = float(bound if together is None else np.sqrt(together))
    return found


def _month_deviations(inputs: ScopeInputs, model: NoiseModel, counts: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Circular blocks of months, drawn for each unit by itself, the same months for all its indicators.

    What a month did to all units alike changes no place and is taken off first; were the months drawn jointly, chance
    likenesses of two units over a dozen months would pass for a common cause.
    """
    months = np.unique(inputs.measurements["month"])
    if inputs.scope == "month" or len(months) < model.months.min_months:
        return {}
    drawn = _draw_months(len(months), inputs, model)
    visited = set(inputs.places_of(model.inspections.sheets))
    found = {}
    for place, indicator in enumerate(inputs.indicators):
        if place in visited or indicator.over_year == "latest":
            continue
        errors, weights = _month_errors(inputs, place, months, pools=indicator.over_year == "pool")
        weight = np.matmul(drawn, weights.T[:, :, None])[..., 0]
        moved = np.matmul(drawn, (weights * errors).T[:, :, None])[..., 0]
        deviation = np.divide(moved, weight, out=np.zeros_like(weight), where=weight > 0).T
        # A resampled block repeats its months: the spread of the mean comes out too small by (M − L) / M.
        deviation *= np.sqrt(len(months) / (len(months) - model.months.block))
        explained = counts[place].var(axis=0) if place in counts else 0.0
        found[place] = _moderate(deviation, explained, (weights > 0).sum(axis=0))
    return _pool_likeness(found, inputs.weights_in_force())


def _draw_months(months: int, inputs: ScopeInputs, model: NoiseModel) -> np.ndarray:
    """Return how often each month is drawn (U, B, M), in circular blocks."""
    block, shape = model.months.block, (len(inputs.unit_ids), model.replicates)
    starts = stream(inputs, model, "months").integers(months, size=(*shape, -(-months // block)))
    following = (np.arange(months)[:, None] + np.arange(block)) % months
    drawn = np.take(following, starts, axis=0).reshape(*shape, -1)[..., :months]
    first = months * np.arange(shape[0] * shape[1]).reshape(*shape, 1)
    return np.bincount((first + drawn).ravel(), minlength=first.size * months).reshape(*shape, months).astype(float)


def _month_errors(inputs: ScopeInputs, place: int, months: np.ndarray, pools: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much an indicator's months differ from the unit's year and from all units' month, and weights.

    Both (M, U); weight 0 where there is nothing.
    """
    rows = inputs.measurements[inputs.measurements["indicator"] == place]
    at = (np.searchsorted(months, rows["month"]), rows["unit"].to_numpy())
    weight = np.nan_to_num(rows["denominator"].to_numpy()) if pools else np.ones(len(rows))
    weights, sums = np.zeros((2, len(months), len(inputs.unit_ids)))
    np.add.at(weights, at, weight)
    np.add.at(sums, at, weight * rows["points"].to_numpy())
    errors = _mean(sums, weights) - _mean(sums.sum(axis=0), weights.sum(axis=0))
    common = _mean(np.where(weights > 0, errors, 0.0).sum(axis=1), (weights > 0).sum(axis=1).astype(float))
    return errors - common[:, None], weights


def _mean(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)


def _moderate(deviation: np.ndarray, explained: np.ndarray | float, n_months: np.ndarray) -> np.ndarray:
    """Return month deviations (B, U) with half of each unit's own spread and half of all units', less the counts'.

    A dozen months tell a unit's spread badly; what sampling of counts explains already is taken off.
    """
    own = deviation.var(axis=0)
    many = n_months > 1
    if not many.any():
        return np.zeros_like(deviation)
    excess = np.maximum(((own - explained) * n_months)[many].mean(), 0.0)
    pooled = excess / np.maximum(n_months, 1)
    share = excess / max((own * n_months)[many].mean(), 1e-300)
    wanted = (pooled + share * own) / 2
    return deviation * np.sqrt(np.divide(wanted, own, out=np.zeros_like(own), where=own > 0))


def _pool_likeness(found: dict[int, np.ndarray], weights: np.ndarray) -> dict[int, np.ndarray]:
    """Return deviations whose sums spread as much more than independent ones as those of all units together do.

    Whether a unit's indicators are good and bad in the same months shows in a dozen totals only: too few for one unit.

    Args:
        found: place of an indicator → deviations (B, U).
        weights: (U, I) of each indicator in the total.
    """
    if not found:
        return found
    total = sum(weights[:, place] * deviation for place, deviation in found.items())
    alone = sum((weights[:, place] * deviation).var(axis=0) for place, deviation in found.items())
    own = np.var(total, axis=0)
    likeness = own.sum() / max(alone.sum(), 1e-300)
    scale = np.sqrt(np.divide(likeness * alone, own, out=np.zeros_like(own), where=own > 0))
    return {place: deviation * scale for place, deviation in found.items()}


def rounding_deviations(inputs: ScopeInputs, model: NoiseModel) -> np.ndarray:
    """Return what publication hides of a total (B, U): up to half a step (S4); 0 if switched off."""
    shape = (model.replicates, len(inputs.unit_ids))
    if not model.rounding.is_on:
        return np.zeros(shape)
    half = 0.5 / 10**inputs.grading.rounding.decimals
    return stream(inputs, model, "rounding").uniform(-half, half, shape)


def weight_shifts(inputs: ScopeInputs, model: NoiseModel) -> np.ndarray:
    """Return shifts (B, C) of the channel weights: uniform over all within ± `points` that sum to 0 (S16)."""
    channels = inputs.weights.channels.shape[1]
    if not model.weights.is_on or channels == 1:
        return np.zeros((model.replicates, channels))
    rng = stream(inputs, model, "weights")
    kept = np.empty((0, channels))
    while len(kept) < model.replicates:
        # The last shift is what the others leave; where it lies within the bounds too, the draw is uniform.
        free = rng.uniform(-model.weights.points, model.weights.points, (2 * model.replicates, channels - 1))
        drawn = np.column_stack([free, -free.sum(axis=1)])
        kept = np.vstack([kept, drawn[np.abs(drawn[:, -1]) <= model.weights.points]])
    return kept[: model.replicates]
