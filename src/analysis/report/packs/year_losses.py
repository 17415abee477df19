"""What the year so far costs a unit, and what would bring points of it back."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from math import ceil

import pandas as pd
from markupsafe import Markup

from analysis.policy.period import shift, year_to_date
from analysis.report.adjustments import points_beside
from analysis.report.packs.content import YEAR, PackContent
from analysis.report.packs.losses import GRID, figure_columns, keep_words
from analysis.report.page.pieces import Table, table, text
from analysis.report.words import DASH, SMALLEST, listing, month_name, near_day, numeral, score
from analysis.report.year import listed_by_deductions, year_rows

LOST = "失分明细（{}失分＝（100－得分）×权重%，由多到少{}）"
_UNTOLD = "；最后一栏“—”为合并多个月件数计分的，或所计抽查、月份材料不全的，不列最低的一次"
_WORST = 3
_MONTHS = 2
_FULL = 100


def year_losses_table(content: PackContent, unit_id: str) -> Table:
    """Return what a unit's indicators cost of its year, the costliest first; a revision may lack it.

    What only compares how busy units are is named in the caption: nobody can rectify it (S24).
    """
    relative, rows = content.policy.relative_indicators, content.year_losses.get(unit_id, [])
    lost = [row for row in rows if row.indicator_id not in relative]
    worst = partial(_worst_months, content, _own_months(content, unit_id))
    told = _UNTOLD * any(worst(row) == DASH for row in lost)
    told += "".join(
        f"；另有{content.names[row.indicator_id]}失{score(row.lost_points)}分，是相对指标，不要求整改"
        for row in rows
        if row.indicator_id in relative
    )
    totals = content.table("unit_scores", "ytd")
    for row in totals[totals["unit_id"] == unit_id].itertuples():  # with them losses add up to what is missing from 100
        told += points_beside(row, content.adjustments)
    if any(content.side_of_median(unit_id, row) for row in lost):
        told += GRID.format(content.rules.peer_step_points)
    caption = year_name(content) + LOST.format("", told)
    columns = [
        *figure_columns(content, unit_id, "ytd"),
        text("得分最低的月份或抽查", worst),
    ]
    return table(columns, lost, caption, css="pairs")


def year_sum_words(content: PackContent, unit_id: str) -> str:
    """Return how a unit's year so far adds up: from 100 what the table's rows cost, what stands beside them, the total.

    What the rows come to is what is left in print, so that the sum is right to the last digit. Empty without a year,
    and where the total was cut at an end.
    """
    totals, rows = content.table("unit_scores", "ytd"), content.year_losses.get(unit_id, [])
    for row in totals[
        (totals["unit_id"] == unit_id) & totals["total"].between(0, _FULL, inclusive="neither")
    ].itertuples():
        beside = [
            (-round(each.lost_points, 2), f"{content.names[each.indicator_id]}失分")
            for each in rows
            if each.indicator_id in content.policy.relative_indicators
        ]
        beside += [
            (round(points, 2), word) for points, word in ((-row.deductions, "扣分"), (row.bonus, "加分")) if points
        ]
        listed = _FULL + sum(points for points, _ in beside) - row.total
        told = "".join(f"{'－' if points < 0 else '＋'}{score(abs(points))}（{word}）" for points, word in beside)
        return f"累计得分{score(row.total)}分＝100－{score(listed)}（上列各项失分合计）{told}。"
    return ""


def year_account(content: PackContent, unit_id: str) -> Markup:
    """Return the losses of the year with their sum, nothing where the year has none to tell."""
    shown = year_losses_table(content, unit_id) if year_loss_words(content, unit_id) else None
    if not shown or not shown.cells:
        return Markup("")
    return Markup("{}<p>{}</p>").format(shown, year_sum_words(content, unit_id))


def _own_months(content: PackContent, unit_id: str) -> dict[str, list]:
    """Return indicator → the unit's rows of the year's months so far, where all of them rest on their own cases (S30).

    Of one with a month that others' cases fill up the lowest may be that month: it has none.
    """
    rows = pd.concat([content.marks_before, content.table("indicator_scores", "month")])
    rows = rows[(rows["unit_id"] == unit_id) & (rows["weight"] > 0)]
    filled = {*rows.loc[rows["first_period"] != rows["period"], "indicator_id"]}
    rows = rows[~rows["indicator_id"].isin(filled)]
    found: dict[str, list] = {}
    for row in rows[rows["period"].str[:4] == content.policy.period[:4]].itertuples():
        found.setdefault(row.indicator_id, []).append(row)
    return found


def _worst_months(content: PackContent, own: Mapping[str, Sequence], row) -> str:
    """Return in which months, or on which visits, most of a year's loss came, with the marks; as many as are telling.

    Of what counts by its latest value the month of that; nothing of a rate that other months' cases fill up (S30), and
    of visits or months that are not all at hand: the lowest may be another.
    """
    indicator, day = content.policy.indicator_by_id.get(row.indicator_id), content.edition.published
    if indicator and indicator.window_months:
        visits = content.findings.get((row.unit_id, row.indicator_id), [])
        found = [(each.points, near_day(each.date, day)) for each in visits] * (len(visits) == row.n_measurements)
    elif indicator and indicator.over_year == "latest":
        found = [(row.score, f"{int(row.first_period[5:])}月")]
    else:
        found = [(each.score, f"{int(each.period[5:])}月") for each in own.get(row.indicator_id, [])]
    if min(found, default=(_FULL,))[0] > row.score + SMALLEST:
        return DASH
    lost = sorted(each for each in found if each[0] <= _FULL - SMALLEST)[:_MONTHS]
    return "、".join(f"{when}{score(points)}" for points, when in lost) or DASH


def deduction_words(content: PackContent, unit_id: str, *, is_short: bool = False) -> str:
    """Return what was deducted in a unit's year and why (S17), in short without months; empty where nothing was."""
    totals = content.table("unit_scores", "ytd")
    for row in totals[(totals["unit_id"] == unit_id) & (totals["deductions"] >= SMALLEST)].itertuples():
        told = points_beside(row._replace(bonus=0.0), content.adjustments, is_short=is_short)
        return told.removeprefix("；另有")
    return ""


def lists_alone(content: PackContent, unit_id: str) -> bool:
    """Tell whether the year lists a unit that without its deductions it would not, other units as they are."""
    rows = year_rows(content.table("year_standing"), content.table("certainty"))
    return unit_id in listed_by_deductions(rows, content.table("unit_scores", "ytd"))


def year_name(content: PackContent) -> str:
    """Return how much of a year a table goes over."""
    is_whole = len(year_to_date(content.policy.period)) == YEAR
    return f"{content.policy.period[:4]}年{'度' if is_whole else '度累计'}"


def year_loss_words(content: PackContent, unit_id: str) -> str:
    """Return what costs most of the year so far.

    Empty where the year is no longer than the month, or counts no unit yet.
    """
    months = [month for month in year_to_date(content.policy.period) if month >= content.policy.district.start]
    now = content.year_so_far.get(unit_id)
    if len(months) < 2 or now is None or pd.isna(now.total) or not now.is_counted:
        return ""
    rows = content.year_losses.get(unit_id, [])
    apart = [row.indicator_id in content.policy.relative_indicators for row in rows]
    named, relative = (
        [
            f"{content.names[row.indicator_id]}（权重{score(row.weight)}%，失{score(row.lost_points)}分）"
            for row, is_relative in zip(rows, apart, strict=True)
            if is_relative is which
        ]
        for which in (False, True)
    )
    besides = f"除相对指标{listing(relative)}外，" * bool(relative)
    return f"{besides}年度累计失分最多的是{listing(named[:_WORST])}。" if named else ""


def next_tier_words(content: PackContent, row) -> str:
    """Return how far the year so far is from the next tier, others as they are; empty of an order of some (S35)."""
    sure, tiers = content.table("certainty", "ytd"), content.policy.grading.tiers
    up = sure.loc[sure["unit_id"] == row.unit_id, "margin_up_points"].sum()
    is_told = up > 0 and pd.notna(row.margin_interview_points)
    return f"（再提高{score(up)}分为{content.names[tiers[tiers.index(row.tier) - 1]]}）" if is_told else ""


def lever_steps(content: PackContent, unit_id: str) -> list[str]:
    """Return what would bring points of the year back at once, as its latest value counts (S10), and what is left.

    What is left is told to a unit that the year would list: later months have to bring it. None where nothing would,
    in a year that is over and in one that is no longer than the month.
    """
    if not year_loss_words(content, unit_id) or len(year_to_date(content.policy.period)) == YEAR:
        return []
    found = [(row, _restored(content, unit_id, row)) for row in content.year_losses.get(unit_id, [])]
    gains = [each for _, each in found if each[1] >= SMALLEST]
    now, gained = content.year_so_far[unit_id], sum(gain for _, gain in gains)
    told = "".join(f"{how}，年度约可少失{score(gain)}分。" for how, gain in gains)
    gaps = _gap_words(content, unit_id, {row.indicator_id for row, (_, gain) in found if gain >= SMALLEST})
    if not gains or not now.is_interview or not now.margin_interview_points > 0:  # a judgement is lifted by no points
        return [each for each in (told, gaps) if each]
    left, ahead = now.margin_interview_points - gained, YEAR - int(content.policy.period[5:])
    # A year is no mean of its months (S10), and of many indicators nearly one. What was deducted, or given, counts once
    # over the year: a month without either is measured against the indicators alone.
    more = left * (now.n_months + ahead) / ahead
    before, given = _before_points(content, unit_id, now.total)
    # What the latest values bring back is in the score of these months too, not only in the year's.
    need, best = before + gained + more, max(content.totals.values(), default=_FULL)
    # On the peers' grid: nothing is told that would bound another unit's score more narrowly (S23).
    best = ceil(best / content.rules.peer_step_points) * content.rules.peer_step_points
    beyond = "，超过满分，实际难以补足" if need > _FULL else "，高于本月各单位的得分，难以补足"
    effort = (
        f"各月没有加分、扣分的，大体每月须得{score(need)}分{_own_best(content, unit_id)}{beyond * bool(need > best)}"
    )
    spread = round(need, 2) - round(before, 2) - round(gained, 2)  # as in print: the sum is right to the last digit
    effort += f"：累计{given}{score(before)}分，加上述少失的{score(gained)}分，加{score(spread)}分"
    effort += f"（其余约{score(left)}分，按{now.n_months + ahead}个月分到余下{ahead}个月）"
    rest = f"{month_name(shift(content.policy.period, 1))}起的得分补足，{effort}"
    is_more = "已超过" if left <= -SMALLEST else "约可补足"
    enough = f"{'合计' * (len(gains) > 1)}{is_more}所需的{score(now.margin_interview_points)}分。"
    steps = (
        [told, f"其余约{score(left)}分须由{rest}。"] if left >= SMALLEST else [f"{told.removesuffix('。')}，{enough}"]
    )
    return [*steps, *[gaps] * bool(gaps)]


def _own_best(content: PackContent, unit_id: str) -> str:
    """Return beside what is needed the best month that the unit itself had: it tells how far away that is."""
    known = [total for total in content.course.get(unit_id, {}).values() if pd.notna(total)]
    return (
        f"（本单位近{numeral(len(known), of_things=True)}个月最高{score(max(known))}分，含加减分）"
        if len(known) > 1
        else ""
    )


def _before_points(content: PackContent, unit_id: str, total: float) -> tuple[float, str]:
    """Return a unit's year so far without bonus and deductions, and what it is called beside one that has them."""
    rows = content.table("unit_scores", "ytd")
    for row in rows[rows["unit_id"] == unit_id].itertuples():
        named = ["加分"] * (row.bonus >= SMALLEST) + ["扣分"] * (row.deductions >= SMALLEST)
        return total - row.bonus + row.deductions, f"{'、'.join(named)}前" * bool(named)
    return total, ""


def _gap_words(content: PackContent, unit_id: str, told_already: Collection[str]) -> str:
    """Return by which other indicators the year so far lies furthest below the group's median (S23), else nothing.

    With how much of that the months ahead can bring back, if each brings one more mark at the median: a year is nearly
    a mean of its months, tasks and visits, and of few of these one more counts for much.
    """
    spared = {*content.policy.relative_indicators, *told_already}
    rows = [row for row in content.year_losses.get(unit_id, []) if row.indicator_id not in spared]
    gaps = [(content.gain_at_median(unit_id, row)[0], row) for row in rows]
    most = sorted((each for each in gaps if each[0] >= SMALLEST), key=lambda each: (-each[0], each[1].indicator_id))
    if not most:
        return ""
    named = [f"{content.names[row.indicator_id]}（约{score(gain)}分）" for gain, row in most[:_WORST]]
    ahead = YEAR - int(content.policy.period[5:])
    whole = sum(round(gain, 2) for gain, _ in most[:_WORST])  # as in print
    back = sum(gain * ahead / (row.n_measurements + ahead) for gain, row in most[:_WORST])
    left = f"余下{ahead}个月每月各有一次数据（当月、任务或抽查的）且都达到同类中位的，大体可补回"
    left += f"{'合计' * (len(named) > 1)}{score(whole)}分中的{score(back)}分"
    return f"{'此外，' * bool(told_already)}年度累计低于同类中位的主要是{listing(named)}；{left}。"


def way_out(content: PackContent, unit_id: str) -> list[str]:
    """Return, of a unit that the year would list, what was deducted and what would bring points back; else nothing."""
    now = content.year_so_far.get(unit_id)
    if now is None or not now.is_interview:
        return []
    first, *others = lever_steps(content, unit_id) or [""]
    return [told for told in (_deducted(content, unit_id, now) + first, *others) if told]


def _deducted(content: PackContent, unit_id: str, now) -> str:
    """Return how much of the year so far was deducted, and that it is more than what is missing, where it is (S17)."""
    totals = content.table("unit_scores", "ytd")
    points = totals.loc[totals["unit_id"] == unit_id, "deductions"].sum()
    if not points >= SMALLEST:
        return ""
    more = f"（超过所需的{score(now.margin_interview_points)}分）" * bool(points > now.margin_interview_points > 0)
    why = deduction_words(content, unit_id, is_short=True).removeprefix(f"扣分{score(points)}分")
    return f"年度累计已计扣分{score(points)}分{more}{why}。"


def _restored(content: PackContent, unit_id: str, row) -> tuple[str, float]:
    """Return how a better latest value would bring points of the year back, and how many; none where it would not.

    Of states that is the best one, of marks the median of the group (S23).
    """
    indicator = content.policy.indicator_by_id.get(row.indicator_id)
    if indicator is None or indicator.over_year != "latest":
        return "", 0.0
    states = indicator.method.states
    best = max(states.values()) if states else content.group_median(unit_id, indicator.id)
    what = keep_words(content, indicator) if states else f"达到同类中位（{score(best)}分）"
    how = f"{indicator.name}年度按最新{'状态' if states else '一次'}计，以后月份{what}的"
    return how, row.weight * (best - row.score) / 100
