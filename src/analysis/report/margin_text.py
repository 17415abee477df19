"""How far a unit is from the lines: the smallest change of its points, or of its own weights, that takes it across."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.report.words import SCOPES, score

_NO_TABLE = "该月只生成了数据表，没有 certainty 表，不知余量；先运行 analysis run {period}"
_NO_TOTAL = "该单位没有得分，没有余量"


def margins_of(row: pd.Series | None, period: str, scope: str, bound: float) -> dict[str, Any]:
    """Return a unit's margins as a tree for JSON (S4–S7, R18, R21).

    Args:
        row: the unit's row of `certainty` in this scope; None where the month has no such table.
        period: the month.
        scope: `month` or `ytd`.
        bound: how far the unit's own channel weights may move, in points.

    Returns:
        scope; note, why there is nothing to say, empty where there is; weights_bound_points; is_listed, whether the
        unit stands in the bottom five or 不达标 by its score; and `up`, `down`, `interview`, each with points and
        weights_points, None where no change within the bounds is enough. `interview` leads out of the list where
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


def margin_lines(told: Mapping[str, Any], tier_name: str) -> Iterable[str]:
    """Yield the margins of `margins_of` as lines for a terminal, in Chinese.

    Args:
        told: the tree.
        tier_name: the unit's tier by score.
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
    yield _line(
        told, "interview", f"{into}约谈范围（后五名或不达标）", gain, "约谈范围（后五名或不达标）：得分再变也不进不出"
    )


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


def _size(value: float) -> float | None:
    return None if pd.isna(value) else abs(float(value))
