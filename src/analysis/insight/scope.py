"""One scope of one month, read back from the published score tables onto a grid of units × indicators (S10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.policy.book import PolicyBook
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.period import scope_months
from analysis.scoring.grid import RAW, Grid, complete, lay_out
from analysis.scoring.weights import ScopeWeights, find_siblings

SCORE_TABLES = ("unit_scores", "channel_scores", "indicator_scores")
_MEASURED = (*RAW, "n_measurements", "first_period", "status", "credibility")


class Column(NamedTuple):
    """An indicator under one rule: another method, direction or channel is another column (R7, S25)."""

    indicator_id: str
    channel: str
    family: str
    rule: str
    parent: str = ""


@dataclass(frozen=True)
class Scope(Grid):
    """A published scope: its grid, with the I indicators each under its rule, and what the tables say of the units.

    Attributes:
        units: rows of `unit_scores`, indexed by unit_id, sorted.
        columns: the I indicators.
        weights_in_force: (U, I) weight in the total in %, after redistribution (S11).
        channel_scores: (U, C) scores.
    """

    units: pd.DataFrame
    columns: list[Column]
    weights_in_force: np.ndarray
    channel_scores: np.ndarray


def families_of(columns: list[Column]) -> list[str]:
    """Return the families of the columns, sorted."""
    return sorted({column.family for column in columns})


def score_families(weights: np.ndarray, points: np.ndarray, columns: list[Column]) -> np.ndarray:
    """Return the score of each family: the mean of its indicators' points under their weights in the total.

    Args:
        weights: (…, I) weights in force in the total, 0 where there is no data.
        points: (…, I) points 0–100, NaN where there is no data.
        columns: the I columns.

    Returns:
        (…, F) in the order of `families_of`; NaN where the family has no data.
    """
    members = np.array(
        [[column.family == family for column in columns] for family in families_of(columns)], dtype=float
    )
    sums = weights @ members.T
    scores = (weights * np.nan_to_num(points)) @ members.T
    return np.divide(scores, sums, out=np.full_like(scores, np.nan), where=sums > 0)


def read_scope(book: PolicyBook, tables: Mapping[str, pd.DataFrame], period: str, scope: str) -> Scope:
    """Return the scope of a month from its score tables; weights are those that were used, not those of today (R7).

    Args:
        book: the policy, for the rule of each indicator.
        tables: `unit_scores`, `channel_scores`, `indicator_scores` of the month.
        period: the month.
        scope: `month` or `ytd`.

    Raises:
        DataError: the tables do not hold this scope.
    """
    units, channels, indicators = (_rows(tables, name, period, scope) for name in SCORE_TABLES)
    units = units.set_index("unit_id").sort_index()
    indicators = complete(indicators)
    rules = _rules(book, indicators, scope_months(period, scope))
    ids = [column.indicator_id for column in rules]
    present = set(channels["channel"])
    channel_ids = [channel.id for channel in book.weights.channels if channel.id in present]
    channel_of = np.array([channel_ids.index(column.channel) for column in rules])
    by_channel = lay_out(channels, units.index, "channel", channel_ids, ["policy_weight", "score"])
    grids = lay_out(indicators, units.index, "indicator_id", ids, [*_MEASURED, "policy_weight", "weight", "score"])
    policy_weights, of_channel = grids.pop("policy_weight"), by_channel["policy_weight"][:, channel_of]
    # Where a channel weighs nothing, the shares within it cannot be seen in the tables; they count the same then.
    in_force = (policy_weights > 0) | (~np.isnan(policy_weights) & (of_channel == 0))
    shares = np.divide(100 * policy_weights, of_channel, out=np.ones_like(policy_weights), where=of_channel > 0)
    within, siblings = np.where(in_force, shares, 0.0), find_siblings([column.parent for column in rules])
    return Scope(
        period=period,
        scope=scope,
        unit_ids=units.index.tolist(),
        weights=ScopeWeights(ids, channel_ids, channel_of, within, by_channel["policy_weight"], siblings),
        points=np.where(in_force, grids.pop("score"), np.nan),
        units=units,
        columns=rules,
        weights_in_force=np.nan_to_num(grids.pop("weight")),
        channel_scores=by_channel["score"],
        credibility=np.nan_to_num(grids.pop("credibility"), nan=1.0),
        **grids,
    )


def _rows(tables: Mapping[str, pd.DataFrame], name: str, period: str, scope: str) -> pd.DataFrame:
    table = tables[name]
    rows = table[(table["period"] == period) & (table["scope"] == scope)]
    if rows.empty:
        told = say("{name} of {period}: no rows of scope {scope!r}; run `analysis run {period}` again")
        raise DataError(told.format(name=name, period=period, scope=scope))
    return rows


def _rules(book: PolicyBook, rows: pd.DataFrame, months: list[str]) -> list[Column]:
    known = rows.drop_duplicates("indicator_id").sort_values("indicator_id")
    parent_of = {indicator.id: indicator.parent or "" for indicator in book.indicators.indicators}
    return [
        Column(
            row.indicator_id,
            row.channel,
            row.family,
            _rule_text(book, row.indicator_id, months),
            parent_of.get(row.indicator_id, ""),
        )
        for row in known.itertuples()
    ]


def _rule_text(book: PolicyBook, indicator_id: str, months: list[str]) -> str:
    held = [
        indicator
        for indicator in book.indicators.indicators
        if indicator.id == indicator_id and any(indicator.holds_in(month) for month in months)
    ]
    texts = (f"{i.channel} {i.direction} {i.method.model_dump_json()}" for i in held)
    return "; ".join(dict.fromkeys(texts))
