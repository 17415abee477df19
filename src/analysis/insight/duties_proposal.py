"""The proposal for a matter's lead: who in the end handles its tickets, where the evidence is clear (R8)."""

import numpy as np
import pandas as pd

from analysis.insight.proportions import wilson_interval
from analysis.policy.duties import DutiesModel


def propose_leads(handlers: pd.DataFrame, model: DutiesModel) -> pd.DataFrame:
    """Return a proposal for each matter, or none where the evidence is weak.

    Strong: the lower bound of the first unit's share of tickets lies above `strong_above_pct`. Moderate: it lies above
    `moderate_above_pct` and above the upper bound of the second unit's share. Else, or with too few tickets: no
    proposal.

    Args:
        handlers: a row a matter and candidate, the last handler of tickets: matter, unit_id, n_tickets.
        model: the thresholds of `params/duties.yml`.

    Returns:
        By matter: proposed_unit_id (empty: none), proposed_share_pct with its interval, strength; the share is that
        of the first unit even where nothing is proposed.
    """
    limits = model.proposal
    ordered = handlers.sort_values("n_tickets", ascending=False)  # of equals neither is proposed
    totals = ordered.groupby("matter")["n_tickets"].transform("sum")
    low, high = wilson_interval(ordered["n_tickets"], totals, limits.confidence_pct)
    ordered = ordered.assign(low=low, high=high, total=totals, place=ordered.groupby("matter").cumcount())
    first = ordered[ordered["place"] == 0].set_index("matter")
    second = ordered[ordered["place"] == 1].set_index("matter")["high"].reindex(first.index).fillna(0)
    is_strong = first["low"] > limits.strong_above_pct
    is_moderate = (first["low"] > limits.moderate_above_pct) & (first["low"] > second)
    strength = np.where(is_strong, "strong", np.where(is_moderate, "moderate", "none"))
    strength = np.where(first["total"] >= model.minimum_tickets, strength, "none")
    return pd.DataFrame(
        {
            "proposed_unit_id": first["unit_id"].where(strength != "none", ""),
            "proposed_share_pct": 100 * first["n_tickets"] / first["total"],
            "proposed_low_pct": first["low"],
            "proposed_high_pct": first["high"],
            "strength": strength,
        },
        index=first.index,
    )
