"""五、整改: the ledger of rectification, by item and by unit (R6, S22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from analysis.action.ledger import close_off_by_unit, count_red
from analysis.policy.book import Policy
from analysis.policy.period import month_end, shift
from analysis.report.monthly import count_kpi
from analysis.report.page.charts import PAGE_WIDTH_INCHES, plt
from analysis.report.page.palette import INK, MUTED
from analysis.report.page.pieces import Column, Kpi, number, table, text
from analysis.report.words import DASH, WORDS, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The last tier owns the only red of a page: the red light is a dark brown, and every bar says its light in words.
_LIGHT_COLOURS = {"red": "#7a4a00", "yellow": "#f8dfa6", "green": "#6aaed6"}  # as greys they differ too
_DRAWN = 12
_NAMED = 2


def ledger_finding(ledger: pd.DataFrame) -> str:
    """Return the sentence on the ledger: open items by light, close-off rate, joint inspections, repeats, dunning."""
    if ledger.empty:
        return "本月台账无整改事项。"
    due = ledger[ledger["is_due"]]
    in_time = int(due["is_closed_in_time"].sum())
    rate = f"本月到期{len(due)}项，按期销号{in_time}项，按期销号率{percent(in_time / len(due))}" if len(due) else ""
    still = ledger[ledger["light"] != "closed"]
    told = {"联合督查交办": "is_joint", "同一单位同类问题重复出现": "is_repeated"}
    counted = [f"{word}{int(still[which].sum())}项" for word, which in told.items() if still[which].any()]
    parts = [ledger_words(ledger), f"在办事项中{'、'.join(counted)}" if counted else "", rate]
    dunned = ledger[ledger["is_dunned"]]
    parts += [f"本月督办{dunned['unit_id'].nunique()}个单位{len(dunned)}项"] if len(dunned) else ["本月无需督办"]
    return "；".join(filter(None, parts)) + "。"


def ledger_words(ledger: pd.DataFrame) -> str:
    """Return in a clause how many items are open, by light."""
    counts = ledger["light"].value_counts()
    lights = "、".join(f"{WORDS.lights[light]}{counts.get(light, 0)}项" for light in _LIGHT_COLOURS)
    return f"台账在办{int((ledger['light'] != 'closed').sum())}项，其中{lights}"


def red_items_kpi(ledger: pd.DataFrame, items: pd.DataFrame, months: Sequence[str], policy: Policy) -> Kpi:
    """Return the figure of red items, with its changes and last year's.

    Args:
        ledger: the month's table `ledger`.
        items: tables `ledger_items` of months before.
        months: those months; one without a row had no red item.
        policy: the month's rules.
    """
    now = pd.Series({policy.period: int((ledger["light"] == "red").sum())})
    counts = pd.concat([count_red(items).reindex(list(months), fill_value=0), now])
    return count_kpi("红灯整改事项", counts, policy, "项")


def lights_figure(ledger: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Return the open items of the units with most of them under pressure: a bar a unit, red, yellow, green.

    Args:
        ledger: the month's table `ledger`.
        names: id → Chinese name.
    """
    by_unit = close_off_by_unit(ledger)
    order = ["n_red", "n_yellow", "n_open", "unit_id"]
    shown = by_unit[by_unit["n_open"] > 0].sort_values(order, ascending=[False, False, False, True]).head(_DRAWN)[::-1]
    figure, axes = plt.subplots(figsize=(PAGE_WIDTH_INCHES, 1.2 + 0.36 * max(1, len(shown))))
    start = pd.Series(0, index=shown.index)
    labels = shown["unit_id"].map(names)
    for light, colour in _LIGHT_COLOURS.items():
        width = shown[f"n_{light}"]
        look = {"color": colour, "edgecolor": MUTED, "linewidth": 0.6}
        axes.barh(labels, width, left=start, height=0.62, label=WORDS.lights[light], **look)
        for place, (count, left) in enumerate(zip(width, start, strict=True)):
            if count:
                ink = "white" if light == "red" else INK
                axes.text(left + count / 2, place, str(count), ha="center", va="center", color=ink, fontsize=9.5)
        start = start + width
    axes.set_xlabel("在办事项（项）", color=MUTED)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(visible=False, axis="y")
    if len(shown):
        axes.legend(loc="lower right", ncols=3)
    return figure


def red_finding(ledger: pd.DataFrame, names: Mapping[str, str], when: str = "至今") -> str:
    """Return in a clause who has most of the overdue items, how many were so a month ago, and the longest one.

    Empty where there is none.

    Args:
        ledger: the month's table `ledger`.
        names: id → Chinese name.
        when: until when they are still open.
    """
    red = ledger[ledger["light"] == "red"]
    if red.empty:
        return ""
    counts = _most_first(red["unit_id"])
    first = names[counts.index[0]]
    where = f"涉及{len(counts)}个单位，其中{first}{counts.iloc[0]}项" if len(counts) > 1 else f"均在{first}"
    # An item that is due on a month's last day is overdue only after it.
    is_still = red["due"] < month_end(shift(red["period"].iloc[0], -1)).isoformat()
    still, is_first = int(is_still.sum()), red["unit_id"] == counts.index[0]
    # Where these are the first unit's own, its number is not said twice.
    if len(counts) > 1 and is_still.equals(is_first):
        how_many = "均"
    else:
        whose = "全部" if len(counts) > 1 else ""  # of all units, not of the one that has most
        how_many = f"，{whose or '均'}" if still == len(red) else f"，{whose}{len(red)}项中有{still}项"
    returned = "退回后" * bool(still and red.loc[is_still, "state"].eq("returned").all())
    before = int(shift(red["period"].iloc[0], -1)[5:])
    since = f"{how_many}在{before}月末已超期、{returned}{when}未销号" * bool(still)
    return f"超期的{len(red)}项整改事项{where}{since}，最长的已超期{red['overdue_working_days'].max()}个工作日"


def _most_first(values: pd.Series) -> pd.Series:
    """Return how often each value comes, the most frequent first, equal ones by value."""
    return values.value_counts().sort_index().sort_values(ascending=False, kind="stable")


def pressing_items(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the items that are red or yellow, the longest overdue first."""
    order = ["overdue_working_days", "due", "item_id"]
    return ledger[ledger["light"].isin(["red", "yellow"])].sort_values(order, ascending=[False, True, True])


def pressing_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return a row for each unit with red or yellow items, the most overdue first, and the items one by one, folded.

    Paper shows the units alone: the notice has the items as an annex.
    """
    found = pressing_items(ledger)
    if found.empty:
        return Markup("")
    by_unit = [
        (
            names[unit],
            str((rows["light"] == "red").sum()),
            str((rows["light"] == "yellow").sum()),
            rows["due"].min(),
            str(rows["overdue_working_days"].max() or DASH),
            _main_problems(rows["problem"]),
            _next_steps(rows),
        )
        for unit, rows in found.groupby("unit_id", sort=False)
    ]
    by_unit.sort(key=lambda row: -int(row[1]))
    heads = ("红灯", "黄灯", "最早时限", "最长超期（工作日）")
    counted = [Column(head, is_number=True) for head in heads]
    columns = [Column("责任单位"), *counted, Column("主要问题"), Column("下一步")]
    shown = table(columns, by_unit, "红灯（超期）和黄灯（临期）整改事项，按责任单位（单位：项）", css="")
    items = "<figure><details><summary>逐项清单（{}项）</summary>{}</details></figure>"
    return shown + Markup(items).format(len(found), overdue_table(ledger, names))


def _next_steps(rows: pd.DataFrame) -> str:
    """Return what is to come of a unit's pressing items: an answer, the office's acceptance, closing in time."""
    waits, answers = rows["state"] == "to_accept", rows["answer_until"] != ""
    told = [f"{rows['answer_until'].max()}前书面答复"] * bool(answers.any())
    told += [f"{WORDS.item_states['to_accept']}{waits.sum()}项"] * bool(waits.any())
    others = int((~waits & ~answers).sum())
    return "、".join([*told, *[f"办结{others}项"] * bool(others)])


def _main_problems(problems: pd.Series) -> str:
    """Return which problems come most often, with how often where it is more than once."""
    counts = _most_first(problems)
    told = [f"{problem}{f'（{count}项）' if count > 1 else ''}" for problem, count in counts.head(_NAMED).items()]
    return "、".join(told) + (f"等{len(counts)}类" if len(counts) > _NAMED else "")


def overdue_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the items that are red or yellow, the longest overdue first, with owner, days and dunning."""
    columns = [
        text("问题", _problem),
        text("责任单位", "unit_id", names),
        text("来源", "source"),
        number("时限", "due"),
        text("状态", "state", WORDS.item_states),
        text("灯号", "light", WORDS.lights),
        number("工作日", days_words),
        number("答复时限", lambda r: r.answer_until or DASH),
    ]
    return table(columns, pressing_items(ledger), "红灯（超期）和黄灯（临期）整改事项（S22，按工作日计）")


def days_words(row) -> str:
    """Return by how many working days an item is overdue, or how many are left (S22)."""
    if row.light == "closed":
        return f"超期{row.overdue_working_days}" if row.overdue_working_days else DASH
    return f"超期{row.overdue_working_days}" if row.light == "red" else f"剩余{row.working_days_left}"


def _problem(row) -> str:
    return f"{row.problem}（{row.item_id}）"


def repeat_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the items whose problem the same unit had before (R9)."""
    columns = [
        text("问题", _problem),
        text("责任单位", "unit_id", names),
        text("发现日期", "found"),
        text("此前同类事项", lambda r: r.repeat_of.replace(" ", "、")),
    ]
    repeated = ledger[ledger["is_repeated"]].sort_values(["unit_id", "item_id"])
    return table(columns, repeated, "重复出现的问题（同一单位，文字近似，供核对）")


def close_off_table(ledger: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return each unit's standing in the ledger, most red items first."""
    columns = [
        text("单位", "unit_id", names),
        number("在办", "n_open"),
        number("红灯", "n_red"),
        number("黄灯", "n_yellow"),
        number("绿灯", "n_green"),
        number("本月到期", "n_due"),
        number("按期销号", "n_closed_in_time"),
        number("按期销号率", "close_off_rate", percent),
        number("最长超期（工作日）", "max_overdue_working_days"),
        number("重复", "n_repeated"),
        number("督办", "n_dunned"),
    ]
    order = ["n_red", "max_overdue_working_days", "n_open", "unit_id"]
    by_unit = close_off_by_unit(ledger).sort_values(order, ascending=[False, False, False, True])
    caption = "各单位整改台账（按期销号率=按期销号÷到期，S22）"
    return table(columns, by_unit, caption, css="sortable dense", first=("在办", "红灯", "黄灯"))
