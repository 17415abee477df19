"""How honest the methods of long trends are, on series with known truth: the tables of docs/trends.md.

`PYTHONPATH=src python benchmarks/long_trends.py` takes a few minutes; the seed is fixed.
"""

from pathlib import Path

import numpy as np

from analysis.insight.change_points import find_changes
from analysis.insight.seasonality import find_season
from analysis.insight.slope import fit_slope
from analysis.policy.book import load_policy
from analysis.policy.trends import TrendRules

SEED, MONTHS, RHOS = 20230101, (36, 46, 60), (0.0, 0.3, 0.5, 0.7)
SHIFTS = (2, 3, 4, 6)


def autoregressions(count: int, months: int, rho: float) -> np.ndarray:
    """Return `count` series of standard deviation 1 without trend, shift or season."""
    rng = np.random.default_rng([SEED, months, round(100 * rho)])
    shocks = rng.normal(size=(count, months + 50)) * np.sqrt(1 - rho**2)
    series = np.zeros_like(shocks)
    for month in range(1, months + 50):
        series[:, month] = rho * series[:, month - 1] + shocks[:, month]
    return series[:, 50:]


def slope_coverage(months: int, rho: float, rules: TrendRules) -> float:
    """Return the share of series whose interval holds the true slope."""
    years = np.arange(months) / 12
    slopes = [fit_slope(years, series, rules.confidence) for series in autoregressions(2000, months, rho)]
    return float(np.mean([slope.low <= 0 <= slope.high for slope in slopes]))


def change_rates(months: int, rho: float, rules: TrendRules) -> list[float]:
    """Return the share of series with a change where there is none, and of shifts found within two months."""
    series, middle = autoregressions(200, months, rho), months // 2
    rates = [np.mean([bool(find_changes(row, rho, rules.change_points)) for row in series])]
    for shift in SHIFTS:
        shifted = series + shift * (np.arange(months) >= middle)
        found = [find_changes(row, rho, rules.change_points) for row in shifted]
        rates.append(np.mean([any(abs(place - middle) <= 2 for place in places) for places in found]))
    return [float(rate) for rate in rates]


def season_rate(months: int, rho: float, rules: TrendRules) -> float:
    """Return the share of series in which a season is found where there is none."""
    seasons = [find_season(12, row, 0.0, rules.seasonality) for row in autoregressions(1000, months, rho)]
    return float(np.mean([season.p_value <= 1 - rules.confidence for season in seasons]))


def main() -> None:
    """Print the tables."""
    rules = load_policy(Path(__file__).resolve().parents[1]).trends
    print("| months | ρ | interval holds the slope | change where none is |", end=" ")
    print(" | ".join(f"shift of {shift} sd found" for shift in SHIFTS), "| season where none is |")
    print("|---" * (5 + len(SHIFTS)) + "|")
    for months in MONTHS:
        for rho in RHOS:
            figures = [slope_coverage(months, rho, rules), *change_rates(months, rho, rules)]
            cells = [f"{100 * figure:.1f} %" for figure in [*figures, season_rate(months, rho, rules)]]
            print(f"| {months} | {rho} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
