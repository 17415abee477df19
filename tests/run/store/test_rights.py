"""The restricted store is its owner's alone, and an open one is told (S47)."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from analysis.intake.callers import write_caller_secret
from analysis.run.store import rights
from analysis.run.store.revisions import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such rights")


@pytest.fixture
def root():
    """A district's folder that others can reach; pytest's own folders are closed to them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for name in ("data/raw", "data/processed"):
        (folder / name).mkdir(parents=True, mode=0o755)
    yield folder
    shutil.rmtree(folder)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_an_open_store_is_told_in_one_line_with_what_to_do(root):
    write_caller_secret(root, b"k" * 32)
    (root / "data" / "processed").chmod(0o700)
    line = rights.tell_open(root)
    assert "can read data/raw," in line
    assert line.endswith("run: chmod -R go= data/raw")
    (root / "data" / "raw").chmod(0o700)
    (root / "data" / "caller.key").chmod(0o640)
    assert "data/caller.key" in rights.tell_open(root)


@pytest.mark.parametrize("closed", ["data", "."])
def test_what_lies_in_a_closed_folder_is_closed(root, closed):
    (root / closed).chmod(0o700)
    assert rights.tell_open(root) == ""


def test_a_store_that_is_not_there_is_not_told(root):
    shutil.rmtree(root / "data")
    assert rights.tell_open(root) == ""


def test_a_file_system_without_rights_is_not_told(root, monkeypatch):
    assert rights.tell_open(root)
    open_stat = os.stat_result((0o100755, *[0] * 9))
    monkeypatch.setattr(rights.os, "fstat", lambda _: open_stat)
    assert rights.tell_open(root) == ""


def test_folders_of_the_store_are_made_closed(root):
    shutil.rmtree(root / "data")
    store = Store(root)
    with store.lock("2026-10"):
        staging = store.stage("2026-10")
        assert {mode(path) for path in (staging, *list(staging.parents)[:3])} == {0o700}


def test_a_staged_revision_is_closed_but_for_its_pages(root):
    folder = root / "staging"
    for name in ("tickets.parquet", "notebooks/clean.ipynb", "pages/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        (folder / name).write_text("x")
        (folder / name).chmod(0o644)
    rights.close_to_others(folder)
    found = {str(path.relative_to(root)): mode(path) for path in (folder, *folder.rglob("*"))}
    assert found == {
        "staging": 0o700,
        "staging/tickets.parquet": 0o600,
        "staging/notebooks": 0o700,
        "staging/notebooks/clean.ipynb": 0o600,
        "staging/pages": 0o755,
        "staging/pages/index.html": 0o644,
    }
