"""The steps `score` and `certainty` of a month: marks, ranks, tiers, and how sure they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import year_to_date
from analysis.scoring.certainty.inputs import ScopeInputs, scope_inputs
from analysis.scoring.certainty.month import certainty_month
from analysis.scoring.indicators import score_measurements
from analysis.scoring.month import score_month
from analysis.scoring.sensitivity import sensitivity_scope

if TYPE_CHECKING:
    from analysis.run.month import Month

Tables = dict[str, pd.DataFrame]


def months_of_year(month: Month) -> list[str]:
    """Return the months of a month's year to date, none before the district's start."""
    return [period for period in year_to_date(month.period) if period >= month.book.district.start]


def make_score(month: Month) -> Tables:
    """Return the tables of a month's scores."""
    periods = months_of_year(month)
    policies = {period: month.book.at(period) for period in periods}
    measurements = month.tables_of("measurements", periods)
    return score_month(policies, measurements, month.tables_of("adjustments", periods), month.period)


def _scored_year(month: Month) -> tuple[dict[str, Policy], pd.DataFrame, Tables]:
    policies = {period: month.book.at(period) for period in months_of_year(month)}
    scored = score_measurements(month.tables_of("measurements", list(policies)), policies)
    return policies, scored, {name: month.table(name) for name in ("indicator_scores", "unit_scores")}


def year_inputs(month: Month) -> ScopeInputs:
    """Return the year to date as arrays, for a researcher's look at how its indicators hang together."""
    return scope_inputs(*_scored_year(month), month.period, "ytd")


def make_certainty(month: Month) -> Tables:
    """Return the tables `certainty` and `sensitivity` of a month."""
    model = month.noise
    policies, scored, tables = _scored_year(month)
    scopes = {scope: scope_inputs(policies, scored, tables, month.period, scope) for scope in ("month", "ytd")}
    return {
        "certainty": certainty_month(scopes.values(), model),
        "sensitivity": sensitivity_scope(scopes["ytd"], model.sensitivity, model.seed),
    }
