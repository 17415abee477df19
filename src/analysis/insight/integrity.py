"""Integrity of what is delivered (S34): each unit's habits beside its group's, to be asked about, never corrected.

Six shares per unit over the last months: indicators called not applicable (by weight), tickets extended, tickets
extended after their due date, call-backs that are not valid, tickets handed over when their due date is near, and
rectification items never closed. A share is a question where chance alone is too rare among all tests of the month
(S33): the tail of the negative binomial around what the group's share makes, as overdispersed as units are. Tested
among them: whether a unit's points of the month are another unit's (`likeness.py`).

Deliveries do not say when an extension was granted. Seen is one that a month's delivery holds and the one before does
not, though the ticket stood overdue at that month's end; extensions within one month stay unseen.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from analysis.insight.chance import between_units, chance_of_more, false_discovery_rates
from analysis.insight.likeness import find_alike
from analysis.intake.tickets.engine import add_calendar, open_engine
from analysis.intake.tickets.source import open_table
from analysis.policy.book import Policy
from analysis.policy.period import month_range, reach_end, shift
from analysis.policy.tables import TABLES
from analysis.policy.trends import IntegrityRules

STATUS_COLUMNS = ("period", "scope", "unit_id", "indicator_id", "status", "policy_weight", "score")
ITEM_COLUMNS = ("period", "item_id", "unit_id", "due", "state")
_COUNTS = ["unit_id", "measure", "n_events", "n_cases", "share_pct"]

_OF_TICKETS = """
with due as (select * from tickets where is_due and period in (select unnest($periods))),
late as (
    select unit_id, count(*) as n_events from (
        select unit_id, period, extended_to, lag(extended_to) over told as extended_before,
            lag(is_closed) over told as was_closed, lag(due) over told as due_before, lag(period) over told as before
        from tickets window told as (partition by ticket_id order by period)
    )
    where period in (select unnest($periods)) and extended_to <> '' and extended_before = '' and not was_closed
        and due_before::date < last_day((before || '-01')::date)
    group by unit_id
)
select unit_id, 'extended' as measure, count(*) filter (where extended_to <> '') as n_events, count(*) as n_cases
from due group by unit_id
union all select d.unit_id, 'extended_late', coalesce(any_value(l.n_events), 0), count(*)
from due d left join late l using (unit_id) group by d.unit_id
union all select unit_id, 'invalid_call_backs', count(*) filter (where not is_call_back_valid), count(*)
from due where is_closed group by unit_id"""
# A month's file may tell steps of earlier months again; the latest word holds, and the ticket as it is known last.
_OF_MOVES = """
select m.from_unit_id as unit_id, 'handed_over_late' as measure,
    count(*) filter (where d.working_index - b.working_index <= $days) as n_events, count(*) as n_cases
from (
    select * from transfers where period in (select unnest($periods))
    qualify row_number() over (partition by ticket_id, step order by period desc) = 1
) m
join (select ticket_id, arg_max(due, period) as due from tickets group by ticket_id) t using (ticket_id)
join days b on b.day = m.date::date
join days d on d.day = t.due::date
where not m.is_returned group by m.from_unit_id"""


def find_integrity(
    tickets: Sequence[Path], transfers: Sequence[Path], items: pd.DataFrame, statuses: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """Return the table `integrity` of a month: a row a unit and measure with cases.

    Args:
        tickets: files of the table `tickets` of the months looked at, and of one month more.
        transfers: files of the table `transfers` of the months looked at.
        items: the tables `ledger_items` of these months and of `open_months` more, in one frame.
        statuses: the tables `indicator_scores` of the months looked at, in one frame.
        policy: the rules in force; its period is the month.
    """
    rules = policy.trends.integrity
    periods = month_range(shift(policy.period, 1 - rules.months), policy.period)
    with open_engine(policy.tickets.engine) as con:
        add_calendar(con, policy.calendar.until(reach_end(policy.period)))
        open_table(con, "tickets", tickets)
        open_table(con, "transfers", transfers)
        handled = [
            _count(con, _OF_TICKETS, {"periods": periods}),
            _count(con, _OF_MOVES, {"periods": periods, "days": rules.hand_over_days}),
        ]
    counts = pd.concat([_not_applicable(statuses), *handled, _never_closed(items, rules, policy.period)])
    first = max(periods[0], policy.district.start)
    tested = compare_shares(counts, policy.group_of, rules.minimum_cases).assign(first_period=first, other_unit_id="")
    alike = find_alike(statuses[statuses["period"] == policy.period], list(policy.group_of))
    alike = alike.assign(group=alike["unit_id"].map(policy.group_of), first_period=policy.period)
    rows = pd.concat([each for each in (tested, alike) if len(each)] or [tested], ignore_index=True)
    asked = ask(rows, policy.trends.false_discovery_pct)
    return TABLES["integrity"].check(asked.assign(period=policy.period))


def _count(con: duckdb.DuckDBPyConnection, query: str, values: dict) -> pd.DataFrame:
    frame = con.execute(query, values).df()
    return frame.assign(share_pct=100 * frame["n_events"] / frame["n_cases"])


def _not_applicable(statuses: pd.DataFrame) -> pd.DataFrame:
    """Return how many of each unit's indicators × months were not applicable, and their share by weight."""
    rows = statuses[(statuses["scope"] == "month") & (statuses["status"] != "not_drawn")]
    rows = rows.assign(n_events=rows["status"] == "not_applicable", n_cases=1)
    rows = rows.assign(lacking=rows["policy_weight"] * rows["n_events"])
    sums = rows.groupby("unit_id", as_index=False)[["n_events", "n_cases", "lacking", "policy_weight"]].sum()
    share = 100 * sums["lacking"] / sums["policy_weight"].where(sums["policy_weight"] > 0)
    return sums.assign(measure="not_applicable", share_pct=share.fillna(0.0))[_COUNTS]


def _never_closed(items: pd.DataFrame, rules: IntegrityRules, period: str) -> pd.DataFrame:
    """Return how many of the items whose deadline is long past stay open, as they were delivered last."""
    last = shift(period, -rules.open_months)
    known = items.sort_values("period", kind="stable").drop_duplicates("item_id", keep="last")
    past = known[known["due"].str[:7].between(shift(last, 1 - rules.months), last)]
    counts = (past["state"] != "closed").groupby(past["unit_id"]).agg(n_events="sum", n_cases="size").reset_index()
    share = 100 * counts["n_events"] / counts["n_cases"]
    return counts.assign(measure="never_closed", share_pct=share)[_COUNTS]


def compare_shares(counts: pd.DataFrame, group_of: dict[str, str], minimum_cases: int) -> pd.DataFrame:
    """Return each share beside its group's, and how likely chance brings as much; few cases are shown and not tested.

    Args:
        counts: unit_id, measure, n_events, n_cases, share_pct; a row a unit and measure.
        group_of: unit id → group, of the units assessed now; others are left out.
        minimum_cases: fewer are not tested.
    """
    rows = counts[counts["unit_id"].isin(list(group_of)) & (counts["n_cases"] > 0)].reset_index(drop=True)
    rows = rows.assign(group=rows["unit_id"].map(group_of), events=rows["share_pct"] * rows["n_cases"] / 100)
    sums = rows.groupby(["measure", "group"])[["events", "n_cases"]].transform("sum")
    rate = sums["events"] / sums["n_cases"]
    rows = rows.assign(group_share_pct=100 * rate, n_expected=rows["n_cases"] * rate, p_value=np.nan)
    for _, tested in rows[rows["n_cases"] >= minimum_cases].groupby("measure"):
        events, cases, expected = (tested[name].to_numpy(dtype=float) for name in ("events", "n_cases", "n_expected"))
        phi = between_units(events, cases, expected).at(cases)
        # Shares by weight make events that are no whole numbers: they count rounded down.
        rows.loc[tested.index, "p_value"] = chance_of_more(np.floor(events + 1e-9), expected, phi)
    return rows.drop(columns="events")


def ask(rows: pd.DataFrame, false_discovery_pct: float) -> pd.DataFrame:
    """Return the rows with what is out of the ordinary marked as a question (S33).

    Args:
        rows: those of all tests of the month, with `p_value`; NaN where none was made.
        false_discovery_pct: share of false discoveries among all that are asked about.
    """
    q = false_discovery_rates(rows["p_value"].to_numpy(dtype=float))
    return rows.assign(q_value=q, is_question=100 * q <= false_discovery_pct)
