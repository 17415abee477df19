"""The parent's side: one child reads many workbooks, and is replaced when it dies or takes too long."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

from analysis.intake.readers.child import COUNTS_PROCESSOR_TIME, request_line
from analysis.intake.readers.model import Limits, RawSheet, UnreadableFile
from analysis.policy.messages import say

_SOURCE_ROOT = Path(__file__).parents[3]
_ALLOWED = {
    ("analysis.intake.readers.model", "RawSheet"),
    ("analysis.intake.readers.model", "MergedRange"),
    ("analysis.intake.readers.model", "UnreadableFile"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("builtins", "frozenset"),
}


class _SheetUnpickler(pickle.Unpickler):
    """Takes sheets and nothing else: the child has met untrusted files."""

    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a sheet")
        return super().find_class(module, name)


class WorkbookProcess:
    """A child process that reads workbooks; a context manager that starts it at the first one."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._child: subprocess.Popen | None = None

    def __enter__(self) -> "WorkbookProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, path: Path) -> list[RawSheet] | UnreadableFile:
        """Return the sheets of one workbook or its refusal, within the limits of time and memory."""
        child = self._child = self._child or _start()
        limits = self._limits
        timer = Timer(limits.patience_seconds if COUNTS_PROCESSOR_TIME else limits.seconds, child.kill)
        timer.start()
        try:
            child.stdin.write(request_line(path.resolve(), self._limits))
            child.stdin.flush()
            return _SheetUnpickler(child.stdout).load()
        except (EOFError, OSError, pickle.UnpicklingError):
            is_patience_over = timer.finished.is_set()
            self._stop()
            is_time_used = COUNTS_PROCESSOR_TIME and child.returncode == -signal.SIGPROF
            return _lost(path, is_patience_over or is_time_used, limits)
        finally:
            timer.cancel()

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child:
            child.kill()
            child.communicate()


def _lost(path: Path, has_timed_out: bool, limits: Limits) -> UnreadableFile:
    if has_timed_out:
        return UnreadableFile(
            path.name,
            "timeout",
            say("takes longer than {seconds:g} s to read; split it").format(seconds=limits.seconds),
        )
    return UnreadableFile(path.name, "crashed", say("breaks the reader; open it in Excel and save it as .xlsx"))


def _start() -> subprocess.Popen:
    paths = [str(_SOURCE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", "analysis.intake.readers.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
