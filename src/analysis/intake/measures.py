"""What the kinds of sheets give: measurements with the raw cells behind them, rows of tables, more problems."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from math import nan

import pandas as pd

from analysis.intake.labels import Labels
from analysis.intake.problems import Problem, quote
from analysis.intake.readers import RawCell
from analysis.intake.rows import Record
from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.period import month_end
from analysis.policy.tables import TABLES

RowPlace = tuple[str, str, int]  # file, sheet, row
Pair = tuple[str, str]  # unit id, indicator id


@dataclass(frozen=True)
class Source:
    """A raw cell behind a measurement and its part in it; `raw` is the text exactly as delivered."""

    role: str
    file: str
    sheet: str
    cell: str
    raw: str


@dataclass(frozen=True)
class Measurement:
    """A value that scores: unit × indicator, or one of several tasks or visits (`item_id`)."""

    unit_id: str
    indicator_id: str
    item_id: str = ""
    value: float = nan
    numerator: float = nan
    denominator: float = nan
    standard: float = nan
    status: str = "ok"
    sources: tuple[Source, ...] = field(default=(), repr=False)

    def id_in(self, period: str) -> str:
        """Return the stable id: month/unit/indicator, and the item where there are several."""
        return "/".join(filter(None, (period, self.unit_id, self.indicator_id, self.item_id)))


@dataclass(frozen=True)
class Part:
    """What one kind of sheet gives.

    Attributes:
        measurements: What scores, rows that were set aside included (as not submitted).
        problems: What shows only across rows and sheets.
        tables: Table → its rows.
        touches: row (or row and column) → the unit-indicator pairs that it feeds.
    """

    measurements: tuple[Measurement, ...] = ()
    problems: tuple[Problem, ...] = ()
    tables: Mapping[str, Sequence[Mapping]] = field(default_factory=dict)
    touches: Mapping[tuple, tuple[Pair, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheaf:
    """The records of one kind in a month, the codes of the problems that take a row out, and the as-of date (S21)."""

    kind: str
    records: tuple[Record, ...]
    spoilt: Mapping[RowPlace, frozenset[str]]
    labels: Labels
    as_of: date

    @property
    def policy(self) -> Policy:
        """The month's rules."""
        return self.labels.policy

    @property
    def last_day(self) -> date:
        """The last day on which something in the sheet can have happened: the month's end, or a later as-of date."""
        return max(self.as_of, month_end(self.policy.period))

    @property
    def title(self) -> str:
        """The Chinese name of the kind."""
        return self.policy.sheets.kinds[self.kind].title

    def label(self, name: str) -> str:
        """Return the Chinese name of a field."""
        return self.policy.sheets.kinds[self.kind].fields[name].names[0]

    def codes(self, record: Record) -> frozenset[str]:
        """Return the codes that take a record out; empty for a sound one."""
        fields = self.policy.sheets.kinds[self.kind].fields
        lacking = any(field.is_required and name not in record.cells for name, field in fields.items())
        return self.spoilt.get(row_place(record), frozenset()) | ({"missing-label"} if lacking else set())

    def indicators(self, **data: str) -> list[Indicator]:
        """Return the indicators fed by this kind, those with the given data only, such as a `mark`."""
        source = self.policy.sheets.marks_of(self.kind)
        found = [i for i in self.policy.indicators if i.data.sheet == source]
        return [i for i in found if all(getattr(i.data, name) == value for name, value in data.items())]


def row_place(record: Record) -> RowPlace:
    """Return a record's file, sheet and row."""
    return record.file, record.sheet, record.row


def is_meant(indicator: Indicator, unit_id: str, policy: Policy) -> bool:
    """Tell whether an indicator assesses a unit's group."""
    return not indicator.groups or policy.group_of[unit_id] in indicator.groups


def source_of(record: Record, role: str, name: str) -> Source:
    """Return a record's cell as a source, in the role that it plays."""
    cell = record.cells[name]
    return Source(role, record.file, record.sheet, cell.address, cell.text)


def cell_source(role: str, file: str, sheet: str, cell: RawCell) -> Source:
    """Return a raw cell as a source."""
    return Source(role, file, sheet, cell.address, cell.text)


def find_future(records: Iterable[Record], names: Iterable[str], sheaf: Sheaf) -> list[Problem]:
    """Return the dates of what has happened that lie after the month and after the as-of date."""
    return [
        record.report(
            "constraint-error",
            name,
            label=sheaf.label(name),
            raw=quote(record.cells[name]),
            allowed=f"不晚于{sheaf.last_day}",
        )
        for record in records
        for name in names
        if record.value(name) is not None and record.value(name) > sheaf.last_day
    ]


def find_repeats(sheaf: Sheaf, key: Callable[[Record], tuple], records: Iterable[Record]) -> list[Problem]:
    """Compare the records that name the same thing: equal ones count once and are shown, different ones block.

    Args:
        sheaf: For the names of fields.
        key: What a record is about.
        records: Sound records.

    Returns:
        The problems of the rows that do not count.
    """
    problems: list[Problem] = []
    ordered = sorted(records, key=lambda r: (key(r), row_place(r)))
    for _, same in groupby(ordered, key=key):
        first, *others = same
        differing = [other for other in others if _difference(first, other)]
        if differing:
            problems += [_conflict(sheaf, record, first, differing[0]) for record in (first, *others)]
        else:
            problems += [other.report("duplicate-row", other=first.place) for other in others]
    return problems


def without(records: Iterable[Record], problems: Iterable[Problem]) -> list[Record]:
    """Return the records whose rows no problem takes out, in the order of file, sheet and row."""
    taken = {(p.file, p.sheet, p.row) for p in problems if p.sets_aside}
    return sorted((r for r in records if row_place(r) not in taken), key=row_place)


def set_aside(
    named: Iterable[Record],
    kept: Iterable[Record],
    repeated: Iterable[Problem],
    touches: Mapping[RowPlace, tuple[Pair, ...]],
    item: str,
) -> list[Measurement]:
    """Return a measurement without value for each pair and item that a row set aside would have fed.

    So a unit stays visible, and provisional once the row is accepted. A row that only repeats another is left out.

    Args:
        named: The records whose unit is known.
        kept: Those that count.
        repeated: The problems of rows delivered twice.
        touches: What each row feeds.
        item: The field that names the item; the row's number stands in where it is blank.
    """
    sound = {row_place(record) for record in kept}
    sound |= {(p.file, p.sheet, p.row) for p in repeated if p.code == "duplicate-row"}
    counted = {(pair, record.value(item)) for record in kept for pair in touches[row_place(record)]}
    lost = {
        (pair, record.value(item) or f"第{record.row}行"): None
        for record in named
        if row_place(record) not in sound
        for pair in touches[row_place(record)]
    }
    return [Measurement(*pair, name, status="not_submitted") for pair, name in lost if (pair, name) not in counted]


def _difference(one: Record, other: Record) -> str:
    """Return the first field whose values differ, or an empty text; reworded names are no difference."""
    names = sorted(set(one.readings) | set(other.readings))
    return next((n for n in names if (one.state(n), one.value(n)) != (other.state(n), other.value(n))), "")


def _conflict(sheaf: Sheaf, record: Record, first: Record, differing: Record) -> Problem:
    other = differing if record is first else first
    name = _difference(record, other) or _difference(first, differing)
    texts = [quote(r.cells[name]) if name in r.cells else "(无此列)" for r in (record, other)]
    difference = f"“{sheaf.label(name)}”分别为{texts[0]}和{texts[1]}"
    return record.report("conflicting-values", name, other=other.place, difference=difference)


def measurements_table(measurements: Iterable[Measurement], policy: Policy) -> pd.DataFrame:
    """Return the table `measurements`: a row a value that scores."""
    rows = [
        {
            "measurement_id": m.id_in(policy.period),
            "period": policy.period,
            "unit_id": m.unit_id,
            "indicator_id": m.indicator_id,
            "channel": policy.indicator_by_id[m.indicator_id].channel,
            "item_id": m.item_id,
            "value": m.value,
            "numerator": m.numerator,
            "denominator": m.denominator,
            "standard": m.standard,
            "status": m.status,
        }
        for m in measurements
    ]
    return table_of("measurements", rows)


def lineage_table(measurements: Iterable[Measurement], period: str) -> pd.DataFrame:
    """Return the table `lineage`: a row a raw cell behind a measurement."""
    rows = [{"measurement_id": m.id_in(period), **vars(s)} for m in measurements for s in m.sources]
    return table_of("lineage", rows)


def table_of(name: str, rows: Sequence[Mapping]) -> pd.DataFrame:
    """Return rows as the checked table `name`."""
    return TABLES[name].check(pd.DataFrame(list(rows))) if rows else TABLES[name].empty()
