"""The policy of every month: all of `params/` read once, and the rules in force in a given month (R7)."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.policy.calendar import Calendar
from analysis.policy.channels import ChannelName, ChannelWeights, Weights
from analysis.policy.check import find_faults
from analysis.policy.consequences import ConsequenceRules, Consequences, LedgerRules, PackRules
from analysis.policy.dated import as_known_in, in_force
from analysis.policy.draw import Draw, DrawRules
from analysis.policy.duties import Duties, Matter
from analysis.policy.errors import PolicyError, UsageError
from analysis.policy.indicators import Indicator, Indicators, Parent, share_in_channels
from analysis.policy.load import load_yaml
from analysis.policy.messages import say
from analysis.policy.models import District, Grading, Group, Tiers, Unit, Units
from analysis.policy.names import Names, normalise_name
from analysis.policy.noise import Noise, NoiseModel
from analysis.policy.own_notebooks import OwnNotebooks
from analysis.policy.papers import Papers
from analysis.policy.period import month_range, shift, year_to_date
from analysis.policy.sheets import Sheets
from analysis.policy.tickets import TicketRules, Tickets
from analysis.policy.trends import TrendRules
from analysis.policy.watch import Funnel, Watch, WatchRules
from analysis.policy.workload import Standards, Workload

_UNDATED = ("district", "calendar", "tickets", "duties", "trends", "workload")


@dataclass(frozen=True)
class Policy:
    """The rules in force in one month; `former_units` are those that ended before it. Later ones it does not know."""

    period: str
    district: District
    groups: tuple[Group, ...]
    units: tuple[Unit, ...]
    former_units: tuple[Unit, ...]
    indicators: tuple[Indicator, ...]
    parents: tuple[Parent, ...]
    channels: tuple[ChannelName, ...]
    names: Names
    channel_rules: Mapping[str, ChannelWeights]
    channel_weights_by_unit: pd.DataFrame
    minimum_indicators: Mapping[str, int]
    grading: Grading
    sheets: Sheets
    calendar: Calendar
    tickets: Tickets
    ticket_rules: TicketRules
    duties: Duties
    watch: WatchRules
    funnel: Funnel
    consequences: ConsequenceRules
    ledger: LedgerRules
    packs: PackRules
    draw: DrawRules
    trends: TrendRules
    noise: NoiseModel
    workload: Workload

    @cached_property
    def unit_ids(self) -> list[str]:
        """The ids of the units assessed in this month, in the order of `params/units.yml`."""
        return [unit.id for unit in self.units]

    @cached_property
    def channel_ids(self) -> list[str]:
        """The ids of the channels that some unit's weights name in this month, in the order of `params/weights.yml`."""
        return [channel.id for channel in self.channels]

    @cached_property
    def group_of(self) -> dict[str, str]:
        """Unit id → group id."""
        return {unit.id: unit.group for unit in self.units}

    @cached_property
    def unit_id_by_name(self) -> dict[str, str]:
        """Normalised name, alias or id → id of the unit, or of the one that it has merged into by now (S9)."""
        units = [unit for unit in (*self.units, *self.former_units) if unit.id in self.heir_of]
        return {
            normalise_name(name): self.heir_of[unit.id]
            for unit in units
            for name in (unit.id, unit.name, *unit.aliases)
        }

    @cached_property
    def heir_of(self) -> dict[str, str]:
        """Unit id → the same, or the id of the unit that it has merged into by now; none of those that ended (S9)."""
        by_id = {unit.id: unit for unit in (*self.units, *self.former_units)}
        heirs = {}
        for unit in by_id.values():
            heir = unit
            while heir is not None and heir.to is not None and heir.to < self.period:
                heir = by_id.get(heir.merged_into)
            if heir is not None:
                heirs[unit.id] = heir.id
        return heirs

    @cached_property
    def standards(self) -> Standards | None:
        """The standard hours of work in force in this month, None without any (S40)."""
        return self.workload.standards_at(self.period)

    @cached_property
    def matters(self) -> tuple[Matter, ...]:
        """The matters of both lists (R8) as they stand in this month."""
        return tuple(matter for matter in self.duties.matters if matter.holds_in(self.period))

    def units_of(self, matter: Matter) -> list[str]:
        """Return the ids of the units assessed in this month that a matter falls to: lead, co-operating, towns."""
        towns = [unit.id for unit in self.units if unit.is_town and matter.towns]
        named = [self.heir_of.get(unit_id, "") for unit_id in (matter.lead, *matter.co_operating)]
        return sorted({*named, *towns} & set(self.unit_ids))

    @cached_property
    def indicator_by_id(self) -> dict[str, Indicator]:
        """Indicator id → indicator."""
        return {indicator.id: indicator for indicator in self.indicators}

    @cached_property
    def relative_indicators(self) -> dict[str, Indicator]:
        """Id → indicator of those that say how work is spread: nobody brings work about in order to score (S24)."""
        return {indicator.id: indicator for indicator in self.indicators if indicator.method.name == "workload"}

    @cached_property
    def indicator_weights(self) -> pd.DataFrame:
        """The weight of each indicator within its channel, in % (sum 100 per channel and unit; S2).

        Units × indicators; 0 where an indicator is meant for other groups.
        """
        meant = [[not i.groups or unit.group in i.groups for i in self.indicators] for unit in self.units]
        weights = np.where(meant, [i.weight for i in self.indicators], 0.0)
        weights = share_in_channels(weights, self.indicators, self.parents)
        return pd.DataFrame(weights, index=self.unit_ids, columns=[i.id for i in self.indicators])


@dataclass(frozen=True)
class PolicyBook:
    """All of `params/`, from which the rules of any month are taken."""

    folder: Path
    district: District
    units: Units
    indicators: Indicators
    weights: Weights
    tiers: Tiers
    sheets: Sheets
    calendar: Calendar
    tickets: Tickets
    duties: Duties
    watch: Watch
    consequences: Consequences
    draw: Draw
    trends: TrendRules
    noise: Noise
    workload: Workload = field(default_factory=Workload)
    notebooks: OwnNotebooks = field(default_factory=OwnNotebooks)
    papers: Papers = field(default_factory=Papers)

    def revise(self, **parts: object) -> "PolicyBook":
        """Return the book with other files in place of its own, cross-checked like the whole.

        Raises:
            PolicyError: they do not fit the others.
        """
        revised = replace(self, **parts)
        _refuse(find_faults({name: getattr(revised, name) for name in FILES}))
        return revised

    def as_known_in(self, period: str) -> "PolicyBook":
        """Return the rules as a month knows them: nothing that begins after it, and no end that it does not see."""
        return replace(self, **{name: as_known_in(getattr(self, name), period) for name in FILES})

    def heir(self, unit_id: str, period: str) -> str:
        """Return the unit that answers in a month for one that may have been merged by then (S9)."""
        unit = self.unit_by_id.get(unit_id)
        while unit is not None and unit.merged_into and unit.to < period:
            unit = self.unit_by_id.get(unit.merged_into)  # which may begin later still
        return unit_id if unit is None else unit.id

    def at(self, period: str) -> Policy:
        """Return the rules in force in the month `period`; old months keep the rules of their time (R7, S16).

        Raises:
            UsageError: the month lies before the district's first.
            PolicyError: a dated list of rules has no entry for that month.
        """
        _refuse_early(period, self.district.start)
        units = tuple(unit for unit in self.units.units if unit.holds_in(period))
        grading = in_force(self.tiers.grading, period, "tiers.yml: grading")
        rules = _channel_rules(self.weights, units, period)
        weights = _weights_by_unit(self.weights, rules)
        indicators = tuple(i for i in self.indicators.indicators if i.holds_in(period))
        undated = {name: getattr(self, name) for name in _UNDATED}
        return Policy(
            period=period,
            **undated,
            groups=self.units.groups,
            units=units,
            former_units=tuple(unit for unit in self.units.units if unit.to is not None and unit.to < period),
            indicators=indicators,
            parents=self.indicators.parents,
            channels=tuple(channel for channel in self.weights.channels if channel.id in weights),
            names=Names(self.names, weights.columns, grading.tiers),
            channel_rules=rules,
            channel_weights_by_unit=weights,
            minimum_indicators=in_force(self.weights.base, period, "weights.yml: base").minimum_indicators,
            grading=grading,
            sheets=self.sheets.at(period, {indicator.id for indicator in indicators}),
            ticket_rules=in_force(self.tickets.rules, period, "tickets.yml: rules"),
            watch=in_force(self.watch.rules, period, "watch.yml: rules"),
            funnel=self.watch.funnel,
            consequences=in_force(self.consequences.rules, period, "consequences.yml: rules"),
            ledger=in_force(self.consequences.ledger, period, "consequences.yml: ledger"),
            packs=self.consequences.packs,
            draw=in_force(self.draw.rules, period, "draw.yml: rules"),
            noise=in_force(self.noise.models, period, "noise.yml: models"),
        )

    def months_that_score(self, period: str) -> list[str]:
        """Return the months whose measurements a month's scores may rest on, since the district's first.

        They are those of its year, and the earlier ones to which visits and few cases reach back (S10, S13, S30).
        """
        back = max((indicator.months_back for indicator in self.indicators.indicators), default=0)
        return month_range(max(self.district.start, min(year_to_date(period)[0], shift(period, -back))), period)

    def weights_moved(self, months: Sequence[str]) -> dict[str, list[str]]:
        """Return unit → those of the months from which its channel weights are not those of the month before (R18).

        Args:
            months: in a row; of the first one nothing is said.
        """
        units, found = self.units.units, {}
        of = {month: _channel_rules(self.weights, units, month) for month in months}
        for before, month in pairwise(months):
            for unit_id, rule in of[month].items():
                if rule.weights != of[before][unit_id].weights:
                    found.setdefault(unit_id, []).append(month)
        return found

    @cached_property
    def unit_by_id(self) -> dict[str, Unit]:
        """Unit id → unit, of all times."""
        return {unit.id: unit for unit in self.units.units}

    @cached_property
    def names(self) -> Names:
        """Id → name of whatever `params/` name, of all times, the latest where dated.

        Those of kinds of work, which are fields of sheets, stand behind. A channel's short name, for narrow columns,
        stands under `<id>.short`.
        """
        named = [
            *self.units.groups,
            *self.units.units,
            *self.indicators.families,
            *self.indicators.parents,
            *self.indicators.indicators,
            *self.weights.channels,
            *self.tiers.names,
        ]
        shorts = {f"{channel.id}.short": channel.short for channel in self.weights.channels}
        kinds = {name for entry in self.workload.standards for name in entry.hours}
        fields = (pair for kind in self.sheets.kinds.values() for pair in kind.fields.items())
        work = {name: field.names[0] for name, field in fields if name in kinds}
        channels, tiers = ([each.id for each in listed] for listed in (self.weights.channels, self.tiers.names))
        return Names(work | {item.id: item.name for item in named} | shorts, channels, tiers)


# File of `params/`, without its ending → what it holds: those with rules, and all of them.
_ALL_FILES = {each.name: each.type for each in fields(PolicyBook) if each.name != "folder"}
FILES = {name: model for name, model in _ALL_FILES.items() if name not in ("notebooks", "papers")}
_MAY_BE_MISSING = {each.name for each in fields(PolicyBook) if each.default_factory is not MISSING}


def _refuse_early(period: str, start: str) -> None:
    if period < start:
        told = say("{period} lies before {start}, the first month (params/district.yml)")
        raise UsageError(told.format(period=period, start=start))


def load_policy(root: Path) -> PolicyBook:
    """Read and cross-check all of `params/` under `root`.

    Raises:
        PolicyError: files are missing or wrong; every fault of every file, one a line, names file, key, value found
            and what is allowed.
    """
    folder = Path(root) / "params"
    if not folder.is_dir():
        raise PolicyError(
            say("{folder}: there is no params folder here; run in the project or give --root DIR").format(folder=folder)
        )
    parts, faults = {}, []
    for name, model in _ALL_FILES.items():
        file = folder / f"{name}.yml"
        try:
            parts[name] = model() if name in _MAY_BE_MISSING and not file.exists() else load_yaml(file, model)
        except PolicyError as error:
            faults.append(str(error))
    _refuse([*faults, *find_faults(parts)])
    return PolicyBook(folder, **parts)


def _refuse(faults: list[str]) -> None:
    if faults:
        raise PolicyError("\n".join(faults))


def _channel_rules(weights: Weights, units: tuple[Unit, ...], period: str) -> dict[str, ChannelWeights]:
    base = in_force(weights.base, period, "weights.yml: base")
    held = [entry for entry in weights.adjustments if entry.holds_in(period)]
    return {unit.id: _weights_of(unit, base, held) for unit in units}


def _weights_of(unit: Unit, base: ChannelWeights, held: list[ChannelWeights]) -> ChannelWeights:
    # A unit's own adjustment goes before its group's, the group's before the base (R18).
    for_unit = [entry for entry in held if entry.unit == unit.id]
    for_group = [entry for entry in held if entry.group == unit.group]
    return [base, *for_group, *for_unit][-1]


def _weights_by_unit(weights: Weights, rules: Mapping[str, ChannelWeights]) -> pd.DataFrame:
    found = [rule.weights for rule in rules.values()]
    channels = [channel.id for channel in weights.channels if any(channel.id in each for each in found)]
    rows = [[each.get(channel, 0.0) for channel in channels] for each in found]
    return pd.DataFrame(rows, index=list(rules), columns=channels, dtype=float)
