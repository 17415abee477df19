"""The published pages in a real browser: no code, nothing loaded, no fault, readable on screen, phone and paper."""

import base64
import io
import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from fontTools.ttLib import TTFont

from analysis.report.page.assets import asset, used_rules

from ..printed import MISSING, text_of_pdf

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_path(district):
    return district / "reports/2023-02/bulletin.html"


def open_page(browser, path, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    seen = {"requests": [], "console": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["console"].append(message.text))
    page.on("pageerror", lambda error: seen["console"].append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    return page, seen


def test_the_page_loads_nothing_and_shows_no_code(page_path, browser):
    page, seen = open_page(browser, page_path, 1280)
    assert [url for url in seen["requests"] if not url.startswith(("data:", page_path.as_uri()))] == []
    assert seen["console"] == []
    text = page.inner_text("main")
    assert not [word for word in ("import ", "open_month", "show(", "%load_ext", "Traceback") if word in text]
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.close()


def test_the_sections_stand_in_the_order_of_a_notice(page_path, browser):
    page, _ = open_page(browser, page_path, 1280)
    heads = [head.inner_text() for head in page.query_selector_all("main h2")]
    assert [head[:2] for head in heads] == ["一、", "二、", "三、", "四、", "五、", "六、", "附一", "附二", "附三"]
    assert len(page.query_selector_all("main h1")) == 1
    assert len(page.query_selector_all(".kpis > li")) == 5
    page.close()


def test_every_chart_has_a_text_for_those_who_cannot_see_it(page_path, browser):
    page, _ = open_page(browser, page_path, 1280)
    charts = page.query_selector_all("figure [role=img]")
    assert len(charts) >= 6
    assert all(len(chart.get_attribute("aria-label")) > 10 for chart in charts)
    page.close()


def test_texts_of_charts_differ(page_path, browser):
    page, _ = open_page(browser, page_path, 1280)
    texts = page.locator("figure [role=img]:visible").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert len(texts) == len(set(texts)) >= 6
    page.close()


def test_on_a_phone_each_chart_is_drawn_for_it_and_no_letter_lies_beyond_its_edge(page_path, browser):
    page, _ = open_page(browser, page_path, 360)
    boxes = page.locator("figure svg:visible text").evaluate_all(
        "all => all.map(e => [e.textContent, e.getBoundingClientRect().left, e.getBoundingClientRect().right,"
        " parseFloat(getComputedStyle(e).fontSize) * Math.hypot(e.getCTM().a, e.getCTM().b)])"
    )
    assert len(boxes) > 60
    assert [box for box in boxes if box[1] < 0 or box[2] > 360 or box[3] < 7] == []
    assert page.locator("figure .on-page:visible").count() == 0
    page.close()


def test_pages_are_light(district):
    folder = district / "reports/2023-02"
    assert (folder / "bulletin.html").stat().st_size < 600_000
    assert max(path.stat().st_size for path in (folder / "feedback").glob("*.html")) < 150_000


def test_the_first_screen_says_how_who_and_what_must_be_done(page_path, browser):
    page, _ = open_page(browser, page_path, 1280)
    told = [paragraph.inner_text() for paragraph in page.query_selector_all(".lead p")]
    (rest,) = (paragraph.inner_text() for paragraph in page.query_selector_all(".lead .note"))
    told.remove(rest)  # how many tasks there are stands below them without a number
    assert rest.startswith("以上")
    assert [words.partition("：")[0] for words in told] == ["总体情况", "本月要办", "得分先后", "本月变化"]
    assert "平均得分" in told[0]
    assert all(word in told[2] for word in ("居前", "居后", "偶然起伏"))
    assert told[3].startswith("本月变化：环比降幅最大的是")
    assert "核实失分原因" in told[1] + "".join(item.inner_text() for item in page.query_selector_all(".lead li"))
    assert page.query_selector(".kpis").bounding_box()["y"] < 700
    page.close()


def test_on_a_wide_screen_of_usual_height_figures_and_sentences_are_seen_at_once(page_path, browser):
    page, _ = open_page(browser, page_path, 1440)
    *_, last = page.query_selector_all(".lead li, .lead p")
    boxes = [element.bounding_box() for element in (page.query_selector(".kpis"), last)]
    assert all(box["y"] + box["height"] < 900 and box["x"] + box["width"] <= 1440 for box in boxes)
    assert boxes[0]["x"] > boxes[1]["x"] + boxes[1]["width"]  # beside the sentences, not over them
    page.close()


def test_on_paper_the_figures_stand_on_the_first_sheet(page_path, browser):
    page, _ = open_page(browser, page_path, 1280)
    names = [name.inner_text() for name in page.query_selector_all(".kpis .name")]
    printed = text_of_pdf(page.pdf(prefer_css_page_size=True, page_ranges="1"))
    assert len(names) == 5 and all(name in printed.replace(" ", "") for name in names)
    page.close()


def test_the_bulletin_leads_to_the_page_on_posts_wherever_it_lies(district):
    folder = district / "reports/2023-02"
    for bulletin in (folder / "bulletin.html", folder / "leadership/bulletin.html"):
        links = set(re.findall(r'href="([^"#:]+\.html)"', bulletin.read_text("utf-8")))
        assert all((bulletin.parent / link).is_file() for link in links)
        assert "6_staffing.html" in links


# A page of every kind; those of the whole district stand a folder higher.
OTHERS = (
    "bulletin.html", "feedback/D01_区委办公室.html", "feedback/index.html", "offices/index.html",
    "public/index.html", "public/draws/2023-02-1/draw.html", "leadership/index.html", "leadership/6_staffing.html",
    "technical/index.html",
    "technical/1_clean.html", "technical/2_score.html", "technical/3_trends.html", "technical/4_hotline.html",
    "technical/5_actions.html", "../index.html", "../public/index.html", "../public/method.html",
)  # fmt: skip


def test_every_kind_of_page_is_looked_at(district):
    folder = district / "reports/2023-02"
    kinds = {
        re.sub(r"(?<=feedback/)[DT]\d+_[^.]+", "D01_区委办公室", path.relative_to(folder).as_posix())
        for path in folder.rglob("*.html")
    }
    assert kinds - {"leadership/bulletin.html", "6_staffing.html"} == {
        name for name in OTHERS if not name.startswith("..")
    }


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_fault_headings_are_in_order_and_nothing_is_loaded(district, browser, name, width):
    path = (district / "reports/2023-02" / name).resolve()
    page, seen = open_page(browser, path, width)
    assert seen == {"requests": [path.as_uri()], "console": []}
    faults = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["impact"], fault["nodes"][0]["html"]) for fault in faults] == []
    levels = [int(head.evaluate("e => e.tagName[1]")) for head in page.query_selector_all("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ends = page.locator("th:visible, td:visible").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert width > 360 or max(ends, default=0) <= width  # on a phone nothing waits beyond its edge
    page.close()


# Where the letters of a row's cells lie: a cell's box says nothing of a name that runs out of it.
WRITTEN = """
rows => rows.map(row => [...row.cells].filter(cell => cell.textContent.trim() && cell.checkVisibility()).map(cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return [cell.textContent.trim(), [...range.getClientRects()].map(box => [box.left, box.top, box.right, box.bottom])];
}))
"""


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["bulletin.html", "offices/index.html", "public/index.html"])
def test_names_do_not_run_into_the_figures_beside_them(district, browser, name, width):
    page, _ = open_page(browser, district / "reports/2023-02" / name, width)
    rows = page.locator("tbody tr:has(th):visible").evaluate_all(WRITTEN)
    page.close()
    assert len(rows) > (100 if name == "bulletin.html" else 10)
    covered = [
        (cells[0][0], other)
        for cells in rows
        for other, boxes in cells[1:]
        for left, top, right, bottom in cells[0][1]
        for x, y, end, low in boxes
        if min(right, end) - max(left, x) > 1 and min(bottom, low) - max(top, y) > 1
    ]
    assert covered == []


# Letters of a figure and of the words behind it: the table is not dense, where figures of a row stand close together.
GAPS = """
all => all.filter(e => e.checkVisibility() && e.textContent.trim() && e.previousElementSibling.textContent.trim())
  .map(e => {
    const [before, own] = [e.previousElementSibling, e].map(cell => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      return range.getBoundingClientRect();
    });
    return [e.textContent, own.left - before.right];
  })
"""


def test_words_keep_a_distance_from_the_figure_before_them(district, browser):
    page, _ = open_page(browser, district / "reports/2023-02/bulletin.html", 1280)
    gaps = page.locator("table:not(.dense) tbody .num + td:not(.num)").evaluate_all(GAPS)
    page.close()
    assert len(gaps) > 10
    assert [gap for gap in gaps if gap[1] < 20] == []


SQUEEZED = """() => [...document.querySelectorAll("td, th, dd")].filter(cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const lines = new Set([...range.getClientRects()].filter(r => r.width).map(r => Math.round(r.top / 6))).size;
  const letters = cell.innerText.replace(/\\s/g, "").length;
  return letters > 7 && letters / lines <= 2;
}).map(cell => cell.innerText)"""


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_cell_is_squeezed_into_a_letter_or_two_a_line(district, browser, name, width):
    """A width that a table of words asks for left a card's last column one letter a line on a phone."""
    page, _ = open_page(browser, (district / "reports/2023-02" / name).resolve(), width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate(SQUEEZED) == []
    page.close()


BOXES = """() => [...document.querySelectorAll("body *")].map(each => {
  const box = each.getBoundingClientRect(), style = getComputedStyle(each);
  return [each.tagName, box.x, box.y, box.width, box.height, style.color, style.fontSize, style.fontFamily].join();
})"""


@pytest.mark.parametrize("name", [name for name in OTHERS if "technical" not in name])
def test_rules_that_a_page_does_not_bring_would_change_nothing(district, browser, name, tmp_path):
    text = (district / "reports/2023-02" / name).resolve().read_text("utf-8")
    whole, brought = asset("page.css"), used_rules(asset("page.css"), text + asset("page.html.j2"))
    if "<script" in text:  # a script may give any class
        assert whole in text
        return
    assert brought in text and len(brought) < len(whole)
    seen = []
    for style in (brought, whole):
        (tmp_path / "page.html").write_text(text.replace(brought, style), "utf-8")
        for width, medium in ((360, "screen"), (1440, "screen"), (794, "print")):
            page, _ = open_page(browser, tmp_path / "page.html", width)
            page.emulate_media(media=medium)
            seen.append(page.evaluate(BOXES))
            page.close()
    assert seen[:3] == seen[3:] and len(seen[0]) > 10


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_moves_sideways(page_path, browser, width):
    page, _ = open_page(browser, page_path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_table_of_units_sorts_by_name(page_path, browser):
    page, _ = open_page(browser, page_path, 1280)
    table = page.query_selector("table.dense")
    first = table.query_selector("tbody th").inner_text()
    table.query_selector("thead th button").click()
    assert table.query_selector("thead th").get_attribute("aria-sort") == "ascending"
    assert table.query_selector("tbody th").inner_text() != first
    page.close()


# The letters of each text on the page, in a drawing too, with the faces that the style names for them.
LETTERS = """
() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement;
    if (element.checkVisibility() && !element.closest("style, script, template"))
      found.push([getComputedStyle(element).fontFamily, node.textContent]);
  }
  return found;
}
"""


@pytest.fixture
def on_paper(district, browser):
    """A unit's page as it is printed: its text by face, the letters of the faces that it brings, and its PDF."""

    def open_on_paper(name: str):
        (path,) = (district / "reports/2023-02").glob(name)
        faces = re.findall(r'@font-face\{font-family:"([^"]+)".*?base64,([^")]+)', path.read_text("utf-8"))
        letters = {}
        for family, packed in faces:
            letters.setdefault(family, set()).update(
                map(chr, TTFont(io.BytesIO(base64.b64decode(packed))).getBestCmap())
            )
        page, _ = open_page(browser, path, 794)
        page.emulate_media(media="print")
        told, pdf = page.evaluate(LETTERS), page.pdf(prefer_css_page_size=True, print_background=True)
        page.close()
        return told, letters, pdf

    return open_on_paper


# Units of all tiers, with items of the ledger, tickets, a bonus, measures; and the bulletin's own drawings.
@pytest.mark.parametrize("name", ["feedback/D01_*", "feedback/D05_*", "feedback/D64_*", "feedback/T12_*"])
def test_every_letter_of_a_units_page_is_printed_in_its_drawings_too(on_paper, name):
    told, letters, pdf = on_paper(name)
    lacking = {
        (stack, letter)
        for stack, text in told
        for letter in re.findall("[\u4e00-\u9fff]", text)
        if not any(letter in held for family, held in letters.items() if f'"{family}"' in stack)
    }
    assert lacking == set()
    printed = text_of_pdf(pdf)
    assert MISSING not in printed and "☒" not in printed
    for tier in ("优秀", "良好", "达标"):
        assert printed.count(tier) >= sum(text.count(tier) for _, text in told) > 0
