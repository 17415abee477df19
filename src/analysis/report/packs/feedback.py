"""反馈单: one unit's page with its own rows and anonymous peers, nobody else's name or figure (R20, S23)."""

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.base import CHANNELS, TIERS
from analysis.policy.period import month_range, shift
from analysis.report.actions import ITEM_STATES, KINDS, LIGHTS, reason_words
from analysis.report.bulletin.notice import foot, how_to_object, imprint
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import ticket_facts
from analysis.report.packs.drawings import channels_svg, course_svg, figure, strip_svg
from analysis.report.packs.losses import loss_table
from analysis.report.page.pieces import Column, Kpi, banner, kpis, number, paragraphs, table, text
from analysis.report.trends import tell_causes, tell_indicators
from analysis.report.words import DASH, WORDS, listing, month_name, rose_or_fell, score


def feedback_body(content: PackContent, unit_id: str) -> Markup:
    """Return the content of a unit's page, to be laid on a page by `render_page`.

    Args:
        content: the month's tables.
        unit_id: a unit assessed in the month.
    """
    (row,) = content.own("unit_scores", unit_id)
    parts = [*_head(content, unit_id, row)]
    if pd.notna(row.total):
        parts += [Markup("<h2>一、得分与位次</h2>"), *_standing(content, unit_id, row)]
        parts += [Markup("<h2>二、失分明细</h2>"), *_losses(content, unit_id, row)]
    parts += [Markup("<h2>三、工单与整改</h2>"), *_work(content, unit_id)]
    parts += [Markup("<h2>四、结果运用</h2>"), _consequences(content, unit_id)]
    parts += [Markup("<h2>五、异议</h2>"), paragraphs([how_to_object(content.policy, content.edition)])]
    return Markup("\n").join([*parts, foot(content.edition)])


def _head(content: PackContent, unit_id: str, row) -> list[Markup]:
    policy, names = content.policy, content.names
    title = f"{policy.district.name}机关职能运行监管反馈单（{month_name(policy.period)}）"
    parts = [Markup("<h1>{}</h1>").format(title), imprint(policy, content.edition)]
    parts.append(Markup('<p class="lead">{}</p>').format(names[unit_id]))
    told = []
    if policy.district.is_synthetic:
        told.append("本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。")
    if content.edition.state == "draft":
        told.append("月度等次和位次为暂定结果，供提醒和整改使用（S27）。")
    if row.is_provisional:
        told.append("本单位有经认可的缺报数据，得分和等次为暂定（S11）。")
    parts += [banner(text) for text in told]
    if pd.isna(row.total):
        return [*parts, paragraphs(["本月没有可评数据，不参与排名。"])]
    return [*parts, kpis(_kpis(content, unit_id, row))]


def _kpis(content: PackContent, unit_id: str, row) -> list[Kpi]:
    earlier = content.course[unit_id].get(shift(content.policy.period, -1), np.nan)
    change = row.total - earlier
    name, peers = content.peers(unit_id)
    is_group = name == content.names[content.policy.group_of[unit_id]]
    group = [Kpi(f"{name}类别位次", str(row.group_rank), f"/{len(peers)}")] if is_group else []
    return [
        Kpi(
            "得分",
            score(row.total),
            "分",
            "" if np.isnan(change) else f"环比{rose_or_fell(change)}",
            change,
        ),
        Kpi("等次", content.names.get(row.tier, DASH)),
        Kpi("全区位次", str(row.rank), f"/{len(content.totals)}", note="与其他单位并列" if row.is_tied else ""),
        *group,
        Kpi("失分", score(content.lost_points(unit_id)), "分"),
    ]


def _standing(content: PackContent, unit_id: str, row) -> list[Markup]:
    name, peers = content.peers(unit_id)
    others = [content.totals[peer] for peer in peers if peer != unit_id]
    # The best tier has no line above it, the last none below: the lowest score of each but the last is a line.
    lines = {content.names[tier]: low for tier, low in list(content.lines.items())[:-1]}
    place = f"本单位得分{row.total:.2f}分，在{name}{len(peers)}个单位中"
    step = content.rules.peer_step_points
    strip = strip_svg(row.total, others, lines, step)
    caption = f"本单位（深色）与{name}其他单位（浅色，不具名，按{step:g}分归并）的得分；虚线为等次线；单位：分"
    months = month_range(shift(content.policy.period, -12), content.policy.period)
    course = course_svg(months, *_course(content, unit_id, months))
    channels = _channel_rows(content, unit_id)
    figures = [
        figure(strip, place, caption),
        figure(course, "本单位近十三个月得分", "近十三个月得分（实线）与全区平均（虚线）；单位：分"),
        figure(
            channels_svg(channels),
            listing([f"{told[0]}{score(told[1])}分" for told in channels]),
            f"四个考核渠道得分（圆点）与{name}中间一半单位的范围（色带）；单位：分；“—”为当期无此项数据",
        ),
    ]
    side_by_side = Markup('<div class="columns">{}</div>').format(Markup("").join(figures))
    return [paragraphs([margin_words(content, unit_id, row), *change_words(content, unit_id)]), side_by_side]


def change_words(content: PackContent, unit_id: str) -> list[str]:
    """Return why the unit's total is not that of the month before, none where it was not scored in both.

    The causes add up to the change; then follow the indicators that moved it most.
    """
    change = content.changes.get(unit_id)
    if change is None or pd.isna(change["change"]):
        return []
    causes = tell_causes(change, content.names)
    return [causes, tell_indicators(content.moving.get(unit_id, []), "mom", unit_id, content.names)]


def margin_words(content: PackContent, unit_id: str, row) -> str:
    """Return how far the unit is from the next tier up and down, other units as they are.

    The exact margins of `certainty` where the month has them, else the difference to the published lines.
    """
    certain = content.own("certainty", unit_id)
    if certain:
        up, down = certain[0].margin_up_points, certain[0].margin_down_points
    else:
        up, down = simple_margins(row.total, row.tier_by_score, content.units)
    place = TIERS.index(row.tier_by_score)
    words = [f"按得分为{content.names[row.tier_by_score]}"]
    if pd.notna(up):
        words.append(f"再提高{up:.2f}分可进入{content.names[TIERS[place - 1]]}")
    if pd.notna(down):
        words.append(f"再降低{down:.2f}分将落入{content.names[TIERS[place + 1]]}")
    if row.tier != row.tier_by_score:
        words.append(f"经定性调整或一票否优，最终等次为{content.names[row.tier]}")
    return "，".join(words) + "（其他单位不变）。"


def simple_margins(total: float, tier: str, units: pd.DataFrame) -> tuple[float, float]:
    """Return the points up to the lowest score of the tier above, down to the highest of the tier below.

    NaN where there is none; a difference of published scores, without the rules for ties.
    """
    scores = units[units["tier_by_score"] != ""].groupby("tier_by_score")["total"]
    present = [name for name in TIERS if name in scores.groups]
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
    return [(content.names[f"{channel}.short"], own.get(channel, np.nan), *halves[channel]) for channel in CHANNELS]


def _losses(content: PackContent, unit_id: str, row) -> list[Markup]:
    lost = content.lost_points(unit_id)
    words = f"指标共失{lost:.2f}分；加分{row.bonus:.2f}分，扣分{row.deductions:.2f}分，得分{row.total:.2f}分。"
    return [paragraphs([words]), loss_table(content, unit_id), *_adjustments(content, unit_id)]


def _adjustments(content: PackContent, unit_id: str) -> list[Markup]:
    own = sorted(content.own("adjustments", unit_id), key=lambda row: (row.date, row.adjustment_id))
    if not own:
        return []
    columns = [Column("类型"), Column("分值", True), Column("事由"), Column("依据文件"), Column("日期")]
    rows = ([WORDS.adjustments[row.kind], score(row.points), row.reason, row.document, row.date or DASH] for row in own)
    return [table(columns, rows, "加减分与调整（S3、S17）", css="")]


def _work(content: PackContent, unit_id: str) -> list[Markup]:
    own = content.own("hotline_by_unit", unit_id)
    small = content.rules.small_count
    facts = ticket_facts(own[0]._asdict() if own else None, small)
    columns = [Column("工单"), Column("数量", True)]
    note = f"本月工单（1至{small - 1}件的数字及可据以推算的数字不列，记“略”）"
    tickets = table(columns, facts, note, css="") if facts else paragraphs(["本月没有工单数据。"])
    return [tickets, _items(content, unit_id)]


def _items(content: PackContent, unit_id: str) -> Markup:
    order = list(LIGHTS)
    own = sorted(content.own("ledger", unit_id), key=lambda row: (order.index(row.light), row.due, row.item_id))
    heads = ("整改事项", "来源", "时限", "状态", "灯号", "工作日", "备注")
    rows = (
        [
            f"{row.problem}（{row.item_id}）",
            row.source,
            row.due,
            ITEM_STATES[row.state],
            LIGHTS[row.light],
            _days(row),
            _note(row),
        ]
        for row in own
    )
    return table(
        [Column(head, head in ("时限", "工作日")) for head in heads], rows, "整改台账（S22，按工作日计）", css=""
    )


def _days(row) -> str:
    if row.light == "closed":
        return f"超期{row.overdue_working_days}" if row.overdue_working_days else DASH
    return f"超期{row.overdue_working_days}" if row.light == "red" else f"剩余{row.working_days_left}"


def _note(row) -> str:
    notes = [f"与{row.repeat_of.replace(' ', '、')}同类"] * bool(row.is_repeated)
    notes += [f"督办，{row.answer_until}前答复"] * bool(row.is_dunned)
    return "；".join(notes) or DASH


def _consequences(content: PackContent, unit_id: str) -> Markup:
    own = [row for row in content.own("consequences", unit_id) if row.is_current]
    columns = [
        text("措施", "kind", KINDS),
        text("事由", lambda r: reason_words(r, content.policy.grading, content.names)),
        number("起始", "since"),
        number("时限", lambda r: r.until or DASH),
        text("规则", "rule"),
        text("依据文件", lambda r: r.document or DASH),
    ]
    return table(columns, own, "本单位现行结果运用措施（年度措施以定稿结果为准）", css="")
