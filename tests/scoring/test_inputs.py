"""What certainty starts from is laid out unit by unit, the first like every other."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from analysis.scoring.certainty.inputs import _lay_out_months, _visits, scope_inputs
from analysis.scoring.grid import score_measurements
from analysis.scoring.score_tables import score_month

from . import frames


def inputs(scope):
    measured, adjusted = frames.measurements(), frames.adjustments()
    scored = score_measurements(measured, frames.POLICIES)
    tables = [score_month(frames.POLICIES, measured, adjusted, month) for month in frames.MONTHS]
    history = pd.concat([each["indicator_scores"] for each in tables])
    history = history[history["scope"] == "month"]
    return scope_inputs(frames.POLICIES, scored, tables[-1], frames.PERIOD, scope, history), scored


def test_the_last_of_the_months_is_the_month_itself_for_every_unit_and_indicator():
    month, _ = inputs("month")
    assert month.scope_months == 1
    assert len(month.months["points"]) == len(frames.MONTHS)
    for name in ("points", "numerator", "denominator"):
        assert np.array_equal(month.months[name][-1], getattr(month, name), equal_nan=True)
    assert not np.isnan(month.months["points"][:, 0]).all()
    assert not np.isnan(month.months["points"][:, :, 0]).all()


def test_a_year_holds_its_months_and_every_visit_once():
    year, scored = inputs("ytd")
    assert year.scope_months == len(frames.MONTHS)
    marks = scored[(scored["item_id"] != "") & scored["points"].notna()]
    assert len(year.visits) == len(marks.drop_duplicates(["unit_id", "indicator_id", "item_id"]))
    assert set(year.visits["unit"]) == {year.unit_ids.index(unit_id) for unit_id in marks["unit_id"]}


GRID = SimpleNamespace(unit_ids=["A", "B"], weights=SimpleNamespace(indicator_ids=["i", "j"]))


def test_a_visits_latest_mark_counts_and_what_is_outside_of_the_grid_does_not():
    rows = [
        ("A", "i", "V1", 80.0),
        ("A", "i", "V1", 90.0),  # told again
        ("B", "j", "V2", 70.0),
        ("A", "j", "V1", np.nan),
        ("A", "i", "", 60.0),  # no visit
        ("C", "i", "V3", 50.0),
        ("B", "k", "V3", 50.0),
    ]
    found = _visits(pd.DataFrame(rows, columns=["unit_id", "indicator_id", "item_id", "points"]), GRID)
    assert found[["unit", "indicator", "visit", "points"]].values.tolist() == [[0, 0, "V1", 90.0], [1, 1, "V2", 70.0]]


def test_months_are_laid_out_in_their_order_without_units_and_indicators_outside_of_the_grid():
    rows = [
        ("2025-01", "A", "i", 80.0, 8.0, 10.0),
        ("2025-01", "B", "k", 70.0, 7.0, 10.0),
        ("2025-01", "C", "i", 60.0, 6.0, 10.0),
        ("2025-02", "B", "j", 50.0, 5.0, 20.0),
    ]
    names = ["period", "unit_id", "indicator_id", "score", "numerator", "denominator"]
    found = _lay_out_months(pd.DataFrame(rows, columns=names), GRID)
    nothing = [[np.nan] * 2] * 2
    for name, first, second in (("points", 80, 50), ("numerator", 8, 5), ("denominator", 10, 20)):
        wanted = np.array([nothing, nothing])
        wanted[0, 0, 0], wanted[1, 1, 1] = first, second
        np.testing.assert_array_equal(found[name], wanted)
