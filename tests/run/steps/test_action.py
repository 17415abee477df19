"""What the first screen tells of the ledger of months before: the red items at their ends (S22)."""

from analysis.action.ledger import build_ledger, count_red
from analysis.policy.book import load_policy
from analysis.policy.period import month_end
from analysis.policy.tables import TABLES
from analysis.run.month import new_month


def test_red_items_of_a_month_before_are_those_of_its_ledger_at_its_end(district):
    book = load_policy(district)
    items = new_month(district, book, "2023-02").table("ledger_items", "2023-01")
    none = TABLES["ledger_items"].empty()
    ledger = build_ledger(book, book.at("2023-01").ledger, items, none, "2023-01", month_end("2023-01"))
    assert count_red(items).to_dict() == {"2023-01": (ledger["light"] == "red").sum()}


def test_months_without_items_are_none():
    assert count_red(TABLES["ledger_items"].empty()).empty
