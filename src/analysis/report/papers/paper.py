"""What an official paper says, before it is set: title, addressee, parts, annexes, who signs and when."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from operator import itemgetter

from analysis.policy.visible import mark_unseen
from analysis.report.edition import edition_words
from analysis.report.packs.content import PackContent
from analysis.report.page.pieces import Column, Table, table
from analysis.report.page.rule_marks import without_rule_marks
from analysis.report.words import DASH, month_name, numeral

# A page of GB/T 9704: 22 lines of 28 letters. A line of a table is less high, and its cells share 28 letters.
LINES, LETTERS = 22, 28
_LINE_OF_TABLE, _LETTERS_OF_TABLE = 0.6, 80
_BLANK = 24  # halves of a letter of a column to be written into
_INDENT = 4  # halves of a letter
_FURNITURE = 12  # lines of number, title, addressee and signature
# Between a Chinese letter and a figure an editor leaves a quarter of a letter.
_SEAMS = re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%])(?=[\u4e00-\u9fff])")

Block = str | Table


@dataclass(frozen=True)
class Part:
    """A part of a paper: its heading (一、…), empty where there is none, and its paragraphs and tables in order."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """An official paper; what the office adds (head, number, signature, seal) is left blank.

    Attributes:
        kind: one of `policy.papers.KINDS`, which names its template.
        audience: whose content it holds: `leadership`, `offices` or `unit` (S23).
        title: its lines.
        number: the blank for its number (文号).
        to: the addressee (主送).
        opening: the paragraph before the first part.
        parts: what it says.
        annexes: tables on pages of their own (附件).
        signer: who signs it.
        day: its date (成文日期); None leaves a blank.
        copies: who gets a copy (抄送).
        draft: what it is made from, and that it is a draft.
    """

    kind: str
    audience: str
    title: tuple[str, ...]
    number: str
    to: str
    opening: str
    parts: tuple[Part, ...]
    annexes: tuple[Table, ...]
    signer: str
    day: date | None
    copies: tuple[str, ...] = ()
    draft: str = ""


def number_blank(content: PackContent) -> str:
    """Return the blank for a paper's number (文号), which the office gives."""
    prefix = next(iter(content.policy.district.document_prefix), "")
    return f"{prefix}〔{content.edition.published.year}〕　　号"


def draft_words(content: PackContent) -> str:
    """Return that a paper is a draft and never sent by itself, and from which edition it is made (S44)."""
    edition, district = content.edition, content.policy.district
    told = ["草稿，未经审核、签发、用印不得印发"]
    told.append(f"据{month_name(content.policy.period)}{edition_words(edition)}")
    told.append(f"数据与规则校验值{edition.inputs}")
    told += ["虚构地区的合成数据，仅供演示"] * district.is_synthetic
    return f"（{'；'.join(told)}）"


def part(heading: str, *blocks: Block) -> Part:
    """Return a part without what is empty."""
    return Part(heading, tuple(block for block in blocks if block))


def number_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts that say something, their headings numbered 一、二、三."""
    said = [each for each in parts if each.blocks]
    return tuple(replace(each, heading=f"{numeral(at)}、{each.heading}") for at, each in enumerate(said, 1))


def number_items(items: Iterable[str]) -> list[str]:
    """Return sentences numbered （一）（二）（三）, a single one as it is."""
    found = list(items)
    return [f"（{numeral(at)}）{item}" for at, item in enumerate(found, 1)] if len(found) > 1 else found


def plain(text: str) -> str:
    """Return text for a reader without the list of rules, in which no letter is unseen."""
    return without_rule_marks(mark_unseen(text))


def fit(paper: Paper, pages: int, spare: Sequence[str] = ()) -> Paper:
    """Return the paper on as many pages as it may have, annexes apart.

    First its tables become annexes, the last one first; then what can be spared on paper goes, in its order.

    Args:
        paper: the paper.
        pages: how many pages it may have.
        spare: sentences that the pages on screen have too.
    """
    most = pages * (LINES - 1)  # a heading stays with what follows: a page may end a line early
    tables = [block for each in paper.parts for block in each.blocks if isinstance(block, Table)]
    n_own = len(paper.annexes)
    while tables and _count_lines(paper) > most:
        table = tables.pop()
        paper = _put(paper, table, f"{split_caption(table)[0]}见附件。")
        paper = replace(paper, annexes=(*paper.annexes[:n_own], table, *paper.annexes[n_own:]))
    for sentence in spare:
        if _count_lines(paper) > most:
            paper = _put(paper, sentence, "")
    return paper


def _put(paper: Paper, old: Block, new: str) -> Paper:
    """Return the paper with another block, or none, in the place of one."""
    parts = [part(each.heading, *(new if block == old else block for block in each.blocks)) for each in paper.parts]
    return replace(paper, parts=tuple(parts))


def _count_lines(paper: Paper) -> float:
    blocks = [block for each in paper.parts for block in (each.heading, *each.blocks)]
    return _FURNITURE + len(paper.annexes) + sum(_lines(block) for block in [paper.opening, *blocks])


def _lines(block: Block) -> float:
    if not isinstance(block, Table):
        text = plain(block)
        return ceil((_INDENT + measure(text) + len(_SEAMS.findall(text)) / 2) / (2 * LETTERS))
    widths = share_width(wanted_widths(block), _LETTERS_OF_TABLE)
    rows = [max(ceil(measure(cell) / width) for cell, width in zip(row, widths, strict=True)) for row in block.cells]
    return 2 + _LINE_OF_TABLE * (2 + sum(rows))


def split_caption(shown: Table) -> tuple[str, str]:
    """Return what a table shows, and the note in brackets at the end of its caption, where there is one."""
    caption = plain(shown.caption)
    title, bracket, note = caption.rpartition("（") if caption.endswith("）") else (caption, "", "")
    return title, bracket + note


def measure(text: str) -> int:
    """Return how wide a text is, in halves of a Chinese letter."""
    return sum(2 if ord(letter) > 0x2E7F or letter in "—…“”" else 1 for letter in text)


def wanted_widths(shown: Table) -> list[int]:
    """Return how wide the columns would like to be, in halves of a letter: a head may wrap, cells need not."""
    columns = zip(shown.heads, *shown.cells, strict=True)
    return [
        max(2 + (max(map(measure, cells), default=0) or _BLANK), 2 + min(measure(head), 8)) for head, *cells in columns
    ]


def share_width(wanted: Sequence[int], total: int) -> list[float]:
    """Return the widths of columns that fill `total`: narrow ones get what they want, wide ones share the rest."""
    left, wide = float(total), sorted(range(len(wanted)), key=wanted.__getitem__)
    while wide and wanted[wide[0]] <= left / len(wide):
        left -= wanted[wide.pop(0)]
    share = left / sum(wanted[at] for at in wide) if wide else total / (total - left)
    return [width * share if at in wide or not wide else float(width) for at, width in enumerate(wanted)]


def leave_out(shown: Table, *heads: str, caption: str = "") -> Table:
    """Return a table without the columns that have these heads, and without those in which nothing stands.

    Args:
        shown: the table of a page.
        heads: those of the columns that are left out.
        caption: what the rest shows, where the page's own says too much.
    """
    said = [at == 0 or bool({row[at] for row in shown.cells} - {DASH, ""}) for at in range(len(shown.heads))]
    places = [at for at, head in enumerate(shown.heads) if said[at] and head not in heads]
    columns = [Column(shown.heads[at], shown.are_numbers[at], itemgetter(at)) for at in places]
    return table(columns, shown.cells, caption or shown.caption, css="")
