"""Typed models of what `params/` says about units, indicators, weights and grading (R3, R7, R15–R19)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name, Period, Share
from analysis.policy.messages import say
from analysis.policy.method import Direction, Raw
from analysis.policy.methods import NamedMethod
from analysis.policy.period import SCOPES

Scope = Literal[tuple(SCOPES)]


class Objection(Model):
    """How and until when a unit may object to a draft (S21).

    Attributes:
        publication_working_day: the working day of the next month on which a month is published, unless a run says it.
        working_days: how many working days after its publication a draft is open to objections.
    """

    publication_working_day: int = Field(default=3, gt=0)
    working_days: int = Field(gt=0)
    contact: Name
    how: str


class Contacts(Model):
    """Whom the public turns to, as its pages print it (R5, R12); what is empty is told as not registered.

    Attributes:
        results: where one is not content with how a request was handled.
        staffing: where one tells of bodies, posts and duties.
        pages: where one asks about pages and lots; units and copied offices read it too.
        announcements: where announcements of lots are published on their day, for all to compare.
    """

    results: str = ""
    staffing: str = ""
    pages: str = ""
    announcements: str = ""


class District(Model):
    """Who supervises: the district, its office and its first month (`params/district.yml`).

    Attributes:
        id: made once by `analysis init` and never changed; the first line of the chain names it, so that another
            district's chain is known for what it is (S45). Empty in a district begun before there were ids.
        language: what the command line says and asks in: `zh`, or `en` for English.
        document_prefix: how numbers of documents begin that its rules may cite; empty: in any way (S37).
    """

    id: Identifier | Literal[""] = ""
    name: Name
    office: Name
    start: Period
    is_synthetic: bool
    language: Literal["zh", "en"] = "zh"
    document_prefix: tuple[Name, ...] = ()
    objection: Objection
    contacts: Contacts = Contacts()
    copied_offices: tuple[Name, ...]


class Group(Model):
    """A group of comparable units; ranks within groups stand beside the district's (S8)."""

    id: Identifier
    name: Name


class Unit(Dated):
    """An assessed unit (R3). Its id never changes; a rename adds an alias, a merger sets `merged_into` (S9)."""

    id: Identifier
    name: Name
    aliases: tuple[Name, ...] = ()
    group: Identifier
    is_town: bool = False
    is_window: bool = False
    merged_into: Identifier | None = None

    @model_validator(mode="after")
    def _merger_has_an_end(self):
        if self.merged_into is not None and self.to is None:
            raise ValueError(say("a unit with `merged_into` needs `to`, its last month"))
        return self


class DataSource(Model):
    """Where an indicator's raw values are delivered: a kind of sheet and, where needed, its fields.

    Attributes:
        sheet: the kind of sheet.
        numerator: of a sheet of counts, the field that holds it.
        denominator: of a sheet of counts, the field that holds it.
        value: of a sheet of counts, the field of a value that is no quotient of two.
        standard: of a sheet of counts, the field of the unit's own baseline or target.
        mark: which of a task's marks.
        measure: which rate of tickets or of the ledger.
    """

    sheet: Identifier
    numerator: Identifier | None = None
    denominator: Identifier | None = None
    value: Identifier | None = None
    standard: Identifier | None = None
    mark: Literal["lead", "co-operating", "coordination"] | None = None
    measure: Identifier | None = None


class Indicator(Dated):
    """One of the 23 indicators (R15) for a span of months; a changed rule is a new entry with the same id.

    Attributes:
        parent: the level between indicator and channel that it belongs to; none: it stands in the channel itself.
        weight: within its parent, or within its channel.
        minimum_cases: the fewest cases on which a rate of cases scores (S30).
        fill_months: how many months before a month may fill its cases up.
        fill_cases: the cases up to which they do, where that is not `minimum_cases`: a rate that weighs much rests on
            more.
        full_cases: the cases, of all these months, on which it has its whole weight; on fewer less, so that no single
            case moves a total by more than a point.
        window_months: scope → the months up to its last whose visits it averages in place of its own months' (S13).
        standards: unit → its own baseline or target, where no column says it.
        missing: where there is no mark: `share` its weight among the others (S11), or take the `mean` of the group's.
    """

    id: Identifier
    name: Name
    aliases: tuple[Name, ...] = ()
    family: Identifier
    channel: Identifier
    parent: Identifier | None = None
    weight: float = Field(gt=0)
    unit: Name
    small_values: bool = False
    method: NamedMethod
    direction: Direction
    over_year: Literal["mean", "pool", "latest"]
    data: DataSource
    minimum_cases: int | None = Field(default=None, gt=0)
    fill_months: int | None = Field(default=None, gt=0)
    fill_cases: int | None = Field(default=None, gt=0)
    full_cases: int | None = Field(default=None, gt=0)
    window_months: dict[Scope, Annotated[int, Field(gt=0)]] = {}
    standards: dict[Identifier, float] = {}
    missing: Literal["share", "mean"] = "share"
    origin: Literal["source", "supplement"]
    phrase: str = ""
    rule: str
    groups: tuple[Identifier, ...] = ()

    def score(self, raw: Raw) -> np.ndarray:
        """Return the points 0–100 of raw values (…, N), NaN where there is nothing to score (S29)."""
        return self.method.score(raw, self.direction)

    def in_shares(self, value: float) -> float:
        """Return a value in the indicator's unit as methods take it: a rate in % as a share of 1."""
        return value / 100 if self.unit == "%" and self.method.is_share else value

    def credibility(self, cases: np.ndarray) -> np.ndarray:
        """Return the share of its weight (…) that a rate has on so many cases (S30).

        Nothing below `minimum_cases`, then in even steps the whole at `full_cases`; without these always the whole.
        """
        if self.minimum_cases is None or self.full_cases is None:
            return np.ones(np.shape(cases))
        below = self.minimum_cases - 1
        return np.clip((cases - below) / (self.full_cases - below), 0.0, 1.0)

    def cases_behind(self, credibility: float) -> float:
        """Return on how many cases a rate has this share of its weight, one between nothing and the whole (S30)."""
        return self.minimum_cases - 1 + credibility * (self.full_cases - self.minimum_cases + 1)

    @property
    def months_back(self) -> int:
        """How many months before a scope's last month its score may rest on, beside the scope's own (S13, S30)."""
        return max(self.fill_months or 0, *(months - 1 for months in self.window_months.values()), 0)

    def counts_like(self, other: "Indicator | None") -> bool:
        """Tell whether the cases of `other` may stand beside this one's: same source, method and direction (S30)."""
        return other is not None and all(
            getattr(self, name) == getattr(other, name) for name in ("data", "method", "direction")
        )

    @field_validator("direction")
    @classmethod
    def _direction_fits_the_method(cls, direction: Direction, found: ValidationInfo) -> Direction:
        method = found.data.get("method")
        if method is not None and direction not in method.directions:
            told = say("method {name} allows: {directions} (S38)")
            raise ValueError(told.format(name=method.name, directions=", ".join(method.directions)))
        return direction

    @model_validator(mode="after")
    def _source_has_its_phrase(self):
        if self.origin == "source" and not self.phrase:
            raise ValueError(say("an indicator with `origin: source` quotes its `phrase`"))
        return self

    @model_validator(mode="after")
    def _pooling_needs_counts(self):
        if self.over_year == "pool" and not self.method.pools:
            raise ValueError(
                say("method {name} has no numerator and denominator to `pool`").format(name=self.method.name)
            )
        if self.over_year == "pool" and not (self.data.denominator or self.data.measure):
            raise ValueError(say("`pool` needs counts, and `data` names no denominator and no measure: take `mean`"))
        return self

    @model_validator(mode="after")
    def _standards_fit_the_method(self):
        if self.method.needs_standard != bool(self.standards or self.data.standard):
            told = say(
                "a method against a unit's own baseline or target, and no other, takes `standards` or `data.standard`"
            )
            raise ValueError(told)
        return self

    @model_validator(mode="after")
    def _minimum_needs_cases(self):
        if (self.minimum_cases is None) != (self.fill_months is None):
            raise ValueError(say("`minimum_cases` and `fill_months` go together (S30)"))
        if self.fill_cases is not None and self.fill_cases < (self.minimum_cases or np.inf):
            raise ValueError(say("`fill_cases` is no fewer than `minimum_cases` (S30)"))
        if self.full_cases is not None and self.full_cases < (self.fill_cases or self.minimum_cases or np.inf):
            raise ValueError(say("`full_cases` is no fewer than `minimum_cases` and `fill_cases` (S30)"))
        has_cases = self.method.is_share and self.over_year == "pool" and (self.data.measure or self.data.denominator)
        if self.minimum_cases is not None and not has_cases:
            raise ValueError(say("`minimum_cases` needs a rate whose cases are counted and pooled over the year (S30)"))
        if self.window_months and self.over_year != "mean":
            raise ValueError(say("`window_months` needs `over_year: mean` (S13)"))
        return self


class Rounding(Model):
    """How a score is published: quantised first, then rounded once, half up (S4)."""

    decimals: int = Field(ge=0, le=4)
    quantum: float = Field(gt=0, lt=1e-4)
    method: Literal["half_up"]


class Grading(Dated):
    """Tiers, ties, bottom places, bonus and caps in force over a span of months (R19, R21, S3–S8, S17).

    Attributes:
        quotas: tier → its share of the units in %, where places make tiers.
        at_least_one: tiers that have a place however small their share.
        lines: tier → the score from which it is given, where scores make tiers; with quotas a unit needs both.
        line_is: whether a score on a line reaches it, or only one above.
    """

    quotas: dict[Identifier, Share] = {}
    at_least_one: tuple[Identifier, ...] = ()
    lines: dict[Identifier, Share] = {}
    line_is: Literal["at_or_above", "above"] = "at_or_above"
    remainder_order: tuple[Identifier, ...] = ()
    tier_scope: Literal["all", "group"]
    tie_keys: tuple[Literal["workload_per_head", "key_work_score", "deductions"], ...]
    workload_indicator: Identifier | None
    key_work_channel: Identifier | None
    tie_at_line: dict[Identifier, Literal["down", "up"]] = {}
    bottom_places: int = Field(ge=0)
    interview_tiers: tuple[Identifier, ...]
    minimum_months: int = Field(default=9, ge=1, le=12)
    small_district_below: int = Field(ge=0)
    judgement_steps: int = Field(ge=0)
    bonus_cap: float = Field(ge=0)
    veto_cap: Identifier
    adjustments_over_year: Literal["sum"]
    rounding: Rounding

    @property
    def tiers(self) -> tuple[str, ...]:
        """The ids of the tiers, from the best to the last."""
        return tuple(self.lines or self.quotas)

    @field_validator("quotas")
    @classmethod
    def _quotas_sum_to_100(cls, quotas: dict[str, float]) -> dict[str, float]:
        if quotas and abs(sum(quotas.values()) - 100) > 1e-9:
            raise ValueError(
                say("quotas sum to {quotas:g}, they must sum to 100 (R19)").format(quotas=sum(quotas.values()))
            )
        return quotas

    @model_validator(mode="after")
    def _places_or_scores_make_tiers(self):
        if not self.quotas and (self.remainder_order or self.tie_at_line or self.at_least_one):
            raise ValueError(say("`remainder_order`, `tie_at_line` and `at_least_one` go with `quotas`"))
        if not self.tiers or (self.quotas and self.lines and self.quotas.keys() != self.lines.keys()):
            raise ValueError(say("`quotas` or `lines` are needed; where both stand, they name the same tiers"))
        return self

    @model_validator(mode="after")
    def _tiers_have_quotas(self):
        if self.quotas and sorted(self.remainder_order) != sorted(self.tiers):
            raise ValueError(
                say("`remainder_order` must name each of {tiers} once").format(tiers=", ".join(self.tiers))
            )
        named = {"tie_at_line": self.tie_at_line, "veto_cap": [self.veto_cap], "interview_tiers": self.interview_tiers}
        named |= {"at_least_one": self.at_least_one}
        for key, found in named.items():
            if unknown := set(found) - set(self.tiers):
                told = say("`{key}` names {unknown}; allowed: {tiers}")
                raise ValueError(told.format(key=key, unknown=", ".join(sorted(unknown)), tiers=", ".join(self.tiers)))
        return self

    @model_validator(mode="after")
    def _tie_keys_have_their_source(self):
        for key, source in (("workload_per_head", "workload_indicator"), ("key_work_score", "key_work_channel")):
            if key in self.tie_keys and getattr(self, source) is None:
                raise ValueError(say("the tie key {key} needs `{source}`").format(key=key, source=source))
        return self


class TierName(Model):
    """A tier's name on pages."""

    id: Identifier
    name: Name


class Tiers(Model):
    """`params/tiers.yml`: the tiers from the best to the last, and the grading rules by date."""

    names: tuple[TierName, ...]
    grading: tuple[Grading, ...]

    @model_validator(mode="after")
    def _take_the_order_of_names(self):
        order = [tier.id for tier in self.names]
        ordered = []
        for number, grading in enumerate(self.grading, start=1):
            for key, values in (("quotas", grading.quotas), ("lines", grading.lines)):
                if unknown := values.keys() - set(order):
                    told = say("grading.{number}.{key}: found {unknown}; `names` has {order}")
                    found = {"number": number, "key": key, "unknown": ", ".join(unknown), "order": ", ".join(order)}
                    raise ValueError(told.format(**found))
            held = [tier for tier in order if tier in grading.tiers]
            if grading.quotas and grading.tie_at_line.keys() != set(held[:-1]):
                told = say("grading.{number}.tie_at_line: the lines of {held} are needed")
                raise ValueError(told.format(number=number, held=", ".join(held[:-1])))
            lines = [grading.lines[tier] for tier in held] if grading.lines else []
            if lines and (lines[-1] != 0 or any(better <= worse for better, worse in pairwise(lines))):
                told = say("grading.{number}.lines: they fall from the best tier to 0 at the last")
                raise ValueError(told.format(number=number))
            in_order = {
                key: {tier: values[tier] for tier in held}
                for key, values in (("quotas", grading.quotas), ("lines", grading.lines))
                if values
            }
            ordered.append(grading.model_copy(update=in_order))
        return self.model_copy(update={"grading": tuple(ordered)})


class Units(Model):
    """`params/units.yml`: groups and units."""

    groups: tuple[Group, ...]
    units: tuple[Unit, ...]


def share_in_channels(weights: np.ndarray, indicators: Sequence[Indicator], parents: Iterable["Parent"]) -> np.ndarray:
    """Return weights (U, I) of indicators as % of their channels, shared within their parents first (S2)."""
    found = np.array(weights, dtype=float)
    parent_of, channel_of = (np.array([getattr(i, key) or "" for i in indicators]) for key in ("parent", "channel"))
    wholes = [(parent.weight, parent_of == parent.id) for parent in parents]
    for whole, columns in [*wholes, *((100, channel_of == channel) for channel in np.unique(channel_of))]:
        sums = found[:, columns].sum(axis=1, keepdims=True)
        found[:, columns] = found[:, columns] / np.where(sums > 0, sums, 1) * whole
    return found


class FamilyName(Model):
    """A family's name on pages."""

    id: Identifier
    name: Name


class Parent(Model):
    """A level between indicator and channel, such as a pillar; its weight is that within the channel."""

    id: Identifier
    name: Name
    channel: Identifier
    weight: float = Field(default=1, gt=0)


class Indicators(Model):
    """`params/indicators.yml`: families, perhaps a level between indicators and channels, and the dated indicators."""

    families: tuple[FamilyName, ...]
    parents: tuple[Parent, ...] = ()
    indicators: tuple[Indicator, ...]
