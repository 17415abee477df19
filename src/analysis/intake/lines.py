"""Problems as lines to read: one a kind and file, with how many there are and where the first ones stand."""

import re

import pandas as pd

from analysis.intake.readers import column_number

_MOST_SINGLE = 3  # fewer of a kind in a file are told one by one
_MOST_CELLS = 5
_CELL = re.compile(r"([A-Z]+)([0-9]+)")
_ALONE = frozenset({"missing-delivery", "missing-label"})


def in_natural_order(problems: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table `problems` by file, sheet, row and column, as a person counts (表2 before 表10)."""
    keys = [
        (_natural(row.file), _natural(row.sheet), *_place(row.cell), row.message)
        for row in problems[["file", "sheet", "cell", "message"]].itertuples()
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return problems.iloc[order].reset_index(drop=True)


def _natural(text: str) -> list[tuple[bool, int, str]]:
    # Every second part is a number; of two the longer one is the greater.
    parts = re.split("0*([0-9]+)", text)
    return [(place % 2 == 1, len(part) * (place % 2), part) for place, part in enumerate(parts)]


def _place(cell: str) -> tuple[int, int]:
    match = _CELL.fullmatch(cell)
    return (int(match[2]), column_number(match[1])) if match else (0, 0)


def gather(problems: pd.DataFrame) -> pd.DataFrame:
    """Return the problems with those of one kind in one file as one line, in natural order.

    Args:
        problems: Rows of the table `problems`.

    Returns:
        The first problem of each line, with `n` (how many it stands for) and `cells` (the first ones); where there are
        several, its message says so.
    """
    ordered = in_natural_order(problems)
    kind = ordered["action"] + "\n" + ordered["code"] + "\n" + ordered["office"] + "\n" + ordered["file"]
    size = kind.map(kind.value_counts())
    is_alone = (size <= _MOST_SINGLE) | ordered["code"].isin(_ALONE)
    key = kind.where(~is_alone, kind + "\n" + ordered.index.astype(str))
    lines = ordered.groupby(key, sort=False).agg({**dict.fromkeys(ordered.columns, "first"), "cell": list})
    lines = lines.rename(columns={"cell": "places"}).reset_index(drop=True)
    lines["n"] = lines["places"].map(len)
    lines["cells"] = lines["places"].map(_first_places)
    lines["message"] = [
        message if n == 1 else f"{message}〔同类共{n}处{':' * bool(cells)}{cells}〕"
        for message, n, cells in zip(lines["message"], lines["n"], lines["cells"], strict=True)
    ]
    return lines.drop(columns="places")


def _first_places(cells: list[str]) -> str:
    named = [cell for cell in cells if cell]
    return "、".join(named[:_MOST_CELLS]) + ("…" if len(named) > _MOST_CELLS else "")
