"""Missing data that favours a unit is shown; not drawn is no fault, what a whole group lacks is its nature (S11)."""

import numpy as np
import pandas as pd
import pytest

from analysis.insight.missingness import find_gains, find_often_missing
from analysis.policy.trends import MissingnessRules

from .test_change import make_scope

NAN = np.nan
RULES = MissingnessRules(gain_points=1.0, gap_share_pct=20)
GOOD = [90.0, 90, 90, 90, 90, 90]
POOR = [90.0, 90, 40, 40, 90, 90]


def gains(points, missing: dict[tuple[int, int], str]) -> pd.DataFrame:
    points = np.array(points, dtype=float)
    for place in missing:
        points[place] = NAN
    scope = make_scope(points)
    scope.units["group"] = "g"
    for place, status in missing.items():
        scope.status[place] = status
    return find_gains(scope, RULES).set_index("subject")


def test_a_unit_that_lacks_what_its_group_does_badly_gains():
    found = gains([POOR, POOR, POOR, POOR], {(0, 2): "not_applicable"})
    assert found.index.tolist() == []  # the other half of the channel is as poor
    found = gains([[90, 90, 40, 90, 90, 90]] * 4, {(0, 2): "not_applicable"})
    assert found.index.tolist() == ["U0"]
    assert found.loc["U0", "figure"] == pytest.approx(0.15 * 50)
    assert found.loc["U0", "reference"] == pytest.approx(90 - 0.15 * 50)
    assert found.loc["U0", "n_marks"] == 1


def test_a_whole_channel_without_data_is_filled_with_the_groups_channel():
    found = gains([POOR] * 4, {(0, 2): "accepted", (0, 3): "not_applicable"})
    assert found.loc["U0", "figure"] == pytest.approx(0.30 * 50)


def test_not_drawn_is_no_fault():
    assert gains([[*GOOD[:5], 20.0]] * 4, {(0, 5): "not_drawn"}).empty


def test_a_channel_in_which_a_unit_was_not_drawn_stays_out_of_the_total_that_it_would_have():
    points = [[90, 90, 40, 90, 90, 20]] * 4
    found = gains(points, {(0, 2): "not_applicable", (0, 5): "not_drawn"})
    assert found.loc["U0", "figure"] == pytest.approx(30 / 80 * (90 - 65))


def test_what_most_of_the_group_lacks_is_no_finding():
    missing = {(unit, 2): "not_applicable" for unit in range(3)}
    assert gains([[90, 90, 40, 90, 90, 90]] * 4, missing).empty


def test_a_unit_that_loses_by_missing_data_is_no_finding():
    assert gains([GOOD, *[[90, 90, 99, 90, 90, 90]] * 3], {(0, 2): "not_applicable"}).empty


def often(missing: dict[str, int], months: int = 10, status: str = "not_applicable") -> pd.DataFrame:
    units = ["A", "B", "C", "D", "E"]
    rows = pd.DataFrame(
        {
            "period": month,
            "unit_id": unit,
            "indicator_id": "common-01",
            "status": status if month < missing.get(unit, 0) else "ok",
        }
        for unit in units
        for month in range(months)
    )
    return find_often_missing(rows, dict.fromkeys(units, "g"), units, RULES).set_index("subject")


def test_a_unit_that_lacks_data_more_often_than_its_group_is_found():
    found = often({"A": 4, "B": 1})
    assert found.index.tolist() == ["A"]
    assert found.loc["A", "figure"] == pytest.approx(40)
    assert found.loc["A", "reference"] == 0
    assert found.loc["A", "n_marks"] == 10


def test_what_the_group_lacks_too_or_the_lot_decided_is_no_finding():
    assert often(dict.fromkeys("ABCDE", 6)).empty
    assert often({"A": 2, **dict.fromkeys("BCDE", 1)}).empty  # 20 % and 10 %
    assert often({"A": 9}, status="not_drawn").empty


def test_what_half_of_the_group_lacks_is_no_finding():
    poor = [90, 90, 40, 90, 90, 90]
    assert gains([poor] * 4, {(unit, 2): "not_applicable" for unit in range(2)}).empty
    half = pd.DataFrame(
        {"period": "2026-10", "unit_id": list("ABCD"), "indicator_id": "common-01"}
        | {"status": ["not_applicable", "accepted", "ok", "ok"]}
    )
    rows = pd.concat([half, half.assign(indicator_id="common-02", status="ok")])
    found = find_often_missing(rows, dict.fromkeys("ABCD", "g"), list("ABCD"), RULES)
    assert found.empty


@pytest.mark.parametrize(("months", "is_found"), [(1, False), (2, True)])
def test_a_gap_of_exactly_the_rules_share_is_a_finding(months, is_found):
    found = often({"A": months})
    assert found.index.tolist() == ["A"] * is_found


def test_a_gain_of_exactly_the_rules_points_is_a_finding_and_none_at_all_is_none():
    marks = [[90.0, 90, 88, 90, 90, 90]] * 4  # 15 % of 2 points
    scope = make_scope([[90.0, 90, NAN, 90, 90, 90], *marks[1:]])
    scope.units["group"] = "g"
    scope.status[0, 2] = "not_applicable"
    found = find_gains(scope, RULES.model_copy(update={"gain_points": 0.0}))
    assert (found["subject"].tolist(), found["figure"].tolist()) == (["U0"], [pytest.approx(0.3)])
    exact = RULES.model_copy(update={"gain_points": found["figure"].iloc[0]})
    assert find_gains(scope, exact)["subject"].tolist() == ["U0"]


def test_units_that_are_assessed_no_more_are_not_looked_at():
    units = ["A", "B", "C"]
    rows = pd.DataFrame(
        {"period": month, "unit_id": unit, "indicator_id": "common-01"}
        | {"status": "not_applicable" if unit == "A" and month < 4 else "ok"}
        for unit in units
        for month in range(10)
    )
    assert find_often_missing(rows, dict.fromkeys(units, "g"), units[1:], RULES).empty
