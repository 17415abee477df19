"""The dictionary is whole, names what it should, and its copy for readers is the same."""

from pathlib import Path

import pytest
import yaml

from analysis.policy.dictionary import PATH, ColumnEntry, Dictionary, load_dictionary
from analysis.policy.errors import PolicyError
from analysis.policy.load import validate
from analysis.report.words import WORDS

DICTIONARY = load_dictionary()
WRITTEN = yaml.safe_load(PATH.read_text("utf-8"))
PARTS = ("tables", "open_data")
EVERY_COLUMN = [
    (f"{part}.{name}", column, entry)
    for part in PARTS
    for name, table in getattr(DICTIONARY, part).items()
    for column, entry in table.fields.items()
]


def of_column(**changed) -> dict:
    """The content of a dictionary with one table and one column, the words changed."""
    column = {"title": "总分", "description": "total", "type": "number"} | changed
    table = {"title": "表", "description": "unit", "primaryKey": ["total"], "fields": {"total": column}}
    return {"shared": {}, "tables": {"small": table}, "open_data": {}}


def test_the_copy_in_docs_is_up_to_date():
    copy = Path(__file__).resolve().parents[2] / "docs" / "data_dictionary.yml"
    assert copy.read_bytes() == PATH.read_bytes(), "run `make dictionary`"


def test_a_column_without_an_entry_of_its_own_is_the_shared_one():
    assert WRITTEN["tables"]["unit_scores"]["fields"]["total"] is None
    shared = ColumnEntry.model_validate(WRITTEN["shared"]["total"])
    assert DICTIONARY.tables["unit_scores"].fields["total"] == shared
    assert DICTIONARY.open_data["department_scores"].fields["total"] == shared


def test_every_shared_column_is_used():
    tables = [table for part in PARTS for table in WRITTEN[part].values()]
    assert {name for table in tables for name, own in table["fields"].items() if own is None} == set(WRITTEN["shared"])


@pytest.mark.parametrize("part", PARTS)
def test_a_key_is_made_of_columns_of_its_table(part: str):
    odd = {name: set(table.key) - set(table.fields) for name, table in getattr(DICTIONARY, part).items()}
    assert not any(odd.values())


def test_rates_and_points_name_their_unit():
    units = {"_pct": {"%", "pp"}, "_days": {"working days"}, "_points": {"points", "points of weight"}}
    wrong = [
        (table, column, entry.unit)
        for table, column, entry in EVERY_COLUMN
        for ending, allowed in units.items()
        if column.endswith(ending) and entry.unit not in allowed
    ]
    assert not wrong


def test_only_rules_that_exist_are_cited():
    assert {rule for _, _, entry in EVERY_COLUMN for rule in entry.rule.split()} <= set(WORDS.rules)


def test_every_title_is_chinese():
    titles = [(table, column, entry.title) for table, column, entry in EVERY_COLUMN]
    titles += [(part, name, table.title) for part in PARTS for name, table in getattr(DICTIONARY, part).items()]
    assert not [where for *where, title in titles if not any("一" <= character <= "鿿" for character in title)]


def test_limits_are_of_numbers_and_choices_of_texts():
    for table, column, entry in EVERY_COLUMN:
        limits = entry.constraints
        assert not limits.enum or entry.type == "string", (table, column)
        assert (limits.minimum, limits.maximum) == (None, None) or entry.type in ("number", "integer"), (table, column)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (of_column(type="float"), "tables.small.fields.total.type: found 'float'"),
        (of_column(constraints={"minimun": 0}), "constraints.minimun: found 0"),
        (of_column(unti="points"), "fields.total.unti: found 'points'"),
        (
            of_column()
            | {"shared": {}, "open_data": {"open": of_column()["tables"]["small"] | {"fields": {"x": None}}}},
            "open_data.open.fields.x: found None",
        ),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(content, said):
    with pytest.raises(PolicyError) as refused:
        validate("dictionary.yml", content, Dictionary)
    assert said in str(refused.value)


def test_a_column_for_each_tier_takes_its_id_and_its_name():
    entry = DICTIONARY.tables["certainty"]
    filled = entry.fill(["top", "last"], {"top": "卓越"})
    assert [name for name in filled.fields if name not in entry.fields] == ["p_top", "p_last"]
    assert [filled.fields[name].title for name in ("p_top", "p_last")] == ["卓越概率", "last概率"]
    assert entry.tiers_of(filled.fields) == ["top", "last"]
    assert not filled.has_tiers
