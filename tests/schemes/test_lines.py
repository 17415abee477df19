"""A scheme whose tiers are fixed score lines beside quotas: the best need the place and the score."""

import numpy as np
import pytest

from .district import indicator, run, score_sheets, tiers_of, weights_of, write_params, write_rows

TIERS = {"excellent": "优秀", "good": "良好", "fair": "一般", "poor": "较差"}
QUOTAS = {"excellent": 30, "good": 40, "fair": 20, "poor": 10}
LINES = {"excellent": 90, "good": 80, "fair": 60, "poor": 0}


def make_marks() -> dict[str, tuple[float, float]]:
    """Unit → two marks out of 50, whose sum is its total."""
    rng = np.random.default_rng(3)
    marks = {f"K{n:02d}": tuple(float(each) for each in rng.integers(28, 50, 2)) for n in range(10)}
    return marks | {"K00": (45.0, 45.0), "K01": (40.0, 40.0), "K02": (50.0, 49.5)}


def tiers_by_hand(totals: dict[str, float]) -> dict[str, str]:
    """The worse of the tier by place (no two totals on a line are equal) and the tier by score."""
    ordered, order, found = sorted(totals, key=totals.get, reverse=True), list(TIERS), {}
    ends = np.cumsum([3, 4, 2, 1])
    for unit in ordered:
        place = 1 + sum(total > totals[unit] for total in totals.values())
        by_place = int(np.searchsorted(ends, place))
        by_score = next(n for n, tier in enumerate(order) if totals[unit] >= LINES[tier])
        found[unit] = order[max(by_place, by_score)]
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = tmp_path_factory.mktemp("lines")
    indicators = [
        indicator(id_, name, "marks", {"name": "points", "full": 50}, unit="分")
        for id_, name in (("first", "上半部分"), ("second", "下半部分"))
    ]
    write_params(
        root,
        units=[{"id": unit, "name": f"科室{unit}", "group": "whole"} for unit in make_marks()],
        sheets=score_sheets(["first", "second"]),
        indicators={"families": [{"id": "all", "name": "指标"}], "indicators": indicators},
        weights=weights_of({"marks": ("评分", 100)}),
        tiers=tiers_of(
            TIERS,
            quotas=QUOTAS,
            lines=LINES,
            remainder_order=list(TIERS),
            tie_at_line={"excellent": "down", "good": "up", "fair": "up"},
        ),
    )
    write_rows(root, ["单位", "上半部分", "下半部分"], ([f"科室{unit}", *own] for unit, own in make_marks().items()))
    return run(root)


def test_every_unit_has_the_tier_that_its_place_and_its_score_allow(found):
    totals = found.totals()
    assert totals == {unit: pytest.approx(sum(own)) for unit, own in make_marks().items()}
    assert found.tiers() == tiers_by_hand(totals)
    reasons = found.load("unit_scores").set_index("unit_id")["tier_reason"]
    assert "line" in set(reasons)


def test_pages_say_the_lines(found):
    page = found.page("technical/2_score.html")
    assert "达到分数线方可评为相应等次：优秀 90分、良好 80分、一般 60分以上（含），其余为较差" in page
    assert "分数线" in page and "名额" in page
