"""Coverage (全覆盖, S42): when each unit was last looked at by each way and by whom, and who is to be seen next."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import shift
from analysis.policy.sheets import Delivery
from analysis.policy.tables import TABLES
from analysis.policy.workload import Way

# What is read of each table: of the first two over `coverage.months`, of the others since the district's first month.
COLUMNS: dict[str, tuple[str, ...]] = {
    "channel_scores": ("period", "scope", "unit_id", "channel", "score"),
    "key_work": ("period", "unit_id"),
    "inspections": ("visit_id", "unit_id", "date", "inspectors", "assessor"),
    "ledger_items": ("item_id", "unit_id", "source", "found"),
}


def list_coverage(tables: Mapping[str, pd.DataFrame], policy: Policy) -> pd.DataFrame:
    """Return the table `coverage` of a month: a row a unit and way of `params/workload.yml`.

    A unit is overdue by a way where its last look, or without one the month before its first, lies `months` back or
    more; it is unseen where it is overdue by every way that is a visit. Its predecessors count with it (S9).

    Args:
        tables: those of `COLUMNS`.
        policy: the rules in force; its period is the month.
    """
    rules = policy.workload.coverage
    keys = [(unit_id, way.id) for way in rules.ways for unit_id in policy.unit_ids]
    if not keys:
        return TABLES["coverage"].empty()
    looks = pd.concat([_looks_of(way, tables, policy).assign(way=way.id) for way in rules.ways])
    looks = looks.assign(unit_id=looks["unit_id"].map(policy.heir_of)).drop_duplicates()
    in_year = looks[looks["last_on"].str[:4] == policy.period[:4]].groupby(["unit_id", "way"]).size()
    last = looks.sort_values(["last_on", "by"]).drop_duplicates(["unit_id", "way"], keep="last")
    rows = last.set_index(["unit_id", "way"])[["last_on", "by"]].reindex(keys).fillna("")
    since = {unit.id: max(unit.from_, policy.district.start) for unit in policy.units}
    rows = rows.assign(
        months_since=rows["last_on"].map(lambda day: _months_between(day[:7], policy.period) if day else None),
        known_months=[_months_between(since[unit_id], policy.period) + 1 for unit_id, _ in keys],
        n_in_year=in_year.reindex(keys).fillna(0),
        is_visit=[way.is_visit for way in rules.ways for _ in policy.unit_ids],
    ).reset_index()
    rows["is_overdue"] = rows["months_since"].fillna(rows.pop("known_months")).astype(float) >= rules.months
    visits = rows[rows["is_visit"]].groupby("unit_id")["is_overdue"].all()
    rows["is_unseen"] = rows["unit_id"].isin(visits.index[visits])
    return TABLES["coverage"].check(rows.assign(period=policy.period))


def _months_between(first: str, last: str) -> int:
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[5:]) - int(first[5:])


def _looks_of(way: Way, tables: Mapping[str, pd.DataFrame], policy: Policy) -> pd.DataFrame:
    """Return unit, day or month, and by whom, of each look by a way."""
    if way.channel:
        scores = tables["channel_scores"]
        held = scores[(scores["channel"] == way.channel) & (scores["scope"] == "month") & scores["score"].notna()]
        ids = {indicator.id for indicator in policy.indicators if indicator.channel == way.channel}
        return _by_month(held, _offices(policy, lambda delivery: ids & set(delivery.indicators)))
    if way.sheet == "key_work":
        return _by_month(tables["key_work"], _offices(policy, lambda delivery: delivery.kind == "key_work"))
    if way.sheet in ("inspections", "third_party"):
        visits = tables["inspections"].drop_duplicates(["visit_id", "unit_id"])
        # Months that an older version published name no assessor: they had none.
        assessors = visits["assessor"].fillna("") if "assessor" in visits else pd.Series("", index=visits.index)
        own = visits.assign(by=assessors.where(assessors != "", visits["inspectors"]))
        own = own[(assessors != "") == (way.sheet == "third_party")]
        return own.rename(columns={"date": "last_on"})[["unit_id", "last_on", "by"]]
    items = tables["ledger_items"].drop_duplicates("item_id")
    items = items[items["source"].isin(way.sources)]
    return items.rename(columns={"found": "last_on", "source": "by"})[["unit_id", "last_on", "by"]]


def _by_month(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    return rows.rename(columns={"period": "last_on"})[["unit_id", "last_on"]].assign(by=by)


def _offices(policy: Policy, is_own: Callable[[Delivery], object]) -> str:
    return "、".join(dict.fromkeys(delivery.office for delivery in policy.sheets.deliveries if is_own(delivery)))


def plan_visits(coverage: pd.DataFrame, policy: Policy, seen: Collection[tuple[str, str]] = ()) -> pd.DataFrame:
    """Return the table `coverage_plan`: units that are to be seen by the end of next year, the longest unseen first.

    They are those that would be unseen then. A window or service unit goes into the draw by lot (R12), any other to the
    first other way of visits. Where draws draw duties too, a unit's row counts its duties and those left to be drawn.

    Args:
        coverage: table `coverage` of a month.
        policy: the rules in force.
        seen: (unit, duty) that draws of the last `months` gave.
    """
    rules, visits = policy.workload.coverage, coverage[coverage["is_visit"]]
    by_lot, others = ([way.id for way in rules.visits if (way.sheet == "inspections") is lot] for lot in (True, False))
    last = visits.sort_values("last_on").drop_duplicates("unit_id", keep="last")
    units = {unit.id: unit for unit in policy.units}
    own = _count_duties(policy, seen)
    end, rows = f"{int(policy.period[:4]) + 1}-12", []
    for row in last.itertuples():
        unit = units[row.unit_id]
        first = row.last_on[:7] or max(unit.from_, policy.district.start)
        due = shift(first, rules.months)
        if due <= end:
            ways = by_lot + others if unit.is_window else others + by_lot
            told = {"last_on": row.last_on, "last_way": row.way if row.last_on else "", "due": due, "way": ways[0]}
            told["n_duties"], told["n_duties_unseen"] = own.get(unit.id, (0, 0))
            rows.append({"unit_id": row.unit_id} | told)
    if not rows:
        return TABLES["coverage_plan"].empty()
    return TABLES["coverage_plan"].check(pd.DataFrame(rows).assign(period=policy.period))


def _count_duties(policy: Policy, seen: Collection[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Return unit → its duties, and those not among `seen`; none where the rules draw no duties."""
    pairs = [(unit, matter.id) for matter in policy.matters for unit in policy.units_of(matter)]
    own = Counter(unit for unit, _ in pairs if policy.draw.duties_per_visit)
    unseen = Counter(unit for unit, matter in pairs if (unit, matter) not in seen)
    return {unit: (count, unseen[unit]) for unit, count in own.items()}
