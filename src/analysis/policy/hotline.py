"""How tickets of all channels are read and counted (R5, R8, R9, S12, S18–S20): `params/tickets.yml`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name
from analysis.policy.book import PolicyBook
from analysis.policy.duties import Duties, Matter, index_matters
from analysis.policy.errors import PolicyError
from analysis.policy.load import load_yaml
from analysis.policy.models import Unit
from analysis.policy.names import normalise_name
from analysis.policy.watch import Funnel, Watch, WatchRules

Percent = Annotated[float, Field(ge=0, le=100)]
YES_NO = ("is_call_back_valid", "is_satisfied", "is_attitude_complaint", "is_returned", "is_status_closed")


class TicketRules(Dated):
    """Time limits (S19), small numbers (S12) and repeats (R9) in force over a span of months."""

    document: Name
    limit_working_days: int = Field(gt=0)
    extension_max_working_days: int = Field(ge=0)
    return_max_working_days: int = Field(ge=0)
    return_restarts_limit: bool
    repeat_days: int = Field(gt=0)
    lookback_months: int = Field(ge=1)
    small_number: int = Field(ge=0)
    quantile_method: Literal["higher"]
    handling_quantiles_pct: tuple[Percent, Percent]


class TicketChannel(Model):
    """A channel of tickets and the words that name it in a file; it may have its own time limit."""

    id: Identifier
    name: Name
    words: tuple[Name, ...]
    limit_working_days: int | None = Field(default=None, gt=0)


class Words(Model):
    """What yes, no and not rated look like in a column; anything else is ambiguous."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    unrated: tuple[str, ...] = ()

    def meanings(self) -> dict[str, bool | None]:
        """Return normalised lower-case word → yes, no or not rated (None)."""
        by_meaning = ((True, self.positive), (False, self.negative), (None, self.unrated))
        return {normalise_name(word).casefold(): value for value, words in by_meaning for word in words}


class Adapter(Model):
    """A foreign file that becomes tickets by configuration: our field → column names in the file."""

    id: Identifier
    kind: Literal["tickets", "transfers"]
    required: tuple[Identifier, ...]
    columns: dict[Identifier, tuple[Name, ...]]
    constants: dict[Identifier, str] = {}
    date_formats: tuple[str, ...] = ()


class Rising(Model):
    """When a matter rises against its own seasonal past."""

    years: int = Field(gt=0)
    neighbours: int = Field(ge=0, le=5)
    minimum_months: int = Field(gt=1)
    threshold_z: float = Field(gt=0)
    minimum_ratio: float = Field(ge=1)
    minimum_count: int = Field(ge=0)


class Engine(Model):
    """What DuckDB may take of the machine."""

    memory_limit_mb: int = Field(gt=0)
    max_temp_directory_mb: int = Field(gt=0)
    threads: int = Field(gt=0)


class Tickets(Model):
    """`params/tickets.yml`."""

    rules: tuple[TicketRules, ...]
    channels: tuple[TicketChannel, ...]
    words: dict[Identifier, Words]
    date_formats: tuple[str, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    rising: Rising
    engine: Engine

    @model_validator(mode="after")
    def _every_yes_no_column_has_its_words(self):
        missing = sorted(set(YES_NO) - set(self.words))
        if missing:
            raise ValueError(f"`words` lack {', '.join(missing)}")
        if "other" not in {channel.id for channel in self.channels}:
            raise ValueError("`channels` need one with the id `other`, where tickets of an unknown channel are kept")
        return self


@dataclass(frozen=True)
class HotlinePolicy:
    """The rules of tickets, duties and watch list in force in one month."""

    period: str
    tickets: Tickets
    rules: TicketRules
    duties: Duties
    matters: tuple[Matter, ...]
    watch: WatchRules
    funnel: Funnel
    unit_id_by_name: dict[str, str]

    @cached_property
    def matter_by_name(self) -> dict[str, Matter]:
        """Normalised name or alias → matter."""
        return index_matters(self.matters)

    @cached_property
    def channel_by_word(self) -> dict[str, TicketChannel]:
        """Normalised lower-case word → channel of tickets."""
        channels = self.tickets.channels
        return {normalise_name(w).casefold(): c for c in channels for w in (c.id, c.name, *c.words)}


@dataclass(frozen=True)
class HotlineBook:
    """All of `params/tickets.yml`, `duties.yml` and `watch.yml`, from which any month's rules are taken."""

    book: PolicyBook
    tickets: Tickets
    duties: Duties
    watch: Watch

    def at(self, period: str) -> HotlinePolicy:
        """Return the rules in force in the month `period`.

        Raises:
            PolicyError: no rules hold in that month.
        """
        return HotlinePolicy(
            period=period,
            tickets=self.tickets,
            rules=_in_force(self.tickets.rules, period, "tickets.yml"),
            duties=self.duties,
            matters=tuple(matter for matter in self.duties.matters if matter.holds_in(period)),
            watch=_in_force(self.watch.rules, period, "watch.yml"),
            funnel=self.watch.funnel,
            unit_id_by_name=_units_by_name(self.book.units.units, period),
        )


def load_hotline(book: PolicyBook) -> HotlineBook:
    """Read and check the files of `params/` on tickets, duties and the watch list.

    Raises:
        PolicyError: a file is missing or wrong, or names a unit that `params/units.yml` does not know.
    """
    duties = load_yaml(book.folder / "duties.yml", Duties)
    duties.check_units(set(book.unit_by_id))
    return HotlineBook(
        book=book,
        tickets=load_yaml(book.folder / "tickets.yml", Tickets),
        duties=duties,
        watch=load_yaml(book.folder / "watch.yml", Watch),
    )


def _in_force(entries: tuple, period: str, file: str):
    for entry in entries:
        if entry.holds_in(period):
            return entry
    raise PolicyError(f"params/{file}: rules: no entry holds in {period}; add one whose `from` is not later")


def _units_by_name(units: Iterable[Unit], period: str) -> dict[str, str]:
    """Return normalised name → id of the unit, or of the one it has merged into by `period` (S9)."""
    by_id = {unit.id: unit for unit in units}
    index = {}
    for unit in by_id.values():
        heir = unit
        while heir is not None and heir.to is not None and heir.to < period:
            heir = by_id.get(heir.merged_into)
        if heir is not None:
            index |= {normalise_name(name): heir.id for name in (unit.id, unit.name, *unit.aliases)}
    return index
