"""五、整改与结果运用: the month's public draw of inspections, as a sentence and a table (R12, S14)."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.report.page.pieces import Column, table
from analysis.report.words import listing

_STRATA = {"must": "必查", "watch": "监管异常名录", "departments": "区直部门", "towns": "镇街", "all": "全体候选"}
_STATUSES = {"drawn": "抽中", "replaced": "已补抽替换"}
_NAMED = 12


def tell_draw(draw: pd.DataFrame, names: Mapping[str, str]) -> list[str | Markup]:
    """Return the sentence on the month's draw, and the table of its places where one was held."""
    places = draw[draw["status"] != "skipped"]
    return [draw_finding(draw, names), draw_table(places, names)] if len(places) else [draw_finding(draw, names)]


def draw_finding(draw: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the sentence on the month's draw and how to check it (R12)."""
    drawn = draw[draw["status"] == "drawn"].sort_values(["round", "order"])
    if drawn.empty:
        return "截至本期通报，本月没有已完成的随机监管摇号。"
    units = listing([names[unit_id] for unit_id in drawn["unit_id"]], _NAMED)
    replaced = int((draw["status"] == "replaced").sum())
    more = f"，其中补抽{replaced}个" if replaced else ""
    return (
        f"本月随机监管摇号抽中{len(drawn)}个单位{more}：{units}；"
        "抽取过程见公开版中的摇号公示页，任何人可在浏览器中自行复核（R12）。"
    )


def draw_table(places: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the drawn places with stratum and what became of them; names of inspectors are not told."""
    columns = [Column("单位"), Column("次序", True), Column("分层"), Column("检查人员数", True), Column("状态")]
    rows = (
        [
            names[row.unit_id],
            str(row.order),
            _STRATA.get(row.stratum, row.stratum),
            str(len(row.inspectors.split(";")) if row.inspectors else 0),
            _STATUSES[row.status],
        ]
        for row in places.sort_values(["round", "order"]).itertuples()
    )
    return table(columns, rows, "随机监管摇号结果（R12、S14）", css="")
