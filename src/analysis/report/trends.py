"""三、同比环比: what changed and why, in sentences, tables and figures (S25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.policy.names import Names
from analysis.policy.trends import TrendRules
from analysis.report.page.charts import PAGE_WIDTH_INCHES, plt
from analysis.report.page.palette import ACCENT, MUTED, PAPER, RULE, SERIES
from analysis.report.page.pieces import Column, number, table, text, tier_badge
from analysis.report.words import (
    DASH,
    WORDS,
    by_chance,
    listing,
    month_name,
    months_so_far,
    rose_or_fell,
    score,
    signed,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PLACES = 5
_DRAWN = 10


def compared_units(trends: pd.DataFrame, basis: str) -> pd.DataFrame:
    """Return the units' totals that have a value on both sides of one basis; of years only the last one.

    Args:
        trends: table `trends` of a month.
        basis: `mom`, `yoy`, `ytd` or `annual`.
    """
    rows = trends[(trends["basis"] == basis) & (trends["level"] == "total") & trends["change"].notna()]
    return rows[rows["after_period"] == rows["after_period"].max()]


def no_basis(basis: str) -> str:
    """Return the sentence that stands where there is nothing to compare with (S25)."""
    return f"无{WORDS.bases[basis]}数据：没有可比的{WORDS.bases_before[basis]}得分。"


def largest_movers(trends: pd.DataFrame, basis: str, count: int) -> pd.DataFrame:
    """Return the `count` units whose total changed most, the largest rise first, the largest fall last."""
    rows = compared_units(trends, basis)
    rows = rows[rows["change"] != 0]
    largest = rows.assign(size=rows["change"].abs()).sort_values(["size", "unit_id"], ascending=[False, True])
    return largest.head(count).drop(columns="size").sort_values(["change", "unit_id"], ascending=[False, True])


def tell_basis(trends: pd.DataFrame, basis: str, names: Mapping[str, str], rules: TrendRules) -> list[str]:
    """Return the sentences on one basis: who moved, whose rules changed, what is noise, who changed tier."""
    return [
        tell_movers(trends, basis, names),
        tell_rule_changes(trends, basis, names),
        tell_noise(trends, basis, rules),
        tell_tiers(trends, basis, names),
    ]


def tell_month(trends: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> list[str]:
    """Return the bulletin's sentences on change: the year to date, who moved, whose rules changed, what is noise."""
    return [
        tell_year_to_date(trends, policy),
        *(tell_movers(trends, basis, names) for basis in ("mom", "yoy")),
        tell_tiers(trends, "mom", names),
        tell_rule_changes(trends, "yoy", names),
        tell_noise(trends, "mom", policy.trends),
    ]


def tell_year_to_date(trends: pd.DataFrame, policy: Policy) -> str:
    """Return the sentence on the year to date, like for like where rules changed."""
    rows = trends[(trends["basis"] == "ytd") & (trends["level"] == "district")]
    row = rows.iloc[0]
    sentence = f"{months_so_far(policy.period, policy.district.start)}累计，全区平均得分{score(row['after'])}分"
    if pd.isna(row["change"]):
        return sentence + "，上年没有可比数据。"
    sentence += f"，比上年同期{rose_or_fell(row['change'])}"
    if row["is_rule_changed"]:
        sentence += f"；指标或权重有调整，按可比口径{rose_or_fell(row['like_for_like_change'])}"
    return sentence + "。"


def tell_movers(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = 3) -> str:
    """Return the sentence that names who rose and who fell most on one basis."""
    rows, word = compared_units(trends, basis), WORDS.bases[basis]
    if rows.empty:
        return no_basis(basis)
    risers, fallers = rows[rows["change"] > 0], rows[rows["change"] < 0]
    up = risers.sort_values(["change", "unit_id"], ascending=[False, True]).head(count)
    down = fallers.sort_values(["change", "unit_id"]).head(count)
    told = [f"{word}得分上升的单位{len(risers)}个、下降的{len(fallers)}个、持平的{int((rows['change'] == 0).sum())}个"]
    told += [f"升幅最大的是{listing([_mover(row, names) for row in up.itertuples()])}"] * bool(len(up))
    told += [f"降幅最大的是{listing([_mover(row, names) for row in down.itertuples()])}"] * bool(len(down))
    return "；".join(told) + "。"


def _mover(row, names: Mapping[str, str]) -> str:
    return f"{names[row.unit_id]}（{signed(row.change)}分，{_places(row.rank_change)}）"


def _places(change: float) -> str:
    if pd.isna(change) or change == 0:
        return "位次不变"
    return f"位次{'升' if change > 0 else '降'}{abs(int(change))}"


def movers_figure(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = _DRAWN) -> Figure:
    """Return the largest movers as a slope chart: the total before and after, each line named at its end.

    Args:
        trends: table `trends` of a month.
        basis: `mom`, `yoy`, `ytd` or `annual`.
        names: id → Chinese name.
        count: how many units are drawn.
    """
    rows = largest_movers(trends, basis, count)
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, max(2.4, 0.9 + 0.42 * len(rows))))
    heights = _apart(rows["after"].to_numpy(dtype=float), 0.052)
    left = _apart(rows["before"].to_numpy(dtype=float), 0.052)
    for row, high, low in zip(rows.itertuples(), heights, left, strict=True):
        colour = ACCENT if row.change > 0 else SERIES[1]
        axes.plot([0, 1], [row.before, row.after], color=colour, marker="o", markersize=5, linewidth=1.6)
        named = f"{names[row.unit_id]} {row.after:.2f}（{signed(row.change)}）"
        axes.text(1.06, high, named, ha="left", va="center", fontsize=9.5)
        axes.text(-0.06, low, f"{row.before:.2f}", ha="right", va="center", fontsize=9.5)
    _lead(axes, 1, 1.045, rows["after"], heights)
    _lead(axes, 0, -0.045, rows["before"], left)
    axes.set_xlim(-0.35, 2.1)
    axes.set_xticks([0, 1], [_period_label(rows, "before_period"), _period_label(rows, "after_period")])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _period_label(rows: pd.DataFrame, column: str) -> str:
    if rows.empty:
        return ""
    period, basis = rows[column].iloc[0], rows["basis"].iloc[0]
    names = {"ytd": f"{period[:4]}年1至{int(period[5:])}月", "annual": f"{period[:4]}年"}
    return names.get(basis, month_name(period))


def _lead(axes: Axes, end: float, label: float, values: Sequence[float], heights: Sequence[float]) -> None:
    """Draw thin lines from the lines' ends to their labels: an annotation's arrow each costs more than the chart."""
    from matplotlib.collections import LineCollection  # with the first chart, like all that draws

    leads = [[(end, value), (label, height)] for value, height in zip(values, heights, strict=True)]
    axes.add_collection(LineCollection(leads, colors=RULE, linewidths=0.7, zorder=1, clip_on=False), autolim=False)


def _apart(values: np.ndarray, share: float) -> np.ndarray:
    """Return heights near `values` that keep a distance of `share` of their range, so that labels do not overlap."""
    heights = values.copy()
    if len(values) < 2:
        return heights
    gap = share * max(np.ptp(values), 1.0) * max(1.0, len(values) * share)
    order = np.argsort(values, kind="stable")
    for lower, upper in pairwise(order):
        heights[upper] = max(heights[upper], heights[lower] + gap)
    return heights - (heights.mean() - values.mean())


def movers_table(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = _DRAWN) -> Markup:
    """Return the largest movers with the parts of their change, which add up."""
    columns = [
        text("单位", "unit_id", names),
        number(WORDS.bases_before[basis], "before", score),
        number("本期", "after", score),
        number("变化", "change", signed),
        *(number(cause, part, signed) for part, cause in list(WORDS.causes.items())[:-1]),
        number("可比变化", "like_for_like_change", signed),
        number("位次变化", lambda r: signed(r.rank_change, 0)),
        text("等次", lambda r: tier_badge(r.tier_after, names)),
    ]
    caption = f"{WORDS.bases[basis]}变化最大的单位及原因（单位：分；各项原因相加等于变化；位次变化为正表示前移）"
    return table(columns, largest_movers(trends, basis, count), caption)


def tell_causes(row: pd.Series, names: Mapping[str, str]) -> str:
    """Return why one total changed; the parts add up to the change.

    Args:
        row: a row of `trends` of a unit's total.
        names: id → Chinese name.
    """
    word, name = WORDS.bases[row["basis"]], names[row["unit_id"]]
    if pd.isna(row["change"]):
        return f"{name}无{word}数据。"
    parts = [(cause, row[part]) for part, cause in WORDS.causes.items() if row[part] != 0]
    sentence = f"{name}{word}{rose_or_fell(row['change'])}"
    if len(parts) == 1:
        sentence += f"，全部来自{parts[0][0]}"
    elif parts:
        sentence += "，其中" + "、".join(f"{cause}{signed(value)}分" for cause, value in parts)
    if row["is_rule_changed"]:
        sentence += f"；按可比口径{rose_or_fell(row['like_for_like_change'])}"
    if row["is_within_noise"] and row["like_for_like_change"] != 0:
        sentence += f"；属正常波动（±{row['noise_points']:.2f}分以内）"
    return sentence + "。"


def causes_figure(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = _DRAWN) -> Figure:
    """Return why the largest movers moved: bars to the right help, to the left cost; together they are the change."""
    rows = largest_movers(trends, basis, count).iloc[::-1]
    shown = [part for part in WORDS.causes if (rows[part] != 0).any()]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 1.3 + 0.4 * len(rows)))
    ends = {1: np.zeros(len(rows)), -1: np.zeros(len(rows))}
    for part, colour in zip(WORDS.causes, SERIES, strict=True):
        if part in shown:
            values = rows[part].to_numpy(dtype=float)
            for sign, end in ends.items():
                piece = np.where(values * sign > 0, values, 0.0)
                label = WORDS.causes[part] if sign > 0 else None
                axes.barh(range(len(rows)), piece, left=end, color=colour, height=0.62, label=label, edgecolor=PAPER)
                ends[sign] = end + piece
    changes = rows["change"].to_numpy(dtype=float)
    axes.scatter(changes, range(len(rows)), marker="D", s=26, color="black", zorder=3, label="合计变化")
    for place, (change, end) in enumerate(zip(changes, ends[1], strict=True)):
        axes.annotate(
            f"{signed(change)}", (end, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9.5
        )
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(rows)), [names[unit] for unit in rows["unit_id"]])
    axes.set_xlabel(f"对总分{WORDS.bases[basis]}变化的影响（分）")
    axes.use_sticky_edges = False
    axes.margins(x=0.09, y=0.02)
    axes.grid(visible=False, axis="y")
    if len(rows):
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(shown) + 1)
    return figure


def tell_indicators(moving: Sequence, basis: str, unit_id: str, names: Mapping[str, str], count: int = 3) -> str:
    """Return which indicators moved a unit's total most.

    Args:
        moving: the unit's rows of `change_parts` on that basis, the largest change first.
        basis: `mom`, `yoy`, `ytd` or `annual`.
        unit_id: the unit.
        names: id → Chinese name.
        count: how many indicators are named.
    """
    if not moving:
        return f"{names[unit_id]}没有影响{WORDS.bases[basis]}变化的指标。"
    told = [f"{names[row.indicator_id]}（{signed(row.change)}分）" for row in moving[:count]]
    return f"影响{names[unit_id]}{WORDS.bases[basis]}变化最大的指标是{listing(told)}。"


def tell_rule_changes(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> str:
    """Return whose weights or indicators are not those of the period before, so that plain figures mislead."""
    rows = compared_units(trends, basis)
    changed = rows[rows["is_rule_changed"]].sort_values("unit_id")
    if rows.empty:
        return no_basis(basis)
    if changed.empty:
        return f"{WORDS.bases[basis]}两期指标和权重一致，可直接比较。"
    who = "全部单位" if len(changed) == len(rows) else listing([names[unit] for unit in changed["unit_id"]], _PLACES)
    return f"{WORDS.bases[basis]}两期之间，{who}的指标或权重有调整，应看可比口径：同一指标、同一权重下的变化。"


def tell_noise(trends: pd.DataFrame, basis: str, rules: TrendRules) -> str:
    """Return how many changes are no larger than what months bring by themselves, all units taken together (S33)."""
    rows = compared_units(trends, basis)
    known = rows[rows["noise_points"].notna()]
    if known.empty:
        return f"历史月份不足，{WORDS.bases[basis]}变化是否属正常波动暂无法判断。"
    inside = int(known["is_within_noise"].sum())
    tested = by_chance(len(known), len(known) - inside, rules.false_discovery_pct, "个")
    return (
        f"{len(known)}个单位中，{inside}个的{WORDS.bases[basis]}变化在正常波动以内（按可比口径，以各单位自身逐月波动衡量），"
        f"不宜作为升降依据；{len(known) - inside}个超出正常波动{tested}。"
    )


def tell_tiers(trends: pd.DataFrame, basis: str, names: Names) -> str:
    """Return how many units changed tier, and who entered and who left the best and the last one."""
    rows = compared_units(trends, basis)
    rows = rows[(rows["tier_before"] != "") & (rows["tier_after"] != "")].sort_values("unit_id")
    if rows.empty:
        return f"无{WORDS.bases[basis]}等次数据。"
    places = {tier: place for place, tier in enumerate(names.tiers)}
    step = rows["tier_before"].map(places) - rows["tier_after"].map(places)
    best, last = names.tiers[0], names.tiers[-1]
    told = [f"{WORDS.bases[basis]}等次上升的单位{int((step > 0).sum())}个、下降的{int((step < 0).sum())}个"]
    for tier, came, left in ((best, "新进", "退出"), (last, "新列", "脱离")):
        was, is_now = rows["tier_before"] == tier, rows["tier_after"] == tier
        for word, moved in ((came, rows[is_now & ~was]), (left, rows[was & ~is_now])):
            who = listing([names[unit] for unit in moved["unit_id"]], _PLACES)
            told += [f"{word}{names[tier]}的有{who}"] * bool(len(moved))
    return "；".join(told) + "。"


def tiers_figure(trends: pd.DataFrame, basis: str, names: Names) -> Figure:
    """Return how many units went from which tier to which: on the diagonal those that stayed."""
    rows, tiers = compared_units(trends, basis), list(names.tiers)
    counts = pd.crosstab(rows["tier_before"], rows["tier_after"]).reindex(index=tiers, columns=tiers, fill_value=0)
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES * 0.62, 3.6))
    largest = max(1, int(counts.to_numpy().max()))
    for place, tier in enumerate(tiers):
        for column, other in enumerate(tiers):
            count = int(counts.loc[tier, other])
            shade = 0.08 + 0.72 * count / largest if count else 0.0
            stayed = place == column
            axes.add_patch(plt.Rectangle((column - 0.5, place - 0.5), 1, 1, color=ACCENT, alpha=shade, linewidth=0))
            if stayed:
                axes.add_patch(plt.Rectangle((column - 0.48, place - 0.48), 0.96, 0.96, fill=False, color=MUTED))
            axes.text(column, place, str(count) if count else "·", ha="center", va="center", fontsize=12)
            axes.texts[-1].set_color(PAPER if shade > 0.45 else MUTED if not count else "black")
    labels = [names[tier] for tier in tiers]
    axes.set_xticks(range(len(tiers)), labels)
    axes.set_yticks(range(len(tiers)), labels)
    axes.set_xlim(-0.5, len(tiers) - 0.5)
    axes.set_ylim(len(tiers) - 0.5, -0.5)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("本期等次")
    axes.set_ylabel(f"{WORDS.bases_before[basis]}等次")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def levels_table(trends: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the means of the district, its groups, the channels and the families on every basis."""
    means = trends[(trends["unit_id"] == "") & (trends["basis"] != "annual")]
    by_basis = {basis: rows.set_index(["level", "level_id"]) for basis, rows in means.groupby("basis")}
    keys = [
        (level, key) for level in WORDS.levels for key in sorted(means[means["level"] == level]["level_id"].unique())
    ]
    figures = {
        "本月": ("mom", "after", score),
        "环比": ("mom", "change", signed),
        "同比": ("yoy", "change", signed),
        "累计": ("ytd", "after", score),
        "累计同比": ("ytd", "change", signed),
        "累计可比变化": ("ytd", "like_for_like_change", signed),
    }
    columns = [
        text("项目", lambda key: names.get(key[1], "全区")),
        text("类型", lambda key: WORDS.levels[key[0]]),
        *(
            number(head, lambda key, basis=basis, column=column, write=write: write(by_basis[basis].loc[key][column]))
            for head, (basis, column, write) in figures.items()
        ),
    ]
    caption = "全区、各类单位、各渠道、各类指标平均得分及变化（单位：分；“—”表示无可比数据）"
    return table(columns, keys, caption, css="")


def annual_table(trends: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return each unit's result of every finished year: total, place and tier, the last year's best first.

    Args:
        trends: tables `trends` of the finished years' Decembers.
        names: id → Chinese name.
    """
    rows = trends[(trends["basis"] == "annual") & (trends["level"] == "total")]
    rows = rows[rows["after_period"] == rows["period"]]
    years = sorted(rows["after_period"].unique())
    if not years:
        return table([text("单位", str)], [], "各年度结果（尚无完整年度）", css="")
    results = {(row.unit_id, row.after_period): row for row in rows.itertuples()}
    last = rows[rows["after_period"] == years[-1]]
    order = last.sort_values(["rank_after", "tier_after"], na_position="last", kind="stable")["unit_id"]
    columns = [text("单位", names.__getitem__), *(column for year in years for column in _year(year, results, names))]
    return table(columns, order, "各年度结果（年度得分按各月合并计算，S10）", css="sortable dense")


def _year(year: str, results: Mapping[tuple[str, str], Any], names: Mapping[str, str]) -> list[Column]:
    def told(write: Callable) -> Callable:
        return lambda unit: write(results[unit, year]) if (unit, year) in results else DASH

    return [
        number(f"{year[:4]}年得分", told(lambda r: score(r.after))),
        number("位次", told(lambda r: DASH if pd.isna(r.rank_after) else str(r.rank_after))),
        text("等次", told(lambda r: tier_badge(r.tier_after, names))),
    ]
