"""Read .xls, .et and .ods workbooks through calamine, and say what that cannot see.

calamine gives values only: an error value or an uncached formula comes as blank, and neither number formats
nor hidden rows are shown. The sheet says so in `unseen`, so that a blank cell of such a sheet is not taken
for proven blank.
"""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine as calamine

from analysis.intake.readers.model import Limits, MergedRange, RawSheet, UnreadableFile, Value
from analysis.policy.messages import say

UNSEEN = frozenset({"errors", "formulas", "hidden", "number_formats"})
# The records DATEMODE and PRECISION follow each other in the workbook's globals.
_DATE_MODE = re.compile(rb"\x22\x00\x02\x00([\x00\x01])\x00\x0e\x00\x02\x00")
_SECONDS_PER_DAY = 86_400


def read_legacy(path: Path, limits: Limits, *, is_archive: bool = False) -> list[RawSheet]:
    """Return the worksheets of an .xls, .et or (`is_archive`) .ods workbook in their own order.

    Raises:
        UnreadableFile: Named by a reason.
    """
    try:
        # An archive is told by its content, whatever its name; for the others calamine needs the name.
        with calamine.load_workbook(path.open("rb") if is_archive else path) as workbook:
            wanted = [meta for meta in workbook.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
            if len(wanted) > limits.sheets:
                raise UnreadableFile(
                    path.name,
                    "too-many-sheets",
                    say("{n_wanted} sheets; {sheets} allowed").format(n_wanted=len(wanted), sheets=limits.sheets),
                )
            date_system = _date_system(path.read_bytes())
            return [_read_sheet(path, workbook, meta, date_system) for meta in wanted]
    except calamine.PasswordError:
        raise UnreadableFile(path.name, "encrypted", say("has a password; save it without one")) from None
    except calamine.CalamineError as error:
        raise UnreadableFile(
            path.name, "malformed", say("is damaged ({error}); save it as .xlsx").format(error=error)
        ) from None


def _date_system(data: bytes) -> int:
    """Return the year from which the workbook counts its days, 0 where it does not say."""
    modes = set(_DATE_MODE.findall(data))
    return 0 if len(modes) != 1 else 1900 if modes == {b"\0"} else 1904


def _read_sheet(
    path: Path, workbook: calamine.CalamineWorkbook, meta: calamine.SheetMetadata, date_system: int
) -> RawSheet:
    sheet = workbook.get_sheet_by_name(meta.name)
    rows = [_trim(row) for row in sheet.to_python(skip_empty_area=False)]
    while rows and not rows[-1]:
        rows.pop()
    merged = [MergedRange(a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
    return RawSheet(
        file=path.name,
        name=meta.name,
        rows=tuple(rows),
        merged=tuple(sorted(merged)),
        date_system=date_system,
        is_hidden=meta.visible != calamine.SheetVisibleEnum.Visible,
        unseen=UNSEEN,
    )


def _trim(row: list) -> tuple[Value, ...]:
    values = [_convert(value) for value in row]
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


def _convert(value: object) -> Value:
    if value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, timedelta):
        return value.total_seconds() / _SECONDS_PER_DAY
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value
