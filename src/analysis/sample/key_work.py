"""Key work: tasks with a lead unit and units that co-operate, scored on the four dimensions of R11."""

from datetime import timedelta

import numpy as np

from analysis.policy.period import month_end
from analysis.policy.sheets import Delivery
from analysis.run.forms.workbooks import Form
from analysis.sample.chance import bell, dice, pick, sample
from analysis.sample.levels import points_at, unit_levels
from analysis.sample.listing import write_listing
from analysis.sample.world import World

_MARKS = ("attitude", "measures", "time_nodes", "effect")
_SHARE_OF_LEADS = 0.42
_MOST_HELPERS = 4


def write_key_work(world: World, period: str, delivery: Delivery) -> Form:
    """Return the month's tasks: a row for the lead, then one for each co-operating unit."""
    choices = world.policy(period).sheets.kinds[delivery.kind].fields
    rng = dice("tasks", period)
    tasks = [*_fixed_tasks(world, period), *_drawn_tasks(world, period, rng)]
    cases = []
    for number, rows in enumerate(tasks, start=1):
        for row in rows:
            named = {"task": f"ZD{period.replace('-', '')}{number:03d}"}
            named["category"] = choices["category"].choices[row["category"]][0]
            named["role"] = choices["role"].choices[row["role"]][0]
            cases.append(row | named)
    return write_listing(world, period, delivery, cases, rng=dice("tasks by hand", period))


def _fixed_tasks(world: World, period: str) -> list[list[dict]]:
    tasks = []
    units = {unit.id: unit for unit in world.policy(period).units}
    for fixed in world.truths.fixed:
        for id_ in fixed.units if fixed.holds_in(period) else ():
            case = fixed.task.model_dump() | _dates(period, 20, 0) | {"unit": units[id_], "role": "lead"}
            tasks.append([case])
    return tasks


def _drawn_tasks(world: World, period: str, rng: np.random.Generator) -> list[list[dict]]:
    levels = unit_levels(world, period, "delivery")
    units = [u for u in world.free_units(period) if u.id != world.truths.no_key_work]
    leads = sample(rng, units, round(len(units) * _SHARE_OF_LEADS))
    tasks = []
    for lead in leads:
        names = world.texts.tasks[lead.group]
        category = pick(rng, list(names))
        shared = {"title": pick(rng, names[category]), "category": category}
        helpers = sample(rng, [u for u in units if u.id != lead.id], int(rng.integers(_MOST_HELPERS + 1)))
        late = int(rng.integers(-8, 3 if levels[lead.id] > -1 else 12))
        shared |= _dates(period, int(rng.integers(15, 29)), late)
        rows = [shared | {"unit": lead, "role": "lead"} | _marks(rng, levels[lead.id])]
        if helpers:
            rows[0]["coordination"] = points_at(levels[lead.id], float(bell(rng)))
        rows += [shared | {"unit": u, "role": "co-operating"} | _marks(rng, levels[u.id]) for u in helpers]
        tasks.append(rows)
    return tasks


def _marks(rng: np.random.Generator, level: float) -> dict[str, float]:
    return {mark: points_at(level, float(noise), middle=89) for mark, noise in zip(_MARKS, bell(rng, 4), strict=True)}


def _dates(period: str, day: int, late: int) -> dict:
    """Return due and done dates; what would be done after the month's end is not done yet."""
    due = month_end(period).replace(day=day)
    done = due + timedelta(days=late)
    return {"due": due, "done": done if done <= month_end(period) else None}
