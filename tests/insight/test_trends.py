from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.insight.levels import PARTS
from analysis.insight.trends import build_trends, list_pairs, periods_needed
from analysis.policy.errors import DataError

from .conftest import certainty, score_months, starting


@pytest.fixture(scope="module")
def october(book, random_scores) -> dict[str, pd.DataFrame]:
    """The trends of a month with every basis, from random marks and two adjustments."""
    return build_trends(book, random_scores, "2026-10")


def row(table: pd.DataFrame, **wanted: str) -> pd.Series:
    found = table.query(" and ".join(f"{name} == {value!r}" for name, value in wanted.items()))
    assert len(found) == 1
    return found.iloc[0]


def test_a_month_reads_a_handful_of_months_however_long_the_history():
    assert periods_needed("2026-10", "2023-01") == ["2024-12", "2025-10", "2025-12", "2026-09", "2026-10"]
    assert periods_needed("2023-01", "2023-01") == ["2023-01"]
    assert periods_needed("2024-01", "2023-06") == ["2023-12", "2024-01"]


def test_the_year_that_december_finishes_is_compared_with_the_year_before():
    def annual(period: str) -> list[tuple[str, str]]:
        return [pair[2:] for pair in list_pairs(period, "2023-01") if pair.basis == "annual"]

    assert annual("2023-11") == []
    assert annual("2024-11") == [("", "2023-12")]
    assert annual("2024-12") == [("2023-12", "2024-12")]


def test_the_tenth_year_makes_no_more_comparisons_than_the_third():
    assert len(list_pairs("2032-10", "2023-01")) == len(list_pairs("2025-10", "2023-01")) == 4


def test_parts_add_up_to_the_published_change_in_every_row(october):
    trends = october["trends"]
    trends = trends[trends["change"].notna()]
    assert len(trends) > 200
    assert np.allclose(trends[list(PARTS)].sum(axis=1), trends["change"], rtol=0, atol=1e-9)
    assert np.allclose(trends["after"] - trends["before"], trends["change"], rtol=0, atol=1e-9)
    in_steps = trends[[*PARTS, "change"]] * 100
    assert np.allclose(in_steps, in_steps.round(), rtol=0, atol=1e-9)


def test_indicators_add_up_to_each_cause_of_the_total(october):
    keys = ["basis", "after_period", "unit_id"]
    causes = [part for part in PARTS if part != "composition"] + ["change"]
    by_unit = october["change_parts"].groupby(keys)[causes].sum()
    totals = october["trends"].query("level == 'total' and before_period != ''").set_index(keys)[causes]
    assert np.allclose(by_unit.reindex(totals.index).fillna(0), totals.fillna(0), rtol=0, atol=1e-9)


def test_means_are_those_of_the_published_totals(october):
    trends = october["trends"].query("basis == 'mom'")
    totals = trends.query("level == 'total'")
    assert row(trends, level="district").after == pytest.approx(totals["after"].mean(), abs=0.005)
    towns = totals[totals["unit_id"].str.startswith("T")]
    assert row(trends, level="group", level_id="town").before == pytest.approx(towns["before"].mean(), abs=0.005)


def test_adjustments_move_only_the_unit_that_got_them(october):
    totals = october["trends"].query("basis == 'mom' and level == 'total'").set_index("unit_id")
    assert totals["adjustments"].to_dict() == {unit: 2.0 if unit == "D01" else 0.0 for unit in totals.index}
    last_year = row(october["trends"], basis="yoy", level="total", unit_id="D02")
    assert last_year.adjustments == 1.5


def test_the_first_year_stands_alone(book, random_scores):
    trends = build_trends(book, random_scores, "2024-02")["trends"]
    alone = trends.query("basis == 'yoy'")
    assert (alone["before_period"] == "").all()
    assert alone[["before", "change", "like_for_like_change", "rank_change", *PARTS]].isna().all(axis=None)
    assert alone.query("level == 'total'")["after"].notna().all()
    assert (trends.query("basis == 'mom'")["before_period"] == "2024-01").all()
    assert trends.query("basis == 'annual'").empty


def test_a_merged_unit_ends_and_its_leaving_is_composition(book):
    def points(period: str, unit_id: str, indicator_id: str) -> float:
        return 60.0 if unit_id == "D68" else 80.0

    late = starting(book, "2024-06")
    scores = score_months(late, ["2024-06", "2024-07"], points)
    trends = build_trends(late, scores, "2024-07")["trends"].query("basis == 'mom'")
    assert "D68" not in set(trends["unit_id"])
    district = row(trends, level="district")
    assert district.change == district.composition > 0
    assert district.performance == 0
    assert not district.is_rule_changed
    assert district.like_for_like_change == 0


def test_a_weight_change_is_marked_and_has_a_like_for_like_figure(book):
    def points(period: str, unit_id: str, indicator_id: str) -> float:
        return 60.0 if indicator_id.startswith("common-0") else 90.0

    late = starting(book, "2026-04")
    scores = score_months(late, ["2026-04", "2026-05"], points)
    trends = build_trends(late, scores, "2026-05")["trends"].query("basis == 'mom' and level == 'total'")
    moved = row(trends, unit_id="D45")
    assert moved.is_rule_changed
    assert moved.change == moved.weights < 0
    assert moved.like_for_like_change == 0
    assert moved.like_for_like_before == moved.after
    others = trends[trends["unit_id"] != "D45"]
    assert not others["is_rule_changed"].any()
    assert (others["change"] == 0).all()


def test_a_rank_that_gets_better_has_a_positive_change(october):
    totals = october["trends"].query("level == 'total' and before_period != ''")
    assert (totals["rank_before"] - totals["rank_after"]).equals(totals["rank_change"])
    best = totals.query("basis == 'mom'").nlargest(1, "rank_change").iloc[0]
    assert best.rank_after < best.rank_before


def test_a_change_within_noise_is_said_to_be_so(book, october, random_scores):
    noise = certainty(["D01", "D02"], points=[100.0, 1e-9])
    trends = build_trends(book, random_scores, "2026-10", noise=noise)["trends"]
    marked = trends[trends["is_within_noise"]]
    assert set(marked["unit_id"]) == {"D01"}
    assert set(marked["basis"]) == {"mom", "yoy"}  # the year's rows are of another scope
    assert set(marked["level"]) == {"total"}
    assert not october["trends"]["is_within_noise"].any()


def test_the_order_of_rows_does_not_matter(book, october, random_scores):
    shuffled = {
        month: {name: table.sample(frac=1, random_state=7) for name, table in tables.items()}
        for month, tables in random_scores.items()
    }
    again = build_trends(book, shuffled, "2026-10")
    for name in october:
        pd.testing.assert_frame_equal(october[name], again[name])


def test_a_change_just_under_the_noise_is_within_it(book, october, random_scores):
    change = abs(row(october["trends"], basis="mom", level="total", unit_id="D01").like_for_like_change)
    for points, is_within in ((change + 0.005, True), (change - 0.005, False)):
        # A single unit is held to 5 % by itself: 1.96 standard deviations.
        noise = certainty(["D01"], points=points / NormalDist().inv_cdf(0.975) / 2**0.5)
        trends = build_trends(book, random_scores, "2026-10", noise=noise)["trends"]
        assert row(trends, basis="mom", level="total", unit_id="D01").noise_points == pytest.approx(points, rel=1e-4)
        assert row(trends, basis="mom", level="total", unit_id="D01").is_within_noise == is_within


def test_tables_that_disagree_are_refused(book, random_scores):
    units = random_scores["2024-01"]["unit_scores"]
    wrong: Mapping = {**random_scores["2024-01"], "unit_scores": units.assign(base=units["base"] - 0.001)}
    with pytest.raises(DataError, match="2024-01: D01 adds up to"):
        build_trends(book, {**random_scores, "2024-01": wrong}, "2024-02")


def test_a_month_without_scores_is_refused(book, random_scores):
    empty = {name: table.iloc[:0] for name, table in random_scores["2024-01"].items()}
    with pytest.raises(DataError, match="unit_scores of 2024-01: no rows"):
        build_trends(book, {**random_scores, "2024-01": empty}, "2024-02")


def test_an_indicator_under_another_method_is_another_indicator(book):
    """Its points before and after are no like with like: the change is indicator set, not performance."""
    old = next(i for i in book.indicators.indicators if i.id == "common-11")
    stricter = old.method.model_copy(update={"points_per_case": 40})
    dated = (
        old.model_copy(update={"to": "2024-01"}),
        old.model_copy(update={"from_": "2024-02", "method": stricter}),
    )
    rest = tuple(i for i in book.indicators.indicators if i.id != "common-11")
    changed = replace(book, indicators=book.indicators.model_copy(update={"indicators": (*rest, *dated)}))

    def cases(period: str, unit_id: str, indicator_id: str) -> float:
        points_per_case = 20 if period == "2024-01" else 40
        return 100.0 - points_per_case if indicator_id == "common-11" else 90.0

    scores = score_months(changed, ["2024-01", "2024-02"], cases)
    tables = build_trends(changed, scores, "2024-02")
    trends = tables["trends"].query("basis == 'mom' and level == 'total'")
    assert (trends["change"] < 0).all()
    assert (trends["indicator_set"] == trends["change"]).all()
    assert (trends["like_for_like_change"] == 0).all()
    assert set(tables["change_parts"]["indicator_id"]) == {"common-11"}
