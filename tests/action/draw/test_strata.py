from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.action.draw.announcement import Visit
from analysis.action.draw.strata import Pool, list_eligible, plan_strata, stratum_rates
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = yaml.load((ROOT / "tests/scenarios/draw.yml").read_text("utf-8"), yaml.BaseLoader)["plans"]
RULES = load_policy(ROOT).at("2026-12").draw


def plan(make_inputs, given):
    units = make_inputs(
        int(given["departments"]), int(given["towns"]), watch=given.get("watch", ()), must=given.get("must", ())
    ).units
    history = [Visit(unit_id=unit, period=period) for unit, period in given.get("history", [])]
    return plan_strata(RULES, given["period"], units, history)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_plan_follows_the_scenario(make_inputs, scenario):
    if "error" in scenario:
        with pytest.raises(DataError, match=scenario["error"]):
            plan(make_inputs, scenario["given"])
        return
    strata = {s.id: s for s in plan(make_inputs, scenario["given"])}
    assert {i: s.number for i, s in strata.items()} == {i: int(n) for i, n in scenario["expect"].items()}
    for stratum, units in scenario.get("candidates", {}).items():
        assert set(units) <= set(strata[stratum].candidates)
    for stratum, units in scenario.get("not_candidates", {}).items():
        assert not set(units) & set(strata[stratum].candidates)


def test_a_unit_of_no_known_stratum_is_refused(make_inputs):
    stray = make_inputs().units[0].model_copy(update={"stratum": "elsewhere"})
    with pytest.raises(DataError, match="D01: unknown stratum 'elsewhere'"):
        plan_strata(RULES, "2026-12", [stray], [])


def test_where_a_unit_may_be_visited_once_a_year_those_not_visited_are_free(make_inputs):
    once = RULES.model_copy(update={"maximum_per_year": 1})
    history = [Visit(unit_id=unit, period="2026-02") for unit in ("D01", "D02")]
    strata = {s.kind: s for s in plan_strata(once, "2026-12", make_inputs(4, 0).units, history)}
    assert strata["all"].candidates == ("D03", "D04")
    assert sum(s.number for s in strata.values()) == 2


def test_rates_are_places_per_candidate_and_for_all_units_per_unit_left(make_inputs):
    given = {"period": "2026-12", "departments": "54", "towns": "18"}
    rates = stratum_rates(plan(make_inputs, given))
    assert rates["departments"] == Fraction(3, 54)
    assert rates["all"] == Fraction(1, 72 - 4)
    assert rates["must"] == rates["watch"] == 0


def test_the_eligible_units_are_windows_and_named_ones_as_departments_or_towns():
    units = load_policy(ROOT).at("2026-12").units
    pool = list_eligible(units, RULES, must=["D01"], watch=["T05"])
    by_id = {unit.unit_id: unit for unit in pool}
    windows = {unit.id for unit in units if unit.is_window}
    assert set(by_id) == windows | {"D01"}
    assert (by_id["D01"].is_must, by_id["D01"].stratum) == (True, "departments")
    assert (by_id["T05"].is_watch, by_id["T05"].stratum) == (True, "towns")


sizes = st.tuples(st.integers(0, 60), st.integers(0, 25)).filter(lambda n: sum(n) >= 6)


@settings(deadline=None, max_examples=40)
@given(sizes, st.integers(1, 12), st.data())
def test_numbers_lie_between_the_minimum_and_an_even_pace(make_inputs, sizes, month, data):
    ids = [unit.unit_id for unit in make_inputs(*sizes).units]
    watch = data.draw(st.sets(st.sampled_from(ids)))
    visits = data.draw(st.lists(st.sampled_from(ids), max_size=len(ids), unique=True)) if month > 1 else []
    history = [Visit(unit_id=unit, period=f"2026-{month - 1:02d}") for unit in visits]
    units = make_inputs(*sizes, watch=watch).units
    strata = {s.kind: s for s in plan_strata(RULES, f"2026-{month:02d}", units, history)}
    n_drawn = sum(s.number for s in strata.values())
    minimum = max(1, -(-len(ids) // 20))
    left = sum(min(2 - visits.count(unit), 13 - month) for unit in ids)
    assert minimum <= n_drawn <= max(minimum, left // (13 - month))
    assert all(s.number <= len(s.candidates) for s in strata.values())


@settings(deadline=None, max_examples=40)
@given(st.integers(45, 90), st.integers(15, 30), st.data())
def test_a_watch_list_unit_has_at_least_twice_the_rate_of_the_ordinary_strata(make_inputs, n, m, data):
    ids = [unit.unit_id for unit in make_inputs(n, m).units]
    watch = data.draw(st.sets(st.sampled_from(ids), min_size=1, max_size=8))
    strata = {s.kind: s for s in plan_strata(RULES, "2026-01", make_inputs(n, m, watch=watch).units, [])}
    ordinary = [strata["departments"], strata["towns"]]
    rate = Fraction(sum(s.number for s in ordinary), sum(len(s.candidates) for s in ordinary))
    found = Fraction(strata["watch"].number, len(watch))
    assert min(1, 2 * rate) <= found < 2 * rate + Fraction(1, len(watch))


def test_places_are_whole_numbers_above_the_share(make_inputs):
    """5 % of 101 units are 5.05: six places, in the stratum as in the whole pool."""
    units = make_inputs(101, 0).units
    assert Pool(RULES, "2026-12", units, Counter(), frozenset()).minimum == 6
    numbers = {s.id: s.number for s in plan_strata(RULES, "2026-12", units, [])}
    assert numbers == {"must": 0, "watch": 0, "departments": 6, "towns": 0, "all": 1}


def test_named_units_take_no_places_of_the_even_pace(make_inputs):
    """Visited once a year, 70 units that are not named make five places a month, and five are wanted."""
    once = RULES.model_copy(update={"maximum_per_year": 1})
    strata = plan_strata(once, "2026-01", make_inputs(54, 18, must=["D01", "T05"]).units, [])
    assert {s.id: s.number for s in strata} == {"must": 2, "watch": 0, "departments": 3, "towns": 1, "all": 1}
