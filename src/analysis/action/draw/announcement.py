"""What an office publishes before a draw, as typed models (R12): nothing that is decided later can be moved by it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from analysis.policy.base import Identifier, Model, Name, Period
from analysis.policy.draw import DrawRules, DrawStratum, PublicSource
from analysis.policy.messages import say

# No `|` and no `+`: they separate the parts of what is hashed.
DrawId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Issue = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,20}$")]

# An issue that begins so was never drawn: no real lottery is told of numbers that it did not draw.
MADE_UP_ISSUE = "SYNTHETIC-"


class PoolUnit(Model):
    """An eligible unit of this draw."""

    unit_id: Identifier
    name: Name
    stratum: Identifier
    is_must: bool = False
    is_watch: bool = False


class Visit(Model):
    """An earlier visit by draw: counts for the yearly cap and for the rest (S14)."""

    unit_id: Identifier
    period: Period


class Inspector(Model):
    """An inspector and the most visits that may fall to them in this draw; empty: the rules' limit."""

    inspector_id: Identifier
    name: Name
    load_limit: int | None = Field(default=None, ge=0)


class PoolDuty(Model):
    """A duty that may be looked at in those of the draw's units that it falls to (R8, S42)."""

    duty_id: Identifier
    name: Name
    unit_ids: tuple[Identifier, ...] = Field(min_length=1)


class Recusal(Model):
    """An inspector who may not visit a unit (回避, S14). The reason is kept by the office, not published."""

    inspector_id: Identifier
    unit_id: Identifier


class PublicDraw(Model):
    """A future public draw whose numbers will be used."""

    name: Name
    issue: Issue
    date: date


class AnnouncedSource(PublicSource):
    """One drum of an announced public draw."""

    issue: Issue
    date: date


class Stratum(DrawStratum):
    """A stratum of this draw: how many are taken from which candidates."""

    number: int = Field(ge=0)
    candidates: tuple[Identifier, ...]


class DrawInputs(Model):
    """What the office decides before it announces a draw."""

    draw_id: DrawId
    period: Period
    district: Name
    published_on: date
    units: tuple[PoolUnit, ...] = Field(min_length=1)
    inspectors: tuple[Inspector, ...]
    recusals: tuple[Recusal, ...] = ()
    duties: tuple[PoolDuty, ...] = ()
    history: tuple[Visit, ...] = ()
    public_draws: tuple[PublicDraw, ...] = Field(min_length=1)
    later_draws: tuple[PublicDraw, ...] = ()  # those that decide replacements (S48)
    chain_head: Hash | None = None  # set by the command

    @model_validator(mode="after")
    def _ids_are_known_and_single(self):
        units = [unit.unit_id for unit in self.units]
        inspectors = [person.inspector_id for person in self.inspectors]
        duties = [duty.duty_id for duty in self.duties]
        for kind, ids in (("unit", units), ("inspector", inspectors), ("duty", duties)):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(say("{kind} {twice} stands twice; keep one").format(kind=kind, twice=twice[0]))
        for recusal in self.recusals:
            if recusal.unit_id not in units or recusal.inspector_id not in inspectors:
                told = say("recusal {inspector_id} / {unit_id} names nobody in this draw")
                raise ValueError(told.format(inspector_id=recusal.inspector_id, unit_id=recusal.unit_id))
        for duty in self.duties:
            strange = [unit_id for unit_id in duty.unit_ids if unit_id not in units]
            if strange:
                told = say("duty {duty_id}: unit {unit_id} is not in this draw")
                raise ValueError(told.format(duty_id=duty.duty_id, unit_id=strange[0]))
        late = sorted({v.period for v in self.history if v.period > self.period})
        if late:
            raise ValueError(
                say("history holds visits of {late}, after {period}").format(late=late[0], period=self.period)
            )
        return self


class Announcement(Model):
    """The public announcement; its file's SHA-256 goes into every ticket, so that no byte can be changed later."""

    format: Literal["draw/1", "draw/2"]
    draw_id: DrawId
    period: Period
    district: Name
    published_on: date
    reveal_by: date
    commitment: Hash
    rules: DrawRules
    sources: tuple[AnnouncedSource, ...]
    strata: tuple[Stratum, ...]
    units: tuple[PoolUnit, ...]
    inspectors: tuple[Inspector, ...]
    recusals: tuple[Recusal, ...]
    history: tuple[Visit, ...]
    # Draws of units and inspectors alone name none.
    duties: tuple[PoolDuty, ...] = Field(default=(), exclude_if=lambda duties: not duties)
    # Draws announced before S48 (draw/1) name none; their bytes stay as they were published.
    later_draws: tuple[PublicDraw, ...] = Field(default=(), exclude_if=lambda draws: not draws)
    # The head of the district's chain of publications (S45); none where nothing was published before.
    chain_head: Hash | None = Field(default=None, exclude_if=lambda head: head is None)

    @property
    def is_made_up(self) -> bool:
        """Whether a public draw that decides was never held, so that its numbers stand nowhere else."""
        return any(source.issue.startswith(MADE_UP_ISSUE) for source in self.sources)

    @property
    def n_named(self) -> int:
        """How many units the office named, which are in no lot (必查)."""
        return sum(stratum.number for stratum in self.strata if stratum.kind == "must")

    @property
    def numbers_known_on(self) -> date:
        """The day of the last public draw used."""
        return max(source.date for source in self.sources)

    def duties_of(self, unit_id: str) -> list[str]:
        """Return the ids of the duties that may be looked at in a unit."""
        return [duty.duty_id for duty in self.duties if unit_id in duty.unit_ids]

    def stratum(self, stratum_id: str) -> Stratum:
        """Return the stratum with this id."""
        return next(stratum for stratum in self.strata if stratum.id == stratum_id)

    def deciding_draw(self, published_on: date) -> PublicDraw | None:
        """Return the public draw that decides a vacancy: the first later one after `notice_days` (S48)."""
        first = published_on + timedelta(days=self.rules.notice_days)
        return next((draw for draw in self.later_draws if draw.date >= first), None)


def list_drums(rules: DrawRules, draws: Iterable[PublicDraw]) -> tuple[AnnouncedSource, ...]:
    """Return every drum of the public draws, in the order of the rules."""
    named = {draw.name: draw for draw in draws}
    return tuple(
        AnnouncedSource(**source.model_dump(), issue=named[source.name].issue, date=named[source.name].date)
        for source in rules.public_sources
        if source.name in named
    )


def reveal_deadline(rules: DrawRules, sources: tuple[AnnouncedSource, ...]) -> date:
    """Return the last day on which the office may reveal its code (R12)."""
    return max(source.date for source in sources) + timedelta(days=rules.reveal_days)
