"""The rules of inspection draws (R12, S14): typed model of `params/draw.yml`."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name
from analysis.policy.messages import say

# Announcements carry the rules and are hashed: a text has one form, a float has many.
Figure = Annotated[Decimal, PlainSerializer(str, return_type=str)]


class DrawStratum(Model):
    """A stratum of the draw: the named units, the watch list, an ordinary group of units, or all of them."""

    id: Identifier
    name: Name
    kind: Literal["must", "watch", "departments", "towns", "all"]

    @property
    def is_ordinary(self) -> bool:
        """Whether the stratum holds units by what they are (R3), not by why they are looked at."""
        return self.kind in ("departments", "towns")


class PublicSource(Model):
    """Numbers of one drum of a public draw that nobody in the office can move (RFC 3797, section 3.1)."""

    name: Name
    part: Name
    count: int = Field(ge=1, le=100)
    low: int = Field(ge=0)
    high: int = Field(ge=0)
    width: int = Field(default=1, ge=1, le=20)  # digits as published; 1 suppresses leading zeros, as RFC 3797 does

    @model_validator(mode="after")
    def _enough_numbers(self):
        if self.high - self.low + 1 < self.count:
            told = say("{count} different numbers cannot lie between {low} and {high}")
            raise ValueError(told.format(count=self.count, low=self.low, high=self.high))
        return self


class DrawRules(Dated):
    """How inspection draws are held over a span of months (R12, S14)."""

    minimum_share_pct: Figure = Field(gt=0, le=100)
    minimum_per_month: int = Field(ge=1)
    maximum_per_year: int = Field(ge=1)
    watch_factor: Figure = Field(ge=1)
    all_units_places: int = Field(ge=0)
    rest_months: int = Field(ge=0)
    inspectors_per_visit: int = Field(ge=1)
    visits_per_inspector: int = Field(ge=1)
    # Rules announced before duties were drawn (S42) name none; their bytes stay as they were published.
    duties_per_visit: int = Field(default=0, ge=0, exclude_if=lambda count: count == 0)
    notice_days: int = Field(ge=1)
    reveal_days: int = Field(ge=1)
    replacement_reveal_days: int = Field(ge=1)
    chain_length: int = Field(ge=1, le=1000)
    enough_public_bits: int = Field(ge=1)
    strata: tuple[DrawStratum, ...]
    public_sources: tuple[PublicSource, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _strata_are_complete(self):
        kinds = [stratum.kind for stratum in self.strata]
        if sorted(kinds) != sorted({"must", "watch", "departments", "towns", "all"}):
            raise ValueError(say("`strata` must hold one each of must, watch, departments, towns and all"))
        if (kinds[0], kinds[-1]) != ("must", "all"):
            raise ValueError(say("`strata` stand in the order of drawing: must first, all last"))
        if len({stratum.id for stratum in self.strata}) < len(self.strata):
            raise ValueError(say("two strata have the same id"))
        return self


class Draw(Model):
    """`params/draw.yml`: the rules of draws by date."""

    rules: tuple[DrawRules, ...]
