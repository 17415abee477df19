"""What differs between two revisions of a month, unit by unit (S21)."""

import pandas as pd

_COMPARED = ("total", "rank", "tier", "is_bottom_five")


def list_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the units whose score, rank, tier or bottom-five mark differs: the one corrected, and who else moves.

    Args:
        before: `unit_scores` of the earlier revision.
        after: `unit_scores` of the later one.

    Returns:
        A row per scope and unit: scope, unit_id, and `<name>_before`, `<name>_after` of total, rank, tier,
        is_bottom_five; missing where the unit is in one revision only.
    """
    key = ["scope", "unit_id"]
    sides = [frame[[*key, *_COMPARED]].set_index(key) for frame in (before, after)]
    both = sides[0].join(sides[1], how="outer", suffixes=("_before", "_after")).sort_index()
    moved = pd.Series(False, index=both.index)
    for name in _COMPARED:
        first, second = both[f"{name}_before"].astype(object), both[f"{name}_after"].astype(object)
        moved |= ~((first == second) | (first.isna() & second.isna())).fillna(False).astype(bool)
    columns = [f"{name}_{side}" for name in _COMPARED for side in ("before", "after")]
    return both.loc[moved, columns].reset_index()
