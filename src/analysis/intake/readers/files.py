"""Read delivered files, whatever their kind, into sheets of addressed cells."""

import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from analysis.intake.readers.child import EMPTY_ZIP, OLE, ZIP
from analysis.intake.readers.delimited import open_text
from analysis.intake.readers.model import DEFAULT, Limits, RawSheet, UnreadableFile
from analysis.intake.readers.process import WorkbookProcess
from analysis.policy.messages import say

FileType = Literal["workbook", "parquet", "text"]
_PARQUET = b"PAR1"
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_UNFINISHED = {".crdownload", ".part", ".partial", ".download", ".tmp"}
_TEXT_ENDINGS = {".csv", ".tsv", ".txt", ".xls", ".et"}  # some systems export text named .xls
_HEAD = 1 << 14
# A web page, saved web archive or XML: a tag comes first, perhaps behind comments, or a table before any delimiter.
_PAGE = re.compile(
    rb"\s*(?:<!--(?>.*?-->)\s*)*+<(?:[!?]|[a-z][a-z0-9:]*[\s/>])|mime-version:|[^,;\t|]*<(?:table|tr|td)[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_file(path: Path | str, *, limits: Limits = DEFAULT) -> list[RawSheet]:
    """Return the sheets of one file; for several files `read_files` is faster.

    Args:
        path: An .xlsx, .ods, .xls, .et, .csv or .tsv file; its first bytes tell which.
        limits: What the file may ask of the machine.

    Returns:
        Its worksheets in their own order, hidden ones included; one sheet for a text file.

    Raises:
        UnreadableFile: The file is refused; `reason` is stable.
    """
    ((_, result),) = read_files([path], limits=limits)
    if isinstance(result, UnreadableFile):
        raise result
    return result


def read_files(
    paths: Iterable[Path | str], *, limits: Limits = DEFAULT
) -> Iterator[tuple[Path, list[RawSheet] | UnreadableFile]]:
    """Yield each path with its sheets or its refusal, in the order given, through one child process.

    Text files are read here; workbooks are opened only in the child, which the iterator's end stops.
    """
    with WorkbookProcess(limits) as process:
        for path in map(Path, paths):
            try:
                result = _read(path, process, limits)
            except UnreadableFile as refusal:
                result = refusal
            yield path, result


def _read(path: Path, process: WorkbookProcess, limits: Limits) -> list[RawSheet] | UnreadableFile:
    found = file_type(path, limits)
    if found == "workbook":
        return process.read(path)
    if found == "text":
        return [open_text(path, limits).sheet()]
    raise UnreadableFile(path.name, "not-a-workbook", say("is Parquet, which only tickets and transfers may be"))


def file_type(path: Path, limits: Limits = DEFAULT) -> FileType:
    """Return what a file is by its first bytes; by its name only whether it may be text.

    Raises:
        UnreadableFile: it cannot be opened, is too large, or is nothing that a table can be read from.
    """
    head = _first_bytes(path, limits)
    ending = path.suffix.lower()
    if ending in _UNFINISHED:
        raise UnreadableFile(path.name, "unfinished", say("is an unfinished download; fetch it again"))
    if head.startswith((ZIP, EMPTY_ZIP, OLE)):
        return "workbook"
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_ARCHIVES):
        raise UnreadableFile(path.name, "archive", say("is an archive; unpack it"))
    if _is_page(head):
        raise UnreadableFile(path.name, "web-page", say("is a web page or XML; open it and save it as .xlsx"))
    if ending not in _TEXT_ENDINGS:
        raise UnreadableFile(path.name, "not-a-workbook", say("is no workbook; open it in Excel and save it as .xlsx"))
    return "text"


def _is_page(head: bytes) -> bool:
    mark = next((mark for mark in _BYTE_ORDER_MARKS if head.startswith(mark)), b"")
    return bool(_PAGE.match(head[len(mark) :].replace(b"\0", b"")))


def _first_bytes(path: Path, limits: Limits) -> bytes:
    """Return the beginning of a file that can be opened and is not too large; nothing else is opened at all."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableFile(path.name, "special", say("is no ordinary file (a pipe, socket or device); remove it"))
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except PermissionError:
        raise UnreadableFile(path.name, "open-in-excel", say("may not be opened: close it in Excel first")) from None
    except OSError as error:
        raise UnreadableFile(
            path.name, "missing", say("cannot be opened ({strerror})").format(strerror=error.strerror)
        ) from None
    if not head:
        raise UnreadableFile(path.name, "empty", say("is empty (0 bytes); send it again"))
    if found.st_size > limits.file_bytes:
        raise UnreadableFile(
            path.name,
            "too-large",
            say("has {st_size} bytes; {file_bytes} are allowed; split it").format(
                st_size=found.st_size, file_bytes=limits.file_bytes
            ),
        )
    return head
