"""What the packs of a month are made from."""

from analysis.policy.book import load_policy
from analysis.report.site.open_tickets import TICKET_TABLES
from analysis.run.month import new_month
from analysis.run.packs import earlier_tickets


def test_the_public_page_knows_the_tickets_of_earlier_revisions_with_pages(district):
    book = load_policy(district)
    (told,) = earlier_tickets(new_month(district, book, "2023-02"))
    assert set(told) == set(TICKET_TABLES)
    assert (told["hotline_by_channel"]["period"] == "2023-02").all()
    assert earlier_tickets(new_month(district, book, "2023-01")) == ()  # its tables alone were built
