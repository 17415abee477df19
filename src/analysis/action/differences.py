"""Who differs between two results of a month: revisions, a draft and its final year, a what-if (S21)."""

import pandas as pd

from analysis.policy.models import Grading
from analysis.scoring.tiers import mark_interview

# What is compared; `is_interview` is the consequence: bottom places or a tier (R21), a warning in a month (S27).
FIGURES = ("total", "rank", "tier", "is_bottom_five", "is_interview")


def list_differences(
    before: pd.DataFrame, after: pd.DataFrame, grading: Grading, new_grading: Grading | None = None
) -> pd.DataFrame:
    """Return the units that differ in any of FIGURES: the one corrected, and all that move with it.

    Args:
        before: `unit_scores` as they are.
        after: `unit_scores` as they come out otherwise.
        grading: the rules of the month, which say who is interviewed.
        new_grading: those of `after`, where they are others.

    Returns:
        A row per scope and unit, by scope and new rank: scope, unit_id, and each figure with `_before` and `_after`;
        missing where the unit is in one result only.
    """
    old, new = _figures(before, grading), _figures(after, new_grading or grading)
    both = old.merge(new, on=["scope", "unit_id"], how="outer", suffixes=("_before", "_after"))
    columns = [[f"{figure}_{side}" for figure in FIGURES] for side in ("before", "after")]
    old, new = (both[side].astype(object).set_axis(FIGURES, axis=1).fillna("") for side in columns)
    moved = both[(old != new).any(axis=1)].sort_values(["scope", "rank_after", "unit_id"], ignore_index=True)
    return moved[["scope", "unit_id", *(f"{figure}_{side}" for figure in FIGURES for side in ("before", "after"))]]


def _figures(units: pd.DataFrame, grading: Grading) -> pd.DataFrame:
    return units.assign(is_interview=mark_interview(units, grading))[["scope", "unit_id", *FIGURES]]
