"""What differs between two revisions of a month, as lines to print (S21)."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis.report.words import DASH, SCOPES, score

_SAID: dict[str, Callable[[Any, Mapping[str, str]], str]] = {
    "total": lambda value, names: score(value),
    "rank": lambda value, names: f"第{int(value)}名",
    "tier": lambda value, names: names.get(value, DASH),
    "is_bottom_five": lambda value, names: "后五名" if value else "不在后五名",
}


def difference_lines(differences: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return a line per scope and unit: its score, rank, tier and bottom-five mark before → after.

    Args:
        differences: what `list_differences` returns, sorted by scope and unit.
        names: id → Chinese name of units and tiers.
    """
    return [_line(row, names) for row in differences.itertuples()]


def _line(row: Any, names: Mapping[str, str]) -> str:
    pairs = []
    for name, say in _SAID.items():
        before, after = (getattr(row, f"{name}_{side}") for side in ("before", "after"))
        words = [DASH if pd.isna(value) else say(value, names) for value in (before, after)]
        pairs.append(" → ".join(dict.fromkeys(words)))
    return "  ".join([SCOPES[row.scope], row.unit_id, names.get(row.unit_id, row.unit_id), *pairs])
