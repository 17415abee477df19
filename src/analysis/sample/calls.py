"""The tickets received in a month, with all that will ever be known of them (R5, R9, S18, S19)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate, pairwise

import numpy as np

from analysis.policy.period import month_end, shift
from analysis.sample.chance import dice
from analysis.sample.demand import Demand, month_demand
from analysis.sample.levels import unit_levels
from analysis.sample.people import write_complaint
from analysis.sample.world import World

_LIMIT, _LONGEST_DELAY = 5, 12  # working days
_DECISIONS = (
    *("matter", "name", "unit", "first", "channel", "caller", "pass", "back", "due", "extend", "late"),
    *("pace", "valid", "rated", "satisfied", "attitude", "again"),
)
_SATISFIED, _UNSATISFIED = ("满意", "满意", "基本满意"), "不满意"
_EXTENDED = 0.06  # share of tickets
_SUREST = 0.995
_CALL_AGAIN = 0.025  # share of tickets whose caller calls again within the month
_AFTER = 75  # days after the month's end within which everything is closed


@dataclass(frozen=True)
class Call:
    """A ticket; `route` lists the units that held it, each with the day on which it came there."""

    number: str
    channel: str
    matter: str
    route: tuple[tuple[str, date], ...]
    is_returned: bool
    caller: str
    received: date
    due: date | None
    extended_to: date | None
    extended_on: date | None
    closed: date
    is_valid: bool
    rating: str
    is_attitude_complaint: bool
    text: str


class Urn:
    """Draws of which each pulls later ones of the same key its way (Pólya): their sums are beta-binomial."""

    def __init__(self, correlation: float):
        self.weight, self.seen = 1 / correlation - 1, defaultdict(list)

    def draw(self, key: str, chance: float, luck: float) -> bool:
        """Return whether it comes true: with `chance` if nothing was drawn for the key before."""
        seen = self.seen[key]
        seen.append(luck < (chance * self.weight + sum(seen)) / (self.weight + len(seen)))
        return seen[-1]


class Clock:
    """Working days around a month."""

    def __init__(self, world: World, period: str):
        end = month_end(period)
        calendar = world.policy(period).calendar
        self.days = list(calendar.working_days(end.replace(day=1), end + timedelta(days=_AFTER)))

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`."""
        return self.days[bisect_right(self.days, day) + count - 1]


def receive_calls(world: World, period: str) -> list[Call]:
    """Return the tickets received in a month in the order of their numbers."""
    return world.once(("calls", period), lambda: _receive(world, period))


def _receive(world: World, period: str) -> list[Call]:
    rng = dice("tickets", period)
    demand = month_demand(world, period)
    total = round(sum(entry.count for entry in demand) * (0.96 + 0.08 * float(rng.random())))
    lucks = np.sort(rng.random(total)), rng.random((total, len(_DECISIONS)))
    maker = _Maker(world, period, demand)
    calls: list[Call] = []
    for moment, luck in zip(*lucks, strict=True):
        decision = dict(zip(_DECISIONS, luck.tolist(), strict=True)) | {"day": float(moment)}
        calls.append(maker.make(decision))
        if decision["again"] < _CALL_AGAIN:
            calls.append(_call_again(calls[-1], maker.clock, period))
    planted = sorted(_plant(world, period, calls, maker.clock), key=lambda call: call.received)
    return [replace(call, number=f"GD{period.replace('-', '')}{n:05d}") for n, call in enumerate(planted, start=1)]


class _Maker:
    """Turns one row of luck into a ticket."""

    def __init__(self, world: World, period: str, demand: list[Demand]):
        self.world, self.period, self.demand = world, period, demand
        self.clock, self.levels = Clock(world, period), unit_levels(world, period, "service")
        self.answers, self.deadlines = (Urn(world.truths.chances.ticket_icc) for _ in range(2))
        self.poor = {e.unit: e.share for e in world.truths.poor_service if e.holds_in(period)}
        self.habits = {name: h for name, h in world.truths.integrity if h.holds_in(period)}
        self.upto = list(accumulate(entry.count for entry in demand))
        self.channels = list(world.texts.tickets.channels)
        self.channels_upto = list(accumulate(world.texts.tickets.channels.values()))
        self.length = month_end(period).day
        # A ticket is due in a later month than it is received in: the calm begins earlier than the fixed facts.
        later = (period, shift(period, 1), shift(period, 2))
        self.calm = {u for f in world.truths.fixed for u in f.units if any(f.holds_in(p) for p in later)}

    def make(self, luck: dict[str, float]) -> Call:
        entry = self.demand[_slot(self.upto, luck["matter"])]
        received = month_end(self.period).replace(day=1 + int(luck["day"] * self.length))
        unit = _choose(entry, luck["unit"])
        route, is_returned = self._route(entry, unit, received, luck)
        unit = route[-1][0]
        level = 2.5 if unit in self.calm else self.levels[unit]
        due = self.clock.after(route[-1][1] if is_returned else received, _LIMIT)
        extended_on, extended = self._extend(unit, due, luck)
        closed = self._close(unit, level, route, extended or due, luck)
        if extended and extended_on > due:
            closed = extended
        is_valid = luck["valid"] < 0.88 and not self._has("invalid_call_backs", unit, luck["back"])
        rating = self._rate(unit, level, luck) if is_valid else ""
        return Call(
            number="",
            channel=self.channels[_slot(self.channels_upto, luck["channel"])],
            matter=entry.names[0] if luck["name"] < 0.85 else entry.names[int(luck["name"] * 997) % len(entry.names)],
            route=route,
            is_returned=is_returned,
            caller=f"S{int(luck['caller'] * self.world.texts.tickets.callers):06d}",
            received=received,
            due=due if luck["due"] < 0.7 and not is_returned else None,
            extended_to=extended,
            extended_on=extended_on,
            closed=closed,
            is_valid=is_valid,
            rating=rating,
            is_attitude_complaint=unit not in self.calm and luck["attitude"] < 0.008 - 0.002 * level,
            text=write_complaint(self.world.texts, luck, entry.names[0]),
        )

    def _route(self, entry: Demand, unit: str, received: date, luck: dict) -> tuple[tuple, bool]:
        loop = self.world.truths.hotline.loop
        if entry.names[0] == loop.matter and loop.holds_in(self.period) and luck["pass"] < loop.share:
            return self._hand_on((*loop.units, loop.units[0]), received), False
        first = _choose(entry, luck["first"])
        is_passed = luck["pass"] < entry.passed_on and first != unit and not {first, unit} & self.calm
        if not is_passed:
            if first not in {unit, *self.calm} and self._has("last_day_hand_overs", unit, luck["back"]):
                last = self.clock.after(received, _LIMIT - int(luck["back"] * 1000) % 2)
                return ((unit, received), (first, last)), False
            return ((unit, received),), False
        return self._hand_on((first, unit), received), luck["back"] < 0.25

    def _extend(self, unit: str, due: date, luck: dict) -> tuple[date | None, date | None]:
        """Return when a ticket is extended and until when."""
        if luck["extend"] < _EXTENDED:
            return due, self.clock.after(due, 1 + int(luck["extend"] * 100))
        if not self._has("late_extensions", unit, luck["extend"] - _EXTENDED):
            return None, None
        late = self.clock.after(due, 2 + int(luck["pace"] * 3))
        return late, self.clock.after(late, 4)

    def _has(self, habit: str, unit: str, luck: float) -> bool:
        """Tell whether a unit's habit shows in a ticket."""
        found = self.habits.get(habit)
        return found is not None and found.unit == unit and luck < found.share

    def _hand_on(self, units: tuple[str, ...], received: date) -> tuple[tuple[str, date], ...]:
        return tuple((unit, self.clock.after(received, n) if n else received) for n, unit in enumerate(units))

    def _close(self, unit: str, level: float, route: tuple, limit: date, luck: dict) -> date:
        on_time = 0.974 + 0.007 * level - (0.08 if len(route) > 1 else 0)  # what changes hands takes longer
        if unit not in self.calm and not self.deadlines.draw(unit, min(on_time, _SUREST), luck["late"]):
            return self.clock.after(limit, 1 + int(luck["pace"] * _LONGEST_DELAY))
        days = [day for day in self.clock.days if route[-1][1] <= day <= limit]
        return days[int((0.35 + 0.65 * luck["pace"]) * len(days))]

    def _rate(self, unit: str, level: float, luck: dict) -> str:
        """Return the caller's answer to the call-back; empty where none was reached or none was given."""
        if luck["valid"] > 0.82 or luck["rated"] > 0.95:
            return ""
        chance = self.poor.get(unit, min(0.945 + 0.025 * level, _SUREST))
        is_satisfied = unit in self.calm or self.answers.draw(unit, chance, luck["satisfied"])
        return _SATISFIED[int(luck["rated"] * 300) % 3] if is_satisfied else _UNSATISFIED


def _plant(world: World, period: str, calls: list[Call], clock: Clock) -> Iterator[Call]:
    """Yield the month's tickets with the truths about a unit's repeats, attitude and broken dates."""
    truths = world.truths.hotline
    rude = truths.attitude.count if truths.attitude.holds_in(period) else 0
    broken = truths.broken.count if truths.broken.period == period else 0
    repeated = truths.repeats.count if truths.repeats.holds_in(period) else 0
    for call in calls:
        unit = call.route[-1][0]
        is_town = world.book.unit_by_id[unit].is_town
        if unit == truths.attitude.unit and rude:
            rude, call = rude - 1, replace(call, is_attitude_complaint=True)
        elif unit == truths.repeats.unit and repeated:
            repeated -= 1
            yield _call_again(call, clock, period)
        elif is_town and broken and len(call.route) == 1 and call.closed <= month_end(period):
            broken, call = broken - 1, replace(call, closed=call.received - timedelta(days=3))
        yield call


def _call_again(call: Call, clock: Clock, period: str) -> Call:
    """Return a second ticket of the same caller and matter a few days later in the month, handled in time."""
    unit = call.route[-1][0]
    received = min(clock.after(call.received, 3), month_end(period))
    closed, text = clock.after(received, 2), f"再次来电：{call.text}"
    route = ((unit, received),)
    again = replace(call, route=route, received=received, closed=closed, text=text, is_returned=False)
    return replace(again, due=None, extended_to=None, extended_on=None)


def _slot(upto: list[float], luck: float) -> int:
    return min(bisect_right(upto, luck * upto[-1]), len(upto) - 1)


def _choose(entry: Demand, luck: float) -> str:
    return entry.handlers[_slot(list(accumulate(share for _, share in entry.handlers)), luck)][0]


def list_transfers(call: Call) -> list[tuple[int, str, str, date]]:
    """Return a ticket's transfers: step, from, to, day."""
    return [(n, a, b, day) for n, ((a, _), (b, day)) in enumerate(pairwise(call.route), start=1)]
