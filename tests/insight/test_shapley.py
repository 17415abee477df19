"""Parts of a change: order-free, symmetric, adding up to the published digit (S4, S25)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.insight.shapley import FACTORS, MIXTURES, allot, shapley, split_change

NAN = np.nan
FIGURES = arrays(float, len(MIXTURES), elements=st.floats(0, 100))


def mixed(figure) -> np.ndarray:
    """The figure as a function of the five factors, each 0 before and 1 after."""
    return np.array([figure(*mixture) for mixture in MIXTURES], dtype=float)


@given(FIGURES)
def test_parts_add_up_to_the_change(values):
    assert shapley(values).sum() == pytest.approx(values[-1] - values[0], abs=1e-9)


@given(arrays(float, 5, elements=st.floats(-20, 20)))
def test_factors_that_do_not_interact_get_their_own_effect(effects):
    assert shapley(MIXTURES @ effects) == pytest.approx(effects, abs=1e-9)


def test_an_interaction_is_shared_in_halves_whatever_the_order():
    parts = shapley(mixed(lambda performance, weights, *_: 80 + 10 * performance * weights))
    assert parts == pytest.approx([5, 5, 0, 0, 0])


@given(FIGURES, st.permutations(range(5)))
def test_factors_have_no_order(values, order):
    by_mixture = {tuple(mixture): value for mixture, value in zip(MIXTURES, values, strict=True)}
    renamed = np.array([by_mixture[tuple(mixture[list(order)])] for mixture in MIXTURES])
    assert shapley(renamed)[np.array(order).argsort()[list(order)]] == pytest.approx(
        shapley(values)[np.argsort(order)][np.array(order).argsort()[list(order)]], abs=1e-9
    )


@given(FIGURES, st.integers(0, 4))
def test_a_factor_that_changes_nothing_gets_exactly_nothing(values, factor):
    same = values.reshape((2,) * 5).copy()
    same = np.repeat(np.take(same, [0], axis=factor), 2, axis=factor).ravel()
    assert shapley(same)[factor] == 0


def test_a_unit_with_nothing_in_common_has_only_coverage():
    values = mixed(lambda _p, _w, indicator_set, coverage, _a: NAN if indicator_set != coverage else 70 + 5 * coverage)
    assert dict(zip(FACTORS, split_change(values), strict=True)) == {
        "performance": 0,
        "weights": 0,
        "indicator_set": 0,
        "coverage": 5,
        "adjustments": 0,
    }


def test_without_a_figure_at_one_end_there_are_no_parts():
    values = np.full(len(MIXTURES), 80.0)
    values[0] = NAN
    assert np.isnan(split_change(values)).all()


@given(arrays(float, (5, 7), elements=st.floats(-30, 30)), arrays(float, 7, elements=st.floats(-0.0049, 0.0049)))
def test_published_parts_add_up_and_each_is_near_its_own(parts, rounding):
    total = np.round(parts.sum(axis=0) + rounding, 2)
    published = allot(parts, total, 2)
    assert np.allclose(published.sum(axis=0), total, rtol=0, atol=1e-9)
    assert (np.abs(published - parts) < 0.01 + 1e-6).all()


@pytest.mark.parametrize(
    ("parts", "total", "expected"),
    [
        ([1.234, 0, 0, 0, 0], 1.23, [1.23, 0, 0, 0, 0]),
        ([1.234, 0, 0, 0, 0], 1.24, [1.24, 0, 0, 0, 0]),
        ([-0.003, 0, 0, 0, 0], -0.01, [-0.01, 0, 0, 0, 0]),
        ([-0.003, 0, 0, 0, 0], 0.0, [0, 0, 0, 0, 0]),
        ([0.005, 0.005, 0, 0, 0], 0.01, [0.01, 0, 0, 0, 0]),
        ([0.005, 0.005 + 1e-9, 0, 0, 0], 0.01, [0.01, 0, 0, 0, 0]),
        ([0.333, 0.333, 0.334, 0, 0], 1.0, [0.33, 0.33, 0.34, 0, 0]),
    ],
    ids=["down", "up", "negative", "negative to zero", "tie to the first", "tie but for noise", "largest remainder"],
)
def test_the_last_hundredth_goes_to_the_largest_remainder(parts, total, expected):
    assert allot(np.array(parts), np.array(total), 2).tolist() == pytest.approx(expected, abs=1e-12)


def test_a_missing_total_has_no_parts():
    assert np.isnan(allot(np.zeros((5, 1)), np.array([NAN]), 2)).all()


def test_a_change_that_cannot_be_mixed_is_all_coverage_from_the_first_to_the_last():
    values = np.arange(32.0) ** 2
    values[5] = np.nan
    assert split_change(values).tolist() == [0, 0, 0, 31**2, 0]
    values[-1] = np.nan
    assert np.isnan(split_change(values)).all()
