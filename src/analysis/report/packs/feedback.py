"""反馈单: one unit's page with its own rows and anonymous peers, nobody else's name or figure (R20, S23)."""

from collections.abc import Collection, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.period import month_range, shift
from analysis.report.actions import days_words, reason_words, state_words
from analysis.report.adjustments import adjustment_table
from analysis.report.bulletin import how_to_object, still_open
from analysis.report.certainty import place_words
from analysis.report.edition import foot, imprint
from analysis.report.monthly import MONTHS_BACK
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import ticket_facts
from analysis.report.packs.drawings import channels_svg, course_svg, places_svg, strip_svg
from analysis.report.packs.losses import lost_points_table, uncounted_words
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Change, Kpi, number, table, text
from analysis.report.staffing import own_load
from analysis.report.trends import tell_causes, tell_indicators
from analysis.report.watch import watch_table
from analysis.report.words import DASH, WORDS, day_name, listing, numeral, rose_or_fell, score
from analysis.scoring.score_tables import score_parents
from analysis.scoring.tiers import tier_lines

_WORST = 3


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
        imprint=imprint(content.policy, content.edition),
        is_draft=content.edition.state != "final",
        is_provisional=row.is_provisional,
        standing=_standing(content, unit_id, row) if pd.notna(row.total) else None,
        tasks=_tasks(content, unit_id),
        tickets=_tickets(content, unit_id),
        items=items_table(content, unit_id),
        load=own_load(content.own("staffing", unit_id), content.policy),
        watched=_watched(content, unit_id),
        consequences=consequences_table(content, unit_id),
        annual=annual_words(content, unit_id),
        how_to_object=how_a_unit_objects(content, unit_id),
        foot=foot(content.edition),
    )


def how_a_unit_objects(content: PackContent, unit_id: str) -> str:
    """Return how and until when a unit may object (S21)."""
    periods = content.table("objection_periods")
    own = periods[periods["unit_id"] == unit_id]
    return how_to_object(content.policy, content.edition, own, content.names, "本单位")


def _kpis(content: PackContent, unit_id: str, row) -> list[Kpi]:
    found = [content.changes[unit_id, basis] for basis in MONTHS_BACK if (unit_id, basis) in content.changes]
    # What months bring by themselves is neither good nor bad (S32).
    changes = [
        Change(WORDS.bases[each["basis"]] + rose_or_fell(each["change"]), each["change"], each["noise_points"])
        for each in found
    ]
    year_before = content.course[unit_id].get(shift(content.policy.period, -MONTHS_BACK["yoy"]), np.nan)
    name, peers = content.peers(unit_id)
    is_group = name == content.names[content.policy.group_of[unit_id]]
    group = [Kpi(f"{name}类别位次", str(row.group_rank), f"/{len(peers)}")] if is_group else []
    note = "去年同期无数据" if np.isnan(year_before) else f"去年同期{score(year_before)}"
    return [
        Kpi("得分", score(row.total), "分", changes, note=note),
        Kpi("等次", content.names.get(row.tier, DASH)),
        Kpi("全区位次", str(row.rank), f"/{len(content.totals)}", note="与其他单位并列" if row.is_tied else ""),
        *group,
        Kpi("失分", score(content.lost_points(unit_id)), "分"),
    ]


def _standing(content: PackContent, unit_id: str, row) -> dict[str, Any]:
    """Return what the page shows of a unit with a score: figures, sentences, drawings, lost points."""
    name, peers = content.peers(unit_id)
    others = [content.totals[peer] for peer in peers if peer != unit_id]
    # The best tier has no line above it, the last none below: the lowest score of each but the last is a line.
    lines = {content.names[tier]: low for tier, low in list(content.lines.items())[:-1]}
    step = content.rules.peer_step_points
    months = month_range(shift(content.policy.period, -12), content.policy.period)
    channels, lost = _channel_rows(content, unit_id), content.lost_points(unit_id)
    return {
        "peers": name,
        "kpis": _kpis(content, unit_id, row),
        "lead": [*change_words(content, unit_id)[:1], *loss_words(content, unit_id)],
        "sentences": [
            margin_words(content, unit_id, row),
            *change_words(content, unit_id)[1:],
            *parent_words(content, unit_id),
        ],
        "place": (
            strip_svg(row.total, others, lines, step),
            f"本单位得分{row.total:.2f}分，在{name}{len(peers)}个单位中",
            f"本单位（深色）与{name}其他单位（浅色，不具名，按{step:g}分归并）的得分；虚线为等次线；单位：分",
        ),
        "certain": _certain(content, unit_id),
        "course": course_svg(months, *_course(content, unit_id, months)),
        "channels": channels_svg(channels),
        "n_channels": numeral(len(channels), of_things=True),
        "channel_scores": listing([f"{told[0]}{score(told[1])}分" for told in channels]),
        "lost": f"指标共失{lost:.2f}分；加分{row.bonus:.2f}分，扣分{row.deductions:.2f}分，得分{row.total:.2f}分。",
        "losses": lost_points_table(content, unit_id),
        "uncounted": uncounted_words(content, unit_id),
        "adjustments": _adjustments(content, unit_id),
    }


def _certain(content: PackContent, unit_id: str) -> tuple[str, Markup, str, str] | None:
    """Return how sure the unit's place is, in a sentence and as a strip of places; None where the month lacks it."""
    found = content.own("certainty", unit_id)
    if not found:
        return None
    row, grading = pd.Series(found[0]._asdict()), content.policy.grading
    sentence = place_words(row, content.policy.noise.confidence_pct)
    count = len(content.totals)
    spans = [(row[f"rank_low{kind}"], row[f"rank_high{kind}"]) for kind in ("", "_posterior")]
    has_lines = grading.tier_scope == "all" and grading.quotas
    lines = dict(zip(grading.tiers, tier_lines(count, grading), strict=True)) if has_lines else {}
    strip = places_svg(
        row["rank"],
        [span for span in spans if pd.notna(span[0])],
        {content.names[tier]: int(last) for tier, last in lines.items()},
        count,
    )
    shown = "，虚线为等次线" if has_lines else ""
    caption = f"圆点为本单位位次，浅色带为位次区间，深色带为较可能的位次{shown}；单位：位"
    return f"{sentence}。", strip, sentence, caption


def parent_words(content: PackContent, unit_id: str) -> list[str]:
    """Return the unit's scores of the level between indicators and channels, none where the rules have none."""
    if not content.policy.parents:
        return []
    rows = content.table("indicator_scores", "month")
    own = score_parents(rows[rows["unit_id"] == unit_id], content.policy)
    told = [f"{content.names[row.parent]}{score(row.score)}分" for row in own.itertuples()]
    return [f"分项得分：{'、'.join(told)}。"] if told else []


def loss_words(content: PackContent, unit_id: str) -> list[str]:
    """Return which indicators cost the unit most, none where none does."""
    worst = content.losses.get(unit_id, [])[:_WORST]
    told = [f"{content.names[row.indicator_id]}（{score(row.lost_points)}分）" for row in worst]
    return [f"失分最多的是{listing(told)}。"] if told else []


def change_words(content: PackContent, unit_id: str) -> list[str]:
    """Return why the unit's total is not that of the month before, none where it was not scored in both.

    The causes add up to the change; then follow the indicators that moved it most.
    """
    change = content.changes.get((unit_id, "mom"))
    if change is None:
        return []
    causes = tell_causes(change, content.names)
    return [causes, tell_indicators(content.moving.get(unit_id, []), "mom", unit_id, content.names)]


def margin_words(content: PackContent, unit_id: str, row) -> str:
    """Return how far the unit is from the next tier up and down, other units as they are.

    The exact margins of `certainty` where the month has them, else the difference to the published lines.
    """
    tiers, certain = content.names.tiers, content.own("certainty", unit_id)
    if certain:
        up, down = certain[0].margin_up_points, certain[0].margin_down_points
    else:
        up, down = simple_margins(row.total, row.tier_by_score, content.units, tiers)
    place = tiers.index(row.tier_by_score)
    words = [f"按得分为{content.names[row.tier_by_score]}"]
    if pd.notna(up):
        words.append(f"再提高{up:.2f}分可进入{content.names[tiers[place - 1]]}")
    if pd.notna(down):
        words.append(f"再降低{down:.2f}分将落入{content.names[tiers[place + 1]]}")
    if row.tier != row.tier_by_score:
        words.append(f"经定性调整或一票否优，最终等次为{content.names[row.tier]}")
    return "，".join(words) + "（其他单位不变）。"


def simple_margins(total: float, tier: str, units: pd.DataFrame, tiers: Sequence[str]) -> tuple[float, float]:
    """Return the points up to the lowest score of the tier above, down to the highest of the tier below.

    NaN where there is none; a difference of published scores, without the rules for ties.
    """
    scores = units[units["tier_by_score"] != ""].groupby("tier_by_score")["total"]
    present = [name for name in tiers if name in scores.groups]
    place = present.index(tier)
    up = scores.min()[present[place - 1]] - total if place else np.nan
    down = total - scores.max()[present[place + 1]] if place + 1 < len(present) else np.nan
    return up, down


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
    columns = [text("工单", itemgetter(0)), number("数量", itemgetter(1))]
    has_none = not any(row.n_received or row.n_due or row.n_open for row in own)
    if not own or (has_none and not content.hidden_counts):  # what is withheld is not told by its absence (S46)
        return Markup("")
    return table(columns, ticket_facts(own[0], content.hidden_counts), "本月工单", css="")


def _tasks(content: PackContent, unit_id: str) -> Markup:
    """Return what the unit has to do and by when; the right to object stands last."""
    own = content.tasks.get(unit_id, [])
    if "n_due" in content.hidden_counts:  # overdue tickets would bound the district's due ones from below (S46)
        own = [task for task in own if task.kind != "tickets"]
    rows = [(task.words(), day_name(task.until)) for task in own]
    periods = still_open(content.table("objection_periods"), content.edition)
    own = periods.loc[periods["unit_id"] == unit_id, "until"]
    rows += [("对得分有异议的，按规定书面提出", day_name(date.fromisoformat(until))) for until in own]
    columns = [text("事项", itemgetter(0)), text("时限", itemgetter(1))]
    return table(columns, rows, "本单位本月须办事项", css="dated")


def _watched(content: PackContent, unit_id: str) -> tuple[str, Markup]:
    """Return whether the unit is on the watch list and how it leaves, and the table of its reasons."""
    own, rules = content.own("watch_list", unit_id), content.policy.watch
    if not own:
        return "本单位未列入监管异常名录。", Markup("")
    clean = numeral(rules.clean_months, of_things=True)
    shown = watch_table(pd.DataFrame(own), content.names, rules, content.policy.grading, is_annex=False)
    return f"本单位已列入监管异常名录；连续{clean}个月没有任何列入情形的，移出名录。", shown


def items_table(content: PackContent, unit_id: str, lights: Collection[str] = tuple(WORDS.lights)) -> Markup:
    """Return a unit's items of the ledger, of all lights or of some, the most pressing first."""
    order = list(WORDS.lights)
    items = [row for row in content.own("ledger", unit_id) if row.light in lights]
    own = sorted(items, key=lambda row: (order.index(row.light), row.due, row.item_id))
    columns = [
        text("整改事项", lambda r: f"{r.problem}（{r.item_id}）"),
        text("来源", "source"),
        number("时限", "due"),
        text("状态", "state", WORDS.item_states),
        text("灯号", "light", WORDS.lights),
        number("工作日", days_words),
        text("备注", _note),
    ]
    return table(columns, own, "整改台账（S22，按工作日计）", css="")


def _note(row) -> str:
    notes = [f"与{row.repeat_of.replace(' ', '、')}同类"] * bool(row.is_repeated)
    notes += [f"督办，{row.answer_until}前答复"] * bool(row.is_dunned)
    return "；".join(notes) or DASH


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


def consequences_table(content: PackContent, unit_id: str) -> Markup:
    """Return the consequences of a unit that are in force."""
    own = [row for row in content.own("consequences", unit_id) if row.is_current]
    columns = [
        text("措施", "kind", WORDS.consequences),
        text("事由", lambda r: reason_words(r, content.policy.grading, content.names)),
        number("起始", "since"),
        number("时限", lambda r: r.until or DASH),
        text("依据文件", lambda r: r.document or DASH),
    ]
    return table(columns, own, "本单位现行结果运用措施（年度措施以定稿结果为准）", css="")
