"""三、同比环比: what changed and why, in sentences and tables (S25)."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from analysis.policy.base import TIERS
from analysis.report.page.pieces import Column, table, tier_badge
from analysis.report.words import DASH, listing, rose_or_fell, score, signed

# In the order in which every sentence, table and figure tells them.
CAUSES = {
    "performance": "工作成绩",
    "weights": "权重调整",
    "indicator_set": "指标调整",
    "coverage": "考核覆盖",
    "adjustments": "加减分",
    "composition": "单位增减",
}
BASES = {"mom": "环比", "yoy": "同比", "ytd": "累计同比", "annual": "年度"}
_LEVELS = {"district": "全区", "group": "单位类别", "channel": "考核渠道", "family": "指标类别"}
_PLACES = 5


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
    return f"无{BASES[basis]}数据：没有可比的上期得分。"


def largest_movers(trends: pd.DataFrame, basis: str, count: int) -> pd.DataFrame:
    """Return the `count` units whose total changed most, the largest rise first, the largest fall last."""
    rows = compared_units(trends, basis)
    rows = rows[rows["change"] != 0]
    largest = rows.assign(size=rows["change"].abs()).sort_values(["size", "unit_id"], ascending=[False, True])
    return largest.head(count).drop(columns="size").sort_values(["change", "unit_id"], ascending=[False, True])


def tell_year_to_date(trends: pd.DataFrame, period: str) -> str:
    """Return the sentence on the year to date, like for like where rules changed."""
    rows = trends[(trends["basis"] == "ytd") & (trends["level"] == "district")]
    row = rows.iloc[0]
    sentence = f"1至{int(period[5:])}月累计，全区平均得分{score(row['after'])}分"
    if pd.isna(row["change"]):
        return sentence + "，上年没有可比数据。"
    sentence += f"，比上年同期{rose_or_fell(row['change'])}"
    if row["is_rule_changed"]:
        sentence += f"；指标或权重有调整，按可比口径{rose_or_fell(row['like_for_like_change'])}"
    return sentence + "。"


def tell_movers(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = 3) -> str:
    """Return the sentence that names who rose and who fell most on one basis."""
    rows, word = compared_units(trends, basis), BASES[basis]
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


def tell_causes(row: pd.Series, names: Mapping[str, str]) -> str:
    """Return why one total changed; the parts add up to the change.

    Args:
        row: a row of `trends` of a unit's total.
        names: id → Chinese name.
    """
    word, name = BASES[row["basis"]], names[row["unit_id"]]
    if pd.isna(row["change"]):
        return f"{name}无{word}数据。"
    parts = [(cause, row[part]) for part, cause in CAUSES.items() if row[part] != 0]
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


def tell_rule_changes(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> str:
    """Return whose weights or indicators are not those of the period before, so that plain figures mislead."""
    rows = compared_units(trends, basis)
    changed = rows[rows["is_rule_changed"]].sort_values("unit_id")
    if rows.empty:
        return no_basis(basis)
    if changed.empty:
        return f"{BASES[basis]}两期指标和权重一致，可直接比较。"
    who = "全部单位" if len(changed) == len(rows) else listing([names[unit] for unit in changed["unit_id"]], _PLACES)
    return f"{BASES[basis]}两期之间，{who}的指标或权重有调整，应看可比口径：同一指标、同一权重下的变化。"


def tell_noise(trends: pd.DataFrame, basis: str) -> str:
    """Return how many changes are no larger than what months bring by themselves."""
    rows = compared_units(trends, basis)
    known = rows[rows["noise_points"].notna()]
    if known.empty:
        return f"历史月份不足，{BASES[basis]}变化是否属正常波动暂无法判断。"
    inside = int(known["is_within_noise"].sum())
    return (
        f"{len(known)}个单位中，{inside}个的{BASES[basis]}变化在正常波动以内（按可比口径，以各单位自身逐月波动衡量），"
        f"不宜作为升降依据；{len(known) - inside}个超出正常波动。"
    )


def tell_tiers(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> str:
    """Return how many units changed tier, and who entered and left the best and the last one."""
    rows = compared_units(trends, basis)
    rows = rows[(rows["tier_before"] != "") & (rows["tier_after"] != "")].sort_values("unit_id")
    if rows.empty:
        return f"无{BASES[basis]}等次数据。"
    places = {tier: place for place, tier in enumerate(TIERS)}
    step = rows["tier_before"].map(places) - rows["tier_after"].map(places)
    best, last = TIERS[0], TIERS[-1]
    told = [f"{BASES[basis]}等次上升的单位{int((step > 0).sum())}个、下降的{int((step < 0).sum())}个"]
    for tier, word in ((best, "新进"), (last, "新列")):
        new = rows[(rows["tier_after"] == tier) & (rows["tier_before"] != tier)]["unit_id"]
        told += [f"{word}{names[tier]}的有{listing([names[unit] for unit in new], _PLACES)}"] * bool(len(new))
    return "；".join(told) + "。"


def movers_table(trends: pd.DataFrame, basis: str, names: Mapping[str, str], count: int = 10) -> Markup:
    """Return the largest movers with the parts of their change, which add up."""
    heads = ["上期", "本期", "变化", *(CAUSES[part] for part in list(CAUSES)[:-1]), "可比变化", "位次变化"]
    columns = [Column("单位"), *(Column(head, True) for head in heads), Column("等次")]
    cells = (
        [
            names[row.unit_id],
            score(row.before),
            score(row.after),
            signed(row.change),
            *(signed(getattr(row, part)) for part in list(CAUSES)[:-1]),
            signed(row.like_for_like_change),
            signed(row.rank_change, 0),
            tier_badge(row.tier_after, names.get(row.tier_after, "")),
        ]
        for row in largest_movers(trends, basis, count).itertuples()
    )
    caption = f"{BASES[basis]}变化最大的单位及原因（单位：分；各项原因相加等于变化；位次变化为正表示前移）"
    return table(columns, cells, caption)


def levels_table(trends: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the means of the district, its groups, the channels and the families on every basis."""
    means = trends[(trends["unit_id"] == "") & (trends["basis"] != "annual")]
    by_basis = {basis: rows.set_index(["level", "level_id"]) for basis, rows in means.groupby("basis")}
    keys = [(level, key) for level in _LEVELS for key in sorted(means[means["level"] == level]["level_id"].unique())]
    columns = [Column("项目"), Column("类型"), Column("本月", True), Column("环比", True), Column("同比", True)]
    columns += [Column("累计", True), Column("累计同比", True), Column("累计可比变化", True)]
    cells = (
        [
            names.get(key, "全区"),
            _LEVELS[level],
            score(by_basis["mom"].loc[level, key]["after"]),
            signed(by_basis["mom"].loc[level, key]["change"]),
            signed(by_basis["yoy"].loc[level, key]["change"]),
            score(by_basis["ytd"].loc[level, key]["after"]),
            signed(by_basis["ytd"].loc[level, key]["change"]),
            signed(by_basis["ytd"].loc[level, key]["like_for_like_change"]),
        ]
        for level, key in keys
    )
    return table(
        columns, cells, "全区、各类单位、各渠道、各类指标平均得分及变化（单位：分；“—”表示无可比数据）", css=""
    )


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
        return table([Column("单位")], [], "各年度结果（尚无完整年度）", css="")
    by_year = {year: rows[rows["after_period"] == year].set_index("unit_id") for year in years}
    order = by_year[years[-1]].sort_values(["rank_after", "tier_after"], na_position="last", kind="stable").index
    columns = [Column("单位")]
    for year in years:
        columns += [Column(f"{year[:4]}年得分", True), Column("位次", True), Column("等次")]
    cells = ([names[unit], *(cell for year in years for cell in _year(by_year[year], unit, names))] for unit in order)
    return table(columns, cells, "各年度结果（年度得分按各月合并计算，S10）", css="sortable dense")


def _year(rows: pd.DataFrame, unit_id: str, names: Mapping[str, str]) -> list:
    if unit_id not in rows.index:
        return [DASH, DASH, DASH]
    row = rows.loc[unit_id]
    rank = DASH if pd.isna(row["rank_after"]) else str(row["rank_after"])
    return [score(row["after"]), rank, tier_badge(row["tier_after"], names.get(row["tier_after"], ""))]


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
        return f"{names[unit_id]}没有影响{BASES[basis]}变化的指标。"
    told = [f"{names[row.indicator_id]}（{signed(row.change)}分）" for row in moving[:count]]
    return f"影响{names[unit_id]}{BASES[basis]}变化最大的指标是{listing(told)}。"
