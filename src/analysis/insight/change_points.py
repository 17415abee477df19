"""Months in which a series changes level or slope (PELT, from ruptures)."""

from importlib.util import find_spec

import numpy as np

from analysis.policy.trends import ChangePointRules


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
    if len(scores) < 2 * rules.least_segment_months or noise == 0:
        return []
    search = Pelt(custom_cost=_lines(), min_size=rules.least_segment_months, jump=1)
    penalty = rules.penalty * noise * np.log(len(scores))
    return search.fit(scores.reshape(-1, 1)).predict(pen=penalty)[:-1]


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
