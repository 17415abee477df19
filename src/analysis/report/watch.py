"""The watch list 监管异常名录 in words: who is on it, why, since when, and what the rules in force are (R9, S15)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.models import Grading
from analysis.policy.watch import WatchRules
from analysis.report.grading import bottom_name
from analysis.report.page.pieces import Kpi, number, table, text
from analysis.report.words import listing, month_name, numeral

_SHOWN = 5


def watch_rule(rules: WatchRules, grading: Grading) -> str:
    """Return what lists a unit and what takes it off, as the rules in force have it."""
    repeats, complaints = rules.repeats, rules.attitude_complaints
    months, clean = (numeral(count, of_things=True) for count in (rules.bottom_five_months, rules.clean_months))
    last = f"，或连续{months}个月居{bottom_name(grading)}" if grading.bottom_places else ""
    return (
        f"满意率低于{rules.satisfaction_below_pct:g}%、按时办结率低于{rules.on_time_below_pct:g}%，"
        f"重复反映居前{repeats.top_share_pct:g}%且不少于{repeats.minimum}件、"
        f"态度投诉居前{complaints.top_share_pct:g}%且不少于{complaints.minimum}件{last}的单位列入名录，"
        f"连续{clean}个月未触发的移出（R9、S15）。"
    )


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


def watch_reason(row, rules: WatchRules, grading: Grading) -> str:
    """Return why a unit is listed, in one sentence with its interval and whether that excludes the threshold.

    Args:
        row: a row of the table `watch_list`, as `itertuples` yields it.
        rules: the thresholds in force.
        grading: what the bottom places are called.
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
        "bottom_five": f"连续{row.n_cases}个月列当月{bottom_name(grading)}",
    }
    if row.is_met:
        return reasons[row.reason]
    clean = f"已连续{row.n_clean_months}个月无触发" if row.n_clean_months else "本月该情形未再触发"
    return f"{reasons[row.reason]}（{month_name(row.last_met)}触发，{clean}）"


def watch_table(watch: pd.DataFrame, names: Mapping[str, str], rules: WatchRules, grading: Grading) -> Markup:
    """Return the watch list: unit, reason, rule, since when, clean months."""
    columns = [
        text("单位", "unit_id", names),
        text("列入情形", lambda r: watch_reason(r, rules, grading)),
        text("规则", "rule"),
        text("列入月份", "since", month_name),
        number("连续无触发月数", lambda r: f"{r.n_clean_months}/{rules.clean_months}"),
    ]
    return table(columns, watch.sort_values(["since", "unit_id", "reason"]), "监管异常名录")


def watch_kpi(watch: pd.DataFrame, before: pd.DataFrame, year_before: pd.DataFrame) -> Kpi:
    """Return the figure of units on the watch list (S15) with the change to last month.

    Args:
        watch: table `watch_list` of the month.
        before: that of the month before, empty where there is none.
        year_before: that of the same month last year, empty where there is none.
    """
    now, last, old = (int(frame["unit_id"].nunique()) for frame in (watch, before, year_before))
    change = now - last
    return Kpi(
        "监管异常名录单位",
        str(now),
        "个",
        f"环比{'增加' if change > 0 else '减少'}{abs(change)}个" if change else "环比持平",
        change,
        is_rise_good=False,
        note=f"去年同期{old}个",
    )
