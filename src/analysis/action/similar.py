"""Which problems of a unit say the same as an earlier one (R9: 问题重复出现频率高)."""

from collections import Counter

import pandas as pd

from analysis.policy.names import normalise_name


def similarity(first: str, second: str) -> float:
    """Return the share of letter pairs that two texts have in common (Dice), 0–1; texts without pairs must be equal.

    Two texts that say the same in other words are not found: the figure never decides more than a mark to look at.
    """
    one, other = _pairs(first), _pairs(second)
    total = one.total() + other.total()
    if not total:
        return float(normalise_name(first) == normalise_name(second) != "")
    return 2 * (one & other).total() / total


def _pairs(text: str) -> Counter[str]:
    plain = normalise_name(text)
    return Counter(plain[place : place + 2] for place in range(len(plain) - 1))


def find_repeats(items: pd.DataFrame, least: float) -> dict[str, str]:
    """Return item → the ids, separated by spaces, of the same unit's earlier items whose problem is similar.

    Args:
        items: item_id, unit_id, problem, found (YYYY-MM-DD), one row per item.
        least: similarity from which two problems count as the same.
    """
    repeats = {}
    for _, own in items.sort_values(["unit_id", "found", "item_id"]).groupby("unit_id", sort=False):
        rows = list(own[["item_id", "problem"]].itertuples(index=False, name=None))
        for place, (item_id, problem) in enumerate(rows):
            same = [earlier for earlier, text in rows[:place] if problem and similarity(text, problem) >= least]
            if same:
                repeats[item_id] = " ".join(same)
    return repeats
