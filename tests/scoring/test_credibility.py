"""No single case moves a month's total by more than a point: on few cases a rate has less of its weight (S30)."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.cases import MORE_OR_FEWER, OTHER, moves

from analysis.scoring.grid import score_measurements
from analysis.scoring.units import score_scope

from ..rows import table_of
from .test_cases import RATE, cells
from .test_score_tables import BOOK, adjustments, score, small

# The first months of a district, in which little or nothing fills up, under the first weights and under today's: those
# of towns, and of the unit whose information system weighs most, leave a channel the largest share without the others.
UNITS = (*BOOK.at("2026-10").unit_ids[3::11], "D45", "T01", "T02", "T05", "T09")
POLICIES = {month: small(month, UNITS) for month in ("2023-01", "2023-02", "2026-09", "2026-10")}
MARKS = ("common-01", "common-03", "common-04", "common-11")


@pytest.mark.parametrize(
    ("cases", "share"), [(0, 0), (9, 0), (10, 1 / 21), (19.5, 0.5), (29, 20 / 21), (30, 1), (99, 1)]
)
def test_weight_grows_from_none_below_the_fewest_to_the_whole_in_even_steps(cases, share):
    indicator = small("2026-02").indicator_by_id[RATE]
    assert indicator.credibility(np.array([cases])) == pytest.approx([share])


@pytest.mark.parametrize("without", [{"full_cases": None}, {"minimum_cases": None}, {"full_cases": 10}])
def test_without_the_cases_for_the_whole_weight_it_is_whole_from_the_fewest_on(without):
    indicator = small("2026-02").indicator_by_id[RATE].model_copy(update=without)
    assert indicator.credibility(np.array([10, 11, 40])).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([["2026-02", [6, 12]]], 3 / 21),
        ([["2026-02", [3, 6]], ["2026-01", [1, 2]], ["2025-12", [4, 8]]], 7 / 21),  # 16 are known, 10 count
        ([["2026-02", [3, 6]], ["2026-01", [20, 40]]], 1),
    ],
)
def test_a_rate_weighs_by_all_cases_of_the_months_looked_at(rows, share):
    given = [[period, "D01", RATE, counts] for period, counts in rows]
    tables = score([*given, ["2026-02", "D01", "common-01", 90]], ["2025-12", "2026-01", "2026-02"])
    row = cells(tables).loc["month"]
    assert (row["score"], row["credibility"]) == (pytest.approx(50), pytest.approx(share))
    assert row["weight"] == pytest.approx(100 * share / (1 + share))
    total = tables["unit_scores"].query("unit_id == 'D01' and scope == 'month'")["total"].iloc[0]
    assert total == pytest.approx((90 + share * 50) / (1 + share), abs=0.005)


def test_a_year_weighs_by_its_own_cases():
    rows = [["2025-12", "D01", RATE, [40, 40]], ["2026-01", "D01", RATE, [6, 12]], ["2026-01", "D01", "common-01", 90]]
    found = cells(score(rows, ["2025-12", "2026-01"]))["credibility"]
    assert (found["month"], found["ytd"]) == (1, pytest.approx(3 / 21))


class District:
    """Random months: marks and rates anywhere in 0–100, few cases or none, units without tasks, visits or tickets."""

    def __init__(self, seed: int, months: tuple[str, ...]):
        self.months = months
        rng = np.random.default_rng(seed)
        few, kinds = rng.random(len(UNITS)) < 0.7, rng.random((len(UNITS), 5)) < 0.5
        self.measured = {
            month: table_of(
                "measurements", [row for u in range(len(UNITS)) for row in unit(rng, month, u, few[u], kinds[u])]
            )
            for month in months
        }

    def policies(self, period):
        return {month: POLICIES[month] for month in self.months if month <= period}

    def scope(self, period, scope):
        policies = self.policies(period)
        scored = score_measurements(pd.concat([self.measured[month] for month in policies]), policies)
        return score_scope(policies, scored, adjustments([], period), period, scope)


def unit(rng, month, place, is_small, has):
    """The measurements of a unit's month; what it has no cases or tasks of is not applicable."""

    def mark():
        return float(rng.choice([0, 100, rng.integers(0, 101)]))

    def rate(most):
        cases = int(rng.integers(0, most))
        return [int(rng.choice([0, cases, rng.integers(0, cases + 1)])), cases] if cases else "not_applicable"

    most = 14 if is_small else 60
    told = {name: mark() for name in MARKS}
    told |= {"common-06": [int(rng.integers(0, 201)), 200], "common-08": [int(rng.integers(0, 90)), 30]}
    told |= {
        name: [int(rng.integers(0, n + 1)), n]
        for name in ("common-07", "common-09")
        for n in [14 + int(rng.integers(most))]
    }
    told |= {name: rate(most) if has[0] else "not_applicable" for name in ("common-10", "related-06")}
    told |= {"common-12": rate(most) if has[1] else "not_applicable"}
    told |= {name: mark() if has[2] else "not_applicable" for name in ("related-01", "individual-01", "individual-02")}
    told |= {name: mark() if has[3] else "not_drawn" for name in ("common-05", "related-04")}
    told |= {"related-03": float(rng.integers(0, 21)) if has[4] else "not_applicable"}
    return [row(month, UNITS[place], name, content) for name, content in told.items()]


def row(month, unit_id, indicator_id, content):
    found = {"measurement_id": f"{month}/{unit_id}/{indicator_id}", "period": month, "unit_id": unit_id}
    found |= {"indicator_id": indicator_id, "channel": POLICIES[month].indicator_by_id[indicator_id].channel}
    found |= {"item_id": "", "status": content if isinstance(content, str) else "ok"}
    counts = content if isinstance(content, list) else (None, None)
    value = content if isinstance(content, float) else None
    return found | {"value": value, "numerator": counts[0], "denominator": counts[1]}


@pytest.mark.parametrize("months", [("2023-01", "2023-02"), ("2026-09", "2026-10")], ids=["first", "today's weights"])
@pytest.mark.parametrize("seed", range(6))
def test_no_single_case_moves_a_total_by_more_than_a_point_in_a_random_district(seed, months):
    found = pd.concat(moves(District(seed, months), OTHER | MORE_OR_FEWER))
    assert found["move"].notna().sum() > 400
    assert found["move"].max() <= 1


# How many indicators share a channel with a rate where it weighs most, and how many points a percentage point is.
FEWEST = {"info_system": 4, "daily": 6}
STEEPNESS = {"ratio": lambda method: 1 / method.target, "shortfall": lambda method: method.slope / method.full * 100}


@pytest.mark.parametrize("month", sorted({entry.from_ for entry in (*BOOK.weights.base, *BOOK.weights.adjustments)}))
def test_months_fill_up_to_enough_cases_under_every_weight_of_every_unit(month):
    """A unit without tasks and visits, with one of exactly the cases to which months fill up a miss for a hit."""
    policy = BOOK.at(month)
    weights = policy.channel_weights_by_unit
    together = weights[list(FEWEST)].sum(axis=1)
    rates = [i for i in policy.indicators if i.minimum_cases is not None]
    assert len(rates) == 5
    for rate in rates:
        share = (weights[rate.channel] / together).max() / FEWEST[rate.channel]
        a_case = 100 / (rate.fill_cases or rate.minimum_cases) * STEEPNESS[rate.method.name](rate.method)
        assert share * a_case <= 1, rate.id
