"""The scenarios of coverage (tests/scenarios/coverage.yml, S42)."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.action.coverage import list_coverage, plan_visits
from analysis.policy.tables import TABLES
from analysis.policy.workload import CoverageRules

from ..rows import table_of

SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "coverage.yml").read_text("utf-8"))
PERIOD = "2026-10"


def policy_of(book, start: str = "2023-01"):
    return replace(book, district=book.district.model_copy(update={"start": start})).at(PERIOD)


def visit(number: int, unit_id: str, day: str, **who: str) -> dict:
    told = {"inspectors": "", "assessor": ""} | who
    return {
        "visit_id": f"V{number}",
        "unit_id": unit_id,
        "date": day,
        "period": day[:7],
        "indicator_id": "common-05",
    } | told


def tables(scenario: dict) -> dict[str, pd.DataFrame]:
    visits = [visit(n, u, day, inspectors=who) for n, (u, day, who) in enumerate(scenario.get("visits", []))]
    visits += [visit(100 + n, u, day, assessor=who) for n, (u, day, who) in enumerate(scenario.get("assessments", []))]
    item = {"period": PERIOD, "state": "closed", "due": PERIOD + "-31"}
    items = [
        item | {"item_id": f"W{n}", "unit_id": unit_id, "found": day, "source": source}
        for n, (unit_id, day, source) in enumerate(scenario.get("items", []))
    ]
    score = {"period": PERIOD, "scope": "month", "channel": "daily", "score": 90}
    scores = [score | {"unit_id": unit_id} for unit_id in scenario.get("scores", [])]
    task = {"period": PERIOD, "role": "lead"}
    tasks = [task | {"measurement_id": unit_id, "unit_id": unit_id} for unit_id in scenario.get("tasks", [])]
    rows = {"inspections": visits, "ledger_items": items, "channel_scores": scores, "key_work": tasks}
    return {name: table_of(name, told) if told else TABLES[name].empty() for name, told in rows.items()}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(whole_book, scenario):
    policy = policy_of(whole_book, scenario.get("start", "2023-01"))
    found = list_coverage(tables(scenario), policy)
    assert len(found) == len(policy.units) * len(policy.workload.coverage.ways)
    rows = found.set_index(found["unit_id"] + "/" + found["way"]).astype(object)
    for key, expected in scenario.get("expect", {}).items():
        row = rows.loc[key]
        assert {name: None if pd.isna(row[name]) else row[name] for name in expected} == expected
    plan = plan_visits(found, policy).set_index("unit_id").to_dict("index")
    for unit_id, expected in scenario.get("expect_plan", {}).items():
        if expected is None:
            assert unit_id not in plan
        else:
            assert {name: plan[unit_id][name] for name in expected} == expected


def test_a_plan_counts_the_duties_of_a_unit_and_those_that_no_draw_gave(whole_book):
    policy = policy_of(whole_book)
    found = list_coverage(tables({}), policy)
    assert not plan_visits(found, policy, {("D55", "M028")})["n_duties"].any()  # its rules draw none
    drawing = replace(policy, draw=policy.draw.model_copy(update={"duties_per_visit": 2}))
    plan = plan_visits(found, drawing, {("D55", "M028"), ("D55", "M999"), ("D22", "M028")}).set_index("unit_id")
    own = sum("D55" in (m.lead, *m.co_operating) for m in policy.matters)
    assert tuple(plan.loc["D55", ["n_duties", "n_duties_unseen"]]) == (own, own - 1)


def test_without_ways_nothing_is_said_of_coverage(whole_book):
    policy = policy_of(whole_book)
    bare = replace(policy, workload=policy.workload.model_copy(update={"coverage": CoverageRules()}))
    found = list_coverage(tables({}), bare)
    assert found.empty
    assert plan_visits(found, bare).empty


def test_where_no_way_is_a_visit_nobody_is_unseen(whole_book):
    policy = policy_of(whole_book)
    rules = policy.workload.coverage
    unvisited = rules.model_copy(update={"ways": tuple(way for way in rules.ways if not way.is_visit)})
    bare = replace(policy, workload=policy.workload.model_copy(update={"coverage": unvisited}))
    found = list_coverage(tables({}), bare)
    assert found["is_overdue"].all() and not found["is_unseen"].any()
