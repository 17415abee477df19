"""What the hotline says, in computed sentences: the district, its units, rising matters, repeats, the watch list."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.insight.hotline import ALL_CHANNELS
from analysis.insight.hotline_funnel import find_outside
from analysis.policy.hotline import HotlinePolicy
from analysis.policy.period import shift
from analysis.policy.watch import Funnel, WatchRules
from analysis.report.hotline_words import RATE_NAMES
from analysis.report.words import listing, month_name, percent, rose_or_fell

_SHOWN = 5


def answer_hotline(by_channel: pd.DataFrame, period: str) -> str:
    """Return the month in one sentence: received, on time, satisfied, against the month before and last year (S25).

    Args:
        by_channel: the tables `hotline_by_channel` of the month and, where there are, of the month and year before.
        period: the month.
    """
    district = by_channel[by_channel["channel"] == ALL_CHANNELS].set_index("period")
    now = district.loc[period]
    parts = [f"{month_name(period)}受理各渠道工单{now['n_received']}件，到期{now['n_due']}件"]
    for measure, rate in (("on_time", "on_time_pct"), ("satisfaction", "satisfaction_pct")):
        changes = [
            f"{word}{rose_or_fell(now[rate] - district.loc[month, rate], '个百分点')}"
            for word, month in (("环比", shift(period, -1)), ("同比", shift(period, -12)))
            if month in district.index and pd.notna(district.loc[month, rate]) and pd.notna(now[rate])
        ]
        change = f"（{'，'.join(changes)}）" if changes else ""
        parts.append(f"{RATE_NAMES[measure]}{percent(now[rate] / 100)}{change}")
    parts.append(f"月末未办结{now['n_open']}件，其中逾期{now['n_overdue']}件")
    return "，".join(parts) + "。"


def funnel_finding(by_unit: pd.DataFrame, names: Mapping[str, str], funnel: Funnel, measure: str = "on_time") -> str:
    """Return which units lie outside of what chance explains, below first; small units are never named (S12)."""
    label = RATE_NAMES[measure]
    outside = find_outside(by_unit, funnel, measure)
    if outside.empty:
        return f"各单位{label}的高低均在偶然波动之内，不宜据此排先后。"
    below = outside[outside["rate_pct"] < outside["low_pct"]]
    above = outside[outside["rate_pct"] > outside["high_pct"]]
    parts = [
        f"{listing([names[u] for u in rows['unit_id']], _SHOWN)}{word}"
        for rows, word in ((below, "明显低于全区水平"), (above, "明显高于全区水平"))
        if len(rows)
    ]
    return f"{label}方面，{'；'.join(parts)}，不能以偶然波动解释；其余单位之间的差别不宜排先后。"


def rising_finding(rising: pd.DataFrame) -> str:
    """Return which matters rose against their own seasonal past, or that none did, or that nothing can be said."""
    if not rising["is_judged"].any():
        return "往年同期数据不足，本月不判断哪些事项上升。"
    risen = rising[rising["is_rising"]].sort_values(["z", "matter"], ascending=[False, True])
    if risen.empty:
        return "与往年同期相比，没有事项明显上升。"
    parts = [
        f"{r.matter}（{r.n_received}件，为往年同期水平的{r.ratio:.1f}倍）" for r in risen.head(_SHOWN).itertuples()
    ]
    return f"与往年同期相比明显上升的事项有{len(risen)}项：{listing(parts)}。"


def repeats_finding(by_unit: pd.DataFrame, names: Mapping[str, str], repeat_days: int) -> str:
    """Return where the same people call again on the same matter."""
    total, received = int(by_unit["n_repeats"].sum()), int(by_unit["n_received"].sum())
    if not total:
        return f"没有同一诉求人在{repeat_days}天内就同一事项重复反映。"
    worst = by_unit[~by_unit["is_small"] & (by_unit["n_repeats"] > 0)]
    worst = worst.sort_values(["repeat_pct", "unit_id"], ascending=[False, True]).head(3)
    parts = [f"{names[r.unit_id]}（{r.n_repeats}件，{r.repeat_pct:.1f}%）" for r in worst.itertuples()]
    more = f"，重复率较高的有{listing(parts)}" if parts else ""
    return f"{repeat_days}天内重复反映{total}件，占受理的{100 * total / max(1, received):.1f}%{more}。"


def tell_hotline(
    by_channel: pd.DataFrame,
    by_unit: pd.DataFrame,
    rising: pd.DataFrame,
    names: Mapping[str, str],
    hotline: HotlinePolicy,
) -> list[str]:
    """Return the bulletin's sentences on the hotline: the month, rising matters, repeats; arguments as above."""
    return [
        answer_hotline(by_channel, hotline.period),
        rising_finding(rising),
        repeats_finding(by_unit, names, hotline.rules.repeat_days),
    ]


def watch_finding(watch: pd.DataFrame, names: Mapping[str, str], period: str) -> str:
    """Return who is on the watch list, who is new, and who is about to leave."""
    if watch.empty:
        return "本月没有单位列入监管异常名录。"
    units = watch.groupby("unit_id", sort=True)
    new = [names[u] for u, rows in units if rows["since"].min() == period]
    met = [u for u, rows in units if rows["is_met"].any()]
    sentence = f"列入监管异常名录的单位有{len(units)}个"
    sentence += f"，其中本月新列入{listing(new, _SHOWN)}" if new else "，本月没有新列入"
    cleared = len(units) - len(met)
    return sentence + (f"；{cleared}个单位本月没有触发情形，连续无触发达到规定月数后移出。" if cleared else "。")


def watch_reason(row, rules: WatchRules) -> str:
    """Return why a unit is listed, in one sentence with its interval and whether that excludes the threshold.

    Args:
        row: a row of the table `watch_list`, as `itertuples` yields it.
        rules: the thresholds in force.
    """
    bound = (
        f"，{rules.confidence_pct:g}%置信区间{row.low_pct:.1f}%—{row.high_pct:.1f}%" if np.isfinite(row.low_pct) else ""
    )
    if bound:
        bound += "，不含阈值" if row.is_threshold_excluded else "，含阈值，宜结合实际判断"
    top_repeats, top_complaints = rules.repeats.top_share_pct, rules.attitude_complaints.top_share_pct
    reasons = {
        "satisfaction": f"群众满意率{row.value:.2f}%，低于{row.threshold:g}%（有效回访{row.n_cases}件{bound}）",
        "on_time": f"按时办结率{row.value:.2f}%，低于{row.threshold:g}%（到期{row.n_cases}件{bound}）",
        "repeats": f"重复反映{row.n_cases}件，重复率{row.value:.2f}%，居前{top_repeats:g}%（界线{row.threshold:.2f}%）",
        "attitude_complaints": f"态度投诉{row.n_cases}件，居前{top_complaints:g}%（界线{row.threshold:g}件）",
        "bottom_five": f"连续{row.n_cases}个月列当月后五名",
    }
    if row.is_met:
        return reasons[row.reason]
    clean = f"已连续{row.n_clean_months}个月无触发" if row.n_clean_months else "本月该情形未再触发"
    return f"{reasons[row.reason]}（{month_name(row.last_met)}触发，{clean}）"
