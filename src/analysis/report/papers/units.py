"""A unit's papers: interview, rectification, reminder, objection form, each with nothing but its own (S23, S44)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial

import pandas as pd

from analysis.report.bulletin import still_open
from analysis.report.edition import edition_words
from analysis.report.grading import bottom_name
from analysis.report.measures import again_words, clear_words, reason_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.losses import GRID, earlier_words, figure_columns, found_words, in_order, relative_last
from analysis.report.packs.objection import FORM, LATER, MEANWHILE
from analysis.report.packs.own_tickets import tickets_table
from analysis.report.packs.results import year_status_words
from analysis.report.packs.to_do import fallen_states, last_days, watch_task_words
from analysis.report.packs.year_losses import LOST, deduction_words, year_losses_table
from analysis.report.page.pieces import Table, table, text
from analysis.report.papers.objection import objection_form
from analysis.report.papers.paper import (
    CONTACT,
    Paper,
    Part,
    basis_words,
    by_day,
    draft_words,
    leave_out,
    number_blank,
    number_items,
    number_parts,
    part,
    split_caption,
)
from analysis.report.papers.tables import items_table
from analysis.report.tasks import Task, asked_words, why_open
from analysis.report.verify import doubt_of_month, doubt_words, unsure_units, verify_until
from analysis.report.watch import watch_reason
from analysis.report.words import DASH, WORDS, day_name, listing, month_name, months_so_far, score

# What a rectification notice asks for; what is dunned has a reminder, what is drawn is told by the draw.
_RECTIFIED = ("measures", "year_ahead", "supply", "fell_due", "due_soon", "watch")
_DUE = {"fell_due": "已到期", "due_soon": "临期"}
_UNTOLD = "；未附事由的，可请评分单位说明，数据位置见反馈单"
_NAMED = 3  # indicators that cost a unit most of its year


def month_papers(content: PackContent, unit_id: str) -> Iterator[Paper]:
    """Yield what a month asks a unit for: rectification, an answer to what is overdue, and its form to object."""
    tasks = content.tasks.get(unit_id, [])
    if asked := [task for task in tasks if task.kind in _RECTIFIED]:
        # Tickets alone need no paper; one that there is leaves none of them out that may be counted (S46).
        late = [task for task in tasks if task.kind == "tickets" and "n_due" not in content.hidden_counts]
        yield _rectification(content, unit_id, [*asked, *late])
    if dunned := [task for task in tasks if task.kind == "dunned"]:
        yield _reminder(content, unit_id, dunned)
    periods = still_open(content.table("objection_periods"), content.edition)
    if (periods["unit_id"] == unit_id).any():
        yield objection_form(content, unit_id)


def year_papers(content: PackContent, unit_id: str) -> Iterator[Paper]:
    """Yield what a final year asks of a unit: the interview, and rectification (R21, S27)."""
    year = int(content.policy.period[:4])
    for row in content.own("consequences", unit_id):
        # Others have no deadline: a successor that is told of its predecessor's place is asked for nothing (S35).
        if row.is_current and row.basis == "annual" and row.year == year and row.until:
            yield from _of_consequence(content, unit_id, row)


def _of_consequence(content: PackContent, unit_id: str, row) -> Iterator[Paper]:
    known, why = _year_words(content, row.year), _why(content, unit_id, row)
    office, until = content.policy.district.office, day_name(date.fromisoformat(row.until))
    lost, verified = year_losses_table(content, unit_id), _verified_blank(content, unit_id)
    by, taken = by_day(date.fromisoformat(row.until)), deduction_words(content, unit_id)
    if row.kind == "interview":
        parts = [
            part("约谈事由", why, _most_lost(lost), f"另有{taken}。" if taken else "", verified),
            part(
                "约谈时间、地点和约谈人",
                f"时间：不迟于{until}，具体为　　月　　日　　时；地点：　　　　　　　　。",
                "约谈人：（姓名、职务）",
            ),
            part("有关要求", _ASKED_AT_INTERVIEW + _left_to_object(content)),
        ]
        opening = f"根据{known}，按规定对你单位予以{WORDS.consequences[row.kind]}，现就有关事项通知如下："
        yield _paper(content, unit_id, "interview", "约谈通知书", opening, parts, is_year=True)
    if row.kind == "notice":
        asked = f"请{'对照失分明细（见附件）' if lost.cells else '对照考评结果'}{_ASKED_TO_RECTIFY}"
        parts = [
            part("整改事由", why, verified),
            part("有关要求", f"{asked}，于{by}整改到位，并将整改情况书面报{office}。{_left_to_object(content)}"),
        ]
        annexes = (lost,) if lost.cells else ()
        given = f"按规定对你单位应予{WORDS.consequences[row.kind]}（另行印发）并限期整改"
        opening = f"根据{known}，{given}，现就整改事项通知如下："
        yield _paper(content, unit_id, "rectification", "整改通知书", opening, parts, annexes, is_year=True)


def _hold_words(content: PackContent, unit_id: str) -> str:
    """Return that a paper waits until the office has verified the unit's result; empty where that is sure."""
    if unit_id not in unsure_units(content):
        return ""
    until, office = verify_until(content), content.policy.district.office
    by = by_day(until) if until else ""
    return f"（结果{doubt_words(content, [unit_id])}，{office}{by}核实后方可发出；发出前删去本行和下面两行）"


def _verified_blank(content: PackContent, unit_id: str) -> str:
    """Return what the office fills in when it has verified a doubtful result; empty where the result is sure."""
    if unit_id not in unsure_units(content):
        return ""
    # Where it is no such thing, the paper is not sent.
    return f"经{content.policy.district.office}{content.edition.published.year}年　　月　　日核实：（核实结论）"


def _left_to_object(content: PackContent) -> str:
    """Return what a unit may still say to a final result, nothing of one that is not final."""
    is_final = content.edition.state == "final"
    return "考评结果的异议期已结束，仍有不同意见的，请在书面材料中一并说明。" * is_final


def _year_words(content: PackContent, year: int) -> str:
    """Return which result a paper of a year is about, and on which day it became final."""
    edition = content.edition
    since = f"{day_name(edition.published)}定稿的" if edition.state == "final" else ""
    return f"{since}{year}年度机关职能运行监管考评结果"


def _why(content: PackContent, unit_id: str, row) -> str:
    """Return a unit's result of the year, why it is called, what runs of years mean for it, and by which document."""
    policy, names = content.policy, content.names
    told = f"你单位{reason_words(row, policy.grading, names)}"
    if pd.notna(row.total) and pd.notna(row.rank):
        is_bottom = row.reason.startswith("bottom_five")
        standing = content.table("year_standing")
        tied = _tied(standing.loc[standing["unit_id"] == unit_id, "is_tied"].any())
        told = _result_words(content, f"你单位{row.year}年度", row, is_bottom=is_bottom, tied=tied)
    documents, of_years = [row.document], []
    for other in content.own("consequences", unit_id):
        if other.is_current and other.basis == "annual" and other.year == row.year and other.kind in _RUNS:
            of_years.append(
                f"{reason_words(other, policy.grading, names)}，{_RUNS[other.kind]}{_left(content, other)}。"
            )
            documents.append(other.document)
    based = "、".join(filter(None, dict.fromkeys(documents)))
    return f"{told}。{''.join(of_years)}" + f"依据：{based}。" * bool(based)


_RUNS = {"blacklist": f"按规定列入{WORDS.consequences['blacklist']}，并予问责", "warning": "予以黑名单预警；"}
_ASKED_TO_RECTIFY = "，对失分较多的指标逐项提出整改措施，明确责任人和完成时限，其余的简要说明"
_ASKED_AT_INTERVIEW = "请主要负责人参加，并带书面材料，说明失分原因、整改措施、责任人和完成时限。"


def _left(content: PackContent, row) -> str:
    """Return how many listed years more bring a warned unit on the blacklist; of one that is on it how that ends."""
    left = content.policy.consequences.blacklist_years - row.streak_years
    if row.kind != "warning":
        return f"；黑名单没有固定期限，其后{clear_words(content.policy.consequences)}"
    return f"{again_words(left)}的，将进入{WORDS.consequences['blacklist']}，并予问责"


def _most_lost(lost: Table) -> str:
    at = lost.heads.index("失分")
    told = [f"{row[0]}（失{row[at]}分）" for row in lost.cells[:_NAMED]]
    besides = "除相对指标外，" * ("相对指标" in lost.caption)
    return f"{besides}失分较多的指标：{listing(told)}。" if told else ""


def _rectification(content: PackContent, unit_id: str, tasks: list[Task]) -> Paper:
    policy, own = content.policy, content.own("ledger", unit_id)
    states = policy.ledger.dun_states
    waiting = [r for r in own if r.light in ("red", "yellow") and not r.is_dunned and r.state in states]
    kinds = {task.kind for task in tasks}
    # A month only warns: what it warns of is what the year would bring; whom the year alone lists it does not warn.
    is_warned, is_listed = "measures" in kinds, bool(kinds & {"measures", "year_ahead"})
    is_year = bool(getattr(content.year_so_far.get(unit_id), "is_interview", False))
    annexes, where = _annexes(content, unit_id, kinds, is_year=is_year)
    why, documents = _month_why(content, unit_id, tasks)
    ahead = _of_the_year(content, unit_id, is_told=is_year and "year_ahead" not in kinds)
    asked = f"请按上列事项的时限办理，并将情况书面报{policy.district.office}。{where}"
    parts = [
        part(
            "预警和整改事由" if is_warned else "整改事由",
            *number_items([*why, *(ahead if is_listed else [])]),
            f"依据：{'、'.join(documents)}。" * bool(documents),
        ),
        part(
            "核实和整改事项" if is_warned else "整改事项",
            *number_items(
                f"{each}。时限：{day_name(until)}。"
                for each, until in _asked(content, unit_id, tasks, is_listed=is_listed)
            ),
        ),
        part("到期和临期的台账事项", items_table(content, waiting, "到期和临期事项清单") if waiting else ""),
        part("有关要求", asked, *_dunned(content, unit_id), _may_object(content, unit_id, tasks)),
    ]
    known = f"{day_name(content.edition.published)}发布的{month_name(policy.period)}机关职能运行监管考评结果"
    warned = f"对你单位予以{WORDS.consequences['warning']}，并就核实和" if is_warned else "就"
    opening = f"根据{known}{edition_words(content.edition)}，现{warned}整改事项通知如下："
    title = "预警和整改通知书" if is_warned else "整改通知书"
    return _paper(content, unit_id, "rectification", title, opening, parts, annexes)


def _asked(content: PackContent, unit_id: str, tasks: Iterable[Task], *, is_listed: bool) -> Iterator[tuple[str, date]]:
    """Yield what a month's paper asks for and until when: of a listed unit why a state got worse too, as its page."""
    for task in tasks:
        yield f"{_task_words(content, task)}{asked_words([task], is_whole=True)}", task.until
    for told in fallen_states(content, unit_id) * is_listed:
        yield from ((told, until) for until in last_days(content, unit_id))


def _annexes(content: PackContent, unit_id: str, kinds: set[str], *, is_year: bool) -> tuple[tuple[Table, ...], str]:
    """Return what explains the reasons of a month's paper, and that it is annexed: lost points, tickets, or nothing.

    A paper orders; how to mend each indicator the unit's page tells.
    """
    rows = in_order(content, unit_id)
    has_medians = any(content.side_of_median(unit_id, row) for row in rows)
    notes = relative_last(content, unit_id, is_ordered=True) + earlier_words(content, unit_id)
    notes += GRID.format(content.rules.peer_step_points) * has_medians
    notes += _UNTOLD * any(found_words(content, row) != DASH for row in rows)
    caption = (month_name(content.policy.period) + LOST).format("", notes)
    columns = [*figure_columns(content, unit_id), text("扣分事由", partial(found_words, content))]
    lost = leave_out(table(columns, rows, caption, css=""))
    found = [
        (lost, "measures" in kinds, "失分明细"),
        (year_losses_table(content, unit_id), is_year, "失分明细"),
        (_marked(content, unit_id), "watch" in kinds, "须关注的工单"),
    ]
    shown = [(each, name) for each, is_asked, name in found if is_asked and each.cells]
    names = listing(list(dict.fromkeys(name for _, name in shown)))
    return tuple(each for each, _ in shown), f"{names}见附件。" * bool(shown)


def _marked(content: PackContent, unit_id: str) -> Table:
    """Return the unit's tickets to be heeded as paper has them: what the page explains besides stands there alone."""
    shown = tickets_table(content, unit_id)
    name, _, count = split_caption(shown)[0].partition("，")
    return leave_out(shown, caption=f"{month_name(content.policy.period)}{name}清单（{count}）")


def _of_the_year(content: PackContent, unit_id: str, *, is_told: bool) -> list[str]:
    """Return what the year would bring a listed unit; first how it stands there, unless that is told already."""
    stands = [f"{_year_ahead_words(content, unit_id)}。"] if is_told else []
    return [*stands, *year_status_words(content, unit_id, "你单位", with_way=False)]


def _task_words(content: PackContent, task: Task) -> str:
    if task.kind == "watch":
        return watch_task_words(content, task)
    return WORDS.own_tasks["year_ahead"] if task.kind == "year_ahead" else task.words()


def _month_why(content: PackContent, unit_id: str, tasks: Sequence[Task]) -> tuple[list[str], list[str]]:
    """Return why a month asks the unit for what it asks, a sentence a reason with its list, and by which documents."""
    counts, policy = Counter(), content.policy
    for task in tasks:  # items fall due on several days
        counts[task.kind] += task.count
    told = {
        "measures": (_listed_words, policy.consequences.document),
        "year_ahead": (_year_ahead_words, policy.consequences.document),
        "supply": (_gap_words, ""),
        "watch": (_watched_words, policy.watch.document),
        "tickets": (_overdue_words, ""),
    }
    why = [(tell(content, unit_id), document) for kind, (tell, document) in told.items() if kind in counts]
    if due := [f"{word}的{counts[kind]}项" for kind, word in _DUE.items() if kind in counts]:
        # The day of the paper decides what is over; what is closed is known to the day to which the ledger counts.
        known, day = day_name(content.edition.as_of), day_name(content.edition.published)
        items = f"整改台账中你单位截至{known}尚未销号的事项，至{day}有{'、'.join(due)}（见到期和临期事项清单）"
        why.append((items, policy.ledger.document))
    return [f"{words}。" for words, _ in why], list(dict.fromkeys(document for _, document in why if document))


def _listed_words(content: PackContent, unit_id: str) -> str:
    """Return the unit's result of the month, for which it is warned (S27)."""
    (row,) = content.own("unit_scores", unit_id)
    when = f"你单位{month_name(content.policy.period)}"
    told = _result_words(content, when, row, is_bottom=bool(row.is_bottom_five), tied=_tied(row.is_tied))
    doubt = doubt_of_month(content, unit_id)
    verified = f"；该结果{doubt}，请先核实失分原因" * bool(doubt)
    return f"{told}（月度结果暂定），按规定予以{WORDS.consequences['warning']}{verified}"


def _year_ahead_words(content: PackContent, unit_id: str) -> str:
    """Return the unit's result of the year so far, which would list it, and whether chance may have done so (S36)."""
    row, policy = content.year_so_far[unit_id], content.policy
    whose = f"你单位{policy.period[:4]}年{months_so_far(policy.period, policy.district.start)}累计（暂定）"
    told = _result_words(content, whose, row, is_bottom=bool(row.is_bottom_five), tied=_tied(row.is_tied))
    is_unsure = row.p_interview < policy.noise.confidence_pct / 100
    told += f"，该结果{WORDS.doubts['known']}" * bool(is_unsure)
    return told + "；暂列约谈范围只作提醒，是否约谈以年度定稿结果为准"


def _overdue_words(content: PackContent, unit_id: str) -> str:
    """Return how many of the unit's tickets were open past their last day when the month's data end (R9)."""
    count = sum(task.count for task in content.tasks.get(unit_id, []) if task.kind == "tickets")
    return f"你单位截至{day_name(content.edition.as_of)}有逾期未办结工单{count}件"


def _gap_words(content: PackContent, unit_id: str) -> str:
    """Return which of the unit's indicators lack data, so that its result is provisional (S11)."""
    rows = content.table("indicator_scores", "month")
    rows = rows[(rows["unit_id"] == unit_id) & (rows["status"] == "accepted")]
    what = listing([content.names[indicator] for indicator in dict.fromkeys(rows["indicator_id"])])
    return f"你单位{f'的{what}' if what else '有数据'}{WORDS.statuses['accepted']}，未计入得分，本月得分和等次暂定"


def _watched_words(content: PackContent, unit_id: str) -> str:
    """Return since when the unit is on the watch list, and for what that still holds (S15)."""
    policy, rows = content.policy, [row for row in content.own("watch_list", unit_id) if row.is_met]
    told = {"with_interval": False, "with_chance": False}
    reasons = [watch_reason(row, policy.watch, policy.grading, **told) for row in rows]
    since = month_name(min(row.since for row in content.own("watch_list", unit_id)))
    return f"你单位{since}起列入监管异常名录：{'；'.join(reasons)}"


def _tied(is_tied: bool) -> str:
    """Return behind a place that others have it too (S7)."""
    return "（与其他单位并列）" * bool(is_tied)


def _result_words(content: PackContent, whose: str, row, *, is_bottom: bool, tied: str = "") -> str:
    """Return score, place and tier of a month or a year, and that the place is one of the last."""
    told = [f"{whose}考评得分{score(row.total)}分", f"居第{row.rank}位{tied}"]
    told += [f"列{bottom_name(content.policy.grading)}"] * is_bottom
    return "，".join(told + [f"等次为{content.names[row.tier]}"] * bool(row.tier))


def _dunned(content: PackContent, unit_id: str) -> list[str]:
    """Return, beside a reminder, what it asks for; its items stand there alone."""
    return [
        f"台账中已超期的{task.count}项事项，按催办函于{by_day(task.until)}书面答复并明确销号时间。"
        for task in content.tasks.get(unit_id, [])
        if task.kind == "dunned"
    ]


def _reminder(content: PackContent, unit_id: str, tasks: list[Task]) -> Paper:
    dunned = [row for row in content.own("ledger", unit_id) if row.is_dunned]
    office = content.policy.district.office
    asked = [
        # What is said in brackets stands last, together.
        f"请于{by_day(task.until)}{task.words()}"
        f"{f'{why_open(task)}{asked_words([task], is_whole=True)}'.replace('）（', '；')}，报{office}。"
        for task in tasks
    ]
    asked.append("对所列时限、状态有不同意见的，请在书面答复中一并说明。")
    asked += [f"依据：{document}。" for document in [content.policy.ledger.document] if document]
    parts = [part("", items_table(content, dunned, "超期事项清单"), *asked, "请按期函复。")]
    opening = f"截至{day_name(content.edition.as_of)}，你单位下列{len(dunned)}项整改事项已超过办理时限："
    return _paper(content, unit_id, "reminder", "关于催办超期整改事项的函", opening, parts)


def _may_object(content: PackContent, unit_id: str, tasks: Sequence[Task]) -> str:
    """Return until when a unit may object to the result behind tasks, some of them later; empty when that is over."""
    periods = still_open(content.table("objection_periods"), content.edition)
    own = periods.loc[periods["unit_id"] == unit_id, "until"]
    if own.empty:
        return ""
    last, contact = date.fromisoformat(own.max()), content.policy.district.objection.contact
    after = LATER * any(task.until > last for task in tasks)
    return f"对考评结果有异议的，请于{by_day(last)}以《{FORM}》向{contact}提出。{MEANWHILE}{after}"


def _paper(
    content: PackContent,
    unit_id: str,
    kind: str,
    title: str,
    opening: str,
    parts: list[Part],
    annexes: tuple[Table, ...] = (),
    *,
    is_year: bool = False,
) -> Paper:
    office = content.policy.district.office
    return Paper(
        kind=kind,
        audience="unit",
        title=(office, title),
        number=number_blank(content),
        to=content.names[unit_id],
        opening=opening,
        parts=number_parts(parts),
        annexes=annexes,
        signer=office,
        day=content.edition.published,
        draft=draft_words(content),
        basis=basis_words(content, is_year=is_year),
        hold=_hold_words(content, unit_id) if is_year else "",
        contact=CONTACT,
    )
