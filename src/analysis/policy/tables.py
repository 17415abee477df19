"""Every processed table as `dictionary.yml` describes it, and the check of a frame against it."""

import re
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pandera.pandas as pa
from pandera.errors import ParserError, SchemaErrors

from analysis.policy.dictionary import ColumnEntry, Constraints, TableEntry, load_dictionary
from analysis.policy.errors import DataError
from analysis.policy.messages import say

# Dates and months are texts, which every spreadsheet and language reads alike.
_PATTERNS = {"date": r"\d{4}-\d\d-\d\d", "yearmonth": r"\d{4}-(0[1-9]|1[0-2])"}


@dataclass(frozen=True)
class Table:
    """A processed table: its entry in the dictionary, and the checks that follow from it."""

    name: str
    entry: TableEntry

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the schema's columns and types, sorted by key, so that equal content is equal bytes.

        Raises:
            DataError: columns are missing or values are not allowed; names the first of them.
        """
        if self.entry.has_tiers:
            return Table(self.name, self.entry.fill(self.entry.tiers_of(frame.columns))).check(frame)
        checked = self._coerce(frame)
        # pandera puts together a report of every column and check even where nothing is wrong, which takes many times
        # as long as looking: it is for the frames in which something is.
        if not self._holds(checked):
            checked = self._validate(frame)
        checked = checked[list(self.columns)]
        return checked.sort_values(list(self.entry.key), kind="stable", ignore_index=True)

    def _coerce(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the schema's types as pandera coerces them, unchanged where a value cannot take its."""
        wrong = [name for name, found in frame.dtypes.items() if found != self._types.get(name, found)]
        try:
            return frame.assign(**{name: self._take_type(name, frame[name]) for name in wrong})
        except ParserError:
            return frame

    def _take_type(self, name: str, values: pd.Series) -> pd.Series:
        return values.astype("str") if self._types[name] == "str" else self.columns[name].dtype.try_coerce(values)

    def _holds(self, frame: pd.DataFrame) -> bool:
        """Tell whether a frame has the schema's columns, types, values and key."""
        return (
            frame.columns.is_unique
            and frame.dtypes.to_dict() == self._types
            and not any(frame[name].hasnans for name, column in self.columns.items() if not column.nullable)
            and all(_allows(frame[name], entry) for name, entry in self.entry.fields.items())
            and not frame.duplicated(list(self.entry.key)).any()
        )

    def _validate(self, frame: pd.DataFrame) -> pd.DataFrame:
        schema = pa.DataFrameSchema(self.columns, unique=list(self.entry.key), strict=True, coerce=True)
        try:
            return schema.validate(frame, lazy=True)
        except SchemaErrors as error:
            cases = error.failure_cases.head(3).to_dict("records")
            found = "; ".join(f"{c['column'] or c['schema_context']}: {c['check']}: {c['failure_case']}" for c in cases)
            told = say("table {name}: {n_failure_cases} values break its schema: {found}")
            raise DataError(
                told.format(name=self.name, n_failure_cases=len(error.failure_cases), found=found)
            ) from None

    def empty(self) -> pd.DataFrame:
        """Return the table without rows, with the right types."""
        return pd.DataFrame({name: pd.Series(dtype=type_) for name, type_ in self._types.items()})

    @cached_property
    def columns(self) -> dict[str, pa.Column]:
        """The checks of the columns, in their order."""
        return {name: _read_column(entry) for name, entry in self.entry.fields.items()}

    @cached_property
    def _types(self) -> dict[str, str]:
        # By name: text is text, whether Python's objects or Arrow's hold it.
        return {name: str(column.dtype.type) for name, column in self.columns.items()}


def _allows(values: pd.Series, entry: ColumnEntry) -> bool:
    """Tell whether a column's values are those that its entry allows; a missing one says nothing."""
    limits, pattern = entry.constraints, _pattern(entry)
    if limits.enum or pattern:
        texts = values.unique()
        return all((not limits.enum or t in _choices(limits)) and (not pattern or re.match(pattern, t)) for t in texts)
    is_low = limits.minimum is not None and (values < limits.minimum).any()
    return not is_low and not (limits.maximum is not None and (values > limits.maximum).any())


def _choices(limits: Constraints) -> tuple[str, ...]:
    return limits.enum if limits.required else ("", *limits.enum)


def _pattern(entry: ColumnEntry) -> str:
    pattern = _PATTERNS.get(entry.type)
    return pattern and (f"^{pattern}$" if entry.constraints.required else f"^({pattern})?$")


def _read_column(entry: ColumnEntry) -> pa.Column:
    """Return a column's check: a missing text is empty, a missing number null, a truth value never missing."""
    limits = entry.constraints
    numbers = {"number": "float64", "integer": "int64" if limits.required else "Int64"}
    checks = []
    if limits.enum:
        checks.append(pa.Check.isin(_choices(limits)))
    if pattern := _pattern(entry):
        checks.append(pa.Check.str_matches(pattern))
    if limits.minimum is not None:
        checks.append(pa.Check.ge(limits.minimum))
    if limits.maximum is not None:
        checks.append(pa.Check.le(limits.maximum))
    kind = numbers.get(entry.type, "bool" if entry.type == "boolean" else "str")
    return pa.Column(kind, checks, nullable=entry.type in numbers and not limits.required)


TABLES: dict[str, Table] = {name: Table(name, entry) for name, entry in load_dictionary().tables.items()}
