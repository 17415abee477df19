"""On a full disk, without permission or with a file that vanishes, the last revision stays and people are told why."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.run.store.revisions import Store

from .conftest import PERIOD

pytestmark = pytest.mark.slow
TABLES = ("run", PERIOD, "--tables-only", "--root")
FULL = "the disk is full: free space on it, then run again. What is published stands"


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 64 MB that lives in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def leave_free(disk: Path, size: int) -> Path:
    """Fill a disk but for `size` bytes."""
    filler, there = disk / "filler", os.statvfs(disk)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(1, there.f_bavail * there.f_frsize - size))
    return filler


def test_tables_on_a_full_disk(worker, truths, small_disk, tmp_path, share, dice):
    root, tmp = shutil.copytree(truths.root, small_disk / "root"), small_disk / "tmp"
    tmp.mkdir()
    needed = sum(path.stat().st_size for path in truths.built[1].iterdir())
    for number in range(share(2, 47)):
        truths.deliver(root, 1)
        filler = leave_free(small_disk, int(dice.uniform(0, 0.9) * needed))
        code, said = worker.run(tmp_path / "out", *TABLES, root, tmp=str(tmp) if number % 2 else "")
        filler.unlink()
        assert (code, "Traceback" in said, FULL in said) == (1, False, True), said
        assert sorted(path.name for path in Store(root).folder(PERIOD).iterdir()) == [".lock", "current", "r0001"]
        truths.check(root)
    assert worker.run(tmp_path / "out", *TABLES, root)[0] == 0
    truths.check(root)
    assert Store(root).revisions(PERIOD) == ["r0001", "r0002"]


@pytest.mark.parametrize("megabytes", [0.1, 3, 16])
def test_a_whole_run_on_a_full_disk(worker, district, small_disk, tmp_path, share, megabytes):
    if share(0, 1) == 0 and megabytes > 1:
        pytest.skip("a whole run takes a minute: FAULTS=whole")
    root = shutil.copytree(district, small_disk / "root")
    raw = next((root / "data/raw/2023-02").glob("*.csv"))
    delivered = raw.read_bytes()
    raw.write_bytes(delivered + b"\r\n")  # no fact: where nothing changed, a run has nothing to do (S39)
    before = {path: path.read_bytes() for path in (root / "reports").rglob("*.html")}
    filler = leave_free(small_disk, int(megabytes * 1e6))
    code, said = worker.run(tmp_path / "out", "run", "2023-02", "--root", root)
    filler.unlink()
    assert (code, "Traceback" in said, "the disk is full: free space on it" in said) == (1, False, True), said
    assert {path: path.read_bytes() for path in (root / "reports").rglob("*.html")} == before
    raw.write_bytes(delivered)
    assert worker.run(tmp_path / "out", "verify", "2023-02", "--hashes-only", "--root", root)[0] == 0


def _lock(path: Path) -> None:
    path.chmod(0)


def _make_read_only(path: Path) -> None:
    path.chmod(0o555)


PLACES = [
    ("data/processed/2023-01", _make_read_only),
    ("data/caller.key", _lock),
    ("params/units.yml", _lock),
    ("data/raw/2023-01", _lock),
    ("data/processed/2023-01/r0001", _lock),
]


@pytest.mark.parametrize(("place", "close"), PLACES, ids=[place for place, _ in PLACES])
def test_without_permission(worker, truths, root, tmp_path, place, close):
    truths.deliver(root, 1)
    mode = (root / place).stat().st_mode
    close(root / place)
    code, said = worker.run(tmp_path / "out", *TABLES, root, is_bound=os.geteuid() == 0)
    (root / place).chmod(mode)
    assert (code, "Traceback" in said) == (1, False), said
    assert place.rpartition("/")[2] in said
    assert "give it the right to read and write there" in said, said
    assert Store(root).revisions(PERIOD) == ["r0001"]
    truths.check(root)


def test_a_file_that_vanishes_during_the_run(worker, truths, root, tmp_path, share, dice):
    truths.deliver(root, 1)
    raw = root / "data" / "raw" / PERIOD
    published = 0
    for number in range(share(2, 20)):
        truths.deliver(root, 1 - published % 2)
        # Without one of these a month is not run; without another it would be, and truly say so.
        required = sorted(path for path in raw.iterdir() if "评分表" in path.name)
        victim = dice.choice(required) if number % 2 else raw
        pid = worker.start(tmp_path / "out", *TABLES, root)
        time.sleep(dice.uniform(0, 4))
        victim.rename(tmp_path / "aside")
        code = worker.ask(do="wait", pid=pid)
        (tmp_path / "aside").rename(victim)
        said = (tmp_path / "out").read_text("utf-8")
        assert code in (0, 1)
        assert "Traceback" not in said, said
        published += code == 0
        assert len(Store(root).revisions(PERIOD)) == 1 + published
        truths.check(root)
