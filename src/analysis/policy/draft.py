"""A draft of one file of `params/`, put in place of the file in force to see what it would change (R7)."""

from dataclasses import replace
from pathlib import Path

import yaml

from analysis.policy.book import PolicyBook
from analysis.policy.check import check_book
from analysis.policy.errors import PolicyError
from analysis.policy.load import load_yaml
from analysis.policy.models import Indicators, Tiers, Units, Weights

# The files that decide scores, and the key that only this file has.
_DRAFTS = {
    "weights": (Weights, "base"),
    "tiers": (Tiers, "grading"),
    "indicators": (Indicators, "indicators"),
    "units": (Units, "units"),
}


def load_draft(book: PolicyBook, path: Path) -> PolicyBook:
    """Return the policy with the draft in place of the file of the same kind; its name may be any.

    Raises:
        PolicyError: the draft cannot be read, is none of the known files, or does not fit the others.
    """
    path = Path(path)
    if not path.is_file():
        raise PolicyError(f"{path}: there is no such file; give a changed copy of a file of params/")
    kind = _kind_of(path)
    drafted = replace(book, **{kind: load_yaml(path, _DRAFTS[kind][0])})
    check_book(drafted)
    return drafted


def _kind_of(path: Path) -> str:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    keys = set(content) if isinstance(content, dict) else set()
    kinds = [kind for kind, (_, key) in _DRAFTS.items() if key in keys]
    if len(kinds) != 1:
        known = ", ".join(f"{kind}.yml" for kind in _DRAFTS)
        raise PolicyError(
            f"{path}: found the keys {sorted(map(str, keys))}; a draft is a changed copy of one of {known}"
        )
    return kinds[0]
