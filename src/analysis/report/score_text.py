"""Tables of the second notebook: how each indicator is scored, and what each channel came to."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.book import Policy
from analysis.policy.models import Indicator
from analysis.report.page.pieces import Column, table
from analysis.report.words import WORDS, score

# Of the indicators that cost most points, so many are listed.
LOSSES_SHOWN = 8


def tier_floors(units: pd.DataFrame) -> dict[str, float]:
    """Return tier → lowest published score in it by score, for the tiers that have units."""
    scored = units[units["tier_by_score"] != ""]
    lowest = scored.groupby("tier_by_score")["total"].min()
    return {tier: float(lowest[tier]) for tier in TIERS if tier in lowest.index}


def method_words(indicator: Indicator) -> str:
    """Return an indicator's method in words."""
    method = indicator.method
    states = "、".join(f"{state}{points:g}" for state, points in method.states.items())
    return WORDS.methods[method.name].told.format(method=method, states=states)


def rule_table(policy: Policy, names: Mapping[str, str]) -> Markup:
    """Return the indicators in force: family, channel, weight, method, over the year, rule, origin."""
    heads = ("指标", "类别", "考核渠道", "权重", "计分方法", "年度口径", "规则", "出处")
    columns = [Column(head, head == "权重") for head in heads]
    rows = (
        [
            indicator.name,
            names[indicator.family],
            names[indicator.channel],
            f"{indicator.weight:g}",
            method_words(indicator),
            WORDS.over_year[indicator.over_year],
            indicator.rule,
            WORDS.origins[indicator.origin],
        ]
        for indicator in policy.indicators
    )
    return table(columns, rows, f"{policy.period}执行的{len(policy.indicators)}项指标（权重为渠道内相对权重）")


def channel_table(channels: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return each channel: units with data, mean, lowest, highest.

    Args:
        channels: `channel_scores` of one scope.
        names: id → Chinese name.
    """
    columns = [
        Column(head, place > 0) for place, head in enumerate(("考核渠道", "有数据的单位", "平均", "最低", "最高"))
    ]
    by_channel = channels.groupby("channel")["score"].agg(["count", "mean", "min", "max"]).reindex(list(CHANNELS))
    rows = (
        [names[row.Index], str(row.count_), *(score(value) for value in row[2:])]
        for row in by_channel.rename(columns={"count": "count_"}).itertuples()
    )
    return table(columns, rows, "各考核渠道得分（分）", css="")


def tell_channel_gaps(channels: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return in which channel units differ most and least, and where few of them have data.

    Args:
        channels: `channel_scores` of one scope.
        names: id → Chinese name.
    """
    found = channels.groupby("channel")["score"].agg(["count", "min", "max"]).reindex(list(CHANNELS))
    found["gap"] = found["max"] - found["min"]
    compared = found[found["count"] > 1]
    if compared.empty:
        return "没有一个渠道有两个以上单位的得分，渠道之间无可比较。"
    ordered = compared.sort_values("gap", ascending=False, kind="stable")
    told = [f"{names[row.Index]}（{row.min:.2f}至{row.max:.2f}分）" for row in ordered.iloc[[0, -1]].itertuples()]
    few = [
        f"{names[channel]}只有{count}个" if count else f"{names[channel]}没有"
        for channel, count in found["count"].fillna(0).astype(int).items()
        if count < channels["unit_id"].nunique()
    ]
    gaps = f"单位之间得分差距最大的渠道是{told[0]}"
    gaps += f"，最小的是{told[1]}" if len(compared) > 1 else ""
    return f"{gaps}；有数据的单位，{'，'.join(few)}。" if few else f"{gaps}。"
