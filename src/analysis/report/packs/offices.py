"""For the copied offices: tiers, bottom five, interviews, years, the bulletin's hash, nothing else (R20, S23)."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from math import ceil
from operator import itemgetter

from markupsafe import Markup
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from analysis.intake.cell_text import set_text
from analysis.intake.pack import pack_workbook
from analysis.report.actions import reason_words, state_words
from analysis.report.edition import chain_words, edition_words, imprint, revision_words
from analysis.report.grading import bottom_name, provisional_name
from analysis.report.packs.content import PackContent
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Column, Table, number, table, text
from analysis.report.scores import tier_counts
from analysis.report.words import DASH, OVER, WORDS, day_name, is_over, listing, month_name, numeral

CREATED = datetime(2000, 1, 1)
_MONTH = "本月"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HEAD = PatternFill("solid", fgColor="DDE6EE")
# In letters: the widest column, and the sheet that a page of A4 holds upright; the height of a line in points.
_WIDEST, _PORTRAIT, _LINE = 64, 95, 15
# To sort and filter by; pages and papers have no room for them.
_WORKBOOK_ALONE = re.compile(r"编号|\d{4}年度等次.*")


def office_lists(content: PackContent) -> dict[str, tuple[list[Column], list]]:
    """Return what the copied offices get: name of the list → columns, all of them text, and rows.

    No score, no rank but the bottom places', no reason beyond the rule. Pages leave a few columns to the workbook.
    """
    grading = content.policy.grading
    bottom = {bottom_name(grading): (_bottom_columns(content), _bottom(content))} if grading.bottom_places else {}
    return {
        "等次": (_tier_columns(content), _tiers(content)),
        **bottom,
        "约谈与名单": (_measure_columns(content), _measures(content)),
        f"{_years(content)}年状态": _states(content),
    }


def _years(content: PackContent) -> str:
    return numeral(content.consequences.blacklist_years, of_things=True)


def _tier_columns(content: PackContent) -> list[Column]:
    names = content.names
    return [
        text("编号", "unit_id"),
        text("单位", "unit_id", names),
        text("等次", lambda r: names.get(r.tier, "未参评")),
        text("备注", lambda r: "暂定（S11）" if r.is_provisional else ""),
    ]


def _tiers(content: PackContent) -> list:
    units = {row.unit_id: row for row in content.units.itertuples()}
    ordered = [units[unit_id] for unit_id in content.policy.unit_ids if unit_id in units]
    tiers = (*content.names.tiers, "")
    return sorted(ordered, key=lambda row: tiers.index(row.tier))


def _by_tier(content: PackContent, scope: str) -> Table:
    _, name, tier, note = _tier_columns(content)
    found: dict[str, list[str]] = {}
    for row in _tiers(content):
        found.setdefault(tier.read(row), []).append(name.read(row) + "*" * bool(note.read(row)))
    columns = [
        text("等次", itemgetter(0)),
        number("单位数", lambda r: str(len(r[1]))),
        text("单位", lambda r: "、".join(r[1])),
    ]
    caption = f"{scope}各单位等次（同一等次内按单位编号排列，R19；“*”为暂定，S11）"
    return table(columns, found.items(), caption, css="cards")


def _bottom_columns(content: PackContent) -> list[Column]:
    return [
        text("编号", "unit_id"),
        text("单位", "unit_id", content.names),
        number("位次", "rank"),
        text("等次", "tier", content.names),
        text("备注", lambda r: "并列" * r.is_tied),
        text("规则", lambda r: "R21 S7 S27"),
    ]


def _bottom(content: PackContent) -> list:
    listed = content.units[content.units["is_bottom_five"]].sort_values(["total", "unit_id"])
    return list(listed.itertuples())


def _measure_columns(content: PackContent) -> list[Column]:
    grading, names, day = content.policy.grading, content.names, content.edition.published
    return [
        text("编号", lambda rows: rows[0].unit_id),
        text("单位", lambda rows: names[rows[0].unit_id]),
        text("措施", lambda rows: "、".join(WORDS.consequences[row.kind] for row in rows)),
        text("事由", lambda rows: reason_words(rows[0], grading, names)),
        number("起始", lambda rows: rows[0].since),
        number("约谈时限", lambda rows: _last_day(row for row in rows if row.kind == "interview")),
        number("整改（报送措施）时限", lambda rows: _last_day(row for row in rows if row.kind != "interview")),
        text("状态", lambda rows: _which_over(rows, day)),
        text("规则", lambda rows: rows[0].rule),
        text("依据文件", lambda rows: rows[0].document),
    ]


def _last_day(rows: Iterable) -> str:
    return max((row.until for row in rows), default="")


def _which_over(rows: Sequence, day: date) -> str:
    """Return which of the last days of measures are over."""
    timed = [row for row in rows if row.until]
    over = [row for row in timed if is_over(row.until, day)]
    which = "、".join(WORDS.consequences[row.kind] for row in over) if len(over) < len(timed) else ""
    return f"{which}{OVER}" if over else ""


def _measures(content: PackContent) -> list[list]:
    """Return the measures in force; what a unit is told for one reason is one (interview and criticism)."""
    rows = content.table("consequences")
    now = rows[rows["is_current"]]
    order = now.assign(place=now["kind"].map(list(WORDS.consequences).index))
    found: dict[tuple[str, ...], list] = {}
    for row in order.sort_values(["place", "basis", "unit_id"]).itertuples():
        why = reason_words(row, content.policy.grading, content.names)
        found.setdefault((row.unit_id, why, row.since, row.rule, row.document), []).append(row)
    return list(found.values())


def _states(content: PackContent) -> tuple[list[Column], list[str]]:
    states, names = content.table("annual_states"), content.names
    shown = sorted(states["year"].unique())[-content.consequences.blacklist_years :]
    cells = {(row.unit_id, row.year): row for row in states.itertuples()}
    last = states[states["year"] == shown[-1]].set_index("unit_id") if shown else states.set_index("unit_id")

    def state(unit_id: str, year: int) -> str:
        row = cells.get((unit_id, year))
        return state_words(row, content.policy.grading, names) if row else DASH

    def tier(unit_id: str, year: int) -> str:
        row = cells.get((unit_id, year))
        return names[row.tier] if row and row.tier and row.final_on else DASH

    final = _final_years(content)
    columns = [text("编号", lambda unit_id: unit_id), text("单位", names.__getitem__)]
    for year in shown:
        mark = "定稿" if year in final else "未定稿"
        columns.append(text(f"{year}年度等次（{mark}）", partial(tier, year=year)))
        columns.append(text(f"{year}年度（{mark}）", partial(state, year=year)))
    columns += [
        number("连续年数", lambda unit_id: str(last["streak_years"].get(unit_id, 0))),
        text("黑名单", lambda unit_id: "列入" if last["is_blacklisted"].get(unit_id, False) else ""),
        text("规则", lambda unit_id: "R22 S9 S27"),
    ]
    return columns, list(content.policy.unit_ids) if shown else []


def _final_years(content: PackContent) -> dict[int, str]:
    """Return year → the day on which it became final."""
    states = content.table("annual_states")
    return states[states["final_on"] != ""].groupby("year")["final_on"].first().to_dict()


def _about(content: PackContent, bulletin_hash: str) -> list[tuple[str, str]]:
    policy, edition = content.policy, content.edition
    final = {year: date.fromisoformat(day) for year, day in _final_years(content).items()}
    synthetic = [("数据", "虚构地区的合成数据，仅供演示，与任何真实单位无关。")]
    return [
        ("事项", _title(content)),
        ("月份", month_name(policy.period)),
        ("版次", edition_words(edition)),
        ("数据截至", day_name(edition.as_of)),
        ("抄送", listing(policy.district.copied_offices)),
        ("通报校验值（SHA-256）", bulletin_hash or DASH),
        ("说明", provisional_words(content)),
        ("已定稿年度", listing([f"{year}年度（{day_name(day)}）" for year, day in final.items()]) or DASH),
        *synthetic * policy.district.is_synthetic,
    ]


def _title(content: PackContent) -> str:
    return f"{content.policy.district.name}机关职能运行监管结果抄送"


def provisional_words(content: PackContent) -> str:
    """Return what of the lists is provisional (S27)."""
    return f"{provisional_name(content.policy.grading)}为暂定结果；约谈、通报批评和黑名单以年度定稿结果为准（S27）。"


def office_workbook(content: PackContent, bulletin_hash: str) -> bytes:
    """Return `offices.xlsx`; the same month gives the same bytes, and no cell is a formula."""
    workbook = Workbook(write_only=True)
    about = [text("项目", itemgetter(0)), text("内容", itemgetter(1))]
    lists = {"说明": (about, _about(content, bulletin_hash))} | office_lists(content)
    head = (_title(content), f"{month_name(content.policy.period)}　{edition_words(content.edition)}")
    for name, (columns, rows) in lists.items():
        _add_sheet(workbook, name, columns, rows, head)
    return pack_workbook(workbook, created=CREATED)


def _add_sheet(workbook: Workbook, name: str, columns: Sequence[Column], rows: Sequence, head: tuple[str, str]) -> None:
    sheet = workbook.create_sheet(name)
    cells = [[column.head for column in columns], *([column.read(row) for column in columns] for row in rows)]
    widths = [min(_WIDEST, max(map(_width, texts))) + 2 for texts in zip(*cells, strict=True)]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for place, texts in enumerate(cells, start=1):  # as high as its lines: not every program makes room for them
        sheet.row_dimensions[place].height = _LINE * max(ceil(_width(text) / _WIDEST) for text in texts)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{len(cells)}"
    sheet.freeze_panes = "A2"
    _set_page(sheet, head, is_wide=sum(widths) > _PORTRAIT)
    sheet.append([text_cell(sheet, head, is_head=True) for head in cells[0]])
    for texts in cells[1:]:
        told = zip(texts, columns, strict=True)
        sheet.append([_figure_cell(sheet, value) if col.is_number else text_cell(sheet, value) for value, col in told])


def _set_page(sheet, head: tuple[str, str], *, is_wide: bool) -> None:
    """Set a sheet for A4: as wide as a page, as many pages as it takes, each with the head of the table and its own."""
    sheet.print_title_rows = "1:1"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = 9, 0
    sheet.page_setup.orientation = "landscape" if is_wide else "portrait"
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddHeader.left.text, sheet.oddHeader.right.text = (text.replace("&", "&&") for text in head)
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "第&P页，共&N页"


def _figure_cell(sheet, text: str) -> WriteOnlyCell:
    """Return a whole number or a day as such, anything else as text."""
    if not (text.isdecimal() or _DAY.fullmatch(text)):
        return text_cell(sheet, text)
    cell = WriteOnlyCell(sheet, int(text) if text.isdecimal() else date.fromisoformat(text))
    cell.alignment = Alignment(horizontal="center", vertical="top")
    return cell


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


def summary(content: PackContent, scope: str = _MONTH) -> str:
    """Return what the lists come to, in a sentence each: tiers, bottom places, measures in force."""
    names, grading, units = content.names, content.policy.grading, content.units
    tiers = "、".join(f"{names[tier]}{count}个" for tier, count in tier_counts(units, content.names.tiers).items())
    told = [f"{scope}参评单位{units['tier'].ne('').sum()}个：{tiers}。"]
    lowest = [names[row.unit_id] for row in _bottom(content)] if grading.bottom_places else []
    told += [f"{bottom_name(grading)}：{'、'.join(lowest)}。"] * bool(lowest)
    measured = {(row.kind, row.unit_id) for rows in _measures(content) for row in rows}
    count = Counter(kind for kind, _ in measured)
    measures = "、".join(f"{word}{count[kind]}个单位" for kind, word in WORDS.consequences.items() if count[kind])
    return "".join([*told, f"现行措施：{measures}。" if measures else "没有现行措施。"])


def office_tables(content: PackContent, scope: str = _MONTH) -> list[tuple[str, Table]]:
    """Return the workbook's lists as tables, each with its name; `scope` says of which time."""
    policy, lists = content.policy, office_lists(content)
    bottom, lowest = bottom_name(policy.grading), numeral(policy.grading.bottom_places)
    years, warns = _years(content), "；供预警" * (scope == _MONTH)
    captions = {
        "约谈与名单": "现行约谈、通报批评、黑名单和预警",
        bottom: f"{scope}{bottom}（R21、S7：第{lowest}低分及以下全部列出，并列注明{warns}）",
        f"{years}年状态": f"各单位近{years}个年度的状态（R22、S9）",
    }
    told = [(name, _shown(*lists[name], captions[name], is_short=name == bottom)) for name in captions if name in lists]
    told.insert(-1, ("等次", _by_tier(content, scope)))
    return told


def _without_the_usual(columns: Sequence[Column], rows: Sequence, caption: str) -> tuple[Sequence, str]:
    """Return the rows that differ from what most rows say, and the caption with what those say and how many they are.

    Rows stay whole where no one row is that of most.
    """
    cells = {row: tuple(column.read(row) for column in columns[1:]) for row in rows}
    usual, count = Counter(cells.values()).most_common(1)[0] if rows else ((), 0)
    if 2 * count <= len(rows) or count == len(rows):
        return rows, caption
    said = "、".join(f"{column.head}{cell}" for column, cell in zip(columns[1:], usual, strict=True) if cell.strip("0"))
    return [row for row in rows if cells[row] != usual], f"{caption}；其余{count}个单位均为：{said}"


def office_body(content: PackContent, bulletin_hash: str) -> Markup:
    """Return the content of the copied offices' page: the workbook's lists."""
    return fill_template(
        "packs/offices.html.j2",
        policy=content.policy,
        imprint=imprint(content.policy, content.edition),
        summary=summary(content),
        provisional=provisional_words(content),
        sections=zip("一二三四", office_tables(content), strict=False),
        bulletin_hash=bulletin_hash,
        revision=revision_words(content.edition),
        chain=chain_words(content.edition.head),
        annual=content.annual_page,
    )


def _shown(columns: Sequence[Column], rows: Sequence, caption: str, *, is_short: bool) -> Table:
    columns = [column for column in columns if not _WORKBOOK_ALONE.fullmatch(column.head)]
    columns = [column for column in columns if not rows or any(column.read(row) for row in rows)]  # none that is empty
    # The caption names the rules that all rows share.
    columns = [column for column in columns if column.head != "规则" or len({column.read(row) for row in rows}) > 1]
    if all(isinstance(row, str) for row in rows):
        rows, caption = _without_the_usual(columns, rows, caption)
    dashed = [replace(column, read=lambda row, read=column.read: read(row) or DASH) for column in columns]
    return table(dashed, rows, caption, css="" if is_short else "sortable")
