"""What the hotline says: the district, its units, rising and recurring matters (R9, S12, S18, S20)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.insight.chance import Overdispersion, compare_spans
from analysis.insight.hotline import ALL_CHANNELS
from analysis.insight.hotline_funnel import RATES, district_rate, find_outside, funnel_limits
from analysis.policy.book import Policy
from analysis.policy.period import month_range, shift
from analysis.policy.tickets import Rising, TicketRules
from analysis.policy.watch import Funnel
from analysis.report.monthly import MONTHS_BACK, monthly_changes
from analysis.report.page.charts import PAGE_WIDTH_INCHES, Chart, empty_figure, plt
from analysis.report.page.palette import ACCENT, INK, MUTED, SERIES
from analysis.report.page.pieces import Kpi, number, table, text
from analysis.report.words import (
    DASH,
    WORDS,
    as_printed,
    by_chance,
    fixed,
    listing,
    month_name,
    percent,
    rose_or_fell,
    score,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN = 5
_RISES_TOLD = 3  # so many months on a rise is told as a run
_ON_FIRST = 2  # of the rising matters, on the first screen
_MARK = SERIES[1]
_SEASON_MONTHS = 25
_DRAWN = 6
_COLUMNS = 3
_LONGEST_TITLE = 16  # letters over a small chart; the table beside it has the whole name


def answer_hotline(by_channel: pd.DataFrame, period: str) -> str:
    """Return the month in one sentence: received, on time, satisfied, against the month before and last year (S25).

    Args:
        by_channel: the tables `hotline_by_channel` of the month and, where there are, of the month and year before.
        period: the month.
    """
    district = by_channel[by_channel["channel"] == ALL_CHANNELS].set_index("period")
    if period not in district.index:
        return f"{month_name(period)}没有可用的工单数据，热线各项不作统计，由工单计算的指标不计入得分。"
    now, rates = district.loc[period], district[["on_time_pct", "satisfaction_pct"]].map(as_printed)
    parts = [f"{month_name(period)}受理各渠道工单{now['n_received']}件，到期{now['n_due']}件"]
    for measure, rate in (("on_time", "on_time_pct"), ("satisfaction", "satisfaction_pct")):
        changes = [
            f"{word}{rose_or_fell(rates.loc[period, rate] - rates.loc[month, rate], '个百分点')}"
            for word, month in (("环比", shift(period, -1)), ("同比", shift(period, -12)))
            if month in district.index and pd.notna(district.loc[month, rate]) and pd.notna(now[rate])
        ]
        change = f"（{'，'.join(changes)}）" if changes else ""
        parts.append(f"{WORDS.rates[measure]}{percent(now[rate] / 100)}{change}")
    parts.append(f"月末未办结{now['n_open']}件，其中逾期{now['n_overdue']}件")
    return "，".join(parts) + "。"


def small_number_rule(rules: TicketRules) -> str:
    """Return how tickets are counted and which units are not ranked, as the rules in force have it (S12, S18, S20)."""
    return (
        "一张工单只在到期的月份计一次（S20）；满意率为满意件数与有效回访件数之比（S18）；"
        f"工单不足{rules.small_number}件的单位只列示、不排名（S12）。"
    )


def satisfaction_kpi(by_channel: pd.DataFrame, policy: Policy) -> Kpi:
    """Return the figure of citizens' satisfaction over all channels (S18), its changes in percentage points.

    Args:
        by_channel: tables `hotline_by_channel` of this month and those before.
        policy: the month's rules.
    """
    district = by_channel[by_channel["channel"] == ALL_CHANNELS].set_index("period")
    rates = district["satisfaction_pct"].map(as_printed)
    now, year_before = (rates.get(shift(policy.period, -back), np.nan) for back in (0, MONTHS_BACK["yoy"]))
    least = policy.trends.worsening.least_months
    chance = {basis: _chance(district, policy, back) for basis, back in MONTHS_BACK.items()}
    changes = monthly_changes(rates, policy.period, least, lambda change: rose_or_fell(change, "个百分点"), chance)
    note = "上年同期无数据" if pd.isna(year_before) else f"上年同期{fixed(year_before)}%"
    if policy.period in district.index:  # how much a point of it weighs
        note += f"；有效回访{district.loc[policy.period, 'n_valid_call_backs']}件"
    known = [each for each in chance.values() if pd.notna(each)]
    if len(changes) == len(known) > 0 and all(abs(c.moved) <= e for c, e in zip(changes, known, strict=True)):
        note += f"，升降{'都' * (len(known) > 1)}未超出偶然起伏"
    return Kpi("群众满意率", score(now), "%", changes, note=note)


def _chance(district: pd.DataFrame, policy: Policy, back: int) -> float:
    """Return how many points satisfaction moves by chance since so many months ago; NaN where nothing is known."""
    months = [shift(policy.period, -back), policy.period]
    known = district.reindex(months)[["satisfaction_pct", "n_valid_call_backs"]].astype(float)
    if known.isna().any(axis=None) or (known["n_valid_call_backs"] == 0).any():
        return np.nan
    rates, cases = known.to_numpy().T
    *_, explained = compare_spans(rates / 100, cases, np.array([False, True]), policy.noise.confidence_pct)
    return 100 * explained


def funnel_finding(by_unit: pd.DataFrame, names: Mapping[str, str], funnel: Funnel, measure: str = "on_time") -> str:
    """Return which units lie outside of what chance explains, below first; small units are never named (S12)."""
    label = WORDS.rates[measure]
    if not by_unit[RATES[measure][1]].sum():
        return f"没有可计算的工单，不比较各单位的{label}。"
    outside = find_outside(by_unit, funnel, measure)
    compared = int((~by_unit["is_small"] & (by_unit[RATES[measure][1]] > 0)).sum())
    by_luck = f"（共比较{compared}个单位，仅凭偶然预计{fixed(compared * (1 - funnel.action_pct / 100), 1)}个在界外）"
    if outside.empty:
        return f"各单位{label}的高低均在偶然波动之内{by_luck}，不宜据此排先后。"
    below = outside[outside["rate_pct"] < outside["low_pct"]]
    above = outside[outside["rate_pct"] > outside["high_pct"]]
    parts = [
        f"{listing([names[u] for u in rows['unit_id']], _SHOWN)}{word}"
        for rows, word in ((below, "明显低于全区水平"), (above, "明显高于全区水平"))
        if len(rows)
    ]
    return f"{label}方面，{'；'.join(parts)}，不能以偶然波动解释{by_luck}；其余单位之间的差别不宜排先后。"


def funnel_figure(by_unit: pd.DataFrame, names: Mapping[str, str], funnel: Funnel, measure: str = "on_time") -> Figure:
    """Return Spiegelhalter's funnel plot: a dot a unit, its cases across, its rate up, and what chance alone explains.

    Args:
        by_unit: the table `hotline_by_unit` of one month.
        names: id → Chinese name.
        funnel: the two limits.
        measure: `on_time` or `satisfaction`.
    """
    numerator, denominator = RATES[measure]
    drawn = by_unit[by_unit[denominator] > 0]
    if drawn.empty:
        return empty_figure("本月没有可计算的工单")
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 4.4))
    district, spread = district_rate(drawn, measure)
    _draw_limits(axes, district, spread, int(drawn[denominator].max()), funnel)
    outside = set(find_outside(by_unit, funnel, measure)["unit_id"])
    cases, rates = drawn[denominator], 100 * drawn[numerator] / drawn[denominator]
    is_out = drawn["unit_id"].isin(outside)
    axes.plot(cases[~is_out], rates[~is_out], "o", color=ACCENT, markersize=5, alpha=0.65)
    axes.plot(cases[is_out], rates[is_out], "D", color=_MARK, markersize=7)
    for unit, x, y in zip(drawn["unit_id"][is_out], cases[is_out], rates[is_out], strict=True):
        axes.annotate(names[unit], (x, y), xytext=(6, -3), textcoords="offset points", fontsize=9.5, color=INK)
    axes.set_ylim(max(-2.0, min(rates.min(), 100 * district) - 6), 102)
    axes.set_xlabel(f"{'到期工单' if denominator == 'n_due' else '有效回访'}（件）")
    axes.set_ylabel(f"{WORDS.rates[measure]}（%）")
    return figure


def _draw_limits(axes: Axes, district: float, spread: Overdispersion, most: int, funnel: Funnel) -> None:
    """Draw the district's rate and both limits around it, labelled at their right ends."""
    sizes = np.arange(1, int(most * 1.08) + 2)
    for share, style, rise in ((funnel.action_pct, "-", -5), (funnel.warning_pct, "--", 5)):
        low, high = funnel_limits(district, sizes, share, spread)
        for line in (low, high):
            axes.plot(sizes, line, style, color=MUTED, linewidth=1)
        label = {"xytext": (3, rise), "textcoords": "offset points", "fontsize": 8.5, "va": "center", "color": MUTED}
        axes.annotate(f"{share:g}%界", (sizes[-1], low[-1]), **label)
    axes.axhline(100 * district, color=ACCENT, linewidth=1)


def repeats_finding(by_unit: pd.DataFrame, policy: Policy) -> str:
    """Return how often the same people call again on the same matter, and in which units oftener than chance has it.

    Args:
        by_unit: the table `hotline_by_unit` of one month.
        policy: the rules in force.
    """
    total, received = int(by_unit["n_repeats"].sum()), int(by_unit["n_received"].sum())
    days = policy.ticket_rules.repeat_days
    if not received:
        return "没有受理的工单，不判断重复反映。"
    if not total:
        return f"没有同一诉求人在{days}天内就同一事项重复反映。"
    outside = find_outside(by_unit, policy.funnel, "repeats")
    often = outside[outside["rate_pct"] > outside["high_pct"]]
    often = often.sort_values(["rate_pct", "unit_id"], ascending=[False, True])
    parts = [f"{policy.names[r.unit_id]}（{r.n_repeats}件，{fixed(r.rate_pct, 1)}%）" for r in often.itertuples()]
    more = f"，明显高于全区的有{listing(parts, _SHOWN)}" if parts else "，没有单位明显高于全区"
    return f"{days}天内重复反映{total}件，占受理的{fixed(100 * total / received, 1)}%{more}。"


def unit_table(by_unit: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the units' hotline measures of a month, most tickets due first; small numbers are marked (S12)."""
    columns = [
        text("单位", lambda r: names[r.unit_id] + ("（件数少，不排序）" if r.is_small else "")),
        number("受理", "n_received"),
        number("到期", "n_due"),
        number("按时办结率", "on_time_pct", score),
        number("置信区间", lambda r: f"{score(r.on_time_low_pct)}—{score(r.on_time_high_pct)}" if r.n_due else DASH),
        number("满意率", "satisfaction_pct", score),
        number("有效回访", "n_valid_call_backs"),
        number("重复", "n_repeats"),
        number("态度投诉", "n_attitude_complaints"),
        number("未办结", "n_open"),
        number("转入", "n_transfers_in"),
        number("转出", "n_transfers_out"),
        number("办理天数中位", "median_handling_days", _days),
        number("九成分位", "p90_handling_days", _days),
    ]
    ordered = by_unit.sort_values(["n_due", "unit_id"], ascending=[False, True])
    ordered = ordered[ordered[["n_received", "n_due", "n_open"]].any(axis=1)]
    first = ("受理", "按时办结率", "满意率")
    return table(columns, ordered, "各单位工单办理情况（率：%；办理时间：工作日）", css="sortable dense", first=first)


def _days(value: object) -> str:
    return DASH if pd.isna(value) else str(value)


def matter_table(by_matter: pd.DataFrame, at_most: int = 20) -> Markup:
    """Return the matters with most tickets in a month."""
    columns = [
        text("事项", lambda r: r.matter + ("" if r.matter_id else "（清单外）")),
        number("受理", "n_received"),
        number("到期", "n_due"),
        number("按时办结率", "on_time_pct", score),
        number("满意率", "satisfaction_pct", score),
        number("重复", "n_repeats"),
        number("转办", "n_transfers"),
        number("办理天数中位", "median_handling_days", _days),
    ]
    most = by_matter.sort_values(["n_received", "matter"], ascending=[False, True]).head(at_most)
    return table(columns, most, "受理最多的事项（率：%；办理时间：工作日）")


def rising_finding(rising: pd.DataFrame, rules: Rising, *, with_tests: bool = True) -> str:
    """Return which matters rose against their own seasonal past, among how many, or that nothing can be said."""
    if not rising["is_judged"].any():
        return "往年同季数据不足，本月不判断哪些事项上升。"
    risen = rising[rising["is_rising"]].sort_values(["p_value", "matter"])
    tested = by_chance(len(rising), len(risen), rules.false_discovery_pct) if with_tests else ""
    if risen.empty:
        return f"与往年同季水平相比，没有事项明显上升{tested}。"
    parts = [
        f"{r.matter}（{r.n_received}件，为{_usual(r)}的{fixed(r.ratio, 1)}倍）" for r in risen.head(_SHOWN).itertuples()
    ]
    return f"与往年同季水平相比明显上升的事项有{len(risen)}项：{listing(parts)}{tested}。"


def _usual(row) -> str:
    """Return what a matter's own past lets expect: of the season, not of the one month last year (S33)."""
    return f"往年同季水平{fixed(row.expected, 1)}件"


def name_risen(rising: pd.DataFrame) -> str:
    """Return the matters that rose most surely in a clause for the first screen; empty where none did."""
    risen = rising[rising["is_rising"]].sort_values(["p_value", "matter"])
    if risen.empty:
        return ""
    parts = [
        f"“{r.matter}”{r.n_received}件、为{_usual(r)}的{fixed(r.ratio, 1)}倍"
        for r in risen.head(_ON_FIRST).itertuples()
    ]
    more = f"，另有{len(risen) - _ON_FIRST}项也明显上升" if len(risen) > _ON_FIRST else ""
    return f"{'，'.join(parts)}{more}"


def rising_chart(by_matter: pd.DataFrame, rising: pd.DataFrame, period: str) -> Chart | None:
    """Return the rising matters, with its finding; None where the past is too short to judge any."""
    if not rising["is_judged"].any():
        return None
    draw = partial(rising_figure, by_matter, rising, period)
    return Chart("rising", rising_title(rising, by_matter), draw, _rising_data(by_matter, rising, period))


def _rising_data(by_matter: pd.DataFrame, rising: pd.DataFrame, period: str) -> Markup:
    matters = _drawn_matters(rising)["matter"].tolist()
    counts = by_matter[by_matter["matter"].isin(matters)].pivot(index="period", columns="matter", values="n_received")
    known = set(by_matter["period"])
    months = [month for month in month_range(shift(period, 1 - _SEASON_MONTHS), period) if month in known]
    counts = counts.reindex(index=months, columns=matters).fillna(0)
    columns = [
        text("月份", month_name),
        *(number(matter, lambda month, matter=matter: f"{counts.loc[month, matter]:.0f}") for matter in matters),
    ]
    return table(columns, months, "各月受理件数", css="dense")


def _drawn_matters(rising: pd.DataFrame) -> pd.DataFrame:
    """Return the rising matters that are drawn, the least probable first; where none rises, the least probable."""
    risen = rising[rising["is_rising"]] if rising["is_rising"].any() else rising
    return risen.sort_values(["p_value", "matter"]).head(_DRAWN)


def rising_title(rising: pd.DataFrame, by_matter: pd.DataFrame) -> str:
    """Return by how much the most marked matter rose, and since when month by month; without any what is drawn."""
    risen = rising[rising["is_rising"]].sort_values(["p_value", "matter"])
    if risen.empty:
        return "没有明显上升的事项，所示为起伏最大的事项"
    row = next(risen.itertuples())
    return f"{row.matter}本月{row.n_received}件，为{_usual(row)}的{fixed(row.ratio, 1)}倍{_since(row, by_matter)}"


def _since(row, by_matter: pd.DataFrame) -> str:
    """Return since which month a matter has risen every month, of a few months on; else nothing."""
    own = by_matter[by_matter["matter"] == row.matter].groupby("period")["n_received"].sum()
    own = own.reindex(by_matter["period"].unique(), fill_value=0)  # of a month that is not there nothing is known
    rises = own.reindex(month_range(min(own.index), row.period)).diff().gt(0)[::-1].tolist()
    n_rises = rises.index(False)  # the first month has none before it
    return f"，已连续{n_rises}个月增加" if n_rises >= _RISES_TOLD else ""


def rising_figure(
    by_matter: pd.DataFrame, rising: pd.DataFrame, period: str, width: float = PAGE_WIDTH_INCHES
) -> Figure:
    """Return a small chart a rising matter: two years of tickets, this month marked, and what its season lets expect.

    Args:
        by_matter: the tables `hotline_by_matter` of this and earlier months in one frame.
        rising: the table `rising_matters` of the month.
        period: the month.
        width: of all charts together, in inches.
    """
    shown = _drawn_matters(rising)
    months = month_range(shift(period, 1 - _SEASON_MONTHS), period)
    is_small = width < PAGE_WIDTH_INCHES
    n_columns = 1 if is_small else min(_COLUMNS, max(1, len(shown)))
    n_rows = max(1, -(-len(shown) // n_columns))
    size = (width if is_small else width * max(2, n_columns) / _COLUMNS, (1.7 if is_small else 2.5) * n_rows)
    figure, grid = plt.subplots(n_rows, n_columns, figsize=size, squeeze=False, sharex=True)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    known = set(by_matter["period"])
    for axes, row in zip(grid.flat, shown.itertuples(), strict=False):
        counts = by_matter[by_matter["matter"] == row.matter].set_index("period")["n_received"]
        _draw_course(axes, counts.reindex([m for m in months if m in known], fill_value=0), row)
        axes.set_xticks([0, 12, 24], [months[0][2:], months[12][2:], months[24][2:]])
    return figure


def _draw_course(axes: Axes, counts: pd.Series, row) -> None:
    """Draw one matter's months up to the last place of two years, this month marked, the expected number dashed."""
    last = _SEASON_MONTHS - 1
    axes.plot(range(last + 1 - len(counts), last + 1), counts.to_numpy(), color=ACCENT, linewidth=1.4)
    axes.plot(last, row.n_received, "o", color=_MARK, markersize=6)
    place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "right", "fontsize": 9.5}
    axes.annotate(f"{row.n_received}", (last, row.n_received), **place)
    if row.is_judged:
        axes.axhline(row.expected, color=MUTED, linewidth=1, linestyle="--")
    is_long = len(row.matter) > _LONGEST_TITLE
    axes.set_title(f"{row.matter[:_LONGEST_TITLE]}…" if is_long else row.matter, fontsize=10.5)
    axes.set_ylim(0, max(1, counts.max()) * 1.25)
