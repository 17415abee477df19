"""A level between indicators and channels: a missing mark's weight goes to its siblings first (S2, S11)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analysis.insight.change import check_reproduces, compare, evaluate
from analysis.insight.scope import read_scope
from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError
from analysis.policy.indicators import Indicators
from analysis.scoring.changes import Change
from analysis.scoring.grid import build_grid, score_measurements
from analysis.scoring.kernel import combine, give_to_siblings, score_totals
from analysis.scoring.score_tables import score_month, score_parents
from analysis.scoring.whatif import prepare, rescore, whatif

from ..conftest import copy_root
from . import frames

PARENTS = [
    {"id": "rules", "name": "规范运行", "channel": "daily", "weight": 3},
    {"id": "order", "name": "纪律秩序", "channel": "daily", "weight": 2},
    {"id": "system", "name": "系统填报", "channel": "info_system"},
]
PARENT_OF = {
    "common-01": "rules",
    "common-02": "rules",
    "common-03": "rules",
    "common-11": "order",
    "related-03": "order",
    "common-06": "system",
    "common-07": "system",
}


def with_parents(indicators):
    content = indicators.model_dump(by_alias=True)
    for entry in content["indicators"]:
        entry["parent"] = PARENT_OF.get(entry["id"])
    return Indicators.model_validate(content | {"parents": PARENTS})


BOOK = replace(frames.BOOK, indicators=with_parents(frames.BOOK.indicators))
POLICIES = {month: BOOK.at(month) for month in frames.MONTHS}


@given(st.integers(0, 2**32 - 1))
def test_weights_given_to_siblings_make_what_one_level_after_the_other_makes(seed):
    """Indicators to parents, parents to channels, channels to totals, each with what is missing left out."""
    rng = np.random.default_rng(seed)
    parent_of, channel_of_parent = np.array([0, 0, 1, 1, 1, 2, 3]), np.array([0, 0, 1, 1])
    points = np.where(rng.random((3, 5, 7)) < 0.35, np.nan, rng.uniform(0, 100, (3, 5, 7)))
    within, of_parents, channels = rng.uniform(1, 9, 7), rng.uniform(1, 9, 4), rng.uniform(1, 9, 2)
    parents, _ = combine(points, within, parent_of, 4)
    by_channel, _ = combine(parents, of_parents, channel_of_parent, 2)
    totals, _ = combine(by_channel, channels, np.zeros(2, dtype=int), 1)
    sums = np.bincount(parent_of, within)
    weights = within / sums[parent_of] * of_parents[parent_of]
    siblings = [np.flatnonzero(parent_of == parent) for parent in (0, 1)]
    given_on = give_to_siblings(weights, points, siblings)
    found = score_totals(points, given_on, channels, channel_of_parent[parent_of])
    np.testing.assert_allclose(found[0], by_channel, rtol=0, atol=1e-11)
    np.testing.assert_allclose(found[1], totals[..., 0], rtol=0, atol=1e-11)
    alone = [give_to_siblings(weights, one, siblings) for one in points]
    np.testing.assert_array_equal(given_on, np.array(alone))


def test_without_such_a_level_weights_stay_as_they_are():
    weights = np.array([1.0, 2.0])
    assert give_to_siblings(weights, np.array([[np.nan, 1.0]]), []) is weights


def test_parents_weigh_within_their_channel_and_indicators_within_their_parents():
    policy = POLICIES[frames.PERIOD]
    weights = policy.indicator_weights.loc["D01"]
    # Others stand in the channel themselves and weigh 1 each, beside 规范运行 (3) and 纪律秩序 (2).
    alone = {c: [i.id for i in policy.indicators if i.channel == c and not i.parent] for c in ("daily", "info_system")}
    daily, system = 5 + len(alone["daily"]), 1 + len(alone["info_system"])
    assert weights[["common-01", "common-02", "common-03"]].tolist() == pytest.approx([100 / daily] * 3)
    assert weights[["common-11", "related-03"]].tolist() == pytest.approx([100 / daily] * 2)
    assert weights[alone["daily"]].tolist() == pytest.approx([100 / daily] * len(alone["daily"]))
    assert weights[["common-06", "common-07"]].tolist() == pytest.approx([100 / system / 2] * 2)


def test_a_missing_mark_leaves_its_parents_weight_whole():
    measured = frames.measurements()
    gone = (measured["unit_id"] == "D01") & measured["indicator_id"].isin(["common-01", "common-02", "related-03"])
    measured.loc[gone, ["value", "status"]] = [np.nan, "not_applicable"]
    tables = score_month(POLICIES, measured, frames.adjustments(), frames.PERIOD)
    rows = tables["indicator_scores"].query("scope == 'month' and unit_id == 'D01' and channel == 'daily'")
    own = rows.set_index("indicator_id")
    found = score_parents(rows, POLICIES[frames.PERIOD]).set_index("parent")
    assert found.index.tolist() == ["rules", "order"]
    assert found["score"].tolist() == pytest.approx(own["score"][["common-03", "common-11"]].tolist())
    assert own.loc["common-03", "weight"] == pytest.approx(found.loc["rules", "weight"])
    assert found.loc["rules", "weight"] / found.loc["order", "weight"] == pytest.approx(3 / 2)


@pytest.mark.parametrize("scope", ["month", "ytd"])
def test_the_course_of_a_total_starts_and_ends_at_what_was_published(scope):
    measured = frames.measurements()
    gone = (measured["unit_id"] == "D01") & (measured["indicator_id"] == "common-01")
    measured.loc[gone & (measured["period"] == frames.PERIOD), ["value", "status"]] = [np.nan, "not_applicable"]
    scopes = []
    for month in frames.MONTHS:
        known = {period: policy for period, policy in POLICIES.items() if period <= month}
        tables = score_month(known, measured[measured["period"] <= month], frames.adjustments(), month)
        scopes.append(read_scope(BOOK, tables, month, scope))
    pair = compare(*scopes)
    check_reproduces(pair, evaluate(pair), *scopes)


def test_what_if_scores_as_a_whole_run_would():
    measured, change = frames.measurements(), Change("D01", "common-01", "value", None)
    quick = rescore(prepare(POLICIES, measured, frames.adjustments(), frames.PERIOD), [change])
    _, whole = whatif(POLICIES, measured, frames.adjustments(), frames.PERIOD, changes=[change], new_policies=POLICIES)
    keys = ["scope", "unit_id"]
    assert quick.sort_values(keys)["total"].tolist() == whole.sort_values(keys)["total"].tolist()


def test_leaving_an_indicator_out_gives_its_weight_to_its_siblings():
    grid = build_grid(POLICIES, score_measurements(frames.measurements(), POLICIES), frames.PERIOD, "month")
    points = np.repeat(grid.points[None], 2, axis=0)
    place, other = (grid.weights.indicator_ids.index(id_) for id_ in ("common-11", "related-03"))
    points[1, :, place] = np.nan
    weights = replace(grid, points=points).credible_weights
    np.testing.assert_allclose(weights[1, :, other], weights[0][:, [place, other]].sum(axis=1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c["indicators"][0].update(parent="pillar"), "common-01.parent: found 'pillar'; allowed: rules"),
        (lambda c: c["indicators"][0].update(parent="system"), "common-01.parent: found 'system'; allowed: rules"),
        (lambda c: c["parents"][0].update(channel="west"), "parents: rules.channel: found 'west'"),
        (lambda c: c["parents"][0].update(id="common"), "the id common stands under"),
        (lambda c: c["parents"][0].update(weight=0), "greater than 0"),
    ],
)
def test_parents_that_do_not_fit_are_refused(tmp_path, change, told):
    root = copy_root(tmp_path, [])
    path = Path(root) / "params" / "indicators.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["parents"] = [dict(PARENTS[0]), dict(PARENTS[2])]
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    with pytest.raises(PolicyError, match=told):
        load_policy(root)
