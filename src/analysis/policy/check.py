"""Cross-checks between the files of `params/`, so that a wrong rule is found before any score is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.policy.base import Dated
from analysis.policy.errors import PolicyError
from analysis.policy.names import normalise_name

if TYPE_CHECKING:
    from analysis.policy.book import PolicyBook


def check_book(book: PolicyBook) -> None:
    """Check that ids are known, spans do not overlap and names mean one thing.

    Raises:
        PolicyError: lists every fault, one a line: file, key, value found, what is allowed.
    """
    faults = [
        *_check_units(book),
        *_check_indicators(book),
        *_check_weights(book),
        *_spans("tiers.yml: grading", "grading", book.tiers.grading),
        *_check_sheets(book),
    ]
    if faults:
        raise PolicyError("\n".join(f"params/{fault}" for fault in faults))


def _check_units(book: PolicyBook) -> Iterable[str]:
    groups = {group.id for group in book.units.groups}
    units = {unit.id: unit for unit in book.units.units}
    for id_, count in Counter(unit.id for unit in book.units.units).items():
        if count > 1:
            yield f"units.yml: units: id {id_} stands {count} times; ids are unique"
    for unit in units.values():
        if unit.group not in groups:
            yield f"units.yml: {unit.id}.group: found {unit.group!r}; allowed: {', '.join(sorted(groups))}"
        successor = units.get(unit.merged_into) if unit.merged_into else unit
        if successor is None:
            yield f"units.yml: {unit.id}.merged_into: found {unit.merged_into!r}; no unit has this id"
        elif unit.merged_into and (successor.to or "9999") <= unit.to:
            yield f"units.yml: {unit.id}.merged_into: {successor.id} does not outlive {unit.to}"
    yield from _shared_names("units.yml", ((u.id, [u.name, *u.aliases]) for u in units.values()))


def _shared_names(file: str, names_by_id: Iterable[tuple[str, list[str]]]) -> Iterable[str]:
    owner: dict[str, str] = {}
    for id_, names in names_by_id:
        for name in names:
            first = owner.setdefault(normalise_name(name), id_)
            if first != id_:
                yield f"{file}: {id_}: the name {name!r} belongs to {first} already; a name means one thing"


def _spans(where: str, id_: str, entries: Iterable[Dated]) -> Iterable[str]:
    ordered = sorted(entries, key=lambda entry: entry.from_)
    for earlier, later in pairwise(ordered):
        if earlier.to is None or earlier.to >= later.from_:
            yield f"{where}: {id_}: the entry from {earlier.from_} reaches into that from {later.from_}; set its `to`"


def _check_indicators(book: PolicyBook) -> Iterable[str]:
    entries = book.indicators.indicators
    by_id: dict[str, list] = {}
    for entry in entries:
        by_id.setdefault(entry.id, []).append(entry)
    groups = {group.id for group in book.units.groups}
    for id_, versions in by_id.items():
        yield from _spans("indicators.yml", id_, versions)
        if len({version.channel for version in versions}) > 1:
            yield f"indicators.yml: {id_}.channel: an indicator belongs to exactly one channel (S2)"
    for entry in entries:
        for group in set(entry.groups) - groups:
            yield f"indicators.yml: {entry.id}.groups: found {group!r}; allowed: {', '.join(sorted(groups))}"
        yield from _check_source(book, entry)
    names = ((id_, [n for v in versions for n in (v.name, *v.aliases)]) for id_, versions in by_id.items())
    yield from _shared_names("indicators.yml", names)


def _check_source(book: PolicyBook, indicator) -> Iterable[str]:
    kind = book.sheets.kinds.get(indicator.data.sheet)
    if kind is None:
        allowed = ", ".join(sorted(book.sheets.kinds))
        yield f"indicators.yml: {indicator.id}.data.sheet: found {indicator.data.sheet!r}; allowed: {allowed}"
        return
    if kind.reader != "counts":
        return
    fields = kind.fields
    for role in ("numerator", "denominator"):
        field = getattr(indicator.data, role)
        if field not in fields:
            allowed = ", ".join(sorted(fields))
            yield f"indicators.yml: {indicator.id}.data.{role}: found {field!r}; allowed: {allowed}"
        elif fields[field].type != "count" and (fields[field].minimum is None or fields[field].minimum < 0):
            yield f"sheets.yml: kinds.info_system.fields.{field}.minimum: {indicator.id} needs 0 or more (S38)"


def _check_weights(book: PolicyBook) -> Iterable[str]:
    weights = book.weights
    yield from _spans("weights.yml: base", "base", weights.base)
    units = {unit.id for unit in book.units.units}
    groups = {group.id for group in book.units.groups}
    by_target: dict[str, list] = {}
    for number, entry in enumerate(weights.adjustments):
        where = f"weights.yml: adjustments.{number}"
        if (entry.unit is None) == (entry.group is None):
            yield f"{where}: name either `unit` or `group` (S16)"
        if entry.unit is not None and entry.unit not in units:
            yield f"{where}.unit: found {entry.unit!r}; no unit has this id"
        if entry.group is not None and entry.group not in groups:
            yield f"{where}.group: found {entry.group!r}; allowed: {', '.join(sorted(groups))}"
        by_target.setdefault(entry.unit or entry.group or "", []).append(entry)
    for target, entries in by_target.items():
        yield from _spans("weights.yml: adjustments", target, entries)
    for number, entry in enumerate(weights.base):
        if entry.unit is not None or entry.group is not None:
            yield f"weights.yml: base.{number}: base weights name no unit and no group"


def _check_sheets(book: PolicyBook) -> Iterable[str]:
    indicators = {indicator.id for indicator in book.indicators.indicators}
    for delivery in book.sheets.deliveries:
        where = f"sheets.yml: deliveries: {delivery.id}"
        if delivery.kind not in book.sheets.kinds:
            yield f"{where}.kind: found {delivery.kind!r}; allowed: {', '.join(sorted(book.sheets.kinds))}"
        for id_ in set(delivery.indicators) - indicators:
            yield f"{where}.indicators: found {id_!r}; no indicator has this id"
    by_column = {id_ for id_, kind in book.sheets.kinds.items() if kind.has_indicator_columns}
    from_scores = {i.id for i in book.indicators.indicators if i.data.sheet in by_column}
    sent = {id_ for delivery in book.sheets.deliveries for id_ in delivery.indicators}
    for id_ in sorted(from_scores - sent):
        yield f"sheets.yml: deliveries: nobody sends {id_}; name it under a delivery's `indicators`"
