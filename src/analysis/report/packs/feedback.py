"""反馈单: one unit's page with its own rows and anonymous peers, nobody else's name or figure (R20, S23)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.period import month_range, shift
from analysis.report.actions import days_words
from analysis.report.adjustments import DECIDED, adjustment_table
from analysis.report.edition import Edition, foot, imprint
from analysis.report.monthly import MONTHS_BACK
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import ticket_facts
from analysis.report.packs.drawings import channels_svg, course_svg, places_svg, strip_svg
from analysis.report.packs.losses import file_words, kept_words, lost_points_table, numbered_files, uncounted_words
from analysis.report.packs.objection import FORM, form_blanks, form_facts, how_a_unit_objects
from analysis.report.packs.own_load import own_load
from analysis.report.packs.own_tickets import loop_words, open_table, tickets_table
from analysis.report.packs.questions import alike_table, question_words
from analysis.report.packs.results import (
    annual_words,
    consequences_table,
    other_measures,
    past_years_words,
    status_words,
    veto_words,
    watch_words,
    year_words,
)
from analysis.report.packs.standing import (
    change_words,
    interval_words,
    is_telling,
    last_year_words,
    lead_words,
    margin_words,
    short_words,
    sure_words,
    tier_margins,
    weight_words,
)
from analysis.report.packs.to_do import best_step, has_more_open, object_words, to_do_table, unnamed_words
from analysis.report.packs.year_losses import lever_steps, way_out, year_account, year_loss_words
from analysis.report.packs.year_moves import year_moves_table
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Change, Kpi, Table, number, table, text
from analysis.report.trends import tell_change
from analysis.report.words import (
    DASH,
    WORDS,
    listing,
    month_name,
    near_day,
    numeral,
    rose_or_fell,
    score,
    weekend_mark,
    whole,
)
from analysis.scoring.score_tables import score_parents
from analysis.scoring.tiers import tier_lines


def feedback_body(content: PackContent, unit_id: str) -> Markup:
    """Return the content of a unit's page, to be laid on a page by `render_page`.

    Args:
        content: the month's tables.
        unit_id: a unit assessed in the month.
    """
    (row,) = content.own("unit_scores", unit_id)
    return fill_template(
        "packs/feedback.html.j2",
        policy=content.policy,
        name=content.names[unit_id],
        imprint=imprint(content.policy, own_edition(content, unit_id)),
        is_draft=content.edition.state != "final",
        is_provisional=row.is_provisional,
        standing=_standing(content, unit_id, row) if pd.notna(row.total) else None,
        status=status_words(content, unit_id),
        way=way_out(content, unit_id) or best_step(content, unit_id),
        to_do=to_do_table(content, unit_id),
        unnamed=unnamed_words(content, unit_id),
        objection=object_words(content, unit_id),
        tickets=_tickets(content, unit_id),
        own_tickets=_filled(tickets_table(content, unit_id)),
        open_tickets=open_table(content, unit_id) if has_more_open(content, unit_id) else None,
        questions=([*loop_words(content, unit_id), *question_words(content, unit_id)], alike_table(content, unit_id)),
        items=_filled(items_table(content, unit_id)),
        load=own_load(content, unit_id),
        watched=watch_words(content, unit_id),
        vetoes=veto_words(content, unit_id),
        beside=other_measures(content, unit_id),
        consequences=_filled(consequences_table(content, unit_id)),
        annual=annual_words(content, unit_id),
        past_years=past_years_words(content, unit_id),
        year=(_year(content, unit_id), year_moves_table(content, unit_id)),
        year_losses=year_account(content, unit_id),
        how_to_object=how_a_unit_objects(content, unit_id),
        form=(FORM, [*form_facts(content, unit_id), *form_blanks(content, unit_id)]),
        foot=foot(content.edition),
    )


def _year(content: PackContent, unit_id: str) -> list[str]:
    """Return how the year stands and what it lost; what would bring that back stands first on a listed unit's page."""
    is_first = bool(way_out(content, unit_id))
    lost = [year_loss_words(content, unit_id), *lever_steps(content, unit_id) * (not is_first)]
    return [told for told in (year_words(content, unit_id), "".join(lost)) if told]


def own_edition(content: PackContent, unit_id: str) -> Edition:
    """Return the edition as it is for one unit: until when it may object itself, which no other page has to say."""
    periods = content.table("objection_periods")
    own = periods.loc[periods["unit_id"] == unit_id, "until"]
    until = date.fromisoformat(own.max()) if len(own) else content.edition.answer_until
    return replace(content.edition, answer_until=until, is_first=True)


def _kpis(content: PackContent, unit_id: str, row) -> list[Kpi]:
    found = [content.changes[unit_id, basis] for basis in MONTHS_BACK if (unit_id, basis) in content.changes]
    # What months bring by themselves is neither good nor bad (S32).
    changes = [
        Change(WORDS.bases[each["basis"]] + tell_change(each), each["change"], each["noise_points"]) for each in found
    ]
    year_before = content.course[unit_id].get(shift(content.policy.period, -MONTHS_BACK["yoy"]), np.nan)
    name, peers = content.peers(unit_id)
    is_group = name == content.names[content.policy.group_of[unit_id]]
    group = [Kpi(f"{name}类别位次", str(row.group_rank), f"/{len(peers)}")] if is_group else []
    note = "上年同期无数据" if np.isnan(year_before) else f"上年同期{score(year_before)}"
    tiers = [_ruled(row.tier_reason)] * bool(_ruled(row.tier_reason))
    tiers += [_tier_before(content, unit_id, each) for each in found]
    tied = ["与其他单位并列"] * bool(row.is_tied)
    certain = [short_words(content, each) for each in content.own("certainty", unit_id)]
    return [
        Kpi("得分", score(row.total), "分", changes, note=note),
        Kpi("等次", content.names.get(row.tier, DASH), note="，".join(tiers)),
        Kpi("全区位次", str(row.rank), f"/{len(content.totals)}", note="，".join([*tied, *certain])),
        *group,
        *_margin_kpi(content, unit_id, row),
    ]


def _tier_before(content: PackContent, unit_id: str, change: pd.Series) -> str:
    """Return the tier of an earlier month, with what decided it where the score alone did not."""
    months = content.history
    then = months[(months["unit_id"] == unit_id) & (months["period"] == change["before_period"])]
    why = "".join(f"（{told}）" for told in map(_ruled, then["tier_reason"]) if told)
    return f"{WORDS.bases_before[change['basis']]}{content.names.get(change['tier_before'], DASH)}{why}"


def _ruled(reason: str) -> str:
    """Return what decided a tier beside the score: a veto or a judgement; empty where nothing did."""
    return WORDS.tier_reasons[reason] if reason in DECIDED else ""


def _moved(content: PackContent, unit_id: str) -> list[str]:
    """Return what stands behind the change of the total, and the places of the months it is compared with."""
    found = [content.changes[unit_id, basis] for basis in MONTHS_BACK if (unit_id, basis) in content.changes]
    places = [
        f"{WORDS.bases_before[each['basis']]}第{whole(each['rank_before'])}位"
        for each in found
        if pd.notna(each["rank_before"])
    ]
    told = [*change_words(content, unit_id)[1:], *last_year_words(content, unit_id)]
    return told + [f"全区位次：{'，'.join(places)}。"] * bool(places)


def _margin_kpi(content: PackContent, unit_id: str, row) -> list[Kpi]:
    """Return the points up to the next tier, or of the best one down to the next; none where there is one tier."""
    tiers, names = content.names.tiers, content.names
    up, down = tier_margins(content, unit_id, row)
    place = tiers.index(row.tier_by_score)
    below = f"再降{score(down)}分落入{names[tiers[place + 1]]}" if pd.notna(down) else ""
    if pd.notna(up):
        return [Kpi(f"距{names[tiers[place - 1]]}", score(up), "分", note=below)]
    return [Kpi(f"高出{names[tiers[place + 1]]}", score(down), "分")] if below else []


def _standing(content: PackContent, unit_id: str, row) -> dict[str, Any]:
    """Return what the page shows of a unit with a score: figures, sentences, drawings, lost points."""
    name, _ = content.peers(unit_id)
    months = month_range(shift(content.policy.period, -12), content.policy.period)
    certain = _certain(content, unit_id)
    channels, lost = _channel_rows(content, unit_id), content.lost_points(unit_id)
    return {
        "peers": name,
        "kpis": _kpis(content, unit_id, row),
        "lead": lead_words(content, unit_id),
        "told": [
            ("等次", margin_words(content, unit_id, row)),
            ("变动", _moved(content, unit_id)),
            ("分项", parent_words(content, unit_id)),
            ("把握", [certain[0]] if certain else []),
        ],
        "place": _place(content, unit_id, row),
        "certain": certain[1] if certain else None,
        "course": course_svg(months, *_course(content, unit_id, months), moved=_moved_in(content, unit_id, months)),
        "course_title": _course_title(content, unit_id, months),
        "course_mark": "；竖线为权重调整的月份" * bool(_moved_in(content, unit_id, months)),
        "channels": channels_svg(channels),
        "channels_title": _channels_title(channels, name),
        "weights": weight_words(content, unit_id),
        "n_channels": numeral(len(channels), of_things=True),
        "channel_scores": listing([f"{told[0]}{score(told[1])}分" for told in channels]),
        "lost": "指标共失{}分；加分{}分，扣分{}分，得分{}分。".format(
            *map(score, (lost, row.bonus, row.deductions, row.total))
        ),
        "losses": lost_points_table(content, unit_id, numbered_files(content, unit_id)),
        "files": file_words(content, unit_id),
        "uncounted": kept_words(content, unit_id) + uncounted_words(content, unit_id),
        "adjustments": _adjustments(content, unit_id),
    }


def _place(content: PackContent, unit_id: str, row) -> tuple[Markup, str, str, str]:
    """Return the total among those of anonymous peers: the drawing, what it says in words, caption and finding."""
    name, peers = content.peers(unit_id)
    others = [content.totals[peer] for peer in peers if peer != unit_id]
    # The best tier has no line above it, the last none below: the lowest score of each but the last is a line.
    lines = {content.names[tier]: low for tier, low in list(content.lines.items())[:-1]}
    step = content.rules.peer_step_points
    rank = row.group_rank if name == content.names[content.policy.group_of[unit_id]] else row.rank
    return (
        strip_svg(row.total, others, lines, step),
        f"本单位得分{score(row.total)}分，在{name}{len(peers)}个单位中",
        f"本单位（深色）与{name}其他单位（浅色，不具名，按{step:g}分归并）的得分；虚线为等次线；单位：分",
        f"得分在{name}{len(peers)}个单位中居第{rank}位",
    )


def _moved_in(content: PackContent, unit_id: str, months: list[str]) -> list[str]:
    """Return the months of the course from which the unit's weights are others (R18), none where all are alike.

    Before the first month in which the unit has a score nothing would not be alike.
    """
    scored = [month for month in months if pd.notna(content.course[unit_id].get(month))]
    moved = content.weights_moved.get(unit_id, ())
    return [month for month in months if month in moved and scored and month > scored[0]]


def _course_title(content: PackContent, unit_id: str, months: list[str]) -> str:
    """Return the finding of the course: beside the district's mean of this month, and the best and worst month.

    Where rules changed in between, what the change since last year comes to like for like: months are not alike (S25).
    """
    own, mean = content.course[unit_id], content.means[content.policy.period]
    known = {month: own[month] for month in months if pd.notna(own.get(month, np.nan))}
    gap = round(own[content.policy.period] - mean, 2)
    told = f"本月{'高于' if gap > 0 else '低于'}全区平均{score(abs(gap))}分" if gap else "本月与全区平均持平"
    change, moved = content.changes.get((unit_id, "yoy")), _moved_in(content, unit_id, months)
    if change is not None and change["is_rule_changed"] and pd.notna(change["like_for_like_change"]):
        when = f"{_months_named(moved)}起权重调整，" if moved else "指标或权重有调整，"
        same = f"可比口径{rose_or_fell(change['like_for_like_change'])}"
        return f"{told}；{when}同比{rose_or_fell(change['change'])}，{same}"
    if moved:
        return f"{told}；{_months_named(moved)}起权重调整，前后各月得分不宜直接比较"
    if len(known) < 3:
        return told
    latest = sorted(known, reverse=True)
    best, worst = max(latest, key=known.get), min(latest, key=known.get)
    return f"{told}；最高{score(known[best])}（{month_name(best)}），最低{score(known[worst])}（{month_name(worst)}）"


def _months_named(months: Sequence[str]) -> str:
    return listing([month_name(month) for month in months])


def _channels_title(channels: list[tuple[str, float, float, float]], peers: str) -> str:
    """Return the finding of the channels: which lie below the middle half of the peers, and which above."""
    below = [name for name, own, low, _ in channels if own < low]
    above = [name for name, own, _, high in channels if own > high]
    told = [f"{listing(found)}{word}" for found, word in ((below, "偏低"), (above, "偏高")) if found]
    if not any(own >= low for _, own, low, _ in channels) and not told:  # few peers have no middle half (S23)
        return "各考核渠道得分"
    return f"与{peers}单位相比，{'，'.join(told)}" if told else f"有得分的渠道都在{peers}中间一半单位的范围内"


def _certain(content: PackContent, unit_id: str) -> tuple[str, tuple[Markup, str, str, str] | None] | None:
    """Return how sure the unit's place is, in words and, where that says something, as a strip of places.

    None where the month lacks it.
    """
    found = content.own("certainty", unit_id)
    if not found:
        return None
    row, grading = pd.Series(found[0]._asdict()), content.policy.grading
    sentence = sure_words(content, row)
    count = len(content.totals)
    has_lines = grading.tier_scope == "all" and grading.quotas
    lines = dict(zip(grading.tiers, tier_lines(count, grading), strict=True)) if has_lines else {}
    if not is_telling(content, row):
        return sentence, None
    strip = places_svg(
        row["rank"],
        (row["rank_low"], row["rank_high"]),
        {content.names[tier]: int(last) for tier, last in lines.items()},
        count,
    )
    shown = "，虚线为等次线" if has_lines else ""
    caption = f"圆点为本单位位次，色带为位次区间{shown}；单位：位"
    return sentence, (strip, sentence, caption, f"位次区间{interval_words(row)}")


def parent_words(content: PackContent, unit_id: str) -> list[str]:
    """Return the unit's scores of the level between indicators and channels, none where the rules have none."""
    if not content.policy.parents:
        return []
    rows = content.table("indicator_scores", "month")
    own = score_parents(rows[rows["unit_id"] == unit_id], content.policy)
    told = [f"{content.names[row.parent]}{score(row.score)}分" for row in own.itertuples()]
    return [f"分项得分：{'、'.join(told)}。"] if told else []


def _course(content: PackContent, unit_id: str, months: list[str]) -> tuple[list[float], list[float]]:
    own, means = content.course[unit_id], content.means
    return [own.get(month, np.nan) for month in months], [means.get(month, np.nan) for month in months]


def _channel_rows(content: PackContent, unit_id: str) -> list[tuple[str, float, float, float]]:
    own = {row.channel: row.score for row in content.own("channel_scores", unit_id)}
    halves = content.middle_halves(unit_id)
    return [
        (content.names[f"{channel}.short"], own.get(channel, np.nan), *halves[channel])
        for channel in content.policy.channel_ids
    ]


def _adjustments(content: PackContent, unit_id: str) -> Markup:
    return adjustment_table(sorted(content.own("adjustments", unit_id), key=lambda row: (row.date, row.adjustment_id)))


def _tickets(content: PackContent, unit_id: str) -> Markup:
    own = content.own("hotline_by_unit", unit_id)
    has_none = not any(row.n_received or row.n_due or row.n_open for row in own)
    if not own or (has_none and not content.hidden_counts):  # what is withheld is not told by its absence (S46)
        return Markup("")
    heads, figures = zip(*ticket_facts(own[0], content.hidden_counts), strict=True)
    names = [head.removesuffix("（件）") for head in heads]
    columns = [text("工单", lambda _: "本月"), *(number(head, itemgetter(at)) for at, head in enumerate(names))]
    return table(columns, [figures], "本月工单（单位：件）", css="pairs")


def _filled(shown: Table) -> Markup:
    """Return a table that has rows; of one that has none the page says so in a sentence."""
    return shown if shown.cells else Markup("")


def items_table(content: PackContent, unit_id: str, lights: Collection[str] = tuple(WORDS.lights)) -> Table:
    """Return a unit's items of the ledger, of all lights or of some, the most pressing first."""
    order, day = list(WORDS.lights), partial(near_day, beside=content.edition.published)
    items = [row for row in content.own("ledger", unit_id) if row.light in lights]
    own = sorted(items, key=lambda row: (order.index(row.light), row.due, row.item_id))
    days = {row.answer_until for row in own if row.is_dunned}
    (last,) = days if len(days) == 1 else ("",)  # what all rows would say stands above them
    columns = [
        text("整改事项", lambda r: f"{r.problem}（{r.item_id}）"),
        text("来源", "source"),
        number("时限", lambda r: day(r.due) + _coming_mark(content, r)),
        text("状态", "state", WORDS.item_states),
        number("灯号、工作日", _light_words),
        text("备注", lambda r: _note(r, "" if last else day(r.answer_until or r.due))),
    ]
    asked = f"；督办的请于{day(last)}前书面答复" if last else ""
    alike = f"；同类指发现之日前{content.policy.ledger.repeat_months}个月内本单位（含并入的单位）文字相近的事项"
    asked += alike * any(row.is_repeated for row in own)
    until = f"，计至{day(content.edition.as_of.isoformat())}" * any(row.light != "closed" for row in own)
    return table(columns, own, f"整改台账（S22，按工作日计{until}{asked}）", css="ledger")


def _coming_mark(content: PackContent, row) -> str:
    """Return that a last day which is still to come is a weekend's; of one gone by that is no use."""
    due = date.fromisoformat(row.due)
    return weekend_mark(due) if row.light != "closed" and due >= content.edition.published else ""


def _light_words(row) -> str:
    """Return the light with the days left or over; of a closed item only by how much it was late."""
    days = days_words(row)
    told = [WORDS.lights[row.light]] * (row.light != "closed") + [days] * (days != DASH)
    return "，".join(told) or DASH


def _note(row, answer: str) -> str:
    *more, last = row.repeat_of.split() or [""]
    notes = [f"与{last}{f'等{len(more) + 1}项' if more else ''}同类"] * bool(row.is_repeated)
    notes += [f"督办，{answer}前答复" if answer else "督办"] * bool(row.is_dunned)
    return "；".join(notes)
