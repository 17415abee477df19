"""五、整改与结果运用: the ledger, interviews and blacklist, as sentences and tables (R6, R20–R22, S22)."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
from markupsafe import Markup

from analysis.action.ledger import close_off_by_unit
from analysis.report.action_words import ITEM_STATES, KINDS, LIGHTS, REASONS, STATES, in_words, reason_words
from analysis.report.page.pieces import Column, Kpi, table
from analysis.report.words import DASH, day_name, listing, percent

STATE_YEARS = 3


def ledger_finding(ledger: pd.DataFrame) -> str:
    """Return the sentence on the ledger: open items by light, close-off rate, joint inspections, repeats, dunning."""
    if ledger.empty:
        return "本月台账无整改事项。"
    counts = ledger["light"].value_counts()
    open_items = int((ledger["light"] != "closed").sum())
    lights = "、".join(f"{LIGHTS[light]}{counts.get(light, 0)}项" for light in ("red", "yellow", "green"))
    due = ledger[ledger["is_due"]]
    in_time = int(due["is_closed_in_time"].sum())
    rate = f"本月到期{len(due)}项，按期销号{in_time}项，按期销号率{percent(in_time / len(due))}" if len(due) else ""
    joint = ledger[ledger["is_joint"]]
    parts = [f"台账在办{open_items}项，其中{lights}", rate]
    parts += [f"联合督查交办{len(joint)}项"] if len(joint) else []
    parts += [f"同一单位同类问题重复出现{int(ledger['is_repeated'].sum())}项"] if ledger["is_repeated"].any() else []
    dunned = ledger[ledger["is_dunned"]]
    parts += [f"本月向{dunned['unit_id'].nunique()}个单位督办{len(dunned)}项"] if len(dunned) else ["本月无需督办"]
    return "；".join(filter(None, parts)) + "。"


def red_items_kpi(ledger: pd.DataFrame, before: pd.DataFrame | None = None, year_before: int | None = None) -> Kpi:
    """Return the figure of red items, with its change against the month before.

    Args:
        ledger: the month's table `ledger`.
        before: that of the month before, None where there is none.
        year_before: red items of the same month last year, None where unknown.
    """
    red = int((ledger["light"] == "red").sum())
    note = "" if year_before is None else f"去年同期{year_before}项"
    if before is None:
        return Kpi("红灯整改事项", str(red), "项", note=note)
    change = red - int((before["light"] == "red").sum())
    word = "环比持平" if not change else f"环比{'增加' if change > 0 else '减少'}{abs(change)}项"
    direction = "same" if not change else "up" if change > 0 else "down"
    return Kpi("红灯整改事项", str(red), "项", word, direction, None if not change else change < 0, note)


def overdue_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the items that are red or yellow, the longest overdue first, with owner, days and dunning."""
    heads = ("问题", "责任单位", "来源", "时限", "状态", "灯号", "超期（工作日）", "剩余（工作日）", "督办答复时限")
    columns = [Column(head, "工作日" in head or "时限" in head) for head in heads]
    pressing = ledger[ledger["light"].isin(["red", "yellow"])].sort_values(
        ["overdue_working_days", "due", "item_id"], ascending=[False, True, True]
    )
    rows = (
        [
            f"{row.problem}（{row.item_id}）",
            names[row.unit_id],
            row.source,
            row.due,
            ITEM_STATES[row.state],
            LIGHTS[row.light],
            str(row.overdue_working_days) if row.light == "red" else DASH,
            DASH if row.light == "red" else str(row.working_days_left),
            row.answer_until or DASH,
        ]
        for row in pressing.itertuples()
    )
    return table(columns, rows, "红灯（超期）和黄灯（临期）整改事项（S22，按工作日计）")


def repeat_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the items whose problem the same unit had before (R9)."""
    columns = [Column(head) for head in ("问题", "责任单位", "发现日期", "此前同类事项")]
    rows = (
        [f"{row.problem}（{row.item_id}）", names[row.unit_id], row.found, row.repeat_of.replace(" ", "、")]
        for row in ledger[ledger["is_repeated"]].sort_values(["unit_id", "item_id"]).itertuples()
    )
    return table(columns, rows, "重复出现的问题（同一单位，文字近似，供核对）")


def close_off_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return each unit's standing in the ledger, most red items first."""
    heads = (
        "单位",
        "在办",
        "红灯",
        "黄灯",
        "绿灯",
        "本月到期",
        "按期销号",
        "按期销号率",
        "最长超期（工作日）",
        "重复",
        "督办",
    )
    columns = [Column(head, place > 0) for place, head in enumerate(heads)]
    by_unit = close_off_by_unit(ledger).sort_values(
        ["n_red", "max_overdue_working_days", "n_open", "unit_id"], ascending=[False, False, False, True]
    )
    counts = ("n_open", "n_red", "n_yellow", "n_green", "n_due", "n_closed_in_time")
    rest = ("max_overdue_working_days", "n_repeated", "n_dunned")
    rows = (
        [
            names[row.unit_id],
            *(str(getattr(row, name)) for name in counts),
            percent(row.close_off_rate),
            *(str(getattr(row, name)) for name in rest),
        ]
        for row in by_unit.itertuples()
    )
    return table(columns, rows, "各单位整改台账（按期销号率=按期销号÷到期，S22）")


def dun_steps(ledger: pd.DataFrame, names: Mapping[str, str], at_most: int = 6) -> list[tuple[str, str, str]]:
    """Return the rows of 下一步 on dunned items: (action, owner, date), one row a deadline of the answer."""
    steps = []
    for until, rows in ledger[ledger["is_dunned"]].groupby("answer_until"):
        owners = [names[unit_id] for unit_id in rows["unit_id"].unique()]
        action = f"对超期的{len(rows)}项整改事项书面答复并明确销号时间（S22）"
        steps.append((action, listing(owners, at_most), day_name(date.fromisoformat(until))))
    return steps


def consequence_finding(consequences: pd.DataFrame, states: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the sentence on what follows: warnings of the month, interviews and notices, blacklist, drafts."""
    now = consequences[consequences["is_current"]]
    annual, monthly = now[now["basis"] == "annual"], now[now["basis"] == "month"]
    parts = [f"本月预警{len(monthly)}个单位（月度结果为暂定，不作约谈和黑名单依据，S27）"]
    interviewed = annual[annual["kind"] == "interview"]
    if len(interviewed):
        year = int(interviewed["year"].max())
        parts.append(f"依据{year}年度定稿结果，约谈并通报批评{len(interviewed)}个单位（R21）")
    black = annual[annual["kind"] == "blacklist"]
    if len(black):
        parts.append(f"列入机构编制黑名单的有{listing([in_words(row, names) for row in black.itertuples()])}（R22）")
    warned = annual[annual["kind"] == "warning"]
    if len(warned):
        parts.append(f"{listing([names[u] for u in warned['unit_id']], 8)}已连续多年列入，再次列入将进入黑名单")
    years = draft_years(states)
    if years:
        parts.append(f"{'、'.join(map(str, years))}年度结果未定稿，不据此约谈、通报或列入黑名单")
    return "；".join(parts) + "。"


def draft_years(states: pd.DataFrame) -> list[int]:
    """Return the past years whose results are not final yet."""
    return sorted({int(year) for year in states.loc[states["state"] == "draft", "year"]})


def consequence_table(consequences: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return what is in force: unit, kind, why, since, until, rule, document, evidence."""
    heads = ("单位", "措施", "事由", "起始", "时限", "规则", "依据文件", "数据依据")
    order = {kind: place for place, kind in enumerate(("blacklist", "cleared", "interview", "notice", "warning"))}
    now = consequences[consequences["is_current"]]
    now = now.assign(place=now["kind"].map(order)).sort_values(["place", "basis", "total", "unit_id"])
    rows = (
        [
            in_words(row, names),
            KINDS[row.kind],
            reason_words(row) + ("（得分暂定，S11）" if row.is_provisional else ""),
            row.since,
            row.until or DASH,
            row.rule,
            row.document or DASH,
            row.evidence,
        ]
        for row in now.itertuples()
    )
    columns = [Column(head, head in ("起始", "时限")) for head in heads]
    return table(columns, rows, "现行结果运用措施（年度措施以定稿结果为准）")


def tell_consequences(consequences: pd.DataFrame, states: pd.DataFrame, names: Mapping[str, str]) -> tuple:
    """Return the bulletin's pieces on what follows: the sentence, what is in force, the years."""
    return (
        consequence_finding(consequences, states, names),
        consequence_table(consequences, names),
        states_table(states, names),
    )


def states_table(states: pd.DataFrame, names: Mapping[str, str], years: int = STATE_YEARS) -> Markup:
    """Return the last years of every unit that was listed in one of them or is blacklisted (R22, S9)."""
    shown = sorted(states["year"].unique())[-years:]
    recent = states[states["year"].isin(shown)]
    told = recent.groupby("unit_id").agg(streak=("streak_years", "last"), black=("is_blacklisted", "last"))
    listed = recent[(recent["state"] == "listed") | recent["is_blacklisted"]]["unit_id"].unique()
    order = told.loc[listed].reset_index().sort_values(["black", "streak", "unit_id"], ascending=[False, False, True])
    cells = {(row.unit_id, row.year): state_words(row) for row in recent.itertuples()}
    columns = [Column("单位"), *(Column(f"{year}年度") for year in shown), Column("连续年数", True), Column("黑名单")]
    rows = (
        [
            names[row.unit_id],
            *(cells.get((row.unit_id, year), DASH) for year in shown),
            str(row.streak),
            "列入" if row.black else DASH,
        ]
        for row in order.itertuples()
    )
    return table(columns, rows, "近年年度结果（R22、S9：未参评年度不计不消，未定稿年度不计）")


def state_words(row) -> str:
    """Return a unit's state of a year in words, with the reason."""
    marks = [REASONS[row.reason]] * bool(row.reason) + ["暂定"] * bool(row.is_provisional)
    return STATES[row.state] + (f"（{'，'.join(marks)}）" if marks else "")
