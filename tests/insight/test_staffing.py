"""Loads, states, seasons and moves (S40, S41): scenarios, an independent account, and what chance alone brings."""

from datetime import date, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.insight.staffing import Load, build_monthly_loads, build_staffing, estimate_year, measure_load
from analysis.insight.staffing_moves import Move, find_moves, try_moves
from analysis.policy.book import Policy, load_policy
from analysis.policy.period import month_end, month_range, shift
from analysis.policy.workload import MoveRules, Standards

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = yaml.safe_load((ROOT / "tests/scenarios/staffing.yml").read_text("utf-8"))
BOOK = load_policy(ROOT)
LAST = "2026-10"
HOURS = {"documents": 4.0, "site_checks": 6.0}
STANDARDS = Standards.model_validate(
    {"from": "2023-01", "document": "x", "hours": HOURS, "hours_a_day": 8, "presence": 0.85}
)
YEARS = month_range(shift(LAST, -23), LAST)


def policy_of(standards: bool = True, **moves) -> Policy:
    workload = BOOK.workload.model_copy(update={"standards": (STANDARDS,) if standards else ()})
    limits = MoveRules(**{"pools": workload.moves.pools, **moves})
    workload = workload.model_copy(update={"moves": limits})
    return BOOK.revise(workload=workload).at(LAST)


def facts(units: list[dict], periods: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `unit_counts` and `unit_scores`: a figure holds in every month, a list gives them month by month."""
    counts, scores = [], []
    for unit in units:
        for number, period in enumerate(periods):
            told = {name: value[number] if isinstance(value, list) else value for name, value in unit.items()}
            key = {"period": period, "unit_id": told.pop("id")}
            score = {name: told.pop(name, np.nan) for name in ("total", "workload_per_head")}
            scores.append(key | {"scope": "month"} | score)
            rows = (
                (name, np.nan if amount == "none" else amount) for name, amount in told.items() if amount is not None
            )
            counts += [key | {"field": name, "amount": amount} for name, amount in rows]
    return pd.DataFrame(counts).astype({"amount": float}), pd.DataFrame(scores)


def built(units: list[dict], policy: Policy, periods: list[str] = YEARS) -> pd.DataFrame:
    staffing = build_staffing(measure_load(*facts(units, periods), policy), policy)
    return staffing.set_index("unit_id", drop=False).loc[[unit["id"] for unit in units]]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(scenario):
    policy = policy_of(scenario.get("standards", True), **scenario.get("moves", {}))
    staffing = built(scenario["units"], policy, YEARS[-12:])
    for unit_id, expected in scenario.get("expect", {}).items():
        wanted = {name: np.nan if value is None else value for name, value in expected.items()}
        found = staffing.loc[unit_id, list(wanted)].to_dict()
        assert found == {
            n: v if isinstance(v, str) else pytest.approx(v, abs=1e-4, nan_ok=True) for n, v in wanted.items()
        }
    if "expect_moves" in scenario:
        rows = try_moves(staffing, find_moves(staffing, policy.workload.moves)).to_dict("records")
        assert len(rows) == len(scenario["expect_moves"])
        for row, wanted in zip(rows, scenario["expect_moves"], strict=True):
            assert {name: row[name] for name in wanted} == {
                n: v if isinstance(v, str) else pytest.approx(v, abs=1e-4) for n, v in wanted.items()
            }


def random_units(rng: np.random.Generator, loads: np.ndarray, noise: float = 0.06, groups: str = "DT") -> list[dict]:
    """Units whose work of 24 months takes `loads` (24, U) times the hours of their staff, give or take `noise`."""
    units, holidays = [], BOOK.calendar
    hours_of_post = [
        8 * 0.85 * len(list(holidays.working_days(month_end(p).replace(day=1), month_end(p)))) for p in YEARS
    ]
    for number, own in enumerate(loads.T):
        staff = int(rng.integers(15, 60))
        hours = own * (1 + noise * rng.standard_normal(24)) * staff * hours_of_post
        share = rng.uniform(0.2, 0.8)
        documents = np.rint(hours * share / 4)
        units.append(
            {
                "id": f"{groups[number % len(groups)]}{number // len(groups) + 1:02}",
                "posts": staff + int(rng.integers(0, 4)),
                "in_post": staff,
                "documents": documents.tolist(),
                "site_checks": np.rint((hours - 4 * documents) / 6).tolist(),
                "total": (80 + rng.standard_normal(24)).tolist(),
                "workload_per_head": 20,
            }
        )
    return units


def test_hours_needs_intervals_and_states_agree_with_an_account_of_their_own():
    rng = np.random.default_rng(4)
    loads = np.tile([1.6, 1.0, 0.55, 1.05, 0.9, 1.3], (24, 1))
    units = random_units(rng, loads)
    found = built(units, policy_of())
    days_off = {day for year in BOOK.calendar.years for day in year.holidays}
    days_on = {day for year in BOOK.calendar.years for day in year.extra_working_days}

    def days(period: str) -> int:
        first = date(int(period[:4]), int(period[5:]), 1)
        month = [first + timedelta(n) for n in range(31) if (first + timedelta(n)).month == first.month]
        return sum(day in days_on or (day.weekday() < 5 and day not in days_off) for day in month)

    chances, ratios = {}, {}
    for unit in units:
        of_post = [days(period) * 8 * 0.85 for period in YEARS]
        hours = [4 * d + 6 * s for d, s in zip(unit["documents"], unit["site_checks"], strict=True)]
        ratios[unit["id"]] = [h / p / unit["in_post"] for h, p in zip(hours, of_post, strict=True)]
        row = found.loc[unit["id"]]
        assert row["hours_needed"] == pytest.approx(sum(hours[-12:]) / 12)
        assert row["posts_needed"] == pytest.approx(sum(hours[-12:]) / sum(of_post[-12:]))
        assert row["load"] == pytest.approx(row["posts_needed"] / unit["in_post"])

    def left_of(values: list[float]) -> list[float]:
        pairs = list(zip(values[:12], values[12:], strict=True))
        mean_change = sum(b - a for a, b in pairs) / 12
        return [(b - a - mean_change) / 2 for a, b in pairs]

    correlations = []
    for values in ratios.values():
        left = left_of(values)
        raw = sum(a * b for a, b in zip(left[1:], left[:-1], strict=True)) / sum(a * a for a in left)
        correlations.append((raw * 12 + 1) / 8)
    rho = min(max(sorted(correlations)[2] / 2 + sorted(correlations)[3] / 2, 0), 0.9)
    widening = 1 + 2 * sum((1 - k / 12) * rho**k for k in range(1, 12))
    for unit_id, values in ratios.items():
        error = (2 * sum(a * a for a in left_of(values)) / 11 / 12 * widening) ** 0.5
        row = found.loc[unit_id]
        # t of 11 degrees, 97.5 %
        ends = [row["load_low"] - row["load"], row["load_high"] - row["load"]]
        assert ends == pytest.approx([-2.200985 * error, 2.200985 * error], rel=1e-5)
        chances[unit_id] = (row["load"] - 1.2) / error, (row["load"] - 0.8) / error
    states = {id_: "busy" if high > 4 else "idle" if low < -4 else "usual" for id_, (high, low) in chances.items()}
    assert found["load_state"].to_dict() == states
    assert set(states.values()) == {"busy", "idle", "usual"}


def test_the_moves_are_the_best_of_all_that_the_limits_allow():
    rng = np.random.default_rng(9)
    units = random_units(rng, np.tile([1.7, 0.5, 1.5, 0.6, 0.45, 1.0], (24, 1)), groups="D")
    rules = policy_of(max_moves=4, pools=[["party", "economy"]])
    staffing = built(units, rules)
    table = try_moves(staffing, find_moves(staffing, rules.workload.moves))
    needs = staffing["posts_needed"].to_dict()
    staff = {r.unit_id: max(r.in_post, r.posts if r.load_state == "busy" else 0) for r in staffing.itertuples()}
    assert staff != staffing["in_post"].to_dict(), "a busy unit has empty posts"

    def spread(after: dict) -> float:
        mean = sum(needs.values()) / sum(after.values())
        return (sum(p * (needs[u] / p - mean) ** 2 for u, p in after.items()) / sum(after.values())) ** 0.5

    takers, givers = (staffing.index[staffing["load_state"] == state] for state in ("busy", "idle"))
    assert (len(takers), len(givers)) == (2, 3)
    best = min(
        spread(
            {
                u: p + dict(zip([*takers, *givers], [*take, *(-g for g in give)], strict=True)).get(u, 0)
                for u, p in staff.items()
            }
        )
        for take in product(range(5), repeat=2)
        for give in product(range(5), repeat=3)
        if sum(take) == sum(give) <= 4
    )
    assert table["spread_after"].iloc[-1] == pytest.approx(best)
    assert table["spread_before"].iloc[0] == pytest.approx(spread(staff))
    assert table.loc[table["side"] == "to", "n_posts"].sum() == 4


def test_a_move_by_hand_is_told_like_those_that_are_found():
    units = [
        {"id": "D01", "posts": 10, "in_post": 10, "workload_per_head": 30, "total": 80},
        {"id": "D02", "posts": 10, "in_post": 10, "workload_per_head": 20, "total": 80},
    ]
    table = try_moves(built(units, policy_of(False)), [Move("D02", "D01", 3)])
    assert table["in_post_after"].tolist() == [7, 13]


def test_a_season_is_no_lasting_need_and_widens_no_interval():
    loads = np.ones((24, 10))
    loads[:, 0] = [1.7 if int(period[5:]) in (6, 7, 8) else 0.78 for period in YEARS]
    found = built(random_units(np.random.default_rng(2), loads, groups="D"), policy_of())
    peak = found.iloc[0]
    assert (peak["load_state"], peak["is_seasonal"], peak["peak_months"]) == ("usual", True, "6 7 8")
    assert peak["load_high"] - peak["load_low"] < 0.25
    assert not found["is_seasonal"].iloc[1:].any()


def test_a_rise_from_one_year_to_the_next_is_told_as_one():
    loads = np.ones((24, 10))
    loads[12:, 0] = 1.3
    found = built(random_units(np.random.default_rng(2), loads, groups="D"), policy_of())
    assert found["load_trend"].tolist() == ["rising", *["steady"] * 9]
    assert found["load_change"].iloc[0] == pytest.approx(0.3, abs=0.06)


def test_with_one_year_nothing_is_said_of_seasons_and_trends():
    found = built(random_units(np.random.default_rng(2), np.full((24, 4), 1.5)), policy_of(), YEARS)
    units = random_units(np.random.default_rng(2), np.full((24, 4), 1.5))
    young = [{name: value[12:] if isinstance(value, list) else value for name, value in unit.items()} for unit in units]
    one_year = built(young, policy_of(), YEARS[12:])
    assert one_year["load"].tolist() == pytest.approx(found["load"].tolist(), nan_ok=True)
    assert set(one_year["load_trend"]) == {"unknown"}
    assert one_year["season_p"].isna().all()
    assert set(one_year["load_state"]) == {"busy"}


def test_work_of_a_merged_unit_counts_with_its_successors():
    units = [
        {"id": id_, "posts": 5, "in_post": 5, "documents": 100, "site_checks": 0, "total": 80} for id_ in ("D21", "D68")
    ]
    periods = month_range("2023-07", "2024-06")
    policy = BOOK.revise(workload=policy_of().workload).at("2024-07")
    load = measure_load(*facts(units, periods), policy)
    rows = build_monthly_loads(load).set_index("period")
    assert rows.loc["2024-06", ["in_post", "hours_needed", "score"]].tolist() == [10, 800, 80]


def share_of_districts(factor: float, column: str, rho: float, n: int = 120) -> float:
    """Share of districts of 20 units, all with a load of `factor` give or take 6 %, of which `column` names any unit.

    Args:
        factor: the true load of every unit.
        column: of the table `staffing`.
        rho: correlation of neighbouring months.
        n: districts.
    """
    policy, named, rng = policy_of(), 0, np.random.default_rng(20261031)
    shape = (24, 20)
    for _ in range(n):
        noise = rng.standard_normal(shape)
        for month in range(1, 24):
            noise[month] = rho * noise[month - 1] + (1 - rho**2) ** 0.5 * noise[month]
        of_post, staff = np.full(24, 140.0), np.full(shape, 30.0)
        hours, flat = factor * (1 + 0.06 * noise) * staff * 140, np.ones(shape)
        load = Load(
            YEARS, policy.unit_ids[:20], staff, staff, hours, of_post, flat, flat, flat, rng.standard_normal(shape)
        )
        table = build_staffing(load, policy)
        named += bool(table[column].isin(["busy", "idle", "rising", "falling", "good", "poor", True]).any())
    return named / n


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factor", "column", "rho"),
    [
        (1.2, "load_state", 0),
        (1.2, "load_state", 0.3),
        (1, "is_seasonal", 0),
        (1, "load_trend", 0),
        (1, "score_state", 0),
    ],
)
def test_where_nothing_is_out_of_the_ordinary_units_are_named_at_most_at_the_stated_rate(factor, column, rho):
    # 5 % of districts, and two and a half standard errors of a count of 120; of the loads all stand on the line.
    assert share_of_districts(factor, column, rho) <= 0.05 + 2.5 * (0.05 * 0.95 / 120) ** 0.5


@pytest.mark.slow
def test_nothing_is_found_in_a_shuffled_copy():
    rng = np.random.default_rng(8)
    loads = 1 + 0.08 * rng.standard_normal(40) * np.ones((24, 1))
    loads[:, :5] = [1.5, 1.4, 1.45, 0.6, 0.65]
    found = []
    for _ in range(10):
        mixed = np.stack([rng.permutation(month) for month in loads])
        staffing = built(random_units(rng, mixed, groups="D"), policy_of())
        found.append((staffing["load_state"] != "usual").any() or staffing["is_seasonal"].any())
        assert find_moves(staffing, policy_of().workload.moves) == []
    assert sum(found) <= 2


def test_the_mean_of_a_year_weighs_months_as_it_is_told():
    values = np.tile([[1.0], [2.0]], (12, 1))
    assert estimate_year(values).mean == pytest.approx([1.5])
    assert estimate_year(values, np.tile([[3.0], [1.0]], (12, 1))).mean == pytest.approx([1.25])
