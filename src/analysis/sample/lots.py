"""The sample's public draw of inspections, held by the project's own commands; all of it is invented (R12)."""

import hashlib
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.action.draw.announcement import DrawInputs
from analysis.action.draw.commitment import reveal_code
from analysis.action.draw.office import commit_draw, run_draw
from analysis.action.draw.strata import list_eligible
from analysis.policy.load import validate
from analysis.policy.period import month_range
from analysis.run.month import draws_folder
from analysis.sample.chance import dice, sample
from analysis.sample.people import name_person
from analysis.sample.visits import draw_units
from analysis.sample.world import World

_ANNOUNCED, _DRAWN, _HELD = 12, 18, 20  # days of the month
_INSPECTORS = 10
# No real lottery is told of numbers that it did not draw.
_ISSUE = "SYNTHETIC-{}"


def write_lots(world: World, target: Path, period: str) -> Path:
    """Write the month's draw below `target`/data/raw/draws, the same bytes every time; return its folder."""
    inputs = _inputs(world, period)
    folder = draws_folder(target, period) / inputs.draw_id
    for leftover in folder.glob("*"):
        leftover.unlink()
    rules = world.book.at(period).draw
    seed = hashlib.sha256(f"synthetic {inputs.draw_id}".encode()).digest()
    with TemporaryDirectory() as secret:
        announced = commit_draw(inputs, rules, folder, Path(secret), seed)
        code = reveal_code(Path(secret), 0)
    rng = dice("lots", period)
    numbers = [sorted(int(n) for n in sample(rng, range(s.low, s.high + 1), s.count)) for s in announced.sources]
    run_draw(folder, numbers, code, _day(period, _HELD))
    return folder


def _inputs(world: World, period: str) -> DrawInputs:
    watched = {world.truths.hotline.repeats.unit, world.truths.hotline.attitude.unit}
    rules = world.book.at(period).draw
    pool = list_eligible(world.policy(period).units, rules, must=(), watch=watched)
    rng = dice("inspectors", period)
    names = list(dict.fromkeys(name_person(rng, world.texts) for _ in range(3 * _INSPECTORS)))[:_INSPECTORS]
    visits = {p: draw_units(world, p) for p in month_range(f"{period[:4]}-01", period)}
    sources = {source.name for source in rules.public_sources}
    content = {
        "draw_id": f"{period}-1",
        "period": period,
        "district": world.book.district.name,
        "published_on": _day(period, _ANNOUNCED),
        "units": [unit.model_dump() for unit in pool],
        "inspectors": [{"inspector_id": f"P{n:02d}", "name": name} for n, name in enumerate(names, start=1)],
        "recusals": [{"inspector_id": "P01", "unit_id": pool[0].unit_id}],
        "history": [{"unit_id": unit.id, "period": p} for p, units in visits.items() for unit in units],
        "public_draws": [
            {"name": name, "issue": _ISSUE.format(n), "date": _day(period, _DRAWN)}
            for n, name in enumerate(sorted(sources), start=1)
        ],
    }
    return validate("sample draw", content, DrawInputs)


def _day(period: str, day: int) -> date:
    return date.fromisoformat(f"{period}-{day:02d}")
