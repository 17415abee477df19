"""Rows of tables as tests tell them: only what matters is written."""

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.policy.tables import TABLES

_NOTHING = {"bool": False, "int64": 0, "str": "", "string": ""}


def table_of(name: str, rows: Iterable[Mapping]) -> pd.DataFrame:
    """The rows as the checked table `name`; a column that none of them tells is false, 0, empty or missing."""
    table, frame = TABLES[name], pd.DataFrame(list(rows))
    untold = {column: str(dtype) for column, dtype in table.empty().dtypes.items() if column not in frame}
    return table.check(frame.assign(**{column: _NOTHING.get(kind) for column, kind in untold.items()}))
