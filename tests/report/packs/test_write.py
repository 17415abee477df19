"""What stands in the packs: folders, bytes, safe names, the workbook, small groups, withheld counts."""

import hashlib
import html
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.policy.models import Contacts
from analysis.policy.tables import TABLES
from analysis.report.measures import clear_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import merge_small_groups, ticket_facts
from analysis.report.packs.drawings import strip_svg
from analysis.report.packs.evidence import evidence
from analysis.report.packs.feedback import feedback_body
from analysis.report.packs.office_outcomes import state_of_measures
from analysis.report.packs.office_terms import office_facts
from analysis.report.packs.offices import office_body, office_lists, office_tables, summary, summary_parts
from analysis.report.packs.public import meaning, public_body, tell_ledger
from analysis.report.packs.standing import change_words, simple_margins
from analysis.report.packs.workbook import office_workbook
from analysis.report.packs.write import write_folders
from analysis.report.page.rule_marks import without_rule_marks
from analysis.report.tasks import Task
from analysis.report.words import WORDS

from .months import SMALL_GROUP, hotline, make_content


def first_of(policy, group):
    return next(unit.id for unit in policy.units if unit.group == group)


def test_the_same_month_gives_the_same_bytes(content, tmp_path):
    written = [write_folders(content, tmp_path / name) for name in ("a", "b")]
    first, second = ([path.read_bytes() for path in paths] for paths in written)
    assert first == second
    assert len(first) == len(content.policy.units) + 5  # four indexes and the workbook


def test_a_units_page_is_called_by_its_id_and_name_and_the_list_leads_to_it(content, tmp_path):
    hard = ["../../区委", "A?b=1#c%41", "甲" * 120, "甲" * 119 + "乙", "CON", "_", "."]
    names = content.names | dict(zip(content.policy.unit_ids, hard, strict=False))
    write_folders(replace(content, names=names), tmp_path)
    folder = tmp_path / "feedback"
    found = {path.name.split("_")[0]: path for path in folder.glob("*_*.html")}
    assert set(found) == set(content.policy.unit_ids)
    links = re.findall(r'<a href="([^"#]+)"', (folder / "index.html").read_text("utf-8"))
    assert {folder / unquote(urlsplit(link).path) for link in links} == set(found.values())
    told = re.findall(r'<a href="[^"#]+"[^>]*>([^<]*)</a>', (folder / "index.html").read_text("utf-8"))
    assert {*map(html.unescape, told)} >= {names[unit_id] for unit_id in content.policy.unit_ids[len(hard) :]}
    for unit_id in content.policy.unit_ids[len(hard) :]:
        path = found[unit_id]
        assert path.name == f"{unit_id}_{names[unit_id]}.html"
        assert f"<title>{names[unit_id]}机关职能运行监管反馈单" in path.read_text("utf-8")


def test_the_workbook_names_the_bulletin_by_its_hash(content, tmp_path):
    (tmp_path / "bulletin.html").write_bytes(b"bulletin")
    write_folders(content, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "offices" / "offices.xlsx")
    digest = hashlib.sha256(b"bulletin").hexdigest()
    assert digest in [cell.value for row in book["说明"] for cell in row]
    assert digest in (tmp_path / "offices" / "index.html").read_text("utf-8")
    assert all(sheet.sheet_state == "visible" for sheet in book)
    assert book.sheetnames == ["约谈与名单", "本月预警", "后五名", "等次", "近三个年度列入情况", "说明"]


def test_a_district_that_copies_nobody_names_no_readers_and_every_district_its_own_office(content):
    district = content.policy.district
    alone = replace(
        content,
        policy=replace(content.policy, district=district.model_copy(update={"copied_offices": (), "office": "甲办"})),
    )
    assert "抄送：" in office_body(content, "") and "抄送：" not in office_body(alone, "")
    assert "由被预警单位核实失分原因，属履职问题的向甲办报送" in office_body(alone, "")


@pytest.fixture(scope="module")
def workbook(content):
    return openpyxl.load_workbook(io.BytesIO(office_workbook(content, "")))


def column_of(sheet, head: str) -> list:
    _, heads, *rows = sheet.iter_rows(values_only=True)
    return [row[heads.index(head)] for row in rows]


def test_the_workbook_is_ready_to_be_filtered_and_printed_and_its_figures_are_figures(workbook):
    final = {"约谈与名单": "2025年度定稿结果", "近三个年度列入情况": "2025年度定稿结果"}
    for sheet in workbook:
        assert sheet.auto_filter.ref == sheet.dimensions.replace("A1", "A2")
        assert (sheet.print_title_rows, sheet.page_setup.paperSize) == ("$1:$2", 9)
        first = sheet["A1"].value.split("\n")[0]
        if sheet.title in final:  # what is final never stands under the month's draft
            assert first == f"{sheet.title}（{final[sheet.title]}）　2026年10月　第1版附表"
        else:
            state = "，暂定，不作奖惩依据" * (sheet.title != "说明")  # S27; that sheet says it of the others
            assert first == f"{sheet.title}　2026年10月　第1版（征求意见稿）{state}"
        assert ("征求意见稿" in sheet.oddHeader.right.text) == (sheet.title not in final)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    for sheet, head in (("后五名", "位次"), ("近三个年度列入情况", "连续年数")):
        figures = column_of(workbook[sheet], head)
        assert figures and all(isinstance(figure, int) for figure in figures)
    said = workbook["约谈与名单"]["A1"].value.split("\n")[1]
    assert "起始：2026年" in said and "约谈时限：2026年" in said  # what all rows share stands once, above


def test_each_sheet_on_paper_says_what_and_which_edition_it_is_and_a_wide_one_lies_across(workbook):
    for sheet in workbook:
        assert sheet.oddHeader.left.text == "澄川区机关职能运行监管结果抄送"
        assert sheet.oddHeader.right.text.startswith("2026年10月　第1版")
        assert (sheet.oddFooter.left.text, sheet.oddFooter.right.text) == ("&A", "第&P页，共&N页")
    across = {sheet.title for sheet in workbook if sheet.page_setup.orientation == "landscape"}
    assert across <= {"约谈与名单"}


def on_paper(sheet) -> list[float]:
    """The widths of the columns that are printed."""
    last = re.fullmatch(rf"'{sheet.title}'!\$A\$1:\$([A-Z])\${sheet.max_row}", sheet.print_area)[1]
    assert [str(each) for each in sheet.merged_cells.ranges] == [f"A1:{last}1"]
    return [sheet.column_dimensions[chr(place)].width for place in range(ord("A"), ord(last) + 1)]


def test_on_paper_each_list_fills_its_page_in_letters_that_one_reads(content, workbook):
    """A list a third of a page wide took three sheets, one with nine columns had letters of 5 points."""
    for sheet in workbook:
        assert 90 <= sum(on_paper(sheet)) <= (136 if sheet.page_setup.orientation == "landscape" else 95)
    rows = measured(content, *YEAR, ("warning", "streak", ""), rule="R21 R22 S9").table("consequences")
    other = {"unit_id": content.policy.unit_ids[2], "until": "2026-02-02", "since": "2026-01-15", "document": "文" * 20}
    rows = pd.concat([rows, rows.assign(**other)], ignore_index=True)
    apart = replace(content, tables={**content.tables, "consequences": rows})
    sheet = openpyxl.load_workbook(io.BytesIO(office_workbook(apart, "")))["约谈与名单"]
    heads = [cell.value for cell in sheet[2]]
    assert heads[-2:] == ["规则", "距黑名单年数"] and len(on_paper(sheet)) == len(heads) - 2 == 10
    assert (
        95 < sum(on_paper(sheet)) <= 136
        and min(on_paper(sheet)[5:8]) >= 12
        and sheet.page_setup.orientation == "landscape"
    )
    assert sheet.row_dimensions[3].height > 17  # a narrower column has more lines


def test_a_name_with_an_ampersand_is_no_code_on_paper(content):
    district = content.policy.district.model_copy(update={"name": "A&P区"})
    changed = replace(content, policy=replace(content.policy, district=district))
    (sheet, *_) = openpyxl.load_workbook(io.BytesIO(office_workbook(changed, "")))
    assert sheet.oddHeader.left.text == "A&&P区机关职能运行监管结果抄送"


def test_every_sheet_names_units_by_their_ids_too_and_pages_leave_those_out(content, workbook):
    names = content.names
    for sheet in workbook.worksheets[:-1]:
        if sheet.max_row == 2:  # no unit is warned
            continue
        pairs = list(zip(column_of(sheet, "编号"), column_of(sheet, "单位"), strict=True))
        assert pairs and all(names[unit_id] == name for unit_id, name in pairs)
    assert not [table.caption for _, table in office_tables(content) if "编号" in table.heads]


def test_the_years_of_the_workbook_say_whether_they_are_final_and_a_drafts_tier_is_not_told(content):
    states = content.table("annual_states")
    states = pd.concat([states.assign(year=2024, tier="pass"), states.assign(final_on="")])
    changed = replace(content, tables={**content.tables, "annual_states": states})
    workbook = openpyxl.load_workbook(io.BytesIO(office_workbook(changed, "")))
    heads = [cell.value for cell in workbook["近三个年度列入情况"][2]]
    assert heads[2:4] == ["2024年度", "2025年度（未定稿）"]
    assert set(column_of(workbook["近三个年度列入情况"], "2024年度")) <= {"达标", "达标·后五名"}
    assert not [
        cell
        for cell in column_of(workbook["近三个年度列入情况"], "2025年度（未定稿）")
        if "达标·" in cell or cell == "达标"
    ]
    told = dict(row[:2] for row in workbook["说明"].iter_rows(min_row=2, values_only=True))
    assert told["已定稿年度"].startswith("2024年度（") and "2025年度" not in told["已定稿年度"]


@pytest.mark.parametrize(
    ("tier", "reason", "provisional", "told"),
    [
        ("fail", "bottom_five_and_fail", False, "不达标·后五名"),
        ("fail", "fail", False, "不达标"),
        ("pass", "bottom_five", True, "达标·后五名*"),
        ("good", "", True, "良好*"),
    ],
)
def test_a_year_is_one_cell_of_tier_and_bottom_place_the_same_on_page_and_in_workbook(
    content, tier, reason, provisional, told
):
    states = content.table("annual_states")
    unit_id, state = content.policy.unit_ids[3], "listed" if reason else "clear"
    cells = {"tier": tier, "reason": reason, "is_provisional": provisional, "state": state, "final_on": "2026-01-14"}
    states.loc[states["unit_id"] == unit_id, list(cells)] = list(cells.values())
    changed = replace(content, tables={**content.tables, "annual_states": states})
    columns, _ = office_lists(changed)["近三个年度列入情况"]
    assert columns[2].read(unit_id) == told
    shown = dict(office_tables(changed))["近三个年度列入情况"]
    assert ("“*”为有缺报数据、等次暂定" in shown.caption) == (
        bool(reason) and provisional
    )  # a unit that is not listed is not shown
    rows = [row for row in shown.cells if row[0] == content.names[unit_id]]
    assert [row[1] for row in rows] == [told] * bool(reason)
    body = office_body(changed, "")
    assert ("缺报数据经确认不计入" in body) == provisional  # a mark that stands nowhere is not explained
    hidden = f"（其中{content.names[unit_id]}2025年度有缺报数据，等次暂定）"
    assert (hidden in shown.caption) == (provisional and not reason)  # nor is one hidden among the others


def measured(content, *kinds: tuple[str, str, str], **more):
    """The content with measures of the year 2025 for one unit: (kind, reason, last day)."""
    row = content.table("consequences").iloc[[0]]
    fixed = {"unit_id": content.policy.unit_ids[1], "basis": "annual", "year": 2025, "since": "2026-01-14"}
    names = ["kind", "reason", "until"]
    rows = [row.assign(**fixed | dict(zip(names, each, strict=True)) | more) for each in kinds]
    return replace(content, tables={**content.tables, "consequences": pd.concat(rows, ignore_index=True)})


YEAR = (("interview", "fail", "2026-01-28"), ("notice", "fail", "2026-03-03"))


def test_what_all_rows_share_is_said_once_and_an_empty_column_is_left_out(content):
    shown = dict(office_tables(measured(content, *YEAR)))["约谈与名单"]
    assert shown.heads == ("单位", "措施", "事由")
    assert "约谈时限：2026年1月28日；整改时限：2026年3月3日；状态：约谈、整改时限已过，办理情况未登记" in shown.caption
    later = [(kind, reason, "2027-01-04") for kind, reason, _ in YEAR]
    assert "状态：" not in dict(office_tables(measured(content, *later)))["约谈与名单"].caption
    two = measured(content, *YEAR).table("consequences")
    two = pd.concat([two, two.assign(unit_id=content.policy.unit_ids[2], until="2026-02-02")], ignore_index=True)
    apart = dict(office_tables(replace(content, tables={**content.tables, "consequences": two})))["约谈与名单"]
    assert apart.heads == ("单位", "措施", "事由", "约谈时限", "整改时限")


def test_a_unit_is_one_row_of_final_years_and_the_months_warnings_stand_apart(content):
    changed = measured(content, *YEAR, ("blacklist", "streak", ""), years="2023 2024 2025", streak_years=3)
    rows = changed.table("consequences")
    month = rows.iloc[[0]].assign(kind="warning", basis="month", year=2026, since="2026-10-31", until="2026-11-11")
    rows = pd.concat([rows, month], ignore_index=True)
    changed = replace(content, tables={**content.tables, "consequences": rows})
    found = office_lists(changed)
    for name, told in (("约谈与名单", "机构编制黑名单（并问责）、约谈、通报批评"), ("本月预警", None)):
        columns, lines = found[name]
        assert len(lines) == 1
        cells = {column.head: column.read(lines[0]) for column in columns}
        assert cells.get("措施") == told
    assert cells["年度定稿应采取的措施"] == "机构编制黑名单（并问责）、约谈、通报批评"
    assert cells["报送措施时限"] == "2026-11-11" and "2026-10-31" not in cells.values()  # before its publication
    said = summary(changed)
    assert "本月预警（暂定）1个单位。" in said
    assert "2025年度定稿结果：机构编制黑名单1个单位、应约谈1个单位、应通报批评1个单位；" in said
    # What no table says is asked too of what has no last day: notice, calling to account.
    ask = f"约谈、通报批评、整改、问责的情况尚未登记，由{content.policy.district.office}于2026年11月18日前查明登记。"
    assert f"约谈时限2026年1月28日、整改时限2026年3月3日均已过，{ask}" in said
    # The workbook's sheet of what it is says it too: a copied office may hold nothing else.
    told = f"年度定稿结果的措施，办理情况尚未登记的，由{content.policy.district.office}于2026年11月18日前查明登记。"
    assert dict(office_facts(changed, ""))["办理情况"] == told
    nothing = replace(content, tables=content.tables | {"consequences": content.tables["consequences"].head(0)})
    assert "办理情况" not in dict(office_facts(nothing, ""))


def test_last_days_that_are_to_come_are_told_without_more(content):
    said = summary(measured(content, ("interview", "fail", "2027-01-28")))
    assert "约谈1个单位；约谈时限2027年1月28日。" in said and "已过" not in said
    assert "没有现行的年度措施。" in summary(measured(content, *YEAR, is_current=False))


def test_every_rule_number_of_the_offices_page_and_workbook_is_explained_there(content):
    body = office_body(measured(content, *YEAR), "")
    text, key = body.split("规则编号所指")
    explained = set(re.findall(r"<dt>([RS]\d+)</dt>", key))
    assert set(re.findall(r"\b[RS]\d+\b", text)) <= explained and len(explained) > 4
    sheets = openpyxl.load_workbook(io.BytesIO(office_workbook(measured(content, *YEAR), "")))
    rows = [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]
    keys = {row[0] for row in rows if re.fullmatch(r"[RS]\d+", str(row[0]))}
    others = {rule for row in rows for cell in row[1:] for rule in re.findall(r"\b[RS]\d+\b", str(cell))}
    assert others and others <= keys


def test_terms_are_those_of_the_rules_in_force(content):
    rules = content.consequences.model_copy(update={"rectify_working_days": 17, "provisional_year": "neither"})
    provisional = content.tables["unit_scores"].assign(is_provisional=True)  # a star is explained where one stands
    tables = content.tables | {"unit_scores": provisional}
    body = office_body(replace(content, consequences=rules, tables=tables), "")
    assert "年度定稿后17个工作日内整改到位" in body and "年度不计入也不中断连续年数" in body


@pytest.mark.parametrize("state", ["draft", "final"])
def test_a_copied_office_reads_what_it_may_use_and_that_no_answer_is_needed(content, state):
    body = office_body(replace(content, edition=replace(content.edition, state=state)), "")
    assert "不需回复" in body and ("异议期（至" in body) == (state == "draft")
    assert ("可作为参考依据" in body) != ("尚无已定稿的年度" in body)
    assert "、预警均为暂定，只作提醒，不作奖惩依据（S27）。" in body


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(content, start):
    unit_id = content.policy.unit_ids[0]
    text = f"{start}1+1"
    changed = replace(content, names=content.names | {unit_id: text})
    workbook = openpyxl.load_workbook(io.BytesIO(office_workbook(changed, "")))
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    found = [cell for cell in cells if cell.value == text]
    assert found
    assert {cell.data_type for cell in cells if cell.value} <= {"s", "n", "d"}
    assert all(cell.quotePrefix for cell in found)


def test_copied_offices_first_read_what_their_lists_come_to(content):
    told, units = summary(content), content.units
    for tier in content.names.tiers:
        assert f"{content.names[tier]}{(units['tier'] == tier).sum()}个" in told
    lowest = units[units["is_bottom_five"]].sort_values(["total", "unit_id"])["unit_id"].map(content.names)
    assert "、".join(lowest) in told
    measures = content.table("consequences").query("is_current")
    for kind, rows in measures[measures["basis"] == "annual"].groupby("kind"):
        assert f"{WORDS.consequences[kind]}{rows['unit_id'].nunique()}个单位" in told
    warned = measures.loc[measures["basis"] == "month", "unit_id"].nunique()
    assert (f"本月预警（暂定）{warned}个单位" in told) == (warned > 0)
    body, (years, month) = office_body(content, ""), summary_parts(content)
    one, two = (office_body(replace(content, annual=each), "") for each in (content, None))  # no list of one
    assert '<p><a href="annual-2026.html">2026年度通报（定稿）</a></p>' in one and "<ul>" not in one + two
    assert told == years + month and f"<p>{years}</p><p>{month}</p>" in body


def test_a_measure_whose_time_is_over_says_so(content):
    columns, rows = office_lists(measured(content, *YEAR))["约谈与名单"]
    state = next(column for column in columns if column.head == "状态")
    day = content.edition.published
    before, row = (day - timedelta(days=1)).isoformat(), rows[0][0]
    first, last = (row._replace(kind=kind, until=before) for kind in ("interview", "notice"))
    who = "办理情况未登记"
    assert state.read([first, last]) == f"约谈、整改时限已过，{who}"
    assert state.read([first]) == f"约谈时限已过，{who}"
    # What is verified first comes before all measures.
    unsure = {(first.year, first.unit_id)}
    assert state_of_measures(content, [first], unsure) == f"核实、约谈时限已过，{who}"
    assert state_of_measures(content, [last._replace(until=day.isoformat())], unsure) == ""
    assert state.read([first, last._replace(until=day.isoformat())]) == f"约谈时限已过，{who}"
    assert state.read([first._replace(until=day.isoformat())]) == ""
    assert state.read([first._replace(until="")]) == ""
    black = first._replace(kind="blacklist", until="")
    assert state.read([black]) == ""  # it has no last day, so that it does not read as expired
    assert state.read([black, first, last]) == "约谈、整改时限已过，办理情况（含问责）未登记"
    assert state_of_measures(content, [black, first, last]) == f"约谈、整改时限已过，{who}"  # a page says it of all
    warned = first._replace(kind="warning", basis="month")
    assert state.read([warned]) == "报送措施时限已过，报送情况未登记"


def test_a_unit_one_listing_away_from_the_blacklist_reads_so_and_the_blacklist_says_how_it_ends(content):
    changed = measured(content, ("warning", "streak", ""), streak_years=2, years="2024 2025")
    (measure,) = [row[1] for row in dict(office_tables(changed))["约谈与名单"].cells]
    assert measure == "黑名单预警（2024、2025年度均为后五名或不达标，下一参评年度再次列入将进入黑名单）"
    assert "没有固定期限；其后有一个年度不再列入即移出" in office_body(changed, "")
    two = content.policy.consequences.model_copy(update={"clear_years": 2})
    assert clear_words(two) == "连续两个年度不再列入的移出"  # two that do not follow one another clear nobody


def test_whom_copied_offices_turn_to_stands_on_page_and_in_workbook_where_it_is_known(content, workbook):
    whom = content.policy.district.contacts.pages
    assert whom and f"<p>对本件有疑问的，{whom}。</p>" in office_body(content, "")
    assert ["联系", whom] in [[cell.value for cell in row] for row in workbook["说明"].iter_rows()]
    district = content.policy.district.model_copy(update={"contacts": Contacts()})
    assert "对本件有疑问" not in office_body(replace(content, policy=replace(content.policy, district=district)), "")


def test_no_row_of_the_workbook_is_lower_than_its_lines(workbook):
    """A line of a Chinese face is some 16 points high, and a word or a mark may leave the end of a line empty."""
    told = 0
    for sheet in workbook:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                size = sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(cell.value or ""))
                width = sheet.column_dimensions[cell.column_letter].width
                lines = -(-size // (width - 3)) if size > width else 1
                told += lines > 1
                assert sheet.row_dimensions[cell.row].height >= 16 * lines, (sheet.title, cell.coordinate)
    assert told


def test_that_no_tier_of_the_month_is_sure_is_told_where_it_is_known(content):
    # A tier may be likelier than 95 % and the interval of the place be wider than it: the interval is what is told.
    caution = "单看本月数据，各单位位次的95%区间都跨两个及以上等次，等次都不能确认。"
    sure = pd.DataFrame({"unit_id": content.policy.unit_ids, "scope": "month", "verdict": "stable"})
    for verdict, is_told in (("indistinct", True), ("stable", False), ("withheld", False)):
        month = replace(content, tables=content.tables | {"certainty": sure.assign(verdict=verdict)})
        assert (caution in office_body(month, "")) == is_told
        sheet = openpyxl.load_workbook(io.BytesIO(office_workbook(month, "")))["说明"]
        facts = dict(row[:2] for row in sheet.iter_rows(min_row=2, values_only=True))
        assert (caution in facts["本月结果"]) == is_told and "不作奖惩依据" in facts["本月结果"]


def test_a_veto_of_an_earlier_month_that_caps_the_years_tier_is_told_with_its_document(content):
    """The month's list had the unit in the best tier, without a word of the year."""
    unit, rows = content.policy.unit_ids[0], content.tables["adjustments"]
    veto = rows.iloc[[0]].assign(unit_id=unit, kind="veto", period="2026-09", reason="较大责任事件", document="某办7号")
    told = f"{content.names[unit]}2026年9月一票否优（某办7号），当年等次最高为良好。"
    for period, is_told in (("2026-09", True), ("2025-12", False)):
        made = replace(content, adjustments=veto.assign(period=period))
        assert (told in office_body(made, "")) is is_told is ("某办7号" in office_body(made, ""))
        assert "较大责任事件" not in office_body(made, "")
        sheet = openpyxl.load_workbook(io.BytesIO(office_workbook(made, "")))["说明"]
        assert any(told in str(row[1]) for row in sheet.iter_rows(min_row=2, values_only=True)) is is_told
    # Where the month's tier is above the cap, the list of tiers says so itself.
    made, units = replace(content, adjustments=veto), content.tables["unit_scores"]
    for tier, is_above in (("excellent", True), ("good", False)):
        own = units.assign(tier=units["tier"].mask(units["unit_id"] == unit, tier))
        month = replace(made, tables=made.tables | {"unit_scores": own})
        sheet = openpyxl.load_workbook(io.BytesIO(office_workbook(month, "")))["等次"]
        marked = [row[:4] for row in sheet.iter_rows(values_only=True) if "※" in str(row)]
        assert [row[1] for row in marked] == [content.names[unit]] * is_above
        assert all(row[3] == "※本月等次不受影响，年度等次最高为良好" for row in marked)
        shown = dict(office_tables(month))["等次"]
        assert (f"{content.names[unit]}※" in str(shown.cells)) is is_above
        assert ("“※”为本月等次不受影响，年度等次最高为良好" in shown.caption) is is_above


def test_why_a_tier_has_other_numbers_than_its_quota_stands_on_page_and_in_workbook(content):
    units = content.units
    best = units[units["tier"] == "excellent"].nsmallest(2, "total").index
    units = units.assign(total=units["total"].where(~units.index.isin(best), units.loc[best, "total"].max()))
    units.loc[best, ["tier", "tier_by_score", "tier_reason"]] = ["good", "good", "tie_down"]
    changed = replace(content, tables=content.tables | {"unit_scores": units})
    caption = dict(office_tables(changed))["等次"].caption
    assert "2个单位同分且跨优秀线，就低评为良好（S6）" in caption and "*" not in caption
    sheets = openpyxl.load_workbook(io.BytesIO(office_workbook(changed, "")))
    facts = dict(row[:2] for row in sheets["说明"].iter_rows(min_row=2, values_only=True))
    assert "2个单位同分且跨优秀线，就低评为良好（S6）" in facts["等次单位数"] and facts["S6"] == WORDS.rules["S6"]
    # Who is tied at a line stands at a known place: copied offices read tiers, not places (S23).
    assert not any("同分" in str(cell.value) for row in sheets["等次"].iter_rows(min_row=2) for cell in row)


def test_the_page_names_the_hash_that_the_notice_cites_and_where_all_units_stand(content):
    body = office_body(content, "")
    assert f"数据与规则校验值：{content.edition.inputs}" in body
    few = office_body(of_years(content, ("listed", "fail", "fail")), "")
    assert f'以上列1个单位；全部{len(content.policy.unit_ids)}个单位各年等次见<a href="offices.xlsx">表格</a>' in few
    assert '<details class="on-screen"><summary>规则编号所指' in body


def of_years(content, *told: tuple[str, str, str]):
    """The content with all units clear in a final year but the first ones, which are as told (state, reason, tier)."""
    states = content.table("annual_states").assign(state="clear", reason="", tier="good", final_on="2026-01-14")
    states["is_blacklisted"] = False
    for unit_id, cells in zip(content.policy.unit_ids, told, strict=False):
        states.loc[states["unit_id"] == unit_id, ["state", "reason", "tier"]] = cells
    return replace(content, tables={**content.tables, "annual_states": states})


@pytest.mark.parametrize(
    ("told", "cells"),
    [
        ([("listed", "fail", "fail")], ["不达标"]),
        ([("unassessed", "short_year", ""), ("listed", "bottom_five", "pass")], ["未参评", "达标·后五名"]),
        ([], []),
    ],
)
def test_the_page_lists_the_units_of_which_a_year_says_more_and_counts_the_others(content, told, cells):
    changed, n_units = of_years(content, *told), len(content.policy.unit_ids)
    shown = dict(office_tables(changed))["近三个年度列入情况"]
    assert [row[0] for row in shown.cells] == [content.names[i] for i in content.policy.unit_ids[: len(told)]]
    assert all(row[1].startswith(cell) for row, cell in zip(shown.cells, cells, strict=True))
    assert f"{'其余' if told else '全部'}{n_units - len(told)}个单位各年均未列入" in shown.caption
    assert len(office_lists(changed)["近三个年度列入情况"][1]) == n_units  # the workbook has all
    states = changed.table("annual_states")
    drafts = pd.concat([states, states.assign(year=2026, state="draft", final_on="", tier="", reason="")])
    drafted = dict(office_tables(replace(changed, tables={**changed.tables, "annual_states": drafts})))[
        "近三个年度列入情况"
    ]
    assert len(drafted.cells) == len(told) and "个单位已定稿的各年均未列入" in drafted.caption


def test_ties_at_the_fifth_place_are_all_listed(content):
    units = content.tables["unit_scores"]
    marked = units.assign(is_tied=units["is_bottom_five"])
    changed = replace(content, tables={**content.tables, "unit_scores": marked})
    columns, rows = office_lists(changed)["后五名"]
    assert len(rows) == 5
    assert all(columns[4].read(row) == "并列" for row in rows)


def test_a_unit_of_a_small_group_is_shown_beside_the_whole_district(content, policy):
    unit_id = first_of(policy, "law")
    assert content.peers(unit_id) == ("全区", list(content.totals))
    body = feedback_body(content, unit_id)
    assert "类别位次" not in body
    assert str(body).count("<circle") > SMALL_GROUP + len(content.policy.units) - 5
    assert content.peers(first_of(policy, "town"))[0] == content.names["town"]


def test_a_unit_reads_its_own_last_day_for_objections(content, policy):
    periods = content.tables["objection_periods"]
    moved = periods.assign(until=periods["until"].mask(periods["unit_id"] == policy.unit_ids[4], "2026-11-27"))
    changed = replace(content, tables={**content.tables, "objection_periods": moved})
    told = [feedback_body(changed, policy.unit_ids[number]) for number in (4, 5)]
    assert "本单位对本反馈单所列结果有异议的，请于2026年11月27日（含当日）前向" in told[0]
    assert "本单位对本反馈单所列结果有异议的，请于2026年11月11日（含当日）前向" in told[1]


def test_peers_are_drawn_on_a_grid_from_which_no_score_can_be_read():
    first = strip_svg(90.0, [88.01, 91.24], {}, 0.5)
    assert first == strip_svg(90.0, [88.20, 91.1], {}, 0.5)
    assert first != strip_svg(90.0, [88.20, 91.6], {}, 0.5)


def test_quartiles_of_few_units_are_not_shown(content, policy):
    few = [unit.id for unit in policy.units if unit.group == "law"]
    assert np.isnan(content.middle_half(few, "daily")).all()


def test_margins_are_differences_to_the_neighbouring_tiers(content):
    units = content.units.set_index("unit_id")
    unit_id = units.index[units["tier_by_score"] == "good"][3]
    up, down = simple_margins(units.loc[unit_id, "total"], "good", content.units, content.names.tiers)
    best = units[units["tier_by_score"] == "excellent"]["total"].min()
    worse = units[units["tier_by_score"] == "pass"]["total"].max()
    assert (up, down) == pytest.approx((best - units.loc[unit_id, "total"], units.loc[unit_id, "total"] - worse))
    assert np.isnan(simple_margins(99.0, "excellent", content.units, content.names.tiers)[0])
    assert np.isnan(simple_margins(70.0, "fail", content.units, content.names.tiers)[1])


def test_a_unit_is_told_why_its_score_changed(content, policy):
    body = feedback_body(content, policy.unit_ids[4])
    name = content.names[policy.unit_ids[4]]
    assert f"{name}本月环比下降1.31分，全部来自工作成绩。" in body
    assert "<strong>变动</strong> 工作成绩−1.31分：“三定”规定落实−1.31分。</p>" in body


def test_the_indicators_that_moved_a_unit_most_come_first_and_nothing_else_is_among_them(content, policy):
    rows = [("mom", "common-01", 0.2), ("mom", "common-03", -1.5), ("mom", "common-02", 1.5), ("mom", "common-04", 0.0)]
    rows += [("mom", "", 9.0), ("yoy", "common-05", 8.0)]  # what no indicator moved, and another comparison
    parts = content.table("change_parts").iloc[[0] * len(rows)].reset_index(drop=True)
    parts[["basis", "indicator_id", "performance"]] = rows
    (moving,) = make_content(policy, change_parts=parts.astype({"performance": float})).moving.values()
    assert [row.indicator_id for row in moving] == ["common-02", "common-03", "common-01"]


def test_of_a_month_without_one_before_no_change_is_told(policy):
    content = make_content(policy, trends=TABLES["trends"].empty())
    assert change_words(content, policy.unit_ids[4]) == []


def test_a_unit_without_data_has_a_page_that_says_so(policy):
    from .months import scores

    units = scores(policy)["unit_scores"]
    unit_id = policy.unit_ids[0]
    gone = units.assign(total=units["total"].where(units["unit_id"] != unit_id))
    body = feedback_body(make_content(policy, unit_scores=gone), unit_id)
    assert "没有可评数据" in body
    assert "三、失分明细" not in body and "<caption>失分明细" not in body


def test_lost_points_name_rule_cell_and_what_would_have_kept_them(content, policy):
    unit_id = policy.unit_ids[0]
    body = str(feedback_body(content, unit_id))
    assert "C9" in body
    assert f"（{policy.indicator_by_id['common-06'].rule}）" in body
    assert "实填报人日达到应填报人日的100%" in body


def test_a_rate_says_over_what_it_goes_and_which_have_too_few_cases(content, policy):
    unit_id, scores = policy.unit_ids[0], content.table("indicator_scores")
    mine = (scores["unit_id"] == unit_id) & (scores["scope"] == "month")
    few = {"n_cases": 3.0, "first_period": "2025-10", "status": "too_few_cases", "score": np.nan, "weight": 0.0}
    rates = scores.loc[mine & (scores["indicator_id"] == "common-06")]
    told = [{**few, "indicator_id": "common-10"}, {**few, "indicator_id": "common-12"}]
    told += [{"n_cases": 10.0, "first_period": "2026-08", "indicator_id": "common-07"}]
    rows = pd.concat([scores, *(rates.assign(**row) for row in told)]).drop_duplicates(
        ["scope", "unit_id", "indicator_id"], keep="last"
    )
    body = str(feedback_body(make_content(policy, indicator_scores=rows), unit_id))
    assert "；合并近3个月，按最近10件计" in body
    # Few tickets are not counted out, items of the ledger are.
    assert "服务社会满意度（近13个月不足10件）" in body
    assert "问题销号率（近13个月仅3件，不足10件）" in body
    assert "件数不足" not in feedback_body(content, unit_id)


def test_cells_of_tickets_are_not_listed(content, policy):
    assert (policy.unit_ids[0], "common-10") not in content.sources
    assert "工单系统数据；按件明细由区12345热线办另行提供" in feedback_body(content, policy.unit_ids[0])


@pytest.mark.parametrize(
    ("n_on_time", "told"),
    [
        (60, "受理群众诉求90件。到期80件，按时办结60件，按时办结率75.00%；已评价回访40件，满意20件，"),
        (
            77,
            "受理群众诉求90件。到期工单按时办结率略；已评价回访40件，满意20件，群众满意率50.00%",
        ),
        (
            80,
            "受理群众诉求90件。到期工单按时办结率略；已评价回访40件，满意20件，群众满意率50.00%",
        ),
    ],
)
def test_the_public_page_withholds_what_the_open_data_withhold(content, n_on_time, told):
    counts = {"n_received": 90, "n_due": 80, "n_on_time": n_on_time, "n_valid_call_backs": 40, "n_satisfied": 20}
    counts["period"] = content.policy.period
    rates = {"on_time_pct": 100 * n_on_time / 80, "satisfaction_pct": 50.0}
    channels = pd.DataFrame([{"channel": "12345"}, {"channel": "all"}]).assign(**counts, **rates)
    matters = pd.DataFrame([{"matter_id": "M001", "matter": "停水"}]).assign(**counts, **rates)
    tables = {**content.tables, "hotline_by_channel": channels, "hotline_by_matter": matters}
    assert told in public_body(replace(content, tables=tables))


def test_the_public_page_withholds_what_earlier_revisions_would_give_away(content):
    def tickets(**received: int) -> dict[str, pd.DataFrame]:
        rows = [*received.items(), ("all", sum(received.values()))]
        channels = pd.DataFrame([{"channel": name, "n_received": count, "n_due": count} for name, count in rows])
        counts = {"n_on_time": channels["n_due"] // 2, "n_valid_call_backs": 40, "n_satisfied": 20}
        channels = channels.assign(on_time_pct=50.0, satisfaction_pct=50.0, period=content.policy.period, **counts)
        return {
            "hotline_by_channel": channels,
            "hotline_by_matter": channels.iloc[:0].assign(matter_id="", matter="").drop(columns="channel"),
        }

    now = replace(content, tables={**content.tables, **tickets(a=4, b=60)})
    assert "受理群众诉求64件" in public_body(now)
    assert "受理群众诉求略" in public_body(replace(now, earlier_tickets=(tickets(a=8, b=60),)))


def test_a_units_own_tickets_are_told_to_the_last_one(policy):
    row = hotline(policy.unit_ids[:1], n_on_time=38).iloc[0]
    facts = dict(ticket_facts(row))
    assert (facts["应办结（件）"], facts["按时办结（件）"], facts["按时办结率"]) == ("40", "38", "95.00%")
    assert facts["满意率"] == "64.52%"
    assert (facts["重复诉求（件）"], facts["态度投诉（件）"], facts["超期未结（件）"]) == ("3", "2", "0")
    assert dict(ticket_facts(hotline(policy.unit_ids[:1], n_due=0, n_on_time=0).iloc[0]))["按时办结率"] == "—"


@pytest.mark.parametrize(
    ("hidden", "n_received", "is_table"), [(set(), 0, False), (set(), 1, True), ({"n_due"}, 0, True)]
)
def test_a_unit_without_tickets_has_a_sentence_in_place_of_noughts(policy, monkeypatch, hidden, n_received, is_table):
    unit_id = policy.unit_ids[0]
    none = dict.fromkeys(("n_due", "n_on_time", "n_valid_call_backs", "n_satisfied", "n_open"), 0)
    monkeypatch.setattr(PackContent, "hidden_counts", hidden)
    rows = hotline([unit_id], n_received=n_received, **none)
    body = feedback_body(make_content(policy, hotline_by_unit=rows), unit_id)
    assert ("本月没有工单。" not in body) == is_table == ("<caption>本月工单" in body)


@pytest.mark.parametrize(("hidden", "is_told"), [(set(), True), ({"n_due"}, False)])
def test_overdue_tickets_are_a_task_where_the_districts_count_is_not_withheld(content, monkeypatch, hidden, is_told):
    unit_id = content.policy.unit_ids[0]
    monkeypatch.setattr(PackContent, "hidden_counts", hidden)
    monkeypatch.setattr(PackContent, "tasks", {unit_id: [Task("tickets", date(2026, 11, 18), unit_id, 3)]})
    assert ("办结逾期未办结的3件工单" in feedback_body(replace(content), unit_id)) == is_told


@pytest.mark.parametrize(
    ("hidden", "told"),
    [
        ({"n_due"}, ["略", "38", "略", "31", "20", "64.52%"]),
        ({"n_on_time"}, ["40", "略", "略", "31", "20", "64.52%"]),
        ({"n_satisfied", "n_received"}, ["40", "38", "95.00%", "31", "略", "略"]),
    ],
)
def test_where_the_districts_count_is_withheld_a_units_own_would_bound_it(policy, hidden, told):
    facts = ticket_facts(hotline(policy.unit_ids[:1], n_on_time=38).iloc[0], hidden)
    assert [figure for _, figure in facts[:6]] == told
    singles = ["略" if "n_received" in hidden else "3", *(["略", "略"] if "n_due" in hidden else ["2", "0"])]
    assert [figure for _, figure in facts[6:]] == singles


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(2, 8))
def test_no_shown_group_is_small_unless_the_district_is(sizes, minimum):
    import pandas as pd

    groups = pd.Series(sizes, index=[f"g{n}" for n in range(len(sizes))])
    parts = merge_small_groups(groups, minimum)
    assert sorted(group for part in parts for group in part) == sorted(groups.index)
    assert all(groups[part].sum() >= minimum for part in parts) or len(parts) == 1


def test_the_public_names_departments_only_where_policy_says_so(content, policy):
    towns = [unit.name for unit in policy.units if unit.is_town]
    named = replace(content, rules=content.rules.model_copy(update={"public_units": "departments"}))
    body = str(public_body(named))
    assert content.names["D01"] in body
    assert content.names["D01"] not in public_body(content)
    assert not [name for name in towns if name in body]


def test_the_public_page_says_which_edition_it_is_what_it_leaves_untold_and_whom_to_ask(content):
    body = str(public_body(replace(content, edition=replace(content.edition, is_first=False))))
    head = body[: body.index('class="lead"')]
    assert "征求意见稿（第1版） · 数据截至2026年10月31日 · 2026年11月4日发布 · 异议期至2026年11月11日</p>" in head
    assert "本版代替此前各版。" in head and "本版代替" not in public_body(content)
    again = replace(content.edition, is_first=False, reason="<b>页面更新</b>")
    told = public_body(replace(content, edition=again))
    assert "本版代替此前各版，事由：&lt;b&gt;页面更新&lt;/b&gt;。" in told
    final = public_body(replace(content, edition=replace(content.edition, state="final")))
    assert "2026年11月4日定稿" in final and "暂定结果：异议成立" not in final
    assert "公开版不公布任何单个单位（部门和镇街）的得分、位次和等次" in body
    named = replace(content, rules=content.rules.model_copy(update={"public_units": "departments"}))
    assert "任何单个单位" not in public_body(named) and "不公布单个镇街的得分、位次和等次" in public_body(named)
    district = content.policy.district.model_copy(update={"contacts": Contacts(staffing="拨12310")})
    told = public_body(replace(content, policy=replace(content.policy, district=district)))
    assert (
        "<li>反映机构编制问题：拨12310</li>" in told
        and "<li>对办理结果不满意：未登记</li>" in told
        and "<li>查询办理进度：未登记</li>" in told
    )


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (["2026-11-11"], "受考评的部门和镇街对本月结果有异议的，在2026年11月11日（含当日）前向"),
        (
            ["2026-11-11", "2026-11-18"],
            "受考评的部门和镇街对本月结果有异议的，在各自的异议期（最晚至2026年11月18日）内向",
        ),
        (["2026-11-03"], "<p>受考评的部门和镇街对本月结果的异议期已于2026年11月3日届满。</p>"),
    ],
)
def test_the_public_reads_until_when_and_how_units_object_and_of_no_unit_that_has_its_own_day(content, ends, told):
    periods = content.table("objection_periods")
    days = [ends[n % len(ends)] for n in range(len(periods))]
    month = replace(content, tables=content.tables | {"objection_periods": periods.assign(until=days)})
    body, objection = str(public_body(month)), content.policy.district.objection
    assert told in body and (f"{objection.contact}提出。{objection.how}" in body) == ("届满" not in told)
    assert not [unit.name for unit in content.policy.units if f"{unit.name}对" in body]
    assert "受考评的部门和镇街对本月结果" not in public_body(
        replace(month, edition=replace(month.edition, state="final"))
    )


def test_the_public_reads_that_a_loss_is_spread_over_the_whole_district(content):
    summary = pd.DataFrame({"indicator_id": ["related-02"], "scope": "month", "n_units": 40}).assign(
        mean_score=89.88, lost_points=1.09
    )
    body = public_body(replace(content, tables=content.tables | {"indicator_summary": summary}))
    assert ">全区平均失分<" in body and ">平均失分<" not in body and "摊到全区全部参评单位" in body


def test_the_public_page_does_not_say_that_named_units_were_drawn(content):
    rows = pd.DataFrame({"unit_id": ["D01", "T01"], "stratum": ["must", "towns"], "status": "drawn"})
    body = public_body(replace(content, draws=("2026-10-1",), tables=content.tables | {"draw": rows}))
    assert "本月2个单位接受检查：1个指定必查、不摇号（有问题线索或属重点监管的可以指定），1个由公开号码摇号抽出" in body
    assert "须与公告当日公布的编码核对" in body


def test_a_public_page_without_a_draw_says_how_many_units_were_inspected(content):
    rows = pd.DataFrame({"unit_id": ["D01", "D01", "D02"], "assessor": ""})
    body = public_body(replace(content, tables=content.tables | {"inspections": rows}))
    assert "<h2>四、随机监管</h2>" in body and "本月抽查2个单位，未公布摇号。" in body
    assert "四、" not in public_body(replace(content, tables=content.tables | {"inspections": rows.head(0)}))


def test_the_public_page_says_what_it_is_and_where_method_and_data_stand(content):
    body = str(public_body(content))
    district = content.policy.district
    assert f"{district.office}每月考评{district.name}各部门和镇街履行职责的情况" in body
    assert body.index("满分100分") < body.index("<h2>")
    assert "《考评办法说明》" in body
    lines = content.policy.grading.model_copy(update={"quotas": {}})
    by_line = replace(content, policy=replace(content.policy, grading=lines))
    assert "等次按分数线确定，分为优秀、良好、达标、不达标" in public_body(by_line)


LEDGER = [  # state, light, whether due this month, whether closed in time → what is told of all
    ([("rectifying", "red", True, False), ("returned", "green", False, False), ("closed", "closed", True, True)],
     "尚未销号2项：整改中1项、验收退回1项；整改中的1项已超期，最长超期7个工作日。本月到期2项，按期整改完成1项。"),
    ([("returned", "red", False, False), ("returned", "red", False, False), ("to_accept", "green", False, False)],
     "尚未销号3项：待验收1项、验收退回2项；验收退回的2项全部已超期，最长超期7个工作日。本月没有到期的。"),
    ([("returned", "red", False, False), ("returned", "red", False, False), ("returned", "green", False, False)],
     "尚未销号3项：验收退回3项；其中已超期2项，都是验收退回的，最长超期7个工作日。本月没有到期的。"),
    ([("returned", "red", False, False), ("rectifying", "red", False, False), ("rectifying", "green", False, False)],
     "尚未销号3项：整改中2项、验收退回1项；其中已超期2项（整改中1项、验收退回1项），最长超期7个工作日。本月没有到期的。"),
    ([("to_accept", "green", False, False), ("unassigned", "yellow", False, False)],
     "尚未销号2项：待分解1项、待验收1项；其中没有超期的。本月没有到期的。"),
    ([("closed", "closed", True, True)], "尚未销号0项。本月到期1项，按期整改完成1项。"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "told"), LEDGER)
def test_the_public_reads_for_what_open_items_wait_and_how_many_are_overdue(rows, told):
    ledger = pd.DataFrame(rows, columns=["state", "light", "is_due", "is_closed_in_time"])
    ledger = ledger.assign(overdue_working_days=ledger["light"].eq("red") * 7)
    assert tell_ledger(ledger) == [f"各渠道发现的问题列入整改台账，{told}"]
    assert tell_ledger(ledger.iloc[:0]) == []


def test_the_public_page_has_no_words_of_the_office_and_folds_what_proves_it(content):
    body = without_rule_marks(public_body(content))
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", "", body, flags=re.DOTALL)
    before, folded = text.split("防篡改信息")
    for word in ("被评单位", "有效回访", "可比口径", "校验值", "（S", "实际÷目标", "得分÷满分", "中位数之比"):
        assert word not in before, word
    assert "校验值" in folded
    assert "全区平均得分" in re.search(r"<figcaption><strong>([^<]+)", body)[1]


@pytest.mark.parametrize("stable", [0, 3])
def test_the_public_reads_that_a_month_says_little_of_a_unit(content, stable):
    ids = content.policy.unit_ids
    sure = pd.DataFrame({"unit_id": ids, "scope": "month", "verdict": "indistinct"})
    sure.loc[: stable - 1, "verdict"] = ["stable"] * stable
    told = " ".join(meaning(replace(content, tables=content.tables | {"certainty": sure})))
    assert "单月等次只作提醒，不宜据此评价单位，以年度结果为准。" in told
    assert (f"其中{stable}个可以确认" if stable else "没有一个可以确认") in told and "没有单位的等次" not in told


def test_the_public_reads_what_becomes_of_a_channel_without_marks_and_how_many_units_have_all(content):
    channels = content.tables["channel_scores"]
    n_units = len(content.units)
    whole = channels.assign(score=90.0)
    gap = whole.assign(score=whole["score"].mask(whole["unit_id"] == content.policy.unit_ids[0]))
    without = gap.assign(policy_weight=gap["policy_weight"].where(gap["score"].notna(), 0))  # by rule, not for want
    for rows, told in ((whole, ""), (without, ""), (gap, f"本月各部分齐全的单位{n_units - 1}个。")):
        first = meaning(replace(content, tables=content.tables | {"channel_scores": rows}))[0]
        assert ("其比重按比例分给其余部分" in first) == bool(told) and first.endswith(told)


def test_the_public_page_lists_matters_as_the_open_data_tell_them(content):
    rows = [("m1", "停水", 40, 30), ("m2", "噪声", 90, 80), ("m3", "路灯", 3, 3), ("", "张三家漏水", 70, 70)]
    counts = {"n_valid_call_backs": 20, "n_satisfied": 15}
    matters = pd.DataFrame([
        {"period": content.policy.period, "matter_id": i, "matter": m, "n_received": n, "n_due": d, "n_on_time": d // 2}
        | counts for i, m, n, d in rows
    ])  # fmt: skip
    whole = {"period": content.policy.period, "channel": "all", "n_received": 300, "n_due": 260, "n_on_time": 130}
    channels = pd.DataFrame([whole | counts | {"n_valid_call_backs": 90, "n_satisfied": 70}])
    channels = pd.concat([channels, channels.assign(channel="hotline")], ignore_index=True)
    rates = {"on_time_pct": 50.0, "satisfaction_pct": 75.0}
    tables = {"hotline_by_matter": matters.assign(**rates), "hotline_by_channel": channels.assign(**rates)}
    body = str(public_body(replace(content, tables=content.tables | tables, earlier_tickets=())))
    shown = re.search(r"受理较多的事项.*?</table>", body, re.DOTALL)[0]
    assert re.findall(r'<th scope="row">([^<]+)', shown) == ["噪声", "停水"]  # no few ones, no words as delivered
    assert "张三" not in body


def test_a_unit_first_reads_why_it_moved_and_what_cost_most(content):
    unit_id = content.policy.unit_ids[0]
    body = str(feedback_body(content, unit_id))
    worst = content.losses[unit_id][0]
    lead = re.search(r'<div class="lead">(.*?)</div>', body, re.DOTALL)[1]
    assert f"失分最多的是{content.names[worst.indicator_id]}（{worst.lost_points:.2f}分）" in lead
    assert body.index("一、本月须办") < body.index('class="banner"') < body.index("二、得分与位次") < body.index(lead)
    assert body.count('class="banner"') == 1


def test_the_public_groups_are_merged_where_they_are_small(content):
    body = str(public_body(content))
    law, other = content.names["law"], content.names["social"]
    assert f'<th scope="row">{law}</th>' not in body
    assert f"{other}、{law}" in body or f"、{law}</th>" in body


def test_visits_of_earlier_months_that_count_are_listed_with_their_days_and_marks(content, policy):
    indicator = next(each for each in policy.indicators if "month" in each.window_months)
    unit_id, other = policy.unit_ids[:2]
    rows = [(unit_id, "2026-03", 85.5, "CC3"), (other, "2026-04", 70.0, "CC4"), (unit_id, "2026-01", 90.0, "CC3")]
    visits = pd.DataFrame(rows, columns=["unit_id", "period", "value", "item_id"]).assign(indicator_id=indicator.id)
    changed = replace(content, visits=visits)
    assert "此前各月抽查：2026年1月得90.00分、2026年3月得85.50分，依据" in evidence(changed, unit_id, indicator)
    # An office that numbers its visits anew every month: January's has the number of March's.
    found = {
        "period": "2026-03",
        "visit_id": "CC3",
        "indicator_id": indicator.id,
        "date": "2026-03-05",
        "points": 85.5,
        "finding": "",
    }
    known = replace(changed, inspections=pd.DataFrame([found | {"unit_id": unit_id}, found | {"unit_id": other}]))
    assert "此前各月抽查：2026年1月得90.00分、3月5日得85.50分，依据" in evidence(known, unit_id, indicator)
    assert "70.00" not in evidence(changed, unit_id, indicator)
    assert "此前" not in evidence(content, unit_id, indicator)


def test_a_listed_unit_reads_that_it_is_listed_and_how_it_leaves_the_list(policy):
    listed, other = policy.unit_ids[:2]
    told = {"reason": "on_time", "rule": "R9", "since": "2026-09", "last_met": "2026-10", "first_period": "2026-08"}
    numbers = {"value": 90.0, "threshold": 92.0, "n_cases": 50, "low_pct": 78.6, "high_pct": 95.7, "p_value": 0.00004}
    row = {"period": "2026-10", "unit_id": listed, "is_met": True, "n_clean_months": 0} | told | numbers
    content = make_content(policy, watch_list=pd.DataFrame([row]))
    body = feedback_body(content, listed)
    assert "本单位2026年9月起列入监管异常名录。连续三个月没有任何列入情形的移出名录（各月按当月的件数和得分判断" in body
    # The figures are those of the months that they go over, not of the month of listing.
    assert (
        "<p>最近三个月（8月至10月）到期50件，其中按时办结45件，按时办结率90.00%，界线92%，出于偶然的可能性低于0.1%。</p>"
    ) in body
    first_screen = body[: body.index("二、得分与位次")]
    assert "本单位已列入监管异常名录（2026年9月起）。" in first_screen
    assert "本单位未列入监管异常名录。" in feedback_body(content, other)


def test_lost_points_stand_beside_the_groups_median_and_the_scorer_and_a_form_is_there_to_object(content, policy):
    body = feedback_body(content, policy.unit_ids[0])
    assert ">同类中位<" in body and re.search("由[^；<]+报送", body)
    assert "得满分100分" not in body and "异议申请表" in body


def test_the_workbook_has_a_column_of_its_own_for_each_part_of_a_measure(content):
    """A measure with its clause in one cell can be neither filtered nor added up."""
    warned = measured(content, *YEAR, ("warning", "streak", ""), streak_years=2, years="2024 2025", rule="R22 S9")
    sheet = openpyxl.load_workbook(io.BytesIO(office_workbook(warned, "")))["约谈与名单"]
    assert column_of(sheet, "措施") == ["约谈、通报批评、黑名单预警"] and column_of(sheet, "规则") == ["R22、S9"]
    assert column_of(sheet, "连续列入年数") == [2] and column_of(sheet, "距黑名单年数") == [1]
    # What a unit that is gone was listed for is no run of its heir's own, and who is on the blacklist nears it no more.
    for kind, left_out in (("told", {"连续列入年数", "距黑名单年数"}), ("blacklist", {"距黑名单年数"})):
        told = measured(content, (kind, "streak", ""), streak_years=3, years="2024 2025", inherited_from="D01")
        of_kind = openpyxl.load_workbook(io.BytesIO(office_workbook(told, "")))["约谈与名单"]
        heads = {cell.value for row in of_kind.iter_rows() for cell in row}
        assert {"连续列入年数", "距黑名单年数"} - heads == left_out
    assert column_of(sheet, "状态")[0].startswith("约谈、整改时限已过，") and "依据文件：文件" in sheet["A1"].value
    assert not {"规则", "连续列入年数", "距黑名单年数"} & {*dict(office_tables(warned))["约谈与名单"].heads}
