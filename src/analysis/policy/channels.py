"""Channels, and their weights by date (R17, R18, S16, S31)."""

from typing import Annotated

from pydantic import Field, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name, Share
from analysis.policy.messages import say


class ChannelName(Model):
    """A channel (R17) and the name that pages show."""

    id: Identifier
    name: Name
    short: Name


class ChannelWeights(Dated):
    """Channel weights, summing to 100; with `unit` or `group` they adjust the base (R17, R18, S16)."""

    document: Name
    reason: str = ""
    unit: Identifier | None = None
    group: Identifier | None = None
    weights: dict[Identifier, Share]

    @property
    def subject(self) -> str:
        """The unit or group whose weights are adjusted; empty for the base."""
        return self.unit or self.group or ""

    @model_validator(mode="after")
    def _sum_to_100(self):
        total = sum(self.weights.values())
        if abs(total - 100) > 1e-9:
            raise ValueError(say("weights sum to {total:g}, they must sum to 100 (S16)").format(total=total))
        return self


class BaseWeights(ChannelWeights):
    """The weights of all units, and from how many indicators with data on a channel counts (S31; 1 where unnamed)."""

    minimum_indicators: dict[Identifier, Annotated[int, Field(gt=0)]] = {}


class Weights(Model):
    """`params/weights.yml`: the channels, the base weights and their dated adjustments."""

    channels: tuple[ChannelName, ...]
    base: tuple[BaseWeights, ...]
    adjustments: tuple[ChannelWeights, ...] = ()
