"""Hotline measures: published ratios as worked examples, the same result for one file or many."""

import numpy as np
import pandas as pd
import pytest

from analysis.insight.hotline import ALL_CHANNELS, measure_hotline
from analysis.insight.hotline_repeats import list_noted
from analysis.policy.errors import DataError

from .tickets import clean_moves_frame, clean_tickets_frame, write

UNITS, MATTERS, CHANNELS = ["D57", "D56", "T05"], ["占道经营", "物业服务"], ["hotline", "petition"]


def many_tickets(n: int = 900, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        day = int(rng.integers(0, 90))
        received = pd.Timestamp("2026-08-01") + pd.Timedelta(days=day)
        is_closed = bool(rng.random() < 0.9)
        took = int(rng.integers(1, 8))
        closed = received + pd.Timedelta(days=took)
        rows.append(
            {
                "period": f"{received:%Y-%m}",
                "received": f"{received:%Y-%m-%d}",
                "due": f"{received:%Y-%m}-28",
                "unit_id": UNITS[rng.integers(3)],
                "matter": MATTERS[rng.integers(2)],
                "channel": CHANNELS[rng.integers(2)],
                "caller_key": f"{rng.integers(60):032x}",
                "is_closed": is_closed,
                "closed": f"{closed:%Y-%m-%d}" if is_closed else "",
                "handling_working_days": took if is_closed else None,
                "is_on_time": is_closed and bool(rng.random() < 0.8),
            }
        )
    return clean_tickets_frame(rows)


@pytest.fixture(scope="module")
def policy(whole_book):
    return whole_book.at("2026-10")


def one_month(tmp_path, policy, rows, **more):
    return measure_hotline([write(tmp_path, "t", clean_tickets_frame(rows))], ["2026-10"], policy, **more)


def test_published_ratios_come_out(tmp_path, policy):
    counts = {"on time": 22345, "late": 23974 - 22345, "open": 24932 - 23974}
    rows = [{}] * counts["on time"] + [{"is_on_time": False}] * counts["late"]
    rows += [{"is_on_time": False, "is_closed": False, "closed": "", "handling_working_days": None}] * counts["open"]
    called = [{"is_call_back_valid": True, "is_satisfied": n < 2617} for n in range(2713)]
    rows = [row | call for row, call in zip(rows, called + [{}] * (len(rows) - len(called)), strict=True)]
    (unit,) = one_month(tmp_path, policy, rows).by_unit.to_dict("records")
    assert round(unit["on_time_pct"], 2) == 89.62
    assert round(unit["closure_pct"], 2) == 96.16
    assert round(unit["satisfaction_pct"], 2) == 96.46
    assert (unit["n_due"], unit["n_open"], unit["n_overdue"]) == (24932, 958, 958)
    assert 89.23 < unit["on_time_low_pct"] < 89.62 < unit["on_time_high_pct"] < 90.0


STILL_OPEN = {"is_closed": False, "closed": "", "is_on_time": False, "handling_working_days": None}
FROM_BEFORE = {"received": "2026-09-28", "is_first_delivery": False}


@pytest.mark.parametrize(
    ("count", "ticket", "is_counted"),
    [
        ("n_received", {}, True),
        ("n_received", {"received": "2026-09-28"}, False),  # received in another month
        ("n_received", {"is_first_delivery": False}, False),  # delivered before
        ("n_carried_over", FROM_BEFORE | STILL_OPEN, True),
        ("n_carried_over", FROM_BEFORE, False),  # closed since
        ("n_carried_over", STILL_OPEN, False),  # of this month
        ("n_attitude_complaints", {"is_attitude_complaint": True}, True),
        ("n_attitude_complaints", {}, False),
        ("n_attitude_complaints", {"is_attitude_complaint": True, "is_due": False}, False),  # counts when due (S20)
    ],
)
def test_a_ticket_is_counted_where_the_definition_says_so(tmp_path, policy, count, ticket, is_counted):
    (unit,) = one_month(tmp_path, policy, [ticket]).by_unit.to_dict("records")
    assert unit[count] == int(is_counted)


@pytest.mark.parametrize(("n_due", "is_small"), [(19, True), (20, False)])
def test_twenty_tickets_due_are_enough_to_be_ranked(tmp_path, policy, n_due, is_small):
    (unit,) = one_month(tmp_path, policy, [{}] * n_due + [{"is_due": False}] * 3).by_unit.to_dict("records")
    assert (unit["n_due"], unit["is_small"]) == (n_due, is_small)


def test_the_repeat_rate_is_of_the_tickets_received(tmp_path, policy):
    again = {"caller_key": "a", "is_due": False}
    rows = [again, again, {}, {}, FROM_BEFORE]
    (unit,) = one_month(tmp_path, policy, rows).by_unit.to_dict("records")
    assert (unit["n_received"], unit["n_due"], unit["n_repeats"], unit["repeat_pct"]) == (4, 3, 1, 25)


def test_quantiles_use_the_method_higher(tmp_path, policy):
    rows = [{"handling_working_days": days} for days in (1, 2, 3, 4)]
    (unit,) = one_month(tmp_path, policy, rows).by_unit.to_dict("records")
    assert unit["median_handling_days"] == np.quantile([1, 2, 3, 4], 0.5, method="higher") == 3
    assert unit["p90_handling_days"] == np.quantile([1, 2, 3, 4], 0.9, method="higher") == 4


@pytest.mark.parametrize("count", [1, 2, 11])
def test_quantiles_of_few_tickets_use_the_method_higher_too(tmp_path, policy, count):
    days = list(range(1, count + 1))
    (unit,) = one_month(tmp_path, policy, [{"handling_working_days": n} for n in days]).by_unit.to_dict("records")
    assert unit["median_handling_days"] == np.quantile(days, 0.5, method="higher")
    assert unit["p90_handling_days"] == np.quantile(days, 0.9, method="higher")


@pytest.mark.parametrize(
    ("first", "second", "is_repeat"),
    [
        ({"received": "2026-10-01"}, {"received": "2026-10-31"}, True),  # 30 days
        ({"received": "2026-09-30", "period": "2026-09"}, {"received": "2026-10-31"}, False),  # 31 days
        ({"received": "2026-09-30", "period": "2026-09"}, {"received": "2026-10-02"}, True),  # across months
        ({}, {"matter": "物业服务"}, False),
        ({}, {"caller_key": "b"}, False),
        ({"caller_key": ""}, {"caller_key": ""}, False),
        ({}, {"unit_id": "D56"}, True),  # another unit now handles it
        ({"is_first_delivery": False}, {}, False),  # carried on, not received again
    ],
)
def test_repeat_is_the_same_caller_and_matter_within_thirty_days(tmp_path, policy, first, second, is_repeat):
    usual = {"caller_key": "a", "received": "2026-10-12"}
    measures = one_month(tmp_path, policy, [usual | first, usual | second])
    assert measures.by_channel["n_repeats"].max() == int(is_repeat)


@pytest.mark.parametrize("earlier", [[], [("T900000", "2026-09-20")], [("T900000", "2026-09-01")]])
def test_of_one_days_tickets_that_with_the_smallest_id_is_the_first(tmp_path, policy, earlier):
    """Many pairs, in both orders of the file: no order but that of the ids gives them all."""
    ids = [(f"T{2 * n:06d}", f"T{2 * n + 1:06d}") for n in range(40)]
    rows = []
    for n, (first, second) in enumerate(ids):
        call = {"caller_key": f"{n:032x}", "received": "2026-10-12"}
        own = [call | {"ticket_id": second, "unit_id": "D57"}, call | {"ticket_id": first, "unit_id": "D56"}]
        rows += own if n % 3 else own[::-1]
        rows += [call | {"ticket_id": f"{i}{n}", "received": day, "period": "2026-09"} for i, day in earlier]
    path = write(tmp_path, "t", clean_tickets_frame(rows))
    units = measure_hotline([path], ["2026-10"], policy).by_unit.set_index("unit_id")["n_repeats"].to_dict()
    are_both = bool(earlier) and earlier[0][1] == "2026-09-20"
    assert units == {"D56": 40 * are_both, "D57": 40}
    noted = list_noted([path], "2026-10", policy)
    found = set(noted.loc[noted["is_repeat"], "ticket_id"])
    assert found == {second for _, second in ids} | ({first for first, _ in ids} if are_both else set())


def test_open_tickets_are_shown_apart(tmp_path, policy):
    still_open = {"is_closed": False, "closed": "", "is_on_time": False, "handling_working_days": None}
    rows = [
        still_open,
        still_open | {"due": "2026-11-03", "is_due": False},
        still_open | {"received": "2026-09-28", "due": "2026-09-30", "is_due": False, "is_first_delivery": False},
    ]
    (unit,) = one_month(tmp_path, policy, rows).by_unit.to_dict("records")
    assert {
        key: unit[key] for key in ("n_received", "n_due", "n_open", "n_overdue", "n_carried_over", "n_handled")
    } == {
        "n_received": 2,
        "n_due": 1,
        "n_open": 3,
        "n_overdue": 2,
        "n_carried_over": 1,
        "n_handled": 0,
    }


def test_unit_without_tickets_has_a_row_of_zeros_and_no_rate(tmp_path, policy):
    units = one_month(tmp_path, policy, [{}], unit_ids=["D01", "D57"]).by_unit.set_index("unit_id")
    assert units.loc["D01", "n_received"] == 0 and np.isnan(units.loc["D01", "on_time_pct"])
    assert units["is_small"].all()


def test_transfers_are_counted_for_both_sides_in_their_own_month(tmp_path, policy):
    moves = [
        {"ticket_id": "T000000", "step": 1, "from_unit_id": "D56", "to_unit_id": "D57", "is_returned": True},
        {"ticket_id": "T000000", "step": 2, "from_unit_id": "D57", "to_unit_id": "D56", "date": "2026-09-13"},
    ]
    path = write(tmp_path, "moves", clean_moves_frame(moves))
    measures = one_month(tmp_path, policy, [{}], transfers=[path])
    units = measures.by_unit.set_index("unit_id")
    assert units[["n_transfers_in", "n_transfers_out", "n_returns"]].values.tolist() == [[0, 1, 1], [1, 0, 0]]
    assert measures.by_matter["n_transfers"].tolist() == [1]


def test_one_file_many_partitions_and_csv_give_the_same(tmp_path, policy):
    frame = many_tickets()
    whole = write(tmp_path, "whole", frame)
    parts = [write(tmp_path, f"part{i}", part) for i, (_, part) in enumerate(frame.groupby(frame.index % 7))]
    text = tmp_path / "whole.csv"
    frame.to_csv(text, index=False)
    periods = ["2026-08", "2026-09", "2026-10"]
    expected = measure_hotline([whole], periods, policy)
    assert expected.by_unit["n_repeats"].sum() > 50
    for paths in (parts, parts[::-1], [text]):
        found = measure_hotline(paths, periods, policy)
        for name in ("by_unit", "by_matter", "by_channel"):
            pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def test_a_month_among_others_counts_the_repeats_that_it_counts_alone(tmp_path, policy):
    paths, periods = [write(tmp_path, "t", many_tickets())], ["2026-08", "2026-09", "2026-10"]
    together = measure_hotline(paths, periods, policy).by_unit
    for period in periods:
        alone = measure_hotline(paths, [period], policy).by_unit
        own = together[together["period"] == period]
        assert own["n_repeats"].tolist() == alone["n_repeats"].tolist() and alone["n_repeats"].sum()


def test_measures_agree_with_a_plain_count_in_pandas(tmp_path, policy):
    frame = many_tickets()
    found = measure_hotline([write(tmp_path, "t", frame)], ["2026-10"], policy)
    month = frame[frame["period"] == "2026-10"]
    due = month[month["is_due"]]
    expected = due.groupby("unit_id")["is_on_time"].agg(["sum", "count"])
    units = found.by_unit.set_index("unit_id")
    assert units["n_on_time"].to_dict() == expected["sum"].to_dict()
    assert units["n_due"].to_dict() == expected["count"].to_dict()
    ordered = frame.assign(day=pd.to_datetime(frame["received"])).sort_values(["caller_key", "matter", "day"])
    gap = ordered.groupby(["caller_key", "matter"])["day"].diff().dt.days
    expected_repeats = ((gap <= 30) & (ordered["period"] == "2026-10")).sum()
    total = found.by_channel.set_index("channel").loc[ALL_CHANNELS]
    assert total["n_repeats"] == expected_repeats == found.by_unit["n_repeats"].sum()
    handled = month[month["is_closed"] & month["closed"].str.startswith("2026-10")]["handling_working_days"].astype(int)
    assert total["p90_handling_days"] == np.quantile(handled, 0.9, method="higher")


def test_files_of_two_kinds_are_refused(tmp_path, policy):
    with pytest.raises(DataError, match="several kinds"):
        measure_hotline([tmp_path / "a.csv", tmp_path / "b.parquet"], ["2026-10"], policy)


def test_tickets_to_heed_are_those_that_are_counted(tmp_path, policy):
    rows = many_tickets()
    rows = rows.assign(is_call_back_valid=rows["is_closed"], is_satisfied=rows["is_closed"] & (rows.index % 3 > 0))
    rows["is_attitude_complaint"] = rows.index % 11 == 0
    path = write(tmp_path, "t", rows)
    noted = list_noted([path], "2026-10", policy)
    by_unit = measure_hotline([path], ["2026-10"], policy).by_unit.set_index("unit_id")
    assert len(noted) and {"caller_key", "file"}.isdisjoint(noted.columns)
    due = noted[noted["is_due"]]
    counts = {
        "n_open": noted[~noted["is_closed"]],
        "n_overdue": noted[noted["is_overdue"]],
        "n_repeats": noted[noted["is_repeat"]],
        "n_attitude_complaints": due[due["is_attitude_complaint"]],
    }
    for name, found in counts.items():
        assert (found.groupby("unit_id").size().reindex(by_unit.index, fill_value=0) == by_unit[name]).all(), name
    late = due[~due["is_on_time"]].groupby("unit_id").size().reindex(by_unit.index, fill_value=0)
    assert (late == by_unit["n_due"] - by_unit["n_on_time"]).all() and late.sum() > 0
    unhappy = due[due["is_call_back_valid"] & ~due["is_satisfied"]].groupby("unit_id").size()
    assert (unhappy.reindex(by_unit.index) == by_unit["n_valid_call_backs"] - by_unit["n_satisfied"]).all()
