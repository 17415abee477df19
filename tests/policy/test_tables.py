"""What the dictionary does not allow is refused, whatever the kind of the column, and told in the same words."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from analysis.policy.dictionary import TableEntry
from analysis.policy.errors import DataError
from analysis.policy.tables import TABLES, Table

# The name of a check → a value that breaks it in every column.
BREAKS = {"isin": "?", "str_matches": "2026-13", "greater_than_or_equal_to": -101, "less_than_or_equal_to": 101}
NO_ORDER = "TypeError(\"'{}' not supported between instances of 'str' and 'int'\")"
# Each table, with two tiers where it has a column for each.
SCHEMAS = {name: Table(name, table.entry.fill(["best", "last"])) for name, table in TABLES.items()}
# Every kind of column that a table has → the last table and column of that kind.
KINDS = {
    f"{column.dtype} {'null' * column.nullable} {[check.error for check in column.checks]}": (schema, name)
    for schema in SCHEMAS.values()
    for name, column in schema.columns.items()
}
each_table = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)


def allowed_values(column: pa.Column) -> list:
    """Three values that a column allows, different ones where it has as many."""
    limits = {check.name: next(iter(check.statistics.values())) for check in column.checks}
    if "isin" in limits:
        return [*limits["isin"] * 3][:3]
    if "str_matches" in limits:
        months = ["2026-03", "2026-01", "2026-02"]
        return months if re.match(limits["str_matches"], months[0]) else [f"{month}-28" for month in months]
    low = limits.get("greater_than_or_equal_to", 0)
    return {"str": ["c", "a", "b"], "bool": [True, False, True]}.get(str(column.dtype.type), [low + 1, low, low + 1])


def wrong_values(column: pa.Column) -> Iterator[tuple[object, list[str]]]:
    """Values that a column does not allow, each with all that is said of it."""
    kind = str(column.dtype.type)
    for check in column.checks:
        value = column.dtype.type.type(BREAKS[check.name])
        yield value, [f"{check.error}: {value}"]
    if kind == "str":
        yield None, ["not_nullable: nan"]
    elif kind != "bool":  # whatever a flag is given is true or false
        signs = {"greater_than_or_equal_to": ">=", "less_than_or_equal_to": "<="}
        order = [f"{check.error}: {NO_ORDER.format(signs[check.name])}" for check in column.checks]
        yield "?", [f"coerce_dtype('{kind}'): ?", f"dtype('{kind}'): ?", *order]
        if not column.nullable:
            yield None, [f"coerce_dtype('{kind}'): None", "not_nullable: None", f"dtype('{kind}'): None"]


def allowed_frame(schema: Table) -> pd.DataFrame:
    return pd.DataFrame({name: allowed_values(column) for name, column in schema.columns.items()})


def told(schema: Table, frame: pd.DataFrame) -> str:
    with pytest.raises(DataError) as refused:
        schema.check(frame)
    return str(refused.value)


def sentence(schema: Table, said: list[str]) -> str:
    return f"table {schema.name}: {len(said)} values break its schema: {'; '.join(said[:3])}"


@each_table
def test_a_frame_that_is_right_comes_back_with_types_and_order_of_the_schema(schema: Table):
    checked = schema.check(allowed_frame(schema).astype(object)[[*schema.columns][::-1]])
    assert checked.dtypes.to_dict() == schema.empty().dtypes.to_dict()
    assert [*checked] == [*schema.columns]
    assert checked.equals(checked.sort_values([*schema.entry.key], ignore_index=True))


@pytest.mark.parametrize(("schema", "name"), KINDS.values(), ids=KINDS)
def test_every_kind_of_wrong_value_is_refused(schema: Table, name: str):
    frame = allowed_frame(schema)
    for value, said in wrong_values(schema.columns[name]):
        values = pd.Series([value, *frame[name].tolist()[1:]], dtype=object)
        assert told(schema, frame.assign(**{name: values})) == sentence(schema, [f"{name}: {what}" for what in said])


@each_table
def test_a_key_that_stands_twice_and_wrong_columns_are_refused_in_every_table(schema: Table):
    frame, last = allowed_frame(schema), [*schema.columns][-1]
    twice = pd.concat([frame, frame.tail(1)], ignore_index=True)
    keys = [
        f"{name}: multiple_fields_uniqueness: {twice[name].iloc[-1]}" for name in schema.entry.key for _ in range(2)
    ]
    assert told(schema, twice) == sentence(schema, keys)
    assert told(schema, frame.drop(columns=last)).endswith(f"DataFrameSchema: column_in_dataframe: {last}")
    assert told(schema, frame.assign(more=1)) == sentence(schema, ["DataFrameSchema: column_in_schema: more"])


WORDS = {"title": "列", "description": "what it is"}
COLUMNS = {
    "id": {"type": "string"},
    "among": {"type": "string", "constraints": {"required": True, "enum": ["p", "q"]}},
    "share": {"type": "number", "constraints": {"minimum": 0, "maximum": 1}},
    "n": {"type": "integer", "constraints": {"required": True, "minimum": 0}},
    "rank": {"type": "integer"},
    "is_tied": {"type": "boolean"},
}


def small_table(columns: dict[str, dict]) -> Table:
    fields = {name: WORDS | column for name, column in columns.items()}
    return Table("small", TableEntry(primaryKey=[*columns][:1], fields=fields, **WORDS))


SMALL = small_table(COLUMNS)
RIGHT = pd.DataFrame(
    {"id": ["b", "a"], "among": "p", "share": [0.5, np.nan], "n": [1, 2], "rank": [-1, None], "is_tied": [True, False]}
)


def test_a_table_without_rows_is_right():
    assert SMALL.check(SMALL.empty()).equals(SMALL.empty())
    assert SMALL.check(RIGHT.head(0)).dtypes.to_dict() == SMALL.empty().dtypes.to_dict()


def test_all_that_is_wrong_is_counted_and_the_first_three_told():
    wrong = RIGHT.assign(among="r", share=2, n=-1)
    said = ["among: isin(('p', 'q')): r"] * 2 + ["share: less_than_or_equal_to(1): 2.0"] * 2
    assert told(SMALL, wrong) == sentence(SMALL, [*said, *["n: greater_than_or_equal_to(0): -1"] * 2])


def test_what_was_given_stays_as_it_was():
    given = RIGHT.astype({"n": "int32", "id": object})
    before = given.copy()
    checked = SMALL.check(given)
    checked.loc[0, "share"] = 0.25
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize(
    ("type_", "given", "missing", "wrong"),
    [
        ("string", "p", "", "r"),
        ("number", -0.5, np.nan, 2),
        ("integer", 1, None, 2),
        ("date", "2026-03-01", "", "2026-3-1"),
        ("yearmonth", "2026-03", "", "2026-13"),
    ],
)
def test_what_is_required_is_never_missing_and_what_is_not_may_be(type_, given, missing, wrong):
    limits = {"string": {"enum": ["p"]}, "number": {"maximum": 0}, "integer": {"maximum": 1}}.get(type_, {})
    for is_required in (True, False):
        column = {"type": type_, "constraints": limits | {"required": is_required}}
        schema = small_table({"id": COLUMNS["id"], "it": column})
        rows = {"id": ["a", "b"]}
        assert len(schema.check(pd.DataFrame(rows | {"it": [given, given]}))) == 2
        assert "it: " in told(schema, pd.DataFrame(rows | {"it": [given, wrong]}))
        gap = pd.DataFrame(rows | {"it": pd.Series([given, missing], dtype=object)})
        if is_required:
            assert "it: " in told(schema, gap)
        else:
            assert len(schema.check(gap)) == 2
