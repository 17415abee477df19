"""A file of tickets or transfers is known by its header alone; foreign files by configuration."""

import shutil
from pathlib import Path

import pytest

from analysis.insight.hotline import measure_hotline
from analysis.intake.labels import read_labels
from analysis.intake.readers import open_text
from analysis.intake.tickets.clean import clean_tickets
from analysis.intake.tickets.header import ticket_layout
from analysis.policy.book import load_policy

from .conftest import ROOT, SECRET, TICKET_COLUMNS, TRANSFER_COLUMNS, csv_text

REQUESTS = """Unique Key,Created Date,Closed Date,Agency,Complaint Type,Status,Due Date,Incident Address
1,10/12/2026 09:15:00 AM,10/13/2026 08:00:00 PM,NYPD,Noise - Residential,Closed,10/14/2026 09:15:00 AM,1 MAIN STREET
2,10/12/2026 11:00:00 PM,10/15/2026 08:00:00 AM,NYPD,Noise - Residential,Closed,10/14/2026 11:00:00 PM,1 Main Street
3,10/13/2026 07:00:00 AM,,DSNY,Missed Collection,Open,10/20/2026 07:00:00 AM,2 SIDE STREET
4,10/13/2026 07:00:00 AM,10/20/2026 05:00:00 AM,DSNY,Missed Collection,Closed,10/20/2026 07:00:00 AM,3 SIDE STREET
5,10/14/2026 07:00:00 AM,,DSNY,Missed Collection,Closed,10/20/2026 07:00:00 AM,4 SIDE STREET
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_kind_is_known_by_the_header_in_any_encoding(delivery, encoding):
    labels = read_labels(delivery.book.at("2026-10"))
    path = delivery.folder / "x.csv"
    for columns, kind in (
        (TICKET_COLUMNS, "tickets"),
        (TRANSFER_COLUMNS, "transfers"),
        ({"a": "单位", "b": "在编人数"}, None),
    ):
        path.write_bytes(("表\n" + csv_text([], columns)).encode(encoding))
        layout = ticket_layout(open_text(path), labels)
        assert (layout.kind if layout else None) == kind


@pytest.fixture
def foreign_root(tmp_path) -> Path:
    """The project's params, in which two units are also known by the names of agencies."""
    root = tmp_path / "root"
    shutil.copytree(ROOT / "params", root / "params")
    units = root / "params" / "units.yml"
    text = units.read_text("utf-8").replace("aliases: [公安澄川分局]", "aliases: [公安澄川分局, NYPD]")
    units.write_text(text.replace("aliases: [区城管局,", "aliases: [区城管局, DSNY,"), "utf-8")
    return root


def test_a_public_311_file_runs_through_the_same_code_by_configuration(foreign_root):
    book = load_policy(foreign_root)
    policy = book.at("2026-10")
    path = foreign_root / "311.csv"
    path.write_text(REQUESTS, "utf-8")
    assert ticket_layout(open_text(path), read_labels(policy)).kind == "tickets"

    intake = clean_tickets([path], policy, secret=SECRET)
    assert [(p.code, p.cell) for p in intake.problems if p.cell] == [("status-contradicts", "F6")]
    clean = foreign_root / "tickets.parquet"
    intake.tickets.to_parquet(clean)
    measured = measure_hotline([clean], ["2026-10"], policy).by_unit.set_index("unit_id")

    # By hand: NYPD closed 1 of 2 in time; DSNY 1 of 2, the closed one without a date being set aside.
    assert measured["on_time_pct"].to_dict() == {"D52": 50.0, "D57": 50.0}
    assert measured["n_due"].to_dict() == {"D52": 2, "D57": 2}
    # Same address and complaint within 30 days: a repeat, capitals or not.
    assert measured["n_repeats"].to_dict() == {"D52": 1, "D57": 0}


def test_a_ticket_whose_status_says_duplicate_counts_under_the_other_one_alone(foreign_root):
    policy = load_policy(foreign_root).at("2026-10")
    path = foreign_root / "311.csv"
    path.write_text(
        REQUESTS.replace("Residential,Closed,10/14/2026 11", "Residential,Closed - Duplicate,10/14/2026 11"), "utf-8"
    )
    first = clean_tickets([path], policy, secret=SECRET)
    assert first.tickets["ticket_id"].tolist() == ["1", "3", "4"]
    assert [(p.code, p.cell) for p in first.problems if p.cell] == [
        ("marked-duplicate", "F3"),
        ("status-contradicts", "F6"),
    ]
    (row,) = first.reconciliation.to_dict("records")
    assert (row["n_read"], row["n_clean"], row["n_set_aside"], row["n_not_data"]) == (5, 3, 1, 1)
    assert first.tickets["received_time"].tolist() == ["09:15:00", "07:00:00", "07:00:00"]

    # Open when it was delivered first, known as a duplicate a month later: carried on no further.
    kept = foreign_root / "tickets.parquet"
    first.tickets.to_parquet(kept)
    path.write_text(
        REQUESTS.splitlines()[0] + "\n3,10/13/2026,,DSNY,Missed Collection,duplicate,10/20/2026,x\n", "utf-8"
    )
    later = clean_tickets([path], load_policy(foreign_root).at("2026-11"), secret=SECRET, earlier_tickets=[kept])
    assert later.tickets["ticket_id"].tolist() == []
