"""What a wrong file of `params/` is told: one line a fault, with file, place, what was found and what is allowed."""

import copy
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from analysis.policy.book import FILES, load_policy
from analysis.policy.errors import PolicyError
from analysis.policy.fleet import Fleet
from analysis.policy.load import load_yaml, validate
from analysis.policy.models import District

ROOT = Path(__file__).resolve().parents[2]
# Words of the libraries, which say nothing to an office.
JARGON = re.compile(r"Field required|should be|[Ii]nput|instance|\b[Vv]alid|unable|pydantic|dictionary|tuple|tag\b|\n")
BAD = (None, -1, 10**70, 0.5, True, "", "?", "2026-02-30", [], ["?"], {}, {"?": 1})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: a\nstart: 2026-02-30\n", "line 2: found '2026-02-30'; there is no such date or number"),
        ("name: a\nstart: " + "9" * 5000, "line 2: found '" + "9" * 59 + "…; there is no such date or number"),
        ("name: a\nx: " + "[" * 100_000, "line 2: more than 50 levels"),
        ("- " * 100_000, "line 1: more than 50 levels"),
        ("name: a\nstart: \x00", "line 2: a control character stands here"),
        (
            "name: a\nb: *c\n",
            "line 2: not valid YAML: a word begins with *; put it in quotation marks; found in column 4: 'b: *c'",
        ),
        ("name：区\n", "line 1: (top): found 'name：区'; a mapping of `key: value` is needed"),
        ("name: 5\n", "line 1: name: found 5; a text"),
        (
            "name: a\nobjection:\n  working_days: 0\n",
            "line 3: objection.working_days: found 0; it must be greater than 0",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(tmp_path, text, told):
    (tmp_path / "district.yml").write_text(text, "utf-8")
    with pytest.raises(PolicyError) as error:
        load_yaml(tmp_path / "district.yml", District)
    assert f"params/district.yml: {told}" in str(error.value)
    assert all(line.startswith("params/district.yml: ") for line in str(error.value).splitlines())


def test_an_empty_file_names_what_is_missing(tmp_path):
    (tmp_path / "district.yml").write_text("# nothing\n", "utf-8")
    with pytest.raises(PolicyError, match=r"params/district\.yml: name: the key is missing; add it"):
        load_yaml(tmp_path / "district.yml", District)


def test_a_list_is_not_called_short_because_its_entry_is_wrong(tmp_path):
    path = tmp_path / "districts.yml"
    path.write_text("name: 省\ndistricts:\n  - {id: ../a, name: 甲区, root: a}\n", "utf-8")
    with pytest.raises(PolicyError) as error:
        load_yaml(path, Fleet)
    (line,) = str(error.value).splitlines()
    assert "line 3: districts.1.id (id ../a): found '../a'" in line
    path.write_text("name: 省\ndistricts: []\n", "utf-8")
    with pytest.raises(PolicyError, match="districts: found a list; its length must be at least 1"):
        load_yaml(path, Fleet)


def places_of(content: object, path: tuple = ()) -> Iterator[tuple]:
    """Yield a path to each kind of key: of lists of entries only one for each key."""
    yield path
    if isinstance(content, dict):
        for key, value in content.items():
            yield from places_of(value, (*path, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from places_of(value, (*path, number))


@pytest.mark.parametrize("file", FILES)
def test_no_fault_is_told_in_a_librarys_words(file):
    content = yaml.safe_load((ROOT / "params" / f"{file}.yml").read_text("utf-8"))
    kinds = {tuple(part for part in path if isinstance(part, str)): path for path in places_of(content)}
    kinds.pop(())
    refused = 0
    for path in list(kinds.values())[:60]:
        *outer, last = path
        for bad in BAD:
            changed = copy.deepcopy(content)
            owner = changed
            for part in outer:
                owner = owner[part]
            owner[last] = bad
            try:
                validate(file, changed, FILES[file])
            except PolicyError as error:
                lines = str(error).splitlines()
                refused += 1
                assert not [line for line in lines if JARGON.search(line)]
                assert all(line.startswith(f"{file}: ") for line in lines)
                assert not [line for line in lines if ".0" in line.split(": ")[1].split(" (id")[0]]
    assert refused > 10


def test_every_fault_of_every_file_is_told_at_once(tmp_path):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    for file, old, new in [
        ("calendar.yml", "2026-10-01", "2026-02-30"),
        ("consequences.yml", "blacklist_years", "blacklist_year"),
        ("duties.yml", "lead: D57", "lead: D99"),
        ("tiers.yml", "bonus_cap", "bonus_cap: ["),
    ]:
        path = tmp_path / "params" / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    (tmp_path / "params" / "noise.yml").unlink()
    with pytest.raises(PolicyError) as error:
        load_policy(tmp_path)
    lines = str(error.value).splitlines()
    for told in [
        "params/calendar.yml: line",
        "params/consequences.yml: line 4: rules.1.blacklist_years: the key is missing",
        "params/consequences.yml: line 6: rules.1.blacklist_year: found 3; this file has no such key",
        "params/duties.yml: M001: found 'D99'",
        "params/tiers.yml: line",
        "params/noise.yml: the file is missing",
    ]:
        assert [line for line in lines if line.startswith(told)], told
