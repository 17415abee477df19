"""How good each unit is in a month: the hidden level behind its scores."""

from analysis.policy.models import Unit
from analysis.policy.period import month_range
from analysis.sample.chance import bell, dice
from analysis.sample.world import World

# January to December: slack around the spring festival, a push at midyear and before the annual assessment.
_SEASON = (-0.25, -0.35, 0.0, 0.05, 0.1, 0.25, -0.05, -0.1, 0.05, -0.05, 0.1, 0.3)
_GROWTH_A_MONTH = 0.007
_LASTING_SPREAD = 0.6  # between units, for good
_PASSING_SPREAD = 0.85  # on top of it, new every January and moving on a line in between
_LOWEST = -1.9  # a unit without planted truth stays above the planted bottom
_MONTH_NOISE = 0.3
_PLANTED_NOISE = 0.1


def unit_levels(world: World, period: str) -> dict[str, float]:
    """Return unit id → level in the month; 0 is average, 1 a standard deviation between units."""
    return world.once(("levels", period), lambda: _unit_levels(world, period))


def _unit_levels(world: World, period: str) -> dict[str, float]:
    months = len(month_range(world.start, period)) - 1
    shared = _SEASON[int(period[5:]) - 1] + _GROWTH_A_MONTH * months
    levels = {}
    for unit in world.policy(period).units:
        base = _planted_level(world, unit, period, months)
        noise = float(bell(dice(f"level {unit.id}", period)))
        if base is None:
            levels[unit.id] = max(_LOWEST, _own_level(unit, period)) + shared + noise * _MONTH_NOISE
        else:
            levels[unit.id] = base + noise * _PLANTED_NOISE
    return levels


def _own_level(unit: Unit, period: str) -> float:
    year, share = int(period[:4]), (int(period[5:]) - 1) / 12
    before, after = (float(bell(dice(f"standing {unit.id}", str(y)))) for y in (year, year + 1))
    passing = (1 - share) * before + share * after
    return _LASTING_SPREAD * float(bell(dice(f"level {unit.id}"))) + _PASSING_SPREAD * passing


def _planted_level(world: World, unit: Unit, period: str, months: int) -> float | None:
    truths = world.truths
    if unit.id == truths.steady_improver.unit:
        length = len(month_range(truths.first, truths.last)) - 1
        rise = truths.steady_improver.last_level - truths.steady_improver.first_level
        return truths.steady_improver.first_level + rise * months / length
    if unit.id == truths.bottom_five.unit:
        is_bottom = int(period[:4]) in truths.bottom_five.years
        return truths.bottom_five.level if is_bottom else truths.bottom_five.level_after
    return next((entry.level for entry in truths.levels if entry.unit == unit.id), None)


def points_at(level: float, noise: float, *, middle: float = 88.5, step: float = 3.0, spread: float = 1.8) -> float:
    """Return points out of 100 for a level, with one decimal, as an assessor would give them."""
    return round(min(100.0, max(50.0, middle + step * level + spread * noise)), 1)


def share_at(level: float, noise: float, *, middle: float = 0.94, step: float = 0.02, spread: float = 0.012) -> float:
    """Return a share between 0.5 and 1 for a level."""
    return min(1.0, max(0.5, middle + step * level + spread * noise))
