"""Workbooks written part by part, so that a test can say exactly what stands in the file."""

import zipfile
from pathlib import Path

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def parts(
    rows: str, *, before: str = "", after: str = "", strings: tuple[str, ...] = (), **more: str
) -> dict[str, str]:
    """Return the parts of a workbook of one sheet.

    Args:
        rows: The XML of the rows.
        before: XML that stands before the rows, such as `<cols>`.
        after: XML that stands after them, such as `<mergeCells>`.
        strings: The shared strings.
        more: `styles` (XML inside the style sheet), `properties` (attributes of the workbook), `sheet_state`.
    """
    relations = [("s1", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml")]
    if "styles" in more:
        relations.append(("y", "styles", "styles.xml"))
    listed = "".join(f'<Relationship Id="{i}" Type="{_OFFICE}/{t}" Target="{p}"/>' for i, t, p in relations)
    found = {
        "[Content_Types].xml": f"{_HEAD}<Types/>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<workbookPr {more.get('properties', '')}/><sheets>"
        f'<sheet name="一月" sheetId="1" state="{more.get("sheet_state", "visible")}" r:id="s1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>',
        "xl/worksheets/sheet1.xml": f'{_HEAD}<worksheet xmlns="{_MAIN}">{before}'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>",
        "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{_MAIN}">{"".join(f"<si>{s}</si>" for s in strings)}</sst>',
    }
    if "styles" in more:
        found["xl/styles.xml"] = f'{_HEAD}<styleSheet xmlns="{_MAIN}">{more["styles"]}</styleSheet>'
    return found


def write(path: Path, content: dict[str, str | bytes]) -> Path:
    """Write parts into an archive and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path
