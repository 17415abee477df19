"""The weights of a scope are the mean of its months' weights (S2, S10)."""

from dataclasses import replace

import pytest

from analysis.policy.channels import BaseWeights
from analysis.scoring.weights import mean_weights

from . import frames

MONTHS = frames.MONTHS


def with_audit(book, period):
    """The rules with a fifth channel and its indicator from `period` on."""
    base, name, indicator = book.weights.base[0], book.weights.channels[0], book.indicators.indicators[0]
    shares = {"daily": 20, "key_work": 30, "info_system": 30, "random": 10, "audit": 10}
    later = BaseWeights(**{"from": period, "document": "甲", "weights": shares})
    earlier = base.model_copy(update={"to": MONTHS[0]})
    weights = book.weights.model_copy(
        update={
            "channels": (*book.weights.channels, name.model_copy(update={"id": "audit", "name": "审计"})),
            "base": (earlier, later),
            "adjustments": (),
        }
    )
    new = indicator.model_copy(update={"id": "audit-01", "name": "审计整改", "channel": "audit", "from_": period})
    more = book.indicators.model_copy(update={"indicators": (*book.indicators.indicators, new)})
    return replace(book, weights=weights, indicators=more)


def test_a_channel_that_comes_within_the_year_weighs_nothing_before():
    book = with_audit(frames.BOOK, MONTHS[1])
    policies = {month: book.at(month) for month in MONTHS}
    assert "audit" not in policies[MONTHS[0]].channel_ids
    found = mean_weights(policies, ["D01"])
    assert dict(zip(found.channel_ids, found.channels[0], strict=True)) == pytest.approx(
        {"daily": 20, "key_work": 30, "info_system": 30, "random": 15, "audit": 5}
    )
    place = found.indicator_ids.index("audit-01")
    assert found.channel_ids[found.channel_of[place]] == "audit"
    assert found.indicators[0, place] == 50
