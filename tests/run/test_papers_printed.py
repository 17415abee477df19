"""Every paper of a month, printed by LibreOffice: pages, letters without a shape, cut tables (`make papers`)."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from docx import Document

from analysis.policy.papers import Reader
from analysis.report.papers.annual import annual_notice
from analysis.report.papers.document import set_paper
from analysis.report.papers.notice import month_notice
from analysis.report.papers.template import open_template
from analysis.run.papers import write_papers

from ..report.packs.months import make_content
from ..report.packs.years import make_year
from ..report.papers.test_papers import heavy_month, simple

IS_WHOLE = os.environ.get("PAPERS") == "whole"
PERIOD = "2023-02"
FONTS = Path(str(files("pylopdf_fonts_zh_cn")))
SERIF = ("仿宋_GB2312", "楷体_GB2312", "方正小标宋简体", "宋体", "Times New Roman")
SANS = ("黑体",)
PAGES = 4
NUMBER = re.compile(r"\d{4}-\d\d-\d\d|\d[\d.]*%?(?:–\d[\d.]*%?)?")

pytestmark = pytest.mark.skipif(not IS_WHOLE, reason="prints by LibreOffice: make papers")


def write_font_rules(folder: Path) -> Path:
    """Let the fonts that come with the project stand in for those of official papers, and no others."""
    stand_in = dict.fromkeys(SERIF, "Noto Serif SC") | dict.fromkeys(SANS, "Noto Sans SC")
    rules = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="assign" binding="strong"><string>{other}</string></edit></match>'
        for name, other in stand_in.items()
    )
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{FONTS}</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/cache</cachedir>{rules}</fontconfig>",
        "utf-8",
    )
    return file


def run(*command: str | Path, **options) -> str:
    return subprocess.run(
        [*map(str, command)], check=True, capture_output=True, text=True, timeout=1200, **options
    ).stdout


def find_programs() -> None:
    for program in ("soffice", "pdftotext", "pdffonts", "pdftoppm"):
        if shutil.which(program) is None:
            pytest.fail(
                f"{program} is needed: apt-get install --no-install-recommends libreoffice-writer poppler-utils"
            )


def print_all(folder: Path) -> None:
    """Make a PDF of every paper of a folder, set in the project's fonts."""
    environment = os.environ | {"FONTCONFIG_FILE": str(write_font_rules(folder))}
    profile = f"-env:UserInstallation=file://{folder}/profile"
    papers = folder.glob("*.docx")
    run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *papers, env=environment)


def pages_before_annexes(pdf: Path) -> int:
    pages = run("pdftotext", "-layout", pdf, "-").split("\f")
    return next((at for at, page in enumerate(pages) if re.match(r"\s*附件[ \d]*\n", page)), len(pages) - 1)


@pytest.fixture(scope="module")
def printed(district, tmp_path_factory) -> dict[Path, Path]:
    """Paper → the PDF that LibreOffice makes of it; pictures stand in build/papers/."""
    find_programs()
    folder = Path("build/papers").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    root = tmp_path_factory.mktemp("printed") / "district"
    shutil.copytree(district, root, symlinks=True)
    found = {}
    for number, paper in enumerate(write_papers(root, PERIOD).files):
        shutil.copy(paper, folder / f"{number:03}-{paper.stem}.docx")
        found[paper] = folder / f"{number:03}-{paper.stem}.pdf"
    print_all(folder)
    for pdf in found.values():
        run("pdftoppm", "-r", "60", "-png", pdf, pdf.with_suffix(""))
    return found


def test_no_paper_has_a_letter_without_a_shape(printed):
    for pdf in printed.values():  # a letter that the fonts lack is drawn by another
        names = {line.split()[0].split("+")[-1] for line in run("pdffonts", pdf).splitlines()[2:]}
        assert all(name.startswith(("NotoSerifSC", "NotoSansSC")) for name in names), (pdf, names)


def test_no_table_is_cut_and_no_cell_is_lost(printed):
    for paper, pdf in printed.items():
        boxes = re.findall(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', run("pdftotext", "-bbox", pdf, "-"))
        left, right = (length * 72 / 25.4 for length in (28, 210 - 26))
        assert min(float(a) for a, _ in boxes) > left - 3 and max(float(b) for _, b in boxes) < right + 12, pdf
        assert not lost_cells(paper, pdf), pdf


def lost_cells(paper: Path, pdf: Path) -> list[str]:
    """Return the cells of a paper's tables that its print lacks, or of which it lacks a letter.

    A cell of a tall row may go over two or three pages.
    """
    text = _letters(re.sub(r"—\s*\d+\s*—", "", run("pdftotext", "-raw", pdf, "-")))
    cells = [_letters(cell.text) for shown in Document(str(paper)).tables for row in shown.rows for cell in row.cells]
    return [cell for cell in cells if not _is_in(cell, text, 3)]


def _is_in(cell: str, text: str, parts: int) -> bool:
    if cell in text:
        return True
    longest = max(at for at in range(len(cell)) if cell[:at] in text)
    return parts > 1 and longest > 0 and _is_in(cell[longest:], text, parts - 1)


def _letters(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text.replace("\u2011", "-"))


def find_lost(paper: Path, pdf: Path) -> list[str]:
    """Return the paragraphs of a paper that its print lacks, or of which it lacks a mark."""
    text = re.sub(r"\s", "", run("pdftotext", "-raw", pdf, "-").replace("\u2011", "-"))
    text = re.sub(r"—\d+—", "", text)
    told = [re.sub(r"\s", "", p.text) for p in Document(str(paper)).paragraphs]
    return [each for each in told if each not in text]


def test_every_paragraph_is_printed_whole_to_its_last_mark(printed):
    """A mark that hangs out of a line was lost."""
    for paper, pdf in printed.items():
        assert find_lost(paper, pdf) == [], pdf


def test_no_mark_is_lost_wherever_a_line_ends(tmp_path):
    """Which mark hangs out of a line depends on the letters before it."""
    find_programs()
    lines = [
        "（三）依据2025年度定稿结果整改到位。责任单位：区地方志研究中心、区委老干部局、柳河镇、区科学技术局、东林镇、"
        "区投资促进局、区公路事业发展中心、桃源里镇；时限：2026年3月3日。",
        "你单位2026年10月考评得分86.86分，居第81位，列后五名，等次为不达标（月度结果暂定），按规定予以预警。",
    ]
    file = tmp_path / "marks.docx"
    file.write_bytes(set_paper(simple(*lines), open_template(tmp_path, "notice")))
    print_all(tmp_path)
    assert find_lost(file, file.with_suffix(".pdf")) == []


def test_no_number_and_no_day_is_cut_by_a_line(printed):
    for paper, pdf in printed.items():
        document = Document(str(paper))
        texts = [p.text for p in document.paragraphs]
        texts += [cell.text for shown in document.tables for row in shown.rows for cell in row.cells]
        lines = re.sub(r"[^\S\n]", "", run("pdftotext", "-layout", pdf, "-")).replace("\u2011", "-")
        for number in {found for text in texts for found in NUMBER.findall(text)}:
            assert lines.count(number) >= sum(text.count(number) for text in texts), (pdf, number)


def test_no_page_holds_the_seal_alone(printed):
    for pdf in printed.values():
        pages = [re.sub(r"\s", "", page) for page in run("pdftotext", "-layout", pdf, "-").split("\f")]
        assert not [page for page in pages if page.startswith("（印章位置）")], pdf


def test_heads_of_tables_are_repeated_and_the_notice_has_four_pages_at_most(printed):
    (notice,) = [pdf for paper, pdf in printed.items() if paper.parent.name == "leadership"]
    pages = run("pdftotext", "-layout", notice, "-").split("\f")
    annex = next(place for place, page in enumerate(pages) if re.match(r"\s*附件", page))
    assert annex <= PAGES
    assert "位次" in pages[annex] and "位次" in pages[annex + 1]
    assert re.search(r"—\s*1\s*—\s*$", pages[0])


def test_notices_of_a_heavy_month_and_of_a_year_have_four_pages_before_their_annexes(whole_book, tmp_path):
    find_programs()
    policy = whole_book.at("2026-10")
    units = policy.units[:70]  # as many as have totals of their own there
    weights = policy.channel_weights_by_unit.loc[[unit.id for unit in units]]
    month = heavy_month(make_content(replace(policy, units=units, channel_weights_by_unit=weights)))
    year = make_year(whole_book)
    for audience in ("leadership", "offices"):
        reader = Reader(audience=audience)
        for name, notice in {"month": month_notice(month, reader), "year": annual_notice(year, reader)}.items():
            paper = set_paper(notice, open_template(tmp_path, notice.kind))
            (tmp_path / f"{audience}-{name}.docx").write_bytes(paper)
    print_all(tmp_path)
    assert not [lost for pdf in tmp_path.glob("*.pdf") for lost in lost_cells(pdf.with_suffix(".docx"), pdf)]
    counts = {pdf.stem: pages_before_annexes(pdf) for pdf in tmp_path.glob("*.pdf")}
    assert len(counts) == 4 and max(counts.values()) <= PAGES, counts
