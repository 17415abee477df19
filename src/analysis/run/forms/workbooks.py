"""The layout of a form: merged title, two-level header, rows, totals and notes, ready to print on A4.

`analysis start` writes empty forms with it, the sample district writes filled ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from analysis.intake.cell_text import set_text
from analysis.intake.pack import pack_workbook

Value = str | int | float | date | None
_FONT = "宋体"
_LINE = Side(style="thin", color="808080")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_LONG = 8  # a text of more characters stands at the left
_TITLE_ROW, _HEAD_ROW, _HEADER_ROW = 1, 2, 3


@dataclass(frozen=True)
class FormColumn:
    """A column: its name, the group above it, and what may be entered (checked in empty forms only).

    `choices` are listed in the check itself; `source` is a range that lists longer ones, such as the units.
    """

    name: str
    group: str = ""
    width: float = 12
    choices: tuple[str, ...] = ()
    source: str = ""
    minimum: float | None = None
    maximum: float | None = None
    is_date: bool = False


@dataclass(frozen=True)
class FormRow:
    """A row of cells; in a total row the label stands first and reaches over the blank cells behind it."""

    cells: tuple[Value, ...]
    is_total: bool = False


@dataclass(frozen=True)
class Form:
    """One sheet of a workbook.

    Attributes:
        sheet: Name of the worksheet.
        title: Merged over all columns in row 1; without title and head the header stands in row 1.
        head: Who reports and when, merged in row 2.
        columns: From left to right; neighbours with one `group` share a merged cell above them.
        rows: The rows under the header.
        notes: Lines under the table, each merged.
        entry_rows: How many rows the checks of entered values cover; 0 in a filled form.
        marks: What may be entered instead of a number, besides a blank.
    """

    sheet: str
    title: str
    head: str
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...]
    notes: tuple[str, ...] = ()
    entry_rows: int = 0
    marks: tuple[str, ...] = field(default=())

    @property
    def first_row(self) -> int:
        """The number of the first row under the header: a header with groups has two rows."""
        return self.header_row + (2 if any(column.group for column in self.columns) else 1)

    @property
    def header_row(self) -> int:
        """The number of the header's first row."""
        return _HEADER_ROW if self.title else 1

    def address(self, row: int, name: str) -> str:
        """Return the address of the cell in row `row` (from 0, under the header) and the column `name`."""
        column = [column.name for column in self.columns].index(name)
        return f"{get_column_letter(column + 1)}{self.first_row + row}"


def build_workbook(forms: Sequence[Form], *, description: str, created: datetime) -> bytes:
    """Return a workbook of forms, the same bytes for the same forms.

    Args:
        forms: One worksheet each.
        description: Goes into the file's properties.
        created: The time that the file's properties show.
    """
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = forms[0].title
    workbook.properties.creator = ""
    workbook.properties.description = description
    for style in _styles():
        workbook.add_named_style(style)
    for form in forms:
        _write_form(workbook.create_sheet(form.sheet), form)
    return pack_workbook(workbook, created=created)


def _styles() -> list[NamedStyle]:
    # Named styles are hashed once; a style set on each cell costs more than all the rest of the workbook.
    def style(name: str, size: int, alignment: Alignment, fill: str = "", bold: bool = False, **more) -> NamedStyle:
        filled = {"fill": PatternFill("solid", fgColor=fill)} if fill else {}
        return NamedStyle(name, font=Font(name=_FONT, size=size, bold=bold), alignment=alignment, **filled, **more)

    return [
        style("form title", 16, _CENTRE, bold=True),
        style("form line", 10, _LEFT),
        style("form header", 11, _CENTRE, "DDE6EE", bold=True, border=_BORDER),
        style("form total", 11, _CENTRE, "F2F2F2", bold=True, border=_BORDER),
        style("form value", 11, _CENTRE, border=_BORDER),
        style("form text", 11, _LEFT, border=_BORDER),
        style("form date", 11, _CENTRE, border=_BORDER, number_format="yyyy-mm-dd"),
    ]


def _write_form(sheet: Worksheet, form: Form) -> None:
    if form.title:
        _write_line(sheet, _TITLE_ROW, form, form.title, "form title")
        _write_line(sheet, _HEAD_ROW, form, form.head, "form line")
    _write_header(sheet, form)
    for number, row in enumerate(form.rows, start=form.first_row):
        _write_row(sheet, number, row)
    for number, note in enumerate(form.notes, start=form.first_row + len(form.rows)):
        _write_line(sheet, number, form, note, "form line")
    for position, column in enumerate(form.columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = column.width
        if form.entry_rows:
            _add_check(sheet, form, position, column)
    _set_page(sheet, form)


def _write_line(sheet: Worksheet, row: int, form: Form, text: str, style: str) -> None:
    cell = sheet.cell(row, 1)
    cell.style = style
    set_text(cell, text)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(form.columns))
    # A merged cell does not grow with its text; a Chinese character is two units of width wide.
    n_lines = -(-2 * len(text) // int(sum(column.width for column in form.columns)))
    sheet.row_dimensions[row].height = 28 if row == _TITLE_ROW else 18 * max(1, n_lines)


def _write_header(sheet: Worksheet, form: Form) -> None:
    first, last = form.header_row, form.first_row - 1
    position = 1
    for group, columns in groupby(form.columns, key=lambda column: column.group):
        members = list(columns)
        if group:
            _merge_header(sheet, group, first, position, first, position + len(members) - 1)
        for offset, column in enumerate(members):
            top = last if group else first
            _merge_header(sheet, column.name, top, position + offset, last, position + offset)
        position += len(members)


def _merge_header(sheet: Worksheet, text: str, top: int, left: int, bottom: int, right: int) -> None:
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            sheet.cell(row, column).style = "form header"
    set_text(sheet.cell(top, left), text)
    if (top, left) != (bottom, right):
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)


def _write_row(sheet: Worksheet, number: int, row: FormRow) -> None:
    for position, value in enumerate(row.cells, start=1):
        cell = sheet.cell(number, position)
        cell.style = "form total" if row.is_total else _style_of(value)
        if isinstance(value, str):
            set_text(cell, value)
        else:
            cell.value = value
    if row.is_total:
        filled = [position for position, value in enumerate(row.cells[1:], start=2) if value is not None]
        end = min(filled, default=len(row.cells) + 1) - 1
        if end > 1:
            sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=end)


def _style_of(value: Value) -> str:
    if isinstance(value, date):
        return "form date"
    return "form text" if isinstance(value, str) and len(value) > _LONG else "form value"


def _add_check(sheet: Worksheet, form: Form, position: int, column: FormColumn) -> None:
    letter = get_column_letter(position)
    last = form.first_row + form.entry_rows - 1
    first = f"{letter}{form.first_row}"
    if column.choices or column.source:
        quoted = ",".join((*column.choices, *form.marks)).replace('"', '""')
        check = DataValidation(type="list", formula1=column.source or f'"{quoted}"', allow_blank=True)
        check.error = "请从下拉列表中选择"
    elif column.is_date:
        check = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        check.error = "请填写日期，如 2026-11-03"
    elif column.minimum is not None:
        low, high = column.minimum, column.maximum
        limits = [f"{first}>={low:g}"] + ([f"{first}<={high:g}"] if high is not None else [])
        marks = ",".join(f'{first}="{mark}"' for mark in form.marks)
        number = f"AND(ISNUMBER({first}),{','.join(limits)})"
        check = DataValidation(type="custom", formula1=f"OR({number},{marks})" if marks else number, allow_blank=True)
        check.error = f"请填写 {low:g} 至 {high:g} 的数" if high is not None else f"请填写不小于 {low:g} 的数"
    else:
        return
    check.errorTitle, check.showErrorMessage = "填写有误", True
    check.add(f"{first}:{letter}{last}")
    sheet.add_data_validation(check)


def _set_page(sheet: Worksheet, form: Form) -> None:
    sheet.freeze_panes = f"A{form.first_row}"
    sheet.print_title_rows = f"{form.header_row}:{form.first_row - 1}"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if sum(c.width for c in form.columns) > 95 else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
