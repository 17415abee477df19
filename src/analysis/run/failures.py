"""What the system refuses (a full disk, no permission, a file that vanished), told as an expected error."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from analysis.policy.errors import DataError
from analysis.policy.messages import mark, say

_FULL = mark("the disk is full: free space on it")
_RIGHTS = mark("this account may not do that: give it the right to read and write there, close the file elsewhere")
_GONE = mark("it is not there or vanished during the run: put it back")
_OTHERWISE = mark("see to it")
_ADVICE = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: mark("the disk space allowed to this account is used up: free some of it"),
    errno.EFBIG: _FULL,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: mark("the disk is read-only: make it writable, or name another --root"),
    errno.ENOENT: _GONE,
    errno.ENOTDIR: _GONE,
    errno.ESTALE: _GONE,
    errno.EISDIR: mark("a folder stands where a file belongs: move it away"),
    errno.EEXIST: mark("something of that name is there already: move it away"),
    errno.ENAMETOOLONG: mark("the name is too long: shorten it"),
    errno.EMFILE: mark("too many files are open: close programs, or raise the limit (ulimit -n)"),
    errno.EIO: mark("the disk reports a fault: have it looked at before anything else is written"),
}


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what the system refuses inside into a `DataError` that names the file and what to do.

    Raises:
        DataError: instead of the OSError; what was published before stands, because a revision appears at once or not.
    """
    try:
        yield
    except OSError as error:
        raise explain_os_error(error) from error
    except _database_errors() as error:
        raise _explain(str(error).partition("\n")[0], _read_advice(str(error))) from error


def explain_os_error(error: OSError) -> DataError:
    """Return the error for people: the file, what the system says, what to do."""
    place = " → ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    said = error.strerror or str(error) or type(error).__name__
    return _explain(f"{place}: {said}" if place else said, _ADVICE.get(error.errno, ""))


def _explain(said: str, advice: str) -> DataError:
    return DataError(
        say("{said}; {advice}, then run again. What is published stands").format(
            said=said, advice=say(advice or _OTHERWISE)
        )
    )


def _database_errors() -> tuple[type[Exception], ...]:
    """DuckDB says in words what the system refused it; it is asked for only where a command has loaded it."""
    duckdb = sys.modules.get("duckdb")
    return (duckdb.IOException,) if duckdb else ()


def _read_advice(said: str) -> str:
    if "No files found" in said:
        return _GONE
    return next((_ADVICE[code] for code in _ADVICE if os.strerror(code) in said), "")
