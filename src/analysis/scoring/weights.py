"""The weights of a scope: the mean of its months' weights (S2, S10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.policy.book import Policy


@dataclass(frozen=True)
class ScopeWeights:
    """Weights of U units over I indicators and C channels.

    Attributes:
        indicator_ids: the I ids, sorted.
        channel_ids: the C ids, in the policy's order.
        channel_of: (I,) index of each indicator's channel.
        indicators: (U, I) weight within its channel in %.
        channels: (U, C) weight of each channel in %.
        siblings: parent → places of its indicators, where there is a level between indicators and channels.
    """

    indicator_ids: list[str]
    channel_ids: list[str]
    channel_of: np.ndarray
    indicators: np.ndarray
    channels: np.ndarray
    siblings: Mapping[str, np.ndarray] = field(default_factory=dict)


def find_siblings(parents: Sequence[str | None]) -> dict[str, np.ndarray]:
    """Return parent → places of its indicators, from the parent (I,) of each indicator."""
    known = dict.fromkeys(filter(None, parents))
    return {parent: np.array([place for place, other in enumerate(parents) if other == parent]) for parent in known}


def mean_weights(policies: Mapping[str, Policy], unit_ids: Sequence[str]) -> ScopeWeights:
    """Return the mean of the months' weights for units, over the months in which each was assessed (S10).

    An indicator or channel that was not in force in a month weighs 0 in it.

    Args:
        policies: month → rules, for each month of the scope.
        unit_ids: the U units, each assessed in at least one of the months.
    """
    channel_ids = list(dict.fromkeys(id_ for policy in policies.values() for id_ in policy.channel_ids))
    parent_by_id = {i.id: i.parent for policy in policies.values() for i in policy.indicators}
    channel_by_id = {i.id: channel_ids.index(i.channel) for policy in policies.values() for i in policy.indicators}
    ids = sorted(channel_by_id)
    shape = (len(policies), len(unit_ids))
    indicators = np.full((*shape, len(ids)), np.nan)
    channels = np.full((*shape, len(channel_ids)), np.nan)
    for number, period in enumerate(sorted(policies)):
        policy = policies[period]
        here = [place for place, unit_id in enumerate(unit_ids) if unit_id in policy.group_of]
        names = [unit_ids[place] for place in here]
        weights = policy.indicator_weights.reindex(index=names, columns=ids, fill_value=0.0)
        indicators[number, here] = weights.to_numpy()
        channels[number, here] = policy.channel_weights_by_unit.reindex(
            index=names, columns=channel_ids, fill_value=0.0
        )
    return ScopeWeights(
        ids,
        channel_ids,
        np.array([channel_by_id[id_] for id_ in ids]),
        np.nanmean(indicators, axis=0),
        np.nanmean(channels, axis=0),
        find_siblings([parent_by_id[id_] for id_ in ids]),
    )
