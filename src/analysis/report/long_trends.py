"""Long trends and quality of marks: slopes over years and findings on raters (S25)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.trends import SlopeRules, TrendRules
from analysis.report.page.charts import PAGE_WIDTH_INCHES, plt
from analysis.report.page.palette import ACCENT, MUTED, SERIES
from analysis.report.page.pieces import number, table, text
from analysis.report.words import WORDS, by_chance, fixed, listing, month_name, numeral, score, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMED = 6
_CONFOUNDED = (
    "各部门、各检查人员评的单位和指标不尽相同，“偏宽”“偏严”也可能只是所评的单位本来较好或较差、指标本来较易或较难，"
    "数据分不开这两种原因，不能据此认定评分人有问题。"
)


def _span(slope: SlopeRules) -> str:
    years, months = divmod(slope.least_months, 12)
    return f"{slope.least_months}个月" if months else f"{numeral(years, of_things=True)}年"


def long_trend_rule(rules: TrendRules) -> str:
    """Return from how many months on a direction is stated, and how sure it must be, as the rules in force have it."""
    return (
        f"满{_span(rules.slope)}的单位给出每年变化及区间；有方向的、有突变的，都须在全部单位中排除偶然"
        f"（错误发现率{rules.false_discovery_pct:g}%以内，S33）。"
    )


def tell_long_trends(long_trends: pd.DataFrame, names: Mapping[str, str], rules: TrendRules) -> list[str]:
    """Return the sentences on units with a clear direction, on shifts and on the district's season.

    Args:
        long_trends: table `long_trends` of a month.
        names: id → Chinese name.
        rules: from how many months on a direction is stated, and how sure it must be.
    """
    units = long_trends[long_trends["level"] == "total"]
    known = units[units["direction"] != "short"]
    if known.empty:
        return [f"数据不足{_span(rules.slope)}，暂不判断长期趋势。"]
    told = []
    for direction in ("rising", "falling"):
        rows = known[known["direction"] == direction]
        rows = rows.assign(size=rows["slope_points_per_year"].abs()).sort_values("size", ascending=False, kind="stable")
        listed = [f"{names[row.unit_id]}（每年{signed(row.slope_points_per_year)}分）" for row in rows.itertuples()]
        if listed:
            told.append(f"{WORDS.directions[direction]}的单位{len(listed)}个：{listing(listed, _NAMED)}。")
    unclear = int((known["direction"] == "unclear").sum())
    tested = by_chance(len(known), len(known) - unclear, rules.false_discovery_pct, "个")
    whose = f"其余{unclear}个" if told else "各"
    told.append(f"{whose}单位没有超出波动的长期趋势{tested}。")
    return [*told, *_shifts(known, names, rules), *_season(long_trends)]


def _shifts(known: pd.DataFrame, names: Mapping[str, str], rules: TrendRules) -> list[str]:
    if not known["has_changes_checked"].any():
        return ["本机未安装变点检测组件，未检查水平突变。"]
    rows = known[known["changes"] != ""].sort_values(["changes", "unit_id"], ascending=[False, True])
    tested = by_chance(int(known["has_changes_checked"].sum()), len(rows), rules.false_discovery_pct, "个")
    if rows.empty:
        return [f"没有发现水平或趋势突变的单位{tested}。"]
    listed = [
        f"{names[row.unit_id]}（{'、'.join(month_name(month) for month in row.changes.split())}起）"
        for row in rows.itertuples()
    ]
    return [f"水平或趋势发生突变的单位{len(listed)}个：{listing(listed, _NAMED)}{tested}。"]


def _season(long_trends: pd.DataFrame) -> list[str]:
    district = long_trends[long_trends["level"] == "district"]
    if district.empty or pd.isna(district["season_p"].iloc[0]):
        return []
    row = district.iloc[0]
    if not row["is_seasonal"]:
        return ["全区平均得分没有明显的季节规律。"]
    return [
        f"全区平均得分有季节规律：{row['season_high_month']}月偏高、{row['season_low_month']}月偏低，"
        f"相差约{score(row['season_swing_points'])}分，环比应结合同比判断。"
    ]


def slopes_figure(long_trends: pd.DataFrame, names: Mapping[str, str], most: int = 20) -> Figure:
    """Return the slopes of units with a clear direction, with their intervals; of all where none has one."""
    units = long_trends[(long_trends["level"] == "total") & long_trends["slope_points_per_year"].notna()]
    clear = units[units["direction"].isin(["rising", "falling"])]
    rows = clear if len(clear) else units
    rows = rows.assign(size=rows["slope_points_per_year"].abs()).nlargest(most, "size", keep="first")
    rows = rows.sort_values(["slope_points_per_year", "unit_id"])
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 0.9 + 0.32 * len(rows)))
    values = rows["slope_points_per_year"].to_numpy(dtype=float)
    reach = np.abs(np.stack([values - rows["slope_low"], rows["slope_high"] - values]).astype(float))
    for sign, colour, marker in ((1, ACCENT, "o"), (-1, SERIES[1], "s")):
        mine = np.flatnonzero(np.where(values >= 0, 1, -1) == sign)
        axes.errorbar(
            values[mine], mine, xerr=reach[:, mine], fmt=marker, color=colour, markersize=5, linewidth=0, elinewidth=1.4
        )
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(rows)), [names[unit] for unit in rows["unit_id"]])
    axes.set_xlabel("每年变化（分），横线为区间")
    axes.grid(visible=False, axis="y")
    return figure


def long_trend_table(long_trends: pd.DataFrame, names: Mapping[str, str], slope: SlopeRules) -> Markup:
    """Return the slope of every unit with enough years, the steepest rise first."""
    rows = long_trends[(long_trends["level"] == "total") & (long_trends["direction"] != "short")]
    columns = [
        text("单位", "unit_id", names),
        number("月数", "n_months"),
        number("每年变化", "slope_points_per_year", signed),
        number("区间", lambda r: f"{signed(r.slope_low)} 至 {signed(r.slope_high)}"),
        text("判断", "direction", WORDS.directions),
        text("突变月份", lambda r: "、".join(r.changes.split()) or "无"),
    ]
    notes = "每年变化单位：分；按最近一期规则衔接；区间已计入相邻月份的相关；判断以全部单位同时成立为准"
    rows = rows.sort_values(["slope_points_per_year", "unit_id"], ascending=[False, True])
    return table(columns, rows, f"{_span(slope)}以上走势（{notes}）", css="sortable dense")


def tell_raters(findings: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return how many findings of each kind there are, and what a comparison of raters cannot tell apart.

    Args:
        findings: table `rater_findings` of a month.
        names: id → Chinese name.
    """
    if findings.empty:
        return ["未发现评分偏宽偏严、过于集中或缺项使总分偏高的情形。"]
    counts = findings["code"].value_counts()
    told = "、".join(f"{word}{counts[code]}项" for code, word in WORDS.rater_findings.items() if code in counts)
    sentences = [f"数据质量提示：{told}。提示仅供核实，不改变任何得分。"]
    return [*sentences, _CONFOUNDED] if {"lenient", "severe"} & set(counts.index) else sentences


def rater_table(findings: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the findings with their evidence."""
    order = {code: place for place, code in enumerate(WORDS.rater_findings)}
    columns = [
        text("对象", lambda r: names.get(r.subject, r.subject)),
        text("提示", "code", WORDS.rater_findings),
        text("事项", lambda r: names.get(r.item_id, WORDS.roles.get(r.item_id, r.item_id)) or "全部"),
        number("样本数", "n_marks"),
        text("依据", _evidence),
    ]
    rows = findings.assign(place=findings["code"].map(order)).sort_values(["place", "subject", "item_id"])
    return table(columns, rows, "评分质量提示（仅供核实，不改变任何得分）")


def tell_leniency(whatif: pd.DataFrame, inspectors: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return what ranks and tiers would be without the inspectors' leniency: a what-if that changes nothing.

    Args:
        whatif: table `leniency_whatif` of a month.
        inspectors: table `inspector_leniency` of it.
        names: id → Chinese name.
    """
    start = "假如扣除检查人员的宽严差异（只作比较，不改变任何得分、位次和等次）："
    if not inspectors["leniency_points"].abs().gt(0).any():
        return f"{start}抽查数据看不出检查人员之间的宽严差异，无可校正。"
    moved = (whatif["rank_corrected"] - whatif["rank"]).abs().fillna(0)
    other = whatif[whatif["tier_by_score"] != whatif["tier_corrected"]].sort_values(["rank", "unit_id"])
    told = [f"{names[r.unit_id]}（{names[r.tier_by_score]}→{names[r.tier_corrected]}）" for r in other.itertuples()]
    tiers = f"按分等次会不同的有{len(other)}个：{listing(told, _NAMED)}" if told else "按分等次都不变"
    if not moved.any():
        return f"{start}位次都不变，{tiers}。"
    return f"{start}{int((moved > 0).sum())}个单位位次会变动，最多{moved.max():.0f}位；{tiers}。"


def leniency_table(inspectors: pd.DataFrame) -> Markup:
    """Return how many points each inspector gives more than others would, as estimated and shrunk towards none."""
    columns = [
        text("检查人员", "inspector"),
        number("抽查次数", "n_visits"),
        number("比他人宽（+）严（−）", "leniency_points", signed),
    ]
    rows = inspectors.sort_values(["leniency_points", "inspector"], ascending=[False, True])
    return table(columns, rows, "检查人员宽严估计（同组同指标相比，次数少的向零收缩；单位：分）")


def _evidence(row) -> str:
    if row.code in ("lenient", "severe"):
        word = "高" if row.figure > 0 else "低"
        return f"比其他评分平均{word}{score(abs(row.figure))}分（区间{signed(row.low)}至{signed(row.high)}分）"
    if row.code == "compressed":
        return f"{fixed(row.figure, 1)}%的评分在{score(row.low)}至{score(row.high)}分之间，难以区分单位"
    if row.code == "gains_by_missing":
        return f"缺项按同类单位中位数补齐，总分为{score(row.reference)}分，现高出{score(row.figure)}分"
    return f"缺项占{fixed(row.figure, 1)}%，同类单位中位数{fixed(row.reference, 1)}%"
