"""One scope of one month, read back from the published score tables onto a grid of units × indicators (S10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.policy.base import CHANNELS
from analysis.policy.book import PolicyBook
from analysis.policy.errors import DataError
from analysis.policy.period import year_to_date

SCORE_TABLES = ("unit_scores", "channel_scores", "indicator_scores")


class Column(NamedTuple):
    """An indicator under one rule: another method, direction or channel is another column (R7, S25)."""

    indicator_id: str
    channel: str
    family: str
    rule: str


@dataclass(frozen=True)
class Scope:
    """What a published scope was made from: U units, I columns, C channels.

    Attributes:
        period: the scope's last month.
        units: rows of `unit_scores`, indexed by unit_id, sorted.
        columns: the I indicators, each under its rule.
        points: (U, I) points 0–100; NaN where there is no data.
        in_force: (U, I) whether the indicator is meant for the unit.
        indicator_weights: (U, I) policy weight within its channel in %, 0 where not in force.
        weights_in_force: (U, I) weight in the total in %, after redistribution (S11).
        channel_weights: (U, C) policy weight of the channels in %.
        channel_scores: (U, C) scores as the tables hold them.
    """

    period: str
    units: pd.DataFrame
    columns: list[Column]
    points: np.ndarray
    in_force: np.ndarray
    indicator_weights: np.ndarray
    weights_in_force: np.ndarray
    channel_weights: np.ndarray
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
    rules = _rules(book, indicators, [period] if scope == "month" else year_to_date(period))
    ids = [column.indicator_id for column in rules]
    channel_of = np.array([CHANNELS.index(column.channel) for column in rules])
    channel_weights, channel_scores = _grids(channels, "channel", ["policy_weight", "score"], units.index, CHANNELS)
    named = ["policy_weight", "weight", "score"]
    policy_weights, weights, points = _grids(indicators, "indicator_id", named, units.index, ids)
    of_channel = channel_weights[:, channel_of]
    # Where a channel weighs nothing, the shares within it cannot be seen in the tables; they count the same then.
    in_force = (policy_weights > 0) | (~np.isnan(policy_weights) & (of_channel == 0))
    shares = np.divide(100 * policy_weights, of_channel, out=np.ones_like(policy_weights), where=of_channel > 0)
    return Scope(
        period=period,
        units=units,
        columns=rules,
        points=np.where(in_force, points, np.nan),
        in_force=in_force,
        indicator_weights=np.where(in_force, shares, 0.0),
        weights_in_force=np.nan_to_num(weights),
        channel_weights=channel_weights,
        channel_scores=channel_scores,
    )


def _rows(tables: Mapping[str, pd.DataFrame], name: str, period: str, scope: str) -> pd.DataFrame:
    table = tables[name]
    rows = table[(table["period"] == period) & (table["scope"] == scope)]
    if rows.empty:
        raise DataError(f"{name} of {period}: no rows of scope {scope!r}; run `analysis run {period}` again")
    return rows


def _rules(book: PolicyBook, rows: pd.DataFrame, months: list[str]) -> list[Column]:
    known = rows.drop_duplicates("indicator_id").sort_values("indicator_id")
    return [
        Column(row.indicator_id, row.channel, row.family, _rule_text(book, row.indicator_id, months))
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


def _grids(
    rows: pd.DataFrame, key: str, values: list[str], unit_ids: pd.Index, names: Sequence[str]
) -> list[np.ndarray]:
    wide = rows.pivot(index="unit_id", columns=key, values=values).reindex(index=unit_ids)
    return [wide[value].reindex(columns=list(names)).to_numpy(dtype=float) for value in values]
