"""Missing data that favours a unit: shown, never silently corrected (S11).

Redistribution gives the weight of what is missing to what is there, so a unit gains where it lacks what it would do
badly. Only `not_applicable` and `accepted` count; who was not drawn did nothing about it (S13). What most of a unit's
group lacks too is no finding: it is the nature of its work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.insight.scope import Scope
from analysis.policy.trends import MissingnessRules
from analysis.scoring.kernel import combine_all

EXCUSED = ("not_applicable", "accepted")
FINDING_COLUMNS = ["code", "subject_kind", "subject", "item_id", "n_marks", "figure", "low", "high", "reference"]


def find_gains(scope: Scope, rules: MissingnessRules) -> pd.DataFrame:
    """Return units whose total would be clearly lower had they done like their group in what they lack.

    Args:
        scope: the scope, best the year to date.
        rules: from which gain on it is a finding.

    Returns:
        Findings `gains_by_missing`: n_marks the number of indicators filled, figure the gain in points, reference the
        total without it (before bonus and deductions).
    """
    excused = np.isin(scope.status.astype(str), EXCUSED) & scope.in_force
    groups, channel_of = scope.units["group"].to_numpy(), scope.weights.channel_of
    usual = _group_medians(scope.points, groups)
    filled = np.where(excused & np.isnan(scope.points), usual, scope.points)
    result = replace(scope, points=filled).aggregate()
    # A channel in which the unit has nothing: it does like its group there, unless it was only not drawn.
    lacks = np.stack(
        [excused[:, channel_of == channel].any(axis=1) for channel in range(len(scope.weights.channel_ids))], axis=1
    )
    channels = np.where(
        np.isnan(result.channel_scores) & lacks, _group_medians(scope.channel_scores, groups), result.channel_scores
    )
    totals = combine_all(channels, scope.weights.channels)
    gains = scope.units["base"].to_numpy(dtype=float) - totals
    found = pd.DataFrame(
        {
            "code": "gains_by_missing",
            "subject_kind": "unit",
            "subject": scope.units.index,
            "item_id": "",
            "n_marks": (excused & np.isnan(scope.points)).sum(axis=1),
            "figure": gains,
            "low": np.nan,
            "high": np.nan,
            "reference": totals,
        }
    )
    return found[(gains >= rules.gain_points) & (gains > 0)]


def _group_medians(scores: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return for each unit and column the median of its group, NaN where most of the group has none."""
    medians = np.full_like(scores, np.nan)
    for group in np.unique(groups.astype(str)):
        members = scores[groups == group]
        usual = (~np.isnan(members)).mean(axis=0) > 0.5
        if usual.any():
            medians[np.ix_(groups == group, usual)] = np.nanmedian(members[:, usual], axis=0)
    return medians


def find_often_missing(
    statuses: pd.DataFrame, group_of: Mapping[str, str], unit_ids: Sequence[str], rules: MissingnessRules
) -> pd.DataFrame:
    """Return units that lack data clearly more often than their group does.

    Args:
        statuses: period, unit_id, indicator_id, status of several months' `indicator_scores` of scope `month`.
        group_of: unit id → group.
        unit_ids: units that are assessed now.
        rules: from which gap on it is a finding.

    Returns:
        Findings `often_missing`: n_marks the number of indicators × months, figure the unit's share in %, reference
        the median of its group.
    """
    rows = statuses[statuses["unit_id"].isin(list(unit_ids)) & (statuses["status"] != "not_drawn")]
    rows = rows.assign(group=rows["unit_id"].map(dict(group_of)), is_missing=rows["status"].isin(EXCUSED))
    usual = rows.groupby(["group", "indicator_id"])["is_missing"].transform("mean") < 0.5
    shares = rows[usual].groupby(["group", "unit_id"])["is_missing"].agg(n_marks="size", figure="mean")
    shares["figure"] = 100 * shares["figure"]
    shares["reference"] = shares.groupby("group")["figure"].transform("median")
    found = shares[shares["figure"] - shares["reference"] >= rules.gap_share_pct].reset_index()
    found = found.rename(columns={"unit_id": "subject"})
    named = found.assign(code="often_missing", subject_kind="unit", item_id="", low=np.nan, high=np.nan)
    return named[FINDING_COLUMNS]
