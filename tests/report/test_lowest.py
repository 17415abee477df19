"""Why listed units stand last, worked by hand (R21, S7)."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.policy.book import load_policy
from analysis.report.lowest import compare_losses, lowest_table, tell_lowest

BOOK = load_policy(Path(__file__).resolve().parents[2]).at("2026-10")
GRADING = BOOK.grading
NAMES = {"A": "甲局", "B": "乙局", "C": "丙局", "x": "满意率", "y": "销号率"} | dict.fromkeys(GRADING.tiers, "等次")
POLICY = replace(BOOK, names=BOOK.names | NAMES)
UNITS = pd.DataFrame(
    {
        "unit_id": list("ABC"),
        "group": "g",
        "total": [70.0, 60.0, 90.0],
        "tier": GRADING.tiers[1],
        "is_bottom_five": [True, True, False],
    }
)
# Weight 20: a score of 60 loses 8 points, one of 90 loses 2.
SCORES = pd.DataFrame(
    [("A", "x", 60.0), ("B", "x", 90.0), ("C", "x", 90.0), ("A", "y", 90.0), ("B", "y", None), ("C", "y", 90.0)],
    columns=["unit_id", "indicator_id", "score"],
).assign(weight=20.0)
TRENDS = pd.DataFrame(
    {"unit_id": ["A", "C", "A"], "level": "total", "basis": ["mom", "mom", "yoy"], "change": [-3.0, 1.0, -9.0]}
)
PARTS = pd.DataFrame(
    [
        ("A", "mom", "x", -2.5),
        ("A", "mom", "y", -0.5),
        ("A", "mom", "", -7.0),
        ("A", "yoy", "y", -8.0),
        ("B", "mom", "x", 1.0),
    ],
    columns=["unit_id", "basis", "indicator_id", "performance"],
).assign(change=-9.99)  # with other weights: nobody's fall
SURE = pd.DataFrame({"unit_id": list("ABC"), "margin_interview_points": [1.25, 11.5, -8.75]})


def test_lost_points_stand_beside_what_the_group_loses():
    rows = compare_losses(SCORES.dropna().assign(group="g")).set_index(["unit_id", "indicator_id"])
    assert rows.loc[("A", "x"), ["lost_points", "group_median"]].tolist() == [8.0, 2.0]
    assert rows.loc[("A", "y"), ["lost_points", "group_median"]].tolist() == [2.0, 2.0]


def test_what_the_group_loses_is_told_at_the_units_own_weight():
    """A score of 60 at weight 30 loses 12 points; the group's median score of 90 would lose 3 there, not 2."""
    scores = SCORES.dropna().assign(group="g")
    scores.loc[scores["unit_id"] == "A", "weight"] = 30.0
    rows = compare_losses(scores).set_index(["unit_id", "indicator_id"])
    assert rows.loc[("A", "x"), ["lost_points", "group_median"]].tolist() == [12.0, 3.0]
    assert rows.loc[("B", "x"), ["lost_points", "group_median"]].tolist() == [2.0, 2.0]


def test_indicators_that_only_compare_are_told_to_be_so():
    told = "；工作量比是相对指标，只说明忙闲"
    (relative,) = POLICY.relative_indicators
    lost = SCORES.replace({"indicator_id": {"x": relative}})
    fell = PARTS.replace({"indicator_id": {"y": relative}})
    assert told in lowest_table(UNITS, lost, TRENDS, PARTS, SURE, POLICY)
    # That a unit is less busy than the month before is no fall of its work: it stands apart, but may be most of it.
    apart = lowest_table(UNITS, SCORES, TRENDS, fell, SURE, POLICY)
    at, name = apart.heads.index("环比下降的主要指标"), POLICY.names[relative]
    told_of = [row[at] for row in apart.cells]
    assert told in apart and any(f"；另{name}−" in each for each in told_of)
    alone = lowest_table(UNITS, SCORES, TRENDS, PARTS.assign(indicator_id=relative), SURE, POLICY)
    assert any(row[at].startswith(f"{name}−") for row in alone.cells)  # nothing else fell: it stands beside nothing
    assert not [each for each in told_of if name in each.partition("另")[0]]
    # Where the table names none, or only of a unit that is not listed, there is nothing to explain.
    assert told not in lowest_table(UNITS, SCORES, TRENDS, PARTS, SURE, POLICY)
    assert told not in lowest_table(UNITS.assign(is_bottom_five=False), lost, TRENDS, fell, SURE, POLICY)


def test_a_line_a_listed_unit_the_lowest_first():
    page = str(lowest_table(UNITS, SCORES, TRENDS, PARTS, SURE, POLICY))
    rows = page.split("<tr>")[2:]
    assert [name in row for name, row in zip(("乙局", "甲局"), rows, strict=True)] == [True, True]
    assert "−3.00" in rows[1] and "满意率−2.50、销号率−0.50" in rows[1]
    assert "满意率失8.00（同类中位2.00）<" in rows[1]
    assert rows[0].count("—") == 3  # no month before, nothing fell, nothing lost beyond its group
    assert "移出至少再得" in page and ">11.50<" in rows[0] and ">1.25<" in rows[1]


def test_without_a_margin_there_is_no_column_of_it():
    unknown = SURE.assign(margin_interview_points=float("nan"))
    assert "移出至少再得" not in lowest_table(UNITS, SCORES, TRENDS, PARTS, unknown, POLICY)


def test_each_listed_unit_stands_beside_its_own_indicator_and_what_no_clause_holds_is_counted():
    """Seven of eight units were named where their indicators were more than five."""
    ids = BOOK.unit_ids[:40]
    of = [each.id for each in BOOK.indicators if each.id not in BOOK.relative_indicators]
    units = pd.DataFrame({"unit_id": ids, "group": "g"})
    for n, told in ((8, ""), (10, ""), (12, "；其余2项各涉及其他单位")):
        own = {unit: of[place] for place, unit in enumerate(ids[:n])}
        rows = [(unit, i, 60.0 if own.get(unit) == i else 90.0, 10.0) for unit in ids for i in of[:12]]
        scores = pd.DataFrame(rows, columns=["unit_id", "indicator_id", "score", "weight"])
        words = tell_lowest(units, ids[:n], scores, BOOK)
        named = [unit for unit in ids[:n] if f"{BOOK.names[own[unit]]}，{BOOK.names[unit]}4.00分" in words]
        assert len(named) == min(n, 10) and words.endswith(told or "4.00分")
    assert tell_lowest(units, [], scores, BOOK) == ""
