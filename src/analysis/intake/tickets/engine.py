"""DuckDB with bounds: memory, threads and spilled bytes are limited, and nothing is fetched from anywhere."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import duckdb
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from analysis.policy.calendar import Calendar
from analysis.policy.tickets import Engine

_PREFIX, _LOCK = "analysis-tickets-", "in-use.lock"


@contextmanager
def open_engine(engine: Engine) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to an empty database that lives in memory and spills into a temporary folder.

    What spills may hold who called. A run that was killed leaves it behind, and the next one clears it away.
    """
    with _spill_folder() as folder:
        settings = {
            "memory_limit": f"{engine.memory_limit_mb}MB",
            "max_temp_directory_size": f"{engine.max_temp_directory_mb}MB",
            "temp_directory": str(folder),
            "threads": engine.threads,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=settings) as con:
            con.execute("set enable_progress_bar = false")
            yield con


@contextmanager
def _spill_folder() -> Iterator[Path]:
    """Yield a folder of this process, locked as long as it is in use.

    One lock of the account stands over all comings and goings: between its making and its own lock, or its unlocking
    and its removal, a folder looks like one that was left behind.
    """
    door = FileLock(Path(gettempdir()) / f"analysis-tickets.{os.getuid()}.lock")
    with door:
        _clear_left_behind()
        folder = Path(mkdtemp(prefix=_PREFIX))
        in_use = FileLock(folder / _LOCK)
        in_use.acquire()
    try:
        yield folder
    finally:
        with door:
            in_use.release()
            shutil.rmtree(folder, ignore_errors=True)


def _clear_left_behind() -> None:
    """Remove the temporary folders whose process has ended: nobody holds their lock any more."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            with FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder)
        except (Timeout, OSError):
            continue  # in use, or another account's


def add_calendar(con: duckdb.DuckDBPyConnection, calendar: Calendar) -> tuple[date, date]:
    """Create the tables from which SQL counts working days (S19), and return the first and last day they cover.

    `days` (day, working_index) numbers every day with the working days up to and including it; `working_days`
    (working_index, day) has the working days alone. So the n-th working day after d has the index of d plus n, and
    the working days after d up to e are the index of e minus that of d.
    """
    first, last = calendar.span
    worked = pd.DataFrame({"day": pd.to_datetime(list(calendar.working_days(first, last)))})
    every = pd.DataFrame({"day": pd.date_range(first, last)})
    every["working_index"] = every["day"].isin(worked["day"]).cumsum()
    worked["working_index"] = range(1, len(worked) + 1)
    for name, frame in (("days", every), ("working_days", worked)):
        con.register("calendar_frame", frame)
        con.execute(
            f"create table {name} as select day::date as day, working_index::int as working_index from calendar_frame"
        )
        con.unregister("calendar_frame")
    return first, last


def add_mapping(con: duckdb.DuckDBPyConnection, name: str, rows: list[tuple], columns: str) -> None:
    """Create the small table `name` with the given rows; `columns` declares them in SQL."""
    con.execute(f"create table {name} ({columns})")
    if rows:
        arrays = [pa.array(values) for values in zip(*rows, strict=True)]
        con.register("rows_to_add", pa.table(arrays, names=[f"c{i}" for i in range(len(arrays))]))
        con.execute(f"insert into {name} select * from rows_to_add")
        con.unregister("rows_to_add")
