"""`analysis start`: forms that can be filled in, checked by Excel and read back, and a list of who sends what."""

import csv
import io
import shutil
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from analysis.intake.labels import read_labels
from analysis.intake.readers import read_file
from analysis.intake.sheets import clean_sheet
from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError, UsageError
from analysis.run.forms.start import write_forms

ROOT = Path(__file__).resolve().parents[3]
PERIOD = "2026-11"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    return tmp_path


@pytest.fixture
def forms(root: Path) -> dict[str, Path]:
    """The forms by delivery, and the list."""
    policy = load_policy(root).at(PERIOD)
    paths = write_forms(root, PERIOD)
    return dict(zip([*(d.id for d in policy.sheets.deliveries), "register", "objections", "list"], paths, strict=True))


def test_there_is_a_form_for_each_delivery_and_none_lies_among_the_deliveries(root: Path, forms: dict[str, Path]):
    assert all(path.is_file() and path.parent == root / "forms" / PERIOD for path in forms.values())
    assert not (root / "data").exists()


def test_forms_are_the_same_bytes_every_time(root: Path, forms: dict[str, Path], tmp_path: Path):
    again = write_forms(root, PERIOD, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in forms.values()]


def test_what_is_there_is_never_overwritten(root: Path, forms: dict[str, Path]):
    for path in list(forms.values())[1:]:
        path.unlink()
    left = forms["daily-a"]
    left.write_bytes(b"filled in")
    with pytest.raises(UsageError, match="日常监管评分表"):
        write_forms(root, PERIOD)
    assert left.read_bytes() == b"filled in"
    assert len(list(left.parent.iterdir())) == 1


@pytest.mark.parametrize("folder", ["data/raw", f"data/raw/{PERIOD}", "forms/../data/raw/x"])
def test_forms_are_refused_where_deliveries_lie(root: Path, folder: str):
    with pytest.raises(UsageError, match="data/raw"):
        write_forms(root, PERIOD, root / folder)
    assert not (root / "data").exists()


@pytest.mark.parametrize("period", ["../../x", "2026-13", "2020-01"])
def test_wrong_months_are_refused(root: Path, period: str):
    with pytest.raises(UsageError):
        write_forms(root, period)


def test_score_form_names_the_units_of_its_month(root: Path):
    def units(period: str) -> list[str]:
        (path, *_) = write_forms(root, period, root / period)
        return [row[2] for row in load_workbook(path).worksheets[0].iter_rows(min_row=5, values_only=True) if row[2]]

    before, after = units("2024-06"), units("2024-07")
    assert set(before) - set(after) == {"区粮食和物资储备局"}
    assert after == [unit.name for unit in load_policy(root).at("2024-07").units]


def test_score_form_checks_what_is_entered(forms: dict[str, Path]):
    sheet = load_workbook(forms["daily-a"]).worksheets[0]
    checks = {str(check.sqref): check for check in sheet.data_validations.dataValidation}
    assert checks["E5:E89"].formula1 == '"全部公布,部分公布,未公布,/"'
    assert checks["D5:D89"].formula1 == 'OR(AND(ISNUMBER(D5),D5>=0,D5<=100),D5="/")'
    assert all(check.showErrorMessage for check in checks.values())


def test_listing_form_offers_units_and_choices(forms: dict[str, Path]):
    book = load_workbook(forms["key-work"])
    checks = {str(check.sqref): check for check in book.worksheets[0].data_validations.dataValidation}
    assert checks["E5:E64"].formula1 == "单位名单!$A$2:$A$86"
    assert checks["F5:F64"].formula1 == '"牵头,配合"'
    assert checks["L5:L64"].type == "date"
    assert [row[0] for row in book["单位名单"].iter_rows(min_row=2, max_row=3, values_only=True)] == [
        "区委办公室",
        "区纪委监委机关",
    ]


def test_forms_print_on_a4_with_their_header_on_every_page(forms: dict[str, Path]):
    for path in forms.values():
        if path.suffix == ".xlsx":
            sheet = load_workbook(path).worksheets[0]
            assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (9, 1, 0)
            assert sheet.freeze_panes and sheet.print_title_rows


def test_csv_forms_are_a_header_that_excel_reads(root: Path, forms: dict[str, Path]):
    content = forms["info-system"].read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    fields = load_policy(root).at(PERIOD).sheets.kinds["info_system"].fields.values()
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [[field.names[0] for field in fields]]


def test_a_filled_form_is_read_without_a_problem(root: Path, forms: dict[str, Path]):
    labels = read_labels(load_policy(root).at(PERIOD))
    book = load_workbook(forms["daily-a"])
    for row in range(5, 90):
        for column, value in zip("DEFG", (90, "全部公布", "/", 88.5), strict=True):
            book.worksheets[0][f"{column}{row}"] = value
    book.save(forms["daily-a"])
    (sheet,) = [clean_sheet(sheet, labels) for sheet in read_file(forms["daily-a"])]
    assert sheet.problems == ()
    assert len(sheet.scores) == 85 * 4


def test_an_empty_form_among_the_deliveries_would_read_as_not_submitted(root: Path, forms: dict[str, Path]):
    labels = read_labels(load_policy(root).at(PERIOD))
    (sheet,) = [clean_sheet(sheet, labels) for sheet in read_file(forms["daily-a"])]
    assert {problem.code for problem in sheet.problems} == {"not-submitted"}


def test_empty_listings_hold_no_rows_and_no_problem(root: Path, forms: dict[str, Path]):
    labels = read_labels(load_policy(root).at(PERIOD))
    for id_ in ("key-work", "inspections", "adjustments", "ledger"):
        sheets = [clean_sheet(sheet, labels) for sheet in read_file(forms[id_])]
        assert [sheet.kinds for sheet in sheets] == [(id_.replace("-", "_"),), ()]
        assert all(sheet.problems == () and not any(sheet.records.values()) for sheet in sheets)


def test_the_list_says_who_sends_what(root: Path, forms: dict[str, Path]):
    deliveries = load_policy(root).at(PERIOD).sheets.deliveries
    last = 3 + len(deliveries)
    rows = list(load_workbook(forms["list"]).active.iter_rows(min_row=4, max_row=last, values_only=True))
    assert [row[1] for row in rows] == [delivery.office for delivery in deliveries]
    assert [row[3] for row in rows] == [path.name for path in list(forms.values())[: len(deliveries)]]
    assert [row[4] == "必报" for row in rows] == [delivery.is_required for delivery in deliveries]


def replace_indicator(root: Path) -> None:
    """From 2027-01 on another indicator, under another name, stands in the place of the last one of `daily-a`."""
    path = root / "params/indicators.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    old = next(each for each in content["indicators"] if each["id"] == "common-04")
    content["indicators"].append(old | {"id": "common-13", "name": "流程再造", "from": "2027-01"})
    old["to"] = "2026-12"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def name_new_indicator(root: Path) -> None:
    path = root / "params/sheets.yml"
    path.write_text(
        path.read_text("utf-8").replace("common-03, common-04]", "common-03, common-04, common-13]"), "utf-8"
    )


def test_a_replaced_indicator_is_a_column_of_the_months_in_which_it_holds(root: Path):
    replace_indicator(root)
    with pytest.raises(PolicyError, match="nobody sends common-13 in 2027-01"):
        load_policy(root)
    name_new_indicator(root)
    for period, wanted, other in (
        ("2026-12", "流程管理手册制定", "流程再造"),
        ("2027-01", "流程再造", "流程管理手册制定"),
    ):
        form, *_ = write_forms(root, period)
        cells = {cell.text for sheet in read_file(form) for cell in sheet.cells()}
        assert wanted in cells and other not in cells
        clean = clean_sheet(read_file(form)[0], read_labels(load_policy(root).at(period)))
        assert not [problem for problem in clean.problems if problem.code in ("missing-label", "extra-label")]


def test_a_column_whose_method_admits_any_number_sets_no_limits(root: Path):
    path = root / "params/indicators.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["indicators"][0] |= {"unit": "℃", "method": {"name": "between", "threshold": -5, "benchmark": 5}}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    form, *_ = write_forms(root, PERIOD)
    sheet = load_workbook(form).worksheets[0]
    column = next(cell.column_letter for row in sheet.iter_rows() for cell in row if cell.value == "“三定”规定落实")
    limited = {str(checked.sqref)[0] for checked in sheet.data_validations.dataValidation}
    assert limited and column not in limited
    assert not [cell.value for row in sheet.iter_rows() for cell in row if "“三定”规定落实不小于" in str(cell.value)]


def test_a_delivery_that_another_office_takes_over_is_sent_by_one_of_them(root: Path):
    path = root / "params/sheets.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    first = content["deliveries"][0]
    content["deliveries"].append(first | {"from": "2027-01", "office": "区委考评办"})
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    with pytest.raises(PolicyError, match="daily-a"):
        load_policy(root)  # both at once
    first["to"] = "2026-12"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    book = load_policy(root)
    offices = [[d.office for d in book.at(m).sheets.deliveries if d.id == "daily-a"] for m in ("2026-12", "2027-01")]
    assert offices == [["区委编办监督检查科"], ["区委考评办"]]
    content["deliveries"].pop()
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    with pytest.raises(PolicyError, match="nobody sends common-01 in 2027-01"):
        load_policy(root)


def test_a_score_sheet_without_an_indicator_in_force_is_not_sent(root: Path):
    path = root / "params/indicators.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    for each in content["indicators"]:
        if each["id"] in ("common-11", "related-03"):
            each["to"] = "2026-12"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    sent = [delivery.id for delivery in load_policy(root).at("2027-01").sheets.deliveries]
    assert "daily-b" not in sent and "daily-a" in sent and "tickets" in sent


def test_a_january_brings_the_next_years_calendar_to_fill_in(root: Path):
    paths = write_forms(root, "2027-01")
    assert paths[-1].name == "2028年节假日.yml"
    calendar = root / "params" / "calendar.yml"
    calendar.write_text(calendar.read_text("utf-8") + paths[-1].read_text("utf-8"), "utf-8")
    book = load_policy(root)
    added = book.calendar.years[-1]
    assert (added.year, added.status) == (2028, "provisional")
    # 1 January and 1 October are a Saturday and a Sunday in 2028
    assert [day.isoformat() for day in added.holidays] == ["2028-05-01", "2028-05-02", "2028-10-02", "2028-10-03"]
    assert not [path for path in write_forms(root, "2027-01", root / "again") if path.suffix == ".yml"]


@pytest.mark.parametrize("period", ["2026-12", "2027-02", "2026-01"])
def test_other_months_and_years_that_are_there_bring_none(root: Path, period: str):
    assert not [path for path in write_forms(root, period) if path.suffix == ".yml"]
