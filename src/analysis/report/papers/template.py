"""The template of a paper: the project's own in the geometry of GB/T 9704, or the office's from `params/papers/`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

from docx import Document
from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from analysis.policy.errors import PolicyError
from analysis.policy.messages import say
from analysis.policy.papers import ANY, KINDS

BODY, NUMBER = "{{正文}}", "{{文号}}"
ISSUED = "印发"  # a template of the office that has this word says itself who printed a paper and when
_SONG, _FANG, _HEI, _KAI = "宋体", "仿宋_GB2312", "黑体", "楷体_GB2312"
_TITLE = "方正小标宋简体"
# A machine without the font of an official paper takes the next of its kind.
_FALLBACKS = {_FANG: "仿宋,FangSong,STFangsong", _TITLE: "小标宋,方正小标宋_GBK,华文中宋,宋体,SimSun"}
_FALLBACKS |= {_KAI: "楷体,KaiTi,STKaiti", _HEI: "SimHei,微软雅黑", _SONG: "SimSun,STSong"}
# What every document has; of the library's other styles a paper has no use.
_BUILT_IN = {"Normal", "Default Paragraph Font", "Normal Table", "No List"}
_LATIN = "Times New Roman"
_LEFT, _RIGHT, _CENTRE, _BOTH = (getattr(WD_ALIGN_PARAGRAPH, name) for name in ("LEFT", "RIGHT", "CENTER", "JUSTIFY"))


@dataclass(frozen=True)
class _Style:
    """A style of paragraphs: font, size and line spacing in points, how it is aligned.

    Attributes:
        indent: letters by which the first line is set in.
        right: letters by which the right end is set in.
        squeeze: twentieths of a point between letters; with −5 a line of 156 mm holds 28 letters of 16 points.
    """

    font: str = _FANG
    size: float = 16
    line: float = 28
    align: WD_ALIGN_PARAGRAPH = _BOTH
    indent: int = 0
    right: int = 0
    squeeze: int = -5
    before: float = 0
    after: float = 0
    is_kept: bool = False
    is_new_page: bool = False
    rule: WD_LINE_SPACING = WD_LINE_SPACING.EXACTLY


_STYLES = {
    "公文标题": _Style(_TITLE, 22, 34, _CENTRE, squeeze=0, is_kept=True),
    "公文文号": _Style(align=_CENTRE, after=28),
    "公文说明": _Style(_KAI, 10.5, 16, _CENTRE, squeeze=0, before=6, after=14),
    "公文主送": _Style(),
    "公文正文": _Style(indent=2),
    "公文一级标题": _Style(_HEI, indent=2, is_kept=True),
    "公文表题": _Style(_HEI, 12, 20, _CENTRE, squeeze=0, before=6, is_kept=True),
    "公文表注": _Style(_FANG, 10.5, 15, _CENTRE, squeeze=0, after=4, is_kept=True),
    "公文表格": _Style(_FANG, 10.5, 14, _LEFT, squeeze=0),
    "公文小表格": _Style(_FANG, 9, 12, _LEFT, squeeze=0),
    "公文附件说明": _Style(indent=2),
    "公文落款": _Style(align=_RIGHT, right=4),
    "公文附件": _Style(_HEI, squeeze=0, is_kept=True, is_new_page=True),
    "公文附件标题": _Style(_TITLE, 18, 28, _CENTRE, squeeze=0, before=10, after=6, is_kept=True),
    "公文版记": _Style(_FANG, 14, 24, _LEFT, squeeze=0),
}
STYLES = tuple(_STYLES)


def open_template(folder: Path, kind: str) -> Docx:
    """Return the template of a kind of paper: the office's from a folder, else the project's own.

    Args:
        folder: `params/papers`; it need not be there.
        kind: one of `policy.papers.KINDS`.

    Raises:
        PolicyError: the office's file is no Word document, or lacks what a paper needs; names it and what to do.
    """
    path = next((file for name in (kind, ANY) if (file := folder / f"{name}.docx").is_file()), None)
    if path is None:
        return Document(BytesIO(default_template()))
    shown = f"params/papers/{path.name}"
    try:
        template = Document(str(path))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, SyntaxError):
        told = say("{file}: not a Word document (.docx); open it in Word or WPS and save it as .docx")
        raise PolicyError(told.format(file=shown)) from None
    if faults := list(_find_faults(template, shown)):
        raise PolicyError("\n".join(faults))
    return template


def check_templates(folder: Path) -> None:
    """Open every template of the office.

    Raises:
        PolicyError: one is broken or incomplete, or no paper is called like it; every fault, one a line.
    """
    faults = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.name.startswith(("~$", ".")):  # of the operating system, or Word's lock
            continue
        try:
            _refuse_name(path)
            open_template(folder, path.stem)
        except PolicyError as error:
            faults.append(str(error))
    if faults:
        raise PolicyError("\n".join(faults))


def _refuse_name(path: Path) -> None:
    allowed = [f"{kind}.docx" for kind in (*KINDS, ANY)]
    if path.name not in allowed:
        told = say("params/papers/{name}: no paper has this name; allowed: {allowed}")
        raise PolicyError(told.format(name=path.name, allowed=", ".join(allowed)))


def _find_faults(template: Docx, shown: str) -> Iterator[str]:
    if find_placeholder(template) is None:
        yield say(
            "{file}: the paragraph {body} is missing; type it, on a line of its own, where the text of the paper begins"
        ).format(file=shown, body=BODY)
    present = {style.name for style in template.styles if style.type == WD_STYLE_TYPE.PARAGRAPH}
    if missing := [name for name in STYLES if name not in present]:
        yield say(
            "{file}: the styles {styles} are missing; begin with a paper that this program wrote: delete its text, "
            "type {body} in its place and put the head in"
        ).format(file=shown, styles="、".join(missing), body=BODY)


def find_placeholder(template: Docx) -> Paragraph | None:
    """Return the paragraph in whose place the text goes, None where there is none."""
    return next((each for each in template.paragraphs if each.text.strip() == BODY), None)


@cache
def default_template() -> bytes:
    """Return the project's own template: A4, 37/35/28/26 mm, 22 lines of 28 letters, pages numbered — n —."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(Mm, (37, 35, 28, 26))
    section.header_distance, section.footer_distance = Mm(15), Mm(23)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    for style in [style for style in document.styles if style.name not in _BUILT_IN]:
        style.delete()
    _set_defaults(document)
    for name, style in _STYLES.items():
        _add_style(document, name, style)
    document.settings.odd_and_even_pages_header_footer = True
    _number_pages(section.footer.paragraphs[0], _RIGHT)
    _number_pages(section.even_page_footer.paragraphs[0], _LEFT)
    document.add_paragraph(NUMBER, "公文文号")
    document.add_paragraph(BODY, "公文正文")
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _set_defaults(document: Docx) -> None:
    """Let nothing come from a theme or from another language, and name what stands in for each font."""
    fonts = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:rFonts')}")
    fonts.attrib.clear()
    _set_fonts(fonts, _FANG)
    # Letters that languages write alike but draw apart (marks of punctuation among them) are drawn as in China.
    fonts.getparent().find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")
    for part in document.part.package.iter_parts():
        if part.partname == "/word/fontTable.xml":
            part._blob = _font_table().encode()


def _font_table() -> str:
    fonts = "".join(f'<w:font w:name="{n}"><w:altName w:val="{other}"/></w:font>' for n, other in _FALLBACKS.items())
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'


def _set_fonts(fonts: OxmlElement, font: str) -> None:
    for place, name in {"ascii": _LATIN, "hAnsi": _LATIN, "cs": _LATIN, "eastAsia": font}.items():
        fonts.set(qn(f"w:{place}"), name)


def _add_style(document: Docx, name: str, style: _Style) -> None:
    added = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    added.font.size = Pt(style.size)
    look = added.element.get_or_add_rPr()
    _set_fonts(look.get_or_add_rFonts(), style.font)
    if style.squeeze:
        look.insert_element_before(parse_xml(f'<w:spacing {nsdecls("w")} w:val="{style.squeeze}"/>'), "w:sz")
    form = added.paragraph_format
    form.line_spacing, form.line_spacing_rule = Pt(style.line), style.rule
    form.alignment, form.space_before, form.space_after = style.align, Pt(style.before), Pt(style.after)
    form.keep_with_next, form.page_break_before = style.is_kept, style.is_new_page
    form.widow_control = False
    # No gap between Chinese and figures: a line holds what it should. Word lets a mark hang out of a line, as is usual;
    # LibreOffice, which loses such marks, reads this the other way round and keeps them within.
    for rule, value in {"overflowPunct": 1, "autoSpaceDE": 0, "autoSpaceDN": 0}.items():
        told = parse_xml(f'<w:{rule} {nsdecls("w")} w:val="{value}"/>')
        added.element.get_or_add_pPr().insert_element_before(told, "w:spacing", "w:ind", "w:jc")
    if style.indent:
        form.first_line_indent = Pt(style.indent * style.size)
    if style.right:
        form.right_indent = Pt(style.right * style.size)


def _number_pages(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.style, paragraph.alignment = "Normal", align
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    field = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    paragraph.add_run("— ")
    paragraph._p.append(parse_xml(field))
    paragraph.add_run(" —")
    for run in paragraph._p.iter(qn("w:r")):
        look = run.get_or_add_rPr()
        _set_fonts(look.get_or_add_rFonts(), _SONG)
        look.append(parse_xml(f'<w:sz {nsdecls("w")} w:val="28"/>'))
