"""Why each unit's figures moved between two scopes, as rows of the tables `trends` and `change_parts` (S25)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.insight.change import (
    Comparison,
    Figures,
    check_reproduces,
    compare,
    evaluate,
    evaluate_like_for_like,
    find_rule_changes,
)
from analysis.insight.levels import LIKE_FOR_LIKE, level_rows
from analysis.insight.scope import Scope, families_of
from analysis.insight.shapley import FACTORS, allot, split_change
from analysis.policy.models import Rounding
from analysis.scoring.rounding import publish


class Explanation(NamedTuple):
    """Why the units assessed in both periods moved.

    Attributes:
        by_level: a row per unit, level and level_id: published parts (FACTORS) that add up to the published change,
            is_rule_changed, like_for_like_before, like_for_like_after.
        by_indicator: a row per unit and indicator that moved its total: published parts and their sum `change`.
    """

    by_level: pd.DataFrame
    by_indicator: pd.DataFrame


_NUMBERS = (*FACTORS, *LIKE_FOR_LIKE)
NO_EXPLANATION = Explanation(
    pd.DataFrame(
        {name: pd.Series(dtype="str") for name in ("unit_id", "level", "level_id")}
        | {name: pd.Series(dtype="float64") for name in _NUMBERS}
        | {"is_rule_changed": pd.Series(dtype="bool")}
    ),
    pd.DataFrame(
        {name: pd.Series(dtype="str") for name in ("unit_id", "channel", "indicator_id")}
        | {name: pd.Series(dtype="float64") for name in (*FACTORS, "change")}
    ),
)


def explain_change(before: Scope, after: Scope, rounding: Rounding) -> Explanation:
    """Split the change of every total, channel and family, order-free, to the published digit.

    Raises:
        DataError: the score tables of a month disagree with each other.
    """
    pair = compare(before, after)
    mixed, alike, rules = evaluate(pair), evaluate_like_for_like(pair), find_rule_changes(pair)
    check_reproduces(pair, mixed, before, after)
    levels = [
        ("total", [""], mixed.totals[..., None], alike.totals[..., None], rules.total[:, None]),
        ("channel", pair.channel_ids, mixed.channels, alike.channels, rules.channels),
        ("family", families_of(pair.columns), mixed.families, alike.families, rules.families),
    ]
    rows = [_rows_of_level(pair, *level, rounding) for level in levels]
    return Explanation(pd.concat(rows), _rows_of_indicators(pair, mixed, rounding))


def _rows_of_level(
    pair: Comparison, level: str, ids: list, mixed: np.ndarray, alike: np.ndarray, rules: np.ndarray, rounding: Rounding
) -> pd.DataFrame:
    grids = dict(zip(FACTORS, _published_parts(mixed, rounding), strict=True))
    grids |= dict(zip(LIKE_FOR_LIKE, publish(alike, rounding), strict=True))
    return level_rows(pair.unit_ids, level, ids, grids | {"is_rule_changed": rules})


def _published_parts(mixed: np.ndarray, rounding: Rounding) -> np.ndarray:
    change = np.round(np.diff(publish(mixed[[0, -1]], rounding), axis=0)[0], rounding.decimals)
    return allot(split_change(mixed), change, rounding.decimals)


def _rows_of_indicators(pair: Comparison, mixed: Figures, rounding: Rounding) -> pd.DataFrame:
    factors = _published_parts(mixed.totals, rounding)
    exact = split_change(mixed.contributions)
    parts = np.stack(
        [allot(part.T, total, rounding.decimals).T for part, total in zip(exact, factors, strict=True)], axis=-1
    )
    # An indicator whose rule changed has a column for each rule; it is one row.
    names = [*dict.fromkeys((column.channel, column.indicator_id) for column in pair.columns), ("", "")]
    place_of = [names.index((column.channel, column.indicator_id)) for column in pair.columns] + [len(names) - 1]
    summed = np.zeros((len(pair.unit_ids), len(names), len(FACTORS)))
    np.add.at(summed, (slice(None), place_of), parts)
    summed = np.round(summed, rounding.decimals)
    units, places = np.nonzero((summed != 0).any(axis=-1))
    keys = [np.array(column, dtype=object)[places] for column in zip(*names, strict=True)]
    rows = pd.DataFrame(summed[units, places], columns=list(FACTORS)).assign(
        unit_id=np.array(pair.unit_ids, dtype=object)[units], channel=keys[0], indicator_id=keys[1]
    )
    return rows.assign(change=rows[list(FACTORS)].sum(axis=1).round(rounding.decimals))
