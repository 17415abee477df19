"""Why the listed units stand last: what fell since the month before, and what sets them apart from their group."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.report.grading import listed_name
from analysis.report.page.pieces import number, table, text
from analysis.report.words import DASH, SMALLEST, listing, score, signed
from analysis.scoring.score_tables import lost_points
from analysis.scoring.tiers import mark_interview

_NAMED = 2
_IN_CLAUSE = 5  # units in a clause, beside each indicator
_INDICATORS = 10


def compare_losses(scores: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `indicator_scores` with `lost_points`, and `group_median`, what its group's median would cost.

    Both are at the unit's own weight, so that their difference is what the unit loses beyond its group.

    Args:
        scores: the month's rows that have a score, with the column `group`.
    """
    median = scores.groupby(["group", "indicator_id"])["score"].transform("median")
    return scores.assign(lost_points=lost_points(scores), group_median=lost_points(scores.assign(score=median)))


def losses_beyond_group(units: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Return what units lose beyond their group's median (`excess`), a unit's greatest first.

    Args:
        units: `unit_scores` of scope `month`.
        scores: `indicator_scores` of scope `month`.
    """
    lost = compare_losses(scores[scores["score"].notna()].merge(units[["unit_id", "group"]], on="unit_id"))
    lost = lost.assign(excess=lost["lost_points"] - lost["group_median"])
    more = lost[lost["excess"] >= SMALLEST]
    return more.sort_values(["excess", "indicator_id"], ascending=[False, True])


def tell_lowest(units: pd.DataFrame, listed: Sequence[str], scores: pd.DataFrame, policy: Policy) -> str:
    """Return in a clause by which indicator each listed unit loses most beside its group, the commonest one first.

    Empty where nobody loses more than its group.

    Args:
        units: rows of `unit_scores` or `year_standing`, with the column `group`.
        listed: the listed units, the lowest first.
        scores: `indicator_scores` of the month, or of the year.
        policy: the rules: which indicators only compare with the group (S24).
    """
    names, lost = policy.names, losses_beyond_group(units, scores)
    is_own = lost["unit_id"].isin(listed) & ~lost["indicator_id"].isin(policy.relative_indicators)
    first = lost[is_own].drop_duplicates("unit_id")
    told: dict[str, list[str]] = {}
    for row in sorted(first.itertuples(), key=lambda row: listed.index(row.unit_id)):
        told.setdefault(row.indicator_id, []).append(f"{names[row.unit_id]}{score(row.lost_points)}分")
    if not told:
        return ""
    most = sorted(told.items(), key=lambda item: -len(item[1]))
    causes = "；".join(f"{names[indicator]}，{listing(who, _IN_CLAUSE)}" for indicator, who in most[:_INDICATORS])
    rest = listing([names[unit] for unit in listed if unit not in set(first["unit_id"])], _IN_CLAUSE)
    others = f"；其余{len(most) - _INDICATORS}项各涉及其他单位" * (len(most) > _INDICATORS)
    others += f"；{rest}的失分没有明显高出同类单位的" * bool(rest)
    spared = listing([names[i] for i in policy.relative_indicators if i in set(lost["indicator_id"])])
    besides = f"除{spared}（相对指标）外，" * bool(spared)
    who = f"列入{listed_name(policy.grading, names)}的{len(listed)}个单位"
    return f"{who}中，{besides}失分高出同类单位最多的指标及失分：{causes}{others}"


def lowest_table(
    units: pd.DataFrame,
    scores: pd.DataFrame,
    trends: pd.DataFrame,
    parts: pd.DataFrame,
    sure: pd.DataFrame,
    policy: Policy,
) -> Markup:
    """Return a line for each unit that the month lists: its score, what fell, and where it loses more than its group.

    Args:
        units: `unit_scores` of scope `month`.
        scores: `indicator_scores` of scope `month`.
        trends: the month's table `trends`.
        parts: the month's table `change_parts`.
        sure: the month's table `certainty`, for how far each unit is from leaving the list.
        policy: the month's rules: who is listed (R21, S7), and which indicators only compare with the group (S24).
    """
    grading, names = policy.grading, policy.names
    listed = units[mark_interview(units, grading)].sort_values(["total", "unit_id"])
    change = trends[(trends["level"] == "total") & (trends["basis"] == "mom")].set_index("unit_id")["change"]
    # By performance alone, as a unit's page has it: what rules or other weights took is nobody's fall.
    moved = parts[(parts["basis"] == "mom") & (parts["indicator_id"] != "") & (parts["performance"] <= -SMALLEST)]
    is_relative = moved["indicator_id"].isin(policy.relative_indicators)  # nobody works worse by being less busy
    moved, apart = moved[~is_relative], moved[is_relative]
    moved = moved.sort_values(["performance", "indicator_id"]).groupby("unit_id").head(_NAMED)
    more = losses_beyond_group(units, scores).groupby("unit_id").head(_NAMED)
    gaps = sure.set_index("unit_id")["margin_interview_points"]
    columns = [
        text("单位", "unit_id", names),
        number("得分", "total", score),
        *([number("移出至少再得", lambda r: score(gaps.get(r.unit_id)))] if gaps.notna().any() else []),
        number("环比", lambda r: signed(change.get(r.unit_id))),
        text(
            "环比下降的主要指标",
            lambda r: _fell(*(each[each["unit_id"] == r.unit_id] for each in (moved, apart)), names),
        ),
        text("失分多于同类单位的主要指标", lambda r: _lost_more(more[more["unit_id"] == r.unit_id], names)),
    ]
    named = {
        i for rows in (moved, apart, more) for i in rows.loc[rows["unit_id"].isin(listed["unit_id"]), "indicator_id"]
    }
    relative = [each for each in policy.relative_indicators if each in named]
    note = "".join(f"；{names[each]}是相对指标，只说明忙闲，不说明工作好坏" for each in relative)
    return table(columns, listed, f"{listed_name(grading, names)}单位失分和下降的主要指标（单位：分{note}）", css="")


def _fell(moved: pd.DataFrame, apart: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return what fell most, and apart from it what only compares with the group: it may be most of the fall."""
    told, also = (
        listing([f"{names[r.indicator_id]}{signed(r.performance)}" for r in rows.itertuples()])
        for rows in (moved, apart)
    )
    return "；".join(filter(None, [told, also and f"{'另' * bool(told)}{also}"])) or DASH


def _lost_more(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    told = [
        f"{names[r.indicator_id]}失{score(r.lost_points)}（同类中位{score(r.group_median)}）" for r in rows.itertuples()
    ]
    return listing(told) or DASH
