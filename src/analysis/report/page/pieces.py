"""The pieces that pages are made of, as escaped HTML: banners, figures with arrows, tables, badges."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import pandas as pd
from IPython.display import HTML, display
from markupsafe import Markup, escape

from analysis.policy.names import Names
from analysis.report.page.assets import environment
from analysis.report.page.palette import tier_shades
from analysis.report.words import DASH


@dataclass(frozen=True)
class Change:
    """A figure's change since an earlier month.

    Attributes:
        words: the change in words.
        moved: the change as a number; what prints as 0.00 is none, NaN where there is no earlier month.
        usual: a change of no more than this is neither good nor bad; NaN where that is not known, and none is.
    """

    words: str
    moved: float
    usual: float = nan

    @property
    def direction(self) -> str:
        """`up`, `down` or `same`."""
        return "same" if pd.isna(self.moved) or not round(self.moved, 2) else "up" if self.moved > 0 else "down"

    def is_good(self, is_rise_good: bool) -> bool | None:
        """Tell whether the change is good; None where there is none, or none that is known to be unusual."""
        is_unusual = self.direction != "same" and abs(self.moved) > self.usual
        return (self.direction == "up") == is_rise_good if is_unusual else None


@dataclass(frozen=True)
class Kpi:
    """One of the figures of the first screen.

    Attributes:
        name: what is measured.
        value: the figure as text.
        unit: its unit, shown small.
        changes: since which earlier months it changed, and how.
        is_rise_good: whether a rise is good and a fall bad, or the other way round.
        note: last year's value or another word below.
    """

    name: str
    value: str
    unit: str = ""
    changes: Sequence[Change] = ()
    is_rise_good: bool = True
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, whether its cells are figures (right-aligned), and how a row's cell is made.

    `text`, `number` and `choice` make one. Without `read` a row brings its cells itself, in order. By a choice the
    reader filters with a click.
    """

    head: str
    is_number: bool = False
    read: Callable[[Any], Markup | str] | None = None
    is_choice: bool = False


class Table(Markup):
    """A table as HTML that keeps what stands in its cells, so that a paper shows the same table.

    Attributes:
        caption: what the table shows and in which unit.
        heads: the columns' heads.
        are_numbers: whether each column holds figures.
        cells: the rows' cells as plain text.
        shares: how the columns share a line of paper; none: as their cells ask for.
    """

    caption: str = ""
    heads: tuple[str, ...] = ()
    are_numbers: tuple[bool, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    shares: tuple[int, ...] = ()


Cell = str | Callable[[Any], Markup | str]
Writing = Mapping[Any, str] | Callable[[Any], Markup | str]


def text(head: str, cell: Cell, write: Writing = str) -> Column:
    """Return a column of words.

    Args:
        head: the column's head.
        cell: the row's field that is written, or what makes the cell of a row.
        write: how a field is written, or the words of its values.
    """
    if not isinstance(cell, str):
        return Column(head, read=cell)
    say = write.__getitem__ if isinstance(write, Mapping) else write
    return Column(head, read=lambda row: say(getattr(row, cell)))


def number(head: str, cell: Cell, write: Writing = str) -> Column:
    """Return a column of figures; arguments as for `text`."""
    return replace(text(head, cell, write), is_number=True)


def choice(head: str, cell: Cell, write: Writing = str) -> Column:
    """Return a column of few words, by which the reader filters; arguments as for `text`."""
    return replace(text(head, cell, write), is_choice=True)


def show(*pieces: Markup | str) -> None:
    """Show pieces in a notebook and on the page made from it; plain text is escaped, each a paragraph."""
    laid = [piece if isinstance(piece, Markup) else paragraphs([piece] * bool(piece)) for piece in pieces]
    display(HTML(Markup("\n").join(laid)))


def paragraphs(sentences: Iterable[str], css: str = "") -> Markup:
    """Return sentences as paragraphs."""
    return _piece("paragraphs", sentences, css)


def banner(*sentences: str) -> Markup:
    """Return a notice across the page, a paragraph a sentence."""
    return _piece("paragraphs", sentences, "banner")


def lead(parts: Mapping[str, Sequence[str]], notes: Mapping[str, str] | None = None) -> Markup:
    """Return the sentences of a first screen: each part behind its head, several sentences as a numbered list.

    Args:
        parts: head → its sentences, at least one.
        notes: head → what stands below them without a number.
    """
    return _piece("lead", parts, notes or {})


def kpis(figures: Sequence[Kpi]) -> Markup:
    """Return the figures of the first screen as a list."""
    return _piece("kpis", figures)


def table(
    columns: Sequence[Column],
    rows: Iterable[Any] | pd.DataFrame,
    caption: str,
    *,
    css: str = "sortable",
    first: Sequence[str] = (),
) -> Table:
    """Return a table whose first column names the row.

    Args:
        columns: heads, the first one that of the row's name.
        rows: what the columns read, such as the rows of a frame; cells that are not Markup are escaped.
        caption: what the table shows and in which unit.
        css: `sortable` for tables that the reader sorts and filters; add `dense` for long ones;
            `cards` for those of few columns whose rows are cards on a phone, as all of more than three columns are
            but those that are `narrow`: short names and figures.
        first: the heads of the columns that a row's card on a phone begins with, the others folded away; none: all.
    """
    rows = rows.itertuples() if isinstance(rows, pd.DataFrame) else rows
    places = [replace(column, read=itemgetter(at)) for at, column in enumerate(columns)]
    reading = [column if column.read else place for column, place in zip(columns, places, strict=True)]
    cells = [tuple(column.read(row) for column in reading) for row in rows]
    made = Table(_piece("table", places, cells, caption, css, first))
    made.caption, made.heads = _plain(caption), tuple(column.head for column in columns)
    made.are_numbers = tuple(column.is_number for column in columns)
    made.cells = tuple(tuple(map(_plain, row)) for row in cells)
    return made


def _plain(cell: Markup | str) -> str:
    """Return a cell as text; its lines are told apart."""
    return Markup(escape(cell).replace("<br>", "；")).striptags()


def _piece(name: str, *told: object) -> Markup:
    return getattr(environment().get_template("pieces.html.j2").module, name)(*told)


def link(path: str, text: str) -> Markup:
    """Return a link to a page or file, or to a place on the page (`#…`)."""
    return Markup('<a href="{}">{}</a>').format(quote(path, safe="/#"), text)


def in_line(links: Iterable[Markup]) -> Markup:
    """Return links one behind the other as one piece: a card on a phone lays out the pieces of a cell in columns."""
    joined = Markup("、").join(links)
    return Markup("<span>{}</span>").format(joined) if joined else joined


def tier_badge(tier: str, names: Names) -> Markup:
    """Return a tier's name on its colour; a dash where a unit has none."""
    if not tier:
        return Markup(DASH)
    return Markup('<span class="tier tier-{}">{}</span>').format(tier_shades(names.tiers).get(tier, ""), names[tier])


def gap_dot(gap: float, text: str) -> Markup:
    """Return a figure behind a dot that shows how far it lies from a middle, the line; the track holds ±15 points."""
    if pd.isna(gap):
        return Markup(escape(text))
    return Markup('<span class="dot"><i style="left:{:.0f}%"></i></span> {}').format(
        50 + max(-50.0, min(50.0, gap / 0.3)), text
    )


def sparkline(values: Sequence[float], reach: float) -> Markup:
    """Return a small line of a figure's months, around its own mean.

    Args:
        values: the months' figures, the last one last; NaN leaves a month out.
        reach: how far a figure may lie from its mean; the same for all lines that are compared.
    """
    known = [(place, value) for place, value in enumerate(values) if pd.notna(value)]
    if len(known) < 2:
        return Markup(DASH)
    mean = sum(value for _, value in known) / len(known)
    points = " ".join(f"{4 * place + 2},{9 - 8 * (value - mean) / reach:.0f}" for place, value in known)
    x, _, y = points.rpartition(" ")[2].partition(",")
    line = Markup('<polyline points="{}"/><circle cx="{}" cy="{}" r="2"/>').format(points, x, y)
    return Markup('<svg class="spark" viewBox="0 0 {} 18" aria-hidden="true">{}</svg>').format(
        4 * len(values) + 1, line
    )


def bar(value: float, text: str, width_em: float = 3.0) -> Markup:
    """Return a figure with a small bar behind it; `value` is 0–100 and fills `width_em` at 100."""
    if text == DASH:
        return Markup(DASH)
    width = f"{max(0.0, min(100.0, value)) / 100 * width_em:.2f}em"
    return Markup('<span class="bar" style="width:{}"></span> {}').format(width, text)
