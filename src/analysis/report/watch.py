"""The watch list 监管异常名录 in words: who is on it, why, since when, and what the rules in force are (R9, S15)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.policy.models import Grading
from analysis.policy.period import month_range
from analysis.policy.watch import AboveOwnRate, TopShare, WatchRules
from analysis.report.grading import bottom_name
from analysis.report.monthly import count_kpi
from analysis.report.page.pieces import Kpi, number, table, text
from analysis.report.words import by_chance, fixed, listing, luck, month_name, numeral

_SHOWN = 5
_CRITERIA = {
    "satisfaction": "群众满意率",
    "on_time": "按时办结率",
    "repeats": "重复反映占比",
    "attitude_complaints": "态度投诉占比",
}
_BASES = {"satisfaction": "有效回访", "on_time": "到期", "repeats": "受理", "attitude_complaints": "到期"}


def watch_rule(rules: WatchRules, grading: Grading) -> str:
    """Return what lists a unit and what takes it off, as the rules in force have it."""
    months, places, clean = (
        numeral(count, of_things=True) for count in (rules.window_months, rules.bottom_five.months, rules.clean_months)
    )
    met = "、".join(
        [
            f"满意率低于{rules.satisfaction.below_pct:g}%",
            f"按时办结率低于{rules.on_time.below_pct:g}%",
            f"重复反映{_above(rules.repeats)}",
            f"态度投诉{_above(rules.attitude_complaints)}",
        ]
    )
    last = (
        f"，或连续{places}个月居{bottom_name(grading)}（各月均居其中的可能性不低于{rules.bottom_five.probability_pct:g}%）"
        if grading.bottom_places
        else ""
    )
    return (
        f"近{months}个月合计{met}{last}的单位列入名录，连续{clean}个月未触发的移出；各项按自身件数计，"
        f"不足{rules.minimum_cases}件的不检验（R9、S12、S15）。按检验列入的情形须排除偶然：全部检验的错误发现率不超过"
        f"{rules.false_discovery_pct:g}%（S33）；偶然概率低于{rules.attention_pct:g}%而未达到的只作关注，不列入名录，"
        "不影响抽查和结果运用。"
    )


def _above(rule: AboveOwnRate | TopShare) -> str:
    line = f"居前{rule.top_share_pct:g}%" if isinstance(rule, TopShare) else "占比高于全区"
    return f"{line}且不少于{rule.minimum}件"


def watch_finding(
    watch: pd.DataFrame, names: Mapping[str, str], period: str, before: pd.DataFrame | None = None
) -> str:
    """Return who is on the watch list, who is new, who left it, and how many are about to.

    Args:
        watch: the month's table `watch_list`.
        names: id → Chinese name.
        period: the month.
        before: the table of the month before; None where there is no such month.
    """
    left = sorted(set(() if before is None else before["unit_id"]) - set(watch["unit_id"]))
    gone = f"；本月移出{listing([names[unit] for unit in left], _SHOWN)}" * bool(left)
    if watch.empty:
        return f"本月没有单位列入监管异常名录{gone}。"
    units = watch.groupby("unit_id", sort=True)
    new = [names[u] for u, rows in units if rows["since"].min() == period]
    met = [u for u, rows in units if rows["is_met"].any()]
    sentence = f"列入监管异常名录的单位有{len(units)}个"
    sentence += f"，其中本月新列入{listing(new, _SHOWN)}" if new else "，本月没有新列入"
    cleared = len(units) - len(met)
    return sentence + gone + (f"；{cleared}个单位本月没有触发情形，连续无触发达到规定月数后移出。" if cleared else "。")


def tell_watch_change(before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return who would be listed and who would not under other rules.

    Args:
        before: table `watch_list` of the month as it is.
        after: the same under other rules.
        names: id → Chinese name.
    """
    old, new = ({*frame["unit_id"]} for frame in (before, after))
    if old == new:
        return f"名录仍为{len(new)}个单位，没有变化。"
    told = {"新列入": new - old, "不再列入": old - new}
    parts = [
        f"{word}{listing([names[unit] for unit in sorted(units)], _SHOWN)}" for word, units in told.items() if units
    ]
    return f"名录由{len(old)}个单位变为{len(new)}个：{'；'.join(parts)}。"


def attention_finding(tests: pd.DataFrame, names: Mapping[str, str], rules: WatchRules) -> str:
    """Return how many were tested for the list, what is only to be heeded, and what chance alone brings (S15, S33).

    Args:
        tests: table `watch_tests` of the month.
        names: id → Chinese name.
        rules: the criteria in force.
    """
    if tests.empty:
        return "本月没有件数足够的单位可供检验。"
    count = tests["outcome"].value_counts()
    tested = by_chance(len(tests), int(count.get("listed", 0)), rules.false_discovery_pct)
    told = f"名录情形均经检验{tested}。"
    heeded = tests[tests["outcome"] == "attention"].sort_values(["p_value", "unit_id"])
    expected = f"即使各单位都没有问题，仅凭偶然也会有至多{len(tests) * rules.attention_pct / 100:.0f}项"
    if heeded.empty:
        return told
    parts = [f"{names[row.unit_id]}（{_CRITERIA[row.reason]}{fixed(row.value)}%）" for row in heeded.itertuples()]
    return f"{told}另有关注{len(heeded)}项，不列入名录：{listing(parts, _SHOWN)}；{expected}。"


def watch_reason(
    row,
    rules: WatchRules,
    grading: Grading,
    *,
    with_interval: bool = True,
    with_cases: bool = True,
    with_chance: bool = True,
) -> str:
    """Return why a unit is listed, in one sentence, with the interval of its rate and the probability of chance.

    Args:
        row: a row of the table `watch_list`, as `itertuples` yields it.
        rules: the criteria in force.
        grading: what the bottom places are called.
        with_interval: whether the interval is told.
        with_cases: whether it is told over how many cases a rate goes, and how likely chance is.
        with_chance: whether that likelihood is told at all.
    """
    span = len(month_range(row.first_period, row.last_met)) if row.first_period else 1
    over = f"近{numeral(span, of_things=True)}个月" if span > 1 else "当月"
    is_told = with_interval and np.isfinite(row.low_pct)
    bound = f"，{rules.confidence_pct:g}%置信区间{fixed(row.low_pct, 1)}%—{fixed(row.high_pct, 1)}%" if is_told else ""
    if with_chance and np.isfinite(row.p_value):
        bound += f"，偶然概率{luck(row.p_value)}"
    counted = {
        name: f"{over}{_CRITERIA[name]}{fixed(row.value)}%，{{line}}" + f"（{base}{row.n_cases}件{bound}）" * with_cases
        for name, base in _BASES.items()
    }
    lines = {
        "satisfaction": f"低于{row.threshold:g}%",
        "on_time": f"低于{row.threshold:g}%",
        "repeats": _line(row, rules.repeats),
        "attitude_complaints": _line(row, rules.attitude_complaints),
    }
    reasons = {name: counted[name].format(line=line) for name, line in lines.items()}
    sure = f"，均居其中的可能性{row.value:.0f}%" * with_chance
    reasons["bottom_five"] = f"连续{row.n_cases}个月列当月{bottom_name(grading)}{sure}"
    if row.is_met:
        return reasons[row.reason]
    clean = f"已连续{row.n_clean_months}个月无触发" if row.n_clean_months else "本月该情形未再触发"
    return f"{reasons[row.reason]}（{month_name(row.last_met)}触发，{clean}）"


def _line(row, rule: AboveOwnRate | TopShare) -> str:
    if isinstance(rule, TopShare):
        return f"居前{rule.top_share_pct:g}%，界线{fixed(row.threshold)}%"
    return f"高于全区的{fixed(row.threshold)}%"


def watch_table(
    watch: pd.DataFrame, names: Mapping[str, str], rules: WatchRules, grading: Grading, *, is_annex: bool = True
) -> Markup:
    """Return the watch list: unit, reason, since when, clean months; in the annex the interval and the rule too."""
    columns = [
        text("单位", "unit_id", names),
        text("列入情形", lambda r: watch_reason(r, rules, grading, with_interval=is_annex)),
        *([text("规则", "rule")] if is_annex else []),
        number("列入月份", "since", month_name),
        number("连续无触发月数", lambda r: f"{r.n_clean_months}/{rules.clean_months}"),
    ]
    if watch.empty:  # the sentence before says that there are none
        return Markup("")
    return table(columns, watch.sort_values(["since", "unit_id", "reason"]), "监管异常名录")


def watch_kpi(watch: pd.DataFrame, months: Sequence[str], policy: Policy) -> Kpi:
    """Return the figure of units on the watch list (S15), with its changes and last year's.

    Args:
        watch: tables `watch_list` of the month and of months before.
        months: those months; one without a row had nobody on its list.
        policy: the month's rules.
    """
    counts = watch.groupby("period")["unit_id"].nunique().reindex(list(months), fill_value=0)
    return count_kpi("监管异常名录单位", counts, policy, "个")
