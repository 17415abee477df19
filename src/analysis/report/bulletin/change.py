"""三、同比环比: the sentences on what changed (S25)."""

from collections.abc import Mapping

import pandas as pd

from analysis.report.trend_text import tell_movers, tell_noise, tell_rule_changes, tell_tiers, tell_year_to_date


def tell_basis(trends: pd.DataFrame, basis: str, names: Mapping[str, str]) -> list[str]:
    """Return the sentences on one basis: who moved, whose rules changed, what is noise, who changed tier."""
    return [
        tell_movers(trends, basis, names),
        tell_rule_changes(trends, basis, names),
        tell_noise(trends, basis),
        tell_tiers(trends, basis, names),
    ]


def tell_month(trends: pd.DataFrame, period: str, names: Mapping[str, str]) -> list[str]:
    """Return the bulletin's sentences on change: the year to date, who moved, whose rules changed, what is noise."""
    return [
        tell_year_to_date(trends, period),
        *(tell_movers(trends, basis, names) for basis in ("mom", "yoy")),
        tell_rule_changes(trends, "yoy", names),
        tell_noise(trends, "mom"),
    ]
