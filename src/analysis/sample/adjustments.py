"""Bonus points, deductions, and the planted veto and judgement (S3, S17)."""

from datetime import date

import numpy as np

from analysis.policy.models import Unit
from analysis.policy.sheets import Delivery
from analysis.run.forms.workbooks import Form
from analysis.sample.chance import dice, pick, sample
from analysis.sample.levels import unit_levels
from analysis.sample.listing import write_listing
from analysis.sample.world import World

_STEPS = (0.3, 0.5, 0.5, 0.8, 1.0)


def write_adjustments(world: World, period: str, delivery: Delivery) -> Form:
    """Return the month's adjustments in the order of their dates."""
    rng = dice("adjustments", period)
    fields = world.policy(period).sheets.kinds[delivery.kind].fields
    levels = unit_levels(world, period)
    by_level = sorted(world.free_units(period), key=lambda unit: levels[unit.id])
    half = len(by_level) // 2
    cases = [
        *_draw(world, period, rng, "deduction", by_level[:half]),
        *_draw(world, period, rng, "bonus", by_level[half:]),
        *_planted(world, period),
    ]
    for case in cases:
        case["kind"] = fields["kind"].choices[case["kind"]][0]
        case["scope"] = fields["scope"].choices["month"][0]
    cases.sort(key=lambda case: (case["date"], case["unit"].id))
    return write_listing(world, period, delivery, cases, rng=dice("adjustments by hand", period))


def _draw(world: World, period: str, rng: np.random.Generator, kind: str, units: list[Unit]) -> list[dict]:
    reasons = world.texts.bonuses if kind == "bonus" else world.texts.deductions
    return [
        {
            "unit": unit,
            "kind": kind,
            "points": pick(rng, _STEPS),
            "reason": pick(rng, reasons),
            "document": f"澄考办〔{period[:4]}〕{int(rng.integers(1, 60))}号(虚构)",
            "date": _day(period, int(rng.integers(5, 28))),
        }
        for unit in sample(rng, units, int(rng.integers(1, 4)))
    ]


def _planted(world: World, period: str) -> list[dict]:
    units = {unit.id: unit for unit in world.policy(period).units}
    return [
        {
            "unit": units[entry.unit],
            "kind": entry.kind,
            "from_tier": entry.from_tier or None,
            "to_tier": entry.to_tier or None,
            "reason": entry.reason,
            "document": entry.document,
            "date": _day(period, entry.day),
        }
        for entry in world.truths.adjustments
        if entry.period == period
    ]


def _day(period: str, day: int) -> date:
    return date(int(period[:4]), int(period[5:]), day)
