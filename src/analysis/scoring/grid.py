"""The grid of a scope: what its units scored on each indicator over its months, and what that weighs (S10, S28, S29).

It is laid out once. Scores, certainty, what-if and the change between two scopes start from it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.method import Raw
from analysis.policy.methods import mean_of_group
from analysis.policy.period import scope_months, shift
from analysis.scoring.cases import COUNTED, count_cases, earlier_months
from analysis.scoring.kernel import Aggregate, aggregate, give_to_siblings, score_totals
from analysis.scoring.weights import ScopeWeights, mean_weights

RAW = ("value", "numerator", "denominator", "standard")
_MEASURED = (*RAW, "points", "n_measurements", "first_period", "status", "credibility")
# What a missing score is called where a unit's measurements of an indicator differ: the gravest word wins.
_STATUSES = ("ok", "accepted", "not_submitted", "not_drawn", "not_applicable")


@dataclass(frozen=True)
class Grid:
    """A scope of U units over I indicators.

    Attributes:
        period: the scope's last month.
        scope: its name in `SCOPES`.
        unit_ids: the U units.
        weights: of the I indicators and of the channels, as the policy has them.
        points: (U, I) 0–100, NaN where missing.
        value: (U, I) the mean or latest raw value, NaN where there is none.
        numerator: (U, I) counts, NaN where the indicator has none; fractional where months before fill up (S30).
        denominator: (U, I) counts, NaN where the indicator has none.
        standard: (U, I) the unit's own baseline or target, or its group's mean, where points go by that.
        n_measurements: (U, I) measurements behind a score.
        first_period: (U, I) the earliest month that a score rests on, or that was looked at where cases are too few.
        status: (U, I) `ok` or why there is no score, empty where the unit has no measurement.
        credibility: (U, I) 0–1, the share of its weight that an indicator has, below 1 on few cases (S30).
    """

    period: str
    scope: str
    unit_ids: list[str]
    weights: ScopeWeights
    points: np.ndarray
    value: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    standard: np.ndarray
    n_measurements: np.ndarray
    first_period: np.ndarray
    status: np.ndarray
    credibility: np.ndarray

    @property
    def credible_weights(self) -> np.ndarray:
        """The weights (…, U, I) within channels that cases and the gaps of siblings leave to indicators (S11, S30)."""
        weights = self.weights
        return give_to_siblings(weights.indicators, self.points, weights.siblings.values()) * self.credibility

    @property
    def in_force(self) -> np.ndarray:
        """Whether an indicator is meant for a unit (U, I)."""
        return self.weights.indicators > 0

    def aggregate(self) -> Aggregate:
        """Return channel scores, totals and the weights in force, before adjustments and rounding."""
        weights = self.weights
        return aggregate(self.points, self.credible_weights, weights.channels, weights.channel_of)

    def exact_totals(self) -> tuple[np.ndarray, np.ndarray]:
        """Return channel scores (U, C) and totals (U,) before adjustments and rounding."""
        weights = self.weights
        return score_totals(self.points, self.credible_weights, weights.channels, weights.channel_of)

    def rows(self, **others: np.ndarray) -> pd.DataFrame:
        """Return a row per unit and indicator with a measurement: what was measured, and other grids (U, I)."""
        units, places = np.nonzero(self.status != "")
        grids = {name: getattr(self, name) for name in _MEASURED} | others
        keys = {
            "unit_id": np.array(self.unit_ids, dtype=object)[units],
            "indicator_id": np.array(self.weights.indicator_ids, dtype=object)[places],
            "channel": np.array(self.weights.channel_ids, dtype=object)[self.weights.channel_of[places]],
        }
        return pd.DataFrame(keys | {name: grid[units, places] for name, grid in grids.items()})


def score_measurements(measurements: pd.DataFrame, policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Return `measurements` with `points`, each by the method in force in its month (R7, S29).

    Args:
        measurements: the table `measurements` of one or more months.
        policies: month → the rules of that month, for every month in `measurements`.

    Returns:
        The rows in the order of their months, with `points` 0–100 (NaN where there is none); a zero denominator turns
        `ok` into `not_applicable`.
    """
    keys = ["period", "measurement_id"]
    # Months that follow one another in the store's tables are in order as they are, which is found sooner than made.
    is_sorted = all(measurements[key].is_monotonic_increasing for key in keys)
    scored = measurements.reset_index(drop=True) if is_sorted else measurements.sort_values(keys, ignore_index=True)
    is_ok = (scored["status"] == "ok").to_numpy()
    # Months that an older version wrote know no standard.
    scored = scored.assign(standard=scored.get("standard", np.nan))
    raw = {column: np.where(is_ok, scored[column].to_numpy(dtype=float), np.nan) for column in RAW}
    group = _groups(scored, policies)
    points, standard = (np.full(len(scored), np.nan) for _ in range(2))
    # The months in which an indicator has one rule are scored at once.
    by_rule: dict[int, tuple[Indicator, list[np.ndarray]]] = {}
    for (period, indicator_id), rows in scored.groupby(["period", "indicator_id"], sort=False).indices.items():
        indicator = policies[period].indicator_by_id[indicator_id]
        by_rule.setdefault(id(indicator), (indicator, []))[1].append(rows)
    for indicator, parts in by_rule.values():
        rows = np.concatenate(parts)
        found = Raw(**{name: column[rows] for name, column in raw.items()}, group=group[rows])
        if indicator.standards:
            own = scored["unit_id"].iloc[rows].map(indicator.standards).to_numpy(dtype=float)
            found = replace(found, standard=indicator.in_shares(own))
        points[rows], standard[rows] = indicator.score(found), indicator.method.standard(found)
    scored["points"], scored["standard"] = points, standard
    return scored.assign(status=scored["status"].mask(is_ok & np.isnan(points), "not_applicable"))


def _groups(measurements: pd.DataFrame, policies: Mapping[str, Policy]) -> np.ndarray:
    """Return a number for the month and the group of each measurement's unit."""
    labels = {
        (period, unit_id): (period, group) for period, p in policies.items() for unit_id, group in p.group_of.items()
    }
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels.values()))}
    # A frame's column of text is read one by one far slower than its list.
    pairs = zip(measurements["period"].tolist(), measurements["unit_id"].tolist(), strict=True)
    return np.array([numbers[labels[pair]] for pair in pairs], dtype=int)


def months_of(policies: Collection[str], period: str, scope: str) -> list[str]:
    """Return the months of a scope that ends with `period`, those before the district's first left out."""
    return [month for month in scope_months(period, scope) if month in policies]


def build_grid(policies: Mapping[str, Policy], scored: pd.DataFrame, period: str, scope: str) -> Grid:
    """Return the grid of a scope over the units assessed in its last month.

    Ratio indicators pool numerators and denominators, points are averaged over all measurements, states take the
    latest (S10); a task or visit reported in several months counts once, with its latest marks (S28). Visits are those
    of the indicator's window (S13); a month's few cases are filled up, and fewer than the minimum score nothing (S30);
    a channel counts from its least number of indicators on (S31).

    Args:
        policies: month → rules, for each of `PolicyBook.months_that_score`.
        scored: measurements of those months with `points` (see `score_measurements`).
        period: the scope's last month, whose methods and groups score pooled ratios.
        scope: its name in `SCOPES`.
    """
    in_scope = {month: policies[month] for month in months_of(policies, period, scope)}
    weights = mean_weights(in_scope, policies[period].unit_ids)
    measured = _measure(policies, scored, period, scope, weights.indicator_ids)
    return _count_channels(Grid(period, scope, policies[period].unit_ids, weights, **measured), policies[period])


def measure_again(
    grid: Grid, policies: Mapping[str, Policy], scored: pd.DataFrame, indicator_ids: Collection[str]
) -> Grid:
    """Return the grid with some of its indicators laid out anew.

    Args:
        grid: the grid as it is.
        policies: month → rules, as for `build_grid`.
        scored: the measurements of these indicators.
        indicator_ids: their ids, all those of their channels: whether a channel counts depends on them all (S31).
    """
    known = [id_ for id_ in grid.weights.indicator_ids if id_ in indicator_ids]
    columns = pd.Index(grid.weights.indicator_ids).get_indexer(known)
    grids = {}
    for name, again in _measure(policies, scored, grid.period, grid.scope, known).items():
        grids[name] = getattr(grid, name).copy()
        grids[name][:, columns] = again
    return _count_channels(replace(grid, **grids), policies[grid.period])


def _count_channels(grid: Grid, policy: Policy) -> Grid:
    """Return the grid without the points of channels in which a unit has too few indicators with data (S31)."""
    # An accepted gap counts as present: hiding must not pay. A group's mean is no data of the unit.
    has_data = ~np.isnan(grid.points) & (grid.status != "group_mean")
    present = grid.in_force & (has_data | np.isin(grid.status, ["accepted", "not_submitted"]))
    points, status = grid.points.copy(), grid.status.copy()
    for channel, channel_id in enumerate(grid.weights.channel_ids):
        inside = grid.weights.channel_of == channel
        is_thin = present[:, inside].sum(axis=1) < policy.minimum_indicators.get(channel_id, 1)
        dropped = is_thin[:, None] & inside & ~np.isnan(points)
        points[dropped], status[dropped] = np.nan, "too_few_indicators"
    return replace(grid, points=points, status=status)


def _measure(
    policies: Mapping[str, Policy], scored: pd.DataFrame, period: str, scope: str, indicator_ids: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return the grids (U, I) of `_MEASURED` over a scope."""
    policy, months = policies[period], months_of(policies, period, scope)
    by_id = {indicator.id: indicator for month in months for indicator in policies[month].indicators}
    indicators = [by_id[id_] for id_ in indicator_ids]
    first = [shift(period, 1 - i.window_months[scope]) if scope in i.window_months else months[0] for i in indicators]
    rows = _placed(scored, policy.unit_ids, indicator_ids, first)
    grids = _sum_up(rows, indicators, (len(policy.unit_ids), len(indicators)))
    grids["credibility"] = np.ones(grids["points"].shape)
    for place, indicator in enumerate(indicators):
        if indicator.minimum_cases is not None:
            labels = [months[0], *(earlier_months(indicator, policies, period) if scope == "month" else ())]
            own = {name: grids[name][:, place] for name in COUNTED}
            found = count_cases(own, indicator, policy, scored[scored["indicator_id"] == indicator.id], labels)
            for name, column in found.items():
                grids[name][:, place] = column
    group = np.array([policy.group_of[unit_id] for unit_id in policy.unit_ids], dtype=str)
    _pool(grids, indicators, group)
    _fill_with_means(grids, indicators, group)
    return grids


def _placed(
    scored: pd.DataFrame, unit_ids: Sequence[str], indicator_ids: Sequence[str], first: Sequence[str]
) -> pd.DataFrame:
    """Return the rows inside the grid, each indicator's from its first month on, with the number of their `cell`.

    A task or visit that several months report is its latest marks.
    """
    units = pd.Index(unit_ids).get_indexer(scored["unit_id"])
    places = pd.Index(indicator_ids).get_indexer(scored["indicator_id"])
    inside = (units >= 0) & (places >= 0) & (scored["period"].to_numpy() >= np.array(first, dtype=object)[places])
    rows = scored.loc[inside, ["period", *RAW, "points", "status", "item_id"]]
    rows = rows.assign(cell=(units * len(indicator_ids) + places)[inside])
    # A measurement without an item stands for itself; one with an item is the item's mark in that month.
    items = np.flatnonzero(rows["item_id"] != "")
    is_latest = np.ones(len(rows), dtype=bool)
    is_latest[items] = ~rows[["cell", "item_id"]].iloc[items].duplicated(keep="last")
    return rows[is_latest]


def _sum_up(rows: pd.DataFrame, indicators: Sequence[Indicator], shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return what the rows of each cell come to: sums of counts, means of points or the latest, the first month."""
    cells, is_ok = rows["cell"].to_numpy(), (rows["status"] == "ok").to_numpy()
    is_latest = np.array([indicator.over_year == "latest" for indicator in indicators])[cells % shape[1]]
    averaged, latest = (rows[is_ok & chosen].groupby("cell") for chosen in (~is_latest, is_latest))
    means = (
        averaged[["value", "standard", "points"]].mean().join(averaged[["numerator", "denominator"]].sum(min_count=1))
    )
    means["first_period"] = averaged["period"].first()
    states = latest[[*RAW, "points"]].last().assign(first_period=latest["period"].last())
    found = pd.concat([means, states]).reindex(range(shape[0] * shape[1]))
    gravest = np.full(len(found), len(_STATUSES))
    np.minimum.at(gravest, cells, rows["status"].map({name: place for place, name in enumerate(_STATUSES)}).to_numpy())
    grids = {name: found[name].to_numpy(copy=True).reshape(shape) for name in (*RAW, "points")}
    grids["n_measurements"] = np.bincount(cells[is_ok], minlength=len(found)).reshape(shape)
    grids["first_period"] = found["first_period"].fillna("").to_numpy(dtype=object, copy=True).reshape(shape)
    grids["status"] = np.array((*_STATUSES, ""), dtype=object)[gravest].reshape(shape)
    return grids


def _pool(grids: dict[str, np.ndarray], indicators: Sequence[Indicator], group: np.ndarray) -> None:
    for place, indicator in enumerate(indicators):
        if indicator.over_year == "pool":
            is_scored = grids["status"][:, place] == "ok"
            raw = {name: np.where(is_scored, grids[name][:, place], np.nan) for name in RAW}
            if not indicator.method.needs_standard:  # a mean is that of the pooled rates
                raw["standard"] = np.full(len(group), np.nan)
            found = Raw(**raw, group=group)
            grids["points"][:, place], grids["standard"][:, place] = (
                indicator.score(found),
                indicator.method.standard(found),
            )


def _fill_with_means(grids: dict[str, np.ndarray], indicators: Sequence[Indicator], group: np.ndarray) -> None:
    """Give the mean of its group to a unit without a mark, where the rules say so; a mark not submitted stays a gap."""
    for place, indicator in enumerate(indicators):
        if indicator.missing == "mean":
            points, status = grids["points"][:, place], grids["status"][:, place]
            means = mean_of_group(points, group)
            meant = np.array([not indicator.groups or name in indicator.groups for name in group])
            fills = meant & np.isnan(points) & ~np.isnan(means) & ~np.isin(status, ["accepted", "not_submitted"])
            points[fills], status[fills] = means[fills], "group_mean"


def read_grid(policies: Mapping[str, Policy], indicator_scores: pd.DataFrame, period: str, scope: str) -> Grid:
    """Return the grid of a scope from the table that it was written to.

    Args:
        policies: month → rules, as for `build_grid`.
        indicator_scores: rows of the scope in the table `indicator_scores`.
        period: the scope's last month.
        scope: its name in `SCOPES`.
    """
    unit_ids = policies[period].unit_ids
    weights = mean_weights({month: policies[month] for month in months_of(policies, period, scope)}, unit_ids)
    rows = complete(indicator_scores).rename(columns={"score": "points"})
    grids = lay_out(rows, unit_ids, "indicator_id", weights.indicator_ids, _MEASURED)
    grids["n_measurements"] = np.nan_to_num(grids["n_measurements"]).astype(int)
    grids["credibility"] = np.nan_to_num(grids["credibility"], nan=1.0)
    return Grid(period, scope, unit_ids, weights, **grids)


def complete(indicator_scores: pd.DataFrame) -> pd.DataFrame:
    """Return `indicator_scores` with what an older version did not write: whole weights, no standards."""
    since = {"credibility": 1.0, "standard": np.nan}
    return indicator_scores.assign(**{name: indicator_scores.get(name, value) for name, value in since.items()})


def lay_out(
    rows: pd.DataFrame, unit_ids: Sequence[str], key: str, names: Sequence[str], columns: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return columns of a table with a row per unit and `key` as arrays (U, N); NaN, or no text, without a row.

    Args:
        rows: the table's rows.
        unit_ids: the U units.
        key: the column whose values are laid out, such as `indicator_id`.
        names: its N values.
        columns: the columns wanted.
    """
    units, places = pd.Index(unit_ids).get_indexer(rows["unit_id"]), pd.Index(names).get_indexer(rows[key])
    inside = (units >= 0) & (places >= 0)
    grids = {}
    for column in columns:
        is_number = pd.api.types.is_numeric_dtype(rows[column])
        grid = np.full((len(unit_ids), len(names)), np.nan if is_number else "", dtype=float if is_number else object)
        grid[units[inside], places[inside]] = rows[column].to_numpy(dtype=grid.dtype)[inside]
        grids[column] = grid
    return grids
