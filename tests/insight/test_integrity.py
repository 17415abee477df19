"""What is out of the ordinary beside a unit's group is asked about; what chance does is not (S33, S34)."""

from itertools import repeat

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from analysis.insight.integrity import ask, compare_shares, find_integrity
from analysis.insight.likeness import same_indicators
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES

from ..rows import table_of
from .tickets import clean_moves_frame, clean_tickets_frame, write

PERIOD = "2026-10"
USUAL_ITEM = {"period": PERIOD, "source": "", "problem": "", "found": "2025-01-02", "closed": ""}
USUAL_STATUS = {"period": PERIOD, "scope": "month"}


@pytest.fixture
def find(whole_book, tmp_path):
    def run(tickets=(), moves=(), items=(), statuses=()) -> pd.DataFrame:
        paths = [
            [
                write(tmp_path, f"{name}-{month}", make([row for row in rows if row.get("period", PERIOD) == month]))
                for month in sorted({row.get("period", PERIOD) for row in rows})
            ]
            for name, make, rows in (("t", clean_tickets_frame, tickets), ("m", clean_moves_frame, moves))
        ]
        told = [
            pd.concat([table_of(name, [row]) for row in rows] or [TABLES[name].empty()])
            for name, rows in (("ledger_items", items), ("indicator_scores", statuses))
        ]
        return find_integrity(*paths, *told, whole_book.at(PERIOD)).set_index(["unit_id", "measure"])

    return run


def counts(found: pd.DataFrame, unit: str, measure: str) -> tuple[int, int]:
    row = found.loc[(unit, measure)]
    return int(row["n_events"]), int(row["n_cases"])


def test_tickets_due_in_the_last_twelve_months_are_counted_once_each(find):
    found = find(
        [
            {"ticket_id": "A", "extended_to": "2026-10-21"},
            {"ticket_id": "B", "is_call_back_valid": True},
            {"ticket_id": "C", "is_closed": False, "closed": ""},
            {"ticket_id": "D", "period": "2025-11"},
            {"ticket_id": "E", "period": "2025-10"},  # before the months looked at
            {"ticket_id": "F", "is_due": False},  # counted in another month
        ]
    )
    assert counts(found, "D57", "extended") == (1, 4)
    assert counts(found, "D57", "invalid_call_backs") == (2, 3)
    assert found.loc[("D57", "extended"), "share_pct"] == 25


@pytest.mark.parametrize(
    ("before", "after", "is_late"),
    [
        ({"due": "2026-09-29"}, {"extended_to": "2026-10-09"}, True),  # overdue at September's end, then extended
        ({"due": "2026-09-30"}, {"extended_to": "2026-10-09"}, False),  # due on the last day: not overdue yet
        ({"due": "2026-09-29", "is_closed": True}, {"extended_to": "2026-10-09"}, False),
        ({"due": "2026-09-29", "extended_to": "2026-10-09"}, {"extended_to": "2026-10-09"}, False),  # told in time
        ({"due": "2026-09-29"}, {"extended_to": ""}, False),
    ],
)
def test_an_extension_of_a_ticket_that_was_overdue_is_late(find, before, after, is_late):
    ticket = {"ticket_id": "A", "received": "2026-09-20", "is_closed": False, "is_due": False}
    rows = [
        ticket | {"period": "2026-09"} | before,
        ticket | {"due": before["due"], "is_closed": True, "is_due": True} | after,
    ]
    assert counts(find(rows), "D57", "extended_late") == (int(is_late), 1)


@pytest.mark.parametrize(
    ("day", "is_late"),
    [("2026-10-15", False), ("2026-10-16", True), ("2026-10-17", True), ("2026-10-19", True), ("2026-10-20", True)],
)
def test_a_hand_over_a_working_day_before_the_due_date_or_later_is_late(find, day, is_late):
    """The ticket is due on Monday, 2026-10-19."""
    moves = [{"ticket_id": "A", "step": 1, "from_unit_id": "D52", "to_unit_id": "D57", "date": day}]
    found = find([{"ticket_id": "A"}], moves)
    assert counts(found, "D52", "handed_over_late") == (int(is_late), 1)


def test_a_return_is_no_hand_over_and_a_step_told_again_counts_once(find):
    move = {"ticket_id": "A", "from_unit_id": "D52", "to_unit_id": "D57", "date": "2026-10-19"}
    moves = [
        move | {"step": 1, "period": "2026-09", "date": "2026-09-01"},
        move | {"step": 1},  # the later word
        move | {"step": 2, "from_unit_id": "D57", "to_unit_id": "D52", "is_returned": True},
    ]
    found = find([{"ticket_id": "A"}], moves)
    assert counts(found, "D52", "handed_over_late") == (1, 1)
    assert ("D57", "handed_over_late") not in found.index


def test_items_three_months_past_their_deadline_count_as_they_were_delivered_last(find):
    items = [
        {"item_id": "1", "due": "2026-07-31", "state": "rectifying"},
        {"item_id": "2", "due": "2026-08-01", "state": "rectifying"},  # not long past
        {"item_id": "3", "due": "2025-08-01", "state": "returned"},  # the first day looked at
        {"item_id": "4", "due": "2025-07-31", "state": "returned"},
        {"item_id": "5", "due": "2026-07-31", "state": "rectifying", "period": "2026-07"},
        {"item_id": "5", "due": "2026-07-31", "state": "closed", "period": "2026-08"},
    ]
    found = find(items=[USUAL_ITEM | {"unit_id": "D66"} | item for item in items])
    assert counts(found, "D66", "never_closed") == (2, 3)


def test_what_is_not_applicable_is_weighed_and_what_was_not_drawn_is_no_case(find):
    rows = [
        {"indicator_id": "a", "status": "not_applicable", "policy_weight": 6.0},
        {"indicator_id": "b", "status": "ok", "policy_weight": 2.0},
        {"indicator_id": "c", "status": "accepted", "policy_weight": 2.0},
        {"indicator_id": "d", "status": "not_drawn", "policy_weight": 10.0},
        {"indicator_id": "e", "status": "not_applicable", "policy_weight": 10.0, "scope": "ytd"},
    ]
    found = find(statuses=[USUAL_STATUS | {"unit_id": "D01"} | row for row in rows])
    assert counts(found, "D01", "not_applicable") == (1, 3)
    assert found.loc[("D01", "not_applicable"), "share_pct"] == pytest.approx(60)


def test_what_weighs_nothing_is_no_share_of_the_weight(find):
    rows = [{"indicator_id": "a", "status": status, "policy_weight": 0.0} for status in ("not_applicable", "ok")]
    found = find(statuses=[USUAL_STATUS | {"unit_id": "D01"} | row for row in rows])
    assert counts(found, "D01", "not_applicable") == (1, 2)
    assert found.loc[("D01", "not_applicable"), "share_pct"] == 0


def test_points_are_compared_within_the_month_alone(find):
    """A unit whose points are those that another had a month ago is no copy of it; one that has them now is."""
    ids, places = [f"D{n:02d}" for n in range(1, 10)], range(8)
    last = {unit: [10.0 * n + at for at in places] for n, unit in enumerate(ids)}
    now = {unit: [points + 5 for points in last[unit]] for unit in ids} | {"D01": last["D09"]}

    def asked(now: dict[str, list[float]]) -> pd.Series:
        rows = [
            USUAL_STATUS
            | {"period": period, "unit_id": unit, "indicator_id": f"i{at}", "status": "ok", "score": told[at]}
            for period, of in (("2026-09", last), (PERIOD, now))
            for unit, told in of.items()
            for at in places
        ]
        return find(statuses=rows).loc[("D01", "same_values")]

    assert not asked(now)["is_question"] and asked(now)["first_period"] == PERIOD
    assert asked(now | {"D02": now["D01"]})[["is_question", "other_unit_id"]].tolist() == [True, "D02"]


def test_the_same_points_are_those_that_both_have():
    rows = [("D01", "a", 8.0), ("D01", "b", 9.0), ("D01", "c", 7.0), ("D02", "a", 8.0), ("D02", "b", 9.5)]
    scores = pd.DataFrame(rows, columns=["unit_id", "indicator_id", "score"]).assign(scope="month", status="ok")
    assert same_indicators(scores, "D01", "D02") == ["a"] and same_indicators(scores, "D01", "D03") == []
    assert same_indicators(scores.assign(scope="ytd"), "D01", "D02") == []


def make_counts(rows: list[tuple[str, int, int]], measure: str = "extended") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["unit_id", "n_events", "n_cases"]).assign(measure=measure)
    return frame.assign(share_pct=100 * frame["n_events"] / frame["n_cases"])


def ask_of(counted: pd.DataFrame, groups: dict[str, str]) -> pd.DataFrame:
    return ask(compare_shares(counted, groups, 10), 5)


def test_a_share_is_tested_against_the_rate_of_its_own_group():
    frame = make_counts([("A", 8, 20), ("B", 2, 20), ("C", 40, 40)])
    found = ask_of(frame, {"A": "g", "B": "g", "C": "h"}).set_index("unit_id")
    assert found.loc["A", ["group_share_pct", "n_expected"]].tolist() == [25, 5]
    assert found.loc["A", "p_value"] == pytest.approx(poisson.sf(7, 5), rel=1e-9)  # 13.3 %
    assert found.loc["C", "p_value"] > 0.5  # a group of its own
    assert not found["is_question"].any()


def test_few_cases_and_units_that_are_not_assessed_are_not_tested():
    counted = make_counts([("A", 9, 9), ("B", 0, 10), ("GONE", 9, 10), ("NONE", 0, 0)])
    found = ask_of(counted, {"A": "g", "B": "g", "NONE": "g"})
    assert found.set_index("unit_id")["p_value"].notna().to_dict() == {"A": False, "B": True}


def test_all_tests_of_the_month_share_one_rate_of_false_discoveries():
    """6 where 1.75 are expected is asked about beside one other test (q = 1.7 %), not beside a hundred (q = 82 %)."""
    two = make_counts([("A", 6, 20), ("B", 1, 60)])
    groups = {"A": "g", "B": "g"} | dict.fromkeys((f"U{n}" for n in range(100)), "h")
    alone = ask_of(two, groups)
    assert alone["p_value"].min() == pytest.approx(poisson.sf(5, 1.75), rel=1e-9)
    assert alone["q_value"].min() == pytest.approx(2 * poisson.sf(5, 1.75), rel=1e-9)
    assert alone["is_question"].tolist() == [True, False]
    many = pd.concat([two, make_counts([(f"U{n}", 5, 50) for n in range(100)], "never_closed")])
    assert not ask_of(many, groups)["is_question"].any()


def district(rng: np.random.Generator, icc: float) -> pd.DataFrame:
    """Return counts of 85 equal units in five groups, overdispersed as beta-binomial counts are."""
    found = []
    for measure, rate in (("extended", 0.05), ("extended_late", 0.004), ("invalid_call_backs", 0.2)):
        cases = rng.integers(10, 400, 85)
        of_unit = rng.beta(rate * (1 / icc - 1), (1 - rate) * (1 / icc - 1), 85) if icc else np.full(85, rate)
        rows = list(zip((f"U{n:02d}" for n in range(85)), rng.binomial(cases, of_unit), cases, strict=True))
        found.append(make_counts(rows, measure))
    return pd.concat(found)


@pytest.mark.parametrize("icc", [0.0, 0.01])
def test_equal_units_are_hardly_ever_asked_and_one_that_differs_is(icc):
    """All null: in at most 5 % of districts is anything asked (four standard errors above allowed)."""
    rng, groups = np.random.default_rng(34), {f"U{n:02d}": str(n % 5) for n in range(85)}
    asked = [ask_of(district(rng, icc), groups)["is_question"].any() for _ in range(100)]
    assert np.mean(asked) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 100)
    for _ in repeat(None, 5):
        frame = district(rng, icc).reset_index(drop=True)
        at = frame.index[(frame["unit_id"] == "U07") & (frame["measure"] == "extended")]
        frame.loc[at, ["n_events", "n_cases", "share_pct"]] = [60, 200, 30.0]
        found = ask_of(frame, groups)
        assert found.set_index(["unit_id", "measure"]).loc[("U07", "extended"), "is_question"]


def test_a_district_without_anything_to_count_has_an_empty_table(find):
    assert find().empty


def test_months_reach_back_no_further_than_the_district(whole_book, tmp_path):
    policy = whole_book.at("2023-02")
    paths = [[write(tmp_path, "tickets", clean_tickets_frame([{"period": "2023-02"}]))], []]
    empty = TABLES["ledger_items"].empty(), TABLES["indicator_scores"].empty()
    found = find_integrity(*paths, *empty, policy)
    assert set(found["first_period"]) == {"2023-01"}
    assert month_range("2023-01", "2023-02") == [shift("2023-02", -1), "2023-02"]
