"""The kinds of columns and the checked table from which `tables` builds every schema."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from analysis.policy.errors import DataError


def text(among: tuple[str, ...] = ()) -> pa.Column:
    """A text column, perhaps one of `among`; empty text, never null, where there is nothing."""
    return pa.Column("str", pa.Check.isin(among) if among else None)


def number(low: float | None = None, high: float | None = None) -> pa.Column:
    """A float column; missing values are allowed and mean that there is nothing to say."""
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low))
    if high is not None:
        checks.append(pa.Check.le(high))
    return pa.Column("float64", checks, nullable=True)


def count(nullable: bool = False) -> pa.Column:
    """A whole number, 0 or more; nullable ones use pandas' `Int64`."""
    return pa.Column("Int64" if nullable else "int64", pa.Check.ge(0), nullable=nullable)


def change() -> pa.Column:
    """A whole number with a sign, perhaps missing (changes of a rank)."""
    return pa.Column("Int64", nullable=True)


def flag() -> pa.Column:
    """A truth value."""
    return pa.Column("bool")


def day(nullable: bool = True) -> pa.Column:
    """A date as the text YYYY-MM-DD, empty where there is none."""
    return pa.Column("str", pa.Check.str_matches(r"^(\d{4}-\d\d-\d\d)?$"), nullable=False)


def period() -> pa.Column:
    """A month YYYY-MM."""
    return pa.Column("str", pa.Check.str_matches(r"^\d{4}-(0[1-9]|1[0-2])$"))


@dataclass(frozen=True)
class Table:
    """A processed table: its columns and the columns that name a row."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, pa.Column]

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the schema's columns and types, sorted by key, so that equal content is equal bytes.

        Raises:
            DataError: columns are missing or values are not allowed; names the first of them.
        """
        schema = pa.DataFrameSchema(
            self.columns, unique=list(self.key) or None, strict=True, ordered=False, coerce=True
        )
        try:
            checked = schema.validate(frame, lazy=True)
        except SchemaErrors as error:
            cases = error.failure_cases.head(3).to_dict("records")
            found = "; ".join(f"{c['column'] or c['schema_context']}: {c['check']}: {c['failure_case']}" for c in cases)
            raise DataError(f"table {self.name}: {len(error.failure_cases)} values break its schema: {found}") from None
        checked = checked[list(self.columns)]
        return checked.sort_values(list(self.key), kind="stable", ignore_index=True) if self.key else checked

    def empty(self) -> pd.DataFrame:
        """Return the table without rows, with the right types."""
        return self._empty.copy()

    @cached_property
    def _empty(self) -> pd.DataFrame:
        return self.check(pd.DataFrame({name: pd.Series(dtype=str(c.dtype)) for name, c in self.columns.items()}))


def table(name: str, key: str, **columns: pa.Column) -> Table:
    """Return a table whose rows are named by the columns in `key` (separated by spaces)."""
    return Table(name, tuple(key.split()), columns)
