"""The word that a rank interval and a tier's probability come to (S32)."""

from types import SimpleNamespace

import numpy as np
import pytest

from analysis.policy.book import load_policy
from analysis.scoring.certainty.shrinkage import Plausible
from analysis.scoring.certainty.table import _chances, _verdicts

from .test_score_tables import ROOT

GRADING = load_policy(ROOT).at("2026-10").grading


@pytest.mark.parametrize(
    ("tier", "reach", "chance", "spans_all", "word"),
    [
        (1, 0, 0.99, False, "stable"),
        (1, 0, 0.98, False, "borderline"),
        (1, 1, 1.0, False, "borderline"),
        (1, 2, 1.0, False, "indistinct"),
        (1, 0, 1.0, True, "indistinct"),
        (0, 0, 0.99, False, "stable"),
        (-1, 0, np.nan, False, ""),
    ],
)
def test_a_tier_is_stable_where_its_interval_stays_in_it_and_it_is_likely_enough(tier, reach, chance, spans_all, word):
    chances = {f"p_{name}": np.array([chance if place == tier else 0.5]) for place, name in enumerate(GRADING.tiers)}
    found = _verdicts(np.array([tier]), np.array([reach]), chances, GRADING, 0.99, np.array([spans_all]))
    assert found.tolist() == [word]


def test_chances_are_shares_of_draws_as_they_would_be_published():
    """Of three units the first is excellent, the second good, the third passes; a unit without a total has no place."""
    grading = GRADING.model_copy(update={"bottom_places": 1})
    inputs = SimpleNamespace(
        unit_ids=["A", "none", "B", "C"], grading=grading, keys=np.full((4, 3), np.nan), group=np.full(4, "g")
    )
    draws = [
        [90.0, 80, 70],
        [100.5, 105, 50],  # both full marks: a tie at the line of excellence, which goes down
        [60, 0.5, -3],  # 0.5 before 0
        [70, 80, 90],
    ]
    found = _chances(inputs, Plausible(np.array(draws), 1.0), np.array([0, 2, 3]))
    wanted = {
        "p_excellent": [0.5, np.nan, 0, 0.25],
        "p_good": [0.25, np.nan, 1, 0],
        "p_pass": [0.25, np.nan, 0, 0.75],
        "p_fail": [0, np.nan, 0, 0],
        "p_bottom_five": [0.25, np.nan, 0, 0.75],
        "p_interview": [0.25, np.nan, 0, 0.75],
    }
    assert list(found) == list(wanted)
    for name, shares in wanted.items():
        np.testing.assert_array_equal(found[name], shares)
