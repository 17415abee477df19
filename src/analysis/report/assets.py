"""The files that pages are made of: templates, styles, scripts, and the palette as CSS."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from analysis.report import palette

TEMPLATES = Path(str(files("analysis.report"))) / "templates"


@cache
def environment() -> Environment:
    """Return Jinja over the report room's templates; everything is escaped unless it is marked."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


@cache
def asset(name: str) -> str:
    """Return the text of a file below the templates, such as `page.css`."""
    return (TEMPLATES / name).read_text("utf-8")


def root_colours() -> str:
    """Return the palette as CSS variables, so that pages and charts cannot differ."""
    colours = {"ink": palette.INK, "muted": palette.MUTED, "rule": palette.RULE, "paper": palette.PAPER}
    colours |= {"accent": palette.ACCENT} | {f"tier-{tier}": c for tier, c in palette.TIER_COLOURS.items()}
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in colours.items()) + "}\n"
