"""Bonus, deductions, veto and qualitative judgement (S3, S17)."""

from collections.abc import Iterable
from itertools import groupby

from analysis.intake.labels import UNIT
from analysis.intake.measures import Part, Sheaf, find_future, find_repeats, row_place, without
from analysis.intake.problems import Problem, quote
from analysis.intake.redact import redact
from analysis.intake.rows import Record
from analysis.intake.values import id_form

_NEEDED = {"bonus": ("points",), "deduction": ("points",), "veto": (), "judgement": ("from_tier", "to_tier")}
_MONTH = "month"


def measure_adjustments(sheaf: Sheaf) -> Part:
    """Return the month's adjustments; two equal rows count once, two that differ are two adjustments.

    In two files they are two versions of one: both block until one file is named as replaced.

    Documents are compared as ids are: 〔2026〕3号 is one document with and without spaces or wide digits.
    """
    sound = [record for record in sheaf.records if not sheaf.codes(record)]
    found = [problem for record in sound for problem in _check(record, sheaf)]
    found += find_future(sound, ("date",), sheaf)
    kept = without(sound, found)
    same = list(_find_equal(kept))
    kept = without(kept, same)
    overlaps = find_repeats(sheaf, _name, _in_two_files(kept))
    kept = without(kept, overlaps)
    together = list(_check_together(kept, sheaf))
    kept = without(kept, together)
    ordered = sorted(kept, key=_content)
    rows = [
        _row(record, number, sheaf)
        for _, group in groupby(ordered, key=_name)
        for number, record in enumerate(group, start=1)
    ]
    return Part(problems=(*found, *same, *overlaps, *together), tables={"adjustments": rows})


def _check(record: Record, sheaf: Sheaf) -> Iterable[Problem]:
    """Yield what does not fit the kind of an adjustment, or goes beyond what the rules allow (S3, S17)."""
    kind = record.value("kind")
    for name in _NEEDED[kind]:
        if record.value(name) is None:
            yield record.report("missing-cell", name, label=sheaf.label(name))
    for name in ("points", "from_tier", "to_tier"):
        if name not in _NEEDED[kind] and record.value(name) is not None:
            yield record.report("inconsistent-row", name, why=f"“{sheaf.label(name)}”与该类型无关")
    if kind != "judgement" and record.value("scope") not in (None, _MONTH):
        why = f"“{sheaf.label('scope')}”填年度只用于定性调整,加分、扣分、一票否优按月登记"
        yield record.report("inconsistent-row", "scope", why=why)
    cap = sheaf.policy.grading.bonus_cap
    if kind == "bonus" and (record.value("points") or 0) > cap:
        words = {"label": sheaf.label("points"), "raw": quote(record.cells["points"])}
        yield record.report("constraint-error", "points", **words, allowed=f"加分不超过{cap:g}分")
    if kind == "judgement":
        yield from _check_tiers(record, sheaf)


def _check_tiers(record: Record, sheaf: Sheaf) -> Iterable[Problem]:
    tiers, grading = [record.value(name) for name in _NEEDED["judgement"]], sheaf.policy.grading
    if None in tiers:
        return
    if unknown := [name for name, tier in zip(_NEEDED["judgement"], tiers, strict=True) if tier not in grading.tiers]:
        yield record.report("inconsistent-row", unknown[0], why="本月没有该等次")
        return
    most, steps = grading.judgement_steps, abs(grading.tiers.index(tiers[0]) - grading.tiers.index(tiers[1]))
    if not 1 <= steps <= most:
        why = f"定性调整须上下调整1至{most}个等次,所填为{steps}个"
        yield record.report("judgement", "to_tier", why=why)


def _check_together(records: list[Record], sheaf: Sheaf) -> Iterable[Problem]:
    """Yield what does not fit among the adjustments of a unit: two judgements, a bonus beyond the cap."""
    ordered = sorted(records, key=lambda record: (record.value(UNIT), row_place(record)))
    for unit_id, group in groupby(ordered, key=lambda record: record.value(UNIT)):
        own = list(group)
        for scope in (_MONTH, "ytd"):
            judged = [r for r in own if r.value("kind") == "judgement" and (r.value("scope") or _MONTH) == scope]
            why = f"该单位有{len(judged)}条同一范围的定性调整,只能有一条"
            yield from (record.report("judgement", "to_tier", why=why) for record in judged if len(judged) > 1)
        bonuses = [record for record in own if record.value("kind") == "bonus"]
        points, cap = sum(record.value("points") for record in bonuses), sheaf.policy.grading.bonus_cap
        if points > cap:
            words = {"unit": sheaf.labels.unit_names[unit_id], "points": f"{points:g}", "cap": f"{cap:g}"}
            yield bonuses[-1].report("above-cap", "points", **words)


def _find_equal(records: list[Record]) -> Iterable[Problem]:
    seen: dict[tuple, Record] = {}
    for record in records:
        first = seen.setdefault(_content(record), record)
        if first is not record:
            yield record.report("duplicate-row", other=first.place)


def _in_two_files(records: list[Record]) -> list[Record]:
    files: dict[tuple, set[str]] = {}
    for record in records:
        files.setdefault(_name(record), set()).add(record.file)
    return [record for record in records if len(files[_name(record)]) > 1]


def _name(record: Record) -> tuple[str, ...]:
    return record.value(UNIT), record.value("kind"), id_form(record.value("document"))


def _content(record: Record) -> tuple[str, ...]:
    """Return all that a row says, in an order that sorts."""
    others = ("date", "points", "from_tier", "to_tier", "scope", "reason")
    return *_name(record), *(str(record.value(name) or "") for name in others)


def _row(record: Record, number: int, sheaf: Sheaf) -> dict:
    unit_id, kind, document = record.value(UNIT), record.value("kind"), redact(record.value("document"))
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
