"""Mutations that change or blur what a delivery says: each must be flagged, with its file and cell."""

import os
import random
import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from openpyxl import load_workbook
from openpyxl.styles import Font

from analysis.intake.labels import UNIT, Labels
from analysis.policy.period import shift

from . import files
from .books import Book, as_date, as_number, open_any


class Expected(NamedTuple):
    """What must be flagged: any of the codes, at the file (empty where nothing was delivered) and the cell if given."""

    codes: frozenset[str]
    file: str
    cell: str = ""


Mutation = Callable[[Path, random.Random, Labels], Expected]
HARMFUL: dict[str, Mutation] = {}
BLOCKING: set[str] = set()  # those that have to stop publication
WITH_TICKETS: set[str] = set()  # those that need the month's tickets


def harmful(function: Mutation) -> Mutation:
    HARMFUL[function.__name__] = function
    return function


def blocking(function: Mutation) -> Mutation:
    BLOCKING.add(function.__name__)
    return harmful(function)


def of_tickets(function: Mutation) -> Mutation:
    WITH_TICKETS.add(function.__name__)
    return blocking(function)


def expect(book: Book, codes: str, row: int = 0, column: int = 0) -> Expected:
    return Expected(frozenset(codes.split()), book.path.name, book.address(row, column) if row else "")


def put(folder, rng, labels, codes: str, types: tuple[str, ...], values: list, kinds=(), endings=(".xlsx", ".csv")):
    """Write one of the values into a cell of data whose column has one of the types."""
    books = iter(lambda: open_any(folder, rng, labels, *kinds, endings=endings), None)
    book = next(book for book in books if book.columns_of(*types))
    row, column = book.pick(rng, *types)
    value = rng.choice(values)
    book.set(row, column, value(book.get(row, column)) if callable(value) else value)
    book.save()
    return expect(book, codes, row, column)


@harmful
def error_value(folder, rng, labels):
    values = ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?"]
    return put(folder, rng, labels, "error-value", ("points", "count"), values, endings=(".xlsx",))


@harmful
def formula_without_value(folder, rng, labels):
    values = ["=SUM(A1:A9)", "=C5/2", "=IFERROR(1/0,5)"]
    return put(folder, rng, labels, "formula-uncached", ("points", "count", "date"), values, endings=(".xlsx",))


@harmful
def points_out_of_range(folder, rng, labels):
    return put(folder, rng, labels, "constraint-error", ("points",), [120, -3, 100.5, 1000, "－５"])


@harmful
def count_out_of_range(folder, rng, labels):
    return put(folder, rng, labels, "constraint-error", ("count",), [-1, 1.5, "-2", "0.5"])


@harmful
def share_instead_of_points(folder, rng, labels):
    def as_share(value):
        return round((as_number(value) or 90) / 100, 4)

    values = [as_share, lambda v: f"{v}%", lambda v: f"{v}％", 0.85]
    return put(folder, rng, labels, "ambiguous-number", ("points",), values, kinds=("key_work", "inspections"))


@harmful
def number_in_doubtful_form(folder, rng, labels):
    return put(
        folder, rng, labels, "ambiguous-number type-error", ("points", "count"), ["9 5", "85,5", "1,23", "8..5", "12'5"]
    )


@harmful
def words_for_a_number(folder, rng, labels):
    values = ["约90", "九十", "优秀", "90以上", "90-95", "见附件", "①", "9²", "1e2", "NaN", "inf"]
    return put(folder, rng, labels, "type-error ambiguous-number", ("points", "count"), values)


@harmful
def date_with_two_readings(folder, rng, labels):
    values = ["05/04/2026", "5.4.26", "2026年4月", "4月5日", "26-10-05"]
    kinds = ("inspections", "ledger", "key_work", "adjustments")
    return put(folder, rng, labels, "ambiguous-date", ("date",), values, kinds)


@harmful
def date_that_is_no_day(folder, rng, labels):
    values = ["2026年4月31日", "2026-02-30", "2025.13.1", "20260431"]
    kinds = ("inspections", "ledger", "key_work", "adjustments")
    return put(folder, rng, labels, "invalid-date", ("date",), values, kinds)


@harmful
def unknown_choice(folder, rng, labels):
    return put(folder, rng, labels, "type-error", ("choice",), ["其他", "牵头/配合", "大部分公布", "待定"])


@harmful
def unknown_unit(folder, rng, labels):
    def misspelt(value):
        return rng.choice([f"{value}办", f"{value}1", "区某某局", f"原{value}", f"{value}、区财政局"])

    return (
        put(folder, rng, labels, "unknown-unit", ("unit",), [misspelt])
        if rng.random() < 0.5
        else _score_unit(folder, rng, labels, misspelt, "unknown-unit")
    )


@harmful
def unit_merged_away(folder, rng, labels):
    return _score_unit(
        folder, rng, labels, lambda value: rng.choice(["区粮食和物资储备局", "D68", "区粮食局"]), "inactive-unit"
    )


def _score_unit(folder, rng, labels, rename, code):
    book = open_any(folder, rng, labels)
    row = rng.choice(book.data_rows)
    book.set(row, book.unit_column, rename(str(book.get(row, book.unit_column)).strip()))
    book.save()
    return expect(book, code, row, book.unit_column)


@harmful
def row_conflicts_with_another(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "info_system", "key_work", "inspections", "ledger")
    row, column = book.pick(rng, *(("date",) if book.kind == "ledger" else ("points", "count")))
    if book.kind == "ledger":
        column = book.column("due")  # one day later stays lawful in itself, so that only the other row contradicts it
    copy = list(book.rows[row - 1])
    value = copy[column - 1]
    number = as_number(value)
    if book.kind == "ledger":
        copy[column - 1] = (as_date(value) + timedelta(days=1)).strftime("%Y-%m-%d")
    else:
        copy[column - 1] = number - 2 if number >= 12 else number + 2
    at = rng.choice(book.data_rows)
    book.insert_rows(at, [copy])
    book.save()
    return expect(book, "conflicting-values", at, column)


@harmful
def two_files_that_disagree(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "info_system", "key_work", "inspections")
    shutil.copy(book.path, folder / f"副本{book.path.suffix}")
    row, column = book.pick(rng, "points", "count")
    number = as_number(book.get(row, column))
    book.set(row, column, (number - 2 if number >= 12 else number + 2) if number is not None else 50)
    book.save()
    return expect(book, "conflicting-values", row, column)


@harmful
def row_hidden(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    row = rng.choice(book.data_rows)
    book.hidden_rows.add(row)
    book.save()
    return expect(book, "hidden-cell", row, book.unit_column)


@harmful
def column_hidden(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    column = rng.choice(book.columns_of("points", "count", "date", "choice"))
    book.hidden_columns.add(column)
    book.save()
    return expect(book, "hidden-cell", book.block.header[1], column)


@harmful
def unit_left_out(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "info_system")
    row = rng.choice(book.data_rows)
    book.rows[row - 1] = []
    book.save()
    return expect(book, "not-submitted")


@harmful
def value_left_out(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "info_system", "key_work", "inspections")
    row, column = book.pick(rng, "points", "count", "choice")
    if book.kind == "key_work":
        column = rng.choice([book.column(name) for name in ("attitude", "measures", "time_nodes", "effect", "role")])
    book.set(row, column, rng.choice([None, " ", "未报"]))
    book.save()
    return expect(book, "not-submitted missing-cell", row, column)


@harmful
def column_left_out(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    column = rng.choice(_required(book))
    for values in book.rows[book.block.header[0] - 1 :]:
        if len(values) >= column:
            del values[column - 1]
    book.save()
    return expect(book, "missing-label unknown-header")


@harmful
def column_with_an_unknown_name(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    column = rng.choice(_required(book))
    for row in range(book.block.header[0], book.block.header[1] + 1):
        book.set(row, column, rng.choice(["得分情况", "考核结果", "数据一", "三定落实(%)"]))
    book.save()
    return expect(book, "missing-label unknown-header")


def _required(book: Book) -> list[int]:
    fields = book.labels.policy.sheets.kinds[book.kind].fields
    is_needed = lambda m: (m in fields and fields[m].is_required) or m in book.labels.policy.indicator_by_id  # noqa: E731
    return [c.number for c in book.block.columns if is_needed(c.meaning)]


@harmful
def column_twice(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    column = rng.choice([c for c in _required(book) if c != book.unit_column])
    width = len(book.block.columns)
    for row in range(book.block.header[0], len(book.rows) + 1):
        book.set(row, width + 1, book.get(row, column))
    book.save()
    return expect(book, "duplicate-label", book.block.header[1], width + 1)


@harmful
def header_left_out(folder, rng, labels):
    book = open_any(folder, rng, labels)
    first, last = book.block.header
    book.merged = []
    del book.rows[first - 1 : last]
    book.save()
    return expect(book, "unknown-header")


@harmful
def row_above_the_header(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "inspections", endings=(".xlsx",))
    row = rng.choice(book.data_rows)
    values = list(book.rows[row - 1])
    values += [88]
    book.insert_rows(book.block.header[0], [values])
    book.save()
    return expect(book, "row-outside-table", book.block.header[0], book.unit_column)


@harmful
def values_merged_down(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", endings=(".xlsx",))
    pairs = [row for row in book.data_rows if row + 1 in book.data_rows]
    row, column = rng.choice(pairs), rng.choice(book.columns_of("points", "count"))
    book.set(row, column, 1 if column in book.columns_of("count") else 18)
    book.set(row + 1, column, None)
    book.merged.append(f"{book.address(row, column)}:{book.address(row + 1, column)}")
    book.save()
    return expect(book, "merged-value", row, column)


@harmful
def row_shifted_by_a_separator(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".csv",))
    row = rng.choice(book.data_rows)
    width = len(book.block.columns)
    values = (book.rows[row - 1] + [""] * width)[:width]
    values.insert(rng.randint(0, width - 1), "多出的内容")
    book.rows[row - 1] = [v or "0" for v in values]
    book.save()
    return expect(book, "extra-cell short-row unknown-unit")


@harmful
def another_months_sheet(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    book.set(1, 1, rng.choice(["2019年3月", "２０１９年０３月"]) + "考核数据报送表")
    book.save()
    return expect(book, "wrong-month", 1, 1)


@harmful
def file_left_out(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "info_system", "key_work", "ledger")
    book.path.unlink()
    return Expected(frozenset({"missing-delivery"}), "")


@harmful
def file_cut_off(folder, rng, labels):
    path = rng.choice([p for p in sorted(folder.iterdir()) if p.suffix == ".xlsx"])
    data = path.read_bytes()
    path.write_bytes(data[: rng.randint(1, len(data) * 9 // 10)])
    return Expected(frozenset({"unreadable-file"}), path.name)


@harmful
def text_file_cut_off(folder, rng, labels):
    path = rng.choice([p for p in sorted(folder.iterdir()) if p.suffix == ".csv"])
    data = path.read_bytes()
    cut = data[: rng.randint(len(data) // 20, len(data) * 19 // 20)]
    path.write_bytes(cut)
    return Expected(
        frozenset(
            {
                "unreadable-file",
                "not-submitted",
                "missing-cell",
                "unknown-header",
                "unknown-unit",
                "short-row",
                "no-record",
                "units-left-out",
                "cut-off",
            }
        ),
        path.name,
    )


@harmful
def file_of_noise(folder, rng, labels):
    path = rng.choice([p for p in sorted(folder.iterdir()) if p.suffix in (".xlsx", ".csv")])
    path.write_bytes(
        rng.choice(
            [b"", b"PK\x03\x04" + rng.randbytes(500), b"\xd0\xcf\x11\xe0" + rng.randbytes(900), rng.randbytes(999)]
        )
    )
    return Expected(frozenset({"unreadable-file", "unknown-header", "no-record"}), path.name)


@harmful
def file_open_elsewhere(folder, rng, labels):
    path = rng.choice([p for p in sorted(folder.iterdir()) if p.suffix == ".xlsx"])
    (folder / f"~${path.name}").write_bytes(b"\x05user")
    return Expected(frozenset({"open-in-excel"}), path.name)


@harmful
def sheet_of_an_unknown_kind(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    book.merged, book.hidden_rows = [], set()
    book.rows = [["姓名", "职务", "工资"], ["张三", "科员", 5000], ["李四", "主任", 6000]]
    book.path = folder / "其他.xlsx"
    book.save()
    return expect(book, "unknown-header", 1, 1)


# --- files that say nothing, or not what they seem to ---


@blocking
def web_page_named_as_a_workbook(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.path.unlink()
    book.path = book.path.with_suffix(rng.choice([".xls", ".csv", ".et"]))
    book.path.write_bytes(files.as_web_page(book.rows, rng))
    return expect(book, "unreadable-file")


@blocking
def picture_of_the_table(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    files.save_picture(book.path, rng.choice([None, "2024年报送表", book.path.stem]), folder.parent)
    return expect(book, "no-record wrong-month")


@blocking
def picture_below_the_header(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    header = list(book.rows[book.block.header[1] - 1])
    files.save_picture(book.path, None, folder.parent)
    workbook = load_workbook(book.path)
    for number, value in enumerate(header, start=1):
        workbook.active.cell(1, number, value)
    workbook.save(book.path)
    return expect(book, "no-record unknown-header missing-label not-submitted")


@blocking
def rows_pasted_into_one_column(folder, rng, labels):
    book = open_any(folder, rng, labels)
    sign = rng.choice([",", "\t", "，", "|", " ", "、"])
    book.rows = [[sign.join("" if v is None else str(v) for v in row)] for row in book.rows]
    book.merged = []
    if book.path.suffix == ".csv":
        book.path.unlink()
        book.path = book.path.with_suffix(".xlsx")
    book.save()
    return expect(book, "unknown-header no-record")


@blocking
def picture_file_instead_of_the_sheet(folder, rng, labels):
    book = open_any(folder, rng, labels, "adjustments", "inspections", "key_work", "ledger")
    ending = rng.choice([".jpg", ".png", ".pdf"])
    book.path.rename(book.path.with_suffix(ending))
    return Expected(frozenset({"unread-delivery"}), "")


@blocking
def quotation_mark_swallows_rows(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".csv",))
    book.save()
    first, last = sorted(rng.sample(book.data_rows, 2))
    for row in (first, last):
        place = rng.randint(1, 3)
        files.edit_line(book.path, row, lambda line, place=place: _quoted(line, place))
    return Expected(frozenset({"unreadable-file"}), book.path.name)


def _quoted(line: bytes, place: int) -> bytes:
    cells = line.split(b",")
    cells[place] = b'"' + cells[place]
    return b",".join(cells)


@blocking
def bytes_that_are_no_text(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".csv",))
    files.damage(book.path, rng)
    return expect(book, "unreadable-file")


@blocking
def last_months_file(folder, rng, labels):
    path = rng.choice([p for p in sorted(folder.iterdir()) if p.suffix in (".xlsx", ".csv")])
    earlier = folder.parent / "2023-12"
    earlier.mkdir()
    shutil.copy(path, earlier / rng.choice([path.name, f"上月{path.suffix}"]))
    return Expected(frozenset({"earlier-file"}), path.name)


@blocking
def last_months_file_saved_anew(folder, rng, labels):
    """Another program's copy of the month before: other bytes, other order, another name, the same contents."""
    kinds = ("info_system", "key_work", "ledger")
    book = open_any(folder, rng, labels, *kinds)
    earlier = folder.parent / shift(folder.name, -1)
    earlier.mkdir()
    path = book.path.rename(earlier / f"上月{book.path.suffix}")
    files.save_anew(path, book.path, book.data_rows, rng)
    return Expected(frozenset({"earlier-file"}), book.path.name)


OTHER_MONTHS = ("2022年9月", "二〇二二年九月", "2022.9", "202209", "2022-09", "2022年09月份", "2022年1—9月", "2022/09")


@blocking
def another_month_in_the_name(folder, rng, labels):
    book = open_any(folder, rng, labels)
    path = folder / f"{rng.choice(OTHER_MONTHS).replace('/', '_')}报送表{book.path.suffix}"
    book.path.rename(path)
    return Expected(frozenset({"wrong-month"}), path.name)


@blocking
def another_month_in_the_title(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    book.set(1, 1, f"{rng.choice(OTHER_MONTHS)}考核数据报送表")
    book.save()
    return expect(book, "wrong-month", 1, 1)


@blocking
def formulas_never_calculated(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "key_work", "inspections", endings=(".xlsx",))
    row, column = book.pick(rng, "points", "count")
    book.set(row, column, rng.choice(["=100-8.6", "=SUM(A1:A3)", "=85+5.5"]))
    book.save()
    files.store_zeros(book.path)
    return expect(book, "formula-uncached", row, column)


@blocking
def struck_through(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    row, column = book.pick(rng, "points", "count", "choice", "date")
    book.save()
    workbook = load_workbook(book.path)
    workbook.active.cell(row, column).font = Font(strike=True)
    workbook.save(book.path)
    return expect(book, "struck-through", row, column)


@blocking
def row_of_another_length(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".csv",))
    row = rng.choice(book.data_rows)
    book.save()
    changes = [
        lambda line: line.rstrip(b"\r").rpartition(b",")[0],
        lambda line: line.rstrip(b"\r") + b",",
        lambda line: line.rstrip(b"\r") + b",,",
        lambda line: b",".join(line.split(b",")[:4]),
    ]
    files.edit_line(book.path, row, rng.choice(changes))
    return expect(book, "short-row", row, 1)


@blocking
def half_of_a_ratio_not_applicable(folder, rng, labels):
    book = open_any(folder, rng, labels, "info_system")
    row, column = book.pick(rng, "count")
    book.set(row, column, rng.choice(["/", "—", "不适用"]))
    book.save()
    return expect(book, "half-ratio not-applicable-here", row, column)


@blocking
def what_is_no_file_of_data(folder, rng, labels):
    name = rng.choice(["台账.zip", "台账.rar", "评分.xlsx.crdownload", "链接.xlsx", "管道.csv", "环.csv"])
    path = folder / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("台账.xlsx", "x")
    elif name == "链接.xlsx":
        path.symlink_to("/nowhere/at/all")
    elif name == "环.csv":
        path.symlink_to(path)
    elif name == "管道.csv":
        os.mkfifo(path)
    else:
        path.write_bytes(b"Rar!\x1a\x07\x00")
    return Expected(frozenset({"unreadable-file"}), name)


# --- values ---


@blocking
def unseen_sign_in_a_number(folder, rng, labels):
    signs = ["\u200f", "\u202e", "\u2066", "\u200b", "\u00ad"]

    def hide(value):
        text = str(as_number(value) or 85.5)
        return text[:1] + rng.choice(signs) + text[1:]

    return put(folder, rng, labels, "unseen-sign", ("points", "count"), [hide])


@blocking
def count_of_none_due(folder, rng, labels):
    book = open_any(folder, rng, labels, "info_system")
    row = rng.choice(book.data_rows)
    column = book.column(rng.choice(["staff", "days_required", "documents_due", "duties_listed"]))
    book.set(row, column, rng.choice([0, "0", "０", "0人"]))
    book.save()
    return expect(book, "zero-count", row, column)


@blocking
def not_applicable_where_a_value_must_stand(folder, rng, labels):
    book = open_any(folder, rng, labels, "key_work", "inspections", "ledger", "adjustments")
    fields = labels.policy.sheets.kinds[book.kind].fields
    required = [name for name, field in fields.items() if field.is_required]
    row, name = rng.choice(book.data_rows), rng.choice(required)
    book.set(row, book.column(name), rng.choice(["/", "—", "不适用"]))
    book.save()
    return expect(book, "not-applicable-here", row, book.column(name))


@blocking
def id_hidden_by_a_spreadsheet(folder, rng, labels):
    book = open_any(folder, rng, labels, "key_work", "inspections", "ledger")
    row, column = rng.choice(book.data_rows), book.columns_of("id")[0]
    book.set(row, column, rng.choice([1.1, 2.02610008e17, "2.0261E+11", "１.5E+12"]))
    book.save()
    return expect(book, "number-as-id", row, column)


@blocking
def what_happened_lies_in_the_future(folder, rng, labels):
    book = open_any(folder, rng, labels, "ledger", "adjustments", "key_work")
    name = {"ledger": "found", "adjustments": "date", "key_work": "done"}[book.kind]
    row, column = rng.choice(book.data_rows), book.column(name)
    year, month = map(int, labels.policy.period.split("-"))
    day = f"{year + month // 12}-{month % 12 + 1:02d}-0{rng.randint(1, 9)}"
    book.set(row, column, rng.choice([day, f"{day} 09:30:00.0", f"'{day}"]))
    book.save()
    return expect(book, "constraint-error inconsistent-row")


@blocking
def adjustment_beyond_the_rules(folder, rng, labels):
    book = open_any(folder, rng, labels, "adjustments")
    row = rng.choice(book.data_rows)
    texts = {"reason": "某事", "document": f"〔2026〕{rng.randint(100, 999)}号", "date": f"{labels.policy.period}-02"}
    changed = rng.choice(
        [
            {"kind": "加分", "points": 9},
            {"kind": "加分", "points": 1, "scope": "年度"},
            {"kind": "扣分", "points": 1, "from_tier": "良好"},
            {"kind": "一票否优", "points": 1},
            {"kind": "定性调整", "from_tier": "优秀", "to_tier": "达标"},
            {"kind": "定性调整", "from_tier": "良好", "to_tier": "良好"},
        ]
    )
    for name in ("points", "from_tier", "to_tier", "scope"):
        if book.block.column_of(name):
            book.set(row, book.column(name), None)
    for name, value in (texts | changed).items():
        book.set(row, book.column(name), value)
    book.save()
    return expect(book, "constraint-error inconsistent-row judgement")


# --- tickets ---


@of_tickets
def ticket_file_refused(folder, rng, labels):
    path, others = _ticket_files(folder)
    if rng.random() < 0.5:
        others.unlink()
    if path.suffix == ".parquet":
        data = path.read_bytes()
        path.write_bytes(data[: rng.randint(10, len(data) - 1)])
    else:
        files.damage(path, rng)
    return Expected(frozenset({"unreadable-file"}), path.name)


@of_tickets
def ticket_rows_swallowed(folder, rng, labels):
    path = _as_csv(_ticket_files(folder)[0])
    n_lines = path.read_bytes().count(b"\n")
    for row in sorted(rng.sample(range(3, n_lines - 2), 2)):
        place = rng.randint(1, 5)
        files.edit_line(path, row, lambda line, place=place: _quoted(line, place))
    return Expected(frozenset({"unreadable-file"}), path.name)


@of_tickets
def ticket_row_of_another_length(folder, rng, labels):
    path = _as_csv(_ticket_files(folder)[0])
    row = rng.randint(3, path.read_bytes().count(b"\n") - 2)
    files.edit_line(path, row, rng.choice([lambda line: b"x," + line, lambda line: line.partition(b",")[2]]))
    return Expected(frozenset({"ragged-rows"}), path.name)


@of_tickets
def ticket_file_left_out(folder, rng, labels):
    path, others = _ticket_files(folder)
    path.unlink()
    if rng.random() < 0.5:
        others.unlink()
    return Expected(frozenset({"missing-delivery"}), "")


@harmful
def ticket_file_cut_off_after_a_row(folder, rng, labels):
    """A row that is whole shows nothing of those that would follow, but its line has no end."""
    path = _as_csv(_ticket_files(folder)[0])
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\r\n".join(lines[: rng.randint(2, len(lines) - 1)]))
    return Expected(frozenset({"cut-off"}), path.name)


WITH_TICKETS.add("ticket_file_cut_off_after_a_row")


@of_tickets
def ticket_files_that_disagree(folder, rng, labels):
    path = _as_csv(_ticket_files(folder)[0])
    lines = path.read_text("utf-8").splitlines()
    picked = rng.sample(lines[2:], 5)
    other = folder / "补报.csv"
    other.write_text("\n".join([lines[0], *(_other_unit(line, labels, rng) for line in picked)]), "utf-8")
    return Expected(frozenset({"overlapping-files"}), max(other.name, path.name))


def _other_unit(line: str, labels: Labels, rng: random.Random) -> str:
    cells = line.split(",")
    names = [unit.name for unit in labels.policy.units if unit.name not in cells]
    return ",".join([*cells[:3], rng.choice(names), *cells[4:]])


def _ticket_files(folder: Path) -> tuple[Path, Path]:
    (path,) = folder.glob("*工单*")
    (others,) = folder.glob("*转办*")
    return path, others


def _as_csv(path: Path) -> Path:
    """Return a file of tickets as CSV without its free text, one line a ticket, in UTF-8."""
    target = path.with_suffix(".csv")
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path).astype(str)
    else:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=files.encoding_of(path))
    frame = frame[frame["受理日期"] != ""].drop(columns="诉求内容")
    path.unlink()
    frame.to_csv(target, index=False)
    return target


__all__ = ["BLOCKING", "HARMFUL", "UNIT", "WITH_TICKETS"]
