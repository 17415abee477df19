"""How sure a place is, in plain words: 稳定, 临界, 无法区分; and what that does not say."""

from collections.abc import Mapping

import pandas as pd

from analysis.policy.noise import SOURCES, NoiseModel
from analysis.report.words import DASH, listing, score

VERDICT_NAMES = {"stable": "稳定", "borderline": "临界", "indistinct": "无法区分", "": DASH}
_VERDICT_MEANINGS = {
    "stable": "等次可以确认",
    "borderline": "在相邻两个等次之间",
    "indistinct": "难以归入一两个等次",
}
_SOURCE_NAMES = {
    "counts": "回访和计数的抽样",
    "inspections": "抽查次数少",
    "months": "逐月起伏",
    "rounding": "公布时的舍入",
    "weights": "渠道权重的取舍",
}
_MOST_NAMED = 8


def verdict_name(verdict: str) -> str:
    """Return 稳定, 临界, 无法区分, or a dash for a unit without a score."""
    return VERDICT_NAMES[verdict]


def count_verdicts(certainty: pd.DataFrame) -> dict[str, int]:
    """Return how many units are stable, borderline and indistinct, in this order.

    Args:
        certainty: table `certainty` of one scope.
    """
    found = certainty["verdict"].value_counts()
    return {verdict: int(found.get(verdict, 0)) for verdict in _VERDICT_MEANINGS}


def describe_certainty(certainty: pd.DataFrame, names: Mapping[str, str], confidence_pct: float) -> str:
    """Return who can be told apart: counts of verdicts, and what each word means.

    Args:
        certainty: table `certainty` of one scope.
        names: id → Chinese name.
        confidence_pct: of the intervals.
    """
    scored = certainty[certainty["verdict"] != ""]
    if scored.empty:
        return "本期各单位均无得分，不作位次区间。"
    if len(scored) == 1:
        return f"只有{names[scored['unit_id'].iloc[0]]}一个单位有得分，位次没有可比对象。"
    if scored["rank_low"].eq(1).all() and scored["rank_high"].eq(len(scored)).all():
        return f"按{confidence_pct:g}%的把握，{len(scored)}个单位的得分无法区分先后，等次不宜作为奖惩的唯一依据。"
    parts = [
        f"{VERDICT_NAMES[verdict]}{count}个（{_VERDICT_MEANINGS[verdict]}）"
        for verdict, count in count_verdicts(scored).items()
    ]
    return f"按{confidence_pct:g}%的把握，{len(scored)}个单位中" + "，".join(parts) + "。"


def describe_line(certainty: pd.DataFrame, names: Mapping[str, str], confidence_pct: float) -> str:
    """Return which units in 不达标 or the bottom places may be there by chance, the likeliest to be spared first (R21).

    Args:
        certainty: table `certainty` of one scope.
        names: id → Chinese name.
        confidence_pct: of what is called sure.
    """
    listed = certainty[certainty["margin_interview_points"] > 0]
    unsure = listed[listed["p_interview"] < confidence_pct / 100].sort_values(["p_interview", "unit_id"])
    if listed.empty:
        return "没有单位列入后五名或" + names["fail"] + "。"
    if unsure.empty:
        return f"列入后五名或{names['fail']}的{len(listed)}个单位都可以确认。"
    named = [f"{names[row.unit_id]}（差{score(row.margin_interview_points)}分）" for row in unsure.itertuples()]
    return (
        f"列入后五名或{names['fail']}的{len(listed)}个单位中，{len(unsure)}个不能排除只是起伏所致："
        f"{listing(named, _MOST_NAMED)}；约谈前宜先核实。"
    )


def describe_unit(row: pd.Series, names: Mapping[str, str], confidence_pct: float) -> str:
    """Return one unit's place, interval, likeliest tiers and margins.

    Args:
        row: the unit's row of `certainty`.
        names: id → Chinese name.
        confidence_pct: of the interval.
    """
    if row["verdict"] == "":
        return "本期无得分，不排位次。"
    if row["rank_low"] == row["rank_high"]:
        place = f"位次第{row['rank']}，可以确认"
    else:
        place = f"位次第{row['rank']}，{confidence_pct:g}%的把握在第{row['rank_low']}至第{row['rank_high']}之间"
    likely = [
        f"{names[tier]}{_chance(row[f'p_{tier}'])}"
        for tier in ("excellent", "good", "pass", "fail")
        if row[f"p_{tier}"] >= 0.005
    ]
    words = [f"{VERDICT_NAMES[row['verdict']]}：{place}；扣除偶然起伏后的等次：{'、'.join(likely)}"]
    words += _margin_words(row)
    return "；".join(words) + "。"


def _chance(probability: float) -> str:
    return "（几乎必然）" if probability >= 0.995 else f"{100 * probability:.0f}%"


def _margin_words(row: pd.Series) -> list[str]:
    words = []
    if pd.notna(row["margin_up_points"]):
        words.append(f"再得{score(row['margin_up_points'])}分升一等次" + _weight_words(row["weight_margin_up_points"]))
    if pd.notna(row["margin_down_points"]):
        words.append(
            f"再失{score(row['margin_down_points'])}分降一等次" + _weight_words(row["weight_margin_down_points"])
        )
    if row["margin_interview_points"] > 0:
        by_weights = _weight_words(row["weight_margin_interview_points"])
        words.append(f"再得{score(row['margin_interview_points'])}分可不列入约谈" + by_weights)
    return words


def _weight_words(points: float) -> str:
    return "" if pd.isna(points) else f"（或本单位渠道权重变动{score(points)}个百分点以内即可）"


def describe_noise(certainty: pd.DataFrame, model: NoiseModel) -> list[str]:
    """Return what the intervals reckon with, each source's share, and what they are not.

    Args:
        certainty: table `certainty` of one scope.
        model: the noise reckoned with.
    """
    shares = {source: certainty[f"share_{source}_pct"].mean() for source in SOURCES}
    on = [source for source in SOURCES if getattr(model, source).is_on]
    off = [_SOURCE_NAMES[source] for source in SOURCES if source not in on]
    told = [f"{_SOURCE_NAMES[source]}{shares[source]:.1f}%" for source in on if pd.notna(shares[source])]
    lines = ["位次区间计入的不确定来源及其占比（各单位平均）：" + ("、".join(told) or "无") + "。"]
    if off:
        lines.append(f"未计入：{'、'.join(off)}。")
    lines.append(
        "考评得分不是对任何总体的随机抽样，区间只说明：同样的工作再计数、再抽查、再回访一次，得分和位次会有多大起伏；"
        "它不说明群众评价有多准，也不包括评分人宽严不一、漏报瞒报和指标本身是否恰当。"
    )
    return lines
