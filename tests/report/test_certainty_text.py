"""稳定, 临界, 无法区分: each case is worded, and the figures draw."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.book import load_policy
from analysis.policy.noise import SOURCES
from analysis.policy.tables import TABLES
from analysis.report.certainty_figures import channel_heatmap, rank_interval_figure
from analysis.report.certainty_text import (
    count_verdicts,
    describe_certainty,
    describe_line,
    describe_noise,
    describe_unit,
    verdict_name,
)
from analysis.report.differences import describe_differences
from analysis.report.page.theme import figure_svg, use_theme

ROOT = Path(__file__).resolve().parents[2]
BOOK = load_policy(ROOT)
GRADING = BOOK.at("2025-12").grading
NAMES = BOOK.names
MODEL = load_policy(ROOT).at("2025-12").noise


def certainty(*rows):
    """A table of one scope: (rank, low, high, tier, verdict, interview margin)."""
    base = {
        "period": "2025-12",
        "scope": "month",
        **{f"p_{tier}": 0.25 for tier in TIERS},
        "p_bottom_five": 0.1,
        "p_interview": 0.3,
        "margin_up_points": 0.74,
        "margin_down_points": 1.02,
        "weight_margin_up_points": 3.5,
        "weight_margin_down_points": np.nan,
        "weight_margin_interview_points": np.nan,
        "noise_points": 0.4,
        **{f"share_{source}_pct": 20.0 for source in SOURCES},
    }
    units = [unit.id for unit in BOOK.at("2025-12").units]
    table = [
        {
            **base,
            "unit_id": units[number],
            "total": 90.0 - number,
            "rank": rank,
            "rank_low": low,
            "rank_high": high,
            "rank_low_all": low,
            "rank_high_all": high,
            "tier_by_score": tier,
            "tier_best": tier,
            "tier_worst": tier,
            "verdict": verdict,
            "margin_interview_points": interview,
        }
        for number, (rank, low, high, tier, verdict, interview) in enumerate(rows)
    ]
    return TABLES["certainty"].check(pd.DataFrame(table).astype({"rank": "Int64"}))


DISTRICT = certainty(
    (1, 1, 1, "excellent", "stable", -9.0),
    (2, 2, 3, "good", "borderline", -8.0),
    (3, 2, 6, "good", "indistinct", -5.0),
    (None, None, None, "", "", np.nan),
)


def test_verdicts_are_counted_and_named():
    assert count_verdicts(DISTRICT) == {"stable": 1, "borderline": 1, "indistinct": 1}
    assert [verdict_name(v) for v in ("stable", "borderline", "indistinct", "")] == ["稳定", "临界", "无法区分", "—"]
    text = describe_certainty(DISTRICT, NAMES, 95)
    assert "3个单位中稳定1个" in text
    assert "临界1个" in text
    assert "无法区分1个" in text


def test_one_unit_alone_is_said_to_have_nobody_beside_it():
    assert "没有可比对象" in describe_certainty(certainty((1, 1, 1, "good", "stable", np.nan)), NAMES, 95)


def test_all_equal_is_said_to_be_no_order():
    equal = certainty(*[(1, 1, 3, "good", "indistinct", np.nan)] * 3)
    assert "3个单位的得分无法区分先后" in describe_certainty(equal, NAMES, 95)


def test_no_scores_at_all_is_said():
    assert "均无得分" in describe_certainty(certainty((None, None, None, "", "", np.nan)), NAMES, 95)
    assert describe_unit(DISTRICT.iloc[3], NAMES, 95) == "本期无得分，不排位次。"


def test_a_unit_reads_its_place_its_chances_and_its_margins():
    text = describe_unit(DISTRICT.iloc[2], NAMES, 95)
    assert text.startswith("无法区分：位次第3，95%的把握在第2至第6之间")
    assert "良好25%" in text
    assert "再得0.74分升一等次（或本单位渠道权重变动3.50个百分点以内即可）" in text
    assert text.endswith("；再失1.02分降一等次。")
    assert "可以确认" in describe_unit(DISTRICT.iloc[0], NAMES, 95)


def test_who_may_be_listed_by_chance_alone_is_named():
    rows = [(place, 1, 12, "good", "indistinct", -1.0) for place in range(1, 11)]
    table = certainty(*rows, (11, 9, 12, "fail", "borderline", 0.3), (12, 12, 12, "fail", "stable", 4.0))
    table["p_interview"] = [0.3] * 10 + [0.6, 0.97]
    text = describe_line(table, NAMES, 95)
    assert "列入后五名或不达标的2个单位中，1个不能排除只是起伏所致" in text
    assert "（差0.30分）" in text
    assert "没有单位列入" in describe_line(DISTRICT, NAMES, 95)
    assert "1个单位都可以确认" in describe_line(table[table["unit_id"] != table["unit_id"][10]], NAMES, 95)


def test_the_noise_is_named_with_its_shares_and_with_what_it_is_not():
    lines = describe_noise(DISTRICT, MODEL.only("counts", "weights"))
    assert "回访和计数的抽样20.0%、渠道权重的取舍20.0%" in lines[0]
    assert lines[1] == "未计入：抽查次数少、逐月起伏、公布时的舍入。"
    assert "不是对任何总体的随机抽样" in lines[-1]


def test_figures_draw_every_unit_with_a_score():
    use_theme()
    svg = figure_svg(rank_interval_figure(DISTRICT, NAMES, GRADING, "前1名可以确认", "点为位次"))
    for unit_id in DISTRICT["unit_id"][:3]:
        assert NAMES[unit_id] in svg
    assert NAMES[DISTRICT["unit_id"][3]] not in svg


@pytest.mark.parametrize(
    "odd", [["W" * 34, "i" * 36, "区财政局"], ["M" * 28, "区" * 15, "甲镇"], ["青山口镇街道", "㙍㙍塘镇", "甲镇"]]
)
def test_no_name_of_a_row_leaves_the_picture(odd):
    use_theme()
    names = NAMES | dict(zip(DISTRICT["unit_id"][:3], odd, strict=True))
    figure = rank_interval_figure(DISTRICT, names, GRADING, "前1名可以确认", "点为位次")
    figure.canvas.draw()
    drawn = {text.get_text(): text.get_window_extent().x0 for text in figure.axes[0].texts if text.get_text() in odd}
    assert set(drawn) == set(odd)
    assert min(drawn.values()) >= 0


@pytest.mark.parametrize("missing", [[], ["random"]])
def test_the_heat_map_leaves_a_channel_without_data_empty(missing):
    use_theme()
    units = DISTRICT[["unit_id", "rank"]].iloc[:3]
    rows = [(unit, channel, np.nan if channel in missing else 90.0 + place)
            for place, unit in enumerate(units["unit_id"]) for channel in CHANNELS]  # fmt: skip
    channels = pd.DataFrame(rows, columns=["unit_id", "channel", "score"])
    svg = figure_svg(channel_heatmap(units, channels, NAMES, "随机监管差距最大", "各渠道得分（分）"))
    assert svg.count(">91.0<") == 4 - len(missing)


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
