"""Whether what lists named was still so afterwards: reasons of the watch list, changes beyond noise (S33)."""

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import shift
from analysis.scoring.certainty.claims import count_claims

_BELOW = ("satisfaction", "on_time")


def check_lists(tests: pd.DataFrame, trends: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return rows of `claims` of a year's lists, without their period.

    A reason of the watch list is held against the unit's cases of the window that follows, none of which listed it: are
    they on the wrong side of the line too? A change of a total against the month or the year before is held against
    the next month: is its total on the same side of what was before? A list claims as many true entries as its rate of
    false discoveries leaves. Who has too few later cases, or no later total, is left out.

    Args:
        tests: `watch_tests` of months of the year.
        trends: `trends` of the same months.
        policy: the rules.
    """
    found = [
        _count(_reasons(tests, policy.watch.window_months), "watch_list", policy.watch.false_discovery_pct),
        _count(_changes(trends), "mover", policy.trends.false_discovery_pct),
    ]
    return pd.concat(found)


def _reasons(tests: pd.DataFrame, window: int) -> pd.Series:
    keys = ["period", "unit_id", "reason"]
    later = tests.assign(period=_earlier(tests["period"], window))
    named = tests.loc[tests["outcome"] == "listed", keys].merge(later, on=keys)
    beyond = named["value"] - named["threshold"]
    return beyond.mask(named["reason"].isin(_BELOW), -beyond) > 0


def _earlier(periods: pd.Series, months: int) -> pd.Series:
    return pd.Series([shift(period, -months) for period in periods], periods.index, periods.dtype)


def _changes(trends: pd.DataFrame) -> pd.Series:
    totals = trends[trends["level"] == "total"]
    monthly = totals[totals["basis"] == "mom"]
    later = monthly.assign(period=_earlier(monthly["period"], 1))
    moved = totals["basis"].isin(["mom", "yoy"]) & ~totals["is_within_noise"] & totals["noise_points"].notna()
    named = totals[moved].merge(
        later[["period", "unit_id", "after"]], on=["period", "unit_id"], suffixes=("", "_later")
    )
    named = named[named["after_later"].notna()]
    return (named["after_later"] - named["like_for_like_before"]) * named["like_for_like_change"] > 0


def _count(is_so: pd.Series, claim: str, false_discovery_pct: float) -> pd.DataFrame:
    rows = pd.DataFrame({"scope": "month", "claimed": (100 - false_discovery_pct) / 100, "is_so": is_so})
    return count_claims(rows, claim, "claimed", "is_so")
