"""The panel of posts shows what `staffing_moves` finds, within the limits of `params/workload.yml`."""

from dataclasses import replace

import pytest

from analysis.insight.staffing_moves import Move, find_moves, try_moves
from analysis.report.explore_posts import posts_panel
from analysis.report.staffing_moves import moves_table, tell_move, tell_moves

from .test_staffing import BUSY, IDLE, PEAK, UNIT, UNKNOWN_UNIT, units

NEED = {"posts_needed": 30.0, "posts_needed_low": 28.0, "posts_needed_high": 32.0, "workload_per_head": 20.0}
OTHER = UNIT | {"unit_id": "D02", "group": "economy", "in_post": 4} | NEED
TABLE = units(
    BUSY | {"workload_per_head": 30.0},
    IDLE | NEED | {"in_post": 60},
    OTHER,
    PEAK | {"workload_per_head": 25.0},
    UNKNOWN_UNIT | {"workload_per_head": None},
)


@pytest.fixture(scope="module")
def policy(whole_book):
    return whole_book.at("2026-10")


def limited(policy, **limits):
    moves = policy.workload.moves.model_copy(update=limits)
    return replace(policy, workload=policy.workload.model_copy(update={"moves": moves}))


@pytest.fixture
def panel(policy):
    most, best, giver, taker, count, told = posts_panel(TABLE, policy).children
    return {"most": most, "best": best, "giver": giver, "taker": taker, "count": count, "told": told}


def test_the_best_moves_follow_the_slider_of_how_many_posts_may_move(panel, policy):
    seen = set()
    for most in (policy.workload.moves.max_moves, 2):
        panel["most"].value = most
        rules = policy.workload.moves.model_copy(update={"max_moves": most})
        moves = try_moves(TABLE, find_moves(TABLE, rules))
        assert tell_moves(moves, TABLE, policy.names, rules) in panel["best"].value
        assert moves_table(moves, TABLE, policy.names) in panel["best"].value
        seen.add(panel["best"].value)
    assert len(seen) == 2


def test_a_move_of_ones_own_is_shown_at_once(panel, policy):
    panel["giver"].value, panel["taker"].value, panel["count"].value = "D13", "D57", 3
    moves = try_moves(TABLE, [Move("D13", "D57", 3)])
    assert tell_move(moves, policy.names) in panel["told"].value
    assert moves_table(moves, TABLE, policy.names) in panel["told"].value


def test_posts_move_within_their_pool_alone_and_are_known(panel):
    panel["giver"].value = "D13"
    assert [unit for _, unit in panel["taker"].options] == ["D02", "D57"]
    panel["giver"].value = "T04"
    assert panel["taker"].options == () and "没有可以相互调整编制的单位" in panel["told"].value


def test_protected_units_and_those_of_one_give_nothing(policy):
    table = TABLE.assign(in_post=TABLE["in_post"].where(TABLE["unit_id"] != "D02", 1))
    giver = posts_panel(table, limited(policy, protected=("D13",))).children[2]
    assert [unit for _, unit in giver.options] == ["D57", "T04"]


def test_no_more_posts_move_than_the_slider_above_allows_and_one_stays(panel):
    panel["giver"].value = "D02"
    assert panel["count"].max == 3  # four in post
    panel["giver"].value = "D13"
    panel["count"].value, panel["most"].value = 10, 5
    assert (panel["count"].max, panel["count"].value) == (5, 5)


def test_without_known_loads_the_panel_says_so(policy):
    shown = posts_panel(units(UNKNOWN_UNIT), policy)
    assert "不能推演编制调整" in shown.value
