"""What decides places is told with its interval, and refused where the sample does not settle it."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.page.theme import figure_svg, use_theme
from analysis.report.sensitivity import (
    comparison_table,
    joint_figure,
    structure_table,
    tell_comparisons,
    tell_joint,
    tell_structure,
    tell_weights,
    weights_table,
)

ROOT = Path(__file__).resolve().parents[2]
NAMES = load_policy(ROOT).names
SETTINGS = load_policy(ROOT).at("2025-12").noise.sensitivity
IDS = ("common-01", "common-02", "common-03")


def indices(status="ok"):
    known = status == "ok"
    values = [0.5, 0.2, 0.1, 0.05] if known else [np.nan] * 4
    return pd.DataFrame(
        {
            "analysis": "channel_weights",
            "factor": NAMES.channels,
            "first_order": values,
            "first_order_half_width": 0.03 if known else np.nan,
            "total_effect": [value + 0.05 for value in values],
            "total_effect_half_width": 0.04 if known else np.nan,
            "status": status,
        }
    )


def comparisons(shifts, correlation=0.9876):
    ways = ["points/arithmetic", "rank/harmonic", "z_score/arithmetic"]
    left_out, other = (
        pd.DataFrame({"analysis": analysis, "factor": factors})
        for analysis, factors in (("leave_one_out", IDS), ("alternative", ways))
    )
    shifts = np.array([*shifts, 0, *shifts[:2]], dtype=float)
    return pd.concat([left_out, other], ignore_index=True).assign(
        rank_correlation=correlation, mean_rank_shift=shifts, max_rank_shift=np.nan_to_num(4 * shifts), n_tier_changes=2
    )


def test_the_weights_that_decide_are_named_with_their_intervals():
    text = tell_weights(indices(), "channel_weights", NAMES, SETTINGS)
    assert f"取决于{NAMES['daily']}（0.55±0.04）" in text
    assert "各项权重单独变动合计解释85%" in text
    table = weights_table(indices(), "channel_weights", NAMES)
    assert "0.50±0.03" in table and "0.55±0.04" in table


@pytest.mark.parametrize(
    ("status", "word"), [("refused", "不予列出：样本加到4096组"), ("constant", "所有单位的位次都不变")]
)
def test_indices_that_are_refused_are_not_shown(status, word):
    assert word in tell_weights(indices(status), "channel_weights", NAMES, SETTINGS)
    table = weights_table(indices(status), "channel_weights", NAMES)
    assert table.count("—") == 1 + 2 * len(NAMES.channels)
    assert "nan" not in table


def test_the_indicator_and_the_method_that_move_most_are_named():
    left_out, other = tell_comparisons(comparisons([0.5, 2.25, 1.0]), NAMES)
    assert left_out.startswith(f"逐项去掉指标，对位次影响最大的是{NAMES['common-02']}（平均变动2.3位，最多9位，2个单位")
    assert "标准差标准化、算术平均（平均变动2.3位" in other
    assert other.endswith("相关系数都不低于0.987。")
    assert "位次、调和平均" in comparison_table(comparisons([1, 2, 3]), "alternative", NAMES)
    assert NAMES["common-03"] in comparison_table(comparisons([1, 2, 3]), "leave_one_out", NAMES)


@pytest.mark.parametrize("shift", [0.0, np.nan])
def test_where_nothing_moves_or_nobody_is_ranked_it_is_said(shift):
    told = tell_comparisons(comparisons([shift] * 3, correlation=np.nan), NAMES)
    assert told == ["逐项去掉指标，位次都不变。", "换用其他标准化或平均方法，位次都不变。"]
    assert "nan" not in comparison_table(comparisons([shift] * 3, correlation=np.nan), "leave_one_out", NAMES)


def effective(shares):
    table = pd.DataFrame({"indicator_id": IDS, "weight_pct": [40.0, 40, 20], "effective_pct": shares})
    return table.assign(correlation=0.5, spread_points=2.0, skewness=[-4.2, 3, np.nan], kurtosis=[18.5, 3.4, np.nan])


def test_effective_weights_redundant_pairs_and_consistency_are_told():
    pairs = pd.DataFrame([(IDS[0], IDS[1], 0.95)], columns=["indicator_id", "other_id", "correlation"])
    weights, same, outlying, agree = tell_structure(effective([70, 32, -2]), pairs, 0.81, NAMES, SETTINGS)
    assert f"高出名义最多的是{NAMES['common-01']}（名义40.0%，实际70.0%）" in weights
    assert (
        f"低于名义最多的是{NAMES['common-03']}（名义20.0%，实际−2.0%）；{NAMES['common-03']}与总分方向相反" in weights
    )
    assert same.endswith(f"指标有1对：{NAMES['common-01']}与{NAMES['common-02']}（0.95）。")
    assert outlying == (
        "得分分布偏度绝对值超过2且峰度超过3.5、差别主要来自少数单位的指标有1项："
        f"{NAMES['common-01']}（偏度−4.2）；换一种标准化时这些指标的作用会变。"
    )
    assert "为0.81" in agree
    assert "−2.0%" in structure_table(effective([70, 32, -2]), NAMES)


def test_a_structure_that_cannot_be_known_is_said_so():
    none = pd.DataFrame(columns=["indicator_id", "other_id", "correlation"])
    unknown = effective([np.nan] * 3).assign(skewness=np.nan, kurtosis=np.nan)
    told = tell_structure(unknown, none, np.nan, NAMES, SETTINGS)
    words = ("没有差别", "不重复", "不取决于个别异常值", "不计算")
    assert [word in text for word, text in zip(words, told, strict=True)] == [True] * 4
    assert "nan" not in structure_table(effective([np.nan] * 3), NAMES)


def joint(spans: list[tuple[int, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(spans, columns=["rank", "rank_low", "rank_high"])
    return frame.assign(unit_id=["D01", "D02", "D03"], rank_median=frame["rank_low"])


def test_places_that_vary_with_everything_at_once_are_told_with_the_widest():
    told = tell_joint(joint([(1, 1, 2), (2, 1, 3), (3, 1, 2)]), NAMES, SETTINGS)
    draws = SETTINGS.joint_samples * 7  # two means of three normalisations, one of the fourth
    assert told.startswith(f"标准化、权重、平均方法同时变动并随机去掉一项指标（{draws}组），")
    assert "位次区间中位宽度1位；3个单位中2个的现行位次在自己的区间内" in told
    assert f"区间最宽的是{NAMES['D02']}（第2位，1至3位）、{NAMES['D01']}（第1位，1至2位）" in told
    assert tell_joint(joint([(1, 1, 1), (2, 2, 2), (3, 3, 3)]), NAMES, SETTINGS).endswith("位次都不变。")


def test_each_units_span_of_places_is_drawn_beside_its_name():
    use_theme()
    svg = figure_svg(joint_figure(joint([(1, 1, 2), (2, 1, 3), (3, 1, 2)]), NAMES))
    plt.close("all")
    assert all(NAMES[unit] in svg for unit in ("D01", "D02", "D03"))
