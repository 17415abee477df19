"""What the cross-duty model says: overlapping matters, loops, gaps, proposals, what a boundary meeting settles (R8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.insight.duties_evidence import TOWNS
from analysis.policy.book import Policy
from analysis.policy.duties import ARROW
from analysis.report.page.charts import PAGE_WIDTH_INCHES, Chart, plt
from analysis.report.page.palette import ACCENT, INK, MUTED, RULE, SERIES
from analysis.report.page.pieces import number, table, text
from analysis.report.words import WORDS, fixed, listing, months_known, score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN = 5
_PARTS = {"spread": "分散", "passed_on": "转办", "looped": "循环", "came_back": "重复", "outside_list": "清单外"}


@dataclass(frozen=True)
class Agenda:
    """A matter for the boundary meeting: what was found, what is proposed, and what must be settled."""

    matter: str
    found: str
    proposal: str
    questions: tuple[str, ...]


def duties_finding(
    by_matter: pd.DataFrame, loops: pd.DataFrame, names: Mapping[str, str], policy: Policy, *, is_short: bool = False
) -> str:
    """Return the model's answer in one paragraph: how many matters overlap, which go round, which no clause covers.

    In short it is told which matters are to be discussed, and no more.
    """
    months = months_known(policy.period, policy.district.start, policy.duties.model.months)
    meeting = by_matter[by_matter["is_for_meeting"]].sort_values(["overlap_index", "matter"], ascending=[False, True])
    handled = int((by_matter["n_tickets"] > 0).sum())
    if not handled:
        return f"近{months}个月没有工单，不分析职责交叉。"
    if meeting.empty:
        return f"近{months}个月工单涉及的{handled}项事项中，没有需要提交职责边界会商的事项。"
    head = f"近{months}个月工单涉及{handled}项事项，其中{len(meeting)}项需会商职责边界"
    parts = [f"{head}：{listing(meeting['matter'].tolist(), _SHOWN)}"]
    if is_short:
        return f"{parts[0]}。"
    named = loops[loops["is_named"]].sort_values(["n_tickets", "loop"], ascending=[False, True]).head(2)
    parts += [f"“{r.matter}”有{r.n_tickets}件工单{_tell_loop(r.loop, names)}" for r in named.itertuples()]
    unknown = by_matter[~by_matter["is_known"] & by_matter["is_for_meeting"]]
    if len(unknown):
        parts.append(f"{listing(unknown['matter'].tolist(), _SHOWN)}没有任何清单条款覆盖")
    return "；".join(parts) + "。"


def first_matter(by_matter: pd.DataFrame) -> str:
    """Return the matter with the highest overlap index, to be drawn; an empty text where there is none."""
    ordered = by_matter.sort_values(["overlap_index", "matter"], ascending=[False, True])["matter"]
    return next(iter(ordered), "")


def proposal_text(row, names: Mapping[str, str]) -> str:
    """Return the proposal for a matter's lead with its evidence, or that the evidence is too weak for one.

    Args:
        row: a row of the table `duties_by_matter`, as `itertuples` yields it.
        names: id → Chinese name.
    """
    if row.strength == "none":
        return "证据不足，暂不提出牵头建议"
    between = f"置信区间{fixed(row.proposed_low_pct, 1)}%—{fixed(row.proposed_high_pct, 1)}%"
    share = f"镇街以外最终办理的占{fixed(row.proposed_share_pct, 1)}%，{between}"
    evidence = f"（{share}，证据{WORDS.evidence[row.strength]}"
    if row.is_proposal_as_listed:  # what stands already is no proposal
        return f"牵头单位不需调整：清单规定的{name_unit(row.proposed_unit_id, names)}{evidence}）"
    agrees = "与清单不一致" if row.is_known else "清单未规定"
    return f"建议由{name_unit(row.proposed_unit_id, names)}牵头{evidence}，{agrees}）"


def duties_table(by_matter: pd.DataFrame, names: Mapping[str, str], at_most: int = 20) -> Markup:
    """Return the matters by overlap index, with its parts and the proposal for the lead."""
    columns = [
        text("事项", "matter"),
        number("交叉指数", "overlap_index", lambda value: fixed(value, 1)),
        number("工单", "n_tickets"),
        number("经手单位", "n_handlers"),
        *(number(head, part, score) for part, head in _PARTS.items()),
        text("清单牵头单位", lambda r: _listed_lead(r, names)),
        text("据工单的建议", lambda r: proposal_text(r, names)),
    ]
    ranked = by_matter[by_matter["overlap_index"].notna()]
    ranked = ranked.sort_values(["overlap_index", "matter"], ascending=[False, True]).head(at_most)
    caption = "职责交叉事项（指数0—100；各分项0—1，镇街合并为一个经手单位）"
    return table(columns, ranked, caption, css="sortable dense")


def _listed_lead(row, names: Mapping[str, str]) -> Markup:
    lead, clause = "无条款", "不在清单内"
    if row.is_known:
        lead, clause = name_unit(row.lead_unit_id, names), f"{WORDS.duty_lists[row.list]}{row.clause}"
    return Markup("{}<br><small>{}</small>").format(lead, clause)


def agenda(
    by_matter: pd.DataFrame, handlers: pd.DataFrame, loops: pd.DataFrame, names: Mapping[str, str]
) -> list[Agenda]:
    """Return the matters that a boundary meeting must settle, the highest overlap index first.

    Args:
        by_matter: the table `duties_by_matter` of the month.
        handlers: the table `matter_handlers`.
        loops: the table `matter_loops`.
        names: id → Chinese name.
    """
    rows = by_matter[by_matter["is_for_meeting"]].sort_values(["overlap_index", "matter"], ascending=[False, True])
    return [
        Agenda(row.matter, _found(row), proposal_text(row, names), tuple(_questions(row, handlers, loops, names)))
        for row in rows.itertuples()
    ]


def _found(row) -> str:
    passed = f"转办{row.n_passed_on}件（{fixed(100 * row.passed_on, 1)}%）" if row.n_passed_on else "没有转办"
    more = {"退回": row.n_returned, "循环": row.n_looped, "重复反映": row.n_repeats}
    counted = "、".join([passed, *(f"{word}{count}件" for word, count in more.items() if count)])
    lost = f"；转办累计耗时{row.days_lost}个工作日" if row.days_lost else ""
    return (
        f"工单{row.n_tickets}件，经手单位{row.n_handlers}个；{counted}{lost}；职责交叉指数{fixed(row.overlap_index, 1)}"
    )


def _questions(row, handlers: pd.DataFrame, loops: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    own = handlers[handlers["matter"] == row.matter].sort_values(["n_tickets", "unit_id"], ascending=[False, True])
    questions = []
    if not row.is_known:
        units = listing([f"{name_unit(r.unit_id, names)}{r.n_tickets}件" for r in own.head(_SHOWN).itertuples()])
        questions.append(f"该事项不在任何清单中，目前由{units}办理：由谁牵头、谁配合，写入哪份清单？")
    questions += [
        f"{r.n_tickets}件工单沿{_name_loop(r.loop, names)}循环：各单位推转的依据是什么，由谁首接负责？"
        for r in loops[(loops["matter"] == row.matter) & loops["is_named"]].itertuples()
    ]
    outside = own[own["is_named_outside"]]
    if row.is_known and len(outside):
        units = listing([f"{name_unit(r.unit_id, names)}（{r.n_tickets}件）" for r in outside.itertuples()], _SHOWN)
        questions.append(f"{units}没有清单条款而实际办理：应补入配合单位，还是不再转交？")
    if row.is_known and row.proposed_unit_id and not row.is_proposal_as_listed:
        lead, fact = name_unit(row.lead_unit_id, names), name_unit(row.proposed_unit_id, names)
        questions.append(
            f"{WORDS.duty_lists[row.list]}规定{lead}牵头（{row.clause}），实际多由{fact}办结：调整条款，还是调整分办？"
        )
    if row.is_known and row.lead_unit_id not in set(own["unit_id"]):
        questions.append(f"清单规定的牵头单位{name_unit(row.lead_unit_id, names)}没有办结过一件：原因是什么？")
    return questions or ["多个单位共同办理且转办较多：牵头与配合的分工如何细化？"]


def agenda_table(items: Sequence[Agenda]) -> Markup:
    """Return what a boundary meeting must settle, nothing where there is nothing to settle."""
    columns = [
        text("事项", "matter"),
        text("情况", "found"),
        text("建议", "proposal"),
        text("需要会商的问题", "questions", " ".join),
    ]
    return table(columns, items, "提请职责边界会商的事项", css="") if items else Markup("")


def flow_chart(flows: pd.DataFrame, matter: str, names: Mapping[str, str]) -> Chart | None:
    """Return who passes a matter to whom, with its finding; None where no ticket of it is passed on."""
    rows = flows[flows["matter"] == matter]
    if rows.empty:
        return None
    columns = [
        text("转出", lambda r: name_unit(r.from_unit_id, names)),
        text("转入", lambda r: name_unit(r.to_unit_id, names)),
        number("件数", "n_tickets"),
    ]
    ordered = rows.sort_values(["n_tickets", "from_unit_id", "to_unit_id"], ascending=[False, True, True])
    data = table(columns, ordered, f"{matter}的转办", css="")
    return Chart("flow", flow_title(flows, matter, names), partial(flow_figure, flows, matter, names), data)


def flow_title(flows: pd.DataFrame, matter: str, names: Mapping[str, str]) -> str:
    """Return where most of a matter's tickets are passed on."""
    rows = flows[flows["matter"] == matter]
    most = rows.sort_values(["n_tickets", "from_unit_id", "to_unit_id"], ascending=[False, True, True]).head(1)
    for row in most.itertuples():
        pair = f"{name_unit(row.from_unit_id, names)}转{name_unit(row.to_unit_id, names)}"
        return f"{matter}转办最多的是{pair}（{row.n_tickets}件）"
    return f"{matter}没有转办"


def flow_figure(flows: pd.DataFrame, matter: str, names: Mapping[str, str], width: float = PAGE_WIDTH_INCHES) -> Figure:
    """Return who passes a matter's tickets to whom: units on a circle, an arrow's width its tickets (`九龙治水`).

    Args:
        flows: the table `matter_flows`.
        matter: the matter to draw.
        names: id → Chinese name.
        width: of the chart, in inches.
    """
    rows = flows[flows["matter"] == matter].sort_values(["from_unit_id", "to_unit_id"])
    units = sorted({*rows["from_unit_id"], *rows["to_unit_id"]})
    figure, axes = plt.subplots(
        figsize=(min(width, PAGE_WIDTH_INCHES * 0.72), 5.2 if width == PAGE_WIDTH_INCHES else 3.2)
    )
    axes.set_axis_off()
    axes.set_xlim(-1.75, 1.75)
    axes.set_ylim(-1.35, 1.35)
    axes.set_aspect("equal")
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(units)) / max(1, len(units))
    places = {unit: (float(np.cos(a)), float(np.sin(a))) for unit, a in zip(units, angles, strict=True)}
    most = max(1, int(rows["n_tickets"].max())) if len(rows) else 1
    if not units:
        axes.text(0, 0, "没有可画的工单流转", ha="center", color=MUTED)
    for row in rows.itertuples():
        _draw_arrow(axes, places[row.from_unit_id], places[row.to_unit_id], row.n_tickets, most)
    far = 1.14 if width == PAGE_WIDTH_INCHES else 1.28
    for unit, (x, y) in places.items():
        axes.plot(x, y, "o", color=ACCENT, markersize=11, zorder=3)
        side = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
        axes.text(
            far * x,
            far * y + (0.02 if y >= 0 else -0.02),
            name_unit(unit, names),
            ha=side,
            va="center",
            color=INK,
            zorder=4,
        )
    return figure


def _draw_arrow(axes: Axes, start: tuple, end: tuple, n_tickets: int, most: int) -> None:
    """Draw one arrow, bent so that the two directions between a pair do not cover each other."""
    style = {
        "arrowstyle": "-|>,head_length=7,head_width=3.5",
        "connectionstyle": "arc3,rad=0.18",
        "shrinkA": 8,
        "shrinkB": 9,
    }
    width = 0.8 + 5 * n_tickets / most
    axes.annotate(
        "",
        end,
        start,
        arrowprops=style
        | {"color": SERIES[1] if n_tickets == most else "#6aaed6", "linewidth": width, "mutation_scale": 1},
        zorder=2,
    )
    (x0, y0), (x1, y1) = start, end
    # The middle of the bent line lies off the straight one by half of its bend.
    x, y = (x0 + x1) / 2 + 0.09 * (y1 - y0), (y0 + y1) / 2 - 0.09 * (x1 - x0)
    axes.text(
        x,
        y,
        str(n_tickets),
        fontsize=9,
        ha="center",
        va="center",
        color=INK,
        zorder=5,
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": RULE, "lw": 0.6},
    )


def name_unit(unit_id: str, names: Mapping[str, str]) -> str:
    """Return a unit's name; the towns as one are 镇街."""
    return "镇街" if unit_id == TOWNS else names[unit_id]


def _tell_loop(loop: str, names: Mapping[str, str]) -> str:
    """Return a loop of units in words: 由甲依次转乙、丙，又转回甲."""
    first, *others = (name_unit(unit, names) for unit in loop.split(ARROW))
    return f"由{first}{'依次' * (len(others) > 1)}转{'、'.join(others)}，又转回{first}"


def _name_loop(loop: str, names: Mapping[str, str]) -> str:
    """Return a loop of units as 甲→乙→丙→甲."""
    units = loop.split(ARROW)
    return "→".join(name_unit(unit, names) for unit in [*units, units[0]])
