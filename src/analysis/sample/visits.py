"""Random inspections: window units and towns drawn by lot, at most twice a year, two inspectors or more (R12, S14)."""

from datetime import timedelta

import numpy as np

from analysis.policy.models import Unit
from analysis.policy.period import month_end
from analysis.policy.sheets import Delivery
from analysis.run.forms.workbooks import Form
from analysis.sample.chance import bell, dice, pick, sample
from analysis.sample.levels import points_at, unit_levels
from analysis.sample.listing import write_listing
from analysis.sample.people import name_person
from analysis.sample.world import World

_UNITS_A_MONTH = 8
_DRAWS_A_YEAR = 2
_PART_CHANCE = 0.75  # a visit looks at its first indicator always, at the others by chance


def write_visits(world: World, period: str, delivery: Delivery) -> Form | None:
    """Return the month's visits, a row for each visit and indicator; None in a month whose file is missing."""
    drawn = draw_units(world, period)
    quiet = [p for p in world.truths.no_inspections if p == period]
    if quiet and period[5:] == "02":
        return None
    levels = unit_levels(world, period)
    rng = dice("visits", period)
    cases = [] if quiet else [row for unit in drawn for row in _visit(world, period, unit, levels[unit.id], rng)]
    ordered = sorted(cases, key=lambda case: (case["date"], case["unit"].id))
    numbers = {key: n for n, key in enumerate(dict.fromkeys((c["date"], c["unit"].id) for c in ordered), start=1)}
    named = [
        case | {"visit": f"CC{period.replace('-', '')}{numbers[case['date'], case['unit'].id]:02d}"} for case in ordered
    ]
    return write_listing(world, period, delivery, named, rng=dice("visits by hand", period))


def draw_units(world: World, period: str) -> list[Unit]:
    """Return the units of the month: the next slice of a year-long draw in which each stands twice."""
    rng = dice("draw", period[:4])
    eligible = [unit for unit in world.free_units(period) if unit.is_window]
    pool = [unit for _ in range(_DRAWS_A_YEAR) for unit in sample(rng, eligible, len(eligible))]
    first = (int(period[5:]) - 1) * _UNITS_A_MONTH
    return list({unit.id: unit for unit in pool[first : first + _UNITS_A_MONTH]}.values())


def _visit(world: World, period: str, unit: Unit, level: float, rng: np.random.Generator) -> list[dict]:
    policy = world.policy(period)
    working = list(policy.calendar.working_days(month_end(period) - timedelta(days=22), month_end(period)))
    day = pick(rng, working)
    people = list(dict.fromkeys(name_person(rng, world.texts) for _ in range(8)))[: int(rng.integers(2, 4))]
    inspected = [i for i in policy.indicators if i.data.sheet == "inspections"]
    rows = []
    for position, indicator in enumerate(inspected):
        points = points_at(level, float(bell(rng)), middle=88)
        if position == 0 or rng.random() < _PART_CHANCE:
            shared = {"unit": unit, "date": day, "inspectors": "、".join(people)}
            found = pick(rng, world.texts.findings)
            rows.append(shared | {"indicator": indicator.name, "points": points, "finding": found})
    return rows
