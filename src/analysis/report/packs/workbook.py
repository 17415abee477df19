"""The copied offices' lists as a workbook, set for A4, and cells that stay text."""

from collections.abc import Sequence
from datetime import date, datetime
from math import ceil
from operator import itemgetter

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from analysis.intake.cell_text import set_text
from analysis.intake.pack import pack_workbook
from analysis.report.edition import edition_number, edition_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_terms import (
    cite_words,
    final_years,
    office_facts,
    office_title,
    rules_named,
    starred_years,
    tell_near,
    terms,
)
from analysis.report.packs.offices import MEASURES, OFF_PAPER, PARTS_OF_MEASURES, list_scopes, office_lists, years_title
from analysis.report.packs.said_once import DAY, say_once
from analysis.report.page.pieces import Column, text
from analysis.report.verify import year_at_hand
from analysis.report.words import month_name

_ABOUT = "说明"  # the sheet that says what the others are
CREATED = datetime(2000, 1, 1)
_HEAD = PatternFill("solid", fgColor="DDE6EE")
# In letters: the widest column and the narrowest, which holds a day; the sheet that a page of A4 holds upright, and
# across in letters of 8 points, even where a wide font stands in for the workbook's own.
_WIDEST, _NARROWEST, _PORTRAIT, _LANDSCAPE = 44, 10, 95, 136
_LINE = 17  # its height in points
_MARGIN = 0.5  # in inches
_LEFT_OVER = 4  # letters at the end of a line that a word or a mark may leave empty
_HEADS = 2  # the row of the columns' heads, below the sheet's title


def office_workbook(content: PackContent, bulletin_hash: str) -> bytes:
    """Return `offices.xlsx`; the same month gives the same bytes, and no cell is a formula."""
    workbook = Workbook(write_only=True)
    about = [text("项目", itemgetter(0)), text("内容", itemgetter(1))]
    facts = [*office_facts(content, bulletin_hash), *terms(content)]
    facts += rules_named(content, " ".join(told for _, told in facts))
    edition, month = content.edition, month_name(content.policy.period)
    words = edition_words(edition)
    annex = words if edition.state == "trial" else f"{edition_number(edition.revision)}附表"
    scopes = list_scopes(content)
    # A sheet is sent on without the others.
    starred = "“*”为有缺报数据、等次暂定。" * bool(starred_years(content))
    notes = {
        years_title(content): "；".join(filter(None, [_tell_near(content), starred])),
        MEASURES: cite_words(content),
    }
    for name, (columns, rows) in (office_lists(content) | {_ABOUT: (about, facts)}).items():
        # What is final stands under the edition's number, not under the state of the month.
        state = annex if name in scopes else f"{words}，暂定，不作奖惩依据" if name != _ABOUT else words
        head = (office_title(content), f"{month}　{state}")
        title = f"{name}{f'（{scopes[name]}）' if name in scopes else ''}　{head[1]}"
        near = notes.get(name, "")
        columns, said = say_once(columns, rows, PARTS_OF_MEASURES if name == MEASURES else ())
        _add_sheet(workbook, name, columns, rows, head, "\n".join(filter(None, [title, near, "；".join(said)])))
    return pack_workbook(workbook, created=CREATED)


def _tell_near(content: PackContent) -> str:
    """Return how few of the last final year's tiers can be told apart."""
    final = final_years(content)
    year = year_at_hand(content, max(final)) if final else None
    return tell_near(year) if year else ""


def _add_sheet(
    workbook: Workbook, name: str, columns: Sequence[Column], rows: Sequence, head: tuple[str, str], title: str
) -> None:
    """Add a sheet: lines that name list, month and edition and what all rows share, then heads and rows."""
    sheet = workbook.create_sheet(name)
    cells = [[column.head for column in columns], *([column.read(row) for column in columns] for row in rows)]
    printed = sum(column.head not in OFF_PAPER for column in columns)
    widths = _widths(cells, printed)
    last, on_paper = get_column_letter(printed), sum(widths[:printed])
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for place, texts in enumerate(cells, start=_HEADS):  # as high as its lines: not every program makes room for them
        sheet.row_dimensions[place].height = _LINE * max(map(_lines, texts, widths))
    sheet.auto_filter.ref = f"A{_HEADS}:{get_column_letter(len(widths))}{_HEADS + len(cells) - 1}"
    sheet.freeze_panes = f"A{_HEADS + 1}"
    _set_page(sheet, head, is_wide=on_paper > _PORTRAIT)
    sheet.print_area = f"A1:{last}{_HEADS + len(cells) - 1}"
    sheet.merged_cells.add(f"A1:{last}1")
    sheet.row_dimensions[1].height = _LINE * sum(_lines(line, on_paper) for line in title.split("\n"))
    top = text_cell(sheet, title)
    top.font = Font(bold=True)
    sheet.append([top])
    sheet.append([text_cell(sheet, head, is_head=True) for head in cells[0]])
    for texts in cells[1:]:
        told = zip(texts, columns, strict=True)
        sheet.append([_figure_cell(sheet, value) if col.is_number else text_cell(sheet, value) for value, col in told])


def _widths(cells: Sequence[Sequence[str]], printed: int) -> list[int]:
    """Return the columns' widths: what is printed fills a page upright, or one across in letters that one reads."""
    texts = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for widest in range(_WIDEST, _NARROWEST - 1, -1):
        widths = [min(widest, text) + 2 for text in texts]
        if sum(widths[:printed]) <= _LANDSCAPE:
            break
    widths[-1] = max(widths[-1], min(_PORTRAIT - sum(widths[:-1]), texts[-1] + 2))
    wider = max(1, _PORTRAIT / sum(widths[:printed]))
    return [int(width * wider) if place < printed else width for place, width in enumerate(widths)]


def _set_page(sheet, head: tuple[str, str], *, is_wide: bool) -> None:
    """Set a sheet for A4: as wide as a page, as many pages as it takes, each with the head of the table and its own."""
    sheet.print_title_rows = f"1:{_HEADS}"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = 9, 0
    sheet.page_setup.orientation = "landscape" if is_wide else "portrait"
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = margins.bottom = _MARGIN
    margins.header = margins.footer = _MARGIN / 2
    sheet.oddHeader.left.text, sheet.oddHeader.right.text = (text.replace("&", "&&") for text in head)
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "第&P页，共&N页"


def _figure_cell(sheet, text: str) -> WriteOnlyCell:
    """Return a whole number or a day as such, anything else as text."""
    if not (text.isdecimal() or DAY.fullmatch(text)):
        return text_cell(sheet, text)
    cell = WriteOnlyCell(sheet, int(text) if text.isdecimal() else date.fromisoformat(text))
    cell.alignment = Alignment(horizontal="center", vertical="top")
    return cell


def _lines(text: str, width: int) -> int:
    """Return how many lines of a column a text takes at most, so that no letter is cut."""
    size = _width(text)
    return 1 if size <= width - 2 else ceil(size / (width - _LEFT_OVER))


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def text_cell(sheet, text: str, *, is_head: bool = False) -> WriteOnlyCell:
    """Return a cell that stays text, also when it is edited: what looks like a formula gets the quote prefix."""
    cell = WriteOnlyCell(sheet)
    set_text(cell, text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if is_head:
        cell.font, cell.fill = Font(bold=True), _HEAD
    return cell
