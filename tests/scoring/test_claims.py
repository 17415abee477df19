"""What months claimed is counted against what the year came to (S32)."""

import numpy as np
import pandas as pd
import pytest

from analysis.scoring.certainty.claims import check_claims


def certainty(rows):
    """A row a unit, month and scope: its rank of ten, the interval's half-width, its tier, verdict, own probability."""
    columns = ["period", "scope", "unit_id", "rank", "half", "tier_by_score", "verdict", "p_bottom_five"]
    table = pd.DataFrame(rows, columns=columns)
    chances = {
        f"p_{tier}": table["p_bottom_five"].where(table["tier_by_score"] == tier, 0.0)
        for tier in ("excellent", "good", "pass", "fail")
    }
    ends = {"rank_low": table["rank"] - table["half"], "rank_high": table["rank"] + table["half"]}
    return table.assign(total=100.0 - table["rank"], **ends, **chances)


END = [
    ("2025-12", "ytd", f"U{place}", place, 1, "good" if place < 3 else "pass", "borderline", 0.5)
    for place in range(1, 5)
]
SAID = [
    ("2025-10", "month", "U1", 1, 0, "good", "stable", 1.0),
    ("2025-10", "month", "U2", 4, 2, "pass", "indistinct", 0.6),
    ("2025-10", "month", "U3", 3, 0, "pass", "stable", 0.98),
    ("2025-10", "month", "U4", 2, 1, "good", "stable", 0.96),
]


def found(rows, period="2025-12", bottom=1):
    return check_claims(certainty(rows), period, bottom, 95).set_index(["scope", "claim"])


def test_verdicts_and_intervals_are_counted_with_what_they_claimed_and_what_came_true():
    claims = found([*END, *SAID]).loc["month"]
    assert claims.loc["stable", ["n_claims", "claimed_pct", "realised_pct"]].tolist() == pytest.approx([3, 98, 200 / 3])
    assert claims.loc["indistinct", ["n_claims", "claimed_pct", "realised_pct"]].tolist() == pytest.approx([1, 60, 0])
    # U1 and U3 ended on their place, U2 just within 2 to 6, U4 beyond 1 to 3.
    assert claims.loc["interval", ["n_claims", "claimed_pct", "realised_pct"]].tolist() == pytest.approx([4, 95, 75])


def test_those_listed_at_the_bottom_are_held_against_the_years_bottom():
    claims = found([*END, *SAID]).loc[("month", "bottom_five")]
    assert claims[["n_claims", "claimed_pct", "realised_pct"]].tolist() == pytest.approx([1, 60, 0])
    both = found([*END, *SAID], bottom=2).loc[("month", "bottom_five")]
    assert both[["n_claims", "claimed_pct", "realised_pct"]].tolist() == pytest.approx([2, 79, 50])


def test_the_end_result_is_no_claim_and_units_without_one_are_left_out():
    lost = ("2025-10", "month", "GONE", 5, 0, "pass", "stable", 0.99)
    withheld = ("2025-10", "month", "U1", 1, 0, "good", "withheld", np.nan)
    assert found([*END, *SAID, lost]).equals(found([*END, *SAID]))
    assert found([*END, *SAID[1:], withheld])["n_claims"].loc[("month", "stable")] == 2
    assert "ytd" not in found([*END, *SAID]).index


@pytest.mark.parametrize("rows", [END, SAID], ids=["no months before", "no end result"])
def test_nothing_to_compare_gives_an_empty_table(rows):
    assert found(rows).empty
