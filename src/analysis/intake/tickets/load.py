"""Load the mapped columns of delivered files into DuckDB as text, each row with its number in its file.

What is not mapped (above all the free text of a ticket) is never loaded.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from analysis.intake.labels import Labels
from analysis.intake.readers import DEFAULT, RawSheet, UnreadableFile
from analysis.intake.readers.delimited import decode, find_delimiter
from analysis.intake.tickets.header import PARQUET, TicketLayout, find_layout
from analysis.intake.values import id_text
from analysis.policy.hotline import Tickets
from analysis.policy.sheets import Sheets

FIELDS = {
    "tickets": (
        "ticket", "channel", "matter", "unit", "caller", "received", "due", "extended_to", "closed",
        "is_call_back_valid", "is_satisfied", "is_attitude_complaint", "status",
    ),
    "transfers": ("ticket", "step", "from_unit", "to_unit", "date", "is_returned"),
}  # fmt: skip
_BATCH_ROWS = 50_000


class Loaded(NamedTuple):
    """A source that was loaded: its layout and how many rows below the header were read and are no data."""

    layout: TicketLayout
    n_read: int
    n_not_data: int


def create_raw_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create `raw_tickets` and `raw_transfers`: source number, row number, and every field as text."""
    for kind, fields in FIELDS.items():
        columns = ", ".join(f"{name} varchar" for name in fields)
        con.execute(f"create table raw_{kind} (source int, row_number bigint, {columns})")


def load_source(
    con: duckdb.DuckDBPyConnection, number: int, item: Path | RawSheet, sheets: Sheets, tickets: Tickets, labels: Labels
) -> Loaded:
    """Load one file or sheet into the raw table of its kind.

    Args:
        con: the database, with the raw tables.
        number: the source's number, which every row carries.
        item: a CSV or Parquet file, or a sheet that the readers read.
        sheets: `params/sheets.yml`, for the header.
        tickets: `params/tickets.yml`, for the header of foreign files.
        labels: the words that mark totals and notes, which are no data.

    Raises:
        UnreadableFile: the file cannot be read, or its header names neither tickets nor transfers.
    """
    if isinstance(item, Path) and _is_parquet(item):
        return _load_parquet(con, number, item, sheets, tickets)
    if isinstance(item, RawSheet):
        rows = [tuple(map(id_text, row)) for row in item.iter_rows()]
        return _load_rows(con, number, rows, _layout_of(rows, item.file, sheets, tickets), labels)
    text = _read_text(item)
    delimiter = find_delimiter(text)
    head = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    layout = _layout_of(head, item.name, sheets, tickets)
    for is_strict in (True, False):  # some systems write quotes inside of cells as they are
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=is_strict)
        try:
            return _load_rows(con, number, rows, layout, labels)
        except csv.Error as error:
            con.execute(f"delete from raw_{layout.kind} where source = ?", [number])
            fault = error
            if "unexpected end" in str(error):
                break
    reason = "unclosed-quote" if "unexpected end" in str(fault) else "malformed"
    raise UnreadableFile(item.name, reason, str(fault))


def _load_rows(con, number: int, rows: Iterable[Sequence[str]], layout: TicketLayout, labels: Labels) -> Loaded:
    fields = FIELDS[layout.kind]
    places = [layout.columns.get(field, -1) for field in fields]
    below = islice(enumerate(rows, start=1), layout.header_row, None)
    n_read = n_data = 0
    while batch := list(islice(below, _BATCH_ROWS)):
        kept = [(row, cells) for row, cells in batch if _is_data(cells, layout, labels)]
        n_read, n_data = n_read + len(batch), n_data + len(kept)
        _insert(con, number, layout, fields, places, kept)
    return Loaded(layout, n_read, n_read - n_data)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == PARQUET


def _layout_of(rows: Iterable[Sequence[object]], name: str, sheets: Sheets, tickets: Tickets) -> TicketLayout:
    layout = find_layout(rows, sheets, tickets)
    if layout is None:
        raise UnreadableFile(name, "malformed", "the header names neither tickets nor transfers")
    return layout


def _is_data(cells: Sequence[str], layout: TicketLayout, labels: Labels) -> bool:
    """Tell whether a row is data: not blank, no total, note or repeated header."""
    if any(_cell(cells, layout.columns.get(name, -1)).strip() for name in ("received", "unit", "from_unit", "date")):
        return not _is_header_again(cells, layout, labels)
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return bool(first) and not labels.is_total(first) and not labels.is_note(first)


def _is_header_again(cells: Sequence[str], layout: TicketLayout, labels: Labels) -> bool:
    words = labels.fields.get(layout.kind, {})
    ticket = _cell(cells, layout.columns["ticket"]).strip()
    return words.get(ticket) == "ticket"


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if 0 <= place < len(cells) else ""


def _insert(con, number: int, layout: TicketLayout, fields: tuple[str, ...], places: list[int], rows: list) -> None:
    columns = {"source": pa.array([number] * len(rows), pa.int32()), "row_number": pa.array([r for r, _ in rows])}
    for field, place in zip(fields, places, strict=True):
        constant = layout.constants.get(field)
        values = [constant] * len(rows) if constant is not None else [_cell(cells, place).strip() for _, cells in rows]
        columns[field] = pa.array(values, pa.string())
    batch = pa.table(columns)
    con.register("batch", batch)
    con.execute(f"insert into raw_{layout.kind} select * from batch")
    con.unregister("batch")


def _load_parquet(con, number: int, path: Path, sheets: Sheets, tickets: Tickets) -> Loaded:
    """Load a Parquet file; its rows are numbered as if its names stood in row 1 of a sheet."""
    names = [row[0] for row in con.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()]
    layout = _layout_of([names], path.name, sheets, tickets)
    parts, parameters = [], [str(path)]
    for field in FIELDS[layout.kind]:
        if field in layout.columns:
            name = names[layout.columns[field]].replace('"', '""')
            parts.append(f"coalesce(trim(\"{name}\"::varchar), '')")
        else:
            parts.append("?")
            parameters.insert(-1, layout.constants.get(field, ""))
    query = f"select {number}, file_row_number + 2, {', '.join(parts)} from read_parquet(?, file_row_number = true)"
    con.execute(f"insert into raw_{layout.kind} {query}", parameters)
    (n_read,) = con.execute("select num_rows from parquet_file_metadata(?)", [str(path)]).fetchone()
    return Loaded(layout, n_read, 0)


def _read_text(path: Path) -> str:
    """Return the text of a file; its encoding is decided, not guessed.

    Raises:
        UnreadableFile: the file is too large or of no certain encoding.
    """
    if path.stat().st_size > DEFAULT.file_bytes:
        raise UnreadableFile(path.name, "too-large", f"larger than {DEFAULT.file_bytes} bytes; deliver Parquet")
    return decode(path.read_bytes(), path.name)[0]
