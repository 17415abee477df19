"""All papers: titles of annexes are whole and cited by number, no rule of the program is named, words are a paper's."""

import io
import re
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn

from analysis.policy.papers import Reader
from analysis.report.page.pieces import table, text
from analysis.report.papers.annual import annual_notice
from analysis.report.papers.document import set_paper
from analysis.report.papers.notice import month_notice
from analysis.report.papers.paper import LETTERS, TO_TITLE, plain, prose, say_once, split_caption, unnest
from analysis.report.papers.template import open_template
from analysis.report.papers.units import month_papers, year_papers
from analysis.report.papers.widths import measure

from ..packs.years import make_year
from .test_papers import heavy_month


@pytest.fixture(scope="module")
def papers(content, whole_book):
    """Papers of every kind and audience: of a month that asks for much, and of a year."""
    heavy, year = heavy_month(content), make_year(whole_book)
    ids = content.policy.unit_ids[:2] + content.policy.unit_ids[-1:]
    asked = replace(content, policy=replace(content.policy, period="2025-12"))
    readers = [Reader(to="区委、区政府"), Reader(audience="offices")]
    return [
        *(month_notice(heavy, reader) for reader in readers),
        *(annual_notice(year, reader) for reader in readers),
        *(paper for unit in ids for paper in month_papers(content, unit)),
        *(paper for unit in ids for paper in year_papers(asked, unit)),
    ]


@pytest.fixture(scope="module")
def documents(papers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("none")
    return [Document(io.BytesIO(set_paper(paper, open_template(folder, paper.kind)))) for paper in papers]


def lines_of(document, style):
    return [p.text for p in document.paragraphs if p.style.name == style]


def test_titles_of_annexes_are_whole_and_the_list_names_each_sheet(papers, documents):
    assert len({paper.kind for paper in papers}) >= 5
    for paper, document in zip(papers, documents, strict=True):
        sheets = lines_of(document, "公文附件标题")
        listed = [re.sub(r"^(附件：|　+)(\d+．)?", "", line) for line in lines_of(document, "公文附件说明")]
        assert listed == sheets and len(sheets) == len(paper.annexes)
        for title in [*sheets, *lines_of(document, "公文表题"), "".join(paper.title)]:
            assert title.count("（") == title.count("）") and not re.search("[；，：]$|；", title), title
        for note in lines_of(document, "公文表注"):
            assert note.count("（") == note.count("）") and (note.startswith("（") or "（" in note), note


def test_the_title_of_no_annex_takes_two_lines_of_the_list(papers):
    for paper in papers:
        titles = [split_caption(each)[0] for each in paper.annexes]
        assert [title for title in titles if measure(title) > 2 * (LETTERS - TO_TITLE)] == [], paper.kind


def test_annexes_are_cited_by_their_numbers(papers):
    for paper in papers:
        cited = re.findall(r"附件(\d*)", "".join(b for p in paper.parts for b in p.blocks if not hasattr(b, "cells")))
        assert "附件〔" not in str(paper)
        most = {str(n) for n in range(1, len(paper.annexes) + 1)} if len(paper.annexes) > 1 else {""}
        assert set(cited) <= most, (paper.kind, cited)
        assert paper.kind not in ("notice", "annual") or list(dict.fromkeys(cited)) == sorted(
            most, key=lambda n: int(n or 0)
        )


def test_no_paper_names_a_rule_of_the_program(documents):
    for document in documents:
        cells = [cell.text for shown in document.tables for row in shown.rows for cell in row.cells]
        told = "\n".join([*(p.text for p in document.paragraphs), *cells])
        assert not re.search(r"(?<![A-Za-z0-9-])[RS]\d{1,2}(?!\d)", told.replace("CANARY", ""))


def test_below_the_title_stands_one_short_line_and_the_hash_below_the_date(papers, documents):
    for paper, document in zip(papers, documents, strict=True):
        *hold, draft, basis = lines_of(document, "公文说明")
        assert hold == [paper.hold] * bool(paper.hold)
        what = "样表，由申请单位填写" if paper.kind == "objection" else "草稿，未经审核、签发、用印不得印发"
        assert draft.startswith(f"（{what}") and len(draft) < 40
        assert "校验值" in basis and basis.startswith(
            "据2025年度结果，2025年12月第" if "年度结果" in paper.basis else "据2"
        )


def test_papers_of_a_year_name_the_year_that_they_are_made_from(papers):
    of_year = [paper for paper in papers if paper.kind in ("annual", "interview")]
    assert of_year and all(paper.basis.startswith("据2025年度结果，2025年12月第") for paper in of_year)


def test_no_bracket_stands_in_another_and_no_arrow_in_a_paragraph(documents):
    for document in documents:
        told = [p.text for p in document.paragraphs]
        assert not [text for text in told if "→" in text]
        told += [cell.text for shown in document.tables for row in shown.rows for cell in row.cells]
        assert not [text for text in told if re.search("（[^）]*（", text)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("甲（乙（丙）丁）", "甲（乙［丙］丁）"),
        ("（甲（乙（丙）））（丁）", "（甲［乙（丙）］）（丁）"),
        ("甲（乙）丙", "甲（乙）丙"),
        ("1）甲（乙（丙）", "1）甲（乙（丙）"),  # what does not close is nobody's to mend
    ],
)
def test_brackets_in_brackets_are_square(text, told):
    assert unnest(text) == told


def test_whom_to_ask_stands_in_brackets_below_the_date(papers, documents):
    """附注 of GB/T 9704; a report goes up and leaves it out."""
    found = 0
    for paper, document in zip(papers, documents, strict=True):
        lines = [p.text for p in document.paragraphs if p.text]
        if paper.contact:
            day = next(at for at, line in enumerate(lines) if line == "（印章位置）") + 2
            assert lines[day + 1] == paper.contact and paper.contact.startswith("（联系人：")
            found += 1
        assert bool(paper.contact) != (paper.kind == "objection" or paper.number.endswith("　签发人：　　　　"))
    assert found


def test_letters_are_drawn_as_in_china(documents):
    for document in documents:
        (lang,) = document.styles.element.iter(qn("w:lang"))
        assert lang.get(qn("w:eastAsia")) == "zh-CN"


@pytest.mark.parametrize(
    ("caption", "title", "note"),
    [
        ("失分明细（失分＝（100－得分）×权重%，由多到少）", "失分明细", "（失分＝（100－得分）×权重%，由多到少）"),
        ("结果（不计；依据：某发〔2022〕26号（虚构））", "结果", "（不计；依据：某发〔2022〕26号（虚构））"),
        ("近年状态（R22、S9）；其余64个均为：未列入", "近年状态", "（其余64个均为：未列入）"),
        ("红灯（超期）事项（S22，按工作日计）", "红灯（超期）事项", "（按工作日计）"),
        ("监管异常名录", "监管异常名录", ""),
        ("（可附页）", "", "（可附页）"),
    ],
)
def test_a_title_ends_before_what_explains_it(caption, title, note):
    assert split_caption(table([text("单位", str)], [], caption)) == (title, note)


def test_wide_figures_become_those_that_no_line_cuts():
    assert plain("８８．２，1．调出") == "88.2，1．调出"


def test_what_stands_behind_the_number_of_a_document_has_chinese_brackets():
    """Offices register documents with brackets of either width; names of files stay as they are."""
    told = "澄考办〔2026〕21号(虚构)，日常监管评分表(职责履行)2026年10月.xlsx"
    assert plain(told) == "澄考办〔2026〕21号（虚构），日常监管评分表(职责履行)2026年10月.xlsx"


def test_days_in_sentences_are_written_in_words():
    assert prose("最近一次2023-07-12，编号12-2023-07-123") == "最近一次2023年7月12日，编号12-2023-07-123"


def test_what_all_rows_say_is_said_once_and_stays_where_rows_differ():
    columns = [text("单位", lambda r: r[0]), text("时限", lambda r: r[1])]
    same, other = (table(columns, [("甲", "1日"), ("乙", last)], "措施（暂定）") for last in ("1日", "2日"))
    assert say_once(same, "时限").heads == ("单位",) and say_once(same, "时限").caption == "措施（暂定；时限均为1日）"
    assert say_once(other, "时限") == other
