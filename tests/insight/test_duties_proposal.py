"""A lead is proposed where a share lies above the limits of `params/duties.yml`, not on them."""

import numpy as np
import pandas as pd
import pytest

from analysis.insight.duties_proposal import propose_leads

HANDLERS = pd.DataFrame({"matter": "占道经营", "unit_id": ["D57", "D60"], "n_tickets": [80, 20]})


@pytest.mark.parametrize(
    ("limits", "above", "on"),
    [
        (("strong_above_pct",), "strong", "moderate"),
        (("strong_above_pct", "moderate_above_pct"), "strong", "none"),
    ],
)
def test_a_lower_bound_on_the_limit_is_not_above_it(whole_book, limits, above, on):
    model = whole_book.duties.model
    low = propose_leads(HANDLERS, model).loc["占道经营", "proposed_low_pct"]
    for limit, strength in ((np.nextafter(low, 0), above), (low, on)):
        proposal = model.proposal.model_copy(update=dict.fromkeys(limits, limit))
        found = propose_leads(HANDLERS, model.model_copy(update={"proposal": proposal})).loc["占道经营"]
        assert (found["strength"], found["proposed_unit_id"]) == (strength, "" if strength == "none" else "D57")
