"""What lists named is held against the cases and months that followed (S33)."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.action.list_claims import check_lists
from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES

from ..rows import table_of

POLICY = load_policy(Path(__file__).resolve().parents[2]).at("2025-12")


def check(period, unit_id, reason, value, threshold, outcome="none"):
    keys = {"period": period, "first_period": period, "unit_id": unit_id, "reason": reason}
    return keys | {"value": value, "threshold": threshold, "outcome": outcome}


def change(period, basis, before, after, is_within_noise=False, noise=1.0, unit_id="D01"):
    told = {"period": period, "basis": basis, "level": "total", "unit_id": unit_id, "before": before, "after": after}
    told |= {"after_period": period, "like_for_like_before": before, "like_for_like_change": after - before}
    return told | {"is_within_noise": is_within_noise, "noise_points": noise}


def found(tests=(), trends=()):
    tests = table_of("watch_tests", tests) if tests else TABLES["watch_tests"].empty()
    trends = pd.DataFrame(list(trends)) if trends else TABLES["trends"].empty()
    claims = check_lists(tests, trends, POLICY).set_index("claim")
    return {name: claims.loc[name, ["n_claims", "claimed_pct", "realised_pct"]].tolist() for name in claims.index}


@pytest.mark.parametrize(
    ("reason", "named", "later", "realised"),
    [
        ("satisfaction", 70.0, 84.0, 100),
        ("satisfaction", 70.0, 86.0, 0),
        ("on_time", 70.0, 85.0, 0),  # on the line is not beyond it
        ("repeats", 99.0, 86.0, 100),
        ("attitude_complaints", 99.0, 84.0, 0),
    ],
)
def test_a_reason_is_confirmed_by_the_next_windows_cases_alone(reason, named, later, realised):
    rows = [check("2025-02", "D01", reason, named, 85.0, "listed"), check("2025-05", "D01", reason, later, 85.0)]
    rows += [check("2025-04", "D01", reason, named, 85.0), check("2025-05", "D02", reason, named, 85.0)]
    assert found(rows) == {"watch_list": [1, 95, realised]}


def test_who_has_no_later_cases_and_what_was_only_attention_is_no_claim():
    rows = [
        check("2025-02", "D01", "repeats", 9.0, 5.0, "listed"),
        check("2025-03", "D02", "repeats", 9.0, 5.0, "attention"),
        check("2025-06", "D02", "repeats", 9.0, 5.0),
    ]
    assert found(rows) == {}


@pytest.mark.parametrize(("later", "realised"), [(84.0, 100), (86.0, 0), (85.0, 0)])
def test_a_change_lasts_where_the_next_month_is_on_its_side_of_what_was_before(later, realised):
    fall = [change("2025-03", "yoy", 85, 80), change("2025-04", "mom", 80, later, is_within_noise=True)]
    assert found(trends=fall) == {"mover": [1, 95, realised]}
    back = change("2025-04", "mom", 84.5, (later + 85) / 2, is_within_noise=True)
    slight = [change("2025-03", "yoy", 85, 84.5), back]
    assert found(trends=slight) == {"mover": [1, 95, realised]}


def test_changes_within_noise_or_of_unknown_noise_and_of_years_are_no_claims():
    next_month = change("2025-04", "mom", 80, 84, is_within_noise=True)
    others = [
        change("2025-03", "mom", 85, 80, is_within_noise=True),
        change("2025-03", "yoy", 85, 80, noise=None),
        change("2025-03", "ytd", 85, 80),
        change("2025-03", "yoy", 85, 80, unit_id="D02"),
    ]
    assert found(trends=[next_month, *others]) == {}
