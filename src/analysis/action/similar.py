"""Which problems of a unit say the same as an earlier one (R9: 问题重复出现频率高)."""

from collections import Counter, defaultdict

import pandas as pd

from analysis.policy.names import normalise_name


def similarity(first: str, second: str) -> float:
    """Return the share of letter pairs that two texts have in common (Dice), 0–1; a single letter stands for itself.

    Two texts that say the same in other words are not found: the figure never decides more than a mark to look at.
    """
    return _dice(_pairs(first), _pairs(second))


def _pairs(text: str) -> Counter[str]:
    plain = normalise_name(text)
    return Counter(plain[place : place + 2] for place in range(max(1, len(plain) - 1)) if plain)


def _dice(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def find_repeats(items: pd.DataFrame, least: float) -> dict[str, str]:
    """Return item → the ids, separated by spaces, of the same unit's earlier items whose problem is similar.

    Args:
        items: item_id, unit_id, problem, found (YYYY-MM-DD), one row per item.
        least: similarity from which two problems count as the same.
    """
    repeats = {}
    earlier: dict[str, list[tuple[str, Counter[str]]]] = defaultdict(list)
    rows = items.sort_values(["found", "item_id"])[["item_id", "unit_id", "problem"]]
    for item_id, unit_id, problem in rows.itertuples(index=False, name=None):
        pairs = _pairs(problem)
        same = [known for known, others in earlier[unit_id] if _dice(others, pairs) >= least]
        if same:
            repeats[item_id] = " ".join(same)
        earlier[unit_id].append((item_id, pairs))
    return repeats
