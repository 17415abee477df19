"""Causes of a change on hand-made scopes: a pure cause is found pure, and random ones add up (S25)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.insight.change import (
    _differs,
    _fill_weights,
    compare,
    evaluate,
    evaluate_like_for_like,
    find_rule_changes,
)
from analysis.insight.explain import explain_change
from analysis.insight.scope import Column, Scope
from analysis.insight.shapley import FACTORS
from analysis.policy.models import Rounding
from analysis.scoring.kernel import add_adjustments, aggregate
from analysis.scoring.rounding import publish
from analysis.scoring.weights import ScopeWeights

NAN = np.nan
ROUNDING = Rounding(decimals=2, quantum=1e-9, method="half_up")
COLUMNS = [
    Column("common-01", "daily", "common", ""),
    Column("common-02", "daily", "common", ""),
    Column("related-01", "key_work", "related", ""),
    Column("individual-01", "key_work", "individual", ""),
    Column("common-03", "info_system", "common", ""),
    Column("common-04", "random", "common", ""),
]
CHANNELS = ("daily", "key_work", "info_system", "random")
CHANNEL_OF = np.array([0, 0, 1, 1, 2, 3])


def make_scope(
    points, weights=1.0, channels=(20, 30, 30, 20), in_force=True, adjustment=0.0, columns=COLUMNS, credibility=None
) -> Scope:
    """A scope of as many units as `points` has rows, scored by the kernel."""
    points = np.atleast_2d(np.asarray(points, dtype=float))
    units = [f"U{number}" for number in range(len(points))]
    in_force = np.broadcast_to(in_force, points.shape)
    points = np.where(in_force, points, NAN)
    weights = np.where(in_force, np.broadcast_to(weights, points.shape), 0.0)
    # As the tables hold them: in % of the channel, so an added indicator lowers the share of the others.
    for inside in (channel == CHANNEL_OF for channel in range(4)):
        sums = weights[:, inside].sum(axis=1, keepdims=True)
        weights[:, inside] *= 100 / np.where(sums > 0, sums, 1)
    channels = np.broadcast_to(np.asarray(channels, dtype=float), (len(points), 4))
    ids = [column.indicator_id for column in columns]
    credibility = np.ones(points.shape) if credibility is None else credibility
    result = aggregate(points, weights * credibility, channels, CHANNEL_OF)
    bonus, deductions = (
        np.broadcast_to(np.maximum(sign * np.asarray(adjustment), 0.0), len(units)) for sign in (1, -1)
    )
    total = publish(add_adjustments(result.totals, bonus, deductions, 5), ROUNDING)
    frame = pd.DataFrame(
        {"base": result.totals, "bonus": bonus, "deductions": deductions, "total": total},
        index=pd.Index(units, name="unit_id"),
    )
    return Scope(
        period="2026-10",
        scope="month",
        unit_ids=units,
        weights=ScopeWeights(ids, list(CHANNELS), CHANNEL_OF, weights, channels),
        points=points,
        **dict.fromkeys(
            ("value", "numerator", "denominator", "standard", "n_measurements"), np.full(points.shape, NAN)
        ),
        first_period=np.full(points.shape, ""),
        status=np.full(points.shape, "ok", dtype=object),
        credibility=credibility,
        units=frame,
        columns=columns,
        weights_in_force=result.indicator_weights,
        channel_scores=result.channel_scores,
    )


def parts_of_total(before: Scope, after: Scope) -> dict[str, float]:
    by_level = explain_change(before, after, ROUNDING).by_level
    row = by_level[by_level["level"] == "total"].iloc[0]
    return {factor: row[factor] for factor in FACTORS if row[factor] != 0}


STEADY = [80, 90, 70, 85, 95, 60]


def test_an_unchanged_unit_has_no_parts():
    scope = make_scope(STEADY)
    assert parts_of_total(scope, scope) == {}
    assert explain_change(scope, scope, ROUNDING).by_indicator.empty
    assert not find_rule_changes(compare(scope, scope)).total.any()


def test_a_pure_weight_change_is_only_weights():
    parts = parts_of_total(make_scope(STEADY), make_scope(STEADY, channels=(20, 10, 50, 20)))
    assert parts == {"weights": pytest.approx(20 * (95 - 77.5) / 100)}


def without_random(scope: Scope) -> Scope:
    """The scope as its tables hold it in a month whose rules do not know the channel of the last column."""
    weights = scope.weights
    fewer = ScopeWeights(
        weights.indicator_ids[:5],
        list(CHANNELS[:3]),
        CHANNEL_OF[:5],
        weights.indicators[:, :5],
        weights.channels[:, :3],
    )
    parts = {name: getattr(scope, name)[:, :5] for name in ("points", "status", "credibility", "weights_in_force")}
    return replace(scope, weights=fewer, columns=scope.columns[:5], channel_scores=scope.channel_scores[:, :3], **parts)


def test_a_channel_that_the_rules_add_weighs_nothing_before():
    before = without_random(make_scope([*STEADY[:5], NAN], channels=(30, 35, 35, 0)))
    after = make_scope(STEADY)
    pair = compare(before, after)
    assert pair.channel_ids == list(CHANNELS)
    assert pair.channel_weights[:, 0].tolist() == [[30, 35, 35, 0], [20, 30, 30, 20]]
    rows = explain_change(before, after, ROUNDING).by_level.set_index("level_id")
    assert rows.loc["random", "is_rule_changed"]


def test_a_pure_weight_change_within_a_channel_is_only_weights():
    after = make_scope(STEADY, weights=[3, 1, 1, 1, 1, 1])
    assert set(parts_of_total(make_scope(STEADY), after)) == {"weights"}
    rules = find_rule_changes(compare(make_scope(STEADY), after))
    assert rules.channels.tolist() == [[True, False, False, False]]


def test_a_channel_without_data_is_only_coverage():
    parts = parts_of_total(make_scope(STEADY), make_scope([*STEADY[:5], NAN]))
    assert set(parts) == {"coverage"}
    assert parts["coverage"] > 0


def test_a_rate_that_gains_weight_with_its_cases_is_only_coverage():
    few = np.array([[0.25, 1, 1, 1, 1, 1]])
    before = make_scope(STEADY, credibility=few)
    parts = parts_of_total(before, make_scope(STEADY))
    # daily: (0.25 · 80 + 90) / 1.25 = 88, then 85
    assert parts == {"coverage": pytest.approx(20 * (85 - 88) / 100)}
    pair = compare(before, make_scope(STEADY))
    assert not find_rule_changes(pair).total.any()
    like = evaluate_like_for_like(pair).totals
    assert like[1] - like[0] == pytest.approx(parts["coverage"])


def test_a_rate_that_was_not_there_has_no_credibility_of_its_own_in_any_mixture():
    few = np.array([[0.25, 1, 1, 1, 1, 1]])
    dropped = make_scope([NAN, *STEADY[1:]], in_force=[[False, True, True, True, True, True]])
    assert compare(dropped, make_scope(STEADY, credibility=few)).credibility[:, 0, 0].tolist() == [0.25, 0.25]
    lacking = make_scope([NAN, *STEADY[1:]])
    assert compare(lacking, make_scope(STEADY, credibility=few)).credibility[:, 0, 0].tolist() == [0.25, 0.25]


def test_an_added_indicator_is_only_indicator_set():
    fewer = make_scope(STEADY, in_force=[[True, False, True, True, True, True]])
    assert parts_of_total(fewer, make_scope(STEADY)) == {"indicator_set": pytest.approx(20 * 5 / 100)}


def test_an_added_indicator_is_only_indicator_set_however_little_the_others_weigh():
    fewer = make_scope(STEADY, in_force=[[True, False, True, True, True, True]])
    assert set(parts_of_total(fewer, make_scope(STEADY, weights=[1, 199, 1, 1, 1, 1]))) == {"indicator_set"}


def test_an_added_indicator_under_other_shares_is_also_weights():
    fewer = make_scope(STEADY, in_force=[[True, True, True, False, True, True]])
    assert set(parts_of_total(fewer, make_scope(STEADY, weights=[3, 1, 1, 1, 1, 1]))) == {"weights", "indicator_set"}


def test_a_bonus_is_only_adjustments():
    assert parts_of_total(make_scope(STEADY), make_scope(STEADY, adjustment=2)) == {"adjustments": 2}


@pytest.mark.parametrize(("mark", "adjustment", "brought"), [(98, 5, 2), (2, -60, -2)])
def test_what_is_cut_at_0_and_100_is_no_adjustment(mark, adjustment, brought):
    before, after = make_scope([mark] * 6), make_scope([mark] * 6, adjustment=adjustment)
    assert parts_of_total(before, after) == {"adjustments": brought}
    rows = explain_change(before, after, ROUNDING).by_indicator
    assert rows[["indicator_id", "adjustments", "change"]].to_numpy().tolist() == [["", brought, brought]]


def test_better_marks_are_only_performance():
    assert parts_of_total(make_scope(STEADY), make_scope([*STEADY[:5], 70])) == {"performance": 2}


def test_like_for_like_takes_out_what_the_rules_changed_and_nothing_else():
    before = make_scope(STEADY, in_force=[[True, False, True, True, True, True]], adjustment=1)
    after = make_scope([80, 99, 70, 85, 95, 70], channels=(20, 10, 50, 20))
    like = evaluate_like_for_like(compare(before, after)).totals
    shared = make_scope([80, NAN, 70, 85, 95, 60], channels=(20, 10, 50, 20), adjustment=1)
    assert like[0] == pytest.approx(shared.units["total"].to_numpy(), abs=0.005)
    assert like[1] - like[0] == pytest.approx(20 * 10 / 100 - 1)


def test_weight_moved_to_a_column_helps_only_where_the_unit_is_better_than_itself():
    moved = explain_change(make_scope(STEADY), make_scope(STEADY, channels=(20, 10, 50, 20)), ROUNDING).by_indicator
    weights = moved.set_index("indicator_id")["weights"]
    assert weights["common-03"] > 0  # 95, far above the unit's mean, gets 20 points of weight more
    assert weights["related-01"] > 0  # 70, below it, loses weight
    assert weights.sum() == pytest.approx(3.5)


def test_contributions_are_told_against_the_mean_of_the_totals_before_and_after():
    before, after = make_scope(STEADY), make_scope(STEADY, channels=(20, 10, 50, 20))  # totals 80.75 and 84.25
    pair = compare(before, after)
    order = [COLUMNS.index(column) for column in pair.columns]
    ends = evaluate(pair).contributions[[0, -1], 0, :-1]
    level = (before.units["base"].iloc[0] + after.units["base"].iloc[0]) / 2
    for scope, brought in zip((before, after), ends, strict=True):
        assert brought == pytest.approx((scope.weights_in_force[0] * (np.array(STEADY) - level) / 100)[order])


@pytest.mark.parametrize(("difference", "is_changed"), [(4e-10, False), (1e-8, True)])
def test_weights_that_differ_by_less_than_the_tables_hold_are_equal(difference, is_changed):
    steady = make_scope(STEADY)
    channels = make_scope(STEADY, channels=(20 - difference, 30 + difference, 30, 20))
    assert find_rule_changes(compare(steady, channels)).total.tolist() == [is_changed]
    shares = make_scope(STEADY, weights=[1 + difference / 25, 1, 1, 1, 1, 1])  # of 50 % by as much
    rules = find_rule_changes(compare(steady, shares))
    assert (rules.total.tolist(), rules.channels[:, 0].tolist()) == ([is_changed], [is_changed])


def test_a_family_is_changed_by_what_its_indicators_weigh_in_the_total():
    families = ("common", "related", "related", "individual", "common", "individual")
    columns = [column._replace(family=family) for column, family in zip(COLUMNS, families, strict=True)]
    # Common: half of daily and all of the information system, 10 to 30 points; then three quarters of 30, 22.5 to 30.
    before = make_scope(STEADY, columns=columns)
    after = make_scope(STEADY, weights=[3, 1, 1, 1, 1, 1], channels=(30, 20, 30, 20), columns=columns)
    assert find_rule_changes(compare(before, after)).families.tolist() == [[True, True, True]]
    # Twice the weight of daily, half of it common: the family weighs 10 to 30 as before.
    same = make_scope(STEADY, weights=[1, 3, 1, 1, 1, 1], channels=(40, 10, 30, 20), columns=columns)
    assert find_rule_changes(compare(before, same)).families.tolist() == [[False, True, True]]


marks = st.one_of(st.just(NAN), st.floats(0, 100).map(lambda value: round(value, 1)))
shares = st.sampled_from([1.0, 2.0, 5.0])


@st.composite
def scopes(draw) -> Scope:
    rows = draw(st.lists(st.lists(marks, min_size=6, max_size=6), min_size=3, max_size=3))
    in_force = draw(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=3, max_size=3))
    channels = draw(st.sampled_from([(20, 30, 30, 20), (30, 25, 25, 20), (20, 10, 50, 20), (0, 40, 40, 20)]))
    weights = draw(st.lists(shares, min_size=6, max_size=6))
    adjustment = draw(st.lists(st.sampled_from([0.0, 5.0, -3.0, -60.0]), min_size=3, max_size=3))
    return make_scope(rows, weights, channels, in_force, np.array(adjustment))


@settings(max_examples=60)
@given(scopes(), scopes())
def test_parts_add_up_to_the_published_change_of_any_units(before, after):
    why = explain_change(before, after, ROUNDING)
    totals = why.by_level[why.by_level["level"] == "total"].set_index("unit_id")[list(FACTORS)]
    change = (after.units["total"] - before.units["total"]).round(2)
    found = totals.sum(axis=1, skipna=False)
    assert np.allclose(found, change.reindex(found.index), rtol=0, atol=1e-9, equal_nan=True)
    by_unit = why.by_indicator.groupby("unit_id")["change"].sum().reindex(found.index).fillna(0)
    assert np.allclose(by_unit, found.fillna(0), rtol=0, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(scopes(), scopes())
def test_the_way_back_has_the_same_parts_with_the_other_sign(before, after):
    there, back = evaluate(compare(before, after)), evaluate(compare(after, before))
    assert np.allclose(there.totals, back.totals[::-1], rtol=0, atol=1e-9, equal_nan=True)
    assert np.allclose(there.channels, back.channels[::-1], rtol=0, atol=1e-9, equal_nan=True)


def test_a_changed_rule_makes_another_indicator():
    renewed = [replace_rule(COLUMNS[0]), *COLUMNS[1:]]
    before, after = make_scope(STEADY), replace(make_scope([60, *STEADY[1:]]), columns=renewed)
    assert set(parts_of_total(before, after)) == {"indicator_set"}
    assert find_rule_changes(compare(before, after)).families.tolist() == [[True, False, False]]


def replace_rule(column: Column) -> Column:
    return column._replace(rule="stricter")


def test_shares_of_weights_differ_however_little_they_weigh_together():
    little = np.array([[[0.3, 0.2]], [[0.1, 0.4]]])
    assert _differs(little).tolist() == _differs(100 * little).tolist() == [True]
    assert _differs(little[[0, 0]]).tolist() == [False]


def test_weights_of_other_indicators_are_filled_in_by_what_the_shared_ones_weigh():
    """First channel: 40 is shared and weighs 80 after, so the dropped 60 weighs 120 and the added 20 weighs 10."""
    weights = np.array([[[40.0, 60, 0, 100, 0]], [[80.0, 0, 20, 0, 100]]])
    filled = _fill_weights(weights, weights > 0, np.array([0, 0, 0, 1, 1]))
    # Of the second channel nothing is shared: what the other month has weighs as it does there.
    assert filled.tolist() == [[[40, 60, 10, 100, 100]], [[80, 120, 20, 100, 100]]]


def test_like_for_like_contributions_are_told_against_the_mean_of_both_too():
    like = evaluate_like_for_like(compare(make_scope(STEADY), make_scope([*STEADY[:5], 70], channels=(20, 10, 50, 20))))
    assert like.contributions.sum(axis=-1) == pytest.approx(like.totals - like.totals.mean(axis=0))


def test_what_is_not_in_force_in_both_gives_its_parents_others_nothing(monkeypatch):
    """Of three in a channel the first ends: its sister under the same parent and the third keep equal weights."""
    monkeypatch.setitem(globals(), "CHANNEL_OF", np.array([0, 0, 0, 1, 2, 3]))
    parents = {"common-01": "p", "common-02": "p", "common-05": ""}
    daily = [Column(name, "daily", "common", "", parent) for name, parent in parents.items()]
    columns = [*daily, *COLUMNS[3:]]
    points = [90, 100, 0, 80, 80, 80]
    before = make_scope(points, columns=columns)
    after = make_scope(points, columns=columns, in_force=[False, True, True, True, True, True])
    assert evaluate_like_for_like(compare(before, after)).channels[:, 0, 0].tolist() == [50, 50]
