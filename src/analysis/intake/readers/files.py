"""Read delivered files, whatever their kind, into sheets of addressed cells."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.intake.readers.child import EMPTY_ZIP, OLE, ZIP
from analysis.intake.readers.delimited import read_delimited
from analysis.intake.readers.model import DEFAULT, Limits, RawSheet, UnreadableFile
from analysis.intake.readers.process import WorkbookProcess

_LOCKS = ("~${}", ".~lock.{}#", ".~{}")  # Excel, LibreOffice, WPS
_TEXT_ENDINGS = {".csv", ".tsv", ".txt", ".xls", ".et"}  # some systems export text named .xls
_MARKUP = (b"<html", b"<!doc", b"<?xml", b"<table", b"<meta", b"<head")


def read_file(path: Path | str, *, limits: Limits = DEFAULT) -> list[RawSheet]:
    """Return the sheets of one file; for several files `read_files` is faster.

    Args:
        path: An .xlsx, .xls, .et, .csv or .tsv file; its first bytes tell which.
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
    head = _first_bytes(path, limits)
    if head.startswith((ZIP, EMPTY_ZIP, OLE)):
        return process.read(path)
    if head.lstrip().lower().startswith(_MARKUP):
        raise UnreadableFile(path.name, "not-a-workbook", "is a web page or XML; open it and save it as .xlsx")
    if path.suffix.lower() not in _TEXT_ENDINGS:
        raise UnreadableFile(path.name, "not-a-workbook", "is no workbook; open it in Excel and save it as .xlsx")
    return read_delimited(path, limits)


def _first_bytes(path: Path, limits: Limits) -> bytes:
    """Return the beginning of a file that exists, is closed elsewhere, and is not too large."""
    _refuse_open(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(512)
    except PermissionError:
        raise UnreadableFile(path.name, "open-in-excel", "may not be opened: close it in Excel first") from None
    except OSError as error:
        raise UnreadableFile(path.name, "missing", f"cannot be opened ({error.strerror})") from None
    if not head:
        raise UnreadableFile(path.name, "empty", "is empty (0 bytes); send it again")
    if size > limits.file_bytes:
        raise UnreadableFile(path.name, "too-large", f"has {size} bytes; {limits.file_bytes} are allowed")
    return head


def _refuse_open(path: Path) -> None:
    """Refuse a workbook that a lock file beside it says is open, and the lock file itself."""
    for lock in _LOCKS:
        before, after = lock.split("{}")
        if path.name.startswith(before) and path.name.endswith(after):
            name = path.name[len(before) : len(path.name) - len(after)]
            raise UnreadableFile(name, "open-in-excel", f"is open ({path.name} lies beside it): close it first")
        if path.with_name(lock.format(path.name)).exists():
            raise UnreadableFile(path.name, "open-in-excel", "is open in a spreadsheet program: close it first")
