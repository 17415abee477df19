"""The scenarios of `tests/scenarios/consequences.yml`: who is interviewed, criticised, blacklisted, and since when."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.action.consequences import build_consequences
from analysis.policy.tables import TABLES

SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "consequences.yml").read_text("utf-8"))


def build(district, given):
    results = {}
    for year, scores in given["years"].items():
        told = {name: given.get(name, {}).get(year, {}) for name in ("judgements", "vetoes", "provisional", "short")}
        known = {unit: float("nan") if score is None else score for unit, score in scores.items()}
        final_on = given.get("final_on", {}).get(year, date(year + 1, 1, 10))
        results[year] = district.annual(year, known, None if year in given.get("draft", []) else final_on, told)
    period = f"{max(given['years']) + 1}-01"
    month = district.units(period, "month", {**dict.fromkeys("ABCDEFGHIZ", 99.5), **given.get("month", {})})
    as_of = given.get("as_of", date(2027, 1, 31))
    return build_consequences(district.book, results, month, period, as_of)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(district_of, scenario):
    given, expect = scenario["given"], scenario["expect"]
    tables = build(district_of(given), given)
    rows = tables["consequences"][tables["consequences"]["unit_id"].isin(expect["of"])]
    states = tables["annual_states"]

    if "consequences" in expect:
        found = rows["unit_id"] + " " + rows["kind"] + " " + rows["reason"] + " " + rows["year"].astype(str)
        assert sorted(found) == sorted(expect["consequences"])
    for unit, kinds in expect.get("kinds", {}).items():
        own = rows[rows["unit_id"] == unit]
        assert sorted(own["kind"]) == sorted(kinds)
    for unit, kinds in expect.get("current", {}).items():
        own = rows[(rows["unit_id"] == unit) & rows["is_current"]]
        assert sorted(own["kind"]) == sorted(kinds)
    for column, name in (
        ("state", "states"),
        ("streak_years", "streak"),
        ("is_provisional", "provisional"),
        ("reason", "reasons"),
        ("tier", "tiers"),
    ):
        for unit, values in expect.get(name, {}).items():
            assert states.loc[states["unit_id"] == unit, column].tolist() == values
    for name in ("since", "until"):
        for key, day in expect.get(name, {}).items():
            assert pick(rows, key)[name] == str(day)
    for key, words in expect.get("evidence", {}).items():
        assert all(word in pick(rows, key)["evidence"] for word in words)


def pick(rows, key):
    unit, kind = key.split()
    (row,) = rows[(rows["unit_id"] == unit) & (rows["kind"] == kind)].to_dict("records")
    return row


def test_every_change_of_state_has_a_date_a_rule_and_evidence(district_of):
    given = {"others": 60, "years": {year: {"A": 60} for year in (2023, 2024, 2025)}}
    rows = build(district_of(given), given)["consequences"]
    assert (rows[["rule", "since", "evidence"]] != "").all(axis=None)
    assert (rows.loc[rows["basis"] == "annual", "document"] != "").all()


def test_a_months_warning_is_provisional_and_stands_for_no_year(district_of):
    given = {"others": 60, "years": {2023: {"A": 99}, 2024: {"A": 60}}, "month": {"A": 60}}
    rows = build(district_of(given), given)["consequences"].query("unit_id == 'A'").set_index("basis")
    assert rows.loc["month", ["kind", "is_final", "is_current", "streak_years", "years"]].tolist() == [
        "warning", False, True, 0, "",
    ]  # fmt: skip
    assert rows.loc["annual", "is_final"].all()
    assert (rows.loc["annual", "streak_years"] == 1).all()


def test_without_any_result_nothing_follows(district_of):
    given = {"others": 60, "years": {2023: {"A": 60}}}
    district = district_of(given)
    empty = TABLES["unit_scores"].empty()
    tables = build_consequences(district.book, {}, empty, "2024-01", date(2024, 1, 31))
    assert tables["consequences"].empty
    assert set(tables["annual_states"]["state"]) == {"draft"}


def test_the_month_of_a_finalised_december_knows_its_own_year(district_of):
    given = {"others": 60, "years": {2023: {"A": 60}}}
    district = district_of(given)
    result = district.annual(2023, {"A": 60}, date(2024, 1, 10), {})
    tables = build_consequences(district.book, {2023: result}, result.units, "2023-12", date(2024, 1, 10))
    own = tables["consequences"].query("unit_id == 'A'")
    assert sorted(own["kind"]) == ["interview", "notice"]
    assert own["is_current"].all()
