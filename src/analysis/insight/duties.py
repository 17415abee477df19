"""The cross-duty model 职责交叉事项分析模型 (R8): many handlers, passed on, coming back, and who should lead.

The tickets of some months are read against the power list and the boundary list. Each matter gets
- an overlap index, 0–100: the weighted mean of five parts, each 0–1 and shown beside it: spread (1 − 1 / effective
  number of handlers, the exponential of Shannon's entropy of who handles in the end), passed on, looped, came back
  (repeats), outside the list;
- a proposal for the lead: who in the end handles the tickets, if Wilson's interval of its share is clear; else no
  proposal;
- what a boundary meeting must settle: overlap, a loop, a unit without a clause, or a matter that no clause covers.
Towns count as one handler, because which town handles a ticket follows from the place; where the list gives them the
matter under territorial management, their handling is neither overlap (spread) nor a reason to lead.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.insight.duties_evidence import TOWNS, Evidence, gather_evidence
from analysis.insight.duties_proposal import propose_leads
from analysis.insight.duties_routes import count_loops
from analysis.policy.book import Policy
from analysis.policy.duties import ARROW, INDEX_PARTS, DutiesModel, Matter, index_matters
from analysis.policy.names import normalise_name
from analysis.policy.tables import TABLES


@dataclass(frozen=True)
class DutiesFindings:
    """The tables `duties_by_matter`, `matter_handlers`, `matter_flows` and `matter_loops` of a month."""

    by_matter: pd.DataFrame
    handlers: pd.DataFrame
    flows: pd.DataFrame
    loops: pd.DataFrame


def analyse_duties(
    tickets: Sequence[Path], transfers: Sequence[Path], policy: Policy, towns: Collection[str]
) -> DutiesFindings:
    """Return what the tickets of the last months say about who does what (R8; see the module).

    Args:
        tickets: files of the table `tickets` of the model's months up to the policy's, and of one month more for
            repeats.
        transfers: files of the table `transfers` of those months.
        policy: the rules in force; its period is the month of the findings.
        towns: ids of the towns and sub-districts.

    Returns:
        `by_matter`: a row a matter, listed or not, with tickets or without; `handlers`: a row a matter and last
        handler with its role in the list; `flows`: a row a matter and pair of units; `loops`: a row a matter and loop
        of units (`D01>D02>D03`).
    """
    evidence = gather_evidence(tickets, transfers, policy, towns)
    model, period = policy.duties.model, policy.period
    handlers = _handlers(evidence, index_matters(policy.matters), model).assign(period=period)
    by_loop, by_matter = count_loops(evidence.routes)
    totals = handlers.groupby("matter")["n_tickets"].sum()
    loops = _loops(by_loop, totals, model).assign(period=period)
    matters = _matters(evidence, handlers, by_matter, policy)
    matters = _mark_for_meeting(_index(matters, model), loops, model).assign(period=period)
    return DutiesFindings(
        by_matter=TABLES["duties_by_matter"].check(matters),
        handlers=TABLES["matter_handlers"].check(handlers.drop(columns="matter_id")),
        flows=TABLES["matter_flows"].check(evidence.flows.assign(period=period)),
        loops=TABLES["matter_loops"].check(loops),
    )


def _handlers(evidence: Evidence, matters: dict[str, Matter], model: DutiesModel) -> pd.DataFrame:
    """Return who in the end handled each matter, in which role, and who did what no clause gives it."""
    frame = evidence.handlers
    pairs = zip(frame["matter"], frame["unit_id"], strict=True)
    roles = [_role(matters.get(normalise_name(matter)), unit) for matter, unit in pairs]
    totals = frame.groupby("matter")["n_tickets"].transform("sum")
    frame = frame.assign(
        role=pd.Series(roles, index=frame.index, dtype=str), share_pct=100 * frame["n_tickets"] / totals
    )
    return frame.assign(is_named_outside=(frame["role"] == "outside") & (frame["n_tickets"] >= model.outside_minimum))


def _role(matter: Matter | None, unit: str) -> str:
    if matter is None:
        return "outside"
    if unit == matter.lead:
        return "lead"
    if unit == TOWNS:
        return "town" if matter.towns else "outside"
    return "co_operating" if unit in matter.co_operating else "outside"


def _loops(by_loop: dict, totals: pd.Series, model: DutiesModel) -> pd.DataFrame:
    rows = [(matter, ARROW.join(loop), len(loop), n) for (matter, loop), n in sorted(by_loop.items())]
    frame = pd.DataFrame(rows, columns=["matter", "loop", "n_units", "n_tickets"])
    share = 100 * frame["n_tickets"].astype(float) / frame["matter"].map(totals).astype(float)
    is_named = (frame["n_tickets"] >= model.loop_minimum) & (share >= model.loop_minimum_pct)
    return frame.assign(share_pct=share, is_named=is_named)


def _matters(evidence: Evidence, handlers: pd.DataFrame, looped: dict, policy: Policy) -> pd.DataFrame:
    """Return the counts of every matter of the lists or the tickets, and the proposal for its lead."""
    listed = {matter.name: matter for matter in policy.matters}
    counts = _count_handlers(handlers)
    frame = pd.DataFrame(index=pd.Index(sorted({*listed, *counts.index}), name="matter", dtype=str)).join(counts)
    for part in (evidence.touched, evidence.passed, evidence.repeats):
        frame = frame.join(part.set_index("matter"))
    frame = frame.assign(n_looped=pd.Series(looped, dtype="float64").reindex(frame.index))
    counted = [c for c in frame.columns if c.startswith("n_") or c == "days_lost"]
    frame = frame.assign(**{c: frame[c].fillna(0).astype("int64") for c in counted})
    frame = frame.join(propose_leads(handlers[handlers["role"] != "town"], policy.duties.model))
    known = [listed.get(name) for name in frame.index]
    frame = frame.assign(
        matter_id=[m.id if m else "" for m in known],
        list=[m.list if m else "" for m in known],
        clause=[m.clause if m else "" for m in known],
        lead_unit_id=[m.lead if m else "" for m in known],
        is_known=[m is not None for m in known],
        is_never_handled=frame["n_tickets"] == 0,
        top_unit_id=frame["top_unit_id"].fillna("").astype(str),
        proposed_unit_id=frame["proposed_unit_id"].fillna("").astype(str),
        strength=frame["strength"].fillna("none").astype(str),
    )
    is_as_listed = (frame["proposed_unit_id"] != "") & (frame["proposed_unit_id"] == frame["lead_unit_id"])
    return frame.assign(is_proposal_as_listed=is_as_listed).reset_index()


def _count_handlers(handlers: pd.DataFrame) -> pd.DataFrame:
    """Return by matter: n_tickets, n_outside_list, the top handler with its share, the entropy of all but the towns."""
    matters, n_tickets = handlers["matter"], handlers["n_tickets"]
    rivals = n_tickets[handlers["role"] != "town"]
    shares = rivals / rivals.groupby(matters).transform("sum")
    terms = -shares * np.log(shares)
    ordered = handlers.sort_values(["n_tickets", "unit_id"], ascending=[False, True])
    top = ordered.groupby("matter")[["unit_id", "share_pct"]].first()
    counts = {
        "n_tickets": n_tickets.groupby(matters).sum(),
        "n_outside_list": n_tickets.where(handlers["role"] == "outside", 0).groupby(matters).sum(),
        # numpy's plain sum; a grouping's own is compensated and differs in the last bit of what was published.
        "entropy": terms.groupby(matters).agg(np.sum),
    }
    return pd.DataFrame(counts).fillna({"entropy": 0.0}).join(top.add_prefix("top_"))


def _index(frame: pd.DataFrame, model: DutiesModel) -> pd.DataFrame:
    """Return `frame` with the parts of the overlap index and the index; none where tickets are too few (S12)."""
    n = frame["n_tickets"].where(frame["n_tickets"] >= model.minimum_tickets).astype(float)
    parts = {
        "spread": (1 - np.exp(-frame["entropy"].astype(float))).where(n.notna()),
        "passed_on": frame["n_passed_on"] / n,
        "looped": frame["n_looped"] / n,
        "came_back": (frame["n_repeats"] / n).clip(upper=1),
        "outside_list": frame["n_outside_list"] / n,
    }
    weights = model.index_weights
    index = sum(weights[part] * parts[part] for part in INDEX_PARTS) / sum(weights.values()) * 100
    return frame.assign(**parts, overlap_index=index, mean_hops=frame["n_hops"] / frame["n_tickets"])


def _mark_for_meeting(frame: pd.DataFrame, loops: pd.DataFrame, model: DutiesModel) -> pd.DataFrame:
    in_loop = frame["matter"].isin(loops.loc[loops["is_named"], "matter"])
    is_large = frame["n_tickets"] >= model.minimum_tickets
    is_overlapping = frame["overlap_index"] >= model.overlap_index_from
    return frame.assign(is_for_meeting=is_large & (is_overlapping | in_loop | ~frame["is_known"]))
