"""Runs what is to be killed or starved: imports once, then forks a child for each line of its standard input.

Lines in: `{"do": "command", "argv": […], "out": FILE, …}` runs the command line, `{"do": "publish", …}` publishes two
folders in turn until it is killed; both answer with the child's number. `{"do": "wait", "pid": N}` answers with the
child's exit code, negative for the signal that ended it.
"""

import ctypes
import json
import os
import shutil
import sys
import tempfile
import traceback
from itertools import cycle
from pathlib import Path

# Imported before the first fork, so that a child starts in milliseconds.
from analysis.run.commands import main as cli
from analysis.run.store.manifest import read_manifest
from analysis.run.store.revisions import Store

DROP_FROM_BOUNDS, CAPABILITIES_VERSION, PASS_BY_PERMISSIONS = 24, 0x20080522, (1, 2)  # linux/capability.h


def bind_to_permissions() -> None:
    """Take from root what lets it pass by the permissions of files, here and in what is started from here."""
    system = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0), (ctypes.c_uint32 * 6)()
    failed = system.capget(header, held)
    for number in PASS_BY_PERMISSIONS:
        failed |= system.prctl(DROP_FROM_BOUNDS, number, 0, 0, 0)
        for place in range(3):  # effective, permitted, inheritable
            held[place] &= ~(1 << number)
    if failed or system.capset(header, held):
        raise OSError(ctypes.get_errno(), "root's rights cannot be taken")


def run_command(argv: list[str], out: str, tmp: str = "", is_bound: bool = False) -> None:
    """Run the command line in this process; what it prints goes to `out`."""
    sink = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    if tmp:
        os.environ["TMPDIR"] = tempfile.tempdir = tmp
    if is_bound:
        bind_to_permissions()
    sys.argv = ["analysis", *argv]
    cli.main()


def publish_for_ever(root: str, period: str, contents: list[str]) -> None:
    """Publish prepared revisions in turn, as a run does once its work is done."""
    store = Store(Path(root))
    for content in cycle(map(Path, contents)):
        with store.lock(period):
            staging = store.stage(period)
            shutil.copytree(content, staging, dirs_exist_ok=True)
            store.publish(staging, read_manifest(content))


TASKS = {"command": run_command, "publish": publish_for_ever}


def in_child(task: dict) -> None:
    """Do one task and end the process with its exit code."""
    code = 0
    try:
        TASKS[task.pop("do")](**task)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001  nothing may fall through to the loop of the parent's copy
        traceback.print_exc()
        code = 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Serve until the standard input ends."""
    for line in sys.stdin:
        task = json.loads(line)
        if task["do"] == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(task["pid"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                in_child(task)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
