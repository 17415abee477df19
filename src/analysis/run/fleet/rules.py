"""In which rules does a district differ from the reference district? Key by key, so that figures can be compared."""

import json
from pathlib import Path

from analysis.policy.book import load_policy
from analysis.policy.fleet import Reference, RuleDifference
from analysis.policy.load import load_yaml
from analysis.run.store.manifest import hash_tree

# What a district says of itself (its name, units, duties): no rule, and different everywhere.
OWN_FACTS = ("district.yml", "units.yml", "duties.yml")


def read_rules(district: str, root: Path) -> Reference:
    """Return a district's rules as the reference for others.

    Raises:
        PolicyError: `params/` is missing or wrong.
    """
    book, params = load_policy(root), root / "params"
    hashes = _hash_rules(params)
    return Reference(district, hashes, {file: _read_values(params / file) for file in hashes}, book.names)


def compare_rules(reference: Reference, root: Path) -> tuple[RuleDifference, ...]:
    """Return every key of `params/` whose value is not the reference's, in the order of files and keys."""
    params = root / "params"
    hashes = _hash_rules(params)
    differences = []
    for file in sorted(reference.hashes.keys() | hashes.keys()):
        if reference.hashes.get(file) != hashes.get(file):
            wanted = reference.values.get(file, {})
            found = _read_values(params / file) if file in hashes else {}
            keys = sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key))
            differences += [RuleDifference(file, key, wanted.get(key, ""), found.get(key, "")) for key in keys]
    return tuple(differences)


def _hash_rules(params: Path) -> dict[str, str]:
    return {file: digest for file, digest in hash_tree(params, params, skip=OWN_FACTS).items() if file.endswith(".yml")}


def _read_values(file: Path) -> dict[str, str]:
    return dict(_flatten("", load_yaml(file, dict)))


def _flatten(key: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        named = [(f"{key}.{name}" if key else str(name), item) for name, item in value.items()]
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        labels = [_label(item, place) for place, item in enumerate(value)]
        named = [(f"{key}[{label}]", item) for label, item in zip(labels, value, strict=True)]
        if len(set(labels)) < len(labels):
            named = [(f"{key}[{place}]", item) for place, item in enumerate(value)]
    else:
        return [(key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))]
    return [leaf for name, item in named for leaf in _flatten(name, item)]


def _label(item: object, place: int) -> str:
    """Name an entry by what it is about and since when it holds, so that an inserted one does not move the others."""
    if not isinstance(item, dict):
        return str(place)
    owner = next((str(item[key]) for key in ("id", "unit", "group") if key in item), "")
    since = f"@{item['from']}" if "from" in item else ""
    return owner + since or str(place)
