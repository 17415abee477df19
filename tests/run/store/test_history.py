"""Tables of earlier months: built once, and anew where anything changed that they were built upon."""

import shutil

import pandas as pd
import pytest
from openpyxl import load_workbook

from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.run.store.history import build_tables
from analysis.run.store.revisions import Store

from ...conftest import copy_root

MONTHS = ["2023-01", "2023-02", "2023-03"]
pytestmark = pytest.mark.slow


def build(root):
    built = build_tables(new_month(root, load_policy(root), MONTHS[-1]), MONTHS)
    return [one.period for one in built]


@pytest.fixture(scope="module")
def built_root(tmp_path_factory):
    root = copy_root(tmp_path_factory.mktemp("history"), MONTHS)
    assert build(root) == MONTHS
    return root


@pytest.fixture
def root(built_root, tmp_path):
    return shutil.copytree(built_root, tmp_path / "root")


def change_a_mark(root, period):
    path = next(p for p in (root / "data/raw" / period).iterdir() if "日常监管评分表(职责" in p.name)
    book = load_workbook(path)
    cells = (cell for row in book.active.iter_rows(min_row=6) for cell in row)
    cell = next(cell for cell in cells if isinstance(cell.value, float) and cell.value > 60)
    cell.value = 61.5
    book.save(path)


def test_what_did_not_change_is_not_built_again(root):
    assert build(root) == []
    assert Store(root).revisions("2023-03") == ["r0001"]


def test_a_changed_month_brings_every_later_month_up_to_date(root, tmp_path):
    change_a_mark(root, "2023-01")
    assert build(root) == MONTHS
    fresh = copy_root(tmp_path / "fresh", [])
    for name in ("data/raw", "data/caller.key"):
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, fresh / name)
    build(fresh)
    for table in ("unit_scores", "trends"):
        mended, anew = (Store(each).load(table, "2023-03") for each in (root, fresh))
        pd.testing.assert_frame_equal(mended, anew)


def test_earlier_months_do_not_follow_a_later_one(root):
    change_a_mark(root, "2023-02")
    assert build(root) == ["2023-02", "2023-03"]
