"""What the certainty of a scope starts from: the published scores and the months behind them, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.models import Grading
from analysis.scoring.grid import Grid, months_of, read_grid
from analysis.scoring.units import tie_keys

# What is read of `indicator_scores`, and what it is called here.
HISTORY_COLUMNS = ("period", "scope", "unit_id", "indicator_id", "score", "numerator", "denominator")
_OF_A_MONTH = {"points": "score", "numerator": "numerator", "denominator": "denominator"}


@dataclass(frozen=True)
class ScopeInputs(Grid):
    """A scored scope of U units over I indicators: its grid, the published totals, and the months behind them.

    Attributes:
        indicators: the I indicators, in the order of `weights.indicator_ids`.
        group: (U,) the units' groups.
        bonus: (U,) capped.
        deductions: (U,).
        published: (U,) totals, NaN where a unit has none.
        keys: (U, K) of ties (S6).
        grading: the rules in force.
        months: points, numerator, denominator → (M, U, I) of each month by itself, the scope's last month last.
        scope_months: how many of the M months the scope holds.
        visits: one row per mark of a visit or task; columns unit, indicator (their places), visit, points.
    """

    indicators: tuple[Indicator, ...]
    group: np.ndarray
    bonus: np.ndarray
    deductions: np.ndarray
    published: np.ndarray
    keys: np.ndarray
    grading: Grading
    months: Mapping[str, np.ndarray]
    scope_months: int
    visits: pd.DataFrame

    def places_of(self, sheets: tuple[str, ...]) -> list[int]:
        """Return the places of the indicators delivered in `sheets`."""
        return [place for place, indicator in enumerate(self.indicators) if indicator.data.sheet in sheets]

    def weights_in_force(self) -> np.ndarray:
        """Return the weight (U, I) of each indicator in the total after redistribution, as a share of 1."""
        return self.aggregate().indicator_weights / 100


def scope_inputs(
    policies: Mapping[str, Policy],
    scored: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    period: str,
    scope: str,
    history: pd.DataFrame,
) -> ScopeInputs:
    """Return what the certainty of a scope starts from.

    Args:
        policies: month → rules, for each of `PolicyBook.months_that_score`.
        scored: measurements of those months with `points` (see `score_measurements`).
        tables: `indicator_scores` and `unit_scores` of the scope's last month.
        period: that month.
        scope: its name in `SCOPES`.
        history: `indicator_scores` of consecutive months by themselves, the scope's last month the last.
    """
    own = {name: table[table["scope"] == scope] for name, table in tables.items()}
    grid, grading = read_grid(policies, own["indicator_scores"], period, scope), policies[period].grading
    units = own["unit_scores"].set_index("unit_id").loc[grid.unit_ids]
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
        months=_lay_out_months(history, grid),
        scope_months=len(months_of(policies, grid.period, grid.scope)),
        visits=_visits(scored, grid),
    )


def _lay_out_months(history: pd.DataFrame, grid: Grid) -> dict[str, np.ndarray]:
    periods = history["period"].unique()
    shape = (len(periods), len(grid.unit_ids), len(grid.weights.indicator_ids))
    at = (pd.Index(periods).get_indexer(history["period"]), *_cell(history, grid))
    inside = (at[1] >= 0) & (at[2] >= 0)
    found = {}
    for name, column in _OF_A_MONTH.items():
        found[name] = np.full(shape, np.nan)
        found[name][tuple(axis[inside] for axis in at)] = history.loc[inside, column]
    return found


def _visits(scored: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    unit, place = _cell(scored, grid)
    inside = (unit >= 0) & (place >= 0) & (scored["item_id"] != "").to_numpy() & scored["points"].notna().to_numpy()
    rows = {"unit": unit, "indicator": place, "visit": scored["item_id"], "points": scored["points"]}
    return pd.DataFrame(rows)[inside].drop_duplicates(["unit", "indicator", "visit"], keep="last")


def _cell(rows: pd.DataFrame, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    units, places = pd.Index(grid.unit_ids), pd.Index(grid.weights.indicator_ids)
    return units.get_indexer(rows["unit_id"]), places.get_indexer(rows["indicator_id"])
