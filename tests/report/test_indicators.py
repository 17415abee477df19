"""Over how many cases and months a rate goes, as pages and terminal tell it (S13, S30)."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.certainty import margins_of
from analysis.report.explain import explain_lines, explain_unit
from analysis.report.indicators import (
    case_words,
    change_table,
    loss_figure,
    loss_finding,
    loss_table,
    loss_title,
    method_words,
    rule_table,
    tell_worsened,
)

from ..rows import table_of
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
        ({"status": "ok", "n_cases": 10.0, "first_period": "2025-12"}, "合并近3个月，按最近10件计"),
        ({"status": "ok", "n_cases": 40.0, "first_period": "2026-02"}, ""),
        ({"status": "ok", "n_cases": 40.0, "first_period": "2026-01", "scope": "ytd"}, ""),
        ({"status": "too_few_cases", "n_cases": 3.0, "first_period": "2025-02"}, "近13个月仅3件，不足10件"),
        (
            {"status": "too_few_cases", "n_cases": 3.0, "first_period": "2026-01", "scope": "ytd"},
            "近2个月仅3件，不足10件",
        ),
        ({"status": "not_applicable", "n_cases": 0.0, "first_period": "2025-02"}, ""),
        (
            {"status": "ok", "n_cases": 10.0, "first_period": "2025-12", "credibility": 1 / 21},
            "合并近3个月，按最近10件计，连同此前12个月以内可计10件，不足30件，权重按5%计",
        ),
        (
            {"status": "ok", "n_cases": 20.0, "first_period": "2026-01", "scope": "ytd", "credibility": 11 / 21},
            "可计20件，不足30件，权重按52%计",
        ),
        (  # the rate goes over the ten nearest cases, its weight over the twelve that there are
            {"status": "ok", "n_cases": 10.0, "first_period": "2025-12", "credibility": 3 / 21},
            "合并近3个月，按最近10件计，连同此前12个月以内可计12件，不足30件，权重按14%计",
        ),
    ],
)
def test_a_rate_says_over_what_it_goes_where_that_is_not_its_own_month(told, words):
    assert case_words(SimpleNamespace(**{"scope": "month", **told}), RATE, "2026-02") == words


def test_few_callers_are_not_counted_out():
    row = SimpleNamespace(scope="month", status="too_few_cases", n_cases=3.0, first_period="2025-02", credibility=0.0)
    assert case_words(row, RATE, "2026-02", is_count_withheld=True) == "近13个月不足10件"


def test_the_table_of_indicators_counts_the_units_filled_up_and_those_with_too_few():
    summary = score(ROWS, MONTHS)["indicator_summary"].query("scope == 'month' and indicator_id == 'common-12'")
    assert summary[["n_units", "n_filled", "n_too_few"]].values.tolist() == [[1, 1, 1]]
    assert "件数不足" in loss_table(summary, BOOK.names)


def test_the_table_of_rules_says_the_fewest_cases_and_the_windows_of_visits():
    page = rule_table(POLICY, BOOK.names)
    assert "至少10件，不足10件的由近及远合并前12个月，可计件数不足30件的按件数减计权重" in page
    assert "至少10件，不足24件的由近及远合并前12个月，可计件数不足50件的按件数减计权重" in page
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
    assert "合并近2个月，按最近10件计" in lines
    assert "2026-01 V-1：70" in lines


def test_explain_shows_the_cases_of_a_predecessor_in_the_month_alone():
    months, units = ("2024-06", "2024-07"), ("D21", "D68")  # D68 is part of D21 from July on
    given = [("2024-06", "D68", [10, 20]), ("2024-07", "D21", [4, 4])]
    measured = pd.DataFrame([measurement(period, unit_id, RATE.id, counts) for period, unit_id, counts in given])
    row = {"scope": "month", "unit_id": "D21", "indicator_id": RATE.id, "channel": "daily", "first_period": months[0]}
    row["period"] = months[1]
    scores = pd.DataFrame([row | {"score": 70.0, "weight": 5.0, "status": "ok", "n_cases": 10.0, "credibility": 1.0}])
    tables = {"measurements": measured, "lineage": TABLES["lineage"].empty(), "indicator_scores": scores}
    channel = {"score": 70.0, "policy_weight": 20.0, "weight": 20.0, "scope": "month", "unit_id": "D21"}
    tables["channel_scores"] = pd.DataFrame([channel | {"channel": id_} for id_ in BOOK.names.channels])
    tables["unit_scores"] = score(ROWS, MONTHS)["unit_scores"].assign(unit_id="D21").head(1)
    tables["unit_scores"]["scope"] = "month"
    tree = explain_unit(tables, small(months[1], units), "D21", "month")
    assert values(tree, RATE.id) == list(months)


FELL = {
    "period": "2026-02", "indicator_id": "common-01", "n_months": 12, "mean_score": 84.0, "usual_score": 90.667,
    "change_points": -6.667, "spread_points": 1.497, "p_value": 0.0003, "q_value": 0.001, "has_worsened": True,
}  # fmt: skip
STAYED = {"indicator_id": "common-03", "change_points": 0.4, "p_value": 0.6, "q_value": 0.6, "has_worsened": False}


def changes(*rows: dict) -> pd.DataFrame:
    return table_of("indicator_changes", [FELL | row for row in rows])


def test_what_is_worse_than_its_own_past_is_told_with_figures_and_what_chance_brings():
    told = tell_worsened(changes({}, STAYED), BOOK.names, BOOK.trends)
    assert told == (
        f"与自身此前12个月相比，明显变差的指标有1项：{BOOK.names['common-01']}（全区平均84.00分，此前平均90.67分，"
        "下降6.67分，逐月波动1.50分）（共检验2项，列出的1项中仅凭偶然的预计不超过0.1项）。"
    )
    page = change_table(changes({}, STAYED), BOOK.names)
    assert page.index("明显变差") < page.index("未见变差")


def test_nothing_worse_and_too_few_months_are_said_plainly():
    quiet = tell_worsened(changes(STAYED), BOOK.names, BOOK.trends)
    assert quiet == "与自身此前12个月相比，没有指标明显变差（共检验1项）。"
    few = tell_worsened(TABLES["indicator_changes"].empty(), BOOK.names, BOOK.trends)
    assert few == "各项指标可比的月数不足6个，尚不能判断哪些比自身以往变差。"


def summary(*losses: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(losses, columns=["indicator_id", "lost_points"])


def test_on_a_phone_long_names_of_indicators_leave_room_and_each_has_its_bar():
    names = {f"i{n}": f"Indicator, per head of population {n}" for n in range(3)}
    table = summary(("i0", 9.0), ("i1", 8.0), ("i2", 7.0)).assign(mean_score=50.0)
    for width, is_whole in ((9.0, True), (3.4, False)):
        (axes,) = loss_figure(table, names, width).axes
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert len(labels) == len(axes.patches) == 3
        assert all((label in names.values()) == is_whole for label in labels)


def test_usual_losses_stand_apart_and_workload_is_told_as_relative():
    workload = next(i for i in POLICY.indicators if i.method.name == "workload")
    told = loss_finding(summary((workload.id, 1.9), ("common-01", 0.5)), POLICY)
    assert told.startswith(
        f"常见失分（多由指标的设置决定，各月大体相同，不表示本月变差）：{workload.name}（平均每单位失1.90分）、"
    )
    assert f"{workload.name}是相对指标：与同组中位数相比，中位单位按定义得80分" in told
    assert "相对指标" not in loss_finding(summary(("common-01", 0.5)), POLICY)


def test_the_title_of_losses_names_the_costliest_indicator_or_that_there_is_none():
    worst = summary(("common-01", 0.5), ("common-03", 1.25))
    assert loss_title(worst, POLICY.names) == f"失分最多的是{POLICY.names['common-03']}，平均每单位失1.25分"
    assert loss_title(worst.iloc[:0], POLICY.names) == "本月没有可评指标"


def test_workloads_method_says_what_the_median_unit_gets_by_definition():
    workload = next(i for i in POLICY.indicators if i.method.name == "workload")
    assert "中位单位按定义得80分" in method_words(workload.method)
    generous = workload.model_copy(update={"method": workload.method.model_copy(update={"cap": 0.8})})
    assert "中位单位按定义得100分" in method_words(generous.method)
