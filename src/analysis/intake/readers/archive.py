"""Look at a workbook's archive before anything in it is believed."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from analysis.intake.readers.model import Limits, UnreadableFile
from analysis.policy.messages import say

_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_CHUNK = 1 << 16
_SMALL_ENTRY = 10 * 2**20
_READ_AT_ONCE = 64 * 2**20
_HIGHEST_RATIO = 200
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, OSError)


class Archive:
    """The opened parts of one workbook, scanned on opening; part names are compared without case."""

    def __init__(self, path: Path, limits: Limits):
        self.file = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise self.refuse(
                "truncated", say("the archive is cut off or damaged ({error})").format(error=error)
            ) from None
        self._scan(limits)
        self._names = {_normal(name): name for name in self._zip.namelist()}

    def refuse(self, reason: str, detail: str) -> UnreadableFile:
        """Return the refusal of this file, to be raised."""
        return UnreadableFile(self.file, reason, detail)

    def _scan(self, limits: Limits) -> None:
        entries = self._zip.infolist()
        if len(entries) > limits.entries:
            raise self.refuse(
                "bomb",
                say("the archive has {n_entries} entries, {entries} are allowed").format(
                    n_entries=len(entries), entries=limits.entries
                ),
            )
        for entry in entries:
            parts = entry.filename.replace("\\", "/").split("/")
            if ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in entry.orig_filename:
                raise self.refuse(
                    "unsafe-path",
                    say("the archive names a path outside it ({filename!r})").format(filename=entry.filename),
                )
            if entry.flag_bits & 0x1:
                raise self.refuse("encrypted", say("the file has a password; save it without one"))
            if entry.file_size > max(_SMALL_ENTRY, _HIGHEST_RATIO * entry.compress_size):
                raise self.refuse(
                    "bomb",
                    say("{filename!r} unpacks to {file_size} bytes").format(
                        filename=entry.filename, file_size=entry.file_size
                    ),
                )
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > limits.unpacked_bytes:
            raise self.refuse(
                "too-large",
                say("unpacks to {unpacked} bytes; split the workbook or send CSV").format(unpacked=unpacked),
            )
        if len({_normal(entry.filename) for entry in entries}) != len(entries):
            raise self.refuse("malformed", say("the archive holds two parts of one name"))

    def is_open_document(self) -> bool:
        """Return whether this is an OpenDocument spreadsheet (.ods)."""
        return "mimetype" in self and self.read_at_once("mimetype").strip() == _OPEN_DOCUMENT

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._names

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self:
            raise self.refuse(
                "not-a-workbook", say("the part {name!r} is missing; save it again as .xlsx").format(name=name)
            )
        try:
            with self._zip.open(self._names[_normal(name)]) as stream:
                yield stream
        except expat.ExpatError as error:
            raise self.refuse(
                "malformed", say("the part {name!r} is not well-formed XML ({error})").format(name=name, error=error)
            ) from None
        except _DAMAGE as error:
            raise self.refuse(
                "truncated", say("the part {name!r} is damaged ({error})").format(name=name, error=error)
            ) from None

    def read_at_once(self, name: str) -> bytes:
        """Return one part's bytes; nothing where it is too large to be held at once."""
        with self._opened(name) as stream:
            content = stream.read(_READ_AT_ONCE + 1)
        return content if len(content) <= _READ_AT_ONCE else b""

    def parse(
        self,
        name: str,
        start: Callable,
        end: Callable | None = None,
        text: Callable | None = None,
        content: bytes = b"",
    ) -> None:
        """Run one part through expat; a document type is refused before any entity can expand.

        Args:
            name: The part's name, such as `xl/workbook.xml`.
            start: Called with an element's name and attributes.
            end: Called with an element's name.
            text: Called with character data.
            content: What to parse in the part's place, where it has been read already.

        Raises:
            UnreadableFile: `doctype`, `malformed` or `truncated`.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        with self._opened(name) as stream:
            source = io.BytesIO(content) if content else stream
            while chunk := source.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)

    def _refuse_doctype(self, *_: object) -> None:
        raise self.refuse("doctype", say("the file declares a document type, which no workbook needs"))

    def elements(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """Return all elements of a small part in document order: name without prefix, attributes."""
        found: list[tuple[str, dict[str, str]]] = []
        self.parse(name, lambda tag, attributes: found.append((local(tag), attributes)))
        return found


def local(tag: str) -> str:
    """Return an element's name without its namespace prefix."""
    return tag.rpartition(":")[2]


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
