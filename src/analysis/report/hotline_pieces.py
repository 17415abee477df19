"""Tables on the hotline and on duties, as escaped HTML."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from analysis.policy.watch import WatchRules
from analysis.report.duties_text import Agenda, proposal_text
from analysis.report.hotline_text import watch_reason
from analysis.report.hotline_words import LISTS, name_unit
from analysis.report.page.pieces import Column, table
from analysis.report.words import DASH, month_name


def _rate(value: float) -> str:
    return DASH if pd.isna(value) else f"{value:.2f}"


def _days(value: object) -> str:
    return DASH if pd.isna(value) else str(value)


_UNIT_COLUMNS: dict[str, Callable[[Any], str]] = {
    "受理": lambda r: str(r.n_received),
    "到期": lambda r: str(r.n_due),
    "按时办结率": lambda r: _rate(r.on_time_pct),
    "置信区间": lambda r: f"{_rate(r.on_time_low_pct)}—{_rate(r.on_time_high_pct)}" if r.n_due else DASH,
    "满意率": lambda r: _rate(r.satisfaction_pct),
    "有效回访": lambda r: str(r.n_valid_call_backs),
    "重复": lambda r: str(r.n_repeats),
    "态度投诉": lambda r: str(r.n_attitude_complaints),
    "未办结": lambda r: str(r.n_open),
    "转入": lambda r: str(r.n_transfers_in),
    "转出": lambda r: str(r.n_transfers_out),
    "办理天数中位": lambda r: _days(r.median_handling_days),
    "九成分位": lambda r: _days(r.p90_handling_days),
}


def unit_table(by_unit: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the units' hotline measures of a month, most tickets due first; small numbers are marked (S12)."""
    ordered = by_unit.sort_values(["n_due", "unit_id"], ascending=[False, True])
    ordered = ordered[ordered[["n_received", "n_due", "n_open"]].any(axis=1)]
    rows = (
        [names[r.unit_id] + ("（件数少，不排序）" if r.is_small else ""), *(cell(r) for cell in _UNIT_COLUMNS.values())]
        for r in ordered.itertuples()
    )
    columns = [Column("单位"), *(Column(head, True) for head in _UNIT_COLUMNS)]
    return table(columns, rows, "各单位工单办理情况（率：%；办理时间：工作日）", css="sortable dense")


def matter_table(by_matter: pd.DataFrame, at_most: int = 20) -> Markup:
    """Return the matters with most tickets in a month."""
    heads = ("受理", "到期", "按时办结率", "满意率", "重复", "转办", "办理天数中位")
    rows = (
        [
            r.matter + ("" if r.matter_id else "（清单外）"),
            str(r.n_received),
            str(r.n_due),
            _rate(r.on_time_pct),
            _rate(r.satisfaction_pct),
            str(r.n_repeats),
            str(r.n_transfers),
            _days(r.median_handling_days),
        ]
        for r in by_matter.sort_values(["n_received", "matter"], ascending=[False, True]).head(at_most).itertuples()
    )
    columns = [Column("事项"), *(Column(head, True) for head in heads)]
    return table(columns, rows, "受理最多的事项（率：%；办理时间：工作日）")


def duties_table(by_matter: pd.DataFrame, names: Mapping[str, str], at_most: int = 20) -> Markup:
    """Return the matters by overlap index, with its parts and the proposal for the lead."""
    ranked = by_matter[by_matter["overlap_index"].notna()]
    ranked = ranked.sort_values(["overlap_index", "matter"], ascending=[False, True]).head(at_most)
    heads = ("交叉指数", "工单", "经手单位", "分散", "转办", "循环", "重复", "清单外")
    rows = (
        [
            r.matter,
            f"{r.overlap_index:.1f}",
            str(r.n_tickets),
            str(r.n_handlers),
            *(f"{part:.2f}" for part in (r.spread, r.passed_on, r.looped, r.came_back, r.outside_list)),
            name_unit(r.lead_unit_id, names) + f"（{LISTS[r.list]}{r.clause}）" if r.is_known else "无条款",
            proposal_text(r, names),
        ]
        for r in ranked.itertuples()
    )
    columns = [Column("事项"), *(Column(head, True) for head in heads), Column("清单牵头单位"), Column("据工单的建议")]
    return table(columns, rows, "职责交叉事项（指数0—100；各分项0—1，镇街合并为一个经手单位）", css="sortable dense")


def agenda_table(items: Sequence[Agenda]) -> Markup:
    """Return what a boundary meeting must settle."""
    rows = ([item.matter, item.found, item.proposal, " ".join(item.questions)] for item in items)
    return table(
        [Column("事项"), Column("情况"), Column("建议"), Column("需要会商的问题")],
        rows,
        "提请职责边界会商的事项",
        css="",
    )


def watch_table(watch: pd.DataFrame, names: Mapping[str, str], rules: WatchRules) -> Markup:
    """Return the watch list: unit, reason, rule, since when, clean months."""
    rows = (
        [
            names[r.unit_id],
            watch_reason(r, rules),
            r.rule,
            month_name(r.since),
            f"{r.n_clean_months}/{rules.clean_months}",
        ]
        for r in watch.sort_values(["since", "unit_id", "reason"]).itertuples()
    )
    heads = [Column("单位"), Column("列入情形"), Column("规则"), Column("列入月份"), Column("连续无触发月数", True)]
    return table(heads, rows, "监管异常名录")
