"""Months in which a series changes level or slope (PELT, from ruptures)."""

from functools import cache
from importlib.util import find_spec

import numpy as np

from analysis.policy.trends import ChangePointRules

_SIMULATED = 9999
_SEED = 20230101
# Neighbouring months of a straight line differ by one figure and its rounding (S4).
_ROUNDING = 1e-9


def can_find_changes() -> bool:
    """Tell whether the library is installed (it has no build for Python 3.14 yet)."""
    return find_spec("ruptures") is not None


def find_changes(scores: np.ndarray, rho: float, rules: ChangePointRules) -> list[int]:
    """Return the places at which a new straight line starts to fit clearly better than the old one.

    A steady rise is one line and has no change. The noise is taken from neighbouring months, so a shift of level does
    not hide itself, and made larger by autocorrelation, so slow drift is not cut into pieces.

    Args:
        scores: (N,) monthly scores, no NaN.
        rho: correlation of neighbouring months around a line, below 1; best that of many series together, because a
            shift of level looks like autocorrelation in its own series.
        rules: shortest segment, and what a cut must gain.
    """
    # Loaded only where it is needed: it takes half a second and is not there on every Python.
    from ruptures import Pelt

    noise = float(np.var(np.diff(scores))) / 2 * (1 + rho) / (1 - rho) ** 2
    if _is_too_plain(scores, rules):
        return []
    search = Pelt(custom_cost=_lines(), min_size=rules.least_segment_months, jump=1)
    penalty = rules.penalty * noise * np.log(len(scores))
    return search.fit(scores[:, None]).predict(pen=penalty)[:-1]


def chance_of_change(scores: np.ndarray, rho: float, rules: ChangePointRules) -> float:
    """Return the probability that a series without a change gains as much from its best single cut.

    Simulated on first-order autoregressions of the same length and correlation.

    Args:
        scores: (N,) monthly scores, no NaN.
        rho: as for `find_changes`.
        rules: shortest segment.
    """
    if _is_too_plain(scores, rules):
        return 1.0
    gain = _best_gain(scores[None, :], rules.least_segment_months)[0]
    by_chance = _gains_by_chance(len(scores), round(rho, 2), rules.least_segment_months)
    return float(1 + len(by_chance) - np.searchsorted(by_chance, gain)) / (1 + len(by_chance))


def _is_too_plain(scores: np.ndarray, rules: ChangePointRules) -> bool:
    """Tell whether a series is too short to be cut or one straight line."""
    return len(scores) < 2 * rules.least_segment_months or np.diff(scores).std() < _ROUNDING


@cache
def _gains_by_chance(count: int, rho: float, least: int) -> np.ndarray:
    shocks = np.random.default_rng([_SEED, count]).normal(size=(_SIMULATED, count))
    series = shocks.copy()
    for month in range(1, count):
        series[:, month] = rho * series[:, month - 1] + np.sqrt(1 - rho**2) * shocks[:, month]
    return np.sort(_best_gain(series, least))


def _best_gain(scores: np.ndarray, least: int) -> np.ndarray:
    """Return how much the best cut lessens the squared distance from straight lines, in noise variances (R,)."""
    months = np.arange(scores.shape[1])
    terms = np.stack([scores, scores * months])
    sums = np.concatenate([np.zeros((2, len(scores), 1)), np.cumsum(terms, axis=2)], axis=2)

    def explained(start: int, end: int) -> np.ndarray:
        y, ty = sums[:, :, end] - sums[:, :, start]
        t = months[start:end]
        return y * y / (end - start) + (ty - t.mean() * y) ** 2 / ((t - t.mean()) ** 2).sum()

    last = scores.shape[1]
    cut = np.max([explained(0, place) + explained(place, last) for place in range(least, last - least + 1)], axis=0)
    return (cut - explained(0, last)) / np.var(np.diff(scores, axis=1), axis=1)


def _lines():
    from ruptures.base import BaseCost

    class Lines(BaseCost):
        """Squared distance of a segment from its own straight line, from running sums, for all segments at once."""

        model = "lines"
        min_size = 3

        def fit(self, signal: np.ndarray):
            time, score = np.arange(len(signal), dtype=float), signal[:, 0]
            terms = np.stack([np.ones_like(time), time, score, time * time, time * score, score * score])
            sums = np.concatenate([np.zeros((6, 1)), np.cumsum(terms, axis=1)], axis=1)
            count, t, y, tt, ty, yy = sums[:, None, :] - sums[:, :, None]
            with np.errstate(invalid="ignore", divide="ignore"):  # a point has no line, and is never asked for
                slope_part = (ty - t * y / count) ** 2 / (tt - t * t / count)
                errors = np.maximum(0.0, yy - y * y / count - slope_part)
            self.signal, self.errors = signal, errors.tolist()
            return self

        def error(self, start: int, end: int) -> float:
            return self.errors[start][end]

    return Lines()
