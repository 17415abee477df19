"""The package's totals and tiers agree to the last digit with those of a program that shares nothing with it."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.run.store.revisions import Store

from .recompute import TIERS, Rules, tiers, totals


def compare(root: Path, period: str, months: list[str], scope: str) -> None:
    rules, store = Rules(root), Store(root)
    built = [month for month in store.months() if month <= period]
    measurements, adjustments = (
        pd.concat([store.load(name, month) for month in built]) for name in ("measurements", "adjustments")
    )
    units = store.load("unit_scores", period).query("scope == @scope").set_index("unit_id")
    found = totals(rules, months, scope, measurements, adjustments)
    assert set(found) == set(units.index)
    for unit_id, row in found.items():
        published = units.loc[unit_id, "total"]
        assert (row["total"] is None) == pd.isna(published)
        assert row["total"] is None or f"{published:.2f}" == f"{row['total'] / 100:.2f}", (period, scope, unit_id)
    by_score = tiers(found, rules.grading_in(period))
    assert by_score == units.loc[units["tier_by_score"] != "", "tier_by_score"].to_dict()
    for unit_id, tier in by_score.items():
        final = units.loc[unit_id, "tier"]
        if units.loc[unit_id, "tier_reason"] != "judgement":
            assert final == (TIERS[max(1, TIERS.index(tier))] if found[unit_id]["vetoed"] else tier)


def test_small_district_agrees(district):
    compare(district, "2023-02", ["2023-02"], "month")
    compare(district, "2023-02", ["2023-01", "2023-02"], "ytd")


@pytest.mark.slow
def test_every_month_of_the_sample_agrees(sample_tables):
    for period in Store(sample_tables).months():
        months = [f"{period[:4]}-{number:02d}" for number in range(1, int(period[5:]) + 1)]
        compare(sample_tables, period, [period], "month")
        compare(sample_tables, period, months, "ytd")
