"""How many units are drawn from which candidates: minimum, yearly cap, watch list at twice the rate (S14, R9)."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from analysis.action.draw.announcement import PoolDuty, PoolUnit, Stratum, Visit
from analysis.policy.book import Policy
from analysis.policy.draw import DrawRules
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.models import Unit
from analysis.policy.period import shift


@dataclass(frozen=True)
class Pool:
    """The eligible units of a month and what their earlier visits leave open."""

    rules: DrawRules
    period: str
    units: tuple[PoolUnit, ...]
    visits: Counter[str]  # unit → visits in the period's year
    resting: frozenset[str]

    @property
    def minimum(self) -> int:
        """The least number of units to draw by lot in a month (S14)."""
        share = Fraction(self.rules.minimum_share_pct) / 100
        return max(self.rules.minimum_per_month, math.ceil(share * len(self.units)))

    @property
    def free(self) -> list[PoolUnit]:
        """The units that may be drawn by lot: not named, and below the yearly cap."""
        return [u for u in self.units if not u.is_must and self.visits[u.unit_id] < self.rules.maximum_per_year]

    @property
    def even_pace(self) -> int:
        """The most units a month that leave the year's later months their minimum, spread evenly."""
        months_left = 13 - int(self.period[5:])
        left = [min(self.rules.maximum_per_year - self.visits[u.unit_id], months_left) for u in self.free]
        return max(self.minimum, sum(left) // months_left)

    def candidates(self, kind: str, stratum_id: str) -> tuple[str, ...]:
        """Return the ids of a stratum's candidates, sorted."""
        if kind == "must":
            chosen = [u for u in self.units if u.is_must]
        elif kind == "watch":
            chosen = [u for u in self.free if u.is_watch]
        elif kind == "all":
            chosen = self.free
        else:
            ordinary = [u for u in self.free if u.stratum == stratum_id and not u.is_watch]
            chosen = [u for u in ordinary if u.unit_id not in self.resting]
        return tuple(sorted(u.unit_id for u in chosen))

    def members(self, stratum_id: str) -> list[PoolUnit]:
        """Return all units of an ordinary stratum that are not on the watch list, whatever their earlier visits."""
        return [u for u in self.units if u.stratum == stratum_id and not u.is_watch]


def list_eligible(units: Iterable[Unit], rules: DrawRules, must: Iterable[str], watch: Iterable[str]):
    """Return the pool of a month: window and service units (R12), as departments or towns (R3).

    Args:
        units: the units in force in the month.
        rules: the rules of draws.
        must: ids of units to be inspected in any case; they join the pool whatever they are.
        watch: ids of units on the watch list (R9).

    Returns:
        A tuple of `PoolUnit`, sorted by id.
    """
    must, watch = set(must), set(watch)
    ids = {stratum.kind: stratum.id for stratum in rules.strata}
    pool = [
        PoolUnit(
            unit_id=unit.id,
            name=unit.name,
            stratum=ids["towns" if unit.is_town else "departments"],
            is_must=unit.id in must,
            is_watch=unit.id in watch,
        )
        for unit in units
        if unit.is_window or unit.id in must
    ]
    return tuple(sorted(pool, key=lambda unit: unit.unit_id))


def list_duties(policy: Policy, unit_ids: Collection[str], seen: Collection[tuple[str, str]]) -> list[PoolDuty]:
    """Return the duties that may be drawn for some units; none where the rules draw none (R8, S42).

    A unit's duties are those of the lists that name it as lead or co-operating, or as a town. What it was looked at for
    already leaves its lot, unless fewer are left than are drawn.

    Args:
        policy: the rules in force.
        unit_ids: the units of the pool.
        seen: (unit, duty) that earlier draws gave.
    """
    per_visit = policy.draw.duties_per_visit
    own = {matter: set(policy.units_of(matter)) & set(unit_ids) for matter in policy.matters} if per_visit else {}
    unseen = {matter: {unit for unit in units if (unit, matter.id) not in seen} for matter, units in own.items()}
    left = Counter(unit for units in unseen.values() for unit in units)
    few = {unit for unit in unit_ids if left[unit] < per_visit}
    drawable = {matter: sorted(unseen[matter] | (units & few)) for matter, units in own.items()}
    return [PoolDuty(duty_id=m.id, name=m.name, unit_ids=units) for m, units in drawable.items() if units]


def plan_strata(
    rules: DrawRules, period: str, units: Sequence[PoolUnit], history: Sequence[Visit]
) -> tuple[Stratum, ...]:
    """Return the strata of a draw with their fixed numbers (S14, R9).

    An ordinary stratum takes the minimum share of its units, rounded up. The watch list takes `watch_factor` times
    the rate of the ordinary strata together, rounded up. The stratum of all units takes its places and whatever is
    missing to the minimum. If that is more than the yearly caps allow at an even pace, ordinary strata give places
    back first, the one most visited this year for its size before others; then the watch list; the stratum of all
    units last.

    Returns:
        One `Stratum` per stratum of the rules, in the order of drawing; candidates are sorted by id.

    Raises:
        DataError: a unit's stratum is unknown, a named unit has reached its cap, or the caps leave fewer units than
            the minimum.
    """
    pool = _read_pool(rules, period, units, history)
    candidates = {s.id: pool.candidates(s.kind, s.id) for s in rules.strata}
    numbers = _trim(pool, _count_places(pool, candidates))
    by_lot = sum(numbers[s.id] for s in rules.strata if s.kind != "must")
    if by_lot < pool.minimum:
        raise DataError(
            say(
                "draw of {period}: {n_free} units are below the cap of {maximum_per_year} a year, "
                "at least {minimum} must be drawn by lot (S14); enlarge the pool or change params/draw.yml"
            ).format(
                period=period, n_free=len(pool.free), maximum_per_year=rules.maximum_per_year, minimum=pool.minimum
            )
        )
    return tuple(
        Stratum(id=s.id, name=s.name, kind=s.kind, number=numbers[s.id], candidates=candidates[s.id])
        for s in rules.strata
    )


def stratum_rates(strata: Sequence[Stratum]) -> dict[str, Fraction]:
    """Return stratum id → chance of each candidate to be drawn in it, if no inspector is lacking.

    In the stratum of all units it is the chance of a candidate that was not drawn before.
    """
    before = sum(s.number for s in strata if s.kind not in ("must", "all"))
    sizes = {s.id: len(s.candidates) - (before if s.kind == "all" else 0) for s in strata}
    return {s.id: Fraction(s.number, sizes[s.id]) if sizes[s.id] else Fraction(0) for s in strata}


def _read_pool(rules: DrawRules, period: str, units: Sequence[PoolUnit], history: Sequence[Visit]) -> Pool:
    ordinary = {s.id for s in rules.strata if s.is_ordinary}
    visits = Counter(visit.unit_id for visit in history if visit.period[:4] == period[:4])
    since = shift(period, -rules.rest_months)
    resting = frozenset(v.unit_id for v in history if since <= v.period) if rules.rest_months else frozenset()
    for unit in units:
        if unit.stratum not in ordinary:
            told = say("unit {unit_id}: unknown stratum {stratum!r}; one of {ordinary}")
            raise DataError(told.format(unit_id=unit.unit_id, stratum=unit.stratum, ordinary=sorted(ordinary)))
        if unit.is_must and visits[unit.unit_id] >= rules.maximum_per_year:
            raise DataError(
                say(
                    "unit {unit_id} is named as must, but was visited {n_visits} times in {year}: "
                    "at most {maximum_per_year} a year (S14); inspect it as key supervision (R13), outside the draw"
                ).format(
                    unit_id=unit.unit_id,
                    n_visits=visits[unit.unit_id],
                    year=period[:4],
                    maximum_per_year=rules.maximum_per_year,
                )
            )
    return Pool(rules, period, tuple(units), visits, resting)


def _count_places(pool: Pool, candidates: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    rules = pool.rules
    share = Fraction(rules.minimum_share_pct) / 100
    ids = {s.kind: s.id for s in rules.strata}
    ordinary = [s.id for s in rules.strata if s.is_ordinary]
    numbers = {s: min(math.ceil(share * len(pool.members(s))), len(candidates[s])) for s in ordinary}
    n_candidates = sum(len(candidates[s]) for s in ordinary)
    rate = max(share, Fraction(sum(numbers.values()), n_candidates)) if n_candidates else share
    n_watch = len(candidates[ids["watch"]])
    numbers[ids["watch"]] = min(math.ceil(Fraction(rules.watch_factor) * rate * n_watch), n_watch)
    missing = pool.minimum - sum(numbers.values())
    left = len(pool.free) - sum(numbers.values())
    numbers[ids["all"]] = min(max(rules.all_units_places, missing), left)
    numbers[ids["must"]] = len(candidates[ids["must"]])
    return numbers


def _trim(pool: Pool, numbers: Mapping[str, int]) -> dict[str, int]:
    ids = {s.kind: s.id for s in pool.rules.strata}
    ordinary = [s.id for s in pool.rules.strata if s.is_ordinary]
    members = {s: pool.members(s) for s in ordinary}
    visited = {s: sum(pool.visits[u.unit_id] for u in members[s]) for s in ordinary}
    trimmed = dict(numbers)
    for _ in range(sum(numbers.values()) - numbers[ids["must"]] - pool.even_pace):
        filled = [s for s in ordinary if trimmed[s]]
        most = max(filled, key=lambda s: Fraction(visited[s] + trimmed[s], len(members[s])), default=None)
        trimmed[most or (ids["watch"] if trimmed[ids["watch"]] else ids["all"])] -= 1
    return trimmed
