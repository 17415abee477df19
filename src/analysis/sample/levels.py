"""How good each unit is in a month at what it is assessed for: the hidden levels behind its scores."""

from math import sqrt
from statistics import fmean

from analysis.policy.models import Unit
from analysis.policy.period import month_range, shift
from analysis.sample.chance import bell, dice
from analysis.sample.world import World

# What a unit can be good at: what citizens meet, what the system, the sheets and the ledger count, key work.
DIMENSIONS = ("service", "diligence", "delivery")
# January to December: slack around the spring festival, a push at midyear and before the annual assessment.
_SEASON = (-0.25, -0.35, 0.0, 0.05, 0.1, 0.25, -0.05, -0.1, 0.05, -0.05, 0.1, 0.3)
_GROWTH_A_MONTH = 0.007
_LASTING_SPREAD = 0.7  # between units, for good
_PASSING_SPREAD = 0.9  # on top of it, new every January and moving on a line in between
_LOWEST = -1.9  # a unit without planted truth stays above the planted bottom
_MONTH_SPREAD = 0.4
_PLANTED_SPREAD = 0.1
_MONTHS_BACK = 6  # what happened earlier no longer shows


def unit_levels(world: World, period: str, dimension: str = "") -> dict[str, float]:
    """Return unit id → level in a dimension, in all together where none is named.

    0 is average, 1 about a standard deviation between units.
    """
    levels = world.once(("levels", period), lambda: _unit_levels(world, period))
    return {unit: by[dimension] if dimension else fmean(by.values()) for unit, by in levels.items()}


def _unit_levels(world: World, period: str) -> dict[str, dict[str, float]]:
    months = len(month_range(world.start, period)) - 1
    shared = _SEASON[int(period[5:]) - 1] + _GROWTH_A_MONTH * months
    levels = {}
    for unit in world.policy(period).units:
        base = _planted_level(world, unit, period, months)
        levels[unit.id] = {}
        for dimension in DIMENSIONS:
            deviation = _deviation(world, unit, dimension, period)
            own = shared + deviation * _MONTH_SPREAD + max(_LOWEST, _own_level(world, unit, dimension, period))
            levels[unit.id][dimension] = own if base is None else base + deviation * _PLANTED_SPREAD
    return levels


def _own_level(world: World, unit: Unit, dimension: str, period: str) -> float:
    year, share = int(period[:4]), (int(period[5:]) - 1) / 12
    before, after = (_draw(world, f"standing {unit.id}", dimension, str(y)) for y in (year, year + 1))
    passing = (1 - share) * before + share * after
    return _LASTING_SPREAD * _draw(world, f"level {unit.id}", dimension) + _PASSING_SPREAD * passing


def _deviation(world: World, unit: Unit, dimension: str, period: str) -> float:
    """Return how far a unit is off its course: an autoregression of order 1 with standard deviation 1."""
    carried, deviation = world.truths.chances.month_correlation, 0.0
    for month in month_range(shift(period, -_MONTHS_BACK), period):
        shocks = world.once(("shocks", month), dict)
        key = unit.id, dimension
        if key not in shocks:
            shocks[key] = _draw(world, f"deviation {unit.id}", dimension, month) * sqrt(1 - carried * carried)
        deviation = carried * deviation + shocks[key]
    return deviation


def _draw(world: World, purpose: str, dimension: str, period: str = "") -> float:
    """Return a draw of mean 0 and standard deviation 1 that correlates with those of the other dimensions."""
    correlation = world.truths.chances.correlation
    shared, own = (float(bell(dice(name, period))) for name in (purpose, f"{purpose} {dimension}"))
    return sqrt(correlation) * shared + sqrt(1 - correlation) * own


def _planted_level(world: World, unit: Unit, period: str, months: int) -> float | None:
    truths = world.truths
    if unit.id == truths.steady_improver.unit:
        length = len(month_range(truths.first, truths.last)) - 1
        rise = truths.steady_improver.last_level - truths.steady_improver.first_level
        return truths.steady_improver.first_level + rise * months / length
    if unit.id == truths.bottom_five.unit:
        is_bottom = int(period[:4]) in truths.bottom_five.years
        return truths.bottom_five.level if is_bottom else truths.bottom_five.level_after
    return truths.levels.get(unit.id)


def points_at(level: float, noise: float, *, middle: float = 88.5, step: float = 3.0, spread: float = 1.8) -> float:
    """Return points out of 100 for a level, with one decimal, as an assessor would give them."""
    return round(min(100.0, max(50.0, middle + step * level + spread * noise)), 1)


def share_at(level: float, noise: float, *, middle: float = 0.94, step: float = 0.02, spread: float = 0.012) -> float:
    """Return a share between 0.5 and 1 for a level."""
    return min(1.0, max(0.5, middle + step * level + spread * noise))
