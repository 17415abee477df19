"""Typed models of what `params/` says about district, units, grading and tiers (R3, R7, R16–R19)."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name, Period, Share
from analysis.policy.messages import say


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
        progress: where one asks how far a request is.
        results: where one is not content with how a request was handled.
        staffing: where one tells of bodies, posts and duties.
        pages: where one asks about pages and lots; units and copied offices read it too.
        announcements: where announcements of lots are published on their day, for all to compare.
        section: whom of the office one asks about a paper, printed below it; empty leaves a blank.
        phone: its telephone, printed beside it; empty leaves a blank.
    """

    progress: str = ""
    results: str = ""
    staffing: str = ""
    pages: str = ""
    announcements: str = ""
    section: str = ""
    phone: str = ""


class District(Model):
    """Who supervises: the district, its office and its first month (`params/district.yml`).

    Attributes:
        id: made once by `analysis init` and never changed; the first line of the chain names it, so that another
            district's chain is known for what it is (S45). Empty in a district begun before there were ids.
        language: what the command line says and asks in: `zh`, or `en` for English.
        calls_itself: what the office calls itself in its own papers, such as 我办; empty: by its name.
        document_prefix: how numbers of documents begin that its rules may cite; empty: in any way (S37).
    """

    id: Identifier | Literal[""] = ""
    name: Name
    office: Name
    calls_itself: str = ""
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
