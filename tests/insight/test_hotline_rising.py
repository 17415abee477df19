"""A matter rises against its own seasonal past, not because it is winter or because the hotline grows."""

import numpy as np
import pandas as pd
import pytest

from analysis.insight.hotline_rising import find_rising_matters
from analysis.policy.period import month_range

MONTHS = month_range("2023-01", "2026-10")


def history(change=None, months=MONTHS, seed=3) -> pd.DataFrame:
    """Thirty matters of some forty tickets a month, the first one seasonal; `change` alters (matter, month) → mean."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(30):
        for month in months:
            mean = 40 * (3 if n == 0 and month[5:] in ("10", "11", "12") else 1)
            mean = change(n, month, mean) if change else mean
            rows.append(
                {"period": month, "matter_id": f"M{n}", "matter": f"事项{n:02d}", "n_received": int(rng.poisson(mean))}
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def rising(whole_book):
    return whole_book.tickets.rising


def risen(table: pd.DataFrame) -> list[str]:
    return table.loc[table["is_rising"], "matter"].tolist()


def test_planted_rise_is_found_and_nothing_else(rising):
    table = find_rising_matters(
        history(lambda n, m, mean: 2.5 * mean if n == 7 and m == "2026-10" else mean), "2026-10", rising
    )
    assert risen(table) == ["事项07"]


def test_nothing_rises_in_a_copy_with_the_months_shuffled(rising):
    frame = history(lambda n, m, mean: 2.5 * mean if n == 7 and m == "2026-10" else mean)
    rng = np.random.default_rng(11)
    shuffled = frame.assign(n_received=frame.groupby("matter")["n_received"].transform(rng.permutation))
    shuffled = shuffled[shuffled["matter"] != "事项00"]  # its season is lost with the months
    assert risen(find_rising_matters(shuffled, "2026-10", rising)) == []


def test_season_is_no_rise_and_neither_is_growth_of_all(rising):
    assert risen(find_rising_matters(history(), "2026-10", rising)) == []
    grown = history(lambda n, m, mean: 3 * mean if m == "2026-10" else mean)
    assert risen(find_rising_matters(grown, "2026-10", rising)) == []


def test_matter_never_seen_before_rises_once_it_is_large(rising):
    frame = history(lambda n, m, mean: (60 if m == "2026-10" else 0) if n == 9 else mean)
    assert risen(find_rising_matters(frame, "2026-10", rising)) == ["事项09"]


def test_without_a_past_nothing_is_said(rising):
    table = find_rising_matters(history(months=month_range("2026-08", "2026-10")), "2026-10", rising)
    assert not table["is_judged"].any() and not table["is_rising"].any() and table["z"].isna().all()
