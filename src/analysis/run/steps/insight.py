"""The steps of a month from `trends` to `duties`: what its results say."""

import pandas as pd

from analysis.insight.duties import analyse_duties
from analysis.insight.hotline import measure_hotline
from analysis.insight.hotline_repeats import months_before
from analysis.insight.hotline_rising import MATTER_COLUMNS, find_rising_matters, seasonal_months
from analysis.insight.indicator_changes import compare_indicators
from analysis.insight.integrity import ITEM_COLUMNS, STATUS_COLUMNS, find_integrity
from analysis.insight.leniency import estimate_leniency, rank_without_leniency
from analysis.insight.noise import NOISE_COLUMNS
from analysis.insight.raters import find_rater_problems, rater_months
from analysis.insight.scope import read_scope
from analysis.insight.series import SERIES_COLUMNS, build_long_trends
from analysis.insight.staffing import (
    COUNT_COLUMNS,
    MONTHS,
    SCORE_COLUMNS,
    build_monthly_loads,
    build_staffing,
    measure_load,
)
from analysis.insight.staffing_moves import find_moves, try_moves
from analysis.insight.trends import build_trends, periods_needed
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.run.month import Month

Tables = dict[str, pd.DataFrame]
_SCORE_TABLES = ("indicator_scores", "channel_scores", "unit_scores")


def make_trends(month: Month) -> Tables:
    """Return the tables `trends` and `change_parts` of a month."""
    periods = periods_needed(month.period, month.book.district.start)
    scores = {period: {name: month.table(name, period) for name in _SCORE_TABLES} for period in periods}
    noise = month.tables_of("certainty", month.earlier(1), NOISE_COLUMNS)
    return build_trends(month.book, scores, month.period, noise)


def make_indicator_changes(month: Month) -> Tables:
    """Return the table `indicator_changes` of a month."""
    months = [*month.earlier(month.policy.trends.worsening.months), month.period]
    return {"indicator_changes": compare_indicators(month.tables_of("indicator_summary", months), month.policy)}


def make_long_trends(month: Month) -> Tables:
    """Return the tables `long_trends` and `rater_findings` of a month."""
    rules, start = month.policy.trends, month.book.district.start
    trends = month.tables_of("trends", month_range(start, month.period), SERIES_COLUMNS)
    scores = {name: month.table(name) for name in _SCORE_TABLES}
    months = rater_months(month.period, start, rules)
    marks = {name: month.tables_of(name, months) for name in ("indicator_scores", "key_work", "inspections")}
    return {
        "long_trends": build_long_trends(trends, month.period, rules),
        "rater_findings": find_rater_problems(month.book, rules, scores, marks, month.period),
    }


def make_integrity(month: Month) -> Tables:
    """Return the table `integrity` of a month."""
    rules = month.policy.trends.integrity
    looked_at = [*month.earlier(rules.months - 1), month.period]
    # An extension is late where the month before shows the ticket overdue.
    tickets = [month.path("tickets", period) for period in [*month.earlier(rules.months), month.period]]
    transfers = [month.path("transfers", period) for period in looked_at]
    due = [*month.earlier(rules.months - 1 + rules.open_months), month.period]
    items = month.tables_of("ledger_items", due, ITEM_COLUMNS)
    statuses = month.tables_of("indicator_scores", looked_at, STATUS_COLUMNS)
    return {"integrity": find_integrity(tickets, transfers, items, statuses, month.policy)}


def make_leniency(month: Month) -> Tables:
    """Return the tables of a month's what-if: ranks without the inspectors' leniency."""
    policy = month.policy
    months = [*month.earlier(policy.trends.raters.whatif_months - 1), month.period]
    inspections = month.tables_of("inspections", months)
    leniency = estimate_leniency(inspections, policy.group_of)
    scope = read_scope(month.book, {name: month.table(name) for name in _SCORE_TABLES}, month.period, "month")
    return {
        "inspector_leniency": TABLES["inspector_leniency"].check(leniency.assign(period=month.period)),
        "leniency_whatif": rank_without_leniency(scope, inspections, leniency, policy),
    }


def make_hotline(month: Month) -> Tables:
    """Return the hotline tables of a month."""
    policy = month.policy
    periods = [*month.earlier(months_before(policy.ticket_rules.repeat_days)), month.period]
    tickets, transfers = ([month.path(name, period) for period in periods] for name in ("tickets", "transfers"))
    measures = measure_hotline(tickets, [month.period], policy, transfers=transfers, unit_ids=policy.unit_ids)
    rising = policy.tickets.rising
    past = [each for each in seasonal_months(month.period, rising) if each >= month.book.district.start]
    by_matter = pd.concat([month.tables_of("hotline_by_matter", past, MATTER_COLUMNS), measures.by_matter])
    return {
        "hotline_by_unit": measures.by_unit,
        "hotline_by_matter": measures.by_matter,
        "hotline_by_channel": measures.by_channel,
        "rising_matters": find_rising_matters(by_matter, month.period, rising),
    }


def make_duties(month: Month) -> Tables:
    """Return the tables of cross-duty matters of a month."""
    policy = month.policy
    periods = [*month.earlier(policy.duties.model.months), month.period]
    tickets = [month.path("tickets", period) for period in periods]
    transfers = [month.path("transfers", period) for period in periods if period > shift(month.period, -len(periods))]
    towns = [unit.id for unit in policy.units if unit.is_town]
    found = analyse_duties(tickets, transfers, policy, towns)
    return {
        "duties_by_matter": found.by_matter,
        "matter_handlers": found.handlers,
        "matter_flows": found.flows,
        "matter_loops": found.loops,
    }


def make_staffing(month: Month) -> Tables:
    """Return the tables of a month that tell where posts are needed."""
    policy = month.policy
    periods = month.holding("unit_counts", [*month.earlier(MONTHS - 1), month.period])
    counts, scores = (
        month.tables_of(name, periods, columns)
        for name, columns in (("unit_counts", COUNT_COLUMNS), ("unit_scores", SCORE_COLUMNS))
    )
    load = measure_load(counts, scores, policy)
    staffing = build_staffing(load, policy)
    moves = try_moves(staffing, find_moves(staffing, policy.workload.moves))
    return {"staffing": staffing, "monthly_loads": build_monthly_loads(load), "staffing_moves": moves}
