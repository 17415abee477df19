"""What certainty starts from is laid out unit by unit, the first like every other."""

import numpy as np
import pandas as pd

from analysis.scoring.certainty.inputs import scope_inputs
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
