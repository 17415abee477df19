"""A table laid out over units and what they are measured by; a scope over months whose units differ (S10)."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

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
