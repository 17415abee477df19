"""The power list and the boundary list (R8): matter → lead, co-operating units, clause; `params/duties.yml`."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from analysis.policy.base import Dated, Identifier, Model, Name
from analysis.policy.messages import say
from analysis.policy.names import normalise_name

Weight = Annotated[float, Field(ge=0)]
# The list of work processes: several units may have one of the same name.
PROCESS = "process"
ListId = Literal["power", "boundary", "process"]
ARROW = ">"  # between the units of a loop, as tables store it
INDEX_PARTS = ("spread", "passed_on", "looped", "came_back", "outside_list")


class DutyList(Model):
    """A list of duties and the document that published it."""

    id: ListId
    name: Name
    document: Name


class Matter(Dated):
    """A matter, the unit that leads it, those that co-operate, and the clause that says so."""

    id: Identifier
    name: Name
    aliases: tuple[Name, ...] = ()
    lead: Identifier
    co_operating: tuple[Identifier, ...] = ()
    towns: bool = False
    list: ListId
    clause: Name


class Proposal(Model):
    """How strong the evidence for a lead must be."""

    confidence_pct: float = Field(gt=50, lt=100)
    strong_above_pct: float = Field(ge=0, le=100)
    moderate_above_pct: float = Field(ge=0, le=100)


class DutiesModel(Model):
    """The values of the cross-duty model."""

    months: int = Field(gt=0)
    minimum_tickets: int = Field(ge=0)
    index_weights: dict[Literal["spread", "passed_on", "looped", "came_back", "outside_list"], Weight]
    overlap_index_from: float = Field(ge=0, le=100)
    outside_minimum: int = Field(gt=0)
    loop_minimum: int = Field(gt=0)
    loop_minimum_pct: float = Field(ge=0, le=100)
    proposal: Proposal

    @model_validator(mode="after")
    def _weights_are_complete(self):
        if sorted(self.index_weights) != sorted(INDEX_PARTS) or sum(self.index_weights.values()) <= 0:
            told = say("`index_weights` must weigh each of {index_parts}, not all with 0")
            raise ValueError(told.format(index_parts=", ".join(INDEX_PARTS)))
        return self


class Duties(Model):
    """`params/duties.yml`: the lists, the model's values and the matters."""

    lists: tuple[DutyList, ...]
    model: DutiesModel
    matters: tuple[Matter, ...]

    @property
    def list_names(self) -> dict[str, str]:
        """Id → name of the lists."""
        return {each.id: each.name for each in self.lists}

    @model_validator(mode="after")
    def _lists_are_named(self):
        unnamed = {matter.list: matter.id for matter in self.matters if matter.list not in self.list_names}
        for id_, first in unnamed.items():
            told = say("{id}: found list {list}; name it with its document under `lists`")
            raise ValueError(told.format(id=first, list=id_))
        return self

    @model_validator(mode="after")
    def _a_name_means_one_matter(self):
        owner: dict[str, str] = {}
        for matter in self.matters:
            for name in (matter.name, *matter.aliases):
                first = owner.setdefault(normalise_name(name), matter.id)
                if first != matter.id:
                    told = say("{id}: the name {name!r} belongs to {first} already")
                    raise ValueError(told.format(id=matter.id, name=name, first=first))
        return self


def index_matters(matters: Iterable[Matter]) -> dict[str, Matter]:
    """Return normalised name, alias or id → matter."""
    return {normalise_name(name): m for m in matters for name in (m.id, m.name, *m.aliases)}
