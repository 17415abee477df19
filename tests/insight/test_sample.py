"""The planted truth of the sample: a fall caused only by a weight change (R18, S25)."""

import pandas as pd
import pytest

from analysis.insight.trends import build_trends
from analysis.intake.month import clean_month
from analysis.policy.book import load_policy
from analysis.policy.period import month_end, shift
from analysis.sample.truths import load_truths
from analysis.scoring.score_tables import score_month

from .conftest import ROOT, starting


@pytest.mark.slow
def test_the_fall_by_weights_alone_is_found_pure():
    truth = load_truths().weight_change
    # Early in a district the weights of rates grow with the cases known (S30): by then they have all of theirs.
    months = [shift(truth.period, -back) for back in range(5, -1, -1)]
    book = starting(load_policy(ROOT), months[0])
    policies = {month: book.at(month) for month in months}
    clean = {
        month: clean_month(ROOT / "data" / "raw" / month, policy, as_of=month_end(month), secret=b"s" * 32).tables
        for month, policy in policies.items()
    }
    scores = {}
    for last in policies:
        known = [month for month in policies if month <= last]
        rows = (pd.concat([clean[month][name] for month in known]) for name in ("measurements", "adjustments"))
        scores[last] = score_month({month: policies[month] for month in known}, *rows, last)
    tables = build_trends(book, scores, truth.period)
    totals = tables["trends"].query("basis == 'mom' and level == 'total'").set_index("unit_id")
    assert totals.index[totals["is_rule_changed"]].tolist() == [truth.unit]
    fall = totals.loc[truth.unit]
    assert fall["change"] == fall["weights"] < -1
    assert fall["like_for_like_change"] == 0
    assert (totals.drop(index=truth.unit)["weights"] == 0).all()
