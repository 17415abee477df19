"""Counts of a unit's own tickets, which are no secret from itself, and groups too small to be shown (S12, S23, S46)."""

from collections.abc import Collection

import pandas as pd

from analysis.report.words import DASH, percent

WITHHELD = "略"


def ticket_facts(row, hidden: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return what a unit is told of its tickets: (what, figure).

    Args:
        row: its row of `hotline_by_unit`.
        hidden: counts of which the district's are withheld, which the unit's own would bound (see `hidden_counts`).
    """
    facts = []
    pairs = (("按时办结", "n_on_time", "应办结", "n_due"), ("满意", "n_satisfied", "有效回访", "n_valid_call_backs"))
    for part_name, part, whole_name, whole in pairs:
        hits, cases = int(getattr(row, part)), int(getattr(row, whole))
        is_told = [whole not in hidden, part not in hidden, not {part, whole} & set(hidden)]
        told = [str(cases), str(hits), percent(hits / cases) if cases else DASH]
        names = (f"{whole_name}（件）", f"{part_name}（件）", f"{part_name}率")
        facts += [
            (name, figure if shown else WITHHELD) for name, figure, shown in zip(names, told, is_told, strict=True)
        ]
    singles = (
        ("重复诉求", "n_repeats", "n_received"),
        ("态度投诉", "n_attitude_complaints", "n_due"),
        ("超期未结", "n_overdue", "n_due"),
    )
    told = [(f"{name}（件）", WITHHELD if of in hidden else str(int(getattr(row, part)))) for name, part, of in singles]
    return facts + told


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
