"""Read delivered files into sheets whose cells keep their address.

`read_files` opens xlsx, ods, xls, et, csv and tsv. A file is read, or refused whole by an `UnreadableFile` with a
stable reason; a cell is never lost: errors, formulas without a value and what is hidden keep their kind.
Not seen in any format: text boxes, comments, and text in the colour of its background.
"""

from analysis.intake.readers.delimited import TextFile, open_text
from analysis.intake.readers.files import file_type, read_file, read_files
from analysis.intake.readers.model import (
    DEFAULT,
    Limits,
    MergedRange,
    RawCell,
    RawSheet,
    UnreadableFile,
    cell_address,
    column_letters,
    column_number,
)

__all__ = [
    "DEFAULT",
    "Limits",
    "MergedRange",
    "RawCell",
    "RawSheet",
    "TextFile",
    "UnreadableFile",
    "cell_address",
    "column_letters",
    "column_number",
    "file_type",
    "open_text",
    "read_file",
    "read_files",
]
