"""Dated lists of `params/`: which entry is in force in a month, and whether two claim the same month (R7)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from operator import is_not
from typing import TypeVar

from pydantic import BaseModel

from analysis.policy.base import Dated
from analysis.policy.errors import PolicyError
from analysis.policy.messages import say

D = TypeVar("D", bound=Dated)
T = TypeVar("T")


def in_force(entries: Iterable[D], period: str, where: str) -> D:
    """Return the entry in force in the month `period`; `where` names the list in errors.

    Raises:
        PolicyError: none is.
    """
    for entry in entries:
        if entry.holds_in(period):
            return entry
    told = say("params/{where}: no entry holds in {period}; add one whose `from` is not later")
    raise PolicyError(told.format(where=where, period=period))


def as_known_in(rules: T, period: str) -> T:
    """Return rules as a month knows them: nothing that begins after it, and no end that it does not see (S39).

    Args:
        rules: a model, or anything that it holds; what has no dates is returned as it is.
        period: the month.
    """
    if isinstance(rules, tuple):
        kept = [each for each in rules if not (isinstance(each, Dated) and each.from_ > period)]
        known = tuple(as_known_in(each, period) for each in kept)
        return known if len(known) < len(rules) or any(map(is_not, known, rules)) else rules
    if not isinstance(rules, BaseModel):
        return rules
    parts = {name: getattr(rules, name) for name in type(rules).model_fields}
    changes = {name: known for name, part in parts.items() if (known := as_known_in(part, period)) is not part}
    if isinstance(rules, Dated) and rules.to is not None and rules.to >= period:
        changes |= {name: None for name in ("to", "merged_into") if name in parts}
    return rules.model_copy(update=changes) if changes else rules


def find_overlaps(where: str, content: object) -> Iterator[str]:
    """Yield a fault for each two entries of a dated list, anywhere in `content`, on one subject in one month."""
    if isinstance(content, BaseModel):
        for name in type(content).model_fields:
            yield from find_overlaps(f"{where}: {name}", getattr(content, name))
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from find_overlaps(f"{where}: {key}", value)
    elif isinstance(content, tuple):
        yield from _overlaps_of_list(where, [entry for entry in content if isinstance(entry, Dated)])
        for number, entry in enumerate(content, start=1):
            yield from find_overlaps(f"{where}.{number}", entry)


def _overlaps_of_list(where: str, entries: Iterable[Dated]) -> Iterator[str]:
    by_subject: dict[str, list[Dated]] = {}
    for entry in entries:
        by_subject.setdefault(entry.subject, []).append(entry)
    for subject, versions in by_subject.items():
        for earlier, later in pairwise(sorted(versions, key=lambda entry: entry.from_)):
            if earlier.to is None or earlier.to >= later.from_:
                place = f"{where}: {subject}" if subject else where
                yield say("{place}: the entry from {first} reaches into that from {first_2}; set its `to`").format(
                    place=place, first=earlier.from_, first_2=later.from_
                )
