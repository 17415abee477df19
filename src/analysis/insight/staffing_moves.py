"""What a move of posts would change, and which moves lessen the spread of loads most: evidence, no proposal (S41)."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.policy.tables import TABLES
from analysis.policy.workload import MoveRules

_SIDES = ("from", "to")


class Move(NamedTuple):
    """So many posts, with the staff in them, from one unit to another."""

    from_unit: str
    to_unit: str
    n_posts: int


class _Slots(NamedTuple):
    """Single posts that units may give or take, one after another, and by how much each lessens the spread; (S,)."""

    units: np.ndarray
    gains: np.ndarray


def find_moves(staffing: pd.DataFrame, rules: MoveRules) -> list[Move]:
    """Return the moves that lessen the spread of loads most, within the limits of `params/workload.yml`.

    The spread is that of the loads around the district's, each weighted by the staff in post; needs and staff being
    fixed in sum, it is least where the sum of need² / staff is. A unit that is busy beyond chance fills its own empty
    posts first and takes others while its need exceeds its staff then, even at the interval's lower end; one that is
    idle gives posts with the staff in them while its staff exceeds the need even at the upper end. Solved exactly, as
    an assignment of posts in whole numbers.

    Args:
        staffing: table `staffing` of a month.
        rules: how many posts may move, between which groups, and whose are protected.
    """
    units = _read_needs(staffing)
    wanted = (units["need_low"] - units["in_post"]).where(units["load_state"] == "busy")
    may_give = (units["load_state"] == "idle") & ~units.index.isin(rules.protected)
    spare = (units["in_post"] - units["need_high"]).where(may_give)
    takes, gives = _list_slots(units, wanted, 1, rules), _list_slots(units, spare, -1, rules)
    pools = units["group"].map(rules.pool_of).to_numpy()
    taken, given = _choose(takes, gives, pools, rules.max_moves)
    moves = []
    for pool in dict.fromkeys(pools):
        ends = [
            _in_order(slots, chosen & (pools[slots.units] == pool))
            for slots, chosen in ((gives, given), (takes, taken))
        ]
        pairs = pd.Series(zip(*ends, strict=True)).value_counts(sort=False)
        moves += [Move(*units.index[list(pair)], int(count)) for pair, count in pairs.items()]
    return moves


def _read_needs(staffing: pd.DataFrame) -> pd.DataFrame:
    """Return staff, need and its interval of units whose load is known; without standards at the usual load.

    Empty posts of a busy unit count as filled: it needs no other unit's for them.
    """
    known = staffing[staffing["load"].notna() & (staffing["in_post"] > 0)].set_index("unit_id")
    needs = {
        name: known[f"posts_needed{end}"].fillna(known[f"load{end}"] * known["in_post"])
        for name, end in (("need", ""), ("need_low", "_low"), ("need_high", "_high"))
    }
    workload = known["workload_per_head"] * known["in_post"]
    staff = known["in_post"].where(known["load_state"] != "busy", known[["in_post", "posts"]].max(axis=1))
    return known[["group", "load_state"]].assign(in_post=staff, workload=workload, **needs)


def _list_slots(units: pd.DataFrame, limits: pd.Series, step: int, rules: MoveRules) -> _Slots:
    """Return the posts that each unit may take (`step` 1) or give (−1), up to its limit."""
    counts = np.floor(limits.fillna(0).clip(0, rules.max_moves)).to_numpy().astype(int)
    which = np.repeat(np.arange(len(units)), counts)
    before = np.arange(len(which)) - np.repeat(counts.cumsum() - counts, counts)
    staff, need = (units[name].to_numpy()[which] for name in ("in_post", "need"))
    return _Slots(which, need**2 / (staff + step * before) - need**2 / (staff + step * (before + 1)))


def _choose(takes: _Slots, gives: _Slots, pools: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which posts are taken and given: as many of each in every pool, and of all no more than `most`."""
    from scipy.optimize import LinearConstraint, milp  # takes long to import

    n_takes, gains = len(takes.units), np.concatenate([takes.gains, gives.gains])
    if not n_takes or n_takes == len(gains):
        return np.zeros(n_takes, dtype=bool), np.zeros(len(gives.units), dtype=bool)
    is_take = np.arange(len(gains)) < n_takes
    of_pool = pools[np.concatenate([takes.units, gives.units])] == np.unique(pools)[:, None]
    limits = [
        LinearConstraint(of_pool * np.where(is_take, 1, -1), 0, 0),
        LinearConstraint(is_take.astype(float), 0, most),
    ]
    chosen = milp(-gains, integrality=np.ones(len(gains)), bounds=(0, 1), constraints=limits).x > 0.5
    return chosen[is_take], chosen[~is_take]


def _in_order(slots: _Slots, chosen: np.ndarray) -> list[int]:
    """Return the unit of each chosen post, those together whose moves gain most first."""
    gains = pd.Series(slots.gains[chosen]).groupby(slots.units[chosen]).agg(["sum", "size"])
    ordered = gains.sort_values("sum", ascending=False, kind="stable")
    return np.repeat(ordered.index.to_numpy(dtype=int), ordered["size"]).tolist()


def try_moves(staffing: pd.DataFrame, moves: Iterable[Move]) -> pd.DataFrame:
    """Return the table `staffing_moves`: what moves change, one after the other; a row a move and side (S41).

    Staff, load, workload per head and the load's place in the group, the heaviest first, stand before and after each
    move; what a unit needs stays as it is.

    Args:
        staffing: table `staffing` of a month.
        moves: the moves, by `find_moves` or by hand.
    """
    units, rows = _read_needs(staffing), [TABLES["staffing_moves"].empty()]
    for number, move in enumerate(moves, start=1):
        own = [move.from_unit, move.to_unit]
        after = units.copy()
        after.loc[own, "in_post"] += [-move.n_posts, move.n_posts]
        sides = _describe(units).add_suffix("_before").join(_describe(after).add_suffix("_after")).loc[own]
        told = {"period": staffing["period"].iloc[0], "move": number, "n_posts": move.n_posts}
        told |= {"spread_before": _spread(units), "spread_after": _spread(after), "posts_needed": units["need"]}
        rows.append(sides.assign(**told, side=_SIDES, other_unit_id=own[::-1]).rename_axis("unit_id").reset_index())
        units = after
    return TABLES["staffing_moves"].check(pd.concat(rows))


def _describe(units: pd.DataFrame) -> pd.DataFrame:
    load = units["need"] / units["in_post"]
    return pd.DataFrame(
        {
            "in_post": units["in_post"],
            "load": load,
            "workload_per_head": units["workload"] / units["in_post"],
            "load_rank": load.groupby(units["group"]).rank(method="min", ascending=False),
        }
    )


def _spread(units: pd.DataFrame) -> float:
    """Return the standard deviation of the loads, weighted by staff."""
    mean = np.average(units["need"] / units["in_post"], weights=units["in_post"])
    return float(np.sqrt(np.average((units["need"] / units["in_post"] - mean) ** 2, weights=units["in_post"])))
