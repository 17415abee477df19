"""What ranks would be if inspectors' leniency were taken off their marks: a what-if beside the scores, never applied.

A visit's mark is what it says beyond others' marks for the same indicator and group of units. Who was there explains a
part of it: each inspector's leniency counts with an equal share, and is shrunk towards none as far as visits differ
anyway (best linear unbiased prediction, the ratio of variances by maximum likelihood). Where inspectors do not differ,
every leniency is 0. Units are drawn by lot (R12), so who visits whom is chance; offices mark different indicators, and
nothing here corrects them.
"""

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

import numpy as np
import pandas as pd

from analysis.insight.raters import PEOPLE, list_people
from analysis.insight.scope import Scope
from analysis.policy.book import Policy
from analysis.policy.period import shift
from analysis.policy.tables import TABLES
from analysis.scoring.kernel import add_adjustments
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import competition_ranks, grade_places
from analysis.scoring.units import tie_keys

# Variance of leniency compared with that of visits; beyond the ends nothing changes any more.
_RATIOS = np.append(0.0, np.geomspace(0.01, 100, 81))


def estimate_leniency(inspections: pd.DataFrame, group_of: Mapping[str, str]) -> pd.DataFrame:
    """Return how many points each inspector gives more than others would.

    Args:
        inspections: table `inspections` of several months.
        group_of: unit id → group.

    Returns:
        Columns inspector, n_visits, leniency_points; a row a named inspector.
    """
    marks = inspections.assign(group=inspections["unit_id"].map(dict(group_of))).dropna(subset=["points", "group"])
    beyond = marks["points"] - marks.groupby(["indicator_id", "group"])["points"].transform("mean")
    visits = beyond.groupby([marks["visit_id"], marks["inspectors"]]).mean().reset_index()
    people = list_people(visits["inspectors"])
    shares = people.to_numpy(dtype=float) / np.maximum(1, people.sum(axis=1).to_numpy())[:, None]
    effects = predict_effects(shares, visits["points"].to_numpy(dtype=float))
    return pd.DataFrame(
        {"inspector": list(people.columns), "n_visits": people.sum().to_numpy(), "leniency_points": effects}
    )


def predict_effects(shares: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the shrunk effect (P,) of each of P people on values (V,) in which they have shares (V, P)."""
    if not shares.size:
        return np.zeros(shares.shape[1])
    sizes, axes = np.linalg.eigh(shares @ shares.T)
    along = axes.T @ values
    spread = 1 + _RATIOS[:, None] * np.maximum(sizes, 0)
    likelihood = -np.log(spread).sum(axis=1) - len(values) * np.log(np.maximum((along**2 / spread).sum(axis=1), 1e-12))
    best = int(likelihood.argmax())
    return _RATIOS[best] * shares.T @ (axes @ (along / spread[best]))


def rank_without_leniency(
    scope: Scope, inspections: pd.DataFrame, leniency: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """Return the table `leniency_whatif`: each unit as it stands by score, and without its visitors' leniency.

    An inspected indicator's score is the mean of its window's visits (S13): the mean leniency of these visits is taken
    off. Tiers are those by score alone, before judgement and veto (S3, S17).

    Args:
        scope: the month, as published.
        inspections: table `inspections` of the months up to this one, at least those of the window.
        leniency: see `estimate_leniency`.
        policy: the rules in force.
    """
    visits = _visits_that_count(scope, inspections, leniency, policy)
    off = visits.groupby(["unit_id", "indicator_id"])["leniency"].mean().unstack()
    off = off.reindex(index=scope.unit_ids, columns=scope.weights.indicator_ids).fillna(0.0).to_numpy(dtype=float)
    points = np.clip(scope.points - off, 0, 100)
    units, grading = scope.units, policy.grading
    totals = replace(scope, points=points).aggregate().totals
    adjusted = add_adjustments(totals, units["bonus"].to_numpy(), units["deductions"].to_numpy(), grading.bonus_cap)
    published = publish(adjusted, grading.rounding)
    tiers, _ = grade_places(published, tie_keys(units, grading), units["group"].to_numpy(dtype=str), grading)
    told = {
        "period": scope.period,
        "unit_id": units.index,
        "n_visits": visits.groupby("unit_id")["visit_id"].nunique().reindex(units.index, fill_value=0).to_numpy(),
        **{name: units[name].to_numpy() for name in ("total", "rank", "tier_by_score")},
        "total_corrected": published,
        "rank_corrected": competition_ranks(published),
        "tier_corrected": [grading.tiers[tier] if tier >= 0 else "" for tier in tiers],
    }
    return TABLES["leniency_whatif"].check(pd.DataFrame(told))


def _visits_that_count(scope: Scope, inspections: pd.DataFrame, leniency: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the marks that a scope's scores rest on, with `leniency`, the mean of those who gave them."""
    marks = inspections.dropna(subset="points").drop_duplicates(["unit_id", "indicator_id", "visit_id"], keep="last")
    first = {i.id: shift(scope.period, 1 - i.window_months[scope.scope]) for i in policy.indicators if i.window_months}
    inside = marks[marks["period"] >= marks["indicator_id"].map(first).fillna("9999-12")]
    points = leniency.set_index("inspector")["leniency_points"].to_dict()
    teams = {people: [points.get(name, 0.0) for name in people.split(PEOPLE)] for people in set(inside["inspectors"])}
    return inside.assign(leniency=[fmean(teams[people]) for people in inside["inspectors"]])
