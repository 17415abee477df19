"""What the certainty of a scope starts from: the published scores and what lies behind them, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.models import Grading, Indicator
from analysis.policy.period import year_to_date
from analysis.scoring.grid import Grid
from analysis.scoring.units import ScoredScope, tie_keys


@dataclass(frozen=True)
class ScopeInputs(Grid):
    """A scored scope of U units over I indicators: its grid, the published totals, and the measurements behind them.

    Attributes:
        indicators: the I indicators, in the order of `weights.indicator_ids`.
        group: (U,) the units' groups.
        bonus: (U,) capped.
        deductions: (U,).
        published: (U,) totals, NaN where a unit has none.
        keys: (U, K) of ties (S6).
        grading: the rules in force.
        measurements: one row per measurement with points in the year to date; columns unit, indicator (their places),
            month (1–12), points, denominator.
    """

    indicators: tuple[Indicator, ...]
    group: np.ndarray
    bonus: np.ndarray
    deductions: np.ndarray
    published: np.ndarray
    keys: np.ndarray
    grading: Grading
    measurements: pd.DataFrame

    def places_of(self, sheets: tuple[str, ...], shares_only: bool = False) -> list[int]:
        """Return the places of indicators delivered in `sheets`, or of those alone that count a share of cases."""
        return [
            place
            for place, indicator in enumerate(self.indicators)
            if indicator.data.sheet in sheets and (indicator.method.is_share or not shares_only)
        ]

    def weights_in_force(self) -> np.ndarray:
        """Return the weight (U, I) of each indicator in the total after redistribution, as a share of 1."""
        return self.aggregate().indicator_weights / 100


def scope_inputs(policies: Mapping[str, Policy], scored: pd.DataFrame, found: ScoredScope) -> ScopeInputs:
    """Return what the certainty of a scope starts from.

    Args:
        policies: month → rules, for each of `PolicyBook.months_that_score`.
        scored: measurements of those months with `points` (see `score_measurements`).
        found: the scope's results.
    """
    grid, units, grading = found.grid, found.units, policies[found.grid.period].grading
    by_id = {indicator.id: indicator for policy in policies.values() for indicator in policy.indicators}
    return ScopeInputs(
        **vars(grid),
        indicators=tuple(by_id[id_] for id_ in grid.weights.indicator_ids),
        group=units["group"].to_numpy(dtype=str),
        bonus=units["bonus"].to_numpy(dtype=float),
        deductions=units["deductions"].to_numpy(dtype=float),
        published=units["total"].to_numpy(dtype=float),
        keys=tie_keys(units, grading),
        grading=grading,
        measurements=_measurements(scored, grid),
    )


def _measurements(scored: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "unit": pd.Index(grid.unit_ids).get_indexer(scored["unit_id"]),
            "indicator": pd.Index(grid.weights.indicator_ids).get_indexer(scored["indicator_id"]),
            "month": scored["period"].str.slice(5).astype(int).to_numpy(),
            "points": scored["points"].to_numpy(dtype=float),
            "denominator": scored["denominator"].to_numpy(dtype=float),
        }
    )
    in_year = scored["period"].isin(year_to_date(grid.period)).to_numpy()
    known = (rows["unit"] >= 0) & (rows["indicator"] >= 0) & rows["points"].notna()
    return rows[known & in_year].reset_index(drop=True)
