"""Mutations that change how a delivery looks and not what it says: every table must stay the same."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from analysis.intake.labels import IGNORED, UNIT, Labels

from .books import Book, as_date, as_number, open_any, open_book, save_books
from .files import save_open_document

Mutation = Callable[[Path, random.Random, Labels], None]
HARMLESS: dict[str, Mutation] = {}
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
_SPACES = ("\u3000", "\u00a0", " ", "\u200b", "\t", "\u2003")
_QUANTITIES = ("points", "count", "number")


def harmless(function: Mutation) -> Mutation:
    HARMLESS[function.__name__] = function
    return function


def some(rng: random.Random, items: list) -> list:
    return rng.sample(items, max(1, len(items) * rng.randint(1, 10) // 10))


@harmless
def spaces_in_names(folder, rng, labels):
    book = open_any(folder, rng, labels)
    for row in some(rng, book.data_rows):
        name = str(book.get(row, book.unit_column))
        place = rng.randint(0, len(name))
        book.set(row, book.unit_column, name[:place] + rng.choice(_SPACES) + name[place:])
    book.save()


@harmless
def aliases_and_ids(folder, rng, labels):
    book = open_any(folder, rng, labels)
    units = {unit.id: unit for unit in labels.policy.units}
    for row in some(rng, book.data_rows):
        unit = units[labels.unit(str(book.get(row, book.unit_column)))]
        book.set(row, book.unit_column, rng.choice([unit.id, unit.name, *unit.aliases]))
    book.save()


@harmless
def wide_digits(folder, rng, labels):
    _rewrite_numbers(folder, rng, labels, lambda text, value: text.translate(_WIDE))


@harmless
def numbers_as_text(folder, rng, labels):
    _rewrite_numbers(
        folder, rng, labels, lambda text, value: rng.choice([text, f" {text} ", f"{text}\u3000", f"+{text}"])
    )


@harmless
def thousands_separators(folder, rng, labels):
    _rewrite_numbers(folder, rng, labels, lambda text, value: f"{value:,.{len(text.partition('.')[2])}f}")


@harmless
def unit_words_behind_numbers(folder, rng, labels):
    _rewrite_numbers(folder, rng, labels, lambda text, value: f"{text}{rng.choice(['分', '件', ' 人'])}")


def _rewrite_numbers(folder, rng, labels, write) -> None:
    book = open_any(folder, rng, labels, "scores", "info_system", "key_work", "inspections")
    columns = book.columns_of(*_QUANTITIES)
    places = [(r, c) for r in book.data_rows for c in columns if as_number(book.get(r, c)) is not None]
    for row, column in some(rng, places):
        value = as_number(book.get(row, column))
        text = str(int(value)) if value.is_integer() else repr(value)
        book.set(row, column, write(text, value))
    book.save()


@harmless
def rows_in_another_order(folder, rng, labels):
    book = open_any(folder, rng, labels)
    contents = [book.rows[row - 1] for row in book.data_rows]
    rng.shuffle(contents)
    for row, values in zip(book.data_rows, contents, strict=True):
        book.rows[row - 1] = values
    book.save()


@harmless
def columns_in_another_order(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    width = len(book.block.columns)
    order = list(range(width))
    rng.shuffle(order)
    first = book.block.header[0]
    for i, values in enumerate(book.rows):
        if first - 1 <= i < max(book.data_rows):
            padded = values + [None] * (width - len(values))
            book.rows[i] = [padded[j] for j in order]
    # A total's label must still stand in front of the units; the mutation keeps it on the row's first cell.
    for i in range(first - 1, max(book.data_rows)):
        if i + 1 not in book.data_rows and i + 1 > book.block.header[1]:
            book.rows[i] = ["小计", *[None] * (width - 1)]
    book.save()


@harmless
def more_title_rows(folder, rng, labels):
    book = open_any(folder, rng, labels)
    titles = [
        ["关于报送数据的通知"],
        [],
        ["密级:内部"],
        [None, "联系电话:0531-88001234"],
        ["单位:分", None, "页码", "第1页"],
    ]
    book.insert_rows(1, rng.sample(titles, rng.randint(1, len(titles))))
    book.save()


@harmless
def blank_rows(folder, rng, labels):
    book = open_any(folder, rng, labels)
    for row in sorted(some(rng, book.data_rows), reverse=True)[:8]:
        book.insert_rows(row, [[] if rng.random() < 0.5 else [None, " ", "\u3000"]])
    book.save()


@harmless
def totals_in_the_middle(folder, rng, labels):
    book = open_any(folder, rng, labels)
    column = book.unit_column
    label = rng.choice(["小计", "合 计", "平均分", "民生服务小计", "总计:", "全区平均"])
    row = rng.choice(book.data_rows)
    values = [None] * (column - 1) + [label] + [99.9] * 3
    book.insert_rows(row, [values])
    book.save()


@harmless
def headings_between_groups(folder, rng, labels):
    book = open_any(folder, rng, labels)
    name = rng.choice(["一、党委群团", "镇街", "（二）民生服务", "经济管理："])
    book.insert_rows(rng.choice(book.data_rows), [[None] * (book.unit_column - 1) + [name]])
    book.save()


@harmless
def notes_below(folder, rng, labels):
    book = open_any(folder, rng, labels)
    notes = [
        ["注:1.本表由各科室填报。"],
        ["填报人:张三", None, "审核人:李四"],
        ["说明", "满分100分"],
        ["备注:以上数据截至月末。"],
    ]
    book.rows += [[], *rng.sample(notes, rng.randint(1, len(notes)))]
    book.save()


@harmless
def header_repeated(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    first, last = book.block.header
    header = [list(book.rows[row - 1]) for row in range(first, last + 1)]
    row = rng.choice(book.data_rows[1:] or book.data_rows)
    book.insert_rows(row, header)
    book.save()


@harmless
def header_written_loosely(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    row = book.block.header[1]
    for column in book.block.columns:
        text = book.get(row, column.number)
        if isinstance(text, str) and text and column.meaning:
            place = rng.randint(0, len(text))
            loose = text[:place] + rng.choice([" ", "\n", "\u3000", ""]) + text[place:]
            book.set(row, column.number, loose + rng.choice(["", "", "(分)", "（件）", "(必填)"]))
    book.save()


@harmless
def other_column_names(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    fields = labels.policy.sheets.kinds[book.kind].fields
    for column in book.block.columns:
        if column.meaning in fields:
            book.set(book.block.header[1], column.number, rng.choice(fields[column.meaning].names))
        elif column.meaning in labels.policy.indicator_by_id and rng.random() < 0.3:
            book.set(book.block.header[1], column.number, column.meaning)
    book.save()


@harmless
def one_level_header(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    book.unmerge()
    first, last = book.block.header
    del book.rows[first - 1 : last - 1]
    book.save()


@harmless
def titles_unmerged(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    book.merged = []
    book.save()


@harmless
def other_encoding(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".csv",))
    book.encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
    book.save()


@harmless
def other_delimiter(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".csv",))
    book.delimiter = rng.choice(["\t", ";", "|", "，", "；"])
    book.save()


@harmless
def workbook_as_csv(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    book.unmerge()
    book.encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030"])
    book.path.unlink()
    book.save(book.path.with_suffix(".csv"))


@harmless
def two_files_in_one_workbook(folder, rng, labels):
    paths = [path for path in sorted(folder.iterdir()) if path.suffix == ".xlsx"]
    chosen = rng.sample(paths, 2)
    books = [open_book(path, labels) for path in chosen]
    for path in chosen:
        path.unlink()
    save_books(folder / "汇总.xlsx", books)


@harmless
def one_table_in_two_sheets(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "info_system")
    book.unmerge()
    cut = rng.choice(book.data_rows[1:])
    head = [list(row) for row in book.rows[: book.block.header[1]]]
    second = Book(book.path, "表2", head + book.rows[cut - 1 :], book.block, [], labels)
    book.rows = book.rows[: cut - 1]
    book.path.unlink()
    save_books(book.path.with_suffix(".xlsx"), [book, second])


@harmless
def two_tables_side_by_side(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores")
    book.unmerge()
    width = len(book.block.columns)
    first, last = book.block.header
    moved = [row for row in book.data_rows if rng.random() < 0.5]
    kept = [row for row in book.data_rows if row not in moved] or moved[:1]
    moved = [row for row in moved if row not in kept]
    table = [book.rows[row - 1] + [None] * (width - len(book.rows[row - 1])) for row in range(first, last + 1)]
    rows = [values + values for values in table]
    for i in range(max(len(kept), len(moved))):
        parts = [book.rows[side[i] - 1] if i < len(side) else [] for side in (kept, moved)]
        rows.append([v for part in parts for v in (part + [None] * (width - len(part)))[:width]])
    book.rows = book.rows[: first - 1] + rows
    book.save()


@harmless
def dates_in_other_forms(folder, rng, labels):
    book = open_any(folder, rng, labels, "inspections", "ledger", "key_work", "adjustments")
    places = [(r, c) for r in book.data_rows for c in book.columns_of("date") if as_date(book.get(r, c))]
    for row, column in some(rng, places) if places else []:
        day = as_date(book.get(row, column))
        forms = [f"{day.year}年{day.month}月{day.day}日", f"{day:%Y.%m.%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}"]
        serial = (day - day.replace(year=1900, month=1, day=1)).days + 2
        book.set(row, column, rng.choice([*forms, f"{day:%Y-%m-%d}".translate(_WIDE), serial]))
    book.save()


@harmless
def tasks_merged_down(folder, rng, labels):
    book = open_any(folder, rng, labels, "key_work")
    column = book.column("task")
    runs: dict[str, list[int]] = {}
    for row in book.data_rows:
        runs.setdefault(str(book.get(row, column)), []).append(row)
    for rows in runs.values():
        if len(rows) > 1 and rows == list(range(rows[0], rows[-1] + 1)):
            for name in ("task", "category"):
                place = book.column(name)
                book.merged.append(f"{book.address(rows[0], place)}:{book.address(rows[-1], place)}")
                for row in rows[1:]:
                    book.set(row, place, None)
    book.save()


@harmless
def empty_and_remark_sheets(folder, rng, labels):
    book = open_any(folder, rng, labels, endings=(".xlsx",))
    remarks = Book(
        book.path,
        "说明",
        [["填表说明"], ["一、本表按月填报。"], [], ["二、单位名称用规范名称。"]],
        book.block,
        [],
        labels,
    )
    empty = Book(book.path, "Sheet2", [], book.block, [], labels)
    save_books(book.path, rng.sample([book, remarks, empty], 3))


@harmless
def files_renamed(folder, rng, labels):
    for i, path in enumerate(sorted(folder.iterdir())):
        if path.suffix in (".xlsx", ".csv"):
            path.rename(folder / f"{rng.randint(0, 10**3)}_{i}{path.suffix}")  # six digits may name a month


@harmless
def attachments_beside(folder, rng, labels):
    (folder / rng.choice(["盖章扫描件.pdf", "情况说明.docx", "照片.JPG"])).write_bytes(b"%PDF-1.7 \x00\xff")


@harmless
def rows_delivered_twice(folder, rng, labels):
    book = open_any(folder, rng, labels)
    row = rng.choice(book.data_rows)
    book.insert_rows(rng.choice(book.data_rows), [list(book.rows[row - 1])])
    book.save()


@harmless
def more_ignored_columns(folder, rng, labels):
    book = open_any(folder, rng, labels)
    book.unmerge()
    width = len(book.block.columns)
    ignored = [name for name, meaning in labels.fields[book.kind].items() if meaning == IGNORED]
    present = {column.label for column in book.block.columns}
    free = [name for name in ignored if name not in present] or ["备注"]
    book.set(book.block.header[1], width + 1, rng.choice(free))
    for row in book.data_rows:
        book.set(row, width + 1, rng.choice(["已核", 3.5, None, "#"]))
    book.save()


@harmless
def open_document(folder, rng, labels):
    book = open_any(folder, rng, labels, "scores", "key_work", "inspections", endings=(".xlsx",))
    book.unmerge()
    book.path.unlink()
    save_open_document(book.path.with_suffix(rng.choice([".ods", ".xlsx"])), book.rows)


@harmless
def files_of_the_system(folder, rng, labels):
    for name in rng.sample(["Thumbs.db", "thumbs.db", "desktop.ini", ".DS_Store", "._a.xlsx", "~$评分.xlsx"], 3):
        (folder / name).write_bytes(rng.randbytes(60))
    (folder / "__MACOSX").mkdir()


@harmless
def file_sent_twice(folder, rng, labels):
    path = rng.choice([p for p in sorted(folder.iterdir()) if p.suffix in (".xlsx", ".csv")])
    shutil.copy(path, folder / f"副本{path.suffix}")


@harmless
def subtotals_of_a_spreadsheet(folder, rng, labels):
    book = open_any(folder, rng, labels)
    row = rng.choice(book.data_rows)
    name = str(book.get(row, book.unit_column)).strip()
    label = rng.choice([f"{name} 汇总", "总计", "汇总", f"{name}汇总"])
    book.insert_rows(row + 1, [[None] * (book.unit_column - 1) + [label] + [99.9] * 3])
    book.save()


@harmless
def export_day_and_ranges_in_names(folder, rng, labels):
    book = open_any(folder, rng, labels)
    year = labels.policy.period[:4]
    words = [
        f"{year}0131导出",
        f"{year}-01-31",
        f"{year}年1-12月累计",
        "1月31日报送",
        f"{year}年度",
        f"{year}0131093000",
    ]
    book.path.rename(folder / f"报送表{rng.choice(words)}{book.path.suffix}")


def _ids(book: Book) -> list[tuple[int, int]]:
    return [(row, column) for row in book.data_rows for column in book.columns_of("id") if book.get(row, column)]


@harmless
def ids_in_other_writings(folder, rng, labels):
    book = open_any(folder, rng, labels, "key_work", "inspections", "ledger")
    for row, column in some(rng, _ids(book)):
        text = str(book.get(row, column))
        wide = "".join(
            chr(ord(letter) + 0xFEE0) if letter.isalnum() and letter.isascii() else letter for letter in text
        )
        forms = [text.lower(), wide, f"{text}\u200b", f"\ufeff{text}", f"'{text}", f" {text[:4]} {text[4:]}"]
        book.set(row, column, rng.choice(forms))
    book.save()


@harmless
def dates_as_systems_write_them(folder, rng, labels):
    book = open_any(folder, rng, labels, "inspections", "ledger", "key_work", "adjustments")
    places = [(r, c) for r in book.data_rows for c in book.columns_of("date") if as_date(book.get(r, c))]
    for row, column in some(rng, places) if places else []:
        day = as_date(book.get(row, column))
        forms = [
            f"{day:%Y-%m-%d} 09:30:00.0",
            f"{day:%Y-%m-%d}T09:30:00.123456+08:00",
            f"{day.year}年{day.month}月{day.day}日 09:30",
            f"{day:%Y.%m.%d} 9:30",
            f"{day:%Y/%m/%d} 上午 9:30:00",
            f"'{day:%Y-%m-%d}",
            f"{day:%Y%m%d}093000",
        ]
        book.set(row, column, rng.choice(forms))
    book.save()


@harmless
def numbers_as_a_program_prints_them(folder, rng, labels):
    _rewrite_numbers(
        folder, rng, labels, lambda text, value: rng.choice([f"'{text}", f"{text}\u200b", f"{float(text)}"])
    )


__all__ = ["HARMLESS", "UNIT"]
