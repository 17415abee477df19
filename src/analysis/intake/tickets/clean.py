"""The month's tickets and transfers from delivered files: facts, problems, reconciliation, measurements, lineage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

import analysis.intake.tickets.problems as wrong
from analysis.intake.labels import Labels, read_labels
from analysis.intake.problems import Problem, report
from analysis.intake.readers import RawSheet, TextFile, UnreadableFile
from analysis.intake.tickets.convert import add_dates, add_names, add_tickets, add_transfers, hash_contents
from analysis.intake.tickets.derive import derive_facts, join_earlier, select_tickets, select_transfers
from analysis.intake.tickets.engine import add_calendar, add_mapping, open_engine
from analysis.intake.tickets.findings import find_problems
from analysis.intake.tickets.load import create_raw_tables, load_source
from analysis.intake.tickets.measure import measure_indicators, trace_indicators
from analysis.intake.tickets.problems import Source
from analysis.policy.book import Policy
from analysis.policy.period import month_end, reach_end
from analysis.policy.tables import TABLES


@dataclass(frozen=True)
class TicketIntake:
    """What a month's delivery of tickets and transfers came to; each frame is a table of `policy.tables`."""

    tickets: pd.DataFrame
    transfers: pd.DataFrame
    measurements: pd.DataFrame
    lineage: pd.DataFrame
    reconciliation: pd.DataFrame
    problems: tuple[Problem, ...]


def clean_tickets(
    files: Iterable[Path | TextFile | RawSheet],
    policy: Policy,
    *,
    secret: bytes,
    as_of: date | None = None,
    earlier_tickets: Sequence[Path] = (),
) -> TicketIntake:
    """Return the facts of a month's tickets and transfers, with every row accounted for (R5, R9, S18–S20).

    Args:
        files: CSV (UTF-8, GB18030, UTF-16) and Parquet files and sheets of small workbooks that `ticket_layout`
            recognises; each may be tickets or transfers, in any order.
        policy: the rules of the month.
        secret: the root's secret for caller keys (`caller_secret(root)`).
        as_of: the day on which everything is judged; the month's end by default (S21).
        earlier_tickets: the clean `tickets` tables (Parquet) of earlier months, at least of those since the oldest
            ticket that is still open: without them a ticket closed before its due month is missing from that month's
            rates.

    Returns:
        `tickets`: a row a ticket that the month knows: delivered in it, or known earlier and open or due now.
        `is_due` marks those that this month's rates count; no free text, callers only as keyed hashes. `transfers`: a
        row a move. `reconciliation`: a row a file, n_read = n_clean + n_set_aside + n_not_data over the rows below
        the header, repeated rows of equal content being no data. `measurements` and `lineage`: of the indicators
        whose data come from tickets.

    Raises:
        PolicyError: the calendar ends before a due date, or an indicator names an unknown measure.
    """
    as_of = as_of or month_end(policy.period)
    labels = read_labels(policy)
    with open_engine(policy.tickets.engine) as con:
        covered = add_calendar(con, policy.calendar.until(reach_end(policy.period)))
        sources, counts, refused = _load(con, list(files), policy, labels)
        add_names(con, policy)
        add_tickets(con, secret, as_of, covered)
        add_transfers(con, as_of, covered)
        join_earlier(con, earlier_tickets, policy.period)
        derive_facts(con, policy, as_of)
        tickets = TABLES["tickets"].check(select_tickets(con, policy.period, as_of))
        reconciliation = _reconcile(con, sources, counts)
        shares = [
            (s, row.n_read - row.n_not_data, row.n_set_aside) for s, row in zip(sources, reconciliation, strict=True)
        ]
        return TicketIntake(
            tickets=tickets,
            transfers=TABLES["transfers"].check(select_transfers(con, policy.period)),
            measurements=measure_indicators(tickets, policy),
            lineage=trace_indicators(con, tickets, policy, sources),
            reconciliation=_reconciliation_table(sources, reconciliation),
            problems=(
                *refused,
                *_without_lone_transfers(
                    find_problems(con, sources, policy.period, has_past=bool(earlier_tickets)), sources
                ),
                *_find_overlaps(con, sources),
                *_judge_shares(shares, policy.sheets.max_set_aside_share),
            ),
        )


def _load(
    con: duckdb.DuckDBPyConnection,
    files: list[Path | TextFile | RawSheet],
    policy: Policy,
    labels: Labels,
) -> tuple[list[Source], list[tuple[int, int]], list[Problem]]:
    """Load every file; return the sources, each one's rows read and rows that are no data, and the refused files."""
    create_raw_tables(con)
    sources, counts, refused, formats = [], [], [], {}
    for item in sorted(files, key=_name):
        file, sheet = _name(item)
        try:
            loaded = load_source(con, len(sources), item, labels)
        except UnreadableFile as refusal:
            refused.append(wrong.unreadable(refusal, _office(policy, "tickets")))
            continue
        kind = loaded.layout.kind
        formats.setdefault(kind, {})[len(sources)] = loaded.layout.date_formats
        sources.append(Source(file, sheet, kind, _office(policy, kind), loaded.layout.columns))
        refused += wrong.ragged_rows(sources[-1], loaded.ragged)
        if loaded.n_read == loaded.n_not_data and kind == "tickets":
            refused.append(
                replace(report("no-record", file=file, sheet=sheet, seen="只有表头"), office=sources[-1].office)
            )
        counts.append((loaded.n_read, loaded.n_not_data))
    rows = [(number, source.file, source.sheet) for number, source in enumerate(sources)]
    add_mapping(con, "sources", rows, "source int, file varchar, sheet varchar")
    add_dates(con, formats)
    return sources, counts, refused


def _name(item: Path | TextFile | RawSheet) -> tuple[str, str]:
    if isinstance(item, RawSheet):
        return item.file, item.name
    return (item.path if isinstance(item, TextFile) else item).name, ""


def _without_lone_transfers(problems: list[Problem], sources: list[Source]) -> list[Problem]:
    """Leave out, where there are no tickets, that each move's ticket is unknown: it is said once of the file."""
    is_alone = all(source.kind != "tickets" for source in sources)
    return [problem for problem in problems if not (is_alone and problem.code == "unknown-ticket")]


def _judge_shares(shares: list[tuple[Source, int, int]], most: float) -> list[Problem]:
    """Return the sources too many of whose rows are set aside; transfers say nothing where there are no tickets."""
    if any(source.kind == "tickets" for source, _, _ in shares):
        return wrong.too_many_set_aside(shares, most)
    return [wrong.file_problem("transfers-alone", source, count=n_rows) for source, n_rows, _ in shares if n_rows]


def _find_overlaps(con: duckdb.DuckDBPyConnection, sources: list[Source]) -> list[Problem]:
    """Return the deliveries that hold the same tickets or moves as another one, with other contents."""
    problems = []
    for kind, key in (("ticket", "ticket_id"), ("transfer", "ticket_id, step")):
        pairs = con.execute(
            f"""select a.source, b.source, count(distinct ({key})) from
            (select * from all_{kind}s where reason = 'conflicting-{kind}') a join
            (select * from all_{kind}s where reason = 'conflicting-{kind}') b using ({key})
            where a.source < b.source group by all order by all"""
        ).fetchall()
        for one, other, count in pairs:
            words = {"other": sources[one].file, "count": count}
            problem = report("overlapping-files", file=sources[other].file, sheet=sources[other].sheet, **words)
            problems.append(replace(problem, office=sources[other].office))
    return problems


def _office(policy: Policy, kind: str) -> str:
    return next((d.office for d in policy.sheets.deliveries if d.kind == kind), "")


@dataclass(frozen=True)
class _Rows:
    n_read: int
    n_set_aside: int
    n_not_data: int
    contents: str


def _reconcile(con: duckdb.DuckDBPyConnection, sources: list[Source], counts: list[tuple[int, int]]) -> list[_Rows]:
    """Return how each source's rows are accounted for; rows that repeat others, or say that they do, are no data."""
    again = "('duplicate-ticket', 'duplicate-transfer', 'marked-duplicate')"
    found = con.execute(
        f"""select source, count(*) filter (where reason <> '' and reason not in {again}),
            count(*) filter (where reason in {again})
        from (select source, reason from all_tickets union all select source, reason from all_transfers) group by
        source"""
    ).fetchall()
    by_source = {source: (n_aside, n_again) for source, n_aside, n_again in found}
    contents = hash_contents(con)
    rows = []
    for number in range(len(sources)):
        n_aside, n_again = by_source.get(number, (0, 0))
        n_read, n_not_data = counts[number]
        rows.append(_Rows(n_read, n_aside, n_not_data + n_again, contents.get(number, "")))
    return rows


def _reconciliation_table(sources: list[Source], rows: list[_Rows]) -> pd.DataFrame:
    table = TABLES["reconciliation"]
    if not sources:
        return table.empty()
    frame = pd.DataFrame(
        {
            "file": [s.file for s in sources],
            "sheet": [s.sheet for s in sources],
            "kind": [s.kind for s in sources],
            "grain": "row",
            "office": [s.office for s in sources],
            "n_read": [r.n_read for r in rows],
            "n_clean": [r.n_read - r.n_set_aside - r.n_not_data for r in rows],
            "n_set_aside": [r.n_set_aside for r in rows],
            "n_not_data": [r.n_not_data for r in rows],
            "contents": [r.contents for r in rows],
        }
    )
    return table.check(frame)
