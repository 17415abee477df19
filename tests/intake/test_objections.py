"""Objections as data (S21): what the file may say, and that it is about something that exists."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
import yaml
from openpyxl import load_workbook

from analysis.intake.objection_files import REGISTER, list_objection_files, objections_path
from analysis.intake.objections import SHEET, Objections, check_objections, load_objections
from analysis.intake.register import Corrections
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.policy.load import validate
from analysis.policy.tables import TABLES
from analysis.run.forms.start import write_forms

from ..conftest import copy_root

BOOK = load_policy(Path(__file__).resolve().parents[2])
LINEAGE = TABLES["lineage"].check(
    pd.DataFrame(
        [
            {
                "measurement_id": f"2025-05/{unit}/{indicator}",
                "role": "value",
                "file": "a.xlsx",
                "sheet": "表",
                "cell": cell,
                "raw": "90",
            }
            for unit, indicator, cell in (
                ("D51", "common-01", "C9"),
                ("D52", "common-01", "C10"),
                ("D51", "common-03", "E9"),
            )
        ]
    )
)
USUAL = {
    "id": "Y-1",
    "unit": "D51",
    "period": "2025-05",
    "indicator": "common-01",
    "claim": "得分录入有误",
    "received": "2026-01-05",
    "outcome": "open",
}
CELL = {"file": "a.xlsx", "cell": "C9"}
SIGNED = {"decided": "2026-01-06", "reason": "经核对", "document": "澄编办函〔2026〕1号"}
UPHELD = USUAL | CELL | SIGNED | {"outcome": "upheld", "value": 95}
CORRECTION = CELL | {
    "expect": "90",
    "value": 95,
    "reason": "复核",
    "who": "监督检查科",
    "document": "函",
    "date": "2026-01-06",
}


def write(root, entries):
    path = objections_path(root, 2025)
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump({"objections": entries}, allow_unicode=True), encoding="utf-8")
    return load_objections(root, 2025)


def check(entries, corrections=()):
    objections = validate("objections", {"objections": entries}, Objections)
    corrected = validate("corrections", {"corrections": list(corrections)}, Corrections)
    check_objections(objections, BOOK, 2025, lambda period: LINEAGE, lambda period: corrected)


def test_no_file_means_no_objections(tmp_path):
    assert load_objections(tmp_path, 2025).objections == ()


def test_an_open_objection_is_not_settled(tmp_path):
    assert write(tmp_path, [USUAL, UPHELD | {"id": "Y-2"}]).open_ids == ("Y-1",)


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (USUAL | {"outcome": "upheld"}, "needs `decided`"),
        (USUAL | SIGNED | {"outcome": "upheld"}, "names `file`, `cell` and the new `value`"),
        (USUAL | {"cell": "C9"}, "go together"),
        (USUAL | {"outcome": "maybe"}, "outcome"),
        (USUAL | SIGNED | {"outcome": "rejected", "decided": "2026-01-01"}, "before it was received"),
        (USUAL | {"colour": "red"}, "colour"),
        (USUAL | CELL | {"cell": "9C"}, "cell"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_and_key(tmp_path, entry, word):
    with pytest.raises(DataError, match=r"data/raw/objections/2025\.yml") as error:
        write(tmp_path, [entry])
    assert word in str(error.value)


def test_an_id_stands_once(tmp_path):
    with pytest.raises(DataError, match="Y-1 stands twice"):
        write(tmp_path, [USUAL, USUAL])


@pytest.mark.parametrize("unit", ["D51", "区城市管理局"])
def test_a_unit_is_named_by_id_or_name(unit):
    name = BOOK.unit_by_id["D51"].name if unit != "D51" else unit
    check([USUAL | CELL | {"unit": name}])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"unit": "D99"}, "'D99' is no unit assessed in 2025-05"),
        ({"unit": "D68"}, "is no unit assessed"),  # merged away by then
        ({"indicator": "common-99"}, "'common-99' is no indicator"),
        ({"cell": "C10"}, "is no cell behind 2025-05/D51/common-01; its cells are: a.xlsx 表 C9"),
        ({"file": "b.xlsx"}, "is no cell behind"),
        ({"sheet": "别的表"}, "is no cell behind"),
        ({"period": "2024-05"}, "is no assessed month of 2025"),
    ],
)
def test_an_objection_to_what_is_not_there_is_a_clear_error(change, word):
    with pytest.raises(DataError, match=r"objection Y-1") as error:
        check([USUAL | CELL | change])
    assert word in str(error.value)


def test_an_upheld_objection_needs_its_correction():
    with pytest.raises(DataError, match=r"data/raw/2025-05/corrections\.yml does not set a\.xlsx C9 to 95"):
        check([UPHELD])
    with pytest.raises(DataError, match="add the correction"):
        check([UPHELD], [CORRECTION | {"value": 94}])
    check([UPHELD], [CORRECTION])


@pytest.fixture(scope="module")
def form(tmp_path_factory) -> Path:
    """The empty sheet as `analysis start` writes it."""
    root = copy_root(tmp_path_factory.mktemp("root"), [])
    return next(path for path in write_forms(root, "2025-12") if path.name.startswith(REGISTER))


def fill(form, root, entries, name="", first=4, as_written=lambda key, value: value):
    """Write entries into the sheet as an office types them, and put it where objections lie."""
    book = load_workbook(form)
    sheet = book[SHEET.name]
    places = {SHEET.headings[cell.value]: cell.column for cell in sheet[3]}
    words = {value: word for word, value in SHEET.words["处理结果"].items()}
    for row, entry in enumerate(entries, start=first):
        for key, value in entry.items():
            told = words.get(value, value) if key == "outcome" else value
            sheet.cell(row, places[key]).value = as_written(key, told)
    folder = objections_path(root, 2025).parent
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / (name or form.name))
    return root


def test_an_empty_sheet_says_nothing(form, tmp_path):
    assert load_objections(fill(form, tmp_path, []), 2025).objections == ()


@pytest.mark.parametrize("typed", ["text", "days"])
def test_a_sheet_says_the_same_as_the_file(form, tmp_path, typed):
    def as_days(key, value):
        if typed == "days" and key in ("received", "decided"):
            return date.fromisoformat(value)
        return datetime(2025, 5, 1) if typed == "days" and key == "period" else value

    entries = [USUAL, UPHELD | {"id": "Y-2"}, USUAL | SIGNED | {"id": "Y-3", "outcome": "rejected"}]
    written = write(tmp_path / "file", entries)
    assert load_objections(fill(form, tmp_path, entries, as_written=as_days), 2025) == written
    assert written.open_ids == ("Y-1",)


def test_a_month_may_be_typed_in_words(form, tmp_path):
    fill(form, tmp_path, [USUAL | {"period": "2025年5月"}])
    assert load_objections(tmp_path, 2025).objections[0].period == "2025-05"


@pytest.mark.parametrize(
    ("entry", "places"),
    [
        (USUAL | {"outcome": "也许"}, [" 异议 G9 处理结果", "也许"]),
        (USUAL | {"received": "去年"}, [" 异议 F9 提出日期", "去年"]),
        ({k: v for k, v in USUAL.items() if k != "claim"}, [" 异议 E9 异议内容"]),
        (USUAL | {"id": "1号"}, [" 异议 A9 编号", "1号"]),
        (UPHELD | {"cell": None}, [" 异议 9", "`file` and `cell` go together"]),
    ],
)
def test_a_wrong_row_is_told_by_file_sheet_and_cell(form, tmp_path, entry, places):
    fill(form, tmp_path, [entry], first=9)
    with pytest.raises(DataError) as error:
        load_objections(tmp_path, 2025)
    assert str(error.value).startswith(form.name)
    assert all(place in str(error.value) for place in places), str(error.value)


def test_all_wrong_rows_are_told_at_once(form, tmp_path):
    fill(form, tmp_path, [USUAL | {"id": "1"}, USUAL | {"outcome": "也许"}])
    with pytest.raises(DataError) as error:
        load_objections(tmp_path, 2025)
    assert len(str(error.value).splitlines()) == 2


def test_the_same_objection_in_both_counts_once_and_another_of_its_id_is_refused(form, tmp_path):
    write(tmp_path, [USUAL])
    fill(form, tmp_path, [USUAL, UPHELD | {"id": "Y-2"}])
    assert [each.id for each in load_objections(tmp_path, 2025).objections] == ["Y-1", "Y-2"]
    fill(form, tmp_path, [UPHELD | {"id": "Y-2", "value": 94}], name=f"{REGISTER}2025年11月.xlsx")
    with pytest.raises(DataError, match=r"Y-2: two entries say different things \(.*94; .*95\)"):
        load_objections(tmp_path, 2025)


def test_the_name_says_of_which_year_a_sheet_is(form, tmp_path):
    fill(form, tmp_path, [USUAL])
    fill(form, tmp_path, [USUAL | {"id": "Y-9"}], name=f"{REGISTER}2026年1月.xlsx")
    assert [path.name for path in list_objection_files(tmp_path, 2026)] == [f"{REGISTER}2026年1月.xlsx"]
    assert [each.id for each in load_objections(tmp_path, 2025).objections] == ["Y-1"]


@pytest.mark.parametrize("name", ["2025.yaml", f"{REGISTER}.xlsx", "新建文件.xlsx"])
def test_a_file_that_nobody_would_read_is_told(form, tmp_path, name):
    fill(form, tmp_path, [USUAL], name=name)
    with pytest.raises(DataError, match="no name of a file of objections") as error:
        load_objections(tmp_path, 2025)
    assert name in str(error.value)


def test_what_programs_leave_beside_files_is_passed_over(form, tmp_path):
    fill(form, tmp_path, [USUAL])
    for name in (".gitkeep", "Thumbs.db", f"~${form.name}"):
        (objections_path(tmp_path, 2025).parent / name).touch()
    assert len(load_objections(tmp_path, 2025).objections) == 1


def test_the_form_lets_choose_units_months_indicators_and_outcomes(form):
    book = load_workbook(form)
    rules = [rule.formula1 for rule in book[SHEET.name].data_validations.dataValidation]
    assert {'"未处理,成立,不成立"', "月份名单!$A$2:$A$13"} <= set(rules)
    assert sum("名单!" in rule for rule in rules) == 3
    assert [row[0] for row in book["月份名单"].iter_rows(min_row=2, values_only=True)][::11] == ["2025-01", "2025-12"]
    assert [cell.value for cell in book[SHEET.name][3]] == list(SHEET.headings)
