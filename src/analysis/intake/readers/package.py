"""The parts of an xlsx package around its sheets: list of sheets, number formats, shared strings."""

import posixpath
import re
from typing import NamedTuple

from analysis.intake.readers.archive import Archive, local
from analysis.policy.messages import say

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

# Formats that carry no text of their own in the file; 27-36 and 50-58 are those of Chinese Excel.
_YEAR_MONTH, _MONTH_DAY, _CLOCK = 'yyyy"年"m"月"', 'm"月"d"日"', "hh:mm:ss"
BUILTIN_FORMATS = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?"},
    **{14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "yyyy-mm-dd hh:mm"},
    **{30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 46: "[h]:mm:ss", 49: "@"},
    **dict.fromkeys((27, 36, 50, 52, 57), _YEAR_MONTH),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), _MONTH_DAY),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56), _CLOCK),
}


class SheetPart(NamedTuple):
    """One worksheet of the workbook: its name, its part in the archive, whether it is hidden or has drawings."""

    name: str
    part: str
    is_hidden: bool
    has_drawing: bool = False


class Workbook(NamedTuple):
    """What all sheets share."""

    sheets: list[SheetPart]
    date_system: int
    formats: list[str]
    strings: list[str]
    struck: frozenset[int] = frozenset()  # cell styles whose font is struck through
    is_uncalculated: bool = False  # asks to be calculated when it is opened


def read_package(archive: Archive) -> Workbook:
    """Read everything but the sheets themselves.

    Raises:
        UnreadableFile: `not-a-workbook` where the archive is something else, or a named damage.
    """
    main = _main_part(archive)
    targets = _relationships(archive, main)
    elements = archive.elements(main)
    parts = {identifier: part for identifier, (kind, part) in targets.items() if kind == "worksheet"}
    sheets = [
        SheetPart(
            attributes.get("name", ""),
            part := parts[identifier],
            attributes.get("state", "visible") != "visible",
            any(kind == "drawing" for kind, _ in _relationships(archive, part).values()),
        )
        for tag, attributes in elements
        if tag == "sheet" and (identifier := _relation_id(attributes)) in parts
    ]
    is_1904 = any(_is_true(a.get("date1904")) for tag, a in elements if tag == "workbookPr")
    by_kind = {kind: part for kind, part in targets.values() if part in archive}
    formats, struck = _read_styles(archive, by_kind["styles"]) if "styles" in by_kind else ([], frozenset())
    strings = read_strings(archive, by_kind["sharedStrings"]) if "sharedStrings" in by_kind else []
    is_uncalculated = any(
        _is_true(a.get("fullCalcOnLoad"))
        or _is_true(a.get("forceFullCalc"))
        or a.get("calcCompleted") in {"0", "false"}
        for tag, a in elements
        if tag == "calcPr"
    )
    return Workbook(sheets, 1904 if is_1904 else 1900, formats, strings, struck, is_uncalculated)


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" not in archive:
        raise archive.refuse("archive", say("is an archive of files and no workbook; unpack it"))
    targets = _relationships(archive, "")
    main = next((part for kind, part in targets.values() if kind == "officeDocument"), "")
    if main.lower().endswith(".bin"):
        raise archive.refuse(
            "binary-workbook", say("is a binary workbook (.xlsb); open it in Excel and save it as .xlsx")
        )
    if not main.lower().endswith(".xml") or not main.lower().rpartition("/")[2].startswith("workbook"):
        raise archive.refuse("not-a-workbook", say("this is no .xlsx workbook; open it in Excel and save it as one"))
    return main


def _relationships(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Return relation id → (kind, part) of one part; the kind is the last word of the type's address."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in archive:
        return {}
    return {
        attributes.get("Id", ""): (
            attributes.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "").replace("\\", "/")))[1:],
        )
        for tag, attributes in archive.elements(rels)
        if tag == "Relationship" and attributes.get("TargetMode") != "External"
    }


def _relation_id(attributes: dict[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")


def _is_true(text: str | None) -> bool:
    return text in {"1", "true", "on"}


def _read_styles(archive: Archive, part: str) -> tuple[list[str], frozenset[int]]:
    """Return the number format of each cell style, in the order in which cells refer to them, and the struck ones."""
    custom: dict[int, str] = {}
    formats: list[str] = []
    fonts: list[bool] = []
    struck: set[int] = set()
    container = ""
    for tag, attributes in archive.elements(part):
        if tag in {"fonts", "fills", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}:
            container = tag
        elif tag == "font" and container == "fonts":
            fonts.append(False)
        elif tag == "strike" and container == "fonts" and fonts:
            fonts[-1] = attributes.get("val", "1") not in {"0", "false"}
        elif tag == "numFmt" and container in {"", "fonts", "fills"}:
            custom[int(attributes["numFmtId"])] = attributes.get("formatCode", "General")
        elif tag == "xf" and container == "cellXfs":
            number, font = int(attributes.get("numFmtId", 0)), int(attributes.get("fontId", 0))
            if font < len(fonts) and fonts[font]:
                struck.add(len(formats))
            formats.append(custom.get(number) or BUILTIN_FORMATS.get(number, "General"))
    return formats, frozenset(struck)


def read_strings(archive: Archive, part: str) -> list[str]:
    """Return the shared strings without their phonetic guides."""
    strings: list[str] = []
    pieces: list[str] = []
    state = {"in_text": False, "in_guide": False}

    def start(tag: str, _: dict[str, str]) -> None:
        name = local(tag)
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            state["in_guide"] = True
        elif name == "t":
            state["in_text"] = not state["in_guide"]

    def end(tag: str) -> None:
        name = local(tag)
        if name == "si":
            strings.append(unescape("".join(pieces)))
        elif name == "rPh":
            state["in_guide"] = False
        elif name == "t":
            state["in_text"] = False

    archive.parse(part, start, end, lambda data: pieces.append(data) if state["in_text"] else None)
    return strings


def unescape(text: str) -> str:
    """Return text with the format's own escapes for control characters (`_x000D_`) resolved."""
    return _ESCAPED.sub(lambda match: _letter(int(match[1], 16)), text) if "_x" in text else text


def _letter(code: int) -> str:
    # Half of a surrogate pair is no character and cannot be written anywhere.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)
