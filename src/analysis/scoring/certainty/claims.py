"""What certainty claimed in the months of a year, held against the year's end result (S32)."""

import pandas as pd

from analysis.policy.tables import TABLES
from analysis.scoring.tiers import mark_bottom


def check_claims(certainty: pd.DataFrame, period: str, bottom_places: int, confidence_pct: float) -> pd.DataFrame:
    """Return the table `claims` of a year: how often what its months claimed is what the year came to.

    The end result is no truth, but a better look than each month had: it has noise of its own, and a level may change
    within a year. A well-made claim comes true nearly as often as it says.

    Args:
        certainty: rows of `certainty` of the year's months.
        period: the year's December; its year to date is the end result.
        bottom_places: the places of the bottom five (S7).
        confidence_pct: that rank intervals claim.

    Returns:
        The checked table, empty where the year has no end result.
    """
    end = certainty[(certainty["period"] == period) & (certainty["scope"] == "ytd") & certainty["rank"].notna()]
    end = end.assign(bottom=mark_bottom(end["total"].to_numpy(dtype=float), bottom_places))
    end = end.set_index("unit_id")[["rank", "tier_by_score", "bottom"]].add_prefix("end_")
    said = certainty[(certainty["period"] < period) & ~certainty["verdict"].isin(["", "withheld"])]
    said = said.join(end, on="unit_id", how="inner")
    totals = said.groupby(["period", "scope"])["total"]
    said = said.assign(
        own=[row[f"p_{row['tier_by_score']}"] for _, row in said.iterrows()],
        kept=said["tier_by_score"] == said["end_tier_by_score"],
        held=said["end_rank"].between(said["rank_low"], said["rank_high"]),
        is_bottom=totals.transform(lambda total: mark_bottom(total.to_numpy(dtype=float), bottom_places)),
        interval=confidence_pct / 100,
    )
    bottom = said[said["is_bottom"].astype(bool)]
    found = [
        count_claims(said, said["verdict"], "own", "kept"),
        count_claims(said, "interval", "interval", "held"),
        count_claims(bottom, "bottom_five", "p_bottom_five", "end_bottom"),
    ]
    return TABLES["claims"].check(pd.concat(found).assign(period=period))


def count_claims(rows: pd.DataFrame, claim: pd.Series | str, claimed: str, realised: str) -> pd.DataFrame:
    """Return how many rows of each scope make each claim, with the means in % of what they claim and of what came true.

    Args:
        rows: one a claim, with its scope.
        claim: its name, or each row's.
        claimed: the column of claimed probabilities.
        realised: the column that says whether it came true.
    """
    grouped = rows.assign(claim=claim).groupby(["scope", "claim"])
    shares = grouped[[claimed, realised]].mean().astype(float) * 100
    shares.columns = ["claimed_pct", "realised_pct"]
    return shares.assign(n_claims=grouped.size()).reset_index()
