"""What a year's notice tells beside its results, on small tables whose answers can be counted by hand."""

import pandas as pd
import pytest

from analysis.report.year import two_years
from analysis.report.year_round import tell_over_year, tell_tickets


def tickets(months: list[str], **told: int) -> pd.DataFrame:
    usual = {"channel": "all", "n_received": 10, "n_due": 8, "n_on_time": 6, "n_valid_call_backs": 4, "n_satisfied": 3}
    other = {"channel": "hotline", "n_received": 7}
    return pd.DataFrame([usual | kind | told | {"period": month} for month in months for kind in ({}, other)])


def test_a_year_s_tickets_are_counted_once_and_stand_beside_the_year_before():
    months = two_years("2025-12")
    assert (len(months), months[0], months[-1]) == (24, "2024-01", "2025-12")
    last, now = tickets(months[:12]), tickets(months[12:])
    now.loc[(now["period"] == "2025-03") & (now["channel"] == "all"), ["n_received", "n_due", "n_on_time"]] = [
        22,
        20,
        20,
    ]
    assert tell_tickets(pd.concat([last, now]), "2025-12") == (
        "2025年受理各渠道工单132件（比上年增加12件），到期108件，"
        "按时办结率79.63%（比上年上升4.63个百分点），群众满意率75.00%（比上年持平）。"
    )


@pytest.mark.parametrize(("first", "span"), [(12, ""), (20, "（4个月）")])
def test_a_year_that_has_no_whole_one_before_it_stands_alone(first, span):
    now = tickets(two_years("2025-12")[first:])
    count = 10 * (24 - first)
    told = tell_tickets(now, "2025-12")
    assert told.startswith(f"2025年{span}受理各渠道工单{count}件，到期") and "比上年" not in told
    part = tickets(two_years("2025-12")[3:])  # of which nine months are the year before's
    assert "比上年" not in tell_tickets(part, "2025-12")


def test_a_year_without_tickets_or_call_backs_says_no_rate_of_none():
    months = two_years("2025-12")
    assert tell_tickets(tickets(months[:12]), "2025-12") == ""
    assert tell_tickets(tickets(months, n_valid_call_backs=0, n_satisfied=0), "2025-12").endswith(
        "按时办结率75.00%（比上年持平）。"
    )


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ((15, 9, 8), "超编合计年初（1月）3名、年末5名，变化最大的是{D02}（2名变为5名）。"),
        ((13, 10, 8), "超编合计年初（1月）3名、年末3名。"),  # two share the largest step
        ((12, 11, 8), "超编合计年初（1月）3名、年末3名。"),
    ],
)
def test_how_many_more_than_their_posts_units_held_at_both_ends_of_a_year(whole_book, now, told):
    """The page of a year told who has too many, and nothing of where that goes."""
    policy, last = whole_book.at("2025-12"), "2025-12"
    rows = [(f"{last[:4]}-01", unit, 10, held) for unit, held in (("D02", 12), ("D03", 11), ("D04", 7))]
    rows += [(last, unit, 10, held) for unit, held in zip(("D02", "D03", "D04"), now, strict=True)]
    monthly = pd.DataFrame([*rows, (last, "D05", 3, 9)], columns=["period", "unit_id", "posts", "in_post"])
    assert tell_over_year(monthly, policy) == told.format(D02=policy.names["D02"])
    assert tell_over_year(monthly[monthly["period"] == last], policy) == ""
