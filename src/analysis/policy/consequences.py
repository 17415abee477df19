"""What follows from results, how the ledger is pressed and what is shown to whom: `params/consequences.yml`."""

from typing import Literal

from pydantic import Field

from analysis.policy.base import Dated, Model, Name

Light = Literal["green", "yellow", "red"]
OpenState = Literal["unassigned", "rectifying", "to_accept", "returned"]


class ConsequenceRules(Dated):
    """How annual results lead to interview, notice and blacklist (R21, R22, S9, S27)."""

    document: Name
    blacklist_years: int = Field(ge=1)
    warn_years: int = Field(ge=1)
    clear_years: int = Field(ge=1)
    successor_inherits: Literal["none", "new_only", "always"]
    provisional_year: Literal["counts", "neither"]
    interview_working_days: int = Field(gt=0)
    rectify_working_days: int = Field(gt=0)
    measures_working_days: int = Field(gt=0)
    answer_working_days: int = Field(gt=0)


class LedgerRules(Dated):
    """Lights, dunning and repeated problems of the rectification ledger (R2, R6, R9, S22)."""

    document: Name
    yellow_working_days: int = Field(ge=0)
    joint_sources: tuple[Name, ...]
    dun_lights: tuple[Light, ...]
    dun_states: tuple[OpenState, ...]
    dun_working_days: int = Field(gt=0)
    repeat_months: int = Field(ge=0)
    repeat_similarity: float = Field(gt=0, le=1)


class PackRules(Model):
    """What protects those who are not the reader of a page (S23, S26)."""

    minimum_group: int = Field(ge=3)
    peer_step_points: float = Field(gt=0)
    small_count: int = Field(ge=1)
    public_units: Literal["none", "departments"]


class Consequences(Model):
    """`params/consequences.yml`."""

    rules: tuple[ConsequenceRules, ...]
    ledger: tuple[LedgerRules, ...]
    packs: PackRules
