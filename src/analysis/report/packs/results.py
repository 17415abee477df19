"""What a unit's results lead to, told to itself: watch list, blacklist, years, a veto or a judgement (R9, R22, S3)."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from analysis.policy.period import month_range, shift, year_to_date
from analysis.policy.watch import AboveOwnRate
from analysis.report.adjustments import COUNTED, DECIDED, list_deciding, points_words
from analysis.report.grading import listed_name
from analysis.report.measures import VERIFIED_FIRST, VERIFY_KEEPS, clear_words, measure_word, reason_words, state_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_outcomes import registered_by
from analysis.report.packs.year_losses import next_tier_words
from analysis.report.page.pieces import Table, number, table, text
from analysis.report.trends import known_part, tell_change
from analysis.report.verify import doubt_of_month, doubt_words, unsure_of
from analysis.report.watch import watch_reason
from analysis.report.words import (
    DASH,
    OVER,
    SMALLEST,
    WORDS,
    chance,
    day_name,
    fixed,
    is_over,
    listing,
    luck,
    month_name,
    months_so_far,
    near_day,
    numeral,
    score,
    signed,
    whole,
)
from analysis.report.year import TRULY_LISTED


def watch_words(content: PackContent, unit_id: str) -> tuple[str, list[str]]:
    """Return whether the unit is on the watch list and when it can leave, and its reasons with this month's figures."""
    own, rules = content.own("watch_list", unit_id), content.policy.watch
    if not own:
        return "本单位未列入监管异常名录。", []
    clean = numeral(rules.clean_months, of_things=True)
    n_clean = max(row.n_clean_months for row in own)
    # What is met over a window is met until its last bad month has left that (S15).
    is_met = any(row.is_met and row.reason in WORDS.watch_counts for row in own)
    span = max(rules.clean_months, rules.window_months * is_met) - n_clean
    soonest, since = month_name(shift(content.policy.period, max(1, span))), month_name(min(row.since for row in own))
    had = f"，已有{numeral(n_clean, of_things=True)}个月" if n_clean else ""
    judged = "各月按当月的件数和得分判断，没有相应件数的月份既不算有，也不算没有"
    told = f"本单位{since}起列入监管异常名录。连续{clean}个月没有任何列入情形的移出名录{had}（{judged}）"
    told += f"，最早为{soonest}。"
    return told, [_reason_words(content, row) for row in sorted(own, key=lambda row: row.reason)]


def _reason_words(content: PackContent, row) -> str:
    """Return a reason with the cases of the months it goes over, and of which month it was if it holds no more."""
    rules, grading = content.policy.watch, content.policy.grading
    if row.reason not in WORDS.watch_counts or not row.first_period:
        return watch_reason(row, rules, grading, with_interval=False) + "。"
    months = month_range(row.first_period, row.last_met)
    span = (
        f"最近{numeral(len(months), of_things=True)}个月（{_span(months)}）"
        if len(months) > 1
        else month_name(months[0])
    )
    above = isinstance(getattr(rules, row.reason), AboveOwnRate)
    line = f"全区{fixed(row.threshold)}%" if above else f"界线{row.threshold:g}%"
    facts = {"cases": row.n_cases, "events": round(row.value * row.n_cases / 100), "value": fixed(row.value)}
    told = span + WORDS.watch_counts[row.reason].format(line=line, **facts)
    if pd.notna(row.p_value):
        told += f"，出于偶然的可能性{luck(row.p_value)}"
    if not row.is_met:
        told += f"（{month_name(row.last_met)}的情形，本月未再触发）"
    return told + "。"


def _span(months: list[str]) -> str:
    first, last = months[0], months[-1]
    if first[:4] == last[:4]:
        return f"{int(first[5:])}月至{int(last[5:])}月"
    return f"{month_name(first)}至{month_name(last)}"


def status_words(content: PackContent, unit_id: str) -> list[str]:
    """Return on which lists the unit is, for the first screen: the watch list, the blacklist or close to it."""
    listed = [month_name(row.since) for row in content.own("watch_list", unit_id)[:1]]
    told = [f"本单位已列入监管异常名录（{since}起）。" for since in listed]
    told += [f"{veto}。" for veto in veto_words(content, unit_id)]
    return [*told, *year_status_words(content, unit_id)]


def year_status_words(content: PackContent, unit_id: str, whose: str = "本单位", *, with_way: bool = True) -> list[str]:
    """Return what years in a row bring the unit, and what the year would add if it ended now (R22, S36).

    Args:
        content: the month.
        unit_id: the unit.
        whose: how the unit is called.
        with_way: whether it is told what would lead out of the interviews, and how likely the unit is there.
    """
    runs = [
        _run_words(content, unit_id, row, whose, with_way=with_way)
        for row in content.own("consequences", unit_id)
        if row.is_current and row.basis == "annual" and row.reason == "streak" and row.kind in ("blacklist", "warning")
    ]
    return runs or _interview_words(content, unit_id, whose * (not with_way), with_way=with_way)


def _interview_words(content: PackContent, unit_id: str, whose: str, *, with_way: bool) -> list[str]:
    """Return that the unit would be interviewed if the year ended now, none where it would not (R22, S36).

    Where the year before listed it as well, also that it would be listed again, and warned of the blacklist.
    """
    now = content.year_so_far.get(unit_id)
    if now is None or pd.isna(now.total) or not now.is_counted or not now.is_interview:
        return []
    range_ = f"约谈范围（{listed_name(content.policy.grading, content.names)}）"
    last = int(content.policy.period[:4]) - 1
    states = [row for row in content.own("annual_states", unit_id) if row.year == last and row.state == "listed"]
    again = "".join(f"，{_again_words(content, row.streak_years + 1)}" for row in states)
    return [f"{_if_it_ended(content)}{whose}列入{range_}{again}{_way_out(content, now) * with_way}。"]


def _again_words(content: PackContent, years: int, *, is_blacklisted: bool = False) -> str:
    """Return that a unit would be listed for so many years in a row, and what that brings one that is not yet there."""
    rules = content.policy.consequences
    told = f"为连续第{numeral(years)}年列入"
    if years >= rules.blacklist_years:
        return told + "，并列入黑名单" * (not is_blacklisted)
    return told + f"，将按规定给予黑名单{WORDS.consequences['warning']}" * (years >= rules.warn_years)


def _if_it_ended(content: PackContent) -> str:
    return "" if len(year_to_date(content.policy.period)) == 12 else "若年度就此结束，"


def _way_out(content: PackContent, now) -> str:
    """Return what would lead a unit out of the interviews of the year, and how likely it is there by more than chance.

    A year that is over is moved by nothing but objections: then it is only how far the unit is from it.

    Args:
        content: the month.
        now: its row of `year_rows`.
    """
    gap, told = now.margin_interview_points, []
    way = "如其他单位不变，累计得分再提高{}分可不列入" if _if_it_ended(content) else "累计得分与不列入相差{}分"
    told += [f"；{way.format(score(gap))}"] * bool(pd.notna(gap) and gap > 0)
    told += [f"；{TRULY_LISTED}{chance(now.p_interview)}"] * bool(pd.notna(now.p_interview))
    return "".join(told)


def _run_words(content: PackContent, unit_id: str, row, whose: str, *, with_way: bool) -> str:
    """Return for how many years the unit has been listed, what that brings, and what this year would add (R22)."""
    policy, names = content.policy, content.names
    years = f"{'、'.join(row.years.split())}年度连续{numeral(row.streak_years, of_things=True)}年列入"
    years += listed_name(policy.grading, names)
    if row.kind == "blacklist":
        told = f"{whose}已列入机构编制黑名单（{years}），按规定应予问责；{clear_words(policy.consequences)}"
    else:
        wanted = numeral(policy.consequences.blacklist_years, of_things=True)
        told = f"{whose}{years}，连续{wanted}年的列入机构编制黑名单并问责"
    now = content.year_so_far.get(unit_id)
    if now is None or pd.isna(now.total) or not now.is_counted or row.year + 1 != int(policy.period[:4]):
        return told + "。"
    would = _again_words(content, row.streak_years + 1, is_blacklisted=row.kind == "blacklist")
    would += _way_out(content, now) * with_way
    return f"{told}。{_if_it_ended(content)}{would if now.is_interview else '本年度不列入'}。"


def past_years_words(content: PackContent, unit_id: str) -> str:
    """Return the unit's state in the final years that a blacklist looks back on, empty where it was never listed."""
    rows = [row for row in content.own("annual_states", unit_id) if row.state != "draft"]
    recent = sorted(rows, key=lambda row: row.year)[-content.policy.consequences.blacklist_years :]
    if not any(row.state == "listed" for row in recent):
        return ""
    told = [f"{row.year}年度{state_words(row, content.policy.grading, content.names)}" for row in recent]
    return f"近年年度结果（约谈范围）：{'、'.join(told)}。"


def ruled_words(content: PackContent, unit_id: str, scope: str) -> str:
    """Return what decided a tier that the score alone would not give: veto or judgement, month, reason, document.

    Args:
        content: the month.
        unit_id: the unit.
        scope: as for `list_deciding`.
    """
    period, cap = content.policy.period, content.names[content.policy.grading.veto_cap]
    own = list_deciding(_decisions(content, unit_id, year_to_date(period)), period, scope)
    told = [
        f"{month_name(row.period)}{WORDS.adjustments[row.kind]}：{row.reason}（{row.document}{_dated(row)}）"
        for row in own.itertuples()
    ]
    if not told:
        return "经定性调整或一票否优"
    whose = f"；一票否优限制当月和所在年度的等次，最高为{cap}" if (own["kind"] == "veto").any() else ""
    return "；".join(told) + whose


def veto_words(content: PackContent, unit_id: str) -> list[str]:
    """Return what a veto of the year so far allows at most, and why, the latest last; none without one (S17)."""
    cap = content.names[content.policy.grading.veto_cap]
    return [
        f"{month_name(row.period)}{WORDS.adjustments['veto']}（{row.reason}，{row.document}）：当月和{row.period[:4]}年度的等次最高为{cap}"
        for row in _decisions(content, unit_id, year_to_date(content.policy.period)).itertuples()
        if row.kind == "veto"
    ]


def _counted_words(content: PackContent, unit_id: str) -> str:
    """Return which bonuses and deductions of the year are in its total so far: the month shows its own alone (S3)."""
    own = _decisions(content, unit_id, year_to_date(content.policy.period), COUNTED)
    told = [f"{month_name(row.period)}{points_words(row)}" for row in own.itertuples()]
    return f"其中已计入{listing(told)}。" if told else ""


def _decisions(
    content: PackContent, unit_id: str, months: Sequence[str], kinds: Sequence[str] = DECIDED
) -> pd.DataFrame:
    """Return the unit's adjustments of some kinds and months, in order; vetoes and judgements by default."""
    rows = content.adjustments if len(content.adjustments) else content.table("adjustments")
    own = rows[(rows["unit_id"] == unit_id) & rows["kind"].isin(kinds) & rows["period"].isin(months)]
    return own.sort_values(["period", "adjustment_id"])


def _dated(row) -> str:
    return f"，{day_name(date.fromisoformat(row.date))}" if row.date else ""


def year_words(content: PackContent, unit_id: str) -> str:
    """Return where the unit would stand if the year ended now, as consequences attach to years alone (S27, S36)."""
    row = content.year_so_far.get(unit_id)
    is_whole = len(year_to_date(content.policy.period)) == 12
    if row is None or pd.isna(row.total) or (is_whole and content.edition.state == "final"):
        return ""
    policy, names = content.policy, content.names
    year, months = policy.period[:4], months_so_far(policy.period, policy.district.start)
    told = f"{year}年{months}累计（暂定，不是各月得分的平均）：得分{score(row.total)}分"
    if not row.is_counted:
        return told + f"，有数据的月数{row.n_months}个，不足{policy.grading.minimum_months}个，不计位次和等次。"
    is_ruled = row.tier != row.tier_by_score
    ruled = f"（按得分为{names[row.tier_by_score]}；{ruled_words(content, unit_id, 'ytd')}）" if is_ruled else ""
    change = content.changes.get((unit_id, "ytd"))
    moved = "" if change is None else tell_change(change)
    told += f"，{'与' if moved == '持平' else '比'}上年同期{moved}" if moved else ""
    told += f"，位次第{row.rank}，等次{names[row.tier]}{ruled or next_tier_words(content, row)}。"
    told += _counted_words(content, unit_id)
    told += _unusual_words(content, unit_id)
    # The first screen says of a unit that would be listed what this would say once more.
    is_told = not is_whole and any(_if_it_ended(content) in each for each in status_words(content, unit_id))
    return told if is_told else f"{told}{_year_end_words(content, row)}。"


def unusual_year_words(content: PackContent, unit_id: str) -> list[str]:
    """Return, first of all, that the year so far moved by more than months bring, and in places; else nothing (S33)."""
    row, change = content.year_so_far.get(unit_id), unusual_change(content, unit_id)
    if row is None or change is None or pd.isna(row.rank):
        return []
    policy = content.policy
    told = f"{policy.period[:4]}年{months_so_far(policy.period, policy.district.start)}累计得分{score(row.total)}分"
    places = f"；位次由第{whole(change['rank_before'])}变为第{row.rank}" * bool(pd.notna(change["rank_before"]))
    known, alike = known_part(change), "按可比口径" * bool(change["is_rule_changed"])
    noise = f"{alike}超出正常波动（±{score(change['noise_points'])}分{f'；{known}' * bool(known)}）"
    return [f"{told}，比上年同期{tell_change(change)}，{noise}{places}。"]


def unusual_change(content: PackContent, unit_id: str) -> pd.Series | None:
    """Return the change of the year so far, if it is more than months bring; else None."""
    change = content.changes.get((unit_id, "ytd"))
    is_known = change is not None and pd.notna(change["noise_points"])
    return change if is_known and not bool(change["is_within_noise"]) else None


def _unusual_words(content: PackContent, unit_id: str) -> str:
    """Return what moved the year so far where it moved by more than months bring, as the page begins; else nothing."""
    change = unusual_change(content, unit_id)
    if change is None:
        return ""
    parts = [f"{cause}{signed(change[part])}分" for part, cause in WORDS.own_causes.items() if change[part]]
    is_within = bool(abs(change["performance"]) <= change["noise_points"] and not known_part(change))
    alone = "；单看工作成绩在正常波动以内" * is_within
    told = f"与上年同期之差中，{'、'.join(parts)}{alone}。" * (len(parts) > 1)
    return told + _counted_before(content, unit_id, change)


def _counted_before(content: PackContent, unit_id: str, change: pd.Series) -> str:
    """Return which bonuses and deductions last year's months to date had, where they moved the year so far (S17)."""
    own, before = (
        _decisions(content, unit_id, year_to_date(shift(content.policy.period, -back)), COUNTED) for back in (0, 12)
    )
    told = [f"{month_name(row.period)}{points_words(row)}" for row in before.itertuples()]
    if not told or abs(change["adjustments"]) < SMALLEST:
        return ""
    this = "见上" if len(own) else "没有加分、扣分"
    return (
        f"{WORDS.own_causes['adjustments']}{signed(change['adjustments'])}分：上年同期计入{listing(told)}，本年{this}。"
    )


def _year_end_words(content: PackContent, row) -> str:
    """Return whether the year so far lists a unit, how far it is from the other, and how likely that is."""
    ended, gap = _if_it_ended(content), row.margin_interview_points
    range_ = f"约谈范围（{listed_name(content.policy.grading, content.names)}）"
    told = f"{ended}{'列入' if row.is_interview else '不列入'}{range_}"
    if pd.notna(gap) and gap:
        way = "再提高{}分可移出" if ended else "与移出相差{}分"
        told += f"，{way.format(score(gap))}" if gap > 0 else f"，高出约谈线{score(-gap)}分"
    if pd.notna(row.p_interview):
        told += f"；{TRULY_LISTED}{chance(row.p_interview)}"
    return told


def annual_words(content: PackContent, unit_id: str) -> dict[str, str] | None:
    """Return the unit's own result of the last final year, in short and whole; None where no year is final."""
    if content.annual is None:
        return None
    year, names, number_of = content.annual, content.names, int(content.annual.policy.period[:4])
    standing, states = year.table("year_standing"), year.table("annual_states")
    name = f"{number_of}年度结果（{day_name(year.edition.published)}定稿）"
    own = standing[(standing["unit_id"] == unit_id) & standing["is_counted"]]
    if own.empty:
        told = "该年度没有数据，或有数据的月数不足，不计位次和等次，按未参评处理。"
        return {"name": name, "short": "未参评", "told": told}
    (row,), count = own.itertuples(), int(standing["is_counted"].sum())
    (state,) = states[(states["unit_id"] == unit_id) & (states["year"] == number_of)].itertuples()
    place = f"在{count}个单位中位次第{row.rank}，等次{names.get(row.tier, DASH)}"
    run = f"，连续{numeral(state.streak_years, of_things=True)}年列入" if state.streak_years > 1 else ""
    black = "，列入机构编制黑名单" if state.is_blacklisted else ""
    told = (
        f"得分{score(row.total)}分，{place}；约谈范围：{state_words(state, year.policy.grading, names)}{run}{black}。"
    )
    return {"name": name, "short": place, "told": told}


def other_measures(content: PackContent, unit_id: str) -> str:
    """Return what follows for the unit though no row of the measures says so: the watch list, a veto; or nothing."""
    told = ["列入监管异常名录"] * bool(content.own("watch_list", unit_id))
    return listing(told + [WORDS.adjustments["veto"]] * bool(veto_words(content, unit_id)))


def consequences_table(content: PackContent, unit_id: str) -> Table:
    """Return the consequences of a unit that are in force."""
    own = [row for row in content.own("consequences", unit_id) if row.is_current]
    day = content.edition.published
    past = [row.year for row in own if _is_past(row, day)]
    known = registered_by(content, max(past)) if past else ""
    by_paper = f"；时限已过的以书面通知为准，未收到通知的无须办理{f'，办理情况{known}' * bool(known)}" * bool(past)
    columns = [
        text("措施", _measure_words),
        text("事由", lambda r: reason_words(r, content.policy.grading, content.names) + _to_verify(content, r)),
        # A month warns on the day on which it is told, not on the day to which it counts (S21).
        number("起始", lambda r: near_day(day.isoformat() if r.basis == "month" else r.since, day)),
        text("时限", lambda r: _limit_words(r, day)),
        text("依据文件", lambda r: r.document or DASH),
    ]
    keeps = f"；{VERIFY_KEEPS}" * any(r.basis == "annual" and _to_verify(content, r) for r in own)
    return table(columns, own, f"本单位现行结果运用措施（年度措施以定稿结果为准{by_paper}{keeps}）", css="")


def _measure_words(row) -> str:
    """Return a measure with what it asks for by its last day: 通报批评、整改."""
    asked = (WORDS.consequence_limits[row.kind],) if row.until else ()
    return listing(list(dict.fromkeys([measure_word(row), *asked])))


def _limit_words(row, day: date) -> str:
    """Return what is to be done by the last day of a measure, and that it is over: not whether it was done."""
    if not row.until:
        return DASH
    over = "已过，办理情况未登记" if _is_past(row, day) else OVER
    return f"{WORDS.consequence_limits[row.kind]}：{near_day(row.until, day)}" + f"（{over}）" * is_over(row.until, day)


def _is_past(row, day: date) -> bool:
    """Tell whether the last day of a year's measure is over: a paper orders it, and no table says what came of it."""
    return row.basis == "annual" and is_over(row.until, day)


def _to_verify(content: PackContent, row) -> str:
    """Return that a result is verified before anything is done about it, empty where it is sure or not at hand (R21).

    Of years only the last final one is at hand.
    """
    if row.basis == "month":
        doubt = doubt_of_month(content, row.unit_id)
        return f"；{doubt}，请先核实失分原因" * bool(doubt)
    if not row.until or row.unit_id not in unsure_of(content, row.year):
        return ""
    return f"；{doubt_words(content.annual or content, [row.unit_id])}，{VERIFIED_FIRST}"
