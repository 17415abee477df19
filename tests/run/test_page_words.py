"""Pages for leaders, units, copied offices and the public name no path and no table by its id; sources are in words."""

import html
import json
import re
from collections import Counter

import pytest

from analysis.policy.dictionary import load_dictionary

from ..facts import text_of

PAGES = ("bulletin.html", "leadership/6_staffing.html", "offices/index.html", "public/index.html", "feedback/*.html")
TABLES = load_dictionary().tables
# What the store has: its folders and files, and its tables by id.
OF_THE_STORE = re.compile(r"data/|processed/|\.parquet|\.ipynb|r0001|" + "|".join(rf"\b{name}\b" for name in TABLES))


@pytest.fixture(params=PAGES)
def pages(district, request) -> dict[str, str]:
    found = {path.name: path.read_text("utf-8") for path in (district / "reports/2023-02").glob(request.param)}
    assert found
    return found


def readable(page: str) -> str:
    """What a reader reads or hears of a page; not the foot, which names the revision."""
    spoken = re.findall(r'(?:alt|aria-label|title|data-\w+)="([^"]*)"', page[page.index("<main") :])
    return " ".join([text_of(page), *map(html.unescape, spoken)])


def test_the_page_on_posts_leads_back_to_the_bulletin_and_technical_pages_lead_nowhere(district):
    month = district / "reports" / "2023-02"
    back = re.compile(r'<a href="bulletin.html">返回月度考评通报</a>')
    assert back.search((month / "6_staffing.html").read_text("utf-8"))
    assert back.search((month / "leadership" / "6_staffing.html").read_text("utf-8"))
    assert not [page for page in (month / "technical").glob("*.html") if "返回" in page.read_text("utf-8")]


def test_no_id_stands_twice_on_a_page(district):
    pages = sorted((district / "reports").rglob("*.html"))
    ids = {path: Counter(re.findall(r'\bid="([^"]*)"', path.read_text("utf-8"))) for path in pages}
    assert len(ids) > 100
    assert [(path.name, id_) for path, found in ids.items() for id_, count in found.items() if count > 1] == []


def test_no_page_names_a_path_or_a_table_of_the_store(pages):
    assert len(TABLES) > 40
    assert {name: left for name, page in pages.items() if (left := OF_THE_STORE.findall(readable(page)))} == {}


def test_the_bulletin_and_the_index_of_all_that_is_public_say_why_an_edition_is_published(district):
    edition = json.loads((district / "data/processed/2023-02/r0001/manifest.json").read_text("utf-8"))
    year, month, day = map(int, edition["published"].split("-"))
    since = f"{year}年{month}月{day}日发布"
    page = text_of((district / "reports/2023-02/bulletin.html").read_text("utf-8"))
    assert f"本版为第1版（征求意见稿），{since}，事由：例行发布。" in page
    index = text_of((district / "reports/public/index.html").read_text("utf-8"))
    assert f"征求意见稿（第1版，{since}，例行发布）" in index


def test_every_figure_of_the_bulletin_says_its_source_by_the_name_of_a_table(district):
    page = (district / "reports/2023-02/bulletin.html").read_text("utf-8")
    figures = [each for each in re.findall(r"<figure.*?</figure>", page, re.DOTALL) if "<svg" in each]
    captions = [html.unescape(re.sub("<[^>]*>", " ", each)) for each in figures]
    titles = {entry.title for entry in TABLES.values()}
    assert len(captions) >= 6
    for caption in captions:
        (source,) = re.findall(r"来源：(?:2023年2月)?([^\s；]+)", caption)
        assert set(source.split("、")) <= titles
