"""Rule numbers: the list in docs, the words of the site and the numbers cited everywhere are the same."""

import re
from pathlib import Path

import pytest

from analysis.report.words import WORDS

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"(?<![A-Za-z0-9_.#/-])([RS](?:[1-9]|[1-9][0-9]))(?![A-Za-z0-9_.])")
CITING = [
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "params").glob("*.yml"),
    *(ROOT / "tests" / "scenarios").glob("*.yml"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "notebooks").glob("*.ipynb"),
]
EXPECTED = {f"R{n}" for n in range(1, 23)} | {f"S{n}" for n in range(1, 49)}


def listed() -> dict[str, str]:
    """Rule number → where it is realised, as docs/rules.md says."""
    lines = (ROOT / "docs" / "rules.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| [RS]\d", line)]
    return {row[0]: row[-1] for row in cells}


def test_docs_and_site_list_every_rule_once():
    assert set(listed()) == EXPECTED
    assert set(WORDS.rules) == EXPECTED


def test_every_number_cited_anywhere_is_listed():
    cited = {number: path for path in CITING for number in NUMBER.findall(path.read_text("utf-8"))}
    unknown = {number: path.name for number, path in cited.items() if number not in EXPECTED}
    assert not unknown


@pytest.mark.parametrize("number", sorted(EXPECTED))
def test_places_named_for_a_rule_exist(number: str):
    named = re.findall(
        r"`((?:params|notebooks|policy|intake|scoring|insight|action|report|run)/[\w./*-]*)`", listed()[number]
    )
    for place in named:
        base = ROOT if place.startswith(("params/", "notebooks/")) else ROOT / "src" / "analysis"
        assert list(base.glob(place.rstrip("/"))), place
