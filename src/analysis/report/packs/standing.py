"""Where a unit stands, in sentences: why it moved, how sure its place is, what would move its tier, the year so far."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np
import pandas as pd

from analysis.policy.period import year_to_date
from analysis.report.grading import listed_name
from analysis.report.packs.content import PackContent
from analysis.report.trends import tell_causes, tell_indicators
from analysis.report.words import SMALLEST, WORDS, chance, listing, month_name, months_so_far, score

_WORST = 3


def loss_words(content: PackContent, unit_id: str) -> list[str]:
    """Return which indicators cost the unit most, none where none does."""
    worst = content.losses.get(unit_id, [])[:_WORST]
    told = [f"{content.names[row.indicator_id]}（{score(row.lost_points)}分）" for row in worst]
    return [f"失分最多的是{listing(told)}。"] if told else []


def change_words(content: PackContent, unit_id: str) -> list[str]:
    """Return why the unit's total is not that of the month before, none where it was not scored in both.

    The causes add up to the change; then follow the indicators that moved it most, and what coverage means here.
    """
    change = content.changes.get((unit_id, "mom"))
    if change is None:
        return []
    moved = tell_indicators(content.moving.get(unit_id, []), "mom", unit_id, content.names)
    return [tell_causes(change, content.names), moved, *_coverage_words(content, unit_id, change)]


def _coverage_words(content: PackContent, unit_id: str, change: pd.Series) -> list[str]:
    """Return which indicators count now and did not the month before, and the other way round, where that moved it."""
    before = {i for unit, i in content.before if unit == unit_id}
    if not before or abs(change["coverage"]) < SMALLEST:
        return []
    now = {row.indicator_id for row in content.own("indicator_scores", unit_id) if row.weight > 0}
    ordered = [indicator.id for indicator in content.policy.indicators]
    told = [
        f"{word}{listing([content.names[i] for i in ordered if i in moved])}"
        for word, moved in (("本月新计分的有", now - before), ("上月计分、本月没有数据的有", before - now))
        if moved
    ]
    return [f"考核覆盖指计分的指标及其权重与上月不同：{'；'.join(told or ['件数不同，权重随之不同'])}。"]


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
        words.append(f"经定性调整或一票否优，最终等次为{content.names[row.tier]}")
    told = "，".join(words) + "（其他单位不变）。"
    return [told, *([_way_up(content, unit_id, row, up)] if pd.notna(up) else [])]


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

    One alone where one suffices, else the fewest together; of none that would, what all of them would bring.
    """
    lost = [(each.indicator_id, content.gain_at_median(unit_id, each)) for each in content.losses.get(unit_id, [])]
    below = sorted([each for each in lost if each[1] >= SMALLEST], key=lambda each: (-each[1], each[0]))
    # How much work there is nobody brings about in order to score.
    relative = {i.id for i in content.policy.indicators if i.method.name == "workload"}
    gains = [each for each in below if each[0] not in relative]
    apart = listing([content.names[i] for i, _ in below if i in relative])
    but = f"（{apart}是相对值，不计在内）" if apart else ""
    # Of the score before it was rounded: what suffices here suffices in print.
    wanted = row.total + up - (row.base + row.bonus - row.deductions)
    told = [f"{content.names[i]}（{score(gain)}分）" for i, gain in gains]
    alone = [name for name, (_, gain) in zip(told, gains, strict=True) if gain >= wanted]
    if alone:
        either = "任一项" if len(alone) > 1 else ""
        return f"{listing(alone)}{either}达到同类中位，即可补足这{score(up)}分{but}。"
    reached = np.cumsum([gain for _, gain in gains])
    enough = next((n for n, total in enumerate(reached, 1) if total >= wanted), 0)
    if enough:
        whole = f"{listing(told[:enough])}都达到同类中位，合计{score(reached[enough - 1])}分"
        return f"{whole}，即可补足这{score(up)}分{but}。"
    if not gains:
        return f"失分的指标都不低于同类中位，补足这{score(up)}分须高出中位{but}。"
    return f"低于同类中位的{len(gains)}项都达到中位，合计{score(reached[-1])}分，尚不足{score(up)}分{but}。"


def sure_words(content: PackContent, row: pd.Series) -> str:
    """Return how sure the unit's place and tier are: by the most careful span, and what is likely.

    Args:
        content: the month.
        row: the unit's row of `certainty`.
    """
    verdict, place = WORDS.own_verdicts[row["verdict"]], f"位次第{row['rank']}"
    if row["verdict"] == "withheld":
        return f"{place}；{verdict}。"
    span = f"{content.policy.noise.confidence_pct:g}%的把握在第{row['rank_low']}至第{row['rank_high']}之间"
    told = f"{place}。按最谨慎的估计，{span}，{verdict}"
    likely = [f"较可能{likely_places(row)}"] * bool(pd.notna(row["rank_low_posterior"]))
    chances = [(row[f"p_{tier}"], content.names[tier]) for tier in content.names.tiers if row[f"p_{tier}"] >= SMALLEST]
    tiers = listing([f"{name}{chance(share)}" for share, name in sorted(chances, key=itemgetter(0), reverse=True)])
    likely += [f"各等次的可能性为{tiers}"] * bool(tiers)
    return told + (f"；扣除偶然起伏后，{'，'.join(likely)}。" if likely else "。")


def likely_places(row: pd.Series) -> str:
    """Return the places where the unit likely is, of a row of `certainty` that has them."""
    return f"在第{row['rank_low_posterior']}至第{row['rank_high_posterior']}之间"


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
    rule = content.policy.channel_rules.get(unit_id)
    if rule is not None and rule.subject:
        told += f"。规定权重自{month_name(rule.from_)}起调整，原因：{rule.reason}（{rule.document}）"
    return [told + "。"]


def _shares(pairs) -> str:
    return "、".join(f"{name}{weight:.4g}%" for name, weight in pairs)


def year_words(content: PackContent, unit_id: str) -> str:
    """Return where the unit would stand if the year ended now, as consequences attach to years alone (S27, S36)."""
    row = content.year_so_far.get(unit_id)
    is_whole = len(year_to_date(content.policy.period)) == 12
    if row is None or pd.isna(row.total) or (is_whole and content.edition.state == "final"):
        return ""
    policy, names = content.policy, content.names
    year, months = policy.period[:4], months_so_far(policy.period, policy.district.start)
    told = f"{year}年{months}累计（暂定）：得分{score(row.total)}分"
    if not row.is_counted:
        return told + f"，有数据的月数{row.n_months}个，不足{policy.grading.minimum_months}个，不计位次和等次。"
    ruled = f"（按得分为{names[row.tier_by_score]}，经定性调整或一票否优）" if row.tier != row.tier_by_score else ""
    told += f"，位次第{row.rank}，等次{names[row.tier]}{ruled}。"
    range_, gap = f"约谈范围（{listed_name(policy.grading, names)}）", row.margin_interview_points
    told += "" if is_whole else "若年度就此结束，"
    told += f"列入{range_}" if row.is_interview else f"不列入{range_}"
    if pd.notna(gap) and gap:
        told += f"，再提高{score(gap)}分可移出" if gap > 0 else f"，高出约谈线{score(-gap)}分"
    if pd.notna(row.p_interview):
        told += f"；扣除偶然起伏后，列入的可能性{chance(row.p_interview)}"
    return told + "。"
