"""二、各单位得分与等次: totals, ranks and tiers of all units (R19, S5–S8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.models import Grading, Group
from analysis.policy.names import Names
from analysis.report.grading import bottom_name
from analysis.report.page.charts import (
    OVER_LINES,
    PAGE_WIDTH_INCHES,
    Chart,
    place_apart,
    plt,
    shorten,
    text_width,
)
from analysis.report.page.palette import INK, MUTED, tier_colours
from analysis.report.page.pieces import Kpi, Table, choice, gap_dot, number, sparkline, table, text, tier_badge
from analysis.report.words import DASH, WORDS, fixed, listing, score, signed
from analysis.scoring.tiers import FEWER_FIRST, tier_lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TIE_KEYS = {"workload_per_head": "人均工作量", "key_work_score": "重点工作得分", "deductions": "扣分"}
_WAYS = {"tie_down": "就低", "tie_up": "就高"}
_TIES = ("tie_key", *_WAYS)
BY_QUOTA = "，按名额比例评定"  # beside numbers of units by tier
_NAMED = 6
_DOTS = Markup('<span class="dots">；渠道得分旁的圆点示与同类中位数（竖线）之差</span>')  # not on paper, nor its mark
_COURSE = 13  # months of a unit's line


def standing_finding(units: pd.DataFrame, grading: Grading, names: Names, scope: str = "本月") -> str:
    """Return the sentence above the table: how many units in each tier, who is not ranked, how ties were settled."""
    counts = tier_counts(units, names.tiers)
    ranked = int(units["total"].notna().sum())
    parts = "、".join(f"{names[tier]}{count}个" for tier, count in counts.items())
    sentence = f"{scope}参评单位{ranked}个，{quota_words(grading, names) or '其中'}{parts}。"
    without = units[units["total"].isna()]["unit_id"].map(names).tolist()
    if without:
        sentence += f"{listing(without)}{scope}无可评数据，列于表末，不参与排名。"
    return sentence + tell_ties(units, grading, names)


def quota_words(grading: Grading, names: Mapping[str, str]) -> str:
    """Return that tiers are shares of the units, so that about as many are in the last one each time (S5)."""
    shares = "、".join(f"{names[tier]}{share:g}%" for tier, share in grading.quotas.items())
    return f"按名额比例（{shares}）评定" if shares else ""


def tell_ties(units: pd.DataFrame, grading: Grading, names: Names) -> str:
    """Return who has one score on both sides of a line, which keys were compared, and what decided (S6)."""
    apart = ["total", "group"] if grading.tier_scope == "group" else ["total"]
    ties = [rows for _, rows in units.groupby(apart) if rows["tier_reason"].isin(_TIES).any()]
    told = [_tell_tie(rows, grading, names) for rows in reversed(ties)]
    return f"{'；'.join(told)}（S6）。" * bool(told)


def _tell_tie(rows: pd.DataFrame, grading: Grading, names: Names) -> str:
    places, why = rows["tier_by_score"].map(grading.tiers.index), rows["tier_reason"]
    best, last = (places - why.eq("tie_down")).min(), (places + why.eq("tie_up")).max()
    lines = "、".join(names[tier] for tier in grading.tiers[best:last])
    who, (compared, decisive) = listing(rows["unit_id"].map(names).tolist(), _NAMED), _compare_keys(rows, grading)
    values = [_values_apart(rows[key]) for key in decisive]
    rows = rows.assign(place=places, values=[f"（{'、'.join(told)}）" for told in zip(*values, strict=True)] or "")
    results = []
    for (place, reason), part in rows.groupby(["place", "tier_reason"]):
        whose = listing([names[row.unit_id] + row.values for row in part.itertuples()], _NAMED) if decisive else ""
        results.append(f"{whose}{_WAYS.get(reason, '')}评为{names[grading.tiers[place]]}")
    head = "，".join([f"{who}同为{score(rows['total'].iloc[0])}分且跨{lines}线", *compared])
    return head + ("：" if decisive else "，") + "，".join(results)


def _compare_keys(rows: pd.DataFrame, grading: Grading) -> tuple[list[str], list[str]]:
    """Return what came of each tie key that was looked at, in words, and the keys that set units apart."""
    compared, decisive = [], []
    is_shared = rows["tier_reason"].isin(list(_WAYS)).any()
    for key in grading.tie_keys:
        alike = [part for _, part in rows.groupby(decisive)] if decisive else [rows]
        if not is_shared and all(part["tier_by_score"].nunique() == 1 for part in alike):
            break
        if rows[key].isna().any():
            way = "有缺项、不比较"
        elif all(part[key].nunique() == 1 for part in alike):
            way = "相同"
        else:
            way = f"{'少' if key in FEWER_FIRST else '高'}者优先"
            decisive.append(key)
        compared.append((_TIE_KEYS[key], way))
    told = [(way, [name for name, _ in found]) for way, found in groupby(compared, itemgetter(1))]
    both = {way: "依次" if way.endswith("优先") else "都" for way, _ in told}
    return [f"{'、'.join(found)}{both[way] * (len(found) > 1)}{way}" for way, found in told], decisive


def _values_apart(values: pd.Series) -> list[str]:
    """Return values with two decimals, or as many more as tell them apart."""
    decimals = next((n for n in range(2, 9) if values.round(n).nunique() == values.nunique()), 9)
    return [fixed(value, decimals) for value in values]


def quota_reasons(units: pd.DataFrame, grading: Grading, names: Names) -> str:
    """Return why tiers have other numbers of units than their quotas give, naming nobody; empty where none has (S6)."""
    if not grading.quotas or grading.tier_scope == "group":
        return ""
    tiers, counts, reasons = grading.tiers, tier_counts(units, grading.tiers), units["tier_reason"]
    places = np.diff(tier_lines(int(units["total"].notna().sum()), grading), prepend=0)
    other = [f"{names[tier]}{n}个" for tier, n in zip(tiers, places, strict=True) if counts[tier] != n]
    told = []
    for (_, tier, reason), rows in units[reasons.isin(list(_WAYS))].groupby(["total", "tier_by_score", "tier_reason"]):
        line = names[tiers[tiers.index(tier) - (reason == "tie_down")]]
        told.append(f"{len(rows)}个单位同分且跨{line}线，{_WAYS[reason]}评为{names[tier]}")
    others = reasons[~reasons.isin(("", *_TIES))].value_counts()
    told += [f"{others[each]}个单位{word}" for each, word in WORDS.tier_reasons.items() if each in others.index]
    return f"按比例{'、'.join(other)}，实有数不同：{'；'.join(told)}（S6）。" if other and told else ""


def tier_counts(units: pd.DataFrame, tiers: Sequence[str]) -> dict[str, int]:
    """Return tier → number of units, in the order of tiers."""
    counts = units["tier"].value_counts()
    return {tier: int(counts.get(tier, 0)) for tier in tiers}


def tier_floors(units: pd.DataFrame, tiers: Sequence[str]) -> dict[str, float]:
    """Return tier → lowest published score in it by score, for the tiers that have units."""
    scored = units[units["tier_by_score"] != ""]
    lowest = scored.groupby("tier_by_score")["total"].min()
    return {tier: float(lowest[tier]) for tier in tiers if tier in lowest.index}


def tier_kpi(units: pd.DataFrame, grading: Grading, names: Names, year_before: pd.DataFrame | None = None) -> Kpi:
    """Return the figure of units per tier, beside last year's (`unit_scores` of the same month, None without)."""
    months = [units] if year_before is None else [units, year_before[year_before["scope"] == "month"]]
    value, *last = ("/".join(str(tier_counts(frame, names.tiers)[tier]) for tier in names.tiers) for frame in months)
    note = "、".join(names[tier] for tier in names.tiers) + BY_QUOTA * bool(grading.quotas)
    return Kpi("等次分布", value, "个", note=f"{note}；上年同期{last[0] if last else '无数据'}")


def tier_rule(grading: Grading, names: Mapping[str, str]) -> str:
    """Return how places or scores become tiers and how ties are broken, as the rules in force have it (S5, S6)."""
    lines = "、".join(f"{names[tier]} {grading.lines[tier]:g}分" for tier in grading.tiers[:-1] if grading.lines)
    way = "以上（含）" if grading.line_is == "at_or_above" else "以上（不含）"
    by_score = f"达到分数线方可评为相应等次：{lines}{way}，其余为{names[grading.tiers[-1]]}。" if lines else ""
    return by_score + _places_rule(grading, names)


def _places_rule(grading: Grading, names: Mapping[str, str]) -> str:
    if not grading.quotas:
        return ""
    keys = "、".join(_TIE_KEYS[key] for key in grading.tie_keys)
    compared = f"依次比较{keys}，仍相同的" if keys else ""
    down = [names[tier] for tier in grading.tiers if grading.tie_at_line.get(tier) == "down"]
    if len(down) == len(grading.tie_at_line):
        at_line = "就低"
    else:
        at_line = f"在{listing(down)}线就低、其余就高" if down else "就高"
    least = f"{listing([names[tier] for tier in grading.at_least_one])}至少1个；" if grading.at_least_one else ""
    return f"名额按最大余数法取整（S5）；{least}分数线是累计名次，同分跨线的，{compared}{at_line}（S6）。"


def tier_table(units: pd.DataFrame, grading: Grading, names: Names) -> Markup:
    """Return for each tier its quota, its line and how many units are in it, by score and after judgement and veto."""
    tiers, shares = grading.tiers, grading.quotas
    places = np.diff(tier_lines(int(units["total"].notna().sum()), grading), prepend=0)
    quotas = dict(zip(tiers, places, strict=True))
    by_quota = [
        number("比例", lambda tier: f"{shares[tier]:g}%"),
        number("名额", lambda tier: str(quotas[tier])),
    ]
    by_line = [number("分数线", lambda tier: f"{grading.lines[tier]:g}" if tier != tiers[-1] else DASH)]
    by_score, final, lines = units["tier_by_score"].value_counts(), tier_counts(units, tiers), tier_floors(units, tiers)
    columns = [
        text("等次", lambda tier: tier_badge(tier, names)),
        *(by_quota if shares else []),
        *(by_line if grading.lines else []),
        number("最低分", lambda tier: score(lines.get(tier))),
        number("按得分", lambda tier: str(by_score.get(tier, 0))),
        number("最终", lambda tier: str(final[tier])),
    ]
    return table(columns, tiers, "等次名额与分数线（名额按最大余数法取整，S5）" if shares else "等次与分数线", css="")


def standing_chart(units: pd.DataFrame, groups: Sequence[Group], names: Names) -> Chart:
    """Return the distribution of scores, with its finding."""
    return Chart("standing", standing_title(units, names), partial(standing_figure, units, groups, names))


def standing_title(units: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return how far the scores lie apart, and who stands at their ends."""
    ranked = units[units["total"].notna()].sort_values(["total", "unit_id"])
    if ranked.empty:
        return "本月没有单位取得得分"
    if len(ranked) == 1:
        return f"只有{names[ranked['unit_id'].iloc[0]]}一个单位有得分"
    (first, high), (last, low) = ((names[row["unit_id"]], row["total"]) for _, row in ranked.iloc[[-1, 0]].iterrows())
    return f"最高的{first}与最低的{last}相差{score(high - low)}分"


def standing_figure(
    units: pd.DataFrame, groups: Sequence[Group], names: Names, width: float = PAGE_WIDTH_INCHES
) -> Figure:
    """Return the distribution of scores: a dot a unit, a row a group, with the tier lines."""
    present = [group for group in groups if (units["group"] == group.id).any()]
    small = width < PAGE_WIDTH_INCHES
    figure, axes = plt.subplots(figsize=(width, 0.9 + 0.62 * len(present)))
    for place, group in enumerate(present):
        members = units[(units["group"] == group.id) & units["total"].notna()].sort_values("total")
        members = members.assign(height=place + _spread(members["total"].to_numpy(), 7 * width))
        _draw_units(axes, members, names, 18 if small else 34)
        mean = members["total"].mean()
        axes.plot([mean, mean], [place - 0.3, place + 0.3], color=MUTED, linewidth=1.2, zorder=0)
    axes.set_yticks(range(len(present)), [shorten(group.name, 12) for group in present])
    axes.margins(x=0.08 if small else 0.2)
    _name_ends(axes, units, [group.id for group in present], names, small)
    _draw_lines(axes, tier_floors(units, names.tiers), names, len(present), width)
    axes.set_xlabel("得分（分）")
    axes.grid(visible=False, axis="y")
    return figure


def _draw_units(axes, units: pd.DataFrame, names: Names, size: float) -> None:
    """Draw a mark a unit in its tier's colour; those of the last tier point downwards, for who sees no colour."""
    for tier, colour in tier_colours(names.tiers).items():
        rows = units[units["tier"] == tier]
        look = {"marker": "v" if tier == names.tiers[-1] else "o", "color": colour, "edgecolor": "white"}
        marks = axes.scatter(rows["total"], rows["height"], s=size, linewidth=0.6, **look)
        marks.set_urls([f"{names[row.unit_id]} {score(row.total)}" for row in rows.itertuples()])


def _name_ends(axes, units: pd.DataFrame, groups: Sequence[str], names: Names, small: bool) -> None:
    """Name those who stand at the ends: of every group where there is room, on a phone of the district."""
    ranked = units[units["total"].notna() & units["group"].isin(groups)].sort_values(["total", "unit_id"])
    parts = [ranked] if small else [rows for _, rows in ranked.groupby("group") if len(rows) > 1]
    for rows in parts if len(ranked) > 1 else []:
        for row, outward, way in zip(rows.iloc[[0, -1]].itertuples(), ("right", "left"), (-1, 1), strict=True):
            # Outside the dot; on a phone above it and inwards.
            side, shift = ({"right": "left", "left": "right"}[outward], (0, 8)) if small else (outward, (6 * way, 0))
            look = {"ha": side, "va": "center", "fontsize": 8, "color": INK, "textcoords": "offset points"} | OVER_LINES
            axes.annotate(shorten(names[row.unit_id], 9), (row.total, groups.index(row.group)), xytext=shift, **look)


def _draw_lines(axes, lines: Mapping[str, float], names: Names, rows: int, width: float) -> None:
    colours, drawn = tier_colours(names.tiers), list(lines.items())[:-1]
    labels = [f"{names[tier]}线 {score(lowest)}" for tier, lowest in drawn]
    # A point of type is 1/72 inch; the axes take most of the chart's width, on a phone less.
    scale = np.ptp(axes.get_xlim()) / ((0.88 if width == PAGE_WIDTH_INCHES else 0.75) * width * 72)
    steps = place_apart([lowest for _, lowest in drawn], [scale * text_width(label, 9) for label in labels])
    axes.set_ylim(rows - 0.4, -0.95 - 0.35 * max(steps, default=0))
    for (tier, lowest), label, step in zip(drawn, labels, steps, strict=True):
        axes.axvline(lowest, color=colours[tier], linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            label,
            (lowest, -0.62 - 0.35 * step),
            ha="center",
            va="center",
            fontsize=9,
            color=MUTED,
            backgroundcolor="white",
        )


def _spread(scores: np.ndarray, dots: float) -> np.ndarray:
    # Dots closer than a dot's width (`dots` fit in a row) step aside in a fixed pattern, so that none hides another.
    offsets = np.zeros(len(scores))
    width = max(np.ptp(scores) / dots, 0.05) if len(scores) else 1
    for place in range(1, len(scores)):
        if scores[place] - scores[place - 1] < width:
            offsets[place] = {0.0: 0.16, 0.16: -0.16, -0.16: 0.3, 0.3: -0.3}.get(round(offsets[place - 1], 2), 0.0)
    return offsets


def standing_rows(
    units: pd.DataFrame,
    channels: pd.DataFrame,
    trends: pd.DataFrame,
    certainty: pd.DataFrame,
    totals: pd.DataFrame,
    grading: Grading,
    names: Names,
) -> pd.DataFrame:
    """Return what the table of all units shows, in rank order; units without a score come last.

    Args:
        units: `unit_scores` of one scope.
        channels: `channel_scores` of the same scope.
        trends: `trends` of the month.
        certainty: `certainty` of the same scope.
        totals: `unit_scores` of the same scope of the month and of months before.
        grading: what the bottom places are called.
        names: id → Chinese name.

    Returns:
        One row per unit: unit_id, name, group_name, rank, group_rank, total, tier, channel_scores, channel_gaps (to the
        group's median), mom, yoy,
        rank_change, rank_low, rank_high, verdict, course (the totals of the last thirteen months there are), notes.
    """
    wide = channels.pivot(index="unit_id", columns="channel", values="score").reindex(columns=list(names.channels))
    scored = wide.reindex(units["unit_id"])
    total = trends[(trends["level"] == "total")].set_index("unit_id")
    courses = (
        totals.pivot(index="unit_id", columns="period", values="total").sort_index(axis="columns").iloc[:, -_COURSE:]
    )
    sure = certainty.set_index("unit_id")[["rank_low", "rank_high", "verdict"]]
    rows = units.join(sure, on="unit_id").assign(
        name=units["unit_id"].map(names),
        channel_scores=list(scored.to_numpy(dtype=float)),
        channel_gaps=list((scored - scored.groupby(units["group"].to_numpy()).transform("median")).to_numpy(float)),
        group_name=units["group"].map(names),
        mom=units["unit_id"].map(total.loc[total["basis"] == "mom", "change"]),
        yoy=units["unit_id"].map(total.loc[total["basis"] == "yoy", "change"]),
        rank_change=units["unit_id"].map(total.loc[total["basis"] == "mom", "rank_change"]),
        course=list(courses.reindex(units["unit_id"]).to_numpy(dtype=float)),
        notes=[_note(row, grading) for row in units.itertuples()],
    )
    return rows.sort_values(["total", "unit_id"], ascending=[False, True], na_position="last", ignore_index=True)


def _note(row, grading: Grading) -> str:
    key = _TIE_KEYS[grading.tie_keys[0]] if grading.tie_keys else ""
    words = [
        WORDS.tier_reasons[row.tier_reason].format(key=key) if row.tier_reason else "",
        "并列" * row.is_tied,
        bottom_name(grading) * row.is_bottom_five,
        "暂定" * row.is_provisional,
        "无数据" * pd.isna(row.total),
    ]
    return "、".join(filter(None, words))


def standing_table(
    rows: pd.DataFrame, names: Names, *, without: Collection[str] = (), more: Sequence[str] = ()
) -> Table:
    """Return the sortable table of all units (see `standing_rows`); a column in which nothing can stand is left out.

    Args:
        rows: the units.
        names: id → Chinese name.
        without: heads of columns that are left out, with what explains them.
        more: what else stands behind the title.
    """
    reach = _reach(rows["course"])
    is_sure = rows["rank_low"].notna().any() and not rows["verdict"].isin(["", "withheld"]).all()
    is_there = {"区间": is_sure, "同比": rows["yoy"].notna().any(), "走势": reach > 0}
    is_there["把握"] = is_sure and rows["verdict"].nunique() > 1  # where all are alike, a sentence says it
    is_there |= dict.fromkeys(("类别", "组内"), rows["group_name"].nunique() > 1)
    columns = [
        text("单位", "name"),
        number("位次", lambda r: DASH if pd.isna(r.rank) else str(r.rank)),
        number("区间", lambda r: DASH if pd.isna(r.rank_low) else f"{r.rank_low:.0f}–{r.rank_high:.0f}"),
        number("得分", "total", score),
        choice("等次", lambda r: tier_badge(r.tier, names)),
        text("把握", "verdict", WORDS.verdicts),
        choice("类别", "group_name"),
        number("组内", lambda r: DASH if pd.isna(r.group_rank) else str(r.group_rank)),
        *(
            number(names[f"{channel}.short"], lambda r, at=at: gap_dot(r.channel_gaps[at], score(r.channel_scores[at])))
            for at, channel in enumerate(names.channels)
        ),
        number("环比", "mom", signed),
        number("同比", "yoy", signed),
        text("走势", lambda r: sparkline(r.course, reach)),
        text("说明", "notes"),
    ]
    shown = [c for c in columns if is_there.get(c.head, True) and c.head not in without]
    told = [*_notes({column.head for column in shown}, names), *more]
    notes = Markup("").join(note if note is _DOTS else Markup("；") + note for note in told)[1:]
    caption = Markup("各单位得分、位次与等次（{}）").format(notes)
    return table(shown, rows, caption, css="sortable dense", first=("位次", "得分", "等次", "说明"))


def _notes(heads: set[str], names: Names) -> list[str]:
    """Return what explains the columns of the table of all units that stand."""
    notes = {
        "得分": "百分制",
        "区间": "区间为位次区间",
        **{names[f"{c}.short"]: _DOTS for c in names.channels[:1]},
        "环比": "环比、同比单位为分" if "同比" in heads else "环比单位为分",
        "走势": "走势为近十三个月得分，各单位同一比例",
        "说明": "“—”表示当期无此项数据",
    }
    return [note for head, note in notes.items() if head in heads]


def _reach(courses: pd.Series) -> float:
    """Return how far a unit's month lies at most from the mean of its months."""
    months = pd.DataFrame(courses.tolist())
    return float(months.sub(months.mean(axis="columns"), axis="index").abs().max().fillna(0.0).max())
