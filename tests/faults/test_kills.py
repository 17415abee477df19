"""Killed at any moment, a run leaves the month complete and true, and the next run needs no unlocking."""

import shutil
import time

import psutil
import pytest

from analysis.run.store.revisions import Store, check_revision

from .conftest import PERIOD

pytestmark = pytest.mark.slow
TABLES = ("run", PERIOD, "--tables-only", "--root")


def test_kills_while_revisions_are_published(worker, truths, root, share, dice):
    store, publish = Store(root), {"do": "publish", "root": root, "period": PERIOD, "contents": truths.built}
    before, start = len(store.revisions(PERIOD)), time.monotonic()
    pid = worker.ask(**publish)
    while len(store.revisions(PERIOD)) < before + 2:  # on a busy machine one takes longer than the moments tried below
        time.sleep(0.005)
    one = (time.monotonic() - start) / 2
    assert worker.kill(pid) < 0
    for _ in range(share(10, 420)):
        pid = worker.ask(**publish)
        time.sleep(dice.uniform(0, 3 * one))
        assert worker.kill(pid) < 0
        truths.check(root)
    names = store.revisions(PERIOD)
    truths.check(root, last=len(names))
    print(f"{len(names)} revisions of {one:.2f} s, all complete and true")
    assert len(names) > before + 2


def test_kills_while_tables_are_built(worker, truths, root, tmp_path, share, dice):
    whole = _seconds(worker, truths, root, tmp_path)
    ended = []
    for number in range(share(4, 92)):
        truths.deliver(root, number % 2)
        pid = worker.start(tmp_path / "out", *TABLES, root)
        time.sleep(dice.uniform(0, 0.9 * whole))
        ended.append(worker.kill(pid))
        truths.check(root)
    print(f"{sum(code < 0 for code in ended)} of {len(ended)} runs of {whole:.1f} s killed before their end")
    for version in (0, 1):
        truths.deliver(root, version)
        assert worker.run(tmp_path / "out", *TABLES, root)[0] == 0
        truths.check(root)
        assert Store(root).manifest(PERIOD).outputs == truths.manifests[version].outputs
    assert not _orphans()


def test_kills_of_whole_runs(worker, district, tmp_path, share, dice):
    number = share(0, 8)
    if not number:
        pytest.skip("a whole run takes a minute: FAULTS=whole")
    root = shutil.copytree(district, tmp_path / "district")
    store, run = Store(root), ("run", "2023-02", "--root", root)
    raw = next((root / "data/raw/2023-02").glob("*.csv"))
    raw.write_bytes(raw.read_bytes() + b"\r\n")  # no fact: where nothing changed, a run has nothing to do
    start = time.monotonic()
    assert worker.run(tmp_path / "out", *run)[0] == 0
    whole, ended = time.monotonic() - start, []
    for _ in range(number):
        raw.write_bytes(raw.read_bytes() + b"\r\n")
        pid = worker.start(tmp_path / "out", *run)
        time.sleep(dice.uniform(0, whole))
        ended.append(worker.kill(pid))
        for name in store.revisions("2023-02"):
            outputs = check_revision(store.folder("2023-02") / name).outputs
            assert outputs["unit_scores.parquet"] == store.manifest("2023-02").outputs["unit_scores.parquet"]
    print(f"{sum(code < 0 for code in ended)} of {len(ended)} whole runs of {whole:.0f} s killed before their end")
    assert not _orphans()
    assert worker.run(tmp_path / "out", *run)[0] == 0
    assert worker.run(tmp_path / "out", "verify", "2023-02", "--hashes-only", "--root", root)[0] == 0


def _seconds(worker, truths, root, tmp_path) -> float:
    truths.deliver(root, 1)
    start = time.monotonic()
    assert worker.run(tmp_path / "out", *TABLES, root)[0] == 0
    return time.monotonic() - start


def _orphans() -> list[int]:
    """Processes that a killed run left behind; its readers and kernels end when they notice that it is gone."""
    for _ in range(100):
        left = [p.info for p in psutil.process_iter(["pid", "ppid", "cmdline"]) if _is_left(p.info)]
        if not left:
            return []
        time.sleep(0.1)
    return left


def _is_left(info: dict) -> bool:
    line = " ".join(info["cmdline"] or ())
    return info["ppid"] == 1 and ("analysis.intake.readers.child" in line or "ipykernel_launcher" in line)
