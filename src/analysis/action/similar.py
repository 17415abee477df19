"""Which problems of a unit say the same as an earlier one (R9: 问题重复出现频率高)."""

from collections import Counter, defaultdict
from collections.abc import Collection

import pandas as pd

from analysis.policy.consequences import LedgerRules
from analysis.policy.names import normalise_name
from analysis.policy.period import shift

COMPARED = ("item_id", "unit_id", "problem", "found")


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


def repeated_since(found: str, months: int) -> str:
    """Return from which day on an earlier problem is repeated by one found on a day: so many months before it.

    Days compare as text: of a day that its month lacks, those from the next month's first on are later.
    """
    return shift(found[:7], -months) + found[7:]


def find_repeats(items: pd.DataFrame, of: Collection[str], rules: LedgerRules) -> dict[str, str]:
    """Return item → the ids, separated by spaces, of the same unit's items of the same problem found before it (R9).

    How far back is counted from the item's own day, so that an item says the same in every month that shows it.

    Args:
        items: the columns `COMPARED`, found as YYYY-MM-DD, one row per item.
        of: items for which repeats are looked for.
        rules: how many months back they are looked for, and the similarity from which two problems are the same.
    """
    repeats = {}
    earlier: dict[str, list[tuple[str, str, Counter[str]]]] = defaultdict(list)
    rows = items.sort_values(["found", "item_id"])[list(COMPARED)]
    for item_id, unit_id, problem, found in rows.itertuples(index=False, name=None):
        pairs, since = _pairs(problem), repeated_since(found, rules.repeat_months)
        if item_id in of:
            known = [(other, others) for other, day, others in earlier[unit_id] if day >= since]
            same = [other for other, others in known if _dice(others, pairs) >= rules.repeat_similarity]
            repeats |= {item_id: " ".join(same)} if same else {}
        earlier[unit_id].append((item_id, found, pairs))
    return repeats
