"""The scenarios of `tests/scenarios/watch_list.yml`: who is on the watch list, why, since when."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from scipy.stats import binom

from analysis.action.watch_list import watch_units
from analysis.insight.proportions import wilson_interval
from analysis.policy.period import shift
from analysis.policy.tables import TABLES
from analysis.policy.watch import WatchRules

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
        if said.get(unit) == "ended":
            continue
        row = USUAL | said.get(unit, {})
        row["n_on_time"] = row["n_due"] if row["n_on_time"] is None else row["n_on_time"]
        row["n_satisfied"] = row["n_valid_call_backs"] if row["n_satisfied"] is None else row["n_satisfied"]
        rows.append({"period": period, "unit_id": unit} | row)
    return pd.DataFrame(rows)


def scores(bottom: list[dict[str, float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables `unit_scores` and `certainty` of as many months; the year to date says the opposite."""
    rows = [
        {"period": shift("2026-01", n), "scope": scope, "unit_id": unit, "total": 90.0 if scope == "month" else None}
        | {"is_bottom_five": (unit in said) == (scope == "month")}
        | {"p_bottom_five": said.get(unit, 0.0) if scope == "month" else 1 - said.get(unit, 0.0)}
        for n, said in enumerate(bottom)
        for unit in UNITS
        for scope in ("month", "ytd")
    ]
    frame = pd.DataFrame(rows)
    keys = ["period", "scope", "unit_id"]
    return frame[[*keys, "total", "is_bottom_five"]], frame[[*keys, "p_bottom_five"]]


def run(whole_book, months: list[dict], bottom: list[dict] | None = None, changes: dict | None = None):
    """The tables of the last of these months."""
    bottom = bottom or [{} for _ in months]
    tables = {"watch_list": TABLES["watch_list"].empty()}
    for n in range(len(months)):
        period = shift("2026-01", n)
        values = whole_book.at(period).watch.model_dump(by_alias=True)
        rules = WatchRules.model_validate(values | (changes or {}))
        tickets = pd.concat([by_unit(shift("2026-01", m), said) for m, said in enumerate(months[: n + 1])])
        tables = watch_units(tickets, *scores(bottom[: n + 1]), tables["watch_list"], rules, period)
    return tables


def reasons(rows: pd.DataFrame) -> dict[str, list[str]]:
    return {unit: sorted(found["reason"]) for unit, found in rows.groupby("unit_id")}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(whole_book, scenario):
    tables = run(whole_book, scenario["months"], scenario.get("bottom"), scenario.get("rules"))
    watch, tests = tables["watch_list"], tables["watch_tests"]
    assert reasons(watch) == scenario["expect"]
    assert reasons(tests[tests["outcome"] == "attention"]) == scenario.get("attention", {})
    for unit, expected in scenario.get("rows", {}).items():
        for row in watch[watch["unit_id"] == unit].to_dict("records"):
            assert {key: row[key] for key in expected} == pytest.approx(expected)


def test_a_rate_comes_with_its_interval_its_exact_p_value_and_its_rule(whole_book):
    tables = run(whole_book, [{"A": {"n_on_time": 36}}])
    (row,) = tables["watch_list"].to_dict("records")
    low, high = wilson_interval([36], [50], 95)
    assert (row["low_pct"], row["high_pct"]) == (low[0], high[0])
    assert row["p_value"] == pytest.approx(binom.cdf(36, 50, 0.92))
    assert row["rule"] == "R9 S15 S20"
    tests = tables["watch_tests"]
    assert len(tests) == 48
    (listed,) = tests[tests["outcome"] == "listed"].to_dict("records")
    assert listed["q_value"] == pytest.approx(48 * row["p_value"])


def test_the_bottom_five_without_an_estimate_lists_nobody(whole_book):
    units, certainty = scores([{"A": 1.0}, {"A": 1.0}])
    tickets, rules = by_unit("2026-02", {}), whole_book.at("2026-02").watch
    empty = TABLES["watch_list"].empty()
    tables = watch_units(tickets, units, certainty[certainty["period"] == "2026-01"], empty, rules, "2026-02")
    assert tables["watch_list"].empty


def test_a_month_without_a_score_is_not_clean_for_a_unit_listed_for_its_scores(whole_book):
    bottom = [{"A": 1.0}, {"A": 1.0}, {}]
    listed = run(whole_book, [{}, {}], bottom[:2])["watch_list"]
    units, certainty = scores(bottom)
    units["total"] = units["total"].mask((units["unit_id"] == "A") & (units["period"] == "2026-03"))
    tickets = pd.concat([by_unit(shift("2026-01", n), {}) for n in range(3)])
    tables = watch_units(tickets, units, certainty, listed, whole_book.at("2026-03").watch, "2026-03")
    assert tables["watch_list"]["n_clean_months"].tolist() == [0]


def test_a_missing_month_breaks_the_stay(whole_book):
    first = run(whole_book, [{"A": {"n_on_time": 35}}])["watch_list"]
    rules = whole_book.at("2026-03").watch
    assert watch_units(by_unit("2026-03", {}), *scores([{}]), first, rules, "2026-03")["watch_list"].empty


def test_units_that_spread_widely_list_nobody_for_counts_that_a_narrow_spread_would_list(whole_book):
    """The counts of a district whose units differ a lot say less about each: its overdispersion is in the p-value."""
    narrow = {unit: {"n_received": 400, "n_repeats": 20} for unit in UNITS}
    wide = {unit: {"n_received": 400, "n_repeats": 20 + 9 * (n % 3 - 1)} for n, unit in enumerate(UNITS)}
    for said, listed in ((narrow, {"A": ["repeats"]}), (wide, {})):
        tables = run(whole_book, [said | {"A": {"n_received": 400, "n_repeats": 42}}])
        assert reasons(tables["watch_list"]) == listed


def test_rates_that_swing_from_month_to_month_list_nobody_for_what_steady_ones_would(whole_book):
    steady = [{unit: {"n_on_time": 46} for unit in UNITS} for _ in range(3)]
    swings = [{unit: {"n_on_time": 46 + 4 * (n % 3 - 1)} for unit in UNITS} for n in range(3)]
    for months, listed in ((steady, {"A": ["on_time"]}), (swings, {})):
        tables = run(whole_book, [said | {"A": {"n_on_time": 41}} for said in months])
        assert reasons(tables["watch_list"]) == listed


@pytest.mark.parametrize(("tail_pct", "outcome"), [(0.1, "listed"), (1e-9, "attention")])
def test_a_count_that_survives_among_all_must_be_rare_by_itself_too(whole_book, tail_pct, outcome):
    rule = whole_book.at("2026-01").watch.repeats.model_dump(by_alias=True) | {"tail_pct": tail_pct}
    tests = run(whole_book, [{"A": {"n_repeats": 12}}], changes={"repeats": rule})["watch_tests"]
    (row,) = tests[(tests["unit_id"] == "A") & (tests["reason"] == "repeats")].to_dict("records")
    assert row["q_value"] <= 0.05 and row["outcome"] == outcome


@pytest.mark.parametrize(("n_on_time", "is_listed"), [(184_000, False), (183_000, True)])
def test_half_a_point_under_the_line_counts_where_cases_are_many(whole_book, n_on_time, is_listed):
    watch = run(whole_book, [{"A": {"n_due": 200_000, "n_on_time": n_on_time}}])["watch_list"]
    assert reasons(watch) == ({"A": ["on_time"]} if is_listed else {})


@pytest.mark.parametrize(
    ("name", "is_within", "outcomes"),
    [
        ("false_discovery_pct", lambda factor: factor >= 1, ("attention", "listed")),
        ("attention_pct", lambda factor: factor > 1, ("none", "attention")),
        ("tail_pct", lambda factor: factor >= 1, ("attention", "listed")),
    ],
)
def test_what_is_just_as_rare_as_a_limit(whole_book, name, is_within, outcomes):
    """At the limit itself chance is rare enough for the list, and not yet for attention."""
    said, reason = ({"n_repeats": 12}, "repeats") if name == "tail_pct" else ({"n_on_time": 40}, "on_time")
    rule = whole_book.at("2026-01").watch.repeats.model_dump(by_alias=True)

    def judge(factor: float, figure: float = 1.0) -> pd.Series:
        changes = {"false_discovery_pct": 1e-9} if name == "attention_pct" else {}
        changes |= {"repeats": rule | {name: factor * figure}} if name == "tail_pct" else {name: factor * figure}
        tests = run(whole_book, [{"A": said}], changes=changes)["watch_tests"].set_index(["unit_id", "reason"])
        return tests.loc["A", reason]

    row = judge(1.0)
    figure = 100 * row["q_value" if name == "false_discovery_pct" else "p_value"]
    for factor in (1 - 1e-12, 1, 1 + 1e-12):
        assert judge(factor, figure)["outcome"] == outcomes[is_within(factor)]
