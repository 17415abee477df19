"""Tables as a paper has them: a row a unit, figures and spans in columns of their own, nothing that a line cuts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pandas as pd

from analysis.policy.book import Policy
from analysis.report.actions import days_words, overdue_table
from analysis.report.coverage import plan_table, plan_year
from analysis.report.measures import measures_table, years_looked_back
from analysis.report.packs.content import PackContent
from analysis.report.packs.offices import listed_alone, office_tables
from analysis.report.page.pieces import Table, number, table, text
from analysis.report.papers.paper import cite, leave_out, say_once, spell_days, split_caption
from analysis.report.staffing import UNITS_NOTE, load_state
from analysis.report.staffing_moves import COUNTED, COUNTED_FILLED, counts_as_filled, moves_columns, tell_without
from analysis.report.words import DASH, WORDS, day_name, listing, numeral, percent, signed, whole


def measures_annex(content: PackContent, unsure: Collection[str] = (), *, with_past: bool = False) -> Table:
    """Return what follows from annual results, a row a unit; last days that all share are told once (R21, R22).

    Args:
        content: of a month, or of a year in its December.
        unsure: whose result is verified first.
        with_past: whether units follow that only an earlier year lists.
    """
    policy, names, states = content.policy, content.names, content.table("annual_states")
    rows, day = content.table("consequences"), content.edition.published
    rules, grading = policy.consequences, policy.grading
    shown = measures_table(rows, states, rules, grading, names, day, unsure, is_short=True, with_past=with_past)
    return say_once(leave_out(shown), "时限")


def without_told(shown: Table, told: str) -> Table:
    """Return the table of measures without the last days that sentences above it tell, and that nothing is registered.

    Args:
        shown: the table of a page, whose caption says what all rows share.
        told: the sentences.
    """
    parts = [
        each
        for each in shown.caption.split("；")
        if each.replace("：", "", 1) not in told and not (each.startswith("状态：") and "尚未登记" in told)
    ]
    return leave_out(shown, caption="；".join(parts)) if shown.cells else shown


def as_of_words(content: PackContent) -> str:
    """Return to which day overdue days count, and how (S21)."""
    return f"截至{day_name(content.edition.as_of)}，按工作日计"


def overdue_annex(content: PackContent) -> Table:
    """Return the items that are overdue: those that fall due soon are tasks."""
    ledger = content.table("ledger")
    shown = overdue_table(ledger[ledger["light"] == "red"], content.names)
    shown = leave_out(shown, "来源", "灯号", "答复时限", caption=f"超期整改事项（{as_of_words(content)}）")
    return spell_days(shown)


def items_table(content: PackContent, items: Sequence, name: str) -> Table:
    """Return items of the ledger, the longest due first, each with those of the same kind before it."""
    is_late = all(row.light == "red" for row in items)  # the head says then what each row would repeat
    columns = [
        text("整改事项", "problem"),
        text("编号", "item_id"),
        text("来源", "source"),
        number("时限", "due"),
        text("状态", "state", WORDS.item_states),
        number("超期工作日", "overdue_working_days", str) if is_late else number("工作日", days_words),
        text(
            f"前{content.policy.ledger.repeat_months}个月同类事项",
            lambda r: "、".join(r.repeat_of.split()) if r.is_repeated else DASH,
        ),
    ]
    rows = sorted(items, key=lambda row: (row.due, row.item_id))
    shown = leave_out(table(columns, rows, f"{name}（{as_of_words(content)}）", css=""))
    return spell_days(say_once(shown, "状态"))  # numbers of items have more room without it


def recent_years(content: PackContent) -> tuple[str, Table | None]:
    """Return in a sentence whom the last years list and what all others have, and the page's table of the former.

    The years are those that a blacklist looks back on (R22, S9); a year that is not final yet counts for nobody.
    """
    states, names = content.table("annual_states"), content.names
    years = years_looked_back(states, content.consequences)
    if not years:
        return "", None
    told, _ = listed_alone(content)
    span = f"近{numeral(len(years), of_things=True)}个年度"
    recent, is_told = states[states["year"].isin(years)], states["unit_id"].isin(told)
    title, table_of_years = office_tables(content)[-1]
    note = split_caption(table_of_years)[1]
    shown = leave_out(table_of_years, caption=f"{title}{note}") if told else None
    kinds = {
        "曾列入": bool(is_told[recent.index][recent["state"].eq("listed") | recent["is_blacklisted"]].any()),
        "曾未参评": bool(is_told[recent.index][recent["state"].eq("unassessed")].any()),
    }
    found = "或".join(word for word, is_so in kinds.items() if is_so)
    others = [unit for unit in content.policy.unit_ids if unit not in set(told)]
    unsure = set(recent.loc[recent["is_provisional"].astype(bool), "unit_id"])
    provisional = listing([names[unit] for unit in others if unit in unsure])
    marked = f"（其中{provisional}有年度结果暂定）" * bool(provisional)
    if not told:
        return f"{span}没有单位列入{marked}。", None
    rest = f"，其余{len(others)}个单位均未列入{marked}" if others else ""
    return f"{span}{found}的{len(told)}个单位见{cite(title)}{rest}。", shown


def plan_annex(plan: pd.DataFrame, policy: Policy, day: date) -> Table | None:
    """Return which units are to be seen by the end of next year; a month that is over says so (S42).

    Args:
        plan: table `coverage_plan` of a month.
        policy: the rules in force.
        day: of the paper.
    """
    shown = plan_table(plan, policy, day)
    return spell_days(leave_out(shown, caption=f"到{plan_year(policy)}年底的补查安排（建议）")) if shown else None


def load_annex(staffing: pd.DataFrame, policy: Policy) -> Table | None:
    """Return every unit's posts, need and load with their spans, in the order of the list: no ranking (S40)."""
    if staffing.empty:
        return None
    columns = [
        text("单位", "unit_id", policy.names),
        number("核定编制", "posts", whole),
        number("实有人数", "in_post", whole),
        number("超编空编", lambda r: signed(r.in_post - r.posts, 0)),
        number("所需编制", "posts_needed", whole),
        number("编制区间", lambda r: _span(r.posts_needed_low, r.posts_needed_high, whole)),
        number("负荷", "load", _percent),
        number("负荷区间", lambda r: _span(r.load_low, r.load_high, _percent)),
        text("忙闲", lambda r: load_state(r, policy.workload.load)),
        number("分差", "score_gap", signed),
        text("优差", "score_state", WORDS.score_states),
    ]
    units = staffing.set_index("unit_id", drop=False)
    rows = units.loc[[unit for unit in policy.unit_ids if unit in units.index]]
    return table(columns, rows, f"近十二个月编制与工作量（{UNITS_NOTE}）", css="")


def moves_annex(moves: pd.DataFrame, staffing: pd.DataFrame, names: Mapping[str, str]) -> Table | None:
    """Return what moves of posts would change, with posts and staff before and after, and what needs none (S41)."""
    if moves.empty:
        return None
    without = tell_without(moves, staffing, names).removesuffix("。")
    counted = COUNTED_FILLED if counts_as_filled(moves, staffing) else COUNTED
    limits = "供研究，不是调整建议，不涉及具体人员；未区分行政、事业编制和垂直管理单位"
    note = f"{limits}；依次进行，每一步接在前一步之后；{counted}"
    columns = moves_columns(moves, staffing, names, arrow="→")
    notes = "；".join(filter(None, (f"{note}，位次1为最重", without)))
    return table(columns, moves, f"编制调整推演（{notes}）", css="")


def _percent(value: float) -> str:
    return percent(value, 0)


def _span(low: float, high: float, write) -> str:
    return DASH if pd.isna(low) else f"{write(low)}–{write(high)}"
