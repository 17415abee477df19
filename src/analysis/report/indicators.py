"""Indicators in words: how each is scored, which are worse than their past, which cost most points (R15, R16, S29)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.method import Method
from analysis.policy.period import month_range
from analysis.policy.trends import TrendRules
from analysis.report.page.charts import PAGE_WIDTH_INCHES, Chart, plt, shorten
from analysis.report.page.palette import ACCENT, MUTED, SHADES
from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, WORDS, by_chance, listing, score, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Of the indicators that cost most points, so many are listed.
LOSSES_SHOWN = 8


def method_words(method: Method, key: str = "told", **fields: str) -> str:
    """Return a method in words: how it makes points (`told`), or what keeps them all (`kept`).

    Args:
        method: the method.
        key: which of its words.
        fields: names of the columns that its counts are read from.
    """
    facts = {
        "states": "、".join(f"{state}{points:g}" for state, points in method.states.items()),
        "best": max(method.states, key=method.states.get, default=""),
        "target": _target_words(getattr(method, "target", ""), "{:g}"),
        "target_pct": _target_words(getattr(method, "target_pct", ""), "{:g}%"),
        "rounding": WORDS.roundings[getattr(method, "rounding", "none")],
        "places": "、".join(
            f"第{first}名起{points:g}" for first, points in sorted(getattr(method, "places", {}).items())
        ),
        "parts": "；".join(method_words(part, key, **fields) for part in getattr(method, "methods", ())),
    }
    return getattr(WORDS.methods[method.name], key).format(method=method, **facts, **fields)


def _target_words(target: float | str, form: str) -> str:
    return WORDS.targets.get(target, target) if isinstance(target, str) else form.format(target)


def case_words(row, indicator: Indicator, period: str, is_count_withheld: bool = False) -> str:
    """Return over how many cases and months a rate goes that months before fill up, or that has few or too few (S30).

    Of a score that is the mean of the unit's group, that it is.

    Args:
        row: its row of `indicator_scores`, with status, n_cases, first_period and credibility.
        indicator: its rule.
        period: the month.
        is_count_withheld: tell only that there are fewer than the minimum.

    Returns:
        The words; empty where a score rests on enough cases of the scope's own.
    """
    is_ok = row.status == "ok" and indicator.minimum_cases
    # In a month published before few cases weighed less, every weight was whole.
    credibility = getattr(row, "credibility", 1.0)
    if row.status == "group_mean":
        return WORDS.statuses["group_mean"]
    if row.status == "too_few_cases":
        told = ["fewer" if is_count_withheld else "too_few"]
    else:
        is_filled = is_ok and row.scope == "month" and row.first_period < period
        told = ["filled"] * bool(is_filled) + ["thin"] * bool(is_ok and credibility < 1)
    facts = {"cases": row.n_cases, "minimum": indicator.minimum_cases, "full": indicator.full_cases}
    facts |= {"months": len(month_range(row.first_period, period)), "share": 100 * credibility} if told else {}
    span = f"连同此前{indicator.fill_months}个月以内" * bool(row.scope == "month" and indicator.fill_months)
    facts |= {"counted": indicator.cases_behind(credibility), "span": span} if "thin" in told else {}
    return "，".join(WORDS.cases[name].format_map(facts) for name in told)


def _month_words(indicator: Indicator) -> str:
    """Return from how many cases on an indicator scores, and which months besides the scope's own it takes."""
    if indicator.minimum_cases is not None:
        enough = indicator.fill_cases or indicator.minimum_cases
        facts = {"minimum": indicator.minimum_cases, "enough": enough, "fill": indicator.fill_months}
        told = ["minimum"] + ["full"] * (indicator.full_cases is not None)
        return "，".join(WORDS.cases[name].format(full=indicator.full_cases, **facts) for name in told)
    return WORDS.cases["window"].format_map(indicator.window_months) if indicator.window_months else DASH


def rule_table(policy: Policy, names: Mapping[str, str]) -> Markup:
    """Return the indicators in force: family, channel, weight, method, over the year, rule, origin."""
    columns = [
        text("指标", "name"),
        text("类别", "family", names),
        text("考核渠道", "channel", names),
        number("权重", "weight", "{:g}".format),
        text("计分方法", lambda i: method_words(i.method)),
        text("年度口径", "over_year", WORDS.over_year),
        text("件数与期间", _month_words),
        text("规则", "rule"),
        text("出处", "origin", WORDS.origins),
    ]
    caption = f"{policy.period}执行的{len(policy.indicators)}项指标（权重为渠道内相对权重）"
    return table(columns, policy.indicators, caption)


def tell_worsened(
    changes: pd.DataFrame, names: Mapping[str, str], rules: TrendRules, *, with_tests: bool = True
) -> str:
    """Return which indicators are worse than their own past, among how many, and what chance alone brings (S33).

    Args:
        changes: table `indicator_changes` of a month.
        names: id → Chinese name.
        rules: how far back is looked, and how sure it must be.
        with_tests: whether it is told among how many, and how many chance would bring.
    """
    if changes.empty:
        return f"各项指标可比的月数不足{rules.worsening.least_months}个，尚不能判断哪些比自身以往变差。"
    worse = changes[changes["has_worsened"]].sort_values(["p_value", "indicator_id"])
    past = f"此前{rules.worsening.months}个月"
    tested = by_chance(len(changes), len(worse), rules.false_discovery_pct) if with_tests else ""
    if worse.empty:
        return f"与自身{past}相比，没有指标明显变差{tested}。"
    parts = [
        f"{names[row.indicator_id]}（全区平均{score(row.mean_score)}分，此前平均{score(row.usual_score)}分，"
        f"下降{score(-row.change_points)}分，逐月波动{score(row.spread_points)}分）"
        for row in worse.itertuples()
    ]
    return f"与自身{past}相比，明显变差的指标有{len(worse)}项：{listing(parts)}{tested}。"


def change_table(changes: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return every indicator that is compared with its own past, the furthest below it first."""
    columns = [
        text("指标", "indicator_id", names),
        number("本月平均", "mean_score", score),
        number("此前平均", "usual_score", score),
        number("变化", "change_points", signed),
        number("逐月波动", "spread_points", score),
        number("对比月数", "n_months"),
        text("判断", "has_worsened", {True: "明显变差", False: "未见变差"}),
    ]
    ordered = changes.sort_values(["p_value", "indicator_id"])
    return table(columns, ordered, "各指标全区平均得分与自身此前各月相比（逐月波动为此前各月的标准差；单位：分）")


def loss_finding(indicators: pd.DataFrame, policy: Policy) -> str:
    """Return the sentence that names the three indicators that cost most, and which of them are relative (S24)."""
    worst = indicators.nlargest(3, "lost_points", keep="first")
    parts = [
        f"{policy.names[row.indicator_id]}（平均每单位失{score(row.lost_points)}分）" for row in worst.itertuples()
    ]
    relative = [i for i in policy.relative_indicators.values() if i.id in set(worst["indicator_id"])]
    told = f"常见失分（多由指标的设置决定，各月大体相同，不表示本月变差）：{listing(parts)}。"
    return told + "".join(WORDS.relative.format(name=i.name, points=i.method.median_points) for i in relative)


def losses_chart(indicators: pd.DataFrame, names: Mapping[str, str]) -> Chart:
    """Return the costliest indicators, with its finding."""
    columns = [
        text("指标", "indicator_id", names),
        number("平均每单位失分", "lost_points", score),
        number("平均得分", "mean_score", score),
    ]
    worst = indicators.nlargest(LOSSES_SHOWN, "lost_points", keep="first")
    data = table(columns, worst, "失分最多的指标（单位：分）", css="")
    return Chart("losses", loss_title(indicators, names), partial(loss_figure, indicators, names), data)


def loss_title(indicators: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return which indicator costs the average unit most points of its total."""
    for row in indicators.nlargest(1, "lost_points", keep="first").itertuples():
        return f"失分最多的是{names[row.indicator_id]}，平均每单位失{score(row.lost_points)}分"
    return "本月没有可评指标"


def loss_figure(indicators: pd.DataFrame, names: Mapping[str, str], width: float = PAGE_WIDTH_INCHES) -> Figure:
    """Return the indicators that cost the average unit most points of its total.

    Args:
        indicators: the table `indicator_summary` of one scope.
        names: id → Chinese name.
        width: of the chart, in inches.
    """
    worst = indicators.nlargest(LOSSES_SHOWN, "lost_points", keep="first").iloc[::-1]
    figure, axes = plt.subplots(figsize=(width, 0.7 + 0.38 * len(worst)))
    axes.barh(range(len(worst)), worst["lost_points"], color=SHADES["good"], height=0.62)
    letters = 22 if width == PAGE_WIDTH_INCHES else 9
    axes.set_yticks(range(len(worst)), [shorten(names[each], letters) for each in worst["indicator_id"]])
    for place, row in enumerate(worst.itertuples()):
        axes.annotate(
            f"{score(row.lost_points)}分  平均{score(row.mean_score)}",
            (row.lost_points, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=ACCENT,
        )
    axes.set_xlabel("平均每单位失分（分）", color=MUTED)
    axes.margins(x=0.16 if width == PAGE_WIDTH_INCHES else 0.95)
    axes.grid(visible=False, axis="y")
    return figure


def loss_table(indicators: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the table of all indicators, the costliest first, with the units that lost most."""
    columns = [
        text("指标", "indicator_id", names),
        text("类别", "family", names),
        text("考核渠道", "channel", names),
        number("参评单位", "n_units"),
        number("平均得分", "mean_score", score),
        number("平均失分", "lost_points", score),
        number("合并前月", "n_filled"),
        number("件数不足", "n_too_few"),
        text("失分最多的单位", lambda r: listing([names[unit_id] for unit_id in r.worst_units.split()]) or "无"),
    ]
    ordered = indicators.sort_values(["lost_points", "indicator_id"], ascending=[False, True])
    caption = (
        "各指标平均得分与失分（失分：按当期权重折算为总分的分值；合并前月：当月件数少，以前几个月的件数补足的单位数；"
        "件数不足：补足后仍少、不计该项的单位数）"
    )
    return table(columns, ordered, caption)
