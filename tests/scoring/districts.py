"""Simulated districts whose truth is known: raw values are drawn around true levels, then scored like any other."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.methods import Raw
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.kernel import score_totals
from analysis.scoring.rounding import publish
from analysis.scoring.weights import ScopeWeights


@dataclass(frozen=True)
class Noise:
    """How noisy a district is: denominators of rates, spread of visits and of months in points."""

    trials: tuple[int, int]
    visit_points: float
    month_points: float


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


def simulate(
    policy: Policy, shape: str, noise: Noise, rng: np.random.Generator, months: int = 1, shift: np.ndarray | None = None
) -> tuple[ScopeInputs, np.ndarray]:
    """Return one scored district and its true published totals (U,).

    Args:
        policy: the rules; the last month of the scope.
        shape: see `true_levels`.
        noise: how noisy it is.
        rng: random numbers.
        months: 1 for the scope `month`, more for `ytd`.
        shift: (C,) by which the true channel weights differ from the policy's.
    """
    indicators = tuple(sorted(policy.indicators, key=lambda indicator: indicator.id))
    units = len(policy.units)
    truth = true_levels(shape, units, len(indicators), rng)
    group = np.array([unit.group for unit in policy.units])
    points, numerator, denominator = (np.full(truth.shape, np.nan) for _ in range(3))
    n_measurements = np.full(truth.shape, months)
    is_drawn = rng.random(units) < 0.6
    rows = []
    for place, indicator in enumerate(indicators):
        if indicator.data.sheet == "inspections":
            visits = np.where(is_drawn, rng.integers(1, 4, units), 0)
            n_measurements[:, place] = visits
            owner = np.repeat(np.arange(units), visits)
            found = truth[owner, place] + rng.normal(0, noise.visit_points, len(owner))
            at = rng.integers(0, months, len(owner))
            weight = np.full(len(owner), np.nan)
            sums = np.bincount(owner, found, units)
            points[:, place] = np.where(visits > 0, sums / np.maximum(visits, 1), np.nan)
            truth[:, place] = np.where(visits > 0, truth[:, place], np.nan)
        elif indicator.method.is_share and indicator.data.sheet != "scores":
            trials = rng.integers(*noise.trials, (months, units))
            rate = np.clip(_raw_rate(indicator.method, truth[:, place]), 0.01, 0.995)
            hits = rng.binomial(trials, rate)
            numerator[:, place], denominator[:, place] = hits.sum(axis=0), trials.sum(axis=0)
            nothing = np.full(units, np.nan)
            points[:, place] = indicator.score(Raw(nothing, numerator[:, place], denominator[:, place], group))
            truth[:, place] = indicator.score(Raw(nothing, rate * trials.sum(axis=0), trials.sum(axis=0), group))
            owner, at = np.tile(np.arange(units), months), np.repeat(np.arange(months), units)
            found = indicator.score(Raw(np.full(trials.shape, np.nan), hits, trials, group)).ravel()
            weight = trials.ravel().astype(float)
        else:
            has_shocks = months > 1 and indicator.over_year == "mean"
            monthly = truth[:, place] + (rng.normal(0, noise.month_points, (months, units)) if has_shocks else 0.0)
            monthly = np.broadcast_to(monthly, (months, units))
            points[:, place] = monthly.mean(axis=0)
            owner, at = np.tile(np.arange(units), months), np.repeat(np.arange(months), units)
            found, weight = monthly.ravel(), np.full(owner.shape, np.nan)
        rows.append(
            pd.DataFrame({"unit": owner, "indicator": place, "month": at + 1, "points": found, "denominator": weight})
        )
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
        n_measurements=n_measurements,
        first_period=np.full(truth.shape, ""),
        status=np.where(np.isnan(points), "not_applicable", "ok"),
        weights=weights,
        bonus=np.zeros(units),
        deductions=np.zeros(units),
        published=publish(np.clip(observed, 0, 100), rounding),
        keys=np.full((units, 3), np.nan),
        grading=policy.grading,
        measurements=pd.concat(rows, ignore_index=True),
    )
    return inputs, publish(true_totals, rounding)


def true_places(published: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the best and worst place of each unit: equal published scores share all their places."""
    greater = (published > published[:, None]).sum(axis=1)
    smaller = (published < published[:, None]).sum(axis=1)
    return 1 + greater, len(published) - smaller
