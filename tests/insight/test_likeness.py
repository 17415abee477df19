"""A row that is another unit's is found, equal points that many have or that chance brings are not (S33, S34)."""

import numpy as np
import pandas as pd
import pytest

from analysis.insight.likeness import find_alike

from ..rows import table_of

USUAL = {"period": "2026-10", "scope": "month", "status": "ok"}


def rows_of(points: np.ndarray) -> pd.DataFrame:
    """Return the table of points, a row a unit and a column an indicator, NaN where there are none."""
    told = [
        USUAL | {"unit_id": f"U{unit:04d}", "indicator_id": f"i{place:02d}", "score": value}
        for unit, values in enumerate(points)
        for place, value in enumerate(values)
        if not np.isnan(value)
    ]
    return table_of("indicator_scores", told)


def alike(points: np.ndarray) -> pd.DataFrame:
    found = find_alike(rows_of(points), [f"U{unit:04d}" for unit in range(len(points))])
    return found.set_index("unit_id")


@pytest.fixture
def points():
    """Return a month of 85 units: a third of the marks full, some of ten steps, some rates to the last digit."""
    rng = np.random.default_rng(7)
    marks = np.column_stack(
        [np.where(rng.random((85, 5)) < 0.7, 100.0, 80.0), rng.integers(80, 90, (85, 4)), 80 + 20 * rng.random((85, 6))]
    )
    return np.where(rng.random(marks.shape) < 0.2, np.nan, marks)


def test_a_copied_row_stands_out_for_both_and_for_nobody_else(points):
    points[41] = points[7]
    found = alike(points)
    assert found.loc["U0007", "other_unit_id"] == "U0041" and found.loc["U0041", "other_unit_id"] == "U0007"
    n = int((~np.isnan(points[7])).sum())
    assert found.loc["U0007", ["n_events", "n_cases", "share_pct"]].tolist() == [n, n, 100]
    assert (found.loc[["U0007", "U0041"], "p_value"] < 1e-4).all()
    assert (found.drop(["U0007", "U0041"])["p_value"] > 0.05).all()


def test_a_row_that_was_copied_twice_is_asked_of_all_three(points):
    points[[41, 60]] = points[7]
    found = alike(points)
    assert (found.loc[["U0007", "U0041", "U0060"], "p_value"] < 1e-4).all()
    assert (found.drop(["U0007", "U0041", "U0060"])["p_value"] > 0.05).all()


def test_a_row_that_was_copied_but_for_its_marks_is_found_by_its_rates(points):
    points[41, 9:] = points[7, 9:]
    assert alike(points).loc["U0007", "p_value"] < 1e-3


def test_points_that_all_have_in_common_tell_nothing(points):
    everywhere = np.where(np.isnan(points), np.nan, 100.0)
    assert (alike(everywhere)["p_value"] > 0.9).all()
    assert (alike(points)["p_value"] > 0.05).all()


def test_equal_by_chance_is_as_often_as_any_two_of_the_month_are():
    """Of U0000's nine others one has its i00, none its i01: a ninth is expected, one is there."""
    points = np.array([[float(unit), float(unit)] for unit in range(10)])
    points[1, 0] = points[0, 0]
    found = alike(points)
    assert found.loc["U0000", ["n_events", "n_cases", "other_unit_id"]].tolist() == [1, 2, "U0001"]
    assert found.loc["U0000", "n_expected"] == pytest.approx(1 / 9)
    assert found.loc["U0000", "group_share_pct"] == pytest.approx(100 / 18)
    points[1, 1] = points[0, 1]
    # Both agree: (1/9)² · (2 − 1/9)², and nine others were looked at.
    assert alike(points).loc["U0000", "p_value"] == pytest.approx(9 * (1 / 9) ** 2 * (17 / 9) ** 2)
    assert found.loc["U0002", ["n_events", "p_value"]].tolist() == [0, 1]


def test_who_shares_no_indicator_with_anybody_is_not_compared():
    found = alike(np.array([[90.0, np.nan, np.nan], [90.0, np.nan, np.nan], [np.nan, 90.0, np.nan]]))
    assert found.index.tolist() == ["U0000", "U0001"]
    assert alike(np.array([[90.0, 80.0]])).empty
    assert find_alike(rows_of(np.empty((0, 0))), []).empty


def test_points_filled_with_the_group_s_mean_and_other_scopes_are_left_out(points):
    rows = rows_of(points[:2])
    others = [rows.assign(status="group_mean"), rows.assign(scope="year_to_date")]
    for each in others:
        assert find_alike(each, ["U0000", "U0001"]).empty


def test_districts_of_many_units_with_coarse_marks_are_hardly_ever_asked():
    """All null, half of the marks in two steps: at most 5 % of districts have a p-value below 5 % over their units."""
    rng, low = np.random.default_rng(11), 0
    for _ in range(40):
        coarse = np.column_stack([rng.choice([90.0, 100.0], (60, 6)), rng.integers(80, 100, (60, 6))])
        low += bool((60 * alike(coarse)["p_value"] < 0.05).any())
    assert low <= 40 * 0.05 + 4 * np.sqrt(40 * 0.05 * 0.95)
