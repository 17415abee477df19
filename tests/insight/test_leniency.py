"""Without inspectors' leniency: what ranks would be, told apart; the scores stay (S13)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.insight.leniency import estimate_leniency, predict_effects, rank_without_leniency
from analysis.insight.scope import read_scope
from analysis.policy.period import shift
from analysis.scoring.score_tables import score_month

from ..rows import table_of
from .conftest import measure

PERIOD = "2024-03"


def visit(
    number: int, people: str, points: float, unit: str = "D01", indicator: str = "common-05", period=PERIOD
) -> dict:
    return {
        "visit_id": f"V{number}", "period": period, "unit_id": unit, "indicator_id": indicator, "date": "",
        "inspectors": people, "points": points, "finding": "",
    }  # fmt: skip


def test_effects_are_least_squares_shrunk_by_the_ratio_of_variances():
    """One person in ten visits at +4 and one in ten at −4, of spread 0: nothing to shrink."""
    shares = np.repeat(np.eye(2), 10, axis=0)
    assert predict_effects(shares, np.repeat([4.0, -4.0], 10)) == pytest.approx([4, -4], rel=0.01)


def test_people_who_do_not_differ_have_no_leniency():
    values = np.tile([3.0, -3.0], 10)
    assert predict_effects(np.repeat(np.eye(2), 10, axis=0), values).tolist() == [0, 0]
    assert predict_effects(np.zeros((0, 3)), np.zeros(0)).tolist() == [0, 0, 0]


# Each of two inspectors alone on ten visits, at √11 above and below all, half of the visits 3 higher, half 3 lower.
PAIR = np.append(np.tile([3.0, -3.0], 5) + 11**0.5, np.tile([3.0, -3.0], 5) - 11**0.5)


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_effects_are_those_of_the_most_likely_ratio_of_variances(scale):
    """With ten visits each, 1 + 10 · ratio is most likely at 9 · (20 · 11) / (20 · 9) = 11: a ratio of 1 exactly."""
    wanted = np.array([1, -1]) * 11**0.5 * 10 / 11 * scale
    assert predict_effects(np.repeat(np.eye(2), 10, axis=0), scale * PAIR) == pytest.approx(wanted, rel=1e-9)


def test_a_visit_of_one_person_is_that_persons_alone():
    rows = [visit(n, "甲" if n < 10 else "乙", 80 + points) for n, points in enumerate(PAIR)]
    found = estimate_leniency(table_of("inspections", rows), {"D01": "a"}).set_index("inspector")
    assert found["leniency_points"].to_dict() == pytest.approx({"甲": 11**-0.5 * 10, "乙": -(11**-0.5) * 10}, rel=1e-9)
    assert found["n_visits"].to_dict() == {"甲": 10, "乙": 10}


def simulate(rng: np.random.Generator, leniency: dict[str, float], visits: int) -> pd.DataFrame:
    people = sorted(leniency)
    rows = []
    for number in range(visits):
        team = rng.choice(people, 2, replace=False)
        points = 85 + np.mean([leniency[name] for name in team]) + rng.normal(0, 2)
        rows.append(visit(number, "、".join(team), points, unit="D01" if number % 2 else "D21"))
    return table_of("inspections", rows)


def test_teams_share_what_its_members_are_like():
    truth = {"甲": 4.5, "乙": -4.5, "丙": 0.0, "丁": 0.0}
    found = estimate_leniency(simulate(np.random.default_rng(1), truth, 200), {"D01": "a", "D21": "a"})
    estimated = found.set_index("inspector")["leniency_points"]
    assert estimated.to_dict() == pytest.approx(truth, abs=1.2)
    assert found["n_visits"].sum() == 400


def test_equal_inspectors_are_mostly_shrunk_to_hardly_anything():
    sizes = [
        estimate_leniency(
            simulate(np.random.default_rng(seed), dict.fromkeys("甲乙丙丁", 0.0), 60), {"D01": "a", "D21": "a"}
        )["leniency_points"]
        .abs()
        .max()
        for seed in range(20)
    ]
    assert np.median(sizes) < 0.3 and max(sizes) < 1.5


def test_what_sheets_leave_out_counts_for_nobody():
    rows = [visit(1, "", 80), visit(2, "甲", None), visit(3, "甲", 90, unit="GONE")]
    found = estimate_leniency(table_of("inspections", rows), {"D01": "a"})
    assert found["leniency_points"].abs().sum() == 0


@pytest.fixture(scope="module")
def scored(book):
    policies = {month: book.at(month) for month in ("2024-01", "2024-02", PERIOD)}
    rows = pd.concat(
        [
            measure(book, month, lambda _, unit, indicator: 70.0 + int(unit[1:]) % 23 + len(indicator))
            for month in policies
        ]
    )
    tables = score_month(policies, rows, table_of("adjustments", []), PERIOD)
    return read_scope(book, tables, PERIOD, "month"), book.at(PERIOD)


LENIENT = pd.DataFrame({"inspector": ["甲", "乙"], "n_visits": 9, "leniency_points": [6.0, -2.0]})


def test_without_leniency_all_stands_as_published(scored):
    scope, policy = scored
    inspections = table_of("inspections", [visit(1, "甲、乙", 90)])
    found = rank_without_leniency(scope, inspections, LENIENT.assign(leniency_points=0.0), policy)
    assert found["total_corrected"].tolist() == found["total"].tolist()
    assert found["rank_corrected"].tolist() == found["rank"].tolist()
    assert found["tier_corrected"].tolist() == found["tier_by_score"].tolist()


def test_the_mean_leniency_of_the_windows_visits_is_taken_off_the_visited_unit_alone(scored):
    """甲 and 乙 together (+2), told twice, and 甲 with somebody unknown (+3): 2.5 points off common-05 of D01."""
    scope, policy = scored
    rows = [
        visit(1, "甲、乙", 90, period=shift(PERIOD, -11)),
        visit(1, "甲、乙", 91),
        visit(2, "甲、丙", 90, period=shift(PERIOD, -11)),  # the window's first month
        visit(3, "甲", 90, period=shift(PERIOD, -12)),  # before the window
        visit(4, "甲", 90, indicator="common-01"),  # no inspected indicator
    ]
    inspections = pd.concat([table_of("inspections", [row]) for row in rows])
    found = rank_without_leniency(scope, inspections, LENIENT, policy).set_index("unit_id")
    at = scope.weights.indicator_ids.index("common-05")
    weight = scope.weights_in_force[scope.unit_ids.index("D01"), at] / 100
    assert weight > 0
    assert found.loc["D01", "total_corrected"] == pytest.approx(found.loc["D01", "total"] - 2.5 * weight, abs=0.011)
    assert found.loc["D01", "n_visits"] == 2
    others = found.drop(index="D01")
    assert (others["total_corrected"] == others["total"]).all()
    assert (others["n_visits"] == 0).all()


@pytest.mark.parametrize(
    ("unit", "before", "leniency", "after"),
    [("D01", 80, 500.0, 0), ("D21", 100, -500.0, 100)],
    ids=["below 0", "over 100"],
)
def test_corrected_points_stay_between_0_and_100(scored, unit, before, leniency, after):
    scope, policy = scored
    row, at = scope.unit_ids.index(unit), scope.weights.indicator_ids.index("common-05")
    assert scope.points[row, at] == before
    inspections = table_of("inspections", [visit(1, "甲", 90, unit=unit)])
    found = rank_without_leniency(scope, inspections, LENIENT.assign(leniency_points=leniency), policy)
    moved = (after - before) * scope.weights_in_force[row, at] / 100
    totals = found.set_index("unit_id").loc[unit, ["total", "total_corrected"]].astype(float)
    assert totals["total_corrected"] - totals["total"] == pytest.approx(moved, abs=0.011)


def test_the_corrected_tier_may_be_the_best_and_without_a_total_there_is_none(scored):
    """Of seven units one is excellent; D45 and D68 tie for first place as published, and D68 falls behind."""
    scope, policy = scored
    points = scope.points.copy()
    points[scope.unit_ids.index("T01")] = np.nan
    inspections = table_of("inspections", [visit(1, "甲", 90, unit="D68")])
    found = rank_without_leniency(replace(scope, points=points), inspections, LENIENT, policy).set_index("unit_id")
    assert found.loc[["D45", "D68", "T01"], "tier_by_score"].tolist() == ["good", "good", "pass"]
    assert found.loc[["D45", "D68", "T01"], "tier_corrected"].tolist() == ["excellent", "good", ""]
