"""A made-up year 2025 after two others, final: one unit is blacklisted, some were not seen for long, some are busy."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from analysis.action.annual import AnnualResult
from analysis.action.consequences import build_consequences
from analysis.policy.book import Policy, PolicyBook
from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.report.packs.content import PackContent
from analysis.scoring.units import grade

from ...rows import table_of

PERIOD = "2025-12"
FINAL_ON = date(2026, 1, 14)
EDITION = Edition("r0002", "final", date(2025, 12, 31), FINAL_ON, date(2026, 1, 21), "inputs", "code", "0.1.0", "head")
LOAD = {
    "period": PERIOD, "group": "law", "n_months": 12, "posts": 51, "in_post": 56, "posts_needed": 84.3,
    "posts_needed_low": 76.2, "posts_needed_high": 92.4, "load": 1.0, "load_low": 0.91, "load_high": 1.09,
    "load_state": "usual", "load_trend": "steady", "score_gap": -0.37, "score_gap_low": -2.0, "score_gap_high": 1.4,
    "score_state": "unclear", "is_seasonal": False, "peak_months": "",
}  # fmt: skip
BUSY, IDLE = "D57", "D13"
UNSEEN = ("D04", "T03")
MOVE = {
    "period": PERIOD, "move": 1, "n_posts": 3, "posts_needed": 84.3, "load_before": 1.505, "load_after": 1.429,
    "in_post_before": 56, "in_post_after": 59, "workload_per_head_before": 34.9, "workload_per_head_after": 33.2,
    "load_rank_before": 1, "load_rank_after": 2, "spread_before": 0.1402, "spread_after": 0.1349,
}  # fmt: skip


def cut_book(book: PolicyBook, count: int, start: str) -> PolicyBook:
    """The rules of a district of the first units alone, the busy and the idle one among them, begun in a month."""
    kept = [unit for unit in book.units.units if unit.id in book.at(PERIOD).unit_ids]
    kept = sorted(kept, key=lambda unit: unit.id not in (BUSY, IDLE, *UNSEEN))[:count]
    units = book.units.model_copy(update={"units": tuple(sorted(kept, key=lambda unit: unit.id))})
    district = book.district.model_copy(update={"start": start})
    return replace(book, units=units, district=district)


def total_of(unit_ids: list[str], year: int) -> np.ndarray:
    """Totals that differ from unit to unit and from year to year; the last unit is at the end of each year."""
    order = np.random.default_rng(year).permutation(len(unit_ids) - 1)
    return np.array(
        [*(round(80.07 + 0.17 * place + (year - 2020) / 7, 2) for place in order), 61.43 + (year - 2020) / 10]
    )


def standing_of(policy: Policy, year: int, **told) -> pd.DataFrame:
    """`year_standing` of a year, graded as a year is."""
    ids = policy.unit_ids
    units = pd.DataFrame({"unit_id": ids, "total": total_of(ids, year), "group": [policy.group_of[i] for i in ids]})
    blank = {"base": 0.0, "bonus": 0.0, "deductions": 0.0, "workload_per_head": np.nan, "key_work_score": np.nan}
    units = grade(units.assign(period=f"{year}-12", scope="ytd", **blank), policy.grading)
    listed = units["is_bottom_five"] | units["tier"].isin(policy.grading.interview_tiers)
    units = units.assign(n_months=12, is_counted=True, is_interview=listed, is_provisional=False, **told)
    return TABLES["year_standing"].check(units[list(TABLES["year_standing"].columns)])


def make_year(book: PolicyBook, **tables: pd.DataFrame) -> PackContent:
    """The year's content, with some tables in place of its own."""
    policy = book.at(PERIOD)
    evidence = "data/processed/{}-12/r0002/year_standing.parquet"
    first = int(book.district.start[:4])
    years = {year: standing_of(book.at(f"{year}-12"), year) for year in range(first, 2026)}
    years[2025] = tables.get("year_standing", years[2025])
    days = {2023: date(2024, 1, 12), 2024: date(2025, 1, 14), 2025: FINAL_ON}
    results = {year: AnnualResult(rows, days[year], evidence.format(year)) for year, rows in years.items()}
    units = years[2025].assign(scope="month", tier_reason="", base=0.0, bonus=0.0, deductions=0.0)
    units = units.assign(workload_per_head=np.nan, key_work_score=np.nan)
    units = TABLES["unit_scores"].check(units[list(TABLES["unit_scores"].columns)])
    known = {"unit_scores": units, "year_standing": years[2025]}
    known |= build_consequences(book, results, units, PERIOD, FINAL_ON)
    known |= {"certainty": certainty_of(years[2025]), "trends": trends_of(years), "coverage": coverage_of(policy)}
    known |= {name: _of(rows, policy) for name, rows in loads_of(policy).items()}
    known |= {"objection_periods": TABLES["objection_periods"].empty()} | tables
    return PackContent(policy, policy.names, EDITION, policy.consequences, policy.packs, known, units)


def _of(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    columns = [name for name in ("unit_id", "other_unit_id") if name in rows]
    return rows[rows[columns].isin(policy.unit_ids).all(axis=1)]


def certainty_of(standing: pd.DataFrame) -> pd.DataFrame:
    low = standing.sort_values("rank")["unit_id"].tail(8).tolist()
    rows = standing[["unit_id", "total", "rank"]].assign(period=PERIOD, scope="ytd", verdict="borderline")
    rows["verdict"] = ["stable", "indistinct", *rows["verdict"].iloc[2:]][: len(rows)]
    rows = rows.assign(rank_low=(rows["rank"] - 3).clip(lower=1), rank_high=rows["rank"] + 2, p_bottom_five=0.0)
    rows = rows.assign(p_interview=0.0, margin_interview_points=-1.5)
    for place, unit_id in enumerate(low):
        told = {
            "p_bottom_five": 0.11 * place,
            "p_interview": 0.12 * place + 0.13,
            "margin_interview_points": place + 0.29,
        }
        rows.loc[rows["unit_id"] == unit_id, list(told)] = list(told.values())
    return (
        TABLES["certainty"].empty().reindex(range(len(rows))).assign(**{name: rows[name].to_numpy() for name in rows})
    )


def trends_of(years: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    before, after = (years.get(year, years[2025].head(0)).set_index("unit_id") for year in (2024, 2025))
    rows = [{"basis": "annual", "level": "total", "unit_id": u, "change": after["total"][u] - before["total"][u],
             "tier_before": before["tier"][u], "tier_after": after["tier"][u], "after_period": PERIOD,
             "is_rule_changed": False, "like_for_like_change": 0.0}
            for u in after.index if u in before.index]  # fmt: skip
    means = {"before": before["total"].mean(), "after": after["total"].mean()}
    district = {"basis": "ytd", "level": "district", "after_period": PERIOD, "is_rule_changed": True}
    district |= dict.fromkeys(("unit_id", "tier_before", "tier_after"), "")
    rows.append(district | means | {"change": means["after"] - means["before"], "like_for_like_change": 0.43})
    return table_of("trends", [{"period": PERIOD} | row for row in rows])


def coverage_of(policy: Policy) -> pd.DataFrame:
    rows = [
        {"period": PERIOD, "unit_id": unit_id, "way": way.id, "last_on": "2023-07-12" if way.is_visit else "2025-12",
         "by": "区委巡察办" if way.is_visit else "监督检查科", "months_since": 29 * way.is_visit, "n_in_year": 1,
         "is_visit": way.is_visit, "is_overdue": way.is_visit and unit_id in UNSEEN, "is_unseen": unit_id in UNSEEN}
        for unit_id in policy.unit_ids for way in policy.workload.coverage.ways
    ]  # fmt: skip
    return table_of("coverage", rows)


def loads_of(policy: Policy) -> dict[str, pd.DataFrame]:
    states = {BUSY: {"load_state": "busy", "load": 1.514, "load_low": 1.364, "load_high": 1.664}}
    states |= {
        IDLE: {"load_state": "idle", "load": 0.621, "load_low": 0.583, "load_high": 0.659, "score_state": "good"}
    }
    staffing = [LOAD | {"unit_id": unit_id} | states.get(unit_id, {}) for unit_id in policy.unit_ids]
    sides = {"from": (IDLE, BUSY), "to": (BUSY, IDLE)}
    moves = [MOVE | {"side": side, "unit_id": own, "other_unit_id": other} for side, (own, other) in sides.items()]
    plan = [
        {
            "period": PERIOD,
            "unit_id": unit_id,
            "last_on": "2023-07-12",
            "last_way": "patrol",
            "due": "2025-07",
            "way": way,
        }
        for unit_id, way in zip((*UNSEEN, BUSY), ("joint", "random", "joint"), strict=True)
    ]
    names = ("staffing", "staffing_moves", "coverage_plan")
    return {name: table_of(name, rows) for name, rows in zip(names, (staffing, moves, plan), strict=True)}
