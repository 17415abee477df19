"""A made-up month in which every unit's every text carries a mark of its own, and every total is one unit's."""

from datetime import date
from pathlib import Path

import pandas as pd

from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.report.packs.content import PackContent
from analysis.scoring.units import grade

ROOT = Path(__file__).resolve().parents[3]
PERIOD = "2026-10"
SMALL_GROUP = 3  # units of the group `law` in this district
EDITION = Edition(
    "r0001", "draft", date(2026, 10, 31), date(2026, 11, 4), date(2026, 11, 11), "inputs", "code", "0.1.0"
)


def mark(unit_id: str, field: str) -> str:
    """A text that stands nowhere else."""
    return f"CANARY-{unit_id}-{field}"


def total_of(place: int) -> float:
    """A total that no other unit has, with two decimals that show."""
    return round(75.13 + 0.31 * place, 2)


def make_content(policy, **tables) -> PackContent:
    """The month, with some tables in place of its own."""
    whole = {**scores(policy), **texts(policy), **tables}
    names = policy.names
    return PackContent(
        policy=policy,
        names=names,
        edition=EDITION,
        consequences=policy.consequences,
        rules=policy.packs,
        tables={name: TABLES[name].check(frame) for name, frame in whole.items()},
        history=whole["unit_scores"],
    )


def scores(policy) -> dict[str, pd.DataFrame]:
    ids = policy.unit_ids
    stamp = {"period": PERIOD, "scope": "month"}
    units = pd.DataFrame({"unit_id": ids, "total": [total_of(n) for n in range(len(ids))]})
    units = units.assign(
        **stamp, group=[policy.group_of[i] for i in ids], base=units["total"], bonus=0.0, deductions=0.0
    )
    units = units.assign(workload_per_head=float("nan"), key_work_score=float("nan"))
    units = grade(units, policy.grading).assign(is_provisional=False)
    wanted = ("common-01", "common-06", "common-08", "common-10")
    indicators = [{"unit_id": i, "indicator_id": j} for i in ids for j in wanted]
    whole = pd.DataFrame(indicators).assign(
        **stamp,
        family="common",
        n_measurements=1,
        value=0.9,
        numerator=18.0,
        denominator=20.0,
        standard=float("nan"),
        score=80.0,
        n_cases=20.0,
        first_period=PERIOD,
        credibility=1.0,
    )
    whole = whole.assign(
        policy_weight=5.0,
        weight=5.0,
        status="ok",
        channel=[policy.indicator_by_id[j].channel for j in whole["indicator_id"]],
    )
    channels = pd.DataFrame(
        [(i, c, total_of(n) - 1) for n, i in enumerate(ids) for c in policy.channel_ids],
        columns=["unit_id", "channel", "score"],
    ).assign(**stamp, policy_weight=25.0, weight=25.0)
    return {"unit_scores": units, "indicator_scores": whole, "channel_scores": channels} | changes(ids)


def change_of(place: int) -> float:
    """A change of the total against the month before that no other unit has."""
    return round(-1.03 - 0.07 * place, 2)


def changes(ids: list[str]) -> dict[str, pd.DataFrame]:
    """Every unit lost points, all by one indicator."""
    change = [change_of(n) for n in range(len(ids))]
    stamp = {"period": PERIOD, "basis": "mom", "after_period": PERIOD, "unit_id": ids, "change": change}
    parts = dict.fromkeys(("weights", "indicator_set", "coverage", "adjustments"), 0.0) | {"performance": change}
    noise = {"composition": 0.0, "noise_points": 1.0, "is_within_noise": False}
    whole = {"before_period": "", "level": "total", "level_id": "", "like_for_like_change": change}
    trends = TABLES["trends"].empty().reindex(range(len(ids))).assign(**stamp, **parts, **noise, **whole)
    trends = trends.assign(is_rule_changed=False, tier_before="", tier_after="")
    moved = pd.DataFrame(stamp | parts).assign(indicator_id="common-01", channel="daily")
    return {"trends": trends, "change_parts": moved}


def texts(policy) -> dict[str, pd.DataFrame]:
    ids = policy.unit_ids
    measured = pd.DataFrame(
        [(i, j) for i in ids for j in ("common-01", "common-06", "common-08", "common-10")],
        columns=["unit_id", "indicator_id"],
    )
    measured = measured.assign(
        measurement_id=PERIOD + "/" + measured["unit_id"] + "/" + measured["indicator_id"], period=PERIOD, item_id=""
    )
    lineage = measured[["measurement_id"]].assign(
        role="value",
        file=[mark(i, "file") for i in measured["unit_id"]],
        sheet=[mark(i, "sheet") for i in measured["unit_id"]],
        cell="C9",
        raw=[mark(i, f"raw-{j}") for i, j in zip(measured["unit_id"], measured["indicator_id"], strict=True)],
    )
    measured = measured.assign(
        value=0.9,
        numerator=18.0,
        denominator=20.0,
        standard=float("nan"),
        status="ok",
        channel=[policy.indicator_by_id[j].channel for j in measured["indicator_id"]],
    )
    adjustments = pd.DataFrame({"unit_id": ids}).assign(
        adjustment_id=[f"a-{i}" for i in ids],
        period=PERIOD,
        kind="deduction",
        points=0.5,
        from_tier="",
        to_tier="",
        scope="month",
        reason=[mark(i, "reason") for i in ids],
        document=[mark(i, "document") for i in ids],
        date="2026-10-09",
    )
    ledger = pd.DataFrame({"unit_id": ids}).assign(
        period=PERIOD,
        item_id=[mark(i, "item") for i in ids],
        source=[mark(i, "source") for i in ids],
        is_joint=False,
        problem=[mark(i, "problem") for i in ids],
        found="2026-09-01",
        due="2026-10-20",
        state="rectifying",
        closed="",
        light="red",
        working_days_left=pd.array([-9] * len(ids), dtype="Int64"),
        overdue_working_days=9,
        is_due=True,
        is_closed_in_time=False,
        is_repeated=False,
        repeat_of="",
        is_dunned=True,
        answer_until="2026-11-06",
    )
    return {
        "measurements": measured,
        "lineage": lineage,
        "adjustments": adjustments,
        "ledger": ledger,
        "objection_periods": pd.DataFrame({"unit_id": ids}).assign(
            period=PERIOD, revision="r0001", published="2026-11-04", until="2026-11-11"
        ),
        "hotline_by_unit": hotline(ids),
        "consequences": consequences(ids),
        "annual_states": states(ids),
    }


def hotline(ids, **counts) -> pd.DataFrame:
    told = {"n_received": 40, "n_due": 40, "n_on_time": 33, "n_valid_call_backs": 31, "n_satisfied": 20}
    told |= {"n_repeats": 3, "n_attitude_complaints": 2, "n_overdue": 0} | counts
    rows = pd.DataFrame({"unit_id": ids}).assign(period=PERIOD, **told)
    for name, column in TABLES["hotline_by_unit"].columns.items():
        if name not in rows:
            rows[name] = (
                0 if str(column.dtype).lower() == "int64" else False if str(column.dtype) == "bool" else float("nan")
            )
    return rows


def consequences(ids) -> pd.DataFrame:
    return pd.DataFrame({"unit_id": ids}).assign(
        period=PERIOD,
        kind="interview",
        basis="annual",
        year=2025,
        reason="fail",
        rule="R21 S7 S27",
        since="2026-01-09",
        until="2026-01-23",
        is_current=True,
        is_final=True,
        is_provisional=False,
        streak_years=1,
        years="2025",
        total=[total_of(n) for n in range(len(ids))],
        rank=pd.array(range(1, len(ids) + 1), dtype="Int64"),
        tier="fail",
        inherited_from="",
        document="文件",
        evidence=[mark(i, "evidence") for i in ids],
    )


def states(ids) -> pd.DataFrame:
    return pd.DataFrame({"unit_id": ids}).assign(
        period=PERIOD,
        year=2025,
        state="listed",
        reason="fail",
        rule="R21",
        final_on="2026-01-09",
        streak_years=1,
        years="2025",
        is_blacklisted=False,
        is_provisional=False,
        total=[total_of(n) for n in range(len(ids))],
        rank=pd.array(range(1, len(ids) + 1), dtype="Int64"),
        tier="fail",
        inherited_from="",
        evidence=[mark(i, "evidence") for i in ids],
    )
