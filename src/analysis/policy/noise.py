"""Which uncertainty the certainty of ranks reckons with: `params/noise.yml` (S4, R17, R18)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from analysis.policy.base import Dated, Model
from analysis.policy.messages import say

# The sources of noise in the order in which tables and texts show them.
SOURCES: tuple[str, ...] = ("counts", "inspections", "months", "rounding", "weights")

Sheet = Literal["scores", "info_system", "key_work", "inspections", "tickets", "ledger"]
WeightPoints = Annotated[float, Field(gt=0, le=100)]


class Switch(Model):
    """A source of noise that is on or off."""

    is_on: bool


class Counts(Switch):
    """Sampling of numerators, as overdispersed as the months show, for the indicators delivered in `sheets`."""

    sheets: tuple[Sheet, ...]


class Inspections(Switch):
    """Sampling of visits, each of which counts as one mark, for the indicators delivered in `sheets`."""

    sheets: tuple[Sheet, ...]
    min_degrees: int = Field(ge=1)


class Months(Switch):
    """Variation of a unit's months around its level, from the last `window` months of the unit itself (S32)."""

    window: int = Field(ge=2)
    min_months: int = Field(ge=3)

    @model_validator(mode="after")
    def _the_window_holds_the_fewest_months(self):
        if self.min_months > self.window:
            told = say("`min_months` {min_months} must not be more than `window` {window}")
            raise ValueError(told.format(min_months=self.min_months, window=self.window))
        return self


class WeightNoise(Switch):
    """The judgement about channel weights: each within ± `points` of the policy's, the sum stays 100."""

    points: WeightPoints


class Posterior(Model):
    """Likely ranks beside the guaranteed ones, where true differences are at least this share of what is seen."""

    method: Literal["goldstein_spiegelhalter"]
    least_reliability: float = Field(ge=0, lt=1)


class Margins(Model):
    """How far a unit's own channel weights may move when its margin is sought."""

    weight_points: WeightPoints


class Sensitivity(Model):
    """What a sensitivity analysis varies, and when its indices are refused."""

    weight_points: WeightPoints
    weight_share_pct: float = Field(gt=0, lt=100)
    first_samples: int = Field(ge=8)
    most_samples: int = Field(ge=8)
    max_half_width: float = Field(gt=0, lt=1)
    redundant_correlation: float = Field(gt=0, lt=1)
    joint_samples: int = Field(ge=20)
    joint_means: tuple[Literal["arithmetic", "geometric", "harmonic"], ...] = Field(min_length=1)
    outlying_skewness: float = Field(gt=0)
    outlying_kurtosis: float = Field(gt=0)

    @model_validator(mode="after")
    def _samples_are_powers_of_two(self):
        for samples in (self.first_samples, self.most_samples):
            if samples & (samples - 1):
                raise ValueError(
                    say("{samples} samples: Sobol's sequence needs a power of two").format(samples=samples)
                )
        return self


class NoiseModel(Dated):
    """The noise reckoned with over a span of months."""

    confidence_pct: float = Field(gt=50, lt=100)
    stable_pct: float = Field(gt=50, lt=100)
    replicates: int = Field(ge=100)
    seed: int = Field(ge=0)
    counts: Counts
    inspections: Inspections
    months: Months
    rounding: Switch
    weights: WeightNoise
    posterior: Posterior
    margins: Margins
    sensitivity: Sensitivity

    @model_validator(mode="after")
    def _stable_is_no_less_than_claimed(self):
        if self.stable_pct < self.confidence_pct:
            told = say("`stable_pct` {stable_pct:g} must not be less than {confidence_pct:g}")
            raise ValueError(told.format(stable_pct=self.stable_pct, confidence_pct=self.confidence_pct))
        return self

    def only(self, *sources: str) -> "NoiseModel":
        """Return the model with just these sources on (of those that are)."""
        switched = {
            name: getattr(self, name).model_copy(update={"is_on": getattr(self, name).is_on and name in sources})
            for name in SOURCES
        }
        return self.model_copy(update=switched)


class Noise(Model):
    """`params/noise.yml`: noise models by date."""

    models: tuple[NoiseModel, ...]
