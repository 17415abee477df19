"""Means over units: what moved their units moves them, and so do units that come or go (S25)."""

import numpy as np
import pandas as pd

from analysis.insight.levels import LIKE_FOR_LIKE, PARTS, average_levels, published_levels
from analysis.insight.scope import read_scope
from analysis.insight.shapley import FACTORS

NAN = np.nan


def test_means_move_by_their_units_parts_and_by_units_that_come_or_go(book):
    """A stays and moves by 4, of which its rules 1; B comes to its group; in the other group E leaves and D comes."""
    old = pd.DataFrame(
        [("A", "total", "", 80.0, "g"), ("E", "total", "", 60.0, "h"), ("A", "channel", "daily", 50.0, "g")],
        columns=["unit_id", "level", "level_id", "score", "group"],
    )
    rows = pd.DataFrame(
        [
            ("A", "total", "", 84.0, "g", True, 4.0, 3.0, 1.0, 81.0, 84.0),
            ("B", "total", "", 70.0, "g", False, NAN, NAN, NAN, NAN, NAN),
            ("D", "total", "", 75.0, "h", False, NAN, NAN, NAN, NAN, NAN),
            ("A", "channel", "daily", 60.0, "g", False, 10.0, 10.0, 0.0, 50.0, 60.0),
        ],
        columns=[
            "unit_id",
            "level",
            "level_id",
            "after",
            "group",
            "is_rule_changed",
            "change",
            *FACTORS[:2],
            *LIKE_FOR_LIKE,
        ],
    ).assign(basis="mom", **{factor: lambda frame: frame["change"] * 0 for factor in FACTORS[2:]})
    found = average_levels(old.assign(basis="mom"), rows, book.at("2026-10").grading.rounding)
    wanted = pd.DataFrame(
        [
            ("channel", "daily", 50.0, 60.0, False, 10.0, 10.0, 0.0, 0.0, 50.0, 60.0, 10.0),
            # 229 / 3 = 76.33 of before 70.
            ("district", "", 70.0, 76.33, True, 6.33, 3.0, 1.0, 2.33, 81.0, 84.0, 3.0),
            ("group", "g", 80.0, 77.0, True, -3.0, 3.0, 1.0, -7.0, 81.0, 84.0, 3.0),
            ("group", "h", 60.0, 75.0, False, 15.0, 0.0, 0.0, 15.0, NAN, NAN, NAN),
        ],
        columns=[
            "level", "level_id", "before", "after", "is_rule_changed", "change", *FACTORS[:2], "composition",
            *LIKE_FOR_LIKE, "like_for_like_change",
        ],
    ).assign(basis="mom", unit_id="", **dict.fromkeys(FACTORS[2:], 0.0))  # fmt: skip
    pd.testing.assert_frame_equal(found, wanted[found.columns], rtol=0, atol=1e-9)
    assert set(PARTS) < set(found)


def test_without_a_period_before_nothing_moves(book, random_scores):
    scope, rounding = (
        read_scope(book, random_scores["2024-01"], "2024-01", "month"),
        book.at("2024-01").grading.rounding,
    )
    new = published_levels(scope, rounding).assign(basis="mom")
    untold = dict.fromkeys(["change", *FACTORS, *LIKE_FOR_LIKE], NAN)
    rows = new.rename(columns={"score": "after"}).assign(is_rule_changed=False, **untold)
    found = average_levels(new.iloc[:0], rows, rounding)
    assert found["after"].notna().all()
    assert found[["before", "change", *PARTS, "like_for_like_change"]].isna().all(axis=None)
