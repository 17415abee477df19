"""Which units' rates chance does not explain (Spiegelhalter's funnel): small and large units compared fairly."""

import pandas as pd

from analysis.insight.proportions import funnel_limits
from analysis.policy.watch import Funnel

# rate → numerator and denominator in `hotline_by_unit`
RATES = {"on_time": ("n_on_time", "n_due"), "satisfaction": ("n_satisfied", "n_valid_call_backs")}


def find_outside(by_unit: pd.DataFrame, funnel: Funnel, measure: str) -> pd.DataFrame:
    """Return the units whose rate lies outside of the funnel's action limits around the district's rate.

    Small units (S12) are in the district's rate and never named.

    Args:
        by_unit: the table `hotline_by_unit` of one month.
        funnel: the limits.
        measure: a key of `RATES`.

    Returns:
        A row a unit: the columns given and rate_pct, low_pct, high_pct, district_pct; the lowest rate first.
    """
    numerator, denominator = RATES[measure]
    drawn = by_unit[by_unit[denominator] > 0]
    district = drawn[numerator].sum() / max(1, drawn[denominator].sum())
    low, high = funnel_limits(district, drawn[denominator], funnel.action_pct)
    rate = 100 * drawn[numerator] / drawn[denominator]
    rows = drawn.assign(rate_pct=rate, low_pct=low, high_pct=high, district_pct=100 * district)
    is_out = (rate < low - 1e-9) | (rate > high + 1e-9)
    return rows[~rows["is_small"] & is_out].sort_values(["rate_pct", "unit_id"])
