"""The first screen and 一、总体情况: how the district did, who leads, who falls behind, what must be done."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from analysis.policy.base import TIERS
from analysis.policy.period import shift
from analysis.report.bulletin.standing import tier_counts
from analysis.report.page.palette import ACCENT, MUTED
from analysis.report.page.pieces import Kpi
from analysis.report.page.theme import PAGE_WIDTH_INCHES
from analysis.report.words import listing, month_name, rose_or_fell, score

LEADERS = 3
# What the bulletin reads: tables with a scope, and tables of the month.
SCOPED_TABLES = ("unit_scores", "channel_scores", "indicator_summary", "certainty")
MONTH_TABLES = ("trends", "watch_list", "hotline_by_unit", "ledger")
DUTIES_TABLES = ("duties_by_matter", "matter_handlers", "matter_loops")


def district_change(trends: pd.DataFrame, basis: str) -> pd.Series | None:
    """Return the district's row of `trends` on one basis (`mom`, `yoy`, `ytd`), None where there is no month before."""
    rows = trends[(trends["level"] == "district") & (trends["basis"] == basis) & trends["change"].notna()]
    return None if rows.empty else rows.iloc[0]


def district_mean(trends: pd.DataFrame, units: pd.DataFrame) -> float:
    """Return the mean of the units' published totals: the district's row where there is one."""
    rows = trends[(trends["level"] == "district") & trends["after"].notna() & trends["basis"].isin(["mom", "yoy"])]
    return float(rows["after"].iloc[0] if len(rows) else units["total"].mean())


def how_the_district_did(trends: pd.DataFrame, units: pd.DataFrame, period: str) -> str:
    """Return the first sentence: the mean and how it changed, like for like where rules changed (S25)."""
    count, mean = units["total"].notna().sum(), district_mean(trends, units)
    sentence = f"{month_name(period)}，全区{count}个被评单位平均得分{mean:.2f}分"
    for basis, word in (("mom", "环比"), ("yoy", "同比")):
        row = district_change(trends, basis)
        if row is None:
            sentence += f"，无{word}数据"
            continue
        sentence += f"，{word}{rose_or_fell(row['change'])}"
        if row["is_rule_changed"] and pd.notna(row["like_for_like_change"]):
            sentence += f"（指标或权重有调整，按可比口径{rose_or_fell(row['like_for_like_change'])}）"
    return sentence + "。"


def who_leads_who_falls_behind(units: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the second sentence: the first three, the last five, everyone tied with them."""
    ranked = units[units["total"].notna()].sort_values(["rank", "unit_id"])
    if ranked.empty:
        return "本月没有单位取得得分。"
    first = ranked[ranked["rank"] <= LEADERS]
    last = ranked[ranked["is_bottom_five"]].sort_values(["total", "unit_id"])
    leaders = listing([f"{names[row.unit_id]}（{row.total:.2f}分）" for row in first.itertuples()], 5)
    laggards = listing([f"{names[row.unit_id]}（{row.total:.2f}分）" for row in last.itertuples()], 8)
    return f"得分居前的是{leaders}；居后的是{laggards}。"


def first_sentences(
    trends: pd.DataFrame, units: pd.DataFrame, period: str, names: Mapping[str, str]
) -> tuple[str, str]:
    """Return the first two sentences of the page: how the district did, who leads and who falls behind."""
    return how_the_district_did(trends, units, period), who_leads_who_falls_behind(units, names)


def score_kpis(trends: pd.DataFrame, units: pd.DataFrame, names: Mapping[str, str]) -> tuple[Kpi, Kpi]:
    """Return the figures of the mean score and of the tiers."""
    return mean_kpi(trends, units), tier_kpi(units, names)


def tier_kpi(units: pd.DataFrame, names: Mapping[str, str]) -> Kpi:
    """Return the figure of units per tier."""
    counts = tier_counts(units)
    value = "/".join(str(counts[tier]) for tier in TIERS)
    return Kpi("等次分布", value, "个", note="、".join(names[tier] for tier in TIERS))


def mean_kpi(trends: pd.DataFrame, units: pd.DataFrame) -> Kpi:
    """Return the figure of the mean score with its change and last year's value."""
    month_before, year_before = district_change(trends, "mom"), district_change(trends, "yoy")
    change = None if month_before is None else float(month_before["change"])
    return Kpi(
        "平均得分",
        score(district_mean(trends, units)),
        "分",
        "" if change is None else f"环比{rose_or_fell(change)}",
        0.0 if change is None else change,
        note="去年同期无数据" if year_before is None else f"去年同期{score(year_before['before'])}",
    )


def monthly_means(totals: pd.DataFrame) -> pd.Series:
    """Return the district's mean published total by month.

    Args:
        totals: `unit_scores` of scope `month`, any number of months.
    """
    return totals[totals["scope"] == "month"].groupby("period")["total"].mean().sort_index()


def course_figure(means: pd.Series, period: str) -> Figure:
    """Return the district's mean over thirteen months, with the same months of the year before behind it.

    Args:
        means: mean total by month (see `monthly_means`), at least the last month.
        period: the last month shown.
    """
    months = [shift(period, -back) for back in range(12, -1, -1)]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 3.2))
    before = means.reindex([shift(month, -12) for month in months]).to_numpy()
    now = means.reindex(months).to_numpy()
    axes.plot(range(13), before, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(range(13), now, color=ACCENT, marker="o", markersize=4)
    axes.set_xticks(range(13), [_tick(month, place) for place, month in enumerate(months)])
    axes.set_ylabel("平均得分（分）")
    axes.margins(x=0.02)
    _label(axes, now, -1, f"本期 {now[-1]:.2f}", ACCENT)
    _label(axes, before, 0, "上年同月", MUTED)
    return figure


def _tick(month: str, place: int) -> str:
    label = f"{int(month[5:])}月"
    return f"{label}\n{month[:4]}年" if place == 0 or month.endswith("-01") else label


def _label(axes, values: Sequence[float], end: int, text: str, colour: str) -> None:
    # The year before is named at its start, the present at its end: the two never meet.
    present = [place for place, value in enumerate(values) if pd.notna(value)]
    if present:
        place = present[end]
        axes.annotate(
            text,
            (place, values[place]),
            xytext=(0, 9 if end else -14),
            textcoords="offset points",
            color=colour,
            ha="right" if end else "left",
            fontsize=9.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
        )
