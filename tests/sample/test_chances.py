"""How chance falls in the sample is found again in its raw files, and not in copies that were dealt out anew."""

import numpy as np
import pandas as pd
import pytest

from analysis.policy.period import month_end, month_range

from .raw import (
    BOOK,
    GROUPS,
    MONTHS,
    PLAIN_EXPORT_SINCE,
    PLAIN_SHEETS_SINCE,
    TRUTHS,
    WINDOWS,
    months_to_parquet,
    number,
    read_months,
    read_sheet,
    read_tickets,
)

CHANCES = TRUTHS.chances
TICKET_MONTHS = months_to_parquet("2023-01")
# Units with levels, facts or habits of their own say nothing about chance.
PLANTED = {
    *TRUTHS.levels,
    TRUTHS.steady_improver.unit,
    TRUTHS.bottom_five.unit,
    TRUTHS.merger.unit,
    *(unit for fixed in TRUTHS.fixed for unit in fixed.units),
    *(entry.unit for entry in TRUTHS.poor_service),
    *(habit.unit for _, habit in TRUTHS.integrity),
}


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


# --- what a unit is good at ---


@pytest.fixture(scope="module")
def tickets() -> pd.DataFrame:
    return read_tickets(TICKET_MONTHS)


@pytest.fixture(scope="module")
def marks() -> pd.DataFrame:
    """The score sheets of daily supervision and the shares of the information system: a row a unit and month."""
    months = [period for period in MONTHS if period >= PLAIN_EXPORT_SINCE]
    names = ["“三定”规定落实", "流程管理手册制定"]
    sheets = read_months(months, "职责履行", "被评单位").set_index(["period", "unit_id"])[names]
    export = read_months(months, "履职考评系统导出", "单位").set_index(["period", "unit_id"])
    shares = {"填报": ("实填报人日", "应填报人日"), "审阅": ("已审阅件数", "应审阅件数")}
    ratios = {name: export[a].map(number) / export[b].map(number) for name, (a, b) in shares.items()}
    points = sheets.map(number)
    return points.where(points <= 100).assign(**ratios)  # a slip of the pen is corrected apart


@pytest.mark.slow
def test_units_are_good_at_one_thing_and_not_at_another(marks, tickets):
    """Without the noise of either, two dimensions correlate as planted; if there were but one, they would by 1."""
    months = month_range("2024-07", "2026-07")
    work = read_months(months, "重点工作", "承担单位").groupby("unit_id")
    towns = read_months(months, "纪律与属地", "被评单位")
    rated = tickets[tickets["period"].isin(months) & tickets["是否满意"].ne("")]
    answers = (rated["是否满意"] != "不满意").groupby(rated["unit_id"])
    means = marks.loc[months].groupby("unit_id").mean()[["流程管理手册制定", "审阅"]]
    for name in ("工作态度", "工作成效"):
        means[name] = work[name].agg(lambda column: column.map(number).mean())
    means["满意"] = answers.mean().where(answers.size() >= 60)
    means["属地"] = towns["规范属地管理"].map(number).groupby(towns["unit_id"]).mean()
    found = means[~means.index.isin(PLANTED)].corr()
    pairs = dict(zip(("diligence", "delivery", "service"), (found.columns[i : i + 2] for i in (0, 2, 4)), strict=True))
    for one, other in (("diligence", "delivery"), ("diligence", "service"), ("delivery", "service")):
        own = [found.loc[pairs[name][0], pairs[name][1]] for name in (one, other)]
        shared = found.loc[pairs[one], pairs[other]].to_numpy().mean() / np.sqrt(np.prod(own))
        assert min(own) > 0.35
        assert shared == pytest.approx(CHANCES.correlation, abs=0.35), (one, other)


def find_month_correlation(first: pd.DataFrame, second: pd.DataFrame) -> float:
    """Return the autocorrelation of what two measures of the same months (units × months) have in common.

    Changes from month to month take the unit's level away and its slow course nearly, products of two measures the
    noise of either. For an autoregression of order 1 lag 1 over lag 0 of such changes is −(1 − ρ) / 2.
    """
    changes = []
    for measure in (first, second):
        change = (measure - measure.mean()).diff(axis=1)
        changes.append(change.sub(change.T.groupby(lambda period: period[:4]).transform("mean").T))
    a, b = changes
    at_once = np.nanmean(a * b)
    next_month = (np.nanmean(a * b.shift(-1, axis=1)) + np.nanmean(b * a.shift(-1, axis=1))) / 2
    return float(1 + 2 * next_month / at_once)


@pytest.mark.slow
def test_a_units_months_hang_together(marks, rng):
    frames = {name: marks[name].unstack("period").drop(index=list(PLANTED)) for name in marks}
    scaled = {name: frame / frame.stack().std() for name, frame in frames.items()}
    names = list(scaled)
    pairs = [(scaled[a], scaled[b]) for i, a in enumerate(names) for b in names[i + 1 :]]
    assert np.mean([find_month_correlation(a, b) for a, b in pairs]) == pytest.approx(
        CHANCES.month_correlation, abs=0.2
    )
    order = rng.permutation(frames[names[0]].columns)
    mixed = [[frame[order].set_axis(frame.columns, axis=1) for frame in pair] for pair in pairs]
    assert np.mean([find_month_correlation(a, b) for a, b in mixed]) < 0.1


# --- tickets ---


def find_overdispersion(is_hit: pd.Series, unit: pd.Series, month: pd.Series) -> float:
    """Return the intraclass correlation of hits within unit and month, each unit around its own mean."""
    cells = is_hit.groupby([unit, month]).agg(["sum", "size"])
    totals = cells.groupby(level=0).transform("sum")
    share, n = totals["sum"] / totals["size"], cells["size"]
    is_told = share.between(0.01, 0.99) & (n > 1)
    squares = (cells["sum"] - n * share) ** 2 / (n * share * (1 - share)) * totals["size"] / (totals["size"] - n)
    return float((squares[is_told] - 1).sum() / (n[is_told] - 1).sum())


@pytest.mark.slow
def test_a_units_call_backs_of_a_month_go_together(tickets, rng):
    rated = tickets[tickets["是否满意"].ne("") & ~tickets["unit_id"].isin(PLANTED)]
    is_satisfied = rated["是否满意"] != "不满意"
    found = find_overdispersion(is_satisfied, rated["unit_id"], rated["period"])
    assert 0.5 * CHANCES.ticket_icc < found < 2.2 * CHANCES.ticket_icc
    mixed = is_satisfied.groupby(rated["unit_id"]).transform(lambda c: rng.permutation(c.to_numpy()))
    assert find_overdispersion(mixed, rated["unit_id"], rated["period"]) < 0.5 * CHANCES.ticket_icc


@pytest.mark.slow
def test_matters_are_counted_with_more_than_poisson_noise(tickets, rng):
    truths = TRUTHS.hotline
    names = {name: matter.name for matter in BOOK.duties.matters for name in (matter.name, *matter.aliases)}
    matter = tickets["事项"].map(names).where(lambda name: name != truths.rising.matter)
    counts = tickets.groupby([matter, tickets["period"]]).size().unstack(fill_value=0)
    counts = counts[counts.mean(axis=1) >= 10]

    def find_spread(counts: pd.DataFrame) -> float:
        """Return the coefficient of variation beyond Poisson, each matter and calendar month around its own mean."""
        usual = counts.T.groupby(lambda period: period[5:]).transform("mean").T
        years = counts.T.groupby(lambda period: period[5:]).transform("size").T
        squares = (counts - usual) ** 2 * years / (years - 1) - usual
        return float(max(0, squares.to_numpy().mean() / (usual**2).to_numpy().mean())) ** 0.5

    assert find_spread(counts) == pytest.approx(CHANCES.matter_spread, abs=0.05)
    poisson = counts.T.groupby(lambda period: period[5:]).transform("mean").T.map(rng.poisson)
    assert find_spread(poisson) < 0.08


# --- inspections ---


@pytest.fixture(scope="module")
def visits() -> pd.DataFrame:
    """A row a mark: visit, unit, inspectors, indicator, points."""
    months = [period for period in MONTHS if period >= PLAIN_SHEETS_SINCE]
    rows = read_months(months, "抽查", "被查单位")
    return rows.assign(points=rows["得分"].map(number)).rename(columns={"抽查编号": "visit", "抽查人员": "people"})


@pytest.mark.slow
def test_inspectors_differ_as_planted(visits):
    by_visit = visits.groupby(["unit_id", "visit", "people"])["points"].mean().reset_index()
    team = by_visit["people"].str.get_dummies("、")
    team = team.div(team.sum(axis=1), axis=0)
    unit = by_visit["unit_id"]  # a unit is its own standard
    left = by_visit["points"] - by_visit.groupby(unit)["points"].transform("mean")
    design = team - team.groupby(unit).transform("mean")
    found = pd.Series(np.linalg.lstsq(design, left, rcond=None)[0], design.columns)
    planted = pd.Series(TRUTHS.inspectors)
    gap = (found - found.mean()) - (planted - planted.mean())
    assert set(team) == set(planted.index)
    assert (found.idxmax(), found.idxmin()) == (planted.idxmax(), planted.idxmin())
    assert gap.abs().max() < 2.5
    assert np.corrcoef(found, planted[found.index])[0, 1] > 0.85


@pytest.mark.slow
def test_marks_of_a_visit_go_together(visits, rng):
    def find_shared(points: pd.Series) -> float:
        """Return the spread of what the marks of one visit have in common, each unit around its mean."""
        left = points - points.groupby(visits["unit_id"]).transform("mean")
        by = left.groupby(visits["visit"])
        within = by.var().mean()
        return float(max(0, by.mean().var() - (within / by.size()).mean())) ** 0.5

    assert find_shared(visits["points"]) > 0.8 * CHANCES.visit_spread
    mixed = visits["points"].groupby(visits["unit_id"]).transform(lambda c: rng.permutation(c.to_numpy()))
    assert find_shared(mixed) < find_shared(visits["points"]) - 0.4


@pytest.mark.slow
def test_lots_fall_twice_as_often_on_units_of_the_watch_list():
    drawn, could = {True: 0, False: 0}, {True: 0, False: 0}
    seen: dict[tuple[str, str], int] = {}
    for period in (month for month in MONTHS if month >= "2024-01"):
        sheet = read_sheet(period, "抽查", "被查单位")
        if sheet is None:
            continue
        units, watched = set(sheet["unit_id"]), TRUTHS.watched(period)
        left_out = {entry.unit for entry in TRUTHS.unvisited if entry.holds_in(period)}
        for unit in set(WINDOWS) - left_out - {TRUTHS.weight_change.unit}:
            if seen.get((unit, period[:4]), 0) < 2:
                could[unit in watched] += 1
                drawn[unit in watched] += unit in units
        for unit in units:
            seen[unit, period[:4]] = seen.get((unit, period[:4]), 0) + 1
    assert max(seen.values()) <= 2
    ratio = (drawn[True] / could[True]) / (drawn[False] / could[False])
    assert 1.5 < ratio < 2.7


def test_units_differ_in_size_and_some_have_hardly_a_ticket(tickets):
    counts = tickets["unit_id"].value_counts().reindex(list(GROUPS), fill_value=0) / len(TICKET_MONTHS)
    assert (counts < 1).sum() >= 20
    assert counts.max() > 40
    assert month_end(TICKET_MONTHS[-1]).isoformat() >= tickets["受理日期"].astype(str).max()
