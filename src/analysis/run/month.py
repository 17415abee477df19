"""A month at work: its rules, its tables as they are made, and the months before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.policy.book import Policy, PolicyBook, load_policy
from analysis.policy.errors import DataError
from analysis.policy.period import month_end, month_range, parse_period, shift
from analysis.run.steps import STEP_OF, STEPS
from analysis.run.store import Store, read_table, save_table


@dataclass(frozen=True)
class Month:
    """One month of one district, as notebooks and the runner work on it.

    Attributes:
        root: the district's folder.
        book: the rules of all months.
        period: the month.
        as_of: the date from which deadlines count (S21).
        folder: where this run writes its tables; None keeps them in memory (a researcher's session).
    """

    root: Path
    book: PolicyBook
    period: str
    as_of: date
    folder: Path | None = None
    _made: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @cached_property
    def policy(self) -> Policy:
        """The rules in force in this month."""
        return self.book.at(self.period)

    @property
    def store(self) -> Store:
        """The published months."""
        return Store(self.root)

    @property
    def raw_folder(self) -> Path:
        """Where this month's deliveries lie."""
        return self.root / "data" / "raw" / self.period

    def build(self, step: str) -> dict[str, pd.DataFrame]:
        """Make the tables of one step (`clean`, `score`, `trends`, …), save them where the run works, return them."""
        tables = STEPS[step].build(self)
        for name, frame in tables.items():
            if self.folder is not None:
                save_table(name, frame, self.folder)
            self._made[name] = frame
        return tables

    def table(self, name: str, period: str | None = None) -> pd.DataFrame:
        """Return a table of this month, made now if it is not there yet, or a published one of an earlier month."""
        if period not in (None, self.period):
            return self.store.load(name, period)
        if name not in self._made:
            file = self.folder / f"{name}.parquet" if self.folder else None
            if file is not None and file.is_file():
                self._made[name] = read_table(file.read_bytes())
            else:
                self.build(STEP_OF[name])
        return self._made[name]

    def tables_of(self, name: str, periods: Sequence[str]) -> pd.DataFrame:
        """Return one table over several months, the month at work included, as one frame."""
        return pd.concat([self.table(name, period) for period in periods], ignore_index=True)

    def earlier(self, months: int) -> list[str]:
        """Return up to `months` months before this one, the oldest first, none before the district's start."""
        first = max(shift(self.period, -months), self.book.district.start)
        return month_range(first, shift(self.period, -1))


def open_month(root: str | Path, period: str, folder: str = "", as_of: str = "") -> Month:
    """Open a month for work; the first line of every notebook.

    Where earlier months were never built (a fresh copy of the project), their tables are built first, once.

    Args:
        root: the district's folder.
        period: the month, YYYY-MM.
        folder: where the runner works; empty in a researcher's session.
        as_of: the date from which deadlines count, YYYY-MM-DD; empty means the month's end (S21).

    Raises:
        AnalysisError: the rules or the raw files of a month are missing or wrong.
    """
    from analysis.run.pipeline import build_history  # the pipeline is made of months

    month = new_month(Path(root), load_policy(Path(root)), period, as_of, Path(folder) if folder else None)
    if month.folder is None:
        build_history(month)
    return month


def new_month(root: Path, book: PolicyBook, period: str, as_of: str = "", folder: Path | None = None) -> Month:
    """Return a month whose raw files are known to be there.

    Raises:
        DataError: there are no raw files for the month: a month is never zero.
        UsageError: the period or the date cannot be.
    """
    parse_period(period)
    book.at(period)
    day = month_end(period) if not as_of else _parse_day(as_of)
    month = Month(root, book, period, day, folder)
    if not month.raw_folder.is_dir() or not any(month.raw_folder.iterdir()):
        raise DataError(
            f"data/raw/{period}: no raw files of this month; put the offices' deliveries there "
            f"(analysis start {period} writes the empty forms)"
        )
    return month


def _parse_day(text: str) -> date:
    from analysis.policy.errors import UsageError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a date: write it as YYYY-MM-DD, for example 2025-12-31") from None
