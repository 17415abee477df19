"""A hostile or damaged workbook is refused by name, fast and in little memory."""

import importlib.util
import io
import json
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import openpyxl
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.intake.readers import Limits, UnreadableFile, read_file, read_files
from analysis.intake.readers.child import COUNTS_PROCESSOR_TIME, answer, request_line
from analysis.intake.readers.process import WorkbookProcess

_spec = importlib.util.spec_from_file_location("workbooks", Path(__file__).with_name("workbooks.py"))
workbooks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(workbooks)

ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def reason_of(path: Path, limits: Limits | None = None) -> str:
    start = time.monotonic()
    with pytest.raises(UnreadableFile) as refusal:
        read_file(path, limits=limits or Limits())
    assert time.monotonic() - start < 10
    assert str(refusal.value).startswith(path.name)
    return refusal.value.reason


def changed(tmp_path: Path, **replaced: str | bytes) -> Path:
    """Write a workbook some of whose parts (`sheet`, `strings`, `workbook`, …) are replaced."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "workbook": "xl/workbook.xml",
        "relations": "xl/_rels/workbook.xml.rels",
    }
    content = workbooks.parts(ONE_CELL) | {names[name]: data for name, data in replaced.items()}
    return workbooks.write(tmp_path / "月报.xlsx", content)


@pytest.mark.parametrize("part", ["sheet", "strings", "workbook", "relations"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_part_and_encoding(tmp_path, part, encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?>{LAUGHS}<x>&b;</x>'.encode(encoding)
    assert reason_of(changed(tmp_path, **{part: content})) == "doctype"


def test_a_part_that_unpacks_without_measure_is_refused(tmp_path):
    bomb = {"xl/media/a.xml": bytes(60_000_000)}
    assert reason_of(workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL) | bomb)) == "bomb"
    assert reason_of(changed(tmp_path), Limits(unpacked_bytes=1_000)) == "too-large"


def test_a_part_that_lies_about_its_size_is_refused(tmp_path):
    path = changed(tmp_path)
    sheet = next(i for i in zipfile.ZipFile(path).infolist() if i.filename.endswith("sheet1.xml"))
    honest = path.read_bytes()
    path.write_bytes(honest.replace(sheet.file_size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    assert path.read_bytes() != honest
    assert reason_of(path) in {"truncated", "malformed"}


def test_too_many_entries_or_sheets_are_refused(tmp_path):
    content = workbooks.parts(ONE_CELL) | {f"xl/media/{n}.png": "" for n in range(5_001)}
    assert reason_of(workbooks.write(tmp_path / "a.xlsx", content)) == "bomb"
    path = tmp_path / "b.xlsx"
    workbook = openpyxl.Workbook()
    for _ in range(12):
        workbook.create_sheet()
    workbook.save(path)
    assert len(read_file(path)) == 13
    assert reason_of(path, Limits(sheets=12)) == "too-many-sheets"


@pytest.mark.parametrize("address", ["XFD1048576", "A1048576", "XFD1", "ZZZ999999"])
def test_a_cell_far_away_is_refused_with_its_address(tmp_path, address):
    digits = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    row = f'{ONE_CELL}<row r="{digits}"><c r="{address}"><v>1</v></c></row>'
    path = workbooks.write(tmp_path / "月报.xlsx", workbooks.parts(row if digits != "1" else row[len(ONE_CELL) :]))
    with pytest.raises(UnreadableFile, match=address) as refusal:
        read_file(path)
    assert refusal.value.reason == "far-cell"


def test_formats_without_values_far_away_are_no_cells(tmp_path):
    row = ONE_CELL + '<row r="1048576" hidden="1"><c r="XFD1048576" s="1"/></row>'
    sheet = read_file(workbooks.write(tmp_path / "月报.xlsx", workbooks.parts(row)))[0]
    assert (sheet.n_rows, sheet.n_columns) == (1, 1)


@pytest.mark.parametrize("name", ["../../evil.xml", "/etc/passwd", "xl\\..\\..\\evil", "C:/evil"])
def test_a_path_out_of_the_archive_is_refused(tmp_path, name):
    assert reason_of(workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL) | {name: "x"})) == "unsafe-path"


def test_an_encrypted_workbook_is_refused(tmp_path):
    path = tmp_path / "月报.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"))
    assert reason_of(path) == "encrypted"
    data = bytearray(workbooks.write(path, workbooks.parts(ONE_CELL)).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(signature)
        data[start + flags] |= 1
    path.write_bytes(bytes(data))
    assert reason_of(path) == "encrypted"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"a.txt": "x"}, "archive"),
        ({"_rels/.rels": "<Relationships/>"}, "not-a-workbook"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}, "malformed"),
    ],
)
def test_an_archive_that_is_no_workbook_is_refused(tmp_path, content, reason):
    assert reason_of(workbooks.write(tmp_path / "a.xlsx", content)) == reason


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"a,b\n1,2\n"])
def test_a_file_named_xlsx_that_is_something_else_is_refused(tmp_path, data):
    path = tmp_path / "月报.xlsx"
    path.write_bytes(data)
    assert reason_of(path) == "not-a-workbook"


@pytest.mark.parametrize(
    "text",
    [
        "<html><table></table></html>",
        "\ufeff<table><tr><td>区财政局</td></tr></table>",
        "<!-- 导出 --> <!-- a>b -->\n<style>td{mso-number-format:'@'}</style><table>",
        "<div><table border=1>",
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "MIME-Version: 1.0\nContent-Type: multipart/related",
        "导出结果\n<TABLE>",
        "<o:p></o:p><p>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-le"])
def test_a_web_page_is_named_as_such_whatever_comes_first(tmp_path, text, encoding):
    if encoding == "gb18030":
        text = text.removeprefix("\ufeff")
    for name in ("月报.xls", "月报.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        assert reason_of(path) == "web-page"


def test_a_page_of_comments_without_end_takes_no_time(tmp_path):
    path = tmp_path / "月报.xls"
    path.write_bytes(b"<!---->" * 2000 + b"x")
    assert read_file(path)[0].n_rows == 1


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.rar", b"Rar!\x1a\x07", "archive"),
        ("a.7z", b"7z\xbc\xaf'", "archive"),
        ("a.csv.gz", b"\x1f\x8b\x08", "archive"),
        ("月报.xlsx.crdownload", b"PK\x03\x04", "unfinished"),
        ("月报.part", b"a,b\n", "unfinished"),
    ],
)
def test_what_has_to_be_unpacked_or_fetched_again_is_named_as_such(tmp_path, name, data, reason):
    path = tmp_path / name
    path.write_bytes(data)
    assert reason_of(path) == reason


def test_a_binary_workbook_is_named_as_such(tmp_path):
    content = workbooks.parts(ONE_CELL)
    content["_rels/.rels"] = content["_rels/.rels"].replace("xl/workbook.xml", "xl/workbook.bin")
    assert reason_of(workbooks.write(tmp_path / "a.xlsb", content | {"xl/workbook.bin": "x"})) == "binary-workbook"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "malformed"),
        ('<row r="1"><c r="1A"><v>1</v></c></row>', "malformed"),
        ('<row r="0"><c r="A0"><v>1</v></c></row>', "malformed"),
        ('<row r="x"><c r="A1"><v>1</v></c></row>', "malformed"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "malformed"),
        ('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>', "malformed"),
        ('<row r="1"><c r="A1"><v>1</c></row>', "malformed"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(tmp_path, rows, reason):
    assert reason_of(workbooks.write(tmp_path / "a.xlsx", workbooks.parts(rows))) == reason


@pytest.mark.parametrize("text", ["NaN", "INF", "1e999", "1_0", "８５", "0x10"])
def test_a_number_that_is_none_is_an_error_and_never_blank(tmp_path, text):
    row = f'<row r="1"><c r="A1"><v>{text}</v></c></row>'
    cell = read_file(workbooks.write(tmp_path / "a.xlsx", workbooks.parts(row)))[0].cell(1, 1)
    assert (cell.kind, cell.text, cell.value) == ("error", text, None)


def test_elements_nested_without_end_do_no_harm(tmp_path):
    nested = "<x>" * 200_000 + "</x>" * 200_000
    assert read_file(workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL + nested)))[0].rows == ((1,),)


def test_a_workbook_that_takes_too_long_or_too_much_is_refused(tmp_path):
    rows = "".join(f'<row r="{r}">' + f"<c><v>{r}.5</v></c>" * 40 + "</row>" for r in range(1, 5_001))
    large = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(rows))
    assert reason_of(large, Limits(cells=199_999)) == "too-many-cells"
    assert [r.reason for _, r in read_files([large, large], limits=Limits(seconds=0.01))] == ["timeout"] * 2
    assert reason_of(large, Limits(memory_bytes=24 * 2**20)) in {"too-much-memory", "crashed"}


@pytest.mark.skipif(not COUNTS_PROCESSOR_TIME, reason="this system does not count a process's time")
def test_a_busy_machine_is_no_fault_of_the_file(tmp_path):
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL))
    limits = Limits(seconds=1.0)
    with WorkbookProcess(limits) as process:
        assert process.read(path)[0].rows == ((1,),)
        process._child.send_signal(signal.SIGSTOP)
        Timer(3 * limits.seconds, process._child.send_signal, [signal.SIGCONT]).start()
        assert process.read(path)[0].rows == ((1,),)


@pytest.mark.skipif(not COUNTS_PROCESSOR_TIME, reason="this system does not count a process's time")
def test_a_file_that_never_comes_is_not_waited_for(tmp_path):
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL))
    with WorkbookProcess(Limits(patience_seconds=1.0)) as process:
        assert process.read(path)[0].rows == ((1,),)
        process._child.send_signal(signal.SIGSTOP)
        assert process.read(path).reason == "timeout"


def test_a_child_that_dies_is_replaced(tmp_path):
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL))
    with WorkbookProcess(Limits()) as process:
        assert process.read(path)[0].rows == ((1,),)
        process._child.kill()
        process._child.wait()
        assert process.read(path).reason == "crashed"
        assert process.read(path)[0].rows == ((1,),)


def test_no_child_outlives_the_reading(tmp_path):
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL))
    before = set(psutil.Process().children())
    assert len(list(read_files([path, path]))) == 2
    next(iter(read_files([path])))  # left before its end
    assert set(psutil.Process().children()) == before


@pytest.fixture(scope="module")
def workbook_bytes() -> bytes:
    stream = io.BytesIO()
    workbook = openpyxl.Workbook()
    for row in range(20):
        workbook.active.append([f"单位{row}", row / 7, f"=B{row + 1}*2", None, "#N/A"])
    workbook.active.merge_cells("A1:A2")
    workbook.save(stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def process() -> Iterator[WorkbookProcess]:
    with WorkbookProcess(Limits()) as process:
        yield process


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_read_or_named(tmp_path, workbook_bytes, process, data):
    damaged = bytearray(workbook_bytes)
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(damaged) - 1)) :]
    else:
        for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
            damaged[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "月报.xlsx"
    path.write_bytes(bytes(damaged))
    result = process.read(path)
    assert isinstance(result, list) or result.reason not in {"crashed", "timeout"}


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="this system has no alarm")
def test_a_child_that_waits_for_its_next_file_has_no_deadline(tmp_path):
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(ONE_CELL))
    assert answer(json.loads(request_line(path, Limits())))[0].rows == ((1,),)
    assert signal.alarm(0) == 0
