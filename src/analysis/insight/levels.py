"""Published figures of a scope by level, and the means over units with parts that add up (S4, S25)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.insight.scope import Scope, families_of, score_families
from analysis.insight.shapley import FACTORS, allot
from analysis.policy.models import Rounding
from analysis.scoring.rounding import publish

PARTS = (*FACTORS, "composition")
LIKE_FOR_LIKE = ("like_for_like_before", "like_for_like_after")


def level_rows(
    unit_ids: Sequence[str], level: str, ids: Sequence[str], grids: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return a row per unit × `level_id`, with each (U, L) grid as a column."""
    rows = {"unit_id": np.repeat(unit_ids, len(ids)), "level": level, "level_id": np.tile(ids, len(unit_ids))}
    return pd.DataFrame(rows | {name: np.ravel(grid) for name, grid in grids.items()})


def published_levels(scope: Scope, rounding: Rounding) -> pd.DataFrame:
    """Return the published score of each unit's total, channels and families.

    Args:
        scope: the scope.
        rounding: how scores are published.

    Returns:
        Columns unit_id, level, level_id, score, group; NaN where the unit has no data.
    """
    families = score_families(scope.weights_in_force, scope.points, scope.columns)
    levels = [
        ("total", [""], scope.units[["total"]].to_numpy(dtype=float)),
        ("channel", scope.weights.channel_ids, publish(scope.channel_scores, rounding)),
        ("family", families_of(scope.columns), publish(families, rounding)),
    ]
    rows = [level_rows(scope.units.index, level, ids, {"score": grid}) for level, ids, grid in levels]
    scores = pd.concat(rows)
    return scores.assign(group=scores["unit_id"].map(scope.units["group"]))


def average_levels(old: pd.DataFrame, rows: pd.DataFrame, rounding: Rounding) -> pd.DataFrame:
    """Return the means over units: of the district, its groups, and each channel and family of the district.

    A mean moves by its units' parts and by units that come or go (`composition`: assessed or measured in one of the
    two periods only, or counted in another group).

    Args:
        old: `published_levels` of before, perhaps without rows, of each `basis`.
        rows: the units' rows of `trends`, with `group`; they are the units of after.
        rounding: how scores are published.

    Returns:
        Rows of `trends` with an empty unit_id.
    """
    moved = ["change", *FACTORS, *LIKE_FOR_LIKE]
    shared = rows.assign(**{name: rows[name].where(rows["change"].notna()) for name in moved})
    means = _means(shared, ["after", "is_rule_changed", *moved]).rename(columns={"change": "shared_change"})
    means = means.join(_means(old, ["score"]).rename(columns={"score": "before"}))
    means["is_rule_changed"] = means["is_rule_changed"] > 0
    composition = (means["after"] - means["before"]) - means["shared_change"].fillna(0.0)
    exact = np.vstack([means[list(FACTORS)].fillna(0.0).to_numpy().T, composition.to_numpy()])
    for name in ("before", "after", *LIKE_FOR_LIKE):
        means[name] = publish(means[name].to_numpy(dtype=float), rounding)
    means["change"] = np.round(means["after"] - means["before"], rounding.decimals)
    means[list(PARTS)] = allot(exact, means["change"].to_numpy(dtype=float), rounding.decimals).T
    like_before, like_after = (means[name] for name in LIKE_FOR_LIKE)
    means["like_for_like_change"] = np.round(like_after - like_before, rounding.decimals)
    return means.drop(columns="shared_change").reset_index().assign(unit_id="")


def _means(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    totals = rows[rows["level"] == "total"]
    groups = totals.assign(level="group", level_id=totals["group"])
    means = [rows[rows["level"] != "total"], groups, totals.assign(level="district")]
    return pd.concat(means).groupby(["basis", "level", "level_id"])[columns].mean()
