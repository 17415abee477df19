"""What every table holds and what it means: `dictionary.yml`, in the words of the standard's Table Schema."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from analysis.policy.base import Model
from analysis.policy.load import load_yaml

# In a column's name it stands for the id of each tier.
_TIER = "{tier}"
PATH = Path(__file__).with_name("dictionary.yml")


class Constraints(Model):
    """Which values a column allows; `enum` names the texts, empty where any text may stand."""

    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    enum: tuple[str, ...] = ()


class ColumnEntry(Model):
    """A column: its Chinese name, meaning, type and values, unit, good direction, rules, whether it is redacted.

    `note` is its meaning in Chinese, which every column of the open data has.
    `default` is the value that is taken unless another is asked for, where all values would stack the same rows.
    """

    title: str
    note: str = ""
    description: str
    type: Literal["string", "number", "integer", "boolean", "date", "yearmonth"]
    constraints: Constraints = Constraints()
    unit: str = ""
    good: Literal["", "higher", "lower"] = ""
    rule: str = ""
    text: Literal["", "redacted"] = ""
    default: str = ""


class TableEntry(Model):
    """A table: its Chinese name, what a row is, the columns that name a row, all columns in their order.

    Rows that are `carried` come again in later months' tables; over several months the last one counts.
    """

    title: str
    note: str = ""
    description: str
    key: tuple[str, ...] = Field(alias="primaryKey", min_length=1)
    carried: bool = False
    fields: dict[str, ColumnEntry]

    @property
    def has_tiers(self) -> bool:
        """Whether a column stands for as many as there are tiers."""
        return any(name.endswith(_TIER) for name in self.fields)

    def tiers_of(self, columns: Iterable[str]) -> list[str]:
        """Return the ids of the tiers that a table with these columns has one for."""
        starts = tuple(name.removesuffix(_TIER) for name in self.fields if name.endswith(_TIER))
        own = (column for column in columns if column.startswith(starts) and column not in self.fields)
        return [column.removeprefix(next(filter(column.startswith, starts))) for column in own]

    def fill(self, tiers: Iterable[str], names: Mapping[str, str] | None = None) -> "TableEntry":
        """Return the entry with a column for each tier in place of the one that stands for them.

        Args:
            tiers: their ids.
            names: id → name, put into titles.
        """
        fields = {}
        for name, entry in self.fields.items():
            for tier in tiers if name.endswith(_TIER) else [""]:
                title = entry.title.replace(_TIER, (names or {}).get(tier, tier))
                fields[name.replace(_TIER, tier)] = entry.model_copy(update={"title": title})
        return self.model_copy(update={"fields": fields})


class Dictionary(Model):
    """`dictionary.yml`: the processed tables and those of the open-data folder."""

    tables: dict[str, TableEntry]
    open_data: dict[str, TableEntry]

    @model_validator(mode="before")
    @classmethod
    def _take_shared_columns(cls, content: dict) -> dict:
        shared = content["shared"]
        return {
            part: {name: _fill(table, shared) for name, table in content[part].items()} for part in cls.model_fields
        }


def _fill(table: dict, shared: dict) -> dict:
    return table | {"fields": {name: own or shared.get(name) for name, own in table["fields"].items()}}


@cache
def load_dictionary() -> Dictionary:
    """Return the dictionary that comes with the project.

    Raises:
        PolicyError: it is wrong; names the place.
    """
    return load_yaml(PATH, Dictionary, PATH.name)
