"""What chance alone does in a district of its own sizes: all units and matters equal, all else as it was (S32, S33).

`PYTHONPATH=src python benchmarks/null_district.py [--root DIR] [--period 2026-10]` takes a root's tickets, call-backs,
cases, visits and months of noise, gives every unit the district's own rates and means, draws anew, and counts who is
named all the same. It writes nothing; docs/chance.md holds the sample's table.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from lists import SIDES, alike, autoregressions, bottom_places, movers

from analysis.action.watch_list import watch_units
from analysis.insight.chance import false_discovery_rates
from analysis.insight.hotline_rising import judge_counts
from analysis.policy.book import Policy, load_policy
from analysis.policy.method import Raw
from analysis.policy.period import SCOPES, month_range, shift
from analysis.policy.tables import TABLES
from analysis.run.store.revisions import Store
from analysis.scoring.certainty.inputs import ScopeInputs, scope_inputs
from analysis.scoring.certainty.table import certainty_scope
from analysis.scoring.grid import score_measurements
from analysis.scoring.rounding import publish
from analysis.scoring.score_tables import score_month

SEED, DISTRICTS, PAST = 20230101, 200, 9
# The district's rates: hits and what they are out of.
RATES = {
    "n_on_time": "n_due", "n_satisfied": "n_valid_call_backs", "n_repeats": "n_received",
    "n_attitude_complaints": "n_due",
}  # fmt: skip
Rng = np.random.Generator


def load(store: Store, table: str, period: str, back: int) -> pd.DataFrame:
    """Return a table of a month and of up to `back` months before it."""
    months = [month for month in store.months() if shift(period, -back) <= month <= period]
    return pd.concat([store.load(table, month) for month in months], ignore_index=True)


def listed(policy: Policy, hotline: pd.DataFrame, icc: float, rho: float, count: int) -> pd.Series:
    """Return how many equal units the watch list names, and how many call for attention, in each district.

    Args:
        policy: the rules of the month.
        hotline: `hotline_by_unit` of the months that count together; its cases stay, its hits are drawn.
        icc: likeness of the cases of a unit's month.
        rho: of the units' scores from month to month, of which bottom places come.
        count: how many districts.
    """
    months, units, found = sorted(hotline["period"].unique()), hotline["unit_id"].unique(), []
    for number in range(count):
        rng = np.random.default_rng([SEED, number, 1])
        drawn = {
            hits: alike(rng, hotline[of].to_numpy(), hotline[hits].sum() / max(1, hotline[of].sum()), icc)
            for hits, of in RATES.items()
        }
        places = bottom_places(rng, rho, months, units)
        empty = TABLES["watch_list"].empty()
        tables = watch_units(hotline.assign(**drawn), *places, empty, policy.watch, policy.period)
        attention = tables["watch_tests"].query("outcome == 'attention'")["unit_id"].nunique()
        found.append((tables["watch_list"]["unit_id"].nunique(), attention))
    return pd.DataFrame(found, columns=["listed", "attention"]).mean()


def risen(policy: Policy, by_matter: pd.DataFrame, phi: float, count: int) -> float:
    """Return how many matters rise a month where each keeps its own mean; tickets vary `phi` times as Poisson's."""
    rules, found = policy.tickets.rising, 0
    counts = by_matter.pivot_table(index="matter", columns="period", values="n_received", aggfunc="sum", fill_value=0)
    mean = np.broadcast_to(counts.mean(axis=1).to_numpy()[:, None], (len(counts), PAST + 1))
    for number in range(count):
        rng = np.random.default_rng([SEED, number, 2])
        drawn = rng.negative_binomial(mean / (phi - 1), 1 / phi) if phi > 1 else rng.poisson(mean)
        seen = drawn[drawn[:, -1] > 0].astype(float)
        expected, p = judge_counts(seen[:, :-1], seen[:, -1])
        is_rising = 100 * false_discovery_rates(p) <= rules.false_discovery_pct
        is_rising &= (seen[:, -1] >= rules.minimum_ratio * expected) & (seen[:, -1] >= rules.minimum_count)
        found += is_rising.sum()
    return found / count


def moved(policy: Policy, certainty: pd.DataFrame, count: int) -> Mapping[str, float]:
    """Return how many units each basis calls moved where each keeps its level, with its own noise of months."""
    noise, told = certainty.dropna(subset="months_points"), []
    spread, rho = noise["months_points"].to_numpy()[:, None], noise["months_correlation"].iloc[0]
    for number in range(count):
        rng = np.random.default_rng([SEED, number, 3])
        tail = noise["months_tail"].iloc[0]
        totals = 85 + spread * autoregressions(rng, len(spread), len(MONTHS), rho, tail)
        told.append({basis: is_told.sum() for basis, is_told in movers(policy, totals).items()})
    return pd.DataFrame(told).mean().to_dict()


MONTHS = month_range("2023-01", "2026-10")  # the months that `SIDES` of lists.py counts


def equalise(inputs: ScopeInputs, rng: Rng, icc: float) -> ScopeInputs:
    """Return the scope with all units equal: rates are the district's, marks its means, noise and sizes their own.

    Counts are drawn again from their denominators. Of other months' points a unit keeps how they lie around its own
    mean, in another order and with another sign; visits go to any unit.
    """
    points, months = inputs.points.copy(), {name: values.copy() for name, values in inputs.months.items()}
    order, sign = rng.permutation(len(months["points"])), rng.choice([-1, 1], len(points))
    visits = inputs.visits.copy()
    for place, indicator in enumerate(inputs.indicators):
        rows = visits["indicator"] == place
        has_counts = indicator.method.is_share and not np.isnan(inputs.denominator[:, place]).all()
        if indicator.data.sheet == "inspections" and rows.any():
            visits.loc[rows, "points"] = rng.permutation(visits.loc[rows, "points"])
            means = visits[rows].groupby("unit")["points"].mean().reindex(range(len(points))).to_numpy()
            points[:, place] = np.where(np.isnan(points[:, place]), np.nan, means)
        elif has_counts:
            of_month, of_scope = months["denominator"][..., place], inputs.denominator[:, place]
            rate = np.nansum(months["numerator"][..., place]) / np.nansum(of_month)
            months["numerator"][..., place] = _draw(rng, of_month, rate, icc)
            hits, nothing = _draw(rng, of_scope, rate, icc), np.full(len(points), np.nan)
            points[:, place] = _keep(points[:, place], indicator.score(Raw(nothing, hits, of_scope, inputs.group)))
            inputs.numerator[:, place] = hits
            for month, (found, cases) in enumerate(zip(months["numerator"][..., place], of_month, strict=True)):
                again = indicator.score(Raw(nothing, found, cases, inputs.group))
                months["points"][month, :, place] = _keep(months["points"][month, :, place], again)
        else:
            own = months["points"][..., place]
            level = np.nanmean(own)
            around = (own - _mean(own))[order] * sign + level
            months["points"][..., place] = np.clip(around, 0, 100)
            scope = _mean(months["points"][-inputs.scope_months :, :, place])
            points[:, place] = _keep(points[:, place], np.where(np.isnan(scope), level, scope))
    nothing = np.zeros(len(points))
    changed = replace(inputs, points=points, months=months, visits=visits, bonus=nothing, deductions=nothing)
    totals = np.clip(changed.exact_totals()[1], 0, 100)
    return replace(changed, published=publish(totals, inputs.grading.rounding))


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over months (M, U), NaN where a unit has none."""
    known = (~np.isnan(values)).sum(axis=0)
    return np.divide(np.nansum(values, axis=0), known, out=np.full(known.shape, np.nan), where=known > 0)


def _keep(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(before), np.nan, after)


def _draw(rng: Rng, cases: np.ndarray, rate: float, icc: float) -> np.ndarray:
    """Return hits out of cases, which may be fractional where months fill up; NaN where there are none."""
    whole = np.nan_to_num(np.rint(cases)).astype(int)
    drawn = alike(rng, whole, rate, icc)
    return np.divide(drawn * cases, whole, out=np.full(cases.shape, np.nan), where=whole > 0)


def claimed(policy: Policy, inputs: ScopeInputs, icc: float, count: int) -> pd.Series:
    """Return how many equal units are called stable or probably in the bottom five, and whose interval holds all."""
    found = []
    for number in range(count):
        rng = np.random.default_rng([SEED, number, 4, len(inputs.scope)])
        equal = equalise(replace(inputs, numerator=inputs.numerator.copy()), rng, icc)
        table = certainty_scope(equal, policy.noise.only("counts", "inspections", "months", "rounding"))
        ranked = table["rank"].notna()
        is_whole = (table["rank_low"] == 1) & (table["rank_high"] == ranked.sum())
        likely = 100 * table["p_bottom_five"] >= policy.watch.bottom_five.probability_pct
        found.append((table["verdict"].eq("stable").sum(), likely.sum(), 100 * is_whole[ranked].mean()))
    return pd.DataFrame(found, columns=["stable", "bottom_five", "whole"]).mean()


def read_inputs(store: Store, book, period: str) -> list[ScopeInputs]:
    """Return what the certainty of the month's scopes starts from."""
    policies = {month: book.at(month) for month in book.months_that_score(period)}
    measured = pd.concat([store.load("measurements", month) for month in policies])
    tables = score_month(policies, measured, TABLES["adjustments"].empty(), period)
    tables = {name: tables[name] for name in ("indicator_scores", "unit_scores")}
    history = load(store, "indicator_scores", period, policies[period].noise.months.window - 1)
    history, scored = history[history["scope"] == "month"], score_measurements(measured, policies)
    return [scope_inputs(policies, scored, tables, period, scope, history) for scope in SCOPES]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--districts", type=int, default=DISTRICTS)
    given = parser.parse_args()
    store, book = Store(given.root), load_policy(given.root)
    policy = book.at(given.period)
    hotline = load(store, "hotline_by_unit", given.period, policy.watch.window_months - 1)
    print(f"{given.period}: {len(policy.unit_ids)} units, {hotline['n_received'].sum():,} tickets in the window")
    for icc in (0.0, 0.01):
        for rho in (0.0, 0.6):
            told = listed(policy, hotline, icc, rho, given.districts).round(3).to_dict()
            print(f"| watch list | ICC {icc}, scores ρ = {rho} | {told} |", flush=True)
    by_matter = load(store, "hotline_by_matter", given.period, PAST)
    for phi in (1.0, 1.5, 2.0):
        print(f"| rising matters | φ {phi} | {risen(policy, by_matter, phi, given.districts):.3f} |", flush=True)
    certainty = store.load("certainty", given.period).query("scope == 'month'")
    print(f"| movers | {', '.join(SIDES)} | {moved(policy, certainty, given.districts)} |", flush=True)
    for inputs in read_inputs(store, book, given.period):
        for icc in (0.0, 0.01):
            told = claimed(policy, inputs, icc, given.districts).round(3).to_dict()
            print(f"| {inputs.scope} | ICC {icc} | {told} |", flush=True)


if __name__ == "__main__":
    main()
