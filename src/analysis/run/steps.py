"""The steps of a month: which tables each makes, from which, by which room's function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.intake.month import clean_month
from analysis.policy.period import month_range, year_to_date
from analysis.scoring.month import score_month

if TYPE_CHECKING:
    from analysis.run.month import Month

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Step:
    """A step: the tables it makes and the function that makes them from a month."""

    tables: tuple[str, ...]
    build: Callable[[Month], Tables]


def _clean(month: Month) -> Tables:
    earlier = [month.store.path("tickets", period) for period in month.earlier(LOOKBACK_MONTHS)]
    clean = clean_month(month.raw_folder, month.policy, as_of=month.as_of, earlier_tickets=earlier)
    clean.refuse_if_blocked()
    return clean.tables


def _score(month: Month) -> Tables:
    periods = month_range(max(year_to_date(month.period)[0], month.book.district.start), month.period)
    policies = {period: month.book.at(period) for period in periods}
    measurements = month.tables_of("measurements", periods)
    return score_month(policies, measurements, month.tables_of("adjustments", periods), month.period)


STEPS: dict[str, Step] = {}
STEP_OF: dict[str, str] = {table: name for name, step in STEPS.items() for table in step.tables}
