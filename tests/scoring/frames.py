"""Two months of a made-up district of fifteen units, as tables: every method, several tasks, visits, adjustments."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.policy.book import Policy, PolicyBook, load_policy

from ..rows import table_of

ROOT = Path(__file__).resolve().parents[2]
PERIOD, MONTHS = "2025-12", ("2025-11", "2025-12")


def few_units(book: PolicyBook) -> PolicyBook:
    """The policy for twelve departments and three towns."""
    kept = tuple(unit for unit in book.units.units if unit.id <= "D11" or unit.id in ("D45", "T01", "T02", "T03"))
    duties = book.duties.model_copy(update={"matters": ()})  # whose leads are other units
    return replace(book, units=book.units.model_copy(update={"units": kept}), duties=duties)


BOOK = few_units(load_policy(ROOT))
POLICIES = {month: BOOK.at(month) for month in MONTHS}


def measurements(seed: int = 4, policies: Mapping[str, Policy] = POLICIES) -> pd.DataFrame:
    """Table `measurements` of both months."""
    rng = np.random.default_rng(seed)
    rows = [row for month in MONTHS for row in _month(policies[month], rng)]
    return table_of("measurements", rows)


def _month(policy: Policy, rng: np.random.Generator):
    for unit in policy.units:
        for indicator in policy.indicators:
            if indicator.data.sheet == "inspections" and rng.random() < 0.5:
                yield _row(policy, unit.id, indicator, "", {}, "not_drawn")
            elif indicator.data.sheet == "key_work" and rng.random() < 0.3:
                yield _row(policy, unit.id, indicator, "", {}, "not_applicable")
            else:
                items = ("",) if indicator.data.sheet not in ("key_work", "inspections") else ("K1", "K2")
                for item in items[: rng.integers(1, 3)]:
                    yield _row(policy, unit.id, indicator, item, _raw(indicator.method, rng), "ok")


def _raw(method, rng: np.random.Generator) -> dict[str, float]:
    if method.name in ("ratio", "shortfall", "workload"):
        trials = int(rng.integers(20, 90))
        hits = trials * 5 + int(rng.integers(100)) if method.name == "workload" else int(rng.binomial(trials, 0.9))
        return {"numerator": float(hits), "denominator": float(trials)}
    if method.name == "per_case":
        return {"value": float(rng.integers(0, 2))}
    if method.name == "state":
        return {"value": float(rng.choice(list(method.points.values())))}
    return {"value": float(rng.integers(15, 21) if method.name == "quoted" else rng.integers(150, 200) / 2)}


def _row(policy: Policy, unit_id: str, indicator, item: str, raw: dict[str, float], status: str) -> dict:
    return {
        "measurement_id": "/".join(filter(None, (policy.period, unit_id, indicator.id, item))),
        "period": policy.period,
        "unit_id": unit_id,
        "indicator_id": indicator.id,
        "channel": indicator.channel,
        "item_id": item,
        **raw,
        "status": status,
    }


def adjustments() -> pd.DataFrame:
    """A bonus, a deduction and a veto."""
    kinds = [("A1", "D02", "bonus", 0.5), ("A2", "D03", "deduction", 0.3), ("A3", "D04", "veto", 0.0)]
    rows = [
        {
            "adjustment_id": number,
            "period": PERIOD,
            "unit_id": unit_id,
            "kind": kind,
            "points": points,
            "scope": "month",
        }
        for number, unit_id, kind, points in kinds
    ]
    return table_of("adjustments", rows)
