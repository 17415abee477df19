"""Random inspections: the units that the lots named, at most twice a year, two inspectors or more (R12, S14)."""

from datetime import timedelta
from statistics import fmean

import numpy as np

from analysis.policy.period import month_end
from analysis.policy.sheets import Delivery
from analysis.run.forms.workbooks import Form
from analysis.sample.chance import bell, dice, pick
from analysis.sample.levels import points_at, unit_levels
from analysis.sample.listing import write_listing
from analysis.sample.lots import HELD, draw_lots
from analysis.sample.world import World

_PART_CHANCE = 0.75  # a visit looks at its first indicator always, at the others by chance


def write_visits(world: World, period: str, delivery: Delivery) -> Form | None:
    """Return the month's visits, a row for each visit and indicator; None in a month whose file is missing."""
    quiet = period in world.truths.no_inspections
    if quiet and period[5:] == "02":
        return None
    rng = dice("visits", period)
    teams = [] if quiet else draw_lots(world, period).teams
    cases = [row for unit, people in teams for row in _visit(world, period, unit, people, rng)]
    ordered = sorted(cases, key=lambda case: (case["date"], case["unit"].id))
    numbers = {key: n for n, key in enumerate(dict.fromkeys((c["date"], c["unit"].id) for c in ordered), start=1)}
    named = [
        case | {"visit": f"CC{period.replace('-', '')}{numbers[case['date'], case['unit'].id]:02d}"} for case in ordered
    ]
    return write_listing(world, period, delivery, named, rng=dice("visits by hand", period))


def _visit(world: World, period: str, unit: str, people: tuple[str, ...], rng: np.random.Generator) -> list[dict]:
    """Return the marks of a visit: what the inspectors are like and what the day was like moves them all."""
    policy, level = world.policy(period), unit_levels(world, period)[unit]
    end = month_end(period)
    day = pick(rng, list(policy.calendar.working_days(end.replace(day=HELD) + timedelta(days=1), end)))
    inspected = [i for i in policy.indicators if i.data.sheet == "inspections"]
    middle = 88 + fmean(world.truths.inspectors[name] for name in people)
    middle += world.truths.chances.visit_spread * float(bell(rng))
    rows = []
    for position, indicator in enumerate(inspected):
        points = points_at(level, float(bell(rng)), middle=middle)
        if position == 0 or rng.random() < _PART_CHANCE:
            shared = {"unit": world.book.unit_by_id[unit], "date": day, "inspectors": "、".join(people)}
            found = pick(rng, world.texts.findings)
            rows.append(shared | {"indicator": indicator.name, "points": points, "finding": found})
    return rows
