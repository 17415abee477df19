"""The thresholds of the watch list (R9, S15) and of the funnel plot: `params/watch.yml`."""

from typing import Annotated, Literal

from pydantic import Field

from analysis.policy.base import Dated, Model, Name

Percent = Annotated[float, Field(ge=0, le=100)]


class TopShare(Model):
    """In the top share of all ranked units, with at least `minimum` cases."""

    top_share_pct: float = Field(gt=0, lt=100)
    minimum: int = Field(gt=0)


class WatchRules(Dated):
    """What lists a unit, and what takes it off (S15)."""

    document: Name
    satisfaction_below_pct: Percent
    on_time_below_pct: Percent
    repeats: TopShare
    attitude_complaints: TopShare
    bottom_five_months: int = Field(gt=0)
    clean_months: int = Field(gt=0)
    quantile_method: Literal["higher"]
    confidence_pct: float = Field(gt=50, lt=100)


class Funnel(Model):
    """The two limits of the funnel plot, as two-sided shares in % of what chance alone does."""

    warning_pct: float = Field(gt=50, lt=100)
    action_pct: float = Field(gt=50, lt=100)


class Watch(Model):
    """`params/watch.yml`."""

    rules: tuple[WatchRules, ...]
    funnel: Funnel
