"""A page shows what its notebook says, nothing of how, and loads nothing."""

import base64
import hashlib
import io
import re
from urllib.parse import unquote

import nbformat.v4 as v4
import pytest
from fontTools.ttLib import TTFont

from analysis.policy.errors import DataError
from analysis.report.page.assets import TEMPLATES, asset, lab_style
from analysis.report.page.html import render_notebook, render_page
from analysis.report.page.pieces import table, text

from .. import pages
from ..pages import without_fonts
from .test_sanitise import HOSTILE, LIVE


def render(*cells, **options) -> str:
    return without_fonts(render_notebook(v4.new_notebook(cells=list(cells)), **options))


def body_of(page: str) -> str:
    return re.search(r"<main>(.*)</main>", page, re.DOTALL)[1]


@pytest.fixture(scope="module")
def page() -> str:
    return render_notebook(pages.bulletin())


def test_page_shows_outputs_and_prose_but_no_code_prompts_or_warnings(page: str):
    body = body_of(page)
    for shown in ("平均 <strong>86.42</strong> 分", "共 85 个 &lt;b&gt;单位", 'class="banner"', "镇街得分低于部门"):
        assert shown in body
    for hidden in ("SECRET_CODE", "noise", "In [", "Out[", "&lt;Figure"):
        assert hidden not in page


def test_page_says_its_language_and_takes_its_title_from_the_first_heading(page: str):
    assert '<html lang="zh-CN">' in page
    assert "<title>月度考评通报(2026年10月)</title>" in page


def test_title_of_the_metadata_wins_over_the_first_heading_and_the_caller_s_over_both():
    nb = pages.bulletin()
    nb.metadata["title"] = "元数据标题"
    assert "<title>元数据标题</title>" in without_fonts(render_notebook(nb))
    assert "<title>指定标题</title>" in without_fonts(render_notebook(nb, title="指定标题"))


def test_headings_have_ids_that_the_contents_lead_to(page: str):
    targets = [unquote(target) for target in re.findall(r'<a href="#([^"]+)"', page)]
    assert len(targets) == 4  # three in the contents, one in the text
    assert set(targets) <= set(re.findall(r'<h2 id="([^"]+)"', page))


def test_equal_headings_get_different_ids():
    page = render(v4.new_markdown_cell("## 同名\n\n## 同名"))
    assert re.findall(r'<h2 id="([^"]+)"', page) == ["同名", "同名-2"]


def test_policy_allows_the_page_s_own_script_by_its_hash_and_nothing_else(page: str):
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; ")
    assert f"script-src 'sha256-{digest}'" in policy


def test_what_serves_charts_is_on_pages_with_charts_alone_and_both_scripts_are_small(page: str):
    plain = without_fonts(render_page('<h1>通报</h1><table class="sortable"><tr><td>1</td></tr></table>'))
    small, whole = (re.search(r"<script>(.*?)</script>", each, re.DOTALL)[1] for each in (plain, page))
    assert whole.startswith(small) and len(small.splitlines()) < 70
    assert len(small) < 4_000 and len(whole) < 12_000
    assert "存为图片" not in plain and ".picture" not in plain


def test_a_page_without_a_table_to_sort_carries_no_script_and_allows_none():
    page = without_fonts(render_page('<h1>反馈单</h1><table class="cards"><tr><td>sortable</td></tr></table>'))
    assert "<script" not in page
    assert "script-src 'none'" in page.replace("&#39;", "'")


def fonts_of(page: str) -> list[set[str]]:
    """Characters of the sans and of the serif that a page embeds."""
    packed = re.findall(r"@font-face[^}]*base64,([^)\"]+)", page)
    return [set(map(chr, TTFont(io.BytesIO(base64.b64decode(each))).getBestCmap())) for each in packed]


def test_letters_that_a_script_may_write_are_on_pages_with_a_script_alone():
    plain, _ = fonts_of(render_page('<h1>反馈单</h1><p aria-label="说明">得分9</p>'))
    assert plain == set("反馈单得分9目录报告跳到正文")
    sorted_, _ = fonts_of(render_page('<h1>通报</h1><table class="sortable"><tr><td>9</td></tr></table>'))
    assert set("0123456789Zz") <= sorted_


def test_heads_of_cards_are_said_once_a_table():
    columns = [text("单位", lambda r: r[0]), text('事由"</style>&', lambda r: r[1]), text("时限", lambda r: r[2])]
    columns.append(text("备注", lambda _: "—"))
    rows = [("甲", "迟报", "11月6日"), ("乙", "漏报", "11月9日"), ("丙", "错报", "11月9日")]
    tables = [table(columns, rows, caption, css="") for caption in "一二"]
    page = without_fonts(render_page(f"<h1>表</h1>{tables[0]}{tables[1]}"))
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "data-head=" not in page.split("</style>")[-1]
    assert page.count("cards shared h0") == page.count("cards shared h1") == 1
    assert style.count('td:nth-child(3){--head:"时限"}') == 2
    assert r'td:nth-child(2){--head:"事由\22 \3c /style\3e \26 "}' in style


def test_a_table_whose_rows_differ_keeps_its_heads_in_its_cells():
    rows = '<tr><th>甲</th><td data-head="得分">9</td></tr><tr><td data-head="得分">8</td><th>乙</th></tr>'
    page = without_fonts(render_page(f'<h1>表</h1><table class="cards"><tbody>{rows}</tbody></table>'))
    assert page.count('data-head="得分"') == 2 and "cards shared" not in page


def test_figure_has_alt_text_and_caption_from_the_output_s_metadata():
    page = render(pages.show_chart(alt='含"引号"的<说明>', caption="图 1 <b>"))
    assert 'role="img" aria-label="含&quot;引号&quot;的&lt;说明&gt;"' in page
    assert "<figcaption>图 1 &lt;b&gt;</figcaption>" in page


def test_a_figure_has_its_finding_what_is_drawn_and_its_source():
    told = {
        "alt": "图",
        "title": "甲<局>最高",
        "caption": "各单位；单位：分；来源：得分",
        "phone": "<svg><path d='M 0 0'/></svg>",
    }
    page = render(pages.show({"image/svg+xml": pages.CHART}, {"image/svg+xml": told}))
    assert "<figcaption><strong>甲&lt;局&gt;最高</strong>各单位；单位：分</figcaption>" in page
    assert '<p class="source">来源：得分</p>' in page
    assert page.count('role="img" aria-label="图"') == 2 and "frame on-page" in page and "frame on-phone" in page


def test_image_without_alt_text_is_refused_and_named():
    cell = pages.show({"image/png": "iVBORw0KGgo="}, source="scores.plot()\nx")
    with pytest.raises(DataError, match=r"scores\.plot\(\).*show_figure"):
        render(cell)


def test_png_is_embedded():
    page = render(pages.show({"image/png": "iVBORw0KGgo="}, {"image/png": {"alt": "图", "caption": "图 2"}}))
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page


def test_failed_cell_is_never_published():
    failed = v4.new_code_cell("1/0", outputs=[v4.new_output("error", ename="ZeroDivisionError", evalue="x")])
    with pytest.raises(DataError, match="ZeroDivisionError"):
        render(failed)


def test_cell_for_the_researcher_alone_is_left_out():
    assert "只给研究者" not in render(v4.new_markdown_cell("只给研究者", metadata={"tags": ["lab-only"]}))


def test_tables_of_every_origin_stand_in_a_box_of_their_own():
    page = render(
        v4.new_markdown_cell("| a | b |\n|---|---|\n| 1 | 2 |"),
        pages.show({"text/html": "<table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>"}),
    )
    assert page.count('<div class="table-box" tabindex="0"><table') == 3


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert_wherever_it_stands(text: str):
    page = render(
        v4.new_markdown_cell(f"# {text}\n\n{text}\n\n| {text} |\n|---|\n| [x]({text}) |\n\n![{text}]({text})"),
        pages.show({"text/html": f'<table title="{text}"><tr><td>{text}</td></tr></table>'}),
        pages.show({"text/markdown": text}),
        pages.show({"image/svg+xml": f"<svg>{text}</svg>"}, {"image/svg+xml": {"alt": text, "caption": text}}),
        v4.new_code_cell("x", outputs=[v4.new_output("stream", name="stdout", text=text)]),
        pages.show({"text/plain": text}),
        title=text,
    )
    assert page.count("<script>") == 1
    tags = re.findall(r"<[^>]*>", body_of(page))
    attributes = re.sub(r'(alt|title|aria-label|id)="[^"]*"', "", "".join(tags))
    assert not LIVE.search(attributes)


def test_what_a_session_prints_is_moved_sideways_by_the_keyboard_too():
    told = v4.new_code_cell("x", outputs=[v4.new_output("stream", name="stdout", text="一行话")])
    page = render(told, pages.show({"text/plain": "表"}))
    assert page.count('<pre tabindex="0">') == 2


def test_one_open_tag_does_not_swallow_the_next_cell():
    page = render(pages.show({"text/html": '<div class="banner"><p>'}), v4.new_markdown_cell("后文"))
    assert re.search(r'<div class="banner"><p></p></div>\s*<p>后文</p>', page)


def test_brackets_in_an_attribute_are_no_tags():
    page = without_fonts(render_page('<p title="<table x> <h2>y</h2>">正文</p>'))
    assert "table-box" not in body_of(page)
    assert "<h2" not in body_of(page)


def test_page_of_a_fragment_is_cleaned_and_framed_alike():
    page = without_fonts(render_page("<h1>反馈</h1><script>alert(1)</script><p>正文</p>"))
    assert "<title>反馈</title>" in page
    assert "alert(1)" not in page


def test_same_notebook_gives_the_same_page(page: str):
    assert render_notebook(pages.bulletin()) == page


def test_a_units_page_is_small_and_brings_one_family_of_letters():
    page = render_page('<h1 class="slip">通报</h1><h2>一、总体</h2>')
    (sans,) = re.findall(r"@font-face[^}]*base64,([^)\"]+)", page)
    assert set("通报一、总体") <= set(map(chr, TTFont(io.BytesIO(base64.b64decode(sans))).getBestCmap()))
    # Else its titles were in the reader's own serif.
    assert re.search(r"h1\.slip,\s*\.slip ~ h2 \{font-family:var\(--sans\);\}", page)


def test_the_serif_holds_titles_alone():
    page = render_page("<h1>通报</h1><h2>一、总体</h2><p>正文</p>")
    _, serif = re.findall(r"@font-face[^}]*base64,([^)\"]+)", page)
    assert set(map(chr, TTFont(io.BytesIO(base64.b64decode(serif))).getBestCmap())) == set("通报一、总体")


def test_page_is_light(page: str):
    assert len(page.encode()) < 400_000


def test_style_and_captions_for_the_lab_are_not_on_the_page():
    output = v4.new_output("display_data", {"text/html": "<p>只在实验室</p>"}, metadata={"lab-only": True})
    shown = v4.new_output("display_data", {"text/html": "<p>人人可见</p>"})
    page = render(v4.new_code_cell("show()", outputs=[output, shown]))
    assert "人人可见" in page and "只在实验室" not in page


def test_lab_style_holds_within_outputs_alone():
    depth, outside = 0, ""
    for sign in lab_style():
        depth += (sign == "{") - (sign == "}")
        outside += sign if depth == 0 else ""
    root, *outputs = re.split(r"[},]", outside)
    assert root.strip() == ":root"
    assert all(selector.strip().startswith(".jp-OutputArea-output") for selector in outputs if selector.strip())
    assert len(outputs) > 1


def test_pages_carry_every_rule_of_the_style_and_none_of_its_writers_words():
    """A feedback page has a limit of size; comments would take a hundredth of it."""
    written, carried = (TEMPLATES / "page.css").read_text("utf-8"), asset("page.css")
    assert "/*" in written and "/*" not in carried and len(carried) < 0.8 * len(written)
    rules = re.sub(r"/\*.*?\*/", "", written, flags=re.DOTALL)
    assert re.sub(r"\s", "", carried) == re.sub(r"\s", "", rules)
