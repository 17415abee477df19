"""Workbooks with the same bytes everywhere: fixed times, fixed properties, one compressor.

A workbook is a zip file. openpyxl writes the clock into it twice (the members' times and `docProps/core.xml`), and
Python compresses with whatever zlib it was built with, whose output differs between machines (zlib-ng). So the
members are packed anew here, compressed by the zlib inside pyarrow, which requirements/run.lock pins.
"""

import struct
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile
from zlib import crc32

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.xml.functions import tostring

_CORE = "docProps/core.xml"
_DEFLATE, _UTF8, _VERSION = 8, 0x800, 20
_TIME, _DATE = 0, (2000 - 1980) << 9 | 1 << 5 | 1  # 2000-01-01 00:00
_GZIP_HEAD, _GZIP_TAIL = 10, 8


def pack_workbook(workbook: Workbook, *, created: datetime) -> bytes:
    """Return a workbook as bytes that depend on nothing but its content.

    Args:
        workbook: What to save; its `properties` are kept apart from the times.
        created: What the file says of its creation and last change.
    """
    stream = BytesIO()
    workbook.save(stream)
    with ZipFile(stream) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    workbook.properties.created = workbook.properties.modified = created
    return pack_members(members | {_CORE: tostring(workbook.properties.to_tree())})


def pack_members(members: dict[str, bytes]) -> bytes:
    """Return a zip file of `members` (name → content) in the order given."""
    body, directory = bytearray(), bytearray()
    for name, content in members.items():
        packed, encoded = _deflate(content), name.encode()
        # Local header and directory entry share the fields from flags to the length of the extra field.
        shared = struct.pack(
            "<HHHHIIIHH", _UTF8, _DEFLATE, _TIME, _DATE, crc32(content), len(packed), len(content), len(encoded), 0
        )
        entry = struct.pack("<4sHH", b"PK\x01\x02", _VERSION, _VERSION) + shared
        directory += entry + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + encoded
        body += struct.pack("<4sH", b"PK\x03\x04", _VERSION) + shared + encoded + packed
    count = len(members)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _deflate(content: bytes) -> bytes:
    stream = pa.Codec("gzip", compression_level=9).compress(content, asbytes=True)
    return stream[_GZIP_HEAD:-_GZIP_TAIL]
