"""From clean rows to facts of a month: transfers and shared tickets, due dates (S19), the month that counts (S20).

- Due: the stated date, else the limit counted in working days from the day received. A ticket sent back in time
  (within the return limit, counted from the day the returning unit got it) starts that derived limit anew from the
  day of return.
- Final due date: an extension moves it, up to the cap; an extension to before the due date does not count.
- Counted: a ticket counts once in rates, in the month of its final due date; one that an earlier month has counted
  keeps it.
- Tickets that earlier months know, that are still open or due later, and that this delivery does not hold, are
  carried on.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from analysis.intake.tickets.engine import add_mapping
from analysis.intake.tickets.source import open_table
from analysis.policy.book import Policy
from analysis.policy.errors import PolicyError
from analysis.policy.messages import say

_DELIVERED = """create table delivered as
select t.*, s.file, s.sheet from all_tickets t join sources s using (source) where t.reason = ''"""

_EARLIER = """create table earlier as
select * from tickets where period < $period
    and ticket_id not in (select ticket_id from all_tickets where reason = 'marked-duplicate')
qualify row_number() over (partition by ticket_id order by period desc) = 1"""

_UNKNOWN_TRANSFERS = """update all_transfers as a set reason = 'unknown-ticket' where a.reason = ''
and a.ticket_id not in (select ticket_id from delivered union all select ticket_id from earlier)"""

_EARLY_TRANSFERS = """update all_transfers as a set reason = 'moved-before-received' from (
    select ticket_id, received from delivered
    union all select ticket_id, received::date from earlier where ticket_id not in (select ticket_id from delivered)
) k where a.reason = '' and k.ticket_id = a.ticket_id and a.date < k.received"""

_MOVES = """create table moves as
select a.*, s.file, s.sheet,
    e.working_index - b.working_index as hold_working_days,
    a.is_returned and e.working_index - b.working_index > $return_max as is_late_return
from (
    select a.*, coalesce(lag(a.date) over (partition by a.ticket_id order by a.step), k.received) as since
    from all_transfers a
    join (
        select ticket_id, received from delivered
        union all select ticket_id, received::date from earlier where ticket_id not in (select ticket_id from delivered)
    ) k using (ticket_id)
    where a.reason = ''
) a
join sources s using (source)
join days b on b.day = least(a.since, a.date)
join days e on e.day = a.date"""

_HANDLING = """create table handling as
select ticket_id, count(*) as n_transfers, count(*) filter (where is_returned) as n_returned,
    max(date) filter (where is_returned and not is_late_return) as returned_on
from moves group by ticket_id"""

_SHARED = """create table shared as
select ticket_id, count(distinct unit_id) > 1 as is_shared from (
    select ticket_id, unit_id from delivered
    union all select ticket_id, from_unit_id from moves
    union all select ticket_id, to_unit_id from moves
) group by ticket_id"""

# A carried ticket keeps its facts and its place of origin; what is known later is only the as-of date.
_KNOWN = """create table known as
select d.ticket_id, $period as delivered_in, d.file, d.sheet, d.row_number, d.channel, d.matter_id, d.matter, d.unit_id,
    d.caller_key, d.received, d.due as due_stated, d.extended_to, d.closed, d.is_call_back_valid, d.is_satisfied,
    d.is_attitude_complaint, coalesce(d.received_time, '') as received_time, coalesce(d.closed_time, '') as closed_time,
    e.ticket_id is null as is_first_delivery, coalesce(e.counted_in, '') as counted_before,
    coalesce(s.is_shared, false) or coalesce(e.is_shared, false) as is_shared,
    greatest(coalesce(h.n_transfers, 0), coalesce(e.n_transfers, 0)) as n_transfers,
    greatest(coalesce(h.n_returned, 0), coalesce(e.n_returned, 0)) as n_returned,
    greatest(d.received, {restart} {earlier_start}) as limit_from
from delivered d
left join earlier e using (ticket_id)
left join handling h using (ticket_id)
left join shared s using (ticket_id)
union all by name
select e.ticket_id, e.delivered_in, e.file, e.sheet, e.row_number, e.channel, e.matter_id, e.matter,
    coalesce(n.unit_id, e.unit_id) as unit_id, e.caller_key,
    e.received::date as received, case when e.is_due_derived then null else e.due::date end as due_stated,
    nullif(e.extended_to, '')::date as extended_to, nullif(e.closed, '')::date as closed, e.is_call_back_valid,
    e.is_satisfied, e.is_attitude_complaint, e.received_time, e.closed_time, false as is_first_delivery,
    e.counted_in as counted_before,
    e.is_shared or coalesce(h.n_transfers > 0, false) as is_shared,
    e.n_transfers + coalesce(h.n_transfers, 0) as n_transfers, e.n_returned + coalesce(h.n_returned, 0) as n_returned,
    e.limit_from::date as limit_from
from earlier e
left join handling h using (ticket_id)
left join heirs n on n.former = e.unit_id
where e.ticket_id not in (select ticket_id from delivered)
    and (not e.is_closed or (e.counted_in = '' and e.due_period >= $period))"""

_DUE = """create table due_dates as
select k.*, coalesce(k.due_stated, w.day) as due, k.due_stated is null as is_due_derived
from known k
join days b on b.day = k.limit_from
left join channel_limits l on l.channel = k.channel
left join working_days w on w.working_index = b.working_index + coalesce(l.limit_days, $limit)"""

_FINAL = """create table facts as
select d.*, greatest(d.due, least(coalesce(d.extended_to, d.due), cap.day)) as due_final,
    d.extended_to > cap.day as is_extension_long, d.extended_to < d.due as is_extension_early,
    coalesce(d.closed <= $as_of, false) as is_closed
from due_dates d
left join days b on b.day = d.due
left join working_days cap on cap.working_index = b.working_index + $extension_max"""

_TICKETS = """select ticket_id, $period as period, delivered_in, channel, matter_id, matter, unit_id, caller_key,
    f.received::varchar as received, received_time, limit_from::varchar as limit_from,
    due::varchar as due, is_due_derived,
    coalesce(extended_to::varchar, '') as extended_to, due_final::varchar as due_final,
    strftime(due_final, '%Y-%m') as due_period, coalesce(f.closed::varchar, '') as closed, closed_time, is_closed,
    {counted} as counted_in, {counted} = $period as is_due,
    is_closed and f.closed <= due_final as is_on_time,
    case when is_closed then c.working_index - r.working_index end as handling_working_days,
    is_call_back_valid, is_satisfied, is_attitude_complaint, is_shared, n_transfers, n_returned, is_first_delivery,
    file, sheet, row_number
from facts f
join days r on r.day = f.received
left join days c on c.day = f.closed"""
_COUNTED = """(case when counted_before <> '' then counted_before
    when strftime(due_final, '%Y-%m') = $period and due_final <= $as_of then $period else '' end)"""


def join_earlier(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], period: str) -> None:
    """Create `delivered` (the clean rows of this delivery) and `earlier` (the latest facts of each earlier ticket)."""
    con.execute(_DELIVERED)
    open_table(con, "tickets", paths)
    con.execute(_EARLIER, {"period": period})


def derive_facts(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: date) -> None:
    """Create `moves` (clean transfers) and `facts` (tickets of this month, with due dates); see the module.

    Raises:
        PolicyError: the calendar ends before a derived due date.
    """
    rules = policy.ticket_rules
    limits = [(c.id, c.limit_working_days) for c in policy.tickets.channels if c.limit_working_days]
    # A unit that has merged since: its open tickets are its heir's (S9).
    heirs = sorted((name, id_) for name, id_ in policy.unit_id_by_name.items() if name != id_)
    add_mapping(con, "heirs", heirs, "former varchar, unit_id varchar")
    add_mapping(con, "channel_limits", limits, "channel varchar, limit_days int")
    con.execute(_UNKNOWN_TRANSFERS)
    con.execute(_EARLY_TRANSFERS)
    con.execute(_MOVES, {"return_max": rules.return_max_working_days})
    con.execute(_HANDLING)
    con.execute(_SHARED)
    restart = "coalesce(h.returned_on, d.received)," if rules.return_restarts_limit else ""
    known = _KNOWN.format(restart=restart, earlier_start="coalesce(e.limit_from::date, d.received)")
    con.execute(known, {"period": policy.period})
    con.execute(_DUE, {"limit": rules.limit_working_days})
    con.execute(_FINAL, {"extension_max": rules.extension_max_working_days, "as_of": as_of})
    (n_without,) = con.execute("select count(*) from facts where due_final is null").fetchone()
    if n_without:
        told = say("params/calendar.yml: {n_without} tickets are due after its last year; add the next year (S19)")
        raise PolicyError(told.format(n_without=n_without))


def select_tickets(con: duckdb.DuckDBPyConnection, period: str, as_of: date):
    """Return the rows of the table `tickets` as a frame."""
    query = _TICKETS.format(counted=_COUNTED)
    return con.execute(query, {"period": period, "as_of": as_of}).df()


def select_transfers(con: duckdb.DuckDBPyConnection, period: str):
    """Return the rows of the table `transfers` as a frame."""
    query = """select $period as period, ticket_id, step, from_unit_id, to_unit_id, date::varchar as date, is_returned,
        is_late_return, hold_working_days, file, sheet, row_number from moves"""
    return con.execute(query, {"period": period}).df()
