"""Ids of rules such as （R21、S27）: technical pages keep them, other readers have no list of them."""

import re
from functools import cache

from analysis.report.words import WORDS


def without_rule_marks(body: str) -> str:
    """Return the text of a page without ids of rules: what stands in brackets with them stays, an empty pair goes.

    `（R21、S27）` goes; `（S22，按工作日计）` becomes `（按工作日计）`; `（月度结果为暂定，S27）` loses its end, and
    `（按编号排列，R19；…）` its middle.
    """
    alone, first, last, between = _marks()
    return between.sub("", last.sub("）", first.sub("（", alone.sub("", body))))


@cache
def _marks() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a run of ids alone in its brackets, at their start, at their end and between others."""
    one = f"(?:{'|'.join(sorted(WORDS.rules, key=len, reverse=True))})"
    run = f"{one}(?:[、 –]{one})*"
    patterns = (f"（同?{run}）", f"（{run}[，：；]", f"[，；]{run}）", f"，{run}(?=；)")
    return tuple(map(re.compile, patterns))
