"""What an official paper says, before it is set: title, addressee, parts, annexes, who signs and when."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from operator import itemgetter

from analysis.policy.models import Contacts, District
from analysis.policy.visible import mark_unseen
from analysis.report.edition import edition_words
from analysis.report.packs.content import PackContent
from analysis.report.page.pieces import Column, Table, table
from analysis.report.page.rule_marks import without_rule_marks
from analysis.report.papers.widths import measure, table_lines
from analysis.report.words import DASH, day_name, month_name, numeral

LINES, LETTERS = 22, 28  # a page of GB/T 9704: 22 lines of 28 letters
_SPARE = 1  # lines that stay empty for each heading: it stays with what follows, so that pages end early
_INDENT = 4  # halves of a letter
TO_TITLE = 7  # letters before the title of an annex
_BLANK_DAY = "年　　月　　日"
_MOVED = 1  # halves of a letter that a line holds less on average: a mark that would hang out of it takes one along
_FURNITURE = 12  # lines of number, title, addressee and signature
# Between a Chinese letter and a figure an editor leaves a quarter of a letter.
_SEAMS = re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%])(?=[\u4e00-\u9fff])")
_DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_WIDE = re.compile("[０-９][０-９．％]*")  # an editor cuts such a number anywhere
_NARROW = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
_DOCUMENT = re.compile(r"(〔\d{4}〕\d+号)\(([^()]*)\)")  # what offices register has brackets of either width
_INNER = {"（": "［", "）": "］"}
_CITED = re.compile("附件〔(.+?)〕")
_ITEM = "（〇）"  # stands for a number that is known once it is known which paragraphs stay

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
        day: its date (成文日期); None leaves a blank, and a paper that is held a blank in its year.
        copies: who gets a copy (抄送).
        draft: that it is a draft, below its title.
        basis: what it is made from, below that.
        hold: what must happen before it may go out, above both; most may go out as they are.
        contact: whom to ask, in brackets below its date (附注).
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
    basis: str = ""
    hold: str = ""
    contact: str = ""

    @property
    def day_told(self) -> str:
        """Its date as it stands below the signer: of a paper that is held nobody knows the day yet."""
        if self.day is None or self.hold:
            return f"{self.day.year if self.day else '　　'}{_BLANK_DAY}"
        return day_name(self.day)

    @property
    def is_notice(self) -> bool:
        """Whether it is circulated, so that it ends with who printed it and when (版记)."""
        return self.kind in ("notice", "annual")


def number_blank(content: PackContent) -> str:
    """Return the blank for a paper's number (文号), which the office gives."""
    prefix = next(iter(content.policy.district.document_prefix), "")
    return f"{prefix}〔{content.edition.published.year}〕　　号"


def draft_words(content: PackContent, what: str = "草稿，未经审核、签发、用印不得印发") -> str:
    """Return that a paper is a draft and never sent by itself (S44), or `what` else it is."""
    told = [what]
    told += ["虚构地区的合成数据，仅供演示"] * content.policy.district.is_synthetic
    return f"（{'；'.join(told)}）"


def basis_words(content: PackContent, *, is_year: bool = False) -> str:
    """Return from which edition of a month, or of a year, a paper is made."""
    year, month = content.policy.period[:4], month_name(content.policy.period)
    what = f"{year}年度结果，{month}" if is_year else month
    return f"据{what}{edition_words(content.edition)}制作；数据与规则校验值{content.edition.inputs}"


def _contact_words(contacts: Contacts) -> str:
    return f"（联系人：{contacts.section}　　　；电话：{contacts.phone or '　' * 8}）"


CONTACT = _contact_words(Contacts())  # a blank, until who reads it is known


def in_own_name(paper: Paper, district: District, units: Collection[str]) -> Paper:
    """Return a paper of the office in which it calls itself as it does (我办), and below it whom to ask.

    Title and signature keep the office's name; a form that a unit signs stays as it is. What the office calls itself
    and whom one rings are today's, whatever rules the paper's revision keeps. Where one of the `units` has the office's
    name in its own, all names stay.
    """
    if paper.signer != district.office:
        return paper
    is_clear = not any(district.office in unit for unit in units)
    me = (is_clear and district.calls_itself) or district.office

    def own(told: str) -> str:
        return told.replace(district.office, me)

    parts = [Part(own(each.heading), tuple(_own_block(block, own) for block in each.blocks)) for each in paper.parts]
    told = {"opening": own(paper.opening), "hold": own(paper.hold), "parts": tuple(parts)}
    told["annexes"] = tuple(_own_block(each, own) for each in paper.annexes)
    return replace(paper, **told, contact=_contact_words(district.contacts) if paper.contact else "")


def _own_block(block: Block, own: Callable[[str], str]) -> Block:
    return _rewrite(block, own) if isinstance(block, Table) else own(block)


def part(heading: str, *blocks: Block) -> Part:
    """Return a part without what is empty."""
    return Part(heading, tuple(block for block in blocks if block))


def number_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts that say something, their headings numbered 一、二、三; a part without a heading gets none."""
    said = [each for each in parts if each.blocks]
    return tuple(
        replace(each, heading=f"{numeral(at)}、{each.heading}") if each.heading else each
        for at, each in enumerate(said, 1)
    )


def number_items(items: Iterable[str]) -> list[str]:
    """Return sentences numbered （一）（二）（三）, a single one as it is."""
    found = list(items)
    return [f"（{numeral(at)}）{item}" for at, item in enumerate(found, 1)] if len(found) > 1 else found


def headed(head: str, words: str) -> str:
    """Return a paragraph with a heading, which `number_cited` numbers; empty where there are no words."""
    return f"{_ITEM}{head}。{words}" * bool(words)


def _number_headed(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a part, its headed paragraphs numbered （一）（二）（三）, a single one with no number."""
    found = [block for block in blocks if isinstance(block, str) and block.startswith(_ITEM)]
    items = dict(zip(found, number_items(block.removeprefix(_ITEM) for block in found), strict=True))
    return [items.get(block, block) if isinstance(block, str) else block for block in blocks]


def plain(text: str) -> str:
    """Return text for a reader without the list of rules; no letter is unseen, documents have Chinese brackets."""
    told = _DOCUMENT.sub(r"\1（\2）", without_rule_marks(mark_unseen(text)))
    return _WIDE.sub(lambda found: found[0].translate(_NARROW), told)


def prose(text: str) -> str:
    """Return a paragraph as a paper has it: its days in words, which no hyphen cuts, and no bracket in another."""
    return unnest(_spell(plain(text)))


def unnest(text: str) -> str:
    """Return text in which brackets within brackets are square ones, as punctuation has it (GB/T 15834)."""
    depth, told = 0, []
    for letter in text:
        depth -= letter == "）" and depth > 0
        told.append(_INNER[letter] if letter in _INNER and depth % 2 else letter)
        depth += letter == "（"
    return text if depth else "".join(told)


def note_words(note: str) -> str:
    """Return what explains a table as it stands below its title: in brackets, unless brackets stand in it."""
    return note[1:-1] if "（" in note[1:-1] else note


def spell_days(shown: Table) -> Table:
    """Return a table whose days stand in words."""
    return _rewrite(shown, _spell)


def _spell(told: str) -> str:
    return _DAY.sub(lambda found: day_name(date.fromisoformat(found[0])), told)


def _rewrite(shown: Table, write: Callable[[str], str]) -> Table:
    """Return a table whose caption and cells are written otherwise."""
    columns = [Column(head, is_number) for head, is_number in zip(shown.heads, shown.are_numbers, strict=True)]
    rewritten = table(columns, [tuple(map(write, row)) for row in shown.cells], write(shown.caption), css="")
    rewritten.shares = shown.shares
    return rewritten


def by_day(day: date) -> str:
    """Return `2026年11月11日（含当日）前`."""
    return f"{day_name(day)}（含当日）前"


def cite(title: str) -> str:
    """Return what stands for the number of an annex until all are known (see `number_cited`)."""
    return f"附件〔{title}〕"


def number_cited(paper: Paper) -> Paper:
    """Return the paper with its annexes in the order in which it cites them, and with their numbers where it does.

    Where there is only one it has no number. What is cited nowhere comes last. Headed paragraphs get theirs.
    """
    said = "".join(block for each in paper.parts for block in each.blocks if isinstance(block, str))
    cited = list(dict.fromkeys(_CITED.findall(said)))
    places = {title: at for at, title in enumerate(cited)}
    annexes = sorted(paper.annexes, key=lambda shown: places.get(split_caption(shown)[0], len(cited)))
    titles = [split_caption(shown)[0] for shown in annexes]
    numbers = {title: f"附件{at}" if len(titles) > 1 else "附件" for at, title in enumerate(titles, 1)}

    def write(block: Block) -> Block:
        if isinstance(block, Table):
            return block
        return _CITED.sub(lambda found: numbers[found[1]], block)

    parts = [replace(each, blocks=tuple(_number_headed([*map(write, each.blocks)]))) for each in paper.parts]
    return replace(paper, parts=tuple(parts), annexes=tuple(annexes))


def fit(paper: Paper, pages: int, spare: Sequence[str] = (), kept: Sequence[Table] = ()) -> Paper:
    """Return the paper on as many pages as it may have, annexes apart; its annexes are cited by number.

    First its tables become annexes, the last one first; then what can be spared on paper goes, in its order.

    Args:
        paper: the paper.
        pages: how many pages it may have.
        spare: sentences that the pages on screen have too.
        kept: tables that become annexes after all that, the last one first.
    """
    tables = [block for each in paper.parts for block in each.blocks if isinstance(block, Table)]
    n_own = len(paper.annexes)
    for step in (*(each for each in tables[::-1] if each not in kept), *spare, *kept[::-1]):
        if not has_room(paper, pages):
            is_table = isinstance(step, Table)
            title = split_caption(step)[0] if is_table else ""
            paper = _put(paper, step, f"{title}见{cite(title)}。" if is_table else "")
            added = (step,) if is_table else ()
            paper = replace(paper, annexes=(*paper.annexes[:n_own], *added, *paper.annexes[n_own:]))
    return number_cited(paper)


def _put(paper: Paper, old: Block, new: str) -> Paper:
    """Return the paper with another block, or none, in the place of one."""
    parts = [part(each.heading, *(new if block == old else block for block in each.blocks)) for each in paper.parts]
    return replace(paper, parts=tuple(parts))


def has_room(paper: Paper, pages: int) -> bool:
    """Tell whether a paper takes no more pages, annexes apart."""
    return count_lines(paper) <= pages * LINES - _SPARE * sum(bool(each.heading) for each in paper.parts)


def count_lines(paper: Paper) -> float:
    """Return how many lines of a page a paper takes, annexes apart."""
    blocks = [block for each in paper.parts for block in (each.heading, *each.blocks) if block]
    lines = sum(block_lines(block) for block in [paper.opening, *blocks])
    titles = sum(ceil(measure(split_caption(each)[0]) / (2 * (LETTERS - TO_TITLE))) for each in paper.annexes)
    return _FURNITURE + titles + bool(paper.contact) + lines


def block_lines(block: Block) -> float:
    """Return how many lines of a page a paragraph or a table takes."""
    if not isinstance(block, Table):
        text = _CITED.sub("附件1", prose(block))
        return ceil((_INDENT + measure(text) + len(_SEAMS.findall(text)) / 2) / (2 * LETTERS - _MOVED))
    return table_lines(block)


def split_caption(shown: Table) -> tuple[str, str]:
    """Return the title of a table, and what its caption explains besides as a note in brackets.

    A title ends before its first `；` and before the brackets at its end, whatever stands in them.
    """
    caption, *more = _split_outside(plain(shown.caption))
    start = _open_of_last(caption)
    told = [caption[start + 1 : -1], *more] if start >= 0 else more
    return (caption[:start] if start >= 0 else caption), f"（{'；'.join(told)}）" if told else ""


def _split_outside(text: str) -> list[str]:
    """Return the parts of a text between the `；` that stand in no brackets."""
    depth, parts = 0, [""]
    for letter in text:
        depth += (letter == "（") - (letter == "）")
        if letter == "；" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _open_of_last(text: str) -> int:
    """Return where the bracket opens that closes at the end of a text, -1 where none does."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == "）") - (text[at] == "（")
        if depth == 0:
            return at if at < len(text) - 1 else -1
    return -1


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


def say_once(shown: Table, *heads: str) -> Table:
    """Return a table without those of some columns in which all rows that say something say the same: its note does."""
    told = {head: {row[at] for row in shown.cells} - {""} for at, head in enumerate(shown.heads) if head in heads}
    same = {head: found.pop() for head, found in told.items() if len(found) == 1 and len(shown.cells) > 1}
    if not same:
        return shown
    title, note = split_caption(shown)
    said = [note[1:-1]] * bool(note) + [f"{head}均为{cell}" for head, cell in same.items() if cell != DASH]
    return leave_out(shown, *same, caption=f"{title}（{'；'.join(said)}）" if said else title)
