"""Charts draw Chinese text on any machine, refuse boxes, and are the same for the same drawing."""

import re
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib import font_manager

from analysis.report.page import theme
from analysis.report.page.charts import Chart
from analysis.report.page.fonts import SANS
from analysis.report.page.theme import figure_svg, show_chart, show_figure, use_theme


@pytest.fixture(autouse=True)
def fresh_theme():
    with matplotlib.rc_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.filters", [])  # restored afterwards, with the theme's own filter gone
        matplotlib.use("agg")
        use_theme()
        yield
        plt.close("all")


def draw(title: str = "镇街得分低于部门", bars: tuple[str, str] = ("区住房和城乡建设管理委员会办公室", "云岭街道")):
    figure, axes = plt.subplots()
    axes.barh(bars, [91.5, 88.25])
    axes.set_title(title)
    return figure


def test_text_is_drawn_with_the_package_s_chinese_font():
    found = font_manager.findfont(SANS, fallback_to_default=False)
    assert found.endswith("NotoSansSC-Regular.otf")
    assert matplotlib.rcParams["font.family"][0] == SANS


def test_chinese_that_would_be_drawn_as_boxes_is_an_error():
    with matplotlib.rc_context({"font.family": ["DejaVu Sans"]}), pytest.raises(UserWarning, match="missing from font"):
        figure_svg(draw())


@pytest.mark.parametrize("letter", ["一", "丁", "龥", "，", "：", "｝", "、", "】"])
def test_no_letter_of_a_chinese_page_may_be_missing(letter):
    with matplotlib.rc_context({"font.family": ["cmr10"]}), pytest.raises(UserWarning, match="missing from font"):
        figure_svg(draw(letter, ("a", "b")))


@pytest.mark.parametrize("letter", ["\U00010380", "\U0001f600", "사", "\t", "\U00020bb7", "䶮", "鿕"])
def test_another_character_that_no_font_has_stays_text(letter):
    assert f">{letter}<" in figure_svg(draw(letter))


def test_dollar_signs_in_a_name_are_no_formula():
    assert "$x^2$ 和 $" in figure_svg(draw("$x^2$ 和 $"))


def test_same_drawing_gives_the_same_bytes():
    assert figure_svg(draw()) == figure_svg(draw())


def test_drawings_of_one_page_share_no_id():
    def ids(*told: str) -> set[str]:
        figure, axes = plt.subplots()
        axes.plot([1, 2], marker="o")
        return set(re.findall(r'\bid="(m[0-9a-f]{10})"', figure_svg(figure, *told)))

    assert ids("各单位得分") == ids("各单位得分") != set()
    assert ids("各单位得分").isdisjoint(ids("各类单位得分"))


def test_svg_names_no_program_and_no_date_and_keeps_text_as_text():
    svg = figure_svg(draw())
    assert svg.startswith("<svg")
    assert "区住房和城乡建设管理委员会办公室" in svg
    assert "matplotlib.org" not in svg
    assert "dc:date" not in svg


def test_a_drawing_is_shortened_by_what_no_eye_can_tell(monkeypatch):
    short = figure_svg(draw("按0.123456分归并"))
    with monkeypatch.context() as patch:
        patch.setattr(theme, "_shorten", str)
        long = figure_svg(draw("按0.123456分归并"))
    assert len(short) < 0.8 * len(long)
    drawn = [list(ElementTree.fromstring(svg.replace("xlink:", "")).iter()) for svg in (short, long)]
    for one, other in zip(*drawn, strict=True):
        assert (one.tag, (one.text or "").strip()) == (other.tag, (other.text or "").strip())
        for name in {*one.keys(), *other.keys()} - {"transform"}:
            parts = [re.split(r"[\s,]+", each.get(name).strip()) for each in (one, other)]
            for a, b in zip(*parts, strict=True):
                assert a == b or abs(float(a) - float(b)) <= 0.0051
        turned = other.get("transform", "rotate(-0 0 0)")
        assert one.get("transform") == turned or re.match(r"rotate\(-?0 ", turned)


def test_long_names_at_the_left_are_not_cut_off():
    figure = draw()
    figure.canvas.draw()
    labels = figure.axes[0].get_yticklabels()
    assert min(label.get_window_extent().x0 for label in labels) >= 0


def test_theme_puts_the_reader_s_own_settings_aside():
    own = {"axes.linewidth": 9.0, "axes.formatter.limits": [-1, 1], "lines.scale_dashes": False}
    matplotlib.rcParams.update(own)
    use_theme()
    assert not [name for name, value in own.items() if matplotlib.rcParams[name] == value]


def test_shown_figure_carries_alt_and_caption_and_is_closed(monkeypatch):
    shown = []
    monkeypatch.setattr(theme, "display", lambda data, metadata, raw: shown.append((data, metadata)))
    figure = draw()
    show_figure(figure, alt="条形图", caption="图 1 <甲>")
    (data, metadata), for_the_lab = shown
    assert data["image/svg+xml"].startswith("<svg")
    assert metadata == {"image/svg+xml": {"alt": "条形图", "caption": "图 1 <甲>"}}
    assert for_the_lab == ({"text/html": "<figcaption>图 1 &lt;甲&gt;</figcaption>"}, {"lab-only": True})
    assert not plt.fignum_exists(figure.number)


def test_a_chart_drawn_by_width_has_a_drawing_for_the_phone_and_a_text_of_its_title(monkeypatch):
    shown = []
    monkeypatch.setattr(theme, "display", lambda data, metadata, raw: shown.append((data, metadata)))
    show_chart(Chart("course", "甲局最高", lambda width: plt.figure(figsize=(width, 1))), "2026-10")
    (data, metadata), _ = shown
    told = metadata["image/svg+xml"]
    widths = [float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72 for svg in (data["image/svg+xml"], told["phone"])]
    assert widths == pytest.approx([9.0, 3.4])
    assert told["alt"] == "甲局最高。全区平均得分十三个月走势，虚线为上年同期；单位：分"
    assert not plt.get_fignums()
