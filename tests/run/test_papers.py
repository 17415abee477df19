"""`analysis papers`: the notice of a published month says what its bulletin says, and papers are nobody's to lose."""

import html
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from docx import Document

from analysis.intake.pack import pack_members
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, PolicyError, UsageError
from analysis.policy.period import year_to_date
from analysis.report.packs.own_tickets import missed_tickets, number_words
from analysis.report.papers import paper
from analysis.run import papers as run_papers
from analysis.run.packs import pack_content
from analysis.run.papers import _open, write_papers
from analysis.run.published import load_months
from analysis.run.session import open_month
from analysis.run.store.revisions import Store

from ..conftest import copy_root

PERIOD = "2023-02"
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.S)
OF_REPORTS = ("本月结果为", "异议期至", "特此报告")
OFFICE = "澄川区委编办"
ROUND = str.maketrans("［］", "（）")  # a page nests brackets where a paper has square ones
OWN = ("现将", "附件：", "抄送", "（印章", "（草稿", "（主送", "一、", "二、", "三、", "四、")


@pytest.fixture(scope="module")
def root(district, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("papers") / "district"
    shutil.copytree(district, root, symlinks=True)
    return root


@pytest.fixture(scope="module")
def papers(root):
    return write_papers(root, PERIOD)


@pytest.fixture(scope="module")
def notice(papers):
    (file,) = [file for file in papers.files if file.parent.name == "leadership"]
    return Document(str(file))


@pytest.fixture(scope="module")
def bulletin(root) -> str:
    return (root / "data" / "processed" / PERIOD / "r0001" / "pages" / "bulletin.html").read_text("utf-8")


def plain(page: str) -> str:
    told = html.unescape(re.sub("<[^>]+>", "", page))
    return told.replace(OFFICE, "我办")  # as the office calls itself in its own papers


def sentences(text: str) -> list[str]:
    return [each for each in re.split("(?<=。)", text) if each]


def test_every_sentence_of_the_notice_stands_in_the_bulletin(notice, bulletin):
    page = paper.plain(plain(bulletin))  # in the words of a paper, which tells no tests
    page = re.sub("（共检验[^（）]*）", "", page).translate(ROUND)
    parts = [p.text for p in notice.paragraphs if p.style.name == "公文正文" and not p.text.startswith(OWN)]
    parts = [re.sub("^（[一二三四五六七八九十]+）([^，。]{4,8}。)?", "", text).translate(ROUND) for text in parts]
    said = [each for text in parts for each in sentences(text)]
    assert len(said) > 12
    said = [each for each in said if not each.startswith(OF_REPORTS)]
    assert [each for each in said if each not in page and "见附件" not in each] == []


def test_tables_of_the_notice_are_those_of_the_bulletin(notice, bulletin):
    rows = {
        tuple(re.sub(r"\s+", " ", plain(cell)).strip() for cell in CELL.findall(row))
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", bulletin, re.S)
    }
    rows = {(*row, *(cell.removeprefix("2023年") for cell in row)) for row in rows}  # days of the paper's own year
    rows = {(*row, *map(paper.prose, row)) for row in rows}  # and its days in words
    assert len(notice.tables) > 2 and max(len(shown.rows) for shown in notice.tables) > 80
    for shown in notice.tables:
        for row in list(shown.rows)[1:]:
            cells = [cell.text for cell in row.cells]
            assert any(cells[0] == found[0] and set(cells) <= {*found, ""} for found in rows if found), cells


def test_the_notice_names_who_leads_who_is_last_and_who_does_what_by_when(notice):
    steps = next(shown for shown in notice.tables if shown.rows[0].cells[0].text == "事项")
    assert [cell.text for cell in steps.rows[0].cells] == ["事项", "责任单位", "时限"]
    assert all(cell.text for row in steps.rows for cell in row.cells)
    text = "\n".join(p.text for p in notice.paragraphs)
    for words in (
        "得分居前的是",
        "居后的是",
        "本月结果为征求意见稿",
        "不达标",
        "一、基本情况",
        "四、下一步工作安排",
    ):
        assert words in text


def test_a_paper_calls_its_signer_by_its_own_word_and_says_whom_to_ring(papers):
    own = {file: Document(str(file)) for file in papers.files}
    bodies = {file: [p.text for p in told.paragraphs if p.style.name == "公文正文"] for file, told in own.items()}
    cells = {file: [c.text for t in told.tables for r in t.rows for c in r.cells] for file, told in own.items()}
    forms = {file for file in own if file.stem == "异议申请表"}  # these the unit signs
    assert forms and not [file for file in own.keys() - forms if OFFICE in "".join(bodies[file] + cells[file])]
    assert all(OFFICE in "".join(bodies[file] + cells[file]) for file in forms)
    assert sum("我办" in "".join(bodies[file]) for file in own.keys() - forms) > 3
    asked = [p.text for told in own.values() for p in told.paragraphs if p.text.startswith("（联系人")]
    assert asked and all(text.endswith("；电话：0000-0000000）") and "监督检查科" in text for text in asked)


def test_the_form_to_object_names_the_tickets_that_the_units_page_names(root, papers):
    content = _open(Store(root), PERIOD, is_year=False)
    pages, shown = root / "data" / "processed" / PERIOD / "r0001" / "pages" / "feedback", 0
    for unit in content.policy.unit_ids:
        numbers = missed_tickets(content, unit, "satisfaction")
        told = f"本月不满意的工单：{number_words(numbers)}（" if numbers else "本月不满意的工单"
        (page,) = pages.glob(f"{unit}_*.html")
        (form,) = [f for f in papers.files if f.stem == "异议申请表" and f.parent.name.startswith(f"{unit}_")]
        cells = [cell.text for t in Document(str(form)).tables for row in t.rows for cell in row.cells]
        is_told = told in "".join(cells).replace("\u200b", "")
        assert is_told == (told in plain(page.read_text("utf-8"))), unit
        shown += is_told and bool(numbers)
    assert shown


def test_no_paper_has_brackets_in_brackets_nor_arrows_in_its_text(papers):
    for file in papers.files:
        document = Document(str(file))
        told = [p.text for p in document.paragraphs]
        assert not [text for text in told if "→" in text], file
        told += [cell.text for shown in document.tables for row in shown.rows for cell in row.cells]
        assert not [text for text in told if re.search("（[^）]*（", text)], file


def test_a_paper_that_waits_for_its_result_to_be_verified_says_so_in_its_name(root, papers, monkeypatch):
    """Whoever sends a folder's papers sees which may not go; when it may, the draft under the other name is gone."""
    as_before = run_papers.month_papers

    def hold_all(content, unit_id):
        return (replace(paper, hold="（核实后方可发出）") for paper in as_before(content, unit_id))

    monkeypatch.setattr(run_papers, "month_papers", hold_all)
    held = write_papers(root, PERIOD)
    of_units = [file for file in held.files if file.parent.parent.name == "units"]
    assert of_units and all(file.stem.endswith("_待核实") for file in of_units)
    assert held.held == tuple(of_units) and len(held.withdrawn) == len(of_units) and papers.held == ()
    monkeypatch.undo()
    again = write_papers(root, PERIOD)
    assert {*again.withdrawn} == {*of_units} and again.files == papers.files


def test_the_same_revision_gives_the_same_bytes_and_what_the_office_wrote_is_left_alone(root, papers):
    first, second = papers.files[:2]
    before = {file: file.read_bytes() for file in papers.files}
    first.unlink()
    second.write_bytes(b"the office's own words")
    again = write_papers(root, PERIOD)
    assert again.files == papers.files and again.kept == (second,)
    assert first.read_bytes() == before[first] and second.read_bytes() == b"the office's own words"
    second.write_bytes(before[second])


def reword(file, old, new):
    """The same draft as an older program wrote it: its own words, packed as ever."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    body = members["word/document.xml"].decode()
    assert old in body
    file.write_bytes(pack_members(members | {"word/document.xml": body.replace(old, new).encode()}))


def test_a_draft_that_nobody_touched_is_renewed_when_its_words_change(root, papers):
    first, before = papers.files[0], papers.files[0].read_bytes()
    reword(first, "一、基本情况", "一、旧话")
    again = write_papers(root, PERIOD)
    assert again.renewed == (first,) and again.kept == () and first.read_bytes() == before
    assert write_papers(root, PERIOD).renewed == ()


def test_a_draft_that_an_editor_saved_is_kept_even_where_only_a_word_differs(root, papers):
    first, before = papers.files[0], papers.files[0].read_bytes()
    edited = Document(str(first))
    next(p for p in edited.paragraphs if p.text == "一、基本情况").runs[0].text = "一、总的情况"
    edited.save(str(first))
    saved = first.read_bytes()
    again = write_papers(root, PERIOD)
    assert again.kept == (first,) and again.renewed == () and first.read_bytes() == saved
    first.write_bytes(before)


def test_a_draft_that_is_no_longer_drawn_up_goes_and_what_somebody_saved_stays_and_is_told(root, papers):
    """What older rules or an older program drew up would go on lying among the papers that hold."""
    folder = root / "papers" / PERIOD / "r0001"
    draft = next(file for file in papers.files if file.parent.parent.name == "units")
    gone, edited = folder / "units" / "X99_旧单位" / "整改通知书.docx", draft.with_name("约谈通知书.docx")
    notice, own = folder / "public" / "notice.docx", draft.with_name("会议记录.docx")
    for file in (gone, notice, edited, own):
        file.parent.mkdir(exist_ok=True)
        shutil.copy(draft, file)
    Document(str(edited)).save(str(edited))
    only_notices = write_papers(root, PERIOD, is_notice_only=True)
    assert only_notices.withdrawn == (notice,) and only_notices.left == () and gone.exists()
    again = write_papers(root, PERIOD)
    assert again.withdrawn == (gone,) and again.left == (edited,)
    assert not gone.parent.exists() and not notice.parent.exists() and edited.exists() and own.exists()
    assert again.files == papers.files and write_papers(root, PERIOD).withdrawn == ()
    for file in (edited, own):
        file.unlink()


def test_the_folder_of_an_earlier_edition_says_which_one_took_its_place(root, papers):
    folder = root / "papers" / PERIOD
    earlier, later = folder / "r0000", folder / "r0002"
    for each in (earlier, later):
        each.mkdir()
    write_papers(root, PERIOD, is_notice_only=True)
    (mark,) = earlier.iterdir()
    assert mark.name == "已由第1版取代.txt" and "不再印发" in mark.read_text("utf-8")
    assert list(later.iterdir()) == [] and not list((folder / "r0001").glob("*.txt"))
    for each in (earlier, later):
        shutil.rmtree(each)


def test_papers_follow_the_rules_that_the_revision_keeps(root, papers):
    file, kept = root / "params" / "tiers.yml", (root / "params" / "tiers.yml").read_text("utf-8")
    file.write_text(kept.replace("name: 不达标", "name: 末等"), "utf-8")
    try:
        assert load_policy(root).names["fail"] == "末等"
        assert write_papers(root, PERIOD, is_notice_only=True).kept == ()
    finally:
        file.write_text(kept, "utf-8")


def test_the_readers_of_params_get_a_notice_each(root, papers):
    rules = root / "params" / "papers.yml"
    rules.write_text("notices:\n  - {audience: leadership, to: 区委}\n  - {audience: offices}\n", "utf-8")
    shutil.rmtree(papers.files[0].parent)
    written = write_papers(root, PERIOD, is_notice_only=True)
    assert [file.parent.name for file in written.files] == ["leadership", "offices"]
    lines = [[p.text for p in Document(str(file)).paragraphs] for file in written.files]
    assert "区委：" in lines[0] and f"{'、'.join(load_policy(root).district.copied_offices)}：" in lines[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("notices: []\n", "papers.yml"),
        ("notices:\n  - {audience: unit}\n", "audience"),
        ("notices:\n  - {to: 区委, copies: [区财政局]}\n", "区财政局"),
    ],
)
def test_a_reader_that_cannot_be_is_told_with_the_file(tmp_path, text, words):
    root = copy_root(tmp_path, [])
    (root / "params" / "papers.yml").write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=words):
        load_policy(root)


def test_papers_of_a_year_know_what_its_months_added_and_took(root):
    store = Store(root)
    held = [store.load("adjustments", month) for month in ("2023-01", "2023-02")]
    assert any(map(len, held))
    found = load_months(store, "adjustments", year_to_date("2023-12"))  # months that nobody built have none
    pd.testing.assert_frame_equal(found, pd.concat(held, ignore_index=True))
    assert load_months(store, "adjustments", year_to_date("2022-12")).empty


def test_papers_know_of_months_before_what_the_units_pages_know(root):
    page, paper_ = pack_content(open_month(root, PERIOD)), _open(Store(root), PERIOD, is_year=False)
    for name in ("visits", "inspections", "late_items", "tickets", "adjustments"):
        own, same = (getattr(each, name).reset_index(drop=True) for each in (page, paper_))
        assert (
            name in ("late_items", "tickets", "adjustments") or own["period"].min() == "2023-01"
        )  # so early, no item is late
        pd.testing.assert_frame_equal(own, same)


@pytest.mark.parametrize("period", ["2023", "2023-13", "20", "2023-1", "../x"])
def test_only_a_published_month_or_year_has_papers(root, period):
    with pytest.raises((UsageError, DataError)):
        write_papers(root, period)


def test_a_month_of_tables_alone_has_no_papers(root):
    with pytest.raises(DataError, match="analysis run 2023-01"):
        write_papers(root, "2023-01")


def test_a_damaged_table_is_told_and_no_paper_is_written(root):
    table = root / "data" / "processed" / PERIOD / "r0001" / "unit_scores.parquet"
    content = table.read_bytes()
    table.write_bytes(content[:-1] + b"?")
    try:
        with pytest.raises(DataError, match="unit_scores"):
            write_papers(root, PERIOD)
    finally:
        table.write_bytes(content)
