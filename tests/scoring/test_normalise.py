"""Other scales, worked by hand: each keeps the order, and says 50 where all are equal."""

import numpy as np
import pytest

from analysis.scoring.normalise import normalise, pair_with_means

NAN = np.nan
# Two that differ, all equal, ties, and one alone.
POINTS = np.array([[1.0, 5, 1, NAN], [3, 5, 2, NAN], [NAN, 5, 2, 7], [NAN, 5, 4, NAN]])


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("points", POINTS),
        ("min_max", [[0, 50, 0, NAN], [100, 50, 100 / 3, NAN], [NAN, 50, 100 / 3, 50], [NAN, 50, 100, NAN]]),
        ("rank", [[0, 50, 0, NAN], [100, 50, 50, NAN], [NAN, 50, 50, 50], [NAN, 50, 100, NAN]]),
    ],
)
def test_scales_worked_by_hand(way, expected):
    np.testing.assert_allclose(normalise(POINTS, way), expected)
    np.testing.assert_allclose(normalise(POINTS, way, needs_positive=True), 1 + 0.99 * np.array(expected))


def test_standard_deviations_worked_by_hand():
    """1 and 3 lie one around 2; 1, 2, 2, 4 around 2.25 with a variance of 4.75 / 4."""
    spread = (4.75 / 4) ** 0.5
    third = 50 + 10 * np.array([-1.25, -0.25, -0.25, 1.75]) / spread
    expected = [[40, 50, third[0], NAN], [60, 50, third[1], NAN], [NAN, 50, third[2], 50], [NAN, 50, third[3], NAN]]
    with np.errstate(all="raise"):  # also where nobody has points
        np.testing.assert_allclose(
            normalise(np.c_[POINTS, np.full(4, NAN)], "z_score"), np.c_[expected, np.full(4, NAN)]
        )


def test_points_that_differ_by_rounding_alone_are_equal():
    assert normalise(np.array([[80.0], [80 + 1e-10]]), "z_score") == pytest.approx(np.full((2, 1), 50))
    assert normalise(np.array([[80.0], [80 + 1e-6]]), "z_score") == pytest.approx(np.array([[40.0], [60.0]]))


def test_standard_deviations_have_an_arithmetic_mean_alone():
    pairs = pair_with_means(["arithmetic", "geometric"])
    assert pairs == [
        ("points", "arithmetic"),
        ("points", "geometric"),
        ("min_max", "arithmetic"),
        ("min_max", "geometric"),
        ("z_score", "arithmetic"),
        ("rank", "arithmetic"),
        ("rank", "geometric"),
    ]
