"""Other ways of bringing indicators to one scale: do ranks depend on the way (OECD/JRC handbook, step 5)?"""

from collections.abc import Iterable

import numpy as np

# As scored (points 0–100); by lowest and highest; in standard deviations; by place.
NORMALISATIONS = ("points", "min_max", "z_score", "rank")
# Means that a normalisation allows: standard deviations have no zero, so only their arithmetic mean has a meaning.
MEAN_NAMES = {
    "points": ("arithmetic", "geometric", "harmonic"),
    "min_max": ("arithmetic", "geometric", "harmonic"),
    "z_score": ("arithmetic",),
    "rank": ("arithmetic", "geometric", "harmonic"),
}


def pair_with_means(means: Iterable[str]) -> list[tuple[str, str]]:
    """Return each normalisation with those of these means that it allows."""
    return [(way, mean) for way in NORMALISATIONS for mean in MEAN_NAMES[way] if mean in means]


def normalise(points: np.ndarray, way: str, needs_positive: bool = False) -> np.ndarray:
    """Return indicators on another scale, each by itself; a higher value stays better.

    Args:
        points: (U, I), NaN where missing.
        way: one of NORMALISATIONS.
        needs_positive: map 0–100 to 1–100, for means that a single 0 would pull to 0.

    Returns:
        (U, I) on 0–100 (`z_score`: 50 plus 10 a standard deviation). An indicator in which all are equal is 50.
    """
    scaled = _WAYS[way](points)
    return 1 + 0.99 * scaled if needs_positive else scaled


def _as_scored(points: np.ndarray) -> np.ndarray:
    return points


def _min_max(points: np.ndarray) -> np.ndarray:
    low, high = _ends(points)
    span = high - low
    return np.where(np.isnan(points), np.nan, 100 * np.divide(points - low, span, out=_halves(points), where=span > 0))


def _z_score(points: np.ndarray) -> np.ndarray:
    present = ~np.isnan(points)
    count = np.maximum(present.sum(axis=0), 1)
    centred = points - np.where(present, points, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(present, centred**2, 0.0).sum(axis=0) / count)
    # Equal up to float noise is equal.
    z = np.divide(centred, spread, out=np.zeros_like(points), where=spread > 1e-9)
    return np.where(present, 50 + 10 * z, np.nan)


def _rank(points: np.ndarray) -> np.ndarray:
    """Return 100 · (share of the others that are worse, equal ones by half)."""
    worse = (points[None] < points[:, None]).sum(axis=1)
    equal = (points[None] == points[:, None]).sum(axis=1) - 1
    others = np.maximum((~np.isnan(points)).sum(axis=0) - 1, 0)
    share = np.divide(worse + equal / 2, others, out=_halves(points), where=others > 0)
    return np.where(np.isnan(points), np.nan, 100 * share)


def _ends(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low = np.where(np.isnan(points), np.inf, points).min(axis=0)
    high = np.where(np.isnan(points), -np.inf, points).max(axis=0)
    return low, high


def _halves(points: np.ndarray) -> np.ndarray:
    return np.full(points.shape, 0.5)


_WAYS = {"points": _as_scored, "min_max": _min_max, "z_score": _z_score, "rank": _rank}
