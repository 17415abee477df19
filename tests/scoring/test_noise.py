"""The one estimate of noise finds the spread, tails and likeness that months were drawn with (S32)."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma, polygamma

from analysis.scoring.noise import (
    MonthNoise,
    _correlation,
    _fit_t,
    _prior,
    _tail,
    _undo_likeness,
    estimate_noise,
    month_errors,
    take_off_common,
)


def months(count=24, units=60, correlation=0.0, tail=np.inf, spread=1.0, seed=1):
    """Totals (M, U) around 90, each unit's by its own `spread`."""
    rng = np.random.default_rng(seed)
    shape = (count + 50, units)
    steps = rng.standard_normal(shape)
    if not np.isinf(tail):
        steps = rng.standard_t(tail, shape) / np.sqrt(tail / (tail - 2))
    for month in range(1, len(steps)):
        steps[month] = correlation * steps[month - 1] + np.sqrt(1 - correlation**2) * steps[month]
    return 90 + spread * steps[50:]


def estimate(totals):
    years = years_of(totals)
    return estimate_noise(month_errors(totals[..., None], np.ones((totals.shape[1], 1)), years), years)


def years_of(totals):
    """The years of months of which the last is a December."""
    return np.arange(-len(totals), 0) // 12


@pytest.mark.parametrize("count", [6, 12, 24])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.7])
def test_spread_and_likeness_are_found_in_few_months_too(count, correlation):
    found = [estimate(months(count, correlation=correlation, seed=seed)) for seed in range(8)]
    assert np.mean([one.correlation for one in found]) == pytest.approx(correlation, abs=0.08)
    one_month = [one.deviation_of_mean(np.ones(60)).mean() for one in found]
    assert np.mean(one_month) == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_the_mean_of_a_year_is_as_uncertain_as_its_months_are_alike(correlation):
    year = [months(24, correlation=correlation, seed=seed)[-12:].mean(axis=0).std() for seed in range(20)]
    found = [estimate(months(24, correlation=correlation, seed=seed)) for seed in range(6)]
    told = [one.deviation_of_mean(np.full(60, 12)).mean() for one in found]
    assert np.mean(told) == pytest.approx(np.mean(year), rel=0.15)


def test_tails_are_those_of_the_months():
    assert estimate(months(tail=3)).tail < 5
    assert estimate(months()).tail > 15


def test_draws_have_the_spread_and_the_tail_that_they_are_drawn_for():
    found = estimate(months(tail=3))
    rng = np.random.default_rng(2)
    one, twelve = (found.draw(rng, np.full(60, count), 4000) for count in (1, 12))
    assert np.median(np.abs(twelve)) == pytest.approx(0.67, rel=0.15)
    # Heavy tails even out over a year: the extremes come nearer.
    assert np.quantile(np.abs(one), 0.9995) > 1.3 * np.quantile(np.abs(twelve), 0.9995)


def test_a_unit_that_spreads_more_keeps_most_of_it_where_units_differ():
    spread = np.where(np.arange(60) % 2, 3.0, 1.0)
    found = estimate(months(spread=spread)).spread
    assert found[1::2].mean() == pytest.approx(3, rel=0.15)
    assert found[::2].mean() == pytest.approx(1, rel=0.15)


def test_where_units_are_alike_each_is_drawn_towards_all():
    totals = months(12, 80)
    own = totals.std(axis=0, ddof=1)
    assert estimate(totals).spread.std() < 0.5 * own.std()
    assert estimate(totals).degrees.min() > 30


def test_what_few_units_teach_is_worth_few_degrees():
    assert estimate(months(12, 3)).degrees.max() <= 11 + 2 + 1e-9


@pytest.mark.parametrize("count", [2, 12])
def test_a_unit_alone_is_judged_by_its_own_months(count):
    totals = months(count, 1)
    found = estimate(totals)
    assert found.spread[0] == pytest.approx(totals.std(ddof=1), rel=0.35)
    assert found.degrees[0] <= count - 1 + 1e-9 or count == 2


def test_what_a_month_did_to_all_is_no_noise():
    totals = months(24, 40)
    shaken = totals + 5 * np.sin(np.arange(24))[:, None]
    assert estimate(shaken).spread == pytest.approx(estimate(totals).spread)


def test_taking_off_the_common_movement_keeps_the_spread():
    errors = months(200, 3, seed=3) - 90
    assert take_off_common(errors).std() == pytest.approx(errors.std(), rel=0.08)
    alone = errors[:, :1]
    assert np.array_equal(take_off_common(alone), alone)


def test_an_indicator_missing_in_some_months_moves_no_level():
    rng = np.random.default_rng(1)
    points = np.stack([90 + rng.normal(0, 1, (24, 30)), 40 + rng.normal(0, 1, (24, 30))], axis=2)
    points[::2, :, 1] = np.nan
    errors = month_errors(points, np.ones((30, 2)), years_of(points))
    # Half of the months rest on one indicator, the others on the mean of two.
    assert errors.std() == pytest.approx(np.sqrt((1 + 0.5) / 2), rel=0.1)


def test_an_indicator_without_weight_or_with_one_month_says_nothing():
    points = np.full((12, 2, 2), np.nan)
    points[:, 0, 0], points[:, 1, 0] = np.arange(12), np.arange(12)[::-1]
    points[3, :, 1] = 5.0
    alone = month_errors(points[:, :, :1], np.ones((2, 1)), years_of(points))
    assert np.array_equal(month_errors(points, np.ones((2, 2)), years_of(points)), alone)
    assert np.isnan(month_errors(points, np.zeros((2, 2)), years_of(points))).all()


def test_a_unit_without_months_takes_the_others_spread_and_none_at_all_is_unknown():
    totals = months(12, 20)
    totals[:-1, 4] = np.nan
    found = estimate(totals)
    assert found.n_months[4] == 0
    assert found.spread[4] == pytest.approx(np.median(found.spread), rel=0.2)
    assert np.isnan(estimate(totals[-1:]).spread).all()


def test_months_that_never_vary_have_no_spread():
    found = estimate(np.full((12, 5), 88.0))
    assert (found.spread == 0).all()
    assert found.correlation == 0


def test_one_unit_that_never_varies_among_others_has_little_spread_and_spoils_nothing():
    totals = months(24, 40)
    totals[:, 0] = 90.0
    found = estimate(totals).spread
    assert np.isfinite(found).all()
    assert found[1:].mean() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_a_level_that_changes_with_the_year_is_no_noise_and_no_likeness(correlation):
    found = []
    for seed in range(8):
        totals = months(24, correlation=correlation, seed=seed)
        totals[12:, ::2] += 5
        found.append(estimate(totals))
    assert np.mean([one.deviation_of_mean(np.ones(60))[::2].mean() for one in found]) == pytest.approx(1, abs=0.12)
    assert np.mean([one.correlation for one in found]) == pytest.approx(correlation, abs=0.08)


def test_a_month_alone_in_its_year_tells_nothing():
    totals = months(13, 20)
    found, without = estimate(totals), estimate(totals[1:])
    assert found.n_months.tolist() == [12] * 20
    assert np.array_equal(found.spread, without.spread)


def test_degrees_are_those_that_the_years_means_leave():
    assert estimate(months(24, 1)).degrees[0] == pytest.approx(22, abs=1)
    assert estimate(months(12, 1)).degrees[0] == pytest.approx(11, abs=1)


def with_variances(variances, count=12):
    """Errors (M, U) of one year whose squares have these means, neighbours as unlike as can be."""
    return np.sqrt(variances) * np.where(np.arange(count) % 2, 1.0, -1.0)[:, None], np.zeros(count)


def test_units_that_differ_less_than_by_chance_share_one_spread_worth_as_many_degrees_as_units_but_one():
    found = estimate_noise(*with_variances([4.0] * 3))
    own, shared = 11.0, 2.0
    prior = np.exp(np.log(4.0) - digamma(own / 2) + np.log(own / 2) + digamma(shared / 2) - np.log(shared / 2))
    assert found.degrees == pytest.approx([own + shared] * 3)
    assert found.spread**2 == pytest.approx([(own * 4.0 + shared * prior) / (own + shared)] * 3)


def test_two_units_teach_each_other_and_one_alone_nothing():
    assert estimate_noise(*with_variances([4.0] * 2)).degrees == pytest.approx([12, 12])
    assert estimate_noise(*with_variances([4.0])).degrees == pytest.approx([11])


def test_units_that_differ_more_than_by_chance_share_what_their_differences_leave():
    variances = np.exp(np.linspace(-1.2, 1.2, 40))
    found = estimate_noise(*with_variances(variances))
    shared = found.degrees - 11
    # The spread of their logarithms is that of their own degrees and of the shared ones (Smyth 2004).
    own = np.log(variances).var(ddof=1) - polygamma(1, 11 / 2)
    assert polygamma(1, shared / 2) == pytest.approx([own] * 40)
    assert shared[0] < 39


@pytest.mark.parametrize(("tail", "factor"), [(3.0, 3.0), (4.0, 2.0)])
def test_a_heavy_tail_is_in_the_deviation(tail, factor):
    noise = MonthNoise(np.array([12]), np.array([2.0]), np.array([11.0]), tail, 0.5, 0.0)
    assert noise.deviation_of_mean(np.array([1])) == pytest.approx([2 * 0.5 * factor**0.5])
    assert noise.deviation_of_mean(np.array([4])) == pytest.approx([0.5 * factor**0.5])


def test_months_as_alike_as_can_be_are_no_more_alike_than_95_pct():
    drift = np.repeat([[-1.0], [1.0]], 6, axis=0) * np.ones((12, 30))
    assert estimate_noise(drift, np.zeros(12)).correlation == 0.95


# --- worked by hand ---


def test_a_month_misses_the_mean_of_its_year_enlarged_as_if_the_mean_were_the_level():
    points = np.array([1.0, 2.0, 6.0, 10.0, 20.0])[:, None, None]  # around 3, and around 15
    wanted = np.concatenate([np.sqrt(3 / 2) * np.array([-2, -1, 3]), np.sqrt(2) * np.array([-5, 5])])
    assert month_errors(points, np.ones((1, 1)), np.array([1, 1, 1, 2, 2]))[:, 0] == pytest.approx(wanted)


def test_indicators_miss_by_their_weights_among_those_that_are_known():
    points = np.array([[[1.0, 10.0]], [[2.0, np.nan]], [[6.0, 14.0]]])
    first, second = np.sqrt(3 / 2) * np.array([-2, -1, 3]), np.sqrt(2) * np.array([-2, 0, 2])
    wanted = [(first[0] + 3 * second[0]) / 4, first[1], (first[2] + 3 * second[2]) / 4]
    assert month_errors(points, np.array([[1.0, 3.0]]), np.ones(3))[:, 0] == pytest.approx(wanted)


def test_what_a_month_did_to_all_is_taken_off_and_the_rest_enlarged():
    errors = np.array([[1.0, 3.0, np.nan], [1.0, 2.0, 6.0]])
    wanted = [[-np.sqrt(2), np.sqrt(2), np.nan], *(np.sqrt(3 / 2) * np.array([[-2, -1, 3]]))]
    np.testing.assert_allclose(take_off_common(errors), wanted)


def test_the_mean_of_months_that_are_alike_is_less_certain():
    noise = MonthNoise(np.array([12]), np.array([2.0]), np.array([11.0]), 200.0, 1.0, 0.5)
    # Three months at 0.5: 3 + 2 · (0.5 + 0.5 + 0.25) of nine.
    wanted = 2 * np.sqrt(200 / 198) * np.sqrt(5.5) / 3
    assert noise.deviation_of_mean(np.array([3])) == pytest.approx([wanted])


def test_a_mean_is_drawn_with_as_many_months_as_it_has():
    noise = MonthNoise(np.full(3, 12), np.ones(3), np.full(3, 1e6), 4.0, 1.0, 0.0)
    drawn = noise.draw(np.random.default_rng(1), np.array([1, 2, 9]), 40_000)
    assert drawn.std(axis=0) == pytest.approx([1, 1, 1], abs=0.04)
    little = MonthNoise(np.full(1, 12), np.ones(1), np.full(1, 5.0), 200.0, 1.0, 0.0)
    # A spread known by five degrees makes t₅ of a normal distribution.
    assert little.draw(np.random.default_rng(1), np.array([1]), 40_000).std() == pytest.approx(np.sqrt(5 / 3), abs=0.05)


def test_likeness_hides_half_of_the_spread_of_two_months_at_a_half():
    factor, degrees = _undo_likeness(np.array([[2], [0], [2]]), 0.5)
    assert factor == pytest.approx([np.sqrt(2), 1, np.sqrt(2)])
    assert degrees == pytest.approx([1, 0, 1])


def test_three_months_can_be_alike_and_two_cannot():
    assert estimate_noise(np.array([[-1.0], [0.0], [1.0]]) * np.ones(30), np.zeros(3)).correlation > 0.1
    assert estimate_noise(np.array([[-1.0], [1.0]]) * np.ones(30), np.zeros(2)).correlation == 0
    one_short = np.array([[-1.0], [0.0], [1.0]]) * np.ones(30)
    one_short[:, 0] = [-1, 1, np.nan]
    assert estimate_noise(one_short, np.zeros(3)).correlation > 0.1  # most units have three


@pytest.mark.parametrize("tail", [2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 50.0, 200.0])
def test_the_likeliest_tail_and_scale_are_those_that_values_follow(tail):
    values = 2 * stats.t.ppf((np.arange(4000) + 0.5) / 4000, tail)
    found, scale = _fit_t(values)
    assert found == tail
    assert scale == pytest.approx(2, rel=0.02)


def test_each_month_is_held_against_the_units_other_months():
    """Two units of three and two months; what is left of a third one with one degree tells nothing."""
    errors = np.array([[1.0, 2.0, 4.0], [-2.0, np.nan, np.nan], [3.0, -5.0, np.nan]])
    weighted, degrees = np.array([20.0, 40.0, 30.0]), np.array([5.0, 3.0, 1.0])
    others = [(1, 19 / 4), (2, 36 / 2), (-2, 16 / 4), (3, 11 / 4), (-5, 15 / 2)]
    assert _tail(errors, weighted, degrees) == _fit_t(np.array([error / np.sqrt(rest) for error, rest in others]))
    # Tenths of points have the same tail, and half a degree of others is one.
    assert _tail(errors / 10, weighted / 100, degrees) == pytest.approx(_tail(errors, weighted, degrees))
    others += [(4, 14 / 0.5)]
    half = np.array([5.0, 3.0, 1.5])
    assert _tail(errors, weighted, half) == _fit_t(np.array([error / np.sqrt(rest) for error, rest in others]))
    # Months that are all that is known leave no others.
    assert _tail(np.array([[2.0], [np.nan]]), np.array([4.0]), np.array([5.0])) == (200.0, 1.0)


def test_likeness_is_that_under_which_months_around_their_mean_look_as_they_do():
    """Five units whose neighbours multiply to −0.25 of 1.5, and one of −1 of 1.5."""
    units = np.array([[-1.0, 0.5, 0.5]] * 5 + [[0.5, -1.0, 0.5]]).T
    found = _correlation(units, np.full((6, 1), 3))
    centre = np.eye(3) - 1 / 3
    around = centre @ np.array([[1, found, found**2], [found, 1, found], [found**2, found, 1]]) @ centre
    assert np.trace(around, 1) / np.trace(around) == pytest.approx((5 * -0.25 - 1) / (6 * 1.5))
    assert 0 < found < 0.95


def test_a_spread_of_nothing_counts_as_a_hundred_thousandth_of_the_middle_one():
    variances = np.array([0.0, 3.0, 4.0, 5.0, 6.0])
    logs = np.log(np.maximum(variances, 1e-5 * 4.5))
    for points in (1, 0.1):
        shared = estimate_noise(*with_variances(points**2 * variances)).degrees - 11
        assert polygamma(1, shared / 2) == pytest.approx([logs.var(ddof=1) - polygamma(1, 11 / 2)] * 5)


def test_what_no_month_tells_has_a_normal_tail_and_one_degree():
    found = estimate(months(1, 3))
    assert (found.tail, found.scale, found.correlation) == (200, 1, 0)
    assert found.degrees.tolist() == [1, 1, 1]
    assert np.isnan(found.spread).all()


def test_units_that_differ_a_little_more_than_by_chance_share_less_than_all_teach():
    """Logarithms of 1.2 in variance: above ψ′(3/2) = 0.93, of the three degrees that four units teach at most."""
    variance = np.exp(np.array([-1.0, -1, 1, 1]) * 0.9**0.5)
    prior, degrees = _prior(variance, np.full(4, 1e9))
    assert polygamma(1, degrees / 2) == pytest.approx(1.2)
    assert 0 < degrees < 3
    assert prior == pytest.approx(np.exp(digamma(degrees / 2) - np.log(degrees / 2)))
