"""Who sends what: the office behind each sheet, and what has not been submitted (S11)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from analysis.intake.labels import UNIT, Labels
from analysis.intake.measures import Measurement, Pair, is_meant
from analysis.intake.problems import Problem, report
from analysis.intake.sheets import CleanSheet
from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.sheets import Delivery

_LEAST_SHARED = 2  # characters
_MOST_NAMED = 5  # units in one message


def match_delivery(sheet: CleanSheet, policy: Policy) -> Delivery | None:
    """Return the delivery that a sheet is: of its kinds, and with most of its indicators."""
    candidates = [delivery for delivery in policy.sheets.deliveries if delivery.kind in sheet.kinds]
    return max(candidates, key=lambda d: len(sheet.meanings.intersection(d.indicators)), default=None)


def find_missing(
    sheets: Sequence[CleanSheet],
    ticket_kinds: Iterable[str],
    pairs: set[Pair],
    labels: Labels,
    unread: Iterable[str] = (),
    attachments: Iterable[str] = (),
) -> list[Problem]:
    """Return what was expected and did not come: whole deliveries, columns, units in a sheet that has to list all.

    Args:
        sheets: The month's cleaned sheets.
        ticket_kinds: `tickets` and `transfers`, where they were delivered.
        pairs: The pairs of unit and indicator of which something was delivered, sound or not.
        labels: The month's words.
        unread: Names of files that could not be read, which may be what is missing.
        attachments: Names of attachments: one that is named like a delivery may hold it as a picture.
    """
    policy = labels.policy
    pictures = _match_by_name(attachments, policy, _LEAST_SHARED + 1)
    refused = _match_by_name(unread, policy, _LEAST_SHARED)
    kinds = {kind for sheet in sheets for kind in sheet.kinds} | set(ticket_kinds)
    problems: list[Problem] = []
    for delivery in policy.sheets.deliveries:
        kind = policy.sheets.kinds[delivery.kind]
        indicators = _fed_by(delivery, policy)
        is_there = delivery.kind in kinds
        if kind.has_indicator_columns and indicators:
            is_there = any(i.id in s.meanings for s in sheets if delivery.kind in s.kinds for i in indicators)
        files = [*refused.get(delivery.id, ()), *pictures.get(delivery.id, ())]
        if not is_there and (delivery.is_required or delivery.id in pictures):
            problems.append(_missing_delivery(delivery, indicators, labels, files))
        elif is_there and kind.absent == "not_submitted":
            for indicator in indicators:
                problems += _missing_in_sheet(indicator, delivery, sheets, pairs, labels)
        elif is_there and kind.reader == "counts":
            problems += _left_out(delivery, [s for s in sheets if delivery.kind in s.kinds], labels)
    return problems


def _fed_by(delivery: Delivery, policy: Policy) -> list[Indicator]:
    fed = [i for i in policy.indicators if i.data.sheet == policy.sheets.marks_of(delivery.kind)]
    by_column = policy.sheets.kinds[delivery.kind].has_indicator_columns
    return [i for i in fed if i.id in delivery.indicators] if by_column else fed


def _match_by_name(files: Iterable[str], policy: Policy, least: int) -> dict[str, list[str]]:
    """Return delivery → the files that it may be, by the longest run of at least `least` characters in both names."""
    found: dict[str, list[str]] = {}
    for file in sorted(files):
        lengths = {d.id: _shared_length(file, d, policy) for d in policy.sheets.deliveries}
        most = max(lengths.values(), default=0)
        for id_ in (id_ for id_, length in lengths.items() if length == most >= least):
            found.setdefault(id_, []).append(file)
    return found


def _shared_length(file: str, delivery: Delivery, policy: Policy) -> int:
    own = Path(file).stem
    names = (Path(delivery.file).stem, policy.sheets.kinds[delivery.kind].title)
    return max(SequenceMatcher(None, own, name, autojunk=False).find_longest_match().size for name in names)


def _missing_delivery(delivery: Delivery, indicators: list[Indicator], labels: Labels, files: Sequence[str]) -> Problem:
    title = labels.policy.sheets.kinds[delivery.kind].title
    what = "、".join(indicator.name for indicator in indicators) or title
    touches = [(unit, i.id) for i in indicators for unit in labels.policy.unit_ids]
    words = {"office": delivery.office, "title": title, "what": what, "touches": touches}
    if files:
        problem = report("unread-delivery", **words, files="、".join(f"《{file}》" for file in files))
    else:
        problem = report("missing-delivery", **words)
    return replace(problem, office=delivery.office, delivery=delivery.id)


def _missing_in_sheet(
    indicator: Indicator, delivery: Delivery, sheets: Sequence[CleanSheet], pairs: set[Pair], labels: Labels
) -> Iterable[Problem]:
    """Yield a missing column as one problem, else each unit without a row as one."""
    policy = labels.policy
    own = [s for s in sheets if delivery.kind in s.kinds]
    by_column = policy.sheets.kinds[delivery.kind].has_indicator_columns
    with_column = [s for s in own if not by_column or indicator.id in s.meanings]
    units = [unit for unit in policy.unit_ids if is_meant(indicator, unit, policy)]
    if not with_column:
        sheet = next((s for s in own if match_delivery(s, policy) == delivery), own[0])
        touches = [(unit, indicator.id) for unit in units]
        problem = report("missing-label", file=sheet.file, sheet=sheet.name, label=indicator.name, touches=touches)
        yield replace(problem, delivery=delivery.id)
        return
    sheet = next((s for s in with_column if match_delivery(s, policy) == delivery), with_column[0])
    for unit in units:
        if (unit, indicator.id) not in pairs:
            words = {"unit": labels.unit_names[unit], "label": indicator.name, "touches": [(unit, indicator.id)]}
            yield report("not-submitted", file=sheet.file, sheet=sheet.name, unit_id=unit, **words)


def _left_out(delivery: Delivery, sheets: Sequence[CleanSheet], labels: Labels) -> Iterable[Problem]:
    """Yield which units a list of all units leaves out: nobody waits for them, but the file may have been cut off."""
    records = [record for sheet in sheets for record in sheet.records.get(delivery.kind, ())]
    listed = {record.value(UNIT) for record in records}
    names = [labels.unit_names[unit] for unit in labels.policy.unit_ids if unit not in listed]
    if names:
        shown = "、".join(names[:_MOST_NAMED]) + ("等" if len(names) > _MOST_NAMED else "")
        yield report("units-left-out", file=sheets[-1].file, sheet=sheets[-1].name, units=shown, count=len(names))


def complete(
    measured: Sequence[Measurement], kinds: Iterable[str], accepted: set[Pair], policy: Policy
) -> list[Measurement]:
    """Return a measurement for every unit and indicator meant for it, whatever came.

    Args:
        measured: What the sheets gave.
        kinds: The kinds that were delivered.
        accepted: The pairs that are excluded by name (S11).
        policy: The month's rules.
    """
    delivered = set(kinds)
    pairs = {(m.unit_id, m.indicator_id) for m in measured}
    filled = list(measured)
    for indicator in policy.indicators:
        absent = policy.sheets.kinds[indicator.data.sheet].absent
        status = absent if absent == "not_drawn" or indicator.data.sheet in delivered else "not_submitted"
        units = [unit for unit in policy.unit_ids if is_meant(indicator, unit, policy)]
        filled += [Measurement(u, indicator.id, status=status) for u in units if (u, indicator.id) not in pairs]
    return [
        replace(m, status="accepted") if m.status == "not_submitted" and (m.unit_id, m.indicator_id) in accepted else m
        for m in filled
    ]
