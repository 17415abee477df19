"""Who differs between two results of a month, as lines, a sentence and a table (S21); see `list_differences`."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, SCOPES, score


def describe_differences(differences: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return a line per scope and one per unit below it, the month first; one line that says so where nobody differs.

    Args:
        differences: see `list_differences`.
        names: id → Chinese name of units and tiers.
    """
    if differences.empty:
        return ["当月和本年累计的得分、位次、等次均无变化。"]
    lines = []
    for scope, title in SCOPES.items():
        rows = differences[differences["scope"] == scope]
        lines.append(f"{title}：{len(rows)}个单位有变化" if len(rows) else f"{title}：无变化")
        lines += ["  " + _line(row, names) for row in rows.itertuples()]
    return lines


def _line(row, names: Mapping[str, str]) -> str:
    parts = [
        _moved("得分", score(row.total_before), score(row.total_after)),
        _moved("位次", _place(row.rank_before), _place(row.rank_after)),
        _moved("等次", *(names.get(tier, DASH) for tier in (row.tier_before, row.tier_after))),
    ]
    for figure, listed in (("is_bottom_five", "末位名次"), ("is_interview", "约谈、通报批评范围")):
        if turn := _turn(row, figure):
            parts.append(turn + listed)
    return f"{names.get(row.unit_id, row.unit_id)}：" + "，".join(part for part in parts if part)


def _moved(what: str, before: str, after: str) -> str:
    return "" if before == after else f"{what}{before}→{after}"


def _place(rank: float | None) -> str:
    return DASH if pd.isna(rank) else str(int(rank))


def _turn(row, figure: str) -> str:
    """Return whether a unit comes on a list or leaves it, empty where neither; a unit without a result is on none."""
    marks = (getattr(row, f"{figure}_{side}") for side in ("before", "after"))
    was, is_now = (pd.notna(mark) and bool(mark) for mark in marks)
    return "" if was == is_now else "列入" if is_now else "退出"


def tell_differences(differences: pd.DataFrame, scope: str, listed: str) -> str:
    """Return how many units of one scope differ in score, in tier, and come into or out of the interviews.

    Args:
        differences: see `list_differences`.
        scope: `month` or `ytd`.
        listed: what leads to an interview (see `grading.listed_name`).
    """
    rows = differences[differences["scope"] == scope]
    if rows.empty:
        return f"{SCOPES[scope]}：得分、位次、等次均无变化。"
    scores, ranks, tiers, lists = (
        int(_differs(rows, figure).sum()) for figure in ("total", "rank", "tier", "is_interview")
    )
    return (
        f"{SCOPES[scope]}：得分变化{scores}个单位，位次变化{ranks}个，等次变化{tiers}个，"
        f"进出约谈范围（{listed}）{lists}个。"
    )


def _differs(rows: pd.DataFrame, figure: str) -> pd.Series:
    before, after = rows[f"{figure}_before"], rows[f"{figure}_after"]
    return (before != after).fillna(True) & ~(before.isna() & after.isna())


def differences_table(differences: pd.DataFrame, names: Mapping[str, str], caption: str) -> Markup:
    """Return who differs: score, place and tier before and after, bottom places and interviews (R21).

    Args:
        differences: rows of `list_differences`.
        names: id → Chinese name of units and tiers.
        caption: which results are compared.
    """

    def name(id_: str) -> str:
        return names.get(id_, DASH)

    columns = [
        text("单位", lambda row: names.get(row.unit_id, row.unit_id)),
        text("范围", "scope", SCOPES),
        number("原得分", "total_before", score),
        number("得分", "total_after", score),
        number("原位次", "rank_before", _place),
        number("位次", "rank_after", _place),
        text("原等次", "tier_before", name),
        text("等次", "tier_after", name),
        text("末位名次", lambda row: _turn(row, "is_bottom_five")),
        text("约谈范围", lambda row: _turn(row, "is_interview")),
    ]
    return table(columns, differences, f"{caption}（得分单位：分）", css="sortable dense")
