"""How tickets of all channels are read and counted (R5, R8, R9, S12, S18–S20): `params/tickets.yml`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name
from analysis.policy.messages import say
from analysis.policy.names import normalise_name

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
    false_discovery_pct: float = Field(gt=0, lt=100)
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
            raise ValueError(say("`words` lack {missing}").format(missing=", ".join(missing)))
        if "other" not in {channel.id for channel in self.channels}:
            raise ValueError(
                say("`channels` need one with the id `other`, where tickets of an unknown channel are kept")
            )
        return self

    @property
    def channel_by_word(self) -> dict[str, TicketChannel]:
        """Normalised lower-case word → channel of tickets."""
        return {normalise_name(w).casefold(): c for c in self.channels for w in (c.id, c.name, *c.words)}
