"""The data dictionary and the schemas describe the same tables and columns, whichever way one looks."""

import pytest

from analysis.policy.tables import TABLES
from analysis.report.site.dictionary import ColumnWords, TableWords, describe_columns, load_dictionary
from analysis.report.words import WORDS

DICTIONARY = load_dictionary()
EVERY_TABLE = DICTIONARY.tables | {f"open_data.{name}": words for name, words in DICTIONARY.open_data.items()}
each_table = pytest.mark.parametrize("name", sorted(EVERY_TABLE))


def every_column() -> list[tuple[str, str, ColumnWords]]:
    return [
        (name, column, own or DICTIONARY.shared[column])
        for name, table in EVERY_TABLE.items()
        for column, own in table.columns.items()
    ]


def test_every_table_is_described_and_every_description_has_a_table():
    assert sorted(DICTIONARY.tables) == sorted(TABLES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_column_is_described_in_the_order_of_the_schema(name: str):
    assert list(DICTIONARY.tables[name].columns) == list(TABLES[name].columns)


@each_table
def test_a_column_without_words_of_its_own_is_a_shared_one(name: str):
    bare = {column for column, own in EVERY_TABLE[name].columns.items() if own is None}
    assert bare <= set(DICTIONARY.shared)


def test_every_shared_column_is_used():
    used = {column for table in EVERY_TABLE.values() for column, own in table.columns.items() if own is None}
    assert used == set(DICTIONARY.shared)


def test_rates_and_points_name_their_unit():
    units = {"_pct": {"%", "pp"}, "_days": {"working days"}, "_points": {"points", "points of weight"}}
    wrong = [
        (name, column, words.unit)
        for name, column, words in every_column()
        for ending, allowed in units.items()
        if column.endswith(ending) and words.unit not in allowed
    ]
    assert not wrong


def test_only_rules_that_exist_are_cited():
    cited = {rule for _, _, words in every_column() for rule in words.rule.split()}
    assert cited <= set(WORDS.rules)


def test_every_name_is_chinese():
    bare = [(name, column) for name, column, words in every_column() if not any("一" <= c <= "鿿" for c in words.zh)]
    assert not bare


def test_description_as_a_table_takes_own_words_before_shared_ones():
    shared = {"total": ColumnWords(is_="shared", zh="总分"), "rank": ColumnWords(is_="place", zh="名次")}
    own = ColumnWords(is_="own", zh="自有", unit="points", good="higher", rule="S4")
    table = TableWords(row="unit", zh="单位得分", columns={"total": own, "rank": None})
    found = describe_columns({"unit_scores": table}, shared)
    assert found[["column", "meaning", "unit", "rule"]].to_numpy().tolist() == [
        ["total", "own", "points", "S4"],
        ["rank", "place", "", ""],
    ]
