"""An indicator is worse than its own past where chance does not explain it (S33), not where it always loses most."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from analysis.insight.indicator_changes import _correlate, compare_indicators
from analysis.insight.slope import correlate_neighbours
from analysis.policy.period import month_range, shift

PERIOD = "2026-10"
PAST = [90.0, 92, 91, 89, 93, 90, 92, 88, 91, 92, 89, 91]


@pytest.fixture(scope="module")
def policy(whole_book):
    return whole_book.at(PERIOD)


def summaries(series: dict[str, list[float]]) -> pd.DataFrame:
    """Return `indicator_summary` whose last month is `PERIOD`, with the same rows once more for the year to date."""
    rows = [
        {"period": shift(PERIOD, 1 - len(values) + place), "indicator_id": id_, "mean_score": value}
        for id_, values in series.items()
        for place, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows)
    return pd.concat([frame.assign(scope="month"), frame.assign(scope="ytd", mean_score=0.0)])


def test_independent_months_give_the_t_test_of_a_new_month(policy):
    """Mean 90.667, standard deviation 1.497; neighbours are negatively correlated, so that none is allowed for."""
    assert correlate_neighbours(np.array(PAST), n_fitted=1) < 0
    row = compare_indicators(summaries({"common-01": [*PAST, 84.0]}), policy).iloc[0]
    assert (row["n_months"], row["mean_score"]) == (12, 84)
    assert row["usual_score"] == pytest.approx(1088 / 12)
    assert row["spread_points"] == pytest.approx(np.sqrt(sum((x - 1088 / 12) ** 2 for x in PAST) / 11))
    statistic = (1088 / 12 - 84) / (row["spread_points"] * np.sqrt(13 / 12))
    assert row["p_value"] == pytest.approx(student.sf(statistic, 11), rel=1e-9)
    assert row["has_worsened"]


@pytest.mark.parametrize(
    ("now", "is_worse"),
    [(84.0, True), (88.0, False), (98.0, False)],  # far below, within its spread, better
)
def test_only_a_fall_beyond_the_own_spread_is_worse(policy, now, is_worse):
    assert compare_indicators(summaries({"common-01": [*PAST, now]}), policy)["has_worsened"].tolist() == [is_worse]


@pytest.mark.parametrize(("of_q", "is_worse"), [(1.0, True), (0.999, False)])
def test_a_share_of_false_discoveries_at_the_limit_is_within_it(policy, of_q, is_worse):
    fallen = summaries({"common-01": [*PAST, 84.0]})
    q = compare_indicators(fallen, policy)["q_value"].iloc[0]
    trends = policy.trends.model_copy(update={"false_discovery_pct": 100 * q * of_q})
    found = compare_indicators(fallen, replace(policy, trends=trends))
    assert found["has_worsened"].tolist() == [is_worse]


def test_what_always_loses_most_is_not_worse(policy):
    found = compare_indicators(summaries({"common-08": [50.0 + x / 10 for x in [*PAST, 90.0]]}), policy)
    assert not found["has_worsened"].any()


@pytest.mark.parametrize(
    ("now", "p", "is_worse"), [(97.5, 0, False), (97.0, 0, True), (98.0, 1, False), (98.5, 1, False)]
)
def test_months_that_never_differed_are_left_only_by_a_fall_of_consequence(policy, now, p, is_worse):
    found = compare_indicators(summaries({"common-01": [98.0] * 12 + [now]}), policy)
    assert found[["p_value", "has_worsened"]].values.tolist() == [[p, is_worse]]


def test_few_months_other_rules_and_windows_of_visits_are_not_compared(whole_book, policy):
    visits = next(i.id for i in policy.indicators if i.window_months)
    series = {"common-01": [*PAST[:5], 80.0], visits: [*PAST, 80.0], "common-03": PAST[:7]}
    frame = summaries(series)
    assert compare_indicators(frame, policy)["indicator_id"].tolist() == ["common-03"]
    renewed = [
        i.model_copy(update={"from_": shift(PERIOD, -3)}) if i.id == "common-03" else i
        for i in whole_book.indicators.indicators
    ]
    indicators = whole_book.indicators.model_copy(update={"indicators": tuple(renewed)})
    assert compare_indicators(frame, whole_book.revise(indicators=indicators).at(PERIOD)).empty


def test_an_indicator_without_a_mean_this_month_is_not_compared(policy):
    assert compare_indicators(summaries({"common-01": [*PAST, np.nan]}), policy).empty


def correlated(rng: np.random.Generator, rho: float, ids: list[str]) -> dict[str, list[float]]:
    steps = rng.standard_normal((13, len(ids)))
    values = [steps[0]]
    for step in steps[1:]:
        values.append(rho * values[-1] + np.sqrt(1 - rho**2) * step)
    return {id_: [80 + 3 * month[n] for month in values] for n, id_ in enumerate(ids)}


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.7])
def test_indicators_that_stay_hardly_ever_worsen_also_where_months_hang_together(policy, rho):
    """All null: in at most 5 % of months is anything named (three standard errors above allowed)."""
    rng, ids = np.random.default_rng(7), [i.id for i in policy.indicators if not i.window_months]
    named = [compare_indicators(summaries(correlated(rng, rho, ids)), policy)["has_worsened"].any() for _ in range(100)]
    assert np.mean(named) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_an_indicator_that_falls_by_six_spreads_is_named(policy):
    rng, ids = np.random.default_rng(8), [i.id for i in policy.indicators if not i.window_months]
    found = 0
    for _ in range(20):
        series = correlated(rng, 0.3, ids)
        series[ids[3]][-1] -= 6 * 3
        table = compare_indicators(summaries(series), policy).set_index("indicator_id")
        found += bool(table.loc[ids[3], "has_worsened"])
    assert found >= 16


def test_months_since_the_districts_start_are_enough(policy):
    assert month_range(shift(PERIOD, -6), PERIOD)[0] == "2026-04"
    assert compare_indicators(summaries({"common-01": [*PAST[:6], 80.0]}), policy)["n_months"].tolist() == [6]


SWINGS = np.array([1.0, 1, -1, -1, 1, 1, -1, -1])  # neighbours correlate by 1/8, and without bias by (1 + 1) / (8 - 4)


def test_the_correlation_is_the_median_of_the_indicators_that_vary():
    zigzag, line, flat = np.tile([1.0, -1.0], 4), np.arange(8.0), np.full(8, 3.0)
    assert _correlate([SWINGS, flat, zigzag, line]) == _correlate([SWINGS]) == 0.5
    assert (_correlate([zigzag, flat]), _correlate([line]), _correlate([flat])) == (0, 0.95, 0)


def test_months_that_resemble_each_other_widen_the_error_and_leave_fewer_degrees(policy):
    row = compare_indicators(summaries({"common-01": [*(80 + SWINGS), 76.0]}), policy).iloc[0]
    alike = [[0.5 ** abs(i - j) for j in range(8)] for i in range(8)]
    together = sum(map(sum, alike))
    freedom = 8 - together / 8
    variance = 1 + together / 64 - 2 / 8 * sum(0.5**lag for lag in range(1, 9))
    centred = [[alike[i][j] - sum(alike[k][j] for k in range(8)) / 8 for j in range(8)] for i in range(8)]
    degrees = freedom**2 / sum(centred[i][j] * centred[j][i] for i in range(8) for j in range(8))
    error = np.sqrt(8 / 7 * variance * 7 / freedom)
    assert row["p_value"] == pytest.approx(student.cdf(-4 / error, degrees), rel=1e-9)


def test_a_spread_of_hundredths_is_a_spread(policy):
    """The same figures a hundredth as large are as far from their past."""
    large, small = ([place * x for x in [*PAST, 89.0]] for place in (1, 0.01))
    found = [
        compare_indicators(summaries({"common-01": series}), policy)["p_value"].iloc[0] for series in (large, small)
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-9) and 0.1 < found[0] < 0.3
