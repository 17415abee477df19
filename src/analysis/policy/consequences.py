"""What follows from results, how the ledger is pressed and what is shown to whom: `params/consequences.yml`."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from analysis.policy.base import Dated, Model, Name
from analysis.policy.errors import PolicyError
from analysis.policy.load import load_yaml

Light = Literal["green", "yellow", "red"]
OpenState = Literal["unassigned", "rectifying", "to_accept", "returned"]
D = TypeVar("D", bound=Dated)


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

    def rules_at(self, period: str) -> ConsequenceRules:
        """Return the rules of consequences in force in a month.

        Raises:
            PolicyError: none are.
        """
        return _in_force(self.rules, period, "rules")

    def ledger_at(self, period: str) -> LedgerRules:
        """Return the rules of the ledger in force in a month.

        Raises:
            PolicyError: none are.
        """
        return _in_force(self.ledger, period, "ledger")


def load_consequences(folder: Path) -> Consequences:
    """Read `consequences.yml` in the folder `params/`.

    Raises:
        PolicyError: the file is missing or wrong; names key, value found and what is allowed.
    """
    return load_yaml(Path(folder) / "consequences.yml", Consequences)


def _in_force(entries: tuple[D, ...], period: str, name: str) -> D:
    for entry in entries:
        if entry.holds_in(period):
            return entry
    raise PolicyError(f"params/consequences.yml: {name}: no entry holds in {period}; add one whose `from` is not later")
