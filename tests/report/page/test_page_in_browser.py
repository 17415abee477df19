"""The page as a reader meets it: offline, on a phone, on paper, with the keyboard."""

import re
import zlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from markupsafe import Markup

from analysis.report.page.html import render_notebook, render_page
from analysis.report.page.pieces import number, sparkline, table, text

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


def test_a_word_that_fills_a_cell_finds_such_cells_alone(open_page):
    page = open_page()
    for word, found in {"达标": {"达标"}, "不达标": {"不达标"}, "达": {"达标", "不达标"}}.items():
        page.get_by_label("筛选").fill(word)
        assert set(column(page, 3)) == found


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


HEADS = ("单位", "得分", "事由", "时限", "怎样可不失分")
UNITS = [
    (f"第{n}个住房和城乡建设管理委员会", "90.12", "材料报送不及时且多次退回", "2026-11-06", "按时报送")
    for n in range(150)
]


@pytest.fixture
def open_table(browser, tmp_path):
    """A page with a long table of five columns, as `pieces.table` makes it."""
    opened = []

    def open_at(width: int, css: str = "sortable", rows: list = UNITS, first: tuple = ()):
        columns = [text("单位", lambda r: r[0]), number("得分", lambda r: r[1])]
        columns += [text(head, lambda r, place=place: r[place]) for place, head in enumerate(HEADS[2:], 2)]
        path = tmp_path / "table.html"
        headings = "".join(f"<h2>{place}、某节的标题</h2><p>正文</p>" for place in "一二三四五六")
        told = f"<h1>通报</h1>{headings}{table(columns, rows, '表', css=css, first=first)}"
        path.write_text(render_page(told), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 740})
        opened.append(page)
        page.goto(path.as_uri())
        return page

    yield open_at
    for page in opened:
        page.close()


def test_a_wide_screen_shows_all_columns_of_the_table_of_units(browser, tmp_path):
    # As a district with years behind it has them, with one of the longest names.
    told = [
        ("单位", "区城乡居民养老服务中心"),
        ("位次", "37"),
        ("区间", "13–85"),
        ("得分", "91.24"),
        ("等次", "不达标"),
    ]
    told += [("把握", "无法区分"), ("类别", "经济管理"), ("组内", "10"), ("环比", "−2.13"), ("同比", "+2.55")]
    told += [(head, Markup('<span class="dot"></span> 93.10')) for head in ("日常", "重点", "系统", "随机")]
    told += [("走势", sparkline([80.0 + n % 3 for n in range(13)], 2.0)), ("说明", "后五名、暂定")]
    columns = [text(head, lambda row, at=at: row[at]) for at, (head, _) in enumerate(told)]
    units = table(columns, [[cell for _, cell in told]] * 20, "各单位得分", css="sortable dense")
    path = tmp_path / "units.html"
    path.write_text(render_page(f"<h1>通报</h1><h2>一</h2><h2>二</h2><h2>三</h2>{units}"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(path.as_uri())
    box = page.locator(".table-box").evaluate("box => [box.scrollWidth, box.clientWidth]")
    right = page.locator("tbody tr:first-child td:last-child").evaluate("e => e.getBoundingClientRect().right")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert box[0] <= box[1] and right <= 1440 and width <= 1440


def test_long_names_wrap_in_a_dense_table_so_that_it_fits_a_sheet_and_dates_stand_beside_long_lists(browser, tmp_path):
    name = "The Combined Regional Teaching Hospitals of North Alabama, Southern Tennessee and the Tri-County Valley"
    heads = ("单位", "得分", "Clinical outcomes", "Person and community engagement", "说明")
    columns = [text(head, lambda _, head=head: name if head == "单位" else "93.10") for head in heads]
    owners = [
        text("事项", lambda _: "提出整改措施"),
        text("责任单位", lambda _: name),
        text("时限", lambda _: "2026年11月11日"),
    ]
    tables = table(columns, [0] * 9, "表", css="dense") + table(owners, [0], "下一步", css="dated cards")
    path = tmp_path / "names.html"
    path.write_text(render_page(f"<h1>通报</h1>{tables}"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 590, "height": 900})  # what is left of A4 within its margins
    page.goto(path.as_uri())
    page.emulate_media(media="print")
    assert max(page.locator("table").evaluate_all("all => all.map(e => e.getBoundingClientRect().width)")) <= 590
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.locator(".dated td").first.bounding_box()["width"] > 300
    page.close()


def shown(page, selector: str) -> list[dict]:
    return page.locator(selector).evaluate_all(
        "cells => cells.map(e => { const box = e.getBoundingClientRect();"
        " return {left: box.left, right: box.right, head: getComputedStyle(e, '::before').content} })"
    )


@pytest.mark.parametrize("css", ["sortable", "sortable dense"])
def test_on_a_phone_no_column_lies_beyond_the_edge_and_each_cell_says_what_it_is(open_table, css):
    cells = shown(open_table(360, css), "tbody td")
    assert len(cells) == 4 * len(UNITS)
    assert all(cell["left"] >= 0 and cell["right"] <= 360 for cell in cells)
    assert {cell["head"] for cell in cells} == {f'"{head}"' for head in HEADS[1:]}


def test_heads_that_the_style_says_stand_beside_their_cells_on_a_phone_alone(open_table):
    phone, screen = (shown(open_table(width, "", UNITS[:3]), "tbody td") for width in (360, 1440))
    assert [cell["head"] for cell in phone] == [f'"{head}"' for head in HEADS[1:]] * 3
    assert {cell["head"] for cell in screen} == {"none"}


@pytest.mark.parametrize("css", ["sortable", "sortable dense"])
def test_on_a_phone_cards_begin_with_some_columns_and_the_others_are_unfolded_in_all_at_once(open_table, css):
    page = open_table(360, css, first=("得分", "时限"))
    cells = page.locator("tbody td:visible")
    assert cells.count() == 2 * len(UNITS)
    page.get_by_text("每行其余栏目").click()
    assert cells.count() == 4 * len(UNITS)
    assert max(cell["right"] for cell in shown(page, "tbody td")) <= 360
    page.get_by_label("筛选").fill(UNITS[6][0])
    assert page.locator("tbody tr:visible").count() == 1


def test_a_wide_screen_and_paper_show_all_columns_and_nothing_to_unfold(open_table):
    for width, media in ((1280, "screen"), (360, "print")):
        page = open_table(width, "sortable dense", first=("得分",))
        page.emulate_media(media=media)
        assert page.locator("tbody td:visible").count() == 4 * len(UNITS)
        assert not page.locator(".more").is_visible()


@pytest.mark.parametrize(("css", "first"), [("sortable", ()), ("sortable dense", ()), ("sortable dense", ("得分",))])
def test_axe_finds_no_fault_in_a_table_on_a_phone(open_table, css, first):
    faults = Axe().run(open_table(360, css, first=first)).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []


@pytest.mark.parametrize("width", [360, 1100, 1440])
def test_contents_are_in_sight_at_every_width_and_stay_there(open_table, width):
    page = open_table(width)
    page.evaluate("scrollTo(0, 1500)")
    page.wait_for_timeout(500)
    box = page.locator(".contents").bounding_box()
    assert 0 <= box["y"] < 100
    page.locator(".contents a").nth(1).click()
    page.wait_for_timeout(800)
    assert page.locator("h2").nth(1).bounding_box()["y"] >= (box["height"] if width < 1280 else 0)


@pytest.mark.parametrize("width", [360, 1100, 1440])
def test_the_title_stands_at_the_top(open_table, width):
    assert open_table(width).locator("h1").bounding_box()["y"] < 100


def test_the_first_key_leads_past_the_contents(open_table):
    page = open_table(1440)
    page.keyboard.press("Tab")
    link = page.evaluate("[document.activeElement.textContent, document.activeElement.getBoundingClientRect().left]")
    assert link == ["跳到正文", 0]
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"


def test_the_heads_of_a_long_table_stand_on_each_sheet(open_table):
    page = open_table(794)
    page.add_style_tag(content="thead th { background: rgb(1, 2, 3); print-color-adjust: exact }")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", pdf))
    streams = [
        zlib.decompressobj().decompress(part) for part in re.findall(rb"stream\r?\n(x.*?)endstream", pdf, re.DOTALL)
    ]
    assert sheets > 3
    assert sum(b".0039 .0078 .0118 rg" in stream for stream in streams) == sheets


def test_a_page_stays_light_where_the_reader_prefers_dark(open_table):
    page = open_table(1440)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light only"


def test_the_filter_hides_cards_of_a_phone_too(open_table):
    rows = [(f"{n}局", "90", "事由", "、".join(["乙局", f"{n}局"]) if n % 2 else "丙乙局", "无") for n in range(30)]
    for width in (360, 1280):
        page = open_table(width, rows=rows)
        page.get_by_label("筛选").fill("乙局")  # a place of a list in a cell, not a part of another name
        visible = page.locator("tbody tr").evaluate_all("all => all.filter(row => row.offsetHeight).length")
        assert (visible, page.locator("output").inner_text()) == (15, "15 / 30 行")


@pytest.mark.parametrize("css", ["sortable", "sortable dense"])
def test_paper_has_all_rows_whatever_was_filtered(open_table, css):
    """Else a sheet shows one row below a sentence on all others."""
    page = open_table(1280, css, rows=[(f"{n}局", "90", "事由", "无", "无") for n in range(30)])
    page.get_by_label("筛选").fill("7")
    heights = "all => all.filter(row => row.offsetHeight).length"
    assert page.locator("tbody tr").evaluate_all(heights) == 3
    page.emulate_media(media="print")
    assert page.locator("tbody tr").evaluate_all(heights) == 30


def test_a_word_finds_its_place_in_a_cell_of_tier_and_bottom_place_and_a_mark_is_no_part_of_it(open_table):
    """Of tiers, one may be a part of another's name: 达标 must not find 不达标, 不达标 must find 不达标·后五名*."""
    cells = ["不达标", "不达标·后五名", "不达标*", "不达标·后五名*", "达标", "达标*", "良好"] * 3
    page = open_table(1280, rows=[(f"{n}局", "90", cell, "无", "无") for n, cell in enumerate(cells)])
    for word, many in (("不达标", 12), ("达标", 6), ("后五名", 6)):
        page.get_by_label("筛选（仅下列21行）").fill(word)
        assert page.locator("output").inner_text() == f"{many} / 21 行"


def test_what_is_folded_on_screen_stands_on_paper(browser, tmp_path):
    path = tmp_path / "folded.html"
    path.write_text(render_page("<details><summary>清单</summary><p id='inner'>内容</p></details>"), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    heights = [page.evaluate("document.getElementById('inner').checkVisibility({contentVisibilityAuto: true})")]
    page.emulate_media(media="print")
    heights.append(page.evaluate("document.getElementById('inner').getBoundingClientRect().height > 0"))
    page.close()
    assert heights == [False, True]
