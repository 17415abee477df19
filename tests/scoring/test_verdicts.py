"""The word that a rank interval and a tier's probability come to (S32)."""

import numpy as np
import pytest

from analysis.policy.book import load_policy
from analysis.scoring.certainty.table import _verdicts

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
