"""Long series are linked over changes of the rules; noise comes from earlier months (S25)."""

import numpy as np
import pandas as pd
import pytest

from analysis.insight.chance import false_discovery_rates
from analysis.insight.series import build_long_trends, link_series
from analysis.policy.book import load_policy
from analysis.policy.period import month_range
from analysis.policy.tables import TABLES

from .conftest import ROOT

RULES = load_policy(ROOT).trends
MONTHS = month_range("2023-01", "2026-10")


def history(series: dict[str, np.ndarray], rule_steps: dict[tuple[str, str], float] | None = None) -> pd.DataFrame:
    """`trends` of months whose totals are `series`; a rule moves a unit's plain change by its step in that month."""
    rows = []
    for unit_id, totals in series.items():
        for place, month in enumerate(MONTHS[-len(totals) :]):
            change = totals[place] - totals[place - 1] if place else np.nan
            like = change - (rule_steps or {}).get((unit_id, month), 0.0)
            rows.append(
                {"period": month, "level": "total", "level_id": "", "unit_id": unit_id, "basis": "mom"}
                | {"after": totals[place], "change": change, "like_for_like_change": like}
            )
    frame = pd.DataFrame(rows)
    district = frame.groupby("period")[["after", "change", "like_for_like_change"]].mean().reset_index()
    return pd.concat([frame, district.assign(level="district", level_id="", unit_id="", basis="mom")])


def rising(slope: float = 0.0, seed: int = 1) -> np.ndarray:
    return 85 + slope * np.arange(46) + np.random.default_rng(seed).normal(scale=0.8, size=46)


def row(table: pd.DataFrame, unit_id: str) -> pd.Series:
    return table[(table["unit_id"] == unit_id) & (table["level"] == "total")].iloc[0]


def test_a_fall_by_the_rules_alone_leaves_no_step_in_the_linked_series():
    fall = np.where(np.arange(46) < 40, 90.0, 87.0)
    linked = link_series(history({"D45": fall}, {("D45", MONTHS[40]): -3.0}))
    assert linked["total", "", "D45"].tolist() == pytest.approx([87.0] * 46)


def test_a_month_without_a_score_is_a_gap_and_no_step():
    gap = np.full(46, 90.0)
    gap[10] = np.nan
    linked = link_series(history({"D01": gap}))["total", "", "D01"]
    assert linked.isna().sum() == 1
    assert set(linked.dropna()) == {90.0}


def test_a_unit_that_ended_has_no_series():
    ended = np.full(46, 90.0)
    ended[-1] = np.nan
    assert ("total", "", "D68") not in link_series(history({"D68": ended, "D01": rising()})).columns


def test_directions_are_said_only_where_they_are_clear():
    flat = {f"F{number}": rising(0.0, number) for number in range(30)}
    table = build_long_trends(history({"UP": rising(0.1), "DOWN": rising(-0.1, 2), **flat}), "2026-10", RULES)
    assert row(table, "UP").direction == "rising"
    assert row(table, "UP").slope_points_per_year == pytest.approx(1.2, abs=0.25)
    assert row(table, "UP").changes == ""
    assert row(table, "DOWN").direction == "falling"
    assert (table[table["unit_id"].str.startswith("F")]["direction"] == "unclear").all()


def test_less_than_three_years_is_too_short():
    table = build_long_trends(history({"NEW": rising(0.3)[-20:], "OLD": rising()}), "2026-10", RULES)
    assert row(table, "NEW").direction == "short"
    assert np.isnan(row(table, "NEW").slope_low)
    assert row(table, "NEW").n_months == 20


def test_a_shift_is_named_by_its_first_month():
    shifted = rising() + 8 * (np.arange(46) >= 30)
    others = {f"F{number}": rising(0.0, number) for number in range(5)}
    table = build_long_trends(history({"D01": shifted, **others}), "2026-10", RULES)
    assert row(table, "D01").changes == MONTHS[30]
    assert (table[table["unit_id"].str.startswith("F")]["changes"] == "").all()


def test_later_months_are_not_looked_at():
    whole = history({"D01": rising(0.1)})
    early = build_long_trends(whole, "2026-03", RULES)
    pd.testing.assert_frame_equal(early, build_long_trends(whole[whole["period"] <= "2026-03"], "2026-03", RULES))


def test_all_units_are_held_to_one_share_of_false_discoveries():
    """Of series without slope or shift hardly a district in twenty names one."""
    named = 0
    for first in range(0, 120, 40):
        flat = {f"F{number}": rising(0.0, number) for number in range(first, first + 40)}
        table = build_long_trends(history(flat), "2026-10", RULES)
        units = table[table["level"] == "total"]
        assert units["slope_p"].between(0, 1).all() and units["change_p"].between(0, 1).all()
        named += (units["direction"] != "unclear").any() + (units["changes"] != "").any()
    assert named <= 1


def test_the_table_keeps_its_schema():
    table = build_long_trends(history({"D01": rising()}), "2026-10", RULES)
    assert list(table.columns) == list(TABLES["long_trends"].columns)
    assert table["level"].tolist() == ["district", "total"]
    assert table.loc[0, "season_p"] > 0


SEASON = np.array([0.0, 3, -2, 1, 0, -1, 4, -3, 1, 0, -4, 2])  # August is lowest but one, November lowest, July highest


def test_the_row_of_a_straight_line_with_a_season_worked_by_hand():
    """36 months up to October 2026 rise by 2 a month; with the season nothing else moves them."""
    totals = 20 + 2.0 * np.arange(36) + np.tile(np.roll(SEASON, -10), 3)
    seasonal = build_long_trends(history({"D01": totals}), "2026-10", RULES).set_index("level")
    assert seasonal.loc["district", ["season_high_month", "season_low_month"]].tolist() == [7, 11]
    assert seasonal.loc["district", "season_swing_points"] == pytest.approx(8, abs=0.3)
    assert seasonal.loc["district", "season_p"] == pytest.approx(1 / 144)
    assert seasonal["is_seasonal"].to_dict() == {"district": True, "total": False}
    assert seasonal.loc["total", ["season_p", "season_high_month", "season_low_month"]].isna().all()


def test_a_season_that_chance_brings_in_one_of_twenty_series_is_one():
    series = history({"D01": rising()})
    p = build_long_trends(series, "2026-10", RULES).set_index("level").loc["district", "season_p"]
    for confidence, is_seasonal in ((1 - p - 1e-9, True), (1 - p + 1e-9, False)):
        rules = RULES.model_copy(update={"confidence": confidence})
        assert build_long_trends(series, "2026-10", rules)["is_seasonal"].tolist() == [is_seasonal, False]


def test_three_years_are_enough_and_a_month_less_is_too_short():
    for count, is_told in ((36, True), (35, False)):
        line = 80 + 0.1 * np.arange(count)
        found = row(build_long_trends(history({"D01": line}), "2026-10", RULES), "D01")
        assert (found.first_period, found.n_months) == (MONTHS[-count], count)
        assert (found.direction, found.has_changes_checked) == (("rising", True) if is_told else ("short", False))
        if is_told:
            ends = [found.slope_low, found.slope_points_per_year, found.slope_high]
            assert ends == pytest.approx([1.2] * 3)


def test_a_series_that_stays_has_no_direction_however_sure():
    months = np.arange(46)
    mostly = np.where((months < 24) & (months % 2 == 0), 89.0, 90.0)  # most pairs are equal, and the others rise
    table = build_long_trends(history({"D01": mostly, "D02": rising(-0.2)}), "2026-10", RULES)
    assert (row(table, "D01").slope_points_per_year, row(table, "D01").direction) == (0, "unclear")
    assert row(table, "D01").slope_p < 0.02
    assert row(table, "D02").direction == "falling"


@pytest.mark.parametrize("column", ["slope_p", "change_p"])
def test_what_is_just_as_rare_as_the_limit_is_named(column):
    """The limit is Benjamini and Hochberg's share in %, among the series of the level."""
    moved = {"D01": rising(0.1) + 8 * (np.arange(46) >= 30)}
    series = history(moved | {f"F{number}": rising(0.0, number) for number in range(2, 6)})
    units = build_long_trends(series, "2026-10", RULES).query("level == 'total'")
    q = false_discovery_rates(units[column].to_numpy())[0]
    for pct, is_named in ((100 * q, True), (100 * q * (1 - 1e-9), False)):
        rules = RULES.model_copy(update={"false_discovery_pct": pct})
        found = row(build_long_trends(series, "2026-10", rules), "D01")
        assert ((found.direction == "rising") if column == "slope_p" else bool(found.changes)) == is_named
