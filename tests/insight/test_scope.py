"""A published scope read back from its tables: what is meant for whom, and the scores of families (S10, S11)."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.insight.scope import Column, read_scope, score_families

NAN = np.nan
COLUMNS = [
    Column("b-1", "daily", "related", ""),
    Column("a-1", "daily", "common", ""),
    Column("a-2", "x", "common", ""),
]


def test_the_score_of_a_family_is_the_mean_of_its_indicators_under_their_weights_in_the_total():
    weights = np.array([[20.0, 20, 60], [50, 0, 50], [0, 40, 60]])
    points = np.array([[70.0, 100, 80], [70, NAN, 80], [NAN, 100, 80]])
    found = score_families(weights, points, COLUMNS)
    np.testing.assert_allclose(found, [[85, 70], [80, 70], [88, NAN]])  # common, related
    little = score_families(np.array([[0.5, 30, 69.5]]), points[:1], COLUMNS)
    assert little[0, 1] == pytest.approx(70)


def test_what_is_not_meant_for_a_unit_weighs_nothing_there(book, random_scores):
    tables = dict(random_scores["2024-01"])
    rows = tables["indicator_scores"]
    is_left_out = (rows["unit_id"] == "D01") & (rows["indicator_id"] == "common-01")
    whole = read_scope(book, tables, "2024-01", "month")
    part = read_scope(book, tables | {"indicator_scores": rows[~is_left_out]}, "2024-01", "month")
    unit, place = whole.unit_ids.index("D01"), whole.weights.indicator_ids.index("common-01")
    assert whole.weights.indicators[unit, place] > 0
    assert (part.weights.indicators[unit, place], part.weights_in_force[unit, place]) == (0, 0)
    others = np.delete(np.arange(len(whole.unit_ids)), unit)
    np.testing.assert_array_equal(part.weights.indicators[others], whole.weights.indicators[others])
    inside = whole.weights.channel_of == whole.weights.channel_of[place]
    assert whole.weights.indicators[unit, inside].sum() == pytest.approx(100)


def test_in_a_month_that_was_published_without_credibility_every_weight_is_whole(book, random_scores):
    tables = dict(random_scores["2024-01"])
    known = read_scope(book, tables, "2024-01", "month").credibility
    older = tables | {"indicator_scores": tables["indicator_scores"].drop(columns="credibility")}
    assert (read_scope(book, older, "2024-01", "month").credibility == 1).all()
    assert (known < 1).any()


def test_in_a_channel_that_weighs_nothing_its_indicators_count_the_same(book, random_scores):
    tables = {name: table.copy() for name, table in random_scores["2024-01"].items() if "policy_weight" in table}
    for table in tables.values():
        table.loc[table["channel"] == "random", "policy_weight"] = 0.0
    scope = read_scope(book, dict(random_scores["2024-01"]) | tables, "2024-01", "month")
    inside = scope.weights.channel_of == scope.weights.channel_ids.index("random")
    assert set(scope.weights.indicators[:, inside].ravel()) == {1.0}
    assert scope.in_force[:, inside].all()


def test_a_rule_that_changed_within_the_year_is_told_with_both_of_its_texts(book, random_scores):
    first, *others = book.indicators.indicators
    old = first.model_copy(update={"to": "2024-01"})
    new = first.model_copy(update={"from_": "2024-02", "direction": "changed"})
    changed = replace(book, indicators=book.indicators.model_copy(update={"indicators": [old, new, *others]}))
    read = read_scope(changed, random_scores["2024-02"], "2024-02", "ytd")
    (told,) = [column.rule for column in read.columns if column.indicator_id == first.id]
    assert told == "; ".join(
        f"{first.channel} {way} {first.method.model_dump_json()}" for way in (first.direction, "changed")
    )
