"""The one look of all charts: `use_theme()` once in a notebook, `show_figure()` for each chart."""

import io
import re
import warnings

import matplotlib
import matplotlib.pyplot as plt
import seaborn as sns
from IPython.display import display
from markupsafe import escape
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.report.page.assets import LAB_ONLY, lab_style
from analysis.report.page.charts import PAGE_WIDTH_INCHES, PHONE_WIDTH_INCHES, Chart
from analysis.report.page.fonts import SANS, SERIF, font_path
from analysis.report.page.palette import INK, MUTED, PAPER, RULE, SERIES
from analysis.report.words import SOURCE, caption

_RC = {
    # seaborn resets the family unless it stands here; the Latin font stands behind the Chinese one.
    "font.family": [SANS, "DejaVu Sans"],
    "font.size": 10.5,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 10.5,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e8ecf0",
    "grid.linewidth": 0.8,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "axes.titlecolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 2,
    "patch.edgecolor": PAPER,
    "axes.prop_cycle": matplotlib.cycler(color=SERIES),
    "figure.figsize": (PAGE_WIDTH_INCHES, 4.2),
    "figure.constrained_layout.use": True,
    "savefig.dpi": 144,
    # Text stays text: small, searchable, and set in the page's own embedded font.
    "svg.fonttype": "none",
    # A name is a name, also one with dollar signs in it.
    "text.parse_math": False,
    "svg.hashsalt": "analysis",
}


# What a page is written in: Chinese characters (U+4E00–U+9FFF), their punctuation and full-width signs. Drawn as boxes
# they mean that the font is not there. What the font itself lacks, such as a rare letter in a name or an emoji in a
# caller's words, stays text in the page, and the reader's own fonts draw it.
_ANY_BOX = r"Glyph \d+ (.|\s)*missing from font"
_HAN = r"1996[89]|199[7-9]\d|[23]\d{4}|40[0-8]\d\d|409[0-5]\d"
_PUNCTUATION = r"1228[89]|1229\d|1230[0-5]|6528[1-9]|6529\d|653[0-6]\d|6537[0-4]"
_CHINESE_BOX = rf"Glyph ({_HAN}|{_PUNCTUATION}) (.|\s)*missing from font"
_LACKED_BY_THE_FONT = rf"{_ANY_BOX}(.|\s)*{SANS}"

_BETWEEN_TAGS = re.compile(r"(?<=>)\s*\n\s*(?=<)")
_UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_PLACES = re.compile(r'(?<= )(?:d|[xy]|c[xy]|r|width|height|points|viewBox)="[^"]*"')
_DIGITS = re.compile(r"-?\d+\.\d{3,}")  # of 1/72 inch

# Known to matplotlib from here on, once: a kernel forked from a process that has this module need not read them.
for _family in (SANS, SERIF):
    font_manager.fontManager.addfont(font_path(_family))


def use_theme() -> None:
    """Set fonts, colours and layout for every chart, and refuse to draw Chinese as boxes.

    Settings of the reader's own machine are put aside, so that a chart looks the same everywhere. In JupyterLab tables
    and pieces take the page's style too.
    """
    matplotlib.rcdefaults()
    sns.set_theme(style="whitegrid", rc=_RC)
    warnings.filterwarnings("ignore", message=_ANY_BOX)
    warnings.filterwarnings("error", message=_CHINESE_BOX)
    warnings.filterwarnings("ignore", message=_LACKED_BY_THE_FONT)
    _show_in_lab(f"<style>{lab_style()}</style>")


def figure_svg(figure: Figure, told: str = "") -> str:
    """Return the figure as an `<svg>` element, the same text for the same drawing, and close it.

    Args:
        figure: the chart.
        told: what is told of it: drawings of one page told apart by it or by their width share no id.
    """
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if not axis.get_label_text():  # it would look for its place at every step of the layout, beside all names
            axis.set_label_coords(0, 0)
    file = io.StringIO()
    # Drawing lays out: `savefig` would draw everything once more for that.
    figure.set_dpi(_RC["savefig.dpi"])
    with plt.rc_context({"svg.hashsalt": f"{told} {figure.get_figwidth():g}"}):
        FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = file.getvalue()
    # What a chart gives as addresses are names, which the page shows at the place.
    named = re.sub(r'<a xlink:href="([^"]*)"[^>]*>(.*?)</a>', r'<g data-name="\1">\2</g>', svg, flags=re.DOTALL)
    return _shorten(re.sub(r"\s*<metadata>.*?</metadata>", "", named[named.index("<svg") :], flags=re.DOTALL))


def _shorten(svg: str) -> str:
    """Return the drawing without line breaks, turns by nothing and digits that no eye can tell: a quarter shorter."""
    upright = _UNTURNED.sub("", _BETWEEN_TAGS.sub("", svg))
    return _PLACES.sub(
        lambda found: _DIGITS.sub(lambda n: f"{round(float(n[0]), 2):.9g}", " ".join(found[0].split())), upright
    )


def show_figure(figure: Figure, *, alt: str, caption: str) -> None:
    """Show a chart in the notebook and, with its caption and alt text, on the page made from it.

    Args:
        figure: the chart; it is closed, so that it is not shown twice.
        alt: what a reader who cannot see the chart must know.
        caption: what is drawn, in which unit, from which source.
    """
    _show(figure, {"alt": alt, "caption": caption})


def show_chart(chart: Chart | None, period: str) -> None:
    """Show a chart with its finding as its title; on a page a phone gets a drawing of its own.

    Args:
        chart: the chart; None where the month has nothing to draw, of which the sentences around it tell.
        period: the month.
    """
    if chart is None:
        return
    told = {"title": chart.title, "caption": caption(chart.name, period)}
    told["alt"] = f"{chart.title}。{told['caption'].partition(SOURCE)[0]}"
    told["data"] = str(chart.data)
    told["phone"] = figure_svg(chart.draw(width=PHONE_WIDTH_INCHES), told["alt"])
    _show(chart.draw(width=PAGE_WIDTH_INCHES), told)


def _show(figure: Figure, told: dict[str, str]) -> None:
    mime = "image/svg+xml"
    display({mime: figure_svg(figure, told["alt"])}, metadata={mime: told}, raw=True)
    _show_in_lab(f"<figcaption>{escape(told['caption'])}</figcaption>")


def _show_in_lab(content: str) -> None:
    """Show what a page brings along itself to a researcher in JupyterLab; `render_notebook` leaves it out."""
    display({"text/html": content}, metadata={LAB_ONLY: True}, raw=True)
