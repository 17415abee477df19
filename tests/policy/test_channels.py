"""Channel weights that move within a year, and from which months (R18, S16)."""

from dataclasses import replace
from pathlib import Path

from analysis.policy.book import load_policy
from analysis.policy.channels import ChannelWeights
from analysis.policy.period import month_range

ROOT = Path(__file__).resolve().parents[2]


def test_weights_move_in_the_month_in_which_an_adjustment_begins_and_in_that_after_it_ends():
    """A unit's own one goes before its group's; one that says what held before moves nothing."""
    book = load_policy(ROOT)
    unit, other = book.units.units[:2]
    base = book.weights.base[-1]
    halves = dict.fromkeys(list(base.weights)[:2], 50.0)
    told = {"document": "文号", "reason": "职责调整"}
    entries = (
        ChannelWeights(**told, **{"from": "2025-03", "to": "2025-05"}, unit=unit.id, weights=halves),
        ChannelWeights(**told, **{"from": "2025-08"}, unit=other.id, weights=dict(base.weights)),
    )
    changed = replace(book, weights=book.weights.model_copy(update={"adjustments": entries}))
    months = month_range("2025-01", "2025-12")
    assert changed.weights_moved(months) == {unit.id: ["2025-03", "2025-06"]}
    assert changed.weights_moved(months[2:5]) == {} == changed.weights_moved([])
