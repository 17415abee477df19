"""Who would move, as lines for the command line and for the reply to an objection (S21)."""

from collections.abc import Mapping

import pandas as pd

from analysis.report.words import DASH, score

_SCOPES = {"month": "当月", "ytd": "本年累计"}


def describe_whatif(movers: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return one line per mover, the month first; a line that says so where nobody moves.

    Args:
        movers: see `scoring.whatif.find_movers`.
        names: id → Chinese name of units and tiers.
    """
    if movers.empty:
        return ["当月和本年累计的得分、位次、等次均无变化。"]
    lines = []
    for scope, title in _SCOPES.items():
        rows = movers[movers["scope"] == scope]
        lines.append(f"{title}：{len(rows)}个单位有变化" if len(rows) else f"{title}：无变化")
        lines += ["  " + _line(row, names) for row in rows.itertuples()]
    return lines


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
