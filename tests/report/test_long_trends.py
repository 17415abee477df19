"""Slopes over years and findings on raters in words: every sentence follows its figures (S25)."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.policy.trends import SlopeRules
from analysis.report.long_trends import (
    leniency_table,
    long_trend_rule,
    long_trend_table,
    rater_table,
    slopes_figure,
    tell_leniency,
    tell_long_trends,
    tell_raters,
)
from analysis.report.page.theme import figure_svg, use_theme

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"A": "甲局", "B": "乙局", "C": "丙镇", "common-01": "“三定”规定落实"}
RULES = load_policy(ROOT).trends
TESTED = "（共检验2个，列出的1个中仅凭偶然的预计不超过0.1个）"


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
    told = tell_long_trends(pd.DataFrame(rows), NAMES, RULES)
    assert told == [
        "持续上升的单位1个：甲局（每年+2.95分）。",
        f"其余1个单位没有超出波动的长期趋势{TESTED}。",
        f"水平或趋势发生突变的单位1个：乙局（2025年3月起）{TESTED}。",
        "全区平均得分有季节规律：6月偏高、2月偏低，相差约1.50分，环比应结合同比判断。",
    ]
    assert "持续上升" in long_trend_table(pd.DataFrame(rows), NAMES, RULES.slope)


def test_less_than_three_years_and_a_missing_library_are_said():
    assert tell_long_trends(pd.DataFrame([long_row("A", "short", np.nan)]), NAMES, RULES) == [
        "数据不足三年，暂不判断长期趋势。"
    ]
    unchecked = pd.DataFrame([long_row("A", "unclear", 0.1, has_changes_checked=False)])
    assert "本机未安装变点检测组件，未检查水平突变。" in tell_long_trends(unchecked, NAMES, RULES)


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


@pytest.mark.parametrize(("months", "span"), [(36, "三年"), (24, "两年"), (30, "30个月")])
def test_how_many_months_a_direction_needs_is_the_policys(months, span):
    slope = SlopeRules(least_months=months)
    rules = RULES.model_copy(update={"slope": slope})
    told = long_trend_rule(rules)
    assert told.startswith(f"满{span}的单位") and "错误发现率5%以内" in told
    assert f"数据不足{span}" in tell_long_trends(pd.DataFrame([long_row("A", "short", np.nan)]), NAMES, rules)[0]
    assert f"{span}以上走势" in long_trend_table(pd.DataFrame([long_row("A", "rising", 1.0)]), NAMES, slope)


def test_slopes_are_drawn_with_their_intervals():
    use_theme()
    rows = pd.DataFrame([long_row("A", "rising", 2.0), long_row("B", "unclear", 0.1), long_row("C", "falling", -1.0)])
    labels = [label.get_text() for label in slopes_figure(rows, NAMES).axes[0].get_yticklabels()]
    assert labels == ["丙镇", "甲局"]
    assert "甲局" in figure_svg(slopes_figure(rows.iloc[:2].assign(direction="unclear"), NAMES))
    plt.close("all")


TIERS = {**NAMES, "good": "良好", "excellent": "优秀"}
INSPECTORS = pd.DataFrame({"inspector": ["甲", "乙"], "n_visits": [9, 8], "leniency_points": [1.92, -1.62]})


def without_leniency(*rows: tuple) -> pd.DataFrame:
    columns = ["unit_id", "rank", "rank_corrected", "tier_by_score", "tier_corrected"]
    return pd.DataFrame(rows, columns=columns)


def test_what_would_be_without_leniency_is_told_as_never_applied():
    rows = without_leniency(("A", 2, 1, "good", "excellent"), ("B", 1, 4, "excellent", "excellent"))
    told = tell_leniency(rows, INSPECTORS, TIERS)
    assert told == (
        "假如扣除检查人员的宽严差异（只作比较，不改变任何得分、位次和等次）：2个单位位次会变动，最多3位；"
        "按分等次会不同的有1个：甲局（良好→优秀）。"
    )
    page = leniency_table(INSPECTORS)
    assert page.index("+1.92") < page.index("−1.62")


def test_inspectors_who_do_not_differ_and_places_that_stay_are_said_plainly():
    rows = without_leniency(("A", 1, 1, "good", "good"))
    assert tell_leniency(rows, INSPECTORS, TIERS).endswith("位次都不变，按分等次都不变。")
    equal = INSPECTORS.assign(leniency_points=0.0)
    assert tell_leniency(rows, equal, TIERS).endswith("看不出检查人员之间的宽严差异，无可校正。")
