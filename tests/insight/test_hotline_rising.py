"""A matter rises against its own seasonal past, not because it is winter or because the hotline grows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.insight.hotline_rising import _growth, find_rising_matters, judge_counts
from analysis.policy.period import month_range

MONTHS = month_range("2023-01", "2026-10")


def history(change=None, months=MONTHS, seed=3) -> pd.DataFrame:
    """Thirty matters of some forty tickets a month, the first one seasonal; `change` alters (matter, month) → mean."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(30):
        for month in months:
            mean = 40 * (3 if n == 0 and month[5:] in ("10", "11", "12") else 1)
            mean = change(n, month, mean) if change else mean
            rows.append(
                {"period": month, "matter_id": f"M{n}", "matter": f"事项{n:02d}", "n_received": int(rng.poisson(mean))}
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def rising(whole_book):
    return whole_book.tickets.rising


def risen(table: pd.DataFrame) -> list[str]:
    return table.loc[table["is_rising"], "matter"].tolist()


def test_planted_rise_is_found_and_nothing_else(rising):
    table = find_rising_matters(
        history(lambda n, m, mean: 2.5 * mean if n == 7 and m == "2026-10" else mean), "2026-10", rising
    )
    assert risen(table) == ["事项07"]


def test_nothing_rises_in_a_copy_with_the_months_shuffled(rising):
    frame = history(lambda n, m, mean: 2.5 * mean if n == 7 and m == "2026-10" else mean)
    rng = np.random.default_rng(11)
    shuffled = frame.assign(n_received=frame.groupby("matter")["n_received"].transform(rng.permutation))
    shuffled = shuffled[shuffled["matter"] != "事项00"]  # its season is lost with the months
    assert risen(find_rising_matters(shuffled, "2026-10", rising)) == []


def test_season_is_no_rise_and_neither_is_growth_of_all(rising):
    assert risen(find_rising_matters(history(), "2026-10", rising)) == []
    grown = history(lambda n, m, mean: 3 * mean if m == "2026-10" else mean)
    assert risen(find_rising_matters(grown, "2026-10", rising)) == []


def test_matter_never_seen_before_rises_once_it_is_large(rising):
    frame = history(lambda n, m, mean: (60 if m == "2026-10" else 0) if n == 9 else mean)
    assert risen(find_rising_matters(frame, "2026-10", rising)) == ["事项09"]


def test_without_a_past_nothing_is_said(rising):
    table = find_rising_matters(history(months=month_range("2026-08", "2026-10")), "2026-10", rising)
    assert not table["is_judged"].any() and not table["is_rising"].any() and table["p_value"].isna().all()


def overdispersed(months: int, seed: int, phi: float = 2.5) -> np.ndarray:
    """Tickets of 80 matters of unequal size, each month's variance φ times its mean."""
    rng = np.random.default_rng(seed)
    mean = np.repeat(rng.lognormal(3, 1.2, 80)[:, None], months, axis=1)
    return rng.negative_binomial(mean / (phi - 1), 1 / phi)


def test_a_matter_that_multiplies_hides_no_other_and_takes_nothing_from_it():
    """Shares of a total that one matter inflates lowered all others: 2.2 times as many did not show beside 12 times."""
    past = np.full((30, 9), 60.0)
    now = np.full(30, 60.0)
    now[0], now[1] = 12 * 60, 2.2 * 60
    expected, p = judge_counts(past, now)
    assert expected == pytest.approx(np.full(30, 60.0), rel=0.01)
    assert p[1] < 0.001 and (p[2:] > 0.3).all()
    past[0, 4] = 12 * 60  # nor does one that multiplied in a month of the past
    assert judge_counts(past, np.full(30, 60.0))[0][1:] == pytest.approx(np.full(29, 60.0), rel=0.01)


def test_overdispersed_matters_that_stay_as_they_were_do_not_rise():
    found = []
    for seed in range(60):
        counts = overdispersed(10, seed)
        found.append(judge_counts(counts[:, :9], counts[:, 9])[1])
    p = np.concatenate(found)
    assert 0.02 < np.mean(p < 0.05) < 0.06
    assert sum(row.min() < 0.05 / 80 for row in found) <= 6


def test_a_doubled_matter_of_47_tickets_is_found_in_a_calm_hotline():
    hits = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        mean = np.tile(np.append(47.0, rng.lognormal(3, 1.0, 59))[:, None], 10)
        mean[0, 9] *= 2
        counts = rng.poisson(mean)
        hits += judge_counts(counts[:, :9], counts[:, 9])[1][0] < 0.05 / 60
    assert hits >= 15


def test_sparse_matters_together_tell_how_the_hotline_grows():
    rng = np.random.default_rng(4)
    past, now = rng.poisson(1.0, (300, 9)), rng.poisson(3.0, 300)
    expected, _ = judge_counts(past, now)
    assert expected.sum() == pytest.approx(now.sum(), rel=0.01)


@pytest.mark.parametrize(("count", "is_rising"), [(20, True), (19, False)])
def test_twenty_tickets_may_rise_and_nineteen_may_not(rising, count, is_rising):
    frame = history(lambda n, m, mean: 0 if n == 9 else mean)
    row = {"period": "2026-10", "matter_id": "M9", "matter": "事项09", "n_received": count}
    table = find_rising_matters(pd.concat([frame[frame["matter"] != "事项09"], pd.DataFrame([row])]), "2026-10", rising)
    assert risen(table) == (["事项09"] if is_rising else [])
    assert table["q_value"].notna().all()


def test_a_matter_never_seen_before_expects_half_a_ticket_over_all_past_months():
    past = np.array([[0] * 10, [100] * 10], dtype=float)
    expected, _ = judge_counts(past, np.array([1.0, 100.0]))
    assert expected == pytest.approx([0.05, 100], rel=0.02)


def test_growth_is_the_weighted_median_of_matters_with_the_sparse_ones_taken_together():
    """By hand: levels 5.06, 20.06 and, together, 2.11; ratios 9.89, 0.997 and 0.947; middles 0.907, 0.446 and 0.039."""
    past = np.array([[5] * 9, [20] * 9, [1] * 9, [1] * 9], dtype=float)
    expected, _ = judge_counts(past, np.array([50.0, 20, 1, 1]))
    growth = 0.99723 + (9.89011 - 0.99723) * (0.5 - 0.44592) / (0.90714 - 0.44592)
    assert expected == pytest.approx(np.array([45.5, 180.5, 9.5, 9.5]) / 9 * growth, rel=1e-3)


def test_how_matters_of_one_ticket_a_month_spread_counts_for_others_of_their_size():
    lively, calm = [0, 0, 0, 0, 5, 5, 1, 1, 2], [2, 1, 2, 1, 2, 1, 2, 1, 2]
    now = np.array([7.0, *[1] * 18, *[40] * 10])

    def p_of_the_first(rest: list[int]) -> float:
        past = [np.roll(lively, 0), *(np.roll(rest, k) for k in range(18)), *([40] * 9 for _ in range(10))]
        return judge_counts(np.array(past, dtype=float), now)[1][0]

    assert p_of_the_first(lively) > 1.3 * p_of_the_first(calm)


def test_the_least_number_of_past_months_is_enough_and_the_ratio_is_to_what_is_expected(rising):
    months = [*month_range("2025-09", "2025-11"), "2026-10"]
    assert len(months) - 1 == rising.minimum_months
    table = find_rising_matters(history(months=months), "2026-10", rising)
    assert table["is_judged"].all()
    assert table["ratio"].to_numpy() == pytest.approx((table["n_received"] / table["expected"]).to_numpy())


def test_a_hotline_that_halves_lets_half_as_many_be_expected():
    past = np.full((20, 9), 40.0)
    assert judge_counts(past, np.full(20, 20.0))[0] == pytest.approx(np.full(20, 20.0), rel=0.01)


def test_months_without_a_matter_count_as_none_and_a_matter_without_tickets_has_no_row(rising):
    frame = history()
    is_past = (frame["matter"] == "事项05") & (frame["period"] < "2026-10")
    is_now = (frame["matter"] == "事项06") & (frame["period"] == "2026-10")
    frame = frame[~is_past].assign(n_received=lambda rows: rows["n_received"].mask(is_now, 0))
    table = find_rising_matters(frame, "2026-10", rising).set_index("matter")
    assert table.loc["事项05", "expected"] < 0.1
    assert "事项06" not in table.index


def test_the_seasonal_past_is_three_months_of_each_of_three_years(rising):
    one = {"period": "2026-10", "matter_id": "M99", "matter": "仅一件", "n_received": 1}
    table = find_rising_matters(pd.concat([history(), pd.DataFrame([one])]), "2026-10", rising)
    assert (table["n_past_months"] == 9).all()
    assert "仅一件" in set(table["matter"])


def test_the_p_value_of_a_calm_hotline_worked_with_other_functions():
    """Nine calm months of 40: φ is 1 and grows by a ninth for the level's own noise; t with twice 8 degrees."""
    now = np.append(60.0, np.full(29, 40.0))
    expected, p = judge_counts(np.full((30, 9), 40.0), now)
    phi = 1 + 1 / 9
    tail = stats.nbinom.sf(59, expected[0] / (phi - 1), 1 / phi)
    assert p[0] == pytest.approx(stats.t.cdf(stats.norm.ppf(tail), 16), rel=0.01)


@pytest.mark.parametrize(("level", "growth"), [(5.0, 2), (4.99, 7 / 3)])
def test_a_matter_of_five_tickets_counts_for_itself_and_smaller_ones_together(level, growth):
    """Tickets of three matters became 1, 2 and 4 times as many: 2 is the median, 7/3 what they became together."""
    levels = np.full(3, level)
    assert _growth(levels * np.array([1, 2, 4]), levels) == pytest.approx(growth)


def test_matters_too_few_to_count_for_themselves_weigh_as_little_together():
    """Levels of 10 and 0.5: middles at 5/10.5 and 10.25/10.5, ratios 1 and 2."""
    levels = np.array([10.0, 0.5])
    assert _growth(np.array([10.0, 1.0]), levels) == pytest.approx(1 + (0.5 - 5 / 10.5) / (5.25 / 10.5))
    assert _growth(np.zeros(2), levels) == 1e-9


def test_the_p_value_of_a_hotline_that_swings_worked_with_other_functions():
    """Eight months of 30 or 50, as many up as down: 40.0625 expected, z of the one or the other."""
    past = np.array([np.roll([30.0, 50.0] * 4, matter % 2) for matter in range(30)])
    now = np.append(60.0, np.full(29, 40.0))
    expected, p = judge_counts(past, now)
    own = (10.0625**2 + 9.9375**2) / 2 / (40.0625 * 7 / 8)
    phi = (own / 0.6787 + own) / 2 * (1 + 40 / 40.0625 / 8)
    tail = stats.nbinom.sf(59, 40 / (phi - 1), 1 / phi)
    assert expected == pytest.approx(np.full(30, 40.0))
    assert p[0] == pytest.approx(stats.t.cdf(stats.norm.ppf(tail), 14))


@pytest.mark.parametrize(("name", "is_least"), [("false_discovery_pct", False), ("minimum_ratio", True)])
def test_what_is_just_as_rare_and_as_large_as_the_limits_rises(rising, name, is_least):
    frame = history(lambda n, m, mean: 2.5 * mean if n == 7 and m == "2026-10" else mean)
    row = find_rising_matters(frame, "2026-10", rising).set_index("matter").loc["事项07"]
    exact = 100 * row["q_value"] if name == "false_discovery_pct" else row["ratio"]
    for factor in (1 - 1e-12, 1, 1 + 1e-12):
        limits = rising.model_copy(update={name: factor * exact})
        found = risen(find_rising_matters(frame, "2026-10", limits))
        assert found == ["事项07"] * (factor <= 1 if is_least else factor >= 1)
