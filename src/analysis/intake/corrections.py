"""`corrections.yml`: raw files never change; what is corrected or accepted is named, with who, why and document."""

import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from analysis.intake.labels import Labels, normal
from analysis.intake.measures import Pair
from analysis.intake.problems import SETTLED_BY, Problem, quote, report
from analysis.intake.problems import accept as accept_problem
from analysis.intake.readers import RawCell, RawSheet, column_number, read_file
from analysis.intake.register import FILE_NAME, Acceptance, Correction, as_written, load_corrections
from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.visible import is_unseen


@dataclass(frozen=True)
class Corrected:
    """Sheets with corrected cells, what to tell of each, and what stood there as delivered.

    `delivered` maps (file, sheet, address) to the raw text and the new value's text.
    """

    sheets: tuple[RawSheet, ...]
    problems: tuple[Problem, ...] = ()
    delivered: Mapping[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)


def replaced_files(folder: Path, entries: Iterable[Acceptance]) -> list[Problem]:
    """Return a note for each delivered file that somebody named as replaced by another; it is not read.

    Raises:
        DataError: one of the two files is not there.
    """
    notes = []
    for entry in (entry for entry in entries if entry.as_ == "replaced_by"):
        for name in (entry.file, entry.by_file):
            if not (folder / name).is_file():
                told = say("corrections.yml: accept: {what}: no file {name} was delivered; correct the entry")
                raise DataError(told.format(what=entry.what, name=name))
        note = report("replaced-file", file=entry.file, other=entry.by_file, by=entry.by)
        notes.append(replace(note, action="accepted"))
    return notes


def correct_sheets(sheets: Sequence[RawSheet], corrections: Iterable[Correction]) -> Corrected:
    """Return the sheets with the new values in place.

    Raises:
        DataError: a correction names no sheet or cell that was delivered, or another value stands there; names
            file, cell, what was expected and what was found.
    """
    by_place = {(sheet.file, sheet.name): sheet for sheet in sheets}
    problems, delivered = [], {}
    for entry in corrections:
        place = _find_sheet(entry, sheets)
        row, column = _place_of(entry.cell)
        sheet = by_place[place]
        cell = sheet.cell(row, column)
        if (*place, entry.cell) in delivered:
            told = say("corrections.yml: {file} {cell} is corrected twice; keep one entry")
            raise DataError(told.format(file=entry.file, cell=entry.cell))
        if not _is_same(cell, entry.expect):
            told = say(
                "corrections.yml: {file} {cell}: expected {expect!r}, found {text!r}; "
                "the delivery has changed: check the correction and remove or renew it"
            )
            raise DataError(told.format(file=entry.file, cell=entry.cell, expect=entry.expect, text=cell.text))
        by_place[place] = _with_value(sheet, row, column, entry.value)
        new = as_written(entry.value)
        delivered[(*place, entry.cell)] = (cell.text, new)
        words = {"raw": quote(cell), "value": quote(new), "document": entry.document, "reason": entry.reason}
        where = {"file": place[0], "sheet": place[1], "row": row, "column": column}
        problems.append(report("corrected", **where, **words, who=entry.who, date=entry.date))
    return Corrected(tuple(by_place[s.file, s.name] for s in sheets), tuple(problems), delivered)


def _find_sheet(entry: Correction, sheets: Iterable[RawSheet]) -> tuple[str, str]:
    found = [s for s in sheets if s.file == entry.file and entry.sheet in (None, s.name)]
    if len(found) == 1:
        return found[0].file, found[0].name
    if found:
        names = ", ".join(sheet.name for sheet in found)
        told = say("corrections.yml: {file} {cell}: the file has several sheets ({names}); name one")
        raise DataError(told.format(file=entry.file, cell=entry.cell, names=names))
    told = say("corrections.yml: {file} {sheet}: no such file or sheet was delivered or read")
    raise DataError(told.format(file=entry.file, sheet=entry.sheet or ""))


def _place_of(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]), column_number(letters)


def _is_same(cell: RawCell, expect: str) -> bool:
    if cell.text == expect or cell.text.strip() == expect.strip():
        return True
    try:
        return cell.kind == "number" and float(cell.text) == float(expect)
    except ValueError:
        return False


def _with_value(sheet: RawSheet, row: int, column: int, value: int | float | date | str | None) -> RawSheet:
    """Return a sheet with one cell replaced; an error or formula that stood there is gone with it."""
    rows = [list(cells) for cells in sheet.rows]
    rows += [[] for _ in range(row - len(rows))]
    rows[row - 1] += [None] * (column - len(rows[row - 1]))
    rows[row - 1][column - 1] = value.isoformat() if isinstance(value, date) else value
    kinds = {place: kind for place, kind in sheet.kinds.items() if place != (row, column)}
    formats = {place: shown for place, shown in sheet.number_formats.items() if place != (row, column)}
    settled = sheet.settled | {(row, column)}
    return replace(sheet, rows=tuple(map(tuple, rows)), kinds=kinds, number_formats=formats, settled=settled)


def raw_text(path: Path, cell: str, sheet: str = "") -> str:
    """Return what stands in a cell of a delivered file, as an entry's `expect`.

    Raises:
        DataError: there is no such file, sheet or cell.
    """
    if not re.fullmatch("[A-Z]{1,3}[1-9][0-9]{0,6}", cell):
        raise DataError(say("{cell!r} is no cell; write it as a spreadsheet does, for example E17").format(cell=cell))
    if not path.is_file():
        raise DataError(
            say("{name}: no such file was delivered in {folder}").format(name=path.name, folder=path.parent.name)
        )
    sheets = [each for each in read_file(path) if sheet in ("", each.name)]
    if len(sheets) != 1:
        names = ", ".join(each.name for each in read_file(path))
        raise DataError(say("{name}: its sheets are {names}; name one of them").format(name=path.name, names=names))
    return sheets[0].cell(*_place_of(cell)).text


def settle_cells(
    sheets: Sequence[RawSheet], entries: Iterable[Acceptance], problems: Sequence[Problem], labels: Labels
) -> Corrected:
    """Return the sheets in which the cells that are right as they stand are settled (`as: value`).

    Args:
        sheets: the month's sheets.
        entries: the acceptances that settle a cell.
        problems: what is wrong without them.
        labels: the month's words.

    Raises:
        DataError: an entry names no cell that blocks.
    """
    by_place = {(sheet.file, sheet.name): sheet for sheet in sheets}
    notes = []
    for entry in entries:
        places = {(p.file, p.sheet): p for p in problems if p.is_blocking and p.row and _names(entry, p, labels)}
        known = {place: problem for place, problem in places.items() if place in by_place}
        if not known:
            told = say("corrections.yml: accept: {what}: no cell that blocks is there; remove the entry")
            raise DataError(told.format(what=entry.what))
        for place, problem in known.items():
            sheet, at = by_place[place], (problem.row, problem.column)
            by_place[place] = replace(sheet, settled=sheet.settled | {at})
            where = {"file": problem.file, "sheet": problem.sheet, "row": problem.row, "column": problem.column}
            notes.append(report("accepted-value", **where, raw=quote(sheet.cell(*at)), by=entry.by))
    return Corrected(tuple(by_place[s.file, s.name] for s in sheets), tuple(notes))


def accept_problems(problems: Sequence[Problem], entries: Iterable[Acceptance], labels: Labels) -> list[Problem]:
    """Return the problems with those that are accepted by name no longer blocking.

    Raises:
        DataError: an entry names nothing that blocks, or a unit or indicator that nobody knows.
    """
    accepted, entries = list(problems), list(entries)
    pairs = {pair: entry for entry in entries if (pair := _pair(entry, labels))}
    for entry in entries:
        matching = [i for i, p in enumerate(accepted) if p.is_blocking and _names(entry, p, labels, pairs)]
        is_there = matching or any(p.action == "accepted" and _names(entry, p, labels, pairs) for p in accepted)
        if not is_there and entry.as_ != "replaced_by":
            told = say("corrections.yml: accept: {what}: nothing that blocks is there; remove the entry")
            raise DataError(told.format(what=entry.what))
        for i in matching:
            accepted[i] = accept_problem(accepted[i], entry.by)
    return accepted


def _names(entry: Acceptance, problem: Problem, labels: Labels, pairs: Container[Pair] = ()) -> bool:
    """Return whether an entry names a problem; of several pairs that it touches all must be accepted."""
    if entry.cell:
        is_there = problem.file == entry.file and entry.sheet in (None, problem.sheet)
        return is_there and problem.cell == entry.cell
    if entry.delivery:
        return problem.delivery == entry.delivery
    if entry.file:
        return problem.file == entry.file and problem.code in SETTLED_BY[entry.as_]
    pair = _pair(entry, labels)
    return pair in problem.touches and all(other == pair or other in pairs for other in problem.touches)


def _pair(entry: Acceptance, labels: Labels) -> Pair | None:
    """Return the ids of the unit and indicator that an entry names.

    Raises:
        DataError: nobody knows one of them; says the nearest name and where names are listed.
    """
    if not entry.unit:
        return None
    unit_id = labels.unit(entry.unit)
    indicator_id = labels.all_indicators.get(normal(entry.indicator))
    for name, found, likely, file in (
        (entry.unit, unit_id, labels.suggest_unit(entry.unit), "units.yml"),
        (entry.indicator, indicator_id, labels.suggest_indicator(entry.indicator), "indicators.yml"),
    ):
        if found is None:
            hint = say(" (did you mean {likely!r}?)").format(likely=likely) if likely else ""
            told = say("corrections.yml: accept: {name!r} is not known{hint}; the names stand in params/{file}")
            raise DataError(told.format(name=name, hint=hint, file=file))
    return unit_id, indicator_id


_SIGNATURE = {"reason": "", "who": "", "document": "", "date": ""}


def ready_entries(problems: Iterable[Problem], labels: Labels) -> list[str]:
    """Return what blocks as entries to paste into `corrections.yml`: one a problem, in one line, yet to be signed."""
    found = []
    for problem in (p for p in problems if p.is_blocking):
        if problem.delivery:
            found.append(("accept", {"delivery": problem.delivery, "as": "gap"}))
        elif problem.row and problem.column:
            sheet = {} if problem.sheet in ("", problem.file.rpartition(".")[0]) else {"sheet": problem.sheet}
            place = {"file": problem.file, **sheet, "cell": problem.cell}
            found.append(("accept", {**place, "as": "value" if problem.code == "zero-count" else "gap"}))
        elif len(problem.touches) == 1:
            unit_id, indicator_id = problem.touches[0]
            names = labels.unit_names[unit_id], labels.policy.indicator_by_id[indicator_id].name
            found.append(("accept", {"unit": names[0], "indicator": names[1], "as": "gap"}))
        elif problem.code in SETTLED_BY["value"] | SETTLED_BY["no_data"]:
            as_ = "value" if problem.code in SETTLED_BY["value"] else "no_data"
            found.append(("accept", {"file": problem.file, "as": as_}))
    return [f"{key}: - {flow(entry | _SIGNATURE)}" for key, entry in found]


def flow(entry: Mapping[str, object]) -> str:
    """Return an entry as YAML in one line."""
    told = "{" + ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()) + "}"
    return "".join(f"\\U{ord(letter):08X}" if is_unseen(letter) else letter for letter in told)


def add_entry(folder: Path, key: Literal["corrections", "accept"], entry: Mapping[str, object]) -> str:
    """Add an entry to the month's `corrections.yml`; what stands there stays as it is, comments included.

    Args:
        folder: the month's raw files.
        key: under which key.
        entry: the entry, dates as text.

    Returns:
        What stood in the file before, empty without one; see `restore`.

    Raises:
        DataError: the file cannot be added to: its list is written in one line.
    """
    path = folder / FILE_NAME
    load_corrections(folder)
    before = path.read_text("utf-8") if path.exists() else ""
    lines = before.splitlines()
    heads = [n for n, line in enumerate(lines) if re.match(rf"{key}\s*:", line)]
    if not heads:
        lines += [f"{key}:", f"  - {flow(entry)}"]
    elif re.fullmatch(rf"{key}\s*:\s*(#.*)?", lines[heads[0]]):
        items = [line for line in lines[heads[0] + 1 :] if line.lstrip().startswith("- ")]
        indent = re.match(" *", items[0])[0] if items else "  "
        lines.insert(heads[0] + 1, f"{indent}- {flow(entry)}")
    else:
        told = say("corrections.yml: line {number}: the list of `{key}` stands in one line; give each a line")
        raise DataError(told.format(number=heads[0] + 1, key=key))
    write_whole(path, ("\n".join(lines) + "\n").encode())
    return before


def restore(folder: Path, before: str) -> None:
    """Put back what stood in the month's `corrections.yml` before an entry that does not fit."""
    path = folder / FILE_NAME
    if before:
        write_whole(path, before.encode())
    else:
        path.unlink()
