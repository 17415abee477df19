"""Sheets of raw counts and values per unit, such as the information system's export (S24, S29)."""

from collections.abc import Iterable

from analysis.intake.labels import UNIT
from analysis.intake.measures import (
    Measurement,
    Pair,
    Part,
    Sheaf,
    find_repeats,
    is_meant,
    row_place,
    source_of,
    without,
)
from analysis.intake.problems import Problem, quote
from analysis.intake.rows import Record
from analysis.policy.indicators import Indicator
from analysis.policy.workload import IN_POST

_WHOLE_ROW = frozenset({"extra-cell", "short-row", "unknown-unit", "inactive-unit", "conflicting-values"})


def measure_counts(sheaf: Sheaf) -> Part:
    """Return numerator and denominator of each unit's ratios, plain values, and what they are measured against.

    A zero denominator and two counts marked as not applicable are not applicable; one alone is a problem. A count that
    is missing or set aside leaves its own indicators not submitted and no others.
    """
    named = [r for r in sheaf.records if r.value(UNIT) and not sheaf.codes(r) & _WHOLE_ROW]
    repeats = find_repeats(sheaf, lambda record: (record.value(UNIT),), named)
    kept = without(named, repeats)
    pairs = [
        (record, i) for record in kept for i in sheaf.indicators() if is_meant(i, record.value(UNIT), sheaf.policy)
    ]
    shown = [problem for record, indicator in pairs for problem in _check_ratio(record, indicator)]
    zeros = list(_find_zeros(kept, sheaf))
    doubtful = {pair for problem in zeros for pair in problem.touches}
    return Part(
        measurements=tuple(_measure(record, indicator, doubtful) for record, indicator in pairs),
        problems=(*repeats, *shown, *zeros),
        tables={"unit_counts": [row for record in kept for row in _rows(record, sheaf)]},
        touches={place: pairs for record in sheaf.records for place, pairs in _touches(record, sheaf)},
    )


def _find_zeros(records: list[Record], sheaf: Sheaf) -> Iterable[Problem]:
    """Yield counts of staff or of what was due that are 0 while others are not; an answered cell is none."""
    denominators = (i.data.denominator for i in sheaf.indicators() if i.data.denominator)
    for name in dict.fromkeys((*denominators, IN_POST)):
        zeros = [r for r in records if r.value(name) == 0 and not r.cells[name].is_settled]
        if not any(record.value(name) for record in records):
            continue
        for record in zeros:
            unit_id = record.value(UNIT)
            fed = [i for i in sheaf.indicators(denominator=name) if is_meant(i, unit_id, sheaf.policy)]
            if fed or name == IN_POST:
                words = {"label": sheaf.label(name), "fed": "、".join(i.name for i in fed) or sheaf.title}
                yield record.report("zero-count", name, touches=[(unit_id, i.id) for i in fed], **words)


def _rows(record: Record, sheaf: Sheaf) -> Iterable[dict]:
    """Yield a row of `unit_counts` for each amount that could be read; without one where it is not applicable."""
    fields = sheaf.policy.sheets.kinds[sheaf.kind].fields
    for name, cell in record.cells.items():
        if fields[name].type in ("count", "number") and record.state(name) in ("value", "not_applicable"):
            yield {
                "period": sheaf.policy.period,
                "unit_id": record.value(UNIT),
                "kind": sheaf.kind,
                "field": name,
                "amount": record.value(name),
                "file": record.file,
                "sheet": record.sheet,
                "cell": cell.address,
            }


def _measure(record: Record, indicator: Indicator, doubtful: set[Pair]) -> Measurement:
    roles = _roles(indicator)
    sources = tuple(source_of(record, role, name) for role, name in roles.items() if name in record.cells)
    base = {"unit_id": record.value(UNIT), "indicator_id": indicator.id, "sources": sources}
    if {record.state(name) for name in roles.values()} & {"bad", "blank"} or _half(record, indicator):
        return Measurement(**base, status="not_submitted")
    if (base["unit_id"], indicator.id) in doubtful:
        return Measurement(**base, status="not_submitted")
    found = {role: record.value(name) for role, name in roles.items() if record.state(name) == "value"}
    # A unit without a baseline or target of its own is judged by what needs none.
    if roles.keys() - found.keys() - {"standard"} or found.get("denominator") == 0:
        return Measurement(**base, status="not_applicable")
    numbers = {role: float(number) for role, number in found.items()}
    if "denominator" in found:
        numbers["value"] = found["numerator"] / found["denominator"]
    if "standard" in found:
        numbers["standard"] = indicator.in_shares(numbers["standard"])
    return Measurement(**base, **numbers)


def _roles(indicator: Indicator) -> dict[str, str]:
    """Return role → field of what a row gives an indicator."""
    roles = ("numerator", "denominator", "value", "standard")
    return {role: getattr(indicator.data, role) for role in roles if getattr(indicator.data, role)}


def _touches(record: Record, sheaf: Sheaf) -> Iterable[tuple[tuple, tuple[Pair, ...]]]:
    """Yield what a record's row feeds, and what each of its cells feeds."""
    unit_id = record.value(UNIT)
    if unit_id is None:
        return
    meant = [i for i in sheaf.indicators() if is_meant(i, unit_id, sheaf.policy)]
    yield row_place(record), tuple((unit_id, i.id) for i in meant)
    for name, cell in record.cells.items():
        fed = [i.id for i in meant if name in _roles(i).values()]
        if fed:
            yield (*row_place(record), cell.column), tuple((unit_id, id_) for id_ in fed)


def _half(record: Record, indicator: Indicator) -> str:
    """Return the one of a ratio's two counts that alone is not applicable; an answered cell is none."""
    names = (indicator.data.numerator, indicator.data.denominator)
    absent = [name for name in names if record.state(name) == "not_applicable" and not record.cells[name].is_settled]
    return absent[0] if len(absent) == 1 and "value" in map(record.state, names) else ""


def _check_ratio(record: Record, indicator: Indicator) -> Iterable[Problem]:
    names = (indicator.data.numerator, indicator.data.denominator)
    numerator, denominator = map(record.value, names)
    if name := _half(record, indicator):
        touches = [(record.value(UNIT), indicator.id)]
        yield record.report("half-ratio", name, label=indicator.name, raw=quote(record.cells[name]), touches=touches)
    if indicator.method.is_share and numerator is not None and denominator and numerator > denominator:
        words = {"label": indicator.name, "numerator": numerator, "denominator": denominator}
        yield record.report("above-whole", indicator.data.numerator, **words)
