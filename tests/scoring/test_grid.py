"""A table laid out over units and what they are measured by; a scope over months whose units differ (S10)."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.policy.indicators import Indicator
from analysis.scoring.grid import build_grid, lay_out, read_grid, score_measurements
from analysis.scoring.score_tables import score_month

from . import frames

ROWS = pd.DataFrame(
    {
        "unit_id": ["U1", "U2", "U1", "U9", "U2"],
        "indicator_id": ["a", "b", "c", "a", "other"],
        "score": [1.0, 2.0, 3.0, 4.0, 5.0],
        "status": ["ok", "accepted", "ok", "ok", "ok"],
    }
)


def test_a_table_is_laid_out_by_unit_and_indicator_and_what_is_not_asked_for_is_left_out():
    grids = lay_out(ROWS, ["U1", "U2"], "indicator_id", ["a", "b", "c"], ["score", "status"])
    nan = np.nan
    np.testing.assert_array_equal(grids["score"], [[1.0, nan, 3.0], [nan, 2.0, nan]])
    assert grids["status"].tolist() == [["ok", "", "ok"], ["", "accepted", ""]]


def test_a_scope_is_that_of_the_units_and_groups_of_its_last_month():
    earlier, last = frames.MONTHS
    few = frames.POLICIES[earlier]
    few = replace(few, units=few.units[1:], channel_weights_by_unit=few.channel_weights_by_unit.iloc[1:])
    policies = {earlier: few, last: frames.POLICIES[last]}
    measured = frames.measurements()
    gone = (measured["period"] == earlier) & (measured["unit_id"] == frames.POLICIES[last].unit_ids[0])
    scored = score_measurements(measured[~gone], policies)
    grid = build_grid(policies, scored, last, "ytd")
    assert grid.unit_ids == frames.POLICIES[last].unit_ids
    month = build_grid(policies, scored, last, "month")
    for name in ("value", "numerator", "denominator", "n_measurements"):
        np.testing.assert_array_equal(getattr(grid, name)[0], getattr(month, name)[0])


@pytest.mark.parametrize("scope", ["month", "ytd"])
def test_a_grid_read_from_its_table_is_the_one_that_was_built(scope):
    measured, policies = frames.measurements(), frames.POLICIES
    gone = policies[frames.PERIOD].unit_ids[3], policies[frames.PERIOD].indicators[0].id
    measured = measured[(measured[["unit_id", "indicator_id"]] != list(gone)).any(axis=1)]
    built = build_grid(policies, score_measurements(measured, policies), frames.PERIOD, scope)
    table = score_month(policies, measured, frames.adjustments(), frames.PERIOD)["indicator_scores"]
    read = read_grid(policies, table[table["scope"] == scope], frames.PERIOD, scope)
    assert read.unit_ids == built.unit_ids
    assert read.weights.indicator_ids == built.weights.indicator_ids
    assert (built.status == "").any()
    for field in fields(built):
        if field.name not in ("period", "scope", "unit_ids", "weights"):
            np.testing.assert_array_equal(getattr(read, field.name), getattr(built, field.name))
    np.testing.assert_array_equal(read.weights.indicators, built.weights.indicators)


def test_an_indicator_that_is_not_meant_for_a_unit_does_not_help_its_channel_to_count():
    policy = frames.POLICIES[frames.PERIOD]
    rows = frames.measurements()
    daily = {i.id for i in policy.indicators if i.channel == "daily"} - {"common-01", "common-03"}
    lacks = (rows["unit_id"] == "D01") & rows["indicator_id"].isin(daily)
    rows.loc[lacks, ["value", "numerator", "denominator", "status"]] = [np.nan, np.nan, np.nan, "not_applicable"]
    for groups, status in (((), "ok"), (("town",), "too_few_indicators")):
        meant = [i.model_copy(update={"groups": groups}) if i.id == "common-03" else i for i in policy.indicators]
        policies = frames.POLICIES | {frames.PERIOD: replace(policy, indicators=tuple(meant))}
        grid = build_grid(policies, score_measurements(rows, policies), frames.PERIOD, "month")
        assert grid.status[0, grid.weights.indicator_ids.index("common-01")] == status


def changed(indicator_id, **values):
    """The rules of both months with one indicator's values changed, checked like those of `params/`."""
    policies = {}
    for month, policy in frames.POLICIES.items():
        indicators = tuple(
            Indicator.model_validate(i.model_dump(by_alias=True) | values) if i.id == indicator_id else i
            for i in policy.indicators
        )
        policies[month] = replace(policy, indicators=indicators)
    return policies


IMPROVEMENT = {"name": "improvement", "benchmark": 100.0}


def test_a_unit_is_measured_against_its_own_baseline_of_the_rules():
    measured = frames.measurements()
    policies = changed("common-01", method=IMPROVEMENT, standards={"D01": 50.0, "D02": 100.0})
    grid = build_grid(policies, score_measurements(measured, policies), frames.PERIOD, "month")
    place = grid.weights.indicator_ids.index("common-01")
    rows = measured[(measured["indicator_id"] == "common-01") & (measured["period"] == frames.PERIOD)]
    value = rows.set_index("unit_id")["value"]
    at = [grid.unit_ids.index(unit_id) for unit_id in ("D01", "D02", "D03")]
    expected = [max(0, 2 * (value["D01"] - 50)), 100.0 if value["D02"] >= 100 else 0.0, np.nan]
    np.testing.assert_allclose(grid.points[at, place], expected)
    assert grid.standard[at[:2], place].tolist() == [50, 100]
    assert grid.status[at[2], place] == "not_applicable"


def test_an_own_baseline_and_a_method_without_one_do_not_go_together():
    for values in ({"method": IMPROVEMENT}, {"standards": {"D01": 50.0}}):
        with pytest.raises(ValidationError, match=r"takes `standards` or `data\.standard`"):
            changed("common-01", **values)


@pytest.mark.parametrize("scope", ["month", "ytd"])
def test_a_pooled_rate_may_be_measured_against_its_groups_mean(scope):
    policies = changed("common-06", method={"name": "ratio", "target": "mean"})
    grid = build_grid(policies, score_measurements(frames.measurements(), policies), frames.PERIOD, scope)
    place = grid.weights.indicator_ids.index("common-06")
    rate = grid.numerator[:, place] / grid.denominator[:, place]
    group = np.array([policies[frames.PERIOD].group_of[unit_id] for unit_id in grid.unit_ids])
    for name in np.unique(group):
        inside = group == name
        np.testing.assert_allclose(grid.standard[inside, place], rate[inside].mean())
        np.testing.assert_allclose(grid.points[inside, place], 100 * np.minimum(1, rate[inside] / rate[inside].mean()))


def test_a_missing_mark_takes_the_mean_of_its_group_where_the_rules_say_so():
    measured = frames.measurements()
    missing = {"D01": "not_applicable", "D02": "not_submitted", "D03": "accepted"}
    now = (measured["indicator_id"] == "common-01") & (measured["period"] == frames.PERIOD)
    for unit_id, status in missing.items():
        measured.loc[now & (measured["unit_id"] == unit_id), ["value", "status"]] = [np.nan, status]
    measured = measured[~(now & (measured["unit_id"] == "D04"))]
    policies = changed("common-01", missing="mean")
    grid = build_grid(policies, score_measurements(measured, policies), frames.PERIOD, "month")
    place, group_of = grid.weights.indicator_ids.index("common-01"), policies[frames.PERIOD].group_of
    points = dict(zip(grid.unit_ids, grid.points[:, place], strict=True))
    status = dict(zip(grid.unit_ids, grid.status[:, place], strict=True))
    own = {id_: value for id_, value in points.items() if status[id_] == "ok"}
    for unit_id in ("D01", "D04"):
        same = [value for id_, value in own.items() if group_of[id_] == group_of[unit_id]]
        assert status[unit_id] == "group_mean"
        assert points[unit_id] == pytest.approx(np.mean(same))
    assert np.isnan([points["D02"], points["D03"]]).all(), "hiding must not pay"


def test_means_of_a_group_are_no_data_from_which_a_channel_counts():
    measured = frames.measurements()
    policies = {
        m: replace(p, minimum_indicators={"random": 1}) for m, p in changed("common-05", missing="mean").items()
    }
    gone = (measured["unit_id"] == "D01") & (measured["channel"] == "random")
    grid = build_grid(policies, score_measurements(measured[~gone], policies), frames.PERIOD, "month")
    inside = grid.weights.channel_of == grid.weights.channel_ids.index("random")
    unit, place = grid.unit_ids.index("D01"), grid.weights.indicator_ids.index("common-05")
    assert np.isnan(grid.points[unit, inside]).all()
    assert grid.status[unit, place] == "too_few_indicators"
