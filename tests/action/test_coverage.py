"""The scenarios of coverage (tests/scenarios/coverage.yml, S42)."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.action.coverage import list_coverage, plan_visits
from analysis.policy.workload import CoverageRules

from ..rows import table_of

SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "coverage.yml").read_text("utf-8"))
PERIOD = "2026-10"


def policy_of(book, start: str = "2023-01"):
    return replace(book, district=book.district.model_copy(update={"start": start})).at(PERIOD)


def tables(scenario: dict) -> dict[str, pd.DataFrame]:
    visits = [
        {
            "visit_id": f"V{n}",
            "unit_id": unit,
            "date": day,
            "inspectors": who,
            "period": day[:7],
            "indicator_id": "common-05",
        }
        for n, (unit, day, who) in enumerate(scenario.get("visits", []))
    ]
    items = [
        {
            "item_id": f"W{n}",
            "unit_id": unit,
            "found": day,
            "due": day,
            "source": source,
            "period": PERIOD,
            "state": "closed",
        }
        for n, (unit, day, source) in enumerate(scenario.get("items", []))
    ]
    scores = [
        {"period": PERIOD, "scope": "month", "unit_id": unit, "channel": "daily", "score": 90}
        for unit in scenario.get("scores", [])
    ]
    tasks = [
        {"measurement_id": f"{n}", "period": PERIOD, "unit_id": unit, "role": "lead"}
        for n, unit in enumerate(scenario.get("tasks", []))
    ]
    rows = {"inspections": visits, "ledger_items": items, "channel_scores": scores, "key_work": tasks}
    return {name: table_of(name, told) if told else pd.DataFrame(columns=COLUMNS[name]) for name, told in rows.items()}


COLUMNS = {
    "inspections": ["visit_id", "unit_id", "date", "inspectors"],
    "ledger_items": ["item_id", "unit_id", "source", "found"],
    "channel_scores": ["period", "scope", "unit_id", "channel", "score"],
    "key_work": ["period", "unit_id"],
}


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


def test_without_ways_nothing_is_said_of_coverage(whole_book):
    policy = policy_of(whole_book)
    bare = replace(policy, workload=policy.workload.model_copy(update={"coverage": CoverageRules()}))
    found = list_coverage(tables({}), bare)
    assert found.empty
    assert plan_visits(found, bare).empty
