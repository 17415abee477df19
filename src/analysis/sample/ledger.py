"""The rectification ledger: what is open, due or closed in the month, as it stood at the month's end (R6, S22)."""

from datetime import date, timedelta

from analysis.policy.period import month_end, month_range, shift
from analysis.policy.sheets import Delivery
from analysis.run.forms.workbooks import Form
from analysis.sample.chance import dice, pick
from analysis.sample.levels import unit_levels
from analysis.sample.listing import write_listing
from analysis.sample.world import World

_MONTHS_BACK = 7  # no item lives longer, but for those that are never closed
_ITEMS_A_MONTH = (24, 38)
_IN_PERSON = ("联合督查", "巡察")  # sources for which somebody went to see the unit
_QUIET_BEFORE = 20  # months before its fixed facts begin in which a unit gets no item: a year's few cases count (S30)


def write_ledger(world: World, period: str, delivery: Delivery) -> Form:
    """Return the ledger at the end of the month."""
    start, end = month_end(shift(period, -1)), month_end(period)
    states = world.policy(period).sheets.kinds[delivery.kind].fields["state"].choices
    cases = []
    open_since = min(world.truths.integrity.never_closed.from_, shift(period, -_MONTHS_BACK))
    for month in month_range(open_since, period):
        for item in world.once(("ledger", month), lambda month=month: _find_items(world, month)):
            if item["closed"] > start or item["due"] > start:
                state = _state(item, end)
                closed = item["closed"] if state == "closed" else None
                unit = world.book.unit_by_id[item["unit"].id]
                if not unit.holds_in(period):  # a merged unit's open items pass to its successor
                    unit = world.book.unit_by_id[unit.merged_into]
                cases.append(item | {"state": states[state][0], "closed": closed, "unit": unit})
    return write_listing(world, period, delivery, cases, rng=dice("ledger by hand", period))


def _find_items(world: World, month: str) -> list[dict]:
    """Return the items found in a month, each with the day on which it will be closed."""
    rng = dice("ledger", month)
    never = world.truths.integrity.never_closed
    unvisited = {entry.unit for entry in world.truths.unvisited if entry.holds_in(month)}
    levels = unit_levels(world, month, "diligence")
    units = [unit for unit in world.policy(month).units if not _is_quiet(world, unit.id, month)]
    weights = [1 + max(0.0, -levels[unit.id]) + (2 if unit.id == never.unit else 0) for unit in units]
    total = sum(weights)
    items = []
    for number in range(int(rng.integers(*_ITEMS_A_MONTH))):
        unit = _choose(units, weights, total * float(rng.random()))
        found = date(int(month[:4]), int(month[5:]), int(rng.integers(1, 29)))
        due = found + timedelta(days=int(rng.integers(25, 61)))
        is_late = rng.random() > 0.955 + 0.03 * levels[unit.id]
        early, late = int(rng.integers(0, 20)), int(rng.integers(2, 60))
        is_never = unit.id == never.unit and never.holds_in(month)
        closed = due + timedelta(days=late) if is_late else due - timedelta(days=early)
        sources = world.texts.sources
        items.append(
            {
                "item": f"ZG{month.replace('-', '')}{number + 1:03d}",
                "unit": unit,
                "source": pick(rng, [s for s in sources if s not in _IN_PERSON] if unit.id in unvisited else sources),
                "problem": pick(rng, world.texts.problems),
                "found": found,
                "due": due,
                "closed": date.max if is_never else closed,
            }
        )
    return items


def _is_quiet(world: World, unit_id: str, month: str) -> bool:
    months = month_range(month, shift(month, _QUIET_BEFORE))
    return any(world.fixed(unit_id, later) for later in months)


def _choose(units: list, weights: list[float], point: float):
    for unit, weight in zip(units, weights, strict=True):
        point -= weight
        if point < 0:
            return unit
    return units[-1]


def _state(item: dict, day: date) -> str:
    if item["closed"] <= day:
        return "closed"
    if (day - item["found"]).days < 5:
        return "unassigned"
    if (item["closed"] - day).days <= 7:
        return "to_accept"
    return "returned" if item["closed"] > item["due"] and day > item["due"] else "rectifying"
