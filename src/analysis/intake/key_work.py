"""Key work: a row per task and unit; the lead's and the co-operating units' marks (R11, S28)."""

from collections.abc import Iterable
from itertools import groupby

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
from analysis.intake.problems import Problem, quote
from analysis.intake.redact import redact
from analysis.intake.rows import Record

_DIMENSIONS = ("attitude", "measures", "time_nodes", "effect")
_LEAD, _CO_OPERATING, _COORDINATION = "lead", "co-operating", "coordination"


def measure_key_work(sheaf: Sheaf) -> Part:
    """Return each task's marks for each of its units.

    A task scores once: for the lead the mean of the four dimensions under the task's category and its mark for
    coordination, given on tasks that have co-operating units; for a co-operating unit the mean of the dimensions.
    """
    named = [record for record in sheaf.records if record.value(UNIT)]
    sound = [record for record in named if not sheaf.codes(record)]
    repeats = find_repeats(sheaf, lambda record: (record.value("task"), record.value(UNIT)), sound)
    kept = without(sound, repeats)
    across = [*_check_tasks(sheaf, kept), *find_future(kept, ("done",), sheaf)]
    kept = without(kept, across)
    measured = [m for record in kept for m in _measure(record, sheaf)]
    touches = {row_place(record): _pairs(record, sheaf) for record in named}
    return Part(
        measurements=(*measured, *set_aside(named, kept, repeats, touches, "task")),
        problems=(*repeats, *across),
        tables={"key_work": [_row(record, sheaf) for record in kept]},
        touches=touches,
    )


def _check_tasks(sheaf: Sheaf, kept: list[Record]) -> Iterable[Problem]:
    """Yield what does not fit among the rows of a task; rows set aside count as part of it."""
    roles_of: dict[str, list[str]] = {}
    for record in {(r.value("task"), r.value(UNIT) or row_place(r)): r for r in sheaf.records}.values():
        roles_of.setdefault(record.value("task") or "", []).append(record.value("role") or "")
    for task, same in groupby(sorted(kept, key=lambda r: (r.value("task"), row_place(r))), lambda r: r.value("task")):
        records = list(same)
        roles = roles_of[task]
        if roles.count(_LEAD) != 1 and "" not in roles:
            why = f"任务{quote(task, is_id=True)}应有且仅有一个牵头单位,实有{roles.count(_LEAD)}个"
            yield from (record.report("inconsistent-row", "role", why=why) for record in records)
        if len({record.value("category") for record in records}) > 1:
            why = f"任务{quote(task, is_id=True)}各行的任务类别不一致"
            yield from (record.report("inconsistent-row", "category", why=why) for record in records)
        yield from _check_coordination(records, _CO_OPERATING in roles, sheaf)


def _check_coordination(records: list[Record], has_others: bool, sheaf: Sheaf) -> Iterable[Problem]:
    for record in records:
        has_mark = record.value(_COORDINATION) is not None
        label = sheaf.label(_COORDINATION)
        if record.value("role") == _LEAD and has_others and not has_mark:
            yield record.report("missing-cell", _COORDINATION, label=label)
        elif has_mark and not (record.value("role") == _LEAD and has_others):
            why = f"“{label}”只对有配合单位的任务的牵头单位评分"
            yield record.report("inconsistent-row", _COORDINATION, why=why)


def _indicators(record: Record, sheaf: Sheaf) -> list[str]:
    """Return the indicator that the mean of the dimensions feeds; all that it may feed where the row is unclear."""
    role, category = record.value("role"), record.value("category")
    roles = (role,) if role else (_LEAD, _CO_OPERATING)
    found = [i.id for mark in roles for i in sheaf.indicators(mark=mark)]
    return [category] if role == _LEAD and category in found else found


def _pairs(record: Record, sheaf: Sheaf) -> tuple[tuple[str, str], ...]:
    ids = _indicators(record, sheaf)
    if record.value("role") != _CO_OPERATING and record.state(_COORDINATION) != "blank":
        ids = [*ids, *(i.id for i in sheaf.indicators(mark=_COORDINATION))]
    return tuple((record.value(UNIT), id_) for id_ in ids)


def _measure(record: Record, sheaf: Sheaf) -> Iterable[Measurement]:
    unit_id, task = record.value(UNIT), record.value("task")
    sources = tuple(source_of(record, name, name) for name in _DIMENSIONS)
    mean = sum(record.value(name) for name in _DIMENSIONS) / len(_DIMENSIONS)
    for id_ in _indicators(record, sheaf):
        yield Measurement(unit_id, id_, task, mean, sources=sources)
    if record.value(_COORDINATION) is not None:
        source = source_of(record, _COORDINATION, _COORDINATION)
        for indicator in sheaf.indicators(mark=_COORDINATION):
            yield Measurement(unit_id, indicator.id, task, record.value(_COORDINATION), sources=(source,))


def _row(record: Record, sheaf: Sheaf) -> dict:
    unit_id, task = record.value(UNIT), record.value("task")
    days = {name: record.value(name) for name in ("due", "done")}
    return {
        "measurement_id": Measurement(unit_id, _indicators(record, sheaf)[0], task).id_in(sheaf.policy.period),
        "period": sheaf.policy.period,
        "task_id": task,
        "title": redact(record.value("title") or ""),
        "category": record.value("category"),
        "unit_id": unit_id,
        "role": record.value("role"),
        **{name: record.value(name) for name in (*_DIMENSIONS, _COORDINATION)},
        **{name: day.isoformat() if day else "" for name, day in days.items()},
    }
