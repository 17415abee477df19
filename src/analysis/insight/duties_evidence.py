"""The evidence of the cross-duty model, gathered in DuckDB: who handled what, and which way tickets went (R8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from analysis.insight.hotline_repeats import count_repeats
from analysis.intake.tickets.engine import add_mapping, open_engine
from analysis.intake.tickets.source import open_table
from analysis.policy.book import Policy
from analysis.policy.period import month_range, shift

TOWNS = "towns"  # all towns as one handler: which of them handles a ticket follows from the place

# Each ticket once: as it stood in the month that counted it (S20).
_EVIDENCE = """create table evidence as
select t.ticket_id, t.matter_id, t.matter, coalesce(g.handler, t.unit_id) as handler, t.is_on_time
from tickets t left join towns g using (unit_id)
where t.is_due and t.period in (select unnest($periods))"""
# A month's file may tell steps of earlier months again; the latest word holds.
_MOVES = """create table moves as
select m.ticket_id, m.step, e.matter, coalesce(f.handler, m.from_unit_id) as from_unit_id,
    coalesce(g.handler, m.to_unit_id) as to_unit_id, m.is_returned, m.hold_working_days
from (
    select * from transfers where period in (select unnest($periods))
    qualify row_number() over (partition by ticket_id, step order by period desc) = 1
) m
join evidence e using (ticket_id)
left join towns f on f.unit_id = m.from_unit_id
left join towns g on g.unit_id = m.to_unit_id"""
_HANDLERS = """select matter, any_value(matter_id) as matter_id, handler as unit_id, count(*) as n_tickets,
    count(*) as n_due, count(*) filter (where is_on_time) as n_on_time from evidence group by matter, handler"""
_TOUCHED = """select matter, count(distinct unit_id) as n_handlers from (
    select matter, handler as unit_id from evidence
    union all select matter, from_unit_id from moves union all select matter, to_unit_id from moves
) group by matter"""
_PASSED = """select matter, count(distinct ticket_id) as n_passed_on, count(*) as n_hops,
    count(distinct ticket_id) filter (where is_returned) as n_returned, sum(hold_working_days)::bigint as days_lost
from moves group by matter"""
_FLOWS = """select matter, from_unit_id, to_unit_id, count(distinct ticket_id) as n_tickets, count(*) as n_moves,
    count(*) filter (where is_returned) as n_returned, sum(hold_working_days)::bigint as days_lost
from moves where from_unit_id <> to_unit_id group by all"""
_ROUTES = """select matter, route, returned, count(*) as n_tickets from (
    select matter, list(from_unit_id order by step)[1:1] || list(to_unit_id order by step) as route,
        list(is_returned order by step) as returned
    from moves group by matter, ticket_id having count(*) > 1
) group by all order by all"""


@dataclass(frozen=True)
class Evidence:
    """What the tickets of the model's months show; every frame has a column `matter`.

    Attributes:
        handlers: a row a matter and last handler: matter_id, unit_id, n_tickets, n_due, n_on_time.
        touched: n_handlers: how many units had a ticket of the matter in hand.
        passed: n_passed_on, n_returned (tickets), n_hops (moves), days_lost (working days until the last move).
        flows: a row a matter and pair of units: n_tickets, n_moves, n_returned, days_lost.
        routes: matter, units in order, which moves are returns, number of tickets; two moves or more.
        repeats: n_repeats.
    """

    handlers: pd.DataFrame
    touched: pd.DataFrame
    passed: pd.DataFrame
    flows: pd.DataFrame
    routes: list[tuple[str, list[str], list[bool], int]]
    repeats: pd.DataFrame


def gather_evidence(
    tickets: Sequence[Path], transfers: Sequence[Path], policy: Policy, towns: Collection[str]
) -> Evidence:
    """Return the evidence of the months up to the policy's own, as many as `params/duties.yml` says.

    Args:
        tickets: files of the table `tickets`, of those months and of one month more for repeats.
        transfers: files of the table `transfers` of those months.
        policy: the rules in force.
        towns: ids of the towns and sub-districts.
    """
    periods = month_range(shift(policy.period, 1 - policy.duties.model.months), policy.period)
    with open_engine(policy.tickets.engine) as con:
        open_table(con, "tickets", tickets)
        open_table(con, "transfers", transfers)
        add_mapping(con, "towns", [(id_, TOWNS) for id_ in sorted(towns)], "unit_id varchar, handler varchar")
        con.execute(_EVIDENCE, {"periods": periods})
        con.execute(_MOVES, {"periods": periods})
        repeats = count_repeats(con, periods, policy.ticket_rules.repeat_days)
        return Evidence(
            handlers=_frame(con, _HANDLERS),
            touched=_frame(con, _TOUCHED),
            passed=_frame(con, _PASSED),
            flows=_frame(con, _FLOWS),
            routes=con.execute(_ROUTES).fetchall(),
            repeats=_sum_repeats(repeats),
        )


def _frame(con: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    frame = con.execute(query).df()
    return frame.sort_values([c for c in frame.columns if not c.startswith(("n_", "days_"))], ignore_index=True)


def _sum_repeats(repeats: pd.DataFrame) -> pd.DataFrame:
    of_matters = repeats[repeats["grain"] == "matter"]
    sums = of_matters.groupby("item")["n_repeats"].sum().astype("int64")
    return sums.rename_axis("matter").reset_index()
