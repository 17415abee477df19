"""A scheme by place and relative to the mean: points by rank, the group's mean as a target and for a missing mark."""

import math

import numpy as np
import pytest

from .district import indicator, run, score_sheets, tiers_of, weights_of, write_params, write_rows

NAMES = {"growth": "产值增速", "permits": "审批提速天数", "safety": "安全检查评分", "rate": "按期办结率"}
TABLE = {1: 100, 2: 92, 3: 85, 5: 70}
GROUP_OF = {f"U{n}": "north" if n < 5 else "south" for n in range(9)}
TIERS = {"best": "先进", "fine": "合格", "last": "后进"}


def make_values() -> dict[str, list[float]]:
    """Indicator → the value of each unit; NaN where it has none."""
    rng = np.random.default_rng(7)
    values = {
        "growth": [5.1, -2.0, 5.1, 0.0, 3.3, math.nan, 8.8, 1.0, 2.0],
        "permits": [3.0, 4.0, 2.0, 2.0, 9.0, 1.0, 5.0, math.nan, 7.0],
        "safety": [80.0, 90.0, math.nan, 70.0, 60.0, 88.0, math.nan, 92.0, 60.0],
        "rate": [round(float(each), 1) for each in rng.uniform(60, 99, 9)],
    }
    return values


def points_by_hand(values: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Indicator → unit → points, one rule after the other."""
    found = {}
    for name, better in (("growth", max), ("permits", min)):
        known = {unit: v for unit, v in zip(GROUP_OF, values[name], strict=True) if not math.isnan(v)}
        ahead = {unit: sum(better(other, v) == other != v for other in known.values()) for unit, v in known.items()}
        found[name] = {unit: TABLE[max(place for place in TABLE if place <= 1 + n)] for unit, n in ahead.items()}
    for name in ("safety", "rate"):
        known = {unit: v for unit, v in zip(GROUP_OF, values[name], strict=True) if not math.isnan(v)}
        means = {}
        for group in ("north", "south"):
            inside = [v for unit, v in known.items() if GROUP_OF[unit] == group]
            means[group] = sum(inside) / len(inside)
        if name == "safety":
            found[name] = {unit: known.get(unit, means[group]) for unit, group in GROUP_OF.items()}
        else:
            found[name] = {
                unit: 100 * max(0, 20 - 0.5 * max(0, means[GROUP_OF[unit]] - v)) / 20 for unit, v in known.items()
            }
    return found


@pytest.fixture(scope="module")
def values():
    return make_values()


@pytest.fixture(scope="module")
def found(tmp_path_factory, values):
    root = tmp_path_factory.mktemp("places")
    by_place = {"name": "by_rank", "places": TABLE}
    shortfall = {"name": "shortfall", "target_pct": "mean", "full": 20, "floor": 0, "slope": 0.5}
    indicators = [
        indicator("growth", NAMES["growth"], "economy", by_place),
        indicator("permits", NAMES["permits"], "service", by_place, direction="lower", unit="天", small_values=True),
        indicator("safety", NAMES["safety"], "service", {"name": "points"}, missing="mean", unit="分"),
        indicator("rate", NAMES["rate"], "service", shortfall, unit="%", weight=2),
    ]
    write_params(
        root,
        units=[{"id": unit, "name": f"单位{unit}", "group": group} for unit, group in GROUP_OF.items()],
        sheets=score_sheets(NAMES),
        indicators={"families": [{"id": "all", "name": "指标"}], "indicators": indicators},
        weights=weights_of({"economy": ("经济", 40), "service": ("服务", 60)}),
        tiers=tiers_of(
            TIERS,
            quotas={"best": 5, "fine": 85, "last": 10},
            at_least_one=["best", "last"],
            remainder_order=["fine", "best", "last"],
            tie_at_line={"best": "down", "fine": "up"},
        ),
    )
    rows = ([f"单位{unit}", *(values[name][n] for name in NAMES)] for n, unit in enumerate(GROUP_OF))
    write_rows(root, ["单位", *NAMES.values()], rows)
    return run(root)


def test_all_points_are_those_of_the_table_and_of_the_groups_mean(found, values):
    expected, scores = points_by_hand(values), found.load("indicator_scores").set_index(["indicator_id", "unit_id"])
    assert sum(map(len, expected.values())) == 34
    for name, points in expected.items():
        for unit in GROUP_OF:
            row = scores.loc[name, unit]
            assert row["score"] == pytest.approx(points.get(unit, math.nan), abs=1e-9, nan_ok=True), (name, unit)
    assert scores.loc[("safety", "U2"), "status"] == scores.loc[("safety", "U6"), "status"] == "group_mean"


def test_totals_and_the_one_best_unit_follow(found, values):
    points, totals = points_by_hand(values), found.totals()
    for unit in GROUP_OF:
        service = [(points[name][unit], weight) for name, weight in (("permits", 1), ("safety", 1), ("rate", 2))
                   if unit in points[name]]  # fmt: skip
        mean = sum(p * w for p, w in service) / sum(w for _, w in service)
        total = 0.4 * points["growth"][unit] + 0.6 * mean if unit in points["growth"] else mean
        assert totals[unit] == pytest.approx(total, abs=0.005 + 1e-9), unit
    tiers = found.tiers()
    best = max(totals, key=totals.get)
    assert [unit for unit, tier in tiers.items() if tier == "best"] == [best]
    assert [unit for unit, tier in tiers.items() if tier == "last"] == [min(totals, key=totals.get)]


def test_pages_say_how_it_is_scored(found):
    page = found.page("feedback/U3_*.html")
    assert "按名次计分：第1名起100、第2名起92、第3名起85、第5名起70分" in page
    assert "标准本组平均值" in page
    assert "先进、后进至少1个" in found.page("technical/2_score.html")
    assert len([path for path in found.pages() if path.parent.name == "feedback"]) >= 9
