"""四、突出问题: the indicators that cost most points, and whom."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from analysis.report.page.palette import ACCENT, MUTED, TIER_COLOURS
from analysis.report.page.pieces import Column, table
from analysis.report.page.theme import PAGE_WIDTH_INCHES
from analysis.report.score_text import LOSSES_SHOWN
from analysis.report.words import listing

WORST_UNITS = 3


def loss_figure(indicators: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Return the indicators that cost the average unit most points of its total.

    Args:
        indicators: the table `indicator_summary` of one scope.
        names: id → Chinese name.
    """
    worst = indicators.nlargest(LOSSES_SHOWN, "lost_points", keep="first").iloc[::-1]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 0.7 + 0.38 * len(worst)))
    axes.barh(worst["indicator_id"].map(names), worst["lost_points"], color=TIER_COLOURS["good"], height=0.62)
    for place, row in enumerate(worst.itertuples()):
        axes.annotate(
            f"{row.lost_points:.2f}分  平均{row.mean_score:.2f}",
            (row.lost_points, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=ACCENT,
        )
    axes.set_xlabel("平均每单位失分（分）", color=MUTED)
    axes.margins(x=0.16)
    axes.grid(visible=False, axis="y")
    return figure


def loss_finding(indicators: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the sentence that names the three indicators that cost most."""
    worst = indicators.nlargest(3, "lost_points", keep="first")
    parts = [f"{names[row.indicator_id]}（平均每单位失{row.lost_points:.2f}分）" for row in worst.itertuples()]
    return f"失分主要集中在{listing(parts)}。"


def loss_table(indicators: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the table of all indicators, the costliest first, with the units that lost most."""
    columns = [
        Column("指标"),
        Column("类别"),
        Column("考核渠道"),
        Column("参评单位", True),
        Column("平均得分", True),
        Column("平均失分", True),
        Column("失分最多的单位"),
    ]
    rows = (
        [
            names[row.indicator_id],
            names[row.family],
            names[row.channel],
            str(row.n_units),
            f"{row.mean_score:.2f}",
            f"{row.lost_points:.2f}",
            listing([names[unit_id] for unit_id in row.worst_units.split()]) or "无",
        ]
        for row in indicators.sort_values(["lost_points", "indicator_id"], ascending=[False, True]).itertuples()
    )
    return table(columns, rows, "各指标平均得分与失分（失分：按当期权重折算为总分的分值）")
