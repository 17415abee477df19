"""A workbook of problems for each office that sends data, to be sent back with what to do."""

from datetime import datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from analysis.intake.cell_text import set_text
from analysis.intake.pack import pack_workbook
from analysis.policy.visible import mark_unseen

_COLUMNS = {
    "file": ("文件", 36),
    "sheet": ("工作表", 12),
    "cell": ("单元格", 8),
    "effect": ("影响", 14),
    "message": ("问题及处理办法", 90),
}
_EFFECTS = {
    "blocking": "必须处理",
    "set_aside": "未采用",
    "accepted": "已认可",
    "corrected": "已更正",
    "shown": "提示",
}
_UNKNOWN_OFFICE = "未识别报送单位"
_FORBIDDEN = str.maketrans(dict.fromkeys('\\/:*?"<>|', "_"))
_CREATED = datetime(2000, 1, 1)


def write_problem_workbooks(problems: pd.DataFrame, folder: Path) -> list[Path]:
    """Write one workbook an office with the problems of its deliveries; the same problems give the same bytes.

    Every text is written as text: a delivered value that begins with `=` never becomes a formula.

    Args:
        problems: The table `problems`.
        folder: Where to write; it is made if need be.

    Returns:
        The files written, in the order of the offices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for office, rows in problems.groupby(problems["office"].replace("", _UNKNOWN_OFFICE), sort=True):
        path = folder / f"{mark_unseen(office).translate(_FORBIDDEN)}_数据问题.xlsx"
        path.write_bytes(pack_workbook(_build(office, rows), created=_CREATED))
        written.append(path)
    return written


def _build(office: str, rows: pd.DataFrame) -> Workbook:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("数据问题")
    for number, (_, width) in enumerate(_COLUMNS.values()):
        sheet.column_dimensions["ABCDE"[number]].width = width
    sheet.freeze_panes = "A3"
    sheet.append([_text(sheet, f"{office}:报送数据的问题及处理办法", is_bold=True)])
    sheet.append([_text(sheet, title, is_bold=True) for title, _ in _COLUMNS.values()])
    order = {action: place for place, action in enumerate(_EFFECTS)}
    ordered = rows.assign(place=rows["action"].map(order)).sort_values(["place", "file", "sheet", "cell", "message"])
    for row in ordered.assign(effect=ordered["action"].map(_EFFECTS)).to_dict("records"):
        sheet.append([_text(sheet, row[name]) for name in _COLUMNS])
    return workbook


def _text(sheet: Worksheet, text: str, *, is_bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    set_text(cell, text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(bold=is_bold)
    return cell
