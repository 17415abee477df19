"""Over how many cases and months a rate goes, as pages and terminal tell it (S13, S30)."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.certainty import margins_of
from analysis.report.explain import explain_lines, explain_unit
from analysis.report.indicators import case_words, loss_table, rule_table

from ..scoring.test_score_tables import complete, measurement, score, small

BOOK = load_policy(Path(__file__).resolve().parents[2])
POLICY = BOOK.at("2026-02")
RATE = POLICY.indicator_by_id["common-12"]
MONTHS = ["2025-12", "2026-01", "2026-02"]
ROWS = [
    ["2026-01", "D01", "common-12", [20, 40]],
    ["2026-02", "D01", "common-12", [9, 9]],
    ["2026-02", "D01", "common-01", 90],
    ["2026-01", "D01", "common-06", [5, 10]],
    ["2026-02", "D01", "common-06", [9, 10]],
    ["2026-02", "D02", "common-12", [2, 3]],
    ["2026-01", "D01", "common-05", 70, "V-1"],
]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"status": "ok", "n_cases": 10.0, "first_period": "2025-12"}, "合并近3个月共10件"),
        ({"status": "ok", "n_cases": 40.0, "first_period": "2026-02"}, ""),
        ({"status": "ok", "n_cases": 40.0, "first_period": "2026-01", "scope": "ytd"}, ""),
        ({"status": "too_few_cases", "n_cases": 3.0, "first_period": "2025-02"}, "近13个月仅3件，不足10件"),
        (
            {"status": "too_few_cases", "n_cases": 3.0, "first_period": "2026-01", "scope": "ytd"},
            "近2个月仅3件，不足10件",
        ),
        ({"status": "not_applicable", "n_cases": 0.0, "first_period": "2025-02"}, ""),
    ],
)
def test_a_rate_says_over_what_it_goes_where_that_is_not_its_own_month(told, words):
    assert case_words(SimpleNamespace(**{"scope": "month", **told}), RATE, "2026-02") == words


def test_few_callers_are_not_counted_out():
    row = SimpleNamespace(scope="month", status="too_few_cases", n_cases=3.0, first_period="2025-02")
    assert case_words(row, RATE, "2026-02", is_count_withheld=True) == "近13个月不足10件"


def test_the_table_of_indicators_counts_the_units_filled_up_and_those_with_too_few():
    summary = score(ROWS, MONTHS)["indicator_summary"].query("scope == 'month' and indicator_id == 'common-12'")
    assert summary[["n_units", "n_filled", "n_too_few"]].values.tolist() == [[1, 1, 1]]
    assert "件数不足" in loss_table(summary, BOOK.names)


def test_the_table_of_rules_says_the_fewest_cases_and_the_windows_of_visits():
    page = rule_table(POLICY, BOOK.names)
    assert "至少10件，不足10件的由近及远合并前12个月" in page
    assert "至少10件，不足18件的由近及远合并前12个月" in page
    assert "近12个月抽查平均，年度近24个月" in page


@pytest.fixture(scope="module")
def told():
    tables = score(ROWS, MONTHS) | {"measurements": complete(ROWS, MONTHS), "lineage": TABLES["lineage"].empty()}
    tree = explain_unit(tables, small("2026-02"), "D01", "month")
    return tree | {"margins": margins_of(None, "2026-02", "month", 10)}


def values(told, indicator_id):
    found = [i for channel in told["channels"] for i in channel["indicators"] if i["indicator"] == indicator_id]
    return [value["period"] for value in found[0]["values"] if value["status"] == "ok"]


def test_explain_shows_every_month_that_a_score_rests_on_and_no_other(told):
    assert values(told, "common-12") == ["2026-01", "2026-02"]
    assert values(told, "common-05") == ["2026-01"]
    assert values(told, "common-06") == ["2026-02"]


def test_explain_says_over_how_many_cases_and_months(told):
    lines = "\n".join(explain_lines(told, POLICY.grading, BOOK.names))
    assert "合并近2个月共10件" in lines
    assert "2026-01 V-1：70" in lines


def test_explain_shows_the_cases_of_a_predecessor_in_the_month_alone():
    months, units = ("2024-06", "2024-07"), ("D21", "D68")  # D68 is part of D21 from July on
    given = [("2024-06", "D68", [10, 20]), ("2024-07", "D21", [4, 4])]
    measured = pd.DataFrame([measurement(period, unit_id, RATE.id, counts) for period, unit_id, counts in given])
    row = {"scope": "month", "unit_id": "D21", "indicator_id": RATE.id, "channel": "daily", "first_period": months[0]}
    scores = pd.DataFrame([row | {"score": 70.0, "weight": 5.0, "status": "ok", "n_cases": 10.0}])
    tables = {"measurements": measured, "lineage": TABLES["lineage"].empty(), "indicator_scores": scores}
    channel = {"score": 70.0, "policy_weight": 20.0, "weight": 20.0, "scope": "month", "unit_id": "D21"}
    tables["channel_scores"] = pd.DataFrame([channel | {"channel": id_} for id_ in BOOK.names.channels])
    tables["unit_scores"] = score(ROWS, MONTHS)["unit_scores"].assign(unit_id="D21").head(1)
    tables["unit_scores"]["scope"] = "month"
    tree = explain_unit(tables, small(months[1], units), "D21", "month")
    assert values(tree, RATE.id) == list(months)
