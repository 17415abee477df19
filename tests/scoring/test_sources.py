"""What few visits and the published rounding add to the noise of a total, worked by hand (S32)."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.policy.methods import METHODS
from analysis.policy.noise import SOURCES
from analysis.scoring.certainty.replicates import noise_shares
from analysis.scoring.certainty.sources import Sources, _count_deviations, _visit_deviations, overdispersion


def inputs_of(visits: list[tuple[int, str, float]], n_visits: list[int]) -> SimpleNamespace:
    frame = pd.DataFrame(visits, columns=["unit", "visit", "points"]).assign(indicator=0)
    return SimpleNamespace(visits=frame, n_measurements=np.array(n_visits)[:, None])


def test_visits_to_one_unit_tell_together_how_visits_differ():
    # Unit 0: 80, 90 around 85 (50 of squares); unit 1: 70, 76, 82 around 76 (72): 122 over 3 degrees.
    visits = [(0, "a", 80.0), (0, "b", 90.0), (1, "c", 70.0), (1, "d", 76.0), (1, "e", 82.0)]
    found, degrees = _visit_deviations(inputs_of(visits, [2, 3]), np.array([[0.2], [0.2]]), [0], 3)
    assert degrees == 3
    assert found == pytest.approx(0.2 * np.sqrt(122 / 3 / np.array([2, 3])))


def test_with_too_few_repeated_visits_the_differences_between_units_are_the_bound():
    visits = [(0, "a", 80.0), (0, "b", 90.0), (1, "c", 70.0)]
    found, degrees = _visit_deviations(inputs_of(visits, [2, 1]), np.array([[0.2], [0.2]]), [0], 3)
    assert degrees == 2
    assert found == pytest.approx(0.2 * np.sqrt(100 / np.array([2, 1])))


def test_rounding_has_the_variance_of_an_even_spread_over_a_step():
    grading = SimpleNamespace(rounding=SimpleNamespace(decimals=2))
    sources = SimpleNamespace(variances=lambda: np.zeros((1, len(SOURCES) - 2)))
    found = SimpleNamespace(exact=np.array([80.0]), sources=sources, by_weights=np.array([0.01**2 / 12]))
    model = SimpleNamespace(rounding=SimpleNamespace(is_on=True))
    shares = noise_shares(SimpleNamespace(grading=grading, published=np.array([80.0])), model, found)
    assert shares[0] == pytest.approx([0, 0, 0, 50, 50])


def test_months_count_at_least_what_cases_alone_bring_and_are_shared_with_them():
    months, counts, visits = np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([1.0, 0.5])
    found = Sources(None, np.ones(2), months, counts, visits, 5.0)
    assert found.by_months().tolist() == [3, 2]
    assert found.variances().tolist() == [[4, 1, 5], [4, 0.25, 0]]


def test_overdispersion_is_pearsons_statistic_around_each_units_own_rate():
    # Unit 0: 1 and 7 of 10, 0 of a single one, rate 8.5 / 22; unit 1 has one month, which tells nothing.
    hits, trials = np.array([[1, 5], [7, np.nan], [0, np.nan]]), np.array([[10, 9], [10, np.nan], [1, np.nan]])
    rate, alone = 8.5 / 22, 5.5 / 10
    squares = ((1 - 10 * rate) ** 2 + (7 - 10 * rate) ** 2) / (10 * rate * (1 - rate)) + rate / (1 - rate)
    squares += (5 - 9 * alone) ** 2 / (9 * alone * (1 - alone))
    assert overdispersion(hits, trials) == pytest.approx(squares / 2)
    assert overdispersion(np.array([[4], [4]]), np.array([[10], [10]])) == 1
    assert overdispersion(np.array([[4]]), np.array([[10]])) == 1  # one month does not differ from itself


def test_a_single_visit_in_the_district_tells_nothing_of_how_visits_differ():
    found, degrees = _visit_deviations(inputs_of([(0, "a", 80.0)], [1, 0]), np.array([[0.2], [0.2]]), [0], 3)
    assert (found.tolist(), degrees) == ([0, 0], 1)
    # Two visits, to two units: 80 and 90 differ by a variance of 50.
    found, degrees = _visit_deviations(
        inputs_of([(0, "a", 80.0), (1, "b", 90.0)], [1, 0]), np.array([[0.2]] * 2), [0], 3
    )
    assert (found.tolist(), degrees) == (pytest.approx([0.2 * 50**0.5] * 2), 1)


@pytest.mark.parametrize("target", ["mean", "own"])
def test_a_unit_moves_against_a_mean_or_a_target_of_its_own_as_against_a_number(target):
    hits, trials = np.array([[8.0], [14.0], [9.0]]), np.array([[20.0], [20.0], [10.0]])
    found = []
    for wanted, standard in ((0.9, np.nan), (target, 0.9)):
        method = METHODS["ratio"](name="ratio", target=wanted)
        inputs = SimpleNamespace(
            places_of=lambda _sheets: [0],
            indicators=[SimpleNamespace(method=method, score=method.score)],
            numerator=hits,
            denominator=trials,
            months={"numerator": hits[None], "denominator": trials[None]},
            group=np.array(["a"] * 3),
            standard=np.full((3, 1), standard),
        )
        found.append(_count_deviations(inputs, np.full((3, 1), 0.5), ("tickets",)))
    assert (found[0] > 0).all()
    np.testing.assert_array_equal(found[1], found[0])


def test_what_is_no_share_of_cases_is_not_moved_by_counting_them():
    cases = np.array([[8.0], [14.0]])
    inputs = SimpleNamespace(
        places_of=lambda _sheets: [0],
        indicators=[SimpleNamespace(method=SimpleNamespace(is_share=False), score=lambda raw: raw.numerator)],
        numerator=cases,
        denominator=2 * cases,
        months={"numerator": cases[None], "denominator": 2 * cases[None]},
        group=np.array(["a"] * 2),
        standard=np.full((2, 1), np.nan),
    )
    assert _count_deviations(inputs, np.full((2, 1), 0.5), ("tickets",)).tolist() == [0, 0]
