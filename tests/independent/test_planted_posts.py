"""What is planted in the sample about posts and coverage is found, and no other unit is busy or idle (S40, S42)."""

import pytest

from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.sample.truths import load_truths

pytestmark = pytest.mark.slow
TRUTHS = load_truths()
WHOLE_YEAR = [load for load in TRUTHS.staffing.loads if not load.months]


@pytest.fixture(scope="module")
def month(sample_tables):
    return new_month(sample_tables, load_policy(sample_tables), TRUTHS.last)


def test_units_with_lasting_too_much_or_too_little_work_are_found_and_no_other(month):
    rules, states = month.policy.workload.load, month.table("staffing").set_index("unit_id")["load_state"]
    # One that is low for most of the year and high in its season is neither.
    seasonal = {load.unit for load in TRUTHS.staffing.loads if load.months}
    planted = [load for load in WHOLE_YEAR if load.unit not in seasonal]
    assert set(states[states == "busy"].index) == {each.unit for each in planted if each.load > rules.busy_above}
    assert set(states[states == "idle"].index) == {each.unit for each in planted if each.load < rules.idle_below}


def test_a_season_is_told_as_a_season(month):
    staffing = month.table("staffing").set_index("unit_id")
    for load in TRUTHS.staffing.loads:
        if load.months:
            assert staffing.loc[load.unit, "peak_months"].split() == [str(number) for number in load.months]


def test_busy_and_idle_are_told_apart_by_score(month):
    found = month.table("staffing").set_index("unit_id")[["load_state", "score_state"]].apply(tuple, axis=1)
    assert {unit: found[unit] for unit in ("D61", "D55", "D13")} == {
        "D61": ("busy", "good"), "D55": ("busy", "poor"), "D13": ("idle", "good")
    }  # fmt: skip


def test_units_that_nobody_went_to_see_are_listed(month):
    coverage = month.table("coverage")
    unseen = set(coverage.loc[coverage["is_unseen"], "unit_id"])
    assert {each.unit for each in TRUTHS.unvisited[:-1]} <= unseen and TRUTHS.unvisited[-1].unit not in unseen
