"""Posts where they are needed and units that are looked at: hours, moves, ways (`params/workload.yml`; S40–S42)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from analysis.policy.base import Dated, Identifier, Model, Name
from analysis.policy.messages import say

# Fields of a sheet with the reader `counts` that say how many posts a unit has, and how many of them are filled.
POSTS, IN_POST = "posts", "in_post"


class Standards(Dated):
    """Hours that a case of each kind of work takes, and hours that a post has (S40).

    Attributes:
        hours: kind of work (a field of a sheet of counts) → hours of a case.
        hours_a_day: of a post.
        presence: share of the working days on which a post is there.
    """

    document: Name
    hours: Annotated[dict[Identifier, Annotated[float, Field(gt=0)]], Field(min_length=1)]
    hours_a_day: float = Field(gt=0, le=24)
    presence: float = Field(gt=0, le=1)


class LoadRules(Model):
    """From which load on a unit is 忙, up to which it is 闲; between the two it is neither."""

    busy_above: float = Field(default=1.2, ge=1)
    idle_below: float = Field(default=0.8, gt=0, le=1)


class MoveRules(Model):
    """Limits of moves (S41).

    Attributes:
        max_moves: posts that are moved at most.
        pools: groups between which posts may move; a group in no pool moves them inside itself alone.
        protected: units that give no posts away.
    """

    max_moves: int = Field(default=10, ge=0)
    pools: tuple[tuple[Identifier, ...], ...] = ()
    protected: tuple[Identifier, ...] = ()

    @field_validator("pools")
    @classmethod
    def _a_group_is_in_one_pool(cls, pools: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        named = [group for pool in pools for group in pool]
        if twice := sorted({group for group in named if named.count(group) > 1}):
            raise ValueError(say("{groups} stand in `pools` twice").format(groups=", ".join(twice)))
        return pools

    def pool_of(self, group: str) -> str:
        """Return the pool of a group: its first group."""
        return next((pool[0] for pool in self.pools if group in pool), group)


class Way(Model):
    """A way of looking at units, and where a look shows: in one of these places.

    Attributes:
        channel: scores of this channel.
        sheet: tasks of key work, visits by lot, or third-party assessments (S43).
        sources: items of the rectification ledger from one of these sources.
        is_visit: whether somebody goes to see the unit.
    """

    id: Identifier
    name: Name
    channel: Identifier | None = None
    sheet: Literal["key_work", "inspections", "third_party"] | None = None
    sources: tuple[Name, ...] = ()
    is_visit: bool = False


class CoverageRules(Model):
    """After how many months without a look a unit is overdue, and by which ways it is looked at (S42)."""

    months: int = Field(default=24, gt=0)
    ways: tuple[Way, ...] = ()

    @property
    def visits(self) -> tuple[Way, ...]:
        """The ways by which somebody goes to see a unit."""
        return tuple(way for way in self.ways if way.is_visit)


class Workload(Model):
    """`params/workload.yml`, which a district may have; without it loads are told against the group's median (S40)."""

    standards: tuple[Standards, ...] = ()
    load: LoadRules = LoadRules()
    moves: MoveRules = MoveRules()
    coverage: CoverageRules = CoverageRules()

    def standards_at(self, period: str) -> Standards | None:
        """Return the standards in force in a month, None without any."""
        return next((entry for entry in self.standards if entry.holds_in(period)), None)
