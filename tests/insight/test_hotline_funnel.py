"""The funnel's limits are rates: they stay between 0 and 100 %, however wide units spread."""

import pytest

from analysis.insight.chance import Overdispersion
from analysis.insight.hotline_funnel import funnel_limits


@pytest.mark.parametrize("rate", [0.05, 0.95])
def test_limits_are_no_rates_beyond_none_and_all(rate):
    low, high = funnel_limits(rate, [20], 99.8, Overdispersion(9.0))
    assert (low[0] == 0) == (rate < 0.5)
    assert (high[0] == 100) == (rate > 0.5)
    assert 0 <= low[0] < 100 * rate < high[0] <= 100


def test_single_cases_spread_by_phi_alone():
    assert Overdispersion(1.2, 0.5).at([0, 1, 2]).tolist() == [1.2, 1.2, 1.5]
