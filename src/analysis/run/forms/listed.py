"""Lists that an office keeps as a table, below titles and above totals and notes: rows with cells by what they are."""

import re
from collections.abc import Iterator, Mapping, Sequence

from analysis.intake.labels import Labels
from analysis.intake.readers import RawCell, RawSheet
from analysis.policy.names import normalise_name

YES = ("是", "√", "1", "有")


def split_names(text: str) -> tuple[str, ...]:
    """Return the names that stand in one cell, apart by signs, spaces or lines."""
    return tuple(name for name in re.split(r"[、,，;；\s]+", text) if name)


def list_rows(
    sheet: RawSheet, columns: Mapping[str, Sequence[str]], needed: Sequence[str], labels: Labels
) -> Iterator[tuple[int, dict[str, RawCell]]]:
    """Yield the number of each row below the column names, and its cells by column; none without such names.

    A cell merged over several rows stands in each of them. Blank rows, totals and notes are passed over.

    Args:
        sheet: the sheet.
        columns: column → the names that it may have.
        needed: the columns that a row of column names must have.
        labels: what totals and notes below a table are called.
    """
    places: dict[str, int] = {}
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [normalise_name(cell.text) for cell in cells]
        if not places:
            found = {key: next((texts.index(n) for n in names if n in texts), -1) for key, names in columns.items()}
            places = found if all(found[key] >= 0 for key in needed) else {}
            continue
        words = [text for text in texts if text]
        if words and not any(map(labels.is_total, words[:2])) and not labels.is_note(words[0]):
            yield number, {key: _shown(sheet, number, at + 1) for key, at in places.items()}


def _shown(sheet: RawSheet, row: int, column: int) -> RawCell:
    area = sheet.merged_at(row, column)
    is_below = area is not None and area.first_column == column
    return sheet.cell(area.first_row if is_below else row, column)
