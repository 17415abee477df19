"""二、各单位得分与等次: the table of all units and the figure of scores by group (R19, S6–S8)."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.models import Grading, Group
from analysis.report.certainty_text import verdict_name
from analysis.report.page.palette import MUTED, TIER_COLOURS
from analysis.report.page.pieces import Column, bar, table, tier_badge
from analysis.report.page.theme import PAGE_WIDTH_INCHES
from analysis.report.score_text import tier_floors
from analysis.report.words import DASH, listing, score, signed
from analysis.scoring.tiers import largest_remainder

_REASONS = {
    "": "",
    "tie_key": "同分，按工作量等次序分出",
    "tie_down": "同分跨线，就低",
    "tie_up": "同分跨线，就高",
    "judgement": "定性调整",
    "veto": "一票否优",
}


def standing_rows(
    units: pd.DataFrame,
    channels: pd.DataFrame,
    trends: pd.DataFrame,
    certainty: pd.DataFrame,
    names: Mapping[str, str],
) -> pd.DataFrame:
    """Return what the table of all units shows, in rank order; units without a score come last.

    Args:
        units: `unit_scores` of one scope.
        channels: `channel_scores` of the same scope.
        trends: `trends` of the month.
        certainty: `certainty` of the same scope.
        names: id → Chinese name.

    Returns:
        One row per unit: unit_id, name, group_name, rank, group_rank, total, tier, the four channels, mom, yoy,
        rank_change, rank_low, rank_high, verdict, notes.
    """
    wide = channels.pivot(index="unit_id", columns="channel", values="score").reindex(columns=list(CHANNELS))
    total = trends[(trends["level"] == "total")].set_index("unit_id")
    sure = certainty.set_index("unit_id")[["rank_low", "rank_high", "verdict"]]
    rows = (
        units.join(wide, on="unit_id")
        .join(sure, on="unit_id")
        .assign(
            name=units["unit_id"].map(names),
            group_name=units["group"].map(names),
            mom=units["unit_id"].map(total.loc[total["basis"] == "mom", "change"]),
            yoy=units["unit_id"].map(total.loc[total["basis"] == "yoy", "change"]),
            rank_change=units["unit_id"].map(total.loc[total["basis"] == "mom", "rank_change"]),
            notes=[_note(row) for row in units.itertuples()],
        )
    )
    return rows.sort_values(["total", "unit_id"], ascending=[False, True], na_position="last", ignore_index=True)


def _note(row) -> str:
    words = [_REASONS[row.tier_reason]]
    if row.is_tied:
        words.append("并列")
    if row.is_bottom_five:
        words.append("后五名")
    if row.is_provisional:
        words.append("暂定")
    if pd.isna(row.total):
        words.append("无数据")
    return "、".join(word for word in words if word)


def standing_table(rows: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the sortable table of all units (see `standing_rows`)."""
    heads = [
        "单位",
        "位次",
        "区间",
        "得分",
        "等次",
        "把握",
        "组内",
        *(names[f"{c}.short"] for c in CHANNELS),
        "环比",
        "同比",
        "说明",
    ]
    columns = [Column(head, head not in ("单位", "等次", "把握", "组内", "说明")) for head in heads]
    caption = "各单位得分、位次与等次（百分制；区间为位次区间；环比、同比单位为分；“—”表示当期无此项数据）"
    return table(
        columns, (_standing_cells(row, names) for row in rows.itertuples(index=False)), caption, css="sortable dense"
    )


def _standing_cells(row, names: Mapping[str, str]) -> list[Markup | str]:
    return [
        row.name,
        DASH if pd.isna(row.rank) else str(row.rank),
        DASH if pd.isna(row.rank_low) else f"{row.rank_low:.0f}–{row.rank_high:.0f}",
        score(row.total),
        tier_badge(row.tier, names.get(row.tier, "")),
        verdict_name(row.verdict),
        row.group_name if pd.isna(row.group_rank) else f"{row.group_name}第{row.group_rank}",
        *(bar(getattr(row, channel), score(getattr(row, channel)), 0.6) for channel in CHANNELS),
        signed(row.mom),
        signed(row.yoy),
        row.notes,
    ]


def tier_counts(units: pd.DataFrame) -> dict[str, int]:
    """Return tier → number of units, in the order of tiers."""
    counts = units["tier"].value_counts()
    return {tier: int(counts.get(tier, 0)) for tier in TIERS}


def standing_figure(units: pd.DataFrame, groups: Sequence[Group], names: Mapping[str, str]) -> Figure:
    """Return the distribution of scores: a dot a unit, a row a group, with the tier lines."""
    present = [group for group in groups if (units["group"] == group.id).any()]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 0.9 + 0.62 * len(present)))
    for place, group in enumerate(present):
        members = units[(units["group"] == group.id) & units["total"].notna()].sort_values("total")
        height = place + _spread(members["total"].to_numpy())
        colours = members["tier"].map(TIER_COLOURS)
        axes.scatter(members["total"], height, s=34, color=colours, edgecolor="white", linewidth=0.6)
        mean = members["total"].mean()
        axes.plot([mean, mean], [place - 0.3, place + 0.3], color=MUTED, linewidth=1.2, zorder=0)
    _draw_lines(axes, tier_floors(units), names, len(present))
    axes.set_yticks(range(len(present)), [group.name for group in present])
    axes.set_ylim(len(present) - 0.4, -0.95)
    axes.set_xlabel("得分（分）")
    axes.grid(visible=False, axis="y")
    return figure


def _draw_lines(axes, lines: Mapping[str, float], names: Mapping[str, str], rows: int) -> None:
    for tier, lowest in list(lines.items())[:-1]:
        axes.axvline(lowest, color=TIER_COLOURS[tier], linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            f"{names[tier]}线 {lowest:.2f}",
            (lowest, -0.62),
            ha="center",
            va="center",
            fontsize=9,
            color=MUTED,
            backgroundcolor="white",
        )


def _spread(scores: np.ndarray) -> np.ndarray:
    # Dots closer than a dot's width step aside in a fixed pattern, so that none hides another.
    offsets = np.zeros(len(scores))
    width = max(np.ptp(scores) / 60, 0.05) if len(scores) else 1
    for place in range(1, len(scores)):
        if scores[place] - scores[place - 1] < width:
            offsets[place] = {0.0: 0.16, 0.16: -0.16, -0.16: 0.3, 0.3: -0.3}.get(round(offsets[place - 1], 2), 0.0)
    return offsets


def tier_table(units: pd.DataFrame, grading: Grading, names: Mapping[str, str]) -> Markup:
    """Return for each tier its quota, its line and how many units are in it, by score and after judgement and veto."""
    columns = [
        Column(head, place > 0) for place, head in enumerate(("等次", "比例", "名额", "最低分", "按得分", "最终"))
    ]
    order = [TIERS.index(tier) for tier in grading.remainder_order]
    quotas = largest_remainder(int(units["total"].notna().sum()), grading.quotas.in_order, order)
    by_score, final, lines = units["tier_by_score"].value_counts(), tier_counts(units), tier_floors(units)
    rows = (
        [
            tier_badge(tier, names[tier]),
            f"{share:g}%",
            str(quota),
            score(lines.get(tier)),
            str(by_score.get(tier, 0)),
            str(final[tier]),
        ]
        for tier, share, quota in zip(TIERS, grading.quotas.in_order, quotas, strict=True)
    )
    return table(columns, rows, "等次名额与分数线（名额按最大余数法取整，S5）", css="")


def standing_finding(units: pd.DataFrame, names: Mapping[str, str], scope: str = "本月") -> str:
    """Return the sentence above the table: how many units in each tier, who is tied, who is not ranked."""
    counts = tier_counts(units)
    ranked = int(units["total"].notna().sum())
    parts = "、".join(f"{names[tier]}{count}个" for tier, count in counts.items())
    sentence = f"{scope}参评单位{ranked}个，其中{parts}。"
    without = units[units["total"].isna()]["unit_id"].map(names).tolist()
    if without:
        sentence += f"{listing(without)}{scope}无可评数据，列于表末，不参与排名。"
    decided = units[units["tier_reason"].isin(["tie_down", "tie_up"])]
    if len(decided):
        down = decided[decided["tier_reason"] == "tie_down"]["unit_id"].map(names).tolist()
        up = decided[decided["tier_reason"] == "tie_up"]["unit_id"].map(names).tolist()
        told = [f"{listing(down)}同分且跨优秀线，就低评定"] * bool(down) + [f"{listing(up)}同分跨线，就高评定"] * bool(
            up
        )
        sentence += f"{'；'.join(told)}（S6）。"
    return sentence
