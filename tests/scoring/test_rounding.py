"""Publication of scores (S4)."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.policy.models import Rounding
from analysis.scoring.rounding import publish

ROUNDING = Rounding(decimals=2, quantum=1e-9, method="half_up")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.675, 2.68),
        (0.1 + 0.2, 0.3),
        (1.005, 1.01),
        (91.805, 91.81),
        (91.8049999, 91.8),
        (91.8049999999, 91.81),
        (100, 100),
    ],
)
def test_publishes_half_up_after_quantising(value, expected):
    assert publish(np.array([value]), ROUNDING)[0] == expected


def test_keeps_missing_scores_missing():
    assert np.isnan(publish(np.array([np.nan]), ROUNDING)[0])


@given(st.integers(0, 100 * 10**9))
def test_agrees_with_decimal_half_up_on_every_quantum(quanta):
    exact = Decimal(quanta).scaleb(-9)
    expected = float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    assert publish(np.array([float(exact)]), ROUNDING)[0] == expected


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=23), st.randoms(use_true_random=False))
def test_the_order_of_summation_cannot_show(hundredths, random):
    scores = [value / 100 for value in hundredths]
    shuffled = random.sample(scores, len(scores))
    mean = [np.array([sum(values) / len(values)]) for values in (scores, shuffled)]
    assert publish(mean[0], ROUNDING) == publish(mean[1], ROUNDING)
