"""What-if: equal to a full rerun; changes as a command line says them; drafted policies (S21, R7)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.action.differences import FIGURES, list_differences
from analysis.policy.draft import draft_book, draft_cases, load_draft
from analysis.policy.errors import PolicyError, UsageError
from analysis.scoring.changes import Change, apply_changes, parse_change
from analysis.scoring.score_tables import score_month
from analysis.scoring.whatif import prepare, recount, regrade, rescore, whatif

from . import frames

POLICY = frames.POLICIES[frames.PERIOD]
GRADING = POLICY.grading
MEASUREMENTS, ADJUSTMENTS = frames.measurements(), frames.adjustments()


@pytest.fixture(scope="module")
def baseline():
    return prepare(frames.POLICIES, MEASUREMENTS, ADJUSTMENTS, frames.PERIOD)


def rerun(changes, policies=frames.POLICIES):
    changed = apply_changes(MEASUREMENTS, changes, POLICY)
    return score_month(policies, changed, ADJUSTMENTS, frames.PERIOD)["unit_scores"]


def random_changes(rng, count):
    rows = MEASUREMENTS[MEASUREMENTS["period"] == frames.PERIOD]
    for row in rows.iloc[rng.choice(len(rows), count, replace=False)].itertuples():
        is_counted = not np.isnan(row.denominator)
        role = rng.choice(["numerator", "denominator"]) if is_counted else "value"
        value = None if rng.random() < 0.1 else float(rng.integers(1, 20))
        yield Change(row.unit_id, row.indicator_id, role, value, row.item_id)


def whom_moves(**other) -> pd.DataFrame:
    before, after = whatif(frames.POLICIES, MEASUREMENTS, ADJUSTMENTS, frames.PERIOD, **other)
    return list_differences(before, after, GRADING)


@pytest.mark.parametrize("seed", range(12))
def test_a_what_if_is_a_full_rerun(baseline, seed):
    changes = list(random_changes(np.random.default_rng(seed), 1 + seed % 4))
    fast, full = rescore(baseline, changes), rerun(changes)
    columns = ["scope", "unit_id", "total", "rank", "tier", "tier_reason", "is_tied", "is_bottom_five", "group_rank"]
    order = ["scope", "unit_id"]
    got, expected = (
        table[columns].sort_values(order, ignore_index=True).astype({"tier": str, "tier_reason": str})
        for table in (fast, full)
    )
    pd.testing.assert_frame_equal(got, expected, check_dtype=False)


def test_without_a_change_nobody_moves(baseline):
    assert list_differences(baseline.units, rescore(baseline, []), GRADING).empty
    assert whom_moves().empty


def test_movers_are_exactly_those_that_differ():
    change = parse_change("D05/common-01=0", POLICY)
    movers = list_differences(
        *whatif(frames.POLICIES, MEASUREMENTS, ADJUSTMENTS, frames.PERIOD, changes=[change]), GRADING
    )
    before, after = (rerun(changes).set_index(["scope", "unit_id"]) for changes in ([], [change]))
    figures = [figure for figure in FIGURES if figure != "is_interview"]
    differs = (before[figures].astype(str) != after[figures].astype(str)).any(axis=1)
    assert set(zip(movers["scope"], movers["unit_id"], strict=True)) == set(differs.index[differs])
    own = movers[(movers["unit_id"] == "D05") & (movers["scope"] == "month")].iloc[0]
    assert own["total_after"] < own["total_before"]
    assert own["rank_after"] > own["rank_before"]


def test_the_consequence_follows_from_bottom_places_or_the_last_tier():
    changes = [parse_change(f"D05/{indicator.id}=0", POLICY) for indicator in POLICY.indicators
               if indicator.id in ("common-01", "common-03", "common-04", "related-03")]  # fmt: skip
    movers = list_differences(
        *whatif(frames.POLICIES, MEASUREMENTS, ADJUSTMENTS, frames.PERIOD, changes=changes), GRADING
    )
    interviewed = movers["is_bottom_five_after"] | (movers["tier_after"] == "fail")
    assert (movers["is_interview_after"] == interviewed).all()
    assert movers["is_interview_after"].any()


def test_several_changes_are_made_together(baseline):
    both = [parse_change(text, POLICY) for text in ("D01/common-06/numerator=3", "D01/common-06/denominator=4")]
    row = apply_changes(MEASUREMENTS, both, POLICY).set_index("measurement_id").loc["2025-12/D01/common-06"]
    assert (row["numerator"], row["denominator"], row["status"]) == (3, 4, "ok")
    assert len(MEASUREMENTS) == len(apply_changes(MEASUREMENTS, both, POLICY))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("D01/common-01=88.5", Change("D01", "common-01", "value", 88.5)),
        ("区委办 / “三定”规定落实 = 88".replace(" ", ""), Change("D01", "common-01", "value", 88)),
        ("D01/common-06=46", Change("D01", "common-06", "numerator", 46)),
        ("D01/common-06/denominator=50", Change("D01", "common-06", "denominator", 50)),
        ("D01/common-02=部分公布", Change("D01", "common-02", "value", 60)),
        ("D01/individual-01@K2=90", Change("D01", "individual-01", "value", 90, "K2")),
        ("D01/common-01=不适用", Change("D01", "common-01", "value", None)),
    ],
)
def test_a_change_is_read_as_people_write_it(text, expected):
    assert parse_change(text, POLICY) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("D01=5", "no change of a value"),
        ("D99/common-01=5", "not a unit"),
        ("D01/common-99=5", "not an indicator"),
        ("D01/common-01/attitude=5", "not a role"),
        ("D01/common-01=许多", "allowed is a number"),
        ("D01/common-01=-5", "found -5; allowed is 0 or more, up to 100"),
        ("D01/related-03=21", "found 21; allowed is 0 or more, up to 20"),
        ("D01/common-06/value=-0.1", "found -0.1; allowed is 0 or more"),
        ("D01/common-02=半公布", "全部公布"),
        ("D01/common-01=1_0", "allowed is a number"),
        ("D01/common-01=nan", "allowed is a number"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_what_was_found(text, word):
    with pytest.raises(UsageError, match=word):
        parse_change(text, POLICY)


def test_a_count_may_be_nothing_but_not_less():
    none = apply_changes(MEASUREMENTS, [Change("D01", "common-06", "numerator", 0.0)], POLICY)
    assert none.set_index("measurement_id").loc["2025-12/D01/common-06", "numerator"] == 0
    with pytest.raises(UsageError, match="numerator: found -1; a count is 0 or more"):
        apply_changes(MEASUREMENTS, [Change("D01", "common-06", "numerator", -1.0)], POLICY)


def test_a_change_of_what_is_not_there_is_refused():
    tasks = MEASUREMENTS[(MEASUREMENTS["period"] == frames.PERIOD) & (MEASUREMENTS["item_id"] == "K2")].iloc[0]
    with pytest.raises(UsageError, match="@K1, @K2"):
        apply_changes(MEASUREMENTS, [Change(tasks["unit_id"], tasks["indicator_id"], "value", 5.0)], POLICY)
    with pytest.raises(UsageError, match="no such measurement"):
        apply_changes(MEASUREMENTS, [Change("D01", "common-01", "value", 5.0, "K9")], POLICY)
    empty = MEASUREMENTS.assign(numerator=np.nan, denominator=np.nan)
    with pytest.raises(UsageError, match="no denominator"):
        apply_changes(empty, [Change("D01", "common-06", "numerator", 5.0)], POLICY)


def draft(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (frames.ROOT / "params" / f"{name}.yml").read_text("utf-8")
    assert old in text
    path = tmp_path / "entwurf.yml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("weights", "{daily: 20, key_work: 30, info_system: 30, random: 20}",
         "{daily: 50, key_work: 10, info_system: 30, random: 10}"),
        ("tiers", "{excellent: 20, good: 50, pass: 20, fail: 10}", "{excellent: 10, good: 30, pass: 30, fail: 30}"),
        ("tiers", "tie_at_line: {excellent: down,", "tie_at_line: {excellent: up,"),
        ("indicators", "method: {name: quoted, low: 0, high: 20}", "method: {name: quoted, low: 0, high: 40}"),
    ],
)  # fmt: skip
def test_a_drafted_policy_moves_whom_a_full_rerun_moves(baseline, tmp_path, name, old, new):
    drafted = load_draft(frames.BOOK, draft(tmp_path, name, old, new))
    policies = {month: drafted.at(month) for month in frames.MONTHS}
    movers = list_differences(
        *whatif(frames.POLICIES, MEASUREMENTS, ADJUSTMENTS, frames.PERIOD, new_policies=policies), GRADING
    )
    pd.testing.assert_frame_equal(movers, list_differences(rerun([]), rerun([], policies), GRADING))
    assert ("tie_at_line" in old) or not movers.empty
    if name in ("weights", "tiers"):
        pd.testing.assert_frame_equal(movers, list_differences(baseline.units, regrade(baseline, policies), GRADING))


def test_a_changed_workload_counts_in_ties_too(baseline):
    (indicator,) = [one for one in POLICY.indicators if one.method.name == "workload"]
    changes = [Change("D01", indicator.id, "numerator", 9999.0)]
    again = prepare(frames.POLICIES, apply_changes(MEASUREMENTS, changes, POLICY), ADJUSTMENTS, frames.PERIOD)
    fast, full = (units["workload_per_head"] for units in (rescore(baseline, changes), again.units))
    pd.testing.assert_series_equal(fast, full)
    assert not fast.equals(baseline.units["workload_per_head"])


def test_a_draft_may_leave_an_indicator_out(tmp_path):
    path = draft(tmp_path, "indicators", "from: 2023-01", "from: 2023-01, to: 2025-10")
    drafted = load_draft(frames.BOOK, path)
    policies = {month: drafted.at(month) for month in frames.MONTHS}
    movers = list_differences(
        *whatif(frames.POLICIES, MEASUREMENTS, ADJUSTMENTS, frames.PERIOD, new_policies=policies), GRADING
    )
    assert len(policies[frames.PERIOD].indicators) == 22
    assert not movers.empty


def test_what_is_no_draft_is_refused(tmp_path):
    with pytest.raises(PolicyError, match="no such file"):
        load_draft(frames.BOOK, tmp_path / "none.yml")
    path = tmp_path / "x.yml"
    path.write_text("a: 1", "utf-8")
    with pytest.raises(PolicyError, match="a draft is a changed copy of one of"):
        load_draft(frames.BOOK, path)
    wrong = draft(tmp_path, "weights", "daily: 20", "daily: 21")
    with pytest.raises(PolicyError, match="sum to 101"):
        load_draft(frames.BOOK, wrong)


def test_other_numbers_of_cases_count_as_a_full_rerun_counts_them(baseline):
    indicator = next(one for one in POLICY.indicators if one.minimum_cases and one.data.sheet == "info_system")
    cases = dict.fromkeys(("minimum_cases", "fill_cases", "full_cases"), 10_000)
    book = draft_book(frames.BOOK, draft_cases(frames.BOOK, frames.MONTHS[0], indicator.id, cases))
    policies = {month: book.at(month) for month in frames.MONTHS}
    again = recount(baseline, policies, indicator.id)
    order = ["scope", "unit_id"]
    got, expected = (
        table[[*order, "total", "rank"]].sort_values(order, ignore_index=True) for table in (again, rerun([], policies))
    )
    pd.testing.assert_frame_equal(got, expected, check_dtype=False)
    assert not np.allclose(again["total"], baseline.units["total"], equal_nan=True)
