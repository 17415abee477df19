"""Coverage (全覆盖, S42): who was last looked at when, whom nobody went to see, and who is to be seen next."""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.report.page.pieces import link, number, table, text
from analysis.report.tasks import Task, overdue_visits
from analysis.report.words import DASH, day_name, is_month_over, listing, month_name

POSTS = "6_staffing.html"  # the page on posts, beside that which leads to it
_NAMED = 8  # late visits in a sentence


def tell_coverage(coverage: pd.DataFrame, plan: pd.DataFrame, policy: Policy, *, with_days: bool = True) -> list[str]:
    """Return which units nobody went to see for too long, and how many are to be seen by the end of next year (S42).

    Args:
        coverage: table `coverage` of a month.
        plan: table `coverage_plan` of it.
        policy: the rules in force.
        with_days: whether it is told when each was seen last, which a table of the plan tells too.
    """
    rules, names = policy.workload.coverage, policy.names
    if coverage.empty:
        return ["没有设定监督方式，不统计覆盖情况。"]
    ways = "、".join(way.name for way in rules.visits)
    last = coverage[coverage["is_unseen"] & coverage["is_visit"]].groupby("unit_id")["last_on"].max()
    unseen = [
        names[u] + f"（{f'最近一次{last[u]}' if last[u] else '没有记录'}）" * with_days
        for u in policy.unit_ids
        if u in last.index
    ]
    told = f"满{rules.months}个月未上门监督（{ways}）的单位{len(unseen)}个：{listing(unseen)}。"
    if not unseen:
        told = f"近{rules.months}个月每个单位都有上门监督（{ways}），或记录尚短。"
    counts = plan["way"].map(lambda way: planned_way(way, policy)).value_counts()
    planned = "、".join(f"{way}{count}个" for way, count in sorted(counts.items()))
    next_ = f"到{plan_year(policy)}年末须补查的单位{len(plan)}个{f'：{planned}' if planned else ''}"
    return [told, f"{next_}；摇号每个单位每年至多{policy.draw.maximum_per_year}次，不加重负担。"]


def tell_last_plan(past: pd.DataFrame, coverage: pd.DataFrame, policy: Policy, day: date) -> str:
    """Return what became of the plan that the last December made; empty where it planned nobody (S42).

    Args:
        past: tables `coverage_plan` of the months before.
        coverage: table `coverage` of the month: any visit since the plan fulfils it.
        policy: the rules in force; planned units that merged are their successor, those that ended none.
        day: of the publication: what was due in a month before is overdue.
    """
    year = int(policy.period[:4]) - 1
    plan = past[past["period"] == f"{year}-12"].sort_values("due")
    plan = plan.assign(unit_id=plan["unit_id"].map(policy.heir_of)).dropna(subset="unit_id").drop_duplicates("unit_id")
    if plan.empty:
        return ""
    last = coverage[coverage["is_visit"]].groupby("unit_id")["last_on"].max()
    is_seen = plan["unit_id"].map(last).fillna("") > f"{year}-12-31"
    late = overdue_visits(plan[~is_seen], day)["unit_id"].map(policy.names).tolist()
    n_ahead = len(plan) - int(is_seen.sum()) - len(late)
    told = [f"已上门{is_seen.sum()}个"] + [f"逾期未上门{len(late)}个（{listing(late, _NAMED)}）"] * bool(late)
    told += [f"未到期{n_ahead}个"] * bool(n_ahead)
    return f"{year}年末补查安排的落实情况：列入{len(plan)}个单位，{'、'.join(told)}。"


def tell_due_visits(plan: pd.DataFrame, policy: Policy, day: date, tasks: Iterable[Task] = ()) -> Markup:
    """Return how many units are to be seen by the end of next year, and which of them are late (S42); or nothing.

    Args:
        plan: table `coverage_plan` of a month.
        policy: the rules in force.
        day: of the publication: what was due in a month before is overdue.
        tasks: the month's: until when the office has late visits arranged.
    """
    if plan.empty:
        return Markup("")
    year, late = plan_year(policy), overdue_visits(plan, day)
    ahead = plan.loc[~plan.index.isin(late.index), "due"]
    n_soon = int((ahead < f"{year}-01").sum())
    counts = {f"{year - 1}年底前到期": n_soon, f"{year}年到期": len(ahead) - n_soon}
    who = [listing(late["unit_id"].map(policy.names).tolist(), _NAMED)]
    who += [f"最早的应于{month_name(due)}底前上门" for due in sorted(late["due"])[:1]]
    office = policy.district.office
    who += [f"由{office}于{day_name(each.until)}前排定日期和方式" for each in tasks if each.kind == "visits"]
    told = [f"已逾期{len(late)}个（{'；'.join(who)}）"] * bool(len(late))
    told += [f"{word}{count}个" for word, count in counts.items() if count]
    due = f"监督全覆盖：到{year}年底须上门补查的单位{len(plan)}个，其中{'、'.join(told)}"
    return Markup("<p>{}，名单和方式见{}。</p>").format(due, link(POSTS, "“编制与工作量”"))


def coverage_table(coverage: pd.DataFrame, policy: Policy) -> Markup:
    """Return when each unit was last looked at by each way and by whom, in the order of the list of units."""
    rows = {(row.unit_id, row.way): row for row in coverage.itertuples()}
    # Who looks at all units alike is told once: a column of the same offices says nothing.
    by = coverage[coverage["last_on"] != ""].groupby("way")["by"].unique()
    whose = {way: found[0] for way, found in by.items() if len(found) == 1}
    late = f"（满{policy.workload.coverage.months}个月）"

    def tell(unit_id: str, way: str) -> str:
        row = rows[unit_id, way]
        who = "" if way in whose else f" {row.by}"
        day = Markup('<span class="num">{}</span>').format(row.last_on)  # no line cuts it at a hyphen
        return day + f"{late if row.is_overdue else ''}{who}" if row.last_on else DASH

    columns = [text("单位", lambda unit_id: policy.names[unit_id])]
    ways = policy.workload.coverage.ways
    columns += [text(way.name, lambda unit_id, way=way.id: tell(unit_id, way)) for way in ways]
    units = [unit_id for unit_id in policy.unit_ids if unit_id in set(coverage["unit_id"])]
    told = "；".join(f"{way.name}均由{whose[way.id]}" for way in ways if whose.get(way.id, way.name) != way.name)
    caption = f"各单位最近一次被监督的时间和监督者{f'（{told}）' if told else ''}"
    return table(columns, units, caption, first=[way.name for way in policy.workload.coverage.visits])


def plan_table(plan: pd.DataFrame, policy: Policy, day: date) -> Markup | str:
    """Return which units are to be seen by the end of next year, by which way, the earliest due first.

    Args:
        plan: table `coverage_plan` of a month.
        policy: the rules in force.
        day: of the publication: what was due in a month before is overdue.
    """
    if plan.empty:
        return ""
    ways = _way_names(policy)
    columns = [
        text("单位", "unit_id", policy.names),
        number("最近一次", lambda r: r.last_on or DASH),
        text("方式", lambda r: ways.get(r.last_way, DASH)),
        text("应查不迟于", lambda r: due_words(r.due, day)),
        text("建议列入", lambda r: planned_way(r.way, policy)),
    ]
    if "n_duties" in plan and plan["n_duties"].any():  # plans of an older version count no duties
        columns.append(number("未抽查职责", lambda r: f"{r.n_duties_unseen}/{r.n_duties}"))
    rows = plan.sort_values(["due", "unit_id"])
    late = "；已逾期的先行安排" * bool(len(overdue_visits(plan, day)))
    return table(columns, rows, f"到{plan_year(policy)}年底的摇号和联合督查补查安排（建议{late}）")


def plan_year(policy: Policy) -> int:
    """Return the year by whose end the plan of visits wants every unit seen: the one after the month's (S42)."""
    return int(policy.period[:4]) + 1


def due_words(due: str, day: date) -> str:
    """Return the month until whose end a unit is to be seen, and whether it is over."""
    return month_name(due) + "（已逾期）" * is_month_over(due, day)


def planned_way(way: str, policy: Policy) -> str:
    """Return what a unit is planned for: of a way by lot only the lot, which nobody's name may forestall (R12)."""
    name = _way_names(policy)[way]
    return f"{name}摇号备选" if is_by_lot(way, policy) else name


def is_by_lot(way: str, policy: Policy) -> bool:
    """Tell whether lots decide whom a way of visits sees."""
    return any(each.id == way and each.sheet == "inspections" for each in policy.workload.coverage.visits)


def _way_names(policy: Policy) -> dict[str, str]:
    return {way.id: way.name for way in policy.workload.coverage.ways}
