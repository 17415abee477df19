"""The kinds of columns and the checked table from which `tables` builds every schema."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pandera.pandas as pa
from pandera.errors import ParserError, SchemaErrors

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
        checked = self._coerce(frame)
        # pandera's own validation puts together a report of every column even where nothing is wrong, which takes
        # several times as long as the checks: it is for the frames in which something is.
        if not self._holds(checked):
            checked = self._validate(frame)
        checked = checked[list(self.columns)]
        return checked.sort_values(list(self.key), kind="stable", ignore_index=True) if self.key else checked

    def _coerce(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the schema's types as pandera coerces them, unchanged where a value cannot take its."""
        wrong = [name for name, found in frame.dtypes.items() if found != self._types.get(name, found)]
        try:
            return frame.assign(**{name: self.columns[name].dtype.try_coerce(frame[name]) for name in wrong})
        except ParserError:
            return frame

    def _holds(self, frame: pd.DataFrame) -> bool:
        """Tell whether a frame has the schema's columns, types, values and key."""
        return (
            frame.columns.is_unique
            and frame.dtypes.to_dict() == self._types
            and not any(frame[name].hasnans for name, column in self.columns.items() if not column.nullable)
            and all(check(frame[name]).check_passed for name, column in self.columns.items() for check in column.checks)
            and not (self.key and frame.duplicated(list(self.key)).any())
        )

    def _validate(self, frame: pd.DataFrame) -> pd.DataFrame:
        schema = pa.DataFrameSchema(
            self.columns, unique=list(self.key) or None, strict=True, ordered=False, coerce=True
        )
        try:
            return schema.validate(frame, lazy=True)
        except SchemaErrors as error:
            cases = error.failure_cases.head(3).to_dict("records")
            found = "; ".join(f"{c['column'] or c['schema_context']}: {c['check']}: {c['failure_case']}" for c in cases)
            raise DataError(f"table {self.name}: {len(error.failure_cases)} values break its schema: {found}") from None

    def empty(self) -> pd.DataFrame:
        """Return the table without rows, with the right types."""
        return pd.DataFrame({name: pd.Series(dtype=type_) for name, type_ in self._types.items()})

    @cached_property
    def _types(self) -> dict[str, object]:
        return {name: column.dtype.type for name, column in self.columns.items()}


def table(name: str, key: str, **columns: pa.Column) -> Table:
    """Return a table whose rows are named by the columns in `key` (separated by spaces)."""
    return Table(name, tuple(key.split()), columns)
