"""Totals, tiers and channels in words: who is where, by which rules, and where channels differ."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.page.pieces import gap_dot
from analysis.report.page.theme import figure_svg, use_theme
from analysis.report.scores import (
    channel_heatmap,
    standing_finding,
    standing_rows,
    standing_title,
    tell_channel_gaps,
    tier_kpi,
    tier_rule,
    tier_table,
    weight_rule,
)

BOOK = load_policy(Path(__file__).resolve().parents[2])
NAMES, GRADING = BOOK.names, BOOK.at("2026-10").grading
OTHERS = NAMES | {"excellent": "甲等", "good": "乙等", "pass": "丙等", "fail": "丁等"}


def channels(**scores):
    rows = [(f"D0{place}", name, score) for name in NAMES.channels for place, score in enumerate(scores[name], 1)]
    return pd.DataFrame(rows, columns=["unit_id", "channel", "score"])


def test_the_widest_and_the_narrowest_channel_and_those_with_few_units_are_named():
    table = channels(daily=[90, 70, 80], key_work=[90, 88, 85], info_system=[90, 90, 89], random=[90, np.nan, np.nan])
    assert tell_channel_gaps(table, NAMES) == (
        f"单位之间得分差距最大的渠道是{NAMES['daily']}（70.00至90.00分），最小的是{NAMES['info_system']}（89.00至90.00分）；"
        f"有数据的单位，{NAMES['random']}只有1个。"
    )
    nobody = channels(daily=[90, 70], key_work=[90, 88], info_system=[90, 90], random=[np.nan, np.nan])
    assert tell_channel_gaps(nobody, NAMES).endswith(f"；有数据的单位，{NAMES['random']}没有。")


def test_one_unit_has_nobody_to_differ_from():
    assert "无可比较" in tell_channel_gaps(channels(**{name: [90.0] for name in NAMES.channels}), NAMES)


def units(*rows):
    """Units of one scope: (total, tier, reason)."""
    table = pd.DataFrame(rows, columns=["total", "tier", "tier_reason"])
    table = table.assign(unit_id=[f"D{n:02d}" for n in range(1, len(rows) + 1)], tier_by_score=table["tier"])
    return table.assign(
        rank=range(1, len(rows) + 1), is_tied=False, is_provisional=False, group="economy", group_rank=1
    )


def test_the_rule_of_weights_has_those_in_force():
    assert weight_rule(BOOK, "2026-10") == (
        "渠道内各指标同权（S2），四个渠道按20/30/30/20加权（R17），职责调整的单位按其文号调整（R18）。"
        "没有数据的指标或渠道，权重按比例分给其余（S11、S13）。"
    )
    (base,) = BOOK.weights.base
    other = base.model_copy(update={"weights": dict(zip(NAMES.channels, (40.0, 25.5, 24.5, 10.0), strict=True))})
    first, *rest = BOOK.indicators.indicators
    heavier = BOOK.indicators.model_copy(update={"indicators": (first.model_copy(update={"weight": 2.0}), *rest)})
    book = replace(BOOK, weights=BOOK.weights.model_copy(update={"base": (other,)}), indicators=heavier)
    told = weight_rule(book, "2026-10")
    assert "按40/25.5/24.5/10加权" in told and "各指标同权" not in told


@pytest.mark.parametrize(
    ("keys", "lines", "told"),
    [
        (("workload_per_head", "key_work_score", "deductions"), ("down", "up", "up"),
         "依次比较人均工作量、重点工作得分、扣分，仍相同的在甲等线就低、其余就高（S6）。"),
        (("deductions",), ("down", "down", "up"), "依次比较扣分，仍相同的在甲等、乙等线就低、其余就高（S6）。"),
        ((), ("up", "up", "up"), "同分跨线的，就高（S6）。"),
        ((), ("down", "down", "down"), "同分跨线的，就低（S6）。"),
    ],
)  # fmt: skip
def test_the_rule_of_tiers_has_keys_and_lines_of_the_policy(keys, lines, told):
    at_line = dict(zip(("excellent", "good", "pass"), lines, strict=True))
    assert tier_rule(GRADING.model_copy(update={"tie_keys": keys, "tie_at_line": at_line}), OTHERS).endswith(told)


def test_ties_are_told_with_the_line_that_they_lie_on():
    table = units((90.0, "good", "tie_down"), (90.0, "good", "tie_down"), (80.0, "pass", "tie_up"), (70.0, "fail", ""))
    assert standing_finding(table, OTHERS) == (
        "本月参评单位4个，其中甲等0个、乙等2个、丙等1个、丁等1个。"
        f"{NAMES['D01']}、{NAMES['D02']}同分且跨甲等线，就低评定；{NAMES['D03']}同分且跨丙等线，就高评定（S6）。"
    )


def test_a_note_says_why_and_where_with_the_policys_words():
    table = units((90.0, "good", "tie_key"), (80.0, "good", ""), (np.nan, "", "")).assign(
        is_bottom_five=[False, True, False]
    )
    trends = pd.DataFrame(columns=["unit_id", "level", "basis", "change", "rank_change"])
    sure = pd.DataFrame(columns=["unit_id", "rank_low", "rank_high", "verdict"])
    grading = GRADING.model_copy(update={"tie_keys": ("deductions",), "bottom_places": 3})
    wide = channels(**{name: [90.0] for name in NAMES.channels})
    notes = standing_rows(table, wide, trends, sure, grading, NAMES)["notes"].tolist()
    assert notes == ["同分，按扣分等次序分出", "后三名", "无数据"]


def test_the_table_of_tiers_has_quota_line_and_counts():
    page = str(tier_table(units(*[(90.0 - n, "good", "") for n in range(10)]), GRADING, OTHERS))
    assert "乙等" in page and ">50%<" in page and ">81.00<" in page and ">10<" in page


@pytest.mark.parametrize("missing", [[], ["random"]])
def test_the_heat_map_leaves_a_channel_without_data_empty(missing):
    use_theme()
    units = pd.DataFrame({"unit_id": ["D01", "D02", "D03"], "rank": [1, 2, 3]})
    rows = [(unit, channel, np.nan if channel in missing else 90.0 + place)
            for place, unit in enumerate(units["unit_id"]) for channel in NAMES.channels]  # fmt: skip
    table = pd.DataFrame(rows, columns=["unit_id", "channel", "score"])
    svg = figure_svg(channel_heatmap(units, table, NAMES, "各渠道得分（分）"))
    assert svg.count(">91.0<") == 4 - len(missing)


def test_the_scores_ends_are_named_in_the_title():
    ranked = pd.DataFrame({"unit_id": ["A", "B", "C"], "total": [90.5, 80.25, np.nan]})
    assert standing_title(ranked, {"A": "甲局", "B": "乙局"}) == "最高的甲局与最低的乙局相差10.25分"
    assert standing_title(ranked.iloc[2:], {}) == "本月没有单位取得得分"


def test_tiers_stand_beside_those_of_last_year():
    names = BOOK.names
    now, last = (pd.DataFrame({"tier": tiers, "scope": "month"}) for tiers in (["good"], ["good", "fail"]))
    both = pd.concat([last, last.assign(scope="ytd")])
    assert tier_kpi(now, names, both).note == "优秀、良好、达标、不达标；去年同期0/1/0/1"
    assert tier_kpi(now, names).note.endswith("去年同期无数据")


def test_a_channel_s_dot_shows_the_gap_to_the_groups_median():
    assert 'style="left:50%"' in gap_dot(0.0, "90.00") and 'style="left:60%"' in gap_dot(3.0, "93.00")
    assert 'style="left:0%"' in gap_dot(-40.0, "50.00")
    assert gap_dot(float("nan"), "—") == "—"
