"""The steps of a month: which tables each makes, from which, by which room's function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.insight.trends import build_trends, periods_needed
from analysis.intake.month import clean_month
from analysis.policy.hotline import load_hotline
from analysis.policy.period import year_to_date
from analysis.scoring.month import score_month

if TYPE_CHECKING:
    from analysis.run.month import Month

Tables = dict[str, pd.DataFrame]
SCORE_TABLES = ("indicator_scores", "channel_scores", "unit_scores")


@dataclass(frozen=True)
class Step:
    """A step: the tables it makes and the function that makes them from a month."""

    tables: tuple[str, ...]
    build: Callable[[Month], Tables]


def earlier_tickets(month: Month) -> list[Path]:
    """Return the verified ticket tables of the months in which a ticket due now may have been delivered (S20)."""
    lookback = load_hotline(month.book).at(month.period).rules.lookback_months
    return [month.store.path("tickets", period) for period in month.earlier(lookback)]


def _clean(month: Month) -> Tables:
    clean = clean_month(
        month.raw_folder,
        month.policy,
        as_of=month.as_of,
        earlier_tickets=earlier_tickets(month),
        hotline=load_hotline(month.book).at(month.period),
    )
    clean.refuse_if_blocked()
    return clean.tables


def _score(month: Month) -> Tables:
    periods = [period for period in year_to_date(month.period) if period >= month.book.district.start]
    policies = {period: month.book.at(period) for period in periods}
    measurements = month.tables_of("measurements", periods)
    return score_month(policies, measurements, month.tables_of("adjustments", periods), month.period)


def _trends(month: Month) -> Tables:
    periods = periods_needed(month.period, month.book.district.start)
    scores = {period: {name: month.table(name, period) for name in SCORE_TABLES} for period in periods}
    return build_trends(month.book, scores, month.period)


STEPS: dict[str, Step] = {
    "clean": Step(
        (
            "measurements",
            "lineage",
            "problems",
            "reconciliation",
            "key_work",
            "inspections",
            "ledger_items",
            "adjustments",
            "tickets",
            "transfers",
        ),
        _clean,
    ),
    "score": Step(("indicator_scores", "indicator_summary", "channel_scores", "unit_scores"), _score),
    "trends": Step(("trends", "change_parts"), _trends),
}
STEP_OF: dict[str, str] = {table: name for name, step in STEPS.items() for table in step.tables}
