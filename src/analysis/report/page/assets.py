"""The files that pages are made of: templates, styles, scripts, the palette as CSS, and what a page may load."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.report.page import palette
from analysis.report.words import DASH, WORDS, day_name, listing, month_name, score

TEMPLATES = Path(str(files("analysis.report"))) / "templates"
# A cell with this tag, or an output with it in its metadata, serves the researcher in JupyterLab and is left out of
# the page.
LAB_ONLY = "lab-only"
# What pieces stand in there: an output, and a panel's words.
_LAB_OUTPUTS = (
    ".jp-OutputArea-output.jp-RenderedHTMLCommon.jp-RenderedHTML",
    ".jp-OutputArea-output .widget-html .widget-html-content",
)

_FOR_THE_WRITER = re.compile(r"/\*.*?\*/\s*|(?<=[\n:;,{}])\s+", re.DOTALL)
_RULE = re.compile(r"([^{}@;]+)\{[^{}]*\}")
_CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
_IN_BRACKETS = re.compile(r"\([^()]*\)")  # what is not so, or one of several


@cache
def environment() -> Environment:
    """Return Jinja over the report room's templates; everything is escaped unless it is marked."""
    loader = FileSystemLoader(TEMPLATES)
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {"day_name": day_name, "listing": listing, "month_name": month_name, "score": score}
    found.globals |= {"WORDS": WORDS, "DASH": DASH}
    return found


def fill_template(file: str, /, **told: object) -> Markup:
    """Return a template filled in, to be laid on a page; what is put into it is escaped unless it is Markup."""
    return Markup(environment().get_template(file).render(told))


@cache
def asset(name: str) -> str:
    """Return the text of a file below the templates; a style, such as `page.css`, without its comments and indents."""
    text = (TEMPLATES / name).read_text("utf-8")
    return _FOR_THE_WRITER.sub("", text) if name.endswith(".css") else text


def used_rules(style: str, body: str) -> str:
    """Return a style without the rules that only concern classes of which the page has none; it must have no script.

    Args:
        style: as `asset` returns it.
        body: the page's content.
    """
    present = {name for names in re.findall(r'class="([^"]*)"', body) for name in names.split()}

    def keep(rule: re.Match[str]) -> str:
        named = (set(_CLASS.findall(selector)) for selector in _IN_BRACKETS.sub("", rule[1]).split(","))
        return rule[0] if any(names <= present for names in named) else ""

    return _RULE.sub(keep, style)


def root_colours() -> str:
    """Return the palette as CSS variables, so that pages and charts cannot differ."""
    colours = {"ink": palette.INK, "muted": palette.MUTED, "rule": palette.RULE, "paper": palette.PAPER}
    colours |= {"accent": palette.ACCENT} | {f"tier-{shade}": c for shade, c in palette.SHADES.items()}
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in colours.items()) + "}\n"


def lab_style() -> str:
    """Return the page's style for the outputs of a notebook in JupyterLab, and for nothing else there.

    JupyterLab's own rules for tables name two classes: three outdo them.
    """
    own = "& { color: var(--ink); background: var(--paper); font: 15px/1.7 var(--sans); }"
    page = asset("page.css").replace(":root", "&")
    return f"{root_colours()}{', '.join(_LAB_OUTPUTS)} {{\n{page}{own}\n}}"


def content_policy(script: str, style: str | None = None) -> str:
    """Return a page's content security policy: nothing is loaded, and no script runs but the page's own, by its hash.

    Args:
        script: the page's script, empty where it has none.
        style: the page's style sheet where it has no style besides; None allows styles on elements, as charts have.
    """
    styles = f"'sha256-{_digest(style)}'" if style is not None else "'unsafe-inline'"
    scripts = f"'sha256-{_digest(script)}'" if script else "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src {styles}; font-src data:; "
        f"script-src {scripts}; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
