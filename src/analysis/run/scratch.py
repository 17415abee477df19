"""Temporary folders that bear their process's number: one that a killed run left is known, and the next clears it."""

import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

_NAME = re.compile(r"analysis-[a-z]+-(\d+)-.+")


def scratch_folder(kind: str) -> TemporaryDirectory:
    """Return a temporary folder, gone when it is closed; what processes that have ended left is cleared away first.

    Args:
        kind: a word of small letters that says what it is for.
    """
    _clear_left_behind()
    return TemporaryDirectory(prefix=f"analysis-{kind}-{os.getpid()}-", ignore_cleanup_errors=True)


def _clear_left_behind() -> None:
    if os.name != "posix":  # elsewhere there is no signal that only asks
        return
    for folder in Path(gettempdir()).glob("analysis-*"):
        match = _NAME.fullmatch(folder.name)
        if match and not _is_running(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)  # another account's stays


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another account's, or no process's number
        return True
    return True
