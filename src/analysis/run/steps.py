"""The steps of a month: from what each makes its tables (`step_tables`), by which room's function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.action.watch_list import watch_units
from analysis.insight.duties import analyse_duties
from analysis.insight.hotline import measure_hotline
from analysis.insight.hotline_rising import find_rising_matters
from analysis.insight.raters import find_rater_problems, rater_months
from analysis.insight.series import SERIES_COLUMNS, build_long_trends, estimate_noise
from analysis.insight.trends import build_trends, periods_needed
from analysis.intake.month import clean_month
from analysis.policy.book import Policy
from analysis.policy.period import month_range, shift, year_to_date
from analysis.policy.tables import TABLES
from analysis.run.actions import build_actions
from analysis.run.draws import build_draws
from analysis.scoring.certainty.inputs import ScopeInputs, scope_inputs
from analysis.scoring.certainty.month import certainty_month
from analysis.scoring.indicators import score_measurements
from analysis.scoring.month import score_month
from analysis.scoring.sensitivity import sensitivity_scope

if TYPE_CHECKING:
    from analysis.run.month import Month

Tables = dict[str, pd.DataFrame]
SCORE_TABLES = ("indicator_scores", "channel_scores", "unit_scores")


def earlier_tickets(month: Month, *, only_built: bool = False) -> list[Path]:
    """Return the verified ticket tables of the months in which a ticket due now may have been delivered (S20).

    Args:
        month: the month at work.
        only_built: leave out months that were never built, for a look at deliveries without any history.
    """
    periods = month.earlier(month.hotline.rules.lookback_months)
    return [month.path("tickets", p) for p in periods if not only_built or month.store.current(p)]


def _clean(month: Month) -> Tables:
    earlier = earlier_tickets(month)
    clean = clean_month(
        month.raw_folder, month.policy, as_of=month.as_of, earlier_tickets=earlier, hotline=month.hotline
    )
    clean.refuse_if_blocked()
    return clean.tables


def months_of_year(month: Month) -> list[str]:
    """Return the months of a month's year to date, none before the district's start."""
    return [period for period in year_to_date(month.period) if period >= month.book.district.start]


def _score(month: Month) -> Tables:
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


def _certainty(month: Month) -> Tables:
    model = month.noise
    policies, scored, tables = _scored_year(month)
    scopes = {scope: scope_inputs(policies, scored, tables, month.period, scope) for scope in ("month", "ytd")}
    return {
        "certainty": certainty_month(scopes.values(), model),
        "sensitivity": sensitivity_scope(scopes["ytd"], model.sensitivity, model.seed),
    }


def _trends(month: Month) -> Tables:
    rules = month.trend_rules
    periods = periods_needed(month.period, month.book.district.start)
    scores = {period: {name: month.table(name, period) for name in SCORE_TABLES} for period in periods}
    before = month.earlier(rules.noise.months)
    noise = estimate_noise(month.tables_of("trends", before, SERIES_COLUMNS), month.period, rules) if before else {}
    return build_trends(month.book, scores, month.period, noise)


def _long_trends(month: Month) -> Tables:
    rules, start = month.trend_rules, month.book.district.start
    trends = month.tables_of("trends", month_range(start, month.period), SERIES_COLUMNS)
    scores = {name: month.table(name) for name in SCORE_TABLES}
    months = rater_months(month.period, start, rules)
    marks = {name: month.tables_of(name, months) for name in ("indicator_scores", "key_work", "inspections")}
    return {
        "long_trends": build_long_trends(trends, month.period, rules),
        "rater_findings": find_rater_problems(month.book, rules, scores, marks, month.period),
    }


def _hotline(month: Month) -> Tables:
    hotline = month.hotline
    periods = [*month.earlier(hotline.rules.repeat_days // 28 + 1), month.period]
    tickets, transfers = ([month.path(name, period) for period in periods] for name in ("tickets", "transfers"))
    measures = measure_hotline(tickets, [month.period], hotline, transfers=transfers, unit_ids=month.policy.unit_ids)
    past = month.earlier(12 * hotline.tickets.rising.years + hotline.tickets.rising.neighbours)
    by_matter = pd.concat([month.tables_of("hotline_by_matter", past), measures.by_matter])
    return {
        "hotline_by_unit": measures.by_unit,
        "hotline_by_matter": measures.by_matter,
        "hotline_by_channel": measures.by_channel,
        "rising_matters": find_rising_matters(by_matter, month.period, hotline.tickets.rising),
    }


def _watch(month: Month) -> Tables:
    rules = month.hotline.watch
    before = month.earlier(max(1, rules.bottom_five_months - 1))
    earlier = month.table("watch_list", before[-1]) if before else TABLES["watch_list"].empty()
    scores = month.tables_of("unit_scores", [*before, month.period])
    return {"watch_list": watch_units(month.table("hotline_by_unit"), scores, earlier, rules, month.period)}


def _duties(month: Month) -> Tables:
    hotline = month.hotline
    periods = [*month.earlier(hotline.duties.model.months), month.period]
    tickets = [month.path("tickets", period) for period in periods]
    transfers = [month.path("transfers", period) for period in periods if period > shift(month.period, -len(periods))]
    towns = [unit.id for unit in month.policy.units if unit.is_town]
    found = analyse_duties(tickets, transfers, hotline, towns)
    return {
        "duties_by_matter": found.by_matter,
        "matter_handlers": found.handlers,
        "matter_flows": found.flows,
        "matter_loops": found.loops,
    }


BUILDERS: dict[str, Callable[[Month], Tables]] = {
    "clean": _clean,
    "score": _score,
    "certainty": _certainty,
    "trends": _trends,
    "long_trends": _long_trends,
    "hotline": _hotline,
    "watch": _watch,
    "duties": _duties,
    "actions": build_actions,
    "draws": build_draws,
}
