"""Bonuses, deductions and judgements in words: who got them, why, and whose tier they decide (R5, S3, S17)."""

from collections.abc import Iterable, Mapping

import pandas as pd
from markupsafe import Markup

from analysis.policy.names import Names
from analysis.report.page.pieces import Column, number, table, text
from analysis.report.scores import tier_floors
from analysis.report.words import DASH, WORDS, listing, score

_NAMED = 8


def tell_adjustments(adjustments: pd.DataFrame, units: pd.DataFrame, names: Names) -> list[str | Markup]:
    """Return the sentence on a month's adjustments and their table; arguments as for `adjustment_finding`."""
    rows = adjustments.sort_values(["unit_id", "date", "adjustment_id"])
    return [adjustment_finding(adjustments, units, names), adjustment_table(rows, text("单位", "unit_id", names))]


def adjustment_table(rows: Iterable | pd.DataFrame, *first: Column) -> Markup:
    """Return adjustments with points, reason, document and date; nothing where there are none.

    Args:
        rows: rows of the table `adjustments`.
        first: columns in front of the others, such as whose they are.
    """
    columns = [
        *first,
        text("类型", "kind", WORDS.adjustments),
        number("分值", "points", score),
        text("事由", "reason"),
        text("依据文件", "document"),
        text("日期", lambda r: r.date or DASH),
    ]
    rows = list(rows.itertuples() if isinstance(rows, pd.DataFrame) else rows)
    return table(columns, rows, "加减分与调整（S3、S17）", css="") if rows else Markup("")


def adjustment_finding(adjustments: pd.DataFrame, units: pd.DataFrame, names: Names) -> str:
    """Return who got points or lost them beside the indicators, and whose tier stands on it alone.

    Args:
        adjustments: the month's table.
        units: `unit_scores` of scope `month`.
        names: id → Chinese name.
    """
    if adjustments.empty:
        return "本月没有加分、扣分和定性调整。"
    counts = adjustments["kind"].value_counts()
    told = [f"{word}{counts[kind]}项" for kind, word in WORDS.adjustments.items() if kind in counts]
    who = listing([names[unit] for unit in sorted(adjustments["unit_id"].unique())], _NAMED)
    decided = _decided(units, names)
    return f"本月{'、'.join(told)}，涉及{who}" + (f"；{'；'.join(decided)}" if decided else "") + "。"


def _decided(units: pd.DataFrame, names: Names) -> list[str]:
    """Return whose tier by score would be another one without its bonus or deductions, all others as they are."""
    floors = tier_floors(units, names.tiers)
    told = []
    for row in units[(units["bonus"] > 0) | (units["deductions"] > 0)].sort_values("unit_id").itertuples():
        plain = round(row.total - row.bonus + row.deductions, 2)
        above = [tier for tier, low in floors.items() if plain >= low]
        if row.tier_by_score and row.tier_by_score != (above or [names.tiers[-1]])[0]:
            told.append(_decided_words(row, plain, above, names))
    return told


def _decided_words(row, plain: float, above: list[str], names: Mapping[str, str]) -> str:
    parts = [f"加分{row.bonus:.2f}分"] * bool(row.bonus) + [f"扣分{row.deductions:.2f}分"] * bool(row.deductions)
    line = f"，按其他单位不变为{names[above[0]]}" if above else ""
    return f"{names[row.unit_id]}{'、'.join(parts)}后为{names[row.tier_by_score]}，不计则为{plain:.2f}分{line}"
