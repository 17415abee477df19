"""Deliveries in the shapes of public bug reports, in the sample's October: read, or stopped with file and place."""

import shutil
from pathlib import Path

import pytest

from analysis.intake.month import CleanMonth, clean_month
from analysis.policy.book import load_policy
from analysis.policy.period import month_end

from .conftest import ROOT

PERIOD = "2026-10"
RAW = ROOT / "data" / "raw"
# Case → the sample's file that it takes the place of, and what must block, with the cell or row that is named.
CASES = {
    "001-xlsxwriter-formula-cached-0": ("日常监管评分表(职责履行)*", "formula-uncached", "未计算的公式"),
    "015-adj-html-bom": ("*加减分*", "unreadable-file", "网页"),
    "034-insp-pipe-delimited": ("*抽查*", "", ""),
    "033-adj-pipe-delimited": ("*加减分*", "", ""),
    "036-transfers-fullwidth-comma": ("转办*", "", ""),
    "074-quote-swallows-12-silently": ("工单*", "unreadable-file", "第"),
    "085-parquet-truncated": ("[工转]*", "unreadable-file", "不完整或已损坏"),
    "150-title-cn-numeral-month": ("日常监管评分表(职责履行)*", "wrong-month", "A1单元格"),
    "154-last-months-info-csv": ("*导出*", "earlier-file", "2026-09"),
    "203-table-as-picture": ("*加减分*", "no-record", "图片"),
    "210-info-ctrl-x08": ("*导出*", "unreadable-file", "第"),
}


class October:
    """The sample's October, and copies of it in which a case takes a file's place."""

    def __init__(self, folder: Path):
        book = load_policy(ROOT)
        self.folder, self.policy = folder, book.at(PERIOD)

    def clean(self, case: Path | None = None, replaced: str = "") -> CleanMonth:
        month = self.folder / (case.name if case else "whole") / PERIOD
        shutil.copytree(RAW / PERIOD, month)
        for path in month.glob(replaced) if replaced else ():
            path.unlink()
        for path in case.iterdir() if case else ():
            if path.name != "README":
                shutil.copy(path, month)
        earlier = [RAW / "2026-09", RAW / "2026-08"]
        rules = {"as_of": month_end(PERIOD), "secret": b"s" * 32}
        return clean_month(month, self.policy, **rules, earlier_folders=earlier)


@pytest.fixture(scope="module")
def october(tmp_path_factory) -> October:
    return October(tmp_path_factory.mktemp("october"))


@pytest.fixture(scope="module")
def whole(october) -> CleanMonth:
    return october.clean()


@pytest.mark.parametrize("name", CASES)
def test_a_delivered_case_is_read_or_stopped_with_its_file_and_place(name, shared_cases, october, whole):
    replaced, code, place = CASES[name]
    case = shared_cases / "delivered" / name
    clean = october.clean(case, replaced)
    files = {path.name for path in case.iterdir()} - {"README"}
    found = clean.problems[clean.problems["is_blocking"]]
    if not code:
        assert found.empty
        for table in ("measurements", "adjustments", "inspections", "tickets", "transfers"):
            columns = [c for c in whole.tables[table].columns if c not in ("file", "sheet")]
            assert clean.tables[table][columns].equals(whole.tables[table][columns])
        return
    hits = found[(found["code"] == code) & found["file"].isin(files)]
    assert len(hits) and hits["message"].str.contains(place).all(), found["message"].tolist()[:20]
    missing = found[found["code"] == "missing-delivery"]
    assert missing.empty, missing["message"].tolist()
