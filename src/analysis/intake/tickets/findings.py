"""Collect the problems that SQL found: rows set aside, repeated, stretched; matters and channels that nobody knows."""

import duckdb

from analysis.intake.problems import Problem
from analysis.intake.tickets.problems import FIELD_OF, Source, file_problem, row_problem

_DATES = ("received", "due", "extended_to", "closed")
_FLAGS = {
    "is_call_back_valid": "words_is_call_back_valid",
    "is_satisfied": "words_is_satisfied",
    "is_attitude_complaint": "words_is_attitude_complaint",
    "status": "words_is_status_closed",
}


def find_problems(
    con: duckdb.DuckDBPyConnection, sources: list[Source], period: str, *, has_past: bool
) -> list[Problem]:
    """Return the problems of the delivery in a fixed order; none is about the content of a ticket's text."""
    return [
        *_row_problems(con, sources),
        *_stretched(con, sources, period),
        *_unknown_words(con, sources, "matter", "unknown-matter", "matter_id = '' and r.matter <> ''"),
        *_unknown_words(
            con, sources, "channel", "unknown-channel", "t.channel = 'other' and c.raw is null and r.channel <> ''"
        ),
        *(_against_the_past(con, sources, period) if has_past else ()),
    ]


def _row_problems(con, sources: list[Source]) -> list[Problem]:
    found = []
    for kind in ("tickets", "transfers"):
        columns = [c[0] for c in con.execute(f"describe raw_{kind}").fetchall()]
        rows = con.execute(
            f"""select a.reason, {", ".join("r." + c for c in columns)}, {_unread(kind)}
            from all_{kind} a join raw_{kind} r using (source, row_number) where a.reason <> ''
            order by a.source, a.row_number"""
        ).fetchall()
        for reason, *values, unread in rows:
            raw = dict(zip(columns, values, strict=True))
            field = _guilty(reason, kind, raw, unread)
            found.append(row_problem(reason, sources[raw["source"]], raw["row_number"], field, raw.get(field, "")))
    return found


def _unread(kind: str) -> str:
    """Return the SQL of the first field of a row whose date or word is not understood."""
    if kind == "transfers":
        return "case when r.from_unit in (select raw from unit_names) then 'to_unit' else 'from_unit' end"
    dates = "(select d.{0} from dates d where d.source = r.source and d.row_number = r.row_number)"
    cases = [f"when r.{f} <> '' and {dates.format(f)} is null then '{f}'" for f in _DATES]
    cases += [f"when r.{f} not in (select raw from {words}) then '{f}'" for f, words in _FLAGS.items()]
    return f"case {' '.join(cases)} else 'received' end"


def _guilty(reason: str, kind: str, raw: dict, unread: str) -> str:
    if kind == "transfers":
        own = {
            "unknown-unit": unread,
            "invalid-date": "date",
            "date-outside-calendar": "date",
            "ambiguous-value": "is_returned",
        }
        return own.get(reason) or FIELD_OF.get(reason, "ticket")
    if reason in ("invalid-date", "ambiguous-value"):
        return unread
    if reason == "date-outside-calendar":
        return next((f for f in _DATES if raw[f]), "received")
    return FIELD_OF.get(reason, "ticket")


def _stretched(con, sources: list[Source], period: str) -> list[Problem]:
    """Return extensions that do not hold as stated, and returns that came too late."""
    rows = con.execute(
        """select s.source, f.row_number, f.extended_to::varchar, f.unit_id, f.is_extension_long
        from facts f join sources s on s.file = f.file and s.sheet = f.sheet
        where f.delivered_in = $period and (f.is_extension_long or f.is_extension_early) order by 1, 2""",
        {"period": period},
    ).fetchall()
    found = [
        row_problem("long-extension" if is_long else "early-extension", sources[source], row, "extended_to", day, unit)
        for source, row, day, unit, is_long in rows
    ]
    late = con.execute(
        "select source, row_number, ticket_id, from_unit_id from moves where is_late_return order by 1, 2"
    )
    found += [row_problem("late-return", sources[s], row, "ticket", id_, unit) for s, row, id_, unit in late.fetchall()]
    return found


def _unknown_words(con, sources: list[Source], field: str, code: str, condition: str) -> list[Problem]:
    rows = con.execute(
        f"""select r.source, r.{field}, count(*) from all_tickets t join raw_tickets r using (source, row_number)
        left join channel_names c on c.raw = r.channel
        where t.reason = '' and {condition} group by all order by all"""
    ).fetchall()
    return [file_problem(code, sources[source], raw=raw, count=count) for source, raw, count in rows]


def _against_the_past(con, sources: list[Source], period: str) -> list[Problem]:
    source = next((s for s in sources if s.kind == "tickets"), None)
    if source is None:
        return []
    missing = """select count(*), min(ticket_id) from facts where delivered_in <> $period and not is_closed
        and ticket_id not in (select ticket_id from all_tickets)"""
    late = """select count(*), min(ticket_id) from facts where is_first_delivery and counted_before = ''
        and strftime(due_final, '%Y-%m') < $period"""
    found = []
    for code, query in (("open-ticket-missing", missing), ("late-registration", late)):
        count, first = con.execute(query, {"period": period}).fetchone()
        if count:
            found.append(file_problem(code, source, count=count, raw=first))
    return found
