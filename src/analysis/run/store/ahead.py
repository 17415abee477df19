"""A back-fill's second process: while a month is judged, the months after it are taken in and scored there.

The tables of intake, scores and hotline rest on deliveries and each other alone: they are made ahead, month after
month, and put into each month's revision when its turn comes. What they are made from is described before they are
made. Where that is no longer as described, or the other process fails, the month is made as if there were none.

The other process is started as `python -m analysis.run.store.ahead`. It reads one JSON line (root, periods) from its
input and answers each month with one on its output; it ends when its input does.
"""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from analysis.policy.book import load_policy
from analysis.run.month import build_steps, describe, new_month
from analysis.run.scratch import scratch_folder
from analysis.run.steps import AHEAD
from analysis.run.store.manifest import Manifest

# Fewer months do not pay for a process and what it imports.
_LEAST_MONTHS = 6


class Ahead:
    """Tables of months whose turn is yet to come; a context manager that ends the other process."""

    def __init__(self, root: Path, periods: Sequence[str]):
        """Start making the tables of `periods`, in order, where another process pays.

        It does not for a few months, on one core, or in a process that was itself started to work beside others.
        """
        self._process: subprocess.Popen | None = None
        if len(periods) >= _LEAST_MONTHS and os.cpu_count() != 1 and multiprocessing.parent_process() is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the run, which then ends this one
            )
            self._process.stdin.write(json.dumps([str(root.resolve()), list(periods)]).encode() + b"\n")
            self._process.stdin.flush()

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def put(self, wanted: Manifest, staging: Path) -> bool:
        """Put the tables of a month that were made ahead into its staged folder.

        Args:
            wanted: what the month is built from.
            staging: the folder.

        Returns:
            Whether they are there; where not, neither are those of any later month.
        """
        while self._process and (line := self._process.stdout.readline()):
            folder, described = json.loads(line)
            made = Manifest.model_validate(described)
            if made.period < wanted.period:  # that month stands as it was published
                continue
            if not made.model_copy(update={"history": wanted.history}).is_built_from(wanted):
                break
            for file in Path(folder).iterdir():
                shutil.copyfile(file, staging / file.name)
            return True
        self._end()
        return False

    def _end(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.communicate()
            self._process = None


def main() -> None:
    """Make the tables of months ahead, until all are made and taken, or nobody is there any more to take them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the folder is cleared away
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints may mix with the replies
    root, periods = json.loads(sys.stdin.readline())
    # What fails here fails there too, where it is told.
    with suppress(Exception), scratch_folder("ahead") as name:
        book, ahead = load_policy(Path(root)), Path(name)
        for period in periods:
            month = new_month(Path(root), book, period)
            made, folder = describe(month, "tables", "history"), ahead / period
            folder.mkdir()
            build_steps(month, folder, AHEAD, ahead)
            print(json.dumps([str(folder), made.model_dump(mode="json")]), file=replies, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
