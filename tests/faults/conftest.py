"""What the fault tests share: how much of them to run, a process that is to be killed, a month with two true contents.

A small share runs every time; `FAULTS=whole`, as in `make faults`, runs the whole:

    FAULTS=whole python -m pytest -s tests/faults
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from analysis.run.store.manifest import Manifest, read_manifest
from analysis.run.store.revisions import Store, check_revision

from ..conftest import copy_root

PERIOD = "2023-01"


@pytest.fixture(scope="session")
def share() -> Callable[[int, int], int]:
    """Pick how often a fault is tried: the small number, or the whole one with FAULTS=whole."""
    is_whole = os.environ.get("FAULTS") == "whole"
    return lambda small, whole: whole if is_whole else small


@pytest.fixture
def dice(request) -> random.Random:
    """Chance that is the same at every run, and another for every test."""
    return random.Random(request.node.name)


class Worker:
    """A process that runs commands in children of its own (`worker.py`), which can be killed at any moment."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("worker.py")
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **task: object) -> int:
        """Send one line to the worker and return its answer."""
        self._process.stdin.write(json.dumps(task, default=str) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, out: Path, *argv: object, **how: object) -> int:
        """Start a command, whose words go to `out`, and return its process's number."""
        return self.ask(do="command", argv=[str(word) for word in argv], out=out, **how)

    def run(self, out: Path, *argv: object, **how: object) -> tuple[int, str]:
        """Run a command to its end and return its exit code and what it said."""
        code = self.ask(do="wait", pid=self.start(out, *argv, **how))
        return code, " ".join(out.read_text("utf-8", errors="replace").split())

    def kill(self, pid: int) -> int:
        """Kill a child and return how it ended."""
        os.kill(pid, signal.SIGKILL)
        return self.ask(do="wait", pid=pid)

    def close(self) -> None:
        """End the worker."""
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """One worker for all tests: it imports once."""
    if not hasattr(os, "fork"):
        pytest.skip("processes cannot be forked on this system")
    started = Worker()
    yield started
    started.close()


def change_a_mark(root: Path, value: float) -> None:
    """Write another mark into a raw sheet, as a second delivery would."""
    path = next(p for p in (root / "data" / "raw" / PERIOD).iterdir() if "日常监管评分表(职责" in p.name)
    book = load_workbook(path)
    cells = (cell for row in book.active.iter_rows(min_row=6) for cell in row)
    next(cell for cell in cells if isinstance(cell.value, float) and cell.value > 60).value = value
    book.save(path)


@dataclass(frozen=True)
class TwoTruths:
    """A month whose raw files come in two versions.

    Attributes:
        raw: the two versions of `data/raw/<month>`.
        built: the revisions that they make.
        manifests: their manifests.
        root: a root in which the first was built.
    """

    raw: tuple[Path, ...]
    built: tuple[Path, ...]
    manifests: tuple[Manifest, ...]
    root: Path

    def deliver(self, root: Path, version: int) -> None:
        """Put one version of the raw files in place."""
        folder = root / "data" / "raw" / PERIOD
        shutil.rmtree(folder)
        shutil.copytree(self.raw[version], folder)

    def check(self, root: Path, last: int = 2) -> None:
        """Assert that the last revisions are complete and one of the two truths each, and that no lock is held."""
        store = Store(root)
        for name in store.revisions(PERIOD)[-last:]:
            manifest = check_revision(store.folder(PERIOD) / name)
            of = [each.inputs for each in self.manifests].index(manifest.inputs)
            assert manifest.outputs == self.manifests[of].outputs
        with store.lock(PERIOD):
            named = (store.folder(PERIOD) / "current").read_text("ascii").strip()
            assert named == store.revisions(PERIOD)[-1]


@pytest.fixture(scope="session")
def truths(tmp_path_factory, worker) -> TwoTruths:
    """Both versions built in peace, with the same key of callers."""
    folder = tmp_path_factory.mktemp("truths")
    root = copy_root(folder / "0", [PERIOD])
    assert worker.run(folder / "out", "run", PERIOD, "--tables-only", "--root", root)[0] == 0
    other = shutil.copytree(root, folder / "1", ignore=shutil.ignore_patterns("processed"))
    change_a_mark(other, 61.5)
    assert worker.run(folder / "out", "run", PERIOD, "--tables-only", "--root", other)[0] == 0
    built = tuple(Store(each).revision(PERIOD) for each in (root, other))
    raw = tuple(each / "data" / "raw" / PERIOD for each in (root, other))
    return TwoTruths(raw, built, tuple(map(read_manifest, built)), root)


@pytest.fixture
def root(truths, tmp_path) -> Path:
    """A copy of the built root, free to be broken."""
    return shutil.copytree(truths.root, tmp_path / "root")
