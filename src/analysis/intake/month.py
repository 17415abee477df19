"""A month's intake: every delivered file read, every cell and row accounted for, every value traceable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import compress
from operator import not_
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from analysis.intake.adjustments import measure_adjustments
from analysis.intake.corrections import accept_problems, correct_sheets, ready_entries, replaced_files, settle_cells
from analysis.intake.counts import measure_counts
from analysis.intake.daily import measure_scores
from analysis.intake.deliveries import complete, find_missing, match_delivery
from analysis.intake.file_checks import find_empty_files, find_other_months, hash_contents
from analysis.intake.files import Deliveries, read_deliveries
from analysis.intake.inspections import measure_inspections
from analysis.intake.key_work import measure_key_work
from analysis.intake.labels import Labels, read_labels
from analysis.intake.ledger import measure_ledger
from analysis.intake.lines import gather
from analysis.intake.measures import Measurement, Part, Sheaf, Source, lineage_table, measurements_table, table_of
from analysis.intake.problems import Problem, problems_table, report
from analysis.intake.readers import RawSheet
from analysis.intake.register import FILE_NAME, Acceptance, Corrections, list_registers, load_corrections
from analysis.intake.sheets import CleanSheet, clean_sheet, find_titles_of_other_months, settle
from analysis.intake.tickets.clean import TicketIntake, clean_tickets
from analysis.intake.tickets.header import read_head, ticket_layout
from analysis.policy.book import Policy
from analysis.policy.errors import DataError
from analysis.policy.tables import TABLES

# Reader of a kind (params/sheets.yml) → how its records are measured; score sheets and tickets have ways of their own.
_READERS = {
    "counts": measure_counts,
    "key_work": measure_key_work,
    "inspections": measure_inspections,
    "ledger": measure_ledger,
    "adjustments": measure_adjustments,
}
# Codes of files that nothing was read from.
_UNREAD = frozenset({"unreadable-file", "unknown-header", "no-record"})
_FROM_RECORDS = ("unit_counts", "key_work", "inspections", "ledger_items", "adjustments")


@dataclass(frozen=True)
class CleanMonth:
    """A month's clean tables, by name, and what blocks their publication.

    Attributes:
        unit_names: Unit id → name.
        entries: What blocks as entries for `corrections.yml`, yet to be signed.
    """

    period: str
    tables: dict[str, pd.DataFrame] = field(repr=False)
    unit_names: Mapping[str, str] = field(default_factory=dict, repr=False)
    entries: tuple[str, ...] = ()

    @property
    def problems(self) -> pd.DataFrame:
        """The table `problems`."""
        return self.tables["problems"]

    @property
    def is_blocked(self) -> bool:
        """Whether a problem blocks publication until it is corrected or accepted by name."""
        return bool(self.problems["is_blocking"].any())

    def refuse_if_blocked(self) -> None:
        """Raise where a problem blocks publication.

        Raises:
            DataError: lists the first problems with what to do.
        """
        blocking = gather(self.problems[self.problems["is_blocking"]])["message"]
        if len(blocking):
            more = f"\n… 共{len(blocking)}条,见 analysis check {self.period}" if len(blocking) > 20 else ""
            raise DataError(f"{self.period}: 数据问题未处理,不能发布:\n" + "\n".join(blocking.head(20)) + more)


def clean_month(
    folder: Path,
    policy: Policy,
    *,
    as_of: date,
    secret: bytes,
    earlier_tickets: Sequence[Path] = (),
    earlier_folders: Sequence[Path] = (),
    earlier_contents: Mapping[str, str] = MappingProxyType({}),
    corrections: Corrections | None = None,
) -> CleanMonth:
    """Return the clean tables of a month's raw files.

    Args:
        folder: The month's raw files, such as `data/raw/2026-10`.
        policy: The rules of the month.
        as_of: The day from which deadlines count (S21).
        secret: The secret for caller keys.
        earlier_tickets: Clean `tickets` tables (Parquet) of earlier months.
        earlier_folders: The raw files of earlier months, the latest first; the same bytes are not this month's data.
        earlier_contents: `contents` of a sheet of an earlier month (`reconciliation`) → where it lay, in words; nor
            are the same contents, saved anew.
        corrections: What counts in the place of the folder's `corrections.yml`.

    Returns:
        Tables measurements, lineage, problems, reconciliation, unit_counts, adjustments, key_work, inspections,
        ledger_items, tickets, transfers. They depend neither on the order of files nor on that of rows.

    Raises:
        DataError: the folder holds no raw files (a month is never zero), or `corrections.yml` does not fit them.
    """
    folder = Path(folder)
    labels = read_labels(policy)
    corrections = load_corrections(folder) if corrections is None else corrections
    replaced = replaced_files(folder, corrections.accept)
    delivered = read_deliveries(
        folder, labels, {e.file for e in corrections.corrections}, {note.file for note in replaced}, earlier_folders
    )
    corrected = correct_sheets(delivered.sheets, corrections.corrections)

    def find(sheets: Sequence[RawSheet], notes: Iterable[Problem]) -> _Found:
        problems = [*tell_registers(folder), *replaced, *delivered.problems, *corrected.problems, *notes]
        of_tickets = [ticket_layout(sheet, labels) is not None for sheet in sheets]
        items = [*delivered.ticket_files, *compress(sheets, of_tickets)]
        tables = [clean_sheet(sheet, labels) for sheet in compress(sheets, map(not_, of_tickets))]
        tickets = None
        if items:
            tickets = clean_tickets(items, policy, secret=secret, as_of=as_of, earlier_tickets=earlier_tickets)
        problems += [p for sheet in tables for p in sheet.problems]
        problems += _check_files(tables, items, tickets, delivered, earlier_contents, labels)
        return _find(problems, tables, tickets, labels, as_of)

    found = find(corrected.sheets, ())
    values = [entry for entry in corrections.accept if entry.settles_a_cell]
    if values:
        settled = settle_cells(corrected.sheets, values, found.problems, labels)
        found = find(settled.sheets, settled.problems)
    accept = [entry for entry in corrections.accept if not entry.settles_a_cell]
    return _assemble(found, labels, accept, corrected.delivered)


@dataclass(frozen=True)
class _Found:
    """What a month's files came to, and what is wrong, before anything is accepted."""

    problems: list[Problem]
    sheets: list[CleanSheet]
    tickets: TicketIntake | None
    measured: list[Measurement]
    records: dict[str, list[Mapping]]

    @property
    def ticket_kinds(self) -> set[str]:
        """`tickets` and `transfers`, where they were delivered."""
        return set(self.tickets.reconciliation["kind"]) if self.tickets else set()


def tell_registers(folder: Path) -> list[Problem]:
    """Return a note where a month has a register and a `corrections.yml` as well: both are taken."""
    return [report("two-registers", file=path.name) for path in list_registers(folder) if (folder / FILE_NAME).exists()]


def _contents_of(sheets: list[CleanSheet], tickets: TicketIntake | None, labels: Labels) -> Iterator[tuple[str, str]]:
    """Yield each sheet's file and the hash of its contents."""
    yield from ((sheet.file, hash_contents(sheet, labels.policy.sheets.telling_values)) for sheet in sheets)
    if tickets:
        yield from tickets.reconciliation[["file", "contents"]].itertuples(index=False, name=None)


def _check_files(
    sheets: list[CleanSheet],
    items: list,
    tickets: TicketIntake | None,
    delivered: Deliveries,
    earlier_contents: Mapping[str, str],
    labels: Labels,
) -> list[Problem]:
    """Return what is wrong with whole files: no record, or another month's."""
    with_rows, titles = set(), []
    if tickets:
        counts = tickets.reconciliation
        with_rows = set(counts.loc[counts["n_read"] > counts["n_not_data"], "file"])
    for head in map(read_head, items):
        above = range(1, ticket_layout(head, labels).header_row)
        cells = [cell for row in above for cell in head.row(row)]
        titles += find_titles_of_other_months(head.file, head.name, cells, labels)
    files = {sheet.file for sheet in sheets if sheet.has_records} | with_rows
    contents = _contents_of(sheets, tickets, labels)
    again = {file: earlier_contents[hashed] for file, hashed in contents if hashed in earlier_contents}
    return [
        *titles,
        *find_empty_files(sheets, [*delivered.problems, *(p for sheet in sheets for p in sheet.problems)], labels),
        *find_other_months(files, again | dict(delivered.earlier), labels),
    ]


def _find(
    problems: list[Problem], sheets: list[CleanSheet], tickets: TicketIntake | None, labels: Labels, as_of: date
) -> _Found:
    parts = _measure(sheets, labels, as_of)
    measured = [m for part in parts for m in part.measurements]
    problems = problems + [p for part in parts for p in part.problems]
    fed = {pair for part in parts for pairs in part.touches.values() for pair in pairs}
    fed |= {(m.unit_id, m.indicator_id) for m in measured}
    problems = _with_touches(problems, parts) + list(tickets.problems if tickets else ())
    unread, attachments = ({p.file for p in problems if p.code in codes} for codes in (_UNREAD, {"attachment"}))
    records = {name: [row for part in parts for row in part.tables.get(name, ())] for name in _FROM_RECORDS}
    found = _Found(problems, sheets, tickets, measured, records)
    missing = find_missing(sheets, found.ticket_kinds, fed, labels, unread, attachments)
    return replace(found, problems=[*problems, *missing])


def _assemble(found: _Found, labels: Labels, accept: Sequence[Acceptance], raw_of: dict) -> CleanMonth:
    policy, sheets, tickets, ticket_kinds = labels.policy, found.sheets, found.tickets, found.ticket_kinds
    problems = accept_problems(found.problems, accept, labels)
    accepted = {pair for p in problems if p.action == "accepted" for pair in p.touches}
    kinds = {kind for sheet in sheets for kind in sheet.kinds} | ticket_kinds
    from_tickets = {i.id for i in policy.indicators if i.data.sheet == "tickets" and "tickets" in ticket_kinds}
    whole = complete(found.measured, kinds, accepted, policy)
    whole = [m for m in whole if m.indicator_id not in from_tickets]
    whole = [replace(m, sources=_as_delivered(m, raw_of)) for m in whole]
    offices = {(s.file, s.name): d.office for s in sheets if (d := match_delivery(s, policy))}
    tables = {
        "measurements": measurements_table(whole, policy),
        "lineage": lineage_table(whole, policy.period),
        "problems": problems_table(_with_offices(problems, offices)),
        "reconciliation": _reconcile(sheets, problems, offices, policy.sheets.telling_values),
    }
    entries = dict.fromkeys(ready_entries(problems, labels))
    for name in _FROM_RECORDS:
        tables[name] = table_of(name, found.records[name])
    return CleanMonth(policy.period, _with_tickets(tables, tickets, from_tickets), labels.unit_names, tuple(entries))


def _measure(sheets: list[CleanSheet], labels: Labels, as_of: date) -> list[Part]:
    spoilt: dict[tuple[str, str, int], frozenset[str]] = {}
    for problem in (p for sheet in sheets for p in sheet.problems if p.sets_aside):
        place = (problem.file, problem.sheet, problem.row)
        spoilt[place] = spoilt.get(place, frozenset()) | {problem.code}

    def sheaf(kind: str) -> Sheaf:
        records = tuple(record for sheet in sheets for record in sheet.records.get(kind, ()))
        return Sheaf(kind, records, spoilt, labels, as_of)

    kinds = labels.policy.sheets.kinds.items()
    return [
        measure_scores((cell for sheet in sheets for cell in sheet.scores), labels),
        *(_READERS[kind.reader](sheaf(id_)) for id_, kind in kinds if kind.reader in _READERS),
    ]


def _with_touches(problems: Iterable[Problem], parts: Iterable[Part]) -> list[Problem]:
    """Return the problems of records with the unit-indicator pairs that their row or cell feeds."""
    touches = {place: pairs for part in parts for place, pairs in part.touches.items()}

    def pairs_of(p: Problem) -> tuple:
        row = (p.file, p.sheet, p.row)
        return touches.get((*row, p.column), touches.get(row, ()))

    return [p if p.touches or not p.row else replace(p, touches=pairs_of(p)) for p in problems]


def _as_delivered(measurement: Measurement, raw_of: dict) -> tuple[Source, ...]:
    """Return the sources with the raw text as delivered; a corrected cell's new value is a source of its own."""
    sources = []
    for source in measurement.sources:
        raw, new = raw_of.get((source.file, source.sheet, source.cell), (None, None))
        if raw is None:
            sources.append(source)
        else:
            sources += [replace(source, raw=raw), replace(source, role=f"{source.role} corrected", raw=new)]
    return tuple(sources)


def _with_offices(problems: Iterable[Problem], offices: dict[tuple[str, str], str]) -> list[Problem]:
    by_file = {file: office for (file, _), office in sorted(offices.items(), reverse=True)}
    return [
        p if p.office else replace(p, office=offices.get((p.file, p.sheet), by_file.get(p.file, ""))) for p in problems
    ]


def _reconcile(sheets: list[CleanSheet], problems: list[Problem], offices: dict, telling_values: int) -> pd.DataFrame:
    rows = []
    for sheet in sheets:
        own = [p for p in problems if (p.file, p.sheet) == (sheet.file, sheet.name)]
        fates = list(settle(sheet.fates, own).values())
        counts = {f"n_{fate}": fates.count(fate) for fate in ("clean", "set_aside", "not_data")}
        kind, office = "+".join(sheet.kinds), offices.get((sheet.file, sheet.name), "")
        place = {"file": sheet.file, "sheet": sheet.name, "kind": kind, "grain": sheet.grain, "office": office}
        rows.append({**place, "n_read": len(fates), **counts, "contents": hash_contents(sheet, telling_values)})
    return table_of("reconciliation", rows)


def _with_tickets(
    tables: dict[str, pd.DataFrame], tickets: TicketIntake | None, measured: set[str]
) -> dict[str, pd.DataFrame]:
    """Return the tables with those of tickets; without a readable file of them their indicators are not submitted."""
    if tickets is None:
        return tables | {name: TABLES[name].empty() for name in ("tickets", "transfers")}
    names = ("measurements", "lineage", "reconciliation") if measured else ("reconciliation",)
    joined = {
        name: TABLES[name].check(pd.concat([tables[name], getattr(tickets, name)], ignore_index=True)) for name in names
    }
    return tables | joined | {"tickets": tickets.tickets, "transfers": tickets.transfers}
