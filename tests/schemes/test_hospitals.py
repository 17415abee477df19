"""A hospital scheme in English: achievement or improvement points, domains from at least k measures, shared weights.

Achievement: 0 below the threshold, 10 from the benchmark on, nine whole steps between: 9 · (rate − threshold) /
(benchmark − threshold) + 0.5, rounded. Improvement: 10 · (rate − baseline) / (benchmark − baseline) − 0.5, rounded,
0 to 9. A measure scores the better; a domain is the points earned of those it could earn; the total is the weighted
mean of the domains that a hospital has.
"""

import math
import re
from fractions import Fraction

import numpy as np
import pytest

from .district import PERIOD, indicator, run, tiers_of, weights_of, write_params, write_rows

DOMAINS = {
    "clinical": ("Clinical outcomes", 25),
    "community": ("Person and community engagement", 25),
    "safety": ("Safety", 25),
    "efficiency": ("Efficiency and cost reduction", 25),
}
# Measure → domain, threshold, benchmark; a benchmark below the threshold is for what should be low.
MEASURES = {
    "mort-ami": ("clinical", 0.869, 0.887),
    "mort-hf": ("clinical", 0.883, 0.908),
    "mort-pn": ("clinical", 0.831, 0.878),
    "nurses": ("community", 79.0, 87.5),
    "doctors": ("community", 79.9, 88.5),
    "quiet": ("community", 62.0, 79.5),
    "clabsi": ("safety", 0.784, 0.0),
    "cauti": ("safety", 0.828, 0.0),
    "mrsa": ("safety", 0.815, 0.0),
    "spending": ("efficiency", 0.99, 0.85),
}
NEEDED = {"clinical": 2, "community": 3, "safety": 2}
TIERS = {"a": "Grade A", "b": "Grade B", "c": "Grade C"}
LINES = {"a": 60, "b": 35, "c": 0}
LONG = (
    "The Combined Regional Teaching Hospitals of North Alabama, Southern Tennessee and the Tri-County Valley Authority"
)


def make_hospitals() -> dict[str, dict[str, tuple[float, float]]]:
    """Hospital → measure → (rate, baseline); NaN where it has none."""
    rng = np.random.default_rng(2021)
    hospitals = {}
    for number in range(12):
        found = {}
        for name, (_, threshold, benchmark) in MEASURES.items():
            span = benchmark - threshold
            rate, baseline = (round(float(threshold + span * share), 3) for share in rng.uniform(-0.7, 1.25, 2))
            found[name] = (math.nan if rng.random() < 0.15 else rate, math.nan if rng.random() < 0.2 else baseline)
        hospitals[f"H{number:02d}"] = found
    # On the threshold and on the benchmark; too few in a domain; no domain but one.
    hospitals["H00"] |= {"nurses": (79.0, 79.0), "doctors": (88.5, 60.0), "quiet": (62.0, 70.0)}
    hospitals["H01"] |= {"clabsi": (math.nan, 0.5), "cauti": (math.nan, 0.5)}
    hospitals["H02"] = dict.fromkeys(MEASURES, (math.nan, 0.5)) | {"spending": (0.9, 0.95)}
    return hospitals


def points_by_hand(name: str, rate: float, baseline: float) -> int | None:
    """The published formulas in exact numbers."""
    if math.isnan(rate):
        return None
    _, threshold, benchmark = (Fraction(str(each)) if not isinstance(each, str) else each for each in MEASURES[name])
    sign = 1 if benchmark > threshold else -1
    rate = Fraction(repr(rate))
    if sign * (rate - benchmark) >= 0:
        return 10
    achieved = improved = 0
    if sign * (rate - threshold) >= 0:
        achieved = math.floor(9 * (rate - threshold) / (benchmark - threshold) + Fraction(1, 2) + Fraction(1, 2))
    if not math.isnan(baseline):
        baseline = Fraction(repr(baseline))
        if sign * (rate - baseline) > 0 and sign * (benchmark - baseline) > 0:
            improved = math.floor(10 * (rate - baseline) / (benchmark - baseline) - Fraction(1, 2) + Fraction(1, 2))
    return max(achieved, min(improved, 9))


def total_by_hand(found: dict[str, tuple[float, float]]) -> tuple[dict[str, float], float]:
    """Domain → score out of 100, and the total."""
    domains = {}
    for domain in DOMAINS:
        points = [points_by_hand(n, *found[n]) for n, (own, _, _) in MEASURES.items() if own == domain]
        points = [each for each in points if each is not None]
        if len(points) >= NEEDED.get(domain, 1):
            domains[domain] = 100 * sum(points) / (10 * len(points))
    return domains, sum(domains.values()) / len(domains) if domains else math.nan


@pytest.fixture(scope="module")
def hospitals():
    return make_hospitals()


@pytest.fixture(scope="module")
def found(tmp_path_factory, hospitals):
    root = tmp_path_factory.mktemp("hospitals")
    names = {id_: f"St. Mary's & {id_} Medical Center" for id_ in hospitals} | {"H03": LONG}
    steps = {"full": 10, "rounding": "down"}
    indicators, fields, heads = [], {}, []
    for name, (domain, threshold, benchmark) in MEASURES.items():
        rate, baseline = f"rate-{name}", f"base-{name}"
        for field, head in ((rate, f"{name} rate (performance period)"), (baseline, f"{name} rate (baseline period)")):
            fields[field] = {"names": [head], "type": "number", "is_required": True}
            heads.append(head)
        achievement = {"name": "between", "threshold": threshold, "benchmark": benchmark, "least": 1, **steps}
        improvement = {"name": "improvement", "benchmark": benchmark, **steps}
        indicators.append(
            indicator(
                name,
                f"Measure {name}",
                domain,
                {"name": "best_of", "methods": [achievement, improvement]},
                direction="higher" if benchmark > threshold else "lower",
                unit="rate",
                data={"sheet": "measures", "value": rate, "standard": baseline},
            )
        )
    unit = {"names": ["Facility name"], "type": "unit", "is_required": True}
    kind = {"title": "Measures", "reader": "counts", "fields": {"unit": unit, **fields}}
    delivery = {"id": "measures", "office": "Centers", "file": "measures.csv", "kind": "measures"}
    write_params(
        root,
        language="en",
        units=[{"id": id_, "name": name, "group": "acute"} for id_, name in names.items()],
        sheets={"kinds": {"measures": kind}, "deliveries": [delivery]},
        indicators={"families": [{"id": "all", "name": "All measures"}], "indicators": indicators},
        weights=weights_of(DOMAINS, minimum_indicators=NEEDED),
        tiers=tiers_of(TIERS, lines=LINES, line_is="above"),
    )
    rows = ([names[id_], *(value for name in MEASURES for value in own[name])] for id_, own in hospitals.items())
    write_rows(root, ["Facility name", *heads], rows, "measures.csv")
    return run(root)


def test_every_measure_earns_the_better_of_achievement_and_improvement(found, hospitals):
    scores = found.load("indicator_scores").set_index(["unit_id", "indicator_id"])
    compared = 0
    for id_, own in hospitals.items():
        for name, (rate, baseline) in own.items():
            expected = points_by_hand(name, rate, baseline)
            row = scores.loc[id_, name] if (id_, name) in scores.index else None
            if expected is None or row["status"] == "too_few_indicators":
                assert row is None or math.isnan(row["score"])
            else:
                assert row["score"] == pytest.approx(10 * expected, abs=1e-9), (id_, name)
                compared += 1
    assert compared > 60


def test_every_domain_and_every_total_are_those_of_the_published_formula(found, hospitals):
    channels = found.load("channel_scores").set_index(["unit_id", "channel"])["score"]
    base, totals = found.load("unit_scores").set_index("unit_id")["base"], found.totals()
    assert len(totals) == len(hospitals) == 12
    for id_, own in hospitals.items():
        domains, total = total_by_hand(own)
        for domain in DOMAINS:
            assert channels[id_, domain] == pytest.approx(domains.get(domain, math.nan), abs=1e-9, nan_ok=True)
        assert base[id_] == pytest.approx(total, abs=1e-9)
        assert totals[id_] == pytest.approx(total, abs=0.005 + 1e-9)
    assert "safety" not in total_by_hand(hospitals["H01"])[0], "one measure of two that are needed"
    assert list(total_by_hand(hospitals["H02"])[0]) == ["efficiency"]


def test_grades_go_by_scores_above_the_lines_whatever_the_places(found):
    totals = found.totals()
    for id_, tier in found.tiers().items():
        assert tier == ("a" if totals[id_] > 60 else "b" if totals[id_] > 35 else "c"), id_


def test_pages_hold_with_long_english_names(found):
    pages = {path.name: path.read_text("utf-8") for path in found.pages()}
    of_unit = {name.partition("_")[0]: text for name, text in pages.items()}
    assert set(found.totals()) <= set(of_unit)
    assert LONG in pages["bulletin.html"] and LONG in of_unit["H03"]
    assert all(name in pages["bulletin.html"] for name in (*TIERS.values(), "Safety"))
    assert not [name for name, text in pages.items() if re.search(r">\s*nan\s*<", text, re.IGNORECASE)]


def test_a_measure_is_explained_with_its_baseline(found):
    from analysis.policy.book import load_policy
    from analysis.run.explain import explain_published

    told = explain_published(found.root, load_policy(found.root), PERIOD, "H00")
    (nurses,) = (i for c in told["channels"] for i in c["indicators"] if i["indicator"] == "nurses")
    assert nurses["values"][0]["standard"] == 79.0
    assert "取以下计分的最高者" in nurses["method"]
