"""A table over months as a workbook for another office."""

from collections.abc import Mapping

import pandas as pd
from openpyxl import Workbook

from analysis.intake.pack import pack_workbook
from analysis.policy.dictionary import ColumnEntry
from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.policy.tables import TABLES
from analysis.report.packs.workbook import CREATED, text_cell

_MOST_ROWS = 1_048_576  # of a sheet, its head among them


def table_workbook(table: str, frame: pd.DataFrame) -> bytes:
    """Return a workbook with a row of Chinese heads; numbers are numbers, and no text is a formula.

    Args:
        table: the table's name.
        frame: its rows, which may have names beside ids.

    Raises:
        UsageError: a sheet does not hold so many rows.
    """
    if len(frame) >= _MOST_ROWS:
        told = say("{table}: a sheet does not hold {n_rows} rows; ask for fewer months, or leave --xlsx out")
        raise UsageError(told.format(table=table, n_rows=len(frame)))
    entry = TABLES[table].entry
    fields = entry.fill(entry.tiers_of(frame.columns)).fields
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(entry.title)
    sheet.freeze_panes = "A2"
    sheet.append([text_cell(sheet, _head(name, fields), is_head=True) for name in frame.columns])
    for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
        sheet.append([text_cell(sheet, value) if isinstance(value, str) else value for value in row])
    return pack_workbook(workbook, created=CREATED)


def _head(column: str, fields: Mapping[str, ColumnEntry]) -> str:
    if column in fields:
        return fields[column].title
    of = column.removesuffix("_name")
    named = fields.get(f"{of}_id") or fields.get(of)
    return f"{named.title.removesuffix('编号')}名称" if named else TABLES["unit_scores"].entry.fields[column].title
