"""How sure a place is, in plain words and as intervals, how far the lines are, and where places mean little (S4–S7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.models import Grading
from analysis.policy.names import Names
from analysis.policy.noise import SOURCES, NoiseModel
from analysis.report.grading import listed_name
from analysis.report.page.charts import PAGE_WIDTH_INCHES, ROW_INCHES, name_rows, plt
from analysis.report.page.palette import MUTED, RULE, tier_colours
from analysis.report.page.pieces import number, table, text
from analysis.report.words import SCOPES, WORDS, fixed, listing, score
from analysis.scoring.tiers import mark_interview, tier_lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# How each verdict is counted in a sentence; a count of none is said of the first alone.
_VERDICT_COUNTS = {
    "stable": "{count}的等次可以确认（{word}，把握{confidence:g}%以上）",
    "borderline": "{count}介于相邻两个等次之间（{word}）",
    "indistinct": "{count}尚不能定等（{word}）",
    "withheld": "{count}数据月数不足，{word}",
}
_WITHHELD = "数据月数不足，偶然起伏尚不能估计，位次是否稳定不作判断"
_SOURCE_NAMES = {
    "counts": "回访和计数的偶然性",
    "inspections": "抽查次数少",
    "months": "评分等逐月起伏",
    "rounding": "公布时的舍入",
    "weights": "渠道权重的取舍",
}
_MOST_NAMED, _NEAREST = 8, 3
_UNWISE = "不宜单独用于区分高低。"
_NAMED = 6
# Shapes carry the verdict where colour does not reach.
_MARKERS = {"stable": "o", "borderline": "D", "indistinct": "s", "withheld": "X"}
_NO_TABLE = "该月只生成了数据表，没有 certainty 表，不知余量；先运行 analysis run {period}"
_NO_TOTAL = "该单位没有得分，没有余量"


def count_verdicts(certainty: pd.DataFrame) -> dict[str, int]:
    """Return how many units are stable, borderline, indistinct and withheld, in this order.

    Args:
        certainty: table `certainty` of one scope.
    """
    found = certainty["verdict"].value_counts()
    return {verdict: int(found.get(verdict, 0)) for verdict in _VERDICT_COUNTS}


def describe_certainty(certainty: pd.DataFrame, names: Mapping[str, str], confidence_pct: float) -> str:
    """Return who can be told apart: counts of verdicts, and what each word means.

    Args:
        certainty: table `certainty` of one scope.
        names: id → Chinese name.
        confidence_pct: of the intervals.
    """
    scored = certainty[certainty["verdict"] != ""]
    if scored.empty:
        return "本期各单位均无得分，不作位次区间。"
    if len(scored) == 1:
        return f"只有{names[scored['unit_id'].iloc[0]]}一个单位有得分，位次没有可比对象。"
    if scored["verdict"].eq("withheld").all():
        return f"{len(scored)}个单位{_WITHHELD}。"
    known = scored[scored["verdict"] != "withheld"]
    if known["rank_low"].eq(1).all() and known["rank_high"].eq(len(scored)).all():
        return f"按{confidence_pct:g}%的把握，{len(known)}个单位的得分无法区分先后，{_UNWISE}"
    if scored["verdict"].eq("indistinct").all():
        span = f"{len(scored)}个单位位次的{confidence_pct:g}%区间都跨两个及以上等次"
        return f"受偶然因素影响，{span}，等次不能确认，{_UNWISE}"
    parts = [
        words.format(
            count=f"{count}个" if count else "没有单位", word=WORDS.verdicts[verdict], confidence=confidence_pct
        )
        for (verdict, words), count in zip(_VERDICT_COUNTS.items(), count_verdicts(scored).values(), strict=True)
        if count or verdict == "stable"
    ]
    sure = scored.loc[scored["verdict"] == "stable", "unit_id"]
    told = f"受偶然因素影响，{len(scored)}个单位中{'，'.join(parts)}"
    if sure.empty:
        return f"{told}，{_UNWISE}"
    who = f"等次可以确认的是{listing([names[unit] for unit in sure])}" + f"，其余{_UNWISE}" * (len(sure) < len(known))
    return f"{told}。" + f"{who.removesuffix('。')}。" * (len(sure) <= _MOST_NAMED)


def describe_line(
    certainty: pd.DataFrame,
    units: pd.DataFrame,
    grading: Grading,
    names: Mapping[str, str],
    confidence_pct: float,
    scope: str = "",
) -> str:
    """Return which units in the last tier or the bottom places may be there by chance, the likeliest first (R21).

    Args:
        certainty: table `certainty` of one scope.
        units: `unit_scores` of that scope, which say who is listed: a margin may be missing, as in a district of one.
        grading: who is listed, and what the bottom places are called.
        names: id → Chinese name.
        confidence_pct: of what is called sure.
        scope: of which time, where others are told of beside it.
    """
    listed = certainty[certainty["unit_id"].isin(units.loc[mark_interview(units, grading), "unit_id"])]
    unsure = listed[~(listed["p_interview"] >= confidence_pct / 100)].sort_values(["p_interview", "unit_id"])
    if listed.empty:
        return f"没有单位列入{listed_name(grading, names)}。"
    who, margin = f"{scope}列入{listed_name(grading, names)}的{len(listed)}个单位", "margin_interview_points"
    if unsure.empty:
        return f"{who}都可以确认。"
    is_known = not unsure["verdict"].eq("withheld").all()
    verdict = WORDS.doubts["known" if is_known else "unknown"]
    gaps = {row.unit_id: f"（至少再得{score(row.margin_interview_points)}分" for row in unsure.itertuples()}
    near = unsure[unsure[margin].notna()].sort_values([margin, "unit_id"])["unit_id"]
    if len(unsure) < len(listed):
        named = [names[unit] + f"{gaps[unit]}方可移出）" * (unit in set(near)) for unit in unsure["unit_id"]]
        return f"{who}中，{len(unsure)}个{verdict}：{listing(named, _MOST_NAMED)}；处理前应核实。"
    named = listing([f"{names[unit]}{gaps[unit]}）" for unit in near[:_NEAREST]])
    return f"{who}均{verdict}，处理前应核实。" + f"最接近移出的是{named}。" * bool(named)


def describe_unit(row: pd.Series, names: Names, confidence_pct: float) -> str:
    """Return one unit's place, interval, likeliest tiers and margins.

    Args:
        row: the unit's row of `certainty`.
        names: id → Chinese name.
        confidence_pct: of the interval.
    """
    if row["verdict"] == "":
        return "本期无得分，不排位次。"
    likely = [f"{names[tier]}{_chance(row[f'p_{tier}'])}" for tier in names.tiers if row[f"p_{tier}"] >= 0.005]
    told = [f"考虑偶然因素后的等次：{'、'.join(likely)}"] * bool(likely)
    return "；".join([place_words(row, confidence_pct), *told, *_margin_words(row)]) + "。"


def place_words(row: pd.Series, confidence_pct: float) -> str:
    """Return in one plain clause how sure a unit's place is.

    Args:
        row: the row of `certainty` of a unit with a score.
        confidence_pct: of the interval.
    """
    place, word = f"位次第{row['rank']}", WORDS.verdicts[row["verdict"]]
    if row["verdict"] == "withheld":
        return f"{word}：{place}，{_WITHHELD}"
    if row["rank_low"] == row["rank_high"]:
        return f"{word}：{place}，可以确认"
    words = f"{word}：{place}，{confidence_pct:g}%的把握在第{row['rank_low']}至第{row['rank_high']}位之间"
    if pd.notna(row["rank_low_posterior"]):
        words += f"，较可能在第{row['rank_low_posterior']}至第{row['rank_high_posterior']}位之间"
    return words


def _chance(probability: float) -> str:
    return "（几乎必然）" if probability >= 0.995 else f"{100 * probability:.0f}%"


def _margin_words(row: pd.Series) -> list[str]:
    words = []
    if pd.notna(row["margin_up_points"]):
        words.append(f"再得{score(row['margin_up_points'])}分升一等次" + _weight_words(row["weight_margin_up_points"]))
    if pd.notna(row["margin_down_points"]):
        words.append(
            f"再失{score(row['margin_down_points'])}分降一等次" + _weight_words(row["weight_margin_down_points"])
        )
    if row["margin_interview_points"] > 0:
        by_weights = _weight_words(row["weight_margin_interview_points"])
        words.append(f"再得{score(row['margin_interview_points'])}分可不列入约谈" + by_weights)
    return words


def _weight_words(points: float) -> str:
    return "" if pd.isna(points) else f"（或本单位渠道权重变动{score(points)}个百分点以内即可）"


def describe_noise(certainty: pd.DataFrame, model: NoiseModel) -> list[str]:
    """Return what the intervals reckon with, each source's share, and what they are not.

    Args:
        certainty: table `certainty` of one scope.
        model: the noise reckoned with.
    """
    shares = {source: certainty[f"share_{source}_pct"].mean() for source in SOURCES}
    on = [source for source in SOURCES if getattr(model, source).is_on]
    off = [_SOURCE_NAMES[source] for source in SOURCES if source not in on]
    told = [f"{_SOURCE_NAMES[source]}{fixed(shares[source], 1)}%" for source in on if pd.notna(shares[source])]
    lines = ["位次区间计入的不确定来源及其占比（各单位平均）：" + ("、".join(told) or "无") + "。"]
    if off:
        lines.append(f"未计入：{'、'.join(off)}。")
    lines.append(
        "起伏按各单位自身以往各月得分围绕其水平的波动估计，评分类指标也在内；月数少的向全部单位的共同水平收缩（S32）。"
        "考评得分不是对任何总体的随机抽样，区间只说明：同样的工作再计数、再评分、再抽查一次，得分和位次会有多大起伏；"
        "它不说明群众评价有多准，也不包括长期偏宽偏严、漏报瞒报和指标本身是否恰当。"
    )
    return lines


def tell_claims(claims: pd.DataFrame) -> list[Markup | str]:
    """Return what a year's months claimed beside how often it came true (S32), with what that is not.

    Args:
        claims: rows of the table `claims`.
    """
    if claims.empty:
        return ["各月结论是否应验，在年度终了的月份对照全年结果（S32）。"]
    columns = [
        text("年份", lambda row: f"{row.period[:4]}年"),
        text("依据", "scope", SCOPES),
        text("结论", "claim", WORDS.claims),
        number("单位·月数", "n_claims"),
        number("当时把握", lambda row: f"{fixed(row.claimed_pct, 1)}%"),
        number("后来相符", lambda row: f"{fixed(row.realised_pct, 1)}%"),
    ]
    return [WORDS.claims_note, table(columns, claims, "各月结论与年终结果对照（S32）", css="")]


def rank_interval_figure(certainty: pd.DataFrame, names: Mapping[str, str], grading: Grading) -> Figure:
    """Return each unit's place as a dot in its tier's colour, on the interval of its place.

    The thick bar is the single-unit interval, the thin one holds for all units at once; dotted lines are the tiers'.

    Args:
        certainty: table `certainty` of one scope.
        names: id → Chinese name.
        grading: the rules in force, for the lines of the tiers.
    """
    rows = certainty[certainty["verdict"] != ""].sort_values(["rank", "unit_id"], ignore_index=True)
    height = max(2.2, 1.2 + ROW_INCHES * len(rows))
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, height))
    places = np.arange(len(rows))
    colours = rows["tier_by_score"].map(tier_colours(grading.tiers))
    low, high, low_all, high_all, rank = (
        rows[column].to_numpy(dtype=float)
        for column in ("rank_low", "rank_high", "rank_low_all", "rank_high_all", "rank")
    )
    axes.hlines(places, low_all, high_all, color=RULE, linewidth=1)
    axes.hlines(places, low, high, color=colours, linewidth=3.5, alpha=0.45)
    for verdict, marker in _MARKERS.items():
        here = (rows["verdict"] == verdict).to_numpy()
        axes.scatter(rank[here], places[here], c=colours[here], marker=marker, s=18, zorder=3)
    if grading.tier_scope == "all" and grading.quotas:
        for line in tier_lines(len(rows), grading)[:-1]:
            axes.axvline(line + 0.5, color=MUTED, linewidth=0.8, linestyle=":")
    name_rows(axes, places, [names[unit_id] for unit_id in rows["unit_id"]])
    axes.set(xlim=(0.5, len(rows) + 0.5), ylim=(len(rows) - 0.5, -0.5), xlabel="位次（1为最好）")
    _legend(axes, names, grading.tiers)
    return figure


def _legend(axes, names: Mapping[str, str], tiers: Sequence[str]) -> None:
    colours = tier_colours(tiers)
    lines = [plt.Line2D([], [], color=colours[tier], linewidth=4, label=names[tier]) for tier in tiers]
    verdicts = [
        plt.Line2D([], [], color=MUTED, marker=marker, linestyle="", markersize=5, label=WORDS.verdicts[verdict])
        for verdict, marker in _MARKERS.items()
    ]
    axes.legend(
        handles=[*lines, *verdicts],
        ncols=len(lines) + len(verdicts),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.35 / axes.figure.get_figheight() - 0.02),
    )


def margins_of(row: pd.Series | None, period: str, scope: str, bound: float) -> dict[str, Any]:
    """Return a unit's margins as a tree for JSON (S4–S7, R18, R21).

    Args:
        row: the unit's row of `certainty` in this scope; None where the month has no such table.
        period: the month.
        scope: `month` or `ytd`.
        bound: how far the unit's own channel weights may move, in points.

    Returns:
        scope; note, why there is nothing to say, empty where there is; weights_bound_points; is_listed, whether the
        unit is listed (R21) by its score; and `up`, `down`, `interview`, each with points and weights_points,
        None where no change within the bounds is enough. `interview` leads out of the list where
        `is_listed`, else into it; points are never negative.
    """
    told: dict[str, Any] = {"scope": scope, "note": "", "weights_bound_points": bound, "is_listed": None}
    told |= dict.fromkeys(("up", "down", "interview"))
    if row is None:
        return told | {"note": _NO_TABLE.format(period=period)}
    if row["verdict"] == "":
        return told | {"note": _NO_TOTAL}
    for line in ("up", "down", "interview"):
        # A month that was published by an earlier version may lack a margin in weights: nothing is said of it then.
        found = {"points": f"margin_{line}_points", "weights_points": f"weight_margin_{line}_points"}
        told[line] = {name: _size(row[column]) for name, column in found.items() if column in row}
    interview = row["margin_interview_points"]
    told["is_listed"] = None if pd.isna(interview) else bool(interview > 0)
    return told


def _size(value: float) -> float | None:
    return None if pd.isna(value) else abs(float(value))


def margin_lines(told: Mapping[str, Any], tier_name: str, listed: str) -> Iterable[str]:
    """Yield the margins of `margins_of` as lines for a terminal, in Chinese.

    Args:
        told: the tree.
        tier_name: the unit's tier by score.
        listed: what leads to an interview (see `grading.listed_name`).
    """
    scope = SCOPES[told["scope"]]
    if told["note"]:
        yield f"余量（{scope}）：{told['note']}"
        return
    yield (
        f"余量（{scope}，按得分为{tier_name}，其他单位不变；S4–S7、R18、R21）："
        f"权重指本单位渠道权重，各不超过±{told['weights_bound_points']:g}个百分点，合计仍为100"
    )
    into = "可退出" if told["is_listed"] else "将列入"
    yield _line(told, "up", "升入更高等次", "再得", "已无更高等次可升")
    yield _line(told, "down", "降入更低等次", "再失", "已无更低等次可降")
    gain = "再得" if told["is_listed"] else "再失"
    span = f"约谈范围（{listed}）"
    yield _line(told, "interview", f"{into}{span}", gain, f"{span}：得分再变也不进不出")


def _line(told: Mapping[str, Any], line: str, target: str, gain: str, never: str) -> str:
    points = told[line]["points"]
    if points is None:
        return f"  {never}"
    words = f"  {target}：{gain}{score(points)}分"
    if "weights_points" not in told[line]:
        return words
    weights = told[line]["weights_points"]
    by_weights = "仅调权重达不到" if weights is None else f"或调整权重（任一渠道最多变动{score(weights)}个百分点）"
    return f"{words}，{by_weights}"


def tell_special_cases(
    certainty: pd.DataFrame, channels: pd.DataFrame, indicators: pd.DataFrame, names: Names
) -> list[str]:
    """Return a sentence for each thing that makes places mean less than they seem; none where there is none.

    One unit alone and units that cannot be told apart are in `describe_certainty`.

    Args:
        certainty: table `certainty` of one scope.
        channels: `channel_scores` of the same scope.
        indicators: `indicator_scores` of the same scope.
        names: id → Chinese name.
    """
    ranked = certainty[certainty["rank"].notna()]
    scored = channels[channels["unit_id"].isin(ranked["unit_id"])]
    return [*_tell_ties(ranked, names), *_tell_missing_channels(scored, names), *_tell_one_indicator(indicators, names)]


def _tell_ties(ranked: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    if len(ranked) > 1 and ranked["total"].nunique() == 1:
        total = score(ranked["total"].iloc[0])
        return [f"{len(ranked)}个单位得分完全相同（{total}分），并列第1位，不分先后；等次由同分规则统一评定（S6）。"]
    groups = [rows for _, rows in ranked.groupby("rank", sort=True) if len(rows) > 1]
    told = [f"第{rows['rank'].iloc[0]}名{listing(_named(rows['unit_id'], names), _NAMED)}" for rows in groups]
    if not told:
        return []
    return [f"得分相同而并列的有{len(told)}组：{listing(told, _NAMED)}；并列不分先后，跨等次线的按同分规则评定（S6）。"]


def _tell_missing_channels(scored: pd.DataFrame, names: Names) -> list[str]:
    told = []
    for channel in names.channels:
        rows = scored[scored["channel"] == channel]
        without = _named(rows[rows["score"].isna()]["unit_id"], names)
        if without:
            who = f"全部{len(rows)}个单位" if len(without) == len(rows) else listing(without, _NAMED)
            told.append(f"{names[channel]}：{who}")
    if not told:
        return []
    return [
        f"没有数据的渠道，其权重按比例分给本单位其余渠道（S11、S13），得分和位次只由有数据的渠道决定：{'；'.join(told)}。"
    ]


def _tell_one_indicator(indicators: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    found = indicators[indicators["score"].notna()]
    if found["indicator_id"].nunique() == 1:
        name = names[found["indicator_id"].iloc[0]]
        return [f"各单位只有{name}一项指标有得分，总分就是这一项的得分，位次只反映这一项。"]
    counts = found.groupby("unit_id")["indicator_id"].nunique()
    alone = _named(counts.index[counts == 1], names)
    return [f"只有一项指标有得分、总分就是该项得分的单位：{listing(alone, _NAMED)}。"] if alone else []


def _named(unit_ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names[unit_id] for unit_id in sorted(unit_ids)]
