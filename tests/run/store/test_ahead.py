"""Deliveries taken in ahead by a second process: the same bytes, and nothing of what is no longer so."""

import os
import signal
import tempfile
from pathlib import Path

import pytest

from analysis.intake.callers import write_caller_secret
from analysis.policy.book import load_policy
from analysis.run.month import describe, new_month
from analysis.run.steps import AHEAD, STEPS
from analysis.run.store import ahead
from analysis.run.store.ahead import Ahead
from analysis.run.store.history import build_tables
from analysis.run.store.revisions import Store

from ...conftest import copy_root

MONTHS = ["2023-01", "2023-02", "2023-03"]
TABLES = {f"{table}.parquet" for step in AHEAD for table in STEPS[step].tables}
pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "_LEAST_MONTHS", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    root = copy_root(tmp_path / "root", MONTHS)
    write_caller_secret(root, bytes(32))
    return root


def build(root: Path) -> dict:
    build_tables(new_month(root, load_policy(root), MONTHS[-1]), MONTHS)
    return {period: Store(root).manifest(period).outputs for period in MONTHS}


def wanted(root: Path, period: str):
    return describe(new_month(root, load_policy(root), period), "tables", "history")


def test_tables_are_the_same_bytes_with_a_second_process_and_without(root, tmp_path, monkeypatch):
    taken, put = [], Ahead.put
    monkeypatch.setattr(Ahead, "put", lambda self, *given: taken.append(put(self, *given)) or taken[-1])
    together = build(root)
    assert taken == [True] * len(MONTHS)
    assert not list((tmp_path / "temporary").glob("analysis-ahead-*"))
    alone = copy_root(tmp_path / "alone", MONTHS)
    write_caller_secret(alone, bytes(32))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert build(alone) == together
    assert taken == [True] * len(MONTHS) + [False] * len(MONTHS)


def test_months_that_stand_are_passed_over(root, tmp_path):
    with Ahead(root, MONTHS) as second:
        assert second.put(wanted(root, MONTHS[1]), tmp_path)
        assert {path.name for path in tmp_path.glob("*.parquet")} == TABLES


def test_what_changed_meanwhile_is_made_here_and_all_after_it(root, tmp_path):
    then = wanted(root, MONTHS[0])
    changed = then.model_copy(update={"inputs": then.inputs | {"data/raw/2023-01/late.xlsx": "0" * 64}})
    with Ahead(root, MONTHS) as second:
        assert not second.put(changed, tmp_path)
        assert not second.put(wanted(root, MONTHS[1]), tmp_path)
    assert not list(tmp_path.glob("*.parquet"))


def test_a_second_process_that_dies_does_no_harm(root, tmp_path):
    with Ahead(root, MONTHS) as second:
        os.kill(second._process.pid, signal.SIGKILL)
        assert not second.put(wanted(root, MONTHS[0]), tmp_path)
    assert set(build(root)) == set(MONTHS)


def test_an_error_of_a_month_is_told_by_the_run(root):
    for path in (root / "data" / "raw" / MONTHS[1]).glob("*.csv"):
        path.unlink()
    with pytest.raises(Exception, match=MONTHS[1]):
        build(root)
    assert Store(root).months() == MONTHS[:2]
    assert Store(root).current(MONTHS[1]) is None


@pytest.mark.parametrize("periods", [[], MONTHS[:1]])
def test_few_months_need_no_second_process(root, tmp_path, periods):
    with Ahead(root, periods) as second:
        assert second._process is None
        assert not second.put(wanted(root, MONTHS[0]), tmp_path)
