"""Objections as data (S21): what the file may say, and that it is about something that exists."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.intake.objections import Objections, check_objections, load_objections, objections_path
from analysis.intake.register import Corrections
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError
from analysis.policy.load import validate
from analysis.policy.tables import TABLES

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
