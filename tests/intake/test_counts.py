"""Sheets of counts: plain values, and a unit's own baseline or target in a column (S29)."""

import math

import pytest
import yaml

from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError

KIND = {
    "title": "质量指标表",
    "reader": "counts",
    "absent": "not_applicable",
    "fields": {
        "unit": {"names": ["单位"], "type": "unit", "is_required": True},
        "rate": {"names": ["本期"], "type": "number", "is_required": True},
        "baseline": {"names": ["基期"], "type": "number", "is_required": True},
    },
}
INDICATOR = {
    "id": "quality-01",
    "name": "质量改进",
    "family": "common",
    "channel": "daily",
    "weight": 1,
    "from": "2023-01",
    "unit": "例",
    "direction": "lower",
    "method": {"name": "improvement", "benchmark": -3},
    "over_year": "mean",
    "data": {"sheet": "quality", "value": "rate", "standard": "baseline"},
    "origin": "supplement",
    "rule": "R15",
}
DELIVERY = {"id": "quality", "office": "质量科", "file": "质量指标表.csv", "kind": "quality"}


def add_quality(root, kind=KIND, indicator=INDICATOR):
    """Add a kind of sheet, its delivery and an indicator to a root's own copy of the rules."""
    texts = {path.name: path.read_text("utf-8") for path in (root / "params").iterdir()}
    (root / "params").unlink()
    (root / "params").mkdir()
    for name, text in texts.items():
        (root / "params" / name).write_text(text, "utf-8")
    for name, change in {
        "sheets.yml": lambda c: (c["kinds"].update(quality=kind), c["deliveries"].append(DELIVERY)),
        "indicators.yml": lambda c: c["indicators"].append(indicator),
    }.items():
        content = yaml.safe_load(texts[name])
        change(content)
        (root / "params" / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def test_a_value_stands_beside_its_baseline(district):
    add_quality(district.root)
    rows = [["单位", "本期", "基期"], ["区委办公室", "-1.5", "2"], ["区发展和改革局", "4", "/"], ["枫桥街道", "/", "3"]]
    district.write("质量指标表.csv", rows)
    clean = district.clean()
    table = clean.tables["measurements"].query("indicator_id == 'quality-01'").set_index("unit_id")
    found = {unit_id: (row.status, row.value, row.standard) for unit_id, row in table.iterrows()}
    assert found["D01"] == ("ok", -1.5, 2.0)
    assert found["D21"][:2] == ("ok", 4.0) and math.isnan(found["D21"][2])
    assert found["T01"][0] == "not_applicable"
    assert table[["numerator", "denominator"]].isna().all(axis=None)
    lineage = clean.tables["lineage"].query("measurement_id.str.endswith('D01/quality-01')")
    assert dict(zip(lineage["role"], lineage["raw"], strict=True)) == {"value": "-1.5", "standard": "2"}


def test_a_baseline_that_is_left_blank_is_not_submitted(district):
    add_quality(district.root)
    district.write("质量指标表.csv", [["单位", "本期", "基期"], ["区委办公室", "1.5", ""]])
    clean = district.clean()
    table = clean.tables["measurements"].query("indicator_id == 'quality-01' and unit_id == 'D01'")
    assert table["status"].tolist() == ["not_submitted"]
    problems = clean.tables["problems"]
    assert not problems[problems["file"].str.startswith("质量") & problems["is_blocking"]].empty


@pytest.mark.parametrize(
    ("kind", "indicator", "told"),
    [
        ({}, {"data": {"sheet": "quality", "value": "speed", "standard": "baseline"}}, "data.value: found 'speed'"),
        ({}, {"data": {"sheet": "quality", "value": "rate", "standard": "speed"}}, "data.standard: found 'speed'"),
        (
            {},
            {"data": {"sheet": "quality", "value": "rate", "numerator": "rate", "standard": "baseline"}},
            "a rate has `numerator` and `denominator`",
        ),
        (
            {},
            {"method": {"name": "relative"}, "data": {"sheet": "quality", "value": "rate"}},
            "kinds.quality.fields.rate.minimum: quality-01 needs 0 or more",
        ),
        (
            {},
            {"data": {"sheet": "scores", "standard": "baseline"}},
            "quality-01.data.standard: only a sheet of counts has such a field",
        ),
    ],
)
def test_fields_that_do_not_fit_are_refused(district, kind, indicator, told):
    add_quality(district.root, KIND | kind, INDICATOR | indicator)
    with pytest.raises(PolicyError, match=told):
        load_policy(district.root)


def test_a_column_that_nobody_knows_is_named_as_it_is_written(district):
    known = KIND["fields"]["rate"] | {"names": ["Rate of change"]}
    add_quality(district.root, KIND | {"fields": KIND["fields"] | {"rate": known}})
    head = ["单位", "Rate of chance", "基期", "Remarks of the office"]
    district.write("质量指标表.csv", [head, ["区委办公室", "1", "2", "x"]])
    problems = district.clean().tables["problems"]
    told = problems.loc[problems["code"] == "extra-label", "message"].tolist()
    assert len(told) == 2
    assert "Rate of chance" in told[0] and "是否为“Rate of change”" in told[0]
    assert "Remarks of the office" in told[1]
