"""A unit's lost points: indicator, rule, evidence, and what would have kept them."""

from collections.abc import Mapping
from operator import itemgetter

import pandas as pd
from markupsafe import Markup

from analysis.policy.indicators import Indicator
from analysis.policy.period import shift
from analysis.report.indicators import case_words, method_words
from analysis.report.packs.content import KEY_WORK, TICKETS, PackContent
from analysis.report.packs.evidence import (
    earlier_visits,
    evidence,
    field_name,
    has_marks,
    read_mark,
    senders_of,
    sheet_name,
    shown_cells,
)
from analysis.report.page.pieces import Column, number, table, text
from analysis.report.words import DASH, SMALLEST, WORDS, listing, month_name, near_day, near_days, score

GRID = "；同类中位按{:g}分归并"  # of peers (S23)
_ONE, _CIRCLED = ord("①"), 20
_CAPTION = "失分明细（失分＝（100－得分）×权重%，由多到少{apart}{grid}；数据依据为文件、单元格和原始值）"
_VISITS_SHOWN = 2
_VISITS_COUNT = "；抽查得分计至所列月份，其间再次抽查的取平均"
_KEPT_SHOWN = 8
_UNTOLD = "未附扣分事由"
_FULL = 100


def lost_points_table(content: PackContent, unit_id: str, files: Mapping[str, str] | None = None) -> Markup:
    """Return the table of lost points, each with what would have kept it, method and rule, and evidence.

    Args:
        content: the month.
        unit_id: the unit.
        files: file and sheet → the number that stands in its place (see `numbered_files`); none: by their names.
    """
    of, files = content.policy.indicator_by_id, files or {}
    *own, lost_points, median = figure_columns(content, unit_id)
    columns = [
        *own,
        number("上月", lambda r: score(getattr(content.before.get((unit_id, r.indicator_id)), "score", None))),
        lost_points,
        median,
        text("怎样可不失分", lambda r: advice_words(content, unit_id, r)),
        text("计分方法与评分单位", lambda r: _rule_words(content, r, files)),
        text("数据依据", lambda r: _basis(content, r, of[r.indicator_id], files)),
    ]
    lost, apart, grid = (each(content, unit_id) for each in (in_order, relative_last, notes_words))
    first = ("权重%", "得分", "失分", "同类中位", "怎样可不失分")
    return table(columns, lost, _CAPTION.format(apart=apart, grid=grid), css="evidence pairs", first=first)


def figure_columns(content: PackContent, unit_id: str, scope: str = "month") -> list[Column]:
    """Return the columns of a list of losses in figures: indicator, weight, score, loss, and the group's median (S23).

    Args:
        content: the month.
        unit_id: the unit.
        scope: of the month or of the year so far.
    """
    return [
        text("指标", "indicator_id", content.names),
        number("权重%", "weight", score),
        number("得分", "score", score),
        number("失分", "lost_points", score),
        number("同类中位", lambda r: score(content.group_median(unit_id, r.indicator_id, scope))),
    ]


def found_words(content: PackContent, row) -> str:
    """Return what visits that count found of an indicator, each with its day; a dash where none says so.

    Beside one that does, a visit that took points and says nothing is told as such.
    """
    visits = content.findings.get((row.unit_id, row.indicator_id), [])[::-1]
    shown = [each for each in visits if _is_found(content, each) or each.points < _FULL]
    days = near_days([each.date for each in shown], content.edition.published)
    told = [
        f"{day}抽查：{each.finding}"
        if _is_found(content, each)
        else f"{day}抽查得{score(each.points)}分，{_noted(each)}{_UNTOLD}"
        for day, each in zip(days, shown, strict=True)
    ]
    return "；".join(told) if any(_is_found(content, each) for each in shown) else DASH


def _noted(visit) -> str:
    """Return what a visit says that found nothing: beside the points that it took, that is a unit's best question."""
    return f"记录为“{visit.finding}”，" * bool(visit.finding)


def notes_words(content: PackContent, unit_id: str) -> str:
    """Return on which grid medians are told (S23), and how visits count together (S13), where the table has them."""
    has_medians = any(content.side_of_median(unit_id, row) for row in content.losses.get(unit_id, []))
    of = content.policy.indicator_by_id
    has_visits = any(_seen_again(content, unit_id, of[row.indicator_id]) for row in in_order(content, unit_id))
    return GRID.format(content.rules.peer_step_points) * has_medians + _VISITS_COUNT * has_visits


def in_order(content: PackContent, unit_id: str) -> list:
    """Return the unit's losses, what can be acted on first."""
    return sorted(
        content.losses.get(unit_id, []), key=lambda row: row.indicator_id in content.policy.relative_indicators
    )


def relative_last(content: PackContent, unit_id: str, *, is_ordered: bool = False) -> str:
    """Return which of the unit's losses are out of their order, last, as nobody can mend them; empty where none is.

    Args:
        content: the month.
        unit_id: the unit.
        is_ordered: whether measures are ordered by the paper it stands in, of which these are then excepted.
    """
    relative = content.policy.relative_indicators
    last = [content.names[row.indicator_id] for row in in_order(content, unit_id) if row.indicator_id in relative]
    but = "，是相对指标，不要求整改" * is_ordered
    return f"，{listing(last)}列最后{but}" * bool(last)


def earlier_words(content: PackContent, unit_id: str) -> str:
    """Return which of the unit's losses rest on visits of earlier months, and on which days; empty where none does."""
    of = content.policy.indicator_by_id
    days = {
        row.indicator_id: earlier_visits(content, unit_id, of[row.indicator_id]) for row in in_order(content, unit_id)
    }
    told = [f"{content.names[i]}（{'、'.join(day for day, _ in visits)}）" for i, visits in days.items() if visits]
    return f"；按此前抽查计分的有{'、'.join(told)}" * bool(told)


def numbered_files(content: PackContent, unit_id: str) -> dict[str, str]:
    """Return each file and sheet behind the lost points with the number by which its cells name it: ①, ② and so on."""
    found: dict[str, None] = {}
    for row in in_order(content, unit_id):
        indicator = content.policy.indicator_by_id[row.indicator_id]
        found |= dict.fromkeys(map(sheet_name, shown_cells(content, unit_id, indicator)))
    return {sheet: chr(_ONE + at) if at < _CIRCLED else f"[{at + 1}]" for at, sheet in enumerate(found)}


def file_words(content: PackContent, unit_id: str) -> str:
    """Return which files the numbers in the evidence mean, and who sent them; empty where there is none."""
    files, senders = numbered_files(content, unit_id), {}
    for row in in_order(content, unit_id):
        indicator = content.policy.indicator_by_id[row.indicator_id]
        for cell in shown_cells(content, unit_id, indicator):
            senders.setdefault(sheet_name(cell), {}).update(dict.fromkeys(senders_of(content, indicator)))
    told = [
        f"{number}{sheet}" + f"（由{listing([*senders[sheet]])}报送）" * bool(senders[sheet])
        for sheet, number in files.items()
    ]
    return f"数据依据中的文件：{'；'.join(told)}。" if told else ""


def _rule_words(content: PackContent, row, files: Mapping[str, str]) -> str:
    indicator = content.policy.indicator_by_id[row.indicator_id]
    is_filed = any(sheet_name(cell) in files for cell in shown_cells(content, row.unit_id, indicator))
    # Who sent a file stands with the files.
    window, senders = indicator.window_months.get("month"), [] if is_filed else senders_of(content, indicator)
    told = [
        f"{method_words(indicator.method)}（{indicator.rule}）",
        *_single_task(content, row, indicator),
        case_words(row, indicator, content.policy.period),
        f"近{window}个月各次抽查平均" if window else "",
        f"由{listing(senders)}报送" if senders else "",
    ]
    return "；".join(filter(None, told))


def _single_task(content: PackContent, row, indicator: Indicator) -> list[str]:
    """Return that a whole channel rests on one task, none where it does not."""
    tasks = {task.task_id for task in content.own("key_work", row.unit_id)}
    if indicator.data.sheet != KEY_WORK or len(tasks) != 1:
        return []
    counted = {each.id for each in content.policy.indicators if each.data.sheet == KEY_WORK}
    own = [each for each in content.own("indicator_scores", row.unit_id) if each.channel == row.channel and each.weight]
    if any(each.indicator_id not in counted for each in own):
        return []
    share, name = sum(each.weight for each in own), content.names[f"{row.channel}.short"]
    return [f"{name}渠道权重{share:.4g}%，本月仅此一项任务"]


def uncounted_words(content: PackContent, unit_id: str) -> str:
    """Return which of a unit's rates have too few cases and give their weight to others (S30), empty without any.

    Few tickets are not counted out: they point to single callers.
    """
    told = []
    for row in content.own("indicator_scores", unit_id):
        if row.status == "too_few_cases":
            indicator = content.policy.indicator_by_id[row.indicator_id]
            words = case_words(row, indicator, content.policy.period, indicator.data.sheet == TICKETS)
            told.append(f"{indicator.name}（{words}）")
    return f"件数不足、不计分的指标：{listing(told)}；其权重分给其余指标（S30）。" if told else ""


def kept_words(content: PackContent, unit_id: str) -> str:
    """Return which indicators lost a unit nothing, with what they weigh; empty where there is none."""
    own = [row for row in content.own("indicator_scores", unit_id) if row.weight > 0 and row.score >= _FULL]
    names = listing([content.names[row.indicator_id] for row in own], _KEPT_SHOWN)
    return f"未失分的指标：{names}（权重合计{score(sum(row.weight for row in own))}%）。" if own else ""


def _basis(content: PackContent, row, indicator: Indicator, files: Mapping[str, str]) -> Markup:
    """Return the evidence of an indicator and, where it fell since the month before, what stood in the sheet then."""
    told = [evidence(content, row.unit_id, indicator, files), _stood_before(content, row, indicator)]
    return Markup("<br>").join(filter(None, told))


def _stood_before(content: PackContent, row, indicator: Indicator) -> str:
    """Return what the sheet of the month before held of an indicator that fell since; empty where it did not fall."""
    then = content.before.get((row.unit_id, row.indicator_id))
    held = held_before(content, row, indicator) if then and row.score < then.score else ""
    return f"上月：{held}" * bool(held)


def held_before(content: PackContent, row, indicator: Indicator) -> str:
    """Return what the sheet of the month before held of an indicator: a state, counts, a figure.

    Empty where its rule is new, where cases of several months are one rate (S30), and where the figure is the score
    itself, which stands in its own column.
    """
    then, last = content.before.get((row.unit_id, row.indicator_id)), shift(content.policy.period, -1)
    if then is None or indicator.from_ > last or then.first_period != last:
        return ""
    states = [state for state, points in indicator.method.states.items() if points == then.value]
    counts = {"denominator": then.denominator, "numerator": then.numerator}
    if states:
        return states[0] if len(states) == 1 else ""
    if indicator.data.numerator and all(map(pd.notna, counts.values())):
        return "、".join(f"{field_name(content, indicator, name)} {count:g}" for name, count in counts.items())
    is_mark = indicator.method.reads in ("count", "points") and then.n_measurements == 1
    return f"{then.value:g}{indicator.unit}" if is_mark and abs(then.value - then.score) >= SMALLEST else ""


def advice_words(content: PackContent, unit_id: str, row) -> str:
    """Return what would bring the points back: what was found, the lowest mark, and what the group's median would.

    A unit that is near its group's median is told so. Of an indicator that says how work is
    spread, that nothing but its counts can be mended.
    """
    indicator = content.policy.indicator_by_id[row.indicator_id]
    if indicator.id in content.policy.relative_indicators:
        return "相对值，整改不能提高；工作量、在编人数有误的，提出异议"
    side, (gain, _) = content.side_of_median(unit_id, row), content.gain_at_median(unit_id, row)
    visits = content.findings.get((unit_id, indicator.id), [])[:_VISITS_SHOWN]
    told = [_visit_words(content, visit) for visit in visits]
    # Visits of months before may not be at hand.
    is_known = not indicator.window_months or bool(visits)
    is_judged = indicator.method.reads == "points"  # marks that somebody gives
    bare = [visit for visit in visits if not _is_found(content, visit) and visit.points < _FULL]
    if is_judged and is_known and side != "above" and (bare or not any(_is_found(content, v) for v in visits)):
        senders = senders_of(content, indicator)
        days = [near_day(visit.date, content.edition.published) for visit in bare] * (len(bare) < len(visits))
        which = f"{listing(days)}抽查" * bool(days)
        told.append(f"{which}{_UNTOLD}" + (f"，可请{listing(senders)}说明" if senders else ""))
    told += _lowestread_mark(content, unit_id, indicator)
    told += _seen_again(content, unit_id, indicator)
    if not is_judged:
        told.append(keep_words(content, indicator))
    told = [*["接近同类中位"] * (side == "near"), *told]
    return "；".join([*told, f"达到同类中位约可少失{score(gain)}分"] if gain >= SMALLEST else told)


def _seen_again(content: PackContent, unit_id: str, indicator: Indicator) -> list[str]:
    """Return until when the marks of visits count, as nothing but another visit moves them (S13); none without visits.

    Those that count no more are none.
    """
    windows, seen = indicator.window_months, content.findings.get((unit_id, indicator.id), [])
    until = {scope: shift(seen[0].period, windows[scope] - 1) for scope in windows} if seen else {}
    if until.get("month", "") < content.policy.period:
        return []
    last, year = (month_name(until.get(scope, until["month"])) for scope in ("month", "ytd"))
    told = f"计至{last}" if last == year else f"月度计至{last}，年度计至{year}"
    return [f"{'最近一次' * (len(seen) > 1)}{told}", *_in_year_alone(content, unit_id, indicator)]


def _in_year_alone(content: PackContent, unit_id: str, indicator: Indicator) -> list[str]:
    """Return how many visits count in the year so far and no more in the month, and since when; none without any."""
    year = content.year_scores.get((unit_id, indicator.id))
    own = [row for row in content.own("indicator_scores", unit_id) if row.indicator_id == indicator.id]
    more = year.n_measurements - own[0].n_measurements if year and own else 0
    return [f"年度另含此前{more}次（最早{month_name(year.first_period)}）"] if more > 0 else []


def _is_found(content: PackContent, visit) -> bool:
    """Tell whether a visit says what it found, which may be that there is nothing to find."""
    return bool(visit.finding) and visit.finding not in content.policy.sheets.no_finding


def _visit_words(content: PackContent, visit) -> str:
    """Return a visit's mark beside what it found, so that a mark without a finding shows."""
    told = f"{near_day(visit.date, content.edition.published)}抽查得{score(visit.points)}分"
    if _is_found(content, visit):
        return f"{told}：{visit.finding}"
    return f"{told}，记录为“{visit.finding}”" if visit.finding else f"{told}，没有记录"


def _lowestread_mark(content: PackContent, unit_id: str, indicator: Indicator) -> list[str]:
    """Return which of several marks was the lowest, none where there is only one or they are no marks."""
    cells = content.sources.get((unit_id, indicator.id), []) if has_marks(indicator) else []
    marks = [(mark, cell) for cell in cells if (mark := read_mark(cell)) is not None]
    if len(marks) < 2:
        return []
    value, row = min(marks, key=itemgetter(0))
    titles = {task.task_id: task.title for task in content.own("key_work", unit_id)}
    item = titles.get(row.item_id) or row.item_id
    told = " ".join(filter(None, (item, field_name(content, indicator, row.role.partition(" ")[0]))))
    return [f"最低的一项是{told}（{value:g}）"]


def keep_words(content: PackContent, indicator: Indicator) -> str:
    """Return what would have kept all points of an indicator; never another unit's figure."""
    if indicator.data.measure in WORDS.measures:
        return WORDS.measures[indicator.data.measure]
    fields = {name: field_name(content, indicator, name) for name in ("numerator", "denominator")}
    return method_words(indicator.method, "kept", **fields)
