"""What would move if one raw value (an objection, S21) or the policy were another: scores, ranks, tiers.

A changed value is scored again by the same functions, with its channel alone; everything else is kept. The result is
that of a full rerun, in a fraction of the time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import SCOPES
from analysis.scoring.changes import Change, apply_changes
from analysis.scoring.grid import measure_again, months_of, score_measurements
from analysis.scoring.units import ScoredScope, score_scope, score_units
from analysis.scoring.weights import mean_weights


@dataclass(frozen=True)
class Baseline:
    """A scored month, ready for any number of what-ifs.

    Attributes:
        policies: month → rules.
        period: the month.
        measurements: table `measurements` of the months that score it.
        scored: the same with `points`.
        scopes: the scopes in `SCOPES` with their results.
    """

    policies: Mapping[str, Policy]
    period: str
    measurements: pd.DataFrame
    scored: pd.DataFrame
    scopes: tuple[ScoredScope, ...]

    @property
    def units(self) -> pd.DataFrame:
        """`unit_scores` of all scopes as they are, unchecked."""
        return _stack(self.scopes)


def _stack(scopes: Iterable[ScoredScope]) -> pd.DataFrame:
    return pd.concat([scope.units.assign(scope=scope.grid.scope) for scope in scopes], ignore_index=True)


def prepare(
    policies: Mapping[str, Policy], measurements: pd.DataFrame, adjustments: pd.DataFrame, period: str
) -> Baseline:
    """Return the month as it is; arguments as in `score_month`."""
    scored = score_measurements(measurements, policies)
    scopes = tuple(score_scope(policies, scored, adjustments, period, scope) for scope in SCOPES)
    return Baseline(policies, period, measurements, scored, scopes)


def rescore(baseline: Baseline, changes: Sequence[Change]) -> pd.DataFrame:
    """Return `unit_scores` (both scopes, unchecked) with the raw values changed.

    Raises:
        UsageError: a change names a value that is not there, or one of several without its item.
        DataError: a qualitative judgement no longer fits the unit's tier (S3).
    """
    if not changes:
        return baseline.units
    policy = baseline.policies[baseline.period]
    channels = {policy.indicator_by_id[change.indicator_id].channel for change in changes}
    indicator_ids = {i.id for each in baseline.policies.values() for i in each.indicators if i.channel in channels}
    rows = baseline.measurements[baseline.measurements["indicator_id"].isin(indicator_ids)]
    changed = apply_changes(rows, changes, policy)
    now = changed["period"] == baseline.period
    earlier = baseline.scored[
        baseline.scored["indicator_id"].isin(indicator_ids) & (baseline.scored["period"] != baseline.period)
    ]
    scored = pd.concat([earlier, score_measurements(changed[now], {baseline.period: policy})])
    return _score_again(baseline, baseline.policies, scored, indicator_ids)


def recount(baseline: Baseline, policies: Mapping[str, Policy], indicator_id: str) -> pd.DataFrame:
    """Return `unit_scores` (both scopes, unchecked) with other numbers of cases that an indicator needs (S30).

    Args:
        baseline: the month as it is.
        policies: month → rules in which nothing else differs (see `draft_cases`).
        indicator_id: the indicator.
    """
    channel = policies[baseline.period].indicator_by_id[indicator_id].channel
    indicator_ids = {i.id for policy in policies.values() for i in policy.indicators if i.channel == channel}
    rows = baseline.scored[baseline.scored["indicator_id"].isin(indicator_ids)]
    return _score_again(baseline, policies, rows, indicator_ids)


def _score_again(
    baseline: Baseline, policies: Mapping[str, Policy], scored: pd.DataFrame, indicator_ids: Collection[str]
) -> pd.DataFrame:
    grids = [measure_again(scope.grid, policies, scored, indicator_ids) for scope in baseline.scopes]
    pairs = zip(baseline.scopes, grids, strict=True)
    return _stack(score_units(policies[baseline.period], grid, scope.facts) for scope, grid in pairs)


def regrade(baseline: Baseline, policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Return `unit_scores` (both scopes, unchecked) under other weights or grading; points stay as they are.

    Args:
        baseline: the month as it is.
        policies: month → rules with the same units and indicators; what differs in them beside channel weights,
            indicator weights and grading is not looked at (`whatif` does).

    Raises:
        DataError: a qualitative judgement no longer fits the unit's tier (S3).
    """
    policy, scopes = policies[baseline.period], []
    for scope in baseline.scopes:
        months = months_of(policies, scope.grid.period, scope.grid.scope)
        weights = mean_weights({month: policies[month] for month in months}, policy.unit_ids)
        scopes.append(score_units(policy, replace(scope.grid, weights=weights), scope.facts))
    return _stack(scopes)


def whatif(
    policies: Mapping[str, Policy],
    measurements: pd.DataFrame,
    adjustments: pd.DataFrame,
    period: str,
    *,
    changes: Sequence[Change] = (),
    new_policies: Mapping[str, Policy] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `unit_scores` (all scopes, unchecked) as they are, and if raw values or the policy were others.

    Args:
        policies: month → rules, as in `score_month`.
        measurements: table `measurements` of those months.
        adjustments: table `adjustments` of those months.
        period: the month.
        changes: raw values of the month (see `parse_change`).
        new_policies: month → drafted rules (see `policy.draft.load_draft`), the same months.

    Raises:
        UsageError: a change names a value that is not there.
        DataError: a qualitative judgement no longer fits the unit's tier (S3).
    """
    baseline = prepare(policies, measurements, adjustments, period)
    if new_policies is None:
        return baseline.units, rescore(baseline, changes)
    changed = _known(apply_changes(measurements, changes, policies[period]), new_policies)
    return baseline.units, prepare(new_policies, changed, adjustments, period).units


def _known(measurements: pd.DataFrame, policies: Mapping[str, Policy]) -> pd.DataFrame:
    known = {
        (period, indicator.id, unit_id)
        for period, policy in policies.items()
        for indicator in policy.indicators
        for unit_id in policy.unit_ids
    }
    keys = zip(measurements["period"], measurements["indicator_id"], measurements["unit_id"], strict=True)
    return measurements[[key in known for key in keys]]
