"""The sources of noise of `params/noise.yml`: how far each moves a total, and draws of it (S32).

Every source draws from a stream of its own, so that switching one off leaves the others' draws as they are.
"""

from dataclasses import dataclass

import numpy as np

from analysis.policy.method import Raw
from analysis.policy.noise import SOURCES, NoiseModel
from analysis.policy.period import SCOPES, shift
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.noise import MonthNoise, estimate_noise, month_errors

# Where no month of any unit tells how months vary, a total may be anything between 0 and 100.
_UNKNOWN = 100.0
# Jeffreys' half success and half failure: 20 of 20 satisfied does not make dissatisfaction impossible.
_PRIOR = 0.5


@dataclass(frozen=True)
class Sources:
    """How far U totals miss their levels, by what is drawn for each unit by itself.

    Attributes:
        noise: of months; all zero where the source is off.
        n_months: (U,) months of the scope that a total rests on, at least 1.
        months: (U,) standard deviation that the months show, visits left out.
        counts: (U,) standard deviation that cases alone bring about; months that show less count as this much.
        visits: (U,) standard deviation by the visits that a unit had.
        visit_degrees: degrees of freedom behind `visits`.
    """

    noise: MonthNoise
    n_months: np.ndarray
    months: np.ndarray
    counts: np.ndarray
    visits: np.ndarray
    visit_degrees: float

    def by_months(self) -> np.ndarray:
        """Return the standard deviation (U,) by months: what they show, at least what cases alone bring about."""
        return np.maximum(self.months, self.counts)

    def variances(self) -> np.ndarray:
        """Return the variances (U, 3) of counts, inspections, months; months are what counts do not explain."""
        beyond = np.maximum(self.months**2 - self.counts**2, 0.0)
        return np.stack([self.counts**2, self.visits**2, beyond], axis=1)


def stream(inputs: ScopeInputs, model: NoiseModel, source: str) -> np.random.Generator:
    """Return the random numbers of one source, the same on every run of a month and scope."""
    year, month = map(int, inputs.period.split("-"))
    key = (model.seed, year, month, list(SCOPES).index(inputs.scope), SOURCES.index(source))
    return np.random.default_rng(np.random.SeedSequence(key))


def measure_sources(inputs: ScopeInputs, model: NoiseModel) -> Sources:
    """Return how far each source moves the totals of a scope, those that are off not at all."""
    weights = inputs.weights_in_force()
    visited = inputs.places_of(model.inspections.sheets)
    beside = weights.copy()
    beside[:, visited] = 0.0
    points = inputs.months["points"]
    years = np.array([shift(inputs.period, back)[:4] for back in range(1 - len(points), 1)])
    noise = estimate_noise(month_errors(points, beside, years), years)
    in_scope = ~np.isnan(points[-inputs.scope_months :]) & (beside > 0)
    n_months = np.maximum(in_scope.any(axis=2).sum(axis=0), 1)
    nothing = np.zeros(len(weights))
    months = np.nan_to_num(noise.deviation_of_mean(n_months), nan=_UNKNOWN) * beside.sum(axis=1)
    visits, degrees = _visit_deviations(inputs, weights, visited, model.inspections.min_degrees)
    return Sources(
        noise,
        n_months,
        months if model.months.is_on else nothing,
        _count_deviations(inputs, weights, model.counts.sheets) if model.counts.is_on else nothing,
        visits if model.inspections.is_on else nothing,
        degrees,
    )


def draw_sources(inputs: ScopeInputs, model: NoiseModel, sources: Sources) -> np.ndarray:
    """Return draws (B, U) of what months, cases, visits and rounding move the totals by."""
    shape = (model.replicates, len(inputs.unit_ids))
    errors = sources.by_months() * sources.noise.draw(
        stream(inputs, model, "months"), sources.n_months, model.replicates
    )
    errors += sources.visits * stream(inputs, model, "inspections").standard_t(sources.visit_degrees, shape)
    if model.rounding.is_on:
        half = 0.5 / 10**inputs.grading.rounding.decimals
        errors += stream(inputs, model, "rounding").uniform(-half, half, shape)
    return errors


def weight_shifts(inputs: ScopeInputs, model: NoiseModel) -> np.ndarray:
    """Return shifts (B, C) of the channel weights: uniform over all within ± `points` that sum to 0 (S16)."""
    channels = inputs.weights.channels.shape[1]
    if not model.weights.is_on:
        return np.zeros((model.replicates, channels))
    rng = stream(inputs, model, "weights")
    kept = np.empty((0, channels))
    while len(kept) < model.replicates:
        # The last shift is what the others leave; where it lies within the bounds too, the draw is uniform.
        free = rng.uniform(-model.weights.points, model.weights.points, (2 * model.replicates, channels - 1))
        drawn = np.column_stack([free, -free.sum(axis=1)])
        kept = np.vstack([kept, drawn[np.abs(drawn[:, -1]) <= model.weights.points]])
    return kept[: model.replicates]


def _visit_deviations(
    inputs: ScopeInputs, weights: np.ndarray, places: list[int], min_degrees: int
) -> tuple[np.ndarray, float]:
    """Return what the few visits to a unit leave open of its total (U,), and the degrees of freedom behind it.

    A visit's marks share the day and the inspectors: they count as one mark, their mean. Repeated visits to one unit
    tell how visits differ; with too few of them the differences between units do, an upper bound.
    """
    rows = inputs.visits[inputs.visits["indicator"].isin(places)]
    share = weights[:, places].sum(axis=1)
    marks = rows.groupby(["unit", "visit"])["points"].mean()
    within = marks.groupby("unit").agg(["count", "var"]).dropna()
    degrees = int((within["count"] - 1).sum())
    if degrees >= min_degrees:
        variance = (within["var"] * (within["count"] - 1)).sum() / degrees
    else:
        degrees, variance = max(len(marks) - 1, 1), marks.var() if len(marks) > 1 else 0.0
    n_visits = inputs.n_measurements[:, places].max(axis=1, initial=1)
    return share * np.sqrt(variance / n_visits), float(degrees)


def _count_deviations(inputs: ScopeInputs, weights: np.ndarray, sheets: tuple[str, ...]) -> np.ndarray:
    """Return what counting cases leaves open of a total (U,): binomial, enlarged as the months are overdispersed."""
    variance = np.zeros(len(weights))
    nothing = np.full(len(weights), np.nan)
    for place in inputs.places_of(sheets):
        indicator = inputs.indicators[place]
        hits, trials = inputs.numerator[:, place], inputs.denominator[:, place]
        is_rate = (trials > 0) & (hits <= trials) & (weights[:, place] > 0)
        if not indicator.method.is_share or not is_rate.any():
            continue
        hits, trials = np.where(is_rate, hits, np.nan), np.where(is_rate, trials, np.nan)
        rate = (hits + _PRIOR) / (trials + 2 * _PRIOR)
        monthly = (inputs.months[name][:, :, place] for name in ("numerator", "denominator"))
        error = np.sqrt(overdispersion(*monthly) * rate * (1 - rate) / trials)
        ends = (np.clip(rate + sign * error, 0, 1) * trials for sign in (1, -1))
        # What a unit is measured against stays as it is: chance moves the unit alone.
        standard = inputs.standard[:, place]
        high, low = (indicator.score(Raw(nothing, end, trials, inputs.group, standard)) for end in ends)
        variance += np.nan_to_num(weights[:, place] * (high - low) / 2) ** 2
    return np.sqrt(variance)


def overdispersion(hits: np.ndarray, trials: np.ndarray) -> float:
    """Return by how much a unit's monthly rates vary more than cases drawn one by one would, at least 1.

    Pearson's statistic of the months around each unit's own rate, over all units.

    Args:
        hits: (M, U) cases that count, NaN where there is none.
        trials: (M, U) all cases.
    """
    hits, trials = np.nan_to_num(hits), np.nan_to_num(trials)
    rate = (hits.sum(axis=0) + _PRIOR) / (trials.sum(axis=0) + 2 * _PRIOR)
    expected = trials * rate * (1 - rate)
    squares = np.divide((hits - trials * rate) ** 2, expected, out=np.zeros(expected.shape), where=trials > 0)
    degrees = np.maximum((trials > 0).sum(axis=0) - 1, 0).sum()
    return max(squares.sum() / degrees, 1.0) if degrees else 1.0
