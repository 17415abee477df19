"""What citizens call about in a month, how often, and which units it can reach."""

from dataclasses import dataclass

from analysis.policy.duties import Matter
from analysis.policy.period import month_range
from analysis.sample.chance import bell, dice
from analysis.sample.world import World

_TOWN_SHARE = 0.62  # of the tickets of a matter with towns under territorial management
_LEAD_SHARE = 0.8  # of the others
_PASSED_ON = {"power": 0.05, "boundary": 0.2}
_GAP_PASSED_ON = 0.4
_SQUARE_VARIANCE = 1.7  # of the square of a draw of `bell`


@dataclass(frozen=True)
class Demand:
    """A matter's tickets: the names it goes by, how many, who handles them and how many change hands."""

    names: tuple[str, ...]
    count: float
    handlers: tuple[tuple[str, float], ...]
    passed_on: float


def month_demand(world: World, period: str) -> list[Demand]:
    """Return the demand of a month, in the order of params/duties.yml; the boundary gap stands last."""
    units = {unit.id for unit in world.policy(period).units}
    towns = _town_shares(world, period)
    growth = 1 + world.texts.tickets.growth_a_month * (len(month_range(world.start, period)) - 1)
    demand = [
        Demand(
            names=(matter.name, *matter.aliases),
            count=growth * _usual(world, matter, period) * _rise(world, matter, period) * _swell(world, matter, period),
            handlers=tuple((unit, share) for unit, share in _handlers(matter, towns) if unit in units),
            passed_on=_PASSED_ON[matter.list],
        )
        for matter in world.book.duties.matters
        if matter.holds_in(period)
    ]
    gap = world.truths.hotline.boundary_gap
    if gap.holds_in(period):
        shares = tuple((unit, 1 / len(gap.units)) for unit in gap.units)
        demand.append(Demand((gap.matter,), gap.count, shares, _GAP_PASSED_ON))
    return demand


def _usual(world: World, matter: Matter, period: str) -> float:
    usual = world.texts.tickets.usual[matter.list]
    count = world.texts.tickets.counts.get(matter.name, usual)
    return count[int(period[5:]) - 1] if isinstance(count, tuple) else count


def _swell(world: World, matter: Matter, period: str) -> float:
    """Return what the month makes of a matter: the mean of squared draws has mean 1 and hardly differs from a gamma."""
    draws = bell(dice(f"swell {matter.id}", period), round(_SQUARE_VARIANCE / world.truths.chances.matter_spread**2))
    return float((draws * draws).sum()) / len(draws)


def _rise(world: World, matter: Matter, period: str) -> float:
    rising = world.truths.hotline.rising
    if matter.name != rising.matter or not rising.holds_in(period):
        return 1.0
    return 1 + rising.growth * len(month_range(rising.from_, period))


def _town_shares(world: World, period: str) -> list[tuple[str, float]]:
    towns = [unit.id for unit in world.policy(period).units if unit.is_town]
    sizes = [0.5 + 1.5 * float(dice(f"town {id_}").random()) for id_ in towns]
    return [(id_, size / sum(sizes)) for id_, size in zip(towns, sizes, strict=True)]


def _handlers(matter: Matter, towns: list[tuple[str, float]]) -> list[tuple[str, float]]:
    left = 1 - _TOWN_SHARE if matter.towns else 1.0
    helpers = matter.co_operating
    lead = left * (_LEAD_SHARE if helpers else 1.0)
    shares = [(matter.lead, lead), *((unit, (left - lead) / len(helpers)) for unit in helpers)]
    return shares + [(id_, share * _TOWN_SHARE) for id_, share in towns] if matter.towns else shares
