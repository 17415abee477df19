"""Plausible true scores of a scope: what is seen, drawn towards the mean as far as noise explains the differences.

The best score of many is also the luckiest one. Replicates around the scores as they are seen would repeat that luck;
an empirical Bayes estimate takes it off (Efron and Morris 1975). Where noise alone explains the differences between
units, the plausible true scores lie close together and no tier is likely; where it explains nothing, they are what is
seen.
"""

from dataclasses import dataclass

import numpy as np

from analysis.scoring.tiers import competition_ranks


@dataclass(frozen=True)
class Plausible:
    """What U true totals may be.

    Attributes:
        totals: (B, U) draws of them.
        reliability: the share of true differences in the spread of what is seen, 0–1.
    """

    totals: np.ndarray
    reliability: float

    def rank_interval(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the places (U,) between which a true rank lies so likely (Goldstein and Spiegelhalter 1996)."""
        places = competition_ranks(self.totals)
        tails = ((1 - confidence) / 2, (1 + confidence) / 2)
        low, high = (
            np.quantile(places, tail, axis=0, method=method)
            for tail, method in zip(tails, ("lower", "higher"), strict=True)
        )
        return low, high


def plausible_totals(exact: np.ndarray, totals: np.ndarray) -> Plausible:
    """Return draws of the units' true totals.

    Args:
        exact: (U,) totals as seen, no NaN.
        totals: (B, U) replicates around them.
    """
    units = len(exact)
    deviations = totals - exact
    if units < 2:
        return Plausible(totals, 0.0)
    # What moves all units alike decides no place; it stays as it is.
    common = deviations.mean(axis=1, keepdims=True)
    own = deviations - common
    noise = own.var(axis=0)
    spread = exact.var(ddof=1)
    # Nobody's luck vouches for itself: each is drawn towards the mean as far as the others do not differ. Their spread
    # is known badly: what is true of it is never less than the sampling error of a variance of so many units.
    others = max(units - 2, 1)
    away = (exact - exact.mean()) ** 2 * units / (units - 1)
    seen = np.maximum(spread * (units - 1) - away, 0.0) / others
    expected = (noise.sum() - noise) / (units - 1)
    between = np.maximum(seen - expected, np.maximum(seen, expected) * np.sqrt(2 / others))
    kept = np.divide(between, between + noise, out=np.ones(units), where=noise > 0)
    centre = np.average(exact, weights=kept)
    found = centre + kept * (exact - centre) + np.sqrt(kept) * own + common
    return Plausible(found, max(1 - noise.mean() / spread, 0.0) if spread > 0 else 0.0)
