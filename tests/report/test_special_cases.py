"""A tie, a channel without data, one unit, all equal, one indicator: each is said in words."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.policy.base import CHANNELS
from analysis.policy.book import load_policy
from analysis.report.special_cases import tell_special_cases

NAMES = load_policy(Path(__file__).resolve().parents[2]).names
UNITS = ("D01", "D02", "D03")


def told(totals, missing=(), indicator_scores=(("D01", "common-01", 90.0), ("D01", "common-02", 90.0))):
    units = UNITS[: len(totals)]
    series = pd.Series(totals, dtype=float)
    ranks = series.rank(method="min", ascending=False).astype("Int64")
    certainty = pd.DataFrame({"unit_id": units, "total": series, "rank": ranks})
    pairs = [(unit, channel) for unit in units for channel in CHANNELS]
    scores = [np.nan if pair in missing else 90.0 for pair in pairs]
    channels = pd.DataFrame(pairs, columns=["unit_id", "channel"]).assign(score=scores)
    indicators = pd.DataFrame(indicator_scores, columns=["unit_id", "indicator_id", "score"])
    return tell_special_cases(certainty, channels, indicators, NAMES)


def test_where_nothing_is_special_nothing_is_said():
    assert told([92, 91, 90]) == []


def test_a_tie_is_named_with_its_place():
    (sentence,) = told([92, 90, 90])
    assert sentence.startswith(f"得分相同而并列的有1组：第2名{NAMES['D02']}、{NAMES['D03']}；并列不分先后")


def test_all_equal_is_one_place_for_all():
    assert told([88, 88, 88]) == ["3个单位得分完全相同（88.00分），并列第1，不分先后；等次由同分规则统一评定（S6）。"]


def test_one_unit_alone_ties_with_nobody():
    assert told([88]) == []


def test_a_unit_without_data_in_a_channel_is_named_with_the_channel():
    (sentence,) = told([92, 91, 90], missing=[("D02", "random")])
    assert sentence.endswith(f"只由有数据的渠道决定：{NAMES['random']}：{NAMES['D02']}。")
    (sentence,) = told([92, 91, 90], missing=[(unit, "random") for unit in UNITS])
    assert sentence.endswith(f"{NAMES['random']}：全部3个单位。")


def test_a_unit_without_any_score_is_not_said_to_lack_a_channel():
    assert told([92, 91, np.nan], missing=[("D03", channel) for channel in CHANNELS]) == []


def test_one_indicator_is_said_to_be_the_total():
    scores = [(unit, "common-01", 90.0) for unit in UNITS] + [("D01", "common-02", np.nan)]
    (sentence,) = told([92, 91, 90], indicator_scores=scores)
    assert sentence == f"各单位只有{NAMES['common-01']}一项指标有得分，总分就是这一项的得分，位次只反映这一项。"
    (sentence,) = told([92, 91, 90], indicator_scores=[*scores[:3], ("D01", "common-02", 80.0)])
    assert sentence == f"只有一项指标有得分、总分就是该项得分的单位：{NAMES['D02']}、{NAMES['D03']}。"
