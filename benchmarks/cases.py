"""Whether few cases decide: the table of docs/method.md on enough cases (S13, S30), on a root with published months.

`PYTHONPATH=src python benchmarks/cases.py [--root DIR]` takes some minutes for 46 months and writes nothing. It
compares the rules in force with the same rules without `minimum_cases`, `window_months` and `minimum_indicators`.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.policy.book import Policy, PolicyBook, load_policy
from analysis.policy.period import SCOPES, shift, year_to_date
from analysis.run.store.revisions import Store
from analysis.scoring.grid import measure_again, score_measurements
from analysis.scoring.units import ScoredScope, score_scope, score_units

FEW = 2
COUNTS = ("numerator", "denominator")
Months = Mapping[str, Policy]
# One case of a rate more, fewer or other: numerator, denominator (0 where it stays).
OTHER = {"a miss for a hit": (-1, 0), "a hit for a miss": (1, 0)}
MORE_OR_FEWER = {"a miss more": (0, 1), "a hit more": (1, 1), "a miss fewer": (0, -1), "a hit fewer": (-1, -1)}


def without_rules(policies: Months) -> Months:
    """Return the rules without a fewest number of cases, a window of visits or a least number of indicators."""
    plain = {"minimum_cases": None, "fill_months": None, "window_months": {}}
    return {
        month: replace(
            policy,
            indicators=tuple(indicator.model_copy(update=plain) for indicator in policy.indicators),
            minimum_indicators={},
        )
        for month, policy in policies.items()
    }


class Scorer:
    """The months of a root, scored under either rules."""

    def __init__(self, root: Path, book: PolicyBook, is_plain: bool, every: int):
        store = Store(root)
        built = store.months()
        self.book, self.is_plain, self.months = book, is_plain, built[::-every][::-1]
        self.measured = {month: store.load("measurements", month) for month in built}
        self.adjusted = {month: store.load("adjustments", month) for month in built}

    def policies(self, period: str) -> Months:
        """Return the rules of the months that score one."""
        found = {month: self.book.at(month) for month in self.book.months_that_score(period)}
        return without_rules(found) if self.is_plain else found

    def scope(self, period: str, scope: str, change: Callable = lambda rows: rows) -> ScoredScope:
        """Return a scope's results, with the measurements of its last month changed."""
        policies = self.policies(period)
        rows = pd.concat([*(self.measured[m] for m in policies if m != period), change(self.measured[period])])
        adjusted = pd.concat([self.adjusted[month] for month in year_to_date(period) if month in policies])
        return score_scope(policies, score_measurements(rows, policies), adjusted, period, scope)


def places_by_few_cases(scorer: Scorer) -> tuple[int, int]:
    """Return the monthly bottom-five places, and those that a unit has only by indicators with at most FEW cases."""
    places = decided = 0
    for period in scorer.months:
        found, policy = scorer.scope(period, "month"), scorer.policies(period)[period]
        shares = [policy.indicator_by_id[id_].method.is_share for id_ in found.grid.weights.indicator_ids]
        few = (found.grid.denominator <= FEW) & shares
        for place in np.flatnonzero(found.units["is_bottom_five"]):
            places += 1
            points = found.grid.points.copy()
            points[place, few[place]] = np.nan
            other = score_units(policy, replace(found.grid, points=points), found.facts)
            decided += not other.units["is_bottom_five"].iloc[place]
    return places, decided


def change_cases(rows: pd.DataFrame, indicator_id: str, is_counted: bool, change: tuple[int, int]) -> pd.DataFrame:
    """Return a month's measurements with one case of an indicator other, more or fewer, wherever there can be one."""
    numerator, denominator = (rows[name].fillna(0.0) + step for name, step in zip(COUNTS, change, strict=True))
    has_counts = rows["status"].eq("ok") | (is_counted & rows["status"].eq("not_applicable"))
    is_possible = rows["indicator_id"].eq(indicator_id) & has_counts & numerator.between(0, denominator)
    other = rows.copy()
    other.loc[is_possible, "numerator"], other.loc[is_possible, "denominator"] = numerator, denominator
    other.loc[is_possible, "status"] = np.where(denominator[is_possible] > 0, "ok", "not_applicable")
    return other


def moves(scorer: Scorer, changes: Mapping[str, tuple[int, int]]) -> Iterator[pd.DataFrame]:
    """Yield by how much one case moves each unit's total of a month: period, change, indicator_id, unit_id, move."""
    for period in scorer.months:
        policies = scorer.policies(period)
        policy, found = policies[period], scorer.scope(period, "month")
        months = [scorer.measured[month] for month in policies if month != period]
        earlier = score_measurements(pd.concat(months), policies) if months else pd.DataFrame()
        before = found.grid.exact_totals()[1]
        rates = [i for i in policy.indicators if i.method.is_share and i.over_year == "pool"]
        for indicator, (name, change) in product(rates, changes.items()):
            siblings = {i.id for month in policies.values() for i in month.indicators if i.channel == indicator.channel}
            now = change_cases(scorer.measured[period], indicator.id, bool(indicator.data.measure), change)
            scored = pd.concat([earlier, score_measurements(now, {period: policy})])
            scored = scored[scored["indicator_id"].isin(siblings)]
            after = measure_again(found.grid, policies, scored, siblings).exact_totals()[1]
            facts = {"period": period, "change": name, "indicator_id": indicator.id, "unit_id": policy.unit_ids}
            yield pd.DataFrame(facts | {"move": np.abs(after - before)})


def effects_of_a_visit(scorer: Scorer, scope: str, months: list[str]) -> pd.DataFrame:
    """Return by how much a month's visits moved the totals and places of the units that had any."""
    found = []
    for period in months:
        sheet = {i.id for i in scorer.policies(period)[period].indicators if i.data.sheet == "inspections"}

        def forget(rows: pd.DataFrame, sheet=sheet) -> pd.DataFrame:
            visits = rows["indicator_id"].isin(sheet)
            nothing = {"value": np.nan, "status": "not_drawn", "item_id": ""}
            return pd.concat(
                [rows[~visits], rows[visits].assign(**nothing).drop_duplicates(["unit_id", "indicator_id"])]
            )

        rows = scorer.measured[period]
        drawn = set(rows.loc[rows["indicator_id"].isin(sheet) & rows["status"].eq("ok"), "unit_id"])
        with_visits, without = scorer.scope(period, scope), scorer.scope(period, scope, forget)
        inspected = np.isin(without.grid.weights.indicator_ids, list(sheet))
        units = pd.DataFrame(
            {
                "unit_id": with_visits.units["unit_id"],
                "points": with_visits.totals.totals - without.totals.totals,
                "places": (with_visits.units["rank"] - without.units["rank"]).astype(float),
                "was_visited": ~np.isnan(without.grid.points[:, inspected]).all(axis=1),
            }
        )
        found.append(units[units["unit_id"].isin(drawn)])
    return pd.concat(found)


def _tell_visits(scorer: Scorer, windows: Mapping[str, int]) -> None:
    for scope in SCOPES:
        full = [month for month in scorer.months if month >= shift(scorer.book.district.start, windows[scope])]
        effects = effects_of_a_visit(scorer, scope, full)
        again = effects[effects["was_visited"]]
        print(
            f"  being drawn, {scope}, from {full[0]}: {len(effects)} drawn, mean {effects['points'].mean():+.3f} "
            f"points, {effects['places'].mean():+.2f} places; of them with another visit in the window {len(again)}, "
            f"mean {again['points'].mean():+.3f} points; lost {(effects['points'] < 0).mean():.0%}"
        )


def main() -> None:
    """Print the figures under the rules in force and without them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--rules", type=Path, help="the folder whose params/ are used; the root's own by default")
    parser.add_argument("--every", type=int, default=1, help="look at every so many months, the last included")
    options = parser.parse_args()
    book = load_policy(options.rules or options.root)
    windows = {"month": 12, "ytd": 24}
    for found in (i.window_months for i in book.indicators.indicators if i.window_months):
        windows |= found
    for is_plain in (True, False):
        scorer = Scorer(options.root, book, is_plain, options.every)
        print("without these rules" if is_plain else "rules in force", f"({len(scorer.months)} months)")
        places, decided = places_by_few_cases(scorer)
        print(f"  bottom-five places decided by ≤ {FEW} cases: {decided} of {places} ({decided / places:.1%})")
        _tell_visits(scorer, windows)
        for title, changes in (("one case other", OTHER), ("one case more or fewer", MORE_OR_FEWER)):
            found = pd.concat(moves(scorer, changes), ignore_index=True)
            largest = found.loc[found["move"].idxmax()]
            print(
                f"  {title}: at most {largest['move']:.2f} points ({largest['unit_id']}/{largest['indicator_id']}, "
                f"{largest['period']}, {largest['change']}); above 1 point {(found['move'] > 1).sum()} "
                f"of {found['move'].notna().sum()}"
            )


if __name__ == "__main__":
    main()
