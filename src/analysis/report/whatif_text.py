"""Who would move, as lines for the command line and for the reply to an objection (S21)."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.report.page.pieces import Column, table
from analysis.report.words import DASH, SCOPES, score


def describe_whatif(movers: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return one line per mover, the month first; a line that says so where nobody moves.

    Args:
        movers: see `scoring.whatif.find_movers`.
        names: id → Chinese name of units and tiers.
    """
    if movers.empty:
        return ["当月和本年累计的得分、位次、等次均无变化。"]
    lines = []
    for scope, title in SCOPES.items():
        rows = movers[movers["scope"] == scope]
        lines.append(f"{title}：{len(rows)}个单位有变化" if len(rows) else f"{title}：无变化")
        lines += ["  " + _line(row, names) for row in rows.itertuples()]
    return lines


def tell_movers(movers: pd.DataFrame, scope: str) -> str:
    """Return how many units of one scope move in score, in tier, and into or out of the interviews.

    Args:
        movers: see `scoring.whatif.find_movers`.
        scope: `month` or `ytd`.
    """
    rows = movers[movers["scope"] == scope]
    if rows.empty:
        return f"{SCOPES[scope]}：得分、位次、等次均无变化。"
    scores, ranks, tiers, lists = (
        int(_differs(rows, figure).sum()) for figure in ("total", "rank", "tier", "is_interview")
    )
    return (
        f"{SCOPES[scope]}：得分变化{scores}个单位，位次变化{ranks}个，等次变化{tiers}个，"
        f"进出约谈范围（后五名或不达标）{lists}个。"
    )


def _differs(rows: pd.DataFrame, figure: str) -> pd.Series:
    before, after = rows[f"{figure}_before"], rows[f"{figure}_after"]
    return (before != after).fillna(True) & ~(before.isna() & after.isna())


def movers_table(movers: pd.DataFrame, names: Mapping[str, str], scope: str) -> Markup:
    """Return who moves in one scope: score, place and tier before and after, and the interviews (R21).

    Args:
        movers: see `scoring.whatif.find_movers`.
        names: id → Chinese name of units and tiers.
        scope: `month` or `ytd`.
    """
    heads = ("单位", "原得分", "得分", "原位次", "位次", "原等次", "等次", "约谈范围")
    columns = [Column(head, place in (1, 2, 3, 4)) for place, head in enumerate(heads)]
    rows = (
        [
            names.get(row.unit_id, row.unit_id),
            *(score(value) for value in (row.total_before, row.total_after)),
            *(_place(value) for value in (row.rank_before, row.rank_after)),
            *(names.get(tier, DASH) for tier in (row.tier_before, row.tier_after)),
            "" if row.is_interview_before == row.is_interview_after else "列入" if row.is_interview_after else "退出",
        ]
        for row in movers[movers["scope"] == scope].itertuples()
    )
    return table(columns, rows, f"{SCOPES[scope]}有变化的单位（得分单位：分）", css="dense")


def _line(row, names: Mapping[str, str]) -> str:
    parts = [
        _moved("得分", score(row.total_before), score(row.total_after)),
        _moved("位次", _place(row.rank_before), _place(row.rank_after)),
        _moved("等次", *(names.get(tier, DASH) for tier in (row.tier_before, row.tier_after))),
    ]
    if row.is_interview_before != row.is_interview_after:
        parts.append("列入约谈、通报批评范围" if row.is_interview_after else "不再列入约谈、通报批评范围")
    return f"{names.get(row.unit_id, row.unit_id)}：" + "，".join(part for part in parts if part)


def _moved(what: str, before: str, after: str) -> str:
    return "" if before == after else f"{what}{before}→{after}"


def _place(rank: int | None) -> str:
    return DASH if pd.isna(rank) else str(rank)
