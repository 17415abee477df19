"""Points by named method (rules: Formulas; S24, S29), with figures of published notices."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from analysis.policy.methods import METHODS, NamedMethod, Raw
from analysis.report.words import WORDS

NAN = np.nan


def points(method, value=(NAN,), numerator=(NAN,), denominator=(NAN,), group=None, direction="higher"):
    size = max(len(value), len(numerator))
    value = list(value) if len(value) == size else [NAN] * size
    numerator = list(numerator) if len(numerator) == size else [NAN] * size
    denominator = list(denominator) if len(denominator) == size else [NAN] * size
    group = np.array(group or ["a"] * size)
    arrays = (np.array(x, dtype=float) for x in (value, numerator, denominator))
    return make(method).score(Raw(*arrays, group), direction)


def make(values):
    return TypeAdapter(NamedMethod).validate_python(values)


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
        ({"name": "shortfall", "target_pct": 95, "full": 25, "floor": 12.5, "slope": 0.5}, 0.95, 100),
        ({"name": "shortfall", "target_pct": 95, "full": 25, "floor": 12.5, "slope": 0.5}, 0.1, 50),
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
    method = make(method)
    together = method.score(Raw(value, numerator, denominator, group))
    one_by_one = [method.score(Raw(value[i], numerator[i], denominator[i], group)) for i in range(4)]
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
        got = points(method, [float(row["rate_pct"]) / 100])[0] * 25 / 100
        assert got == pytest.approx(float(row["published_points"]), abs=0.011), row
        followed += 1
    assert followed == 12


def numbers(low, high):
    return st.floats(low, high, allow_nan=False).map(lambda number: round(number, 4))


def between(low, high, *names):
    """Values of fields that rise in the order of the names."""
    ordered = st.lists(numbers(low, high), min_size=len(names), max_size=len(names), unique=True).map(sorted)
    return ordered.map(lambda values: dict(zip(names, values, strict=True)))


# Values of every method as `params/` may hold them; a method added without them fails here.
ALLOWED = {
    "points": st.fixed_dictionaries({"full": numbers(1, 200)}),
    "ratio": st.fixed_dictionaries({"target": numbers(0.01, 3)}),
    "shortfall": st.tuples(between(0.5, 100, "floor", "full"), numbers(1, 100), numbers(0.01, 20)).map(
        lambda found: found[0] | {"target_pct": found[1], "slope": found[2]}
    ),
    "per_case": st.fixed_dictionaries({"full": numbers(1, 200), "points_per_case": numbers(0.1, 300)}),
    "rank": between(0, 100, "worst", "best"),
    "relative": st.just({}),
    "quoted": between(0, 200, "low", "high"),
    "state": st.fixed_dictionaries({"points": st.dictionaries(st.sampled_from("甲乙丙"), numbers(0, 100), min_size=1)}),
    "workload": st.fixed_dictionaries(
        {"cap": numbers(0.1, 5), "median": st.sampled_from(["higher", "lower", "midpoint"])}
    ),
}


@st.composite
def scored(draw, name):
    """A method, one of its directions, raw values that it admits in rising order, and their points."""
    method = make({"name": name, **draw(ALLOWED[name])})
    direction = draw(st.sampled_from(method.directions))
    low, high = method.admissible
    raw = np.sort(draw(st.lists(numbers(low, 1000 if high is None else high), min_size=2, max_size=8)))
    nothing = np.full(len(raw), np.nan)
    group = np.full(len(raw), "a")
    as_value = method.score(Raw(raw, nothing, nothing, group), direction)
    as_counts = method.score(Raw(nothing, raw, np.full(len(raw), 7.0), group), direction) if method.pools else as_value
    return method, direction, as_value, as_counts


@pytest.mark.parametrize("name", METHODS)
@given(data=st.data())
def test_points_lie_within_100_and_follow_the_direction(name, data):
    _, direction, *found = data.draw(scored(name))
    for points_found in found:
        kept = points_found[~np.isnan(points_found)]
        assert ((kept >= 0) & (kept <= 100)).all()
        steps = np.diff(kept) if direction == "higher" else -np.diff(kept)
        assert (steps >= 0).all()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_words(name):
    words = WORDS.methods[name]
    assert words.told
    assert words.kept


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ({"name": "shortfall", "target_pct": 95, "full": 25, "floor": 40, "slope": 0.5}, "`floor` 40 lies above"),
        ({"name": "quoted", "low": 20, "high": 20}, "`low` 20 must lie below `high` 20"),
        ({"name": "quoted", "low": 30, "high": 20}, "`low` 30 must lie below `high` 20"),
        ({"name": "quoted", "low": -5, "high": 20}, "greater than or equal to 0"),
        ({"name": "rank", "best": 60, "worst": 80}, "`worst` 80 lies above `best` 60"),
        ({"name": "state", "points": {}}, "at least 1 item"),
        ({"name": "state", "points": {"好": 120}}, "less than or equal to 100"),
        ({"name": "ratio", "target": float("inf")}, "finite number"),
        ({"name": "ratio", "target": 0}, "greater than 0"),
        ({"name": "curve"}, "'curve' is unknown; allowed: points, ratio"),
        ({}, "None is unknown; allowed: points"),
        ("ratio", "valid dictionary"),
    ],
)
def test_values_that_break_a_method_are_refused(method, told):
    with pytest.raises(ValidationError, match=told):
        make(method)
