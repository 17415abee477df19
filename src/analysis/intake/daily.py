"""Score sheets of a month together: one measurement a unit and indicator, and values delivered twice (S11)."""

from collections.abc import Iterable
from itertools import groupby

from analysis.intake.labels import Labels
from analysis.intake.measures import Measurement, Part, cell_source
from analysis.intake.problems import Problem, quote, report
from analysis.intake.scores import ScoreCell


def measure_scores(cells: Iterable[ScoreCell], labels: Labels) -> Part:
    """Return what the score sheets give each unit; a value delivered twice counts once if it is equal, else blocks."""
    measurements: list[Measurement] = []
    problems: list[Problem] = []
    for _, group in groupby(sorted(cells, key=_order), key=_pair):
        same = list(group)
        read = [cell for cell in same if cell.state != "not_submitted"]
        contents = {(cell.state, cell.value) for cell in read}
        if len(contents) > 1:
            problems += [_conflict(cell, read, labels) for cell in read]
            measurements.append(_measure(read[0], "not_submitted"))
            continue
        problems += [_report(cell, "duplicate-row", other=read[0].place) for cell in read[1:]]
        chosen = (read or same)[0]
        status = "ok" if chosen.state == "value" else chosen.state
        measurements.append(_measure(chosen, status))
    return Part(tuple(measurements), tuple(problems))


def _order(cell: ScoreCell) -> tuple:
    return (*_pair(cell), cell.file, cell.sheet, cell.cell.row, cell.cell.column)


def _pair(cell: ScoreCell) -> tuple[str, str]:
    return cell.unit_id, cell.indicator_id


def _measure(cell: ScoreCell, status: str) -> Measurement:
    value = float(cell.value) if status == "ok" else float("nan")
    sources = (cell_source("value", cell.file, cell.sheet, cell.cell),)
    return Measurement(cell.unit_id, cell.indicator_id, value=value, status=status, sources=sources)


def _conflict(cell: ScoreCell, read: list[ScoreCell], labels: Labels) -> Problem:
    other = next(o for o in read if (o.state, o.value) != (cell.state, cell.value))
    label = labels.policy.indicator_by_id[cell.indicator_id].name
    difference = f"“{label}”分别为{quote(cell.cell)}和{quote(other.cell)}"
    return _report(cell, "conflicting-values", other=other.place, difference=difference)


def _report(cell: ScoreCell, code: str, **words: object) -> Problem:
    place = {"file": cell.file, "sheet": cell.sheet, "row": cell.cell.row, "column": cell.cell.column}
    return report(code, **place, unit_id=cell.unit_id, touches=[_pair(cell)], **words)
