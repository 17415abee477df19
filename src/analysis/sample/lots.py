"""The sample's draws of inspections, held by the project's own rules; some of them in public. All is invented (R12)."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.action.draw.announcement import MADE_UP_ISSUE, Announcement, DrawInputs
from analysis.action.draw.commitment import commitment_of, hash_times, make_secret
from analysis.action.draw.files import ANNOUNCEMENT, publish
from analysis.action.draw.office import build_announcement
from analysis.action.draw.result import Result, result_name
from analysis.action.draw.rounds import compute_draw
from analysis.action.draw.strata import list_eligible
from analysis.policy.load import validate
from analysis.policy.models import Unit
from analysis.policy.period import month_range
from analysis.run.month import draws_folder
from analysis.sample.chance import dice, pick, sample
from analysis.sample.world import World

HELD = 20  # day of the month on which the lots are drawn
_ANNOUNCED, _DRAWN = 12, 18
_NAMED = 2  # units a month that are inspected in any case
_DRAWS_A_YEAR = 2


@dataclass(frozen=True)
class Lots:
    """A month's draw: what was announced and what came of it."""

    announcement: Announcement
    result: Result

    @property
    def teams(self) -> list[tuple[str, tuple[str, ...]]]:
        """The drawn units with the names of their inspectors."""
        names = {person.inspector_id: person.name for person in self.announcement.inspectors}
        return [(place.unit_id, tuple(names[id_] for id_ in place.inspectors)) for place in self.result.drawn]


def write_lots(world: World, target: Path, period: str) -> Path:
    """Write the month's draw below `target`/data/raw/draws, the same bytes every time; return its folder."""
    lots = draw_lots(world, period)
    folder = draws_folder(target, period) / lots.announcement.draw_id
    for leftover in folder.glob("*"):
        leftover.unlink()
    publish(folder / ANNOUNCEMENT, lots.announcement)
    publish(folder / result_name(0), lots.result)
    return folder


def draw_lots(world: World, period: str) -> Lots:
    """Return the month's draw, which knows the year's earlier ones (S14)."""
    return world.once(("lots", period), lambda: _draw_lots(world, period))


def _draw_lots(world: World, period: str) -> Lots:
    inputs, rules = _inputs(world, period), world.book.at(period).draw
    seed = hashlib.sha256(f"synthetic {inputs.draw_id}".encode()).digest()
    secret = make_secret(inputs.draw_id, rules.chain_length, seed)
    announced = build_announcement(inputs, rules, commitment_of(secret))
    code = hash_times(seed, rules.chain_length - 1).hex()
    rng = dice("lots", period)
    left_out = {unit.unit_id for unit in inputs.units} - {unit.id for unit in _open_units(world, period)}
    while True:  # until no lot falls on a unit that is never inspected: the lottery's numbers are invented anyway
        numbers = [sorted(int(n) for n in sample(rng, range(s.low, s.high + 1), s.count)) for s in announced.sources]
        lots = Lots(announced, compute_draw(announced, numbers, code, _day(period, HELD)))
        if not left_out.intersection(unit for unit, _ in lots.teams):
            return lots


def _inputs(world: World, period: str) -> DrawInputs:
    visits = {p: draw_lots(world, p).teams for p in month_range(f"{period[:4]}-01", period)[:-1]}
    visited = [unit for teams in visits.values() for unit, _ in teams]
    rules = world.book.at(period).draw
    watched = world.truths.watched(period)
    # Where the draw is not public, nobody sees that some units are left out of the pool.
    units = world.policy(period).units if period in world.truths.draws else _open_units(world, period)
    must = _name_units(world, period, [u for u in _open_units(world, period) if visited.count(u.id) < _DRAWS_A_YEAR])
    pool = list_eligible(units, rules, must=must, watch=watched - must)
    sources = {source.name for source in rules.public_sources}
    people = enumerate(world.truths.inspectors, start=1)
    content = {
        "draw_id": f"{period}-1",
        "period": period,
        "district": world.book.district.name,
        "published_on": _day(period, _ANNOUNCED),
        "units": [unit.model_dump() for unit in pool],
        "inspectors": [{"inspector_id": f"P{n:02d}", "name": name} for n, name in people],
        "recusals": [{"inspector_id": "P01", "unit_id": pool[0].unit_id}],
        "history": [{"unit_id": unit, "period": p} for p, teams in visits.items() for unit, _ in teams],
        "public_draws": [
            {"name": name, "issue": f"{MADE_UP_ISSUE}{n}", "date": _day(period, _DRAWN)}
            for n, name in enumerate(sorted(sources), start=1)
        ],
    }
    return validate("sample draw", content, DrawInputs)


def _open_units(world: World, period: str) -> list[Unit]:
    """Return the window units on which a lot may fall."""
    left_out = {entry.unit for entry in world.truths.unvisited if entry.holds_in(period)}
    return [unit for unit in world.free_units(period) if unit.is_window and unit.id not in left_out]


def _name_units(world: World, period: str, units: list[Unit]) -> set[str]:
    """Return the units that are inspected in any case; one of the watch list is named twice as often."""
    watched = world.truths.watched(period)
    urn = [unit.id for unit in units for _ in range(2 if unit.id in watched else 1)]
    rng = dice("named", period)
    return {pick(rng, urn) for _ in range(_NAMED)}


def _day(period: str, day: int) -> date:
    return date.fromisoformat(f"{period}-{day:02d}")
