"""The words of the site, read from `words.yml` beside this module: rules, values of `params/`, audiences, states."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from analysis.policy.base import Model
from analysis.policy.load import load_yaml

_FILE = Path(str(files("analysis.report"))) / "site" / "words.yml"


class Section(Model):
    """A file of `params/` whose values the method page lists, and the section's title."""

    file: str
    title: str


class Audience(Model):
    """Who reads a folder of pages, and what the office has to heed."""

    name: str
    note: str


class Words(Model):
    """`words.yml`.

    Attributes:
        rules: rule number → the rule in a phrase.
        sections: the files whose values are listed, in order.
        left_out: keys that are not listed value by value.
        named_lists: keys of lists of which the names are enough.
        from_source: keys whose value the source states; all others are defaults.
        keys: key without places in lists → name and the numbers of its rules.
        values: a choice in `params/` → its word.
        audiences: folder of a month's pages → who reads it.
    """

    rules: dict[str, str]
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]
    named_lists: tuple[str, ...]
    from_source: tuple[str, ...]
    keys: dict[str, tuple[str, str]]
    values: dict[str, str]
    over_year: dict[str, str]
    audiences: dict[str, Audience]
    reasons: dict[str, str]
    states: dict[str, str]


@cache
def site_words() -> Words:
    """Return the words, read once."""
    return load_yaml(_FILE, Words)
