"""What figures.js gives readers: names at dots, pictures, CSV, a sentence to copy, chips, two units side by side."""

import csv
import struct
import zlib

import pytest
from axe_playwright_python.sync_playwright import Axe

from analysis.report.page.html import figure_html, render_page
from analysis.report.page.pieces import choice, number, paragraphs, table, text

pytestmark = pytest.mark.browser

DOTS = "".join(
    f'<g data-name="{name} {90 + n}.00"><circle cx="{40 + 60 * n}" cy="40" r="9" fill="#0b4f8a"/></g>'
    for n, name in enumerate(("甲局", "乙局", "丙镇"))
)
DRAWING = f'<svg width="240" height="80" viewBox="0 0 240 80"><text x="8" y="70">得分</text>{DOTS}</svg>'
UNITS = [(f"第{n}局", "镇街" if n % 2 else "部门", f"{90 - n}.00") for n in range(1, 15)]


def page_body() -> str:
    columns = [text("单位", lambda r: r[0]), choice("类别", lambda r: r[1]), number("得分", lambda r: r[2])]
    data = table(columns, [('=1+1"', "部门", "−1.00")], "图中得分（单位：分）", css="")
    figure = figure_html(DRAWING, alt="三个单位的得分", caption="得分；来源：表", title="甲局最高", data=str(data))
    units = table(columns, UNITS, "各单位得分（单位：分）")
    return f"<h1>通报</h1>{paragraphs(['平均得分90.75分。'], 'lead')}{figure}{units}"


@pytest.fixture
def page_of(browser, tmp_path):
    page = browser.new_page()

    def show(body: str):
        path = tmp_path / "page.html"
        path.write_text(render_page(f"<h1>得分</h1>{body}"), encoding="utf-8")
        page.goto(path.as_uri())
        return page

    yield show
    page.close()


@pytest.fixture
def opened(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(render_page(page_body()), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.noise = []
    page.on("console", lambda message: page.noise.append(message.text))
    page.on("pageerror", lambda error: page.noise.append(str(error)))
    page.goto(path.as_uri())
    yield page
    assert page.noise == []
    context.close()


def downloaded(page, button) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        button.click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def test_a_dot_under_the_pointer_says_whose_it_is(opened):
    tip = opened.locator(".tip")
    assert not tip.is_visible()
    opened.locator('[data-name="乙局 91.00"]').hover()
    assert tip.inner_text() == "乙局 91.00"
    opened.locator("h1").hover()
    assert not tip.is_visible()


def test_arrows_go_from_dot_to_dot_for_those_without_a_pointer(opened):
    frame, tip = opened.locator(".frame"), opened.locator(".tip[role=status]")
    frame.focus()
    told = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        opened.keyboard.press(key)
        told.append(tip.inner_text())
    assert told == ["甲局 90.00", "乙局 91.00", "甲局 90.00", "丙镇 92.00"]
    opened.locator("input").focus()
    assert not tip.is_visible()


def test_a_figure_is_saved_as_a_picture_with_its_title(opened):
    name, data = downloaded(opened, opened.get_by_role("button", name="存为图片"))
    assert name == "甲局最高.png" and data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (2 * 240, 2 * (80 + 64))
    pixels = zlib.decompress(b"".join(parts for kind, parts in chunks(data) if kind == b"IDAT"))
    line = 1 + 4 * width
    rows = [pixels[at : at + line] for at in range(0, len(pixels), line)]
    drawn = [place for place, row in enumerate(rows) if any(row[1:])]  # filtered lines: zero where nothing changes
    assert min(drawn) < 50 and max(drawn) > 2 * (80 + 34)  # title above, source below


def test_letters_of_a_picture_are_no_boxes(browser, tmp_path):
    # Two letters that are missing look alike.
    pictures = []
    for letter in ("得", "分"):
        drawing = f'<svg width="240" height="80" viewBox="0 0 240 80"><text x="8" y="60">{letter * 6}</text></svg>'
        path = tmp_path / "page.html"
        path.write_text(render_page(f"<h1>得分</h1>{figure_html(drawing, alt='图', title='得分')}"), encoding="utf-8")
        page = browser.new_page()
        page.goto(path.as_uri())
        pictures.append(downloaded(page, page.get_by_role("button", name="存为图片"))[1])
        page.close()
    assert pictures[0] != pictures[1]


def chunks(data: bytes):
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def test_the_data_behind_a_figure_are_a_table_that_is_saved_as_csv_and_runs_no_formula(opened):
    opened.locator("summary").click()
    name, data = downloaded(opened, opened.locator("details .csv"))
    assert name == "通报 图中得分.csv"
    assert list(csv.reader(data.decode("utf-8-sig").splitlines())) == [
        ["单位", "类别", "得分"],
        ["'=1+1\"", "部门", "-1.00"],
    ]


def test_csv_has_the_rows_that_the_filter_leaves(opened):
    opened.get_by_label("筛选").fill("镇街")
    _, data = downloaded(opened, opened.locator("table.sortable .csv"))
    assert len(data.decode("utf-8-sig").splitlines()) == 1 + 7


def test_a_sentence_is_copied_without_the_button(opened):
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.locator(".lead p").hover()
    opened.get_by_role("button", name="复制本句").click()
    assert opened.evaluate("navigator.clipboard.readText()") == "平均得分90.75分。"


def test_chips_filter_by_a_word_and_say_that_they_do(opened):
    rows, chip = (
        opened.locator("table.sortable tbody tr:visible"),
        opened.get_by_role("button", name="镇街", exact=True),
    )
    chip.click()
    assert (rows.count(), chip.get_attribute("aria-pressed")) == (7, "true")
    chip.click()
    assert (rows.count(), chip.get_attribute("aria-pressed")) == (14, "false")


def test_two_units_stand_side_by_side(opened):
    opened.get_by_label("比较的单位").select_option("第3局")
    assert opened.locator(".result table").count() == 0
    opened.get_by_label("另一个单位").select_option("第8局")
    lines = [row.inner_text().split("\t") for row in opened.locator(".result tr").all()]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["单位", "第3局", "第8局"],
        ["类别", "镇街", "部门"],
        ["得分", "87.00", "82.00"],
    ]


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_fault_in_what_the_script_adds(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.locator("summary").click()
    opened.get_by_label("比较的单位").select_option("第3局")
    opened.get_by_label("另一个单位").select_option("第8局")
    opened.locator('[data-name="乙局 91.00"]').hover()
    faults = Axe().run(opened).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_nothing_of_it_is_printed(opened):
    opened.emulate_media(media="print")
    assert opened.locator("button:visible, select:visible, details:visible").count() == 0


def test_without_script_every_fact_is_there(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(render_page(page_body()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("table.sortable tbody tr").count() == 14
    assert page.locator("button, select").count() == 0
    page.locator("summary").click()
    assert page.locator("details td").all_inner_texts() == ["部门", "−1.00"]
    context.close()


@pytest.mark.parametrize(("height", "is_tall"), [(80, False), (130, False), (131, True)])
def test_a_drawing_with_a_row_a_unit_takes_a_sheet_of_its_own(page_of, height, is_tall):
    """Held to 60 mm the names of 85 rows were a point or two high on paper."""
    drawing = f'<svg viewBox="0 0 100 {height}" width="100" height="{height}"><text x="1" y="9">甲</text></svg>'
    page = page_of(figure_html(drawing, alt="图"))
    page.emulate_media(media="print")
    limits = page.eval_on_selector("svg", "svg => getComputedStyle(svg).maxHeight")
    assert (float(limits.removesuffix("px")) > 700) == is_tall


def test_on_a_phone_a_drawing_that_is_moved_sideways_says_so(page_of):
    alone = figure_html(DRAWING, alt="图", caption="得分")
    own = figure_html(DRAWING, alt="图", caption="得分", phone=DRAWING)
    page = page_of(alone + own)
    page.set_viewport_size({"width": 360, "height": 780})
    said = page.eval_on_selector_all("figcaption", "all => all.map(each => getComputedStyle(each, '::after').content)")
    assert said == ['"（左右滑动看全图）"', "none"]
