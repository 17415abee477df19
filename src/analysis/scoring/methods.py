"""The named methods that turn raw values into points (rules: Formulas; S24, S29).

Arrays have shape (…, N): N measurements of one indicator in one month, any leading axes for replicates. Missing
values are NaN and give NaN points; a zero denominator is not applicable and gives NaN too (S29).
"""

from collections.abc import Callable

import numpy as np

from analysis.policy.methods import (
    Method,
    PerCaseMethod,
    PointsMethod,
    QuotedMethod,
    RankMethod,
    RatioMethod,
    ShortfallMethod,
    WorkloadMethod,
)


def points_of(
    method: Method,
    value: np.ndarray,
    numerator: np.ndarray,
    denominator: np.ndarray,
    group: np.ndarray,
    direction: str = "higher",
) -> np.ndarray:
    """Return the points 0–100 of measurements by the indicator's named method.

    Args:
        method: the method with its values, from `params/indicators.yml`.
        value: raw values (…, N), in the indicator's unit.
        numerator: counts (…, N) of ratio methods.
        denominator: counts (…, N) of ratio methods.
        group: group of each measurement's unit (N,), for the workload's median (S24).
        direction: whether a higher or a lower value is better (rank and relative methods).

    Returns:
        Points (…, N), NaN where there is nothing to score.
    """
    if method.name == "workload":
        return _workload(method, _ratio(numerator, denominator), group)
    if method.name == "ratio":
        rate = _ratio(numerator, denominator)
        return _by_ratio(method, np.where(np.isnan(rate), value, rate))
    if method.name == "shortfall":
        rate = 100 * _ratio(numerator, denominator)
        return _by_shortfall(method, np.where(np.isnan(rate), value, rate))
    if method.name in ("rank", "relative"):
        return (_by_rank if method.name == "rank" else _relative)(method, value, direction)
    return np.clip(_SIMPLE[method.name](method, np.asarray(value, dtype=float)), 0, 100)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    denominator = np.asarray(denominator, dtype=float)
    return np.asarray(numerator, dtype=float) / np.where(denominator == 0, np.nan, denominator)


def _by_ratio(method: RatioMethod, rate: np.ndarray) -> np.ndarray:
    return 100 * np.minimum(1, rate / method.target)


def _by_shortfall(method: ShortfallMethod, rate_pct: np.ndarray) -> np.ndarray:
    missing = np.maximum(0, method.target_pct - rate_pct)
    return 100 * np.maximum(method.floor, method.full - method.slope * missing) / method.full


def _points(method: PointsMethod, value: np.ndarray) -> np.ndarray:
    return 100 * value / method.full


def _per_case(method: PerCaseMethod, cases: np.ndarray) -> np.ndarray:
    return 100 * np.maximum(0, method.full - method.points_per_case * cases) / method.full


def _quoted(method: QuotedMethod, value: np.ndarray) -> np.ndarray:
    return 100 * (value - method.low) / (method.high - method.low)


def _state(_method: Method, points: np.ndarray) -> np.ndarray:
    return points  # intake has already looked the state's points up


def _by_rank(method: RankMethod, value: np.ndarray, direction: str) -> np.ndarray:
    better = -np.asarray(value, dtype=float) if direction == "higher" else np.asarray(value, dtype=float)
    ranks = 1 + (better[..., None, :] < better[..., :, None]).sum(axis=-1)
    count = np.maximum(1, (~np.isnan(better)).sum(axis=-1, keepdims=True) - 1)
    points = method.best - (method.best - method.worst) * (ranks - 1) / count
    return np.where(np.isnan(better), np.nan, points)


def _relative(_method: Method, value: np.ndarray, direction: str) -> np.ndarray:
    value = np.asarray(value, dtype=float)
    present = np.where(np.isnan(value), -np.inf if direction == "higher" else np.inf, value)
    best = (present.max if direction == "higher" else present.min)(axis=-1, keepdims=True)
    above, below = (value, best) if direction == "higher" else (best, value)
    # The best is 100 by definition, also where it is 0.
    ratio = np.divide(above, below, out=np.zeros_like(value), where=(below != 0) & ~np.isnan(value))
    return np.where(np.isnan(value), np.nan, np.where(value == best, 100, np.clip(100 * ratio, 0, 100)))


def _workload(method: WorkloadMethod, per_head: np.ndarray, group: np.ndarray) -> np.ndarray:
    relative = np.full_like(per_head, np.nan)
    for name in np.unique(group):
        members = group == name
        if not np.isnan(per_head[..., members]).all():
            median = np.nanquantile(per_head[..., members], 0.5, axis=-1, keepdims=True, method=method.median)
            relative[..., members] = per_head[..., members] / np.where(median == 0, np.nan, median)
    return 100 * np.minimum(relative, method.cap) / method.cap


_SIMPLE: dict[str, Callable[[Method, np.ndarray], np.ndarray]] = {
    "points": _points,
    "per_case": _per_case,
    "quoted": _quoted,
    "state": _state,
}
