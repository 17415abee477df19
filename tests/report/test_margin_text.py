"""The margins that `explain` tells: what is within reach, what is not, and what is not known."""

import numpy as np
import pandas as pd
import pytest

from analysis.report.margin_text import margin_lines, margins_of

ROW = pd.Series(
    {
        "verdict": "borderline",
        "margin_up_points": 0.78,
        "margin_down_points": 1.9,
        "margin_interview_points": -2.4,
        "weight_margin_up_points": 5.1057,
        "weight_margin_down_points": np.nan,
        "weight_margin_interview_points": np.nan,
    }
)


def lines(row, scope="month"):
    return list(margin_lines(margins_of(row, "2026-10", scope, 10), "达标"))


def test_a_margin_is_told_in_points_and_in_weights_within_the_bounds():
    told = margins_of(ROW, "2026-10", "ytd", 10)
    assert told["up"] == {"points": 0.78, "weights_points": 5.1057}
    assert told["down"] == {"points": 1.9, "weights_points": None}
    assert told["interview"] == {"points": 2.4, "weights_points": None}
    assert (told["is_listed"], told["weights_bound_points"], told["scope"]) == (False, 10, "ytd")
    head, up, down, interview = lines(ROW, "ytd")
    assert "本年累计" in head and "按得分为达标" in head and "±10个百分点" in head
    assert up == "  升入更高等次：再得0.78分，或调整权重（任一渠道最多变动5.11个百分点）"
    assert down == "  降入更低等次：再失1.90分，仅调权重达不到"
    assert interview == "  将列入约谈范围（后五名或不达标）：再失2.40分，仅调权重达不到"


def test_a_listed_unit_reads_what_takes_it_off_the_list():
    listed = ROW.replace(-2.4, 0.31).drop("weight_margin_interview_points")
    told = margins_of(listed, "2026-10", "month", 10)
    assert told["is_listed"] is True
    # The margin in weights was not reckoned by the version that published the month: no word, not a false one.
    assert lines(listed)[-1] == "  可退出约谈范围（后五名或不达标）：再得0.31分"


def test_a_line_that_cannot_be_reached_is_said_so():
    alone = ROW.copy()
    alone[["margin_up_points", "margin_down_points", "margin_interview_points"]] = np.nan
    assert lines(alone)[1:] == [
        "  已无更高等次可升",
        "  已无更低等次可降",
        "  约谈范围（后五名或不达标）：得分再变也不进不出",
    ]
    assert margins_of(alone, "2026-10", "month", 10)["is_listed"] is None


@pytest.mark.parametrize(
    ("row", "word"),
    [(None, "没有 certainty 表，不知余量；先运行 analysis run 2026-10"), (ROW.replace("borderline", ""), "没有得分")],
)
def test_where_there_is_nothing_to_say_the_reason_is_told(row, word):
    told = margins_of(row, "2026-10", "month", 10)
    assert word in told["note"]
    assert told["up"] is told["down"] is told["interview"] is None
    assert lines(row) == [f"余量（当月）：{told['note']}"]
