"""Recognise a file of tickets or transfers by its header, and say which column holds which field."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from analysis.intake.readers.delimited import find_delimiter
from analysis.policy.hotline import Adapter, Tickets
from analysis.policy.names import normalise_name
from analysis.policy.sheets import Sheets

PARQUET = b"PAR1"
_KINDS = ("tickets", "transfers")
_SNIFFED_BYTES = 1 << 16
_HEADER_WITHIN_ROWS = 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class TicketLayout:
    """Where the fields stand: field → column from 0; `header_row` counts from 1 (0 in Parquet: names, no row)."""

    kind: str
    header_row: int
    columns: Mapping[str, int]
    constants: Mapping[str, str] = field(default_factory=dict)
    date_formats: tuple[str, ...] = ()


def ticket_kind(path: Path, sheets: Sheets, tickets: Tickets) -> str | None:
    """Return `tickets` or `transfers` if the header of a text or Parquet file says so, else None; reads 64 KB.

    A workbook is never one: give its sheets (`RawSheet`) to `find_layout`.
    """
    layout = find_layout(_head_rows(Path(path)), sheets, tickets)
    return layout.kind if layout else None


def find_layout(rows: Iterable[Sequence[object]], sheets: Sheets, tickets: Tickets) -> TicketLayout | None:
    """Return the layout of the first of the leading rows that holds all required columns of a kind or adapter.

    The district's own columns (`params/sheets.yml`) go before the adapters of `params/tickets.yml`.
    """
    adapters = [*_own_adapters(sheets), *tickets.adapters]
    for number, row in enumerate(islice(rows, _HEADER_WITHIN_ROWS), start=1):
        labels = [_label(cell) for cell in row]
        for adapter in adapters:
            columns = _find_columns(labels, adapter)
            if all(name in columns for name in adapter.required):
                constants = {k: v for k, v in adapter.constants.items() if k not in columns}
                formats = adapter.date_formats or tickets.date_formats
                return TicketLayout(adapter.kind, number, columns, constants, formats)
    return None


def _own_adapters(sheets: Sheets) -> Iterator[Adapter]:
    for kind in _KINDS:
        if kind in sheets.kinds:
            fields = sheets.kinds[kind].fields
            required = tuple(id_ for id_, column in fields.items() if column.is_required)
            yield Adapter(id=kind, kind=kind, required=required, columns={k: f.names for k, f in fields.items()})


def _find_columns(labels: list[str], adapter: Adapter) -> dict[str, int]:
    columns = {}
    for name, words in adapter.columns.items():
        wanted = [_label(word) for word in words]
        place = next((labels.index(word) for word in wanted if word in labels), None)
        if place is not None:
            columns[name] = place
    return columns


def _label(cell: object) -> str:
    # A bracket behind a name (`受理日期(必填)`) says how to fill the column in; `Unique Key` and `unique_key` are one.
    return normalise_name("" if cell is None else str(cell)).casefold().partition("(")[0].replace("_", "")


def _head_rows(path: Path) -> Iterator[Sequence[str]]:
    with path.open("rb") as stream:
        head = stream.read(_SNIFFED_BYTES)
    if head.startswith(PARQUET):
        return iter([pq.read_schema(path).names])
    text = _head_text(head)
    return csv.reader(text.splitlines(), delimiter=find_delimiter(text)) if text else iter(())


def _head_text(head: bytes) -> str:
    """Return the beginning of a text file; its last character may be cut, so decoding never ends."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    for encoding in [marked] if marked else _unmarked(head):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
    return ""


def _unmarked(head: bytes) -> list[str]:
    if b"\0" not in head:
        return ["utf-8", "gb18030"]
    return ["utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"]
