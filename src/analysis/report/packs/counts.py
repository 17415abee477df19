"""Small counts of tickets are not shown, nor what they could be worked out from (S12, S23)."""

from collections.abc import Mapping

import pandas as pd

from analysis.report.words import percent

WITHHELD = "略"


def is_small(count: int, small: int) -> bool:
    """Tell whether a count points to single people: 1 to one below `small`."""
    return 0 < count < small


def shown_count(count: int, small: int) -> str:
    """Return a count, or that it is below `small`."""
    return f"不足{small}" if is_small(count, small) else str(count)


def shown_share(part: int, whole: int, small: int) -> tuple[str, str, str]:
    """Return part, whole and rate as text; all three are withheld where the part or the rest is small.

    A whole that stayed would give the part away together with a published rate or score.
    """
    if not whole:
        return "0", "0", "—"
    if is_small(part, small) or is_small(whole - part, small):
        return WITHHELD, WITHHELD, WITHHELD
    return str(part), str(whole), percent(part / whole)


def ticket_facts(row: Mapping | None, small: int) -> list[tuple[str, str]]:
    """Return what is told of a unit's tickets: (what, figure).

    Args:
        row: its row of `hotline_by_unit`, None where there is none.
        small: counts from 1 to one below this are withheld.
    """
    if row is None:
        return []
    facts = []
    pairs = (("按时办结", "n_on_time", "应办结", "n_due"), ("满意", "n_satisfied", "有效回访", "n_valid_call_backs"))
    for part_name, part, whole_name, whole in pairs:
        shown = shown_share(int(row[part]), int(row[whole]), small)
        facts += [(f"{whole_name}（件）", shown[1]), (f"{part_name}（件）", shown[0]), (f"{part_name}率", shown[2])]
    # These are parts of nothing that is shown, so that withholding each is enough.
    singles = {"重复诉求（件）": "n_repeats", "态度投诉（件）": "n_attitude_complaints", "超期未结（件）": "n_overdue"}
    facts += [(name, shown_count(int(row[column]), small)) for name, column in singles.items()]
    return facts


def merge_small_groups(sizes: pd.Series, minimum: int) -> list[list[str]]:
    """Return groups in their order, small ones joined to one another until each part has `minimum` units.

    A part that is still too small takes the smallest other in, so that no group's figure follows from the total's.

    Args:
        sizes: group → number of units.
        minimum: units that a shown group has at least.
    """
    parts = [[group] for group in sizes.index if sizes[group] >= minimum]
    small = [group for group in sizes.index if sizes[group] < minimum]
    if small and sizes[small].sum() < minimum and parts:
        smallest = min(parts, key=lambda part: (sizes[part].sum(), part))
        parts = [part for part in parts if part is not smallest]
        small = [*smallest, *small]
    return [*parts, small] if small else parts
