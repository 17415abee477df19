"""What offices do to whole files: damaged bytes, other programs' files, and those that come beside the data."""

import random
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from PIL import Image as Picture

from analysis.intake.readers.model import value_text

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
WEB_HEADS = ("\ufeff", "<!-- 导出 -->", "<style>td{color:red}</style>", "<div>", "<html><head></head>", "导出结果\n")


def edit_line(path: Path, number: int, change) -> None:
    lines = path.read_bytes().split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    path.write_bytes(b"\n".join(lines))


def text_lines(path: Path) -> list[str]:
    return path.read_text(encoding_of(path)).splitlines()


def encoding_of(path: Path) -> str:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def save_anew(path: Path, target: Path, rows: list[int], rng: random.Random) -> None:
    """Write the same contents with other bytes: a workbook packed otherwise, a text in another encoding and order."""
    if target.suffix == ".csv":
        lines = text_lines(path)
        order = rng.sample(rows, len(rows))
        moved = {row: lines[other - 1] for row, other in zip(rows, order, strict=True)}
        lines = [moved.get(row, line) for row, line in enumerate(lines, start=1)]
        target.write_bytes("\r\n".join(lines).encode("gb18030" if encoding_of(path) == "utf-8-sig" else "utf-8-sig"))
        return
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for name in archive.namelist():
            copy.writestr(name, archive.read(name))


def damage(path: Path, rng: random.Random) -> int:
    """Put something that is no text into a text file; returns the row."""
    lines = text_lines(path)
    row = rng.randint(2, len(lines))
    if rng.random() < 0.5:
        path.write_bytes(("\r\n".join(lines)).encode("utf-8"))
        bad = rng.choice([b"\x1a", b"\x08", b"\x00", b"\x01", b"\xff", b"\xc3\x28"])
    else:
        path.write_bytes(("\r\n".join(lines)).encode("gb18030"))
        bad = rng.choice([b"\x1a", b"\x08", b"\x00", b"\xff", b"\xaa\xa1", b"\xd6\x0d"])
    place = rng.choice([0, -1])
    edit_line(path, row, lambda line: bad + line if place == 0 and bad != b"\xd6\x0d" else line.rstrip(b"\r") + bad)
    return row


def as_web_page(rows: list[list], rng: random.Random) -> bytes:
    body = "".join(f"<tr>{''.join(f'<td>{escape(value_text(v))}</td>' for v in row)}</tr>" for row in rows)
    return f"{rng.choice(WEB_HEADS)}<table>{body}</table>".encode(rng.choice(["utf-8", "gb18030", "utf-16"]), "replace")


def save_picture(path: Path, title: str | None, folder: Path) -> None:
    workbook = Workbook()
    if title:
        workbook.active["A1"] = title
    picture = folder / "stamp.png"
    Picture.new("RGB", (40, 30), "red").save(picture)
    workbook.active.add_image(Image(picture), "A3")
    workbook.save(path)
    picture.unlink()


def store_zeros(path: Path) -> None:
    """Store 0 under every formula of a workbook, as a writer that calculates nothing does."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in parts:
        if name.startswith("xl/worksheets/sheet"):
            parts[name] = re.sub(rb"</f><v ?/>|</f><v></v>", b"</f><v>0</v>", parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def save_open_document(path: Path, rows: list[list]) -> None:
    """Write a sheet as .ods; merged areas are left out."""
    cells = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Sheet1">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", _OPEN_DOCUMENT)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", content)


def _cell(value: object) -> str:
    if value in (None, ""):
        return "<table:table-cell/>"
    text = f"<text:p>{escape(value_text(value))}</text:p>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}">{text}</table:table-cell>'
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
