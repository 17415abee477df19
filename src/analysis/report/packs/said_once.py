"""What all rows of a copied offices' list share is said once above it."""

import re
from collections.abc import Sequence
from datetime import date

from analysis.report.page.pieces import Column
from analysis.report.words import day_name

# What is said once above a list, where all its rows share it.
_SAID_ONCE = ("起始", "约谈时限", "整改时限", "报送措施时限", "核实", "状态", "依据文件")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def say_once(columns: Sequence[Column], rows: Sequence, kept: Sequence[str] = ()) -> tuple[list[Column], list[str]]:
    """Return the columns without empty ones and those in which all rows say the same, and what these say.

    Args:
        columns: of a list.
        rows: its rows.
        kept: heads of columns that stay all the same.
    """
    columns = [column for column in columns if not rows or any(column.read(row) for row in rows)]
    same = {}
    for column in columns:
        cells = {column.read(row) for row in rows} if column.head in {*_SAID_ONCE} - {*kept} else set()
        same |= {column.head: cells.pop()} if len(cells) == 1 else {}
    return [column for column in columns if column.head not in same], [
        f"{head}：{day_name(date.fromisoformat(cell)) if DAY.fullmatch(cell) else cell}" for head, cell in same.items()
    ]
