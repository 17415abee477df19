"""A delivery of tickets becomes facts: every encoding, every row accounted for, each ticket counted once."""

import hmac
import random
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.intake.readers import RawSheet

from .conftest import SECRET, TICKET_COLUMNS, TRANSFER_COLUMNS, USUAL, csv_text

THREE = [
    USUAL | {"ticket": "A", "caller": "138 0000 0001", "closed": "2026-10-13", "is_satisfied": "满意"},
    USUAL | {"ticket": "B", "caller": "13800000001", "text": "电话“13800000001”,\n又来电", "matter": "店外经营"},
    USUAL | {"ticket": "C", "caller": "", "unit": "区水务局", "matter": "停水"},
]


# Of ticket, unit, received, closed and is_satisfied: what is right, missing, and wrong.
WORDS = (
    ["A", "B", "C", ""],
    ["区城管局", "某局", ""],
    ["2026-10-12", "2026-10-32", ""],
    ["", "2026-10-13", "2026-09-01"],
    ["", "是", "?"],
)


def without_place(tickets: pd.DataFrame) -> pd.DataFrame:
    return tickets.drop(columns=["file", "sheet", "row_number"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_gives_the_same_facts(delivery, encoding):
    expected = delivery.month(THREE).tickets
    path = delivery.folder / "工单.csv"
    path.write_bytes(csv_text(THREE, TICKET_COLUMNS).encode(encoding))
    delivery.kept.clear()
    pd.testing.assert_frame_equal(delivery.clean([path]).tickets, expected)


def test_parquet_and_sheet_give_the_same_facts_as_csv(delivery):
    expected = without_place(delivery.month(THREE).tickets)
    rows = [[row.get(key, "") for key in TICKET_COLUMNS] for row in THREE]
    path = delivery.folder / "工单.parquet"
    frame = pd.DataFrame(rows, columns=list(TICKET_COLUMNS.values()))
    frame.assign(受理日期=pd.to_datetime(frame["受理日期"])).to_parquet(path)
    sheet = RawSheet("工单.xlsx", "Sheet1", (("澄川区工单",), tuple(TICKET_COLUMNS.values()), *map(tuple, rows)))
    for item in (path, sheet):
        delivery.kept.clear()
        pd.testing.assert_frame_equal(without_place(delivery.clean([item]).tickets), expected)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-10-12 09:30:05", "09:30:05"),
        ("2026-10-12 9:30", "09:30:00"),
        ("2026-10-12T23:59:59.7", "23:59:59"),
        ("2026年10月12日 09:30", "09:30:00"),
        ("2026.10.12 下午3:05", "15:05:00"),
        ("2026-10-12T01:30:00Z", "09:30:00"),
        ("46307.5", "12:00:00"),
        ("2026-10-12", ""),
        ("2026-10-12 00:00:00.0", ""),
    ],
)
def test_a_ticket_keeps_the_time_of_day_where_it_has_one(delivery, written, kept):
    late = "2026-10-13 16:45"
    rows = [
        USUAL | {"ticket": "A", "received": written, "closed": late},
        USUAL | {"ticket": "B", "received": "2026-10-09"},
    ]
    tickets = delivery.month(rows).tickets.set_index("ticket_id")
    assert tickets.loc["A", ["received", "received_time", "closed_time"]].tolist() == ["2026-10-12", kept, "16:45:00"]
    assert tickets.loc["B", ["received", "received_time", "closed_time"]].tolist() == ["2026-10-09", "", ""]


def test_an_open_ticket_carried_on_keeps_its_time_of_day(delivery):
    delivery.month([USUAL | {"ticket": "A", "received": "2026-10-12 09:30"}])
    later = delivery.month([USUAL | {"ticket": "B", "received": "2026-11-03"}], period="2026-11").tickets
    assert later.set_index("ticket_id").loc["A", "received_time"] == "09:30:00"


def test_contents_are_the_same_in_any_order_and_encoding_and_differ_with_any_fact(delivery):
    def contents(rows: list[dict], encoding: str = "utf-8") -> str:
        path = delivery.folder / "工单.csv"
        path.write_bytes(csv_text(rows, TICKET_COLUMNS).encode(encoding))
        delivery.kept.clear()
        return delivery.clean([path]).reconciliation["contents"].item()

    known = contents(THREE)
    assert len(known) == 16
    assert contents(THREE[::-1], "gb18030") == known
    assert contents([*THREE[:2], THREE[2] | {"closed": "2026-10-14"}]) != known
    assert contents([*THREE[:2], THREE[2] | {"ticket": "D"}]) != known


def test_titles_notes_totals_blank_rows_and_repeated_headers_are_no_data(delivery):
    text = csv_text(THREE, TICKET_COLUMNS)
    header = text.splitlines()[0]
    path = delivery.folder / "工单.csv"
    path.write_text(f"澄川区工单汇总\n{text}{header}\n,,,,\n合计,3\n注:以上为当月数据\n", "utf-8")
    intake = delivery.clean([path])
    (counts,) = intake.reconciliation.to_dict("records")
    assert (counts["n_read"], counts["n_clean"], counts["n_set_aside"], counts["n_not_data"]) == (7, 3, 0, 4)
    # B's text holds a line break: C stands in the fifth row of the table, the sixth line of the file.
    assert intake.tickets.set_index("ticket_id")["row_number"].to_dict() == {"A": 3, "B": 4, "C": 5}


def test_caller_is_stored_as_hmac_and_two_ways_to_write_it_are_one(delivery):
    keys = delivery.month(THREE).tickets.set_index("ticket_id")["caller_key"]
    expected = hmac.new(SECRET, b"13800000001", "sha256").hexdigest()[:32]
    assert keys.to_dict() == {"A": expected, "B": expected, "C": ""}


def test_no_free_text_and_no_caller_reaches_any_table(delivery):
    intake = delivery.month(
        [THREE[0] | {"text": "机密内容"}, THREE[1] | {"closed": "2026-01-01"}, THREE[2] | {"matter": "怪事"}]
    )
    tables = (intake.tickets, intake.transfers, intake.measurements, intake.lineage, intake.reconciliation)
    everything = " ".join(table.to_csv() for table in tables) + " ".join(p.message for p in intake.problems)
    for secret in ("机密内容", "13800000001", "138 0000 0001", "又来电"):
        assert secret not in everything


def test_result_does_not_depend_on_the_order_of_rows_or_files(delivery):
    rows = [USUAL | {"ticket": f"{n:03d}", "caller": str(n % 7), "closed": "2026-10-14"} for n in range(60)]
    rows += [rows[3], rows[5] | {"closed": "2026-10-15"}]
    first = delivery.month(rows)
    shuffled = rows.copy()
    random.Random(7).shuffle(shuffled)
    paths = [delivery.folder / "乙.csv", delivery.folder / "甲.csv"]
    for path, part in zip(paths, (shuffled[:20], shuffled[20:]), strict=True):
        path.write_text(csv_text(part, TICKET_COLUMNS), "utf-8")
    delivery.kept.clear()
    second = delivery.clean(paths)
    pd.testing.assert_frame_equal(without_place(second.tickets), without_place(first.tickets))
    pd.testing.assert_frame_equal(second.measurements, first.measurements)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*map(st.sampled_from, WORDS)), max_size=12))
def test_no_row_is_dropped(delivery, tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "工单.csv"
    keys = ("ticket", "unit", "received", "closed", "is_satisfied")
    path.write_text(csv_text([dict(zip(keys, row, strict=True)) for row in rows], TICKET_COLUMNS), "utf-8")
    delivery.kept.clear()
    intake = delivery.clean([path])
    (counts,) = intake.reconciliation.to_dict("records")
    assert counts["n_read"] == len(rows) == counts["n_clean"] + counts["n_set_aside"] + counts["n_not_data"]
    assert counts["n_clean"] == len(intake.tickets)
    assert counts["n_set_aside"] == len([p for p in intake.problems if p.severity == "set_aside"])


def test_too_many_rows_set_aside_block_publication(delivery):
    good = [USUAL | {"ticket": f"{n:03d}"} for n in range(98)]
    bad = [USUAL | {"ticket": f"X{n}", "unit": "某局"} for n in range(3)]
    assert not any(p.is_blocking for p in delivery.month(good + bad[:2]).problems)
    delivery.kept.clear()
    blocked = delivery.month(good + bad, period="2026-11", as_of=date(2026, 11, 30))
    assert [p.code for p in blocked.problems if p.is_blocking] == ["too-many-set-aside"]


def test_unreadable_file_blocks_and_the_others_are_read(delivery):
    bad, good = delivery.folder / "坏.csv", delivery.folder / "好.csv"
    bad.write_text("工单编号,渠道\n1,2\n", "utf-8")
    good.write_text(csv_text(THREE, TICKET_COLUMNS), "utf-8")
    intake = delivery.clean([bad, good])
    assert [(p.code, p.file, p.is_blocking) for p in intake.problems] == [("unreadable-file", "坏.csv", True)]
    assert len(intake.tickets) == 3


def test_measurements_pool_what_is_due_and_lineage_names_the_cells(delivery):
    rows = [
        {"ticket": "A", "closed": "2026-10-13", "is_call_back_valid": "是", "is_satisfied": "满意"},
        {"ticket": "B", "closed": "2026-10-30", "is_call_back_valid": "是", "is_satisfied": "不满意"},
        {
            "ticket": "C",
            "received": "2026-10-30",
            "closed": "2026-10-30",
            "is_call_back_valid": "是",
            "is_satisfied": "满意",
        },
    ]
    moves = [{"ticket": "B", "step": 1, "from_unit": "区住建局", "to_unit": "区城管局", "date": "2026-10-12"}]
    intake = delivery.month(rows, moves)
    found = intake.measurements.set_index("measurement_id")
    satisfaction = found.loc["2026-10/D57/common-10"]
    assert (satisfaction["numerator"], satisfaction["denominator"], satisfaction["value"]) == (1, 2, 0.5)
    shared = found.loc["2026-10/D57/related-06"]
    assert (shared["numerator"], shared["denominator"]) == (0, 1)
    assert found.loc["2026-10/D01/common-10", "status"] == "not_applicable"
    assert len(found) == 2 * len(delivery.book.at("2026-10").units)
    cells = intake.lineage[intake.lineage["measurement_id"] == "2026-10/D57/common-10"]
    told = sorted(cells["role"] + " " + cells["cell"] + " " + cells["raw"])
    assert told == ["denominator J2 是", "denominator J3 是", "numerator K2 满意"]


class TestAcrossMonths:
    """A ticket counts once, in the month in which it is due (S20)."""

    def test_closed_before_its_due_month_it_counts_in_that_month(self, delivery, by_id):
        september = [{"ticket": "A", "received": "2026-09-29", "closed": "2026-09-30"}]
        assert not by_id(delivery.month(september, period="2026-09"))["A"]["is_due"]
        ticket = by_id(delivery.month([{"ticket": "B"}]))["A"]
        assert ticket["is_due"] and ticket["is_on_time"] and ticket["delivered_in"] == "2026-09"
        assert not ticket["is_first_delivery"]

    def test_counted_once_it_never_counts_again(self, delivery, by_id):
        late = {"ticket": "A", "received": "2026-09-01"}
        assert by_id(delivery.month([late], period="2026-09"))["A"]["is_due"]
        # An extension granted after the due month would move it: the month that counted it keeps it.
        again = by_id(delivery.month([late | {"extended_to": "2026-09-15", "due": "2026-10-12"}]))["A"]
        assert again["due_period"] == "2026-10" and again["counted_in"] == "2026-09" and not again["is_due"]

    def test_latest_delivery_wins(self, delivery, by_id):
        delivery.month([{"ticket": "A", "received": "2026-09-29"}], period="2026-09")
        ticket = by_id(delivery.month([{"ticket": "A", "received": "2026-09-29", "closed": "2026-10-09"}]))["A"]
        assert ticket["is_closed"] and ticket["delivered_in"] == "2026-10"

    def test_open_ticket_that_is_not_delivered_again_stays_open_and_is_told(self, delivery, by_id):
        delivery.month([{"ticket": "A", "received": "2026-09-29"}], period="2026-09")
        intake = delivery.month([{"ticket": "B"}])
        assert not by_id(intake)["A"]["is_closed"]
        assert [p.code for p in intake.problems] == ["open-ticket-missing"]

    def test_ticket_first_told_after_its_due_month_counts_nowhere_and_is_told(self, delivery, by_id):
        delivery.month([{"ticket": "A", "received": "2026-09-29", "closed": "2026-09-29"}], period="2026-09")
        intake = delivery.month([{"ticket": "B", "received": "2026-09-01", "closed": "2026-10-12"}])
        assert by_id(intake)["B"]["counted_in"] == ""
        assert [p.code for p in intake.problems] == ["late-registration"]

    def test_open_ticket_of_a_merged_unit_is_its_heirs(self, delivery, by_id):
        delivery.month([{"ticket": "A", "unit": "区粮食局", "received": "2024-06-28"}], period="2024-06")
        assert (
            by_id(delivery.month([{"ticket": "B", "received": "2024-07-01"}], period="2024-07"))["A"]["unit_id"]
            == "D21"
        )

    def test_shared_is_remembered_when_its_transfers_are_not_told_again(self, delivery, by_id):
        moves = [{"ticket": "A", "step": 1, "from_unit": "区住建局", "to_unit": "区城管局", "date": "2026-09-29"}]
        row = {"ticket": "A", "received": "2026-09-29"}
        delivery.month([row], moves, period="2026-09")
        ticket = by_id(delivery.month([row | {"closed": "2026-10-08"}]))["A"]
        assert ticket["is_shared"] and ticket["n_transfers"] == 1


def test_transfers_name_units_and_days_held(delivery):
    moves = [
        {"ticket": "A", "step": 1, "from_unit": "区住建局", "to_unit": "区水务局", "date": "2026-10-14"},
        {"ticket": "A", "step": 2, "from_unit": "区水务局", "to_unit": "区城管局", "date": "2026-10-15"},
    ]
    found = delivery.month([{"ticket": "A"}], moves).transfers
    assert found[["step", "from_unit_id", "to_unit_id", "hold_working_days"]].values.tolist() == [
        [1, "D56", "D31", 2],
        [2, "D31", "D57", 1],
    ]
    assert list(TRANSFER_COLUMNS) == ["ticket", "step", "from_unit", "to_unit", "date", "is_returned"]


@pytest.mark.parametrize("written", ["g1", "Ｇ１", "G\u200b1", '="G1"', "'G1"])
def test_one_ticket_written_in_two_ways_counts_once_and_keeps_its_transfers(delivery, written):
    move = {"ticket": written, "step": "1", "from_unit": "区水务局", "to_unit": "区城管局", "date": "2026-10-13"}

    intake = delivery.month([{"ticket": "G1"}, {"ticket": written}], [move])

    assert intake.tickets["ticket_id"].tolist() == ["G1"]
    assert intake.transfers["ticket_id"].tolist() == ["G1"]
    assert [problem.code for problem in intake.problems] == ["duplicate-ticket"]


@pytest.mark.parametrize(
    "written",
    ["2026-10-12 09:30:00.0", "2026年10月12日 09:30", "2026.10.12 09:30", "2026-10-12T09:30:00+08:00", '="2026-10-12"',
     "46307", "2026/10/12 上午 9:30:00"],
)  # fmt: skip
def test_tickets_are_read_by_the_same_reader_of_dates_as_every_sheet(delivery, written):
    intake = delivery.month([{"ticket": "A", "received": written}])
    assert intake.tickets["received"].tolist() == ["2026-10-12"]
    assert not intake.problems


def test_an_id_that_a_spreadsheet_has_shortened_blocks_and_is_shown(delivery):
    (problem,) = [p for p in delivery.month([{"ticket": "2.0261E+11"}, {"ticket": "B"}]).problems if p.row == 2]
    assert (problem.code, problem.is_blocking) == ("number-as-id", True)
    assert "2.0261E+11" in problem.message


def test_a_matter_that_nobody_knows_is_kept_as_a_reader_sees_it(delivery):
    intake = delivery.month([{"ticket": "A", "matter": "\u202e新\u200b事项 "}])
    assert intake.tickets["matter"].tolist() == ["新事项"]
