"""A scheme with one unit, with five, and (`make bench-units`) with as many as a country has hospitals."""

import os
import re
from collections import Counter
from time import monotonic

import numpy as np
import pytest

from .district import indicator, run, score_sheets, tiers_of, weights_of, write_params, write_rows

pytestmark = pytest.mark.slow
TIERS = {"excellent": "优秀", "good": "良好", "pass": "达标", "fail": "不达标"}
QUOTAS = {"excellent": 20, "good": 50, "pass": 20, "fail": 10}
INDICATORS = {"first": "上半部分", "second": "下半部分"}
SIZES = (1, 5, *map(int, filter(None, [os.environ.get("SCHEME_UNITS")])))


def make_marks(n_units: int) -> dict[str, tuple[float, float]]:
    """Unit → two marks out of 50; no two totals are equal where there are few enough units."""
    totals = np.random.default_rng(n_units).permutation(np.linspace(30, 99, n_units).round(2))
    return {f"U{n:04d}": (round(total / 2, 2), round(total - round(total / 2, 2), 2)) for n, total in enumerate(totals)}


@pytest.fixture(scope="module", params=SIZES)
def found(request, tmp_path_factory):
    marks, root = make_marks(request.param), tmp_path_factory.mktemp("size")
    write_params(
        root,
        units=[{"id": unit, "name": f"第{unit[1:]}医院", "group": "whole"} for unit in marks],
        sheets=score_sheets(INDICATORS),
        indicators={
            "families": [{"id": "all", "name": "指标"}],
            "indicators": [
                indicator(id_, name, "marks", {"name": "points", "full": 50}, unit="分")
                for id_, name in INDICATORS.items()
            ],
        },
        weights=weights_of({"marks": ("评分", 100)}),
        tiers=tiers_of(
            TIERS, quotas=QUOTAS, bottom_places=5, remainder_order=["good", "pass", "excellent", "fail"],
            tie_at_line={"excellent": "down", "good": "up", "pass": "up"},
        ),
    )  # fmt: skip
    write_rows(root, ["单位", *INDICATORS.values()], ([f"第{unit[1:]}医院", *own] for unit, own in marks.items()))
    start = monotonic()
    district = run(root)
    print(f"\n{request.param} units: {monotonic() - start:.0f} s, {len(district.pages())} pages")
    return marks, district


def test_totals_ranks_and_quotas_are_those_of_the_marks(found):
    marks, district = found
    assert district.totals() == {unit: pytest.approx(sum(own)) for unit, own in marks.items()}
    scores = district.load("unit_scores").sort_values("total", ascending=False)
    assert scores["rank"].tolist() == scores["total"].rank(ascending=False, method="min").tolist()
    # S5: shares rounded down, what is left to the largest remainders; equal ones to good, pass, excellent, fail.
    whole = {tier: share * len(marks) // 100 for tier, share in QUOTAS.items()}
    order = sorted(["good", "pass", "excellent", "fail"], key=lambda tier: -(QUOTAS[tier] * len(marks) % 100))
    for tier in order[: len(marks) - sum(whole.values())]:
        whole[tier] += 1
    if len(set(district.totals().values())) == len(marks):
        assert Counter(district.tiers().values()) == {tier: count for tier, count in whole.items() if count}


def test_every_unit_has_a_page_and_stands_on_the_bulletin(found):
    marks, district = found
    names = {f"第{unit[1:]}医院" for unit in marks}
    assert {path.stem.split("_")[0] for path in district.pages() if path.parent.name == "feedback"} >= set(marks)
    assert names <= set(re.findall(r"第\d{4}医院", district.page("bulletin.html")))


def test_no_page_tells_what_is_no_number(found):
    _, district = found
    for path in district.pages():
        text = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\b(nan|NaN|None|inf|NaT)\b", text), path
