"""The bulletin as PDF: printed where a browser is, said plainly where none is, as long as it may be."""

import re
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from analysis.policy.errors import DataError
from analysis.run.commands.main import app
from analysis.run.pdf import find_browser, print_bulletin
from analysis.run.store.history import Published

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 10, 31)
# GB/T 9704: what is left of A4 within the margins, in CSS pixels (96 an inch).
WIDTH, HEIGHT = (210 - 28 - 26) / 25.4 * 96, (297 - 37 - 35) / 25.4 * 96


def count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.fixture
def published(tmp_path, monkeypatch) -> Path:
    """Pages as if the month had just been run."""
    pages = tmp_path / "2026-10"
    (pages / "leadership").mkdir(parents=True)
    (pages / "bulletin.html").write_text('<html lang="zh-CN"><h1>通报</h1></html>', "utf-8")
    revision = SimpleNamespace(name="r0001")
    monkeypatch.setattr("analysis.run.commands.papers.show_papers", lambda *_, **__: None)
    monkeypatch.setattr("analysis.run.pipeline.run_month", lambda *_, **__: Published("2026-10", revision, pages))
    # The month was not run: the repository itself gets no page of where it stands.
    monkeypatch.setattr("analysis.run.commands.main._show_status", lambda root: None)
    return pages


def run(*more: str):
    return CliRunner().invoke(app, ["run", "2026-10", "--root", str(ROOT), *more])


def fake_browser(folder: Path, script: str) -> str:
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_without_a_browser_the_run_succeeds_and_says_what_to_install(published, monkeypatch):
    monkeypatch.setenv("PATH", "")
    told = run("--pdf")
    assert told.exit_code == 0
    assert "apt-get install chromium" in told.output
    assert "未生成 PDF" in told.output
    assert not list(published.rglob("*.pdf"))


def test_without_the_option_no_browser_is_looked_for(published, monkeypatch):
    monkeypatch.setattr("analysis.run.pdf.find_browser", lambda: pytest.fail("looked for"))
    assert run().exit_code == 0


@pytest.mark.parametrize("script", ["exit 3", "exit 0", "kill -9 $$"])
def test_a_browser_that_fails_is_named_and_the_pages_stand(published, tmp_path, script):
    before = sorted(published.rglob("*"))
    with pytest.raises(DataError, match=r"chromium could not print the bulletin; the pages are published"):
        print_bulletin(published, AS_OF, fake_browser(tmp_path, script))
    assert sorted(published.rglob("*")) == before


def test_a_relative_root_is_printed_as_any_other(published, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = 'for each in "$@"; do case $each in --print-to-pdf=*) echo "%PDF-1.4 $*" > "${each#*=}";; esac; done'
    printed = print_bulletin(Path(published.name), AS_OF, fake_browser(tmp_path, script))
    assert f"file://{published.resolve()}/bulletin.html".encode() in printed.read_bytes()


def test_pdf_and_tables_only_exclude_each_other(published):
    told = CliRunner().invoke(app, ["run", "2026-10", "--root", str(ROOT), "--pdf", "--tables-only"])
    assert "--pdf prints a page" in str(told.exception)


@pytest.fixture
def chromium(browser) -> str:
    """The installed browser; the fixture `browser` skips, or fails in CI, where there is none."""
    return find_browser()


@pytest.fixture
def printed(district, chromium, tmp_path) -> list[bytes]:
    """The bulletin of a real month, printed twice."""
    pages = shutil.copytree(district / "reports" / "2023-02", tmp_path / "pages")
    return [print_bulletin(pages, AS_OF, chromium).read_bytes() for _ in range(2)]


@pytest.mark.browser
def test_the_same_page_gives_the_same_pdf_dated_as_of_the_month(printed, tmp_path):
    first, second = printed
    assert first == second == (tmp_path / "pages/leadership/bulletin.pdf").read_bytes()
    assert set(re.findall(rb"/(?:Creation|Mod)Date \(([^)]*?)\s*\)", first)) == {b"D:20261031000000Z"}


@pytest.mark.browser
def test_the_bulletin_has_a4_pages_and_no_more_than_a_leader_reads(printed):
    assert 8 <= count_pages(printed[0]) <= 11  # a full month, with years behind it, has two or three more
    assert set(re.findall(rb"/MediaBox \[0 0 ([\d.]+ [\d.]+)\]", printed[0])) == {b"594.95996 841.91998"}


@pytest.mark.browser
def test_letters_of_figures_keep_their_size_on_a_sheet(district, browser):
    page = browser.new_page(viewport={"width": round(WIDTH), "height": round(HEIGHT)})
    page.emulate_media(media="print")
    page.goto((district / "reports/2023-02/bulletin.html").as_uri())
    assert page.locator("figure .on-phone:visible").count() == page.locator("figure .on-phone").count() > 4
    assert page.locator("figure .on-page:visible").count() == 0
    tops = page.locator("figure:has(+ figure)").evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().top, e.nextElementSibling.getBoundingClientRect().top])"
    )
    assert tops[0][0] == tops[0][1]  # side by side
    page.close()


@pytest.mark.browser
def test_the_table_of_all_units_fits_two_pages(district, browser):
    page = browser.new_page(viewport={"width": 794, "height": 1123})  # A4; margins are the body's here
    page.emulate_media(media="print")
    page.goto((district / "reports/2023-02/bulletin.html").as_uri())
    page.add_style_tag(content=f"body {{ width: {WIDTH}px; margin: 0 }}")
    box = page.locator("table.dense").first.bounding_box()
    assert page.locator("table.dense").first.locator("tbody tr").count() >= 85
    assert box["width"] <= WIDTH + 1
    widths = page.locator("table").evaluate_all("tables => tables.map(e => e.getBoundingClientRect().width)")
    assert max(widths) <= WIDTH + 1
    assert box["height"] <= 2 * HEIGHT
    page.close()
