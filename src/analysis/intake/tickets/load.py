"""Load the mapped columns of delivered files into DuckDB as text, each row with its number in its file.

What is not mapped (above all the free text of a ticket) is never loaded.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from analysis.intake.labels import Labels
from analysis.intake.readers import DEFAULT, RawSheet, TextFile, UnreadableFile, file_type, open_text
from analysis.intake.tickets.header import TicketLayout, open_parquet, ticket_layout
from analysis.intake.values import id_text
from analysis.policy.messages import say

FIELDS = {
    "tickets": (
        "ticket", "channel", "matter", "unit", "caller", "received", "due", "extended_to", "closed",
        "is_call_back_valid", "is_satisfied", "is_attitude_complaint", "status",
    ),
    "transfers": ("ticket", "step", "from_unit", "to_unit", "date", "is_returned"),
}  # fmt: skip
_BATCH_ROWS = 50_000


class Loaded(NamedTuple):
    """A source that was loaded: its layout, how many rows below the header were read, are no data, and are ragged.

    `ragged` holds the numbers of the rows of data that are longer or shorter than the header of a text file.
    """

    layout: TicketLayout
    n_read: int
    n_not_data: int
    ragged: tuple[int, ...] = ()


def create_raw_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create `raw_tickets` and `raw_transfers`: source number, row number, and every field as text."""
    for kind, fields in FIELDS.items():
        columns = ", ".join(f"{name} varchar" for name in fields)
        con.execute(f"create table raw_{kind} (source int, row_number bigint, {columns})")


def load_source(
    con: duckdb.DuckDBPyConnection, number: int, item: Path | TextFile | RawSheet, labels: Labels
) -> Loaded:
    """Load one file or sheet into the raw table of its kind.

    Args:
        con: the database, with the raw tables.
        number: the source's number, which every row carries.
        item: a CSV or Parquet file, or a sheet that the readers read.
        labels: the words of headers, and those that mark totals and notes, which are no data.

    Raises:
        UnreadableFile: the file cannot be read, or its header names neither tickets nor transfers; nothing of it is
            left in the table.
    """
    if isinstance(item, Path) and file_type(item) == "parquet":
        return _load_parquet(con, number, item, _layout_of(item, item.name, labels))
    if isinstance(item, RawSheet):
        rows = (tuple(map(id_text, row)) for row in item.iter_rows())
        return _load_rows(con, number, rows, _layout_of(item, item.file, labels), labels)
    text = item if isinstance(item, TextFile) else open_text(item)
    layout = _layout_of(text, text.path.name, labels)
    try:
        return _load_rows(con, number, text.rows(), layout, labels, is_text=True)
    except UnreadableFile:
        con.execute(f"delete from raw_{layout.kind} where source = ?", [number])
        raise


def _load_rows(
    con, number: int, rows: Iterable[Sequence[str]], layout: TicketLayout, labels: Labels, *, is_text: bool = False
) -> Loaded:
    fields = FIELDS[layout.kind]
    places = [layout.columns.get(field, -1) for field in fields]
    numbered = enumerate(rows, start=1)
    header = list(islice(numbered, layout.header_row))[-1][1]
    n_read = n_data = 0
    ragged: list[int] = []
    while batch := list(islice(numbered, _BATCH_ROWS)):
        kept = [(row, cells) for row, cells in batch if _is_data(cells, layout, labels)]
        if is_text:
            ragged += [row for row, cells in kept if len(cells) != len(header)]
        n_read, n_data = n_read + len(batch), n_data + len(kept)
        _insert(con, number, layout, fields, places, kept)
    return Loaded(layout, n_read, n_read - n_data, tuple(ragged))


def _layout_of(item: RawSheet | TextFile | Path, name: str, labels: Labels) -> TicketLayout:
    layout = ticket_layout(item, labels)
    if layout is None:
        raise UnreadableFile(name, "malformed", say("the header names neither tickets nor transfers"))
    return layout


def _is_data(cells: Sequence[str], layout: TicketLayout, labels: Labels) -> bool:
    """Tell whether a row is data: not blank, no total, note or repeated header."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    if not first or (not first[0].isascii() and labels.is_note(first)):  # an id is not looked at twice
        return False
    if any(_cell(cells, layout.columns.get(name, -1)).strip() for name in ("received", "unit", "from_unit", "date")):
        return not _is_header_again(cells, layout, labels)
    return not labels.is_total(first)


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


def _load_parquet(con, number: int, path: Path, layout: TicketLayout) -> Loaded:
    """Load a Parquet file piece by piece; its rows are numbered as if its names stood in row 1 of a sheet."""
    file = open_parquet(path)
    n_rows, names = file.metadata.num_rows, file.schema_arrow.names
    if n_rows * len(layout.columns) > DEFAULT.text_cells:
        told = say("has {n_rows} rows; split it by weeks").format(n_rows=n_rows)
        raise UnreadableFile(path.name, "too-many-rows", told)
    fields = FIELDS[layout.kind]
    texts = ", ".join(f"coalesce(trim(f_{f}::varchar), '') as {f}" if f in layout.columns else "?" for f in fields)
    constants = [layout.constants.get(field, "") for field in fields if field not in layout.columns]
    n_read = 0
    try:
        for batch in file.iter_batches(_BATCH_ROWS, columns=[names[place] for place in layout.columns.values()]):
            columns = {f"f_{field}": batch.column(names[place]) for field, place in layout.columns.items()}
            columns["row_number"] = pa.array(range(n_read + 2, n_read + 2 + len(batch)))
            con.register("batch", pa.table(columns))
            con.execute(f"insert into raw_{layout.kind} select {number}, row_number, {texts} from batch", constants)
            con.unregister("batch")
            n_read += len(batch)
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        con.execute(f"delete from raw_{layout.kind} where source = ?", [number])
        raise UnreadableFile(path.name, "truncated", say("is damaged ({error})").format(error=error)) from None
    return Loaded(layout, n_read, 0)
