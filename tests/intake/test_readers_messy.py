"""Files from other projects' test suites are read as openpyxl reads them, or refused by name."""

import importlib.util
import json
import time
from pathlib import Path

import pytest

from analysis.intake.readers import UnreadableFile, read_files

_spec = importlib.util.spec_from_file_location("readers_tests", Path(__file__).with_name("test_readers.py"))
readers_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(readers_tests)

REFUSED = {
    "calamine__OOM_alloc3.xls": "malformed",
    "messytables__encrypted_no_password.xls": "encrypted",
    "messytables__sparse_with_column_errors.csv": "encoding",
    "tidyxl__xfd1048576.xlsx": "far-cell",
}
# openpyxl cannot open the first and leaves the escape for a control character in the second.
OPENPYXL_DIFFERS = {"calamine__minimal_package.xlsx", "calamine__has_x000D_.xlsx"}


@pytest.fixture(scope="module")
def messy(shared_cases) -> Path:
    return shared_cases / "messy"


def test_every_messy_file_is_read_or_refused_by_its_name(messy):
    files = [messy / note["file"] for note in json.loads((messy / "NOTES.json").read_text("utf-8"))]
    start = time.monotonic()
    results = {path.name: result for path, result in read_files(files)}
    assert time.monotonic() - start < 30
    assert len(results) == len(files)
    refused = {name: r.reason for name, r in results.items() if isinstance(r, UnreadableFile)}
    assert refused == REFUSED
    assert all(any(sheet.rows for sheet in r) for name, r in results.items() if name not in REFUSED)


def test_every_messy_xlsx_reads_as_openpyxl_reads_it(messy):
    paths = [p for p in sorted(messy.glob("*.xlsx")) if p.name not in {*REFUSED, *OPENPYXL_DIFFERS}]
    assert len(paths) > 20
    for path in paths:
        readers_tests.assert_equals_openpyxl(path)


def test_hidden_rows_and_errors_of_messy_files_are_seen(messy):
    ((_, filtered), (_, errors), (_, utf16)) = read_files(
        [
            messy / "sheetjs__AutoFilter.xlsx",
            messy / "sheetjs__ErrorTypes.xlsx",
            messy / "messytables__utf-16le_encoded.csv",
        ]
    )
    assert len(filtered[2].hidden_rows) == 12
    assert {"#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!"} <= {
        cell.text for cell in errors[0].cells() if cell.kind == "error"
    }
    assert utf16[0].encoding == "utf-16"
