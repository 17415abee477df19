"""From an executed notebook or a fragment of HTML to one self-contained page that loads nothing.

`render_notebook` makes a page from a notebook, `render_page` from any other fragment.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.report.page.assets import (
    LAB_ONLY,
    TEMPLATES,
    asset,
    content_policy,
    environment,
    fill_template,
    root_colours,
    used_rules,
)
from analysis.report.page.fonts import SANS, SERIF, font_face
from analysis.report.page.sanitise import clean_html
from analysis.report.words import SOURCE

_CARDS = re.compile(r'(<table[^>]*class="[^"]*\bcards\b[^>]*>)(.*?)(?=</table>)', re.DOTALL)
_CELL = re.compile(r"<(?:th|td)(?=[\s>])[^>]*>")
_HEAD = re.compile(r' data-head="([^"]*)"')
_FOLDED = re.compile(r'class="[^"]*\bfolded\b')
_SORTED = re.compile(r'<table[^>]*class="[^"]*\b(?:sortable|dataframe)\b')  # what the script of tables looks for
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_TALL = 1.3  # heights of a drawing over its width from which paper gives it a sheet
_PRIORITY = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")


def render_notebook(nb: NotebookNode, *, title: str | None = None) -> str:
    """Return the page of an executed notebook: prose and outputs, no code, no prompts, no stderr.

    Args:
        nb: the executed notebook.
        title: the page's title; by default `title` of the notebook's metadata, else its first heading.

    Raises:
        DataError: a cell of the notebook failed.
    """
    return render_page(notebook_body(nb), title=title or nb.metadata.get("title"))


def notebook_body(nb: NotebookNode) -> str:
    """Return the cleaned content of an executed notebook, to be laid on a page by `render_page`."""
    body, _ = _exporter().from_notebook_node(nb)
    return body


def render_page(body: str, *, title: str | None = None) -> str:
    """Return a complete page around a fragment of HTML, which is cleaned whatever it comes from.

    Args:
        body: the page's content.
        title: the page's title; by default its first heading.
    """
    # In cleaned HTML every `<` and `>` belongs to a tag, so that tags can be found by pattern; what is
    # added to it is our own.
    shared, heads = _share_heads(clean_html(body))
    content, headings = _name_headings(_box_tables(shared))
    title = title or next((text for _, _, text in headings), "报告")
    script, style = "", asset("page.css")
    if _SORTED.search(content):
        script, style = asset("tables.js"), asset("tables.css") + style
    if 'class="frame' in content or 'class="choice' in content:  # what serves charts and comparisons
        script, style = script + asset("figures.js"), style + asset("figures.css")
    style = style if script else used_rules(style, content + asset("page.html.j2"))
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            policy=content_policy(script),
            title=title,
            fonts=Markup(_embed_fonts(content, script + style if script else "")),
            style=Markup(root_colours() + style + heads),
            script=Markup(script),
            contents=[(name, text) for level, name, text in headings if level == 2],
            body=Markup(content),
        )
    )


def _embed_fonts(body: str, scripts: str) -> str:
    """Return the CSS that embeds the two fonts: the sans with the page's characters, the serif with its titles'.

    A slip, which is small, has its titles in the sans too.

    Args:
        body: the page's content.
        scripts: its script and style where it has a script, which may write any of their letters and of the tags'.
    """
    text = html.unescape(body + scripts if scripts else re.sub(r"<[^>]*>", "", body)) + "目录报告跳到正文"
    sans = font_face(SANS, text, has_script=bool(scripts))
    if re.search(r'<h1\b[^>]*class="slip"', body):
        return sans
    titles = "".join(re.findall(r"<h[12]\b[^>]*>(.*?)</h[12]>", html.unescape(body), re.DOTALL))
    return sans + font_face(SERIF, titles)


def figure_html(image: str, *, alt: str, caption: str = "", title: str = "", phone: str = "", data: str = "") -> str:
    """Return an image (an `<svg>` or `<img>` element) as a figure.

    Args:
        image: the drawing.
        alt: what a reader who cannot see it must know.
        caption: what is drawn, in which unit, from which source.
        title: the finding.
        phone: the drawing for a narrow screen, where there is one of its own.
        data: the table behind it, folded away.
    """
    what, _, source = caption.partition(SOURCE)
    drawings = [Markup(clean_html(each)) for each in (image, phone) if each]
    told = {"alt": alt, "title": title, "what": what, "source": source, "data": Markup(clean_html(data))}
    told["is_tall"] = (size := _SIZE.search(image)) and float(size[2]) > _TALL * float(size[1])
    return fill_template("figure.html.j2", drawings=drawings, **told)


class _NoticeExporter(TemplateExporter):
    """nbconvert's exporter with the project's own template and filters."""

    @property
    def default_config(self) -> Config:
        return Config(
            {
                "NbConvertBase": {"display_data_priority": list(_PRIORITY)},
                "TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {LAB_ONLY}},
            }
        )

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "clean_html", clean_html
        yield "markdown2html", _markdown_html
        yield "figure", _output_figure
        yield "refuse_error", _refuse_error


@cache
def _exporter() -> _NoticeExporter:
    return _NoticeExporter(
        file_extension=".html",
        template_name="notice",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_raw=True,
    )


def _share_heads(body: str) -> tuple[str, str]:
    """Take the heads that the cells of a table's cards repeat out of the cells: the style says them once a column.

    Returns:
        The body, and the rules that give each column its head, and say of which columns a card folds its cells away.
    """
    rules: list[str] = []

    def share(match: re.Match[str]) -> str:
        found = [
            {place: each for place, cell in enumerate(_CELL.findall(row), 1) if (each := _HEAD.search(cell))}
            for row in match[2].split("</tr>")
        ]
        heads = {place: each[1] for row in found for place, each in row.items()}
        if not heads or any({place: each[1] for place, each in row.items()} not in (heads, {}) for row in found):
            return match[0]
        name = f"h{len(rules)}"
        top = _CELL.findall(match[2].partition("</tr>")[0])
        folded = {place: ";--folded:none" for place, cell in enumerate(top, 1) if _FOLDED.search(cell)}
        told = (
            f".{name} td:nth-child({place}){{--head:{_css_string(html.unescape(h))}{folded.get(place, '')}}}"
            for place, h in heads.items()
        )
        rules.append("".join(told))
        return match[1].replace("cards", f"cards shared {name}") + _HEAD.sub("", match[2])

    return _CARDS.sub(share, body), "".join(rules)


def _css_string(text: str) -> str:
    return '"' + re.sub(r'["\\<>&\s]', lambda sign: f"\\{ord(sign[0]):x} ", text) + '"'


def _box_tables(body: str) -> str:
    """Give each table a box of its own to be moved sideways in, so that the page never is.

    A header cell without a name, as pandas writes over its index, heads nothing: it becomes a plain cell.
    """
    body = body.replace("<th></th>", "<td></td>")
    opened = re.sub(r"<table(?=[\s>])", '<div class="table-box" tabindex="0"><table', body)
    return opened.replace("</table>", "</table></div>")


def _name_headings(body: str) -> tuple[str, list[tuple[int, str, str]]]:
    """Give each heading an id that is unique on the page; return the body and (level, id, text) of each."""
    headings: list[tuple[int, str, str]] = []
    seen: Counter[str] = Counter()

    def name(match: re.Match[str]) -> str:
        level, attributes, content = match.groups()
        text = html.unescape(re.sub(r"<[^>]+>", "", content)).strip()
        slug = re.sub(r"[^\w]+", "-", text).strip("-")[:80] or "section"
        given = re.search(r'\bid="([^"]+)"', attributes)
        seen[slug] += 1
        unique = given[1] if given else slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"
        headings.append((int(level), unique, text))
        return match[0] if given else f'<h{level} id="{unique}"{attributes}>{content}</h{level}>'

    return re.sub(r"<h([1-6])((?:\s[^>]*)?)>(.*?)</h\1>", name, body, flags=re.DOTALL), headings


def _markdown_html(source: str) -> str:
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source)


@pass_context
def _output_figure(context: Context, output: NotebookNode, mime: str) -> str:
    told = output.metadata.get(mime, {})
    if not told.get("alt"):
        first_line = context["cell"].source.partition("\n")[0]
        message = say(
            "the cell {first_line!r} shows an image without a text for readers who cannot see it: "
            "show it with show_figure(figure, alt=…, caption=…)"
        )
        raise DataError(message.format(first_line=first_line))
    image = output.data[mime]
    if mime != "image/svg+xml":
        image = f'<img alt="" src="data:{mime};base64,{image}">'
    return figure_html(image, **{key: told[key] for key in ("alt", "caption", "title", "phone", "data") if key in told})


def _refuse_error(output: NotebookNode) -> str:
    told = say("a cell failed with {ename}: {evalue}; a failed notebook is not published")
    raise DataError(told.format(ename=output.ename, evalue=output.evalue))
