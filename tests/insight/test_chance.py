"""Tails are exact, overdispersion is found where it is, and false discoveries are held to their share."""

import numpy as np
import pytest
from scipy.stats import binom, nbinom, poisson

from analysis.insight.chance import (
    Overdispersion,
    between_months,
    between_units,
    chance_of_fewer,
    chance_of_more,
    false_discovery_rates,
    fit_overdispersion,
)

SIZES = np.tile([20, 60, 200, 700], 200)


def of_equal_units(icc: float, rate: float = 0.1, seed: int = 1) -> np.ndarray:
    """Counts of units whose cases resemble each other (beta-binomial) around one rate."""
    rng, strength = np.random.default_rng(seed), 1 / icc - 1 if icc else np.inf
    share = rng.beta(rate * strength, (1 - rate) * strength, len(SIZES)) if icc else rate
    return rng.binomial(SIZES, share)


@pytest.mark.parametrize("k", [0, 1, 17, 33, 39, 40])
def test_a_rate_without_overdispersion_has_the_binomials_tail(k):
    assert chance_of_fewer(k, 40, 0.85) == pytest.approx(binom.cdf(k, 40, 0.85), rel=1e-9)


@pytest.mark.parametrize("mean", [0.4, 2.5])
@pytest.mark.parametrize("k", [0, 1, 3, 9])
def test_a_count_has_the_poissons_tail_or_the_negative_binomials(k, mean):
    assert chance_of_more(k, mean) == pytest.approx(poisson.sf(k - 1, mean), rel=1e-9)
    assert chance_of_more(k, mean, 1.8) == pytest.approx(nbinom.sf(k - 1, mean / 0.8, 1 / 1.8), rel=1e-9)


@pytest.mark.parametrize(("phi", "chance"), [(1, 22 / 64), (2, 1 / 2)])
def test_cases_that_spread_twice_as_much_count_as_half_as_many(phi, chance):
    """At most 2 of 6 at a rate of a half: 1 + 6 + 15 of 64; at φ = 2 the incomplete beta of (2, 2), even at a half."""
    assert chance_of_fewer(2, 6, 0.5, phi) == pytest.approx(chance)


def test_counts_out_of_two_that_spread_by_half_more_have_an_icc_of_one_half():
    """At size 2 the variance is 1 + ICC times the binomial's; φ is the variance itself."""
    z = np.linspace(-2, 2, 41)
    z *= np.sqrt(1.5 / fit_overdispersion(10 * z, np.full(41, 2)).phi) * 10
    found = fit_overdispersion(z, np.full(41, 2))
    assert (found.phi, found.icc) == (pytest.approx(1.5), pytest.approx(0.5, abs=1e-6))


def test_overdispersion_makes_tails_heavier_and_never_a_certainty_of_nothing():
    for k in (20, 30, 33):
        assert chance_of_fewer(k, 40, 0.85, 2.0) > chance_of_fewer(k, 40, 0.85)
    assert chance_of_fewer(40, 40, 0.85, 3.0) == 1
    assert chance_of_more(8, 2.5, 2.0) > chance_of_more(8, 2.5)
    assert chance_of_more(1, 0.0) == 0


def test_counts_of_equal_units_have_no_overdispersion_to_speak_of():
    found = between_units(of_equal_units(0), SIZES)
    assert found.phi < 1.15 and found.icc < 0.001


@pytest.mark.parametrize("icc", [0.01, 0.03])
def test_the_intraclass_correlation_is_found_and_widens_large_units_most(icc):
    found = between_units(of_equal_units(icc), SIZES)
    assert found.icc == pytest.approx(icc, rel=0.25)
    assert found.at(700) == pytest.approx(1 + 699 * icc, rel=0.25)
    assert found.at(20) == found.phi


def test_a_few_units_that_truly_differ_do_not_hide_themselves():
    counts = of_equal_units(0)
    counts[:40] *= 4
    assert between_units(counts, SIZES).phi < 2


def test_few_units_tell_no_overdispersion():
    assert between_units(np.array([0, 20] * 4 + [40]), np.full(9, 100)) == Overdispersion()
    assert between_units(np.array([0, 20] * 5), np.full(10, 100)).phi > 5


def test_months_of_units_with_rates_of_their_own_have_no_overdispersion_and_swinging_ones_have():
    rng = np.random.default_rng(2)
    rates, sizes = np.repeat(rng.uniform(0.6, 0.9, 200)[:, None], 3, axis=1), np.full((200, 3), 100)
    assert between_months(rng.binomial(sizes, rates), sizes).phi < 1.2
    swinging = rng.beta(rates * 24, (1 - rates) * 24)
    assert between_months(rng.binomial(sizes, swinging), sizes).icc == pytest.approx(0.04, rel=0.25)


def test_false_discovery_rates_are_benjamini_hochbergs_and_leave_out_what_was_not_tested():
    q = false_discovery_rates(np.array([0.01, np.nan, 0.02, 0.5]))
    assert q.tolist() == pytest.approx([0.03, np.nan, 0.03, 0.5], nan_ok=True)
    assert np.isnan(false_discovery_rates(np.array([np.nan]))).all()


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize(("cases", "few", "many", "is_told"), [(15, 0, 6, True), (10, 0, 4, True), (8, 0, 3, False)])
def test_units_tell_overdispersion_where_one_case_at_least_is_expected_of_each_kind(
    is_mirrored, cases, few, many, is_told
):
    """One large unit holds the rate at a tenth; of the others, 1.5, 1 or 0.8 cases are expected."""
    n = np.array([1_000_000, *[cases] * 20])
    events = np.array([100_000, *[few, few, few, many] * 5])
    phi = between_units(n - events if is_mirrored else events, n).phi
    assert phi > 4 if is_told else phi == 1


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize(("cases", "many", "is_told"), [(10, 4, True), (12, 3, True), (7, 2, False)])
def test_months_tell_overdispersion_where_one_case_at_least_is_expected_of_each_kind(is_mirrored, cases, many, is_told):
    events, n = np.tile([0, 0, many], (20, 1)), np.full((20, 3), cases)
    phi = between_months(n - events if is_mirrored else events, n).phi
    assert phi > 3 if is_told else phi == 1


def test_a_month_without_cases_is_no_month():
    events, n = np.tile([0, 8], (20, 1)), np.full((20, 2), 20)
    longer = [np.column_stack([each, np.zeros(20, dtype=int)]) for each in (events, n)]
    assert between_months(*longer) == between_months(events, n)
    assert between_months(events[:, 1:], n[:, 1:]) == between_months(0 * events, 0 * n) == Overdispersion()
    once = [np.vstack([each, np.column_stack([each[:, 1], np.zeros(20, dtype=int)])]) for each in (events, n)]
    assert between_months(*once) == between_months(events, n)  # a single month does not differ from itself


def test_the_spread_of_months_around_their_own_rate_worked_by_hand():
    """0 and 8 of 20: 4 expected, variance 4 · 0.8 · ½; every z² is 10, and winsorising takes nothing away."""
    found = between_months(np.tile([0, 8], (20, 1)), np.full((20, 2), 20))
    assert found.phi == pytest.approx(10 / 0.6787)
    assert found.at(20) == pytest.approx(found.phi, rel=1e-4)


def test_a_month_of_one_case_is_a_month():
    """0 and 8 of 20, 0 of 1: 160/41 expected, variance 160/41 · 33/41 · ⅔ = 3520/41²; z² is 160² or 168² / 3520."""
    found = between_months(np.tile([0, 8, 0], (20, 1)), np.tile([20, 20, 1], (20, 1)))
    assert found.phi == pytest.approx((160**2 + 168**2) / 2 / 3520 / 0.6787)
