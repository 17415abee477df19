"""Who inspects whom, by lot and lawfully: recusal, load limits, at least two each (S14), looked ahead by max-flow."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from analysis.action.draw.announcement import Announcement
from analysis.action.draw.lottery import order_by_ticket
from analysis.action.draw.result import InspectorSkip
from analysis.policy.errors import DataError
from analysis.policy.messages import say


@dataclass(frozen=True)
class Staff:
    """The inspectors of a draw: how many a visit needs, whom each unit may get, how much each can still take."""

    per_visit: int
    allowed: Mapping[str, frozenset[str]]  # unit → inspectors without recusal
    loads: Mapping[str, int]  # inspector → visits left

    def without(self, teams: Iterable[Sequence[str]]) -> "Staff":
        """Return the staff that is left when `teams` are kept."""
        loads = dict(self.loads)
        for team in teams:
            for inspector in team:
                loads[inspector] -= 1
        return Staff(self.per_visit, self.allowed, loads)


@dataclass(frozen=True)
class OpenPlaces:
    """Places still to be filled from some candidates."""

    candidates: tuple[str, ...]
    number: int


def read_staff(announcement: Announcement) -> Staff:
    """Return the staff that an announcement names, with its recusals and load limits (S14)."""
    usual = announcement.rules.visits_per_inspector
    loads = {p.inspector_id: usual if p.load_limit is None else p.load_limit for p in announcement.inspectors}
    recused = {(r.unit_id, r.inspector_id) for r in announcement.recusals}
    allowed = {
        unit.unit_id: frozenset(i for i in loads if (unit.unit_id, i) not in recused) for unit in announcement.units
    }
    return Staff(announcement.rules.inspectors_per_visit, allowed, loads)


def can_staff(needs: Mapping[str, int], allowed: Mapping[str, frozenset[str]], loads: Mapping[str, int]) -> bool:
    """Tell whether every unit can get as many different inspectors as it needs: the maximum flow says so.

    A greedy assignment that succeeds is proof enough; the flow is asked where it does not.

    Args:
        needs: unit → inspectors still needed.
        allowed: unit → inspectors it may still get.
        loads: inspector → visits left.
    """
    if any(len(allowed[unit]) < need for unit, need in needs.items()):
        return False
    return _staff_greedily(needs, allowed, loads) or _flow_staffs(needs, allowed, loads)


def _staff_greedily(needs: Mapping[str, int], allowed: Mapping[str, frozenset[str]], loads: Mapping[str, int]) -> bool:
    left = dict(loads)
    for unit in sorted(needs, key=lambda u: (len(allowed[u]), u)):
        team = sorted((i for i in allowed[unit] if left[i]), key=lambda i: (-left[i], i))[: needs[unit]]
        if len(team) < needs[unit]:
            return False
        for person in team:
            left[person] -= 1
    return True


def _flow_staffs(needs: Mapping[str, int], allowed: Mapping[str, frozenset[str]], loads: Mapping[str, int]) -> bool:
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for unit, need in needs.items():
        graph.add_edge("source", ("unit", unit), capacity=need)
        graph.add_edges_from((("unit", unit), ("person", i), {"capacity": 1}) for i in allowed[unit])
    graph.add_edges_from((("person", i), "sink", {"capacity": load}) for i, load in loads.items())
    return nx.maximum_flow_value(graph, "source", "sink") == sum(needs.values())


def can_complete(staff: Staff, drawn: Sequence[str], places: Sequence[OpenPlaces]) -> bool:
    """Tell whether the open places can still be filled so that every drawn unit gets its inspectors.

    Exact: it searches, candidates with equal recusals stand for one another, and a flow in which places may be split
    between units prunes branches that cannot succeed.
    """
    places = [p for p in places if p.number]
    if not places:
        return can_staff(dict.fromkeys(drawn, staff.per_visit), staff.allowed, staff.loads)
    if _first_choice_holds(staff, drawn, places):
        return True
    if not _can_relax(staff, drawn, places):
        return False
    first, *later = places
    rest = _most_flexible_first(staff, set(first.candidates) - set(drawn))
    tried = set()
    for position, unit in enumerate(rest):
        if staff.allowed[unit] not in tried:
            tried.add(staff.allowed[unit])
            left = OpenPlaces(tuple(rest[position + 1 :]), first.number - 1)
            if can_complete(staff, [*drawn, unit], [left, *later]):
                return True
    return False


def _most_flexible_first(staff: Staff, units: Iterable[str]) -> list[str]:
    return sorted(units, key=lambda u: (-len(staff.allowed[u]), sorted(staff.allowed[u])))


def _first_choice_holds(staff: Staff, drawn: Sequence[str], places: Sequence[OpenPlaces]) -> bool:
    # The choice most likely to succeed; nearly always it does, and spares the search.
    chosen = list(drawn)
    for place in places:
        rest = _most_flexible_first(staff, set(place.candidates) - set(chosen))[: place.number]
        if len(rest) < place.number:
            return False
        chosen += rest
    return can_staff(dict.fromkeys(chosen, staff.per_visit), staff.allowed, staff.loads)


def _can_relax(staff: Staff, drawn: Sequence[str], places: Sequence[OpenPlaces]) -> bool:
    # Necessary, not sufficient: here a place may get one inspector at one unit and the second at another. Units that
    # may get the same inspectors in the same places flow as one, which keeps the graph small.
    kinds = Counter((staff.allowed[unit], "drawn") for unit in drawn)
    open_in: dict[str, tuple[int, ...]] = {}
    for index, place in enumerate(places):
        for unit in set(place.candidates) - set(drawn):
            open_in[unit] = (*open_in.get(unit, ()), index)
    kinds += Counter((staff.allowed[unit], where) for unit, where in open_in.items())
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for (people, where), size in kinds.items():
        middle, kind = ("kind", people, where), ("staffed", people, where)
        graph.add_edge(middle, kind, capacity=size * staff.per_visit)
        graph.add_edges_from((kind, ("person", i), {"capacity": size}) for i in people)
        if where == "drawn":
            graph.add_edge("source", middle, capacity=size * staff.per_visit)
        else:
            graph.add_edges_from((("place", index), middle) for index in where)
    wanted = {("place", index): place.number * staff.per_visit for index, place in enumerate(places)}
    graph.add_edges_from(("source", place, {"capacity": capacity}) for place, capacity in wanted.items())
    graph.add_edges_from((("person", i), "sink", {"capacity": load}) for i, load in staff.loads.items())
    return nx.maximum_flow_value(graph, "source", "sink") == sum(wanted.values()) + len(drawn) * staff.per_visit


def require_staff(staff: Staff, draw_id: str, places: Sequence[OpenPlaces]) -> None:
    """Refuse a draw for which no lawful assignment of inspectors exists (S14).

    Raises:
        DataError: says how many inspectors are needed, how many there are, and which units too few may visit.
    """
    if can_complete(staff, [], places):
        return
    n_units = sum(place.number for place in places)
    asked = {unit for place in places for unit in place.candidates}
    short = sorted(u for u in asked if len(staff.allowed[u]) < staff.per_visit)
    raise DataError(
        say(
            "draw {draw_id}: no lawful assignment of inspectors: {n_units} units need {per_visit} each "
            "({n_visits} visits), {n_inspectors} inspectors may take {n_allowed}"
        ).format(
            draw_id=draw_id,
            n_units=n_units,
            per_visit=staff.per_visit,
            n_visits=n_units * staff.per_visit,
            n_inspectors=len(staff.loads),
            n_allowed=sum(staff.loads.values()),
        )
        + (
            say("; fewer than {per_visit} may visit {short}").format(per_visit=staff.per_visit, short=", ".join(short))
            if short
            else ""
        )
        + say("; name more inspectors or raise their load limit (S14)")
    )


def assign_inspectors(
    key: bytes, staff: Staff, units: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], tuple[InspectorSkip, ...]]:
    """Draw the inspectors of each unit by lot, in the units' order (R12, S14).

    An inspector is taken in the order of the tickets unless a recusal, the load limit or the look-ahead forbids it:
    with this inspector here, some unit could no longer get enough.

    Returns:
        Unit → its inspectors in the order drawn; and every inspector passed over, with the reason.
    """
    needs = dict.fromkeys(units, staff.per_visit)
    allowed, loads = dict(staff.allowed), dict(staff.loads)
    teams, skips = {}, []
    for unit in units:
        team: list[str] = []
        for _, person in order_by_ticket(key, f"inspector|{unit}", staff.loads):
            if len(team) == staff.per_visit:
                break
            reason = _obstacle(unit, person, needs, allowed, loads)
            if reason:
                skips.append(InspectorSkip(unit_id=unit, inspector_id=person, reason=reason))
            else:
                team.append(person)
                needs[unit] -= 1
                loads[person] -= 1
            allowed[unit] -= {person}
        teams[unit] = tuple(team)
    return teams, tuple(skips)


def _obstacle(unit: str, person: str, needs: Mapping, allowed: Mapping, loads: Mapping) -> str:
    if person not in allowed[unit]:
        return "recusal"
    if loads[person] == 0:
        return "load_limit"
    then_needs = {**needs, unit: needs[unit] - 1}
    then_allowed = {**allowed, unit: allowed[unit] - {person}}
    then_loads = {**loads, person: loads[person] - 1}
    return "" if can_staff(then_needs, then_allowed, then_loads) else "look_ahead"
