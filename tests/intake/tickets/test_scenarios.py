"""The scenarios of `tests/scenarios/hotline.yml`: tickets as delivered → facts and problems."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

# Dates stay text, as an office writes them.
SCENARIOS = yaml.load((Path(__file__).parents[2] / "scenarios" / "hotline.yml").read_text("utf-8"), yaml.BaseLoader)


def as_text(value: object) -> str:
    if value is None or value is pd.NA:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(delivery, by_id, scenario):
    given = scenario["given"]
    intake = delivery.month(given["tickets"], given.get("transfers", []))

    tickets = by_id(intake)
    found = {
        id_: {
            key: as_text(tickets[id_][key].item() if hasattr(tickets[id_][key], "item") else tickets[id_][key])
            for key in columns
        }
        for id_, columns in scenario["expect"].items()
    }
    assert found == scenario["expect"]
    assert set(tickets) == set(scenario["expect"])
    at_cells = [f"{p.code} {p.cell}" for p in intake.problems if p.cell]
    assert sorted(at_cells) == sorted(scenario.get("problems", []))
    counts = intake.reconciliation
    assert (counts["n_read"] == counts["n_clean"] + counts["n_set_aside"] + counts["n_not_data"]).all()
