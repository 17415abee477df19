"""A small share of `make calibration`: lists name hardly anything where nothing is, and find what is (S15, S33)."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lists():
    spec = spec_from_file_location("lists", ROOT / "benchmarks" / "lists.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def policy(whole_book, lists):
    return whole_book.at(lists.PERIOD)


@pytest.mark.parametrize(("tickets", "rho"), [(3_500, 0.6), (35_000, 0.0)])
def test_equal_units_are_hardly_ever_listed(lists, policy, tickets, rho):
    """Before, 6.2 of 85 equal units were listed at the smaller size and 21 at the larger."""
    assert lists.listed_by_chance(policy, tickets, 0.01, rho, districts=4) <= 0.5


def test_a_unit_that_is_truly_poor_calls_for_attention_first(lists, policy):
    found = lists.months_until_told(policy, policy.watch.window_months, districts=2, months=4)
    assert (found["attention"] <= found["listed"]).all()
    assert np.isfinite(found["attention"]).any()


@pytest.mark.parametrize("kind", ["Poisson", "φ 2", "φ unequal", "φ grows with size"])
@pytest.mark.parametrize("tickets", [3_500, 35_000])
def test_matters_that_stay_hardly_ever_rise(lists, policy, tickets, kind):
    """Before, 0.4 to 1.9 rose a month where tickets were overdispersed."""
    assert lists.risen_by_chance(policy, tickets, kind, districts=30) <= 0.17


def test_a_doubled_matter_is_found_also_beside_one_at_twelve_times(lists, policy):
    assert lists.doubled_found(policy, 1.001, districts=20)[1] >= 0.85
    alone, beside = (lists.doubled_found(policy, 1.5, 20, times)[0] for times in (1.0, 12.0))
    assert beside >= alone - 0.15


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7])
def test_units_that_stay_hardly_ever_move_turn_or_shift(lists, policy, rho):
    assert max(lists.moved_by_chance(policy, rho, districts=10).values()) <= 0.5
    assert max(lists.turned_by_chance(policy, rho, districts=2)) <= 0.5


def test_a_fall_by_two_standard_deviations_is_found_within_the_year(lists, policy):
    assert lists.fallen_found(policy, 0.0, 10, districts=6)["ytd"] >= 0.5


def test_the_funnel_keeps_equal_units_inside(lists, policy):
    """Before, 11 of 49 lay outside at an intraclass correlation of 0.01."""
    assert lists.outside_funnel(policy, 35_000, 0.01, districts=20) <= 0.6
