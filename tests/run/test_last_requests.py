"""What the month before asked for is what its own bulletin lists."""

from datetime import date

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.last_requests import TABLES_OF_OUTCOMES
from analysis.run.last_requests import last_requests
from analysis.run.month import Month


def test_the_requests_are_those_of_the_bulletin_of_the_month_before(district):
    march = Month(district, load_policy(district), "2023-03", date(2023, 3, 31))
    march._made.update({name: TABLES[name].empty() for name in TABLES_OF_OUTCOMES})
    told = last_requests(march)
    assert told.startswith("上月通报所提要求的办理情况：")
    assert "尚未检查" in told and "未登记" in told


def test_a_month_without_a_bulletin_before_it_says_nothing(district):
    book = load_policy(district)
    february, january = (Month(district, book, f"2023-0{n}", date(2023, n, 28)) for n in (2, 1))
    assert (last_requests(february), last_requests(january)) == ("", "")  # January has tables alone, nothing before it
