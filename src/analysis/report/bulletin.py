"""The bulletin: its frame, first screen, 一、总体情况, 六、下一步 and 附; other sections are subjects of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter

import pandas as pd
from markupsafe import Markup

from analysis.action.differences import list_differences
from analysis.policy.book import Policy
from analysis.policy.models import Grading
from analysis.policy.names import Names
from analysis.policy.period import shift
from analysis.report.differences import differences_table
from analysis.report.edition import Edition
from analysis.report.grading import bottom_name, listed_name, provisional_name, tell_provisional
from analysis.report.monthly import MONTHS_BACK, usual_change
from analysis.report.page.pieces import Change, Kpi, banner, kpis, lead, paragraphs, table, text
from analysis.report.tasks import PRESSING, Task, asked_words, merge_tasks, owner_words, task_rows
from analysis.report.trends import compared_units, furthest_moved, tell_unusual_year, tier_changes
from analysis.report.words import WORDS, day_name, listing, month_name, rose_or_fell, score, signed
from analysis.report.year import LEADERS, LISTED

_NAMED = 8
_ASKED = "本月要办"
_NO_TASKS = "本月没有需要限期办理的事项。"
# What the bulletin reads: tables with a scope, and tables of the month.
SCOPED_TABLES = ("unit_scores", "channel_scores", "indicator_summary", "certainty")
MONTH_TABLES = ("trends", "watch_list", "hotline_by_unit", "ledger", "objection_periods")
DUTIES_TABLES = ("duties_by_matter", "matter_handlers", "matter_loops")


def title(policy: Policy) -> Markup:
    """Return the notice's title in two parts, which a narrow line keeps whole."""
    form = Markup("<h1><span>{}机关职能运行监管</span><span>月度考评通报（{}）</span></h1>")
    return form.format(policy.district.name, month_name(policy.period))


def banners(
    policy: Policy,
    edition: Edition,
    units: pd.DataFrame,
    names: Mapping[str, str],
    problems: pd.DataFrame | None = None,
) -> Markup:
    """Return the notices across the page: synthetic data, provisional result, units with accepted gaps, small N."""
    told = []
    if policy.district.is_synthetic:
        told.append("本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。")
    if edition.state != "final":
        results = f"{provisional_name(policy.grading)}为暂定结果"
        told.append(f"{results}，供提醒和整改使用；约谈、通报批评和黑名单以年度定稿结果为准（S27）。")
    told += tell_provisional(units, names, problems)
    ranked, grading = int(units["total"].notna().sum()), policy.grading
    if grading.bottom_places and ranked < grading.small_district_below:
        scope = f"{bottom_name(grading)}范围高于{names[grading.tiers[-1]]}等次"
        told.append(f"参评单位{ranked}个，不足{grading.small_district_below}个，{scope}（S7）。")
    told += _window_words(policy)
    return banner(*told) if told else Markup("")


def _window_words(policy: Policy) -> list[str]:
    """Return that the visits of a district's first months do not fill their window yet, nothing afterwards (S13)."""
    found = [indicator for indicator in policy.indicators if "month" in indicator.window_months]
    window = max((indicator.window_months["month"] for indicator in found), default=0)
    start = policy.district.start
    if policy.period >= shift(start, window):
        return []
    channels = listing(list(dict.fromkeys(policy.names[indicator.channel] for indicator in found)))
    return [
        f"{channels}按近{window}个月的抽查计分，本区自{month_name(start)}起考核，未满{window}个月，"
        "其间未抽查的单位该渠道权重分给其余渠道（S13）。"
    ]


def _district_change(trends: pd.DataFrame, basis: str) -> pd.Series | None:
    """Return the district's row of `trends` on one basis (`mom`, `yoy`, `ytd`), None where there is no month before."""
    rows = trends[(trends["level"] == "district") & (trends["basis"] == basis) & trends["change"].notna()]
    return None if rows.empty else rows.iloc[0]


def _district_mean(trends: pd.DataFrame, units: pd.DataFrame) -> float:
    """Return the mean of the units' published totals: the district's row where there is one."""
    rows = trends[(trends["level"] == "district") & trends["after"].notna() & trends["basis"].isin(["mom", "yoy"])]
    return float(rows["after"].iloc[0] if len(rows) else units["total"].mean())


def how_the_district_did(trends: pd.DataFrame, units: pd.DataFrame, period: str) -> str:
    """Return the first sentence: the mean and how it changed, like for like where rules changed (S25)."""
    count, mean = units["total"].notna().sum(), _district_mean(trends, units)
    sentence = f"{month_name(period)}，全区{count}个被评单位平均得分{score(mean)}分"
    for basis, word in (("mom", "环比"), ("yoy", "同比")):
        row = _district_change(trends, basis)
        if row is None:
            sentence += f"，无{word}数据"
            continue
        sentence += f"，{word}{rose_or_fell(row['change'])}"
        if row["is_rule_changed"] and pd.notna(row["like_for_like_change"]):
            sentence += f"（指标或权重有调整，按可比口径{rose_or_fell(row['like_for_like_change'])}）"
    return sentence + "。"


def who_leads_who_falls_behind(units: pd.DataFrame, names: Mapping[str, str], told: Collection[str] = ()) -> str:
    """Return the second sentence: who comes first and last, with everyone tied; not the last where all are `told`."""
    ranked = units[units["total"].notna()].sort_values(["rank", "unit_id"])
    if ranked.empty:
        return "本月没有单位取得得分。"
    first, is_last = ranked[ranked["rank"] <= LEADERS], ranked["is_bottom_five"].astype(bool)
    # In a small district the same unit can be both; then it is told once.
    first = first[~is_last.loc[first.index]] if not is_last[first.index].all() else first
    last = ranked[is_last & ~ranked.index.isin(first.index)].sort_values(["total", "unit_id"])
    leaders = listing([f"{names[row.unit_id]}（{score(row.total)}分）" for row in first.itertuples()], 5)
    laggards = listing([f"{names[row.unit_id]}（{score(row.total)}分）" for row in last.itertuples()], 8)
    laggards *= bool({*last["unit_id"]} - {*told})
    return f"得分居前的是{leaders}" + (f"；居后的是{laggards}。" if laggards else "。")


def what_changed(trends: pd.DataFrame, names: Names) -> str:
    """Return the first screen's words on change: who fell most, how many entered and left the end tiers.

    Then whose year to date is not last year's: of a year that is seen before it is in a month.
    """
    rows = compared_units(trends, "mom")
    _, down = furthest_moved(rows, LEADERS)
    if rows.empty:
        return ""
    told = [f"{names[row.unit_id]}（{signed(row.change)}分）" for row in down.itertuples()]
    usual = "，均在自身正常波动以内" * bool(down["is_within_noise"].all())
    parts = [f"环比降幅最大的是{listing(told)}{usual}" if told else "没有单位得分下降"]
    moved = [f"{word}{len(units)}个" for word, units in tier_changes(rows, names).items() if len(units)]
    parts += ["、".join(moved)] * bool(moved)
    is_same = rows["change"].eq(0).all() and not moved
    told = "与上月相比，各单位得分和等次均无变化。" if is_same else f"{'；'.join(parts)}。"
    unusual = tell_unusual_year(trends, names, LEADERS)
    return told + f"{unusual}。" * bool(unusual)


def who_heeds(clauses: Iterable[str], tasks: Sequence[Task], kind: str, policy: Policy) -> list[str]:
    """Return clauses on what needs a leader's eye, the last of them with who sees to it and until when.

    Args:
        clauses: what is told; empty ones are left out.
        tasks: the month's (see `list_tasks`).
        kind: of the tasks that answer it (id of `WORDS.heeded`).
        policy: the month's rules.
    """
    told = [clause for clause in clauses if clause]
    for task, parts in merge_tasks(task for task in tasks if task.kind == kind):
        who = owner_words(parts, policy.names, _NAMED) or policy.district.office
        what = f"由{who}于{day_name(task.until)}前{WORDS.heeded[kind].format(subject=task.subject)}"
        what += asked_words(parts, policy.names)
        told = [*told[:-1], "，".join([*told[-1:], what])]
    return told


def what_stands_out(clauses: Mapping[str, Iterable[str]]) -> list[str]:
    """Return what needs a leader's eye, a sentence for each subject of which there is something to tell.

    Args:
        clauses: subject → its clauses, which may be empty.
    """
    told = {subject: [clause for clause in found if clause] for subject, found in clauses.items()}
    return [f"{subject}：{'。'.join(found)}。" for subject, found in told.items() if found]


def what_must_be_done(
    tasks: Sequence[Task], grading: Grading, names: Mapping[str, str], *, is_named: bool = False
) -> list[str]:
    """Return what follows this month, by whom and until when, a sentence a task that presses (R21, S22).

    Args:
        tasks: the month's (see `list_tasks`).
        grading: what the bottom places are called.
        names: id → Chinese name.
        is_named: whether the first screen names whom the year so far lists; of many only the year's table does.
    """
    told = []
    for task, parts in merge_tasks(task for task in tasks if task.kind in PRESSING):
        until = day_name(task.until)
        if task.kind == "measures":
            who = owner_words(parts, names, _NAMED)
            what = f"于{until}前{WORDS.asked_measures.format(to='')}"
            told.append(f"本月列入{listed_name(grading, names)}的{who}{what}。")
        elif task.kind == "year_ahead":
            where = "“需要关注”" if is_named and len(parts) <= LISTED else "五（二）"
            what = WORDS.asked_ahead.format(count=len(parts), where=where, until=until)
            told.append(f"{what}{asked_words(parts, names)}。")
        else:
            what = f"对超期的{task.count}项整改事项于{until}前书面答复"
            told.append(f"{owner_words(parts, names, 4)}{what}{asked_words(parts, names)}。")
    return told or [_NO_TASKS] * (not tasks)


def mean_kpi(trends: pd.DataFrame, units: pd.DataFrame, means: pd.Series, policy: Policy) -> Kpi:
    """Return the figure of the mean score with its changes and last year's value.

    Args:
        trends: the month's table `trends`.
        units: `unit_scores` of scope `month`.
        means: mean total by month (see `monthly_means`); half of their changes are usual.
        policy: the month's rules.
    """
    least = policy.trends.worsening.least_months
    found = {basis: _district_change(trends, basis) for basis in MONTHS_BACK}
    changes = tuple(
        Change(
            WORDS.bases[basis] + rose_or_fell(row["change"]),
            float(row["change"]),
            usual_change(means, policy.period, basis, least),
        )
        for basis, row in found.items()
        if row is not None
    )
    year_before = found["yoy"]
    note = "上年同期无数据" if year_before is None else f"上年同期{score(year_before['before'])}"
    return Kpi("平均得分", score(_district_mean(trends, units)), "分", changes, note=note)


def first_screen(
    how: str,
    who: str,
    changes: str,
    asked: Sequence[str],
    stands_out: Sequence[str],
    figures: Sequence[Kpi],
    beyond: str = "",
) -> Markup:
    """Return the first screen's sentences, each with a word that says what it is about, and its figures among them.

    How the district did stands before its figures, all else after them, what must be done first; on a phone the
    figures come last. Of a part with several sentences each is an item with a number. A part without any is left out.

    Args:
        how: how the district did.
        who: who comes first and last, and how sure that is.
        changes: what changed since last month.
        asked: what must be done.
        stands_out: what else needs a leader's eye.
        figures: the month's.
        beyond: how many tasks there are and where the others stand (see `where_all_are`): no task, below those asked.
    """
    parts = {_ASKED: asked or [beyond], "得分先后": [who], "本月变化": [changes], "需要关注": stands_out}
    found = {head: [each for each in told if each] for head, told in parts.items()}
    rest = lead({head: told for head, told in found.items() if told}, {_ASKED: beyond * bool(asked)})
    return Markup('<div class="first">{}{}{}</div>').format(lead({"总体情况": [how]}), kpis(figures), rest)


def next_steps(
    policy: Policy, edition: Edition, tasks: Sequence[Task], periods: pd.DataFrame, names: Mapping[str, str]
) -> Markup:
    """Return 下一步: actions with owner and date, below them until when to object: a right is no task.

    Args:
        policy: the month's rules.
        edition: whose time for objections is over by its publication is not asked any more.
        tasks: the month's (see `list_tasks`).
        periods: the month's `objection_periods`.
        names: id → Chinese name.
    """
    columns = [text(head, itemgetter(place)) for place, head in enumerate(("事项", "责任单位", "时限"))]
    shown = table(columns, task_rows(policy, tasks, names), "下一步工作事项", css="dated cards")
    asked = [f"{whose}于{until}前" for until, whose in _objectors(periods, edition, names)]
    objections = f"对得分有异议的，{'、'.join(asked)}书面提出，办法见“附二、数据质量和异议”。" if asked else ""
    return (shown if tasks else paragraphs([_NO_TASKS])) + paragraphs([objections] * bool(asked))


def still_open(periods: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Return the rows of `objection_periods` that are not over when the edition is published (S21)."""
    return periods[periods["until"] >= edition.published.isoformat()]


def _objectors(periods: pd.DataFrame, edition: Edition, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each last day for objections that is still to come and whose it is, the latest first."""
    found = [(until, rows["unit_id"].tolist()) for until, rows in periods.groupby("until")][::-1]
    # A revision opens a fresh period for few: they are named, and the others are the others.
    most = max((len(ids) for _, ids in found), default=0)
    told = []
    for until, ids in found:
        others = "各被评单位" if len(found) == 1 else "其余各被评单位"
        whose = others if len(ids) == most else listing([names[unit_id] for unit_id in ids], 15)
        if until >= edition.published.isoformat():
            told.append((day_name(date.fromisoformat(until)), whose))
    return told


def how_to_object(
    policy: Policy, edition: Edition, periods: pd.DataFrame, names: Mapping[str, str], reader: str = ""
) -> str:
    """Return how and until when to object (S21).

    Args:
        policy: the month's rules.
        edition: of a final year the day on which it became final is told instead.
        periods: rows of `objection_periods`: all, or those of the unit that is addressed.
        names: id → Chinese name.
        reader: what the unit is called that alone is addressed; empty for all.
    """
    objection = policy.district.objection
    if edition.state == "final":
        return f"本年度结果已于{day_name(edition.published)}定稿，异议期已结束。"
    if len(periods) and still_open(periods, edition).empty:
        return f"异议期已于{day_name(date.fromisoformat(periods['until'].max()))}届满。"
    what, asking = "本反馈单所列结果" if reader else "本通报", _objectors(periods, edition, names)
    asked = [f"{reader or whose}对{what}有异议的，请于{until}（含当日）前" for until, whose in asking]
    return f"{'；'.join(asked)}向{objection.contact}提出。{objection.how}"


def compare_revisions(
    before: pd.DataFrame | None, after: pd.DataFrame, grading: Grading, names: Mapping[str, str]
) -> Markup:
    """Return 变更: which units differ from the last published revision (see `list_differences`).

    Args:
        before: `unit_scores` of the revision in force, None where this is the first.
        after: `unit_scores` to be published.
        grading: the rules in force.
        names: id → Chinese name.
    """
    if before is None:
        return Markup("<p>本期为首次发布，无修订。</p>")
    moved = list_differences(before, after, grading)
    if moved.empty:
        return Markup("<p>与上一版相比，各单位得分、位次和等次均无变化。</p>")
    return differences_table(moved, names, "与上一版相比有变化的单位")
