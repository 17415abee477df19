"""The data dictionary `docs/data_dictionary.yml`: every table and column in words."""

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from analysis.policy.base import Model
from analysis.policy.load import load_yaml

# The dictionary comes with the project, in docs/ beside src/, as the notebooks do.
DICTIONARY = Path(__file__).resolve().parents[4] / "docs" / "data_dictionary.yml"


class ColumnWords(Model):
    """A column: its meaning, Chinese name, unit, the good direction and the rules behind it."""

    is_: str = Field(alias="is")
    zh: str
    unit: str = ""
    good: Literal["", "higher", "lower"] = ""
    rule: str = ""


class TableWords(Model):
    """A table: what a row is, its Chinese name, its columns; a column without words means what `shared` says."""

    row: str
    zh: str
    columns: dict[str, ColumnWords | None]


class Dictionary(Model):
    """`docs/data_dictionary.yml`.

    Attributes:
        shared: columns that mean the same wherever they stand.
        tables: the processed tables.
        open_data: the tables of the open-data folder.
    """

    shared: dict[str, ColumnWords]
    tables: dict[str, TableWords]
    open_data: dict[str, TableWords]


def load_dictionary() -> Dictionary:
    """Return the data dictionary.

    Raises:
        PolicyError: it is missing or wrong.
    """
    return load_yaml(DICTIONARY, Dictionary)


def describe_columns(tables: dict[str, TableWords], shared: dict[str, ColumnWords]) -> pd.DataFrame:
    """Return a row a table and column: table, table_zh, row, column, zh, meaning, unit, good, rule."""
    rows = []
    for name, table in tables.items():
        for column, own in table.columns.items():
            words = own or shared[column]
            told = {"zh": words.zh, "meaning": words.is_, "unit": words.unit, "good": words.good, "rule": words.rule}
            rows.append({"table": name, "table_zh": table.zh, "row": table.row, "column": column, **told})
    return pd.DataFrame(rows)
