"""What certainty knows of a unit's months is what trends judge its changes by; hardly a unit is named by chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtr
from scipy.stats import norm, t

from analysis.insight.noise import Sides, change_widths, compared_sides
from analysis.policy.book import load_policy
from analysis.policy.period import month_range
from analysis.scoring.certainty.table import certainty_scope
from analysis.scoring.noise import estimate_noise, month_errors

from ..scoring import districts
from .conftest import ROOT, certainty

PCT = load_policy(ROOT).trends.false_discovery_pct
MONTHS = month_range("2023-01", "2026-10")
MOM = Sides("month", 1, 1)


def district(rho: float, seed: int, tail: float = np.inf) -> dict[str, np.ndarray]:
    """Units that never change: a first-order autoregression each, spreads that differ."""
    rng = np.random.default_rng(seed)
    shape = (85, 106)
    shocks = rng.normal(size=shape) if np.isinf(tail) else rng.standard_t(tail, shape) / np.sqrt(tail / (tail - 2))
    series = shocks.copy()
    for month in range(1, 106):
        series[:, month] = rho * series[:, month - 1] + np.sqrt(1 - rho**2) * shocks[:, month]
    spread = rng.lognormal(0, 0.25, (85, 1))
    return {f"U{n:02d}": 85 + row for n, row in enumerate(spread * series[:, 60:])}


def known_before(series: dict[str, np.ndarray]) -> pd.DataFrame:
    """What certainty of 2026-09 tells of the noise, from the 24 months that end with it."""
    years = np.array([month[:4] for month in MONTHS[-25:-1]])
    totals = np.stack(list(series.values()), axis=1)[-25:-1]
    noise = estimate_noise(month_errors(totals[:, :, None], np.ones((len(series), 1)), years), years)
    one = noise.deviation_of_mean(np.ones(len(series)))
    scopes = ("month", "ytd")
    return pd.concat(
        certainty(list(series), scope, one, 0.0, noise.degrees, noise.tail, noise.correlation) for scope in scopes
    )


def compared(series: dict[str, np.ndarray]) -> dict[str, pd.Series]:
    """The change of each unit on every basis in the last month, 2026-10."""
    x = pd.DataFrame(series)
    return {
        "mom": x.iloc[45] - x.iloc[44],
        "yoy": x.iloc[45] - x.iloc[33],
        "ytd": x.iloc[36:46].mean() - x.iloc[24:34].mean(),
        "annual": x.iloc[24:36].mean() - x.iloc[12:24].mean(),
    }


def named(series: dict[str, np.ndarray]) -> dict[str, list[str]]:
    noise, found = known_before(series), {}
    for basis, changes in compared(series).items():
        widths = change_widths(noise, compared_sides(basis, "2026-10"), changes, PCT)
        found[basis] = changes.index[changes.abs() > widths].tolist()
    return found


def test_changes_that_are_just_as_rare_as_the_limit_share_it():
    """Two changes of 3 points: both count where their probability is the limit, one where it is less."""
    changes, noise = pd.Series(3.0, ["A", "B"]), certainty(["A", "B"])
    pct = 100 * max(2 * stdtr(1e6, -3 / np.sqrt(2)), 4 * stdtr(200, -3 / (1 / np.sqrt(200 / 198))))
    both, neither = (change_widths(noise, MOM, changes, limit)["A"] for limit in (pct, np.nextafter(pct, 0)))
    assert both == pytest.approx(3.0)
    assert neither > 3.1


def test_a_units_noise_is_the_same_figure_in_certainty_and_in_trends():
    policy = load_policy(ROOT).at("2025-12")
    noise = districts.Noise((5000, 9000), 0.0, 3.0, unit_ratio=2.0)
    inputs, _ = districts.simulate(districts.resize(policy, 40), "spread", noise, np.random.default_rng(1), 1)
    table = certainty_scope(inputs, policy.noise.model_copy(update={"replicates": 200}))
    widths = change_widths(table, MOM, pd.Series(0.5, table["unit_id"]), PCT)
    assert table["months_points"].max() > 1.5 * table["months_points"].min()
    assert np.corrcoef(table["months_points"], widths)[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("tail", [np.inf, 3.0])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7])
def test_in_a_district_where_nothing_changes_hardly_a_unit_is_named(rho, tail):
    """Before, 10.7 of 85 by yoy, 17 by ytd and 23 by annual were named at ρ = 0.3; docs/chance.md has more."""
    found = [named(district(rho, seed, tail)) for seed in range(8)]
    for basis in ("mom", "yoy", "ytd", "annual"):
        assert sum(len(each[basis]) for each in found) <= 3  # of 680


def test_a_unit_that_truly_fell_is_named_beside_calm_ones():
    units = district(0.0, 8)
    units["U10"][36:] -= 3 * units["U10"][:36].std()
    assert named(units)["ytd"] == ["U10"]


def test_the_month_that_is_judged_does_not_widen_its_own_width():
    units = district(0.0, 8)
    units["U10"][45] -= 9
    assert named(units)["mom"] == ["U10"]


@pytest.mark.parametrize(
    ("basis", "rho", "variance"),
    [
        ("mom", 0.0, 2),
        ("mom", 0.3, 2 * 0.7),
        ("yoy", 0.0, 2),
        ("yoy", 0.5, 2 * (1 - 0.5**12)),
        ("ytd", 0.0, 2 / 10),
        ("annual", 0.0, 2 / 12),
    ],
)
def test_one_month_against_another_and_means_of_months_have_their_own_variance(basis, rho, variance):
    sides = compared_sides(basis, "2026-10")
    noise = pd.concat(certainty(["A"], scope, points=3.0, correlation=rho) for scope in ("month", "ytd"))
    width = change_widths(noise, sides, pd.Series({"A": 0.1}), 0.05)["A"]
    assert width == pytest.approx(-norm.ppf(0.00025) * 3 * np.sqrt(variance), rel=1e-3)


def test_years_of_months_that_resemble_each_other_vary_as_a_simulation_says():
    x = np.stack([row for seed in range(40) for row in district(0.7, seed).values()])
    x = (x - 85) / x.std(axis=1, keepdims=True)
    truth = (x[:, 12:24].mean(axis=1) - x[:, :12].mean(axis=1)).std() / x.std()
    noise = pd.concat(certainty(["A"], scope, correlation=0.7) for scope in ("month", "ytd"))
    width = change_widths(noise, compared_sides("annual", "2026-10"), pd.Series({"A": 0.1}), PCT)["A"]
    assert width == pytest.approx(-norm.ppf(0.025) * truth, rel=0.1)


def test_visits_widen_what_their_scope_is_compared_by():
    noise = pd.concat([certainty(["A"], "month", points=3.0), certainty(["A"], "ytd", visits=4.0)])
    year, month = (
        change_widths(noise, sides, pd.Series({"A": 1.0}), PCT)["A"] for sides in (Sides("ytd", 12, 12), MOM)
    )
    assert year == pytest.approx(-norm.ppf(0.025) * np.sqrt(2 * 9 / 12 + 2 * 16), rel=1e-3)
    assert month == pytest.approx(-norm.ppf(0.025) * np.sqrt(2 * 9), rel=1e-3)


@pytest.mark.parametrize("count", [1, 12])
def test_one_odd_month_is_no_news_where_months_have_heavy_tails(count):
    noise = pd.concat(certainty(["A"], scope, points=np.sqrt(3), tail=3.0) for scope in ("month", "ytd"))
    width = change_widths(noise, Sides("ytd", count, 12), pd.Series({"A": 0.1}), 0.01)["A"]
    # Each of the months of either side may be the odd one; its part in a mean is small.
    assert width == pytest.approx(t(3).isf(0.0001 / 2 / (2 * count)) / count, rel=1e-6)
    assert width > t(1e6).isf(0.0001 / 2) * np.sqrt(3 * 2 / count)


def test_the_width_is_that_of_all_units_together():
    """With normal noise of one point: the first of 50 at 0.05 / 50, the second that goes beyond widens nothing."""
    units = [f"U{n:02d}" for n in range(50)]
    noise, calm = certainty(units, points=np.sqrt(0.5)), pd.Series(0.5, units)

    def width(changes, unit="U00"):
        return change_widths(noise, MOM, changes, PCT)[unit]

    assert width(calm) == pytest.approx(-norm.ppf(0.0005), rel=1e-3)
    assert width(calm.where(calm.index > "U01", 6.0)) == pytest.approx(-norm.ppf(0.001), rel=1e-3)
    one_missing = calm.where(calm.index > "U00")
    assert np.isnan(width(one_missing))
    assert width(one_missing, "U01") == pytest.approx(-norm.ppf(0.025 / 49), rel=1e-3)


def test_what_a_spread_is_known_by_counts():
    noise = certainty(["A"], degrees=5.0, points=np.sqrt(0.5))
    assert change_widths(noise, MOM, pd.Series({"A": 0.1}), PCT)["A"] == pytest.approx(t(5).isf(0.025))


def test_units_that_never_moved_have_no_noise_and_any_change_goes_beyond():
    noise = certainty(["A", "B"], points=0.0)
    assert change_widths(noise, MOM, pd.Series({"A": 0.0, "B": 1.0}), PCT).tolist() == [0, 0]


def test_without_an_estimate_the_noise_is_unknown():
    noise = certainty(["NEW", "OLD"], points=[np.nan, 1.0])
    changes = pd.Series({"NEW": 9.0, "OLD": 0.0, "UNHEARD OF": 1.0})
    assert change_widths(noise, MOM, changes, PCT).isna().tolist() == [True, False, True]
    older = noise.drop(columns=["visits_points", "months_points"])
    assert change_widths(older, MOM, changes, PCT).isna().all()
    assert change_widths(noise.head(0), MOM, changes, PCT).isna().all()


@pytest.mark.parametrize("tail", [3.0, 200.0])
def test_a_change_beyond_its_width_is_one_of_those_that_narrow_the_width_of_others(tail):
    noise = certainty(["A", "B"], points=5.0, tail=tail)

    def width(change):
        return change_widths(noise, MOM, pd.Series({"A": 1000.0, "B": change}), 0.02)["B"]

    alone, together = width(0.1), width(1000.0)
    assert together < 0.99 * alone
    assert [width(share * together) for share in (0.999, 1.001)] == pytest.approx([alone, together])


@pytest.mark.parametrize(
    ("count", "rho", "evening"), [(1, 0.3, 1), (12, 0.0, 12), (2, 0.5, 2 / (1.5 - 2.25 * 0.5**12))]
)
def test_months_even_out_like_as_many_as_differ_from_each_other(count, rho, evening):
    """One month is one, however much the other side resembles it; two that resemble each other are fewer than two."""
    scopes = ("month", "ytd")
    noise = pd.concat(certainty(["A"], scope, points=np.sqrt(3), tail=3.0, correlation=rho) for scope in scopes)
    width = change_widths(noise, Sides("ytd", count, 12), pd.Series({"A": 0.1}), 0.01)["A"]
    assert width == pytest.approx(t(3).isf(0.0001 / (4 * evening)) / evening, rel=1e-6)


def test_sides_are_months_years_to_date_and_whole_years():
    found = {basis: compared_sides(basis, "2026-10") for basis in ("mom", "yoy", "ytd", "annual")}
    assert found == {"mom": MOM, "yoy": ("month", 1, 12), "ytd": ("ytd", 10, 12), "annual": ("ytd", 12, 12)}
