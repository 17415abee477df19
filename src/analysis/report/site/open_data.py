"""The open data of a month: what may be public, as tables of their own (S23, S26).

No single town is shown, single departments only where `packs.public_units` says so. A group or an indicator with few
units and a count of few tickets are left out, with whatever they would follow from.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from analysis.policy.base import TIERS
from analysis.policy.book import Policy
from analysis.policy.consequences import PackRules
from analysis.policy.models import Rounding
from analysis.scoring.rounding import publish

Tables = Mapping[str, pd.DataFrame]
# Open table → the processed tables that it is made from.
SOURCES: dict[str, tuple[str, ...]] = {
    "scores_by_group": ("unit_scores",),
    "indicator_summary": ("indicator_summary",),
    "trends_by_group": ("trends", "unit_scores"),
    "hotline_by_matter": ("hotline_by_matter",),
    "hotline_by_channel": ("hotline_by_channel",),
    "department_scores": ("unit_scores",),
}
_ALL = "all"
_RATES = {"on_time_pct": ("n_on_time", "n_due"), "satisfaction_pct": ("n_satisfied", "n_valid_call_backs")}
_HOTLINE = ["n_received", "n_due", "on_time_pct", "n_valid_call_backs", "satisfaction_pct"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def open_tables(
    tables: Tables, policy: Policy, packs: PackRules, names: Mapping[str, str], revision: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Return the open tables of a month that its processed tables allow, with names beside ids.

    Args:
        tables: processed tables of the month; those that are missing leave out what is made from them.
        policy: the month's rules.
        packs: from which numbers on something is shown, and whether departments are named.
        names: id → Chinese name.
        revision: `revision` and `state`, put on every row.
    """
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "scores_by_group": lambda: _scores_by_group(tables["unit_scores"], packs, names, policy.grading.rounding),
        "indicator_summary": lambda: _indicators(tables["indicator_summary"], packs, names, policy.grading.rounding),
        "trends_by_group": lambda: _trends(tables["trends"], tables["unit_scores"], packs, names),
        "hotline_by_matter": lambda: _hotline(_listed(tables["hotline_by_matter"]), ["matter_id", "matter"], packs),
        "hotline_by_channel": lambda: _hotline(tables["hotline_by_channel"], ["channel"], packs),
        "department_scores": lambda: _departments(tables["unit_scores"], policy, names),
    }
    wanted = [name for name in SOURCES if name != "department_scores" or packs.public_units == "departments"]
    possible = [name for name in wanted if set(SOURCES[name]) <= set(tables)]
    return {name: makers[name]().assign(**revision) for name in possible}


def to_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV: two decimals, and no text that a spreadsheet would take for a formula."""
    safe = frame.copy()
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(dtype) for dtype in safe.dtypes]]:
        safe[column] = safe[column].map(lambda value: f"'{value}" if str(value).startswith(_FORMULA) else value)
    return safe.to_csv(index=False, float_format="%.2f", lineterminator="\n")


def _scores_by_group(
    units: pd.DataFrame, packs: PackRules, names: Mapping[str, str], rounding: Rounding
) -> pd.DataFrame:
    """Return a row a scope and group: units with a total, their mean and median, units per tier."""
    ranked = units[units["total"].notna()]
    both = pd.concat([ranked, ranked.assign(group=_ALL)])
    both = both.assign(**{f"n_{tier}": both["tier"] == tier for tier in TIERS})
    rows = both.groupby(["period", "scope", "group"], sort=True)
    found = rows.agg(
        n_units=("unit_id", "count"),
        mean_total=("total", "mean"),
        # The middle of an even number of units is the higher one, as everywhere (S4).
        median_total=("total", lambda totals: totals.quantile(0.5, interpolation="higher")),
        **{f"n_{tier}": (f"n_{tier}", "sum") for tier in TIERS},
    ).reset_index()
    shown = found[_is_shown(found, packs)]
    figures = {name: publish(shown[name], rounding) for name in ("mean_total", "median_total")}
    return _named(shown.assign(**figures), "group", names | {_ALL: "全区"})


def _is_shown(groups: pd.DataFrame, packs: PackRules) -> pd.Series:
    """Tell which groups are large enough; the whole is left out with a group that would follow from it."""
    is_large = groups["n_units"] >= packs.minimum_group
    lacking = set(groups.loc[~is_large & (groups["group"] != _ALL), "scope"])
    return is_large & ~((groups["group"] == _ALL) & groups["scope"].isin(lacking))


def _indicators(summary: pd.DataFrame, packs: PackRules, names: Mapping[str, str], rounding: Rounding) -> pd.DataFrame:
    shown = summary[summary["n_units"] >= packs.minimum_group].drop(columns="worst_units")
    figures = {name: publish(shown[name], rounding) for name in ("mean_score", "lost_points")}
    return _named(shown.assign(**figures), "indicator_id", names)


def _trends(trends: pd.DataFrame, units: pd.DataFrame, packs: PackRules, names: Mapping[str, str]) -> pd.DataFrame:
    sizes = units[(units["scope"] == "month") & units["total"].notna()].groupby("group").size()
    small = set(sizes.index[sizes < packs.minimum_group])
    of_groups = (trends["level"] == "group") & ~trends["level_id"].isin(small)
    shown = trends[of_groups | ((trends["level"] == "district") & (not small))]
    shown = shown.assign(group=shown["level_id"].where(shown["level"] == "group", _ALL))
    columns = ["period", "basis", "before_period", "after_period", "group", "before", "after", "change"]
    named = _named(shown[[*columns, "like_for_like_change"]], "group", names | {_ALL: "全区"})
    return named.sort_values(["basis", "after_period", "group"], ignore_index=True)


def _listed(by_matter: pd.DataFrame) -> pd.DataFrame:
    # A matter that no clause names is text as delivered: nobody has looked at what stands in it.
    return by_matter[by_matter["matter_id"] != ""]


def _hotline(measures: pd.DataFrame, keys: list[str], packs: PackRules) -> pd.DataFrame:
    """Return counts and rates of tickets; small counts are missing, and rates from which they would follow."""
    shown = measures[["period", *keys]].copy()
    hidden = {name: _is_small(measures[name], packs) for name in ("n_received", "n_due", "n_valid_call_backs")}
    for rate, (part, whole) in _RATES.items():
        rest = measures[whole] - measures[part]
        is_hidden = hidden[whole] | _is_small(measures[part], packs) | _is_small(rest, packs)
        shown[rate] = measures[rate].where(~is_hidden)
    for name, is_hidden in hidden.items():
        shown[name] = measures[name].astype("Int64").mask(is_hidden)
    return shown[["period", *keys, *_HOTLINE]]


def _is_small(counts: pd.Series, packs: PackRules) -> np.ndarray:
    return counts.between(1, packs.small_count - 1).to_numpy()


def _departments(units: pd.DataFrame, policy: Policy, names: Mapping[str, str]) -> pd.DataFrame:
    towns = {unit.id for unit in policy.units if unit.is_town}
    columns = ["period", "scope", "unit_id", "group", "total", "rank", "tier", "is_provisional"]
    return _named(units.loc[~units["unit_id"].isin(towns), columns], "unit_id", names)


def _named(frame: pd.DataFrame, key: str, names: Mapping[str, str]) -> pd.DataFrame:
    place = frame.columns.get_loc(key) + 1
    named = frame.copy()
    named.insert(place, "name", frame[key].map(names))
    return named
