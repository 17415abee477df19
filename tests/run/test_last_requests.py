"""What the month before asked for is what its own bulletin lists."""

from datetime import date
from types import SimpleNamespace

from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.report.last_requests import TABLES_OF_OUTCOMES
from analysis.report.tasks import Task
from analysis.run import last_requests as of_run
from analysis.run.last_requests import last_requests, last_tasks
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


def test_requests_are_followed_back_as_far_as_bulletins_reach(monkeypatch):
    asked = Task("meeting", date(2023, 3, 15), subject="停车")
    told = {"2023-04": "2023-03", "2023-03": "2023-02", "2023-02": "2023-01", "2022-12": "2022-11"}

    def bulletin(store, period, start):
        of = told.get(period)
        return of and SimpleNamespace(all_tasks=[asked], policy=SimpleNamespace(period=of))

    monkeypatch.setattr(of_run, "_last_bulletin", bulletin)
    found = {period: last_tasks(None, period, "2022-01") for period in ("2023-04", "2023-02", "2023-01")}
    assert [[task.n_asked for task in tasks] for tasks in found.values()] == [[2], [0], []]
