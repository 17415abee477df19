"""What a unit reads of its own posts and its load, and nobody else's figure (S23, S40)."""

from collections.abc import Sequence

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.workload import POSTS
from analysis.report.packs.content import PackContent
from analysis.report.packs.evidence import sheet_name
from analysis.report.staffing import is_unlike_year, load_words, made_words, post_change_words, post_words
from analysis.report.tasks import changed_posts
from analysis.report.words import listing, score


def own_load(content: PackContent, unit_id: str) -> str:
    """Return what a unit reads of its posts and its load (S40); empty where nothing was delivered."""
    load, posts = tell_load(content.own("staffing", unit_id), content.policy), posts_change(content, unit_id)
    asked = f"比上月，{posts}，有批准文件的请附送{content.policy.district.office}核对。" * bool(posts)
    return asked + load + _relative_words(content, unit_id)


def tell_load(rows: Sequence, policy: Policy) -> str:
    """Return a unit's own load, for its own page, and nobody else's figure (S23); empty where nothing was delivered.

    Args:
        rows: the unit's row of `staffing`, none where the month lacks it.
        policy: the rules in force.
    """
    if not rows or not rows[0].n_months:
        return ""
    (row,) = rows
    if row.load_state == "unknown":
        return "近十二个月编制与工作量数据不全，不计算工作负荷。"
    peaks = f"；{'、'.join(row.peak_months.split())}月为高峰" if row.peak_months else ""
    unlike = ""
    if is_unlike_year(row):
        mean = f"{row.posts_needed / row.load:.0f}"
        unlike = f"本月实有人数与近十二个月平均（约{mean}人）相差较大，与负荷不可直接对照，编制和人数请核对。"
    return (
        f"近十二个月本单位{load_words(row)}{peaks}；{post_words(row)}。{unlike}{made_words(policy)}"
        "负荷不计分，供核对；件数、人数有误的，请提出更正。"
    )


def _relative_words(content: PackContent, unit_id: str) -> str:
    """Return how a unit's load and its score of relative work differ, empty where it lacks one of them (S24, S40)."""
    loads = [row for row in content.own("staffing", unit_id) if row.n_months and row.load_state != "unknown"]
    own = [
        row
        for row in content.own("indicator_scores", unit_id)
        if row.indicator_id in content.policy.relative_indicators
    ]
    told = [f"{content.names[row.indicator_id]}{score(row.score)}分" for row in own if pd.notna(row.score)]
    if not loads or not told:
        return ""
    return f"{listing(told)}是本月人均工作量与同类单位中位数之比，与负荷计法不同，可以一高一低。"


def posts_change(content: PackContent, unit_id: str) -> str:
    """Return that a unit's approved posts are others than the month before, with where they stand; else nothing (S40).

    Only a document changes them.
    """
    counts, offices = content.table("unit_counts"), content.policy.sheets.deliveries
    held = counts[(counts["field"] == POSTS) & (counts["unit_id"].map(content.policy.heir_of) == unit_id)]
    kinds = {*held["kind"]}
    sent = [f"由{each.office}报送" for each in offices if each.kind in kinds]
    cells = [f"{sheet_name(row)}·{row.cell}" for row in held.itertuples()]
    where = f"（{'；'.join([*cells, *dict.fromkeys(sent)])}）" * bool(cells)
    monthly = content.table("monthly_loads")
    changed = changed_posts(monthly[monthly["unit_id"] == unit_id], content.policy.period)
    return "".join(f"{post_change_words(row)}{where}" for row in changed.itertuples())
