"""What is planted in the sample about posts and coverage is found, and no other unit is busy or idle (S40, S42)."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.insight.staffing import COUNT_COLUMNS, MONTHS, SCORE_COLUMNS, build_staffing, measure_load
from analysis.policy.book import load_policy
from analysis.policy.period import month_range, shift
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


def shuffle(values: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    """Return what each month holds dealt anew to the units that are known in every month."""
    mixed, known = values.copy(), np.flatnonzero(~np.isnan(values).any(axis=0))
    for month in range(len(mixed)):
        mixed[month, known] = values[month, dice.permutation(known)]
    return mixed


def test_in_shuffled_copies_of_the_sample_any_unit_is_named_at_most_at_the_stated_rate(month):
    periods = month_range(shift(month.period, 1 - MONTHS), month.period)
    tables = [
        month.tables_of(name, periods, columns)
        for name, columns in (("unit_counts", COUNT_COLUMNS), ("unit_scores", SCORE_COLUMNS))
    ]
    load, dice, n_copies = measure_load(*tables, month.policy), np.random.default_rng(20261101), 200
    assert (build_staffing(load, month.policy)["load_state"] == "busy").any()  # whole, it is not silent
    named = dict.fromkeys(("load_state", "is_seasonal", "load_trend", "score_state"), 0)
    for _ in range(n_copies):
        hours = shuffle(load.load, dice) * load.in_post * load.hours_of_post[:, None]
        copy = replace(load, hours=hours, gap=shuffle(load.gap, dice))
        staffing = build_staffing(copy, month.policy)
        for name in named:
            named[name] += bool(staffing[name].isin(["busy", "idle", "rising", "falling", "good", "poor", True]).any())
    print(f"\n{n_copies} copies, of which some unit is named in: {named}")
    # 5 % of copies (trends.yml: false_discovery_pct), and two and a half standard errors of a count of 200.
    assert max(named.values()) <= n_copies * 0.05 + 2.5 * (n_copies * 0.05 * 0.95) ** 0.5
