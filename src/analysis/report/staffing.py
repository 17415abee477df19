"""Where posts are needed, for leadership alone: loads beside scores, posts and staff (S40)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.policy.period import shift
from analysis.policy.workload import LoadRules
from analysis.report.integrity import alike_units
from analysis.report.page.charts import OVER_LINES, PAGE_WIDTH_INCHES, Chart, empty_figure, plt
from analysis.report.page.palette import ACCENT, INK, MUTED, RULE
from analysis.report.page.pieces import number, table, text
from analysis.report.tasks import changed_posts
from analysis.report.words import DASH, WORDS, by_chance, listing, month_name, percent, signed, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = 3
_YEAR = 12
_NAMED = 8
_NONE_DRAWN = "没有可以画出的单位"
UNITS_NOTE = "按名单顺序，不排名次；超编为正、空编为负；分差为月均总分与同组中位数之差，“未定”为与同组未见明显差别"
UNKNOWN = (
    "数据不能说明的：工作质量，没有登记的工作，突发任务，同类事项的难易差别，借调和在编不在岗的情况；工时标准不准，结论也不准。"
    "各单位按名单顺序列出，不排名次，不涉及具体人员；是否调整、如何调整，须另行调研后研究决定。"
)


def made_words(policy: Policy) -> str:
    """Return how a load is made, as the rules in force have it."""
    standards = policy.standards
    if not standards:
        return "没有工时标准，工作负荷为人均工作量与组内中位数之比。"
    return (
        "工作负荷＝所需工时÷在岗人员工时。所需工时为各类工作件数乘以工时标准；一名编制的工时为工作日×每日"
        f"{standards.hours_a_day:g}小时×在岗比例{percent(standards.presence, 0)}（{standards.document}）。"
    )


def staffing_rule(policy: Policy) -> str:
    """Return how a load is made and from which one on a unit is 忙 or 闲, as the rules in force have it."""
    rules = policy.workload.load
    return (
        f"{made_words(policy)}负荷高于{percent(rules.busy_above, 0)}为忙，低于{percent(rules.idle_below, 0)}为闲，"
        "均以近十二个月合计、在全部单位中排除偶然后认定；每年同月出现的高峰不算长期需要（S40）。"
    )


def load_words(row) -> str:
    """Return a unit's load with its interval."""
    return f"负荷{percent(row.load, 0)}，区间{percent(row.load_low, 0)}至{percent(row.load_high, 0)}"


def post_words(row) -> str:
    """Return a unit's posts, and those that its work needs where that is known."""
    posts = f"核定编制{whole(row.posts)}名、实有{whole(row.in_post)}人"
    if pd.isna(row.posts_needed):
        return posts
    return f"{posts}、所需约{row.posts_needed:.0f}名，区间{row.posts_needed_low:.0f}至{row.posts_needed_high:.0f}名"


def tell_staffing(staffing: pd.DataFrame, policy: Policy, *, is_page: bool = True) -> list[str]:
    """Return which units have lasting too much or too little work, which only a season, and of which nothing is known.

    Args:
        staffing: table `staffing` of a month.
        policy: the rules in force.
        is_page: whether posts are told, and among how many units these were found, and how many chance would bring;
            paper has posts in an annex.
    """
    rows, names = _in_order(staffing, policy), policy.names
    known = rows[rows["load_state"] != "unknown"]
    if known.empty:
        return ["编制与工作量数据不足十二个月，暂不判断编制是否配在需要的地方。"]
    told = []
    named = known[known["load_state"] != "usual"]
    for state, words in (("busy", "工作量长期超出在岗人员"), ("idle", "在岗人员长期多于工作量所需")):
        listed = [
            f"{names[r.unit_id]}（{load_words(r)}{f'；{post_words(r)}' * is_page}）"
            for r in _having(known, "load_state", state)
        ]
        if listed:
            told.append(f"{words}的单位{len(listed)}个：{listing(listed)}。")
    usual = known[known["load_state"] == "usual"]
    chance = by_chance(len(known), len(named), policy.trends.false_discovery_pct, "个") if is_page else ""
    told += [_tell_usual(usual, chance, policy, has_named=len(named) > 0)] * bool(len(usual))
    seasonal = [
        f"{names[r.unit_id]}（{'、'.join(r.peak_months.split())}月为高峰，全年{load_words(r)}）"
        for r in _having(known, "is_seasonal", value=True)
        if r.peak_months and r.load_state != "busy"
    ]
    if seasonal:
        told.append(f"只有季节性高峰、全年并不缺人的单位{len(seasonal)}个：{listing(seasonal)}。")
    if len(known) < len(rows):
        told.append(f"另有{len(rows) - len(known)}个单位数据不足十二个月，不作判断。")
    return told


def tell_posts(staffing: pd.DataFrame, monthly: pd.DataFrame, policy: Policy) -> list[str]:
    """Return how many posts are free or held beyond those approved, how that moved, and which counts are to be checked.

    Args:
        staffing: table `staffing` of a month.
        monthly: table `monthly_loads` of it.
        policy: the rules in force.
    """
    rows, names = _in_order(staffing, policy), policy.names
    rows = rows[rows["posts"].notna() & rows["in_post"].notna()].reset_index(drop=True)
    if rows.empty:
        return []
    over = rows.assign(more=rows["in_post"] - rows["posts"])
    most = over[over["more"] > 0].sort_values(["more", "unit_id"], ascending=[False, True])
    told = f"核定编制合计{whole(rows['posts'].sum())}名、实有{whole(rows['in_post'].sum())}人，空编"
    told += f"{whole(-over['more'].clip(upper=0).sum())}名"
    who = listing([f"{names[r.unit_id]}（超{whole(r.more)}名）" for r in most.itertuples()], _NAMED)
    told += f"；实有超过核定编制的单位{len(most)}个、共超{whole(most['more'].sum())}名：{who}" * bool(len(most))
    changed = [f"{clause}，请核对有无批准文件。" for clause in tell_changed_posts(monthly, policy)]
    odd = rows[[is_unlike_year(row) for row in rows.itertuples()]]
    return [f"{told}。", *_tell_over(rows, odd["unit_id"], monthly, policy), *changed, *_tell_odd(odd, monthly, policy)]


def _tell_over(rows: pd.DataFrame, odd: pd.Series, monthly: pd.DataFrame, policy: Policy) -> list[str]:
    """Return how many units held more than their posts, and by how many, a year ago, in January and now.

    Args:
        rows: the month's rows of `staffing`.
        odd: ids of units whose head count is to be checked: without them it is told too where that is another count.
        monthly: table `monthly_loads`.
        policy: the rules in force.
    """
    months = [at for at in (shift(policy.period, -_YEAR), f"{policy.period[:4]}-01") if at < policy.period]
    held = pd.concat([monthly[monthly["period"].isin(months)], rows.assign(period=policy.period)])
    held = held.assign(more=(held["in_post"] - held["posts"]).clip(0)).dropna(subset="more")

    def count(of: pd.DataFrame) -> str:
        return "，".join(
            f"{'本月' if at == policy.period else month_name(at)}{(more > 0).sum()}个单位、共超{whole(more.sum())}名"
            for at, more in of.groupby("period")["more"]
        )

    told, sure = count(held), count(held[~held["unit_id"].isin(odd)])
    who = listing([policy.names[unit] for unit in odd], _NAMED)
    beside = f"；不计人数待核对的{who}，{sure}" * bool(sure and sure != told)
    return [f"超编的变化：{told}{beside}。"] * (held["period"].nunique() > 1)


def tell_changed_posts(monthly: pd.DataFrame, policy: Policy, integrity: pd.DataFrame | None = None) -> list[str]:
    """Return in a clause whose approved posts are others than the month before: only a document changes them.

    Empty where nobody's are.

    Args:
        monthly: table `monthly_loads`.
        policy: the rules in force.
        integrity: table `integrity`, where it is said too whose data are another unit's: then the posts may be.
    """
    changed = changed_posts(monthly, policy.period)
    posts = [f"{policy.names[r.Index]}（{post_change_words(r)}）" for r in changed.itertuples()]
    alike = [] if integrity is None else alike_units(integrity)
    doubtful = listing([policy.names[unit] for unit in changed.index if unit in alike], _NAMED)
    doubt = f"；{doubtful}的报送数据另与其他单位相同，编制变动也可能是误填" * bool(doubtful)
    return [f"核定编制比上月有变动的单位{len(posts)}个：{listing(posts, _NAMED)}{doubt}"] * bool(posts)


def post_change_words(row) -> str:
    """Return how approved posts and staff moved since the month before, of a row of `changed_posts`."""
    posts = f"核定编制由{whole(row.last_posts)}名变为{whole(row.posts)}名"
    return f"{posts}，实有由{whole(row.last_in_post)}人变为{whole(row.in_post)}人"


def _tell_odd(odd: pd.DataFrame, monthly: pd.DataFrame, policy: Policy) -> list[str]:
    """Return whose head count is unlike its year: a load goes over twelve months, the head count is the month's."""
    names, last = policy.names, monthly[monthly["period"] == shift(policy.period, -1)].set_index("unit_id")["in_post"]
    odd = odd.assign(last_in_post=odd["unit_id"].map(last))
    staff = [
        f"{names[r.unit_id]}（{whole(r.in_post)}人{_before(r)}，十二个月平均约{r.posts_needed / r.load:.0f}人）"
        for r in odd.itertuples()
    ]
    apart = f"本月实有人数与近十二个月平均相差较大、与负荷不可直接对照的：{listing(staff, _NAMED)}；"
    return [f"{apart}人数待核对。"] * bool(staff)


def is_unlike_year(row) -> bool:
    """Tell whether the month's head count alone would put the load of twelve months outside its interval."""
    if pd.isna(row.load) or not row.in_post > 0 or pd.isna(row.posts_needed):
        return False
    return not row.load_low <= row.posts_needed / row.in_post <= row.load_high


def _before(row) -> str:
    """Return the head count of the month before where it was another."""
    is_other = not pd.isna(row.last_in_post) and row.last_in_post != row.in_post
    return f"，上月{whole(row.last_in_post)}人" * is_other


def _tell_usual(usual: pd.DataFrame, tested: str, policy: Policy, *, has_named: bool) -> str:
    """Return of how many units too much or too little work is not sure, and whose load lies beyond a line all the same.

    Args:
        usual: their rows of `staffing`.
        tested: among how many, as it is told.
        policy: the rules in force.
        has_named: whether units are busy or idle for sure.
    """
    rules, names = policy.workload.load, policy.names
    lines = f"高于{percent(rules.busy_above, 0)}或低于{percent(rules.idle_below, 0)}"
    who = f"其余{len(usual)}个单位" if has_named else "各单位"
    beyond = [row for row in usual.itertuples() if _leans(row, rules)]
    listed = listing([f"{names[row.unit_id]}（{load_words(row)}）" for row in beyond], _NAMED)
    open_ = f"，其中{listed}已越线，排除偶然后尚不能认定" * bool(listed)
    return f"{who}的负荷尚不能确认{lines}{tested}{open_}。"


def load_state(row, rules: LoadRules) -> str:
    """Return whether a unit is busy or idle; where its load lies beyond a line and chance may have brought it, that."""
    leans = _leans(row, rules) if row.load_state == "usual" else ""
    told = WORDS.leaning_loads[leans] if leans else WORDS.load_states[row.load_state]
    return told + "（人数待核）" * is_unlike_year(row)


def _leans(row, rules: LoadRules) -> str:
    """Return beyond which line a load lies, sure or not; empty where it lies between both."""
    return "busy" if row.load > rules.busy_above else "idle" if row.load < rules.idle_below else ""


def tell_quadrants(staffing: pd.DataFrame, policy: Policy) -> str:
    """Return which busy and idle units do well and which poorly, compared with their group's median score."""
    rows = _in_order(staffing, policy)
    told = []
    for load in ("busy", "idle"):
        for score in ("good", "poor", "unclear"):
            own = [
                policy.names[r.unit_id] for r in rows[rows["load_state"] == load].itertuples() if r.score_state == score
            ]
            if own:
                told.append(f"{quadrant(load, score)}：{listing(own)}")
    return f"{'；'.join(told)}。" if told else "没有明显忙或闲的单位，不分类。"


def quadrant(load_state: str, score_state: str) -> str:
    """Return 忙而优, 忙而差, 闲而优 or 闲而差; the load alone where the score is like the group's."""
    load, score = WORDS.load_states[load_state], WORDS.score_states[score_state]
    return f"{load}而{score}" if score_state in ("good", "poor") else f"{load}，得分与同组未见明显差别"


def quadrant_chart(staffing: pd.DataFrame, policy: Policy) -> Chart:
    """Return loads and scores of all units, with how many are busy or idle beyond chance."""
    counts = staffing["load_state"].value_counts()
    words = {"busy": "长期忙的单位", "idle": "长期闲的单位"}
    told = [f"{word}{counts[state]}个" for state, word in words.items() if state in counts.index]
    title = "、".join(told) or "没有单位可以确认长期忙或闲"
    return Chart("quadrants", title, partial(quadrant_figure, staffing, policy.names, policy.workload.load))


def quadrant_figure(
    staffing: pd.DataFrame, names: Mapping[str, str], rules: LoadRules, width: float = PAGE_WIDTH_INCHES
) -> Figure:
    """Return loads across and scores less the group's median up, a dot a unit; those named have name and intervals."""
    known = staffing[staffing["load"].notna() & staffing["score_gap"].notna()]
    if known.empty:
        return empty_figure(_NONE_DRAWN, width)
    is_page = width == PAGE_WIDTH_INCHES
    figure, axes = plt.subplots(figsize=(width, 4.6 if is_page else 4.0))
    is_named = known["load_state"].isin(["busy", "idle"])
    others, named = known[~is_named], known[is_named]
    axes.plot(100 * others["load"], others["score_gap"], "o", color=MUTED, markersize=5, alpha=0.5)
    axes.errorbar(
        100 * named["load"],
        named["score_gap"],
        xerr=100 * np.abs(np.stack([named["load"] - named["load_low"], named["load_high"] - named["load"]])),
        yerr=np.abs(
            np.stack([named["score_gap"] - named["score_gap_low"], named["score_gap_high"] - named["score_gap"]])
        ),
        fmt="D",
        color=ACCENT,
        markersize=6,
        linewidth=0,
        elinewidth=1.2,
    )
    _name_dots(axes, named, names, is_page=is_page)
    axes.axhline(0, color=RULE, linewidth=1, zorder=0)
    for line in (rules.idle_below, rules.busy_above):
        axes.axvline(100 * line, color=MUTED, linewidth=1, linestyle="--", zorder=0)
    axes.margins(x=0.12 if is_page else 0.2, y=0.08)
    axes.set_xlabel("近十二个月工作负荷（%）")
    axes.set_ylabel("月均总分与组内中位数之差（分）")
    return figure


def _name_dots(axes: Axes, rows: pd.DataFrame, names: Mapping[str, str], *, is_page: bool) -> None:
    """Write the units' names beside their dots: on a phone those of busy units reach back over them to stay inside."""
    look = {"textcoords": "offset points", "fontsize": 9.5 if is_page else 8, "color": INK} | OVER_LINES
    for row in rows.itertuples():
        is_left = row.load_state == "busy" and not is_page
        place = {"xytext": (26 if is_left else 7, 6), "ha": "right" if is_left else "left"}
        axes.annotate(names[row.unit_id], (100 * row.load, row.score_gap), **place, **look)


def course_chart(staffing: pd.DataFrame, monthly: pd.DataFrame, policy: Policy) -> Chart:
    """Return the months' loads of units that are busy, idle or seasonal, with the highest of them."""
    own = monthly[monthly["unit_id"].isin(_with_course(staffing, policy)) & monthly["load"].notna()]
    title = "没有可以确认忙、闲或有季节性高峰的单位"
    if len(own):
        top = own.sort_values(["load", "period", "unit_id"]).iloc[-1]
        title = f"{policy.names[top['unit_id']]}{month_name(top['period'])}负荷最高，为{percent(top['load'], 0)}"
    return Chart("loads", title, partial(course_figure, staffing, monthly, policy))


def _with_course(staffing: pd.DataFrame, policy: Policy) -> list[str]:
    rows = _in_order(staffing, policy)
    return rows[rows["load_state"].isin(["busy", "idle"]) | (rows["peak_months"] != "")]["unit_id"].tolist()


def course_figure(
    staffing: pd.DataFrame, monthly: pd.DataFrame, policy: Policy, width: float = PAGE_WIDTH_INCHES
) -> Figure:
    """Return the load of each month of two years, a panel for each unit that is busy, idle or seasonal."""
    shown = _with_course(staffing, policy)
    if not shown:
        return empty_figure(_NONE_DRAWN, width)
    panels, high = (_PANELS, 1.7) if width == PAGE_WIDTH_INCHES else (2, 1.3)
    height = -(-len(shown) // panels)
    figure, grid = plt.subplots(
        height, panels, figsize=(width, 0.6 + high * height), sharex=True, sharey=True, squeeze=False
    )
    months = sorted(monthly["period"].unique())
    course = monthly.pivot(index="period", columns="unit_id", values="load").reindex(months)
    for axes, unit_id in zip(grid.flat, [*shown, *[""] * (height * panels - len(shown))], strict=True):
        if not unit_id:
            axes.set_axis_off()
            continue
        axes.plot(range(len(months)), 100 * course[unit_id].to_numpy(dtype=float), color=ACCENT, linewidth=1.6)
        for line in (policy.workload.load.idle_below, policy.workload.load.busy_above):
            axes.axhline(100 * line, color=MUTED, linewidth=0.8, linestyle="--")
        axes.set_title(policy.names[unit_id], loc="left", fontsize=10 if panels == _PANELS else 8.5)
        axes.set_xticks([0, len(months) - 1], [months[0], months[-1]])
        for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=False):  # within their own panel
            label.set_horizontalalignment(side)
    grid[0, 0].set_ylim(0, 108 * np.nanmax(course[shown].to_numpy(dtype=float)))
    return figure


def staffing_table(staffing: pd.DataFrame, policy: Policy) -> Markup:
    """Return every unit's posts, need, load and states, in the order of the list of units: no ranking."""
    names = policy.names
    columns = [
        text("单位", "unit_id", names),
        text("类别", "group", names),
        number("核定编制", "posts", whole),
        number("实有人数", "in_post", whole),
        number("超编空编", lambda r: signed(r.in_post - r.posts, 0)),
        number("所需编制", lambda r: _span(r.posts_needed, r.posts_needed_low, r.posts_needed_high, "{:.0f}".format)),
        number("负荷", lambda r: _span(r.load, r.load_low, r.load_high, lambda v: percent(v, 0))),
        text("忙闲", lambda r: load_state(r, policy.workload.load)),
        text("走向", "load_trend", WORDS.load_trends),
        text("高峰月", lambda r: "、".join(r.peak_months.split()) or DASH),
        number("分差", "score_gap", signed),
        text("优差", "score_state", WORDS.score_states),
    ]
    notes = f"{UNITS_NOTE}；括号内为区间；走向“不明显”为未见明显趋势"
    caption = f"近十二个月编制与工作量（{notes}）"
    first = ("核定编制", "实有人数", "忙闲")
    return table(columns, _in_order(staffing, policy), caption, css="sortable dense", first=first)


def _in_order(staffing: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    return staffing.set_index("unit_id", drop=False).loc[[u for u in policy.unit_ids if u in set(staffing["unit_id"])]]


def _having(rows: pd.DataFrame, column: str, value: object) -> Iterable:
    return rows[rows[column] == value].itertuples()


def _span(value: float, low: float, high: float, write) -> str:
    return DASH if pd.isna(value) else f"{write(value)}（{write(low)}–{write(high)}）"
