import numpy as np
import pytest

from analysis.insight.slope import autocorrelation, fit_slope, inflate_variance


def autoregression(rng: np.random.Generator, count: int, rho: float) -> np.ndarray:
    noise = rng.normal(size=count + 50) * np.sqrt(1 - rho**2)
    series = np.zeros(count + 50)
    for place in range(1, count + 50):
        series[place] = rho * series[place - 1] + noise[place]
    return series[50:]


def test_a_straight_line_has_its_slope_and_no_doubt():
    months = np.arange(36.0)
    slope = fit_slope(months, 80 + 0.25 * months, 0.95)
    assert (slope.low, slope.value, slope.high) == pytest.approx((0.25, 0.25, 0.25))
    assert slope.p_value < 1e-12  # the rounding of its figures is no autocorrelation


def test_one_odd_month_does_not_move_the_slope():
    months = np.arange(37.0)
    scores = 80 + 0.1 * months
    scores[30] = 0
    assert fit_slope(months, scores, 0.95).value == pytest.approx(0.1)


def test_missing_months_keep_their_place_in_time():
    months = np.array([0.0, 1, 2, 10, 11, 12, 13, 20])
    assert fit_slope(months, 5 - 2 * months, 0.95).value == pytest.approx(-2)


def test_a_constant_series_has_no_slope():
    slope = fit_slope(np.arange(40.0), np.full(40, 90.0), 0.95)
    assert (slope.low, slope.value, slope.high) == (0, 0, 0)


def test_autocorrelation_widens_the_interval_and_never_narrows_it():
    swinging = np.tile([1.0, -1.0], 20)
    assert autocorrelation(swinging) == 0
    assert autocorrelation(np.full(40, 3.0)) == 0
    slow = np.sin(np.arange(40) / 6)
    assert autocorrelation(slow) == 0.9
    assert autocorrelation(1e-10 * slow) == 0  # rounding


@pytest.mark.slow
@pytest.mark.parametrize(("rho", "least"), [(0.0, 0.94), (0.3, 0.92), (0.5, 0.91)])
def test_the_interval_covers_the_true_slope_as_stated(rho, least):
    """Three years of months; the figures for 2,000 series each stand in docs/trends.md."""
    rng, months = np.random.default_rng(3), np.arange(36.0) / 12
    slopes = [fit_slope(months, autoregression(rng, 36, rho), 0.95) for _ in range(400)]
    assert np.mean([slope.low <= 0 <= slope.high for slope in slopes]) >= least


@pytest.mark.parametrize("steep", [0.0, 3.0])
def test_the_interval_of_independent_months_is_sens_own(steep):
    scores = 80 + np.array([0.31, -0.42, 0.63, -0.74, 0.2, -0.57, 0.88, -0.21, 0.46, -0.95]) + steep * np.arange(10)
    slopes = np.sort([(scores[b] - scores[a]) / (b - a) for a in range(10) for b in range(a + 1, 10)])
    slope = fit_slope(np.arange(1.0, 11.0), scores, 0.95)
    # √(10 · 9 · 25 / 18) = 11.18, times 1.96 is 21.91: places (45 − 21.91) / 2, down, and (45 + 21.91) / 2, up.
    assert (slope.low, slope.value, slope.high) == (slopes[11], slopes[22], slopes[34])


def test_the_interval_of_few_months_ends_with_their_steepest_lines():
    scores = np.array([1.0, -2, 3, -1, 2])
    slopes = [(scores[b] - scores[a]) / (b - a) for a in range(5) for b in range(a + 1, 5)]
    slope = fit_slope(np.arange(5.0), scores, 0.99)
    assert (slope.low, slope.high) == (min(slopes), max(slopes))


def test_autocorrelation_is_the_raw_one_with_its_bias_removed():
    swings = np.array([1.0, 1, -1, -1, 1, 1, -1, -1])  # raw 1/8
    assert autocorrelation(swings) == autocorrelation(swings + 5) == pytest.approx((1 + 2) / (8 - 4))


def test_months_that_hang_together_count_for_fewer():
    assert inflate_variance(0.5, 3) == pytest.approx(1 + 2 * (2 / 3 * 0.5 + 1 / 3 * 0.25))
    assert inflate_variance(0.0, 3) == 1


def test_the_probability_of_a_slope_is_kendalls():
    from scipy.stats import kendalltau

    rng, months = np.random.default_rng(8), np.arange(40.0)
    scores = np.tile([1.0, -1.0], 20) * rng.uniform(0.1, 2, 40) + 0.03 * months
    tau = kendalltau(months, scores, method="asymptotic")
    assert autocorrelation(scores - fit_slope(months, scores, 0.95).value * months) == 0
    assert fit_slope(months, scores, 0.95).p_value == pytest.approx(tau.pvalue, rel=1e-6)
    assert fit_slope(months, np.full(40, 90.0), 0.95).p_value == 1


def test_the_autocorrelation_of_many_series_widens_the_interval_of_one_that_shows_less():
    months, scores = np.arange(40.0), np.tile([1.0, -1.0], 20) * np.linspace(0.1, 2, 40) + 0.05 * np.arange(40)
    own, joint = (fit_slope(months, scores, 0.95, least_rho) for least_rho in (0.0, 0.5))
    assert joint.low < own.low and own.high < joint.high and joint.p_value > own.p_value
    assert joint.value == own.value
