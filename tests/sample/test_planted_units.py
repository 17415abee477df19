"""What is planted about single units is found again in the sample's raw files, and no other unit is found with it."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.insight.leniency import estimate_leniency
from analysis.intake.month import clean_month
from analysis.intake.objections import check_objections, load_objections
from analysis.intake.register import load_corrections
from analysis.policy.period import month_end, month_range, shift

from .raw import (
    BOOK,
    GROUPS,
    MONTHS,
    PLAIN_EXPORT_SINCE,
    PLAIN_SHEETS_SINCE,
    RAW,
    ROOT,
    TRUTHS,
    WINDOWS,
    months_to_parquet,
    number,
    read_deliveries,
    read_months,
    read_sheet,
    read_tickets,
    unit_ids,
)

pytestmark = pytest.mark.slow
HABITS = TRUTHS.integrity
LAST = MONTHS[-1]


def read_staffing() -> pd.DataFrame:
    """Return posts, staff and cases by kind of each unit and month."""
    rows = read_months(month_range(PLAIN_EXPORT_SINCE, LAST), "编制与工作量", "单位").drop(
        columns=["序号", "单位", "备注"]
    )
    return rows.set_index(["period", "unit_id"]).astype(float)


def find_loads(staffing: pd.DataFrame) -> pd.DataFrame:
    """Return hours of work over hours of staff: months × units."""
    rules = TRUTHS.staffing
    kinds = BOOK.sheets.kinds["staffing"].fields
    hours = sum(staffing[kinds[kind].names[0]] * each for kind, each in rules.hours.items())
    days = {period: count_working_days(period) for period in staffing.index.unique("period")}
    of_post = staffing.index.get_level_values("period").map(days) * rules.hours_a_day * rules.presence
    return (hours / (staffing["实有人数"] * of_post)).unstack()


def count_working_days(period: str) -> int:
    return len(list(BOOK.at(period).calendar.working_days(month_end(period).replace(day=1), month_end(period))))


# --- posts and work ---


def test_loads_of_the_last_eighteen_months_are_the_planted_ones_and_none_in_a_shuffled_copy():
    loads = find_loads(read_staffing()).loc[shift(LAST, -17) : LAST]
    means = loads.mean()
    planted = {entry.unit: entry.load for entry in TRUTHS.staffing.loads if not entry.months}
    for unit in set(means.index[(means > 1.3) | (means < 0.75)]) | planted.keys() - {"T04"}:
        assert means[unit] == pytest.approx(planted[unit], rel=0.1)
    rng = np.random.default_rng(3)
    mixed = pd.DataFrame([rng.permutation(row.dropna()) for _, row in loads.iterrows()]).mean()
    assert mixed.between(0.8, 1.25).all()


def test_a_seasonal_peak_is_no_lasting_need():
    (peak,) = (entry for entry in TRUTHS.staffing.loads if entry.months)
    load = find_loads(read_staffing())[peak.unit]
    is_peak = load.index.str[5:].astype(int).isin(peak.months)
    assert (load[is_peak] > 1.3).all()
    assert (load[~is_peak] < 1.05).all()
    assert load.loc["2024-11":"2025-10"].mean() == pytest.approx(1, abs=0.1)


def test_much_and_little_work_go_with_good_and_poor_marks():
    rows = read_months(MONTHS[-18:], "职责履行", "被评单位")
    marks = rows["流程管理手册制定"].map(number).groupby(rows["unit_id"]).mean().rank(pct=True)
    loads = find_loads(read_staffing()).loc[MONTHS[-18] :].mean()
    found = {unit: (loads[unit] > 1, marks[unit] > 0.5) for unit in ("D61", "D55", "D13", "D51")}
    assert found == {"D61": (True, True), "D55": (True, False), "D13": (False, True), "D51": (False, False)}


def test_cases_by_kind_add_up_to_the_systems_workload():
    staffing = read_staffing()
    kinds = [
        field.names[0] for name, field in BOOK.sheets.kinds["staffing"].fields.items() if name in TRUTHS.staffing.hours
    ]
    for period in ("2024-03", LAST):
        export = read_sheet(period, "履职考评系统导出", "单位").set_index("unit_id")
        ours = staffing.loc[period].loc[export.index]
        assert (ours[kinds].sum(axis=1) == export["工作量"].map(number)).all()
        assert (ours["实有人数"] == export["在编人数"].map(number)).all()


def test_most_units_have_vacant_posts():
    staffing = read_staffing().loc[LAST]
    vacant = 1 - staffing["实有人数"] / staffing["核定编制数"]
    assert 0 < vacant.median() < 0.15
    assert (vacant < 0).any()


# --- coverage ---


def test_units_that_nobody_went_to_see():
    visits = read_months([m for m in MONTHS if m >= PLAIN_SHEETS_SINCE], "抽查", "被查单位")
    last = visits.groupby("unit_id")["period"].max().reindex(WINDOWS, fill_value="")
    planted = {entry.unit: entry.from_ for entry in TRUTHS.unvisited}
    assert all(last[unit] < first for unit, first in planted.items())
    long_ago = set(last.index[last < shift(LAST, -23)])
    assert {unit for unit, first in planted.items() if first <= shift(LAST, -23)} <= long_ago
    assert len(long_ago - planted.keys()) <= 2
    never = next(unit for unit, first in planted.items() if first == TRUTHS.first)
    items = read_months([m for m in MONTHS if m >= PLAIN_SHEETS_SINCE], "台账", "责任单位")
    assert not items[items["unit_id"] == never]["问题来源"].isin(["联合督查", "巡察"]).any()


# --- habits ---


@pytest.fixture(scope="module")
def habit_months() -> list[str]:
    return months_to_parquet(HABITS.late_extensions.from_)


def test_one_unit_extends_tickets_that_are_overdue(habit_months):
    rows = read_deliveries(habit_months, "工单")
    end = rows["delivered"].map(lambda period: month_end(period))
    is_overdue = rows["办理时限"].notna() & (rows["办理时限"] < end) & rows["办结日期"].isna() & rows["延期至"].isna()
    extended_later = set(rows.loc[rows["延期至"].notna(), "工单编号"])
    found = unit_ids(rows.loc[is_overdue & rows["工单编号"].isin(extended_later), "承办单位"]).value_counts()
    assert found.index[0] == HABITS.late_extensions.unit
    assert found.iloc[0] >= 10
    assert found.iloc[1:].max() <= 2 if len(found) > 1 else True


def test_one_units_call_backs_are_often_called_invalid(habit_months):
    tickets = read_tickets(habit_months)
    closed = tickets[tickets["办结日期"].notna()].groupby("unit_id")["回访有效"]
    invalid = closed.agg(lambda column: (column == "否").mean())[closed.size() >= 60].sort_values()
    assert invalid.index[-1] == HABITS.invalid_call_backs.unit
    assert invalid.iloc[-1] > HABITS.invalid_call_backs.share
    assert invalid.iloc[:-1].max() < 0.25


def test_one_unit_hands_tickets_over_on_their_last_days(habit_months):
    moves = read_deliveries(habit_months, "转办").drop_duplicates(["工单编号", "转办序号"])
    due = read_tickets(habit_months).set_index("工单编号")["办理时限"].dropna()
    moves = moves[moves["工单编号"].isin(due.index)]
    days = np.busday_count(
        moves["转办日期"].to_numpy("datetime64[D]"), due[moves["工单编号"]].to_numpy("datetime64[D]")
    )
    found = unit_ids(moves.loc[days <= 1, "转出单位"]).value_counts()
    assert found.index.tolist() == [HABITS.last_day_hand_overs.unit]
    assert found.iloc[0] >= 40


def test_one_units_rectification_items_are_never_closed():
    unit, since = HABITS.never_closed.unit, HABITS.never_closed.from_
    items = read_months(month_range(since, LAST), "台账", "责任单位")
    own = items[(items["unit_id"] == unit) & (items["问题编号"].str[2:8] >= since.replace("-", ""))]
    assert own["问题编号"].nunique() >= 10
    assert (own["状态"] != "已销号").all()
    now = items[(items["period"] == LAST) & (items["状态"] != "已销号")]
    old = now[now["问题编号"].str[2:8] < shift(LAST, -6).replace("-", "")]
    assert set(old["unit_id"]) == {unit}


# --- service, lots, objections ---


@pytest.mark.parametrize("poor", [e for e in TRUTHS.poor_service if e.from_ < "2026-03"], ids=lambda poor: poor.unit)
def test_callers_of_some_units_are_not_satisfied(poor):
    tickets = read_tickets([m for m in months_to_parquet(poor.from_) if poor.holds_in(m)])
    answers = tickets.loc[(tickets["unit_id"] == poor.unit) & tickets["是否满意"].ne(""), "是否满意"]
    assert (answers != "不满意").mean() == pytest.approx(poor.share, abs=0.08)
    others = tickets.loc[~tickets["unit_id"].isin([e.unit for e in TRUTHS.poor_service]), "是否满意"]
    assert (others[others.ne("")] != "不满意").mean() > 0.92


@pytest.mark.parametrize("period", TRUTHS.draws)
def test_public_lots_name_the_units_that_are_visited_and_know_the_watch_list(period):
    (folder,) = (RAW / "draws" / period).iterdir()
    announced, result = (json.loads((folder / name).read_bytes()) for name in ("announcement.json", "result.json"))
    names = {person["inspector_id"]: person["name"] for person in announced["inspectors"]}
    drawn = {place["unit_id"]: [names[id_] for id_ in place["inspectors"]] for place in result["drawn"]}
    pool = {unit["unit_id"] for unit in announced["units"]}
    watched = {unit["unit_id"] for unit in announced["units"] if unit["is_watch"]}
    must = {unit["unit_id"] for unit in announced["units"] if unit["is_must"]}
    assert watched == TRUTHS.watched(period) & pool - must
    assert not drawn.keys() & {entry.unit for entry in TRUTHS.unvisited if entry.holds_in(period)}
    visits = read_sheet(period, "抽查", "被查单位")
    if visits is None:
        assert period in TRUTHS.no_inspections
    else:
        assert dict(zip(visits["unit_id"], visits["抽查人员"].str.split("、"), strict=True)) == drawn


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_objections_of_a_year_are_settled_and_fit_the_deliveries(year):
    objections = load_objections(ROOT, year)

    def lineage(period: str) -> pd.DataFrame:
        folder = RAW / period
        return clean_month(folder, BOOK.at(period), as_of=month_end(period), secret=b"s" * 32).tables["lineage"]

    check_objections(objections, BOOK, year, lineage, lambda period: load_corrections(RAW / period))
    assert objections.objections
    assert not objections.open_ids
    assert all(entry.received > date(year, 12, 31) for entry in objections.objections)


def test_the_lenient_and_the_severe_inspector_are_the_ends_of_the_list():
    rows = read_months([m for m in MONTHS if m >= "2023-11"], "抽查", "被查单位")
    rows = rows.assign(visit_id=rows["抽查编号"], points=rows["得分"].map(number))
    named = rows.rename(columns={"抽查人员": "inspectors", "抽查指标": "indicator_id"})
    found = estimate_leniency(named, GROUPS).sort_values("leniency_points")["inspector"].tolist()
    planted = TRUTHS.inspectors
    assert (found[0], found[-1]) == (min(planted, key=planted.get), max(planted, key=planted.get))
