"""A paper set into its template, as bytes that depend on nothing but both (S44)."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from docx.document import Document as Docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from markupsafe import Markup, escape

from analysis.intake.pack import pack_members
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Table
from analysis.report.papers.paper import (
    LINES,
    Block,
    Paper,
    Part,
    block_lines,
    note_words,
    plain,
    prose,
    split_caption,
    unnest,
)
from analysis.report.papers.template import ISSUED, NUMBER, find_placeholder
from analysis.report.papers.widths import is_dense, measure, table_widths

_WHOLE = LINES // 3  # a table of fewer lines stays on one page
_IN_A_ROW = re.compile("(?<=[0-9A-Za-z]、)(?=[0-9A-Za-z])")
_HYPHEN = re.compile(r"(?<=\d)-(?=\d)")
_TWIPS = 635  # English metric units in a twentieth of a point
_PADDING = 114  # both sides of a cell, as the template has them
_LETTER = 320  # twentieths of a point of a letter of the text
_TALL = 8  # lines; kept whole, rows of up to twenty were all printed where that was tried
_NO_ROW = "无"
_NO_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class _Set:
    """A table as it is set: its title and note, and columns that fill the line."""

    title: str
    note: str
    heads: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    are_numbers: tuple[bool, ...]
    widths: tuple[int, ...]
    style: str
    is_whole: bool
    are_tall: tuple[bool, ...]


def set_paper(paper: Paper, template: Docx) -> bytes:
    """Return a paper as .docx.

    Args:
        paper: what it says.
        template: see `open_template`; it is written into, so that each paper needs its own.
    """
    styles = {style.name: style.style_id for style in template.styles}
    section = template.sections[-1]
    line = (section.page_width - section.left_margin - section.right_margin) // _TWIPS
    filled = fill_template(
        "papers/body.xml.j2",
        paper=paper,
        styles=styles,
        line=line,
        signer_indent=_signer_indent(paper),
        is_issued=paper.is_notice and not any(ISSUED in each.text for each in template.paragraphs),
        parts=[Part(plain(each.heading), tuple(_set(block, line) for block in each.blocks)) for each in paper.parts],
        annexes=[_set(table, line) for table in paper.annexes],
    )
    place = find_placeholder(template)._p
    for element in parse_xml(str(filled)):
        place.addprevious(element)
    place.getparent().remove(place)
    _fill_number(template, paper)
    properties = template.core_properties
    properties.title, properties.author, properties.last_modified_by = "".join(paper.title), paper.signer, paper.signer
    properties.created = properties.modified = datetime.combine(paper.day or _NO_DAY, time())
    properties.revision, properties.comments = 1, ""
    return _pack(template)


def _signer_indent(paper: Paper) -> int:
    """Return how far from the right end the signer stands: centred above the date, four letters from the end."""
    return max(0, 4 * _LETTER + (measure(paper.day_told) - measure(paper.signer)) * _LETTER // 4)


def _set(block: Block, line: int) -> str | _Set:
    """Return a paragraph as it is read, or a table whose columns fill a line."""
    if not isinstance(block, Table):
        return prose(block)
    cells = block.cells or ((_NO_ROW, *("" for _ in block.heads[1:])),)
    cells = tuple(tuple(_unbroken(unnest(plain(cell))) for cell in row) for row in cells)
    style, half = ("公文小表格", 90) if is_dense(block) else ("公文表格", 105)  # twentieths of a point
    widths = tuple(int(half * width) for width in table_widths(block, line / half, _PADDING / half))
    title, note = split_caption(block)
    heads, note = tuple(map(plain, block.heads)), prose(note_words(note))
    tall = tuple(_is_tall(row, widths, half) for row in cells)
    return _Set(title, note, heads, cells, block.are_numbers, widths, style, block_lines(block) < _WHOLE, tall)


def _is_tall(row: Sequence[str], widths: Sequence[int], half: int) -> bool:
    """Tell whether a row may go over two pages: below a repeated head LibreOffice loses tall ones kept whole."""
    return any(measure(cell) * half > _TALL * (width - _PADDING) for cell, width in zip(row, widths, strict=True))


def _unbroken(text: str) -> Markup:
    """Return a cell whose days are not cut at their hyphens, nor numbers in a row anywhere but between them.

    LibreOffice takes numbers in a row for one word, and cuts it where the line ends.
    """
    pieces = [escape(piece) for piece in _HYPHEN.split(_IN_A_ROW.sub("\u200b", text))]
    return Markup('</w:t><w:noBreakHyphen/><w:t xml:space="preserve">').join(pieces)


def _fill_number(template: Docx, paper: Paper) -> None:
    """Write the number's blank where the template has a place for it."""
    for paragraph in template.element.body.iter(qn("w:p")):
        texts = list(paragraph.iter(qn("w:t")))
        whole = "".join(text.text or "" for text in texts)  # an editor may cut a placeholder into runs
        if NUMBER in whole:
            texts[0].text = whole.replace(NUMBER, paper.number)
            for text in texts[1:]:
                text.text = ""


def is_untouched(data: bytes) -> bool:
    """Tell whether a file is a paper as `set_paper` wrote it: whatever saves it anew packs it in another way."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            return pack_members({name: archive.read(name) for name in archive.namelist()}) == data
    except (BadZipFile, ValueError, EOFError, zlib.error):
        return False


def _pack(template: Docx) -> bytes:
    stream = BytesIO()
    template.save(stream)
    with ZipFile(stream) as archive:
        return pack_members({name: archive.read(name) for name in archive.namelist()})
