"""The scenarios of `tests/scenarios/watch_list.yml`: who is on the watch list, why, since when."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.action.watch_list import watch_units
from analysis.insight.proportions import wilson_interval
from analysis.policy.period import shift
from analysis.policy.tables import TABLES

SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "watch_list.yml").read_text("utf-8"))
USUAL = {
    "n_received": 50,
    "n_due": 50,
    "n_on_time": None,
    "n_valid_call_backs": 40,
    "n_satisfied": None,
    "n_repeats": 0,
    "n_attitude_complaints": 0,
}
UNITS = [*"ABC", *(f"N{n}" for n in range(9))]


def by_unit(period: str, said: dict) -> pd.DataFrame:
    rows = []
    for unit in UNITS:
        row = USUAL | said.get(unit, {})
        row["n_on_time"] = row["n_due"] if row["n_on_time"] is None else row["n_on_time"]
        row["n_satisfied"] = row["n_valid_call_backs"] if row["n_satisfied"] is None else row["n_satisfied"]
        row["repeat_pct"] = 100 * row["n_repeats"] / row["n_received"]
        rows.append({"period": period, "unit_id": unit, "is_small": row["n_due"] < 20} | row)
    return pd.DataFrame(rows)


def scores(bottom: list[list[str]]) -> pd.DataFrame:
    rows = [
        {
            "period": shift("2026-01", n),
            "scope": scope,
            "unit_id": unit,
            "is_bottom_five": unit in listed and scope == "month",
        }
        for n, listed in enumerate(bottom)
        for unit in UNITS
        for scope in ("month", "ytd")
    ]
    return pd.DataFrame(rows, columns=["period", "scope", "unit_id", "is_bottom_five"])


def run(whole_book, months: list[dict], bottom: list[list[str]]) -> pd.DataFrame:
    watch = TABLES["watch_list"].empty()
    for n, said in enumerate(months):
        period = shift("2026-01", n)
        rules = whole_book.at(period).watch
        watch = watch_units(by_unit(period, said), scores(bottom[: n + 1]), watch, rules, period)
    return watch


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(whole_book, scenario):
    watch = run(whole_book, scenario["months"], scenario.get("bottom", []))
    found = {unit: sorted(rows["reason"]) for unit, rows in watch.groupby("unit_id")}
    assert found == scenario["expect"]
    for unit, expected in scenario.get("rows", {}).items():
        for row in watch[watch["unit_id"] == unit].to_dict("records"):
            assert {key: row[key] for key in expected} == expected


def test_a_rate_comes_with_its_interval_and_every_row_with_its_rule(whole_book):
    (row,) = run(whole_book, [{"A": {"n_on_time": 45}}], []).to_dict("records")
    low, high = wilson_interval([45], [50], 95)
    assert (row["low_pct"], row["high_pct"]) == (low[0], high[0])
    assert row["rule"] == "R9 S15 S20"


def test_a_missing_month_breaks_the_stay(whole_book):
    rules = whole_book.at("2026-03").watch
    first = watch_units(
        by_unit("2026-01", {"A": {"n_on_time": 40}}), scores([]), TABLES["watch_list"].empty(), rules, "2026-01"
    )
    assert watch_units(by_unit("2026-03", {}), scores([]), first, rules, "2026-03").empty
