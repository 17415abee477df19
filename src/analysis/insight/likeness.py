"""Units whose points are another unit's (S34): a row copied by mistake looks so; asked about, never corrected.

Were each indicator's points dealt to units at random, another unit would have a unit's points there with a probability
f, the share of the others who have them: full marks, which many have, tell little, a rate to the last digit much. For
any set of indicators in which two units agree, chance brings agreement as rare with a probability of at most
∏ f over these × ∏ (2 − f) over all that both have (Markov's inequality on 1 / ∏ f).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

MEASURE = "same_values"


def find_alike(scores: pd.DataFrame, unit_ids: Sequence[str]) -> pd.DataFrame:
    """Return for each unit the other one whose points are most surprisingly the same, and how likely chance has it so.

    Args:
        scores: table `indicator_scores` of one month; rows of other scopes and without own points are left out.
        unit_ids: units that are compared, each with every other.

    Returns:
        unit_id, measure, other_unit_id, n_events (equal indicators), n_cases (indicators that both have), share_pct,
        n_expected (equal by chance), group_share_pct (the same as a share, %) and p_value: the bound above, times the
        N − 1 units with which each is compared. Units that share no indicator with any other are left out.
    """
    points = _own_points(scores, unit_ids)
    n = len(points)
    equal, shared, expected, log_p = np.zeros((4, n, n))
    for values in points.to_numpy(dtype=float).T:
        is_known = ~np.isnan(values)
        both = np.outer(is_known, is_known) & ~np.eye(n, dtype=bool)
        same = both & (values[:, None] == values)
        chance = (same.sum(axis=1) / np.maximum(1, both.sum(axis=1)))[:, None]
        equal += same
        shared += both
        expected += both * chance
        log_p += both * np.log(2 - chance) + same * np.log(np.where(chance > 0, chance, 1))
    log_p[shared == 0] = np.inf
    units = np.flatnonzero((shared > 0).any(axis=1))
    others = log_p[units].argmin(axis=1) if len(units) else units
    events, cases, by_chance = (matrix[units, others] for matrix in (equal, shared, expected))
    return pd.DataFrame(
        {
            "unit_id": points.index[units],
            "measure": MEASURE,
            "other_unit_id": points.index[others],
            "n_events": events.astype(int),
            "n_cases": cases.astype(int),
            "share_pct": 100 * events / cases,
            "n_expected": by_chance,
            "group_share_pct": 100 * by_chance / cases,
            "p_value": np.exp(np.minimum(0, log_p[units, others] + np.log(max(1, n - 1)))),
        }
    )


def same_indicators(scores: pd.DataFrame, unit_id: str, other_unit_id: str) -> list[str]:
    """Return in which indicators two units' points are the same; arguments as for `find_alike`."""
    points = _own_points(scores, [unit_id, other_unit_id]).reindex([unit_id, other_unit_id])
    return points.columns[points.iloc[0] == points.iloc[1]].tolist()  # what is missing equals nothing


def _own_points(scores: pd.DataFrame, unit_ids: Sequence[str]) -> pd.DataFrame:
    """Return the units' own points of the month, an indicator a column."""
    rows = scores[(scores["scope"] == "month") & (scores["status"] == "ok") & scores["unit_id"].isin(list(unit_ids))]
    return rows.pivot(index="unit_id", columns="indicator_id", values="score").round(9)  # the grain of points (S4)
