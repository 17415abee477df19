"""What the step `actions` tells of months before: the ledger then, for the first screen's change."""

from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.run.steps.action import ledgers_before


def test_the_ledger_of_the_month_before_stands_as_at_its_end_and_a_year_that_is_not_there_is_none(district):
    month = new_month(district, load_policy(district), "2023-02")
    before, year_before = ledgers_before(month)
    items = month.table("ledger_items", "2023-01")
    assert sorted(before["item_id"]) == sorted(items["item_id"])
    open_late = (items["due"] < "2023-01-31") & ((items["closed"] == "") | (items["closed"] > "2023-01-31"))
    assert set(before.loc[before["light"] == "red", "item_id"]) == set(items.loc[open_late, "item_id"])
    assert year_before is None


def test_the_first_month_has_no_ledger_before(district):
    assert ledgers_before(new_month(district, load_policy(district), "2023-01")) == (None, None)
