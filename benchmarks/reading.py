"""Seconds per 100,000 cells for xlsx and csv, beside pandas with openpyxl and with calamine in the same run.

`python benchmarks/reading.py` writes a made-up score sheet of 4,000 rows × 25 columns, reads it in turn with
each reader, and prints each reader's best round. Only this project's reader returns each cell's address, kind
and number format, sees what is hidden, and reads in a limited child process; its time includes that.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import python_calamine

from analysis.intake.readers import read_file, read_files

N_ROWS, N_COLUMNS = 4_000, 25
N_SMALL, SMALL_ROWS = 8, 85


def score_rows(n_rows: int) -> list[list[str | float | int]]:
    """Return rows of one name, scores with two decimals, a count and a word."""
    scores = np.random.default_rng(20261124).uniform(0, 100, (n_rows, N_COLUMNS - 3)).round(2)
    return [[f"单位{row}", *scores[row].tolist(), row % 7, "正常"] for row in range(n_rows)]


def write_workbook(path: Path, rows: list[list]) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("分数")
    for row in rows:
        sheet.append(row)
    workbook.save(path)


def write_csv(path: Path, rows: list[list]) -> None:
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join(lines), encoding="gb18030")


def best_of(rounds: int, readers: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return each reader's best time in seconds; the readers take turns, so that noise meets all alike."""
    best = dict.fromkeys(readers, float("inf"))
    for _ in range(rounds):
        for name, read in readers.items():
            start = time.perf_counter()
            read()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        xlsx, csv = Path(folder, "分数.xlsx"), Path(folder, "分数.csv")
        rows = score_rows(N_ROWS)
        write_workbook(xlsx, rows)
        write_csv(csv, rows)
        small = [Path(folder, f"{number}.xlsx") for number in range(N_SMALL)]
        for path in small:
            write_workbook(path, rows[:SMALL_ROWS])
        text = {"header": None, "dtype": str, "keep_default_na": False}
        per_cells = best_of(
            rounds,
            {
                "xlsx, this project": lambda: read_file(xlsx),
                "xlsx, this project, every cell asked": lambda: [cell for s in read_file(xlsx) for cell in s.cells()],
                "xlsx, pandas with openpyxl": lambda: pd.read_excel(xlsx, engine="openpyxl", **text),
                "xlsx, pandas with calamine": lambda: pd.read_excel(xlsx, engine="calamine", **text),
                "xlsx, calamine alone": lambda: python_calamine.load_workbook(xlsx).get_sheet_by_index(0).to_python(),
                "csv, this project": lambda: read_file(csv),
                "csv, pandas": lambda: pd.read_csv(csv, encoding="gb18030", **text),
            },
        )
        month = best_of(rounds, {"month": lambda: list(read_files(small))})["month"]
    scale = 100_000 / (N_ROWS * N_COLUMNS)
    print("| reader | s per 100,000 cells |\n|---|---|")
    for name, seconds in per_cells.items():
        print(f"| {name} | {seconds * scale:.2f} |")
    print(
        f"\nA month of {N_SMALL} workbooks of {SMALL_ROWS} × {N_COLUMNS}: {month:.2f} s, start of the child included."
    )


if __name__ == "__main__":
    main()
