"""Points by named method (rules: Formulas; S24, S29), with figures of published notices."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from analysis.policy.method import Raw
from analysis.policy.methods import METHODS, NamedMethod
from analysis.report.indicators import method_words
from analysis.report.words import WORDS

NAN = np.nan


def points(method, value=(NAN,), numerator=(NAN,), denominator=(NAN,), group=None, direction="higher", standard=NAN):
    size = max(len(value), len(numerator))
    value = list(value) if len(value) == size else [NAN] * size
    numerator = list(numerator) if len(numerator) == size else [NAN] * size
    denominator = list(denominator) if len(denominator) == size else [NAN] * size
    group = np.array(group or ["a"] * size)
    arrays = (np.array(x, dtype=float) for x in (value, numerator, denominator))
    return make(method).score(Raw(*arrays, group, np.asarray(standard, dtype=float)), direction)


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


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.79, 0), (0.8, 1), (0.811, 1), (0.8112, 2), (0.85, 5), (0.8999, 9), (0.9, 10), (0.95, 10)],
)
@pytest.mark.parametrize("is_lower", [False, True])
def test_nine_whole_steps_lie_between_threshold_and_benchmark(rate, expected, is_lower):
    """Achievement points of a hospital scheme: 9 · (rate − threshold) / (benchmark − threshold) + 0.5, whole."""
    ends, value, direction = ((-0.8, -0.9), -rate, "lower") if is_lower else ((0.8, 0.9), rate, "higher")
    method = {"name": "between", "threshold": ends[0], "benchmark": ends[1], "least": 1, "full": 10, "rounding": "down"}
    assert points(method, [value], direction=direction)[0] == pytest.approx(10 * expected, abs=1e-9)


@pytest.mark.parametrize(("rounding", "expected"), [("none", 62.5), ("down", 60), ("half_up", 65)])
def test_points_on_a_line_are_rounded_as_stated(rounding, expected):
    method = {"name": "between", "threshold": 0, "benchmark": 8, "full": 20, "rounding": rounding}
    assert points(method, [5])[0] == expected


def test_rounding_never_gives_more_than_the_benchmark_does():
    method = {"name": "between", "threshold": 0, "benchmark": 10, "full": 2.6, "rounding": "half_up"}
    assert points(method, [9.9, 10, 11]).tolist() == [100, 100, 100]


def test_a_step_is_not_lost_to_floats():
    method = {"name": "between", "threshold": 0.1, "benchmark": 0.4, "full": 3, "rounding": "down"}
    assert (0.3 - 0.1) / (0.4 - 0.1) * 3 < 2
    assert points(method, [0.3])[0] == pytest.approx(100 * 2 / 3)


def test_counts_lie_on_the_line_by_their_quotient():
    assert points({"name": "between", "threshold": 0.5, "benchmark": 1}, numerator=[3], denominator=[4])[0] == 50


IMPROVEMENT = {"name": "improvement", "benchmark": 0.9, "full": 10, "rounding": "down"}
ACHIEVEMENT = {"name": "between", "threshold": 0.8, "benchmark": 0.9, "least": 1, "full": 10, "rounding": "down"}


@pytest.mark.parametrize(
    ("rate", "baseline", "expected"),
    [(0.5, 0.5, 0), (0.54, 0.5, 1), (0.7, 0.5, 5), (0.899, 0.5, 9), (0.9, 0.5, 10), (0.4, 0.5, 0), (0.95, 0.92, 10),
     (0.88, 0.92, 0), (0.7, NAN, NAN), (NAN, 0.5, NAN)],
)  # fmt: skip
@pytest.mark.parametrize("is_lower", [False, True])
def test_improvement_goes_from_the_units_own_baseline_to_the_benchmark(rate, baseline, expected, is_lower):
    """Improvement points of a hospital scheme: 10 · (rate − baseline) / (benchmark − baseline) − 0.5, whole."""
    sign, direction = (-1, "lower") if is_lower else (1, "higher")
    method = IMPROVEMENT | {"benchmark": sign * 0.9}
    found = points(method, [sign * rate], direction=direction, standard=[sign * baseline])[0]
    assert found == pytest.approx(10 * expected, nan_ok=True)


def test_the_better_of_achievement_and_improvement_counts_and_without_a_baseline_achievement_does():
    method = {"name": "best_of", "methods": [ACHIEVEMENT, IMPROVEMENT]}
    assert points(method, [0.79, 0.81, 0.81], standard=[0.6, 0.8, NAN]).tolist() == [60, 10, 10]
    assert make(method).needs_standard


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ({"name": "ratio", "target": "mean"}, [75, 100, 100, 100]),
        ({"name": "ratio", "target": "own"}, [75, 100, NAN, 90]),
        ({"name": "shortfall", "target_pct": "mean", "full": 20, "floor": 5, "slope": 0.5}, [50, 100, 100, 100]),
        ({"name": "shortfall", "target_pct": "own", "full": 20, "floor": 5, "slope": 0.5}, [50, 100, NAN, 75]),
    ],
)
def test_a_target_may_be_the_groups_mean_or_the_units_own(method, expected):
    group, own = ["a", "a", "a", "b"], [0.8, 0.9, NAN, 1] if "own" in method.values() else NAN
    found = points(method, [0.6, 0.9, 0.9, 0.9], group=group, standard=own)
    assert found == pytest.approx(expected, nan_ok=True)


def test_a_mean_that_is_known_stays_while_one_unit_moves():
    method, group = make({"name": "ratio", "target": "mean"}), np.array(["a", "a"])
    raw = Raw(np.array([0.4, 0.8]), np.full(2, NAN), np.full(2, NAN), group)
    known = method.standard(raw)
    assert known == pytest.approx([0.6, 0.6])
    moved = Raw(np.array([0.5, 0.9]), raw.numerator, raw.denominator, group, known)
    assert method.score(moved) == pytest.approx([100 * 0.5 / 0.6, 100])


def test_the_best_of_two_methods_counts_and_one_without_points_leaves_the_other():
    line = {"name": "between", "threshold": 0, "benchmark": 10}
    found = points({"name": "best_of", "methods": [line, {"name": "rank", "worst": 60}]}, [1, 9, NAN, 5])
    assert found[[0, 1, 3]] == pytest.approx([60, 100, 80])
    assert np.isnan(found[2])


def test_points_by_place_hold_from_their_place_on_and_equals_share_the_better():
    table = {"name": "by_rank", "places": {1: 100, 2: 90, 4: 70}}
    assert points(table, [9, 7, 7, 3, NAN, -1])[[0, 1, 2, 3, 5]].tolist() == [100, 90, 90, 70, 70]
    assert points(table, [9, 7, 5], direction="lower").tolist() == [90, 90, 100]


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


@pytest.mark.parametrize(
    "name", ["ratio", "workload", "points", "rank", "relative", "by_rank", "between", "improvement", "best_of"]
)
def test_leading_axes_are_replicates(name):
    line = {"name": "between", "threshold": 2, "benchmark": 7, "rounding": "down"}
    own = {
        "workload": {"cap": 1.25},
        "rank": {"worst": 0},
        "by_rank": {"places": {1: 100, 3: 40}},
        "between": line,
        "improvement": {"benchmark": 7, "rounding": "half_up"},
        "best_of": {"methods": [line, {"name": "relative"}]},
    }
    method = {"name": name, **own.get(name, {})}
    rng = np.random.default_rng(1)
    value, numerator, denominator = rng.uniform(1, 9, (3, 4, 6))
    group = np.array(["a", "a", "b", "b", "b", "a"])
    method = make(method)
    own = rng.uniform(1, 9, (4, 6))
    together = method.score(Raw(value, numerator, denominator, group, own))
    one_by_one = [method.score(Raw(value[i], numerator[i], denominator[i], group, own[i])) for i in range(4)]
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
    "ratio": st.fixed_dictionaries({"target": numbers(0.01, 3) | st.sampled_from(["mean", "own"])}),
    "shortfall": st.tuples(
        between(0.5, 100, "floor", "full"), numbers(1, 100) | st.sampled_from(["mean", "own"]), numbers(0.01, 20)
    ).map(lambda found: found[0] | {"target_pct": found[1], "slope": found[2]}),
    "per_case": st.fixed_dictionaries({"full": numbers(1, 200), "points_per_case": numbers(0.1, 300)}),
    "rank": between(0, 100, "worst", "best"),
    "relative": st.just({}),
    "quoted": between(0, 200, "low", "high"),
    "state": st.fixed_dictionaries({"points": st.dictionaries(st.sampled_from("甲乙丙"), numbers(0, 100), min_size=1)}),
    "workload": st.fixed_dictionaries(
        {"cap": numbers(0.1, 5), "median": st.sampled_from(["higher", "lower", "midpoint"])}
    ),
}


LINE = st.tuples(between(0, 500, "threshold", "benchmark"), between(0, 100, "least", "full")).flatmap(
    lambda found: st.sampled_from(["none", "down", "half_up"]).map(lambda way: found[0] | found[1] | {"rounding": way})
)
ALLOWED |= {
    "by_rank": st.dictionaries(st.integers(2, 9), numbers(0, 100)).map(
        lambda found: {"places": {1: 100, **dict(zip(sorted(found), sorted(found.values())[::-1], strict=True))}}
    ),
    "between": st.tuples(LINE, st.booleans()).map(
        lambda found: found[0] | ({"threshold": 500, "benchmark": found[0]["threshold"]} if found[1] else {})
    ),
    "improvement": LINE.map(lambda found: {name: value for name, value in found.items() if name != "threshold"}),
    "best_of": st.lists(LINE, min_size=2, max_size=3).map(
        lambda lines: {
            "methods": [
                {"name": "between", **lines[0]},
                *({"name": "improvement"} | {k: v for k, v in line.items() if k != "threshold"} for line in lines[1:]),
            ]
        }
    ),
}


@st.composite
def scored(draw, name):
    """A method, one of its directions, raw values that it admits in rising order, and their points."""
    method = make({"name": name, **draw(ALLOWED[name])})
    direction = draw(st.sampled_from(method.directions))
    low, high = method.admissible
    ends = -1000 if low is None else low, 1000 if high is None else high
    raw = np.sort(draw(st.lists(numbers(*ends), min_size=2, max_size=8)))
    nothing = np.full(len(raw), np.nan)
    group, own = np.full(len(raw), "a"), np.full(len(raw), draw(numbers(0.1, 500)))
    as_value = method.score(Raw(raw, nothing, nothing, group, own), direction)
    counts = Raw(nothing, raw, np.full(len(raw), 7.0), group, own)
    as_counts = method.score(counts, direction) if method.pools else as_value
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
@given(data=st.data())
def test_every_method_is_told_in_words(name, data):
    """With every value it may have: none of its words asks for what it lacks."""
    method, *_ = data.draw(scored(name))
    for key in ("told", "kept"):
        told = method_words(method, key, numerator="甲", denominator="乙")
        assert told
        assert not set("{}") & set(told)


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
        ({"name": "between", "threshold": 5, "benchmark": 5}, "`threshold` and `benchmark` are both 5"),
        ({"name": "between", "threshold": 5, "benchmark": 6, "least": 9, "full": 9}, "`least` 9 must lie below"),
        ({"name": "between", "threshold": 5, "benchmark": 6, "rounding": "up"}, "'none', 'down' or 'half_up'"),
        ({"name": "by_rank", "places": {}}, "`places` begin with 1"),
        ({"name": "by_rank", "places": {2: 90}}, "`places` begin with 1"),
        ({"name": "by_rank", "places": {1: 90, 2: 95}}, "no later place has more points"),
        ({"name": "best_of", "methods": [{"name": "relative"}]}, "at least 2 items"),
        ({"name": "best_of", "methods": [{"name": "relative"}, {"name": "points"}]}, "must read plain numbers"),
        (
            {
                "name": "best_of",
                "methods": [
                    {"name": "between", "threshold": 1, "benchmark": 2},
                    {"name": "between", "threshold": 2, "benchmark": 1},
                ],
            },
            "one direction must fit",
        ),
        ({"name": "curve"}, "'curve' is unknown; allowed: points, ratio"),
        ({}, "None is unknown; allowed: points"),
        ("ratio", "valid dictionary"),
    ],
)
def test_values_that_break_a_method_are_refused(method, told):
    with pytest.raises(ValidationError, match=told):
        make(method)
