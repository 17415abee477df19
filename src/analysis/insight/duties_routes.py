"""The routes that tickets take between units: loops are what a plain return is not (R8)."""

from collections import Counter
from collections.abc import Iterable, Sequence

Route = tuple[str, ...]


def find_loops(route: Sequence[str], returned: Sequence[bool]) -> list[Route]:
    """Return the loops of a ticket's route: units that passed it on until one of them had it again.

    A unit that sends a ticket straight back to the one it came from returns it (S19): that is no loop. A loop begins
    with its smallest id, so that A → B → C → A and B → C → A → B are one.

    Args:
        route: the units in order, one more than there are moves.
        returned: for each move whether it is a return.
    """
    path: list[str] = []
    loops = []
    for unit, is_return in zip(route, (False, *returned), strict=True):
        if path and unit == path[-1]:
            continue  # between towns, which count as one
        if unit in path:
            start = path.index(unit)
            loop = path[start:]
            if not (len(loop) == 2 and is_return):
                loops.append(_from_smallest(loop))
            path = path[: start + 1]
        else:
            path = [*path, unit]
    return loops


def _from_smallest(loop: Sequence[str]) -> Route:
    start = loop.index(min(loop))
    return (*loop[start:], *loop[:start])


def count_loops(routes: Iterable[tuple[str, Sequence[str], Sequence[bool], int]]) -> tuple[Counter, Counter]:
    """Return how many tickets of a matter went round each loop, and how many went round any.

    Args:
        routes: matter, route, returned moves, and how many tickets took this route.

    Returns:
        (matter, loop) → tickets, and matter → tickets.
    """
    by_loop: Counter = Counter()
    by_matter: Counter = Counter()
    for matter, route, returned, n_tickets in routes:
        loops = set(find_loops(route, returned))
        for loop in loops:
            by_loop[matter, loop] += n_tickets
        if loops:
            by_matter[matter] += n_tickets
    return by_loop, by_matter
