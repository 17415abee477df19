"""Lights, overdue days, dunning, close-off rate and repeats of the ledger (R2, R6, R9, S22)."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from analysis.action.ledger import build_ledger, close_off_by_unit, first_month_compared, list_late
from analysis.action.similar import repeated_since, similarity
from analysis.policy.book import load_policy
from analysis.policy.period import month_end, month_range, shift
from analysis.policy.tables import TABLES

ROOT = Path(__file__).parents[2]
SCENARIOS = yaml.safe_load((Path(__file__).parents[1] / "scenarios" / "ledger.yml").read_text("utf-8"))
PERIOD = "2026-10"
NAMES = ("light", "left", "overdue", "dunned", "in_time", "is_due", "joint", "state", "answer_until")
COLUMNS = ("light", "working_days_left", "overdue_working_days", "is_dunned", "is_closed_in_time", "is_due", "is_joint")
COLUMN_OF = dict(zip(NAMES, (*COLUMNS, "state", "answer_until"), strict=True))


def item(item_id="ZG1", **told):
    usual = {"unit_id": "D01", "source": "巡察", "problem": "岗位流程手册与实际不符", "found": "2026-09-01"}
    usual |= {"state": "rectifying", "due": "2026-11-20", "closed": ""}
    return {"item_id": item_id, "period": PERIOD, **usual, **{name: str(value) for name, value in told.items()}}


def build(whole, rows, earlier=(), as_of=date(2026, 10, 31), **rules):
    tables = [
        TABLES["ledger_items"].check(pd.DataFrame(r)) if r else TABLES["ledger_items"].empty() for r in (rows, earlier)
    ]
    policy = whole.book.at(PERIOD).ledger.model_copy(update=rules)
    return build_ledger(whole.book, policy, *tables, PERIOD, as_of)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(whole, scenario):
    told = dict(scenario["given"])
    as_of = told.pop("as_of")
    (row,) = build(whole, [item(**told)], as_of=as_of).to_dict("records")
    found = {name: None if pd.isna(row[COLUMN_OF[name]]) else row[COLUMN_OF[name]] for name in scenario["expect"]}
    expected = {name: str(v) if isinstance(v, date) else v for name, v in scenario["expect"].items()}
    assert found == expected


def test_close_off_rate_is_closed_in_time_over_due(whole):
    rows = [
        item("1", state="closed", due="2026-10-20", closed="2026-10-19"),
        item("2", state="closed", due="2026-10-20", closed="2026-10-22"),
        item("3", due="2026-10-21"),
        item("4", due="2026-11-21"),
        item("5", unit_id="D02", due="2026-11-21"),
    ]
    by_unit = close_off_by_unit(build(whole, rows)).set_index("unit_id")
    assert by_unit.loc["D01", ["n_items", "n_open", "n_due", "n_closed_in_time", "n_red"]].tolist() == [4, 2, 3, 1, 1]
    assert by_unit.loc["D01", "close_off_rate"] == pytest.approx(1 / 3)
    assert pd.isna(by_unit.loc["D02", "close_off_rate"])


def test_what_is_late_is_what_the_ledger_of_its_month_does_not_call_closed_in_time(whole):
    """Every side of every day that decides: due before, in and after the month, closed in time, late, ahead or not."""
    dues = ("2026-09-30", "2026-10-01", "2026-10-20", "2026-10-31", "2026-11-01")
    closings = ("", "2026-10-01", "2026-10-20", "2026-10-21", "2026-10-31", "2026-11-05")
    rows = [
        item(f"{due} {on}", due=due, closed=on, state="closed" if on else "rectifying")
        for due in dues
        for on in closings
    ]
    for as_of in (date(2026, 10, 20), date(2026, 10, 31)):
        ledger = build(whole, rows, as_of=as_of)
        expected = set(ledger.loc[ledger["is_due"] & ~ledger["is_closed_in_time"], "item_id"])
        late = list_late(TABLES["ledger_items"].check(pd.DataFrame(rows)), as_of)
        assert expected and set(late["item_id"]) == expected


def test_a_late_item_bears_the_day_on_which_a_later_month_has_it_closed():
    late = item("1", due="2026-09-20")
    later = late | {"period": PERIOD, "state": "closed", "closed": "2026-10-08"}
    months = [TABLES["ledger_items"].check(pd.DataFrame([row])) for row in (later, late | {"period": "2026-09"})]
    found = list_late(pd.concat(months, ignore_index=True), date(2026, 10, 31))
    assert found[["period", "item_id", "closed"]].values.tolist() == [["2026-09", "1", "2026-10-08"]]


def test_a_similar_problem_of_the_same_unit_is_repeated(whole):
    earlier = [item("0", found="2026-03-01"), item("x", unit_id="D02", found="2026-03-01")]
    rows = [item("1", problem="岗位流程手册与实际不相符"), item("2", problem="挂牌机构未及时清理")]
    ledger = build(whole, rows, earlier).set_index("item_id")
    assert ledger["repeat_of"].to_dict() == {"1": "0", "2": ""}
    assert ledger["is_repeated"].to_dict() == {"1": True, "2": False}


@pytest.mark.parametrize(
    ("found", "months", "is_repeated"),
    [("2025-09-01", 12, True), ("2025-08-31", 12, False), ("2025-08-31", 13, True), ("2026-08-31", 0, False)],
)
def test_a_problem_counts_as_repeated_within_so_many_months_before_the_day_of_its_item(
    whole, found, months, is_repeated
):
    ledger = build(whole, [item("1", found="2026-09-01")], [item("0", found=found)], repeat_months=months)
    assert ledger["is_repeated"].tolist() == [is_repeated]


def test_an_item_that_stays_open_for_years_still_repeats_what_was_found_before_it(whole):
    ledger = build(whole, [item("1", found="2024-03-05")], [item("0", found="2023-06-01")])
    assert ledger["repeat_of"].tolist() == ["0"]


@pytest.mark.parametrize(
    ("found", "months", "since"),
    [("2026-03-15", 12, "2025-03-15"), ("2026-01-02", 1, "2025-12-02"), ("2026-03-31", 1, "2026-02-31")],
)
def test_how_far_back_is_counted_in_months_to_the_day(found, months, since):
    assert repeated_since(found, months) == since


def test_the_first_month_compared_is_that_of_the_oldest_item(whole):
    rules = whole.book.at(PERIOD).ledger.model_copy(update={"repeat_months": 12})
    items = pd.DataFrame([item("1", found="2026-09-01"), item("2", found="2025-01-19")])
    assert first_month_compared(items, rules) == "2024-01"
    assert first_month_compared(items.head(0), rules) == ""


ITEMS = st.lists(
    st.tuples(
        st.dates(date(2024, 1, 1), date(2025, 12, 31)),
        st.integers(0, 14),  # so many more months it stands in the ledger
        st.sampled_from(["D01", "D02"]),
        st.sampled_from(["岗位流程手册与实际不符", "岗位流程手册与实际不相符", "挂牌机构未及时清理"]),
    ),
    max_size=6,
)


BOOK = load_policy(ROOT)


@settings(max_examples=30)
@given_that(ITEMS, st.sampled_from([0, 1, 12]))
def test_an_item_says_the_same_of_repeats_in_every_month_that_shows_it(drawn, months):
    """Each month reads no more ledgers than it says it needs, and yet no item changes from month to month."""
    rules = BOOK.at(PERIOD).ledger.model_copy(update={"repeat_months": months})
    rows = [
        item(str(n), found=day, unit_id=unit, problem=problem) | {"period": each}
        for n, (day, stays, unit, problem) in enumerate(drawn)
        for each in month_range(f"{day:%Y-%m}", shift(f"{day:%Y-%m}", stays))
    ]
    told: dict[int, set] = {}
    last = {row["item_id"]: row["period"] for row in rows}
    for period in sorted({f"{day:%Y-%m}" for day, *_ in drawn} | {*last.values()}):
        own = pd.DataFrame([row for row in rows if row["period"] == period])
        read = month_range(first_month_compared(own, rules), shift(period, -1))
        earlier = pd.DataFrame([row for row in rows if row["period"] in read], columns=own.columns)
        ledger = build_ledger(BOOK, rules, own, earlier, period, month_end(period))
        for row in ledger.itertuples():
            told.setdefault(int(row.item_id), set()).add(row.repeat_of)
    assert told == {n: {_repeated(n, drawn, months)} for n in told}


def _repeated(n, drawn, months):
    """The items of the same unit and kind found before it, counted by pandas' own months."""
    day, _, unit, problem = drawn[n]
    alike = [
        (other, str(at))
        for at, (other, _, owner, what) in enumerate(drawn)
        if owner == unit and what[:2] == problem[:2] and (other, str(at)) < (day, str(n))
    ]
    return " ".join(
        at for other, at in sorted(alike) if pd.Timestamp(other) + pd.DateOffset(months=months) >= pd.Timestamp(day)
    )


def test_a_problem_as_similar_as_the_rules_ask_for_is_repeated(whole):
    earlier = [item("0", found="2026-03-01", problem="甲乙")]
    for least, is_repeated in ((2 / 3, True), (0.67, False)):
        ledger = build(whole, [item("1", problem="甲乙丙")], earlier, repeat_similarity=least)
        assert ledger["is_repeated"].tolist() == [is_repeated]


def test_in_its_last_month_a_merged_units_problems_are_its_own(whole):
    rows = [item("0", unit_id="D68", found="2024-05-01"), item("1", unit_id="D21", found="2024-05-02")]
    rules, none = whole.book.at("2024-06").ledger, TABLES["ledger_items"].empty()
    for period, repeat_of in (("2024-06", ["", ""]), ("2024-07", ["", "0"])):
        items = TABLES["ledger_items"].check(pd.DataFrame([row | {"period": period} for row in rows]))
        ledger = build_ledger(whole.book, rules, items, none, period, date(2024, 7, 31))
        assert ledger["repeat_of"].tolist() == repeat_of


def test_the_same_item_in_an_earlier_month_is_no_repeat_of_itself(whole):
    assert not build(whole, [item("1")], [item("1")])["is_repeated"].any()


def test_a_merged_units_problem_comes_back_at_its_successor(whole):
    earlier = [item("0", unit_id="D68", found="2024-05-01")]
    ledger = build(whole, [item("1", unit_id="D21")], earlier, repeat_months=60)
    assert ledger["repeat_of"].tolist() == ["0"]


def test_a_month_without_items_gives_an_empty_table(whole):
    assert build(whole, []).empty


@given_that(st.text(max_size=20), st.text(max_size=20))
def test_similarity_is_symmetric_and_within_bounds(first, second):
    assert 0 <= similarity(first, second) == similarity(second, first) <= 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("甲", "“甲” ", 1), ("甲", "乙", 0), ("甲", "甲乙", 0), ("", " ", 0), ("甲乙丙", "甲乙", 2 / 3)],
)
def test_a_letter_is_like_itself_alone_and_nothing_is_like_nothing(first, second, expected):
    assert similarity(first, second) == pytest.approx(expected)


@given_that(st.text(alphabet="甲乙丙丁戊己", min_size=1, max_size=20))
def test_a_text_is_like_itself(text):
    assert similarity(text, text) == 1


def test_a_units_open_items_are_counted_by_light_and_its_longest_overdue_is_that_of_an_open_one(whole):
    rows = [
        item("1", state="closed", due="2026-10-20", closed="2026-10-30"),  # late by eight working days, but closed
        item("2", state="closed", due="2026-10-20", closed="2026-10-20"),
        item("3", due="2026-10-28"),
        item("4", due="2026-11-04", source="联合督查"),
        item("5", due="2026-11-20"),
        item("6", due="2026-11-20"),
    ]
    (unit,) = close_off_by_unit(build(whole, rows)).to_dict("records")
    assert [unit[f"n_{light}"] for light in ("open", "red", "yellow", "green")] == [4, 1, 1, 2]
    assert (unit["n_due"], unit["n_closed_in_time"], unit["close_off_rate"]) == (3, 1, 1 / 3)
    assert (unit["max_overdue_working_days"], unit["n_dunned"], unit["n_joint"]) == (2, 1, 1)
    assert unit["n_repeated"] == 5  # the same words, found on the same day


def test_a_unit_whose_items_are_all_closed_has_none_open_nor_overdue(whole):
    (unit,) = close_off_by_unit(build(whole, [item(state="closed", due="2026-10-20", closed="2026-10-30")])).to_dict(
        "records"
    )
    assert (unit["n_open"], unit["max_overdue_working_days"], unit["close_off_rate"]) == (0, 0, 0)


def test_units_of_the_ledger_stand_in_the_order_of_their_ids(whole):
    rows = [item(str(number), unit_id=unit_id) for number, unit_id in enumerate(("T01", "D02", "D10"))]
    assert close_off_by_unit(build(whole, rows))["unit_id"].tolist() == ["D02", "D10", "T01"]
