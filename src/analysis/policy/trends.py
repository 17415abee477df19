"""Typed rules of long trends, and what is asked about raters and data (`params/trends.yml`, S25, S34)."""

from typing import Literal

from pydantic import Field

from analysis.policy.base import Model


class SlopeRules(Model):
    """From how many months on a slope is stated."""

    least_months: int = Field(ge=12)


class ChangePointRules(Model):
    """When a series may be cut, and what a cut must gain: penalty · noise variance · ln(months)."""

    least_months: int = Field(ge=12)
    least_segment_months: int = Field(ge=3)
    penalty: float = Field(gt=0)


class SeasonalityRules(Model):
    """How many whole years a season is looked for in; more than `most_years` are not needed."""

    least_years: int = Field(ge=3)
    most_years: int = Field(ge=3, le=4)


class LeniencyRules(Model):
    """From how many marks on, and from which gap in points on, a rater's leniency is stated."""

    least_marks: int = Field(ge=2)
    least_gap_points: float = Field(ge=0)


class CompressionRules(Model):
    """Marks are compressed where `share_pct` of them lie in a band of `band_points`."""

    least_marks: int = Field(ge=2)
    band_points: float = Field(gt=0)
    share_pct: float = Field(gt=0, le=100)


class MissingnessRules(Model):
    """Missing data is a finding where the total gains, and where it is missing more often than for the group."""

    gain_points: float = Field(ge=0)
    gap_share_pct: float = Field(ge=0, le=100)


class RaterRules(Model):
    """Findings on raters over the last `months`, and how far back the what-if without leniency looks."""

    months: int = Field(gt=0)
    whatif_months: int = Field(gt=0)
    leniency: LeniencyRules
    compression: CompressionRules
    missingness: MissingnessRules


class WorseningRules(Model):
    """When an indicator is worse than its own past: one-sided t test against the months before (S33)."""

    method: Literal["own_past_t"]
    months: int = Field(gt=0)
    least_months: int = Field(ge=6)
    least_points: float = Field(ge=0)


class IntegrityRules(Model):
    """What is compared with a unit's group to ask whether data are as they should be (S34): one-sided exact tests."""

    method: Literal["exact_fdr"]
    months: int = Field(gt=0)
    minimum_cases: int = Field(gt=0)
    hand_over_days: int = Field(ge=0)
    open_months: int = Field(gt=0)


class TrendRules(Model):
    """All of `params/trends.yml`."""

    confidence: float = Field(gt=0.5, lt=1)
    false_discovery_pct: float = Field(gt=0, lt=100)
    slope: SlopeRules
    change_points: ChangePointRules
    seasonality: SeasonalityRules
    raters: RaterRules
    worsening: WorseningRules
    integrity: IntegrityRules
