"""Who differs between two results, in lines, a sentence and a table."""

from pathlib import Path

import pandas as pd

from analysis.policy.book import load_policy
from analysis.report.differences import describe_differences, differences_table, tell_differences

NAMES = load_policy(Path(__file__).resolve().parents[2]).names


def test_movers_are_told_in_lines():
    mover = {
        "scope": "month",
        "unit_id": "D01",
        "total_before": 90.0,
        "total_after": 88.5,
        "rank_before": 3,
        "rank_after": 12,
        "tier_before": "excellent",
        "tier_after": "fail",
        "is_bottom_five_before": False,
        "is_bottom_five_after": True,
        "is_interview_before": False,
        "is_interview_after": True,
    }
    lines = describe_differences(pd.DataFrame([mover]), NAMES)
    assert lines[0] == "当月：1个单位有变化"
    assert lines[1] == (
        f"  {NAMES['D01']}：得分90.00→88.50，位次3→12，等次优秀→不达标，列入末位名次，列入约谈、通报批评范围"
    )
    assert lines[2] == "本年累计：无变化"
    assert describe_differences(pd.DataFrame(columns=list(mover)), NAMES) == [
        "当月和本年累计的得分、位次、等次均无变化。"
    ]


def test_moves_across_the_interviews_are_told_with_the_policys_words():
    row = {"scope": "month", "unit_id": "D01", "total_before": 80.0, "total_after": 70.0, "rank_before": 1}
    row |= {"rank_after": 2, "tier_before": "good", "tier_after": "fail"}
    row |= {"is_bottom_five_before": False, "is_bottom_five_after": False}
    movers = pd.DataFrame([row | {"is_interview_before": False, "is_interview_after": True}])
    assert tell_differences(movers, "month", "末档") == (
        "当月：得分变化1个单位，位次变化1个，等次变化1个，进出约谈范围（末档）1个。"
    )
    assert tell_differences(movers, "ytd", "末档") == "本年累计：得分、位次、等次均无变化。"
    page = differences_table(movers, NAMES, "有变化")
    assert ">80.00<" in page and ">列入<" in page
