"""Bonus, deductions, veto and qualitative judgement (S3, S17)."""

from collections.abc import Iterable
from itertools import groupby

from analysis.intake.labels import UNIT
from analysis.intake.measures import Part, Sheaf, without
from analysis.intake.problems import Problem
from analysis.intake.redact import redact
from analysis.intake.rows import Record

_NEEDED = {"bonus": ("points",), "deduction": ("points",), "veto": (), "judgement": ("from_tier", "to_tier")}
_MONTH = "month"


def measure_adjustments(sheaf: Sheaf) -> Part:
    """Return the month's adjustments; two equal rows count once, two that differ are two adjustments."""
    sound = [record for record in sheaf.records if not sheaf.codes(record)]
    found = [problem for record in sound for problem in _check(record, sheaf)]
    kept = without(sound, found)
    same = list(_find_equal(kept))
    kept = without(kept, same)
    ordered = sorted(kept, key=_content)
    rows = [
        _row(record, number, sheaf)
        for _, group in groupby(ordered, key=_name)
        for number, record in enumerate(group, start=1)
    ]
    return Part(problems=(*found, *same), tables={"adjustments": rows})


def _check(record: Record, sheaf: Sheaf) -> Iterable[Problem]:
    for name in _NEEDED[record.value("kind")]:
        if record.value(name) is None:
            yield record.report("missing-cell", name, label=sheaf.label(name))


def _find_equal(records: list[Record]) -> Iterable[Problem]:
    seen: dict[tuple, Record] = {}
    for record in records:
        first = seen.setdefault(_content(record), record)
        if first is not record:
            yield record.report("duplicate-row", other=first.place)


def _name(record: Record) -> tuple[str, ...]:
    return record.value(UNIT), record.value("kind"), record.value("document")


def _content(record: Record) -> tuple[str, ...]:
    """Return all that a row says, in an order that sorts."""
    others = ("date", "points", "from_tier", "to_tier", "scope", "reason")
    return *_name(record), *(str(record.value(name) or "") for name in others)


def _row(record: Record, number: int, sheaf: Sheaf) -> dict:
    unit_id, kind, document = _name(record)
    return {
        "adjustment_id": f"{sheaf.policy.period}/{unit_id}/{kind}/{document}/{number}",
        "period": sheaf.policy.period,
        "unit_id": unit_id,
        "kind": kind,
        "points": record.value("points"),
        "from_tier": record.value("from_tier") or "",
        "to_tier": record.value("to_tier") or "",
        "scope": record.value("scope") or _MONTH,
        "reason": redact(record.value("reason") or ""),
        "document": document,
        "date": record.value("date").isoformat(),
    }
