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
from analysis.scoring.certainty.shrinkage import plausible_totals
from analysis.scoring.margin import point_margins, weight_margins
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import grade_places, mark_bottom, tier_lines

VERDICTS = ("stable", "borderline", "indistinct")
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
    rows = [certainty_scope(inputs, model) for inputs in scopes]
    return TABLES["certainty"].check(pd.concat(rows, ignore_index=True))


def certainty_scope(inputs: ScopeInputs, model: NoiseModel) -> pd.DataFrame:
    """Return the rows of one scope, not yet checked; a unit without a total has a row without figures."""
    replicates = replicate(inputs, model)
    ranked = np.flatnonzero(~np.isnan(inputs.published))
    confidence = model.confidence_pct / 100
    intervals = _intervals(inputs, replicates, ranked, confidence)
    chances = _chances(inputs, replicates, ranked)
    tiers = _tiers(inputs, _tier_places(inputs, replicates, ranked, intervals, confidence))
    rows = {
        "period": inputs.period,
        "scope": inputs.scope,
        "unit_id": inputs.unit_ids,
        "total": inputs.published,
        **_ranks(inputs, intervals, ranked),
        **tiers,
        **chances,
        **_margins(inputs, model.margins.weight_points),
        "noise_points": np.round((replicates.totals - replicates.exact).std(axis=0), _DIGITS),
    }
    spans_all = _spread((intervals.high - intervals.low == len(ranked) - 1) & (len(ranked) > 1), ranked, inputs) == 1
    rows["verdict"] = _verdicts(inputs.grading, tiers["tier_by_score"], chances, spans_all, confidence)
    shares = np.round(noise_shares(inputs, model, replicates.draws), _DIGITS)
    rows |= {f"share_{source}_pct": shares[:, place] for place, source in enumerate(SOURCES)}
    return pd.DataFrame(rows)


def _intervals(inputs: ScopeInputs, replicates: Replicates, members: np.ndarray, confidence: float) -> RankIntervals:
    deviations = (replicates.totals - replicates.exact)[:, members]
    return rank_intervals(inputs.published[members], deviations, confidence)


def _ranks(inputs: ScopeInputs, intervals: RankIntervals, ranked: np.ndarray) -> dict[str, np.ndarray]:
    totals = inputs.published[ranked]
    columns = {
        "rank": 1 + (totals > totals[:, None]).sum(axis=1),
        "rank_low": intervals.low,
        "rank_high": intervals.high,
        "rank_low_all": intervals.low_all,
        "rank_high_all": intervals.high_all,
    }
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


def _tiers(inputs: ScopeInputs, places: list[tuple[np.ndarray, RankIntervals]]) -> dict[str, np.ndarray]:
    """Return a unit's tier and the tiers that its places reach."""
    tiers, _ = grade_places(inputs.published, inputs.keys, inputs.group, inputs.grading)
    best, worst = tiers.copy(), tiers.copy()
    for members, intervals in places:
        lines = tier_lines(len(members), inputs.grading)
        # A tie at a line may take a unit beyond the tier of its places.
        best[members] = np.minimum(np.searchsorted(lines, intervals.low), tiers[members])
        worst[members] = np.maximum(np.searchsorted(lines, intervals.high), tiers[members])
    words = np.array([*inputs.grading.tiers, ""], dtype=object)
    return {"tier_by_score": words[tiers], "tier_best": words[best], "tier_worst": words[worst]}


def _chances(inputs: ScopeInputs, replicates: Replicates, ranked: np.ndarray) -> dict[str, np.ndarray]:
    """Return how often plausible true scores lie in each tier, in the bottom places, and in either (R21)."""
    totals = np.full(replicates.totals.shape, np.nan)
    totals[:, ranked] = plausible_totals(replicates.exact[ranked], replicates.totals[:, ranked])
    published = publish(np.clip(totals, 0, 100), inputs.grading.rounding)
    tiers, _ = grade_places(published, inputs.keys, inputs.group, inputs.grading)
    bottom = mark_bottom(published, inputs.grading.bottom_places)
    failing = [inputs.grading.tiers.index(name) for name in inputs.grading.interview_tiers]
    events = {f"p_{tier}": tiers == place for place, tier in enumerate(inputs.grading.tiers)}
    events["p_bottom_five"] = bottom
    events["p_interview"] = bottom | np.isin(tiers, failing)
    return {name: _spread(event.mean(axis=0)[ranked], ranked, inputs) for name, event in events.items()}


def _verdicts(
    grading: Grading, tiers: np.ndarray, chances: dict[str, np.ndarray], spans_all: np.ndarray, confidence: float
) -> np.ndarray:
    """Return stable where the unit's tier is likely enough, borderline where it is together with a neighbour.

    Who cannot be told from anybody is indistinct, whatever the tie rule makes of equal scores.
    """
    chance = np.stack([chances[f"p_{tier}"] for tier in grading.tiers], axis=1)
    place = np.array([grading.tiers.index(tier) if tier else -1 for tier in tiers])
    own = np.take_along_axis(chance, np.maximum(place, 0)[:, None], axis=1)[:, 0]
    pairs = chance[:, :-1] + chance[:, 1:]
    at = np.arange(chance.shape[1] - 1)
    holds_own = (at == place[:, None]) | (at + 1 == place[:, None])
    with_neighbour = np.where(holds_own, pairs, 0).max(axis=1)
    words = np.select(
        [(own >= confidence) & ~spans_all, (with_neighbour >= confidence) & ~spans_all], VERDICTS[:2], VERDICTS[2]
    )
    return np.where(place >= 0, words, "").astype(object)


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
    return {name: np.round(values, _DIGITS) + 0.0 for name, values in columns.items()}


def base_target(
    published: np.ndarray, is_up: np.ndarray, bonus: np.ndarray, deductions: np.ndarray, grading: Grading
) -> np.ndarray:
    """Return the totals before adjustments and rounding that just publish as `published`, from below or above (S4)."""
    half = 0.5 / 10**grading.rounding.decimals
    edge = published + np.where(is_up, -half, half - grading.rounding.quantum)
    return edge - bonus + deductions
