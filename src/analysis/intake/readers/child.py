"""The process in which workbooks are opened: a hostile one can end it, never the run.

Started as `python -m analysis.intake.readers.child`. It reads one JSON line a file from its input (path,
limits) and answers each with one pickle on its output: a list of sheets or an `UnreadableFile`. It imports
little, so that it starts fast.
"""

import dataclasses
import json
import os
import pickle
import signal
import sys
from pathlib import Path

from analysis.intake.readers.archive import Archive
from analysis.intake.readers.model import Limits, RawSheet, UnreadableFile
from analysis.intake.readers.xlsx import read_xlsx
from analysis.policy.messages import say

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0"
COUNTS_PROCESSOR_TIME = hasattr(signal, "setitimer")
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")


def read_workbook(path: Path, limits: Limits) -> list[RawSheet]:
    """Return the sheets of one workbook, told by its first bytes, never by its name.

    Raises:
        UnreadableFile: Named by a reason.
    """
    data = path.open("rb").read(len(ZIP))
    archive = Archive(path, limits) if data in {ZIP, EMPTY_ZIP} else None
    if archive and not archive.is_open_document():
        return read_xlsx(archive, limits)
    from analysis.intake.readers.legacy import read_legacy  # costs time that xlsx need not pay

    if archive:
        archive.parse("content.xml", lambda *_: None)  # calamine leaves out what a document type might expand to
        return read_legacy(path, limits, is_archive=True)
    if _ENCRYPTED_PART in path.read_bytes():
        raise UnreadableFile(path.name, "encrypted", say("has a password; save it without one"))
    return read_legacy(path, limits)


def answer(request: dict) -> list[RawSheet] | UnreadableFile:
    """Return what reading gave; what content can cause gets the file's name, anything else ends the process."""
    path, limits = Path(request["path"]), Limits(**request["limits"])
    if COUNTS_PROCESSOR_TIME:
        signal.setitimer(signal.ITIMER_PROF, limits.seconds)  # ends this process
        signal.alarm(int(limits.patience_seconds) + 2)  # in case the parent dies first: no orphan runs on
    try:
        return read_workbook(path, limits)
    except UnreadableFile as refusal:
        return refusal
    except MemoryError:
        return UnreadableFile(path.name, "too-much-memory", say("needs more memory than a workbook may; split it"))
    except (ValueError, LookupError, OSError, ArithmeticError) as error:
        return UnreadableFile(
            path.name,
            "malformed",
            say("cannot be read ({name}: {error}); save it again as .xlsx").format(
                name=type(error).__name__, error=error
            ),
        )
    finally:
        if COUNTS_PROCESSOR_TIME:  # waiting for the next file takes as long as it takes
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.alarm(0)


def limit_memory(size: int) -> None:
    """Bound this process's memory where the system can (POSIX), and leave no core file behind."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer requests until the input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may mix with the replies
    for line in sys.stdin.buffer:
        request = json.loads(line)
        limit_memory(request["limits"]["memory_bytes"])
        pickle.dump(answer(request), replies, protocol=5)
        replies.flush()


def request_line(path: Path, limits: Limits) -> bytes:
    """Return the line that asks for one file."""
    return json.dumps({"path": str(path), "limits": dataclasses.asdict(limits)}).encode() + b"\n"


if __name__ == "__main__":
    main()
