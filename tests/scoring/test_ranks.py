"""Who is surely better or worse, on differences small enough to be worked out by hand."""

import numpy as np
import pytest

from analysis.scoring.certainty.ranks import (
    _critical_value,
    _Differences,
    _standard_errors,
    _step_down,
    rank_intervals,
)


def places(estimates, deviations, confidence=0.95):
    found = rank_intervals(np.array(estimates), np.array(deviations, dtype=float), confidence)
    return [found.low.tolist(), found.high.tolist(), found.low_all.tolist(), found.high_all.tolist()]


@pytest.mark.parametrize(("gap", "is_told_apart"), [(1.0, False), (1.001, True)])
def test_a_difference_is_told_apart_beyond_the_largest_that_chance_brings(gap, is_told_apart):
    # The difference of the two misses by 1 either way: its standard error is 1, and no replicate goes beyond it.
    deviations = np.column_stack([np.tile([1.0, -1.0], 10), np.zeros(20)])
    apart, together = [[1, 2]] * 4, [[1, 1], [2, 2]] * 2
    assert places([80 + gap, 80.0], deviations) == (apart if is_told_apart else together)


def test_the_critical_value_is_the_quantile_that_occurs():
    # 18 of 20 replicates miss by 1 and two by 3, either way.
    draws = np.array([1.0, -1.0] * 9 + [3.0, -3.0])
    deviations = np.column_stack([draws, np.zeros(20)])
    # The quantile of 85 % is the third largest of the differences, that of 95 % the second largest.
    assert places([80 + 1.01, 80.0], deviations, 0.85)[0] == [1, 2]
    assert places([80 + 2.99, 80.0], deviations, 0.95)[0] == [1, 1]
    assert places([80 + 3.01, 80.0], deviations, 0.95)[0] == [1, 2]


def test_what_is_rejected_no_longer_asks_for_caution_about_the_rest():
    # Few large misses of the third unit make the first critical value large; once it is surely last, it asks no more.
    rare = np.zeros(200)
    rare[:12] = np.tile([10.0, -10.0], 6)
    quiet = np.tile([1.0, -1.0], 100)
    deviations = np.column_stack([quiet, np.zeros(200), rare])
    assert places([81.5, 80.0, 0.0], deviations)[2:] == [[1, 2, 3], [1, 2, 3]]
    # While the third cannot be told apart, the first critical value holds for all at once.
    assert places([81.5, 80.0, 79.0], deviations)[2:] == [[1, 1, 1], [3, 3, 3]]


def test_a_unit_that_no_draw_moves_is_told_apart_like_any_other():
    draws = np.tile([1.0, -1.0], 10)
    deviations = np.column_stack([draws, -draws, np.zeros(20)])
    assert places([80.4, 80.2, 80.0], deviations) == [[1, 1, 1], [3, 3, 3]] * 2


def test_noise_that_two_units_share_tells_them_apart_exactly():
    shared = np.random.default_rng(1).normal(0, 5, 300)
    assert places([80.01, 80.0], np.column_stack([shared, shared])) == [[1, 2]] * 4
    assert places([80.0, 80.0], np.column_stack([shared, shared])) == [[1, 1], [2, 2]] * 2


def test_the_error_of_a_difference_allows_for_the_noise_that_two_units_share():
    own = np.random.default_rng(3).normal(size=(400, 4))
    deviations = own + 0.7 * own[:, :1]
    errors = _standard_errors(deviations)
    for one, other in ((0, 1), (1, 2), (2, 3)):
        assert errors[one, other] == pytest.approx((deviations[:, one] - deviations[:, other]).std())
    assert np.isinf(np.diag(errors)).all()


def test_the_critical_value_is_the_last_of_as_many_draws_as_count():
    draw, size, against = np.array([0, 1, 2, 2]), np.array([3.0, 2.0, 1.0, 0.5]), np.zeros(4)
    assert [_step_down(draw, size, against, count) for count in (1, 2, 3, 4)] == [3, 2, 1, 0]
    # The first is rejected at the second-largest, and its draws count no more.
    assert _step_down(draw, size, np.array([2.5, 0, 0, 0]), 2) == 1


@pytest.mark.parametrize("seed", range(4))
def test_critical_values_are_those_of_looking_at_all_differences(seed):
    rng = np.random.default_rng(seed)
    spread = rng.lognormal(0, 0.4 * seed, 40)
    deviations = spread * rng.standard_t(4, (200, 40)) + rng.normal(0, 3, (200, 1))
    deviations[:, 20:] += 0.8 * deviations[:, [3]]  # alike: their differences have little noise
    estimates, errors = rng.normal(0, 1, 40), _standard_errors(deviations)
    z = (estimates - estimates[:, None]) / errors
    differences = _Differences(deviations, errors)
    for unit in range(40):
        all_of_them = (deviations - deviations[:, [unit]]) / errors[unit]
        draw, other = np.nonzero(all_of_them)
        found = all_of_them[draw, other]
        against = np.where(found > 0, z[unit][other], -z[unit][other])
        wanted = _step_down(draw, np.abs(found), against, 10)
        assert _critical_value(differences, unit, z[unit], 10, 4.0)[0] == pytest.approx(wanted)
