"""Hostile fragments leave no live tag, attribute, link or load; the project's own pass."""

import re

import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure

from analysis.report.page.sanitise import clean_html
from analysis.report.page.theme import figure_svg

HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://example.org/x.png">',
    '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><foreignObject><iframe src=//example.org></iframe></foreignObject></svg>",
    '<svg><use href="https://example.org/a.svg#b"/><use xlink:href="data:image/svg+xml,x#b"/></svg>',
    '<svg><image href="https://example.org/x.png"/></svg>',
    '<svg><rect fill="url(https://example.org/f)" style="fill: url( //example.org/f )"/></svg>',
    '<svg><style>@import "//example.org"</style><a href="javascript:alert(1)"><text>x</text></a></svg>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt&colon;alert(1)">x</a>',
    '<a href="//example.org/a.html">x</a>',
    '<a href="https://example.org/a.html">x</a>',
    '<a href="\\\\example.org\\a.html">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="../../../../../../../etc/a.html">x</a>',
    '<form action="//example.org"><input name=a autofocus onfocus=alert(1)><button>x</button></form>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="//example.org"></object><embed src="//example.org">',
    '<meta http-equiv=refresh content="0;url=//example.org"><base href="//example.org">',
    '<link rel=stylesheet href="//example.org"><style>*{background:url(//example.org)}</style>',
    '<p style="position:fixed;inset:0;background:url(//example.org)">x</p>',
    '<p style="width:expression(alert(1))">x</p>',
    '<p style="background:u\\72l(//example.org)">x</p>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><img src=x onerror=alert(1)></template>",
    "<video src=//example.org autoplay></video><audio src=//example.org></audio>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<table background=//example.org><td background=//example.org>x</td></table>",
    '<p id="x" class="y" onclick="alert(1)" tabindex="5" role="alert" contenteditable>x</p>',
]
LIVE = re.compile(
    r"<(script|iframe|object|embed|form|input|meta|base|link|style|foreignobject|animate|video|audio|template)\b"
    r"|<[^>]*\son\w+=|javascript:|example\.org|src=\"?x\b|expression\(|position:|etc/a\.html",
    re.IGNORECASE,
)


@pytest.mark.parametrize("fragment", HOSTILE)
def test_nothing_live_is_left_of_a_hostile_fragment(fragment: str):
    assert not LIVE.search(clean_html(fragment))
    assert clean_html(clean_html(fragment)) == clean_html(fragment)


@pytest.mark.parametrize(
    "fragment",
    [
        '<h2 id="一-总体情况">一、总体情况</h2>',
        '<a href="#一-总体情况">见上</a>',
        '<a href="../2026-09/bulletin.html#二">上月</a>',
        '<table class="sortable dense"><thead><tr><th class="num" scope="col">总分</th></tr></thead>'
        '<tbody><tr><td class="num" data-value="95.5" colspan="1">95.50</td></tr></tbody></table>',
        '<span class="bar" style="width:43%"></span>',
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="图">',
        '<ul class="kpis"><li><span class="value">86.42<small>分</small></span></li></ul>',
    ],
)
def test_what_pages_are_made_of_passes_unchanged(fragment: str):
    assert clean_html(fragment) == fragment


def test_a_chart_keeps_its_shapes_its_clips_and_its_text():
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2], [3, 4], marker="o", label="unit")
    axes.fill_between([1, 2], [1, 2])
    axes.bar([1], [2], hatch="///")  # its pattern is named in a style; without that the bar was black
    axes.imshow([[1, 2], [3, 4]])
    axes.legend()
    with rc_context({"svg.fonttype": "none"}):
        svg = figure_svg(figure)
    cleaned = clean_html(svg)
    for piece in (r"<path\b", r"<use\b", r"<image\b", r"<text\b", r"url\((?:&quot;)?#", r"fill: ?url"):
        assert len(re.findall(piece, cleaned)) == len(re.findall(piece, svg)) > 0
    referenced = set(re.findall(r'(?:href="#|url\((?:&quot;)?#)([\w-]+)', cleaned))
    assert referenced <= set(re.findall(r'\bid="([^"]+)"', cleaned))
    assert not re.search(r'id="(figure|axes|patch|text)_\d', cleaned)


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_part_of_the_drawing_is_kept_however_its_address_is_quoted(quote):
    """The cleaner writes quotes of its own around an address, and other drawing libraries either kind."""
    style = f"fill:url({quote}#h1234567890{quote})".replace('"', "&quot;")
    assert "#h1234567890" in clean_html(f'<svg><path d="M0 0" style="{style}"/></svg>')
    remote = style.replace("#h", "//example.org/f#h")
    assert "example.org" not in clean_html(f'<svg><path d="M0 0" style="{remote}"/></svg>')


def test_a_tag_left_open_is_closed_within_its_fragment():
    assert clean_html('<div class="banner"><p>未完') == '<div class="banner"><p>未完</p></div>'


def test_what_holds_nothing_in_a_drawing_is_closed_in_itself_and_stays_what_it_is():
    drawing = '<svg viewBox="0 0 9 9"><g fill="#fff"><circle r="3"></circle><path d="M0 0"/></g><text>字</text></svg>'
    told = clean_html(drawing)
    assert told == '<svg viewBox="0 0 9 9"><g fill="#fff"><circle r="3"/><path d="M0 0"/></g><text>字</text></svg>'
    assert clean_html(told) == told and clean_html("<p></p><b></b>") == "<p></p><b></b>"
