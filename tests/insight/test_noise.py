"""Noise comes from the months before, knows that months depend on each other, and names hardly a unit by chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.insight.noise import Noise, estimate_noise
from analysis.policy.book import load_policy
from analysis.policy.period import month_range

from .conftest import ROOT

RULES = load_policy(ROOT).trends
MONTHS = month_range("2023-01", "2026-10")


def history(series: dict[str, np.ndarray]) -> pd.DataFrame:
    """Rows of `trends` of months whose totals are `series`."""
    rows = []
    for unit_id, totals in series.items():
        for place, month in enumerate(MONTHS[-len(totals) :]):
            change = totals[place] - totals[place - 1] if place else np.nan
            row = {"period": month, "level": "total", "unit_id": unit_id, "basis": "mom"}
            rows.append(row | {"like_for_like_change": change})
    return pd.DataFrame(rows)


def district(rho: float, seed: int, units: int = 85) -> dict[str, np.ndarray]:
    """Units that never change: a first-order autoregression each, spreads that differ."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=(units, 106))
    series = shocks.copy()
    for month in range(1, 106):
        series[:, month] = rho * series[:, month - 1] + np.sqrt(1 - rho**2) * shocks[:, month]
    spread = rng.lognormal(0, 0.25, (units, 1))
    return {f"U{n:02d}": 85 + row for n, row in enumerate(spread * series[:, 60:])}


def compared(series: dict[str, np.ndarray]) -> dict[str, pd.Series]:
    """The change of each unit on every basis in the last month, 2026-10."""
    x = pd.DataFrame(series)
    return {
        "mom": x.iloc[45] - x.iloc[44],
        "yoy": x.iloc[45] - x.iloc[33],
        "ytd": x.iloc[36:46].mean() - x.iloc[24:34].mean(),
        "annual": x.iloc[24:36].mean() - x.iloc[12:24].mean(),
    }


def test_one_big_change_does_not_widen_it_and_later_months_are_not_looked_at():
    units = district(0.0, 1, 30)
    calm = estimate_noise(history(units), "2026-10", RULES)
    wild = {unit: row.copy() for unit, row in units.items()}
    wild["U00"][35] += 20
    wild["U01"][45] += 30
    found = estimate_noise(history(wild), "2026-10", RULES)
    assert found.spread["U00"] < 1.5 * calm.spread["U00"]
    assert found.spread["U01"] == pytest.approx(calm.spread["U01"], rel=0.05)


def test_a_units_spread_is_drawn_towards_that_of_all():
    units = district(0.0, 2)
    rng = np.random.default_rng(3)
    units |= {"LOUD": 85 + 4 * rng.normal(size=46), "STILL": 85 + 0.1 * rng.normal(size=46)}
    noise = estimate_noise(history(units), "2026-10", RULES)
    assert noise.spread["LOUD"] > 2 * noise.spread["U05"]
    assert noise.spread["STILL"] > 0.1 * np.sqrt(2)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7])
def test_the_correlation_of_months_is_found_though_units_have_levels_of_their_own(rho):
    units = {unit: row + 5 * n for n, (unit, row) in enumerate(district(rho, 4).items())}
    assert estimate_noise(history(units), "2026-10", RULES).rho == pytest.approx(rho, abs=0.1)


def test_one_month_against_another_and_means_of_months_have_their_own_variance():
    noise = estimate_noise(history(district(0.0, 5)), "2026-10", RULES)
    assert noise.inflation["mom"] == pytest.approx(1)
    assert noise.inflation["yoy"] == pytest.approx(1, abs=0.1)
    assert noise.inflation["ytd"] == pytest.approx(1 / 10, abs=0.03)
    assert noise.inflation["annual"] == pytest.approx(1 / 12, abs=0.03)
    dependent = estimate_noise(history(district(0.7, 5)), "2026-10", RULES)
    assert dependent.inflation["yoy"] == pytest.approx((1 - 0.7**12) / 0.3, rel=0.3)
    x = np.stack(list(district(0.7, 6, 4000).values()))
    year = x[:, 12:24].mean(axis=1) - x[:, :12].mean(axis=1)
    truth = year.var() / np.diff(x, axis=1).var()
    assert dependent.inflation["annual"] == pytest.approx(truth, rel=0.3)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7])
def test_in_a_district_where_nothing_changes_hardly_a_unit_is_named(rho):
    """Before, 10.7 of 85 by yoy, 17 by ytd and 23 by annual were named at ρ = 0.3; docs/trends.md has more."""
    named = dict.fromkeys(("mom", "yoy", "ytd", "annual"), 0)
    for seed in range(8):
        units = district(rho, seed)
        noise = estimate_noise(history(units), "2026-10", RULES)
        for basis, changes in compared(units).items():
            named[basis] += int((changes.abs() > noise.widths(basis, changes)).sum())
    assert max(named.values()) <= 3  # of 680


def test_a_unit_that_truly_fell_is_named_beside_calm_ones():
    units = district(0.0, 8)
    units["U10"][36:] -= 3 * units["U10"][:36].std()
    noise, changes = estimate_noise(history(units), "2026-10", RULES), compared(units)
    assert changes["ytd"].index[changes["ytd"].abs() > noise.widths("ytd", changes["ytd"])].tolist() == ["U10"]


def test_the_width_is_that_of_all_units_together():
    """With normal noise of one point: the first of 50 at 0.05 / 50, the second that goes beyond widens nothing."""
    units = [f"U{n:02d}" for n in range(50)]
    noise = Noise(dict.fromkeys(units, 1.0), dict.fromkeys(units, 1e6), 0.0, {"mom": 1.0}, false_discovery_pct=5)
    calm = pd.Series(0.5, units)
    assert noise.widths("mom", calm)["U00"] == pytest.approx(-norm.ppf(0.0005), rel=1e-3)
    assert noise.widths("mom", calm.where(calm.index > "U01", 6.0))["U00"] == pytest.approx(-norm.ppf(0.001), rel=1e-3)
    one_missing = calm.where(calm.index > "U00")
    assert np.isnan(noise.widths("mom", one_missing)["U00"])
    assert noise.widths("mom", one_missing)["U01"] == pytest.approx(-norm.ppf(0.025 / 49), rel=1e-3)
    assert noise.widths("yoy", calm).isna().all()


def test_a_unit_that_moved_in_few_months_has_a_noise_above_nothing():
    seldom = np.repeat([90.0, 91.0, 89.0, 90.0], [20, 10, 6, 10])
    assert estimate_noise(history({"D45": seldom}), "2026-10", RULES).spread["D45"] > 0.2


def test_units_that_never_moved_have_no_noise_and_any_change_goes_beyond():
    still = {unit: np.full(46, 90.0) for unit in ("A", "B")}
    noise = estimate_noise(history(still), "2026-10", RULES)
    assert noise.widths("mom", pd.Series({"A": 0.0, "B": 1.0})).tolist() == [0, 0]


def test_without_enough_months_the_noise_is_unknown():
    noise = estimate_noise(
        history({"NEW": district(0.0, 1)["U00"][-5:], "OLD": district(0.0, 1)["U01"]}), "2026-10", RULES
    )
    assert noise.spread.keys() == {"OLD"}
    assert noise.widths("mom", pd.Series({"NEW": 9.0, "OLD": 0.0})).isna().tolist() == [True, False]
