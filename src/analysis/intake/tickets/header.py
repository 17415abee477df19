"""Say which column of a file or sheet of tickets or transfers holds which field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.intake.labels import Labels
from analysis.intake.readers import RawSheet, TextFile, UnreadableFile
from analysis.intake.recognise import Block, Grid, find_layout
from analysis.policy.messages import say

_HEADER_WITHIN_ROWS = 40


@dataclass(frozen=True)
class TicketLayout:
    """Where the fields stand: field → column from 0; `header_row` counts from 1 (in Parquet the names are row 1)."""

    kind: str
    header_row: int
    columns: Mapping[str, int]
    constants: Mapping[str, str] = field(default_factory=dict)
    date_formats: tuple[str, ...] = ()


def ticket_layout(item: RawSheet | TextFile | Path, labels: Labels) -> TicketLayout | None:
    """Return the layout of a sheet, text file or Parquet file of tickets or transfers; None for anything else.

    Every required column of the kind, or of an adapter of `params/tickets.yml`, must be there.

    Raises:
        UnreadableFile: the beginning of the file cannot be read.
    """
    blocks = find_layout(Grid(read_head(item)), labels).blocks
    return next((layout for block in blocks[:1] if (layout := _layout_of(block, labels))), None)


def read_head(item: RawSheet | TextFile | Path) -> RawSheet:
    """Return the beginning of a sheet, text file or Parquet file, in which its header stands."""
    if isinstance(item, TextFile):
        return item.sheet(_HEADER_WITHIN_ROWS)
    if isinstance(item, Path):
        name = item.stem
        return RawSheet(item.name, name, (tuple(open_parquet(item).schema_arrow.names),))
    return replace(item, rows=item.rows[:_HEADER_WITHIN_ROWS])


def open_parquet(path: Path) -> pq.ParquetFile:
    """Return an opened Parquet file.

    Raises:
        UnreadableFile: `truncated`.
    """
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(
            path.name, "truncated", say("is no whole Parquet file ({error})").format(error=error)
        ) from None


def _layout_of(block: Block, labels: Labels) -> TicketLayout | None:
    adapter = labels.adapters.get(block.kind)
    kind = adapter.kind if adapter else labels.policy.sheets.kinds[block.kind].reader
    if kind not in ("tickets", "transfers") or not labels.required[block.kind] <= block.meanings:
        return None
    columns = {}
    for name in block.meanings:
        found = [column for column in block.columns if column.meaning == name]
        columns[name] = min(found, key=lambda column: labels.rank(block.kind, column.label)).number - 1
    constants = {k: v for k, v in adapter.constants.items() if k not in columns} if adapter else {}
    formats = (adapter.date_formats if adapter else ()) or labels.date_formats
    return TicketLayout(kind, block.header[1], columns, constants, formats)
