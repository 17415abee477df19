"""What the certainty of a scope starts from: the published scores and what lies behind them, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.models import Grading, Indicator
from analysis.policy.period import year_to_date
from analysis.scoring.kernel import aggregate, score_totals
from analysis.scoring.month import score_grid, tie_keys
from analysis.scoring.weights import ScopeWeights, mean_weights


@dataclass(frozen=True)
class ScopeInputs:
    """A scored scope of U units over I indicators and M months.

    Attributes:
        period: the scope's last month.
        scope: `month` or `ytd`.
        unit_ids: the U units.
        group: (U,) their groups.
        indicators: the I indicators, in the order of `weights.indicator_ids`.
        points: (U, I) indicator scores, NaN where missing.
        numerator: (U, I) counts, NaN where the indicator has none.
        denominator: (U, I) counts, NaN where the indicator has none.
        n_measurements: (U, I) measurements behind a score.
        weights: the scope's weights.
        bonus: (U,) capped.
        deductions: (U,).
        published: (U,) totals, NaN where a unit has none.
        keys: (U, K) of ties (S6).
        grading: the rules in force.
        measurements: one row per measurement with points in the year to date; columns unit, indicator (their places),
            month (1–12), points, denominator.
    """

    period: str
    scope: str
    unit_ids: list[str]
    group: np.ndarray
    indicators: tuple[Indicator, ...]
    points: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    n_measurements: np.ndarray
    weights: ScopeWeights
    bonus: np.ndarray
    deductions: np.ndarray
    published: np.ndarray
    keys: np.ndarray
    grading: Grading
    measurements: pd.DataFrame

    def places_of(self, sheets: tuple[str, ...], methods: tuple[str, ...] = ()) -> list[int]:
        """Return the places of indicators delivered in `sheets` (and, if given, with one of `methods`)."""
        return [
            place
            for place, indicator in enumerate(self.indicators)
            if indicator.data.sheet in sheets and (not methods or indicator.method.name in methods)
        ]

    def exact_totals(self) -> tuple[np.ndarray, np.ndarray]:
        """Return channel scores (U, C) and totals (U,) before adjustments and rounding."""
        return score_totals(self.points, self.weights.indicators, self.weights.channels, self.weights.channel_of)

    def weights_in_force(self) -> np.ndarray:
        """Return the weight (U, I) of each indicator in the total after redistribution, as a share of 1."""
        weights = self.weights
        found = aggregate(self.points, weights.indicators, weights.channels, weights.channel_of)
        return found.indicator_weights / 100


def scope_inputs(
    policies: Mapping[str, Policy], scored: pd.DataFrame, tables: Mapping[str, pd.DataFrame], period: str, scope: str
) -> ScopeInputs:
    """Return the arrays of a scope.

    Args:
        policies: month → rules, for the year to date.
        scored: measurements of the year to date with `points` (see `score_measurements`).
        tables: `indicator_scores` and `unit_scores` of the month.
        period: the month.
        scope: `month` or `ytd`.
    """
    months = [period] if scope == "month" else [month for month in year_to_date(period) if month in policies]
    policy = policies[period]
    unit_ids = policy.unit_ids
    weights = mean_weights({month: policies[month] for month in months}, unit_ids)
    by_id = {indicator.id: indicator for month in months for indicator in policies[month].indicators}
    scores = tables["indicator_scores"]
    scores = scores[(scores["period"] == period) & (scores["scope"] == scope)]
    units = tables["unit_scores"]
    units = units[(units["period"] == period) & (units["scope"] == scope)].set_index("unit_id").loc[unit_ids]
    grids = {
        column: score_grid(scores, unit_ids, weights.indicator_ids, column)
        for column in ("score", "numerator", "denominator", "n_measurements")
    }
    return ScopeInputs(
        period=period,
        scope=scope,
        unit_ids=unit_ids,
        group=units["group"].to_numpy(dtype=str),
        indicators=tuple(by_id[id_] for id_ in weights.indicator_ids),
        points=grids["score"],
        numerator=grids["numerator"],
        denominator=grids["denominator"],
        n_measurements=np.nan_to_num(grids["n_measurements"]),
        weights=weights,
        bonus=units["bonus"].to_numpy(dtype=float),
        deductions=units["deductions"].to_numpy(dtype=float),
        published=units["total"].to_numpy(dtype=float),
        keys=tie_keys(units, policy.grading),
        grading=policy.grading,
        measurements=_measurements(scored, unit_ids, weights.indicator_ids, period),
    )


def _measurements(scored: pd.DataFrame, unit_ids: list[str], indicator_ids: list[str], period: str) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "unit": pd.Index(unit_ids).get_indexer(scored["unit_id"]),
            "indicator": pd.Index(indicator_ids).get_indexer(scored["indicator_id"]),
            "month": scored["period"].str.slice(5).astype(int).to_numpy(),
            "points": scored["points"].to_numpy(dtype=float),
            "denominator": scored["denominator"].to_numpy(dtype=float),
        }
    )
    in_year = scored["period"].isin(year_to_date(period)).to_numpy()
    known = (rows["unit"] >= 0) & (rows["indicator"] >= 0) & rows["points"].notna()
    return rows[known & in_year].reset_index(drop=True)
