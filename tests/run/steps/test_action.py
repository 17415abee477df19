"""Which ledgers of months before a month reads: for its red items then, and for what its items repeat (R9, S22)."""

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.action.ledger import build_ledger, count_red
from analysis.policy.book import load_policy
from analysis.policy.period import month_end
from analysis.policy.tables import TABLES
from analysis.run.month import new_month
from analysis.run.steps.action import _earlier_items


def test_red_items_of_a_month_before_are_those_of_its_ledger_at_its_end(district):
    book = load_policy(district)
    items = new_month(district, book, "2023-02").table("ledger_items", "2023-01")
    none = TABLES["ledger_items"].empty()
    ledger = build_ledger(book, book.at("2023-01").ledger, items, none, "2023-01", month_end("2023-01"))
    assert count_red(items).to_dict() == {"2023-01": (ledger["light"] == "red").sum()}


def test_months_without_items_are_none():
    assert count_red(TABLES["ledger_items"].empty()).empty


@pytest.mark.parametrize(
    ("oldest", "start", "read"),
    [
        ("2026-09-30", "2023-01", ["2026-07", "2026-08", "2026-09"]),
        ("2026-07-01", "2023-01", ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09"]),
        ("2019-01-01", "2026-08", ["2026-08", "2026-09"]),  # no ledger is older than the district
        ("2026-10-02", "2026-10", []),
        (None, "2023-01", []),
    ],
)
def test_the_ledgers_read_reach_from_the_month_before_the_oldest_item_by_so_many_months(oldest, start, read):
    asked = []

    def tables_of(name, periods, columns):
        asked.extend(periods)
        return pd.DataFrame(columns=columns)

    rules, book = SimpleNamespace(repeat_months=2), SimpleNamespace(district=SimpleNamespace(start=start))
    policy = SimpleNamespace(ledger=rules)
    month = SimpleNamespace(period="2026-10", policy=policy, book=book, tables_of=tables_of)
    found = [oldest, "2026-10-05"] if oldest else []
    _earlier_items(month, pd.DataFrame({"found": pd.Series(found, dtype=str)}))
    assert asked == read
