"""Random inspections, and third-party assessments in their place: a row a visit and indicator (R12, S13, S43)."""

from collections.abc import Iterable
from dataclasses import replace

from analysis.intake.fields import read_amount
from analysis.intake.labels import UNIT, normal
from analysis.intake.measures import Measurement, Part, Sheaf, find_repeats, row_place, set_aside, source_of, without
from analysis.intake.problems import Problem, quote
from analysis.intake.redact import redact
from analysis.intake.rows import Record


def measure_inspections(sheaf: Sheaf) -> Part:
    """Return the points of each visit; the visits' mean is made in scoring. A visit lies in the month."""
    named = [record for record in sheaf.records if record.value(UNIT)]
    sound = [record for record in named if not sheaf.codes(record)]
    found = [problem for record in sound for problem in _check(record, sheaf)]
    sound = without(sound, found)
    repeats = find_repeats(sheaf, lambda r: (r.value("visit"), r.value(UNIT), _indicator(r, sheaf)), sound)
    kept = without(sound, repeats)
    touches = {row_place(record): _pairs(record, sheaf) for record in named}
    lost = set_aside(named, kept, repeats, touches, "visit")
    return Part(
        measurements=(
            *(_measure(record, sheaf) for record in kept),
            *(replace(each, item_id=_name_visit(each.item_id, sheaf)) for each in lost),
        ),
        problems=(*found, *repeats),
        tables={"inspections": [_row(record, sheaf) for record in kept]},
        touches=touches,
    )


def _name_visit(visit: str, sheaf: Sheaf) -> str:
    """Return a visit's id; that of an assessment begins with the kind's title, which tells it apart everywhere."""
    kind = sheaf.policy.sheets.kinds[sheaf.kind]
    return f"{kind.title} {visit}" if kind.in_place_of else visit


def _indicator(record: Record, sheaf: Sheaf) -> str:
    """Return the id of the inspected indicator, empty where the text names none of random supervision."""
    id_ = sheaf.labels.all_indicators.get(normal(record.value("indicator") or ""), "")
    return id_ if id_ in {indicator.id for indicator in sheaf.indicators()} else ""


def _pairs(record: Record, sheaf: Sheaf) -> tuple[tuple[str, str], ...]:
    """Return what the visit feeds; all that it may feed where the indicator is unclear."""
    id_ = _indicator(record, sheaf)
    ids = [id_] if id_ else [indicator.id for indicator in sheaf.indicators()]
    return tuple((record.value(UNIT), id_) for id_ in ids)


def _check(record: Record, sheaf: Sheaf) -> Iterable[Problem]:
    cell = record.cells["indicator"]
    id_ = _indicator(record, sheaf)
    if not id_:
        allowed = "、".join(indicator.name for indicator in sheaf.indicators())
        yield record.report(
            "type-error", "indicator", label=sheaf.label("indicator"), raw=quote(cell), expected=allowed
        )
        return
    points = read_amount(record.cells["points"], sheaf.policy.indicator_by_id[id_], sheaf.labels)
    if points.state == "bad":
        yield record.report(points.code, "points", **points.words)
    if f"{record.value('date'):%Y-%m}" != sheaf.policy.period:
        words = {"label": sheaf.label("date"), "raw": quote(record.cells["date"])}
        yield record.report("constraint-error", "date", **words, allowed=f"{sheaf.policy.period}当月")


def _measure(record: Record, sheaf: Sheaf) -> Measurement:
    source = source_of(record, "value", "points")
    id_, visit = _indicator(record, sheaf), _name_visit(record.value("visit"), sheaf)
    return Measurement(record.value(UNIT), id_, visit, record.value("points"), sources=(source,))


def _row(record: Record, sheaf: Sheaf) -> dict:
    return {
        "visit_id": _name_visit(record.value("visit"), sheaf),
        "period": sheaf.policy.period,
        "unit_id": record.value(UNIT),
        "indicator_id": _indicator(record, sheaf),
        "date": record.value("date").isoformat(),
        "inspectors": record.value("inspectors") or "",
        "assessor": record.value("assessor") or "",
        "document": redact(record.value("document") or ""),
        "points": record.value("points"),
        "finding": redact(record.value("finding") or ""),
    }
