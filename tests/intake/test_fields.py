"""Rates and points in a score sheet are read in the indicator's unit; a correction settles what is ambiguous."""

import pytest

from analysis.intake.fields import read_score
from analysis.intake.readers import RawCell

SHORTFALL = {"name": "shortfall", "target_pct": 95, "full": 25, "floor": 12.5, "slope": 0.5}
RATIO = {"name": "ratio", "target": 1}


def indicator(labels, unit, method, **more):
    (known,) = [i for i in labels.policy.indicators if i.id == "common-01"]
    values = known.model_dump() | {"unit": unit, "method": method, "direction": "higher"} | more
    return type(known).model_validate(values)


def cell(value, number_format="General", *, is_settled=False):
    kind = "text" if isinstance(value, str) else "number"
    return RawCell(1, 1, value, str(value), kind, False, number_format, is_settled)


@pytest.mark.parametrize("method", [RATIO, SHORTFALL])
@pytest.mark.parametrize("unit", ["%", "比例"])
@pytest.mark.parametrize("written", [{"%": 95, "比例": 0.95}, "95%", "９５％", (0.95, "0%")])
def test_three_spellings_of_a_rate_give_one_share(labels, method, unit, written):
    written = written[unit] if isinstance(written, dict) else written
    written = written if isinstance(written, tuple) else (written,)
    found = read_score(cell(*written), indicator(labels, unit, method), labels)
    assert (found.state, found.value) == ("value", 0.95)


@pytest.mark.parametrize(
    ("unit", "method", "value", "settled"),
    [
        ("%", RATIO, 0.95, 0.0095),
        ("%", SHORTFALL, 1, 0.01),
        ("比例", RATIO, 1.05, 1.05),
        ("分", {"name": "points", "full": 100}, 0.5, 0.5),
        ("分", {"name": "quoted", "low": 0, "high": 20}, 0.5, 0.5),
    ],
)
def test_what_could_be_meant_in_another_unit_is_ambiguous_until_somebody_answers(labels, unit, method, value, settled):
    known = indicator(labels, unit, method)
    assert read_score(cell(value), known, labels).code == "ambiguous-number"
    assert read_score(cell(value, is_settled=True), known, labels).value == settled


def test_one_point_is_a_point_and_small_values_may_be_usual(labels):
    points = {"name": "points", "full": 100}
    assert read_score(cell(1), indicator(labels, "分", points), labels).value == 1
    assert read_score(cell(0.5), indicator(labels, "分", points, small_values=True), labels).value == 0.5


@pytest.mark.parametrize(("unit", "value"), [("%", 101), ("%", -3), ("比例", -0.1)])
def test_a_rate_beyond_the_whole_is_out_of_range(labels, unit, value):
    assert read_score(cell(value), indicator(labels, unit, RATIO), labels).code == "constraint-error"
