"""The tickets of a month's revisions, and what later months may tell of them (S46)."""

import pandas as pd

from analysis.policy.book import load_policy
from analysis.report.site.open_tickets import TICKET_TABLES, hotline_tables
from analysis.run.month import new_month
from analysis.run.store.revisions import Store
from analysis.run.ticket_history import ticket_history, told_tickets


def test_the_tickets_of_every_revision_count_since_pages_of_later_months_tell_of_them(district):
    store = Store(district)
    for period in ("2023-01", "2023-02"):  # the first month's tables alone were built
        (told,) = ticket_history(store, period)
        assert set(told) == set(TICKET_TABLES)
        assert (told["hotline_by_channel"]["period"] == period).all()
    assert ticket_history(store, "2023-02", before="r0001") == []


def test_of_the_months_before_a_page_tells_what_their_own_tells(district):
    book = load_policy(district)
    told = told_tickets(new_month(district, book, "2023-02"))
    own = hotline_tables(ticket_history(Store(district), "2023-01"), book.at("2023-01").packs)
    for name in TICKET_TABLES:
        pd.testing.assert_frame_equal(told[name], own[name])
    assert told_tickets(new_month(district, book, "2023-01")) == {}
