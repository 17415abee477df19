"""The page as a reader meets it: offline, on a phone, on paper, with the keyboard."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from analysis.report.page.html import render_notebook, render_page

from .. import pages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "bulletin.html"
    path.write_text(render_notebook(pages.bulletin()), encoding="utf-8")
    return path


@pytest.fixture
def open_page(browser, page_file):
    opened = []

    def open_at(width: int = 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        opened.append(page)
        page.noise = []
        page.on("console", lambda message: page.noise.append(message.text))
        page.on("pageerror", lambda error: page.noise.append(str(error)))
        page.on("request", lambda request: page.noise.append(request.url))
        page.goto(page_file.as_uri())
        page.noise.remove(page_file.as_uri())
        return page

    yield open_at
    for page in opened:
        page.close()


def column(page, number: int) -> list[str]:
    return page.locator(f"table.sortable tbody tr:visible > :nth-child({number})").all_inner_texts()


def test_page_loads_nothing_and_says_nothing_on_the_console(open_page):
    assert open_page().noise == []


def test_policy_stops_a_script_that_would_get_in(open_page):
    page = open_page()
    page.evaluate(
        "() => { const script = document.createElement('script');"
        " script.textContent = 'window.ran = 1'; document.body.append(script) }"
    )
    assert page.evaluate("window.ran") is None


def test_chinese_text_is_set_in_the_embedded_fonts(open_page):
    faces = open_page().evaluate("document.fonts.ready.then(fonts => [...fonts].map(f => f.family + ' ' + f.status))")
    assert sorted(faces) == ["Noto Sans SC loaded", "Noto Serif SC loaded"]


@pytest.mark.parametrize("selector", ["h1", "main > p", ".banner", "pre", "td .tier", "tbody th", "svg text"])
def test_no_chinese_character_is_drawn_as_a_box(open_page, selector: str):
    session = (page := open_page()).context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    assert any(font["isCustomFont"] for font in used), used


@pytest.mark.parametrize("width", [1440, 1280, 768, 360])
def test_page_never_moves_sideways(open_page, width: int):
    page = open_page(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.locator("main > *").evaluate_all("els => els.map(e => e.getBoundingClientRect().right)")
    assert max(boxes) <= width


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_fault(open_page, width: int):
    faults = Axe().run(open_page(width)).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []


def test_numbers_sort_as_numbers_and_gaps_stay_last(open_page):
    page = open_page()
    button = page.get_by_role("button", name="环比")
    for sign, direction in ((1, "ascending"), (-1, "descending")):
        button.click()
        assert page.locator("th[aria-sort]").get_attribute("aria-sort") == direction
        cells = column(page, 5)
        values = [float(c.replace("▲ ", "").replace("▼ ", "-")) for c in cells[:-1]]
        assert cells[-1] == "—"
        assert values == sorted(values, reverse=sign < 0)


def test_tiers_sort_in_their_order_and_equal_rows_keep_theirs(open_page):
    page = open_page()
    page.get_by_role("button", name="等次").click()
    page.get_by_role("button", name="等次").click()
    assert column(page, 3)[0] == "不达标"
    assert column(page, 1)[:5] == ["16", "17", "18", "19", "20"]


def test_table_sorts_from_the_keyboard(open_page):
    page = open_page()
    page.get_by_role("button", name="总分").focus()
    page.keyboard.press("Enter")
    assert column(page, 1)[0] == "20"


def test_filter_keeps_rows_with_all_words_and_counts_them(open_page):
    page = open_page()
    page.get_by_label("筛选").fill("良好 第7个")
    assert column(page, 1) == ["7"]
    assert page.locator("output").inner_text() == "1 / 20 行"
    page.get_by_label("筛选").fill("")
    assert len(column(page, 1)) == 20


def test_controls_are_not_printed_and_the_sheet_is_a4(open_page):
    page = open_page()
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) in (2, 3)
    assert re.search(rb"/MediaBox\s*\[0 0 594\.\d+ 841\.\d+\]", pdf)
    page.emulate_media(media="print")
    assert not page.locator(".filter").is_visible()
    assert not page.locator("nav").is_visible()


def test_letters_of_a_drawing_have_the_embedded_face_on_paper_too(browser, tmp_path):
    path = tmp_path / "drawing.html"
    path.write_text(render_page('<figure><div><svg><text y="20">达标线</text></svg></div></figure>'), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.emulate_media(media="print")
    family = page.evaluate("getComputedStyle(document.querySelector('svg text')).fontFamily")
    page.close()
    assert family.startswith('"Noto Sans SC"')
