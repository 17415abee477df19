"""What has one meaning is read; what is ambiguous gets a code."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.intake.readers import RawCell
from analysis.intake.values import (
    as_share,
    clean_text,
    in_unit,
    is_blank,
    parse_count,
    parse_date,
    parse_id,
    parse_moment,
    parse_number,
)


def text(written: str) -> RawCell:
    return RawCell(1, 1, written, written, "text")


def number(value: float, number_format: str = "General") -> RawCell:
    return RawCell(1, 1, value, repr(value), "number", False, number_format)


def moment(value: datetime | time, number_format: str = "yyyy-mm-dd") -> RawCell:
    return RawCell(1, 1, value, value.isoformat(), "date", False, number_format)


BLANK = RawCell(1, 1, None, "", "blank")
ERROR = RawCell(1, 1, None, "#N/A", "error")
FORMULA = RawCell(1, 1, None, "=A1+1", "formula_uncached")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("85", 85),
        ("８５．５", 85.5),
        ("\u3000 95\u00a0", 95),
        ("\u200b95\ufeff", 95),
        ('="85"', 85),
        ("'85", 85),
        ("92.30000000000001", 92.30000000000001),
        ("1,234.5", 1234.5),
        ("12，345", 12345),
        ("-5", -5),
        ("−5", -5),
        ("－０．５", -0.5),
        ("+.5", 0.5),
        ("007", 7),
        ("85分", 85),
        ("85 分", 85),
    ],
)
def test_a_number_with_one_meaning_is_read(written, expected):
    assert parse_number(text(written), unit_words=("分",)).value == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1,23", "ambiguous-number"),
        ("1.234,5", "ambiguous-number"),
        ("0,123", "ambiguous-number"),
        ("1 234", "ambiguous-number"),
        ("8 5", "ambiguous-number"),
        ("1.2.3", "ambiguous-number"),
        ("1_0", "type-error"),
        ("1e5", "type-error"),
        ("inf", "type-error"),
        ("nan", "type-error"),
        ("5²", "type-error"),
        ("①", "type-error"),
        ("½", "type-error"),
        ("٣", "type-error"),
        ("八十五", "type-error"),
        ("85分钟", "type-error"),
        ("—", "type-error"),
        ("12345678901234567", "constraint-error"),
        ("5\u200f.58", "unseen-sign"),
        ("\u202e5.58", "unseen-sign"),
        ("8\u200b5.5", "unseen-sign"),
    ],
)
def test_a_number_that_could_mean_something_else_is_flagged(written, code):
    assert parse_number(text(written), unit_words=("分",)).code == code


@pytest.mark.parametrize("parse", [parse_number, parse_count, parse_date, parse_moment])
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (BLANK, "blank-cell"),
        (text(" \u3000\u200b"), "blank-cell"),
        (ERROR, "error-value"),
        (FORMULA, "formula-uncached"),
    ],
)
def test_a_cell_without_a_value_says_which_kind_of_nothing_it_is(parse, cell, code):
    assert parse(cell).code == code


def test_a_date_or_a_truth_value_is_no_number():
    assert parse_number(moment(datetime(2026, 1, 2))).code == "type-error"
    assert parse_number(RawCell(1, 1, True, "TRUE", "bool")).code == "type-error"
    assert parse_number(number(1.5, "[h]:mm")).code == "type-error"


def test_percent_in_text_and_in_the_number_format_reads_alike():
    written, formatted = parse_number(text("28.3％")), parse_number(number(0.283, "0.0%"))
    assert written.value == formatted.value == 28.3
    assert written.has_percent and formatted.has_percent


def test_a_quoted_percent_sign_in_a_format_does_not_multiply():
    assert parse_number(number(85, '0"%"')).value == 85


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [
        (number(95), "percent", 95),
        (text("95%"), "percent", 95),
        (text("0.5％"), "percent", 0.5),
        (number(0.95, "0%"), "percent", 95),
        (number(0), "percent", 0),
        (number(1), "percent", None),
        (number(0.95), "percent", None),
        (number(0.95), "share", 0.95),
        (text("95%"), "share", 0.95),
        (number(0.95, "0.0%"), "share", 0.95),
        (number(1), "share", 1),
        (number(0.5), "share", 0.5),
        (number(0), "share", 0),
        (number(95), "share", None),
        (number(1.01), "share", None),
        (number(1), "points", 1),
        (number(0), "points", 0),
        (number(0.99), "points", None),
        (text("95%"), "points", None),
        (number(0.95, "0%"), "points", None),
        (number(0.5), "other", 0.5),
        (text("5%"), "other", None),
    ],
)
def test_a_number_is_taken_in_its_unit_or_is_ambiguous(cell, unit, value):
    taken = in_unit(parse_number(cell), unit)
    assert (taken.value, taken.code) == (value, None if value is not None else "ambiguous-number")


@pytest.mark.parametrize(("value", "unit"), [(0.5, "percent"), (95, "share"), (0.5, "points")])
def test_what_somebody_answers_for_is_not_ambiguous(value, unit):
    assert in_unit(parse_number(number(value)), unit, is_settled=True).value == value


def test_a_problem_passes_through_units_and_shares():
    assert in_unit(parse_number(ERROR), "points").code == as_share(parse_number(ERROR)).code == "error-value"


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (number(12), 12, None),
        (number(12.0), 12, None),
        (text("12件"), 12, None),
        (text("12.0"), 12, None),
        (number(12.5), None, "constraint-error"),
        (number(-1), None, "constraint-error"),
        (text("12%"), None, "type-error"),
    ],
)
def test_a_count_is_whole_and_not_negative(cell, value, code):
    count = parse_count(cell, unit_words=("件",))
    assert (count.value, count.code) == (value, code)


@pytest.mark.parametrize(
    "written",
    [
        "2026年4月9日",
        "2026 年 4 月 9 日",
        "２０２６年０４月０９号",
        "2026-4-9",
        "2026.4.9",
        "2026/04/09",
        "20260409",
        "2026-04-09 08:30",
        "2026-04-09T08:30:01.5",
        "2026年4月9日 8:30:00",
    ],
)
def test_a_date_with_one_meaning_is_read(written):
    assert parse_date(text(written)).value == date(2026, 4, 9)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("05/04/2026", "ambiguous-date"),
        ("25/04/2026", "ambiguous-date"),
        ("26.4.9", "ambiguous-date"),
        ("26年4月9日", "ambiguous-date"),
        ("4月9日", "ambiguous-date"),
        ("2026年4月", "ambiguous-date"),
        ("2026-04", "ambiguous-date"),
        ("2026-10-08\u202e", "unseen-sign"),
        ("2026-10-\u200b08", "unseen-sign"),
        ("2026-09-22 下午 13:00:61", "invalid-date"),
        ("2026年4月31日", "invalid-date"),
        ("2026-2-29", "invalid-date"),
        ("2026-04-09 25:00", "invalid-date"),
        ("2026年13月", "invalid-date"),
        ("1026-4-9", "constraint-error"),
        ("2026-4/9", "type-error"),
        ("昨天", "type-error"),
    ],
)
def test_a_date_that_could_be_another_is_flagged(written, code):
    assert parse_date(text(written)).code == code


def test_a_month_alone_is_a_date_only_where_the_column_allows_it():
    parsed = parse_date(text("2026年4月"), month_ok=True)
    assert (parsed.value, parsed.note) == (date(2026, 4, 1), "month-only")


def test_the_day_that_excel_makes_up_for_a_typed_month_is_not_believed():
    cell = moment(datetime(2026, 4, 1), 'yyyy"年"m"月"')
    assert parse_date(cell).code == "ambiguous-date"
    assert parse_date(cell, month_ok=True).note == "month-only"


def test_a_serial_number_is_a_day_in_the_date_system_of_its_workbook():
    assert parse_date(number(46121)).value == date(2026, 4, 9)
    assert parse_date(number(44659), date_system=1904).value == date(2026, 4, 9)


@pytest.mark.parametrize("value", [2026, 2026.4, -1, 9e9])
def test_a_number_that_is_no_plausible_serial_is_flagged(value):
    assert parse_date(number(value)).code == "ambiguous-date"


def test_a_moment_keeps_its_time_and_a_time_alone_is_no_date():
    assert parse_moment(moment(datetime(2026, 4, 9, 8, 30))).value == datetime(2026, 4, 9, 8, 30)
    assert parse_date(moment(time(8, 30), "hh:mm")).code == "type-error"


def test_clean_text_keeps_one_kind_of_space_and_no_invisible_letters():
    assert clean_text("\ufeff 张\u3000三\u200b\u00ad ") == "张 三"


def test_a_text_is_cleaned_alike_with_and_without_an_invisible_letter_beside_it():
    texts = [f"{letter}甲{letter}乙{letter}" for letter in map(chr, range(0x20000))]
    assert [clean_text(text) for text in texts] == [clean_text(f"\u200b{text}") for text in texts]


def test_errors_and_formulas_are_not_blank():
    assert is_blank(BLANK) and is_blank(text("\u3164"))
    assert not is_blank(ERROR) and not is_blank(FORMULA) and not is_blank(text("—"))


@given(st.text())
def test_any_text_is_a_value_or_a_code(written):
    for parse in (parse_number, parse_date):
        parsed = parse(text(written))
        assert (parsed.value is None) == (parsed.code is not None)


@given(st.floats(0, 1e12).map(lambda value: round(value, 2)))
def test_a_printed_number_reads_back_with_and_without_groups(value):
    assert parse_number(text(f"{value:.2f}")).value == value
    assert parse_number(text(f"{value:,.2f}")).value == value


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_each_writing_of_a_day_reads_back(day):
    for form in ("%Y年%m月%d日", "%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d"):
        assert parse_date(text(day.strftime(form))).value == day


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-10-08 09:30:00.0", datetime(2026, 10, 8, 9, 30)),
        ("2026-10-08T09:30:00.123456789", datetime(2026, 10, 8, 9, 30)),
        ("2026年9月22日 09:30", datetime(2026, 9, 22, 9, 30)),
        ("2026.09.22 09:30", datetime(2026, 9, 22, 9, 30)),
        ("2026-09-22T09:30:00+08:00", datetime(2026, 9, 22, 9, 30)),
        ("2026-09-22T20:30:00Z", datetime(2026, 9, 23, 4, 30)),
        ("2026/9/22 下午 1:05:00", datetime(2026, 9, 22, 13, 5)),
        ("2026/9/22 上午12:05", datetime(2026, 9, 22, 0, 5)),
        ("2026年9月22日 星期二 9时30分", datetime(2026, 9, 22, 9, 30)),
        ("20260922093000", datetime(2026, 9, 22, 9, 30)),
        ('="2026-09-22"', datetime(2026, 9, 22)),
        ("'2026-09-22", datetime(2026, 9, 22)),
        ("二〇二六年九月二十二日", datetime(2026, 9, 22)),
        ("二〇二六年十月十日", datetime(2026, 10, 10)),
        ("46287", datetime(2026, 9, 22)),
        ("46287.5", datetime(2026, 9, 22, 12)),
    ],
)
def test_a_moment_is_read_as_any_system_writes_it(written, expected):
    assert parse_moment(text(written)).value == expected


@pytest.mark.parametrize(
    "written",
    [
        "GD2026-01",
        "gd2026-01",
        "ＧＤ２０２６－０１",
        "GD2026\u200b-01\ufeff",
        '="GD2026-01"',
        "'GD2026-01",
        " GD2026—01",
    ],
)
def test_each_writing_of_an_id_is_one_id(written):
    assert parse_id(text(written)).value == "GD2026-01"


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (23, "General", "23"),
        (23, '"ZG2026"00000', "ZG202600023"),
        (7, "0000", "0007"),
        (1.1, "0.00", "1.10"),
        (1.1, "General", None),
        (2.02610008e17, "0", None),
        (1234, "#,##0", None),
        (5, "0%", None),
    ],
)
def test_an_id_stored_as_a_number_is_read_only_where_its_format_shows_all_of_it(value, number_format, expected):
    parsed = parse_id(number(value, number_format))
    assert (parsed.value, parsed.code) == (expected, None if expected else "number-as-id")


def test_an_id_that_a_spreadsheet_has_shortened_is_none():
    assert parse_id(text("2.0261E+11")).code == "number-as-id"
