"""Which weight and which indicator decides places, and does another way of scoring place otherwise? For researchers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.names import Names
from analysis.policy.noise import Sensitivity
from analysis.report.page.charts import PAGE_WIDTH_INCHES, ROW_INCHES, name_rows, plt
from analysis.report.page.palette import ACCENT, INK
from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, fixed, listing, numeral, score, signed
from analysis.scoring.normalise import pair_with_means

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMED = 3
_MOVED = {"channel_weights": "渠道权重在±{points:g}个百分点内", "indicator_weights": "渠道内指标权重在±{share:g}%内"}
_WAYS = {"points": "原得分", "min_max": "极差标准化", "z_score": "标准差标准化", "rank": "位次"}
_MEANS = {"arithmetic": "算术平均", "geometric": "几何平均", "harmonic": "调和平均"}
# The rules' own way stands among the alternatives for comparison.
_OWN_WAY = "points/arithmetic"


def tell_weights(sensitivity: pd.DataFrame, analysis: str, names: Mapping[str, str], settings: Sensitivity) -> str:
    """Return which weights decide places, or why that is not said.

    Args:
        sensitivity: table `sensitivity` of one scope.
        analysis: `channel_weights` or `indicator_weights`.
        names: id → Chinese name.
        settings: what was varied and when indices are refused.
    """
    rows = sensitivity[sensitivity["analysis"] == analysis]
    moved = _MOVED[analysis].format(points=settings.weight_points, share=settings.weight_share_pct)
    status = rows["status"].iloc[0]
    if status == "constant":
        return f"{moved}变动，所有单位的位次都不变，无所谓由哪项权重决定。"
    if status == "refused":
        return (
            f"{moved}变动的敏感性指数不予列出：样本加到{settings.most_samples}组，指数仍超出0至1的范围或区间半宽仍大于"
            f"{settings.max_half_width:g}，列出会误导。"
        )
    most = rows.sort_values(["total_effect", "factor"], ascending=[False, True]).head(_NAMED)
    named = [
        f"{names[row.factor]}（{fixed(row.total_effect)}±{fixed(row.total_effect_half_width)}）"
        for row in most.itertuples()
    ]
    return (
        f"{moved}变动时，位次的平均变动主要取决于{listing(named)}（括号内为总效应及95%区间半宽）；"
        f"各项权重单独变动合计解释{100 * rows['first_order'].sum():.0f}%，其余来自几项权重同时变动。"
    )


def weights_table(sensitivity: pd.DataFrame, analysis: str, names: Mapping[str, str]) -> Markup:
    """Return first-order and total Sobol indices of an analysis with their intervals, dashes where they are refused."""
    rows = sensitivity[sensitivity["analysis"] == analysis]
    columns = [
        text("因素", "factor", names),
        number("一阶指数", lambda r: _index(r.first_order, r.first_order_half_width)),
        number("总效应指数", lambda r: _index(r.total_effect, r.total_effect_half_width)),
    ]
    what = {"channel_weights": "渠道权重", "indicator_weights": "指标权重"}[analysis]
    caption = f"{what}的Sobol指数（±为95%区间半宽；“—”为不予列出或不适用）"
    rows = rows.sort_values(["total_effect", "factor"], ascending=[False, True])
    return table(columns, rows, caption, css="sortable dense")


def _index(value: float, half_width: float) -> str:
    return DASH if pd.isna(value) else f"{fixed(value)}±{fixed(half_width)}"


def tell_comparisons(sensitivity: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return what leaving one indicator out, and scoring in another way, would do to places and tiers."""
    left_out = sensitivity[sensitivity["analysis"] == "leave_one_out"]
    others = sensitivity[(sensitivity["analysis"] == "alternative") & (sensitivity["factor"] != _OWN_WAY)]
    if left_out["mean_rank_shift"].isna().all() or not left_out["max_rank_shift"].max() > 0:
        first = "逐项去掉指标，位次都不变。"
    else:
        most = left_out.sort_values(["mean_rank_shift", "factor"], ascending=[False, True]).head(_NAMED)
        named = [f"{names[row.factor]}（{_shift(row)}）" for row in most.itertuples()]
        first = f"逐项去掉指标，对位次影响最大的是{listing(named)}。"
    if others["mean_rank_shift"].isna().all() or not others["max_rank_shift"].max() > 0:
        return [first, "换用其他标准化或平均方法，位次都不变。"]
    far = others.sort_values(["mean_rank_shift", "factor"], ascending=[False, True]).iloc[0]
    low = others["rank_correlation"].min()
    told = "" if pd.isna(low) else f"，与现行位次的相关系数都不低于{_floor(low)}"
    return [first, f"换用其他标准化或平均方法，差别最大的是{_way(far['factor'])}（{_shift(far)}）{told}。"]


def _shift(row) -> str:
    return (
        f"平均变动{fixed(row.mean_rank_shift, 1)}位，最多{row.max_rank_shift:.0f}位，{row.n_tier_changes}个单位变等次"
    )


def _floor(correlation: float) -> str:
    # Said to be no lower than, so rounded down.
    return fixed(int(correlation * 1000) / 1000, 3) if correlation >= 0 else signed(correlation, 3)


def _way(factor: str) -> str:
    way, mean = factor.split("/")
    return f"{_WAYS[way]}、{_MEANS[mean]}"


def comparison_table(sensitivity: pd.DataFrame, analysis: str, names: Mapping[str, str]) -> Markup:
    """Return how places differ without each indicator (`leave_one_out`) or scored otherwise (`alternative`)."""
    rows = sensitivity[sensitivity["analysis"] == analysis]
    first = {
        "leave_one_out": text("去掉的指标", "factor", names),
        "alternative": text("标准化、平均方法", "factor", _way),
    }
    columns = [
        first[analysis],
        number("位次相关系数", lambda r: DASH if pd.isna(r.rank_correlation) else fixed(r.rank_correlation, 3)),
        number("平均变动", lambda r: DASH if pd.isna(r.mean_rank_shift) else fixed(r.mean_rank_shift, 1)),
        number("最多变动", "max_rank_shift", "{:.0f}".format),
        number("变等次的单位", "n_tier_changes"),
    ]
    rows = rows.sort_values(["mean_rank_shift", "factor"], ascending=[False, True])
    return table(columns, rows, "与现行位次比较（变动单位：位）", css="sortable dense")


def tell_joint(ranks: pd.DataFrame, names: Mapping[str, str], settings: Sensitivity) -> str:
    """Return how far units' places go when normalisation, weights, means and a left-out indicator vary at once.

    Args:
        ranks: table `sensitivity_ranks`.
        names: id → Chinese name.
        settings: what is varied, and how often.
    """
    count = settings.joint_samples * len(pair_with_means(settings.joint_means))
    span = (ranks["rank_high"] - ranks["rank_low"]).astype(int)
    if ranks.empty or not span.any():
        return f"标准化、权重、平均方法同时变动并随机去掉一项指标（{count}组），位次都不变。"
    inside = int(ranks["rank"].between(ranks["rank_low"], ranks["rank_high"]).sum())
    widest = ranks.assign(span=span).sort_values(["span", "unit_id"], ascending=[False, True]).head(_NAMED)
    named = [
        f"{names[row.unit_id]}（第{row.rank}位，{row.rank_low}至{row.rank_high}位）" for row in widest.itertuples()
    ]
    return (
        f"标准化、权重、平均方法同时变动并随机去掉一项指标（{count}组），各单位九成情形下的位次区间中位宽度{span.median():.0f}位；"
        f"{len(ranks)}个单位中{inside}个的现行位次在自己的区间内；区间最宽的是{listing(named)}。"
    )


def joint_figure(ranks: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Return each unit's place as a dot on the span of its places when everything varies at once, the median a stroke.

    Args:
        ranks: table `sensitivity_ranks`.
        names: id → Chinese name.
    """
    rows = ranks.sort_values(["rank", "unit_id"], ignore_index=True)
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, max(2.2, 0.9 + ROW_INCHES * len(rows))))
    places = np.arange(len(rows))
    low, median, high, rank = (
        rows[name].to_numpy(dtype=float) for name in ("rank_low", "rank_median", "rank_high", "rank")
    )
    axes.hlines(places, low, high, color=ACCENT, linewidth=3.5, alpha=0.35)
    axes.scatter(median, places, marker="|", color=ACCENT, s=30, zorder=2)
    axes.scatter(rank, places, color=INK, s=14, zorder=3)
    name_rows(axes, places, [names[unit_id] for unit_id in rows["unit_id"]])
    axes.set(xlim=(0.5, len(rows) + 0.5), ylim=(len(rows) - 0.5, -0.5), xlabel="位次（1为最好）")
    return figure


def tell_structure(
    effective: pd.DataFrame, redundant: pd.DataFrame, alpha: float, names: Names, settings: Sensitivity
) -> list[str]:
    """Return where effective weights leave the stated ones, which indicators say the same, and whether channels agree.

    Args:
        effective: see `scoring.structure.effective_weights`.
        redundant: see `scoring.structure.find_redundant`.
        alpha: see `scoring.structure.consistency`.
        names: id → Chinese name.
        settings: the correlation from which two indicators say the same.
    """
    return [
        _tell_effective(effective, names),
        _tell_redundant(redundant, names, settings),
        _tell_outlying(effective, names, settings),
        _tell_alpha(alpha, names),
    ]


def _tell_effective(effective: pd.DataFrame, names: Mapping[str, str]) -> str:
    if effective["effective_pct"].isna().all():
        return "各单位总分没有差别，谈不上各指标对差别的贡献。"
    gaps = effective.assign(gap=effective["effective_pct"] - effective["weight_pct"])
    gaps = gaps.sort_values(["gap", "indicator_id"], ascending=[False, True])
    more, less = gaps.iloc[0], gaps.iloc[-1]
    told = [
        f"{names[row['indicator_id']]}（名义{fixed(row['weight_pct'], 1)}%，实际{_share(row['effective_pct'])}）"
        for row in (more, less)
    ]
    against = effective[effective["effective_pct"].round(1) < 0]["indicator_id"].map(names).tolist()
    more_words = f"；{listing(against, _NAMED)}与总分方向相反" if against else ""
    return (
        f"名义权重说明重视程度，实际决定总分差别的：高出名义最多的是{told[0]}，低于名义最多的是{told[1]}{more_words}。"
    )


def _tell_redundant(redundant: pd.DataFrame, names: Mapping[str, str], settings: Sensitivity) -> str:
    threshold = f"{settings.redundant_correlation:g}"
    if redundant.empty:
        return f"没有相关系数达到{threshold}的指标对，指标之间不重复。"
    more = "等" if len(redundant) > _NAMED else ""
    pairs = [
        f"{names[row.indicator_id]}与{names[row.other_id]}（{fixed(row.correlation)}）"
        for row in redundant.itertuples()
    ]
    return f"相关系数达到{threshold}、等于同一件事计两次的指标有{len(pairs)}对：{listing(pairs[:_NAMED])}{more}。"


def _tell_outlying(effective: pd.DataFrame, names: Mapping[str, str], settings: Sensitivity) -> str:
    shown = f"偏度绝对值超过{settings.outlying_skewness:g}且峰度超过{settings.outlying_kurtosis:g}"
    is_skewed = effective["skewness"].abs() > settings.outlying_skewness
    rows = effective[is_skewed & (effective["kurtosis"] > settings.outlying_kurtosis)]
    if rows.empty:
        return f"没有指标的得分分布{shown}，差别不取决于个别异常值。"
    rows = rows.sort_values(["kurtosis", "indicator_id"], ascending=[False, True])
    named = listing(
        [f"{names[row.indicator_id]}（偏度{signed(row.skewness, 1)}）" for row in rows.itertuples()], _NAMED
    )
    return f"得分分布{shown}、差别主要来自少数单位的指标有{len(rows)}项：{named}；换一种标准化时这些指标的作用会变。"


def _tell_alpha(alpha: float, names: Names) -> str:
    channels = f"{numeral(len(names.channels), of_things=True)}个渠道"
    if pd.isna(alpha):
        return f"{channels}都有数据的单位太少或没有差别，不计算渠道之间的一致性（克龙巴赫α）。"
    return (
        f"{channels}的一致性（克龙巴赫α）为{score(alpha)}：越接近1，各渠道越像在衡量同一件事；"
        "越低，总分越是不同品质的折中。"
    )


def _share(share_pct: float) -> str:
    # Zero is added to turn a negative zero into a plain one.
    return DASH if pd.isna(share_pct) else f"{fixed(share_pct, 1)}%".replace("-", "−")


def structure_table(effective: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return each indicator's stated weight beside its share in the spread of totals, the largest share first."""
    columns = [
        text("指标", "indicator_id", names),
        number("名义权重", "weight_pct", lambda value: f"{fixed(value, 1)}%"),
        number("实际贡献", "effective_pct", _share),
        number("与总分相关", "correlation", score),
        number("离散程度", "spread_points", score),
        number("偏度", "skewness", lambda value: signed(value, 1)),
        number("峰度", "kurtosis", lambda value: signed(value, 1)),
    ]
    rows = effective.sort_values(["effective_pct", "indicator_id"], ascending=[False, True])
    caption = (
        "名义权重与实际贡献（贡献为指标在总分方差中的份额，合计100%；离散程度为标准差，分；峰度为超出正态分布的部分）"
    )
    return table(columns, rows, caption, css="sortable dense")
