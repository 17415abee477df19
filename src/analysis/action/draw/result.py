"""What a round of a draw publishes, as typed models: tickets, drawn units, inspectors, every skip, every violation."""

from datetime import date
from typing import Literal

from pydantic import Field

from analysis.action.draw.announcement import AnnouncedSource, DrawId, Hash
from analysis.policy.base import Identifier, Model, Name

CodeStatus = Literal["revealed", "missing_reveal", "late_reveal"]
UnitReason = Literal["already_drawn", "vacated", "no_lawful_team"]
InspectorReason = Literal["recusal", "load_limit", "look_ahead"]


class Ticket(Model):
    """A candidate's ticket within a stratum."""

    stratum: Identifier
    unit_id: Identifier
    ticket: Hash


class Place(Model):
    """A drawn unit: its stratum, its order in the draw, its inspectors and its duties, in the order drawn."""

    stratum: Identifier
    order: int = Field(ge=1)
    unit_id: Identifier
    inspectors: tuple[Identifier, ...]
    duties: tuple[Identifier, ...] = Field(default=(), exclude_if=lambda duties: not duties)


class UnitSkip(Model):
    """A candidate that was passed over though its ticket came first."""

    stratum: Identifier
    unit_id: Identifier
    reason: UnitReason


class InspectorSkip(Model):
    """An inspector who was passed over for a unit though their ticket came first."""

    unit_id: Identifier
    inspector_id: Identifier
    reason: InspectorReason


class Vacancy(Model):
    """A drawn unit that cannot be inspected, with the published reason."""

    unit_id: Identifier
    published_on: date
    reason: Name
    document: Name


class DeclaredVacancy(Vacancy):
    """A vacancy as it is published before anyone knows the public numbers that decide its replacement (S48)."""

    format: Literal["draw-vacancy/1"] = "draw-vacancy/1"
    draw_id: DrawId
    announcement_hash: Hash
    round: int = Field(ge=1)
    sources: tuple[AnnouncedSource, ...]
    reveal_by: date


class Reveal(Model):
    """The code that a round used: revealed, or the last public link of the chain where the reveal failed.

    `late_code` is what the office revealed after the deadline: evidence, never used.
    """

    round: int = Field(ge=0)
    on: date
    status: CodeStatus
    code: Hash
    late_code: Hash | None = None


class Result(Model):
    """A round of a draw: round 0 draws all places, a later one fills the vacancy it names.

    A vacancy that was not declared apart stands only in draws announced before S48.
    """

    format: Literal["draw-result/1"] = "draw-result/1"
    draw_id: DrawId
    announcement_hash: Hash
    previous_hash: Hash | None
    vacancy: DeclaredVacancy | Vacancy | None
    public_numbers: tuple[tuple[int, ...], ...]
    public_text: str
    reveal: Reveal
    key: Hash
    tickets: tuple[Ticket, ...]
    drawn: tuple[Place, ...]
    unit_skips: tuple[UnitSkip, ...]
    inspector_skips: tuple[InspectorSkip, ...]
    violations: tuple[Literal["missing_reveal", "late_reveal"], ...]


def result_name(round_: int) -> str:
    """Return the name of the public file of a round."""
    return "result.json" if round_ == 0 else f"replacement-{round_}.json"


def vacancy_name(round_: int | str) -> str:
    """Return the name of the public file that declares the vacancy which a round fills."""
    return f"vacancy-{round_}.json"
