"""The open data of a month: what may be public, as tables of their own (S23, S26).

No single town is shown, single departments only where `packs.public_units` says so. Small groups are joined, an
indicator with few units and a count of few tickets are left out, with whatever they would follow from (S46).
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from analysis.intake.cell_text import plain_field
from analysis.policy.book import Policy
from analysis.policy.consequences import PackRules
from analysis.policy.models import Rounding
from analysis.report.packs.counts import merge_small_groups
from analysis.report.site.open_tickets import TICKET_TABLES, hotline_tables
from analysis.scoring.rounding import publish

Tables = Mapping[str, pd.DataFrame]
# Open table → the processed tables that it is made from.
SOURCES: dict[str, tuple[str, ...]] = {
    "scores_by_group": ("unit_scores",),
    "indicator_summary": ("indicator_summary",),
    "trends_by_group": ("trends", "unit_scores"),
    **dict.fromkeys(TICKET_TABLES, TICKET_TABLES),
    "department_scores": ("unit_scores",),
}
_ALL = "all"


def open_tables(
    tables: Tables,
    policy: Policy,
    packs: PackRules,
    names: Mapping[str, str],
    revision: Mapping[str, str],
    earlier: Sequence[Tables] = (),
) -> dict[str, pd.DataFrame]:
    """Return the open tables of a month that its processed tables allow, with names beside ids.

    Args:
        tables: processed tables of the month; those that are missing leave out what is made from them.
        policy: the month's rules.
        packs: from which numbers on something is shown, and whether departments are named.
        names: id → Chinese name.
        revision: `revision` and `state`, put on every row.
        earlier: the same tables of the month's earlier revisions with pages, the oldest first: what they withheld
            stays withheld (S46).
    """
    of_tickets = hotline_tables([*earlier, tables], packs) if set(TICKET_TABLES) <= set(tables) else {}
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "scores_by_group": lambda: _scores_by_group(tables["unit_scores"], policy, packs, names),
        "indicator_summary": lambda: _indicators(tables["indicator_summary"], packs, names, policy.grading.rounding),
        "trends_by_group": lambda: _trends(tables["trends"], tables["unit_scores"], policy, packs, names),
        "hotline_by_matter": lambda: of_tickets["hotline_by_matter"],
        "hotline_by_channel": lambda: _named(of_tickets["hotline_by_channel"], "channel", _channel_names(policy)),
        "department_scores": lambda: _departments(tables["unit_scores"], policy, names),
    }
    wanted = [name for name in SOURCES if name != "department_scores" or packs.public_units == "departments"]
    possible = [name for name in wanted if set(SOURCES[name]) <= set(tables)]
    return {name: makers[name]().assign(**revision) for name in possible}


def to_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV: two decimals, and no text that a spreadsheet would take for a formula."""
    safe = frame.copy()
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(dtype) for dtype in safe.dtypes]]:
        safe[column] = safe[column].map(lambda value: plain_field(value) if isinstance(value, str) else value)
    return safe.to_csv(index=False, float_format="%.2f", lineterminator="\n")


def _parts(units: pd.DataFrame, policy: Policy, packs: PackRules) -> dict[str, tuple[str, ...]]:
    """Return id → groups of every part that is shown: small groups are joined, as on the public page."""
    ranked = units[(units["scope"] == "month") & units["total"].notna()]
    order = [group.id for group in policy.groups if (ranked["group"] == group.id).any()]
    parts = merge_small_groups(ranked["group"].value_counts().reindex(order), packs.minimum_group)
    return {"+".join(part): tuple(part) for part in parts} | {_ALL: tuple(order)}


def _part_names(parts: Mapping[str, tuple[str, ...]], names: Mapping[str, str]) -> dict[str, str]:
    return {id_: "、".join(names[group] for group in part) for id_, part in parts.items()} | {_ALL: "全区"}


def _scores_by_group(units: pd.DataFrame, policy: Policy, packs: PackRules, names: Mapping[str, str]) -> pd.DataFrame:
    """Return a row a scope and part: units with a total, their mean and median, units per tier."""
    parts = _parts(units, policy, packs)
    ranked = units[units["total"].notna()]
    ranked = ranked.assign(**{f"n_{tier}": ranked["tier"] == tier for tier in policy.grading.tiers})
    both = pd.concat([ranked[ranked["group"].isin(part)].assign(group=id_) for id_, part in parts.items()])
    rows = both.groupby(["period", "scope", "group"], sort=True)
    found = rows.agg(
        n_units=("unit_id", "count"),
        mean_total=("total", "mean"),
        # The middle of an even number of units is the higher one, as everywhere (S4).
        median_total=("total", lambda totals: totals.quantile(0.5, interpolation="higher")),
        **{f"n_{tier}": (f"n_{tier}", "sum") for tier in policy.grading.tiers},
    ).reset_index()
    shown = found[found["n_units"] >= packs.minimum_group]
    figures = {name: publish(shown[name], policy.grading.rounding) for name in ("mean_total", "median_total")}
    return _named(shown.assign(**figures), "group", _part_names(parts, names))


def _indicators(summary: pd.DataFrame, packs: PackRules, names: Mapping[str, str], rounding: Rounding) -> pd.DataFrame:
    shown = summary[summary["n_units"] >= packs.minimum_group].drop(columns=["worst_units", "n_filled", "n_too_few"])
    figures = {name: publish(shown[name], rounding) for name in ("mean_score", "lost_points")}
    named = _named(shown.assign(**figures), "indicator_id", names)
    named = _named(named, "family", names, "family_name")
    return _named(named, "channel", names, "channel_name")


def _trends(
    trends: pd.DataFrame, units: pd.DataFrame, policy: Policy, packs: PackRules, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return the means of the district and of the groups that stand alone; joined ones have no mean of their own."""
    parts = _parts(units, policy, packs)
    alone = [part[0] for id_, part in parts.items() if id_ != _ALL and len(part) == 1]
    of_groups = (trends["level"] == "group") & trends["level_id"].isin(alone)
    shown = trends[of_groups | (trends["level"] == "district")]
    shown = shown.assign(group=shown["level_id"].where(shown["level"] == "group", _ALL))
    columns = ["period", "basis", "before_period", "after_period", "group", "before", "after", "change"]
    named = _named(shown[[*columns, "like_for_like_change"]], "group", _part_names(parts, names))
    return named.sort_values(["basis", "after_period", "group"], ignore_index=True)


def _departments(units: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> pd.DataFrame:
    towns = {unit.id for unit in policy.units if unit.is_town}
    columns = ["period", "scope", "unit_id", "group", "total", "rank", "tier", "is_provisional"]
    return _named(units.loc[~units["unit_id"].isin(towns), columns], "unit_id", names)


def _channel_names(policy: Policy) -> dict[str, str]:
    """Return what the channels of tickets are called; one that no rule names keeps its own word."""
    return {channel.id: channel.name for channel in policy.tickets.channels} | {_ALL: "全区"}


def _named(frame: pd.DataFrame, key: str, names: Mapping[str, str], column: str = "name") -> pd.DataFrame:
    place = frame.columns.get_loc(key) + 1
    named = frame.copy()
    named.insert(place, column, frame[key].map(names).fillna(frame[key]))
    return named
