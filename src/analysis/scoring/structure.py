"""How the indicators hang together: correlations, redundancy, effective weights (OECD/JRC handbook, steps 4 and 6)."""

import numpy as np
import pandas as pd

from analysis.scoring.certainty.inputs import ScopeInputs

# A correlation over fewer units than this says nothing.
_FEWEST_UNITS = 10


def correlate_indicators(inputs: ScopeInputs) -> pd.DataFrame:
    """Return the correlation of every pair of indicators over the units that have both.

    Returns:
        One row per pair; columns indicator_id, other_id, n_units, correlation (NaN with fewer than 10 units or where
        one does not vary).
    """
    ids = inputs.weights.indicator_ids
    rows = []
    for one in range(len(ids)):
        for other in range(one + 1, len(ids)):
            both = ~np.isnan(inputs.points[:, [one, other]]).any(axis=1)
            found = _correlation(*inputs.points[both][:, [one, other]].T)
            rows.append((ids[one], ids[other], int(both.sum()), found))
    return pd.DataFrame(rows, columns=["indicator_id", "other_id", "n_units", "correlation"])


def find_redundant(correlations: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the pairs whose correlation is at or above the threshold: they say the same and count twice."""
    found = correlations[correlations["correlation"] >= threshold]
    return found.sort_values("correlation", ascending=False, ignore_index=True)


def effective_weights(inputs: ScopeInputs) -> pd.DataFrame:
    """Return each indicator's stated weight beside its share in the spread of totals.

    A weight states importance; what decides places is how much an indicator differs between units. The share is
    cov(weight · points, total) / var(total): the shares of all indicators sum to 100, a negative one works against
    the total. Weights are those in force: a missing point has none (S11).

    Returns:
        One row per indicator; columns indicator_id, weight_pct (mean over units), effective_pct, correlation with the
        total, spread_points, skewness and kurtosis (in excess of the normal distribution's). NaN where all totals are
        equal, and of an indicator that does not vary or that few units have.
    """
    ranked = ~np.isnan(inputs.published)
    weights = inputs.weights_in_force()[ranked]
    points, totals = inputs.points[ranked], inputs.exact_totals()[1][ranked]
    parts = weights * np.nan_to_num(points - totals.mean())
    spread = totals.var()
    shares = ((parts - parts.mean(axis=0)) * (totals - totals.mean())[:, None]).mean(axis=0)
    shape = [_shape(column[~np.isnan(column)]) for column in points.T]
    return pd.DataFrame(
        {
            "indicator_id": inputs.weights.indicator_ids,
            "weight_pct": 100 * weights.mean(axis=0) if len(weights) else np.nan,
            "effective_pct": 100 * shares / spread if spread > 1e-12 else np.nan,
            "correlation": [_correlation(column[~np.isnan(column)], totals[~np.isnan(column)]) for column in points.T],
            "spread_points": [
                column[~np.isnan(column)].std() if (~np.isnan(column)).any() else np.nan for column in points.T
            ],
            "skewness": [skewness for skewness, _ in shape],
            "kurtosis": [kurtosis for _, kurtosis in shape],
        }
    )


def consistency(inputs: ScopeInputs) -> float:
    """Return Cronbach's alpha of the channels over units with data in all: near 1, they measure one thing."""
    channels = inputs.exact_totals()[0]
    complete = channels[~np.isnan(channels).any(axis=1)]
    count = channels.shape[1]
    if len(complete) < _FEWEST_UNITS or count < 2 or complete.sum(axis=1).var() < 1e-12:
        return float("nan")
    return float(count / (count - 1) * (1 - complete.var(axis=0).sum() / complete.sum(axis=1).var()))


def _shape(values: np.ndarray) -> tuple[float, float]:
    """Return skewness and excess kurtosis."""
    if len(values) < _FEWEST_UNITS or np.ptp(values) < 1e-9:
        return float("nan"), float("nan")
    z = (values - values.mean()) / values.std()
    return float((z**3).mean()), float((z**4).mean() - 3)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if len(one) < _FEWEST_UNITS or np.ptp(one) < 1e-9 or np.ptp(other) < 1e-9:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
