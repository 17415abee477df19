"""What lists a unit on the watch list (R9, S15), and the limits of the funnel plot: `params/watch.yml`."""

from typing import Annotated, Literal

from pydantic import Field

from analysis.policy.base import Dated, Model, Name

Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(gt=0, lt=100)]


class BelowLine(Model):
    """A rate under a line: `exact_fdr` beyond chance among all tests of the month, `threshold` the plain rate."""

    method: Literal["exact_fdr", "threshold"]
    below_pct: Percent


class AboveOwnRate(Model):
    """A count above the district's own rate, beyond overdispersed chance, with at least `minimum` events."""

    method: Literal["exact_fdr"]
    tail_pct: Share
    minimum: int = Field(gt=0)


class TopShare(Model):
    """In the top share of all ranked units, with at least `minimum` events."""

    method: Literal["top_share"]
    top_share_pct: Share
    minimum: int = Field(gt=0)
    quantile_method: Literal["higher"]


Count = Annotated[AboveOwnRate | TopShare, Field(discriminator="method")]


class BottomPlaces(Model):
    """In the monthly bottom places so many months running, with at least this probability of being there in all."""

    months: int = Field(gt=0)
    probability_pct: Percent


class WatchRules(Dated):
    """What lists a unit, and what takes it off (S15)."""

    document: Name
    window_months: int = Field(gt=0, le=12)
    minimum_cases: int = Field(gt=0)
    false_discovery_pct: Share
    attention_pct: Share
    satisfaction: BelowLine
    on_time: BelowLine
    repeats: Count
    attitude_complaints: Count
    bottom_five: BottomPlaces
    clean_months: int = Field(gt=0)
    confidence_pct: float = Field(gt=50, lt=100)


class Funnel(Model):
    """The two limits of the funnel plot, as two-sided shares in % of what chance alone does."""

    warning_pct: float = Field(gt=50, lt=100)
    action_pct: float = Field(gt=50, lt=100)


class Watch(Model):
    """`params/watch.yml`."""

    rules: tuple[WatchRules, ...]
    funnel: Funnel
