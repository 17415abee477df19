"""Enough cases: a month's few cases of a rate are filled up from the months before (S30)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.period import shift

# What `count_cases` takes and returns of each unit (U,).
COUNTED = ("value", "numerator", "denominator", "n_measurements", "first_period", "status", "credibility")


def count_cases(
    own: Mapping[str, np.ndarray],
    indicator: Indicator,
    policy: Policy,
    rows: pd.DataFrame,
    labels: Sequence[str],
) -> dict[str, np.ndarray]:
    """Return the cases that a rate scores on: the scope's own, filled up from months before it where they are few.

    Args:
        own: the columns `COUNTED` (U,) of the scope itself.
        indicator: the rate, with its `minimum_cases`, `fill_cases` and `full_cases`.
        policy: the rules of the scope's last month; its units are the U.
        rows: measurements of the indicator.
        labels: the scope's first month, then the months that may fill up, the nearest first.

    Returns:
        The columns `COUNTED`. With too few cases the status is `too_few_cases` and the first period is that of the
        earliest month looked at; without any it is `not_applicable`.
    """
    # Counted from tickets and items, not applicable means none; a cell that says so is not filled up (S11).
    none_counts = indicator.data.measure is not None
    is_counted = (own["status"] == "ok") | ((own["status"] == "not_applicable") & none_counts)
    before = lay_out_cases(rows, policy, labels[1:])
    numerators, denominators = (
        np.concatenate([np.nan_to_num(own[name])[None], earlier])
        for name, earlier in zip(("numerator", "denominator"), before, strict=True)
    )
    hits, cases = fill_up(numerators, denominators, indicator.fill_cases or indicator.minimum_cases)
    n_hits, n_cases = (np.cumsum(found, axis=0)[-1] for found in (hits, cases))
    is_enough, is_used = n_cases >= indicator.minimum_cases, cases[1:] > 0
    furthest = (is_used * np.arange(1, len(labels))[:, None]).max(axis=0, initial=0)
    month = np.array(labels, dtype=object)
    used = {
        "value": np.divide(n_hits, n_cases, out=np.full(len(n_cases), np.nan), where=n_cases > 0),
        "numerator": n_hits,
        "denominator": n_cases,
        "n_measurements": np.where(is_enough, own["n_measurements"] + is_used.sum(axis=0), 0),
        "first_period": np.select([~is_enough, furthest > 0], [month[-1], month[furthest]], own["first_period"]),
        "status": np.select([is_enough, n_cases > 0], ["ok", "too_few_cases"], "not_applicable"),
        "credibility": indicator.credibility(denominators.sum(axis=0)),
    }
    return {name: np.where(is_counted, used[name], own[name]) for name in COUNTED}


def fill_up(numerators: np.ndarray, denominators: np.ndarray, minimum: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a rate's counts with the months before filling up to a minimum, each with the weight still needed.

    9 of 9 now and 20 of 40 the month before make 9.5 of 10. Enough cases of its own stay alone.

    Args:
        numerators: (M, U) of the month itself, then of those before it, the nearest first; 0 where there are none.
        denominators: (M, U) alike.
        minimum: the cases wanted.

    Returns:
        Numerators and denominators (M, U) that count; a numerator may be fractional.
    """
    needed = np.maximum(minimum - (np.cumsum(denominators, axis=0) - denominators), 0)
    needed[0] = np.inf
    taken = np.minimum(denominators, needed)
    return numerators * taken / np.where(denominators > 0, denominators, 1), taken


def earlier_months(indicator: Indicator, policies: Mapping[str, Policy], period: str) -> list[str]:
    """Return the months whose cases may fill up, the nearest first: they end where the indicator's rule was another."""
    months = []
    for back in range(1, (indicator.fill_months or 0) + 1):
        month = shift(period, -back)
        if month not in policies or not indicator.counts_like(policies[month].indicator_by_id.get(indicator.id)):
            break
        months.append(month)
    return months


def lay_out_cases(rows: pd.DataFrame, policy: Policy, months: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return an indicator's numerators and denominators (M, U), a merged unit's cases under its successor (S9).

    Args:
        rows: measurements of the indicator.
        policy: the rules of the scope's month; its units are the U.
        months: the M months.
    """
    heirs = rows["unit_id"].map(policy.heir_of)
    places = np.stack([pd.Index(months).get_indexer(rows["period"]), pd.Index(policy.unit_ids).get_indexer(heirs)])
    counts = rows[["numerator", "denominator"]].to_numpy(dtype=float).T
    is_known = (places >= 0).all(axis=0) & (rows["status"] == "ok").to_numpy() & ~np.isnan(counts).any(axis=0)
    found = np.zeros((2, len(months), len(policy.unit_ids)))
    for grid, count in zip(found, counts, strict=True):
        np.add.at(grid, tuple(places[:, is_known]), count[is_known])
    return found[0], found[1]
