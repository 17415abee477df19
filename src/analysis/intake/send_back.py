"""A workbook of problems for each office that sends data, to be sent back with what to do."""

import re
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from analysis.intake.cell_text import set_text
from analysis.intake.lines import gather, in_natural_order
from analysis.intake.month import CleanMonth
from analysis.intake.pack import pack_workbook
from analysis.policy.book import Policy
from analysis.policy.errors import PolicyError
from analysis.policy.file_names import safe_name
from analysis.policy.period import month_end
from analysis.policy.visible import escape_unseen

_COLUMNS = {
    "file": ("文件", 36),
    "sheet": ("工作表", 12),
    "cells": ("单元格", 20),
    "n": ("处数", 6),
    "effect": ("影响", 14),
    "message": ("问题及处理办法", 90),
}
_TICKETS = {
    "ticket_id": ("工单编号", 20),
    "unit_id": ("承办单位", 24),
    "received": ("受理日期", 12),
    "due_final": ("办理时限", 12),
    "delivered_in": ("首次报送月份", 14),
}
_EFFECTS = {
    "blocking": "必须处理",
    "set_aside": "未采用",
    "accepted": "已认可",
    "corrected": "已更正",
    "shown": "提示",
}
_TO_OPERATORS = re.compile("操作员:[^。]*。")
_UNKNOWN_OFFICE = "未识别报送单位"
_CREATED = datetime(2000, 1, 1)


def write_problem_workbooks(clean: CleanMonth, folder: Path, deadline: date | None = None) -> list[Path]:
    """Write one workbook an office with the problems of its deliveries; the same problems give the same bytes.

    It speaks to the office that sent: what only an operator can do is left out. Every text is written as text: a
    delivered value that begins with `=` never becomes a formula.

    Args:
        clean: The month's intake.
        folder: Where to write; it is made if need be.
        deadline: Until when the office answers.

    Returns:
        The files written, in the order of the offices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    problems = speak_to_offices(clean.problems)
    for office, rows in problems.groupby(problems["office"].replace("", _UNKNOWN_OFFICE), sort=True):
        path = folder / name_file(office, "数据问题.xlsx")
        workbook = Workbook(write_only=True)
        title = f"{office}:{clean.period}报送数据的问题及处理办法"
        until = f"请于{deadline}前更正后重新报送" if deadline else "请尽快更正后重新报送"
        _add_sheet(workbook, "数据问题", f"{title}({until})", _COLUMNS, _by_effect(gather(rows)))
        single = in_natural_order(rows).rename(columns={"cell": "cells"}).assign(n=1)
        _add_sheet(workbook, "逐条明细", title, _COLUMNS, _by_effect(single))
        if "open-ticket-missing" in set(rows["code"]):
            _add_sheet(workbook, "本月未报送的未办结工单", title, _TICKETS, _open_tickets(clean))
        path.write_bytes(pack_workbook(workbook, created=_CREATED))
        written.append(path)
    return written


def speak_to_offices(problems: pd.DataFrame) -> pd.DataFrame:
    """Return problems whose messages leave out what only an operator can do."""
    return problems.assign(message=problems["message"].str.replace(_TO_OPERATORS, "", regex=True))


def name_file(office: str, what: str) -> str:
    """Return the name of a file for an office."""
    return f"{safe_name(office)}_{what}"


def answer_until(policy: Policy) -> date | None:
    """Return the day on which what is sent back is due; None where `params/calendar.yml` ends before it."""
    return _working_day(policy, policy.sheets.answer_working_days)


def due_on(policy: Policy) -> date | None:
    """Return the day until which a month's deliveries are to be sent; None where the calendar ends before it."""
    return _working_day(policy, policy.sheets.due_working_days)


def _working_day(policy: Policy, count: int) -> date | None:
    try:
        return policy.calendar.add_working_days(month_end(policy.period), count)
    except PolicyError:
        return None


def _by_effect(rows: pd.DataFrame) -> pd.DataFrame:
    order = {action: place for place, action in enumerate(_EFFECTS)}
    ordered = rows.assign(place=rows["action"].map(order)).sort_values("place", kind="stable")
    return ordered.assign(effect=ordered["action"].map(_EFFECTS))


def _open_tickets(clean: CleanMonth) -> pd.DataFrame:
    """Return the tickets that earlier months left open and this month's delivery does not hold."""
    tickets = clean.tables["tickets"]
    carried = tickets[(tickets["delivered_in"] != clean.period) & ~tickets["is_closed"]]
    named = carried.assign(unit_id=carried["unit_id"].map(clean.unit_names).fillna(carried["unit_id"]))
    return named.sort_values("ticket_id")


def _add_sheet(workbook: Workbook, name: str, title: str, columns: dict[str, tuple[str, int]], rows: pd.DataFrame):
    sheet = workbook.create_sheet(name)
    for number, (_, width) in enumerate(columns.values()):
        sheet.column_dimensions["ABCDEF"[number]].width = width
    sheet.freeze_panes = "A3"
    sheet.append([_text(sheet, title, is_bold=True)])
    sheet.append([_text(sheet, head, is_bold=True) for head, _ in columns.values()])
    for row in rows[list(columns)].astype(str).to_dict("records"):
        sheet.append([_text(sheet, escape_unseen(text)) for text in row.values()])


def _text(sheet: Worksheet, text: str, *, is_bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    set_text(cell, text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(bold=is_bold)
    return cell
