"""A figure of every month: how it changed, and which changes are usual (S25)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import shift
from analysis.report.page.pieces import Change, Kpi
from analysis.report.words import WORDS, more_or_fewer

# The bases of the first screen, and how many months back each looks.
MONTHS_BACK = {"mom": 1, "yoy": 12}


def monthly_changes(
    values: pd.Series,
    period: str,
    least_months: int,
    write: Callable[[float], str],
    by_chance: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Change, ...]:
    """Return how a figure changed since the month before and since the same month last year, where it had a value.

    Args:
        values: month → the figure.
        period: the month.
        least_months: from so many changes on record on, it is known which ones are usual.
        write: a change in words.
        by_chance: basis → the change that chance alone explains, where that is known: none within it has a colour.
    """
    found = {basis: _changes(values, months).get(period, np.nan) for basis, months in MONTHS_BACK.items()}
    return tuple(
        Change(
            WORDS.bases[basis] + write(change),
            change,
            float(np.fmax(usual_change(values, period, basis, least_months), by_chance.get(basis, np.nan))),
        )
        for basis, change in found.items()
        if pd.notna(change)
    )


def count_kpi(name: str, counts: pd.Series, policy: Policy, unit: str) -> Kpi:
    """Return the figure of a count that had better be small, with its changes and last year's.

    Args:
        name: what is counted.
        counts: month → how many, this month's among them.
        policy: the month's rules.
        unit: the measure word.
    """
    changes = monthly_changes(
        counts, policy.period, policy.trends.worsening.least_months, lambda change: more_or_fewer(change, unit)
    )
    last_year = counts.get(shift(policy.period, -MONTHS_BACK["yoy"]))
    note = "上年同期无数据" if last_year is None else f"上年同期{last_year:.0f}{unit}"
    return Kpi(name, f"{counts[policy.period]:.0f}", unit, changes, is_rise_good=False, note=note)


def usual_change(values: pd.Series, period: str, basis: str, least_months: int) -> float:
    """Return the change that half of the earlier months' changes do not exceed, NaN where too few are on record.

    Args:
        values: month → the figure.
        period: the month, whose own change is not among them.
        basis: `mom` or `yoy`.
        least_months: changes from which on it is known.
    """
    sizes = _changes(values, MONTHS_BACK[basis]).drop(period, errors="ignore").abs().dropna()
    return float(sizes.median()) if len(sizes) >= least_months else np.nan


def _changes(values: pd.Series, months: int) -> pd.Series:
    return values - values.reindex([shift(month, -months) for month in values.index]).to_numpy()
