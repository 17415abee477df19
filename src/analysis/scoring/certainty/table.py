"""The table `certainty` of a month: rank intervals, probabilities of tiers, margins, shares of noise."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.policy.models import Grading
from analysis.policy.noise import SOURCES, NoiseModel
from analysis.policy.tables import TABLES
from analysis.scoring.certainty.inputs import ScopeInputs
from analysis.scoring.certainty.ranks import RankIntervals, rank_intervals
from analysis.scoring.certainty.replicates import Replicates, noise_shares, replicate
from analysis.scoring.certainty.shrinkage import Plausible, plausible_totals
from analysis.scoring.certainty.sources import Sources
from analysis.scoring.margin import point_margins, weight_margins
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import competition_ranks, grade_places, mark_bottom, reached_lines, tier_lines

# Replicates where a district has too few months for any unit: nothing that rests on them is told (S32).
_WITHHELD = 2
# Digits that a replicate's figures are worth; more would only show the machine's arithmetic.
_DIGITS = 4


def certainty_month(scopes: Iterable[ScopeInputs], model: NoiseModel) -> pd.DataFrame:
    """Return the table `certainty`: one row per unit × scope (R19, R21: who can be told apart).

    Args:
        scopes: the month and the year to date as arrays.
        model: the noise reckoned with.

    Returns:
        The checked table. Probabilities are of the true score's tier, before judgement and veto (S3, S17).
    """
    rows = [certainty_scope(inputs, _with_draws_that_are_told(model, inputs)) for inputs in scopes]
    return TABLES["certainty"].check(pd.concat(rows))


def _with_draws_that_are_told(model: NoiseModel, inputs: ScopeInputs) -> NoiseModel:
    is_withheld = model.months.is_on and len(inputs.months["points"]) < model.months.min_months
    return model.model_copy(update={"replicates": _WITHHELD}) if is_withheld else model


def certainty_scope(inputs: ScopeInputs, model: NoiseModel) -> pd.DataFrame:
    """Return the rows of one scope, not yet checked; a unit without a total has a row without figures.

    A unit with too few months for its noise to be estimated has its margins alone; the verdict is `withheld` (S32).
    """
    replicates = replicate(inputs, model)
    ranked = np.flatnonzero(~np.isnan(inputs.published))
    confidence = model.confidence_pct / 100
    intervals = _intervals(inputs, replicates, ranked, confidence)
    places = _tier_places(inputs, replicates, ranked, intervals, confidence)
    tiers, best, worst = _tiers(inputs, places, replicates.reach(confidence))
    plausible = plausible_totals(replicates.exact[ranked], replicates.totals[:, ranked])
    chances = _chances(inputs, plausible, ranked)
    spans_all = _spread((intervals.high - intervals.low == len(ranked) - 1) & (len(ranked) > 1), ranked, inputs) == 1
    words = np.array([*inputs.grading.tiers, ""], dtype=object)
    shares, sources = noise_shares(inputs, model, replicates), replicates.sources
    judged = {
        **_ranks(inputs, intervals, plausible, ranked, model),
        "tier_best": words[best],
        "tier_worst": words[worst],
        "verdict": _verdicts(tiers, worst - best, chances, inputs.grading, model.stable_pct / 100, spans_all),
        **chances,
        "noise_points": np.round((replicates.totals - replicates.exact).std(axis=0), _DIGITS),
        **{f"share_{source}_pct": np.round(shares[:, place], _DIGITS) for place, source in enumerate(SOURCES)},
        **_estimates(sources, (tiers >= 0) & model.months.is_on),
    }
    rows = {
        "period": inputs.period,
        "scope": inputs.scope,
        "unit_id": inputs.unit_ids,
        "total": inputs.published,
        "rank": pd.array(competition_ranks(inputs.published), dtype="Int64"),
        "tier_by_score": words[tiers],
        **_margins(inputs, model.margins.weight_points),
    }
    is_short = model.months.is_on & (sources.noise.n_months < model.months.min_months)
    return pd.DataFrame(rows | _withhold(pd.DataFrame(judged), is_short & (tiers >= 0)))


def _estimates(sources: Sources, is_known: np.ndarray) -> dict[str, np.ndarray]:
    """Return what the noise was estimated as: trends of the month after read it (S32)."""
    found = {
        "months_points": sources.by_months(),
        "visits_points": sources.visits,
        "months_degrees": sources.noise.degrees,
        "months_tail": sources.noise.tail,
        "months_correlation": sources.noise.correlation,
    }
    return {name: np.where(is_known, np.round(values, _DIGITS), np.nan) for name, values in found.items()}


def _withhold(judged: pd.DataFrame, is_short: np.ndarray) -> dict[str, pd.Series]:
    """Return the columns without what rests on noise that cannot be estimated."""
    empty = {name: "" if name.startswith("tier") else pd.NA if name.startswith("rank") else np.nan for name in judged}
    empty["verdict"] = "withheld"
    return {name: column.mask(is_short, empty[name]) for name, column in judged.items()}


def _intervals(inputs: ScopeInputs, replicates: Replicates, members: np.ndarray, confidence: float) -> RankIntervals:
    deviations = (replicates.totals - replicates.exact)[:, members]
    return rank_intervals(inputs.published[members], deviations, confidence)


def _ranks(
    inputs: ScopeInputs, intervals: RankIntervals, plausible: Plausible, ranked: np.ndarray, model: NoiseModel
) -> dict[str, np.ndarray]:
    columns = {
        "rank_low": intervals.low,
        "rank_high": intervals.high,
        "rank_low_all": intervals.low_all,
        "rank_high_all": intervals.high_all,
    }
    low, high = plausible.rank_interval(model.confidence_pct / 100)
    if plausible.reliability < model.posterior.least_reliability:
        low, high = (np.full(len(ranked), np.nan) for _ in range(2))
    columns |= {"rank_low_posterior": low, "rank_high_posterior": high}
    return {name: pd.array(_spread(values, ranked, inputs), dtype="Int64") for name, values in columns.items()}


def _spread(values: np.ndarray, ranked: np.ndarray, inputs: ScopeInputs) -> np.ndarray:
    spread = np.full(len(inputs.unit_ids), np.nan)
    spread[ranked] = values
    return spread


def _tier_places(
    inputs: ScopeInputs, replicates: Replicates, ranked: np.ndarray, intervals: RankIntervals, confidence: float
) -> list[tuple[np.ndarray, RankIntervals]]:
    """Return the members of each scope of the quotas with the intervals of their places in it (S8)."""
    if inputs.grading.tier_scope == "all":
        return [(ranked, intervals)]
    groups = [ranked[inputs.group[ranked] == name] for name in np.unique(inputs.group[ranked])]
    return [(members, _intervals(inputs, replicates, members, confidence)) for members in groups]


def _tiers(
    inputs: ScopeInputs, places: list[tuple[np.ndarray, RankIntervals]], reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a unit's tier, and the best and the worst that its places and scores reach (U,), as indices; −1 without.

    Args:
        inputs: the scored scope.
        places: the members of each scope of the quotas, and the intervals of their places.
        reach: (U,) points by which a total may miss its level, either way.
    """
    tiers, _ = grade_places(inputs.published, inputs.keys, inputs.group, inputs.grading)
    best, worst = tiers.copy(), tiers.copy()
    for members, intervals in places:
        lines = tier_lines(len(members), inputs.grading)
        # A tie at a line may take a unit beyond the tier of its places.
        above, below = (
            reached_lines(inputs.published[members] + sign * reach[members], inputs.grading) for sign in (1, -1)
        )
        best[members] = np.minimum(np.maximum(np.searchsorted(lines, intervals.low), above), tiers[members])
        worst[members] = np.maximum(np.maximum(np.searchsorted(lines, intervals.high), below), tiers[members])
    return tiers, best, worst


def _chances(inputs: ScopeInputs, plausible: Plausible, ranked: np.ndarray) -> dict[str, np.ndarray]:
    """Return how often plausible true scores lie in each tier, in the bottom places, and in either (R21)."""
    totals = np.full((len(plausible.totals), len(inputs.unit_ids)), np.nan)
    totals[:, ranked] = plausible.totals
    published = publish(np.clip(totals, 0, 100), inputs.grading.rounding)
    tiers, _ = grade_places(published, inputs.keys, inputs.group, inputs.grading)
    bottom = mark_bottom(published, inputs.grading.bottom_places)
    failing = [inputs.grading.tiers.index(name) for name in inputs.grading.interview_tiers]
    events = {f"p_{tier}": tiers == place for place, tier in enumerate(inputs.grading.tiers)}
    events["p_bottom_five"] = bottom
    events["p_interview"] = bottom | np.isin(tiers, failing)
    return {name: _spread(event.mean(axis=0)[ranked], ranked, inputs) for name, event in events.items()}


def _verdicts(
    tiers: np.ndarray,
    reach: np.ndarray,
    chances: dict[str, np.ndarray],
    grading: Grading,
    likely: float,
    spans_all: np.ndarray,
) -> np.ndarray:
    """Return stable where the rank interval stays within the unit's tier, which is likely enough by itself.

    Borderline where the interval reaches a neighbouring tier at most, else indistinct. A unit that cannot be told from
    any other is indistinct, whatever the tie rule makes of equal scores.
    """
    chance = np.stack([chances[f"p_{tier}"] for tier in grading.tiers], axis=1)
    own = np.take_along_axis(chance, np.maximum(tiers, 0)[:, None], axis=1)[:, 0]
    is_stable, is_borderline = (reach == 0) & (own >= likely), reach <= 1
    # Such a place says nothing of a tier that scores alone make.
    cases = {
        "": tiers < 0,
        "indistinct": spans_all & bool(grading.quotas),
        "stable": is_stable,
        "borderline": is_borderline,
    }
    return np.select(list(cases.values()), list(cases), "indistinct").astype(object)


def _margins(inputs: ScopeInputs, bound: float) -> dict[str, np.ndarray]:
    margins = point_margins(inputs.published, inputs.keys, inputs.group, inputs.grading)
    channel_scores, _ = inputs.exact_totals()
    columns = {
        "margin_up_points": margins.up,
        "margin_down_points": margins.down,
        "margin_interview_points": margins.interview,
    }
    points = np.stack([margins.up, -margins.down, margins.interview])
    targets = base_target(inputs.published + points, points > 0, inputs.bonus, inputs.deductions, inputs.grading)
    sizes, _ = weight_margins(channel_scores, inputs.weights.channels, targets, bound)
    columns |= {f"weight_margin_{name}_points": sizes[place] for place, name in enumerate(("up", "down", "interview"))}
    return {name: np.round(values, _DIGITS) for name, values in columns.items()}


def base_target(
    published: np.ndarray, is_up: np.ndarray, bonus: np.ndarray, deductions: np.ndarray, grading: Grading
) -> np.ndarray:
    """Return the totals before adjustments and rounding that just publish as `published`, from below or above (S4)."""
    half = 0.5 / 10**grading.rounding.decimals
    edge = published + np.where(is_up, -half, half - grading.rounding.quantum)
    return edge - bonus + deductions
