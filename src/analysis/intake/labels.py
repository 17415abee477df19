"""Every name that a delivered sheet may use, in one normal form: columns, units, indicators, marks, notes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from analysis.intake.values import clean_text
from analysis.policy.book import Policy
from analysis.policy.models import Unit
from analysis.policy.names import index_units, normalise_name, shown_name
from analysis.policy.sheets import Sheets
from analysis.policy.tickets import Adapter

UNIT = "unit"
IGNORED = "(ignored)"
_TICKETS = frozenset({"tickets", "transfers"})
_BRACKET = re.compile(r"^(.+)\(([^()]{1,12})\)$")
_FULL_MARK = re.compile(r"^(?:满分)?([0-9]+(?:\.[0-9]+)?)分?$")
_ORDINAL = re.compile(r"^[(]?[一二三四五六七八九十0-9]{1,3}[)]?[、.:]?")


@lru_cache(maxsize=20_000)
def normal(text: str) -> str:
    """Return the form in which names are compared (see `policy.names.normalise_name`)."""
    return normalise_name(clean_text(text))


def loose(form: str) -> str:
    """Return a normal form without capitals, underscores and bracket: systems write `Unique Key` and `unique_key`."""
    return form.casefold().partition("(")[0].replace("_", "")


@dataclass(frozen=True)
class Labels:
    """The words of one month's sheets, each in its normal form.

    Attributes:
        fields: kind of sheet, or adapter of tickets → column name → field id (`IGNORED` where it carries no data).
        required: the same → the fields that a header must have.
        adapters: id → a foreign file of tickets, which is recognised like a kind; its names are loose.
        date_formats: how files of tickets may write dates.
        indicators: kind of sheet with a column an indicator → column name → indicator id.
        all_indicators: name → id of every indicator in force (an inspection names its own).
        units: name, alias or id → id of the units assessed in this month.
        former_units: the same for units that are not assessed any more.
        unit_names: id → name of all of them.
        group_names: names of the groups, which stand as headings between units.
    """

    policy: Policy
    fields: Mapping[str, Mapping[str, str]]
    required: Mapping[str, frozenset[str]]
    adapters: Mapping[str, Adapter]
    date_formats: tuple[str, ...]
    indicators: Mapping[str, Mapping[str, str]]
    all_indicators: Mapping[str, str]
    units: Mapping[str, str]
    former_units: Mapping[str, Unit]
    unit_names: Mapping[str, str]
    group_names: frozenset[str]
    totals: frozenset[str]
    notes: tuple[str, ...]
    not_applicable: frozenset[str]
    not_submitted: frozenset[str]
    suffixes: frozenset[str]

    def column(self, kind: str, label: str) -> str | None:
        """Return the field or indicator that a column name means in a kind of sheet, if it is known.

        A bracket behind the name is looked through only where it cannot change the meaning: a unit of count,
        or the full mark that the rules give.
        """
        return self._exact(kind, label) or self._without_bracket(kind, label)

    def _exact(self, kind: str, label: str) -> str | None:
        if self.is_loose(kind):
            return self.fields[kind].get(loose(label))
        return self.fields[kind].get(label) or self.indicators.get(kind, {}).get(label)

    def _without_bracket(self, kind: str, label: str) -> str | None:
        match = _BRACKET.match(label)
        found = self._exact(kind, match[1]) if match else None
        if found is None or match[2] in self.suffixes:
            return found
        indicator = self.policy.indicator_by_id.get(found)
        mark = _FULL_MARK.match(match[2])
        is_neutral = indicator and (
            match[2] == indicator.unit or (mark and float(mark[1]) == indicator.method.full_mark)
        )
        return found if is_neutral else None

    def is_loose(self, kind: str) -> bool:
        """Tell whether a kind's columns come from other systems, whose names are compared loosely."""
        return kind in self.adapters or self.policy.sheets.kinds[kind].reader in _TICKETS

    def rank(self, kind: str, label: str) -> int:
        """Return the place of a column name among those that a kind of tickets or an adapter knows."""
        names = [*self.fields[kind], loose(label)]
        return names.index(loose(label))

    def unit(self, text: str) -> str | None:
        """Return the id of the unit assessed in this month that `text` names, by any of its names."""
        return self.units.get(normal(text))

    def suggest_unit(self, text: str) -> str:
        """Return the name that is most like an unknown one, or an empty text."""
        by_form = {normal(n): unit.name for unit in self.policy.units for n in (unit.name, *unit.aliases)}
        found = get_close_matches(normal(text), sorted(by_form), n=1, cutoff=0.6)
        return by_form[found[0]] if found else ""

    def suggest_indicator(self, text: str) -> str:
        """Return the indicator's name that is most like an unknown one, or an empty text."""
        found = get_close_matches(normal(text), sorted(self.all_indicators), n=1, cutoff=0.6)
        return self.policy.indicator_by_id[self.all_indicators[found[0]]].name if found else ""

    def suggest_column(self, kind: str, label: str) -> str:
        """Return the name of a column of a kind of sheet that is most like an unknown one, or an empty text."""
        known = [name for name, meaning in self.fields[kind].items() if meaning != IGNORED]
        known += self.indicators if kind == "scores" else []
        found = next(iter(get_close_matches(label, known, n=1, cutoff=0.5)), "")
        fields = self.policy.sheets.kinds[kind].fields.values() if kind in self.policy.sheets.kinds else ()
        names = [*(n for field in fields for n in field.names), *(i.name for i in self.policy.indicators)]
        return next((shown_name(name) for name in names if normal(name) == found), found)

    def is_total(self, text: str) -> bool:
        """Tell whether a row's label says that the row adds up other rows, perhaps those of a group."""
        form = normal(text).rstrip(":")
        form = _BRACKET.sub(r"\1", form)
        # Excel's subtotals stand as 区财政局汇总 below what they add up.
        before = {form.removesuffix(total) for total in self.totals if form.endswith(total)}
        return any(not name or name in self.group_names or name in self.units for name in before)

    def is_note(self, text: str) -> bool:
        """Tell whether a text begins as a note, a signature or a line about who filled the form in.

        A name may follow a longer label at once (`填报人 张三`); behind a short one (`注`) stands a sign.
        """
        form = normal(text)
        label = next((note for note in self.notes if form.startswith(note)), None)
        if label is None:
            return False
        return len(label) > 2 or form == label or not form[len(label)].isalpha()

    def is_heading(self, text: str) -> bool:
        """Tell whether a text is the name of a group of units, perhaps numbered."""
        form = normal(text).rstrip(":")
        return form in self.group_names or _ORDINAL.sub("", form) in self.group_names


def read_labels(policy: Policy) -> Labels:
    """Return the words of the month that `policy` rules, and of the foreign files that `params/tickets.yml` knows."""
    sheets = policy.sheets
    adapters = {adapter.id: adapter for adapter in policy.tickets.adapters}
    required = {id_: frozenset(adapter.required) for id_, adapter in adapters.items()}
    for id_, kind in sheets.kinds.items():
        required[id_] = frozenset(key for key, field in kind.fields.items() if field.is_required)
    return Labels(
        policy=policy,
        fields=_index_fields(sheets, adapters),
        required=required,
        adapters=adapters,
        date_formats=policy.tickets.date_formats,
        indicators={
            id_: _index_indicators(i for i in policy.indicators if i.data.sheet == id_)
            for id_, kind in sheets.kinds.items()
            if kind.has_indicator_columns
        },
        all_indicators=_index_indicators(policy.indicators),
        units=index_units(policy.units),
        former_units={normal(n): u for u in policy.former_units for n in (u.id, u.name, *u.aliases)},
        unit_names={unit.id: unit.name for unit in (*policy.units, *policy.former_units)},
        group_names=frozenset(normal(group.name) for group in policy.groups),
        totals=frozenset(map(normal, sheets.total_labels)),
        notes=tuple(sorted(map(normal, sheets.note_labels), key=lambda note: (-len(note), note))),
        not_applicable=frozenset(map(normal, sheets.marks.not_applicable)),
        not_submitted=frozenset(map(normal, sheets.marks.not_submitted)),
        suffixes=frozenset(map(normal, sheets.label_suffixes)),
    )


def _index_fields(sheets: Sheets, adapters: Mapping[str, Adapter]) -> dict[str, dict[str, str]]:
    """Return kind or adapter → column name → field; the district's own kinds come first."""
    ignored = {normal(name): IGNORED for name in sheets.ignored_columns}
    fields = {}
    for id_, kind in sheets.kinds.items():
        form = (lambda name: loose(normal(name))) if kind.reader in _TICKETS else normal
        fields[id_] = ignored | {form(name): key for key, field in kind.fields.items() for name in field.names}
    for id_, adapter in adapters.items():
        fields[id_] = {loose(normal(name)): key for key, names in adapter.columns.items() for name in names}
    return fields


def _index_indicators(indicators) -> dict[str, str]:
    return {normal(name): i.id for i in indicators for name in (i.id, i.name, *i.aliases)}
