"""What the cross-duty model says: overlapping matters, loops, gaps, proposals, and the boundary meeting's questions."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.report.hotline_words import LISTS, STRENGTHS, name_loop, name_unit
from analysis.report.words import listing

_SHOWN = 5


@dataclass(frozen=True)
class Agenda:
    """A matter for the boundary meeting: what was found, what is proposed, and what must be settled."""

    matter: str
    found: str
    proposal: str
    questions: tuple[str, ...]


def duties_finding(by_matter: pd.DataFrame, loops: pd.DataFrame, names: Mapping[str, str], months: int) -> str:
    """Return the model's answer in one paragraph: how many matters overlap, which go round, which no clause covers."""
    meeting = by_matter[by_matter["is_for_meeting"]].sort_values(["overlap_index", "matter"], ascending=[False, True])
    handled = int((by_matter["n_tickets"] > 0).sum())
    if meeting.empty:
        return f"近{months}个月工单涉及的{handled}项事项中，没有需要提交职责边界会商的事项。"
    head = f"近{months}个月工单涉及{handled}项事项，其中{len(meeting)}项提请会商职责边界"
    parts = [f"{head}：{listing(meeting['matter'].tolist(), _SHOWN)}"]
    named = loops[loops["is_named"]].sort_values(["n_tickets", "loop"], ascending=[False, True]).head(2)
    parts += [f"“{r.matter}”有{r.n_tickets}件工单在{name_loop(r.loop, names)}之间循环转办" for r in named.itertuples()]
    unknown = by_matter[~by_matter["is_known"] & by_matter["is_for_meeting"]]
    if len(unknown):
        parts.append(f"{listing(unknown['matter'].tolist(), _SHOWN)}没有任何清单条款覆盖")
    return "；".join(parts) + "。"


def first_matter(by_matter: pd.DataFrame) -> str:
    """Return the matter with the highest overlap index, to be drawn."""
    return by_matter.sort_values(["overlap_index", "matter"], ascending=[False, True])["matter"].iloc[0]


def proposal_text(row, names: Mapping[str, str]) -> str:
    """Return the proposal for a matter's lead with its evidence, or that the evidence is too weak for one.

    Args:
        row: a row of the table `duties_by_matter`, as `itertuples` yields it.
        names: id → Chinese name.
    """
    if row.strength == "none":
        return "证据不足，暂不提出牵头建议"
    share = f"最终办理占{row.proposed_share_pct:.1f}%，置信区间{row.proposed_low_pct:.1f}%—{row.proposed_high_pct:.1f}%"
    agrees = "与清单一致" if row.is_proposal_as_listed else "与清单不一致" if row.is_known else "清单未规定"
    return f"建议由{name_unit(row.proposed_unit_id, names)}牵头（{share}，证据{STRENGTHS[row.strength]}，{agrees}）"


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
    return (
        f"工单{row.n_tickets}件，经手单位{row.n_handlers}个；转办{row.n_passed_on}件（{100 * row.passed_on:.1f}%）、"
        f"退回{row.n_returned}件、循环{row.n_looped}件、重复反映{row.n_repeats}件；转办累计耗时{row.days_lost}个工作日；"
        f"职责交叉指数{row.overlap_index:.1f}"
    )


def _questions(row, handlers: pd.DataFrame, loops: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    own = handlers[handlers["matter"] == row.matter].sort_values(["n_tickets", "unit_id"], ascending=[False, True])
    questions = []
    if not row.is_known:
        units = listing([f"{name_unit(r.unit_id, names)}{r.n_tickets}件" for r in own.head(_SHOWN).itertuples()])
        questions.append(f"该事项不在任何清单中，目前由{units}办理：由谁牵头、谁配合，写入哪份清单？")
    questions += [
        f"{r.n_tickets}件工单沿{name_loop(r.loop, names)}循环：各单位推转的依据是什么，由谁首接负责？"
        for r in loops[(loops["matter"] == row.matter) & loops["is_named"]].itertuples()
    ]
    outside = own[own["is_named_outside"]]
    if row.is_known and len(outside):
        units = listing([f"{name_unit(r.unit_id, names)}（{r.n_tickets}件）" for r in outside.itertuples()], _SHOWN)
        questions.append(f"{units}没有清单条款而实际办理：应补入配合单位，还是不再转交？")
    if row.is_known and row.proposed_unit_id and not row.is_proposal_as_listed:
        lead, fact = name_unit(row.lead_unit_id, names), name_unit(row.proposed_unit_id, names)
        questions.append(
            f"{LISTS[row.list]}规定{lead}牵头（{row.clause}），实际多由{fact}办结：调整条款，还是调整分办？"
        )
    if row.is_known and row.lead_unit_id not in set(own["unit_id"]):
        questions.append(f"清单规定的牵头单位{name_unit(row.lead_unit_id, names)}没有办结过一件：原因是什么？")
    return questions or ["多个单位共同办理且转办较多：牵头与配合的分工如何细化？"]
