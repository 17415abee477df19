"""Bonuses, deductions and judgements in words: who got them, why, and whose tier they decide (R5, S3, S17)."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.models import Grading
from analysis.policy.names import Names
from analysis.policy.period import year_to_date
from analysis.report.page.pieces import Column, number, table, text
from analysis.report.words import DASH, SMALLEST, WORDS, listing, month_name, score
from analysis.scoring.rounding import publish
from analysis.scoring.tiers import reached_lines, tier_lines

DECIDED = ("veto", "judgement")  # what decides a tier that the score alone would not give
COUNTED = ("bonus", "deduction")  # what is added to a total or taken from it
_NAMED = 8


def list_deciding(rows: pd.DataFrame, period: str, scope: str) -> pd.DataFrame:
    """Return the vetoes and judgements that hold for a result, in order.

    A veto caps the tier of its month and of its year (S17), a judgement that of the result it names (S3).

    Args:
        rows: of the table `adjustments`, of any months.
        period: the month.
        scope: `month`, or `ytd` for the year so far.
    """
    months = year_to_date(period) if scope == "ytd" else [period]
    is_named = (rows["kind"] == "judgement") & (rows["scope"] == scope) & (rows["period"] == period)
    is_meant = ((rows["kind"] == "veto") & rows["period"].isin(months)) | is_named
    return rows[is_meant].sort_values(["period", "adjustment_id"])


def tell_adjustments(
    adjustments: pd.DataFrame, units: pd.DataFrame, grading: Grading, names: Names
) -> list[str | Markup]:
    """Return the sentence on a month's adjustments and their table; arguments as for `adjustment_finding`."""
    rows = adjustments.sort_values(["unit_id", "date", "adjustment_id"])
    return [
        adjustment_finding(adjustments, units, grading, names),
        adjustment_table(rows, text("单位", "unit_id", names)),
    ]


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


def points_words(row) -> str:
    """Return a bonus or a deduction with its points, reason and document."""
    return f"{WORDS.adjustments[row.kind]}{score(row.points)}分（{row.reason}，{row.document}）"


def points_beside(row, adjustments: pd.DataFrame, *, is_short: bool = False) -> str:
    """Return a unit's deductions and bonus of a year beside its losses, with month, reason and document of each.

    Without reasons where the adjustments at hand do not add up to them: an older revision may lack some.

    Args:
        row: its row of `unit_scores` of the year.
        adjustments: rows of `adjustments` of the year's months, and of others, of all units.
        is_short: leaves month, points and document of each out.
    """
    told, adjustments = "", adjustments[adjustments["period"].isin(year_to_date(row.period))]
    for kind, points in (("deduction", row.deductions), ("bonus", row.bonus)):
        own = adjustments[(adjustments["unit_id"] == row.unit_id) & (adjustments["kind"] == kind)]
        why = [
            each.reason
            if is_short
            else f"{month_name(each.period)}{score(each.points)}分，{each.reason}，{each.document}"
            for each in own.sort_values(["period", "adjustment_id"]).itertuples()
        ]
        why = [reason + f"（{times}次）" * (is_short and times > 1) for reason, times in Counter(why).items()]
        because = (
            f"，事由：{('、' if is_short else '；').join(why)}"
            if why and abs(own["points"].sum() - points) < SMALLEST
            else ""
        )
        told += f"；另有{WORDS.adjustments[kind]}{score(points)}分{because}" if points > 0 else ""
    return told


def adjustment_finding(adjustments: pd.DataFrame, units: pd.DataFrame, grading: Grading, names: Names) -> str:
    """Return who got points or lost them beside the indicators, and whose tier stands on it alone.

    Args:
        adjustments: the month's table.
        units: `unit_scores` of scope `month`.
        grading: the lines between tiers.
        names: id → Chinese name.
    """
    if adjustments.empty:
        return "本月没有加分、扣分和定性调整。"
    counts = adjustments["kind"].value_counts()
    told = [f"{word}{counts[kind]}项" for kind, word in WORDS.adjustments.items() if kind in counts]
    who = listing([names[unit] for unit in sorted(adjustments["unit_id"].unique())], _NAMED)
    decided = _decided(units, grading, names)
    # The reason beside it may speak of the month alone.
    decided += [f"一票否优限制当月和所在年度的等次，最高为{names[grading.veto_cap]}"] * ("veto" in counts)
    return f"本月{'、'.join(told)}，涉及{who}" + (f"；{'；'.join(decided)}" if decided else "") + "。"


def _decided(units: pd.DataFrame, grading: Grading, names: Names) -> list[str]:
    """Return whose tier by score would be another one without its bonus and deductions, all others as they are.

    Nothing is said where the plain score would tie with another's, nor of tiers that groups have of their own (S5, S6).
    """
    ranked, told = units[units["tier_by_score"] != ""], []
    lines = tier_lines(len(ranked), grading) if grading.tier_scope == "all" else np.zeros(0)
    moved = ranked[(ranked["bonus"] > 0) | (ranked["deductions"] > 0)].sort_values("unit_id")
    for row in moved.itertuples() if len(lines) else ():
        others = ranked.loc[ranked["unit_id"] != row.unit_id, "total"]
        plain = float(publish(np.array([row.base]), grading.rounding)[0])
        by_place = int(np.searchsorted(lines, 1 + int((others > plain).sum())))
        tier = names.tiers[max(by_place, int(reached_lines(np.array(plain), grading)))]
        if tier != row.tier_by_score and not (others == plain).any():
            told.append(_decided_words(row, plain, tier, names))
    return told


def _decided_words(row, plain: float, tier: str, names: Mapping[str, str]) -> str:
    parts = [f"加分{score(row.bonus)}分"] * bool(row.bonus) + [f"扣分{score(row.deductions)}分"] * bool(row.deductions)
    after = f"{names[row.unit_id]}{'、'.join(parts)}后为{names[row.tier_by_score]}"
    return f"{after}，不计则为{score(plain)}分，按其他单位不变为{names[tier]}"
