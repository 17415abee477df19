"""The rectification ledger: items and the close-off rate (R6, S22)."""

from collections.abc import Iterable

from analysis.intake.labels import UNIT
from analysis.intake.measures import (
    Measurement,
    Part,
    Sheaf,
    find_future,
    find_repeats,
    row_place,
    set_aside,
    source_of,
    without,
)
from analysis.intake.problems import Problem
from analysis.intake.redact import redact
from analysis.intake.rows import Record

_CLOSED = "closed"


def measure_ledger(sheaf: Sheaf) -> Part:
    """Return each unit's close-off rate: items closed in time / items due in the month, up to the as-of date.

    A unit without items due is not applicable. An item that was set aside stands as a measurement of its own,
    so that its unit is provisional once the item is accepted.
    """
    named = [record for record in sheaf.records if record.value(UNIT)]
    sound = [record for record in named if not sheaf.codes(record)]
    found = [problem for record in sound for problem in _check(record, sheaf)]
    found += find_future(sound, ("found", "closed"), sheaf)
    sound = without(sound, found)
    repeats = find_repeats(sheaf, lambda record: (record.value("item"),), sound)
    kept = without(sound, repeats)
    ids = [indicator.id for indicator in sheaf.indicators(measure="close_off")]
    touches = {row_place(record): tuple((record.value(UNIT), id_) for id_ in ids) for record in named}
    return Part(
        measurements=(
            *(m for id_ in ids for m in _measure_units(kept, id_, sheaf)),
            *set_aside(named, kept, repeats, touches, "item"),
        ),
        problems=(*found, *repeats),
        tables={"ledger_items": [_row(record, sheaf) for record in kept]},
        touches=touches,
    )


def _check(record: Record, sheaf: Sheaf) -> Iterable[Problem]:
    found, due, closed = (record.value(name) for name in ("found", "due", "closed"))
    is_closed = record.value("state") == _CLOSED
    if is_closed and closed is None:
        yield record.report("missing-cell", "closed", label=sheaf.label("closed"))
    if closed is not None and not is_closed:
        yield record.report("inconsistent-row", "state", why="填了销号日期,状态却不是“已销号”")
    if closed is not None and closed < found:
        yield record.report("inconsistent-row", "closed", why="销号日期早于发现日期")
    if due < found:
        yield record.report("inconsistent-row", "due", why="整改时限早于发现日期")


def _measure_units(records: list[Record], indicator_id: str, sheaf: Sheaf) -> list[Measurement]:
    due_by_unit: dict[str, list[Record]] = {}
    for record in records:
        due = record.value("due")
        if f"{due:%Y-%m}" == sheaf.policy.period and due <= sheaf.as_of:
            due_by_unit.setdefault(record.value(UNIT), []).append(record)
    return [_measure(unit_id, indicator_id, due_by_unit[unit_id]) for unit_id in sorted(due_by_unit)]


def _measure(unit_id: str, indicator_id: str, records: list[Record]) -> Measurement:
    in_time = [r for r in records if r.value("closed") is not None and r.value("closed") <= r.value("due")]
    names = [name for name in ("due", "closed") if name in records[0].cells]
    sources = tuple(source_of(record, name, name) for record in records for name in names if name in record.cells)
    numerator, denominator = float(len(in_time)), float(len(records))
    return Measurement(unit_id, indicator_id, "", numerator / denominator, numerator, denominator, sources=sources)


def _row(record: Record, sheaf: Sheaf) -> dict:
    days = {name: record.value(name) for name in ("found", "due", "closed")}
    return {
        "item_id": record.value("item"),
        "period": sheaf.policy.period,
        "unit_id": record.value(UNIT),
        "source": redact(record.value("source") or ""),
        "problem": redact(record.value("problem") or ""),
        "state": record.value("state"),
        **{name: day.isoformat() if day else "" for name, day in days.items()},
    }
