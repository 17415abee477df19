"""A month's delivery of tickets, written by a test as rows and cleaned under the project's own params."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from analysis.intake.tickets.clean import TicketIntake, clean_tickets
from analysis.policy.book import PolicyBook, load_policy

ROOT = Path(__file__).resolve().parents[3]
SECRET = b"k" * 32
TICKET_COLUMNS = {
    "ticket": "工单编号",
    "channel": "来源渠道",
    "matter": "事项",
    "unit": "承办单位",
    "caller": "来电人标识",
    "received": "受理日期",
    "due": "办理时限",
    "extended_to": "延期至",
    "closed": "办结日期",
    "is_call_back_valid": "回访有效",
    "is_satisfied": "是否满意",
    "is_attitude_complaint": "态度投诉",
    "text": "诉求内容",
}
TRANSFER_COLUMNS = {
    "ticket": "工单编号",
    "step": "转办序号",
    "from_unit": "转出单位",
    "to_unit": "转入单位",
    "date": "转办日期",
    "is_returned": "是否退回",
}
USUAL = {"channel": "12345", "matter": "占道经营", "unit": "区城市管理局", "received": "2026-10-12"}


def csv_text(rows: list[dict], columns: dict[str, str]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns.values())
    writer.writerows([row.get(key, "") for key in columns] for row in rows)
    return stream.getvalue()


@dataclass
class Delivery:
    """Months of one district in a folder: `month` cleans one and keeps its table for those that follow."""

    folder: Path
    book: PolicyBook
    kept: list[Path] = field(default_factory=list)

    def month(self, tickets: list[dict], transfers: list[dict] = (), period: str = "2026-10", **more) -> TicketIntake:
        folder = self.folder / period
        folder.mkdir()
        files = [folder / "工单.csv"]
        files[0].write_text(csv_text([USUAL | row for row in tickets], TICKET_COLUMNS), "utf-8")
        if transfers:
            files.append(folder / "转办记录.csv")
            files[1].write_text(csv_text(list(transfers), TRANSFER_COLUMNS), "utf-8")
        return self.clean(files, period, **more)

    def clean(self, files: list, period: str = "2026-10", **more) -> TicketIntake:
        intake = clean_tickets(files, self.book.at(period), secret=SECRET, earlier_tickets=tuple(self.kept), **more)
        path = self.folder / f"tickets-{period}.parquet"
        intake.tickets.to_parquet(path)
        self.kept.append(path)
        return intake


@pytest.fixture(scope="session")
def book() -> PolicyBook:
    return load_policy(ROOT)


@pytest.fixture
def delivery(tmp_path, book) -> Delivery:
    return Delivery(tmp_path, book)


@pytest.fixture
def by_id():
    """Return the rows of `tickets` by id."""

    def index(intake: TicketIntake) -> dict[str, pd.Series]:
        return {row["ticket_id"]: row for _, row in intake.tickets.iterrows()}

    return index
