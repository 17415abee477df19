"""The tables `trends` and `change_parts` of a month: what changed, against when, and why (S10, S25).

Bases: `mom` (环比) against last month, `yoy` (同比) against the same month last year, `ytd` the year to date against
last year's, `annual` the result of the last finished year against the year before. A figure without a period before it
stands alone: its `before_period` is empty.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.insight.explain import NO_EXPLANATION, explain_change
from analysis.insight.levels import LIKE_FOR_LIKE, average_levels, published_levels
from analysis.insight.noise import change_widths, compared_sides
from analysis.insight.scope import Scope, read_scope
from analysis.policy.book import PolicyBook
from analysis.policy.models import Rounding
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES

Tables = Mapping[str, pd.DataFrame]
_PERIODS = ("after_period", "before_period")


class Pair(NamedTuple):
    """Two scopes that are compared; `before` is empty where the district has no such period."""

    basis: str
    scope: str
    before: str
    after: str


def periods_needed(period: str, start: str) -> list[str]:
    """Return the months whose score tables `build_trends` reads: a handful, however long the history.

    The month itself, the month before, the same month last year, and December of the last two finished years.

    Args:
        period: the month.
        start: the district's first month.
    """
    found = {month for pair in list_pairs(period, start) for month in (pair.before, pair.after) if month}
    return sorted(found)


def list_pairs(period: str, start: str) -> list[Pair]:
    """Return the comparisons of a month (see the module's bases), in the order in which pages tell them."""
    last_month, last_year = (month if month >= start else "" for month in (shift(period, -1), shift(period, -12)))
    pairs = [
        Pair("mom", "month", last_month, period),
        Pair("yoy", "month", last_year, period),
        Pair("ytd", "ytd", last_year, period),
    ]
    *earlier, finished = ["", "", *year_ends(period, start)][-2:]
    return [*pairs, Pair("annual", "ytd", *earlier, finished)] if finished else pairs


def year_ends(period: str, start: str) -> list[str]:
    """Return the Decembers since the district's start, up to the month: in each one's tables stands its year."""
    return [month for month in month_range(start, period) if month.endswith("-12")]


def build_trends(
    book: PolicyBook, scores: Mapping[str, Tables], period: str, noise: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Return the tables `trends` and `change_parts` of a month (S25).

    `trends`: a row per basis, period after, level and unit, for units assessed in the period after; rows with an empty
    `unit_id` are means over units: of the district (level `district`), of each group (`group`), of each channel and
    family. A merged unit ends with its last month; in the means its leaving is `composition`.

    - `before`, `after` and `change` are taken from published figures, and the parts `performance`, `weights`,
      `indicator_set`, `coverage`, `adjustments` and `composition` add up to `change` in the last digit (S4).
    - like for like: before and after under after's weights and over the indicators that are in force in both periods
      under the same rule; data, coverage and adjustments stay each period's own. Means are taken over the units
      assessed in both. Where no rule changed, it equals the plain figure.
    - `rank_change` and a mean's `change` are after less before; a rank that gets better has a positive `rank_change`.

    `change_parts`: a row per basis, period after, unit and indicator that moved the unit's total, with the parts of
    the total's change that it brought; they add up to the row of the total in `trends`. What bonus, deductions and the
    cut at 0 and 100 brought stands in a row without indicator.

    Args:
        book: the policy.
        scores: month → `unit_scores`, `channel_scores`, `indicator_scores`, for each month of `periods_needed`.
        period: the month.
        noise: `certainty` of the month before (S32); a like-for-like change within it is marked `is_within_noise`.

    Returns:
        Table name → frame, each checked against its schema.

    Raises:
        DataError: a month's score tables are incomplete or disagree.
    """
    policy = book.at(period)
    rounding = policy.grading.rounding
    pairs = list_pairs(period, book.district.start)
    named = sorted({(month, pair.scope) for pair in pairs for month in (pair.before, pair.after) if month})
    scopes = {(month, scope): read_scope(book, scores[month], month, scope) for month, scope in named}
    trends, parts = _compare_pairs(pairs, scopes, rounding)
    widths = pd.Series(np.nan, trends.index)
    if noise is not None:
        widths = _noise_widths(trends, noise, period, policy.trends.false_discovery_pct)
    tables = {"trends": _complete(trends, widths), "change_parts": parts}
    return {name: TABLES[name].check(table.assign(period=period)) for name, table in tables.items()}


def _compare_pairs(
    pairs: Sequence[Pair], scopes: Mapping[tuple[str, str], Scope], rounding: Rounding
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of `trends`, units and means, and of `change_parts`, all pairs at once, told apart by `basis`."""
    levels = {key: published_levels(scope, rounding) for key, scope in scopes.items()}
    stacks: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for pair in pairs:
        before, after = (scopes.get((month, pair.scope)) for month in (pair.before, pair.after))
        why = explain_change(before, after, rounding) if before else NO_EXPLANATION
        stamp = {"basis": pair.basis, "after_period": pair.after}
        new = levels[pair.after, pair.scope].assign(before_period=pair.before, **stamp)
        old = levels[pair.before, pair.scope].assign(basis=pair.basis) if before else new.iloc[:0]
        stacks["new"].append(new)
        stacks["old"].append(old[["basis", "unit_id", "level", "level_id", "score", "group"]])
        stacks["by_level"].append(why.by_level.assign(basis=pair.basis))
        stacks["places"].append(_places(before, after).assign(basis=pair.basis))
        stacks["parts"].append(why.by_indicator.assign(**stamp))
    frames = {name: pd.concat(stack, ignore_index=True) for name, stack in stacks.items()}
    rows = _compare_units(frames["old"], frames["new"], frames["by_level"], rounding)
    placed = rows.merge(frames["places"], on=["basis", "unit_id", "level"], how="left")
    placed = placed.assign(rank_change=placed["rank_before"] - placed["rank_after"])
    periods = {name: dict(zip(frames["new"]["basis"], frames["new"][name], strict=True)) for name in _PERIODS}
    means = average_levels(frames["old"], rows, rounding)
    means = means.assign(**{name: means["basis"].map(of) for name, of in periods.items()})
    return pd.concat([placed, means], ignore_index=True), frames["parts"]


def _compare_units(old: pd.DataFrame, new: pd.DataFrame, by_level: pd.DataFrame, rounding: Rounding) -> pd.DataFrame:
    keys = ["basis", "unit_id", "level", "level_id"]
    old = old.rename(columns={"score": "before"}).drop(columns="group")
    rows = new.rename(columns={"score": "after"}).merge(old, on=keys, how="left").merge(by_level, on=keys, how="left")
    change = np.round(rows["after"] - rows["before"], rounding.decimals)
    composition = change.where(change.isna(), 0.0)
    rows = rows.assign(change=change, composition=composition, is_rule_changed=rows["is_rule_changed"].eq(True))
    like_before, like_after = (rows[name] for name in LIKE_FOR_LIKE)
    return rows.assign(like_for_like_change=np.round(like_after - like_before, rounding.decimals))


def _places(before: Scope | None, after: Scope) -> pd.DataFrame:
    """Return rank and tier of each unit of after, in both periods."""
    places = after.units[["rank", "tier"]].add_suffix("_after")
    old = before.units if before else after.units.iloc[:0]
    places = places.join(old[["rank", "tier"]].add_suffix("_before"))
    places = places.assign(tier_before=places["tier_before"].fillna(""), level="total")
    return places.rename_axis("unit_id").reset_index()


def _noise_widths(rows: pd.DataFrame, noise: pd.DataFrame, period: str, false_discovery_pct: float) -> pd.Series:
    widths = pd.Series(np.nan, rows.index)
    tested = rows[rows["level"].eq("total") & rows["change"].notna()]
    for basis, units in tested.groupby("basis"):
        changes = units.set_index("unit_id")["like_for_like_change"]
        widths[units.index] = change_widths(noise, compared_sides(basis, period), changes, false_discovery_pct).array
    return widths


def _complete(rows: pd.DataFrame, widths: pd.Series) -> pd.DataFrame:
    is_within_noise = rows["like_for_like_change"].abs() <= widths
    tiers = {name: rows[name].fillna("") for name in ("tier_before", "tier_after")}
    return rows.drop(columns="group").assign(noise_points=widths, is_within_noise=is_within_noise, **tiers)
