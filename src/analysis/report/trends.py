"""三、同比环比: what changed and why, in sentences, tables and figures (S25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.policy.names import Names
from analysis.policy.trends import TrendRules
from analysis.report.page.charts import PAGE_WIDTH_INCHES, Chart, plt
from analysis.report.page.palette import ACCENT, MUTED, PAPER
from analysis.report.page.pieces import Column, number, table, text, tier_badge
from analysis.report.words import (
    DASH,
    WORDS,
    by_chance,
    listing,
    months_so_far,
    rose_or_fell,
    score,
    signed,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PLACES = 8


def compared_units(trends: pd.DataFrame, basis: str) -> pd.DataFrame:
    """Return the units' totals that have a value on both sides of one basis; of years only the last one.

    Args:
        trends: table `trends` of a month.
        basis: `mom`, `yoy`, `ytd` or `annual`.
    """
    rows = trends[(trends["basis"] == basis) & (trends["level"] == "total") & trends["change"].notna()]
    return rows[rows["after_period"] == rows["after_period"].max()]


def longest_basis(trends: pd.DataFrame) -> str:
    """Return `yoy`, in a district's first year `mom`, in its first month the empty text."""
    return next((basis for basis in ("yoy", "mom") if len(compared_units(trends, basis))), "")


def no_basis(basis: str) -> str:
    """Return the sentence that stands where there is nothing to compare with (S25)."""
    return f"无{WORDS.bases[basis]}数据：没有可比的{WORDS.bases_before[basis]}得分。"


def tell_basis(trends: pd.DataFrame, basis: str, names: Mapping[str, str], rules: TrendRules) -> list[str]:
    """Return the sentences on one basis: who moved, whose rules changed, what is noise, who changed tier."""
    return [
        tell_movers(trends, basis, names),
        tell_rule_changes(trends, basis, names),
        tell_noise(trends, basis, rules),
        tell_tiers(trends, basis, names),
    ]


def tell_month(trends: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> list[str]:
    """Return the bulletin's sentences on change: the year to date, what is noise, who moved, whose rules changed."""
    basis = longest_basis(trends)
    unusual = tell_unusual_year(trends, names)
    return [
        tell_year_to_date(trends, policy) + f"{unusual}。" * bool(unusual),
        tell_noise(trends, "mom", policy.trends),
        *(tell_movers(trends, each, names) for each in ("mom", "yoy")),
        tell_tiers(trends, "mom", names),
        *([tell_rule_changes(trends, basis, names)] if basis else []),
    ]


def tell_year_to_date(trends: pd.DataFrame, policy: Policy) -> str:
    """Return the sentence on the year to date, like for like where rules changed."""
    rows = trends[(trends["basis"] == "ytd") & (trends["level"] == "district")]
    row = rows.iloc[0]
    months, is_whole = months_so_far(policy.period, policy.district.start), policy.period.endswith("-12")
    year = f"{policy.period[:4]}年度" + f"（{months}）" * (not months.startswith("1至"))
    sentence = f"{year if is_whole else f'{months}累计，'}全区平均得分{score(row['after'])}分"
    if pd.isna(row["change"]):
        return sentence + "，上年没有可比数据。"
    sentence += f"，比{'上年' if is_whole else '上年同期'}{rose_or_fell(row['change'])}"
    if row["is_rule_changed"]:
        sentence += f"；指标或权重有调整，按可比口径{rose_or_fell(row['like_for_like_change'])}"
    return sentence + "。"


def tell_unusual_year(trends: pd.DataFrame, names: Mapping[str, str], count: int = _PLACES) -> str:
    """Return in a clause whose year to date differs from last year's by more than months bring (S33).

    The largest change first; empty where there is nobody.

    Args:
        trends: table `trends` of a month.
        names: id → Chinese name.
        count: so many are named.
    """
    rows = compared_units(trends, "ytd")
    rows = rows[rows["noise_points"].notna() & ~rows["is_within_noise"].astype("boolean").fillna(True)]
    # What is measured against noise is the change like for like (S25).
    alike = rows["like_for_like_change"].fillna(rows["change"])
    rows = rows.assign(change=alike, size=alike.abs()).sort_values(["size", "unit_id"], ascending=[False, True])
    notes = [("可比口径" * bool(row.is_rule_changed), known_part(row)) for row in rows.itertuples()]
    marks = ["".join(f"，{note}" for note in each if note) for each in notes]
    who = listing([_mover(row, names, mark) for row, mark in zip(rows.itertuples(), marks, strict=True)], count)
    return f"累计得分与上年同期相比超出正常波动的有{who}" * bool(who)


def known_part(row) -> str:
    """Return of a change beyond noise that bonus and deductions make it so, which chance does not bring; else nothing.

    Args:
        row: a row of `trends` of a total.
    """
    alike = row.change if pd.isna(row.like_for_like_change) else row.like_for_like_change
    is_made = row.adjustments != 0 and abs(alike - row.adjustments) <= row.noise_points
    return f"其中加减分{signed(row.adjustments)}分，不计加减分未超出" if is_made else ""


def tell_movers(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = 3) -> str:
    """Return the sentence that names who rose and who fell most on one basis."""
    rows, word = compared_units(trends, basis), WORDS.bases[basis]
    if rows.empty:
        return no_basis(basis)
    risers, fallers = rows[rows["change"] > 0], rows[rows["change"] < 0]
    up, down = furthest_moved(rows, count)
    same = int((rows["change"] == 0).sum())
    told = [f"{word}得分上升的单位{len(risers)}个、下降的{len(fallers)}个" + f"、持平的{same}个" * bool(same)]
    told += [f"升幅最大的是{listing([_mover(row, names) for row in up.itertuples()])}"] * bool(len(up))
    told += [f"降幅最大的是{listing([_mover(row, names) for row in down.itertuples()])}"] * bool(len(down))
    named = pd.concat([up, down])
    quiet = named[named["is_within_noise"].astype(bool)]["unit_id"].map(names).tolist()
    if quiet:  # to be the largest is not yet to be unusual (S33)
        told.append(f"{'上述单位' if len(quiet) == len(named) else listing(quiet)}的变化均在自身正常波动以内")
    return "；".join(told) + "。"


def furthest_moved(rows: pd.DataFrame, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return so many rows of `trends` of those that rose most and of those that fell most, the furthest first."""
    up = rows[rows["change"] > 0].sort_values(["change", "unit_id"], ascending=[False, True])
    down = rows[rows["change"] < 0].sort_values(["change", "unit_id"])
    return up.head(count), down.head(count)


def _mover(row, names: Mapping[str, str], mark: str = "") -> str:
    return f"{names[row.unit_id]}（{signed(row.change)}分，{_places(row.rank_change)}{mark}）"


def _places(change: float) -> str:
    if pd.isna(change) or change == 0:
        return "位次不变"
    return f"位次{'升' if change > 0 else '降'}{abs(int(change))}"


def tell_causes(row: pd.Series, names: Mapping[str, str], *, with_noise: bool = True) -> str:
    """Return why one unit's total of a month changed, in words for the unit itself; the parts add up to the change.

    Args:
        row: a row of `trends` of a unit's total.
        names: id → Chinese name.
        with_noise: whether a change within the unit's noise is said to be usual.
    """
    word, name = WORDS.bases[row["basis"]], names[row["unit_id"]]
    if pd.isna(row["change"]):
        return f"{name}无{word}数据。"
    parts = [(cause, row[part]) for part, cause in WORDS.own_causes.items() if row[part] != 0]
    sentence = f"{name}本月{word}{rose_or_fell(row['change'])}"
    if len(parts) == 1:
        sentence += f"，全部来自{parts[0][0]}"
    elif parts:
        sentence += "，其中" + "、".join(f"{cause}{signed(value)}分" for cause, value in parts)
    if row["is_rule_changed"]:
        sentence += f"；按可比口径{rose_or_fell(row['like_for_like_change'])}"
    if with_noise and row["is_within_noise"] and row["like_for_like_change"] != 0:
        sentence += f"；属正常波动（±{score(row['noise_points'])}分以内）"
    return sentence + "。"


def tell_change(row: pd.Series) -> str:
    """Return by how much a row of `trends` moved, with the like-for-like figure beside it where rules changed (S25)."""
    same = f"（可比口径{rose_or_fell(row['like_for_like_change'])}）" if row["is_rule_changed"] else ""
    return rose_or_fell(row["change"]) + same


def tell_performance(moving: Sequence, names: Mapping[str, str], count: int = 3) -> str:
    """Return which indicators performed otherwise most, and what all others come to; the parts add up to the whole.

    Args:
        moving: a unit's rows of `change_parts` on one basis, the largest change in performance first.
        names: id → Chinese name.
        count: how many indicators are named.
    """
    if not moving:
        return ""
    told = [f"{names[row.indicator_id]}{signed(row.performance)}分" for row in moving[:count]]
    if others := moving[count:]:
        told.append(f"其余{len(others)}项合计{signed(sum(row.performance for row in others))}分")
    whole = signed(sum(row.performance for row in moving))
    return f"{WORDS.own_causes['performance']}{whole}分：{'、'.join(told)}。"


def tell_rule_changes(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> str:
    """Return whose weights or indicators are not those of the period before, so that plain figures mislead."""
    rows = compared_units(trends, basis)
    changed = rows[rows["is_rule_changed"]].sort_values("unit_id")
    if rows.empty:
        return no_basis(basis)
    if changed.empty:
        return f"{WORDS.bases[basis]}两期指标和权重一致，可直接比较。"
    who = "全部单位" if len(changed) == len(rows) else listing([names[unit] for unit in changed["unit_id"]], _PLACES)
    return f"{WORDS.bases[basis]}两期之间，{who}的指标或权重有调整，应看可比口径：剔除指标和权重调整后的变化。"


def tell_noise(trends: pd.DataFrame, basis: str, rules: TrendRules, *, with_tests: bool = True) -> str:
    """Return how many changes are no larger than what months bring by themselves, all units taken together (S33).

    Without tests (on paper) it is not told among how many, and how many chance would bring.
    """
    rows = compared_units(trends, basis)
    known = rows[rows["noise_points"].notna()]
    if known.empty:
        return f"历史月份不足，{WORDS.bases[basis]}变化是否属正常波动暂无法判断。"
    beyond, word = int((~known["is_within_noise"].astype(bool)).sum()), WORDS.bases[basis]
    measured = "正常波动以内（按可比口径，以各单位自身逐月波动衡量）"
    if not beyond:
        return f"{len(known)}个单位的{word}变化都在{measured}，不宜作为升降依据。"
    tested = by_chance(len(known), beyond, rules.false_discovery_pct, "个") if with_tests else ""
    if beyond == len(known):
        return f"{beyond}个单位的{word}变化都超出正常波动{tested}。"
    inside = f"{len(known) - beyond}个单位的{word}变化在{measured}，不宜作为升降依据"
    return f"{inside}；{beyond}个超出正常波动{tested}。"


def tell_tiers(trends: pd.DataFrame, basis: str, names: Names) -> str:
    """Return how many units changed tier, and who entered and who left the best and the last one."""
    rows = compared_units(trends, basis)
    rows = rows[(rows["tier_before"] != "") & (rows["tier_after"] != "")].sort_values("unit_id")
    if rows.empty:
        return f"无{WORDS.bases[basis]}等次数据。"
    places = {tier: place for place, tier in enumerate(names.tiers)}
    step = rows["tier_before"].map(places) - rows["tier_after"].map(places)
    told = [f"{WORDS.bases[basis]}等次上升的单位{int((step > 0).sum())}个、下降的{int((step < 0).sum())}个"]
    for word, moved in tier_changes(rows, names).items():
        who = listing([names[unit] for unit in moved["unit_id"]], _PLACES)
        told += [f"{word}的有{who}"] * bool(len(moved))
    return "；".join(told) + "。"


def tier_changes(rows: pd.DataFrame, names: Names) -> dict[str, pd.DataFrame]:
    """Return who entered and who left the best and the last tier, by what that is called.

    Args:
        rows: rows of `trends` of units' totals on one basis.
        names: with the tiers in force, the best first.
    """
    told = rows[(rows["tier_before"] != "") & (rows["tier_after"] != "")].sort_values("unit_id")
    found = {}
    for tier, came, left in ((names.tiers[0], "新进", "退出"), (names.tiers[-1], "新增", "脱离")):
        was, is_now = told["tier_before"] == tier, told["tier_after"] == tier
        found |= {f"{came}{names[tier]}": told[is_now & ~was], f"{left}{names[tier]}": told[was & ~is_now]}
    return found


def tiers_chart(trends: pd.DataFrame, names: Names, basis: str = "") -> Chart | None:
    """Return who changed tier on a basis, or since last year, else since last month, with its finding; None if none."""
    basis = basis or longest_basis(trends)
    if compared_units(trends, basis).empty:
        return None
    counts, tiers = tier_moves(trends, basis, names), names.tiers
    columns = [
        text(f"{WORDS.bases_before[basis]}等次", names.__getitem__),
        *(number(f"本期{names[tier]}", lambda before, tier=tier: str(counts.loc[before, tier])) for tier in tiers),
    ]
    data = table(columns, tiers, f"{WORDS.bases[basis]}等次变动（单位：个）", css="")
    return Chart("tiers", tiers_title(trends, basis, names), partial(tiers_figure, trends, basis, names), data)


def tier_moves(trends: pd.DataFrame, basis: str, names: Names) -> pd.DataFrame:
    """Return how many units went from which tier (rows) to which (columns)."""
    rows, tiers = compared_units(trends, basis), list(names.tiers)
    return pd.crosstab(rows["tier_before"], rows["tier_after"]).reindex(index=tiers, columns=tiers, fill_value=0)


def tiers_title(trends: pd.DataFrame, basis: str, names: Names) -> str:
    """Return how many units changed tier, and in which direction."""
    rows, place = compared_units(trends, basis), names.tiers.index
    rows = rows[(rows["tier_before"] != "") & (rows["tier_after"] != "")]
    if rows.empty:
        return no_basis(basis).rstrip("。")
    steps = rows["tier_before"].map(place) - rows["tier_after"].map(place)
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    return f"{WORDS.bases[basis]}{len(rows) - up - down}个单位等次不变，{up}个上升，{down}个下降"


def tiers_figure(trends: pd.DataFrame, basis: str, names: Names, width: float = PAGE_WIDTH_INCHES) -> Figure:
    """Return how many units went from which tier to which: on the diagonal those that stayed."""
    counts, tiers = tier_moves(trends, basis, names), list(names.tiers)
    figure, axes = plt.subplots(figsize=(min(width, PAGE_WIDTH_INCHES * 0.62), 3.6))
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
