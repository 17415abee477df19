"""Plausible true totals, worked by hand: what is seen is drawn towards the mean as far as noise explains it."""

import numpy as np
import pytest

from analysis.scoring.certainty.shrinkage import Plausible, plausible_totals

EXACT = 80 + np.arange(-4.0, 5)  # nine units, of variance 7.5
SIGNS = np.array([1, -1, 1, -1, 0, 1, -1, 1, -1.0])


def true_spread(place, noise):
    """What the others' differences and noise let expect of a unit's true difference."""
    others, expected = np.delete(EXACT, place).var(ddof=1), np.delete(noise, place).mean()
    return max(others - expected, max(others, expected) * np.sqrt(2 / 7))


def test_the_last_unit_is_drawn_as_far_as_the_eight_others_do_not_differ():
    # −4 to 3 have a variance of 6; seven of these eight have a noise of 1, or of 9.
    assert true_spread(8, SIGNS**2) == pytest.approx(6 - 7 / 8)
    assert true_spread(8, 9 * SIGNS**2) == pytest.approx(63 / 8 * np.sqrt(2 / 7))


@pytest.mark.parametrize(("noise", "reliability"), [(1.0, 1 - 8 / 9 / 7.5), (2.0, 1 - 32 / 9 / 7.5), (3.0, 0.0)])
def test_true_differences_are_what_noise_does_not_explain(noise, reliability):
    between = np.array([true_spread(place, noise**2 * SIGNS**2) for place in range(9)])
    own = np.array([[noise], [-noise]]) * SIGNS
    found = plausible_totals(EXACT, EXACT + own + np.array([[5.0], [-5.0]]))
    kept = np.where(SIGNS == 0, 1.0, between / (between + noise**2))
    centre = (kept * EXACT).sum() / kept.sum()
    wanted = centre + kept * (EXACT - centre) + np.sqrt(kept) * own + np.array([[5.0], [-5.0]])
    assert found.totals == pytest.approx(wanted)
    assert found.reliability == pytest.approx(reliability)


def test_two_units_worked_by_hand():
    """82 and 78: the one other unit shows no difference, and true can be √2 times its noise of 1."""
    for size in (1, 0.1):  # of both, which changes no share
        apart, own = size * np.array([2, -2]), size * np.array([[1.0, -1.0], [-1.0, 1.0]])
        found = plausible_totals(80 + apart, 80 + apart + own)
        kept = 2**0.5 / (2**0.5 + 1)
        assert found.totals == pytest.approx(80 + kept * apart + kept**0.5 * own)
        assert found.reliability == pytest.approx(1 - 1 / 8)


def test_nobodys_luck_vouches_for_itself():
    exact, own = np.array([90.0, *[80.0] * 19]), np.array([[2.0], [-2.0]]) * np.resize([1, -1], 20)
    found = plausible_totals(exact, exact + own).totals.mean(axis=0)
    # The 19 others are equal: true can be the sampling error of their noise, 4 · √(2 / 18), a quarter of all.
    assert found[0] - found[1] < 0.3 * 10


def test_without_noise_true_scores_are_what_is_seen():
    found = plausible_totals(EXACT, np.tile(EXACT, (3, 1)))
    assert found.totals == pytest.approx(np.tile(EXACT, (3, 1)))
    assert found.reliability == 1


def test_equal_totals_without_noise_and_one_alone_show_nothing():
    equal = plausible_totals(np.full(3, 80.0), np.full((2, 3), 80.0))
    assert (equal.reliability, equal.totals.tolist()) == (0, [[80.0] * 3] * 2)
    alone = plausible_totals(np.array([80.0]), np.array([[79.0], [82.0]]))
    assert alone.totals.tolist() == [[79.0], [82.0]]
    assert alone.reliability == 0


def test_likely_places_leave_half_of_the_rest_on_either_side():
    # The first unit is on place 1 in 3 of 100 draws, on place 3 in 2, else on 2.
    totals = np.tile([80.0, 90.0, 70.0], (100, 1))
    totals[:3, 0], totals[3:5, 0] = 95.0, 60.0
    for confidence, places in ((0.95, (1, 2)), (0.93, (2, 2)), (0.9, (2, 2)), (0.99, (1, 3))):
        low, high = Plausible(totals, 1.0).rank_interval(confidence)
        assert (low[0], high[0]) == places
