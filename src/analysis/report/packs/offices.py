"""For the copied offices: tiers, bottom five, interviews, years, the bulletin's hash, nothing else (R20, S23)."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from analysis.intake.cell_text import set_text
from analysis.intake.pack import pack_workbook
from analysis.report.actions import KINDS, reason_words, state_words
from analysis.report.bulletin.notice import imprint
from analysis.report.packs.content import PackContent
from analysis.report.page.pieces import Column, banner, table
from analysis.report.words import DASH, day_name, listing, month_name

_CREATED = datetime(2000, 1, 1)
_HEAD = PatternFill("solid", fgColor="DDE6EE")


def office_lists(content: PackContent) -> dict[str, tuple[tuple[str, ...], list[list[str]]]]:
    """Return what the copied offices get: name of the list → heads and rows, all of it text.

    No score, no rank but the bottom five's, no reason beyond the rule.
    """
    return {
        "等次": (("单位", "等次", "备注"), _tiers(content)),
        "后五名": (("单位", "位次", "等次", "规则"), _bottom(content)),
        "约谈与名单": (("单位", "措施", "事由", "起始", "时限", "规则", "依据文件"), _measures(content)),
        "三年状态": _states(content),
    }


def _tiers(content: PackContent) -> list[list[str]]:
    order = {unit_id: place for place, unit_id in enumerate(content.policy.unit_ids)}
    tiers = {tier: place for place, tier in enumerate(("excellent", "good", "pass", "fail", ""))}
    rows = sorted(content.units.itertuples(), key=lambda row: (tiers[row.tier], order[row.unit_id]))
    return [
        [content.names[row.unit_id], content.names.get(row.tier, "未参评"), "暂定（S11）" if row.is_provisional else ""]
        for row in rows
    ]


def _by_tier(content: PackContent) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for name, tier, note in _tiers(content):
        found.setdefault(tier, []).append(f"{name}*" if note else name)
    return [[tier, str(len(members)), "、".join(members)] for tier, members in found.items()]


def _bottom(content: PackContent) -> list[list[str]]:
    listed = content.units[content.units["is_bottom_five"]].sort_values(["total", "unit_id"])
    return [
        [
            content.names[row.unit_id],
            f"{row.rank}{'（并列）' if row.is_tied else ''}",
            content.names[row.tier],
            "R21 S7 S27",
        ]
        for row in listed.itertuples()
    ]


def _measures(content: PackContent) -> list[list[str]]:
    rows = content.table("consequences")
    order = {kind: place for place, kind in enumerate(("blacklist", "cleared", "interview", "notice", "warning"))}
    now = rows[rows["is_current"]]
    now = now.assign(place=now["kind"].map(order)).sort_values(["place", "basis", "unit_id"])
    grading, names = content.policy.grading, content.names
    return [
        [
            names[row.unit_id],
            KINDS[row.kind],
            reason_words(row, grading, names),
            row.since,
            row.until,
            row.rule,
            row.document,
        ]
        for row in now.itertuples()
    ]


def _states(content: PackContent) -> tuple[tuple[str, ...], list[list[str]]]:
    states, grading = content.table("annual_states"), content.policy.grading
    shown = sorted(states["year"].unique())[-content.consequences.blacklist_years :]
    cells = {(row.unit_id, row.year): state_words(row, grading, content.names) for row in states.itertuples()}
    last = states[states["year"] == shown[-1]].set_index("unit_id") if shown else states.set_index("unit_id")
    heads = ("单位", *(f"{year}年度" for year in shown), "连续年数", "黑名单", "规则")
    rows = [
        [
            content.names[unit_id],
            *(cells.get((unit_id, year), DASH) for year in shown),
            str(last["streak_years"].get(unit_id, 0)),
            "列入" if last["is_blacklisted"].get(unit_id, False) else "",
            "R22 S9 S27",
        ]
        for unit_id in content.policy.unit_ids
    ]
    return heads, rows if shown else []


def _about(content: PackContent, bulletin_hash: str) -> list[list[str]]:
    policy, edition = content.policy, content.edition
    return [
        ["事项", f"{policy.district.name}机关职能运行监管结果抄送"],
        ["月份", month_name(policy.period)],
        ["版次", f"{edition.revision}（{'征求意见稿' if edition.state == 'draft' else '定稿'}）"],
        ["数据截至", day_name(edition.as_of)],
        ["抄送", listing(policy.district.copied_offices)],
        ["通报校验值（SHA-256）", bulletin_hash or DASH],
        ["说明", "月度等次和后五名为暂定结果；约谈、通报批评和黑名单以年度定稿结果为准（S27）。"],
        *([["数据", "虚构地区的合成数据，仅供演示，与任何真实单位无关。"]] if policy.district.is_synthetic else []),
    ]


def office_workbook(content: PackContent, bulletin_hash: str) -> bytes:
    """Return `offices.xlsx`; the same month gives the same bytes, and no cell is a formula."""
    workbook = Workbook(write_only=True)
    _add_sheet(workbook, "说明", ("项目", "内容"), _about(content, bulletin_hash))
    for name, (heads, rows) in office_lists(content).items():
        _add_sheet(workbook, name, heads, rows)
    return pack_workbook(workbook, created=_CREATED)


def _add_sheet(workbook: Workbook, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    sheet = workbook.create_sheet(name)
    for place, head in enumerate(heads):
        longest = max([_width(head), *(_width(row[place]) for row in rows)])
        sheet.column_dimensions["ABCDEFGHIJ"[place]].width = min(64, longest + 2)
    sheet.freeze_panes = "A2"
    sheet.append([text_cell(sheet, head, is_head=True) for head in heads])
    for row in rows:
        sheet.append([text_cell(sheet, value) for value in row])


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


def office_body(content: PackContent, bulletin_hash: str) -> Markup:
    """Return the content of the copied offices' page: the workbook's lists."""
    policy = content.policy
    title = f"{policy.district.name}机关职能运行监管结果抄送（{month_name(policy.period)}）"
    parts = [Markup("<h1>{}</h1>").format(title), imprint(policy, content.edition)]
    if policy.district.is_synthetic:
        parts.append(banner("本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。"))
    parts.append(banner("月度等次和后五名为暂定结果；约谈、通报批评和黑名单以年度定稿结果为准（S27）。"))
    parts.append(
        Markup('<p>抄送：{}。表格见 <a href="offices.xlsx">offices.xlsx</a>。</p>').format(
            listing(policy.district.copied_offices)
        )
    )
    lists = office_lists(content)
    tiers = ("等次", "单位数", "单位"), _by_tier(content)
    shown = {name: lists[name] for name in ("约谈与名单", "后五名")} | {"等次": tiers, "三年状态": lists["三年状态"]}
    for number, (name, (heads, rows)) in zip("一二三四", shown.items(), strict=True):
        parts.append(Markup("<h2>{}、{}</h2>").format(number, name))
        columns = [Column(head, head in _SHORT) for head in heads]
        parts.append(table(columns, [[cell or DASH for cell in row] for row in rows], _CAPTIONS[name], css=_CSS[name]))
    parts.append(
        Markup('<p class="foot">通报校验值（SHA-256）：{} · 修订版 {}</p>').format(
            bulletin_hash or DASH, content.edition.revision
        )
    )
    return Markup("\n").join(parts)


# Days and figures stand on one line.
_SHORT = ("连续年数", "单位数", "起始", "时限")
_CSS = {"约谈与名单": "sortable", "后五名": "", "等次": "", "三年状态": "sortable"}
_CAPTIONS = {
    "等次": "本月各单位等次（同一等次内按单位编号排列，R19；“*”为暂定，S11）",
    "后五名": "本月后五名（R21、S7：第五低分及以下全部列出，并列注明；供预警）",
    "约谈与名单": "现行约谈、通报批评、黑名单和预警",
    "三年状态": "各单位近三个年度的状态（R22、S9）",
}
