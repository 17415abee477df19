"""Districts of a few named units among many others, graded by the project's own rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.action.annual import AnnualResult
from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.models import Unit, Units
from analysis.scoring.tiers import apply_judgements, apply_vetoes
from analysis.scoring.units import grade

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class District:
    """The rules, with units of a scenario's own."""

    book: PolicyBook

    def units(self, period: str, scope: str, scores: Mapping[str, float], told: Mapping = {}) -> pd.DataFrame:
        """Return `unit_scores` of one scope: the named units' scores, everybody else's from 90 upwards."""
        ids, short = self.book.at(period).unit_ids, told.get("short", [])
        rank = {unit_id: place for place, unit_id in enumerate(ids)}
        rows = pd.DataFrame(
            {
                "period": period,
                "scope": scope,
                "unit_id": ids,
                "group": "economy",
                "total": [float("nan") if i in short else scores.get(i, 90 + rank[i] / 100) for i in ids],
                "base": 90.0,
                "bonus": 0.0,
                "deductions": 0.0,
                "workload_per_head": float("nan"),
                "key_work_score": float("nan"),
            }
        )
        grading = self.book.at(period).grading
        judged = pd.DataFrame(
            [(unit, *tiers, "文号") for unit, tiers in told.get("judgements", {}).items()],
            columns=["unit_id", "from_tier", "to_tier", "document"],
        )
        graded = apply_judgements(grade(rows, grading), judged, grading)
        graded = apply_vetoes(graded, told.get("vetoes", []), grading)
        # A year of too few months keeps its total, outside places and quotas (S35).
        graded["total"] = graded["total"].mask(graded["unit_id"].isin(short), graded["unit_id"].map(scores))
        return graded.assign(is_provisional=graded["unit_id"].isin(told.get("provisional", [])))

    def annual(self, year: int, scores: Mapping[str, float], final_on: date | None, told: Mapping) -> AnnualResult:
        """Return an annual result."""
        evidence = f"data/processed/{year}-12/r0002/unit_scores.parquet scope=ytd"
        return AnnualResult(self.units(f"{year}-12", "ytd", scores, told), final_on, evidence)


@pytest.fixture(scope="session")
def whole() -> District:
    return District(load_policy(ROOT))


@pytest.fixture(scope="session")
def district_of(whole):
    """Return a function that makes the district of a scenario's `given`."""

    def make(given: Mapping) -> District:
        named = sorted({unit for scores in given["years"].values() for unit in scores} | set(given.get("month", {})))
        mergers, new = given.get("mergers", {}), given.get("new", {})
        units = [
            Unit(
                id=unit,
                name=given.get("rename", {}).get(unit, f"单位{unit}"),
                group="economy",
                **{"from": new.get(unit, "2023-01")},
                to=mergers.get(unit, {}).get("to"),
                merged_into=mergers.get(unit, {}).get("into"),
            )
            for unit in named
        ]
        units += [
            Unit(id=f"U{n:02d}", name=f"其他{n}", group="economy", **{"from": "2023-01"})
            for n in range(given["others"])
        ]
        book = replace(whole.book, units=Units(groups=whole.book.units.groups, units=tuple(units)))
        book = replace(book, weights=book.weights.model_copy(update={"adjustments": ()}))
        rules = [whole.book.consequences.rules[0].model_copy(update=given.get("policy", {}))]
        if later := given.get("later"):
            rules = [
                rules[0].model_copy(update={"to": "2024-12"}),
                rules[0].model_copy(update={"from_": later["from"]} | {k: v for k, v in later.items() if k != "from"}),
            ]
        consequences = book.consequences.model_copy(update={"rules": tuple(rules)})
        return District(replace(book, consequences=consequences))

    return make
