"""What the columns of the open data mean: as a table, and as the descriptor of a Data Package (Frictionless)."""

import json
from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.policy.dictionary import TableEntry
from analysis.report.words import WORDS


def describe_columns(tables: Mapping[str, TableEntry]) -> pd.DataFrame:
    """Return a row a table and column: what it is called and means, in Chinese first, its unit and good direction."""
    return pd.DataFrame(
        {
            "table": name,
            "table_zh": table.title,
            "row_zh": table.note,
            "column": column,
            "zh": words.title,
            "meaning_zh": words.note,
            "unit_zh": WORDS.units.get(words.unit, words.unit),
            "good_zh": WORDS.good[words.good],
            "row": table.description,
            "meaning": words.description,
            "unit": words.unit,
            "good": words.good,
            "rule": words.rule,
        }
        for name, table in tables.items()
        for column, words in table.fields.items()
    )


def describe_package(period: str, tables: Mapping[str, TableEntry]) -> str:
    """Return the descriptor of a month's open data, `datapackage.json`, by which other programs read types and keys.

    Args:
        period: the month.
        tables: the entries of its tables, each a CSV file beside the descriptor.
    """
    resources = [
        {
            "name": name,
            "path": f"{name}.csv",
            "title": table.title,
            "description": table.description,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": {"primaryKey": table.key, "fields": [*_fields(table)]},
        }
        for name, table in tables.items()
    ]
    return json.dumps({"name": f"open-data-{period}", "resources": resources}, ensure_ascii=False, indent=1) + "\n"


def _fields(table: TableEntry) -> Iterable[dict]:
    return (
        {"name": name, **words.model_dump(exclude_defaults=True, exclude={"default"})}
        for name, words in table.fields.items()
    )
