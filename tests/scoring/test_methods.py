"""Points by named method (rules: Formulas; S24, S29), with figures of published notices."""

import csv

import numpy as np
import pytest
from pydantic import TypeAdapter

from analysis.policy.methods import Method
from analysis.scoring.methods import points_of

NAN = np.nan


def points(method, value=(NAN,), numerator=(NAN,), denominator=(NAN,), group=None, direction="higher"):
    size = max(len(value), len(numerator))
    value = list(value) if len(value) == size else [NAN] * size
    numerator = list(numerator) if len(numerator) == size else [NAN] * size
    denominator = list(denominator) if len(denominator) == size else [NAN] * size
    group = np.array(group or ["a"] * size)
    arrays = (np.array(x, dtype=float) for x in (value, numerator, denominator))
    return points_of(TypeAdapter(Method).validate_python(method), *arrays, group, direction)


@pytest.mark.parametrize(
    ("method", "value", "expected"),
    [
        ({"name": "points", "full": 20}, 15, 75),
        ({"name": "points"}, 0, 0),
        ({"name": "ratio", "target": 0.9}, 0.45, 50),
        ({"name": "ratio", "target": 0.9}, 0.95, 100),
        ({"name": "per_case", "points_per_case": 20}, 3, 40),
        ({"name": "per_case", "points_per_case": 20}, 6, 0),
        ({"name": "quoted", "low": 10, "high": 20}, 15, 50),
        ({"name": "quoted", "low": 10, "high": 20}, 5, 0),
        ({"name": "state", "points": {"全部公布": 100}}, 100, 100),
        ({"name": "shortfall", "target_pct": 95, "full": 25, "floor": 12.5, "slope": 0.5}, 95, 100),
        ({"name": "shortfall", "target_pct": 95, "full": 25, "floor": 12.5, "slope": 0.5}, 10, 50),
    ],
)
def test_scores_a_single_value(method, value, expected):
    assert points(method, [value])[0] == pytest.approx(expected, abs=1e-12)


def test_published_on_time_rate_follows_from_its_counts():
    rate = points({"name": "ratio"}, numerator=[22345, 23974], denominator=[24932, 24932])
    assert [round(r, 2) for r in rate] == [89.62, 96.16]


def test_a_zero_denominator_is_not_applicable():
    assert np.isnan(points({"name": "ratio"}, numerator=[0], denominator=[0])[0])


def test_workload_is_read_against_the_median_of_its_own_group():
    got = points(
        {"name": "workload", "cap": 1.25},
        numerator=[10, 20, 40, 300],
        denominator=[1, 1, 1, 1],
        group=["a", "a", "a", "b"],
    )
    assert got == pytest.approx([40, 80, 100, 80])


def test_the_median_of_an_even_group_is_the_higher_of_the_middle_two():
    got = points({"name": "workload", "cap": 1.25}, numerator=[10, 20], denominator=[1, 1])
    assert got == pytest.approx([40, 80])


def test_points_by_rank_step_evenly_and_ties_share_the_better():
    got = points({"name": "rank", "best": 100, "worst": 60}, [9, 7, 7, NAN, 1])
    assert got[[0, 1, 2, 4]] == pytest.approx([100, 100 - 40 / 3, 100 - 40 / 3, 60])
    assert np.isnan(got[3])


def test_rank_of_a_single_unit_is_the_best():
    assert points({"name": "rank", "worst": 60}, [3])[0] == 100


def test_where_lower_is_better_the_lowest_leads():
    assert points({"name": "rank", "worst": 60}, [3, 5], direction="lower") == pytest.approx([100, 60])
    assert points({"name": "relative"}, [2, 4], direction="lower") == pytest.approx([100, 50])


def test_points_relative_to_the_best():
    assert points({"name": "relative"}, [5, 10, 0]) == pytest.approx([50, 100, 0])


def test_relative_points_are_defined_where_the_best_is_nothing():
    assert points({"name": "relative"}, [0, 0]) == pytest.approx([100, 100])


@pytest.mark.parametrize("name", ["ratio", "workload", "points", "rank", "relative"])
def test_leading_axes_are_replicates(name):
    method = {"name": name, **{"workload": {"cap": 1.25}, "rank": {"worst": 0}}.get(name, {})}
    rng = np.random.default_rng(1)
    value, numerator, denominator = rng.uniform(1, 9, (3, 4, 6))
    group = np.array(["a", "a", "b", "b", "b", "a"])
    method = TypeAdapter(Method).validate_python(method)
    together = points_of(method, value, numerator, denominator, group)
    one_by_one = [points_of(method, value[i], numerator[i], denominator[i], group) for i in range(4)]
    assert np.array_equal(together, np.array(one_by_one))


def test_published_points_of_a_city_follow_from_the_shortfall_rule(shared_cases):
    rows = list(csv.DictReader((shared_cases / "lianyungang_indicator_points.csv").open(encoding="utf-8")))
    followed = 0
    for row in rows:
        if row["indicator"] == "按时办结率":
            method = {"name": "shortfall", "target_pct": 100, "full": 25, "floor": 0, "slope": 1}
        elif row["indicator"] == "及时签收率":
            continue  # another full mark, which the notice does not state
        else:
            target = 95 if row["period"] == "2022-02" else 98
            method = {"name": "shortfall", "target_pct": target, "full": 25, "floor": 12.5, "slope": 0.5}
        got = points(method, [float(row["rate_pct"])])[0] * 25 / 100
        assert got == pytest.approx(float(row["published_points"]), abs=0.011), row
        followed += 1
    assert followed == 12
