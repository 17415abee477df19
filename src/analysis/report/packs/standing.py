"""Where a unit stands, in sentences: why it moved, how sure its place is, what would move its tier."""

from collections.abc import Mapping, Sequence
from math import log
from operator import itemgetter

import numpy as np
import pandas as pd

from analysis.policy.period import shift
from analysis.report.adjustments import COUNTED, points_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.evidence import field_name
from analysis.report.packs.questions import alike_rows
from analysis.report.packs.results import ruled_words, unusual_year_words
from analysis.report.scores import quota_words, tier_counts
from analysis.report.trends import tell_causes, tell_performance
from analysis.report.words import SMALLEST, WORDS, chance, fixed, listing, month_name, score, signed

_WORST = 3
_FULL = 100


def loss_words(content: PackContent, unit_id: str) -> list[str]:
    """Return which indicators cost the unit most, none where none does; relative ones, which nobody can mend, apart."""
    lost = content.losses.get(unit_id, [])
    relative = content.policy.relative_indicators
    worst = [row for row in lost if row.indicator_id not in relative][:_WORST]
    apart = [row for row in lost if row.indicator_id in relative]
    told = [
        f"{listing([f'{content.names[row.indicator_id]}（{score(row.lost_points)}分）' for row in rows])}"
        for rows in (worst, apart)
    ]
    also = f"相对指标{told[1]}另列，含在总失分内" if apart else ""
    return [f"失分最多的是{told[0]}{f'；{also}' if also else ''}。"] if worst else [f"{also}。"] * bool(also)


def lead_words(content: PackContent, unit_id: str) -> list[str]:
    """Return what a unit reads first: a doubt about its points, a year beyond months, why the month moved, losses."""
    year, moved = unusual_year_words(content, unit_id), change_words(content, unit_id)[:1]
    doubt = ["本月得分与另一单位多项完全相同，数据待核实（见四），得分、位次、环比和年度累计均可能更正。"] * bool(
        alike_rows(content, unit_id)
    )
    return [*doubt, *year, *moved, *loss_words(content, unit_id)]


def change_words(content: PackContent, unit_id: str) -> list[str]:
    """Return why the unit's total is not that of the month before, none where it was not scored in both.

    The causes add up to the change; then follows what stands behind each: the indicators that performed otherwise, what
    counts now and did not then, and bonus and deductions of both months.
    """
    change = content.changes.get((unit_id, "mom"))
    if change is None:
        return []
    performed = tell_performance(content.moving.get(unit_id, []), content.names)
    told = [
        performed,
        _relative_words(content, unit_id),
        _coverage_words(content, unit_id, change),
        _adjusted_words(content, unit_id, change),
    ]
    is_usual_told = not alike_rows(content, unit_id)  # no comfort where the points may be another's
    return [tell_causes(change, content.names, with_noise=is_usual_told), *filter(None, told)]


def _relative_words(content: PackContent, unit_id: str) -> str:
    """Return where the change of a relative indicator comes from: its counts of both months, and what moved it most.

    Empty where none moved the total, and where a count is missing; of points that may be another's the counts alone
    (S34). What the group's median did shows in the score
    alone, as long as that has not reached its cap; its figure would be another unit's (S23).
    """
    told, moving = "", {row.indicator_id for row in content.moving.get(unit_id, [])}
    for row in content.own("indicator_scores", unit_id):
        indicator = content.policy.relative_indicators.get(row.indicator_id)
        then = content.before.get((unit_id, row.indicator_id))
        if not indicator or not then or row.indicator_id not in moving:
            continue
        pairs = [(getattr(then, of), getattr(row, of)) for of in ("numerator", "denominator", "value", "score")]
        if not all(figure > 0 for pair in pairs for figure in pair):
            continue
        work, heads, rate, points = (log(now / before) for before, now in pairs)
        names = [field_name(content, indicator, of) for of in ("numerator", "denominator")]
        causes = [(work, 1, f"{names[0]}{'增加' if work > 0 else '减少'}")]
        causes += [(heads, -1, f"{names[1]}{'增加' if heads > 0 else '减少'}")]
        median = f"同类单位人均中位数{'上升' if rate > points else '下降'}"
        causes += [(rate - points, -1, median)] * (max(pairs[3]) < _FULL)
        up = 1 if row.score > then.score else -1
        change, sign, most = max(causes, key=lambda cause: up * cause[0] * cause[1])
        shown = [[f"{each:g}" for each in pair] for pair in pairs[:2]] + [list(map(fixed, pairs[2]))]
        counts = [
            f"{name}{before}未变" if before == after else f"{name}由{before}变为{after}"
            for name, (before, after) in zip([*names, "人均"], shown, strict=True)
        ]
        counts += [f"主要由于{most}"] * (up * change * sign > 0 and not alike_rows(content, unit_id))
        told += f"{indicator.name}：{'，'.join(counts)}。"
    return told


def last_year_words(content: PackContent, unit_id: str) -> list[str]:
    """Return what stands behind the change since last year where rules changed in between, none where not (S25).

    With what ruled the unit's weights, if that came in between.
    """
    change = content.changes.get((unit_id, "yoy"))
    if change is None or not change["is_rule_changed"]:
        return []
    return [tell_causes(change, content.names), *_adjusted_weights(content, unit_id, change["before_period"])]


def _adjusted_weights(content: PackContent, unit_id: str, after: str = "") -> list[str]:
    """Return what adjusted the unit's weights, with reason and document, none where nothing did after a month (R18)."""
    rule = content.policy.channel_rules.get(unit_id)
    if rule is None or not rule.subject or rule.from_ <= after:
        return []
    return [f"规定权重自{month_name(rule.from_)}起调整，原因：{rule.reason}（{rule.document}）。"]


def _coverage_words(content: PackContent, unit_id: str, change: pd.Series) -> str:
    """Return what counts now and did not the month before, and the other way round, where that moved the total."""
    before, own = content.weights_before.get(unit_id, {}), content.own("indicator_scores", unit_id)
    if not before or abs(change["coverage"]) < SMALLEST:
        return ""
    now = {row.indicator_id: row.weight for row in own if row.weight > 0}
    of = {indicator.id: indicator.channel for indicator in content.policy.indicators}
    channels = [{of[i] for i in weights if i in of} for weights in (before, now)]
    told = [
        f"{_channel_share(content, c, before, of)}本月没有数据，其权重转给其余渠道"
        for c in _sorted(content, channels[0] - channels[1])
    ]
    told += [
        f"{_channel_share(content, c, now, of)}上月没有数据、本月计分，其余渠道的权重相应减少"
        for c in _sorted(content, channels[1] - channels[0])
    ]
    both = channels[0] & channels[1]
    told += [
        f"{word}{listing([content.names[i] for i in of if i in moved and of[i] in both])}"
        for word, moved in (("本月新计分的指标有", now.keys() - before), ("本月没有数据的指标有", before.keys() - now))
        if any(of.get(i) in both for i in moved)
    ]
    return f"可计指标及权重变化{signed(change['coverage'])}分：{'；'.join(told or ['件数不同，指标权重随之不同'])}。"


def _sorted(content: PackContent, channels: set[str]) -> list[str]:
    return [channel for channel in content.policy.channel_ids if channel in channels]


def _channel_share(content: PackContent, channel: str, weights: Mapping[str, float], of: Mapping[str, str]) -> str:
    share = sum(weight for i, weight in weights.items() if of.get(i) == channel)
    return f"{content.names[f'{channel}.short']}渠道（权重{share:.4g}%）"


def _adjusted_words(content: PackContent, unit_id: str, change: pd.Series) -> str:
    """Return the bonus and deductions of both months with reason and document, where they moved the total (S17)."""
    if abs(change["adjustments"]) < SMALLEST:
        return ""
    period, rows = content.policy.period, content.adjustments
    own = rows[(rows["unit_id"] == unit_id) & rows["kind"].isin(COUNTED)]
    told = []
    for month, word in ((shift(period, -1), "上月"), (period, "本月")):
        items = [points_words(row) for row in own[own["period"] == month].sort_values("adjustment_id").itertuples()]
        told.append(f"{word}{'、'.join(items) or '没有加分、扣分'}")
    return f"加减分{signed(change['adjustments'])}分：{'，'.join(told)}。"


def margin_words(content: PackContent, unit_id: str, row) -> list[str]:
    """Return how far the unit is from the next tier up and down, other units as they are, and what would bring it up.

    Args:
        content: the month.
        unit_id: the unit.
        row: its row of `unit_scores`.
    """
    tiers, (up, down) = content.names.tiers, tier_margins(content, unit_id, row)
    place = tiers.index(row.tier_by_score)
    tie = WORDS.tier_reasons[row.tier_reason] if row.tier_reason in ("tie_up", "tie_down") else ""
    words = [f"按得分为{content.names[row.tier_by_score]}" + (f"（{tie}）" if tie else "")]
    if pd.notna(up):
        words.append(f"再提高{score(up)}分可进入{content.names[tiers[place - 1]]}")
    if pd.notna(down):
        words.append(f"再降低{score(down)}分将落入{content.names[tiers[place + 1]]}")
    if row.tier != row.tier_by_score:
        words.append(f"最终等次为{content.names[row.tier]}（{ruled_words(content, unit_id, 'month')}）")
    told = "，".join(words) + f"（其他单位不变）。{_tiers_words(content)}"
    if pd.isna(up):
        return [told]
    fixed = "得分定稿后不再变动" if content.edition.state == "final" else "得分除异议成立、补报或更正数据外不再变动"
    return [told, _way_up(content, unit_id, row, up), f"以上供今后改进参考：当月数据已截止，{fixed}。"]


def _tiers_words(content: PackContent) -> str:
    """Return that tiers are shares of the units, and how many are in the last one; empty where lines count too (S5)."""
    if content.policy.grading.lines:
        return ""
    shares, last = quota_words(content.policy.grading, content.names), content.names.tiers[-1]
    of_district = content.policy.grading.tier_scope != "group"
    within = "在同类单位内" * (not of_district)
    count = f"，本月全区{content.names[last]}{tier_counts(content.units, content.names.tiers)[last]}个" * of_district
    return f"等次{within}{shares}{count}。" * bool(shares)


def tier_margins(content: PackContent, unit_id: str, row) -> tuple[float, float]:
    """Return the points up to the next tier and down to the one below, NaN where there is none.

    The exact margins of `certainty` where the month has them, else the difference to the published lines.
    """
    certain = content.own("certainty", unit_id)
    if certain:
        return certain[0].margin_up_points, certain[0].margin_down_points
    return simple_margins(row.total, row.tier_by_score, content.units, content.names.tiers)


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


def _way_up(content: PackContent, unit_id: str, row, up: float) -> str:
    """Return which indicators, at their group's median, would bring the points up to the next tier.

    One alone where one suffices, else the fewest together; of none that would, what all of them would bring. Medians
    are told on a grid, so a way that the grid alone may have made is told to be about enough.
    """
    lost = [(each.indicator_id, *content.gain_at_median(unit_id, each)) for each in content.losses.get(unit_id, [])]
    below = sorted([each for each in lost if each[1] >= SMALLEST], key=lambda each: (-each[1], each[0]))
    relative = content.policy.relative_indicators
    gains = [each for each in below if each[0] not in relative]
    apart = listing([content.names[i] for i, *_ in below if i in relative])
    but = f"（{apart}是相对值，不计在内）" if apart else ""
    # Of the score before it was rounded: what suffices here suffices in print.
    wanted = row.total + up - (row.base + row.bonus - row.deductions)
    told = [f"{content.names[i]}（约{score(gain)}分）" for i, gain, _ in gains]
    for sure, word in ((1, "即可补足"), (0, "约可补足")):
        alone = [name for name, (_, gain, slack) in zip(told, gains, strict=True) if gain - sure * slack >= wanted]
        if alone:
            either = "任一项" if len(alone) > 1 else ""
            return f"{listing(alone)}{either}达到同类中位，{word}这{score(up)}分{but}。"
    if not gains:
        return f"{_none_below(content, unit_id)}，才能补足这{score(up)}分{but}。"
    return f"{_together(told, gains, wanted, up)}{but}。"


def _together(told: Sequence[str], gains: Sequence[tuple[str, float, float]], wanted: float, up: float) -> str:
    """Return how few indicators at their group's median would together bring the points, or that all would not."""
    reached, slack = (np.cumsum([each[place] for each in gains]) for place in (1, 2))
    enough = next((n for n, total in enumerate(reached) if total >= wanted), None)
    if enough is not None:
        word = "即可补足" if reached[enough] - slack[enough] >= wanted else "约可补足"
        return f"{listing(told[: enough + 1])}都达到同类中位，合计约{score(reached[enough])}分，{word}这{score(up)}分"
    word = "尚不足" if reached[-1] + slack[-1] < wanted else "与所需大体相当，约需"
    return f"低于同类中位的{len(gains)}项都达到中位，合计约{score(reached[-1])}分，{word}{score(up)}分"


def _none_below(content: PackContent, unit_id: str) -> str:
    """Return that nothing surely lies below the group's median: of few peers none is told (S23)."""
    own = [row for row in content.losses.get(unit_id, []) if row.indicator_id not in content.policy.relative_indicators]
    sides = [content.side_of_median(unit_id, row) for row in own]
    if not any(sides):
        return "同类单位少，不列同类中位，须从失分的指标入手"
    which = "" if all(sides) else "有同类中位可比的"
    return f"{which}失分指标都不低于同类中位{'，或与之接近' * ('near' in sides)}，须高出中位"


def sure_words(content: PackContent, row: pd.Series) -> str:
    """Return how sure the unit's place and tier are; of a tier that cannot be told, that the place is for reference.

    Args:
        content: the month.
        row: the unit's row of `certainty`.
    """
    verdict, place = WORDS.own_verdicts[row["verdict"]], f"位次第{row['rank']}"
    if row["verdict"] == "withheld":
        return f"{place}；{verdict}。"
    sure = f"，{content.policy.noise.confidence_pct:g}%的把握在{interval_words(row)}之间"
    sure = "，位次可以确认" if row["rank_low"] == row["rank_high"] else sure * is_telling(content, row)
    told = f"单看本月，{place}{sure}，{verdict}"
    likely = _likely_words(content, row)
    return f"{told}；考虑偶然因素后，{likely}。" if likely else f"{told}。"


def _likely_words(content: PackContent, row: pd.Series) -> str:
    """Return how likely each tier is, first whether another one is likelier than the month's own; empty without any."""
    ((month, tier),) = [(each.tier_by_score, each.tier) for each in content.own("unit_scores", row["unit_id"])]
    names = content.names
    own = f"本月{'按得分' * (month != tier)}的{names[month]}"
    shares = sorted(((row[f"p_{tier}"], tier) for tier in names.tiers), key=itemgetter(0), reverse=True)
    shares = [(chance(share), tier) for share, tier in shares if share >= SMALLEST]
    if not shares:
        return ""
    (most, likeliest), mine = shares[0], chance(row[f"p_{month}"])
    rest = listing([f"{names[tier]}{share}" for share, tier in shares if tier not in (month, likeliest)])
    if likeliest == month:
        told = f"最可能仍是{own}（{most}）"
    elif mine == most:
        told = f"{names[likeliest]}与{own}可能性相当（都是{most}）"
    else:
        told = f"{names[likeliest]}的可能性（{most}）高于{own}（{mine}）"
    return f"{told}{f'；其余为{rest}' if rest else ''}"


def short_words(content: PackContent, row) -> str:
    """Return how sure a unit's place and tier are, in short, of its row of `certainty`.

    The interval of the place where it says something, else the likeliest tier: an interval of nearly all places beside
    a likely tier reads like a contradiction.
    """
    verdict, tiers = WORDS.own_verdicts[row.verdict], content.names.tiers
    if row.verdict == "withheld":
        return verdict
    if is_telling(content, row._asdict()):
        return f"区间{row.rank_low}–{row.rank_high}，{verdict}"
    most = max(tiers, key=lambda tier: getattr(row, f"p_{tier}"))
    return f"{verdict}，最可能为{content.names[most]}（{chance(getattr(row, f'p_{most}'))}）"


def is_telling(content: PackContent, row: Mapping) -> bool:
    """Tell whether the interval of a unit's place is worth telling: its tier can be told, or one is as good as sure.

    Args:
        content: the month.
        row: a row of `certainty`.
    """
    most = max(row[f"p_{tier}"] for tier in content.names.tiers)
    return bool(row["verdict"] in ("stable", "borderline") or 100 * most >= content.policy.noise.stable_pct)


def interval_words(row: pd.Series) -> str:
    """Return the interval of a unit's place, of a row of `certainty` that has one: the bulletin's, and no other."""
    return f"第{row['rank_low']}至第{row['rank_high']}位"


def weight_words(content: PackContent, unit_id: str) -> list[str]:
    """Return by which weights the unit's channels count this month, why some count more, and what adjusted them."""
    order = content.policy.channel_ids
    rows = [row for row in content.own("channel_scores", unit_id) if row.policy_weight > 0]
    rows = sorted(rows, key=lambda row: order.index(row.channel))
    if not rows:
        return []
    short = {row.channel: content.names[f"{row.channel}.short"] for row in rows}
    told = f"本月渠道权重：{_shares((short[row.channel], row.weight) for row in rows if row.weight > 0)}"
    if any(abs(row.weight - row.policy_weight) >= SMALLEST for row in rows):
        told += f"；规定权重：{_shares((short[row.channel], row.policy_weight) for row in rows)}"
        gone = [short[row.channel] for row in rows if not row.weight]
        told += f"，{listing(gone)}本月无数据，权重按比例分给其余渠道" if gone else "，缺数据的指标的权重分给其余"
    return ["".join([told + "。", *_adjusted_weights(content, unit_id)])]


def _shares(pairs) -> str:
    return "、".join(f"{name}{weight:.4g}%" for name, weight in pairs)
