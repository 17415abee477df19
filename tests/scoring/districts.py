"""Simulated districts whose truth is known: raw values are drawn around true levels, then scored like any other."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.method import Raw
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.kernel import score_totals
from analysis.scoring.rounding import publish
from analysis.scoring.weights import ScopeWeights


@dataclass(frozen=True)
class Noise:
    """How noisy a district is, and in what ways that the model does not assume.

    Attributes:
        trials: least and largest denominator of a monthly rate.
        visit_points: spread of a visit's mark.
        month_points: spread of a month's mark; half of its variance is shared by all marks of the unit's month.
        tail: degrees of freedom of the t distribution of months, scaled to the same spread; infinite is normal.
        correlation: of a month with the next.
        unit_ratio: by how much every other unit's months spread more than the others'.
        visit_share: share of a visit's variance that all its marks have in common.
        icc: correlation of the cases of one month (beta-binomial).
        hidden: probability that a judged mark of a bad month goes missing, beside one mark in twenty.
        size_spread: standard deviation of the logarithm of units' sizes, which multiply their denominators.
    """

    trials: tuple[int, int]
    visit_points: float
    month_points: float
    tail: float = np.inf
    correlation: float = 0.0
    unit_ratio: float = 1.0
    visit_share: float = 0.0
    icc: float = 0.0
    hidden: float = 0.0
    size_spread: float = 0.0


NOISES = {"low": Noise((500, 2000), 1, 0.5), "medium": Noise((50, 400), 4, 2), "high": Noise((5, 60), 8, 4)}
SHAPES = ("equal", "clusters", "spread")


def resize(policy: Policy, count: int) -> Policy:
    """Return the policy with `count` units: the first ones, copied under new ids where there are too few."""
    copies = [
        unit if turn == 0 else unit.model_copy(update={"id": f"{unit.id}-{turn}"})
        for turn in range(-(-count // len(policy.units)))
        for unit in policy.units
    ][:count]
    weights = policy.channel_weights_by_unit.loc[[unit.id.split("-")[0] for unit in copies]]
    weights.index = [unit.id for unit in copies]
    return replace(policy, units=tuple(copies), channel_weights_by_unit=weights)


def true_levels(shape: str, units: int, indicators: int, rng: np.random.Generator) -> np.ndarray:
    """Return true points (U, I): all equal; five groups of equals; far apart; or spread with strengths and weaknesses.

    None lies below 51: the shortfall method knows no points below its floor.
    """
    if shape == "equal":
        quality = np.zeros(units)
    elif shape == "clusters":
        quality = rng.integers(-2, 3, units) * 2.0
    elif shape == "separated":
        quality = np.linspace(9, -38, units)
    else:
        quality = rng.normal(0, 2, units)
    own = rng.normal(0, 3, (units, indicators)) if shape == "spread" else np.zeros((units, indicators))
    return np.clip(90 + quality[:, None] + own, 51, 99.5)


def _raw_rate(method, points: np.ndarray) -> np.ndarray:
    if method.name == "ratio":
        return points / 100 * method.target
    return (method.target_pct - (method.full - points / 100 * method.full) / method.slope) / 100


def _draw_months(noise: Noise, shape: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """Return what months bring to marks (M, U, I): one effect for a unit's month, one for each of its marks."""
    months, units, _ = shape
    effects = []
    for each in ((months, units, 1), shape):
        if np.isinf(noise.tail):
            steps = rng.standard_normal(each)
        else:
            steps = rng.standard_t(noise.tail, each) / np.sqrt(noise.tail / (noise.tail - 2))
        effect = [steps[0]]
        for step in steps[1:]:
            effect.append(noise.correlation * effect[-1] + np.sqrt(1 - noise.correlation**2) * step)
        effects.append(np.array(effect))
    spread = np.where(np.arange(units) % 2, noise.unit_ratio, 1.0)[:, None]
    return noise.month_points * spread * (effects[0] + effects[1]) / np.sqrt(2)


def _draw_hits(noise: Noise, trials: np.ndarray, rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if noise.icc:
        size = 1 / noise.icc - 1
        rate = rng.beta(rate * size, (1 - rate) * size, trials.shape)
    return rng.binomial(trials, rate)


def simulate(
    policy: Policy,
    shape: str,
    noise: Noise,
    rng: np.random.Generator,
    months: int = 1,
    shift: np.ndarray | None = None,
    history: int = 24,
) -> tuple[ScopeInputs, np.ndarray]:
    """Return one scored district and its true published totals (U,).

    Args:
        policy: the rules; the last month of the scope.
        shape: see `true_levels`.
        noise: how noisy it is.
        rng: random numbers.
        months: 1 for the scope `month`, more for `ytd`.
        shift: (C,) by which the true channel weights differ from the policy's.
        history: months known, those of the scope included.
    """
    indicators = tuple(sorted(policy.indicators, key=lambda indicator: indicator.id))
    units, past = len(policy.units), max(history, months)
    truth = true_levels(shape, units, len(indicators), rng)
    group = np.array([unit.group for unit in policy.units])
    points, numerator, denominator = (np.full(truth.shape, np.nan) for _ in range(3))
    monthly = {name: np.full((past, *truth.shape), np.nan) for name in ("points", "numerator", "denominator")}
    n_measurements = np.full(truth.shape, months)
    moved = _draw_months(noise, (past, *truth.shape), rng)
    size = np.exp(rng.normal(0, noise.size_spread, units)) if noise.size_spread else np.ones(units)
    n_visits = np.where(rng.random(units) < 0.6, rng.integers(1, 4, units), 0)
    owner = np.repeat(np.arange(units), n_visits)
    effect = rng.normal(0, noise.visit_points * np.sqrt(noise.visit_share), len(owner))
    visits = []
    for place, indicator in enumerate(indicators):
        if indicator.data.sheet == "inspections":
            own = rng.normal(0, noise.visit_points * np.sqrt(1 - noise.visit_share), len(owner))
            found = truth[owner, place] + effect + own
            n_measurements[:, place] = n_visits
            sums = np.bincount(owner, found, units)
            points[:, place] = np.where(n_visits > 0, sums / np.maximum(n_visits, 1), np.nan)
            truth[:, place] = np.where(n_visits > 0, truth[:, place], np.nan)
            rows = {"unit": owner, "indicator": place, "visit": np.arange(len(owner)).astype(str), "points": found}
            visits.append(pd.DataFrame(rows))
        elif indicator.method.is_share and indicator.data.sheet != "scores":
            trials = np.maximum(np.rint(rng.integers(*noise.trials, (past, units)) * size), 1).astype(int)
            rate = np.clip(_raw_rate(indicator.method, truth[:, place]), 0.01, 0.995)
            hits = _draw_hits(noise, trials, rate, rng)
            monthly["numerator"][..., place], monthly["denominator"][..., place] = hits, trials
            numerator[:, place], denominator[:, place] = (counts[-months:].sum(axis=0) for counts in (hits, trials))
            nothing = np.full(units, np.nan)
            points[:, place] = indicator.score(Raw(nothing, numerator[:, place], denominator[:, place], group))
            expected = rate * denominator[:, place]
            truth[:, place] = indicator.score(Raw(nothing, expected, denominator[:, place], group))
            monthly["points"][..., place] = indicator.score(Raw(np.full(trials.shape, np.nan), hits, trials, group))
        else:
            found = truth[:, place] + (moved[..., place] if indicator.over_year == "mean" else 0 * moved[..., place])
            if noise.hidden:
                is_bad = moved[..., place] < -noise.month_points
                found[rng.random(found.shape) < np.where(is_bad, noise.hidden, 0.05)] = np.nan
            monthly["points"][..., place] = found
            in_scope = found[-months:]
            count = (~np.isnan(in_scope)).sum(axis=0)
            n_measurements[:, place] = count
            points[:, place] = np.where(count > 0, np.nansum(in_scope, axis=0) / np.maximum(count, 1), np.nan)
            truth[:, place] = np.where(count > 0, truth[:, place], np.nan)
    weights = ScopeWeights(
        [indicator.id for indicator in indicators],
        policy.channel_ids,
        np.array([policy.channel_ids.index(indicator.channel) for indicator in indicators]),
        policy.indicator_weights[[indicator.id for indicator in indicators]].to_numpy(),
        policy.channel_weights_by_unit.to_numpy(),
    )
    rounding = policy.grading.rounding
    observed = score_totals(points, weights.indicators, weights.channels, weights.channel_of)[1]
    true_weights = weights.channels + (0.0 if shift is None else shift)
    true_totals = score_totals(truth, weights.indicators, true_weights, weights.channel_of)[1]
    inputs = ScopeInputs(
        period=policy.period,
        scope="month" if months == 1 else "ytd",
        unit_ids=policy.unit_ids,
        group=group,
        indicators=indicators,
        points=points,
        value=np.full(truth.shape, np.nan),
        numerator=numerator,
        denominator=denominator,
        standard=np.full(truth.shape, np.nan),
        n_measurements=n_measurements,
        first_period=np.full(truth.shape, ""),
        status=np.where(np.isnan(points), "not_applicable", "ok"),
        credibility=np.ones(truth.shape),
        weights=weights,
        bonus=np.zeros(units),
        deductions=np.zeros(units),
        published=publish(np.clip(observed, 0, 100), rounding),
        keys=np.full((units, 3), np.nan),
        grading=policy.grading,
        months=monthly,
        scope_months=months,
        visits=pd.concat(visits, ignore_index=True),
    )
    return inputs, publish(true_totals, rounding)


def true_places(published: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the best and worst place of each unit: equal published scores share all their places."""
    greater = (published > published[:, None]).sum(axis=1)
    smaller = (published < published[:, None]).sum(axis=1)
    return 1 + greater, len(published) - smaller
