"""Each cell keeps its address, its value and its kind; what is no value is never blank."""

import importlib.util
import subprocess
import sys
import warnings
from datetime import datetime, time, timedelta
from pathlib import Path
from time import sleep

import openpyxl
import pytest
from openpyxl.styles import NamedStyle

from analysis.intake.readers import (
    Limits,
    MergedRange,
    RawSheet,
    UnreadableFile,
    cell_address,
    column_letters,
    column_number,
    read_file,
    read_files,
    xlsx,
)
from analysis.intake.readers.archive import Archive
from analysis.intake.readers.delimited import open_text
from analysis.intake.readers.plain import split_rows

_spec = importlib.util.spec_from_file_location("workbooks", Path(__file__).with_name("workbooks.py"))
workbooks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(workbooks)


def sheet_of(tmp_path: Path, rows: str, **more) -> RawSheet:
    return read_file(workbooks.write(tmp_path / "表.xlsx", workbooks.parts(rows, **more)))[0]


def csv_of(tmp_path: Path, data: bytes) -> RawSheet:
    path = tmp_path / "表.csv"
    path.write_bytes(data)
    return read_file(path)[0]


def reason_of(path: Path) -> str:
    with pytest.raises(UnreadableFile) as refusal:
        read_file(path)
    assert path.name.removeprefix("~$") in str(refusal.value)
    return refusal.value.reason


def test_addresses_go_both_ways():
    assert [column_letters(n) for n in (1, 26, 27, 702, 703, 16384)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert all(column_number(column_letters(n)) == n for n in range(1, 16385))
    assert cell_address(7, 2) == "B7"


def test_a_cell_of_each_kind_is_told(tmp_path):
    sheet = sheet_of(
        tmp_path,
        '<row r="2"><c r="B2" t="s"><v>0</v></c><c r="C2"><v>85.5</v></c><c r="D2" t="b"><v>1</v></c>'
        '<c r="E2" t="e"><v>#N/A</v></c><c r="F2"><f>SUM(A1:A3)</f></c><c r="G2"><f>1+1</f><v>2</v></c>'
        '<c r="H2" t="str"><f>""</f><v></v></c><c r="I2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="J2" t="inlineStr"><is><r><t>行</t></r><r><t>内</t></r></is></c></row>',
        strings=("<t>甲</t>",),
    )
    cells = {cell.address: (cell.value, cell.text, cell.kind) for cell in sheet.cells()}
    assert cells == {
        "B2": ("甲", "甲", "text"),
        "C2": (85.5, "85.5", "number"),
        "D2": (True, "TRUE", "bool"),
        "E2": (None, "#N/A", "error"),
        "F2": (None, "=SUM(A1:A3)", "formula_uncached"),
        "G2": (2, "2", "number"),
        "I2": (None, "#DIV/0!", "error"),
        "J2": ("行内", "行内", "text"),
    }
    assert sheet.cell(1, 1).kind == sheet.cell(2, 8).kind == sheet.cell(99, 99).kind == "blank"


def test_hidden_rows_columns_and_sheets_are_seen(tmp_path):
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        '<row r="2" hidden="1"><c r="A2"><v>3</v></c></row>'
    )
    cols = '<cols><col min="2" max="16384" hidden="1"/></cols>'
    sheet = sheet_of(tmp_path, rows, before=cols)
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {2})
    assert [cell.address for cell in sheet.cells() if cell.is_hidden] == ["B1", "A2"]
    hidden = sheet_of(tmp_path, rows, sheet_state="veryHidden")
    assert hidden.is_hidden and all(cell.is_hidden for cell in hidden.cells())


def test_a_merged_area_shows_its_top_left_value(tmp_path):
    sheet = sheet_of(
        tmp_path,
        '<row r="1"><c r="A1"><v>7</v></c><c r="D1"><v>8</v></c></row>',
        after='<mergeCells><mergeCell ref="A1:C2"/></mergeCells>',
    )
    assert sheet.merged == (MergedRange(1, 1, 2, 3),)
    assert sheet.filled(2, 3).value == 7 and sheet.filled(2, 3).address == "A1"
    assert sheet.filled(1, 4).value == 8 and sheet.cell(2, 3).kind == "blank"


STYLES = (
    '<numFmts><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="166" formatCode="0.0%"/>'
    '<numFmt numFmtId="167" formatCode="[h]:mm"/><numFmt numFmtId="168" formatCode="0&quot;d&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="165"/>'
    '<xf numFmtId="31"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="168"/><xf numFmtId="57"/></cellXfs>'
)


def test_number_formats_tell_dates_and_percents(tmp_path):
    row = "".join(f'<c r="{column_letters(s + 1)}1" s="{s}"><v>46121</v></c>' for s in range(7))
    sheet = sheet_of(tmp_path, f'<row r="1">{row}</row>', styles=STYLES)
    day = datetime(2026, 4, 9)
    assert sheet.rows[0] == (46121, day, day, 46121, 46121, 46121, day)
    assert [cell.number_format for cell in sheet.row(1)][:4] == [
        "General",
        r"yyyy\-mm\-dd",
        'yyyy"年"m"月"d"日"',
        "0.0%",
    ]


def test_days_count_from_the_workbooks_own_year(tmp_path):
    row = '<row r="1"><c r="A1" s="1"><v>44659.5</v></c></row>'
    sheet = sheet_of(tmp_path, row, styles=STYLES, properties='date1904="1"')
    assert (sheet.date_system, sheet.rows[0][0]) == (1904, datetime(2026, 4, 9, 12))


def test_the_day_that_never_was_stays_a_number(tmp_path):
    row = '<row r="1">' + "".join(
        f'<c r="{c}1" s="1"><v>{v}</v></c>' for c, v in (("A", 59), ("B", 60), ("C", 61), ("D", -1), ("E", 9e9))
    )
    sheet = sheet_of(tmp_path, row + "</row>", styles=STYLES)
    assert sheet.rows[0] == (datetime(1900, 2, 28), 60, datetime(1900, 3, 1), -1, 9e9)


def test_cells_and_rows_without_a_reference_follow_each_other(tmp_path):
    sheet = sheet_of(tmp_path, "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c><v>4</v></c></row>")
    assert sheet.rows == ((1, None, 3), (4,))


def test_a_prefixed_namespace_and_guides_to_pronunciation_change_nothing(tmp_path):
    content = workbooks.parts(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=("<t>东京</t><rPh><t>トウ</t></rPh>",)
    )
    sheet = content["xl/worksheets/sheet1.xml"]
    for tag in ("worksheet", "sheetData", "row", "c", "v"):
        sheet = sheet.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
    content["xl/worksheets/sheet1.xml"] = sheet.replace("xmlns=", "xmlns:x=")
    assert read_file(workbooks.write(tmp_path / "x.xlsx", content))[0].rows == (("东京",),)


def test_what_openpyxl_writes_is_read_as_openpyxl_reads_it(tmp_path):
    path = tmp_path / "表.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["单位", "得分", "日期", "时刻", "合计", "比例", "说明 "])
    sheet.append(["区发改局", 85.25, datetime(2026, 4, 9, 8, 30), time(8, 30), "=SUM(B2:B2)", 0.853, "a\nb\t&<>"])
    sheet.append(["区教育局", 1e-7, datetime(1999, 12, 31), None, True, -3, "#N/A"])
    sheet["F2"].number_format = "0.0%"
    workbook.create_sheet("空")
    workbook.save(path)
    assert_equals_openpyxl(path)


def assert_equals_openpyxl(path: Path) -> None:
    """Compare every cell with what openpyxl reads: values, errors and formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    for sheet in read_file(path):
        n_rows = max(sheet.n_rows, values[sheet.name].max_row)
        n_columns = max(sheet.n_columns, values[sheet.name].max_column)
        for row in range(1, n_rows + 1):
            for column in range(1, n_columns + 1):
                ours, theirs = sheet.cell(row, column), values[sheet.name].cell(row, column)
                written = formulas[sheet.name].cell(row, column)
                place = (path.name, sheet.name, ours.address)
                if theirs.data_type == "e":
                    assert (ours.kind, ours.text) == ("error", theirs.value), place
                elif theirs.value is None and written.data_type == "f":
                    assert ours.kind == "formula_uncached" or ours.value == "", place
                elif isinstance(theirs.value, timedelta):  # a length of time stays the number that it is
                    assert ours.value == pytest.approx(theirs.value / timedelta(days=1)), place
                else:
                    assert (ours.value or None) == (theirs.value or None), place


@pytest.mark.parametrize("style", ["0.00", "@"])
def test_styles_do_not_change_text(tmp_path, style):
    path = tmp_path / "表.xlsx"
    workbook = openpyxl.Workbook()
    workbook.add_named_style(NamedStyle("s", number_format=style))
    workbook.active["A1"].style, workbook.active["A1"].value = "s", "007"
    workbook.save(path)
    assert read_file(path)[0].rows == (("007",),)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_each_encoding_with_each_delimiter(tmp_path, encoding, named, delimiter):
    rows = (("单位", "应填报人日", "备注"), ("区发改局", "120", "喆、镕，〇"), ("区教育局", "007", "NA"))
    text = "\r\n".join(delimiter.join(row) for row in rows)
    sheet = csv_of(tmp_path, text.encode(encoding))
    assert (sheet.rows, sheet.encoding) == (rows, named)
    assert {cell.kind for cell in sheet.cells()} == {"text"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("单位,得分\r\n教育局,90\r\n", True),
        ("单位,得分\n教育局,90\n", True),
        ("单位,得分\r教育局,90\r", True),  # as Macs of old end a line
        ("单位,得分\r\n教育局,90\r", False),
        ("单位,得分\r\n教育局,9", False),
        ("单位,得分\n教育局,", False),
        ("单位,得分\n教育局", False),
    ],
)
def test_a_file_that_was_cut_off_ends_without_a_line(tmp_path, encoding, text, is_whole):
    path = tmp_path / "评分表.csv"
    path.write_bytes(text.encode(encoding))
    assert open_text(path).ends_with_a_line() == is_whole


def test_text_rows_keep_their_own_length_and_their_address(tmp_path):
    sheet = csv_of(tmp_path, "标题\n\na,b,c\n1,2\n1,2,3,4\n,,\n".encode())
    assert sheet.rows == (("标题",), (), ("a", "b", "c"), ("1", "2"), ("1", "2", "3", "4"))
    assert sheet.cell(5, 4).address == "D5"


def test_quoted_text_keeps_delimiters_quotes_and_lines(tmp_path):
    sheet = csv_of(tmp_path, b'a,"b,""c""\nd",e\n5" pipe,x,y\n')
    assert sheet.rows == (("a", 'b,"c"\nd', "e"), ('5" pipe', "x", "y"))


def test_a_decimal_comma_does_not_make_the_comma_a_delimiter(tmp_path):
    assert csv_of(tmp_path, b"a;b\n1,5;2,5\n3,5;4,5\n").rows[1] == ("1,5", "2,5")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("臺北市政府環境保護局，稽查結果與處理情形\n".encode("big5"), "encoding"),
        ("日本語の文字です".encode("shift_jis"), "encoding"),
        ("caf\xe9,na\xefve\n".encode("latin-1"), "encoding"),
        (b"a,b\n1,\x002\n", "not-text"),
        ('单位,说明\n甲,"没有结束\n乙,1\n'.encode(), "unclosed-quote"),
        (b"", "empty"),
    ],
)
def test_text_that_cannot_be_read_for_certain_is_refused_by_name(tmp_path, data, reason):
    path = tmp_path / "表.csv"
    path.write_bytes(data)
    assert reason_of(path) == reason


def test_a_locked_file_is_named_as_open(tmp_path, monkeypatch):
    path = workbooks.write(tmp_path / "月报.xlsx", workbooks.parts(""))

    def locked(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", locked)
    assert reason_of(path) == "open-in-excel"


def test_a_missing_file_is_named(tmp_path):
    assert reason_of(tmp_path / "没有.xlsx") == "missing"


def test_many_files_keep_their_order_and_one_bad_file_stops_nothing(tmp_path):
    good = workbooks.write(tmp_path / "a.xlsx", workbooks.parts('<row r="1"><c r="A1"><v>1</v></c></row>'))
    bad = tmp_path / "b.xlsx"
    bad.write_bytes(good.read_bytes()[:200])
    text = tmp_path / "c.csv"
    text.write_text("x,y\n")
    results = list(read_files([good, bad, text, good]))
    assert [path.name for path, _ in results] == ["a.xlsx", "b.xlsx", "c.csv", "a.xlsx"]
    assert results[1][1].reason == "truncated"
    assert results[0][1] == results[3][1] and results[0][1][0].rows == ((1,),)


def test_reading_twice_gives_the_same(tmp_path):
    path = workbooks.write(
        tmp_path / "a.xlsx", workbooks.parts('<row r="1" hidden="1"><c r="A1" t="e"><v>#N/A</v></c></row>')
    )
    assert read_file(path) == read_file(path)


def test_the_child_starts_without_the_heavy_libraries():
    code = (
        "import sys, analysis.intake.readers.child; "
        "print(sorted({'pandas', 'numpy', 'openpyxl', 'duckdb', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


PLAIN = '<row r="1" spans="1:3"><c r="A1" s="1"><v>46121</v></c><c r="B1" t="s"><v>0</v></c><c r="C1"/></row>'


@pytest.mark.parametrize(
    ("rows", "is_plain"),
    [
        (PLAIN, True),
        (
            PLAIN + '<row r="2" hidden="1"><c r="A2" t="inlineStr"><is><t xml:space="preserve"> 甲 </t></is></c></row>',
            True,
        ),
        (
            PLAIN + '<row r="2"><c r="A2" s="1" t="n" /><c r="B2" t="n" /></row><row r="3" />',
            True,
        ),  # as openpyxl writes
        (PLAIN + '<row r="3" ht="0"/><row r="4"><c r="A4" t="b"><v>1</v></c></row>', True),
        (PLAIN + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>', False),
        (PLAIN + '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>', False),
        (PLAIN + '<row r="2"><c r="A2" t="inlineStr"><is><t>a&amp;b</t></is></c></row>', False),
        (PLAIN + '<row r="2"><c r="A2"><v><![CDATA[5]]></v></c></row>', False),
        (PLAIN + '<row r="2"><c r="A3"><v>5</v></c></row>', False),
        (PLAIN + '<row r="2"><c><v>5</v></c></row>', False),
        (PLAIN + "<!-- " + PLAIN.replace("1", "2") + " -->", False),
    ],
)
def test_the_fast_way_is_taken_for_plain_rows_only_and_reads_the_same(tmp_path, monkeypatch, rows, is_plain):
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.parts(rows, styles=STYLES, strings=("<t>乙</t>",)))
    assert (split_rows(workbooks.parts(rows)["xl/worksheets/sheet1.xml"].encode()) is not None) == is_plain
    fast = xlsx.read_xlsx(Archive(path, Limits()), Limits())
    monkeypatch.setattr(xlsx, "split_rows", lambda _: None)
    assert xlsx.read_xlsx(Archive(path, Limits()), Limits()) == fast


@pytest.mark.parametrize("before", ["<!-- <sheetData> -->", '<x a="&lt;sheetData&gt;"/>', "<sheetData/>"])
def test_what_only_looks_like_rows_is_left_to_the_parser(tmp_path, before):
    sheet = sheet_of(tmp_path, '<row r="1"><c r="A1"><v>1</v></c></row>', before=before)
    assert sheet.rows == ((1,),)


def test_rows_in_a_comment_are_not_read(tmp_path):
    content = workbooks.parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    sheet = content["xl/worksheets/sheet1.xml"]
    commented = sheet.replace("<sheetData>", "<!-- <sheetData>").replace("</sheetData>", "</sheetData> -->")
    path = workbooks.write(tmp_path / "a.xlsx", content | {"xl/worksheets/sheet1.xml": commented})
    assert read_file(path)[0].rows == ()


def test_a_pause_between_two_files_ends_nothing(tmp_path):
    paths = [
        workbooks.write(tmp_path / name, workbooks.parts('<row r="1"><c r="A1"><v>1</v></c></row>'))
        for name in ("a.xlsx", "b.xlsx")
    ]
    results = read_files(paths, limits=Limits(seconds=0.9))
    next(results)
    sleep(3)  # longer than a child may run after its parent died
    assert isinstance(next(results)[1], list)


@pytest.mark.parametrize(
    "lines",
    [
        ['1,"a,x,y', '2,b",x,y'],  # opens and closes in the same column
        ['1,"a,x,y', "2,b,x,y", "3,c,x,y", '4,d",x,y'],
        ['1,"a,x,y', "2,b,x,y", '3,c,"x,y'],  # closes before a third mark's text
        ['1,a,x,"y', "2,b,x,y", '3,"c,x,y'],
        ['1,a,x,"y', "2,b,x,y", '3,c,x,y"'],
    ],
)
@pytest.mark.parametrize("sign", [",", "\t", "|"])
def test_a_mark_that_swallows_rows_is_refused_where_it_opens(tmp_path, lines, sign):
    rows = ["id,name,p,q", *(f"{n},u{n},1,2" for n in range(5, 9)), *lines, *(f"{n},u{n},1,2" for n in range(11, 30))]
    path = tmp_path / "表.csv"
    path.write_text("\n".join(rows).replace(",", sign), "utf-8")
    with pytest.raises(UnreadableFile) as refusal:
        read_file(path)
    assert refusal.value.reason in ("swallowed-rows", "unclosed-quote")
    assert refusal.value.row == 6


@pytest.mark.parametrize("text", ["第一行\n第二行", "电话:1,2\n3", "a\n\nb,c", '他说""好""\n再见'])
def test_lines_in_a_cell_are_read(tmp_path, text):
    rows = ["id,name,p,q,r,s,t", f'1,"{text}",x,y,z,u,v', "2,b,x,y,z,u,v"]
    sheet = csv_of(tmp_path, "\n".join(rows).encode())
    assert sheet.cell(2, 2).text == text.replace('""', '"')
    assert sheet.n_rows == 3


@pytest.mark.parametrize(
    ("data", "reason", "row"),
    [
        ("单位,a\n甲,1\n乙,2\x08\n".encode(), "not-text", 3),
        ("单位,a\n甲,1\n".encode() + b"\x1a", "not-text", 3),
        ("单位,a\n甲,1\n乙,".encode() + b"\xff\n", "encoding", 3),
        ("单位,a\n甲,1\n丙".encode("gb18030") + b"\xd6\n", "encoding", 3),
        ("单位,a\n甲,1\n丙".encode("gb18030") + b"\xaa\xa1,2\n", "private-use", 3),
        ("单位,a\n甲,1\n丙,\x00\n".encode(), "not-text", 3),
        ('单位,a\n甲,"1\n乙,2\n'.encode(), "unclosed-quote", 2),
    ],
)
def test_a_refused_text_names_its_row(tmp_path, data, reason, row):
    path = tmp_path / "表.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=f"row {row}: ") as refusal:
        read_file(path)
    assert (refusal.value.reason, refusal.value.row) == (reason, row)


@pytest.mark.parametrize("han", ["一丁丂", "区财政局"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_digits_and_delimiters(tmp_path, han, encoding):
    rows = (("单位", "分值", "日期"), *((han, f"{n}", "2026-10-09") for n in range(20)))
    text = "\r\n".join(",".join(row) for row in rows)
    assert csv_of(tmp_path, text.encode(encoding)).rows == rows


def test_a_line_without_end_is_refused_at_once_and_in_little_memory(tmp_path):
    path = tmp_path / "表.csv"
    path.write_bytes(b"a," * 20_000_000)
    assert reason_of(path) == "endless-line"


def test_work_grows_with_the_rows_and_not_with_their_square(tmp_path):
    sheet = RawSheet("a.xlsx", "S", (("x",) * 30, *((None, 1),) * 30_000))
    assert sheet.n_columns == 30
    assert sum(sheet.n_columns for _ in range(30_000)) == 900_000  # seconds if it were counted anew


@pytest.mark.parametrize(
    ("properties", "value", "kind"),
    [
        ('<calcPr fullCalcOnLoad="1"/>', "<v>0</v>", "formula_uncached"),
        ('<calcPr forceFullCalc="true"/>', "<v>0.0</v>", "formula_uncached"),
        ('<calcPr fullCalcOnLoad="1"/>', "<v>85</v>", "number"),
        ('<calcPr fullCalcOnLoad="1"/>', "", "formula_uncached"),
        ('<calcPr calcId="191029"/>', "<v>0</v>", "number"),
        ("", "<v>0</v>", "number"),
        ("", "<v></v>", "formula_uncached"),
    ],
)
def test_a_zero_under_a_formula_that_was_never_calculated_is_no_value(tmp_path, properties, value, kind):
    content = workbooks.parts(f'<row r="1"><c r="A1"><f>100-8.6</f>{value}</c><c r="B1"><v>0</v></c></row>')
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace("</sheets>", f"</sheets>{properties}")
    sheet = read_file(workbooks.write(tmp_path / "a.xlsx", content))[0]
    assert (sheet.cell(1, 1).kind, sheet.cell(1, 2).kind) == (kind, "number")


def test_merged_areas_that_overlap_without_measure_are_refused(tmp_path):
    merged = "".join(f'<mergeCell ref="A1:Z{900 + n}"/>' for n in range(200))
    rows = "".join(f'<row r="{n}"><c r="Z{n}"><v>1</v></c></row>' for n in range(1, 1001))
    content = workbooks.parts(rows, after=f"<mergeCells>{merged}</mergeCells>")
    assert reason_of(workbooks.write(tmp_path / "a.xlsx", content)) == "malformed"
