"""Official papers: form, content for each reader alone, the office's own template (S23, S44)."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Length, Mm

from analysis.policy.errors import PolicyError
from analysis.policy.papers import Reader
from analysis.policy.tables import TABLES
from analysis.report.duties import duties_finding
from analysis.report.hotline import name_risen, rising_finding
from analysis.report.packs.office_terms import NO_REPLY
from analysis.report.packs.offices import office_tables
from analysis.report.page.pieces import number, table, text
from analysis.report.papers.annual import annual_notice
from analysis.report.papers.document import set_paper
from analysis.report.papers.notice import month_notice
from analysis.report.papers.paper import (
    LINES,
    Paper,
    count_lines,
    fit,
    has_room,
    in_own_name,
    leave_out,
    number_parts,
    part,
)
from analysis.report.papers.template import BODY, NUMBER, STYLES, check_templates, default_template, open_template
from analysis.report.papers.units import month_papers, year_papers
from analysis.report.tasks import PRESSING, task_rows
from analysis.report.words import WORDS

from ..packs.months import mark, total_of
from ..packs.years import make_year


def read(data: bytes):
    return Document(io.BytesIO(data))


def told(data: bytes) -> str:
    """All that a reader sees, and what lies hidden in the file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "".join(
            re.sub("<[^>]+>", "\n", archive.read(name).decode("utf-8", "replace")) for name in archive.namelist()
        )


def set_in(folder, paper: Paper) -> bytes:
    return set_paper(paper, open_template(folder, paper.kind))


def simple(*blocks, annexes=()) -> Paper:
    return Paper(
        kind="notice",
        audience="leadership",
        title=("某办关于", "某事的通报"),
        number="某发〔2026〕　　号",
        to="区委、区政府",
        opening="现将某事通报如下：",
        parts=number_parts([part("基本情况", *blocks), part("没有内容的", ""), part("下一步要求", "抓紧办。")]),
        annexes=tuple(annexes),
        signer="某办",
        day=date(2026, 11, 4),
        copies=("区人大常委会办公室",),
        draft="（草稿）",
        basis="据某年第1版制作",
    )


@pytest.fixture(scope="module")
def wide():
    columns = [
        text("单位", lambda r: f"第{r}个单位"),
        number("得分", lambda r: f"{r}.00"),
        text("原因", lambda r: "很长的原因" * 9),
    ]
    return table([*columns, text("空", lambda r: "—")], range(60), "各单位（第一类）的情况（单位：分）")


@pytest.fixture
def paper(wide) -> Paper:
    return simple("第一句（S27）。", wide, annexes=[leave_out(wide, "原因")])


def test_the_page_is_that_of_an_official_paper(tmp_path, paper):
    (section,) = read(set_in(tmp_path, paper)).sections
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(length.mm) for length in (section.page_width, section.page_height)] == [210, 297]
    assert [round(length.mm, 1) for length in margins] == [37, 35, 28, 26]
    body = Length(section.page_height - section.top_margin - section.bottom_margin)
    assert int(body.pt // 28) == LINES
    for footer in (section.footer, section.even_page_footer):
        (line,) = footer.paragraphs
        assert line.text.startswith("— ") and line.text.endswith(" —")
        assert [run.font.size.pt for run in line.runs] == [14, 14]
        assert 'w:instr="PAGE"' in line._p.xml


def test_every_style_names_its_font_and_size(tmp_path, paper):
    document = read(set_in(tmp_path, paper))
    wanted = {
        "公文标题": ("方正小标宋简体", 22),
        "公文正文": ("仿宋_GB2312", 16),
        "公文一级标题": ("黑体", 16),
        "公文附件标题": ("方正小标宋简体", 18),
    }
    for name, (font, size) in wanted.items():
        style = document.styles[name]
        assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == font and style.font.size.pt == size
    assert document.styles["公文正文"].paragraph_format.line_spacing.pt == 28
    assert document.styles["公文正文"].paragraph_format.first_line_indent.pt == 32
    (table_of_fonts,) = [p.blob for p in document.part.package.iter_parts() if p.partname == "/word/fontTable.xml"]
    for font in ("仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"):
        assert f'w:name="{font}"><w:altName w:val='.encode() in table_of_fonts


def test_a_paper_holds_its_sentences_in_order_and_no_ids_of_rules(tmp_path, paper):
    lines = [p.text for p in read(set_in(tmp_path, paper)).paragraphs if p.text]
    assert lines == [
        "某发〔2026〕　　号",
        "某办关于",
        "某事的通报",
        "（草稿）",
        "据某年第1版制作",
        "区委、区政府：",
        "现将某事通报如下：",
        "一、基本情况",
        "第一句。",
        "各单位（第一类）的情况",
        "（单位：分）",
        "二、下一步要求",
        "抓紧办。",
        "附件：各单位（第一类）的情况",
        "（印章位置）",
        "某办",
        "2026年11月4日",
        "附件",
        "各单位（第一类）的情况",
        "（单位：分）",
        "　抄送：区人大常委会办公室。",
        "\t",
        "　某办\t2026年11月4日印发",
    ]


def test_a_table_repeats_its_head_keeps_its_rows_whole_and_fills_the_line(tmp_path, paper, wide):
    document = read(set_in(tmp_path, paper))
    first, annex = document.tables
    for shown, cells in ((first, wide.cells), (annex, tuple(row[:2] for row in wide.cells))):
        assert tuple(tuple(c.text for c in row.cells) for row in shown.rows)[1:] == cells
        heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in shown.rows]
        assert heads == [True] + [False] * len(cells)
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in shown.rows)
        line = Mm(210 - 28 - 26) + 635  # a twentieth of a point
        assert 0.99 * line < sum(column.width for column in shown.columns) <= line


def test_an_office_speaks_of_itself_unless_a_unit_bears_its_name(content):
    district = content.policy.district.model_copy(update={"office": "某办", "calls_itself": "我办"})
    told = simple("报某办。")
    assert in_own_name(told, district, ["甲局"]).parts[0].blocks == ("报我办。",)
    assert in_own_name(told, district, ["某办综合服务中心"]).parts[0].blocks == ("报某办。",)
    assert in_own_name(replace(told, signer="甲局"), district, []).parts[0].blocks == ("报某办。",)


def test_a_row_of_a_few_lines_is_kept_whole_and_a_tall_one_may_go_over_two_pages(tmp_path):
    """LibreOffice printed one row of four, and none of the others, where a page ended among tall rows kept whole."""
    names = [text("等次", lambda n: f"有{n}个的"), text("单位", lambda n: "、".join(["某某单位"] * n))]
    rows = read(set_in(tmp_path, simple(annexes=[table(names, (2, 60, 40), "各等次单位")]))).tables[-1].rows
    kept = [row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows]
    assert kept == [True, True, False, True]  # the head, and of the rows the short ones


def test_a_table_before_the_last_paragraph_stays_with_the_seal_and_blank_rows_leave_room_to_write(tmp_path):
    shown = table([text("事项", lambda r: r), text("理由", lambda r: "")], ["甲", "", ""], "（可附页）")
    (found,) = read(set_in(tmp_path, replace(simple(), parts=number_parts([part("异议", shown, "填报说明。")])))).tables
    assert [row._tr.trPr.find(qn("w:trHeight")) is not None for row in found.rows] == [False, False, True, True]
    assert all(p.paragraph_format.keep_with_next for row in found.rows for c in row.cells for p in c.paragraphs)


def test_of_a_list_of_annexes_the_last_line_alone_stays_with_the_seal(tmp_path):
    """A page was left almost half empty, as the last paragraph and the whole list moved on with the seal."""
    annexes = [table([text("名称", str)], [title], title) for title in ("甲表", "乙表", "丙表")]
    paragraphs = read(set_in(tmp_path, simple(annexes=annexes))).paragraphs
    kept = {p.text: bool(p.paragraph_format.keep_with_next) for p in paragraphs if p.text}
    lines = ["抓紧办。", "附件：1．甲表", "　　　2．乙表", "　　　3．丙表", "（印章位置）", "某办"]
    assert [kept[line] for line in lines] == [False, False, False, True, True, True]


def test_numbers_in_a_row_may_be_parted_between_them_and_nowhere_else(tmp_path):
    """LibreOffice takes them for one word, and cut it within a number where a line ended."""
    ids = [f"ZG20250{at}007" for at in range(100, 112)]
    shown = table([text("编号", lambda r: "、".join(ids)), text("说明", lambda r: "甲、乙，12、字")], [1], "清单")
    (first, second) = read(set_in(tmp_path, simple(annexes=[shown]))).tables[-1].rows[1].cells
    assert first.text == "、\u200b".join(ids) and second.text == "甲、乙，12、字"


def test_the_same_paper_gives_the_same_bytes_and_another_sentence_others(tmp_path, paper, monkeypatch):
    first = set_in(tmp_path, paper)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert set_in(tmp_path, paper) == first
    assert set_in(tmp_path, replace(paper, opening="另一句：")) != first


def test_unseen_letters_of_a_cell_are_marked(tmp_path):
    shown = table([text("名称", lambda r: r)], ["甲\x1b[31m乙\u202e"], "表")
    (found,) = read(set_in(tmp_path, simple(shown))).tables
    assert found.rows[1].cells[0].text == "甲\ufffd[31m乙\ufffd"


def test_what_does_not_fit_becomes_an_annex_and_then_what_can_be_spared_goes(wide):
    long = simple("长" * 28 * 90, wide, "可省。")
    fitted = fit(long, 4, ["可省。"])
    assert fitted.annexes == (wide,)
    assert [b for p in fitted.parts for b in p.blocks][1:] == ["各单位（第一类）的情况见附件。", "抓紧办。"]
    short = simple("短。", table([text("名称", lambda r: r)], ["甲"], "表"), "可省。")
    assert fit(short, 4, ["可省。"]) == short


def test_annexes_are_numbered_as_the_text_names_them_each_on_its_own_sheet(tmp_path):
    first, second, third = (table([text("名称", str)], [title], title) for title in ("甲表", "乙表", "丙表"))
    told = simple("乙表见附件〔乙表〕。", "甲表见附件〔甲表〕，乙表见附件〔乙表〕。", annexes=[first, third, second])
    fitted = fit(told, 4)
    assert fitted.annexes == (second, first, third)
    assert [b for p in fitted.parts for b in p.blocks][:2] == ["乙表见附件1。", "甲表见附件2，乙表见附件1。"]
    document = read(set_in(tmp_path, fitted))
    lines = [p.text for p in document.paragraphs]
    assert [line for line in lines if "．" in line] == ["附件：1．乙表", "　　　2．甲表", "　　　3．丙表"]
    sheets = [p for p in document.paragraphs if p.style.name == "公文附件"]
    assert [p.text for p in sheets] == ["附件1", "附件2", "附件3"]
    assert all(p.paragraph_format.page_break_before for p in sheets)


def heavy_month(content, n_days=8):
    """A month that asks for more than a notice has room for: all units listed and late, items due day by day."""
    ids = content.policy.unit_ids
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2026-11-16", periods=n_days)]
    due = pd.concat([content.tables["ledger"].head(8)] * n_days).head(n_days).assign(due=days, light="yellow")
    ledger = pd.concat([content.tables["ledger"].iloc[8:], due.assign(is_dunned=False, overdue_working_days=0)])
    columns = dict.fromkeys(TABLES["integrity"].columns, None) | {"other_unit_id": ids[3], "n_events": 9, "n_cases": 10}
    asked = [columns | {"unit_id": u, "measure": m, "is_question": True} for u in ids[:3] for m in WORDS.integrity]
    late = content.tables["hotline_by_unit"].assign(n_overdue=2)
    tables = {"integrity": pd.DataFrame(asked), "hotline_by_unit": late, "certainty": unsure(ids), "ledger": ledger}
    return replace(content, tables=content.tables | tables)


def heavy_year(book):
    """A year in which no two units' states are the same, so that they stand one by one."""
    year = make_year(book)
    states = year.tables["annual_states"]
    return replace(year, tables=year.tables | {"annual_states": states.assign(streak_years=range(len(states)))})


def unsure(ids):
    """`certainty` of a month of which nothing is known yet."""
    return TABLES["certainty"].empty().reindex(range(len(ids))).assign(unit_id=ids, scope="month", verdict="withheld")


def test_a_notice_tells_what_the_first_screen_names_and_the_first_others_and_the_rest_in_an_annex(content):
    heavy = heavy_month(content, n_days=120)
    notice = month_notice(heavy, Reader(to="区委、区政府"))
    # The gravest, then what the first screen names, in its order.
    kinds = [("outcomes",), ("measures", "dunned"), ("rising", "meeting")]
    groups = [[task for task in heavy.all_tasks if task.kind in each] for each in kinds]
    assert all(groups[:2])
    groups.append([task for task in heavy.all_tasks if task.kind not in sum(kinds, ())])
    rows = [row for tasks in groups for row in task_rows(heavy.policy, tasks, heavy.names)]
    rows = [(*row[:2], row[2].removeprefix("2026年")) for row in rows]
    first, second = (int(row[2].removeprefix("11月").removesuffix("日")) for row in rows[:2])
    assert first > second  # not merely the earliest
    told, where, _, end = notice.parts[-1].blocks
    assert end == "特此报告。"
    (others,) = [annex for annex in notice.annexes if annex.caption == "其他工作事项"]
    assert [*told.cells, *others.cells] == rows and len(told.cells) > 5
    assert where == f"其他工作事项见附件{notice.annexes.index(others) + 1}。"


@pytest.mark.parametrize("n_days", [8, 30, 60, 120])
def test_what_was_found_to_be_wrong_gives_way_to_tasks_that_press_alone(content, n_days):
    """Rising matters and borders of duties were left out for tasks that have an annex."""
    heavy = heavy_month(content, n_days=n_days)
    notice = month_notice(heavy, Reader(to="区委、区政府"))
    policy, table = heavy.policy, heavy.table
    found = [
        rising_finding(table("rising_matters"), policy.tickets.rising, with_tests=False),
        duties_finding(table("duties_by_matter"), table("matter_loops"), heavy.names, policy, is_short=True),
    ]
    said = "".join(map(str, notice.parts[2].blocks))
    missing = [sentence for sentence in found if sentence not in said]
    pressing = [task for task in heavy.all_tasks if task.kind in ("outcomes", *PRESSING)]
    n_told = sum(len(each.cells) for each in notice.parts[-1].blocks if hasattr(each, "cells"))
    assert all(found) and (not missing or 0 < n_told <= len(task_rows(policy, pressing, heavy.names)))


def test_what_has_no_room_beside_the_tasks_that_press_stands_in_two_lines_unless_these_have_none(content, monkeypatch):
    """What rose, who is watched, what is nobody's duty: two leaders looked for it and found tasks alone."""
    risen = {"matter": "退费", "n_received": 57, "expected": 16.0, "ratio": 3.56, "p_value": 0.0, "is_rising": True}
    rising = pd.DataFrame([risen | {"is_judged": True, "matter_id": "M099"}])
    columns = dict.fromkeys(TABLES["duties_by_matter"].columns, 0) | {"is_for_meeting": True, "n_tickets": 5}
    unclear = pd.DataFrame([columns | {"matter": matter, "strength": "none"} for matter in ("停放", "充电")])
    found = {"rising_matters": rising, "duties_by_matter": unclear}
    made, seen = replace(content, tables=content.tables | found), set()
    pressing = [task for task in made.all_tasks if task.kind in ("outcomes", *PRESSING)]
    for lines in (quarter / 4 for quarter in range(56, 80)):
        monkeypatch.setattr("analysis.report.papers.paper.LINES", lines)
        _, _, problems, *_, steps = month_notice(made, Reader(to="区委、区政府")).parts
        said = [block for block in problems.blocks if not hasattr(block, "cells")]
        short, whole = ([block for block in said if word in block[:9]] for word in ("其他。", "诉求增多。"))
        n_told = sum(len(each.cells) for each in steps.blocks if hasattr(each, "cells"))
        seen.add((bool(short), bool(whole)))
        assert not (short and whole) and (not short or n_told >= len(task_rows(made.policy, pressing, made.names)))
        assert {each.partition("其他。")[2] for each in short} <= {f"{name_risen(rising)}；2项职责边界待会商。"}
    assert seen == {(False, False), (True, False), (False, True)}


def test_a_month_that_asks_for_little_tells_all_of_it_in_the_notice_itself(content):
    notice = month_notice(content, Reader(to="区委、区政府"))
    rows = task_rows(content.policy, content.all_tasks, content.names)
    assert [row[:2] for row in notice.parts[-1].blocks[0].cells] == [row[:2] for row in rows]
    assert not [annex for annex in notice.annexes if "工作事项" in annex.caption]


@pytest.mark.parametrize("audience", ["leadership", "offices"])
def test_notices_of_a_month_and_of_a_year_take_four_pages_apart_from_annexes(content, whole_book, audience):
    reader = Reader(audience=audience)
    for notice in (month_notice(heavy_month(content), reader), annual_notice(heavy_year(whole_book), reader)):
        assert (notice.annexes or audience == "offices") and count_lines(notice) <= 4 * LINES


def test_by_which_indicators_listed_units_lose_most_gives_way_to_the_tasks_that_press(content, monkeypatch):
    """An annex has it too; of fifteen tasks the notice had told one, and left the gravest items to an annex."""
    for made, letters, is_long in ((content, 20, True), (heavy_month(content), 900, False)):
        told = f"失分高出同类单位最多的指标及失分：{'略' * letters}"
        monkeypatch.setattr("analysis.report.papers.notice.tell_lowest", lambda *_, told=told: told)
        notice = month_notice(made, Reader(to="区委、区政府"))
        said = "".join(block for each in notice.parts for block in each.blocks if isinstance(block, str))
        assert ("失分高出同类单位最多的指标及失分" in said) is is_long
        assert "失分和下降的主要指标见附件" in said


@pytest.mark.parametrize(("spare", "is_room"), [(2, True), (1, False)])
def test_each_heading_may_end_a_page_a_line_early(monkeypatch, spare, is_room):
    """The annual notice, of seven parts, ran to a fifth page where four had been reckoned."""
    monkeypatch.setattr("analysis.report.papers.paper.count_lines", lambda _: 4 * LINES - spare)
    assert has_room(simple("一句。"), 4) is is_room  # of two headings


def test_a_title_of_an_annex_counts_with_all_its_lines():
    short, long = (
        simple("一句。", annexes=[table([text("单位", str)], ["甲"], f"{'某' * length}（百分制）", css="")])
        for length in (21, 22)
    )
    assert count_lines(long) - count_lines(short) == 1


def test_a_long_notice_to_copied_offices_gives_the_list_of_tiers_an_annex_before_the_measures(content, monkeypatch):
    few = content.table("consequences").head(4)
    made = replace(content, tables=content.tables | {"consequences": few})
    for lines, kept in ((33, ["各单位等次", "应采取的措施"]), (24, ["应采取的措施"])):
        monkeypatch.setattr("analysis.report.papers.offices.PAGES", 2)
        monkeypatch.setattr("analysis.report.papers.paper.LINES", lines)
        notice = month_notice(made, Reader(audience="offices"))
        in_itself = [b.caption for p in notice.parts for b in p.blocks if hasattr(b, "cells")]
        assert [word for word in ("各单位等次", "应采取的措施") if any(word in each for each in in_itself)] == kept


def test_a_line_holds_fewer_letters_where_figures_stand_among_them():
    plain, mixed = "甲" * 84, "年1" * 56  # of one width, apart from the gaps between letters and figures
    assert count_lines(simple(mixed)) > count_lines(simple(plain))


def test_the_offices_own_template_takes_its_place(tmp_path, paper):
    own = Document(io.BytesIO(default_template()))
    own.paragraphs[0].insert_paragraph_before("某某区委机构编制委员会办公室文件")
    own.add_paragraph("印发机关")
    own.sections[0].left_margin = Mm(30)
    number_line = own.paragraphs[1]  # an editor cuts a placeholder into runs
    for run in number_line.runs[1:]:
        run._r.getparent().remove(run._r)
    number_line.runs[0].text = NUMBER[:3]
    number_line.add_run(NUMBER[3:])
    own.save(str(tmp_path / "paper.docx"))
    document = read(set_in(tmp_path, paper))
    lines = [p.text for p in document.paragraphs if p.text]
    assert lines[:3] == ["某某区委机构编制委员会办公室文件", "某发〔2026〕　　号", "某办关于"]
    assert lines[-1] == "印发机关" and BODY not in "".join(lines)
    assert round(document.sections[0].left_margin.mm) == 30
    own.paragraphs[0].runs[0].text = "只用于通报"
    own.save(str(tmp_path / "notice.docx"))
    assert read(set_in(tmp_path, paper)).paragraphs[0].text == "只用于通报"


def spoil_zip(path):
    path.write_bytes(b"PK not a document")


def spoil_text(path):
    path.write_text("红头", "utf-8")


def without_body(path):
    document = Document(io.BytesIO(default_template()))
    document.paragraphs[1].runs[0].text = "正文"
    document.save(str(path))


def without_style(path):
    document = Document(io.BytesIO(default_template()))
    document.styles[STYLES[0]].delete()
    document.save(str(path))


def an_empty_document(path):
    Document().save(str(path))


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("notice.docx", spoil_zip, ["params/papers/notice.docx: not a Word document"]),
        ("paper.docx", spoil_text, ["params/papers/paper.docx: not a Word document"]),
        ("notice.docx", without_body, [f"the paragraph {BODY} is missing"]),
        ("reminder.docx", without_style, [f"params/papers/reminder.docx: the styles {STYLES[0]} are missing"]),
        ("annual.docx", an_empty_document, [f"the paragraph {BODY} is missing", STYLES[-1]]),
        ("通报.docx", an_empty_document, ["params/papers/通报.docx: no paper has this name", "notice.docx"]),
    ],
)
def test_a_broken_template_is_told_with_its_file_and_what_to_do(tmp_path, name, spoil, words):
    spoil(tmp_path / name)
    with pytest.raises(PolicyError) as caught:
        check_templates(tmp_path)
    assert not [word for word in words if word not in str(caught.value)]


def test_all_faults_of_all_templates_are_told_at_once_and_locks_of_an_editor_are_passed_over(tmp_path):
    spoil_text(tmp_path / "notice.docx")
    an_empty_document(tmp_path / "annual.docx")
    (tmp_path / "~$notice.docx").write_bytes(b"lock")
    with pytest.raises(PolicyError) as caught:
        check_templates(tmp_path)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "params/papers/annual.docx",
        "params/papers/annual.docx",
        "params/papers/notice.docx",
    ]


@pytest.fixture(scope="module")
def of_units(content, tmp_path_factory):
    """Unit → kind → its paper's bytes unpacked: those of the month, and those of the year 2025."""
    folder = tmp_path_factory.mktemp("none")
    year = replace(content, policy=replace(content.policy, period="2025-12"))
    return {
        unit_id: {
            f"{when}-{paper.kind}": told(set_in(folder, paper))
            for when, made in (("month", month_papers(content, unit_id)), ("year", year_papers(year, unit_id)))
            for paper in made
        }
        for unit_id in content.policy.unit_ids[:2] + content.policy.unit_ids[-2:]
    }


def test_a_units_papers_hold_its_own_rows(of_units, content):
    last = content.policy.unit_ids[0]  # the lowest total
    assert set(of_units[last]) == {"month-rectification", "month-reminder", "month-objection", "year-interview"}
    assert mark(last, "problem") in of_units[last]["month-reminder"]
    assert mark(last, "file") in of_units[last]["month-objection"]
    assert "2025年度" in of_units[last]["year-interview"] and "不迟于2026年1月23日" in of_units[last]["year-interview"]
    best = content.policy.unit_ids[-1]
    assert set(of_units[best]) == {"month-reminder", "month-objection", "year-interview"}


def test_a_successor_that_is_told_of_its_predecessors_place_is_asked_for_nothing(content):
    told_alone = content.tables["consequences"].astype({"kind": str}).assign(kind="told", until="")
    policy, tables = replace(content.policy, period="2025-12"), content.tables | {"consequences": told_alone}
    year = replace(content, policy=policy, tables=tables)
    assert not [paper for unit_id in policy.unit_ids for paper in year_papers(year, unit_id)]


def test_a_units_papers_hold_nothing_of_others(of_units, content):
    names = {unit_id: content.names[unit_id] for unit_id in content.policy.unit_ids}
    contact = content.policy.district.objection.contact + content.policy.district.office
    for unit_id, papers in of_units.items():
        for kind, text_ in papers.items():
            assert set(re.findall(r"CANARY-([A-Za-z0-9]+)-", text_)) <= {unit_id}, kind
            shown = re.sub("由[^；\n]*报送", "", text_)  # nor who sent the marks
            others = [n for i, n in names.items() if i != unit_id and n not in names[unit_id] and n not in contact]
            assert not [name for name in others if name in shown], kind
            own = content.policy.unit_ids.index(unit_id)
            totals = {f"{total_of(n):.2f}" for n in range(len(names)) if n != own} - {"80.00"}
            assert not [total for total in totals if re.search(rf"(?<![\d.]){total}(?!\d)", shown)], kind


def test_copied_offices_get_neither_scores_nor_evidence(content, tmp_path):
    text_ = told(set_in(tmp_path, month_notice(content, Reader(audience="offices"))))
    assert "CANARY" not in text_
    assert not [n for n in range(len(content.policy.unit_ids)) if f"{total_of(n):.2f}" in text_]
    assert "、".join(content.policy.district.copied_offices) + "：" in text_
    notice = month_notice(content, Reader(audience="offices"))
    (measures,) = [b for p in notice.parts for b in p.blocks if "应采取的措施" in getattr(b, "caption", "")]
    page = dict(office_tables(content))["约谈与名单"]
    assert measures.cells == leave_out(page).cells and len(measures.cells) == len(content.policy.unit_ids)
    years_first, years, month, of_month, tiers = notice.parts[0].blocks  # what may be used opens it, tiers end it
    heads = [each.heading.partition("、")[2] for each in notice.parts]
    assert "等次" not in heads and "等次" in getattr(tiers, "caption", tiers)
    *_, last = notice.parts  # that no reply is asked for stood in the middle
    assert years_first.startswith("2025年度定稿结果：") and of_month.startswith("本月参评单位")
    assert years.startswith("年度定稿结果：") and (last.heading, last.blocks) == ("", (NO_REPLY,))
    assert month.startswith("本月结果：") and "征求意见稿，异议期（至2026年11月11日）内可能修订" in month


def test_the_signer_stands_centred_above_the_date(tmp_path, paper):
    def ends(text_):
        (found,) = [p for p in read(set_in(tmp_path, paper)).paragraphs if p.text == text_]
        own = found.paragraph_format.right_indent
        return own.pt if own is not None else found.style.paragraph_format.right_indent.pt

    day, signer = "2026年11月4日", paper.signer  # 6.5 and 2 letters of 16 points
    assert ends(day) == 64 and ends(signer) == pytest.approx(64 + (6.5 - 2) * 16 / 2, abs=1)
    long = replace(paper, signer="某某市某某区委机构编制委员会办公室与其他机关联合")
    (found,) = [p for p in read(set_in(tmp_path, long)).paragraphs if p.text == long.signer]
    assert found.paragraph_format.right_indent.pt == 0


def test_libreoffice_lets_no_mark_hang_out_of_a_line(tmp_path, paper):
    """It loses a mark that does, and reads 1 as not to let it."""
    for style in read(set_in(tmp_path, paper)).styles:
        if style.name in STYLES:
            assert style.element.pPr.find(qn("w:overflowPunct")).get(qn("w:val")) == "1", style.name


def test_who_printed_a_notice_stands_at_the_foot_of_its_last_page(tmp_path, paper):
    document = read(set_in(tmp_path, paper))
    foot = [p for p in document.paragraphs if p.style.name == "公文版记"]
    frames = [p._p.pPr.find(qn("w:framePr")) for p in foot]
    assert len(frames) == 3 and {frame.get(qn("w:yAlign")) for frame in frames} == {"bottom"}
    # An editor makes no frame of paragraphs whose borders differ; the line between them is one of its own.
    borders = [[dict(line.attrib) for line in p._p.pPr.find(qn("w:pBdr"))] for p in foot]
    assert borders[0] == borders[1] == borders[2] and foot[1].runs[0].underline
    alone = [p for p in read(set_in(tmp_path, replace(paper, copies=()))).paragraphs if p.style.name == "公文版记"]
    assert [p.text for p in alone] == ["　某办\t2026年11月4日印发"]


def test_every_paper_says_that_it_is_a_draft_of_which_edition(content, of_units):
    for papers in of_units.values():
        for name, text_ in papers.items():
            # A form is the unit's own to fill in and to seal.
            is_form = name.endswith("-objection")
            what = "样表，由申请单位填写、盖章后报送" if is_form else "草稿，未经审核、签发、用印不得印发"
            assert what in text_ and "第1版" in text_ and "合成数据" in text_


def test_the_notice_to_leadership_shows_all_units_without_what_a_line_has_no_room_for(content, tmp_path):
    ids = content.policy.unit_ids
    tables = content.tables | {"certainty": unsure(ids)}
    notice = month_notice(replace(content, tables=tables), Reader(to="区委、区政府"))
    standing, measures, _, items = notice.annexes[:4]
    names = content.names
    assert [row[0] for row in standing.cells] == [names[unit] for unit in reversed(content.policy.unit_ids)]
    assert not {"组内", *(names[f"{channel}.short"] for channel in names.channels)} & {*standing.heads}
    assert {"单位", "位次", "得分", "等次"} <= {*standing.heads}
    assert [mark(unit, "problem") in str(items.cells) for unit in content.policy.unit_ids[:2]] == [True, True]
    assert "答复时限" not in items.heads and len(measures.cells) == len(content.policy.unit_ids)
    assert "区委、区政府：" in told(set_in(tmp_path, notice))


def test_no_page_holds_the_last_row_of_a_long_table_alone(tmp_path):
    long = table([text("单位", str), number("得分", str)], range(60), "各单位得分")
    (shown,) = read(set_in(tmp_path, simple("话", annexes=[long]))).tables
    kept = [row.cells[0].paragraphs[0]._p.pPr.find(qn("w:keepNext")) is not None for row in shown.rows]
    assert kept == [True] + [False] * 57 + [True, True, False]  # with its head, and the last three with each other
