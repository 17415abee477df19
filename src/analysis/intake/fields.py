"""One cell under a known column: its typed value, a mark for a missing one, or the code of its problem."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.intake.labels import Labels, normal
from analysis.intake.problems import quote
from analysis.intake.readers import RawCell
from analysis.intake.values import (
    Parsed,
    Unit,
    as_share,
    clean_text,
    in_unit,
    is_blank,
    parse_count,
    parse_date,
    parse_id,
    parse_number,
)
from analysis.policy.indicators import Indicator
from analysis.policy.method import Range
from analysis.policy.sheets import SheetField

State = Literal["value", "blank", "not_applicable", "bad"]
_PEOPLE = re.compile(r"[、,;/\s]+")
_YES = frozenset({"是", "有", "满意", "有效", "y", "yes", "true", "1"})
_NO = frozenset({"否", "无", "不满意", "无效", "n", "no", "false", "0"})
_EXPECTED = {
    "number": "数值",
    "count": "不小于0的整数",
    "date": "日期",
    "id": "编号",
    "yes_no": "“是”或“否”",
}


@dataclass(frozen=True)
class Reading:
    """What a cell says: a value, nothing (blank, not applicable), or a problem with the words of its sentence."""

    state: State
    value: object = None
    code: str = ""
    words: Mapping[str, object] = field(default_factory=dict)


BLANK = Reading("blank")
NOT_APPLICABLE = Reading("not_applicable")


def read_field(cell: RawCell, column: SheetField, label: str, labels: Labels, date_system: int) -> Reading:
    """Return what a cell of a record says in its column.

    Args:
        cell: The raw cell.
        column: The field that the column holds.
        label: The column's name, for a problem's sentence.
        labels: The month's words.
        date_system: The workbook's, for serial numbers.
    """
    if mark := read_mark(cell, labels):
        return mark
    if cell.is_struck:
        return _bad("struck-through", cell, label)
    if column.type == "unit":
        return read_unit(cell, labels)
    if cell.kind in ("error", "formula_uncached"):
        return _bad(_unread(cell), cell, label)
    if column.type == "id":
        return _typed(parse_id(cell), cell, label, "id", "")
    if column.type in ("text", "people"):
        return _read_text(cell, column.type)
    if column.type in ("choice", "yes_no"):
        return _read_choice(cell, column, label)
    if column.type == "date":
        return _typed(parse_date(cell, date_system=date_system), cell, label, "date", "1990—2099年")
    return _read_quantity(cell, column, label, labels)


def read_mark(cell: RawCell, labels: Labels) -> Reading | None:
    """Return what a cell without a value says (S11), or None where it holds one."""
    if is_blank(cell):
        return BLANK
    form = normal(cell.text) if cell.kind == "text" else ""
    if form in labels.not_applicable:
        return NOT_APPLICABLE
    return BLANK if form in labels.not_submitted else None


def read_unit(cell: RawCell, labels: Labels) -> Reading:
    """Return the id of the unit that a cell names, by its present name, an alias or an old name."""
    if cell.is_struck:
        return _bad("struck-through", cell, "单位")
    if cell.kind in ("error", "formula_uncached"):
        return _bad(_unread(cell), cell, "单位")
    if unit_id := labels.unit(cell.text):
        return Reading("value", unit_id)
    former = labels.former_units.get(normal(cell.text))
    if former is None:
        likely = labels.suggest_unit(cell.text)
        hint = f",是否为“{likely}”" if likely else ""
        return Reading("bad", code="unknown-unit", words={"raw": quote(cell), "hint": hint})
    successor = labels.unit_names.get(former.merged_into, "")
    why = f"最后一个月是{former.to}" + (f",已并入{successor}" if successor else "")
    return Reading("bad", code="inactive-unit", words={"raw": quote(cell), "why": why})


def read_score(cell: RawCell, indicator: Indicator, labels: Labels) -> Reading:
    """Return what a score sheet's cell gives a unit: points, cases, or the points of a named state (S10, S29)."""
    if mark := read_mark(cell, labels):
        return mark
    if cell.is_struck:
        return _bad("struck-through", cell, indicator.name)
    method = indicator.method
    if method.reads == "state":
        return _read_state(cell, indicator)
    words = labels.policy.sheets.label_suffixes
    if method.reads == "count":
        return _typed(parse_count(cell, unit_words=words), cell, indicator.name, "count", "不小于0的整数")
    return read_amount(cell, indicator, labels)


def _read_state(cell: RawCell, indicator: Indicator) -> Reading:
    states = {normal(name): points for name, points in indicator.method.states.items()}
    if cell.kind == "text" and normal(cell.text) in states:
        return Reading("value", states[normal(cell.text)])
    code = _unread(cell) if cell.kind in ("error", "formula_uncached") else "type-error"
    return _bad(code, cell, indicator.name, "、".join(indicator.method.states))


def read_amount(cell: RawCell, indicator: Indicator, labels: Labels) -> Reading:
    """Return a number in an indicator's unit, within what its method admits; a rate as a share of the whole (S38)."""
    method, unit = indicator.method, _unit(indicator)
    is_settled = cell.is_settled or indicator.small_values
    parsed = parse_number(cell, unit_words=labels.policy.sheets.label_suffixes)
    parsed = in_unit(parsed, unit, is_settled=is_settled)
    allowed = method.admissible
    if method.reads == "points":
        allowed = Range(allowed.low or 0.0, method.full_mark)
    elif method.is_share and not cell.is_settled:
        allowed = Range(0, 100 if unit == "percent" else 1)
    reading = _read_number(parsed, cell, indicator.name, allowed)
    if reading.state == "value" and method.is_share and unit == "percent":
        return replace(reading, value=as_share(parsed).value)
    return reading


def _unit(indicator: Indicator) -> Unit:
    if indicator.unit == "%":
        return "percent"
    if indicator.method.is_share:
        return "share"
    return "points" if indicator.unit == "分" or indicator.method.reads == "points" else "other"


def _read_text(cell: RawCell, kind: str) -> Reading:
    text = clean_text(cell.text)
    return Reading("value", "、".join(filter(None, _PEOPLE.split(text))) if kind == "people" else text)


def _read_choice(cell: RawCell, column: SheetField, label: str) -> Reading:
    form = normal(cell.text)
    if column.type == "yes_no":
        if form.casefold() in _YES or form.casefold() in _NO:
            return Reading("value", form.casefold() in _YES)
        return _bad("type-error", cell, label, _EXPECTED["yes_no"])
    for choice, names in column.choices.items():
        if form in {normal(name) for name in (choice, *names)}:
            return Reading("value", choice)
    return _bad("type-error", cell, label, "、".join(names[0] for names in column.choices.values()))


def _read_quantity(cell: RawCell, column: SheetField, label: str, labels: Labels) -> Reading:
    words = labels.policy.sheets.label_suffixes
    low, high = column.minimum, column.maximum
    if column.type == "count":
        return _typed(parse_count(cell, unit_words=words), cell, label, "count", "不小于0的整数")
    unit = "points" if column.type == "points" else "other"
    parsed = in_unit(parse_number(cell, unit_words=words), unit, is_settled=cell.is_settled)
    if unit == "points":
        low, high = low or 0.0, 100.0 if high is None else high
    return _read_number(parsed, cell, label, Range(low, high))


def _read_number(parsed: Parsed, cell: RawCell, label: str, allowed: Range) -> Reading:
    if parsed.code is None and not allowed.admits(parsed.value):
        parsed = Parsed(None, "constraint-error", cell.text)
    return _typed(parsed, cell, label, "number", _range_in_words(*allowed))


def _range_in_words(low: float | None, high: float | None) -> str:
    if high is None:
        return "" if low is None else f"不小于{low:g}"
    return f"不大于{high:g}" if low is None else f"{low:g}—{high:g}"


def _typed(parsed: Parsed, cell: RawCell, label: str, kind: str, allowed: str) -> Reading:
    if parsed.code is None:
        return Reading("value", parsed.value)
    return _bad(parsed.code, cell, label, _EXPECTED[kind], allowed)


def _unread(cell: RawCell) -> str:
    return "error-value" if cell.kind == "error" else "formula-uncached"


def _bad(code: str, cell: RawCell, label: str, expected: str = "", allowed: str = "") -> Reading:
    words = {
        "label": label,
        "raw": quote(cell, is_id=expected == _EXPECTED["id"]),
        "expected": expected,
        "allowed": allowed,
    }
    return Reading("bad", code=code, words=words)
