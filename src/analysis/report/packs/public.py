"""The public edition: how the district does, without the rank of a single town (S26)."""

from datetime import date
from operator import itemgetter

import pandas as pd
from markupsafe import Markup

from analysis.policy.models import Grading
from analysis.policy.names import Names
from analysis.policy.period import month_range, shift
from analysis.report.certainty import count_verdicts
from analysis.report.draw import count_places, count_visits
from analysis.report.edition import edition_reason, foot, imprint
from analysis.report.grading import provisional_name
from analysis.report.indicators import LOSSES_SHOWN
from analysis.report.measures import overdue_clauses, overdue_measures
from analysis.report.monthly import MONTHS_BACK, usual_change
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import merge_small_groups
from analysis.report.packs.drawings import course_svg
from analysis.report.packs.office_outcomes import registered_by
from analysis.report.packs.service import (
    beside,
    lead_words,
    matters_table,
    service_courses,
    service_table,
    tell_effect,
    tell_matters,
    tell_service,
)
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Table, number, table, text, tier_badge
from analysis.report.public_words import contact_lines, untold_words
from analysis.report.scores import quota_reasons, tier_rule
from analysis.report.verify import unsure_units
from analysis.report.words import WORDS, day_name, listing, month_name, numeral, rose_or_fell, score

DRAWS = "draws"
# In the order in which an item goes through them; what is sent back was not accepted (S22).
_STATES = WORDS.item_states | {"returned": f"验收{WORDS.item_states['returned']}"}


def public_body(content: PackContent) -> Markup:
    """Return the content of the public page; which single units it names is policy (`public_units`)."""
    return fill_template(
        "packs/public.html.j2",
        policy=content.policy,
        imprint=imprint(content.policy, content.edition, content.last_days, is_public=True),
        provisional=_tell_state(content),
        lead=lead_words(content),
        about=about(content),
        effect=tell_effect(content),
        meaning=meaning(content),
        overview=overview(content),
        course_title=_course_title(content),
        course=_course(content),
        groups=groups_table(content),
        tiers=tiers_table(content),
        tiers_told=quota_reasons(content.units, content.policy.grading, content.names),
        losses=_losses(content),
        service=[*tell_service(content), *tell_ledger(content.table("ledger"))],
        courses=service_courses(content),
        service_months=service_table(content),
        matters_told=tell_matters(content),
        matters=matters_table(content),
        draws=content.draws,
        drawn=count_places(content.table("draw")),
        visits=count_visits(content.table("inspections")),
        untold=untold_words(content.rules),
        objections=_tell_objections(content),
        contacts=contact_lines(content.policy.district.contacts),
        folder=DRAWS,
        departments=departments_table(content),
        annual=(content.annual_page, _tell_outcomes(content)),
        foot=foot(content.edition),
    )


def _tell_state(content: PackContent) -> str:
    """Return what may still change in a draft, and when it does not any more (S21, S27); nothing in a final month."""
    if content.edition.state != "draft":
        return ""
    why = f"，事由：{edition_reason(content.edition)}" * bool(content.edition.reason)
    newer = "" if content.edition.is_first else f"本版代替此前各版{why}。"
    return f"征求意见稿为暂定结果：异议成立或数据更正的，发布新的一版；定稿每年一次，随年终结果作出。{newer}"


def _tell_objections(content: PackContent) -> str:
    """Return until when and how units may object to a draft; which of them have another last day is their own (S21)."""
    days, told = content.last_days, "受考评的部门和镇街对本月结果"
    if content.edition.state != "draft" or not days:
        return ""
    last = day_name(date.fromisoformat(days[-1]))
    if days[-1] < content.edition.published.isoformat():
        return f"{told}的异议期已于{last}届满。"
    until = f"{last}（含当日）前" if len(days) == 1 else f"各自的异议期（最晚至{last}）内"
    objection = content.policy.district.objection
    return f"{told}有异议的，在{until}向{objection.contact}提出。{objection.how}"


def about(content: PackContent) -> str:
    """Return in plain words what the page is: who is assessed by whom, what a score and a tier are."""
    district, grading, names = content.policy.district, content.policy.grading, content.names
    shares = "、".join(f"{names[tier]}{share:g}%" for tier, share in grading.quotas.items())
    tiers = (
        f"等次按得分先后确定（{shares}）"
        if shares
        else f"等次按分数线确定，分为{listing([*map(names.get, names.tiers)])}"
    )
    return (
        f"{district.office}每月考评{district.name}各部门和镇街履行职责的情况。得分满分100分，越高越好；{tiers}。"
        "以下只列全区和各类单位的汇总结果。"
    )


def meaning(content: PackContent) -> list[str]:
    """Return what a score is made of, and what a tier says and does not say (R17, R19, S27)."""
    policy, names, grading = content.policy, content.names, content.policy.grading
    weights = policy.channel_weights_by_unit.mode().iloc[0]
    made_of = "、".join(f"{names[channel]}{weight:g}%" for channel, weight in weights.items() if weight)
    parts = numeral(int((weights > 0).sum()), of_things=True)
    told = [f"得分由{parts}部分合成（规定比重，多数单位）：{made_of}。{_tell_whole(content)}"]
    told += filter(None, [tell_tiers_meaning(grading, names)])
    counts = count_verdicts(content.table("certainty", "month"))
    if sum(counts.values()) > counts["withheld"]:
        stable, confidence = counts["stable"], policy.noise.confidence_pct
        many = f"其中{stable}个可以确认" if stable else "没有一个可以确认"
        which = f"位次的{confidence:g}%区间都在同一等次内的才算确认"
        chance = f"单看本月数据，{sum(counts.values())}个单位的等次{many}（{which}）。"
        told.append(f"{chance}单月等次只作提醒，不宜据此评价单位，以年度结果为准。")
    return [*told, f"{provisional_name(grading)}为暂定结果，供提醒和整改；约谈、通报批评以年度定稿结果为准。"]


def tell_tiers_meaning(grading: Grading, names: Names) -> str:
    """Return what a tier says and does not say (R19); empty where policy gives tiers neither shares nor lines."""
    if grading.quotas:
        last = names.tiers[-1]
        return (
            f"等次是单位之间的相互比较，不是及格线：“{names[last]}”指得分排在最后约{grading.quotas[last]:g}%的单位，"
            "不论全区得分高低都会有，相邻等次可能只差零点几分。"
        )
    return tier_rule(grading, names) if grading.lines else ""


def _tell_whole(content: PackContent) -> str:
    """Return what becomes of a channel without marks, and how many units have all of theirs; empty if all (S2)."""
    rows = content.table("channel_scores", "month")
    is_whole = rows[rows["policy_weight"] > 0].groupby("unit_id")["score"].agg(lambda scores: scores.notna().all())
    told = f"某一部分没有可计内容的，其比重按比例分给其余部分；本月各部分齐全的单位{is_whole.sum()}个。"
    return "" if is_whole.all() else told


def overview(content: PackContent) -> str:
    """Return how the district did, against the month before and last year, and how much a month usually changes."""
    period, least = content.policy.period, content.policy.trends.worsening.least_months
    totals, trends = content.units["total"], content.table("trends")
    changes = trends[(trends["level"] == "district") & trends["change"].notna()].set_index("basis")
    told = f"{month_name(period)}，全区参评的{totals.notna().sum()}个单位平均得分{score(totals.mean())}分"
    for basis in [each for each in MONTHS_BACK if each in changes.index]:
        row = changes.loc[basis]
        told += f"，{beside(basis, rose_or_fell(row['change']))}"
        if row["is_rule_changed"] and pd.notna(row["like_for_like_change"]):
            told += f"（其间指标或权重有调整，扣除调整的影响{rose_or_fell(row['like_for_like_change'])}）"
    usual = usual_change(content.means, period, "mom", least)
    return told + "。" + (f"近一年每月的升降，有一半在{score(usual)}分以内。" if pd.notna(usual) else "")


def _course_title(content: PackContent) -> str:
    means = content.means.reindex(month_range(shift(content.policy.period, -12), content.policy.period)).dropna()
    if means.empty:
        return "本月没有可评单位"
    low, high = score(means.min()), score(means.max())
    span = f"，近{len(means)}个月在{low}至{high}分之间" if low != high else ""
    return f"全区平均得分{score(means.iloc[-1])}分{span}"


def _course(content: PackContent) -> Markup:
    months = month_range(shift(content.policy.period, -12), content.policy.period)
    means = content.means.reindex(months)
    return course_svg(months, means.tolist(), [float("nan")] * len(months), name="全区平均", other="")


def groups_table(content: PackContent) -> Table:
    """Return the mean of each group of units; small groups are told together."""
    scored = content.units[content.units["total"].notna()]
    order = [group.id for group in content.policy.groups if (scored["group"] == group.id).any()]
    sizes = scored["group"].value_counts().reindex(order)
    rows = []
    for part in merge_small_groups(sizes, content.rules.minimum_group):
        members = scored[scored["group"].isin(part)]
        rows.append((listing([content.names[group] for group in part]), len(members), members["total"].mean()))
    columns = [
        text("类别", itemgetter(0)),
        number("参评单位", lambda r: str(r[1])),
        number("平均得分", lambda r: score(r[2])),
    ]
    return table(columns, rows, "各类单位平均得分（单位少的类别合并列示）", css="")


def tiers_table(content: PackContent) -> Table:
    """Return how many units each tier has."""
    counts = content.units["tier"].value_counts()
    columns = [
        text("等次", lambda tier: tier_badge(tier, content.names)),
        number("单位数", lambda tier: str(counts.get(tier, 0))),
    ]
    return table(columns, content.names.tiers, "各等次单位数（R19）", css="")


def _losses(content: PackContent) -> tuple[Markup, list[str]]:
    """Return the costliest indicators, and of those that only compare units what a loss means (S24)."""
    summary = content.table("indicator_summary", "month")
    # An indicator that few units have would tell of them.
    enough = summary[summary["n_units"] >= content.rules.minimum_group]
    worst = enough.sort_values(["lost_points", "indicator_id"], ascending=[False, True]).head(LOSSES_SHOWN)
    columns = [
        text("指标", "indicator_id", content.names),
        number("参评单位", "n_units"),
        number("平均得分", "mean_score", score),
        number("全区平均失分", "lost_points", score),
    ]
    shown = table(
        columns,
        worst,
        "失分最多的指标（失分：按当期权重折算为总分的分值，摊到全区全部参评单位；只涉及部分单位的，所涉单位的平均失分更高）",
        css="",
    )
    among = set(worst["indicator_id"])
    relative = [each for each in content.policy.relative_indicators.values() if each.id in among]
    return shown, [WORDS.relative.format(name=i.name, points=i.method.median_points) for i in relative]


def tell_ledger(ledger: pd.DataFrame) -> list[str]:
    """Return how many items still wait for what, how many of them are overdue, and what became of those due (S22)."""
    if ledger.empty:
        return []
    still, is_due = ledger[ledger["light"] != "closed"], ledger["is_due"].astype(bool)
    states = still["state"].value_counts()
    over = still[still["light"] == "red"]
    each = [f"{word}{states[state]}项" for state, word in _STATES.items() if state in states.index]
    told = f"各渠道发现的问题列入整改台账，尚未销号{len(still)}项"
    told += f"：{listing(each)}" if each else ""
    told += f"；{_tell_overdue(over, states)}。" if len(over) else "；其中没有超期的。" if len(still) else "。"
    done = int(ledger.loc[is_due, "is_closed_in_time"].sum())
    due = f"本月到期{is_due.sum()}项，按期整改完成{done}项。" if is_due.any() else "本月没有到期的。"
    return [told + due]


def _tell_overdue(over: pd.DataFrame, states: pd.Series) -> str:
    """Return which of the open items are overdue, and for how long at most; a state that is so as a whole is said once.

    Args:
        over: the overdue items.
        states: state → number of open items.
    """
    late, longest = over["state"].value_counts(), f"最长超期{over['overdue_working_days'].max()}个工作日"
    shown = {state: word for state, word in _STATES.items() if state in late.index}
    if len(shown) > 1:
        each = listing([f"{word}{late[state]}项" for state, word in shown.items()])
        return f"其中已超期{len(over)}项（{each}），{longest}"
    ((state, word),) = shown.items()
    if late[state] == states[state]:
        return f"{word}的{len(over)}项{'全部' * (len(over) > 1)}已超期，{longest}"
    return f"其中已超期{len(over)}项，{'都' * (len(over) > 1)}是{word}的，{longest}"


def departments_table(content: PackContent) -> Markup:
    """Return the tiers of departments where policy publishes them (`public_units`), else nothing (S26)."""
    if content.rules.public_units == "none":
        return Markup("")
    towns = {unit.id for unit in content.policy.units if unit.is_town}
    rows = content.units[~content.units["unit_id"].isin(towns) & (content.units["tier"] != "")]
    order = pd.Categorical(rows["tier"], categories=list(content.names.tiers), ordered=True)
    columns = [text("单位", "unit_id", content.names), text("等次", "tier", lambda t: tier_badge(t, content.names))]
    ordered = rows.assign(order=order).sort_values(["order", "unit_id"])
    return table(columns, ordered, "区直部门等次（同一等次内按编号排列）")


def _tell_outcomes(content: PackContent) -> str:
    """Return of how many units a final year's measures are past their days, and who finds out by when; none is named.

    Empty where none are.
    """
    told, day = content.table("consequences"), content.edition.published
    clauses = overdue_clauses(told, day, unsure_units(content.annual) if content.annual else ())
    by = [registered_by(content, year) for year in sorted(overdue_measures(told, day))]
    return "".join(f"{'，'.join(filter(None, each))}。" for each in zip(clauses, by, strict=True))
