"""The scenarios of changes and their causes (tests/scenarios/trends.yml)."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from analysis.insight.explain import explain_change
from analysis.insight.shapley import FACTORS

from .test_change import ROUNDING, make_scope

SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "trends.yml").read_text(encoding="utf-8"))
MARKS = {"a": 80, "b": 90, "c": 70, "d": 85, "e": 95, "f": 60}


def scope_of(given: dict):
    marks = list((MARKS | given.get("marks", {})).values())
    points = [np.nan if mark in ("none", "out") else mark for mark in marks]
    in_force = [[mark != "out" for mark in marks]]
    channels = given.get("weights", (20, 30, 30, 20))
    return make_scope(points, channels=channels, in_force=in_force, adjustment=given.get("adjustment", 0.0))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(scenario):
    before, after = (scope_of(scenario["given"].get(side, {})) for side in ("before", "after"))
    expect = scenario["expect"]
    rows = explain_change(before, after, ROUNDING).by_level
    row = rows[rows["level"] == "total"].iloc[0]
    assert before.units["total"].iloc[0] == expect["before"]
    assert after.units["total"].iloc[0] == expect["after"]
    assert {part: row[part] for part in FACTORS if row[part] != 0} == pytest.approx(expect["parts"], abs=1e-9)
    assert row["is_rule_changed"] == ("like_for_like" in expect)
    found = [row["like_for_like_before"], row["like_for_like_after"]]
    wanted = expect.get("like_for_like", [expect["before"], expect["after"]])
    assert found == pytest.approx([np.nan if value is None else value for value in wanted], nan_ok=True)
