"""The cross-duty model finds loops, gaps and who should lead, and says nothing where the evidence is weak."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from analysis.insight.duties import analyse_duties
from analysis.insight.duties_routes import find_loops

from .tickets import clean_moves_frame, clean_tickets_frame, write

TOWNS = ["T01", "T02", "T03"]


@pytest.fixture(scope="module")
def policy(whole_book):
    return whole_book.at("2026-10")


@pytest.fixture
def analyse(tmp_path, policy):
    def run(tickets: list[dict], moves: list[dict] = ()):
        t = [write(tmp_path, "tickets", clean_tickets_frame(tickets))]
        m = [write(tmp_path, "moves", clean_moves_frame(moves))] if moves else []
        return analyse_duties(t, m, policy, TOWNS)

    return run


def route(number: int, units: list[str], returned: tuple[int, ...] = ()) -> list[dict]:
    pairs = enumerate(pairwise(units), start=1)
    return [
        {
            "ticket_id": f"T{number:06d}",
            "step": step,
            "from_unit_id": a,
            "to_unit_id": b,
            "is_returned": step in returned,
        }
        for step, (a, b) in pairs
    ]


@pytest.mark.parametrize(
    ("units", "returned", "loops"),
    [
        ("ABCA", (), [("A", "B", "C")]),
        ("BCAB", (), [("A", "B", "C")]),  # the same loop begun elsewhere
        ("ABC", (), []),
        ("ABA", (), [("A", "B")]),
        ("ABA", (2,), []),  # a plain return
        ("ABAC", (2,), []),
        ("ABCBA", (), [("B", "C"), ("A", "B")]),
        ("ABCABC", (), [("A", "B", "C"), ("A", "B", "C")][:1]),
        ("AABA", (), [("A", "B")]),  # from town to town, which count as one
    ],
)
def test_loops_of_a_route(units, returned, loops):
    flags = [step in returned for step in range(1, len(units))]
    assert sorted(set(find_loops(units, flags))) == sorted(loops)


def test_loop_between_three_units_is_named_with_its_days(analyse):
    moves = [move for n in range(12) for move in route(n, ["D63", "D56", "D59", "D63"])]
    found = analyse([{"matter": "电动自行车充电", "unit_id": "D63"}] * 40, moves)
    (loop,) = found.loops.to_dict("records")
    assert (loop["loop"], loop["n_tickets"], loop["is_named"]) == ("D56>D59>D63", 12, True)
    matter = found.by_matter.set_index("matter").loc["电动自行车充电"]
    assert (matter["n_looped"], matter["n_hops"], matter["days_lost"], matter["n_handlers"]) == (12, 36, 36, 3)
    assert matter["is_for_meeting"] and matter["mean_hops"] == 36 / 40


def test_no_loop_is_named_when_the_receivers_are_shuffled(analyse):
    moves = pd.DataFrame([move for n in range(60) for move in route(n, ["D63", "D56", "D59", "D63"])])
    rng = np.random.default_rng(4)
    others = np.array([f"D{n:02d}" for n in range(1, 60)])
    shuffled = moves.assign(from_unit_id=rng.choice(others, len(moves)), to_unit_id=rng.choice(others, len(moves)))
    shuffled = shuffled[shuffled["from_unit_id"] != shuffled["to_unit_id"]]
    found = analyse([{"matter": "电动自行车充电", "unit_id": "D63"}] * 100, shuffled.to_dict("records"))
    assert not found.loops["is_named"].any()


def test_matter_that_no_clause_covers_goes_to_the_meeting(analyse):
    found = analyse([{"matter": "共享单车停放", "matter_id": "", "unit_id": u} for u in ("D57", "D58", "T01") * 10])
    matter = found.by_matter.set_index("matter").loc["共享单车停放"]
    assert not matter["is_known"] and matter["is_for_meeting"] and matter["outside_list"] == 1
    assert matter["strength"] == "none" and matter["proposed_unit_id"] == ""
    assert matter["spread"] == pytest.approx(1 - 1 / 3)


def test_index_is_the_weighted_mean_of_its_parts(analyse, policy):
    found = analyse([{"unit_id": u} for u in ("D57", "D60", "D31", "D57") * 10], route(0, ["D60", "D57"]))
    matter = found.by_matter.set_index("matter").loc["占道经营"]
    weights = policy.duties.model.index_weights
    parts = {part: matter[part] for part in weights}
    assert matter["overlap_index"] == pytest.approx(sum(weights[p] * parts[p] for p in parts))
    assert parts["outside_list"] == 0.25 and parts["passed_on"] == 1 / 40  # D31 has no clause
    handlers = found.handlers.set_index("unit_id")
    assert handlers["role"].to_dict() == {"D31": "outside", "D57": "lead", "D60": "co_operating"}
    assert handlers["is_named_outside"].to_dict() == {"D31": True, "D57": False, "D60": False}


@pytest.mark.parametrize(
    ("counts", "proposed", "strength"),
    [
        ({"D57": 80, "D60": 20}, "D57", "strong"),
        ({"D60": 80, "D57": 20}, "D60", "strong"),
        ({"D57": 50, "D60": 25, "D56": 25}, "D57", "moderate"),
        ({"D57": 36, "D60": 34, "D56": 30}, "", "none"),
        ({"D57": 52, "D60": 48}, "", "none"),  # the intervals of the two overlap
        ({"D57": 12}, "", "none"),  # too few
    ],
)
def test_lead_is_proposed_only_where_the_evidence_is_clear(analyse, counts, proposed, strength):
    found = analyse([{"unit_id": unit} for unit, n in counts.items() for _ in range(n)])
    matter = found.by_matter.set_index("matter").loc["占道经营"]
    assert (matter["proposed_unit_id"], matter["strength"]) == (proposed, strength)
    assert matter["is_proposal_as_listed"] == (proposed == "D57")


def test_no_lead_is_proposed_when_the_units_are_shuffled(analyse):
    rng = np.random.default_rng(6)
    found = analyse([{"unit_id": f"D{n:02d}"} for n in rng.integers(1, 60, 400)])
    assert (found.by_matter["strength"] == "none").all()


def test_towns_count_as_one_and_are_no_overlap_under_territorial_management(analyse):
    found = analyse([{"unit_id": u} for u in ("D57", "T01", "T02", "T03") * 25])
    matter = found.by_matter.set_index("matter").loc["占道经营"]
    assert matter["n_handlers"] == 2 and matter["spread"] == 0 and matter["outside_list"] == 0
    assert matter["proposed_unit_id"] == "D57"


def test_listed_matter_without_tickets_is_never_handled(analyse):
    found = analyse([{}] * 20)
    matters = found.by_matter.set_index("matter")
    assert matters.loc["地名标志设置", "is_never_handled"] and not matters.loc["占道经营", "is_never_handled"]
    assert np.isnan(matters.loc["地名标志设置", "overlap_index"])


def test_small_matters_get_neither_index_nor_meeting(analyse):
    found = analyse([{"matter": "怪事", "matter_id": ""}] * 19)
    matter = found.by_matter.set_index("matter").loc["怪事"]
    assert np.isnan(matter["overlap_index"]) and not matter["is_for_meeting"] and matter["n_tickets"] == 19


def test_flows_count_tickets_moves_and_returns(analyse):
    moves = route(0, ["D57", "D60", "D57"], (2,)) + route(1, ["D57", "D60"])
    flows = analyse([{}] * 20, moves).flows.set_index(["from_unit_id", "to_unit_id"])
    assert flows.loc[("D57", "D60"), ["n_tickets", "n_moves", "n_returned"]].tolist() == [2, 2, 0]
    assert flows.loc[("D60", "D57"), ["n_tickets", "n_moves", "n_returned"]].tolist() == [1, 1, 1]


def test_matters_that_come_back_are_counted_once_for_the_matter(analyse):
    callers = ["a", "a", "b", "b", "b"] + [""] * 20
    found = analyse([{"caller_key": caller} for caller in callers] + [{"matter": "物业服务", "caller_key": "a"}])
    matters = found.by_matter.set_index("matter")
    assert (matters.loc["占道经营", "n_repeats"], matters.loc["占道经营", "came_back"]) == (3, 3 / 25)
    assert matters.loc["物业服务", "n_repeats"] == 0


@pytest.mark.parametrize(
    ("n_loops", "n_tickets", "is_named"), [(10, 500, True), (9, 100, False), (10, 501, False)], ids=["", "few", "rare"]
)
def test_a_loop_is_named_from_its_fewest_tickets_and_share_on(analyse, n_loops, n_tickets, is_named):
    moves = [move for n in range(n_loops) for move in route(n, ["D63", "D56", "D59", "D63"])]
    (loop,) = analyse([{"unit_id": "D57"}] * n_tickets, moves).loops.to_dict("records")
    assert (loop["n_units"], loop["share_pct"], loop["is_named"]) == (3, 100 * n_loops / n_tickets, is_named)


@pytest.mark.parametrize(("n_passed_on", "is_for_meeting"), [(20, True), (19, False)])
def test_a_matter_goes_to_the_meeting_from_the_rules_index_on(analyse, n_passed_on, is_for_meeting):
    moves = [move for n in range(n_passed_on) for move in route(n, ["D60", "D57"])]
    matter = analyse([{}] * 20, moves).by_matter.set_index("matter").loc["占道经营"]
    assert matter["overlap_index"] == pytest.approx(30 * n_passed_on / 20)
    assert matter["is_for_meeting"] == is_for_meeting


def test_twenty_tickets_are_enough_for_an_index_a_meeting_and_a_proposal(analyse):
    found = analyse([{"matter": "怪事", "matter_id": "", "unit_id": "D31"}] * 20 + [{}] * 20)
    matters = found.by_matter.set_index("matter")
    assert matters.loc["怪事", "outside_list"] == 1 and matters.loc["怪事", "is_for_meeting"]
    lead = matters.loc["占道经营"]
    assert (lead["proposed_unit_id"], lead["strength"], lead["proposed_share_pct"]) == ("D57", "strong", 100)
    assert (lead["n_tickets"], lead["mean_hops"]) == (20, 0)


def test_of_equal_handlers_the_first_id_stands_at_the_top(analyse):
    found = analyse([{"unit_id": unit} for unit in ("D60", "D57", "D56") for _ in range(4 if unit == "D56" else 8)])
    matter = found.by_matter.set_index("matter").loc["占道经营"]
    assert (matter["top_unit_id"], matter["top_share_pct"]) == ("D57", 40)


def test_a_matter_that_only_towns_handle_has_no_overlap(analyse):
    matter = analyse([{"unit_id": unit} for unit in ("T01", "T02") * 10]).by_matter.set_index("matter").loc["占道经营"]
    assert (matter["n_tickets"], matter["spread"], matter["overlap_index"]) == (20, 0, 0)


def test_a_matter_cannot_come_back_more_often_than_it_came(analyse):
    again = [{"caller_key": "a", "is_due": False}] * 31
    matter = analyse([{}] * 20 + again).by_matter.set_index("matter").loc["占道经营"]
    assert (matter["n_repeats"], matter["came_back"]) == (30, 1)


@pytest.mark.parametrize(("period", "n_tickets"), [("2025-11", 21), ("2025-10", 20)])
def test_the_evidence_is_that_of_the_last_twelve_months(analyse, period, n_tickets):
    found = analyse([{}] * 20 + [{"period": period}])
    assert found.by_matter.set_index("matter").loc["占道经营", "n_tickets"] == n_tickets
