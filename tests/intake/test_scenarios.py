"""The scenarios of `tests/scenarios/intake.yml`: what deliveries give, by rule."""

import math
from pathlib import Path

import pytest
import yaml

SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "intake.yml").read_text("utf-8"))


def outcome(row) -> object:
    if row.status != "ok":
        return row.status
    return row.value if math.isnan(row.denominator) else [row.numerator, row.denominator]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(district, scenario):
    for file, rows in scenario["given"].items():
        district.write(file, rows)
    clean = district.clean()

    found: dict[str, list] = {}
    for row in clean.tables["measurements"].itertuples():
        found.setdefault(f"{row.unit_id}/{row.indicator_id}", []).append(outcome(row))
    # Several tasks or visits are listed inside of a list; a pair alone is numerator and denominator.
    expected = {
        key: value[0] if isinstance(value, list) and isinstance(value[0], list) else [value]
        for key, value in scenario["measurements"].items()
    }
    assert {key: found[key] for key in expected} == expected

    if "items" in scenario:
        items = clean.tables["measurements"].groupby(["unit_id", "indicator_id"])["item_id"].agg(list)
        assert {key: items[tuple(key.split("/"))] for key in scenario["items"]} == scenario["items"]
        visits = clean.tables["inspections"]
        assert dict(zip(visits["visit_id"], visits["assessor"], strict=True)) == scenario["assessors"]

    if "counts" in scenario:
        rows = clean.tables["unit_counts"].itertuples()
        assert {f"{r.unit_id}/{r.field}": None if math.isnan(r.amount) else r.amount for r in rows} == scenario[
            "counts"
        ]

    at_cells = clean.problems[clean.problems["cell"] != ""]
    assert sorted(at_cells["code"] + " " + at_cells["cell"]) == sorted(scenario["problems"])
    counts = clean.tables["reconciliation"]
    assert (counts["n_read"] == counts["n_clean"] + counts["n_set_aside"] + counts["n_not_data"]).all()
