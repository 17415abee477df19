"""Rank intervals are what looking at every difference of every draw gives, at a cost that many units can bear."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.scoring.certainty.ranks import RankIntervals, rank_intervals

KINDS = ("alike", "unlike noise", "heavy tails", "in common", "pairs of one noise", "rounded", "some without noise")


def plain_intervals(estimates: np.ndarray, deviations: np.ndarray, confidence: float) -> RankIntervals:
    """The definition, word for word: all differences, all tests, stepped down from what is open (O(B·U²) a round)."""
    units = len(estimates)
    centred = deviations - deviations.mean(axis=0)
    products = np.einsum("bi,bj->ij", centred, centred) / len(centred)
    variance = (centred**2).mean(axis=0)
    errors = np.sqrt(np.maximum(variance[:, None] + variance - 2 * products, 0.0))
    errors[errors < 1e-9] = 0.0
    gaps = estimates - estimates[:, None]
    z = np.divide(gaps, errors, out=np.where(gaps == 0, 0.0, np.copysign(np.inf, gaps)), where=errors > 0)
    differences = deviations[:, None, :] - deviations[:, :, None]
    differences = np.divide(differences, errors, out=np.zeros(differences.shape), where=errors > 0)
    tests, values = np.stack([z, -z]), np.stack([differences, -differences], axis=1)

    def rejected(members) -> np.ndarray:
        found = np.zeros((2, len(members), units), dtype=bool)
        while True:
            is_open = np.where(found, -np.inf, values[:, :, members])
            critical = np.quantile(is_open.max(axis=(1, 2, 3), initial=0.0), confidence, method="higher")
            more = tests[:, members] > critical
            if (more == found).all():
                return found
            found = more

    every = np.arange(units)
    single = np.concatenate([rejected(every[[unit]]) for unit in every], axis=1).sum(axis=2)
    together = rejected(every).sum(axis=2)
    return RankIntervals(1 + single[0], units - single[1], 1 + together[0], units - together[1])


def draw_district(kind: str, units: int, draws: int, spread: float, rng: np.random.Generator):
    estimates = np.round(rng.normal(80, spread, units), 2)
    deviations = rng.standard_t(2.5 if kind == "heavy tails" else 8, (draws, units))
    if kind == "unlike noise":
        deviations *= rng.choice([0.01, 0.3, 1.0, 20.0], units)
    if kind == "in common":
        deviations = 0.1 * deviations + rng.normal(size=(draws, 2)) @ rng.normal(size=(2, units))
    if kind == "pairs of one noise":
        deviations[:, 1::2] = deviations[:, : units // 2 * 2 : 2]
    if kind == "rounded":
        estimates, deviations = np.round(estimates), np.round(deviations)
    if kind == "some without noise":
        deviations *= rng.choice([0.0, 1.0], units)
    return estimates, deviations


def assert_same(estimates: np.ndarray, deviations: np.ndarray, confidence: float) -> None:
    found, wanted = (of(estimates, deviations, confidence) for of in (rank_intervals, plain_intervals))
    for name in ("low", "high", "low_all", "high_all"):
        assert getattr(found, name).tolist() == getattr(wanted, name).tolist(), name


@given(
    st.sampled_from(KINDS),
    st.integers(1, 24),
    st.integers(20, 160),
    st.sampled_from([0.0, 0.5, 2.0, 8.0]),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
    st.integers(0, 10**6),
)
@settings(max_examples=200, deadline=None)
def test_rank_intervals_are_those_of_all_differences(kind, units, draws, spread, confidence, seed):
    given_ = draw_district(kind, units, draws, spread, np.random.default_rng(seed))
    assert_same(*given_, confidence)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_looked_at_matters_in_no_kind_of_district(kind):
    given_ = draw_district(kind, 120, 400, 3.0, np.random.default_rng(5))
    assert_same(*given_, 0.95)


@pytest.mark.parametrize("kind", ["alike", "heavy tails"])
def test_four_times_the_units_cost_less_than_sixteen_times_as_much(kind):
    best = {}
    for units in (200, 800) * 2:
        district = draw_district(kind, units, 1000, 3.0, np.random.default_rng(units))
        start = time.process_time()
        rank_intervals(*district, 0.95)
        best[units] = min(best.get(units, np.inf), time.process_time() - start)
    assert best[800] < 12 * best[200]
