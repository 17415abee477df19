"""A draft of one file of `params/`, put in place of the file in force to see what it would change (R7)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from analysis.policy.base import Dated
from analysis.policy.book import PolicyBook
from analysis.policy.channels import Weights
from analysis.policy.errors import PolicyError
from analysis.policy.indicators import Indicators
from analysis.policy.load import load_yaml, validate
from analysis.policy.messages import say
from analysis.policy.models import Tiers, Units
from analysis.policy.period import shift

Draft = Weights | Tiers | Indicators
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
        raise PolicyError(
            say("{path}: there is no such file; give a changed copy of a file of params/").format(path=path)
        )
    kind = _kind_of(path)
    return book.revise(**{kind: load_yaml(path, _DRAFTS[kind][0], str(path))})


def _kind_of(path: Path) -> str:
    keys = set(load_yaml(path, dict, str(path)))
    kinds = [kind for kind, (_, key) in _DRAFTS.items() if key in keys]
    if len(kinds) != 1:
        known = ", ".join(f"{kind}.yml" for kind in _DRAFTS)
        told = say("{path}: found the keys {keys}; a draft is a changed copy of one of {known}")
        raise PolicyError(told.format(path=path, keys=sorted(map(str, keys)), known=known))
    return kinds[0]


def draft_weights(book: PolicyBook, period: str, weights: Mapping[str, float]) -> Weights:
    """Return `weights.yml` with other base weights from a month on; adjustments of units and groups stay (R17, R18).

    Args:
        book: the policy in force.
        period: the first month of the new weights.
        weights: channel → weight; they sum to 100 (S16).

    Raises:
        PolicyError: the weights do not fit.
    """
    base = _change_from(book.weights.base, period, {"weights": dict(weights), "document": "草案"})
    return _checked(book, "weights", {**_plain(book.weights), "base": base})


def draft_tiers(
    book: PolicyBook, period: str, shares: Mapping[str, float], bottom_places: int, *, key: str = "quotas"
) -> Tiers:
    """Return `tiers.yml` with other quotas (R19) or score lines, and bottom places (R21), from a month on.

    Args:
        book: the policy in force.
        period: the first month of the new values.
        shares: tier → its quota in %, or the score from which it is given.
        bottom_places: how many places are the bottom ones.
        key: `quotas` or `lines`.

    Raises:
        PolicyError: the quotas or lines do not fit.
    """
    changes = {key: dict(shares), "bottom_places": bottom_places}
    return _checked(book, "tiers", {**_plain(book.tiers), "grading": _change_from(book.tiers.grading, period, changes)})


def draft_cases(book: PolicyBook, period: str, indicator_id: str, cases: Mapping[str, int]) -> Indicators:
    """Return `indicators.yml` with other numbers of cases that an indicator needs, from a month on (S30).

    Args:
        book: the policy in force.
        period: the first month of the new numbers.
        indicator_id: the indicator, a rate with cases.
        cases: any of `minimum_cases`, `fill_cases` and `full_cases`.

    Raises:
        PolicyError: the numbers do not fit.
    """
    changed = _change_from(book.indicators.indicators, period, cases, indicator_id)
    return _checked(book, "indicators", {**_plain(book.indicators), "indicators": changed})


def draft_book(book: PolicyBook, draft: Draft) -> PolicyBook:
    """Return the policy with a draft in place of the file of its kind."""
    return replace(book, **{_kind(draft): draft})


def save_draft(draft: Draft, folder: Path, period: str) -> Path:
    """Write a draft for `analysis whatif --policy`, and return its file; what stood there before is replaced."""
    kind = _kind(draft)
    path = Path(folder) / f"{kind}-{period}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f"# A draft of params/{kind}.yml from {period} on, to be looked at: analysis whatif {period} --policy FILE\n"
    path.write_text(head + yaml.safe_dump(_plain(draft), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _kind(draft: Draft) -> str:
    return next(kind for kind, (model, _) in _DRAFTS.items() if isinstance(draft, model))


def _plain(model: Draft) -> dict:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _change_from(entries: Sequence[Dated], period: str, changes: Mapping[str, object], subject: str = "") -> list[dict]:
    """Return the entries as plain values; the one in force ends before `period`, a changed copy follows it."""
    plain = []
    for entry in entries:
        values = entry.model_dump(mode="json", by_alias=True, exclude_none=True)
        if entry.holds_in(period) and entry.subject == subject:
            if entry.from_ < period:
                plain.append({**values, "to": shift(period, -1)})
            values |= {**changes, "from": period}
        plain.append(values)
    return plain


def _checked(book: PolicyBook, kind: str, content: dict) -> Draft:
    draft = validate(f"the draft of {kind}.yml", content, _DRAFTS[kind][0])
    book.revise(**{kind: draft})
    return draft
