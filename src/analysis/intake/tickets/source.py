"""Clean tickets as a table in DuckDB, from Parquet or CSV, one file or many: nothing is read before a query asks."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.tables import TABLES

_SQL_TYPES = {"string": "varchar", "str": "varchar", "int64": "bigint", "float64": "double", "bool": "boolean"}


def open_table(con: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path]) -> None:
    """Create the view `name` (a table of `policy.tables`) over files of one kind.

    Args:
        con: the database.
        name: `tickets` or `transfers`.
        paths: Parquet files, or CSV files with the same columns; none gives an empty table.

    Raises:
        DataError: the files are of different kinds, or a column is missing.
    """
    endings = {Path(path).suffix for path in paths}
    columns = {column: _SQL_TYPES[str(c.dtype).lower().partition("[")[0]] for column, c in TABLES[name].columns.items()}
    if not paths:
        typed = ", ".join(f"null::{kind} as {column}" for column, kind in columns.items())
        con.execute(f"create view {name} as select {typed} where false")
        return
    if len(endings) > 1:
        told = say("{name}: files of several kinds ({endings}); give Parquet or CSV alone")
        raise DataError(told.format(name=name, endings=", ".join(sorted(endings))))
    files = "[" + ", ".join(_quoted(str(path)) for path in paths) + "]"
    if endings == {".csv"}:
        types = ", ".join(f"{_quoted(column)}: {_quoted(kind)}" for column, kind in columns.items())
        source = f"read_csv({files}, header = true, delim = ',', quote = '\"', types = {{{types}}})"
        texts = ", ".join(f"coalesce({c}, '') as {c}" for c, kind in columns.items() if kind == "varchar")
        source = f"(select * replace ({texts}) from {source})"
    else:
        source = f"read_parquet({files}, union_by_name = true)"
    try:
        con.execute(f"create view {name} as select {', '.join(columns)} from {source}")
    except duckdb.Error as error:
        told = say("{name}: cannot be read from {n_paths} files ({error}); publish the months again")
        raise DataError(told.format(name=name, n_paths=len(paths), error=error)) from None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
