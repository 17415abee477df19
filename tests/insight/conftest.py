"""A hand-made district whose marks a test sets one by one, scored by the project's own rules."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.insight.trends import periods_needed
from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.models import Units
from analysis.policy.period import year_to_date
from analysis.scoring.score_tables import score_month

from ..rows import table_of

ROOT = Path(__file__).resolve().parents[2]
DISTRICT_UNITS = ("D01", "D02", "D03", "D21", "D45", "D68", "T01", "T02")
Points = Callable[[str, str, str], float]


@pytest.fixture(scope="session")
def book() -> PolicyBook:
    """The project's policy from 2024-01 for eight of its units; D68 is merged into D21 after 2024-06."""
    whole = load_policy(ROOT)
    few = tuple(unit for unit in whole.units.units if unit.id in DISTRICT_UNITS)
    return starting(replace(whole, units=Units(groups=whole.units.groups, units=few)), "2024-01")


def certainty(units, scope="month", points=1.0, visits=0.0, degrees=1e6, tail=200.0, correlation=0.0):
    """Rows of `certainty` of one scope, as far as trends read them; each value may be one for each unit."""
    columns = {"months_points": points, "visits_points": visits, "months_degrees": degrees, "months_tail": tail}
    return pd.DataFrame({"scope": scope, "unit_id": units, "months_correlation": correlation} | columns)


def starting(book: PolicyBook, start: str) -> PolicyBook:
    """The same policy in a district whose first month is `start`."""
    return replace(book, district=book.district.model_copy(update={"start": start}))


def measure(book: PolicyBook, period: str, points: Points) -> pd.DataFrame:
    """The month's measurements worth `points(period, unit, indicator)`; NaN is not applicable."""
    policy = book.at(period)
    rows = [
        _row(period, unit.id, indicator, points(period, unit.id, indicator.id))
        for unit in policy.units
        for indicator in policy.indicators
        if not indicator.groups or unit.group in indicator.groups
    ]
    return table_of("measurements", rows)


def _row(period: str, unit_id: str, indicator, points: float) -> dict:
    method = indicator.method
    value, numerator, denominator = np.nan, np.nan, np.nan
    if method.name == "ratio":
        numerator, denominator = points * method.target, 100.0
    elif method.name == "shortfall":
        numerator, denominator = method.target_pct - (100 - points) / 100 * method.full / method.slope, 100.0
    elif method.name == "workload":
        numerator, denominator = points, 100.0
    else:
        value = {
            "points": points / 100 * getattr(method, "full", 0),
            "quoted": points / 100 * getattr(method, "high", 0),
            "per_case": (100 - points) / 100 * getattr(method, "full", 0) / getattr(method, "points_per_case", 1),
        }.get(method.name, points)
    is_missing = np.isnan(points)
    return {
        "measurement_id": f"{period}/{unit_id}/{indicator.id}",
        "period": period,
        "unit_id": unit_id,
        "indicator_id": indicator.id,
        "channel": indicator.channel,
        "item_id": "",
        "value": value,
        "numerator": np.nan if is_missing else numerator,
        "denominator": np.nan if is_missing else denominator,
        "status": "not_applicable" if is_missing else "ok",
    }


def adjust(period: str, unit_id: str, kind: str, points: float) -> dict:
    """A row of `adjustments`."""
    return {
        "adjustment_id": f"{period}/{unit_id}/{kind}",
        "period": period,
        "unit_id": unit_id,
        "kind": kind,
        "points": points,
        "scope": "month",
    }


def score_months(
    book: PolicyBook, months: list[str], points: Points, adjustments: list[dict] | None = None
) -> dict[str, Mapping[str, pd.DataFrame]]:
    """The score tables of `months` and of what their years to date need."""
    needed = sorted({m for month in months for m in year_to_date(month) if m >= book.district.start})
    policies = {month: book.at(month) for month in needed}
    measured = {month: measure(book, month, points) for month in needed}
    given = table_of("adjustments", adjustments or ())
    scored = {}
    for month in months:
        year = [m for m in year_to_date(month) if m in policies]
        rows = pd.concat([measured[m] for m in year], ignore_index=True)
        in_year = given[given["period"].isin(year)]
        scored[month] = score_month({m: policies[m] for m in year}, rows, in_year, month)
    return scored


def random_points(seed: int = 1, missing: float = 0.2) -> Points:
    """Marks that look drawn by lot but are fixed by month, unit and indicator."""

    def points(period: str, unit_id: str, indicator_id: str) -> float:
        text = f"{seed} {period} {unit_id} {indicator_id}"
        chance = np.random.default_rng(list(text.encode()))
        is_missing = chance.random() < missing
        return np.nan if is_missing else float(np.round(chance.uniform(60, 99), 1))

    return points


@pytest.fixture(scope="session")
def random_scores(book) -> dict[str, Mapping[str, pd.DataFrame]]:
    """Scores from random marks of the first two months and of all that 2026-10 is compared with."""
    given = [adjust("2026-10", "D01", "bonus", 2.0), adjust("2025-10", "D02", "deduction", 1.5)]
    return score_months(book, ["2024-01", "2024-02", *periods_needed("2026-10", "2024-01")], random_points(), given)
