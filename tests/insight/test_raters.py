"""Who marks high everywhere, and whose marks say nothing: findings, never corrections (R12)."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.insight.raters import (
    _lenient,
    find_compressed,
    find_lenient_inspectors,
    find_lenient_offices,
    find_rater_problems,
    judge_marks,
    rater_months,
)
from analysis.policy.book import load_policy
from analysis.policy.tables import TABLES
from analysis.policy.trends import CompressionRules, LeniencyRules

from ..rows import table_of
from .conftest import ROOT, random_points, score_months, starting

RULES = load_policy(ROOT).trends
LENIENCY = LeniencyRules(least_marks=8, least_gap_points=1.0)
COMPRESSION = CompressionRules(least_marks=20, band_points=2, share_pct=90)


def office_marks(gap: float, units: int = 20, seed: int = 1) -> pd.DataFrame:
    """Three offices mark the same units in six months; the first gives `gap` more."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(85, 4, size=units)
    return pd.DataFrame(
        {
            "period": f"2026-{month:02d}",
            "unit_id": f"U{unit:02d}",
            "item_id": f"i-{office}",
            "office": office,
            "points": levels[unit] + (gap if office == "A" else 0) + rng.normal(0, 1.5),
        }
        for office in "ABC"
        for month in range(1, 7)
        for unit in range(units)
    )


def visits(lenient: str = "", gap: float = 6.0, count: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rows = []
    for number in range(count):
        people = sorted(rng.choice(list("甲乙丙丁戊己"), size=2, replace=False))
        points = rng.normal(85, 3) + (gap if lenient in people and lenient else 0)
        shared = {"visit_id": f"V{number}", "period": "2026-10", "unit_id": f"U{number % 10}", "points": points}
        shared["inspectors"] = "、".join(people)
        rows += [shared | {"indicator_id": indicator} for indicator in ("common-05", "related-04")]
    return pd.DataFrame(rows)


GROUPS = {f"U{number}": "g" for number in range(10)}


def test_an_office_that_marks_high_is_found_with_its_gap():
    found = find_lenient_offices(office_marks(5.0), LENIENCY, 0.95).set_index("subject")
    assert found.loc["A", "code"] == "lenient"
    assert found.loc["A", "low"] < 5.0 < found.loc["A", "high"]
    assert found.loc["A", "n_marks"] == 120


def test_equal_offices_are_no_finding():
    found = [len(find_lenient_offices(office_marks(0.0, seed=seed), LENIENCY, 0.95)) for seed in range(20)]
    assert sum(found) == 0


def test_a_gap_of_no_consequence_is_no_finding_however_sure():
    assert find_lenient_offices(office_marks(0.5, units=80), LENIENCY, 0.95).empty


def test_one_office_alone_cannot_be_compared():
    alone = office_marks(5.0).query("office == 'A'")
    assert find_lenient_offices(alone, LENIENCY, 0.95).empty


def test_a_lenient_inspector_is_found_among_those_drawn_by_lot():
    months = pd.concat([visits("丙").iloc[:100], visits("丙").iloc[100:].reset_index(drop=True)])
    found = find_lenient_inspectors(months, GROUPS, LENIENCY, 0.95).set_index("subject")
    assert found.loc["丙", "code"] == "lenient"
    assert found.loc["丙", "low"] <= found.loc["丙", "figure"]
    assert set(found.query("code == 'lenient'").index) == {"丙"}


def test_equal_inspectors_are_no_finding():
    assert find_lenient_inspectors(visits(), GROUPS, LENIENCY, 0.95).empty


def test_an_inspector_is_compared_with_visits_of_others_also_with_those_that_name_nobody():
    people, points = ["甲", "甲、丙", "", "", "乙", "乙"], [92.0, 90.0, 70.0, 72.0, 84.0, 82.0]
    rows = pd.DataFrame({"visit_id": [f"V{n}" for n in range(6)], "inspectors": people, "points": points})
    rows = rows.assign(period="2026-10", unit_id="U0", indicator_id="common-05")
    rules = LeniencyRules(least_marks=2, least_gap_points=0.1)
    found = find_lenient_inspectors(rows, GROUPS, rules, 0.5).set_index("subject")
    assert found["figure"].to_dict() == {"甲": 91 - 77}
    # 甲 and 乙 are looked at together: 丙 has one visit, and nobody is no inspector.
    reach = NormalDist().inv_cdf(0.5 + 0.5 ** (1 / 2) / 2) * np.std(points, ddof=1) / np.sqrt(2)
    assert found.loc["甲", "low"] == pytest.approx(14 - reach)


def test_few_visits_say_nothing():
    assert find_lenient_inspectors(visits("丙", count=12), GROUPS, LENIENCY, 0.95).empty
    assert find_lenient_inspectors(visits().iloc[:0], GROUPS, LENIENCY, 0.95).empty


@pytest.mark.parametrize(
    ("points", "is_found"),
    [
        ([94.0, 95.0, 96.0] * 10, True),
        ([94.0, 96.1] * 15, False),
        ([95.0] * 27 + [60.0] * 3, True),
        ([95.0] * 26 + [60.0] * 4, False),
        ([95.0] * 19, False),
    ],
    ids=["94 to 96", "a wider band", "exactly 90 %", "less than 90 %", "too few"],
)
def test_marks_in_a_narrow_band_tell_nothing(points, is_found):
    marks = pd.DataFrame({"item_id": "common-01", "office": "A", "points": points})
    found = find_compressed(marks, COMPRESSION)
    assert len(found) == is_found


def test_the_band_is_told():
    marks = pd.DataFrame({"item_id": "common-01", "office": "A", "points": [94.0, 95.0, 96.0] * 10 + [50.0]})
    row = find_compressed(marks, COMPRESSION).iloc[0]
    assert (row.low, row.high) == (94.0, 96.0)
    assert row.figure == pytest.approx(100 * 30 / 31)


def test_only_judged_marks_count_and_each_has_its_office(book, random_scores):
    monthly = random_scores["2026-10"]["indicator_scores"].query("scope == 'month'")
    marks = judge_marks(monthly, TABLES["inspections"].empty(), book.at("2026-10"))
    assert set(marks.query("item_id == 'common-01'")["office"]) == {"区委编办监督检查科"}
    assert set(marks.query("item_id == 'individual-01'")["office"]) == {"区委督查室"}
    assert not set(marks["item_id"]) & {"common-06", "common-08", "common-10", "common-11", "common-12", "common-02"}


def test_a_visit_is_a_mark_of_its_own_month_alone(book):
    months = ["2026-09", "2026-10"]
    monthly = pd.DataFrame({"period": months, "unit_id": "D01", "indicator_id": "common-05", "score": 80.0})
    visits = [{"period": "2026-09", "unit_id": "D01", "indicator_id": "common-05", "points": p} for p in (70.0, 90.0)]
    marks = judge_marks(monthly, pd.DataFrame(visits), book.at("2026-10"))
    assert marks[["period", "item_id", "points"]].values.tolist() == [["2026-09", "common-05", 80.0]]


def test_all_findings_of_a_month_form_one_table(book):
    chance = random_points(missing=0.05)

    def points(period: str, unit_id: str, indicator_id: str) -> float:
        if indicator_id == "common-01":
            return 95.0
        lacks = unit_id == "D01" and indicator_id.startswith("common-0")
        return np.nan if lacks else chance(period, unit_id, indicator_id)

    late = starting(book, "2026-01")
    scores = score_months(late, ["2026-01", "2026-02", "2026-03", "2026-04"], points)
    marks = {name: TABLES[name].empty() for name in ("key_work", "inspections")}
    marks["indicator_scores"] = pd.concat([tables["indicator_scores"] for tables in scores.values()])
    table = find_rater_problems(late, RULES, scores["2026-04"], marks, "2026-04")
    assert list(table.columns) == list(TABLES["rater_findings"].columns)
    assert "common-01" in set(table.query("code == 'compressed'")["item_id"])
    assert "D01" in set(table.query("code == 'often_missing'")["subject"])


def test_the_months_looked_at_end_with_the_month_and_begin_with_the_district():
    assert rater_months("2026-10", "2023-01", RULES)[0] == "2025-11"
    assert rater_months("2023-03", "2023-01", RULES) == ["2023-01", "2023-02", "2023-03"]


def test_the_gap_of_an_office_has_an_interval_from_its_spread_over_units():
    gaps = {"U1": (4.0, 4.0), "U2": (5.0,), "U3": (6.0,), "U4": (5.0,)}
    rows = [
        {
            "period": f"2026-0{month}",
            "unit_id": unit,
            "office": office,
            "item_id": "i",
            "points": 80 + gap * (office == "A"),
        }
        for unit, own in gaps.items()
        for month, gap in enumerate(own, start=1)
        for office in "AB"
    ]
    rules = LeniencyRules(least_marks=5, least_gap_points=5.0)
    found = find_lenient_offices(pd.DataFrame(rows), rules, 0.9).set_index("subject")
    reach = NormalDist().inv_cdf(0.5 + 0.9 ** (1 / 2) / 2) * np.std([4, 5, 6, 5], ddof=1) / np.sqrt(4)
    assert found["code"].to_dict() == {"A": "lenient", "B": "severe"}
    assert found["n_marks"].to_dict() == {"A": 5, "B": 5}
    for office, sign in (("A", 1), ("B", -1)):
        interval = found.loc[office, ["low", "figure", "high"]].astype(float).tolist()
        assert interval == pytest.approx([sign * 5 - reach, sign * 5, sign * 5 + reach])
    assert find_lenient_offices(pd.DataFrame(rows), LeniencyRules(least_marks=6, least_gap_points=1.0), 0.9).empty


def test_twenty_marks_are_enough_to_look_at_their_band():
    marks = pd.DataFrame({"item_id": "common-01", "office": "A", "points": [95.0] * 20})
    found = find_compressed(marks, COMPRESSION).iloc[0]
    assert (found["n_marks"], found["figure"], found["low"], found["high"]) == (20, 100, 95, 97)


def test_the_dimensions_of_key_work_are_looked_at_under_their_office(book):
    scores = score_months(starting(book, "2026-04"), ["2026-04"], random_points(missing=0.05))
    usual = {"period": "2026-04", "unit_id": "D01", "role": "lead", "attitude": 95.0}
    tasks = [usual | {"measurement_id": f"K{number}", "effect": 60.0 + number} for number in range(30)]
    marks = {"key_work": table_of("key_work", tasks), "inspections": TABLES["inspections"].empty()}
    marks["indicator_scores"] = scores["2026-04"]["indicator_scores"]
    table = find_rater_problems(starting(book, "2026-04"), RULES, scores["2026-04"], marks, "2026-04")
    found = table.query("code == 'compressed' and n_marks == 30")
    assert found[["subject", "item_id"]].to_numpy().tolist() == [["区委督查室", "attitude"]]


@pytest.mark.parametrize(("count", "joint"), [(1, 0.95), (2, 0.95**0.5)])
def test_raters_are_held_to_one_confidence_together_and_need_enough_marks_and_gap(count, joint):
    facts = pd.DataFrame({"subject": ["A", "B"], "n_marks": 8, "figure": [0.5, -0.5], "error": 0.1}).head(count)
    few = pd.DataFrame({"subject": ["C", "D"], "n_marks": [7, 8], "figure": [3.0, 0.4], "error": [0.1, np.nan]})
    rules = LENIENCY.model_copy(update={"least_gap_points": 0.5})
    found = _lenient(pd.concat([facts, few]), "office", rules, 0.95)
    assert found[["subject", "code"]].values.tolist() == [["A", "lenient"], ["B", "severe"]][:count]
    reach = NormalDist().inv_cdf(0.5 + joint / 2) * 0.1
    assert found.iloc[-1][["low", "high"]].tolist() == pytest.approx(
        [found.iloc[-1]["figure"] + d for d in (-reach, reach)]
    )
    near = rules.model_copy(update={"least_gap_points": 0.51})
    assert _lenient(facts, "office", near, 0.95).empty


def test_visits_spread_around_the_mean_of_what_they_look_at():
    """甲 gives 2 more than 乙, whatever is looked at; the indicators' levels of 60 and 90 are no spread of visits."""
    marks = {"甲": {"common-05": 61.0, "related-04": 91.0}, "乙": {"common-05": 59.0, "related-04": 89.0}}
    rows = pd.DataFrame(
        {"visit_id": f"{person}{indicator}", "indicator_id": indicator, "inspectors": person, "points": points}
        for person, given in marks.items()
        for indicator, points in given.items()
    ).assign(period="2026-10", unit_id="U0")
    rules = LeniencyRules(least_marks=2, least_gap_points=1)
    found = find_lenient_inspectors(rows, GROUPS, rules, 0.5).set_index("subject")
    assert found["figure"].to_dict() == {"甲": 2, "乙": -2}
    reach = NormalDist().inv_cdf(0.5 + 0.5**0.5 / 2) * np.std([1, 1, -1, -1], ddof=1) / np.sqrt(2)
    assert (found["high"] - found["figure"]).to_numpy() == pytest.approx([reach] * 2)
