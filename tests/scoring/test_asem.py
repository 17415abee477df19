"""A published composite index, ASEM 2018, through the project's own functions; rank intervals beside a peer's.

51 countries, 49 indicators, 8 pillars, 2 sub-indexes, one index; a missing value's weight is redistributed.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from multiple_inference.confidence_set import MarginalRanking, SimultaneousRanking

from analysis.scoring.certainty.ranks import rank_intervals
from analysis.scoring.kernel import combine
from analysis.scoring.normalise import normalise
from analysis.scoring.tiers import competition_ranks


class Case(NamedTuple):
    """Raw values with a higher one better, and how the levels hang together."""

    raw: pd.DataFrame
    levels: pd.DataFrame


@pytest.fixture(scope="module")
def asem(shared_cases):
    folder = shared_cases / "asem"
    levels = pd.read_csv(folder / "lineage.csv")
    meta = pd.read_csv(folder / "iMeta.csv").set_index("iCode")
    raw = pd.read_csv(folder / "iData_input.csv").set_index("uCode").sort_index()[levels["Indicator"]].astype(float)
    return Case(raw * meta.loc[levels["Indicator"], "Direction"].to_numpy(dtype=float), levels)


def aggregate_levels(points, levels, mean):
    """All levels from indicators up, each with equal weights: name → (U,) scores."""
    found = {}
    names, children = list(levels["Indicator"]), points
    for below, above in (("Indicator", "Pillar"), ("Pillar", "Sub-index"), ("Sub-index", "Index")):
        parent = levels.drop_duplicates(below).set_index(below)[above].loc[names]
        parents = sorted(parent.unique())
        places = np.array([parents.index(name) for name in parent])
        children, _ = combine(children, np.ones(children.shape[1]), places, len(parents), mean)
        names = parents
        found |= dict(zip(names, children.T, strict=True))
    return found


@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_scores_agree_within_1e_12_and_ranks_are_equal(asem, shared_cases, mean):
    files = {
        kind: pd.read_csv(shared_cases / "asem" / f"simple_minmax_a_{mean[0]}mean_{kind}.csv").set_index("uCode")
        for kind in ("normalised", "aggregated", "ranks")
    }
    points = normalise(asem.raw.to_numpy(), "min_max", needs_positive=mean == "geometric")
    published = files["normalised"].loc[asem.raw.index, asem.raw.columns].to_numpy()
    assert np.isnan(points).sum() == np.isnan(published).sum() > 0
    np.testing.assert_allclose(points, published, rtol=0, atol=1e-12)
    scores = aggregate_levels(points, asem.levels, mean)
    assert len(scores) == 11
    for name, values in scores.items():
        np.testing.assert_allclose(values, files["aggregated"].loc[asem.raw.index, name], rtol=0, atol=1e-12)
        assert (competition_ranks(np.round(values, 9)) == files["ranks"].loc[asem.raw.index, name]).all()


@pytest.fixture(scope="module")
def index_and_draws(asem):
    """The index, and draws of it with the covariance that resampled indicators within pillars give."""
    rng = np.random.default_rng(2018)
    points = normalise(asem.raw.to_numpy(), "min_max")
    index = aggregate_levels(points, asem.levels, "arithmetic")["Index"]
    pillars = [np.flatnonzero(asem.levels["Pillar"] == name) for name in asem.levels["Pillar"].unique()]
    draws = []
    for _ in range(400):
        chosen = np.concatenate([rng.choice(members, len(members)) for members in pillars])
        drawn = points[:, chosen]
        resampled = asem.levels.iloc[chosen].assign(Indicator=np.arange(len(chosen)).astype(str))
        draws.append(aggregate_levels(drawn, resampled, "arithmetic")["Index"])
    covariance = np.cov(np.array(draws).T) + 1e-9 * np.eye(len(index))
    return index, covariance


def test_rank_intervals_are_those_of_the_peer_on_the_same_inputs(index_and_draws):
    index, covariance = index_and_draws
    rng = np.random.default_rng(1)
    deviations = rng.multivariate_normal(np.zeros(len(index)), covariance, 4000, method="eigh")
    ours = rank_intervals(index, deviations, 0.95)
    single = MarginalRanking(index, covariance, random_state=2).fit(n_samples=4000).conf_int()
    together = SimultaneousRanking(index, covariance, random_state=2).fit(n_samples=4000).conf_int()
    # Both draw at random: a place here or there may differ, never the picture.
    for low, high, peer in ((ours.low, ours.high, single), (ours.low_all, ours.high_all, together)):
        assert np.abs(low - peer[:, 0]).max() <= 3
        assert np.abs(high - peer[:, 1]).max() <= 3
        assert np.mean(high - low) <= np.mean(peer[:, 1] - peer[:, 0]) + 0.5
    assert (competition_ranks(index) >= ours.low).all()
    assert (competition_ranks(index) <= ours.high).all()
