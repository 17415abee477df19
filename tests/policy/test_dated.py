"""One entry in force in each month, in every dated list of `params/` (R7): the lists are found from the models."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from analysis.policy.base import Dated
from analysis.policy.book import FILES, load_policy
from analysis.policy.dated import as_known_in, in_force
from analysis.policy.errors import PolicyError

ROOT = Path(__file__).resolve().parents[2]


def is_model(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def find_dated_lists(model: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the keys that lead to each list of dated entries in a model."""
    if is_model(model):
        for name, field in model.model_fields.items():
            yield from find_dated_lists(field.annotation, (*path, name))
    else:
        if get_origin(model) is tuple and any(
            is_model(entry) and issubclass(entry, Dated) for entry in get_args(model)
        ):
            yield path
        for part in get_args(model):
            yield from find_dated_lists(part, (*path, "*"))


LISTS = [(file, path) for file, model in FILES.items() for path in find_dated_lists(model)]


def test_the_lists_that_decide_are_found():
    found = {f"{file}.{'.'.join(path)}" for file, path in LISTS}
    assert {
        "watch.rules",
        "tickets.rules",
        "consequences.rules",
        "consequences.ledger",
        "draw.rules",
        "noise.models",
        "weights.base",
        "weights.adjustments",
        "tiers.grading",
        "indicators.indicators",
        "duties.matters",
        "units.units",
        "sheets.deliveries",
    } <= found
    assert not [name for name in found if "*" in name], "the test below writes into lists at the top of a file"


@pytest.mark.parametrize("to", [None, "2026-01"], ids=["left open", "ended in the new one's first month"])
@pytest.mark.parametrize(("file", "path"), LISTS, ids=lambda part: part if isinstance(part, str) else ".".join(part))
def test_a_second_entry_that_claims_a_month_of_the_first_is_refused(tmp_path, file, path, to):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    changed = tmp_path / "params" / f"{file}.yml"
    content = yaml.safe_load(changed.read_text("utf-8"))
    (name,) = path
    entries = content[name]
    first = next(entry for entry in entries if "to" not in entry)
    first.setdefault("from", "2023-01")  # where an entry may hold from the beginning without saying so
    entries.append({**first, "from": "2026-01"})
    if to:
        first["to"] = to
    changed.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    with pytest.raises(PolicyError) as error:
        load_policy(tmp_path)
    told = f"the entry from {first['from']} reaches into that from 2026-01; set its `to`"
    assert [line for line in str(error.value).splitlines() if f"{file}.yml: {name}" in line and told in line]


@pytest.mark.parametrize(
    ("file", "key", "value_of"),
    [
        ("watch", "clean_months", lambda policy: policy.watch.clean_months),
        ("tickets", "repeat_days", lambda policy: policy.ticket_rules.repeat_days),
        ("consequences", "warn_years", lambda policy: policy.consequences.warn_years),
        ("draw", "rest_months", lambda policy: policy.draw.rest_months),
        ("noise", "seed", lambda policy: policy.noise.seed),
    ],
)
def test_a_second_entry_holds_from_its_month_on(tmp_path, file, key, value_of):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    changed = tmp_path / "params" / f"{file}.yml"
    content = yaml.safe_load(changed.read_text("utf-8"))
    entries = content["models" if file == "noise" else "rules"]
    old = entries[0][key]
    entries.append({**entries[0], "from": "2026-01", key: old + 1})
    entries[0]["to"] = "2025-12"
    changed.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    book = load_policy(tmp_path)
    assert [value_of(book.at(period)) for period in ("2025-12", "2026-01")] == [old, old + 1]


def test_a_month_without_an_entry_is_refused_by_the_list():
    entries = load_policy(ROOT).watch.rules
    assert in_force(entries, "2023-01", "watch.yml: rules") is entries[0]
    with pytest.raises(PolicyError, match=r"params/watch\.yml: rules: no entry holds in 2022-12"):
        in_force(entries, "2022-12", "watch.yml: rules")


@pytest.mark.parametrize(("file", "path"), LISTS, ids=lambda part: part if isinstance(part, str) else ".".join(part))
def test_a_month_knows_no_entry_that_begins_after_it_and_no_end_that_it_does_not_see(file, path):
    rules = getattr(load_policy(ROOT), file)
    (name,) = path
    entries = getattr(rules, name)
    first = next((entry for entry in entries if entry.to is None), None)
    if first is None:
        pytest.skip("every entry of the project's list has ended")
    ended = [entry.model_copy(update={"to": "2030-05"}) if entry is first else entry for entry in entries]
    later = rules.model_copy(update={name: (*ended, first.model_copy(update={"from_": "2030-06"}))})
    assert as_known_in(later, "2030-05") == rules
    assert as_known_in(later, "2030-06") == later


def test_rules_without_anything_later_are_known_as_they_are():
    rules = load_policy(ROOT).noise
    assert as_known_in(rules, "2026-10") is rules


def test_a_merger_is_known_from_the_month_after_the_last():
    units = load_policy(ROOT).units
    unit = {
        month: next(u for u in as_known_in(units, month).units if u.id == "D68") for month in ("2024-06", "2024-07")
    }
    assert (unit["2024-06"].to, unit["2024-06"].merged_into) == (None, None)
    assert (unit["2024-07"].to, unit["2024-07"].merged_into) == ("2024-06", "D21")
