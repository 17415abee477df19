"""What is said of changes and of raters: every sentence follows its figures (S25)."""

import numpy as np
import pandas as pd
import pytest

from analysis.report.long_trend_text import long_trend_table, rater_table, tell_long_trends, tell_raters
from analysis.report.trend_text import (
    CAUSES,
    annual_table,
    largest_movers,
    levels_table,
    movers_table,
    tell_causes,
    tell_indicators,
    tell_movers,
    tell_noise,
    tell_rule_changes,
    tell_tiers,
    tell_year_to_date,
)

NAMES = {"A": "甲局", "B": "乙局", "C": "丙镇", "D": "丁<b>局", "excellent": "优秀", "good": "良好", "fail": "不达标"}
NAMES |= {"common-01": "“三定”规定落实", "daily": "日常监管", "common": "共性指标", "social": "社会事业"}


def unit_row(unit_id: str, change: float, **given) -> dict:
    row = {"period": "2026-10", "basis": "mom", "level": "total", "level_id": "", "unit_id": unit_id}
    row |= {"before_period": "2026-09", "after_period": "2026-10", "before": 85.0, "after": 85.0 + change}
    row |= {"change": change, "like_for_like_change": change, "is_rule_changed": False} | dict.fromkeys(CAUSES, 0.0)
    row |= {"performance": change, "noise_points": 1.0, "is_within_noise": abs(change) <= 1.0}
    row |= {"rank_before": 10, "rank_after": 10, "rank_change": 0, "tier_before": "good", "tier_after": "good"}
    return row | given


def trends_of(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows)


def test_movers_are_named_by_size_and_direction():
    trends = trends_of(unit_row("A", 2.5, rank_change=3), unit_row("B", -4.0, rank_change=-5), unit_row("C", 0.0))
    assert tell_movers(trends, "mom", NAMES) == (
        "环比得分上升的单位1个、下降的1个、持平的1个；升幅最大的是甲局（+2.50分，位次升3）；"
        "降幅最大的是乙局（−4.00分，位次降5）。"
    )
    assert largest_movers(trends, "mom", 1)["unit_id"].tolist() == ["B"]
    assert largest_movers(trends, "mom", 9)["unit_id"].tolist() == ["A", "B"]


@pytest.mark.parametrize("tell", [tell_movers, tell_rule_changes, tell_tiers])
def test_without_a_period_before_it_is_said_that_there_is_none(tell):
    alone = trends_of(unit_row("A", np.nan, basis="yoy", before_period=""))
    assert tell(alone, "yoy", NAMES).startswith("无同比")


def test_causes_add_up_in_words():
    row = pd.Series(unit_row("A", 1.5, performance=2.0, coverage=-0.5))
    assert tell_causes(row, NAMES) == "甲局环比上升1.50分，其中工作成绩+2.00分、考核覆盖−0.50分。"


def test_a_fall_by_weights_alone_is_told_as_such():
    row = pd.Series(
        unit_row("A", -2.22, performance=0.0, weights=-2.22, is_rule_changed=True, like_for_like_change=0.0)
    )
    assert tell_causes(row, NAMES) == "甲局环比下降2.22分，全部来自权重调整；按可比口径持平。"


def test_a_change_within_noise_is_told_as_such():
    assert tell_causes(pd.Series(unit_row("A", 0.4)), NAMES).endswith("；属正常波动（±1.00分以内）。")
    assert "正常波动" not in tell_causes(pd.Series(unit_row("A", 1.4)), NAMES)


def test_noise_is_counted_and_unknown_noise_is_no_calm():
    trends = trends_of(unit_row("A", 0.4), unit_row("B", 3.0))
    assert tell_noise(trends, "mom").startswith("2个单位中，1个的环比变化在正常波动以内")
    unknown = trends.assign(noise_points=np.nan, is_within_noise=False)
    assert "暂无法判断" in tell_noise(unknown, "mom")


def test_rule_changes_are_named():
    trends = trends_of(unit_row("A", 1.0, is_rule_changed=True), unit_row("B", 1.0))
    assert "甲局的指标或权重有调整" in tell_rule_changes(trends, "mom", NAMES)
    assert "全部单位的" in tell_rule_changes(trends.assign(is_rule_changed=True), "mom", NAMES)
    assert "可直接比较" in tell_rule_changes(trends.assign(is_rule_changed=False), "mom", NAMES)


def test_tiers_that_changed_are_counted_and_named():
    trends = trends_of(
        unit_row("A", 1.0, tier_after="excellent"), unit_row("B", -1.0, tier_after="fail"), unit_row("C", 0.0)
    )
    assert tell_tiers(trends, "mom", NAMES) == (
        "环比等次上升的单位1个、下降的1个；新进优秀的有甲局；新列不达标的有乙局。"
    )


def test_of_years_only_the_last_is_told():
    years = [
        unit_row("A", 9.0, basis="annual", after_period="2024-12", before_period="2023-12"),
        unit_row("A", 1.0, basis="annual", after_period="2025-12", before_period="2024-12"),
    ]
    assert "+1.00" in tell_movers(trends_of(*years), "annual", NAMES)


def mean_rows() -> list[dict]:
    levels = [("district", ""), ("group", "social"), ("channel", "daily"), ("family", "common")]
    return [
        unit_row("", 0.5, level=level, level_id=key, basis=basis, before_period="2025-10")
        for level, key in levels
        for basis in ("mom", "yoy", "ytd")
    ]


def test_the_year_to_date_is_told_like_for_like_where_rules_changed():
    trends = trends_of(*mean_rows())
    assert tell_year_to_date(trends, "2026-10") == "1至10月累计，全区平均得分85.50分，比上年同期上升0.50分。"
    changed = trends.assign(is_rule_changed=True, like_for_like_change=0.2)
    assert "按可比口径上升0.20分" in tell_year_to_date(changed, "2026-10")
    alone = trends.assign(change=np.nan)
    assert tell_year_to_date(alone, "2026-10").endswith("上年没有可比数据。")


def test_tables_escape_names_and_show_all_levels():
    html = movers_table(trends_of(unit_row("D", 2.0)), "mom", NAMES)
    assert "丁&lt;b&gt;局" in html
    levels = levels_table(trends_of(*mean_rows()), NAMES)
    assert all(name in levels for name in ("全区", "社会事业", "日常监管", "共性指标"))


def test_the_table_of_years_holds_every_year_and_a_dash_where_a_unit_was_not_there():
    rows = [
        unit_row("A", np.nan, after_period="2024-12", after=90.0, rank_after=1),
        unit_row("A", 1.0, after_period="2025-12", rank_after=2),
        unit_row("B", np.nan, after_period="2025-12", after=91.0, rank_after=1),
    ]
    rows = [row | {"basis": "annual", "period": row["after_period"]} for row in rows]
    rows.append(rows[0] | {"period": "2025-12"})  # what another year's December tells of this one does not count twice
    html = annual_table(trends_of(*rows), NAMES)
    assert "2024年得分" in html
    assert html.index("乙局") < html.index("甲局")
    assert "—" in html
    assert "尚无完整年度" in annual_table(trends_of(unit_row("A", 1.0)), NAMES)


def test_the_indicators_that_moved_a_unit_are_named():
    moving = list(pd.DataFrame({"indicator_id": ["common-01"], "change": [1]}).itertuples())
    assert tell_indicators(moving, "mom", "A", NAMES) == "影响甲局环比变化最大的指标是“三定”规定落实（+1.00分）。"
    assert "没有影响" in tell_indicators([], "mom", "B", NAMES)


def long_row(unit_id: str, direction: str, slope: float, level: str = "total", **given) -> dict:
    row = {"level": level, "level_id": "", "unit_id": unit_id, "n_months": 46, "slope_points_per_year": slope}
    row |= {"slope_low": slope - 0.5, "slope_high": slope + 0.5, "direction": direction, "has_changes_checked": True}
    row |= {"changes": "", "season_p": np.nan, "is_seasonal": False, "season_swing_points": np.nan}
    return row | {"season_high_month": pd.NA, "season_low_month": pd.NA} | given


def test_long_trends_name_only_clear_directions():
    season = {"season_p": 0.01, "is_seasonal": True, "season_high_month": 6, "season_low_month": 2}
    rows = [
        long_row("A", "rising", 2.95),
        long_row("B", "unclear", 0.9, changes="2025-03"),
        long_row("", "unclear", 0.2, "district", season_swing_points=1.5, **season),
    ]
    told = tell_long_trends(pd.DataFrame(rows), NAMES)
    assert told == [
        "持续上升的单位1个：甲局（每年+2.95分）。",
        "其余1个单位没有超出波动的长期趋势。",
        "水平或趋势发生突变的单位1个：乙局（2025年3月起）。",
        "全区平均得分有季节规律：6月偏高、2月偏低，相差约1.50分，环比应结合同比判断。",
    ]
    assert "持续上升" in long_trend_table(pd.DataFrame(rows), NAMES)


def test_less_than_three_years_and_a_missing_library_are_said():
    assert tell_long_trends(pd.DataFrame([long_row("A", "short", np.nan)]), NAMES) == [
        "数据不足三年，暂不判断长期趋势。"
    ]
    unchecked = pd.DataFrame([long_row("A", "unclear", 0.1, has_changes_checked=False)])
    assert "本机未安装变点检测组件，未检查水平突变。" in tell_long_trends(unchecked, NAMES)


@pytest.mark.parametrize(
    ("code", "evidence"),
    [
        ("lenient", "比其他评分平均高3.00分（区间+2.00至+4.00分）"),
        ("severe", "比其他评分平均低3.00分"),
        ("compressed", "95.0%的评分在94.00至96.00分之间"),
        ("gains_by_missing", "总分为90.00分，现高出3.00分"),
        ("often_missing", "缺项占40.0%，同类单位中位数5.0%"),
    ],
)
def test_a_finding_on_raters_shows_its_evidence(code, evidence):
    row = {"code": code, "subject": "A", "item_id": "common-01", "n_marks": 30, "figure": 3.0, "low": 2.0, "high": 4.0}
    row |= {
        "severe": {"figure": -3.0, "low": -4.0, "high": -2.0},
        "compressed": {"figure": 95.0, "low": 94.0, "high": 96.0},
        "gains_by_missing": {"reference": 90.0},
        "often_missing": {"figure": 40.0, "reference": 5.0},
    }.get(code, {})
    findings = pd.DataFrame([{"reference": np.nan} | row])
    assert evidence in rater_table(findings, NAMES)
    told = tell_raters(findings, NAMES)
    assert "不改变任何得分" in told[0]
    # Only where raters are compared: who gets which units is not known to be chance.
    is_compared = code in ("lenient", "severe")
    assert any("分不开这两种原因" in sentence for sentence in told) == is_compared


def test_no_finding_is_said_too():
    assert tell_raters(pd.DataFrame({"code": []}), NAMES) == ["未发现评分偏宽偏严、过于集中或缺项使总分偏高的情形。"]
