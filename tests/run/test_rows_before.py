"""How far back pages and papers look for late items is the policy's word, never a number of the code (S30)."""

from dataclasses import replace
from datetime import date

import pytest

from analysis.policy.book import Policy, load_policy
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.run.rows_before import _rows_before, adjusted_months

from ..conftest import ROOT

AS_OF = date(2026, 10, 31)


def asked_of(policy: Policy) -> dict[str, list[str]]:
    """Return table → the months that it is asked of."""
    asked = {}

    def tables_of(name, months):
        asked[name] = list(months)
        return TABLES[name].empty()

    _rows_before(policy, AS_OF, tables_of)
    return asked


@pytest.fixture
def october() -> Policy:
    return load_policy(ROOT).at("2026-10")


@pytest.mark.parametrize("months", [1, 12, 24, None])
def test_late_items_are_looked_for_as_far_back_as_a_rate_takes_cases_from(october, months):
    assert any(each.fill_months for each in october.indicators)
    changed = [each.model_copy(update={"fill_months": each.fill_months and months}) for each in october.indicators]
    asked = asked_of(replace(october, indicators=tuple(changed)))["ledger_items"]
    assert asked == month_range(shift("2026-10", -(months or 0)), "2026-10")


def test_visits_are_looked_for_as_far_back_as_a_months_score_counts_them_and_never_before_the_district(october):
    windows = [each.window_months["month"] for each in october.indicators if "month" in each.window_months]
    asked = asked_of(october)
    assert max(windows) > 1
    assert asked["measurements"] == month_range(shift("2026-10", 1 - max(windows)), "2026-09")
    assert asked["inspections"] == [*asked["measurements"], "2026-10"]
    started = replace(october, district=october.district.model_copy(update={"start": "2026-09"}))
    # Of the year so far: in which a loss came; of a year ago: what the year moved from.
    assert asked["indicator_scores"] == ["2025-10", *month_range("2026-01", "2026-09")]
    beside = asked_of(load_policy(ROOT).at("2026-01"))["indicator_scores"]
    assert beside == ["2025-01", "2025-12"]  # what the change is beside
    assert asked_of(started) == {
        "adjustments": ["2026-09", "2026-10"],
        "indicator_scores": ["2026-09"],
        "measurements": ["2026-09"],
        "inspections": ["2026-09", "2026-10"],
        "ledger_items": ["2026-09", "2026-10"],
    }


@pytest.mark.parametrize(
    ("period", "start", "months"),
    [
        ("2026-03", "2023-01", month_range("2025-01", "2026-03")),
        ("2026-01", "2023-01", month_range("2025-01", "2026-01")),  # what the changes are made of
        ("2026-03", "2026-02", ["2026-02", "2026-03"]),
        ("2026-02", "2026-02", ["2026-02"]),
    ],
)
def test_adjustments_are_those_of_the_year_so_far_and_of_last_year(period, start, months):
    assert adjusted_months(period, start) == months


def test_marks_before_are_of_months_and_of_the_year_to_date_a_year_ago(october):
    of = [("2025-10", "month"), ("2025-10", "ytd"), ("2026-09", "month"), ("2026-09", "ytd")]
    marks = (
        TABLES["indicator_scores"].empty().reindex(range(4)).assign(period=[p for p, _ in of], scope=[s for _, s in of])
    )
    found = _rows_before(october, AS_OF, lambda name, _: marks if name == "indicator_scores" else TABLES[name].empty())
    assert list(found["marks_before"][["period", "scope"]].itertuples(index=False, name=None)) == of[1:3]
