"""Turn text into facts in SQL: ids, dates, units, matters, channels, yes and no; set aside what contradicts itself.

What a text means is said by the readers of `intake.values`, as in every other sheet. SQL asks them once for each
different text, and not at all for an id in plain letters and digits; a lawful time of day is taken off a date first,
so that a month has few different ones.

The first reason in the order of `_TICKET_REASONS` names a row's problem. Rows of one id within a delivery are
compared in all mapped fields, free text and ignored columns left out: equal ones count once, different ones are all
set aside.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import duckdb

from analysis.intake.callers import key_expression, key_parameters
from analysis.intake.labels import normal
from analysis.intake.readers import RawCell
from analysis.intake.redact import redact
from analysis.intake.tickets.engine import add_mapping
from analysis.intake.values import Parsed, clean_text, parse_count, parse_id, parse_moment
from analysis.policy.book import Policy
from analysis.policy.duties import index_matters
from analysis.policy.tickets import Words

Places = Sequence[tuple[str, str]]  # table, column
Meanings = Mapping[str, tuple]
_WIDE = "０１２３４５６７８９－／：．"  # full-width digits and signs, as some offices type dates
_NARROW = "0123456789-/:."
# One caller is written in several ways: full-width digits, spaces, dashes, capitals.
_CALLER = f"lower(regexp_replace(translate(r.caller, '{_WIDE}', '{_NARROW}'), '[\\s-]+', '', 'g'))"
_DATES = ("received", "due", "extended_to", "closed")
_TIMED = ("received", "closed")  # the time of day is kept too; midnight is what a system writes that keeps days alone
_DUPLICATE = "is_status_duplicate"  # a district whose systems say no such thing has no words for it
_FLAGS = ("is_call_back_valid", "is_satisfied", "is_attitude_complaint")

_PLAIN_ID = "regexp_full_match({0}, '[0-9A-Za-z-]+')"
_ID = f"case when {_PLAIN_ID.format('r.ticket')} then upper(r.ticket) else coalesce(i.id, r.ticket) end"
_NO_ID = f"not {_PLAIN_ID.format('r.ticket')} and i.id is null"
_DAY_AND_CLOCK = r"^([^ T]{8,11})[ T]+((?:[01]?[0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9](?:\.[0-9]+)?)?$"

# What a row says, apart from its id; the caller's key, which the root's secret decides, is compared beside it.
_TICKET_FACTS = (
    "unit_id, channel, matter, received, due, extended_to, closed, is_call_back_valid, is_satisfied,"
    " is_attitude_complaint"
)
_TRANSFER_FACTS = "from_unit_id, to_unit_id, date, is_returned"

_TICKET_REASONS = """case
    when r.ticket = '' then 'missing-ticket'
    when {no_id} then 'number-as-id'
    when w5.value then 'marked-duplicate'
    when u.unit_id is null then 'unknown-unit'
    when r.received = '' then 'missing-received'
    when {unread} then 'invalid-date'
    when {outside} then 'date-outside-calendar'
    when d.received > $as_of then 'received-in-future'
    when d.closed < d.received then 'closed-before-received'
    when d.due < d.received then 'due-before-received'
    when {ambiguous} then 'ambiguous-value'
    when (w4.value and d.closed is null) or (not w4.value and d.closed is not null) then 'status-contradicts'
    else '' end"""

_TICKETS = """create table all_tickets as
select r.source, r.row_number, {id} as ticket_id, coalesce(u.unit_id, r.unit) as unit_id,
    coalesce(c.channel, 'other') as channel, coalesce(m.matter_id, '') as matter_id,
    coalesce(m.matter, x.text) as matter, {caller} as caller_key,
    d.received, d.due, d.extended_to, d.closed, d.received_time, d.closed_time,
    coalesce(w1.value, false) and w2.value is not null as is_call_back_valid,
    coalesce(w1.value, false) and coalesce(w2.value, false) as is_satisfied,
    coalesce(w3.value, false) as is_attitude_complaint,
    {reason} as reason
from raw_tickets r
join dates d using (source, row_number)
left join ids i on i.raw = r.ticket
left join unit_names u on u.raw = r.unit
left join matter_names m on m.raw = r.matter
join matter_texts x on x.raw = r.matter
left join channel_names c on c.raw = r.channel
{words}"""

_TRANSFERS = f"""create table all_transfers as
select r.source, r.row_number, {_ID} as ticket_id, s.step,
    coalesce(f.unit_id, r.from_unit) as from_unit_id, coalesce(t.unit_id, r.to_unit) as to_unit_id, d.date,
    coalesce(w.value, false) as is_returned,
    case when r.ticket = '' then 'missing-ticket'
        when {_NO_ID} then 'number-as-id'
        when f.unit_id is null or t.unit_id is null then 'unknown-unit'
        when coalesce(s.step, 0) < 1 then 'invalid-step'
        when d.date is null then 'invalid-date'
        when d.date not between $first and $last then 'date-outside-calendar'
        when d.date > $as_of then 'moved-in-future'
        when f.unit_id = t.unit_id then 'self-transfer'
        when w.raw is null then 'ambiguous-value'
        else '' end as reason
from raw_transfers r
join transfer_dates d using (source, row_number)
left join ids i on i.raw = r.ticket
left join steps s on s.raw = r.step
left join unit_names f on f.raw = r.from_unit
left join unit_names t on t.raw = r.to_unit
left join words_is_returned w on w.raw = r.is_returned"""


def add_names(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Create the small tables from the words of this delivery to ids: units, matters, channels, steps, yes and no."""
    units = {form: (id_,) for form, id_ in policy.unit_id_by_name.items()}
    matters = {form: (matter.id, matter.name) for form, matter in index_matters(policy.matters).items()}
    channels = {form: (channel.id,) for form, channel in policy.tickets.channel_by_word.items()}
    in_units = [("raw_tickets", "unit"), ("raw_transfers", "from_unit"), ("raw_transfers", "to_unit")]
    _add_lookup(con, "unit_names", in_units, "unit_id varchar", units)
    _add_lookup(con, "matter_names", [("raw_tickets", "matter")], "matter_id varchar, matter varchar", matters)
    _add_lookup(con, "channel_names", [("raw_tickets", "channel")], "channel varchar", channels, fold=True)
    odd = f"select distinct ticket from {{}} where ticket <> '' and not {_PLAIN_ID.format('ticket')}"
    _add_parsed(con, "ids", f"{odd.format('raw_tickets')} union {odd.format('raw_transfers')}", "id varchar", parse_id)
    _add_parsed(con, "matter_texts", "select distinct matter from raw_tickets", "text varchar", _plain_text)
    _add_parsed(con, "steps", "select distinct step from raw_transfers", "step int", parse_count)
    for name, words in sorted(({_DUPLICATE: Words(positive=(), negative=())} | policy.tickets.words).items()):
        # A missing word is not known; a word that means "not rated" is known and has no value.
        meanings = {word: (value,) for word, value in words.meanings().items()}
        _add_lookup(con, f"words_{name}", [_word_column(name)], "value boolean", meanings, fold=True)


def _word_column(name: str) -> tuple[str, str]:
    if name == "is_returned":
        return "raw_transfers", name
    return "raw_tickets", "status" if name in ("is_status_closed", _DUPLICATE) else name


def _add_lookup(con, name: str, places: Places, columns: str, meanings: Meanings, *, fold: bool = False) -> None:
    """Create a table from each word in the given columns to its meaning; `fold`: capitals do not matter."""
    selects = [f"select distinct {column} from {table}" for table, column in places]
    raws = {row[0] for row in con.execute(" union ".join(selects)).fetchall()}
    forms = {raw: normal(raw).casefold() if fold else normal(raw) for raw in sorted(raws)}
    rows = [(raw, *meanings[form]) for raw, form in forms.items() if form in meanings]
    add_mapping(con, name, rows, f"raw varchar, {columns}")


def _add_parsed(con, name: str, query: str, column: str, parse: Callable[[RawCell], Parsed]) -> None:
    """Create a table from each text of a query to what a reader of cells makes of it, or null."""
    texts = sorted(row[0] for row in con.execute(query).fetchall())
    rows = [(text, parse(RawCell(0, 0, text, text, "text")).value) for text in texts]
    add_mapping(con, name, rows, f"raw varchar, {column}")


def add_dates(con: duckdb.DuckDBPyConnection, formats: Mapping[str, Mapping[int, tuple[str, ...]]]) -> None:
    """Create `dates` and `transfer_dates`: the days of every row, null if unreadable, and the times of day of tickets.

    Args:
        con: the database, with the raw tables.
        formats: kind → number of a source → how its own system writes dates (an adapter's `date_formats`); what they
            do not fit, and all dates of other sources, are read as in every sheet (`values.parse_moment`).
    """
    for kind, table, fields, timed in (
        ("tickets", "dates", _DATES, _TIMED),
        ("transfers", "transfer_dates", ("date",), ()),
    ):
        columns = [*(f"{field} date" for field in fields), *(f"{field}_time varchar" for field in timed)]
        con.execute(f"create table {table} (source int, row_number bigint, {', '.join(columns)})")
        days = {f: f"regexp_replace(r.{f}, '{_DAY_AND_CLOCK}', '\\1')" for f in fields}
        joins = "\n".join(f"left join moments m_{f} on m_{f}.raw = {day}" for f, day in days.items())
        for source, own in sorted(formats.get(kind, {}).items()):
            rows = f"from raw_{kind} r {{}} where r.source = {source}"
            selects = [f"select distinct {day} {rows.format('')}" for day in days.values()]
            _add_parsed(con, "moments", " union ".join(selects), "moment timestamp", _moment_cell)
            known = ", ".join("'" + form.replace("'", "''") + "'" for form in own)
            read = {f: f"try_strptime(r.{f}, [{known}])" if known else "null" for f in fields}
            read = {f: f"coalesce({by_own}, m_{f}.moment)" for f, by_own in read.items()}
            times = [f"coalesce({_clock_of(f'r.{field}')}, strftime({read[field]}, '%H:%M:%S'))" for field in timed]
            parts = [*(f"{read[field]}::date" for field in fields), *(f"nullif({time}, '00:00:00')" for time in times)]
            con.execute(f"insert into {table} select r.source, r.row_number, {', '.join(parts)} {rows.format(joins)}")
            con.execute("drop table moments")


def _clock_of(field: str) -> str:
    """Return what takes the lawful time of day from a text that `_DAY_AND_CLOCK` fits, or null."""
    hours, seconds = (f"regexp_extract({field}, '{_DAY_AND_CLOCK}', {group})" for group in (2, 3))
    return f"strftime(try_strptime({hours} || left({seconds} || ':00', 3), '%H:%M:%S'), '%H:%M:%S')"


def _plain_text(cell: RawCell) -> Parsed:
    """Return a matter that nobody knows as a reader may see it: no mark of direction, no citizen."""
    return Parsed(redact(clean_text(cell.text)))


def _moment_cell(cell: RawCell) -> Parsed:
    return parse_moment(cell, date_system=0)


def add_tickets(con: duckdb.DuckDBPyConnection, secret: bytes, as_of: date, covered: tuple[date, date]) -> None:
    """Create `all_tickets`: every row of the delivery as facts, with the reason why it is set aside, or none."""
    words = "\n".join(
        f"left join words_{name} w{i} on w{i}.raw = r.{_word_column(name)[1]}"
        for i, name in enumerate((*_FLAGS, "is_status_closed", _DUPLICATE), start=1)
    )
    reason = _TICKET_REASONS.format(
        no_id=_NO_ID,
        unread=" or ".join(f"(r.{f} <> '' and d.{f} is null)" for f in _DATES),
        outside=" or ".join(f"d.{f} not between $first and $last" for f in _DATES),
        ambiguous=" or ".join(f"w{i}.raw is null" for i in range(1, len(_FLAGS) + 2)),
    )
    values = {"as_of": as_of, "first": covered[0], "last": covered[1], **key_parameters(secret)}
    con.execute(_TICKETS.format(id=_ID, caller=key_expression(_CALLER), reason=reason, words=words), values)
    _settle_twins(con, "tickets", "ticket_id", f"{_TICKET_FACTS}, caller_key", "conflicting-ticket", "duplicate-ticket")


def add_transfers(con: duckdb.DuckDBPyConnection, as_of: date, covered: tuple[date, date]) -> None:
    """Create `all_transfers`: every row of the delivery as facts, with the reason why it is set aside, or none."""
    con.execute(_TRANSFERS, {"as_of": as_of, "first": covered[0], "last": covered[1]})
    _settle_twins(con, "transfers", "ticket_id, step", _TRANSFER_FACTS, "conflicting-transfer", "duplicate-transfer")


def _settle_twins(con, kind: str, key: str, same: str, conflict: str, duplicate: str) -> None:
    """Name the rows of one key that differ, and all but the first of those that are equal."""
    con.execute(
        f"""create table twins as
        select source, row_number, min(hash({same})) over same_key <> max(hash({same})) over same_key as is_conflict,
            row_number() over (partition by {key} order by reason <> '', source, row_number) > 1 as is_later
        from all_{kind} where ticket_id <> ''
        window same_key as (partition by {key})
        qualify count(*) over same_key > 1"""
    )
    con.execute(
        f"""update all_{kind} as a set reason = case when t.is_conflict then '{conflict}' else '{duplicate}' end
        from twins t where t.source = a.source and t.row_number = a.row_number and a.reason = ''
            and (t.is_conflict or t.is_later)"""
    )
    con.execute("drop table twins")


def hash_contents(con: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Return source → a hash of its sound rows, whatever their order and whatever program saved them."""
    selects = [
        f"""select source, printf('%016x', bit_xor(md5_number_lower(concat_ws('|', {facts})))) from all_{kind}
        where reason = '' group by source"""
        for kind, facts in (
            ("tickets", f"ticket_id, {_TICKET_FACTS}"),
            ("transfers", f"ticket_id, step, {_TRANSFER_FACTS}"),
        )
    ]
    return dict(con.execute(" union all ".join(selects)).fetchall())
