"""Wilson's interval and the funnel's limits against published and exact values."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.insight.chance import Overdispersion, between_units
from analysis.insight.hotline_funnel import district_rate, find_outside, funnel_limits
from analysis.insight.proportions import wilson_interval


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (1, 20), (17, 40), (2617, 2713)])
def test_wilson_agrees_with_scipy(k, n):
    low, high = wilson_interval([k], [n], 95)
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert [low[0] / 100, high[0] / 100] == pytest.approx([expected.low, expected.high], abs=1e-9)


def test_wilson_of_none_and_all_ends_there_exactly():
    n = np.arange(1, 400)
    assert (wilson_interval(0 * n, n, 95)[0] == 0).all()
    assert (wilson_interval(n, n, 95)[1] == 100).all()


def test_wilson_of_nothing_is_missing():
    assert np.isnan(wilson_interval([0], [0], 95)).all()


@pytest.mark.parametrize("n", [1, 5, 20, 100, 3000])
@pytest.mark.parametrize("rate", [0.5, 0.92, 0.98])
def test_funnel_limits_lie_within_one_case_of_the_exact_quantiles(n, rate):
    low, high = funnel_limits(rate, [n], 95)
    exact_low, exact_high = stats.binom.ppf([0.025, 0.975], n, rate)
    assert exact_low - 1 <= low[0] * n / 100 <= exact_low
    assert exact_high - 1 <= high[0] * n / 100 <= exact_high


@pytest.mark.parametrize("rate", [0, 1])
def test_funnel_of_a_district_that_always_or_never_succeeds_has_no_width(rate):
    assert [limits.tolist() for limits in funnel_limits(rate, [1, 50], 95)] == [[100 * rate] * 2] * 2


def test_funnel_of_few_cases_ends_at_0_and_100():
    assert [limits.tolist() for limits in funnel_limits(0.95, [3], 99.8)][1] == [100]
    assert [limits.tolist() for limits in funnel_limits(0.001, [1], 80)] == [[0], [0]]


def test_funnel_of_a_large_district_is_drawn_at_once():
    start = time.process_time()
    low, high = funnel_limits(0.92, np.arange(1, 30_001), 99.8)
    assert time.process_time() - start < 5  # one by one: 20 seconds and more
    assert low[-1] < 92 < high[-1]


def test_funnel_narrows_with_size():
    low, high = funnel_limits(0.9, [10, 100, 1000], 99.8)
    assert (np.diff(low) > 0).all() and (np.diff(high) <= 0).all()


def test_units_of_one_true_rate_stay_inside_and_a_bad_one_is_named(whole_book):
    rng = np.random.default_rng(2)
    n_due = rng.integers(1, 400, 85)
    frame = pd.DataFrame(
        {"unit_id": [f"U{i:02d}" for i in range(85)], "n_due": n_due, "n_on_time": rng.binomial(n_due, 0.95)}
    )
    frame = frame.assign(is_small=frame["n_due"] < 20)
    funnel = whole_book.watch.funnel
    assert find_outside(frame, funnel, "on_time").empty
    frame.loc[0, ["n_due", "n_on_time", "is_small"]] = [200, 160, False]
    frame.loc[1, ["n_due", "n_on_time", "is_small"]] = [5, 1, True]  # too few to be named (S12)
    assert find_outside(frame, funnel, "on_time")["unit_id"].tolist() == ["U00"]


def test_units_whose_cases_resemble_each_other_stay_inside(whole_book):
    """An intraclass correlation of 0.01 put 11 of 49 equal units outside of limits that knew the binomial alone."""
    n_out, n_binomial = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n_due = np.rint(rng.lognormal(6, 1, 49)).astype(int) + 20
        on_time = rng.binomial(n_due, rng.beta(0.9 * 99, 0.1 * 99, 49))
        frame = pd.DataFrame({"unit_id": [f"U{i:02d}" for i in range(49)], "n_due": n_due, "n_on_time": on_time})
        frame = frame.assign(is_small=False)
        n_out += len(find_outside(frame, whole_book.watch.funnel, "on_time"))
        low, high = funnel_limits(on_time.sum() / n_due.sum(), n_due, 99.8)
        n_binomial += ((100 * on_time / n_due < low) | (100 * on_time / n_due > high)).sum()
    assert n_binomial > 40 * 5
    assert n_out <= 40 * 0.4


@pytest.mark.parametrize("n", [3, 8, 40, 400])
@pytest.mark.parametrize("rate", [0.3, 0.8])
def test_funnel_limits_are_the_exact_quantiles_interpolated(n, rate):
    def limit(share: float) -> float:
        k = stats.binom.ppf(share, n, rate)
        if k == n and share > 0.5:
            return 100.0  # all of n may well succeed by chance
        upto, below = stats.binom.cdf([k, k - 1], n, rate)
        return 100 * min(1, max(0, (k - (upto - share) / (upto - below)) / n))

    low, high = funnel_limits(rate, [n], 90)
    assert low[0] == pytest.approx(limit(0.05))
    assert high[0] == pytest.approx(limit(0.95))


def test_funnel_of_counts_four_times_as_dispersed_is_twice_as_wide():
    narrow, wide = (funnel_limits(0.5, [400], 95, Overdispersion(phi)) for phi in (1.0, 4.0))
    assert [each[0] - 50 for each in wide] == pytest.approx([2 * (each[0] - 50) for each in narrow])


def test_the_rate_of_a_single_case_is_that_case():
    frame = pd.DataFrame([{"n_due": 1, "n_on_time": 1, "n_valid_call_backs": 1, "n_satisfied": 0}])
    assert [district_rate(frame, measure)[0] for measure in ("on_time", "satisfaction")] == [1, 0]


def test_a_unit_outside_comes_with_its_rate_the_districts_and_the_limits(whole_book):
    n_due = np.full(12, 100)
    frame = pd.DataFrame({"unit_id": [f"U{i:02d}" for i in range(12)], "n_due": n_due, "n_on_time": 90})
    few = pd.DataFrame([{"unit_id": f"U{12 + n}", "n_due": n, "n_on_time": n} for n in (0, 1)])
    frame = pd.concat([frame, few], ignore_index=True).assign(is_small=False)
    frame.loc[3, "n_on_time"] = 50
    (row,) = find_outside(frame, whole_book.watch.funnel, "on_time").to_dict("records")
    district = (11 * 90 + 50 + 1) / 1201
    counted = frame[frame["n_due"] > 0]
    spread = between_units(counted["n_on_time"].to_numpy(), counted["n_due"].to_numpy())
    low, high = funnel_limits(district, [100], whole_book.watch.funnel.action_pct, spread)
    assert row["unit_id"] == "U03"
    told = [row["rate_pct"], row["district_pct"], row["low_pct"], row["high_pct"]]
    assert told == pytest.approx([50, 100 * district, low[0], high[0]])


@pytest.mark.parametrize("is_low", [True, False])
def test_a_unit_is_named_from_the_first_case_beyond_its_limit(whole_book, is_low):
    funnel, n_due = whole_book.watch.funnel, np.full(12, 1000)

    def judge(n_on_time: int) -> tuple[bool, float]:
        """Whether the last of twelve units is named, and by how much in % its rate lies beyond its limit."""
        on_time = np.array([*[900] * 11, n_on_time])
        frame = pd.DataFrame({"unit_id": [f"U{i:02d}" for i in range(12)], "n_due": n_due, "n_on_time": on_time})
        named = find_outside(frame.assign(is_small=False), funnel, "on_time")
        spread = between_units(on_time.astype(float), n_due.astype(float))
        low, high = funnel_limits(on_time.sum() / 12_000, [1000], funnel.action_pct, spread)
        return "U11" in set(named["unit_id"]), low[0] - n_on_time / 10 if is_low else n_on_time / 10 - high[0]

    told = [judge(n) for n in (range(850, 900) if is_low else range(900, 950))]
    assert all(is_named == (beyond > 0) for is_named, beyond in told)
    assert 0 < min(beyond for is_named, beyond in told if is_named) < 0.1
