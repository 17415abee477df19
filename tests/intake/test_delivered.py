"""Deliveries in the shapes of public bug reports, in the sample's October: read, or stopped with file and place."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis.intake.month import CleanMonth, clean_month
from analysis.policy.book import load_policy
from analysis.policy.period import month_end

from .conftest import ROOT

PERIOD = "2026-10"
RAW = ROOT / "data" / "raw"
# Case that stops → the sample's file that it takes the place of, what must block, and the place that is named.
STOPPED = {
    "001-xlsxwriter-formula-cached-0": ("日常监管评分表(职责履行)*", "formula-uncached", "未计算的公式"),
    "015-adj-html-bom": ("*加减分*", "unreadable-file", "网页"),
    "074-quote-swallows-12-silently": ("工单*", "unreadable-file", "第"),
    "085-parquet-truncated": ("[工转]*", "unreadable-file", "不完整或已损坏"),
    "150-title-cn-numeral-month": ("日常监管评分表(职责履行)*", "wrong-month", "A1单元格"),
    "154-last-months-info-csv": ("*导出*", "earlier-file", "2026-09"),
    "157-task-number-1.1-and-1.10": ("*重点工作*", "number-as-id", "1.1"),
    "203-table-as-picture": ("*加减分*", "no-record", "图片"),
    "210-info-ctrl-x08": ("*导出*", "unreadable-file", "第"),
}
# Case that is read → the sample's file that it takes the place of, and how a plain file with the same facts is written.
READ = {
    "020-tick-dates-.0": ("工单*", lambda line: re.sub(r" 09:30:00\.0", "", line)),
    "033-adj-pipe-delimited": ("*加减分*", lambda line: line.replace("|", ",")),
    "034-insp-pipe-delimited": ("*抽查*", lambda line: line.replace("|", ",")),
    "036-transfers-fullwidth-comma": ("转办*", lambda line: line.replace("，", ",")),
    "052-dup-ids-zero-width": ("工单*", lambda line: "" if "\u200b" in line else line),
}
FACTS = ("measurements", "adjustments", "inspections", "tickets", "transfers")
# Where a fact stands, and the time of day that a plain file lacks.
ASIDE = ("file", "sheet", "row_number", "received_time", "closed_time")


class October:
    """The sample's October, and copies of it in which a case takes a file's place."""

    def __init__(self, folder: Path):
        book = load_policy(ROOT)
        self.folder, self.policy = folder, book.at(PERIOD)

    def clean(self, case: Path | None = None, replaced: str = "", earlier: Path = RAW / "2026-09") -> CleanMonth:
        month = self.folder / (case.name if case else "whole") / PERIOD
        shutil.copytree(RAW / PERIOD, month)
        for path in month.glob(replaced) if replaced else ():
            path.unlink()
        for path in case.iterdir() if case else ():
            if path.name != "README":
                shutil.copy(path, month)
        rules = {"as_of": month_end(PERIOD), "secret": b"s" * 32}
        return clean_month(month, self.policy, **rules, earlier_folders=[earlier, RAW / "2026-08"])


@pytest.fixture(scope="module")
def october(tmp_path_factory) -> October:
    return October(tmp_path_factory.mktemp("october"))


@pytest.mark.parametrize("name", STOPPED)
def test_a_case_with_several_meanings_is_stopped_with_its_file_and_place(name, shared_cases, october, tmp_path):
    replaced, code, place = STOPPED[name]
    case = shared_cases / "delivered" / name
    earlier = RAW / "2026-09"
    if code == "earlier-file":  # what the office had sent in September
        earlier = shutil.copytree(case, tmp_path / "2026-09")
    clean = october.clean(case, replaced, earlier)
    files = {path.name for path in case.iterdir()} - {"README"}
    found = clean.problems[clean.problems["is_blocking"]]
    hits = found[(found["code"] == code) & found["file"].isin(files)]
    assert len(hits) and hits["message"].str.contains(place, regex=False).all(), found["message"].tolist()[:20]
    missing = found[found["code"] == "missing-delivery"]
    assert missing.empty, missing["message"].tolist()


@pytest.mark.parametrize("name", READ)
def test_a_case_with_one_meaning_is_read_as_a_plain_file_with_the_same_facts(name, shared_cases, october, tmp_path):
    replaced, plainly = READ[name]
    case = shared_cases / "delivered" / name
    (path,) = (path for path in case.iterdir() if path.name != "README")
    lines = path.read_text("utf-8-sig").splitlines(keepends=True)
    plain = tmp_path / f"plain {name}"
    plain.mkdir()
    (plain / f"{path.stem}.csv").write_text("".join(map(plainly, lines)), "utf-8")
    read, expected = october.clean(case, replaced), october.clean(plain, replaced)
    for table in FACTS:
        columns = [column for column in expected.tables[table].columns if column not in ASIDE]
        pd.testing.assert_frame_equal(read.tables[table][columns], expected.tables[table][columns])
    assert len(read.tables["tickets"]) and len(read.tables["measurements"])
    of_file = read.tables["reconciliation"].query("file == @path.name")
    assert of_file["n_clean"].sum() > 0


def test_missing_tickets_accepted_by_name_leave_nothing_that_blocks_though_transfers_are_there(shared_cases, october):
    clean = october.clean(shared_cases / "delivered" / "072-accept-missing-tickets-with-transfers", "工单*")
    assert not clean.is_blocked, clean.problems.loc[clean.problems["is_blocking"], "message"].tolist()
    values = clean.tables["measurements"].query("indicator_id == 'common-10'")
    assert set(values["status"]) == {"accepted"}
